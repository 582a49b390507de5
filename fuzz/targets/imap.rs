//! Any bytes as the answers of an IMAP server.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| crewbox_mail::fuzz::imap(bytes));
