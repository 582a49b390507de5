//! Delivery reports with a part for programs (RFC 3464, and RFC 6533 for addresses beyond ASCII). The part decides;
//! neither sender nor text matters.

use crewbox_core::message::Class;

use super::letter::Letter;
use super::normal::head;
use super::recipients::Reported;
use crate::budget::MAX_BOUNCE_BYTES;

/// Most recipients of one report that are looked at.
const MAX_GROUPS: usize = 50;

/// The media types of the part.
pub(super) const MEDIA: &[&str] = &["message/delivery-status", "message/global-delivery-status"];

/// A report on a delivery.
pub(super) struct Report {
    /// Failed, or anything else that changes nothing.
    pub(super) class: Class,
    pub(super) evidence: String,
    pub(super) reported: Reported,
}

/// One recipient's group of fields, in whatever order they stand.
#[derive(Debug, Default)]
struct Group {
    action: String,
    status: String,
    recipient: String,
    original: String,
}

/// Reads the report of a mail, if it has one.
pub(super) fn report(letter: &Letter<'_>) -> Option<Report> {
    if letter.report_type().as_deref() == Some("disposition-notification") {
        return None;
    }
    let mut groups = Vec::new();
    for media in MEDIA {
        for part in letter.parts(media) {
            groups.extend(read(&part.text().0));
        }
    }
    let with = |actions: &[&str]| groups.iter().find(|group| actions.contains(&group.action.as_str()));
    let by_code =
        |digit: char| groups.iter().find(|group| group.action.is_empty() && group.status.starts_with(digit));
    let unknown = || groups.iter().find(|group| group.status.starts_with('5'));
    let (class, what, deciding) = if let Some(group) = with(&["failed"]).or_else(|| by_code('5')) {
        (Class::Bounce, "failed", group)
    } else if let Some(group) = with(&["delayed"]).or_else(|| by_code('4')) {
        (Class::Delayed, "delayed", group)
    } else if let Some(group) = with(&["delivered", "relayed", "expanded"]) {
        (Class::Delayed, "delivered", group)
    } else {
        (Class::Bounce, "failed", unknown()?)
    };
    let action = if deciding.action.is_empty() { "none" } else { deciding.action.as_str() };
    let evidence = format!(
        "The delivery report says {what} (Action: {action}, Status: {}, {})",
        deciding.status, deciding.recipient
    );
    let mut reported = Reported::default();
    let failed =
        |group: &&Group| class != Class::Bounce || group.action == "failed" || std::ptr::eq(*group, deciding);
    for group in groups.iter().filter(failed) {
        reported.add_recipient(&group.recipient);
        reported.add_recipient(&group.original);
    }
    reported.add_returned_ids(letter);
    if reported.recipients.is_empty() {
        reported.add_named(letter, super::server::own_text(letter.text));
    }
    Some(Report { class, evidence, reported })
}

/// The groups of the part. A blank line separates them.
fn read(text: &str) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut group = Group::default();
    for line in head(text, MAX_BOUNCE_BYTES).lines().chain([""]) {
        if line.trim().is_empty() {
            let complete = !(group.action.is_empty() && group.status.is_empty());
            if complete && groups.len() < MAX_GROUPS {
                groups.push(std::mem::take(&mut group));
            }
            group = Group::default();
            continue;
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        let slot = match name.trim().to_ascii_lowercase().as_str() {
            "action" => &mut group.action,
            "status" => &mut group.status,
            "final-recipient" => &mut group.recipient,
            "original-recipient" => &mut group.original,
            _ => continue,
        };
        *slot = value.trim().to_ascii_lowercase();
    }
    for group in &mut groups {
        group.action = first_word(&group.action);
        group.status = first_word(&group.status);
        group.recipient = group.recipient.rsplit(';').next().unwrap_or_default().trim().to_owned();
    }
    groups
}

fn first_word(value: &str) -> String {
    value.split([' ', '(', ';']).next().unwrap_or_default().to_owned()
}
