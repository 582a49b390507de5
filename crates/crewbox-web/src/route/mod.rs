//! The routes: one entry each in [`ROUTES`], the router made from them, and the steps from a request to its response.
//!
//! The authorisation matrix, the canary test, 405 with `Allow` and the OpenAPI document all iterate the table. Nothing
//! below imports this module: a handler knows its call, not its route.

mod beside;
mod dispatch;
pub(crate) mod entry;
mod not_served;
mod repeat;
mod respond;
mod router;
pub(crate) mod table;
mod unread;

pub(crate) use dispatch::bad_host;
pub use entry::{Needs, Reads, Route, Verb};
pub use router::router;
pub use table::ROUTES;
