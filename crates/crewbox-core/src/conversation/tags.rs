//! A conversation's own tags.
//!
//! Owns that there are never more than [`MAX_TAGS`], in whatever way one is added.

use super::{Conversation, MAX_TAGS};
use crate::id::TagId;

impl Conversation {
    /// Adds a tag, unless the conversation has it, or has [`MAX_TAGS`].
    pub(super) fn add_tag(&mut self, tag: TagId) {
        if self.tags.len() < MAX_TAGS
            && let Err(place) = self.tags.binary_search(&tag)
        {
            self.tags.insert(place, tag);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{Cause, Change, ChangeKind};
    use crate::conversation::Edit;
    use crate::conversation::inverse::NotUndone;
    use crate::id::{CampaignId, ConversationId, LeadId, Seq};
    use crate::time::Timestamp;

    const NOW: Timestamp = Timestamp(50);

    #[test]
    fn a_conversation_has_fifty_tags_at_most_however_they_are_added() {
        let mut held = Conversation::new(ConversationId(1), LeadId(1), CampaignId(1), None, NOW);
        let tags = |tags: std::ops::RangeInclusive<u64>| Edit::Tags(tags.map(TagId).collect());
        held.apply(&tags(1..=49), NOW);
        assert_eq!(held.apply(&Edit::AddTag(TagId(7)), NOW), [], "it has that one");
        assert_eq!(held.apply(&Edit::AddTag(TagId(90)), NOW).len(), 1);
        assert_eq!(held.tags.len(), MAX_TAGS);
        assert_eq!(held.apply(&Edit::AddTag(TagId(60)), NOW), [], "there is no room");
        assert_eq!((held.tags.len(), held.tags.last()), (MAX_TAGS, Some(&TagId(90))));

        let detail = held.apply(&tags(2..=50), NOW);
        let removed = Change {
            seq: Seq(1),
            at: NOW,
            actor: None,
            cause: Cause::Person,
            kind: ChangeKind::TagsChanged,
            conversation: Some(held.id),
            subject: None,
            detail,
            of_client: None,
        };
        assert!(held.inverse(&removed, NOW).is_ok());
        held.apply(&Edit::AddTag(TagId(60)), NOW);
        assert_eq!(held.inverse(&removed, NOW), Err(NotUndone::ChangedSince), "51 do not fit");
    }
}
