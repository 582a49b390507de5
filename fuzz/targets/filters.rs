//! Any bytes as the body of a list call.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| crewbox_web::fuzz::filters(bytes));
