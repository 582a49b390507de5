//! Any bytes as a table of leads. The program is no library, so its reader is compiled in here.
#![no_main]

#[path = "../../crates/crewbox/src/leads/any.rs"]
mod any;
#[expect(dead_code, unused_imports, reason = "the program uses more of the reader than this target")]
#[path = "../../crates/crewbox/src/leads/mod.rs"]
mod leads;

use leads::{Layout, Rows, decode};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| any::any(bytes));
