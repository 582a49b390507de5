//! What members did with a conversation, as lines between its messages.

use crewbox_core::change::{Cause, Change, ChangeKind, Field};
use crewbox_core::conversation::Flags;
use crewbox_core::id::MemberId;
use crewbox_core::time::Timestamp;

use crate::guard::Visitor;

/// A line.
pub(super) struct ActivityPart {
    /// Its place among the lines of the conversation, the oldest 0: what the page recognises it by after an update.
    pub(super) number: usize,
    pub(super) icon: &'static str,
    pub(super) who: String,
    pub(super) did: &'static str,
    /// The new owner, or the new value.
    pub(super) what: String,
    pub(super) when: String,
    pub(super) exact: String,
}

impl ActivityPart {
    /// The line about a change; none for a change that says nothing to people.
    pub(super) fn of(change: &Change, visitor: &Visitor) -> Option<Self> {
        let names = visitor.caller.names();
        let after = |field| change.detail.iter().find(|delta| delta.field == field).map(|delta| delta.after);
        let has = |flag| {
            let flags = after(Field::Flags).flatten();
            flags.is_some_and(|flags| Flags(u16::try_from(flags).unwrap_or_default()).has(flag))
        };
        let id = |field| after(field).flatten().and_then(|id| u64::try_from(id).ok());
        let nothing = String::new;
        let (icon, did, what) = match change.kind {
            ChangeKind::OwnerChanged => match id(Field::Owner) {
                Some(owner) => ("person", "assigned this to", name(visitor, MemberId(owner), "you")),
                None => ("nobody", "took the owner away", nothing()),
            },
            ChangeKind::CategoryChanged => {
                match id(Field::Category).and_then(|id| names.category(id.into())) {
                    Some(category) => ("tag", "set the category to", category.name.clone()),
                    None => ("tag", "took the category away", nothing()),
                }
            }
            ChangeKind::ArchivedChanged if has(Flags::ARCHIVED) => ("box", "archived this", nothing()),
            ChangeKind::ArchivedChanged => ("tray", "moved this to the inbox", nothing()),
            ChangeKind::ImportantChanged if has(Flags::IMPORTANT) => {
                ("flag", "marked this important", nothing())
            }
            ChangeKind::ImportantChanged => ("flag", "marked this not important", nothing()),
            ChangeKind::SnoozeChanged => match after(Field::SnoozedUntil).flatten() {
                Some(until) => ("clock", "snoozed this until", visitor.local.day_and_time(Timestamp(until))),
                None => ("clock", "ended the snooze", nothing()),
            },
            _ => return None,
        };
        let who = match (change.actor, change.cause) {
            (Some(member), _) => name(visitor, member, "You"),
            (None, Cause::Rule(_)) => "A rule".to_owned(),
            (None, Cause::Import) => "An import".to_owned(),
            (None, Cause::Mailbox) => "New mail".to_owned(),
            (None, Cause::Person | Cause::Bulk(_) | Cause::System) => "Crewbox".to_owned(),
        };
        let when = visitor.local.day_and_time(change.at);
        let exact = visitor.local.at(change.at).timestamp().to_string();
        Some(Self { number: 0, icon, who, did, what, when, exact })
    }
}

/// A member's name, as the reader sees it: a client's own user does not see the names of the team.
fn name(visitor: &Visitor, member: MemberId, me: &str) -> String {
    let scope = visitor.caller.scope();
    if scope.actor() == Some(member) {
        return me.to_owned();
    }
    let found = visitor.caller.names().member(member).filter(|member| scope.sees(member.client));
    found.map_or_else(|| "the team".to_owned(), |member| member.name.clone())
}
