//! Any bytes as a mail.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| crewbox_mail::fuzz::mail(bytes));
