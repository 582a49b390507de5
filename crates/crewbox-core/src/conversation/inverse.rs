//! Undoing a change: the edit that gives a conversation back what somebody's change took from it.
//!
//! Owns which kinds of change can be undone, and when it is too late: a later change has set the same thing again.

use super::lead_undo::overlap;
use super::{Conversation, Edit, Flags, MAX_TAGS, is_of_lead};
use crate::change::{Change, ChangeKind, Delta, Field};
use crate::id::{CategoryId, MemberId, TagId};
use crate::time::Timestamp;

/// Why a change is not undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotUndone {
    /// Changes of this kind have no inverse: a message that came in stays.
    Kind,
    /// What it changed has been changed again since.
    ChangedSince,
}

/// The flag that a kind of change sets, of those that set one.
const fn flag(kind: ChangeKind) -> Option<Flags> {
    match kind {
        ChangeKind::ReadChanged => Some(Flags::UNREAD),
        ChangeKind::ArchivedChanged => Some(Flags::ARCHIVED),
        ChangeKind::ImportantChanged => Some(Flags::IMPORTANT),
        _ => None,
    }
}

/// The field that a kind of change sets, of those that can be undone.
const fn field(kind: ChangeKind) -> Option<Field> {
    match kind {
        ChangeKind::ReadChanged | ChangeKind::ArchivedChanged | ChangeKind::ImportantChanged => {
            Some(Field::Flags)
        }
        ChangeKind::CategoryChanged => Some(Field::Category),
        ChangeKind::OwnerChanged => Some(Field::Owner),
        ChangeKind::SnoozeChanged => Some(Field::SnoozedUntil),
        ChangeKind::TagsChanged => Some(Field::Tag),
        ChangeKind::RevenueChanged => Some(Field::Revenue),
        _ => None,
    }
}

/// Whether a later change set what this change has set.
#[must_use]
pub fn sets_the_same(change: &Change, later: &Change) -> bool {
    let kind = change.kind;
    if is_of_lead(kind) {
        return overlap(change, later);
    }
    let differs = |delta: &Delta| match flag(kind) {
        Some(flag) => has(delta.before, flag) != has(delta.after, flag),
        None => true,
    };
    field(kind).is_some_and(|field| later.detail.iter().any(|delta| delta.field == field && differs(delta)))
}

fn has(bits: Option<i64>, flag: Flags) -> bool {
    bits.and_then(|bits| u16::try_from(bits).ok()).is_some_and(|bits| Flags(bits).has(flag))
}

impl Conversation {
    /// The edit that undoes a change of this conversation; none where everything is already as it was before the change.
    ///
    /// # Errors
    /// Why it is not undone.
    pub fn inverse(&self, change: &Change, now: Timestamp) -> Result<Option<Edit>, NotUndone> {
        if change.kind == ChangeKind::TagsChanged {
            return self.inverse_of_tags(&change.detail);
        }
        if is_of_lead(change.kind) {
            let before = self.lead_state_around(change, true);
            let after = self.lead_state_around(change, false);
            return unless_changed(&self.lead_state(), &before, &after, Edit::RestoreLead(before));
        }
        let field = field(change.kind).ok_or(NotUndone::Kind)?;
        let delta = change.detail.iter().find(|delta| delta.field == field).ok_or(NotUndone::Kind)?;
        let id = |value: Option<i64>| value.and_then(|id| u64::try_from(id).ok());
        let (before, after) = (id(delta.before), id(delta.after));
        if let Some(flag) = flag(change.kind) {
            let was = has(delta.before, flag);
            let edit = match change.kind {
                ChangeKind::ReadChanged => Edit::Read(!was),
                ChangeKind::ArchivedChanged => Edit::Archived(was),
                _ => Edit::Important(was),
            };
            return unless_changed(&self.flags.has(flag), &was, &has(delta.after, flag), edit);
        }
        match field {
            Field::Category => {
                let [before, after] = [before, after].map(|id| id.map(CategoryId));
                unless_changed(&self.category, &before, &after, Edit::Category(before))
            }
            Field::Owner => {
                let [before, after] = [before, after].map(|id| id.map(MemberId));
                unless_changed(&self.owner, &before, &after, Edit::Owner(before))
            }
            Field::SnoozedUntil => {
                let [before, after] = [delta.before, delta.after].map(|time| time.map(Timestamp));
                let edit = Edit::Snooze(before.filter(|until| *until > now));
                unless_changed(&self.snoozed_until, &before, &after, edit)
            }
            Field::Revenue => {
                let before = delta.before.unwrap_or_default();
                let after = delta.after.unwrap_or_default();
                unless_changed(&self.revenue_cents, &before, &after, Edit::Revenue(before))
            }
            _ => Err(NotUndone::Kind),
        }
    }

    fn inverse_of_tags(&self, detail: &[Delta]) -> Result<Option<Edit>, NotUndone> {
        let mut tags = self.tags.clone();
        let (mut to_undo, mut undone) = (0, 0);
        for delta in detail.iter().filter(|delta| delta.field == Field::Tag) {
            let tag = delta.before.or(delta.after).and_then(|id| u64::try_from(id).ok()).map(TagId);
            let tag = tag.ok_or(NotUndone::Kind)?;
            let was_added = delta.after.is_some();
            if self.tags.contains(&tag) != was_added {
                undone += 1;
                continue;
            }
            to_undo += 1;
            tags.retain(|other| *other != tag);
            if !was_added {
                tags.push(tag);
            }
        }
        match (to_undo, undone) {
            (0, 0) => Err(NotUndone::Kind),
            (0, _) => Ok(None),
            // Tags that were added since leave no room for those that come back.
            (_, 0) if tags.len() > MAX_TAGS => Err(NotUndone::ChangedSince),
            (_, 0) => Ok(Some(Edit::Tags(tags))),
            _ => Err(NotUndone::ChangedSince),
        }
    }
}

fn unless_changed<T: PartialEq>(
    now: &T,
    before: &T,
    after: &T,
    edit: Edit,
) -> Result<Option<Edit>, NotUndone> {
    if now == before {
        Ok(None)
    } else if now == after {
        Ok(Some(edit))
    } else {
        Err(NotUndone::ChangedSince)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::Cause;
    use crate::conversation::LeadStatus;
    use crate::id::{CampaignId, ConversationId, LeadId, Seq};

    const NOW: Timestamp = Timestamp(50);

    fn change(kind: ChangeKind, detail: Vec<Delta>) -> Change {
        Change {
            seq: Seq(1),
            at: NOW,
            actor: None,
            cause: Cause::Person,
            kind,
            conversation: Some(ConversationId(1)),
            subject: None,
            detail,
            of_client: None,
        }
    }

    fn blank() -> Conversation {
        let mut blank = Conversation::new(ConversationId(1), LeadId(1), CampaignId(1), None, Timestamp(0));
        blank.flags = Flags::HAS_MESSAGE.with(Flags::HAS_REPLY).with(Flags::UNREAD);
        blank
    }

    #[test]
    fn every_edit_of_a_person_is_undone_once_and_not_after_another_one() {
        let (one, two) = (Some(MemberId(1)), Some(MemberId(2)));
        let tags = |ids: &[u64]| Edit::Tags(ids.iter().copied().map(TagId).collect());
        let push = |subsequence, stop_on_parent_reply| {
            let subsequence = CampaignId(subsequence);
            Edit::Push { subsequence, delay: 60, stop_on_parent_reply }
        };
        for (kind, edit, other) in [
            (ChangeKind::ReadChanged, Edit::Read(true), None),
            (ChangeKind::ArchivedChanged, Edit::Archived(true), None),
            (ChangeKind::ImportantChanged, Edit::Important(true), None),
            (ChangeKind::OwnerChanged, Edit::Owner(one), Some(Edit::Owner(two))),
            (
                ChangeKind::CategoryChanged,
                Edit::Category(Some(CategoryId(1))),
                Some(Edit::Category(Some(CategoryId(2)))),
            ),
            (
                ChangeKind::SnoozeChanged,
                Edit::Snooze(Some(Timestamp(90))),
                Some(Edit::Snooze(Some(Timestamp(80)))),
            ),
            (ChangeKind::TagsChanged, tags(&[1, 2]), Some(tags(&[1]))),
            (ChangeKind::RevenueChanged, Edit::Revenue(100), Some(Edit::Revenue(200))),
            (ChangeKind::LeadPaused, Edit::Pause, Some(Edit::Unsubscribe)),
            (ChangeKind::LeadResumed, Edit::Resume(60), Some(Edit::Resume(90))),
            (ChangeKind::LeadUnsubscribed, Edit::Unsubscribe, Some(Edit::Lead(LeadStatus::Blocked))),
            (ChangeKind::LeadPushed, push(7, false), Some(push(8, false))),
            (ChangeKind::LeadPushed, push(7, false), Some(push(7, true))),
        ] {
            let before = blank();
            let mut held = before.clone();
            let made = change(kind, held.apply(&edit, NOW));
            assert!(sets_the_same(&made, &made), "{kind:?}");
            // What has nothing to do with it does not matter.
            if kind != ChangeKind::RevenueChanged {
                held.apply(&Edit::Revenue(7), NOW);
            }
            let mut undone = held.clone();
            undone.apply(&held.inverse(&made, NOW).unwrap().unwrap(), NOW);
            undone.apply(&Edit::Revenue(0), NOW);
            assert_eq!(undone.entry(), before.entry(), "{kind:?}");
            assert_eq!(undone.lead_state(), before.lead_state(), "{kind:?}");
            assert_eq!(undone.inverse(&made, NOW), Ok(None), "{kind:?} is undone");
            if let Some(other) = other {
                let later = change(kind, held.apply(&other, NOW));
                assert_eq!(held.inverse(&made, NOW), Err(NotUndone::ChangedSince), "{kind:?}");
                assert!(sets_the_same(&made, &later), "{kind:?}");
            }
        }
        let archived = change(ChangeKind::ArchivedChanged, blank().apply(&Edit::Archived(true), NOW));
        let important = change(ChangeKind::ImportantChanged, blank().apply(&Edit::Important(true), NOW));
        assert!(!sets_the_same(&important, &archived));
        assert_eq!(
            blank().inverse(&change(ChangeKind::MessageReceived, Vec::new()), NOW),
            Err(NotUndone::Kind)
        );
    }

    #[test]
    fn an_undone_change_of_a_lead_leaves_what_others_decided_about_it() {
        let mut held = blank();
        held.apply(&Edit::Resume(60), NOW);
        let paused = change(ChangeKind::LeadPaused, held.apply(&Edit::Pause, NOW));
        let push = Edit::Push { subsequence: CampaignId(7), delay: 60, stop_on_parent_reply: true };
        let pushed = change(ChangeKind::LeadPushed, held.apply(&push, NOW));
        assert!(!sets_the_same(&paused, &pushed));
        let back = change(
            ChangeKind::LeadStateRestored,
            held.apply(&held.clone().inverse(&paused, NOW).unwrap().unwrap(), NOW),
        );
        assert_eq!((held.lead_status, held.subsequence), (LeadStatus::Started, Some(CampaignId(7))));
        assert_eq!(held.resumed.map(|resumed| resumed.until), Some(NOW.plus_seconds(60)));
        held.apply(&held.clone().inverse(&back, NOW).unwrap().unwrap(), NOW);
        assert_eq!((held.lead_status, held.resumed), (LeadStatus::Paused, None), "the undo is undone");
        held.sent_count = 1;
        held.apply(&held.clone().inverse(&paused, NOW).unwrap().unwrap(), NOW);
        assert_eq!(held.lead_status, LeadStatus::InProgress, "a message was sent meanwhile");
    }

    #[test]
    fn a_snooze_that_would_have_ended_does_not_come_back() {
        let mut held = blank();
        held.apply(&Edit::Snooze(Some(Timestamp(60))), NOW);
        let woken = change(ChangeKind::SnoozeChanged, held.apply(&Edit::Snooze(None), NOW));
        assert_eq!(held.inverse(&woken, NOW), Ok(Some(Edit::Snooze(Some(Timestamp(60))))));
        assert_eq!(held.inverse(&woken, Timestamp(60)), Ok(Some(Edit::Snooze(None))));
    }
}
