//! Any bytes as a text in which quotes and signatures are found.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| crewbox_mail::fuzz::folds(bytes));
