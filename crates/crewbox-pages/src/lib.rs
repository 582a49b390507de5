//! The web inbox: pages rendered on the server, which work without scripts.
//!
//! Owns templates, styles, forms, cookies and their protection. Pages call the use cases of crewbox-app, as the API does;
//! here is no business rule, no SQL and no call of our own API. Beside crewbox-web, which serves both.

mod actions;
mod app;
mod assets;
mod digest;
mod error;
mod form;
mod form_memory;
mod form_pieces;
mod form_with_files;
mod guard;
mod imports;
mod inbox;
mod once;
mod policy;
mod routes;
mod scripts;
mod settings;
mod setup;
mod shortcuts;
mod sign_in;
mod stream;
mod team;
mod time_text;
mod views;

pub use app::Pages;
pub use routes::router;
