//! A conversation: its messages and notes in order, the actions, the composer, and the lead beside it.

use askama::Template;
use crewbox_app::Refusal;
use crewbox_app::conversation::{ReadConversation, history, notes, read};
use crewbox_core::conversation::{Conversation, Flags};
use crewbox_core::id::ConversationId;
use crewbox_core::model::Lead;
use crewbox_core::time::Timestamp;
use crewbox_store::BodyLimits;
use crewbox_store::contract::Note;

use super::kept::Kept;
use super::message::MessagePart;
use super::place::Place;
use super::row::{CategoryMark, bare_subject, category, initials, lead_name};
use crate::actions::{Action, find};
use crate::app::Pages;
use crate::guard::Visitor;
use crate::time_text::{TimeText, day_and_time};

/// How much of a conversation's texts a page has: more than is read in one sitting.
const TEXTS: BodyLimits = BodyLimits { text: 64 * 1_024, html: 0, total: 512 * 1_024 };

/// A conversation.
#[derive(Template)]
#[template(path = "conversation.html")]
pub(super) struct ConversationPart {
    subject: String,
    category: Option<CategoryMark>,
    campaign: String,
    mailbox: Option<String>,
    owner: Option<(String, String)>,
    entries: Vec<Entry>,
    omitted: u64,
    buttons: Vec<Button>,
    categories: Vec<Choice>,
    members: Vec<Choice>,
    snoozes: Vec<(&'static str, &'static str)>,
    category_form: String,
    assign_form: String,
    snooze_form: Option<String>,
    reply_form: Option<String>,
    note_form: String,
    stats_id: String,
    /// The newest message on the page.
    last_seen: String,
    is_overtaken: bool,
    to: String,
    reply: String,
    note: String,
    /// Why what was typed was refused.
    notice: Option<String>,
    token: String,
    back: String,
    lead: LeadPart,
}

/// What is in the stream of a conversation.
enum Entry {
    Message(Box<MessagePart>),
    Note(NotePart),
}

/// A note.
struct NotePart {
    author: String,
    initials: String,
    when: String,
    exact: String,
    lines: Vec<String>,
}

/// An action without a value.
struct Button {
    action: &'static Action,
    form: String,
}

/// A value of a menu.
struct Choice {
    value: u64,
    name: String,
    hue: &'static str,
    is_set: bool,
}

/// The lead.
#[derive(Template)]
#[template(path = "lead.html")]
struct LeadPart {
    name: String,
    company: String,
    facts: Vec<(String, String)>,
}

impl ConversationPart {
    pub(super) async fn of(
        pages: &Pages,
        visitor: &Visitor,
        place: &Place,
        id: ConversationId,
        kept: &Kept,
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
        let messages = page.messages.iter().map(|(message, text)| {
            let part = MessagePart::of(message, text, Some(message.id) == newest_id, now);
            (message.at, Entry::Message(Box::new(part)))
        });
        let written = notes.iter().map(|note| {
            let author = note.author.and_then(|id| names.member(id)).map(|member| member.name.clone());
            (note.created_at, Entry::Note(note_part(note, author, now)))
        });
        let mut entries: Vec<(Timestamp, Entry)> = messages.chain(written).collect();
        entries.sort_by_key(|(at, _)| *at);
        let members = crewbox_app::member::list(caller).unwrap_or_default();
        let snoozed = held.snoozed_until.is_some_and(|until| until > now);
        Ok(Self {
            subject: if subject.is_empty() { "(no subject)".to_owned() } else { subject },
            category: held.category.and_then(|id| category(names, id)),
            mailbox: held.mailbox.and_then(|id| names.mailbox(id)).map(|one| one.email.clone()),
            owner: owner.map(|member| (initials(&member.name), member.name.clone())),
            entries: entries.into_iter().map(|(_, entry)| entry).collect(),
            omitted: page.omitted,
            buttons: buttons(held, place, snoozed, caller.scope().actor() == held.owner),
            categories: crewbox_app::catalog::categories(caller)
                .unwrap_or_default()
                .iter()
                .map(|one| Choice {
                    value: one.id.get(),
                    name: one.name.clone(),
                    hue: category(names, one.id).map_or("grey", |mark| mark.hue),
                    is_set: held.category == Some(one.id),
                })
                .collect(),
            members: members
                .into_iter()
                .map(|one| Choice {
                    value: one.id.get(),
                    name: one.name.clone(),
                    hue: "",
                    is_set: held.owner == Some(one.id),
                })
                .collect(),
            snoozes: super::snooze::SNOOZES.iter().map(|snooze| (snooze.value, snooze.label)).collect(),
            category_form: place.action("category"),
            assign_form: place.action("assign"),
            snooze_form: (!snoozed).then(|| place.action("snooze")),
            reply_form: last.map(|_| place.action("reply")),
            note_form: place.action("note"),
            stats_id: last.map(|message| message.stats_id.clone()).unwrap_or_default(),
            last_seen: newest_id.map(|id| id.to_string()).unwrap_or_default(),
            is_overtaken: kept.is_overtaken,
            to: lead_name(&row.lead),
            reply: kept.reply.clone(),
            note: kept.note.clone(),
            notice: kept.notice.clone(),
            token: visitor.token.clone(),
            back: place.opening(None).path(),
            lead: lead_part(&row.lead, held, &campaign),
            campaign,
        })
    }
}

/// The buttons that fit the conversation's state.
fn buttons(held: &Conversation, place: &Place, snoozed: bool, is_mine: bool) -> Vec<Button> {
    let either = |is_set, set, unset| if is_set { unset } else { set };
    let mut verbs = vec![either(held.flags.has(Flags::ARCHIVED), "archive", "unarchive")];
    if snoozed {
        verbs.push("wake");
    }
    verbs.push(either(held.flags.has(Flags::IMPORTANT), "important", "unimportant"));
    if held.flags.has(Flags::HAS_REPLY) {
        verbs.push("unread");
    }
    if !is_mine {
        verbs.push("take");
    }
    let button = |verb| find(verb).map(|action| Button { action, form: place.action(verb) });
    verbs.into_iter().filter_map(button).collect()
}

fn note_part(note: &Note, author: Option<String>, now: Timestamp) -> NotePart {
    let author = author.unwrap_or_else(|| "Operator".to_owned());
    NotePart {
        initials: initials(&author),
        author,
        when: day_and_time(note.created_at),
        exact: TimeText::of(note.created_at, now).exact,
        lines: note.text.lines().map(str::to_owned).collect(),
    }
}

fn lead_part(lead: &Lead, held: &Conversation, campaign: &str) -> LeadPart {
    let fields = &lead.fields;
    let mut facts = vec![("E-mail".to_owned(), fields.email.clone())];
    for (label, value) in [
        ("Phone", &fields.phone),
        ("Website", &fields.website),
        ("Location", &fields.location),
        ("LinkedIn", &fields.linkedin_profile),
    ] {
        if let Some(value) = value.as_ref().filter(|value| !value.is_empty()) {
            facts.push((label.to_owned(), value.clone()));
        }
    }
    facts.push(("Campaign".to_owned(), campaign.to_owned()));
    if held.revenue_cents > 0 {
        let (whole, cents) = (held.revenue_cents / 100, held.revenue_cents % 100);
        facts.push(("Revenue".to_owned(), format!("{whole}.{cents:02}")));
    }
    facts.extend(fields.custom_fields.iter().cloned());
    LeadPart { name: lead_name(lead), company: fields.company.clone().unwrap_or_default(), facts }
}
