//! One conversation in a list.

use askama::Template;
use crewbox_core::id::{CategoryId, MemberId};
use crewbox_core::message::{Direction, Fold, Message};
use crewbox_core::model::{Category, Lead, Sentiment};
use crewbox_store::contract::HeldDraft;
use crewbox_store::{Catalog, Row};

use super::marks;
use super::place::Place;
use super::text::text_of;
use crate::guard::Visitor;
use crate::time_text::{Due, TimeText};

/// Characters of the first line: more than the widest list shows.
const FIRST_LINE: usize = 160;
/// Words that mail programs put before a subject when they answer or forward, in the languages of the classification
/// rules.
const PREFIXES: [&str; 19] = [
    "re", "aw", "sv", "vs", "ynt", "antw", "rv", "fw", "fwd", "wg", "tr", "rif", "res", "odp", "enc", "vb",
    "doorst", "回复", "答复",
];

/// A row.
#[derive(Template)]
#[template(path = "row.html")]
pub(super) struct RowPart {
    id: u64,
    marks: String,
    path: String,
    name: String,
    company: String,
    /// The name of its campaign, where campaigns differ.
    campaign: Option<String>,
    time: Option<TimeText>,
    /// When what the list is about comes, shown in place of the time of the message.
    due: Option<Due>,
    subject: String,
    category: Option<CategoryMark>,
    first_line: String,
    /// The first line of the member's draft, shown in place of the first line of the message.
    draft: Option<String>,
    /// What the reminder says that the row is in the list for, shown before either.
    reminder: Option<String>,
    is_open: bool,
    /// Initials and name of the owner, where owners differ.
    owner: Option<(String, String)>,
}

/// A category: a dot and a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CategoryMark {
    pub(super) hue: &'static str,
    pub(super) name: String,
}

/// What a row shows in a list of times to come.
#[derive(Default)]
pub(super) struct Ahead {
    pub(super) due: Option<Due>,
    pub(super) reminder: Option<String>,
}

impl RowPart {
    pub(super) fn of(
        row: &Row,
        draft: Option<&HeldDraft>,
        ahead: Ahead,
        place: &Place,
        visitor: &Visitor,
    ) -> Self {
        let (caller, local) = (&visitor.caller, &visitor.local);
        let names = caller.names();
        let conversation = &row.conversation;
        let (subject, first_line) =
            row.last_message.as_ref().map_or_else(Default::default, |(message, text)| {
                (bare_subject(&message.subject).to_owned(), first_line(&text.text, &message.folds))
            });
        let shown = row.last_message.as_ref().map(|(message, _)| message);
        let is_reply = shown.is_some_and(|message| message.direction == Direction::Inbound);
        let at = if is_reply { conversation.reply_time } else { conversation.sent_time };
        Self {
            id: conversation.id.get(),
            marks: marks::of(conversation, caller),
            path: place.opening(Some(conversation.id)).path(),
            name: lead_name(&row.lead),
            company: row.lead.fields.company.clone().unwrap_or_default(),
            campaign: names
                .campaign(conversation.campaign)
                .filter(|_| !place.has_one_campaign())
                .map(|campaign| campaign.name.clone()),
            time: at.map(|at| TimeText::of(at, local)),
            due: ahead.due,
            reminder: ahead.reminder,
            subject: if subject.is_empty() { "(no subject)".to_owned() } else { subject },
            category: conversation.category.and_then(|id| category(names, id)),
            first_line,
            draft: draft.map(|draft| self::first_line(&text_of(&draft.content.body), &[])),
            is_open: place.open == Some(conversation.id),
            owner: conversation.owner.filter(|_| !place.has_one_owner()).and_then(|id| owner(names, id)),
        }
    }
}

fn owner(names: &Catalog, id: MemberId) -> Option<(String, String)> {
    let member = names.member(id)?;
    Some((initials(&member.name), member.name.clone()))
}

/// Who a message is from, as it is shown.
pub(super) fn sender(message: &Message) -> &str {
    if message.from.name.is_empty() { &message.from.email } else { &message.from.name }
}

/// The name of a lead, else its address.
pub(super) fn lead_name(lead: &Lead) -> String {
    let given = [&lead.fields.first_name, &lead.fields.last_name];
    let parts: Vec<&str> =
        given.iter().filter_map(|part| part.as_deref()).filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { lead.fields.email.clone() } else { parts.join(" ") }
}

/// A category with the colour of its dot.
pub(super) fn category(names: &Catalog, id: CategoryId) -> Option<CategoryMark> {
    let category = names.category(id)?;
    Some(CategoryMark { hue: hue(category), name: category.name.clone() })
}

/// The class of its dot's colour.
pub(crate) fn hue(category: &Category) -> &'static str {
    match (category.id.get(), category.sentiment) {
        (2, _) => "violet",
        (5, _) => "blue",
        (6, _) => "amber",
        (7, _) => "grey",
        (_, Sentiment::Positive) => "green",
        (_, Sentiment::Neutral) => "grey",
        (_, Sentiment::Negative) => "red",
    }
}

/// The first letters of the first and the last word of a name.
pub(super) fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let first = words.next();
    first.into_iter().chain(words.next_back()).flat_map(char::to_uppercase).collect()
}

/// A subject without the words that answering and forwarding put before it.
pub(super) fn bare_subject(subject: &str) -> &str {
    let mut rest = subject.trim();
    while let Some((before, after)) = rest.split_once([':', '：']) {
        // "Re[2]: " and "RE (3): " count the answers.
        let word = before.trim_end_matches(|c: char| c.is_ascii_digit() || "[]() ".contains(c));
        if !PREFIXES.contains(&word.to_lowercase().as_str()) {
            break;
        }
        rest = after.trim_start();
    }
    rest
}

/// The first line of a message's own words, without quotes and signature.
pub(super) fn first_line(text: &str, folds: &[Fold]) -> String {
    let mut line = String::new();
    let mut count = 0;
    let mut at = 0;
    let ends = folds.iter().map(|fold| (fold.start as usize, fold.end as usize));
    for (start, end) in ends.chain([(text.len(), text.len())]) {
        let own = text.get(at..start.min(text.len())).unwrap_or_default();
        for word in own.split_whitespace() {
            if count > 0 {
                line.push(' ');
            }
            line.push_str(word);
            count += word.chars().count() + 1;
            if count > FIRST_LINE {
                return line.chars().take(FIRST_LINE).collect::<String>() + "…";
            }
        }
        at = end;
    }
    line
}

#[cfg(test)]
mod tests {
    use crewbox_core::message::FoldKind;

    use super::*;

    #[test]
    fn a_subject_is_shown_without_reply_prefixes() {
        for (subject, bare) in [
            ("Re: AW: Sv: Prices", "Prices"),
            ("RE[2]: Fwd : Prices", "Prices"),
            ("Ynt: Re：Prices", "Prices"),
            ("Reminder: call", "Reminder: call"),
            ("Re: ", ""),
            ("Prices: Re: x", "Prices: Re: x"),
        ] {
            assert_eq!(bare_subject(subject), bare, "{subject}");
        }
    }

    #[test]
    fn the_first_line_has_no_quote_and_an_end() {
        let text = "Yes,\n\n please.\n> quoted\nBye\n-- \nme";
        let fold = |start: &str, end: usize, kind| Fold {
            start: u32::try_from(text.find(start).unwrap()).unwrap(),
            end: u32::try_from(end).unwrap(),
            kind,
        };
        let folds = [
            fold("> quoted", text.find("Bye").unwrap(), FoldKind::Quote),
            fold("-- ", text.len(), FoldKind::Signature),
        ];
        assert_eq!(first_line(text, &folds), "Yes, please. Bye");
        assert_eq!(first_line("", &folds), "", "folds of a longer text");
        let long = first_line(&"word ".repeat(100), &[]);
        assert_eq!(long.chars().count(), FIRST_LINE + 1);
    }

    #[test]
    fn initials_are_letters_of_any_script() {
        for (name, letters) in
            [("Ana Maria Ribeiro", "AR"), ("bo", "B"), ("", ""), ("李 小龙", "李小"), ("\"Al\" Doe", "AD")]
        {
            assert_eq!(initials(name), letters);
        }
    }
}
