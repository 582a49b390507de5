//! A message as it is read: its tree of paragraphs, lists and links, its files, and what it was taken for.
//!
//! Owns how the tree becomes a page. Nothing of a mail's own markup is used: a mail can put words on the page, and nothing
//! else.

use askama::Template;
use crewbox_app::message::reading;
use crewbox_core::message::{Address, Class, Direction, FoldKind, Message};
use crewbox_core::reading::{Block, Inline, Part, Reading};
use crewbox_store::contract::Excerpt;

use super::composer::with_way;
use super::download;
use super::original;
use super::place::Place;
use super::row::{first_line, initials, sender};
use crate::actions::{Action, find};
use crate::time_text::{Local, TimeText};

/// The answers that begin at a message, and the names of their links.
const WAYS: [(&str, &str); 2] = [("reply", "Reply to this message"), ("forward", "Forward this message")];

/// A message.
#[derive(Template)]
#[template(path = "message.html")]
pub(super) struct MessagePart {
    id: u64,
    is_open: bool,
    /// Only its line is here: the rest is loaded when it is opened.
    is_partial: bool,
    is_ours: bool,
    name: String,
    initials: String,
    to: String,
    time: TimeText,
    when: String,
    first_line: String,
    parts: Vec<Part>,
    files: Vec<FileLink>,
    doubt: Option<Doubt>,
    /// Where the mail is shown with its own layout, if it has one.
    original: Option<String>,
    /// What of it is not loaded.
    blocked: Option<String>,
    /// Where it is shown with the images of other servers, if it has any.
    with_images: Option<String>,
    notice: Option<String>,
    is_cut: bool,
    token: String,
    /// What begins an answer to it: the action, the link's name and where it leads. None outside a conversation.
    ways: Vec<(&'static Action, &'static str, String)>,
}

/// A file that came with it.
struct FileLink {
    path: String,
    name: String,
    size: String,
}

/// What a message was taken for, or may be, and the form that corrects it.
struct Doubt {
    sentence: String,
    evidence: String,
    form: String,
    /// The class that a button sets, and the button's name.
    choices: Vec<(&'static str, String)>,
}

/// Blocks of a message.
#[derive(Template)]
#[template(path = "prose.html")]
struct Prose<'a> {
    blocks: &'a [Block],
}

/// Pieces of a line.
#[derive(Template)]
#[template(path = "line.html")]
struct Line<'a> {
    pieces: &'a [Inline],
}

impl<'a> Prose<'a> {
    fn of(blocks: &'a (impl AsRef<[Block]> + ?Sized)) -> Self {
        Self { blocks: blocks.as_ref() }
    }
}

impl<'a> Line<'a> {
    fn of(pieces: &'a (impl AsRef<[Inline]> + ?Sized)) -> Self {
        Self { pieces: pieces.as_ref() }
    }
}

impl MessagePart {
    pub(super) fn of(
        (message, texts): (&Message, &Excerpt),
        (is_open, is_partial): (bool, bool),
        place: &Place,
        (local, token): (&Local, &str),
    ) -> Self {
        let is_ours = message.direction == Direction::Outbound;
        let name = sender(message);
        let way = |(verb, name): &(&'static str, &'static str)| {
            Some((find(verb)?, *name, with_way(place, verb, Some(message.id))))
        };
        // Of a message that is loaded later there is one line.
        let read = if is_partial { Reading::default() } else { reading(message, texts) };
        Self {
            id: message.id.get(),
            is_open,
            is_partial,
            is_ours,
            name: name.to_owned(),
            initials: initials(name),
            to: message.to.iter().chain(&message.cc).map(display).collect::<Vec<_>>().join(", "),
            time: TimeText::of(message.at, local),
            when: local.day_and_time(message.at),
            first_line: first_line(&texts.text, &message.folds),
            files: message
                .attachments
                .iter()
                .map(|file| FileLink {
                    path: download::path(message.id, file.index),
                    name: file.file_name.clone(),
                    size: size(file.file_size),
                })
                .collect(),
            doubt: doubt(message, place),
            original: read.has_layout.then(|| original::path(message.id)),
            blocked: blocked(&read),
            with_images: (read.blocked_images > 0).then(|| original::path_with_images(message.id)),
            notice: message.notice.clone(),
            is_cut: read.is_cut,
            parts: read.parts,
            token: token.to_owned(),
            ways: match place.open {
                Some(_) => WAYS.iter().filter_map(way).collect(),
                None => Vec::new(),
            },
        }
    }

    /// The button's name of a folded part.
    fn label(folded: &FoldKind) -> &'static str {
        match folded {
            FoldKind::Quote => "Show quoted text",
            FoldKind::Signature => "Show signature",
        }
    }
}

/// What a class is called on a page.
const fn class_name(class: Class) -> &'static str {
    match class {
        Class::Human => "written by a person",
        Class::Bounce => "a failed delivery",
        Class::Delayed => "a delayed delivery",
        Class::Feedback => "a complaint",
        Class::Automatic => "automatic",
        Class::Unsubscribe => "an unsubscription",
        Class::Calendar => "an answer to an invitation",
        Class::Receipt => "a read receipt",
    }
}

fn doubt(message: &Message, place: &Place) -> Option<Doubt> {
    if message.direction == Direction::Outbound {
        return None;
    }
    let person = (Class::Human.name(), "A person wrote this".to_owned());
    let is = |class: Class| (class.name(), format!("It is {}", class_name(class)));
    let (sentence, choices) = match (message.class, message.suspected) {
        (Class::Human, None) => return None,
        (Class::Human, Some(suspected)) => {
            (format!("Looks like {}", class_name(suspected)), vec![is(suspected), person])
        }
        (class, _) => (format!("Taken for {}", class_name(class)), vec![person]),
    };
    let form = place.action("class");
    Some(Doubt { sentence, evidence: message.evidence.clone(), form, choices })
}

fn blocked(read: &Reading) -> Option<String> {
    let count = |count: u32, one: &str, many: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        _ => Some(format!("{count} {many}")),
    };
    let trackers = count(read.blocked_trackers, "tracker blocked", "trackers blocked").map(|words| {
        if read.tracker_hosts.is_empty() {
            words
        } else {
            format!("{words} ({})", read.tracker_hosts.join(", "))
        }
    });
    let images = count(read.blocked_images, "image not loaded", "images not loaded");
    let both: Vec<String> = trackers.into_iter().chain(images).collect();
    (!both.is_empty()).then(|| both.join(", "))
}

fn display(address: &Address) -> String {
    if address.name.is_empty() { address.email.clone() } else { address.name.clone() }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{} KB", bytes / 1_024),
        _ => format!("{}.{} MB", bytes / 1_048_576, bytes % 1_048_576 * 10 / 1_048_576),
    }
}
