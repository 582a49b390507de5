//! Changing a member.

use crewbox_core::change::ChangeKind;
use crewbox_core::id::MemberId;
use crewbox_core::preferences::{Preference, Preferences};
use rusqlite::{OptionalExtension as _, params};

use super::Apply;
use crate::contract::{MemberChange, Outcome, StoreError, Thing};
use crate::sqlite::failure::{Result, not_found};

/// Name, time zone, password hash, number of the second factor, preferences as JSON, signature.
type Held = (String, Option<String>, Option<String>, Option<u64>, Option<String>, Option<String>);

impl Apply<'_> {
    pub(super) fn change_member(&mut self, member: MemberId, change: &MemberChange) -> Result<Outcome> {
        let account = self.account().get();
        let held: Option<Held> = self
            .statement(
                "SELECT name, time_zone, password_hash, second_factor, preferences, signature FROM member
                 WHERE account_id = ?1 AND member_id = ?2",
            )?
            .query_row(params![account, member.get()], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
            })
            .optional()?;
        let held = held.ok_or_else(|| not_found(Thing::Member, member.get()))?;
        let after: Held = (
            change.name.clone().unwrap_or_else(|| held.0.clone()),
            change.time_zone.clone().unwrap_or_else(|| held.1.clone()),
            change.password_hash.clone().or_else(|| held.2.clone()),
            change.second_factor.unwrap_or(held.3),
            preferences(held.4.as_deref(), &change.preferences)?,
            change.signature.clone().unwrap_or_else(|| held.5.clone()),
        );
        if after == held {
            return Ok(Outcome::Done);
        }
        self.execute(
            "UPDATE member SET name = ?3, time_zone = ?4, password_hash = ?5, second_factor = ?6,
                 preferences = ?7, signature = ?8
             WHERE account_id = ?1 AND member_id = ?2",
            params![account, member.get(), after.0, after.1, after.2, after.3, after.4, after.5],
        )?;
        self.note_name(ChangeKind::MemberChanged, member.get(), after.0 != held.0);
        Ok(Outcome::Done)
    }
}

/// The stored preferences of a member after some are set. Who has never set one has none stored.
fn preferences(held: Option<&str>, set: &[Preference]) -> Result<Option<String>> {
    let engine = |error: serde_json::Error| StoreError::Engine(error.to_string());
    let before: Preferences = held.map(serde_json::from_str).transpose().map_err(engine)?.unwrap_or_default();
    let after = set.iter().cloned().fold(before.clone(), Preferences::with);
    if after == before {
        return Ok(held.map(str::to_owned));
    }
    Ok(Some(serde_json::to_string(&after).map_err(engine)?))
}

#[cfg(test)]
mod tests {
    use crewbox_core::preferences::{AfterAction, Theme};

    use super::*;

    #[test]
    fn a_preference_that_is_not_stored_has_its_usual_value() {
        let read = |json: &str| serde_json::from_str::<Preferences>(json).unwrap();
        assert_eq!(read("{}"), Preferences::default());
        assert_eq!(preferences(None, &[Preference::Theme(Theme::System)]).unwrap(), None);
        let set = [Preference::AfterAction(AfterAction::List), Preference::UndoSeconds(0)];
        let stored = preferences(None, &set).unwrap().unwrap();
        assert_eq!(read(&stored), read(r#"{"after_action":"list","undo_seconds":0}"#));
        let more = preferences(Some(&stored), &[Preference::Theme(Theme::Dark)]).unwrap().unwrap();
        assert_eq!(read(&more), read(r#"{"after_action":"list","undo_seconds":0,"theme":"dark"}"#));
        assert!(preferences(Some("no"), &set).is_err());
    }

    #[test]
    fn shortcuts_are_set_together_and_none_is_left_of_those_before() {
        let chosen = |name: &str, keys: &str| {
            Preference::Shortcuts([(name.to_owned(), keys.to_owned())].into_iter().collect())
        };
        let theme = preferences(None, &[Preference::Theme(Theme::Dark)]).unwrap().unwrap();
        let stored = preferences(Some(&theme), &[chosen("archive", "y")]).unwrap().unwrap();
        let other = preferences(Some(&stored), &[chosen("view-mine", "g x")]).unwrap().unwrap();
        let read: Preferences = serde_json::from_str(&other).unwrap();
        assert_eq!(
            read.shortcuts.into_iter().collect::<Vec<_>>(),
            [("view-mine".to_owned(), "g x".to_owned())]
        );
        assert_eq!(read.theme, Theme::Dark);
        let usual = preferences(Some(&other), &[Preference::Shortcuts(Default::default())]).unwrap().unwrap();
        assert_eq!(usual, theme);
    }
}
