//! The pages over a real store, without a browser: what each request is answered.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

mod hostile;
mod inbox;
mod sign_in;
mod world;
