//! Keeping what members did. It is derived from the log, so it is written without a change of its own: whoever followed
//! that change would have to keep it again.

use crewbox_core::id::ConversationId;
use crewbox_core::team::Activity;
use rusqlite::params;

use super::Apply;
use crate::contract::{NewActivities, Outcome};
use crate::sqlite::failure::Result;
use crate::sqlite::read::team::stored;

impl Apply<'_> {
    pub(super) fn keep_activities(&mut self, new: &NewActivities) -> Result<Outcome> {
        for (conversation, activities) in &new.conversations {
            self.keep_activities_of(*conversation, activities)?;
        }
        if let Some(seq) = new.seq {
            self.execute(
                "INSERT OR REPLACE INTO team_position (account_id, seq) VALUES (?1, ?2)",
                params![self.account().get(), seq.0],
            )?;
        }
        Ok(Outcome::Done)
    }

    fn keep_activities_of(&self, conversation: ConversationId, activities: &[Activity]) -> Result<()> {
        let (account, id) = (self.account().get(), conversation.get());
        self.execute(
            "DELETE FROM team_activity WHERE account_id = ?1 AND conversation_id = ?2",
            params![account, id],
        )?;
        // One that was deleted meanwhile has no activities any more.
        let is_there = "SELECT 1 FROM conversation WHERE account_id = ?1 AND conversation_id = ?2";
        if !self.exists(is_there, id)? {
            return Ok(());
        }
        for (number, activity) in activities.iter().enumerate() {
            let (kind, value) = stored(activity.kind);
            self.execute(
                "INSERT INTO team_activity (account_id, conversation_id, number, member_id, at, kind, value)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![account, id, number, activity.member.get(), activity.at.millis(), kind, value],
            )?;
        }
        Ok(())
    }
}
