//! Sessions of members in browsers, and links that begin one.
//!
//! Owns that a link works once, and that what has ended leaves no row. How long they last is decided by the caller.

use crewbox_core::change::ChangeKind;
use crewbox_core::id::SessionId;
use rusqlite::params;

use super::Apply;
use crate::contract::{NewSession, Outcome, StoreError, Thing};
use crate::sqlite::codec::Named as _;
use crate::sqlite::failure::Result;
use crate::sqlite::ids::Table;

impl Apply<'_> {
    pub(super) fn start_session(&mut self, new: &NewSession) -> Result<Outcome> {
        let account = self.account().get();
        self.require(
            Thing::Member,
            "SELECT 1 FROM member WHERE account_id = ?1 AND member_id = ?2",
            new.member.get(),
        )?;
        let taken = "SELECT session_id FROM session WHERE account_id = ?1 AND hash = ?2";
        if let Some(id) = self.find(taken, params![account, new.hash])? {
            return Err(StoreError::Exists(Thing::Session, id).into());
        }
        self.end_old_sessions(new)?;
        let id = self.next_id(Table::SESSION)?;
        self.execute(
            "INSERT INTO session (account_id, session_id, member_id, hash, kind, created_at, expires_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                account,
                id,
                new.member.get(),
                new.hash,
                new.kind.name(),
                self.at.millis(),
                new.expires_at.millis()
            ],
        )?;
        self.note(ChangeKind::SessionStarted, id);
        Ok(Outcome::Id(id))
    }

    pub(super) fn use_link(&mut self, link: SessionId, session: &NewSession) -> Result<Outcome> {
        let sql = "SELECT 1 FROM session WHERE account_id = ?1 AND session_id = ?2";
        self.require(Thing::Session, sql, link.get())?;
        self.end_session(link)?;
        self.start_session(session)
    }

    pub(super) fn end_session(&mut self, session: SessionId) -> Result<Outcome> {
        let ended = self.execute(
            "DELETE FROM session WHERE account_id = ?1 AND session_id = ?2",
            params![self.account().get(), session.get()],
        )?;
        if ended > 0 {
            self.note(ChangeKind::SessionEnded, session.get());
        }
        Ok(Outcome::Done)
    }

    /// Ends the account's sessions that have expired, and as many of the member's oldest as there must be fewer.
    fn end_old_sessions(&mut self, new: &NewSession) -> Result<()> {
        let old: Vec<u64> = {
            let mut rows = self.statement(
                "SELECT session_id FROM session WHERE account_id = ?1 AND expires_at <= ?2
                 UNION
                 SELECT session_id FROM (
                     SELECT session_id FROM session WHERE account_id = ?1 AND member_id = ?3 AND kind = ?4
                     ORDER BY session_id DESC LIMIT -1 OFFSET ?5)",
            )?;
            let keep = new.most.saturating_sub(1);
            let params =
                params![self.account().get(), self.at.millis(), new.member.get(), new.kind.name(), keep];
            rows.query_map(params, |row| row.get(0))?.collect::<rusqlite::Result<_>>()?
        };
        for id in old {
            self.end_session(SessionId(id))?;
        }
        Ok(())
    }
}
