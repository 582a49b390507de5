//! The aliases of a mailbox: saved by people, and learned from the mail it sent.
//!
//! A wrong alias would show a lead's mail as sent by us, so an address that anybody else writes from is never learned,
//! and a learned one is forgotten when it becomes a lead's.

use crewbox_core::address::{comparison_key, spellings};
use crewbox_core::change::ChangeKind;
use crewbox_core::id::MailboxId;
use rusqlite::params;

use super::Apply;
use crate::contract::Outcome;
use crate::sqlite::failure::Result;

/// Aliases that one mailbox learns: more than anybody has, and bounds what each mail is compared with.
const MOST_LEARNED: u64 = 100;

impl Apply<'_> {
    /// Saves a mailbox's aliases in place of those that were saved before.
    pub(super) fn set_aliases(&mut self, mailbox: MailboxId, aliases: &[String]) -> Result<Outcome> {
        self.seen_mailbox(mailbox)?;
        let mut wanted: Vec<String> = aliases.iter().map(|alias| comparison_key(alias)).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let saved: Vec<String> = self
            .statement(
                "SELECT email FROM mailbox_alias WHERE account_id = ?1 AND mailbox_id = ?2 AND learned = 0
                 ORDER BY email",
            )?
            .query_map(params![self.account().get(), mailbox.get()], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        if saved == wanted {
            return Ok(Outcome::Done);
        }
        self.execute(
            "DELETE FROM mailbox_alias WHERE account_id = ?1 AND mailbox_id = ?2 AND learned = 0",
            params![self.account().get(), mailbox.get()],
        )?;
        for email in wanted {
            self.execute(
                "INSERT OR REPLACE INTO mailbox_alias (account_id, mailbox_id, email, learned, since)
                 VALUES (?1, ?2, ?3, 0, ?4)",
                params![self.account().get(), mailbox.get(), email, self.at.millis()],
            )?;
        }
        self.note(ChangeKind::MailboxAliasesChanged, mailbox.get());
        Ok(Outcome::Done)
    }

    /// Learns an address that the mailbox's owner wrote from; writes only where that is new and safe.
    pub(super) fn learn_alias(&mut self, mailbox: MailboxId, address: &str) -> Result<Outcome> {
        self.seen_mailbox(mailbox)?;
        let email = comparison_key(address);
        if !email.contains('@') || self.is_ours(&email)? || self.is_anybodys(&email)? {
            return Ok(Outcome::Done);
        }
        let learned = self.execute(
            "INSERT INTO mailbox_alias (account_id, mailbox_id, email, learned, since)
             SELECT ?1, ?2, ?3, 1, ?4 WHERE (SELECT count(*) FROM mailbox_alias
                 WHERE account_id = ?1 AND mailbox_id = ?2 AND learned = 1) < ?5",
            params![self.account().get(), mailbox.get(), email, self.at.millis(), MOST_LEARNED],
        )?;
        if learned > 0 {
            self.note(ChangeKind::MailboxAliasesChanged, mailbox.get());
        }
        Ok(Outcome::Done)
    }

    /// A lead was added: where the address was learned as an alias, it is not ours after all.
    pub(super) fn forget_alias(&mut self, address: &str) -> Result<()> {
        let (account, email) = (self.account().get(), comparison_key(address));
        let mailboxes: Vec<u64> = self
            .statement(
                "SELECT mailbox_id FROM mailbox_alias WHERE account_id = ?1 AND email = ?2 AND learned = 1",
            )?
            .query_map(params![account, email], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        for mailbox in mailboxes {
            self.execute(
                "DELETE FROM mailbox_alias WHERE account_id = ?1 AND mailbox_id = ?2 AND email = ?3",
                params![account, mailbox, email],
            )?;
            self.note(ChangeKind::MailboxAliasesChanged, mailbox);
        }
        Ok(())
    }

    /// Whether a lead, or somebody who takes part in a conversation, writes from this address.
    fn is_anybodys(&self, email: &str) -> Result<bool> {
        for spelling in spellings(email) {
            let known = self
                .statement(
                    "SELECT 1 FROM lead WHERE account_id = ?1 AND email = ?2
                     UNION ALL SELECT 1 FROM participant WHERE account_id = ?1 AND email = ?2",
                )?
                .exists(params![self.account().get(), spelling])?;
            if known {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
