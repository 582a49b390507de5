//! Changing a member.

use crewbox_core::change::ChangeKind;
use crewbox_core::id::MemberId;
use rusqlite::{OptionalExtension as _, params};

use super::Apply;
use crate::contract::{MemberChange, Outcome, Thing};
use crate::sqlite::failure::{Result, not_found};

/// Name, time zone, password hash, number of the second factor.
type Held = (String, Option<String>, Option<String>, Option<u64>);

impl Apply<'_> {
    pub(super) fn change_member(&mut self, member: MemberId, change: &MemberChange) -> Result<Outcome> {
        let account = self.account().get();
        let held: Option<Held> = self
            .statement(
                "SELECT name, time_zone, password_hash, second_factor FROM member
                 WHERE account_id = ?1 AND member_id = ?2",
            )?
            .query_row(params![account, member.get()], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .optional()?;
        let held = held.ok_or_else(|| not_found(Thing::Member, member.get()))?;
        let after: Held = (
            change.name.clone().unwrap_or_else(|| held.0.clone()),
            change.time_zone.clone().unwrap_or_else(|| held.1.clone()),
            change.password_hash.clone().or_else(|| held.2.clone()),
            change.second_factor.unwrap_or(held.3),
        );
        if after == held {
            return Ok(Outcome::Done);
        }
        self.execute(
            "UPDATE member SET name = ?3, time_zone = ?4, password_hash = ?5, second_factor = ?6
             WHERE account_id = ?1 AND member_id = ?2",
            params![account, member.get(), after.0, after.1, after.2, after.3],
        )?;
        self.note_name(ChangeKind::MemberChanged, member.get(), after.0 != held.0);
        Ok(Outcome::Done)
    }
}
