//! The sample mails that come with mail-parser's source: odd, old and broken, and all real. They are read
//! from cargo's registry and never copied here.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// How many the pinned version carries.
const SAMPLES: usize = 107;

/// The folder of the pinned version in cargo's registry.
fn resources() -> PathBuf {
    let cargo = std::env::var_os("CARGO_HOME").map_or_else(
        || PathBuf::from(std::env::var_os("HOME").expect("a home")).join(".cargo"),
        PathBuf::from,
    );
    fs::read_dir(cargo.join("registry/src"))
        .expect("cargo's registry")
        .filter_map(|registry| Some(registry.ok()?.path().join("mail-parser-0.11.9/resources/eml")))
        .find(|path| path.is_dir())
        .expect("mail-parser's source, which cargo fetched to build it")
}

pub(crate) fn samples() -> Vec<PathBuf> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "eml") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    collect(&resources(), &mut found);
    found.sort();
    found
}

fn part<'a>(expected: &'a Value, index: &Value) -> &'a Value {
    let index = index.as_u64().and_then(|index| usize::try_from(index).ok()).expect("a part's number");
    &expected["parts"][index]
}

/// Whether the library found text in one of the parts that make the body.
fn has_text(expected: &Value) -> bool {
    ["text_body", "html_body"].iter().any(|list| {
        expected[list].as_array().into_iter().flatten().any(|index| {
            let body = &part(expected, index)["body"];
            let is_text = body["Text"].as_str().is_some_and(|text| !text.trim().is_empty());
            let is_html = body["Html"].as_str().is_some_and(|html| mail_parser_text(html).trim().len() > 1);
            is_text || is_html
        })
    })
}

fn mail_parser_text(html: &str) -> String {
    html.split('<').filter_map(|piece| piece.split_once('>')).map(|(_, text)| text).collect()
}

/// Whether what the library lists as attached is text out of a broken structure, and shown line by line.
fn shows_broken_parts(expected: &Value, text: &str) -> bool {
    expected["attachments"].as_array().into_iter().flatten().all(|index| {
        let part = part(expected, index);
        let structure = |line: &&str| !line.starts_with("--") && !line.starts_with("Content-");
        part["body"]["Text"]
            .as_str()
            .is_some_and(|body| body.lines().filter(structure).all(|line| text.contains(line)))
    })
}

#[test]
fn every_sample_goes_through_without_loss() {
    let samples = samples();
    assert_eq!(samples.len(), SAMPLES);
    let (mut texts, mut fewer, mut attachments) = (0, Vec::new(), 0);
    for path in &samples {
        let original = fs::read(path).unwrap();
        let expected: Value =
            serde_json::from_slice(&fs::read(path.with_extension("json")).unwrap()).unwrap();
        let unix: Vec<u8> = original.iter().copied().filter(|b| *b != b'\r').collect();
        let dos = String::from_utf8_lossy(&unix).replace('\n', "\r\n").into_bytes();
        for raw in [&original, &unix, &dos] {
            let mail = crate::must_read(raw);
            let name = path.file_name().unwrap().to_string_lossy();
            let folder = path.parent().unwrap().file_name().unwrap().to_string_lossy();
            if has_text(&expected) {
                texts += 1;
                assert!(!mail.text.trim().is_empty(), "{folder}/{name} lost its text");
            }
            let listed = expected["attachments"].as_array().map_or(0, Vec::len);
            attachments += mail.attachments.len();
            if mail.attachments.len() < listed && !shows_broken_parts(&expected, &mail.text) {
                fewer.push(format!("{folder}/{name}: {} of {listed}", mail.attachments.len()));
            }
        }
    }
    println!(
        "{} samples, {texts} with text, {attachments} attachments; fewer than listed: {fewer:?}",
        samples.len()
    );
    assert!(fewer.is_empty(), "{fewer:?}");
}
