//! The fuzz target of this crate, on a stable toolchain.
#![cfg(feature = "fuzz")]

use crewbox_testkit::fuzz::drive;

#[test]
fn any_body_of_a_list_is_read_or_refused() {
    let pieces = &[
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "null",
        "true",
        "-1",
        "1e400",
        "9007199254740993",
        "\\ud800",
        "\"filters\":",
        "\"leadCategories\":",
        "\"categoryIdsIn\":",
        "\"replyTimeBetween\":",
        "\"2025-02-30T99:00:00+25:00\"",
        "\"limit\":",
    ];
    drive("filters", pieces, crewbox_web::fuzz::filters);
}
