//! Sending what the composer has: a reply, a reply to all, or a forward.
//!
//! Owns how the composer's fields are read. Who gets an answer without recipients, and what may be sent, is the use case's.

use std::fmt::Write as _;

use axum::body::{Body, Bytes};
use axum::http::request::Parts;
use axum::http::{Request, Response, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crewbox_app::conversation::{
    ReadConversation, SavedDraft, delete_draft, read as read_conversation, save_draft,
};
use crewbox_app::outgoing::{
    AnswerKind, Content, File, Forward, MAX_FILES, MAX_UNDO_SECONDS, Prepared, Reply, SignatureOf, forward,
    prepare, reply,
};
use crewbox_app::template::filled;
use crewbox_app::{FieldError, Idempotency, Refusal};
use crewbox_core::address_list::{join, parse};
use crewbox_core::draft::{DraftContent, DraftFile};
use crewbox_core::id::{ConversationId, MAX_ID, MessageId, NoteId, TemplateId};
use crewbox_core::message::Address;
use crewbox_core::outgoing::DraftAttachment;
use crewbox_core::template::Filled;
use sha2::{Digest as _, Sha256};

use super::panel;
use super::place::Place;
use super::text::html;
use crate::app::Pages;
use crate::error::PageError;
use crate::form::Form;
use crate::guard::Visitor;
use crate::policy;

/// The actions that write an answer, and what each writes.
const KINDS: [(&str, AnswerKind); 3] =
    [("reply", AnswerKind::Reply), ("reply-all", AnswerKind::ReplyToAll), ("forward", AnswerKind::Forward)];

/// The action that puts a template into what is written, without scripts.
pub(super) const INSERT: &str = "insert";
/// The action that saves what is written as a draft, without scripts.
pub(super) const KEEP: &str = "keep";

/// What an action writes; none for one that writes no answer.
pub(super) fn kind_of(verb: &str) -> Option<AnswerKind> {
    KINDS.iter().find(|(known, _)| *known == verb).map(|(_, kind)| *kind)
}

/// The action that writes it.
pub(super) fn verb_of(kind: AnswerKind) -> &'static str {
    KINDS.iter().find(|(_, known)| *known == kind).map_or(KINDS[0].0, |(verb, _)| verb)
}

/// Sends what the composer's form has; its Message-ID.
pub(super) async fn send(
    pages: &Pages,
    visitor: &Visitor,
    id: ConversationId,
    verb: &str,
    (form, files): (&Form, Vec<DraftAttachment>),
) -> Result<String, Refusal> {
    let (services, caller) = (&pages.services, &visitor.caller);
    let command = ReadConversation { conversation: id, last_message: None };
    let campaign = Some(read_conversation(services, caller, command).await?.conversation.campaign);
    let kind = kind_of(verb).unwrap_or_default();
    let given = |name: &str| Some(form.get(name).trim().to_owned()).filter(|value| !value.is_empty());
    // The newest message that was on the page, and after a space the newest note.
    let (last_seen, last_note) = form.get("last_seen").split_once(' ').unwrap_or((form.get("last_seen"), ""));
    let (stats_id, message, subject) = (form.get("stats_id").to_owned(), given("message"), given("subject"));
    let (request, files) = whole(form, files).await?;
    let content = content(visitor, form, files)?;
    let idempotency = typed(verb, &request, form);
    let queued = if kind == AnswerKind::Forward {
        forward(services, caller, Forward { campaign, stats_id, message, subject, content, idempotency })
            .await?
    } else {
        let command = Reply {
            campaign,
            stats_id,
            message,
            to_all: kind == AnswerKind::ReplyToAll,
            subject,
            last_seen: Some(last_seen.trim().to_owned()).filter(|id| !id.is_empty()),
            last_note: last_note.parse().ok().filter(|id| *id <= MAX_ID).map(NoteId),
            force: !form.get("force").is_empty(),
            content,
            idempotency,
        };
        reply(services, caller, command).await?
    };
    // What was sent is no draft any more.
    delete_draft(services, caller, id).await?;
    Ok(queued.message_id)
}

fn content(visitor: &Visitor, form: &Form, given: Vec<DraftAttachment>) -> Result<Content, Refusal> {
    let mut wrong = Vec::new();
    let mut list = |field: &str| {
        parse(form.get(field)).unwrap_or_else(|error| {
            wrong.push(FieldError::says(field, error.to_string()));
            Vec::<Address>::new()
        })
    };
    let (to, cc, bcc) = (list("to"), list("cc"), list("bcc"));
    let scheduled = panel::time(visitor, form, "when").unwrap_or_else(|error| {
        wrong.push(error);
        None
    });
    let mut files: Vec<File> = given.into_iter().map(File::Given).collect();
    for file in linked(form) {
        match File::linked(&file.url, Some(file.name).filter(|name| !name.is_empty())) {
            Some(file) => files.push(file),
            None => wrong.push(FieldError::says("attachments", format!("`{}` is no file here", file.url))),
        }
    }
    if !wrong.is_empty() {
        return Err(Refusal::Invalid(wrong));
    }
    let undo_seconds = form.get("undo").parse().unwrap_or(0).min(MAX_UNDO_SECONDS);
    let html = html(form.get("reply"));
    let has_signature = !form.get("signature").is_empty();
    let signature = if has_signature { SignatureOf::Writer } else { SignatureOf::Nobody };
    let content = Content { html, to, cc, bcc, scheduled, signature, undo_seconds, ..Content::default() };
    Ok(Content { refuses_fields: true, files, ..content })
}

/// Everything that makes one answer another one; and its files again.
async fn whole(form: &Form, files: Vec<DraftAttachment>) -> Result<(String, Vec<DraftAttachment>), Refusal> {
    let mut whole =
        ["to", "cc", "bcc", "subject", "reply", "message", "when"].map(|name| form.get(name)).join("\n");
    for link in form.all("file") {
        whole.extend(["\n", link]);
    }
    if files.is_empty() {
        return Ok((whole, files));
    }
    // Tens of megabytes take tens of milliseconds.
    let hashed = tokio::task::spawn_blocking(move || {
        for file in &files {
            let hash = STANDARD.encode(Sha256::digest(&file.bytes));
            let _ = write!(whole, "\n{} {hash}", file.file_name);
        }
        (whole, files)
    });
    hashed.await.map_err(|error| Refusal::Internal(format!("files were not read: {error}")))
}

/// The files that a form names by their links, each as [`link`] wrote it.
pub(super) fn linked(form: &Form) -> impl Iterator<Item = DraftFile> {
    let links = form.all("file").flat_map(str::lines).filter(|link| !link.is_empty());
    links.map(|link| {
        let (url, name) = link.split_once(' ').unwrap_or((link, ""));
        DraftFile { url: url.to_owned(), name: name.to_owned() }
    })
}

/// The value of a field that names a file by its link.
pub(super) fn link(file: &DraftFile) -> String {
    format!("{} {}", file.url, file.name)
}

/// By the key of a script; without one the same again within a minute is the same form, sent twice.
pub(super) fn typed(action: &str, text: &str, form: &Form) -> Idempotency {
    let key =
        Some(form.get("key")).filter(|key| !key.is_empty()).map(|key| Bytes::copy_from_slice(key.as_bytes()));
    Idempotency { key, action: format!("page/{action}"), request: text.to_owned().into() }
}

/// Saves what is written as the draft.
pub(super) async fn keep(
    pages: &Pages,
    visitor: &Visitor,
    id: ConversationId,
    form: &Form,
) -> Result<(), Refusal> {
    let seen = form.get("version").parse().unwrap_or(0);
    match save_draft(&pages.services, &visitor.caller, id, seen, draft_of(form)).await? {
        SavedDraft::Saved(_) => Ok(()),
        SavedDraft::Newer(_) => Err(Refusal::Conflict(
            "A newer draft was saved elsewhere: open it in another tab first".to_owned(),
        )),
    }
}

/// What is written, as a draft.
pub(super) fn draft_of(form: &Form) -> DraftContent {
    let line = |name: &str| form.get(name).to_owned();
    DraftContent {
        to: line("to"),
        cc: line("cc"),
        bcc: line("bcc"),
        subject: line("subject"),
        body: html(form.get("reply")),
        forward: kind_of(form.get("as")) == Some(AnswerKind::Forward),
        when: line("when"),
        attachments: linked(form).take(MAX_FILES).collect(),
        message: form.id("message").map(MessageId),
    }
}

/// Puts a template at the end of what is written; the form with it, and what the page reports about it.
pub(super) async fn insert(
    pages: &Pages,
    visitor: &Visitor,
    id: ConversationId,
    mut form: Form,
) -> Result<(Form, Option<String>), Refusal> {
    let template = TemplateId(form.id("template").unwrap_or_default());
    let Filled { text, missing } = filled(&pages.services, &visitor.caller, template, id).await?;
    let before = form.get("reply").trim_end().to_owned();
    let whole = if before.is_empty() { text } else { format!("{before}\n\n{text}") };
    form.set("reply", &whole);
    let notice = (!missing.is_empty()).then(|| format!("Not filled in: {}", missing.join(", ")));
    Ok((form, notice))
}

/// GET `/parts/{view}/{id}/template?id=7`: its text, filled for the lead, and the fields that nothing fills:
/// `text=…&missing={{phone}}`.
pub(crate) async fn template(
    pages: &Pages,
    view: &str,
    id: &str,
    request: Request<Body>,
) -> Result<Response<Body>, PageError> {
    let (parts, _) = request.into_parts();
    let visitor = Visitor::of(pages, &parts).await?;
    let id = Place::parse(view, Some(id), "")?.open.ok_or(PageError::Nothing)?;
    let template = TemplateId(asked(&parts, "id").parse().unwrap_or_default());
    let Filled { text, missing } = filled(&pages.services, &visitor.caller, template, id).await?;
    let mut answer = form_urlencoded::Serializer::new(String::new());
    answer.append_pair("text", &text);
    for field in missing {
        answer.append_pair("missing", &field);
    }
    Ok(policy::text(StatusCode::OK, answer.finish()))
}

/// A field of the query.
fn asked(parts: &Parts, name: &str) -> String {
    let query = parts.uri.query().unwrap_or_default();
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(known, _)| known == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// GET `/parts/{view}/{id}/compose?as=reply-all&stats_id=…`: what an answer starts with, as fields of the composer; with
/// `message=12` one to this message.
pub(crate) async fn compose(
    pages: &Pages,
    view: &str,
    id: &str,
    request: Request<Body>,
) -> Result<Response<Body>, PageError> {
    let (parts, _) = request.into_parts();
    let visitor = Visitor::of(pages, &parts).await?;
    Place::parse(view, Some(id), "")?;
    let kind = kind_of(&asked(&parts, "as")).ok_or(PageError::Nothing)?;
    let (stats_id, message) = (asked(&parts, "stats_id"), asked(&parts, "message"));
    let message = Some(message.as_str()).filter(|message| !message.is_empty());
    let prepared = prepare(&pages.services, &visitor.caller, &stats_id, message, kind).await?;
    let mut answer = form_urlencoded::Serializer::new(String::new());
    answer.extend_pairs(starting(&prepared));
    answer.append_pair("files", &prepared.files.join(", "));
    Ok(policy::text(StatusCode::OK, answer.finish()))
}

/// The composer's fields that an answer starts with.
pub(super) fn starting(prepared: &Prepared) -> [(&'static str, String); 4] {
    [
        ("to", join(&prepared.to)),
        ("cc", join(&prepared.cc)),
        ("subject", prepared.subject.clone()),
        ("message", prepared.message.to_string()),
    ]
}
