//! The HTTP interface as a client sees it, over a store in a temporary directory.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

mod actions;
mod beside;
mod bulk;
mod campaigns;
mod canary;
mod classes;
mod clients;
mod compatibility;
mod dialects;
mod downloads;
mod drafts;
mod email_accounts;
mod erase;
mod errors;
mod events;
mod fixtures;
mod fuzz_targets;
mod keys;
mod lead_state;
mod leads;
mod lists;
mod matrix;
mod mcp;
mod not_served;
mod openapi;
mod parts;
mod regroup;
mod reminders;
mod replies;
mod rows;
mod saved_views;
mod sender_events;
mod sending;
mod socket;
mod statistics;
mod surroundings;
mod team;
mod team_history;
mod untracked;
mod valid_calls;
mod valid_things;
mod webhooks;
mod wire;
mod world;
