//! Prints how raw mails are read, one JSON object a line: sender, subject, date and text as Crewbox reads them and as
//! mail-parser does alone. `tests/compare/compare.py` sets this against Python's reading.
//!
//! `cargo run -p crewbox-mail --example reading -- FILE…`

#![expect(clippy::print_stdout, reason = "what it prints is what it is for")]

use std::io;
use std::sync::Arc;

use crewbox_core::time::Timestamp;
use crewbox_mail::{DirectionHint, ReadContext, read};
use mail_parser::{MessageParser, MimeHeaders};
use serde_json::{Value, json};

/// A time after every mail: none is in the future of its reading.
const END: Timestamp = Timestamp(253_402_300_799_000);

fn main() -> io::Result<()> {
    for path in std::env::args_os().skip(1) {
        let raw = std::fs::read(&path)?;
        let line = json!({"file": path.to_string_lossy(), "ours": ours(&raw), "parser": parser(&raw)});
        println!("{line}");
    }
    Ok(())
}

fn ours(raw: &[u8]) -> Value {
    let context = ReadContext {
        own: Arc::default(),
        received_at: None,
        fallback_at: None,
        now: END,
        direction: DirectionHint::None,
    };
    let Ok(mail) = read(raw, &context) else { return Value::Null };
    json!({
        "email": mail.from.email,
        "name": mail.from.name,
        "subject": mail.subject,
        "date": (mail.at < END).then_some(mail.at.0 / 1_000),
        "text": mail.text,
        "has_html": mail.html.is_some(),
        "notice": mail.notice,
        "files": mail.attachments.iter().map(|one| one.file_name.as_str()).collect::<Vec<_>>(),
    })
}

fn parser(raw: &[u8]) -> Value {
    let Some(message) = MessageParser::default().parse(raw) else { return Value::Null };
    let from = message.from().and_then(|from| from.first());
    let texts: Vec<String> = (0..message.text_body_count())
        .filter_map(|part| Some(message.body_text(part)?.into_owned()))
        .collect();
    json!({
        "email": from.and_then(|from| from.address()).unwrap_or_default(),
        "name": from.and_then(|from| from.name()).unwrap_or_default(),
        "subject": message.subject().unwrap_or_default(),
        "date": message.date().filter(|date| date.is_valid()).map(mail_parser::DateTime::to_timestamp),
        "text": texts.join("\n"),
        "files": message.attachments().map(|part| part.attachment_name().unwrap_or_default()).collect::<Vec<_>>(),
    })
}
