//! The session of docs/api.md, in each of its languages, as a reader copies it.

use std::path::Path;

use serde_json::json;

use super::{Demo, run};

const DOCUMENT: &str = include_str!("../../../../../docs/api.md");
const HEADING: &str = "## A working session";
/// The program that runs a block of this language, and how its text is passed.
const LANGUAGES: [(&str, &str, &str); 3] =
    [("sh", "/bin/bash", "-ec"), ("python", "/usr/bin/python3", "-c"), ("javascript", "/usr/bin/node", "-e")];

#[test]
fn the_documented_session_works_in_each_language() {
    let blocks = blocks();
    let languages: Vec<&str> = blocks.iter().map(|(language, _)| *language).collect();
    assert_eq!(languages, LANGUAGES.map(|(language, ..)| language));
    let demo = Demo::start();
    for ((language, code), (_, program, flag)) in blocks.into_iter().zip(LANGUAGES) {
        let unread =
            || demo.call("POST", "/master-inbox/unread-replies", &json!({}))["total_count"].as_u64().unwrap();
        let before = unread();
        let key = demo.key(0);
        let output = run(
            Path::new(program),
            &[flag, code],
            &[("URL", &demo.server.url), ("KEY", key), ("PATH", "/usr/bin:/bin")],
        );
        assert_eq!(output.code, Some(0), "{language}: {}\n{}", output.out, output.err);
        for line in [
            "unread replies",
            "Team member assigned successfully",
            "Note created successfully",
            "SCHEDULED",
            "taken back",
        ] {
            assert!(output.out.contains(line), "{language} does not print `{line}`: {}", output.out);
        }
        assert_eq!(unread(), before - 1, "{language} has read one reply");
    }
    assert_eq!(demo.server.stop(), Some(0));
}

/// The blocks of code of the session, with their languages.
fn blocks() -> Vec<(&'static str, &'static str)> {
    let session = DOCUMENT.split(HEADING).nth(1).unwrap();
    let session = session.split("\n## ").next().unwrap();
    let mut parts = session.split("```").skip(1).step_by(2);
    std::iter::from_fn(|| parts.next()?.split_once('\n')).collect()
}
