//! The pages over a real store, without a browser: what each request is answered.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

mod bulk;
mod composer;
mod corpus;
mod files;
mod filters;
mod first_run;
mod hostile;
mod images;
mod inbox;
mod keyboard;
mod labels_and_clients;
mod list_rows;
mod old_pages;
mod panel;
mod profile;
mod saved_views;
mod sign_in;
mod stream;
mod team;
mod untracked;
mod world;
mod writing;
