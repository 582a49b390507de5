//! The aliases of a mailbox: saved by people, and learned from the mail it sent.
//!
//! A wrong alias would show a lead's mail as sent by us, so an address that anybody else writes from is refused and never
//! learned, and a learned one is forgotten when it becomes a lead's. One that a person removed is never learned again.
//! What is learned depends on no other client's leads: else a client could find out about them by sending mail.

use crewbox_core::address::{comparison_key, spellings};
use crewbox_core::change::ChangeKind;
use crewbox_core::id::{ClientId, MailboxId};
use crewbox_core::own_addresses::without_detail;
use crewbox_core::reach::{Reach, reach};
use rusqlite::params;

use super::Apply;
use crate::contract::{Outcome, StoreError, Thing};
use crate::sqlite::codec;
use crate::sqlite::failure::{Result, not_found};

/// Aliases that one mailbox learns: more than anybody has, and bounds what each mail is compared with.
const MOST_LEARNED: u64 = 100;

impl Apply<'_> {
    /// Replaces a mailbox's aliases, and remembers which ones a person left out.
    pub(super) fn set_aliases(&mut self, address: &str, aliases: &[String]) -> Result<Outcome> {
        let (account, own) = (self.account().get(), comparison_key(address));
        let mailbox = self.find(
            "SELECT mailbox_id FROM mailbox WHERE account_id = ?1 AND email = ?2",
            params![account, address.to_lowercase()],
        )?;
        let mailbox = MailboxId(mailbox.ok_or_else(|| not_found(Thing::Mailbox, 0))?);
        self.seen_mailbox(mailbox)?;
        let held: Vec<(String, bool)> = self
            .statement(
                "SELECT email, learned FROM mailbox_alias WHERE account_id = ?1 AND mailbox_id = ?2 ORDER BY email",
            )?
            .query_map(params![account, mailbox.get()], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let mut wanted: Vec<String> = Vec::new();
        for alias in aliases {
            let email = comparison_key(alias);
            // One that was saved before stays, so that the rest of the mailbox can be saved with it.
            let is_saved = held.iter().any(|(known, learned)| *known == email && !learned);
            if !is_saved && let Some(owner) = self.owner_of(&email, mailbox)? {
                return Err(StoreError::AddressTaken(alias.clone(), owner).into());
            }
            if email != own {
                wanted.push(email);
            }
        }
        wanted.sort_unstable();
        wanted.dedup();
        if held.iter().map(|(email, _)| email).eq(&wanted) && held.iter().all(|(_, learned)| !learned) {
            return Ok(Outcome::Done);
        }
        for (email, _) in held.iter().filter(|(email, _)| !wanted.contains(email)) {
            self.execute(
                "INSERT OR IGNORE INTO removed_alias (account_id, mailbox_id, email, since) VALUES (?1, ?2, ?3, ?4)",
                params![account, mailbox.get(), email, self.at.millis()],
            )?;
        }
        self.execute(
            "DELETE FROM mailbox_alias WHERE account_id = ?1 AND mailbox_id = ?2",
            params![account, mailbox.get()],
        )?;
        for email in wanted {
            self.execute(
                "DELETE FROM removed_alias WHERE account_id = ?1 AND mailbox_id = ?2 AND email = ?3",
                params![account, mailbox.get(), email],
            )?;
            self.execute(
                "INSERT INTO mailbox_alias (account_id, mailbox_id, email, learned, since) VALUES (?1, ?2, ?3, 0, ?4)",
                params![account, mailbox.get(), email, self.at.millis()],
            )?;
        }
        self.note(ChangeKind::MailboxAliasesChanged, mailbox.get());
        Ok(Outcome::Done)
    }

    /// Learns an address that the mailbox's owner wrote from; writes only where that is new and safe.
    pub(super) fn learn_alias(&mut self, mailbox: MailboxId, address: &str) -> Result<Outcome> {
        self.seen_mailbox(mailbox)?;
        let email = comparison_key(address);
        let client = self.client_of(Some(mailbox))?;
        if !email.contains('@')
            || self.is_ours(&email, client)?
            || self
                .other_person(&email, Guesses::Count, |theirs| reach(client, theirs) != Reach::No)?
                .is_some()
        {
            return Ok(Outcome::Done);
        }
        let learned = self.execute(
            "INSERT INTO mailbox_alias (account_id, mailbox_id, email, learned, since)
             SELECT ?1, ?2, ?3, 1, ?4 WHERE (SELECT count(*) FROM mailbox_alias
                 WHERE account_id = ?1 AND mailbox_id = ?2 AND learned = 1) < ?5
             AND NOT EXISTS (SELECT 1 FROM removed_alias
                 WHERE account_id = ?1 AND mailbox_id = ?2 AND email = ?3)",
            params![self.account().get(), mailbox.get(), email, self.at.millis(), MOST_LEARNED],
        )?;
        if learned > 0 {
            self.note(ChangeKind::MailboxAliasesChanged, mailbox.get());
        }
        Ok(Outcome::Done)
    }

    /// A lead of this client was added: where the address was learned as an alias, it is not ours after all. Other
    /// clients' mailboxes keep theirs.
    pub(super) fn forget_alias(&mut self, address: &str, client: Option<ClientId>) -> Result<()> {
        let (account, email) = (self.account().get(), comparison_key(address));
        let mailboxes: Vec<(u64, Option<ClientId>)> = self
            .statement(
                "SELECT a.mailbox_id, x.client_id FROM mailbox_alias a
                 JOIN mailbox x ON x.account_id = a.account_id AND x.mailbox_id = a.mailbox_id
                 WHERE a.account_id = ?1 AND a.email = ?2 AND a.learned = 1",
            )?
            .query_map(params![account, email], |row| Ok((row.get(0)?, codec::id(row, 1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        for (mailbox, _) in mailboxes.into_iter().filter(|(_, theirs)| reach(*theirs, client) != Reach::No) {
            self.execute(
                "DELETE FROM mailbox_alias WHERE account_id = ?1 AND mailbox_id = ?2 AND email = ?3",
                params![account, mailbox, email],
            )?;
            self.note(ChangeKind::MailboxAliasesChanged, mailbox);
        }
        Ok(())
    }

    /// Who else of the account writes from an address that this mailbox is to have as an alias. A removed mailbox
    /// does not count: its mail may go to another one now.
    fn owner_of(&self, email: &str, mailbox: MailboxId) -> Result<Option<Thing>> {
        let forms = std::iter::once(email.to_owned()).chain(without_detail(email));
        for spelling in forms.flat_map(|form| spellings(&form)) {
            let other = self
                .statement(
                    "SELECT 1 FROM mailbox
                     WHERE account_id = ?1 AND email = ?2 AND mailbox_id != ?3 AND removed_at IS NULL",
                )?
                .exists(params![self.account().get(), spelling, mailbox.get()])?;
            if other {
                return Ok(Some(Thing::Mailbox));
            }
        }
        // A person who saves mailboxes sees all clients' leads.
        self.other_person(email, Guesses::DoNotCount, |_| true)
    }

    /// Whether a lead, or somebody who takes part in a conversation, writes from this address; only those of clients
    /// that count.
    fn other_person(
        &self,
        email: &str,
        guesses: Guesses,
        counts: impl Fn(Option<ClientId>) -> bool,
    ) -> Result<Option<Thing>> {
        for spelling in spellings(email) {
            for (sql, owner) in [
                ("SELECT client_id FROM lead WHERE account_id = ?1 AND email = ?2", Thing::Lead),
                (guesses.participants(), Thing::Conversation),
            ] {
                let mut statement = self.statement(sql)?;
                let mut rows = statement.query(params![self.account().get(), spelling])?;
                while let Some(row) = rows.next()? {
                    if counts(codec::id(row, 0)?) {
                        return Ok(Some(owner));
                    }
                }
            }
        }
        Ok(None)
    }
}

/// Whether a participant counts who was added by a guess, not by a person.
#[derive(Clone, Copy)]
enum Guesses {
    /// Yes: nothing is learned against a guess.
    Count,
    /// No: the owner who declares an address knows better. It is their own mail from it that leads to the guess.
    DoNotCount,
}

impl Guesses {
    const fn participants(self) -> &'static str {
        match self {
            Self::Count => {
                "SELECT c.client_id FROM participant p
                 JOIN conversation c ON c.account_id = p.account_id AND c.conversation_id = p.conversation_id
                 WHERE p.account_id = ?1 AND p.email = ?2"
            }
            Self::DoNotCount => {
                "SELECT c.client_id FROM participant p
                 JOIN conversation c ON c.account_id = p.account_id AND c.conversation_id = p.conversation_id
                 WHERE p.account_id = ?1 AND p.email = ?2 AND p.confirmed = 1"
            }
        }
    }
}
