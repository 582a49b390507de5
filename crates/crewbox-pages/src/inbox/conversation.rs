//! A conversation: its messages and notes in order, the actions, the composer, and the lead beside it.

use askama::Template;
use crewbox_app::Refusal;
use crewbox_app::conversation::{ReadConversation, activity, history, notes, read};
use crewbox_app::outgoing::{Unsent, unsent, waiting};
use crewbox_core::conversation::{Conversation, Flags};
use crewbox_core::id::ConversationId;
use crewbox_core::outgoing::Outgoing;
use crewbox_core::time::Timestamp;
use crewbox_store::BodyLimits;
use crewbox_store::contract::Note;

use super::activity::ActivityPart;
use super::composer::ComposerPart;
use super::failed::NO_REASON;
use super::kept::{Kept, Typed};
use super::lead::LeadPart;
use super::marks;
use super::message::MessagePart;
use super::place::Place;
use super::row::{CategoryMark, bare_subject, category, initials, lead_name};
use crate::actions::{Action, find};
use crate::app::Pages;
use crate::guard::Visitor;
use crate::shortcuts::Shortcuts;
use crate::time_text::{Local, TimeText};

/// How much of a conversation's texts a page has: more than is read in one sitting.
const TEXTS: BodyLimits = BodyLimits { text: 64 * 1_024, html: 128 * 1_024, total: 1_024 * 1_024 };

/// A conversation.
#[derive(Template)]
#[template(path = "conversation.html")]
pub(super) struct ConversationPart {
    id: u64,
    marks: String,
    subject: String,
    category: Option<CategoryMark>,
    campaign: String,
    mailbox: Option<String>,
    owner: Option<(String, String)>,
    entries: Vec<Entry>,
    waiting: Vec<WaitingPart>,
    take_back_form: String,
    unsent: Option<UnsentPart>,
    try_again_form: String,
    rewrite_form: String,
    remind_form: String,
    remind: Typed,
    snooze_when: String,
    snooze_error: Option<String>,
    omitted: u64,
    buttons: Vec<Button>,
    categories: Vec<Choice>,
    members: Vec<Choice>,
    snoozes: Vec<(&'static str, &'static str)>,
    category_form: String,
    assign_form: String,
    snooze_form: Option<String>,
    composer: Option<ComposerPart>,
    note_form: String,
    text_bytes: usize,
    note: String,
    /// Why what was typed was refused.
    notice: Option<String>,
    token: String,
    back: String,
    shortcuts: Shortcuts,
    lead: LeadPart,
}

/// Which messages of a conversation are whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Texts {
    /// All of them.
    All,
    /// The newest; of the others there is one line.
    Newest,
}

/// What is in the stream of a conversation.
enum Entry {
    Message(Box<MessagePart>),
    Note(NotePart),
    Activity(ActivityPart),
}

/// A message that waits to be sent.
struct WaitingPart {
    message_id: String,
    when: String,
    exact: String,
    is_scheduled: bool,
    to: String,
    problem: Option<String>,
}

/// A message that was not sent.
struct UnsentPart {
    id: u64,
    message_id: String,
    to: String,
    reason: String,
    lines: Vec<String>,
}

/// A note.
struct NotePart {
    id: u64,
    author: String,
    initials: String,
    when: String,
    exact: String,
    lines: Vec<String>,
}

/// An action without a value.
struct Button {
    action: &'static Action,
    /// The conversation is so already.
    is_hidden: bool,
    /// Has its name and its key beside its icon.
    is_wide: bool,
    form: String,
}

/// A value of a menu.
struct Choice {
    value: u64,
    name: String,
    hue: &'static str,
    /// The mark that the conversation has with it, where its value does not say so.
    mark: &'static str,
    is_set: bool,
}

impl ConversationPart {
    /// Bytes of the texts of others in it: of its messages that are whole.
    pub(super) fn text_bytes(&self) -> usize {
        self.text_bytes
    }

    pub(super) async fn of(
        pages: &Pages,
        visitor: &Visitor,
        place: &Place,
        id: ConversationId,
        kept: &Kept,
        texts: Texts,
    ) -> Result<Self, Refusal> {
        let caller = &visitor.caller;
        let (services, names, now) = (&pages.services, caller.names(), caller.now());
        let command = ReadConversation { conversation: id, last_message: Some(BodyLimits::NONE) };
        let row = read(services, caller, command).await?;
        let page = history(services, caller, id, None, TEXTS).await?;
        let notes = notes(services, caller, id).await?;
        let held = &row.conversation;
        let newest = page.messages.last().map(|(message, _)| message);
        let last = row.last_message.as_ref().map(|(message, _)| message);
        let subject =
            last.or(newest).map(|message| bare_subject(&message.subject).to_owned()).unwrap_or_default();
        let campaign = names.campaign(held.campaign).map(|one| one.name.clone()).unwrap_or_default();
        let owner = held.owner.and_then(|id| names.member(id));
        let newest_id = newest.map(|message| message.id);
        let shown = (&visitor.local, visitor.token.as_str());
        let messages = page.messages.iter().map(|(message, text)| {
            let is_newest = Some(message.id) == newest_id;
            let is_partial = texts == Texts::Newest && !is_newest;
            let part = MessagePart::of((message, text), (is_newest, is_partial), place, shown);
            (message.at, Entry::Message(Box::new(part)))
        });
        let written = notes.iter().map(|note| {
            let author = note.author.and_then(|id| names.member(id)).map(|member| member.name.clone());
            (note.created_at, Entry::Note(note_part(note, author, &visitor.local)))
        });
        let activity = activity(services, caller, id).await?;
        let done = activity
            .iter()
            .filter_map(|change| Some((change.at, ActivityPart::of(change, visitor)?)))
            .enumerate()
            .map(|(number, (at, line))| (at, Entry::Activity(ActivityPart { number, ..line })));
        let mut entries: Vec<(Timestamp, Entry)> = messages.chain(written).chain(done).collect();
        entries.sort_by_key(|(at, _)| *at);
        let members = crewbox_app::member::list(caller).unwrap_or_default();
        let marks = marks::of(held, caller);
        let composer = match last {
            Some(last) => {
                let about = (&page.messages[..], &notes[..], last, lead_name(&row.lead));
                Some(
                    ComposerPart::of(pages, visitor, (place, id), about, last.mailbox.or(held.mailbox), kept)
                        .await?,
                )
            }
            None => None,
        };
        let snoozed = held.snoozed_until.is_some_and(|until| until > now);
        Ok(Self {
            id: id.get(),
            subject: if subject.is_empty() { "(no subject)".to_owned() } else { subject },
            category: held.category.and_then(|id| category(names, id)),
            mailbox: held.mailbox.and_then(|id| names.mailbox(id)).map(|one| one.email.clone()),
            owner: owner.map(|member| (initials(&member.name), member.name.clone())),
            entries: entries.into_iter().map(|(_, entry)| entry).collect(),
            waiting: waiting(services, caller, id)
                .await?
                .iter()
                .map(|one| waiting_part(one, &visitor.local))
                .collect(),
            take_back_form: place.action("take-back"),
            unsent: unsent(services, caller, id).await?.map(unsent_part),
            try_again_form: place.action("try-again"),
            rewrite_form: place.action("rewrite"),
            remind_form: place.action("remind"),
            remind: kept.typing("remind"),
            snooze_when: kept.typed("snooze", "when").unwrap_or_default().to_owned(),
            snooze_error: kept.error("snooze", "when"),
            omitted: page.omitted,
            text_bytes: match texts {
                Texts::All => page.messages.iter().map(|(_, text)| text.text.len()).sum(),
                Texts::Newest => page.messages.last().map_or(0, |(_, text)| text.text.len()),
            },
            buttons: buttons(held, place, &marks),
            categories: crewbox_app::catalog::categories(caller)
                .unwrap_or_default()
                .iter()
                .map(|one| Choice {
                    value: one.id.get(),
                    name: one.name.clone(),
                    hue: category(names, one.id).map_or("grey", |mark| mark.hue),
                    mark: "",
                    is_set: held.category == Some(one.id),
                })
                .collect(),
            members: members
                .into_iter()
                .map(|one| Choice {
                    value: one.id.get(),
                    name: one.name.clone(),
                    hue: "",
                    mark: marks::of_owner(one.id.get(), caller),
                    is_set: held.owner == Some(one.id),
                })
                .collect(),
            snoozes: super::snooze::SNOOZES.iter().map(|snooze| (snooze.value, snooze.label)).collect(),
            category_form: place.action("category"),
            assign_form: place.action("assign"),
            snooze_form: (!snoozed).then(|| place.action("snooze")),
            composer,
            note_form: place.action("note"),
            note: kept.note.clone(),
            notice: kept.notice.clone(),
            token: visitor.token.clone(),
            shortcuts: visitor.shortcuts.clone(),
            back: place.opening(None).path(),
            lead: LeadPart::of(pages, visitor, place, (&row.lead, held), kept).await?,
            marks,
            campaign,
        })
    }
}

/// The buttons of actions without a value. Those that do not fit the conversation's state are hidden: a script shows them
/// in the moment in which they do.
fn buttons(held: &Conversation, place: &Place, marks: &str) -> Vec<Button> {
    const VERBS: [&str; 7] = ["archive", "unarchive", "wake", "important", "unimportant", "unread", "take"];
    let is_never_unread = |verb| verb == "unread" && !held.flags.has(Flags::HAS_REPLY);
    let button = |verb| {
        let action = find(verb)?;
        let is_set = marks.split(' ').any(|mark| mark == action.mark);
        Some(Button {
            action,
            form: place.action(verb),
            is_hidden: is_set || is_never_unread(verb),
            is_wide: ["archive", "unarchive"].contains(&verb),
        })
    };
    VERBS.into_iter().filter_map(button).collect()
}

fn note_part(note: &Note, author: Option<String>, local: &Local) -> NotePart {
    let author = author.unwrap_or_else(|| "Operator".to_owned());
    NotePart {
        id: note.id.get(),
        initials: initials(&author),
        author,
        when: local.day_and_time(note.created_at),
        exact: TimeText::of(note.created_at, local).exact,
        lines: note.text.lines().map(str::to_owned).collect(),
    }
}

fn unsent_part(one: Unsent) -> UnsentPart {
    UnsentPart {
        id: one.record.id.get(),
        to: one.record.recipients.join(", "),
        reason: one.record.answer.unwrap_or_else(|| NO_REASON.to_owned()),
        message_id: one.record.message_id,
        lines: one.text.lines().map(str::to_owned).collect(),
    }
}

fn waiting_part(one: &Outgoing, local: &Local) -> WaitingPart {
    let at = one.scheduled_time.unwrap_or(one.not_before);
    WaitingPart {
        message_id: one.message_id.clone(),
        when: local.day_and_time(at),
        exact: TimeText::of(at, local).exact,
        is_scheduled: one.scheduled_time.is_some(),
        to: one.recipients.join(", "),
        problem: one.answer.clone(),
    }
}
