//! The HTTP interface as a client sees it, over a store in a temporary directory.

mod actions;
mod canary;
mod errors;
mod lists;
mod mail;
mod matrix;
mod openapi;
mod rows;
mod socket;
mod surroundings;
mod world;
