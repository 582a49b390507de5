//! Webhooks: events of an account posted to addresses that its members chose.
//!
//! Owns the use cases that manage them (`manage.rs`, `delivered.rs`), which events a change queues (`queue.rs`), what an
//! event says (`payload.rs`), and the worker that delivers (`worker.rs`, `run.rs`, `attempt.rs`). An event is written
//! down durably before the worker moves on in the change log, and is delivered at least once. How a payload looks as JSON
//! is the caller's.

mod attempt;
mod delivered;
mod manage;
mod payload;
mod queue;
#[cfg(test)]
mod receiver;
mod run;
mod secret;
#[cfg(test)]
mod tests;
mod tools;
mod worker;

pub use delivered::{DeliverySummary, MOST_FAILURES, MOST_RETRIGGERED, retrigger, summary};
pub use manage::{
    ChangeWebhook, MOST_WEBHOOKS, MadeWebhook, NewWebhook, create, delete, get, of_campaign, update,
};
pub use payload::{LeadPayload, Payload, PayloadSubject, RenderPayload, Shown};
pub use worker::Deliveries;
