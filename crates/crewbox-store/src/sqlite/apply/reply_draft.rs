//! Members' drafts of answers: one for each member and conversation. What a draft was before its newest changes is kept for
//! undo.

use crewbox_core::change::ChangeKind;
use crewbox_core::draft::{self, DraftContent, Saving};
use crewbox_core::id::ConversationId;
use rusqlite::params;

use super::Apply;
use crate::contract::{HeldDraft, Outcome, StoreError, Thing};
use crate::sqlite::codec;
use crate::sqlite::failure::{Result, not_found};
use crate::sqlite::read;
use crate::sqlite::read::part_undo::{Aspect, PartRow, PartTable};

/// Changes of a member's drafts that can be undone. A draft is saved every few seconds while it is written, and each change
/// keeps the whole text before it.
const KEPT_CHANGES: u64 = 20;

impl Apply<'_> {
    pub(super) fn save_draft(
        &mut self,
        conversation: ConversationId,
        seen: u64,
        content: &DraftContent,
    ) -> Result<Outcome> {
        let member = self.drafting(conversation)?;
        let HeldDraft { version, content: held, saved_at } =
            read::reply_draft::draft(self.db, &self.scope, conversation)?;
        let held = saved_at.map(|_| (version, &held));
        let before = self.part_row(table()?, conversation, member)?;
        let version = match draft::save(held, seen, content) {
            Saving::Version(version) => version,
            Saving::Unchanged => return Ok(Outcome::Done),
            Saving::Outdated => return Ok(Outcome::Outdated),
        };
        self.execute(
            "INSERT INTO draft (account_id, conversation_id, member_id, version, content, saved_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT DO UPDATE SET version = ?4, content = ?5, saved_at = ?6",
            params![
                self.account().get(),
                conversation.get(),
                member,
                version,
                codec::list(std::slice::from_ref(content)),
                self.at.millis()
            ],
        )?;
        let aspect = if before.is_some() { Aspect::Content } else { Aspect::There };
        self.log_draft((conversation, member), (ChangeKind::DraftSaved, aspect), before.as_ref())?;
        Ok(Outcome::Done)
    }

    pub(super) fn delete_draft(&mut self, conversation: ConversationId) -> Result<Outcome> {
        let member = self.drafting(conversation)?;
        let Some(before) = self.part_row(table()?, conversation, member)? else { return Ok(Outcome::Done) };
        self.remove_part(table()?, conversation, member)?;
        self.log_draft((conversation, member), (ChangeKind::DraftDeleted, Aspect::There), Some(&before))?;
        Ok(Outcome::Done)
    }

    /// The member who writes, where the conversation is there.
    fn drafting(&self, conversation: ConversationId) -> Result<u64> {
        read::conversation::conversation(self.db, &self.scope, conversation)?;
        let member = self.scope.actor().ok_or_else(|| not_found(Thing::Member, 0))?;
        Ok(member.get())
    }

    /// An undo is a change like any other: who has the draft open has not seen this version.
    pub(super) fn renew_draft(&self, conversation: ConversationId, member: u64) -> Result<usize> {
        self.execute(
            "UPDATE draft SET version = version + 1, saved_at = ?4
             WHERE account_id = ?1 AND conversation_id = ?2 AND member_id = ?3",
            params![self.account().get(), conversation.get(), member, self.at.millis()],
        )
    }

    fn log_draft(
        &mut self,
        (conversation, member): (ConversationId, u64),
        kind: (ChangeKind, Aspect),
        before: Option<&PartRow>,
    ) -> Result<()> {
        self.draft_kept(table()?, (conversation, member), kind, before)?;
        self.execute(
            "DELETE FROM part_change WHERE account_id = ?1 AND part = 'draft' AND part_id = ?2 AND part_change_id <= (
                 SELECT part_change_id FROM part_change WHERE account_id = ?1 AND part = 'draft' AND part_id = ?2
                 ORDER BY part_change_id DESC LIMIT 1 OFFSET ?3)",
            params![self.account().get(), member, KEPT_CHANGES],
        )?;
        Ok(())
    }
}

fn table() -> Result<&'static PartTable> {
    let none = || StoreError::Engine("there is no table of drafts".to_owned());
    Ok(PartTable::named("draft").ok_or_else(none)?)
}
