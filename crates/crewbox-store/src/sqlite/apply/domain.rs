//! Blocked domains: which there are, the conversations of their leads, and undoing a change of them.
//!
//! Keeps which domains each change was of. When an undo is too late is found by `read/domain_undo.rs`.

use crewbox_core::change::{ChangeKind, Delta, Field};
use crewbox_core::conversation::{Edit, LeadStatus};
use crewbox_core::id::{ClientId, ConversationId, Seq};
use rusqlite::{OptionalExtension as _, params};

use super::{Apply, Draft};
use crate::contract::{BLOCKED_AT_ONCE, ChangedDomain, Outcome, PartUndoState, StoreError, Thing};
use crate::sqlite::codec::Named as _;
use crate::sqlite::failure::Result;
use crate::sqlite::ids::Table;
use crate::sqlite::read::domain_undo::domain_undo;

const TABLE: Table = Table("domain_change");

impl Apply<'_> {
    /// Blocks domains, and a bounded number of their leads' conversations: a domain may be half the account's.
    pub(super) fn block_domains(&mut self, domains: &[String], source: &str) -> Result<Outcome> {
        let account = self.account().get();
        let (mut new, mut blocked) = (Vec::new(), 0);
        for domain in domains {
            let domain = domain.to_lowercase();
            let inserted = self.execute(
                "INSERT OR IGNORE INTO blocked_domain (account_id, domain, source, at) VALUES (?1, ?2, ?3, ?4)",
                params![account, domain, source, self.at.millis()],
            )?;
            if inserted > 0 {
                new.push(ChangedDomain { name: domain.clone(), source: source.to_owned() });
            }
            // By the index of leads' domains; one blocked before may have been left half done.
            let conversations: Vec<u64> = self
                .statement(
                    "SELECT c.conversation_id FROM lead l INDEXED BY lead_by_domain
                     CROSS JOIN conversation c ON c.account_id = l.account_id AND c.lead_id = l.lead_id
                     WHERE l.account_id = ?1 AND substr(l.email, instr(l.email, '@') + 1) = ?2
                         AND c.lead_status != ?3 AND (?4 IS NULL OR c.client_id = ?4) LIMIT ?5",
                )?
                .query_map(
                    params![
                        account,
                        domain,
                        LeadStatus::Blocked.name(),
                        self.scope.client().map(ClientId::get),
                        BLOCKED_AT_ONCE - blocked
                    ],
                    |row| row.get(0),
                )?
                .collect::<rusqlite::Result<_>>()?;
            blocked += conversations.len() as u64;
            for conversation in conversations {
                self.edit(ConversationId(conversation), &Edit::Lead(LeadStatus::Blocked))?;
            }
        }
        self.log_domains(ChangeKind::DomainsBlocked, &new)?;
        Ok(Outcome::Count(blocked))
    }

    /// Blocks domains no longer, and a bounded number of their leads' conversations.
    pub(super) fn unblock_domains(&mut self, domains: &[String]) -> Result<Outcome> {
        let account = self.account().get();
        let (mut removed, mut unblocked) = (Vec::new(), 0);
        for domain in domains {
            let domain = domain.to_lowercase();
            let source: Option<String> = self
                .statement(
                    "DELETE FROM blocked_domain WHERE account_id = ?1 AND domain = ?2 RETURNING source",
                )?
                .query_row(params![account, domain], |row| row.get(0))
                .optional()?;
            removed.extend(source.map(|source| ChangedDomain { name: domain.clone(), source }));
            let conversations: Vec<(u64, u32)> = self
                .statement(
                    "SELECT c.conversation_id, c.sent_count FROM lead l INDEXED BY lead_by_domain
                     CROSS JOIN conversation c ON c.account_id = l.account_id AND c.lead_id = l.lead_id
                     WHERE l.account_id = ?1 AND substr(l.email, instr(l.email, '@') + 1) = ?2
                         AND c.lead_status = ?3 LIMIT ?4",
                )?
                .query_map(
                    params![account, domain, LeadStatus::Blocked.name(), BLOCKED_AT_ONCE - unblocked],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )?
                .collect::<rusqlite::Result<_>>()?;
            unblocked += conversations.len() as u64;
            for (conversation, sent) in conversations {
                let status = if sent > 0 { LeadStatus::InProgress } else { LeadStatus::Started };
                self.edit(ConversationId(conversation), &Edit::Lead(status))?;
            }
        }
        self.log_domains(ChangeKind::DomainsUnblocked, &removed)?;
        Ok(Outcome::Count(unblocked))
    }

    /// Undoes a change of which domains are blocked.
    pub(super) fn undo_domains(&mut self, change: Seq) -> Result<Outcome> {
        let found = domain_undo(self.db, &self.scope, change)?;
        match found.state {
            PartUndoState::Undone => return Ok(Outcome::Count(0)),
            PartUndoState::ChangedSince => return Err(StoreError::Conflict(Thing::Change, change.0).into()),
            PartUndoState::Possible => {}
        }
        if found.blocked_by_it {
            let names: Vec<String> = found.domains.into_iter().map(|domain| domain.name).collect();
            return self.unblock_domains(&names);
        }
        // Each has its own reason again; their leads follow together.
        for domain in &found.domains {
            self.execute(
                "INSERT OR IGNORE INTO blocked_domain (account_id, domain, source, at) VALUES (?1, ?2, ?3, ?4)",
                params![self.account().get(), domain.name, domain.source, self.at.millis()],
            )?;
        }
        let names: Vec<String> = found.domains.iter().map(|domain| domain.name.clone()).collect();
        let outcome = self.block_domains(&names, "")?;
        self.log_domains(ChangeKind::DomainsBlocked, &found.domains)?;
        Ok(outcome)
    }

    /// Logs which domains were blocked, or blocked no longer; nothing where none was.
    fn log_domains(&mut self, kind: ChangeKind, domains: &[ChangedDomain]) -> Result<()> {
        if domains.is_empty() {
            return Ok(());
        }
        let kept = self.next_id(TABLE)?;
        for domain in domains {
            self.execute(
                "INSERT INTO domain_change (account_id, domain_change_id, domain, source) VALUES (?1, ?2, ?3, ?4)",
                params![self.account().get(), kept, domain.name, domain.source],
            )?;
        }
        let delta = Delta { field: Field::DomainChange, before: None, after: i64::try_from(kept).ok() };
        let subject = u64::try_from(domains.len()).ok();
        self.drafts.push(Draft { kind, conversation: None, subject, detail: vec![delta] });
        Ok(())
    }
}
