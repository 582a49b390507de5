//! The composer: what is being written to a conversation, its recipients and its subject.
//!
//! Owns what it shows: what was typed and refused comes first, then what an action asks to start with, then the draft.

use askama::Template;
use crewbox_app::Refusal;
use crewbox_app::conversation::draft;
use crewbox_app::outgoing::{AnswerKind, MAX_FILE_BYTES, MAX_FILES, prepare, signature};
use crewbox_app::template::templates;
use crewbox_core::draft::DraftContent;
use crewbox_core::id::{ConversationId, MailboxId, MessageId};
use crewbox_core::message::{Direction, Message};
use crewbox_store::contract::{Excerpt, HeldDraft, Note};

use super::answer::{INSERT, KEEP, kind_of, link, linked, starting, verb_of};
use super::kept::{Compose, Kept};
use super::place::Place;
use super::row::sender;
use super::text::text_of;
use crate::actions::{Action, find};
use crate::app::Pages;
use crate::form::Form;
use crate::guard::Visitor;
use crate::settings::WRITING_PATH;
use crate::shortcuts::Shortcuts;

/// The field of an address that names the action whose answer is written.
pub(super) const COMPOSE: &str = "compose";
/// The field of an address, and of the form, that names the message that is answered.
pub(super) const MESSAGE: &str = "message";

/// The composer.
#[derive(Template)]
#[template(path = "composer.html")]
pub(super) struct ComposerPart {
    form: String,
    action: &'static Action,
    /// Every way to answer, and where it begins.
    ways: Vec<(&'static Action, String)>,
    token: String,
    stats_id: String,
    /// The message that is answered, where it is not the newest reply.
    message: String,
    /// Whose it is and when it came, where it is not their newest one.
    about: Option<String>,
    /// Where an answer to the newest reply begins instead.
    newest_form: String,
    /// The newest message on the page, and the newest note.
    last_seen: String,
    is_overtaken: bool,
    /// Who gets a reply that names nobody.
    name: String,
    lines: [Line; 5],
    text: String,
    /// The version of the draft that it is.
    version: u64,
    /// The names of the files that go along by themselves.
    files: String,
    /// The links and names of the files that the draft has.
    linked: Vec<(String, String)>,
    /// What is wrong with the files.
    files_error: Option<String>,
    /// Files were chosen before, which a browser does not keep.
    lost_files: bool,
    /// What is wrong with the text.
    text_error: Option<String>,
    /// The signature that is put below, and whether it is.
    signature: Option<(String, bool)>,
    /// The templates' ids and names.
    templates: Vec<(u64, String)>,
    insert_form: String,
    keep_form: String,
    shortcuts: Shortcuts,
}

/// A line above the text.
struct Line {
    field: &'static str,
    label: &'static str,
    value: String,
    error: Option<String>,
    is_required: bool,
}

/// The lines, their labels, and what use cases call them.
const LINES: [(&str, &str, &[&str]); 5] = [
    ("to", "To", &["to", "to_email", "to_emails"]),
    ("cc", "Cc", &["cc"]),
    ("bcc", "Bcc", &["bcc"]),
    ("subject", "Subject", &["subject", "forward_email_subject"]),
    ("when", "Send at", &["when"]),
];

/// What is on the page of messages and notes, by the newest of each.
fn last_seen(messages: &[(Message, Excerpt)], notes: &[Note]) -> String {
    let message = messages.last().map(|(newest, _)| newest.id.to_string());
    let note = notes.iter().map(|note| note.id).max().map(|note| format!(" {note}"));
    message.map(|message| message + &note.unwrap_or_default()).unwrap_or_default()
}

impl ComposerPart {
    /// The composer of a conversation with these messages, whose last one is `last`, and these notes.
    pub(super) async fn of(
        pages: &Pages,
        visitor: &Visitor,
        (place, id): (&Place, ConversationId),
        (messages, notes, last, name): (&[(Message, Excerpt)], &[Note], &Message, String),
        mailbox: Option<MailboxId>,
        kept: &Kept,
    ) -> Result<Self, Refusal> {
        let (services, caller) = (&pages.services, &visitor.caller);
        let HeldDraft { version, content, .. } = match draft(services, caller, id).await {
            Err(Refusal::Forbidden(_)) => HeldDraft::default(),
            other => other?,
        };
        let (mut kind, mut form) = typed(content);
        let mut files = Vec::new();
        if let Some(Compose { kind: asked, message }) = &kept.compose {
            kind = *asked;
            form.set(MESSAGE, message.as_deref().unwrap_or_default());
            match prepare(services, caller, &last.stats_id, message.as_deref(), kind).await {
                Ok(prepared) => {
                    for (field, value) in starting(&prepared) {
                        form.set(field, &value);
                    }
                    files = prepared.files;
                }
                Err(error @ Refusal::Internal(_)) => return Err(error),
                // Sending it is refused for the same reason, with its sentence.
                Err(_) => {}
            }
        }
        if let Some(refused) = kind_of(&kept.verb) {
            (kind, form) = (refused, kept.form.clone());
        }
        let line = |(field, label, names): &(&'static str, &'static str, &[&str])| Line {
            field,
            label,
            value: form.get(field).to_owned(),
            error: kept.error_of(verb_of(kind), names),
            is_required: kind == AnswerKind::Forward && *field == "to",
        };
        let (signature, templates) = match signature(caller, mailbox) {
            Err(Refusal::Forbidden(_)) => (None, Vec::new()),
            other => (other?, templates(services, caller, false).await?),
        };
        let way = |verb| Some((find(verb)?, with_way(place, verb, None)));
        let answered = form.get(MESSAGE);
        let newest = messages.iter().rfind(|(message, _)| message.direction == Direction::Inbound);
        let about = messages
            .iter()
            .map(|(message, _)| message)
            .find(|message| message.id.to_string() == answered)
            .filter(|message| newest.is_none_or(|(newest, _)| newest.id != message.id))
            .map(|message| format!("{}, {}", sender(message), visitor.local.day_and_time(message.at)));
        let action = find(verb_of(kind)).unwrap_or(&crate::actions::ACTIONS[0]);
        Ok(Self {
            form: place.action(action.verb),
            action,
            ways: ["reply", "reply-all", "forward"].into_iter().filter_map(way).collect(),
            token: visitor.token.clone(),
            stats_id: last.stats_id.clone(),
            message: answered.to_owned(),
            about,
            newest_form: with_way(place, action.verb, None),
            last_seen: last_seen(messages, notes),
            is_overtaken: kept.is_overtaken,
            name,
            lines: LINES.each_ref().map(line),
            text: form.get("reply").to_owned(),
            version,
            files: files.join(", "),
            linked: linked(&form).map(|file| (link(&file), file.name)).collect(),
            files_error: kept.error_of(verb_of(kind), &["attachments", "message_id"]),
            lost_files: form.had_files,
            text_error: kept.error_of(verb_of(kind), &["email_body", "forward_email_body"]),
            signature: signature.map(|html| {
                (text_of(&html), kind_of(&kept.verb).is_none() || !kept.form.get("signature").is_empty())
            }),
            templates: templates.into_iter().map(|one| (one.id.get(), one.name)).collect(),
            insert_form: place.action(INSERT),
            keep_form: place.action(KEEP),
            shortcuts: visitor.shortcuts.clone(),
        })
    }

    /// Whether recipients and subject are shown.
    fn is_open(&self) -> bool {
        self.action.verb == "forward"
            || self.lines.iter().any(|line| !line.value.is_empty() || line.error.is_some())
    }
}

/// The composer's fields as a draft has them.
fn typed(content: DraftContent) -> (AnswerKind, Form) {
    let DraftContent { to, cc, bcc, subject, body, attachments, when, forward, message } = content;
    let mut form = Form::default();
    for (field, value) in [
        ("to", to),
        ("cc", cc),
        ("bcc", bcc),
        ("subject", subject),
        ("when", when),
        ("reply", text_of(&body)),
    ] {
        form.set(field, &value);
    }
    if let Some(message) = message {
        form.set(MESSAGE, &message.to_string());
    }
    for file in &attachments {
        form.add("file", link(file));
    }
    (if forward { AnswerKind::Forward } else { AnswerKind::Reply }, form)
}

/// Where an answer of this kind begins without scripts: one to this message, or to the newest reply.
pub(super) fn with_way(place: &Place, verb: &str, message: Option<MessageId>) -> String {
    let path = place.path();
    let sign = if path.contains('?') { '&' } else { '?' };
    let message = message.map(|id| format!("&{MESSAGE}={id}")).unwrap_or_default();
    format!("{path}{sign}{COMPOSE}={verb}{message}")
}
