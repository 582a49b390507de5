//! Mails broken at random: none may panic, none may be slow. `CREWBOX_MUTATIONS` sets how many,
//! `CREWBOX_SEED` replays a run.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use crewbox_core::threading::Facts;
use crewbox_mail::{attachment, place, read};
use crewbox_testkit::figures::figure;
use crewbox_testkit::fuzz::mutate;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::bombs::BOUND;

/// Mutated mails of a test run.
const MUTATIONS: u64 = 50_000;

/// Pieces that parsers stumble on.
pub(crate) const PIECES: &[&str] = &[
    "\n\n",
    "\r\n",
    "--",
    "=?utf-8?q?",
    "?=",
    "<div>",
    "<!--",
    "</",
    "&#",
    "\0",
    "\u{feff}",
    "Content-Type: multipart/mixed; boundary=a\n\n--a\n",
    "Content-Type: message/rfc822\n\n",
    "Content-Transfer-Encoding: base64\n",
    "charset=utf-16",
    "charset=utf-7",
    "charset=iso-2022-kr",
    "=?gb2312?B?",
    "filename*1*=",
    "Content-Type: application/ms-tnef\n",
    "Content-Type: application/pkcs7-mime\n",
    "begin 644 a\n",
    "<table><tr>",
    "> ",
    "-- \n",
    "On 1 a@b wrote:\n",
    "From: \n",
    "colspan=99999",
    "<b><p></b>",
    "METHOD:REPLY",
    "until 31 feb",
    "=\n",
    "=C3",
    ";",
    "\"",
    "<",
    ">",
    ":",
    "@",
];

/// Everything that is done with a mail that came in.
fn exercise(raw: &[u8]) {
    let Ok(mail) = read(raw, &crate::context()) else { return };
    crate::reading::check(&mail);
    let _ = place(&mail, &Facts::default());
    if let Some(last) = mail.attachments.last() {
        assert!(attachment(raw, last.index).is_some());
    }
}

#[test]
fn mutated_mails_neither_panic_nor_linger() {
    let seed = figure("CREWBOX_SEED", 20_250_203);
    let count = figure("CREWBOX_MUTATIONS", MUTATIONS);
    println!("seed {seed}, {count} mails");
    let mut corpus: Vec<Vec<u8>> =
        crate::samples::samples().iter().map(|path| fs::read(path).unwrap()).collect();
    // Containers, a few times each, so that their insides are damaged too.
    for _ in 0..4 {
        corpus.push(crate::decoding::signed_mail(b"Content-Type: text/plain\r\n\r\nhello").into_bytes());
        let body: (u8, u32, &[u8]) = (1, 0x0002_800c, b"hello\0");
        let file: (u8, u32, &[u8]) = (2, 0x0006_800f, b"data");
        let html = crate::decoding::property(0x1013, b"<p>x</p>");
        corpus.push(crate::decoding::outlook_mail(&[body, (1, 0x0006_9003, &html), file]).into_bytes());
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut slowest = (Duration::ZERO, 0);
    for number in 0..count {
        let mut raw = corpus[rng.random_range(0..corpus.len())].clone();
        let other = &corpus[rng.random_range(0..corpus.len())];
        mutate(&mut raw, other, PIECES, &mut rng);
        let (outcome, took) = crate::timed(|| catch_unwind(AssertUnwindSafe(|| exercise(&raw))));
        slowest = slowest.max((took, number));
        assert!(outcome.is_ok(), "seed {seed}, mail {number} panicked");
    }
    println!(
        "soak: damaged mails: {count} read from seed {seed}, none panicked, the slowest ({}) in {} ms",
        slowest.1,
        slowest.0.as_millis()
    );
    assert!(slowest.0 < BOUND, "seed {seed}, mail {} took {:?}", slowest.1, slowest.0);
}
