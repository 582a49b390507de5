//! Members' drafts of answers: one for each member and conversation.

use crewbox_core::change::ChangeKind;
use crewbox_core::draft::{self, DraftContent, Saving};
use crewbox_core::id::ConversationId;
use rusqlite::params;

use super::{Apply, Draft};
use crate::contract::{HeldDraft, Outcome, Thing};
use crate::sqlite::codec;
use crate::sqlite::failure::{Result, not_found};
use crate::sqlite::read;

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
        self.draft_of_draft(ChangeKind::DraftSaved, conversation);
        Ok(Outcome::Done)
    }

    pub(super) fn delete_draft(&mut self, conversation: ConversationId) -> Result<Outcome> {
        let member = self.drafting(conversation)?;
        let deleted = self.execute(
            "DELETE FROM draft WHERE account_id = ?1 AND conversation_id = ?2 AND member_id = ?3",
            params![self.account().get(), conversation.get(), member],
        )?;
        if deleted > 0 {
            self.draft_of_draft(ChangeKind::DraftDeleted, conversation);
        }
        Ok(Outcome::Done)
    }

    /// The member who writes, where the conversation is there.
    fn drafting(&self, conversation: ConversationId) -> Result<u64> {
        read::conversation::conversation(self.db, &self.scope, conversation)?;
        let member = self.scope.actor().ok_or_else(|| not_found(Thing::Member, 0))?;
        Ok(member.get())
    }

    fn draft_of_draft(&mut self, kind: ChangeKind, conversation: ConversationId) {
        let (conversation, subject) = (Some(conversation), None);
        self.drafts.push(Draft { kind, conversation, subject, detail: Vec::new() });
    }
}
