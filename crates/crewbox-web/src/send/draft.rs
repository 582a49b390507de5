//! What a person asks to be sent, read from a body: recipients, text, times, files.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crewbox_core::id::MessageId;
use crewbox_core::message::{Address, Message};
use crewbox_core::outgoing::DraftAttachment;
use crewbox_core::time::Timestamp;
use crewbox_store::{BodyLimits, StoreError};

use crate::call::{SignedCall, apart};
use crate::error::ApiError;
use crate::problem::Provided;
use crate::request::{Json, Object, Problems};

/// The longest undo window, in seconds.
pub(super) const MOST_UNDO: i64 = 60;
/// Characters a header value, an id or a file name may have.
pub(super) const MAX_NAME: usize = 998;
/// Characters the HTML of an answer may have: what the sanitiser reads when it comes back.
const MAX_HTML: usize = 1024 * 1024;
/// Files of one message.
const MAX_FILES: usize = 25;
/// Bytes of all files of one message: what base64 makes of them, 78 bytes a line of 57, still fits into the 35 MB that
/// a message may have.
const MOST_FILE_BYTES: u64 = 35 * 1024 * 1024 / 78 * 57;
/// Characters of a list of addresses.
const MAX_LIST: usize = 20_000;

/// What is asked to be sent.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) html: String,
    pub(super) to: Vec<Address>,
    pub(super) cc: Vec<Address>,
    pub(super) bcc: Vec<Address>,
    pub(super) scheduled: Option<Timestamp>,
    pub(super) undo_seconds: i64,
    pub(super) signature: bool,
    files: Vec<File>,
}

/// A file to attach.
#[derive(Debug)]
enum File {
    /// Its bytes came with the call.
    Given(DraftAttachment),
    /// It is an attachment of a message here.
    Held { message: MessageId, index: u32, name: Option<String> },
}

impl Asked {
    pub(super) fn reply(body: &Object<'_>, problems: &mut Problems) -> Self {
        let html = html(body, "email_body", problems);
        Self {
            html: problems.required("email_body", html),
            to: addresses(body, "to_email", problems),
            cc: addresses(body, "cc", problems),
            bcc: addresses(body, "bcc", problems),
            scheduled: body.time("scheduled_time", problems),
            undo_seconds: body.number("undo_seconds", 0, MOST_UNDO, problems).unwrap_or(0),
            signature: body.boolean("add_signature", problems).unwrap_or(false),
            files: files(body, problems),
        }
    }

    pub(super) fn forward(body: &Object<'_>, problems: &mut Problems) -> Self {
        let to = addresses(body, "to_emails", problems);
        let to = problems.required("to_emails", (!to.is_empty()).then_some(to));
        Self { html: html(body, "forward_email_body", problems).unwrap_or_default(), to, ..Self::default() }
    }

    /// The files' bytes; those of a forwarded message go along. Each message they come from is read once, after their
    /// sizes were found to fit.
    pub(super) async fn attachments(
        self,
        call: &SignedCall,
        forwarded: Option<&Message>,
    ) -> Result<Vec<DraftAttachment>, ApiError> {
        let (mut all, mut held, mut total) = (Vec::new(), Vec::new(), 0_u64);
        for file in self.files {
            match file {
                File::Given(attachment) => {
                    total = total.saturating_add(attachment.bytes.len() as u64);
                    all.push(Some(attachment));
                }
                File::Held { message, index, name } => {
                    held.push(Held { place: all.len(), message, index, name });
                    all.push(None);
                }
            }
        }
        if let Some(message) = forwarded {
            for attachment in &message.attachments {
                let (message, index) = (message.id, attachment.index);
                held.push(Held { place: all.len(), message, index, name: None });
                all.push(None);
            }
        }
        let mut messages: Vec<MessageId> = held.iter().map(|one| one.message).collect();
        messages.sort_unstable();
        messages.dedup();
        for message in &messages {
            let (found, _) =
                seen(call.app.0.live.store().message(call.scope(), *message, BodyLimits::NONE).await)?;
            for one in held.iter().filter(|one| one.message == *message) {
                let listed = found.attachments.iter().find(|listed| listed.index == one.index);
                total = total.saturating_add(listed.ok_or_else(gone)?.file_size);
            }
        }
        if total > MOST_FILE_BYTES {
            return Err(match forwarded {
                Some(_) => {
                    let sentence =
                        "message_id: its files are together over 26 MB, more than one mail can carry";
                    ApiError::invalid("message_id", sentence)
                }
                None => {
                    let sentence = "attachments: all files together may have 26 MB: attach less";
                    ApiError::invalid("attachments", sentence)
                }
            });
        }
        for message in messages {
            let wanted: Vec<u32> =
                held.iter().filter(|one| one.message == message).map(|one| one.index).collect();
            let raw = seen(call.app.0.live.store().raw(call.scope(), message).await)?;
            let mail = Arc::clone(&call.app.0.mail);
            let cut = apart(move || mail.attachments(&raw, &wanted)).await?;
            for (one, cut) in held.iter().filter(|one| one.message == message).zip(cut) {
                let (attachment, bytes) = cut.ok_or_else(gone)?;
                all[one.place] = Some(DraftAttachment {
                    file_name: one.name.clone().unwrap_or(attachment.file_name),
                    file_type: attachment.file_type,
                    bytes,
                });
            }
        }
        Ok(all.into_iter().flatten().collect())
    }
}

/// A file to be cut out of a message the caller sees, and its place among all.
struct Held {
    place: usize,
    message: MessageId,
    index: u32,
    name: Option<String>,
}

fn gone() -> ApiError {
    ApiError::invalid("attachments", "attachments: a file_url names no attachment here")
}

fn seen<T>(read: Result<T, StoreError>) -> Result<T, ApiError> {
    match read {
        Err(StoreError::NotFound(..)) => Err(gone()),
        other => Ok(other?),
    }
}

fn html(body: &Object<'_>, key: &str, problems: &mut Problems) -> Option<String> {
    let html = body.text(key, MAX_HTML, problems)?;
    (!html.trim().is_empty()).then(|| html.into_owned())
}

/// A header's text: one line.
pub(super) fn line(body: &Object<'_>, key: &str, problems: &mut Problems) -> Option<String> {
    let text = body.text(key, MAX_NAME, problems)?;
    one_line(key, &text, problems).then(|| text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn one_line(key: &str, text: &str, problems: &mut Problems) -> bool {
    let sound = !text.contains(['\r', '\n', '\0']);
    if !sound {
        problems.note(key, format!("{key} must not contain a line break or NUL"), Provided::Nothing);
    }
    sound
}

/// Addresses, as one text with commas or as an array of texts.
fn addresses(body: &Object<'_>, key: &str, problems: &mut Problems) -> Vec<Address> {
    let mut texts: Vec<String> = Vec::new();
    match body.get(key) {
        None => {}
        Some(Json::Array(items)) => {
            for item in items {
                match item {
                    Json::Text(text) => texts.push(text.to_string()),
                    _ => problems.note(key, format!("{key} must hold e-mail addresses"), Provided::Nothing),
                }
            }
        }
        Some(_) => texts.extend(body.text(key, MAX_LIST, problems).map(|text| text.into_owned())),
    }
    let mut addresses = Vec::new();
    for text in texts {
        if !one_line(key, &text, problems) {
            continue;
        }
        for one in split(&text) {
            let (name, email) = match one.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
                Some((name, email)) => (unquoted(name.trim()), email.trim()),
                None => (String::new(), one),
            };
            if name.len() > MAX_NAME {
                problems.note(
                    key,
                    format!("{key}: a name is longer than {MAX_NAME} bytes"),
                    Provided::Nothing,
                );
            } else if crate::value::is_address(email) {
                addresses.push(Address { name, email: email.to_owned() });
            } else {
                problems.wrong(key, format!("{key} must be an e-mail address"), &email);
            }
        }
    }
    addresses
}

/// The addresses of a list: commas within quotes belong to a name.
fn split(list: &str) -> Vec<&str> {
    let (mut quoted, mut escaped) = (false, false);
    let parts = list.split(move |letter: char| {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => {}
        }
        letter == ',' && !quoted
    });
    parts.map(str::trim).filter(|one| !one.is_empty()).collect()
}

/// A name without its quotes.
fn unquoted(name: &str) -> String {
    let Some(inner) = name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return name.to_owned();
    };
    let mut plain = String::with_capacity(inner.len());
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        plain.push(if letter == '\\' { letters.next().unwrap_or(letter) } else { letter });
    }
    plain
}

fn files(body: &Object<'_>, problems: &mut Problems) -> Vec<File> {
    const KEY: &str = "attachments";
    let items = match body.get(KEY) {
        None => return Vec::new(),
        Some(Json::Array(items)) if items.len() > MAX_FILES => {
            problems.note(
                KEY,
                format!("{KEY} array cannot exceed {MAX_FILES} items"),
                Provided::Count { given: items.len(), most: MAX_FILES },
            );
            return Vec::new();
        }
        Some(Json::Array(items)) => items,
        Some(_) => {
            problems.note(KEY, format!("{KEY} must be an array"), Provided::Nothing);
            return Vec::new();
        }
    };
    items.iter().filter_map(|item| file(item, problems)).collect()
}

fn file(item: &Json<'_>, problems: &mut Problems) -> Option<File> {
    const KEY: &str = "attachments";
    let Ok(object) = Object::of(item) else {
        problems.note(KEY, format!("{KEY} must hold objects"), Provided::Nothing);
        return None;
    };
    let name = line(&object, "file_name", problems);
    let kind = line(&object, "file_type", problems).unwrap_or_else(|| "application/octet-stream".to_owned());
    if let Some(Json::Text(content)) = object.get("content") {
        let Ok(bytes) = STANDARD.decode(content.trim()) else {
            problems.note(KEY, "attachments: content must be base64", Provided::Nothing);
            return None;
        };
        let file_name = name.unwrap_or_else(|| "attachment".to_owned());
        return Some(File::Given(DraftAttachment { file_name, file_type: kind, bytes }));
    }
    let url = line(&object, "file_url", problems);
    let own = url.as_deref().and_then(own_attachment);
    if own.is_none() {
        // Fetching what a caller names would let them reach whatever this server reaches.
        problems.note(
            KEY,
            "attachments: give the file as base64 in `content`, or the file_url of an attachment here; other addresses are not fetched",
            Provided::Nothing,
        );
    }
    own.map(|(message, index)| File::Held { message, index, name })
}

/// The message and number in a link to an attachment.
fn own_attachment(url: &str) -> Option<(MessageId, u32)> {
    let path = url.split(['?', '#']).next()?;
    let rest = path.split_once("/api/v1/messages/")?.1;
    let (message, index) = rest.split_once("/attachments/")?;
    Some((MessageId(message.parse().ok()?), index.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_addresses_are_read_as_people_write_them() {
        let read = |text: &str| {
            let body = format!("{{\"to\":{}}}", serde_json::to_string(text).unwrap_or_default());
            let json = Json::read(body.as_bytes()).expect("JSON");
            let mut problems = Problems::default();
            let found = addresses(&Object::of(&json).expect("an object"), "to", &mut problems);
            problems.finish().map(|()| {
                found.into_iter().map(|one| format!("{}|{}", one.name, one.email)).collect::<Vec<_>>()
            })
        };
        for (text, found) in [
            (r#""Doe, Jane" <j@x.de>, b@x.de"#, vec!["Doe, Jane|j@x.de", "|b@x.de"]),
            (r#""Jane \"J, D\" Doe" <j@x.de>"#, vec![r#"Jane "J, D" Doe|j@x.de"#]),
            ("Jane Doe <j@x.de>,, ", vec!["Jane Doe|j@x.de"]),
            (r"Jane \ Doe <j@x.de>", vec![r"Jane \ Doe|j@x.de"]),
        ] {
            assert_eq!(read(text).expect(text), found);
        }
        for bad in [r#""Doe, Jane <j@x.de>, b@x.de"#, "Doe, Jane <j@x.de>", "j@x.de b@x.de"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
