//! What a batch expects of conversations, checked against the rows and the log before its first operation.
//!
//! Batches of one group are not in the log yet when the next one is applied, so the changes of the group count, too: they
//! get the numbers that follow the head, in their order.

use crewbox_core::change::{Change, ChangeKind};
use crewbox_core::conversation::Conversation;
use crewbox_core::id::{ConversationId, Seq};
use rusqlite::{OptionalExtension as _, Params, params};

use super::{Apply, Draft, Origin, newer};
use crate::contract::{Expectation, MOST_CHANGES_SINCE, Overtaken, StoreError, Thing};
use crate::sqlite::failure::{Result, not_found};
use crate::sqlite::read::log::{self, CHANGE};

impl Apply<'_> {
    /// Fails unless the expectation holds. `pending` is what the group adds to the account's log so far.
    pub(in crate::sqlite) fn expect(
        &self,
        expectation: &Expectation,
        pending: &[(Origin, Draft)],
    ) -> Result<()> {
        let id = expectation.conversation();
        let conversation = self.load(id)?;
        if !self.scope.sees(conversation.client) {
            return Err(not_found(Thing::Conversation, id.get()));
        }
        match *expectation {
            Expectation::Owner(_, owner) if conversation.owner == owner => Ok(()),
            Expectation::Owner(..) => {
                let change = self.last_change_of_owner(id, pending)?;
                Err(overtaken(*expectation, conversation, change))
            }
            Expectation::Unchanged(_, since) => {
                let head = log::head(self.db, &self.scope)?.seq;
                if head.0.saturating_sub(since.0) > MOST_CHANGES_SINCE {
                    return Err(overtaken(*expectation, conversation, None));
                }
                match self.first_change_since(id, since, head, pending)? {
                    Some(change) => Err(overtaken(*expectation, conversation, Some(change))),
                    None => Ok(()),
                }
            }
            Expectation::NothingNewer(_, seen, member) => match newer::newest(self, id, seen, member)? {
                Some(newer) => {
                    let newer = Some(newer);
                    Err(StoreError::Overtaken(Box::new(Overtaken {
                        expected: *expectation,
                        conversation,
                        change: None,
                        newer,
                    }))
                    .into())
                }
                None => Ok(()),
            },
        }
    }

    fn first_change_since(
        &self,
        id: ConversationId,
        since: Seq,
        head: Seq,
        pending: &[(Origin, Draft)],
    ) -> Result<Option<Change>> {
        let sql = format!(
            "SELECT {CHANGE} FROM change_log WHERE account_id = ?1 AND seq > ?2 AND conversation_id = ?3
             ORDER BY seq LIMIT 1"
        );
        if let Some(change) = self.change(&sql, params![self.account().get(), since.0, id.get()])? {
            return Ok(Some(change));
        }
        Ok(numbered(head, pending).find(|change| change.seq > since && change.conversation == Some(id)))
    }

    fn last_change_of_owner(
        &self,
        id: ConversationId,
        pending: &[(Origin, Draft)],
    ) -> Result<Option<Change>> {
        let head = log::head(self.db, &self.scope)?.seq;
        let is_it =
            |change: &Change| change.conversation == Some(id) && change.kind == ChangeKind::OwnerChanged;
        if let Some(change) = numbered(head, pending).filter(is_it).last() {
            return Ok(Some(change));
        }
        let sql = format!(
            "SELECT {CHANGE} FROM change_log
             WHERE account_id = ?1 AND seq > ?2 AND conversation_id = ?3 AND kind = ?4 ORDER BY seq DESC LIMIT 1"
        );
        let oldest = head.0.saturating_sub(MOST_CHANGES_SINCE);
        self.change(&sql, params![self.account().get(), oldest, id.get(), ChangeKind::OwnerChanged.name()])
    }

    fn change(&self, sql: &str, params: impl Params) -> Result<Option<Change>> {
        Ok(self.statement(sql)?.query_row(params, log::change).optional()?)
    }
}

/// The group's changes with the numbers that they get if it is committed; if it is not, nobody is answered with them.
fn numbered(head: Seq, pending: &[(Origin, Draft)]) -> impl Iterator<Item = Change> {
    (head.0 + 1..).zip(pending).map(|(seq, (origin, draft))| Change {
        seq: Seq(seq),
        at: origin.at,
        actor: origin.actor,
        cause: origin.cause,
        kind: draft.kind,
        conversation: draft.conversation,
        subject: draft.subject,
        detail: draft.detail.clone(),
        // Its number among the client's changes is not known yet, and nobody is told it.
        of_client: None,
    })
}

fn overtaken(
    expected: Expectation,
    conversation: Conversation,
    change: Option<Change>,
) -> crate::sqlite::failure::Failure {
    StoreError::Overtaken(Box::new(Overtaken { expected, conversation, change, newer: None })).into()
}
