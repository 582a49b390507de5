//! What a person asks to be sent, read from a body: recipients, text, times, files.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crewbox_core::id::MessageId;
use crewbox_core::message::{Address, Message};
use crewbox_core::outgoing::DraftAttachment;
use crewbox_core::time::Timestamp;

use crate::call::Call;
use crate::error::{ApiError, Provided};
use crate::request::{Json, Object, Problems};

/// Characters a header value, an id or a file name may have.
pub(super) const MAX_NAME: usize = 998;
/// Characters the HTML of an answer may have: what the sanitiser reads when it comes back.
const MAX_HTML: usize = 1024 * 1024;
/// Files of one message.
const MAX_FILES: usize = 25;
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
            undo_seconds: body.number("undo_seconds", 0, super::MOST_UNDO, problems).unwrap_or(0),
            signature: body.boolean("add_signature", problems).unwrap_or(false),
            files: files(body, problems),
        }
    }

    pub(super) fn forward(body: &Object<'_>, problems: &mut Problems) -> Self {
        let to = addresses(body, "to_emails", problems);
        let to = problems.required("to_emails", (!to.is_empty()).then_some(to));
        Self { html: html(body, "forward_email_body", problems).unwrap_or_default(), to, ..Self::default() }
    }

    /// The files' bytes; those of a forwarded message go along.
    pub(super) async fn attachments(
        &self,
        call: &Call,
        forwarded: Option<&Message>,
    ) -> Result<Vec<DraftAttachment>, ApiError> {
        let mut all = Vec::new();
        for file in &self.files {
            all.push(match file {
                File::Given(attachment) => attachment.clone(),
                File::Held { message, index, name } => held(call, *message, *index, name.clone()).await?,
            });
        }
        if let Some(message) = forwarded {
            for attachment in &message.attachments {
                all.push(held(call, message.id, attachment.index, None).await?);
            }
        }
        Ok(all)
    }
}

/// An attachment of a message the caller sees.
async fn held(
    call: &Call,
    message: MessageId,
    index: u32,
    name: Option<String>,
) -> Result<DraftAttachment, ApiError> {
    let gone = || ApiError::invalid("attachments", "attachments: a file_url names no attachment here");
    let raw = match call.app.0.live.store().raw(call.scope()?, message).await {
        Err(crewbox_store::StoreError::NotFound(..)) => return Err(gone()),
        other => other?,
    };
    let (attachment, bytes) = call.app.0.mail.attachment(&raw, index).ok_or_else(gone)?;
    Ok(DraftAttachment {
        file_name: name.unwrap_or(attachment.file_name),
        file_type: attachment.file_type,
        bytes,
    })
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
        for one in text.split(',').map(str::trim).filter(|one| !one.is_empty()) {
            let (name, email) = match one.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
                Some((name, email)) => (name.trim().trim_matches('"').to_owned(), email.trim()),
                None => (String::new(), one),
            };
            if crate::campaign::is_address(email) {
                addresses.push(Address { name, email: email.to_owned() });
            } else {
                problems.wrong(key, format!("{key} must be an e-mail address"), &email);
            }
        }
    }
    addresses
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
