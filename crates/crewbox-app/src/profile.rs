//! What members change about themselves: name, time zone, preferences, password, second factor.
//!
//! Owns that nobody changes how somebody else signs in, and what must be known before: the password, or a code of the second
//! factor.

use crewbox_core::id::SessionId;
use crewbox_core::model::{Member, SessionKind};
use crewbox_core::permission::Permission;
use crewbox_core::preferences::Preference;
use crewbox_store::{MemberChange, Op};

use crate::account::short_name;
use crate::blocking::blocking;
use crate::caller::Caller;
use crate::member;
use crate::outgoing::MAX_UNDO_SECONDS;
use crate::refusal::{FieldError, Given, Refusal};
use crate::services::Services;
use crate::session::{Secret, password, secret};

/// Characters of a signature that a member types: it is repeated in every message, and kept in memory.
pub const MAX_SIGNATURE: usize = 2_000;
/// Characters of the name of a time zone: the longest has 32.
const MAX_ZONE: usize = 64;
/// Shortcuts that have other keys than the usual ones: the pages have half as many.
const MAX_SHORTCUTS: usize = 100;
/// Characters of the name of what a shortcut does: twice the longest.
const MAX_SHORTCUT_NAME: usize = 40;
/// Characters of the keys of one shortcut: more than anybody remembers. They are in every page.
pub const MAX_SHORTCUT_KEYS: usize = 60;

/// Changes the caller's name and time zone; an empty time zone is UTC. Whether there is a zone of this name is the surface's.
///
/// # Errors
/// [`Refusal::Invalid`] for a name that is empty or too long; the store's.
pub async fn change(services: &Services, caller: &Caller, name: &str, zone: &str) -> Result<(), Refusal> {
    caller.require(Permission::OwnSessions)?;
    let me = member::signed_in(caller)?.id;
    let name = short_name("name", name)?;
    if zone.len() > MAX_ZONE || !zone.is_ascii() {
        return Err(FieldError::of("time_zone", "does not exist").into());
    }
    let zone = Some(zone.to_owned()).filter(|zone| !zone.is_empty());
    let change = MemberChange { name: Some(name), time_zone: Some(zone), ..MemberChange::default() };
    caller.commit_one(services, Op::ChangeMember { member: me, change: Box::new(change) }).await?;
    Ok(())
}

/// Sets preferences of the caller for the web inbox; all others stay as they are.
///
/// # Errors
/// [`Refusal::Invalid`] for more than [`MAX_UNDO_SECONDS`] to take a reply back, and for shortcuts that are too many or too
/// long, each under its name; the store's.
pub async fn set_preferences(
    services: &Services,
    caller: &Caller,
    preferences: Vec<Preference>,
) -> Result<(), Refusal> {
    caller.require(Permission::OwnSessions)?;
    let me = member::signed_in(caller)?.id;
    let errors: Vec<FieldError> = preferences.iter().flat_map(wrong).collect();
    if !errors.is_empty() {
        return Err(Refusal::Invalid(errors));
    }
    let change = MemberChange { preferences, ..MemberChange::default() };
    caller.commit_one(services, Op::ChangeMember { member: me, change: Box::new(change) }).await?;
    Ok(())
}

/// What is wrong with a preference.
fn wrong(preference: &Preference) -> Vec<FieldError> {
    match preference {
        Preference::UndoSeconds(seconds) if *seconds > MAX_UNDO_SECONDS => {
            vec![FieldError::of("undo", format!("must be between 0 and {MAX_UNDO_SECONDS}"))]
        }
        Preference::Shortcuts(chosen) if chosen.len() > MAX_SHORTCUTS => {
            let (given, most) = (chosen.len(), MAX_SHORTCUTS);
            let error = FieldError::of("shortcuts", format!("cannot exceed {most} entries"));
            vec![error.given(Given::Count { given, most })]
        }
        Preference::Shortcuts(chosen) => {
            let is_over = |text: &str, most: usize| text.chars().count() > most;
            let is_wrong = |(name, keys): &(&String, &String)| {
                is_over(name, MAX_SHORTCUT_NAME) || is_over(keys, MAX_SHORTCUT_KEYS)
            };
            let error =
                |name: &String| FieldError::of(name, format!("cannot exceed {MAX_SHORTCUT_KEYS} characters"));
            chosen.iter().filter(is_wrong).map(|(name, _)| error(name)).collect()
        }
        _ => Vec::new(),
    }
}

/// Sets the caller's signature, as it was typed; an empty one is the mailbox's.
///
/// # Errors
/// [`Refusal::Invalid`] for more than [`MAX_SIGNATURE`] characters; the store's.
pub async fn change_signature(services: &Services, caller: &Caller, typed: &str) -> Result<(), Refusal> {
    caller.require(Permission::OwnSessions)?;
    let me = member::signed_in(caller)?.id;
    let typed = typed.replace("\r\n", "\n").trim().to_owned();
    let given = typed.chars().count();
    if given > MAX_SIGNATURE {
        let error = FieldError::of("signature", format!("cannot exceed {MAX_SIGNATURE} characters"));
        return Err(error.given(Given::Count { given, most: MAX_SIGNATURE }).into());
    }
    let signature = Some(typed).filter(|typed| !typed.is_empty());
    let change = MemberChange { signature: Some(signature), ..MemberChange::default() };
    caller.commit_one(services, Op::ChangeMember { member: me, change: Box::new(change) }).await?;
    Ok(())
}

/// Sets another password of the caller, and ends their other sessions. Whoever has one must know it.
///
/// # Errors
/// [`Refusal::Invalid`] for a wrong present password and for a new one that is too short or too long; the store's.
pub async fn change_password(
    services: &Services,
    caller: &Caller,
    session: SessionId,
    present: String,
    new: String,
) -> Result<(), Refusal> {
    caller.require(Permission::OwnSessions)?;
    let me = member::signed_in(caller)?;
    let stored = stored_password(services, caller, me).await?;
    let is_set = stored.is_some();
    let checked = blocking(move || {
        let is_right = !is_set || password::is_right(&present, stored.as_deref());
        (is_right, password::hash(&new))
    });
    let (is_right, hash) = checked.await?;
    let mut errors = Vec::new();
    if !is_right {
        errors.push(FieldError::says("present", "This is not your present password"));
    }
    match hash {
        Ok(hash) if errors.is_empty() => {
            let change = MemberChange { password_hash: Some(hash), ..MemberChange::default() };
            let own =
                |kind| move |one: &&crewbox_core::model::Session| one.member == me.id && one.kind == kind;
            let sessions = &caller.names().sessions;
            let browsers = sessions.iter().filter(own(SessionKind::Browser)).filter(|one| one.id != session);
            let ended = browsers.chain(sessions.iter().filter(own(SessionKind::Link)));
            let ended: Vec<Op> = ended.map(|one| Op::EndSession(one.id)).collect();
            let change = Op::ChangeMember { member: me.id, change: Box::new(change) };
            caller.commit(services, std::iter::once(change).chain(ended).collect()).await?;
            Ok(())
        }
        Ok(_) => Err(Refusal::Invalid(errors)),
        Err(Refusal::Invalid(wrong)) => {
            errors.extend(wrong);
            Err(Refusal::Invalid(errors))
        }
        Err(other) => Err(other),
    }
}

/// Whether the caller has a password.
///
/// # Errors
/// The store's.
pub async fn has_password(services: &Services, caller: &Caller) -> Result<bool, Refusal> {
    caller.require(Permission::OwnSessions)?;
    let me = member::signed_in(caller)?;
    Ok(stored_password(services, caller, me).await?.is_some())
}

async fn stored_password(
    services: &Services,
    caller: &Caller,
    me: &Member,
) -> Result<Option<String>, Refusal> {
    let found = services.store().sign_ins(&me.email).await?;
    let mine = found.into_iter().find(|one| one.account == caller.scope().account() && one.member == me.id);
    Ok(mine.and_then(|one| one.password_hash))
}

/// The secret of a second factor that the caller may set up, with the number that names it.
///
/// # Errors
/// [`Refusal::Forbidden`]; the store's.
pub fn new_second_factor(services: &Services, caller: &Caller) -> Result<(u64, Secret), Refusal> {
    caller.require(Permission::OwnSessions)?;
    let me = member::signed_in(caller)?.id;
    let number = u64::try_from(caller.now().millis()).unwrap_or(1);
    Ok((number, secret(services, caller.scope().account(), me, number)?))
}

/// Sets the second factor of this number up, once its app has shown a code of it.
///
/// # Errors
/// [`Refusal::Invalid`] for a wrong code, and for a number that is not of the last hour; the store's.
pub async fn set_second_factor(
    services: &Services,
    caller: &Caller,
    number: u64,
    code: &str,
) -> Result<(), Refusal> {
    caller.require(Permission::OwnSessions)?;
    let me = member::signed_in(caller)?.id;
    let age = caller.now().millis().saturating_sub(i64::try_from(number).unwrap_or(i64::MAX));
    let secret = secret(services, caller.scope().account(), me, number)?;
    if !(0..3_600_000).contains(&age) || secret.step_of(code, caller.now()).is_none() {
        return Err(wrong_code());
    }
    set(services, caller, Some(number)).await
}

/// Takes the caller's second factor away, with a code of it.
///
/// # Errors
/// [`Refusal::Invalid`] for a wrong code; the store's.
pub async fn remove_second_factor(services: &Services, caller: &Caller, code: &str) -> Result<(), Refusal> {
    caller.require(Permission::OwnSessions)?;
    let me = member::signed_in(caller)?;
    let Some(number) = me.second_factor else { return Ok(()) };
    let secret = secret(services, caller.scope().account(), me.id, number)?;
    if secret.step_of(code, caller.now()).is_none() {
        return Err(wrong_code());
    }
    set(services, caller, None).await
}

async fn set(services: &Services, caller: &Caller, number: Option<u64>) -> Result<(), Refusal> {
    let me = member::signed_in(caller)?.id;
    let change = MemberChange { second_factor: Some(number), ..MemberChange::default() };
    caller.commit_one(services, Op::ChangeMember { member: me, change: Box::new(change) }).await?;
    Ok(())
}

fn wrong_code() -> Refusal {
    FieldError::says("code", "The code is wrong, or no longer valid: type the one that the app shows now")
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortcuts_that_are_too_many_or_too_long_are_wrong() {
        let fields = |chosen: Vec<(String, String)>| {
            let errors = wrong(&Preference::Shortcuts(chosen.into_iter().collect()));
            errors.into_iter().map(|error| error.field).collect::<Vec<String>>()
        };
        let named = |count: usize| (0..count).map(|at| (format!("name {at}"), "e".to_owned())).collect();
        assert!(fields(named(MAX_SHORTCUTS)).is_empty());
        assert_eq!(fields(named(MAX_SHORTCUTS + 1)), ["shortcuts"]);
        let long = "n".repeat(MAX_SHORTCUT_NAME + 1);
        let chosen = [
            ("archive".to_owned(), "é".repeat(MAX_SHORTCUT_KEYS)),
            ("back".to_owned(), "e".repeat(MAX_SHORTCUT_KEYS + 1)),
            (long.clone(), String::new()),
        ];
        assert_eq!(fields(chosen.to_vec()), ["back".to_owned(), long]);
    }
}
