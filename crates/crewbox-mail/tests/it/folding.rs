//! Compares what stays visible of each reply in `tests/corpus/folding` with what its writer wrote.

use crewbox_core::message::{FoldKind, Mail};
use serde_json::Value;

use crate::must_read;

const REPLIES: &str = include_str!("../corpus/folding/replies.jsonl");

/// The share of replies whose visible text must be exactly the new text, in a hundred.
const MIN_EXACT: usize = 97;

fn field<'a>(reply: &'a Value, name: &str) -> &'a str {
    reply[name].as_str().unwrap_or_default()
}

/// The reply as a mail.
fn letter(reply: &Value) -> String {
    let part = |media: &str, body: &str| {
        format!("Content-Type: {media}; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}")
    };
    let (text, html) = (field(reply, "text"), field(reply, "html"));
    let body = match field(reply, "content_type") {
        "text/html" => part("text/html", html),
        "text/plain" => part("text/plain", text),
        _ => format!(
            "Content-Type: multipart/alternative; boundary=\"=_b\"\r\n\r\n--=_b\r\n{}\r\n--=_b\r\n{}\r\n--=_b--\r\n",
            part("text/plain", text),
            part("text/html", html)
        ),
    };
    format!(
        "From: lea@lead.example\r\nTo: us@own.test\r\nSubject: Re: Freight\r\nMIME-Version: 1.0\r\n{body}"
    )
}

/// The lines of a text as the corpus compares them: white space collapsed, blank lines left out.
fn lines(text: &str) -> Vec<String> {
    let clean = text.replace(['\u{200b}', '\u{feff}'], "");
    let lines = clean.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect()
}

/// The lines of a mail outside its folds.
fn visible(mail: &Mail) -> Vec<String> {
    let mut text = String::new();
    let mut at = 0;
    for fold in &mail.folds {
        text.push_str(&mail.text[at..fold.start as usize]);
        text.push('\n');
        at = fold.end as usize;
    }
    lines(&(text + &mail.text[at..]))
}

/// Whether all lines are among others, in their order.
fn are_among(lines: &[String], others: &[String]) -> bool {
    let mut others = others.iter();
    lines.iter().all(|line| others.any(|other| other == line))
}

/// What came of a reply.
#[derive(PartialEq, Eq)]
enum Outcome {
    Exact,
    /// Something else can be seen too.
    TooMuch,
    Hidden,
}

fn outcome(reply: &Value, mail: &Mail) -> Outcome {
    let visible = visible(mail);
    let new = lines(field(reply, "new"));
    let optional = lines(field(reply, "signature_optional"));
    let required = new.strip_suffix(optional.as_slice()).unwrap_or(&new);
    let is_shown_whole = mail.folds.iter().all(|fold| fold.kind == FoldKind::Signature);
    if !are_among(required, &visible) {
        return Outcome::Hidden;
    }
    // A mail that only quotes is shown.
    let is_exact = if new.is_empty() { is_shown_whole } else { visible == new || visible == required };
    if is_exact { Outcome::Exact } else { Outcome::TooMuch }
}

/// The lines that are shown and should not be (+), or should be shown and are not (-).
fn difference(reply: &Value, mail: &Mail) -> String {
    let (visible, new) = (visible(mail), lines(field(reply, "new")));
    let lost = new.iter().filter(|line| !visible.contains(line)).map(|line| format!("    - {line}\n"));
    let more = visible.iter().filter(|line| !new.contains(line)).map(|line| format!("    + {line}\n"));
    lost.chain(more).collect()
}

#[test]
fn what_a_person_wrote_stays_and_the_rest_folds() {
    let replies: Vec<Value> =
        REPLIES.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
    let (mut exact, mut hidden) = (0, Vec::new());
    for reply in &replies {
        let mail = must_read(letter(reply));
        let outcome = outcome(reply, &mail);
        match outcome {
            Outcome::Exact => exact += 1,
            Outcome::Hidden => hidden.push(field(reply, "id")),
            Outcome::TooMuch => {}
        }
        if outcome != Outcome::Exact {
            let what = if outcome == Outcome::Hidden { "HIDDEN" } else { "shown" };
            println!(
                "{what}: {} ({})\n{}",
                field(reply, "id"),
                field(reply, "mailer"),
                difference(reply, &mail)
            );
        }
    }
    println!("folding: {exact} of {} replies exact, {} with new text hidden", replies.len(), hidden.len());
    assert!(hidden.is_empty(), "new text is hidden: {hidden:?}");
    assert!(exact * 100 >= replies.len() * MIN_EXACT, "{exact} of {} exact", replies.len());
}
