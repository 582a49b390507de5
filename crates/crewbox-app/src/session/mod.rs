//! Signing in to the pages, and the sessions of the members who did.
//!
//! Owns who gets a session, how long it lasts, and how often an attempt may fail. A session is known by a random token,
//! of which only a hash is kept; a cookie, a form and their protection belong to the pages.

mod attempts;
mod begin;
pub mod password;
mod totp;

use std::net::IpAddr;

use crewbox_core::id::{AccountId, MemberId, SessionId};
use crewbox_core::model::{Session, SessionKind};
use crewbox_core::permission::{Permission, may_give};
use crewbox_core::time::Timestamp;
use crewbox_store::live::AuthError;
use crewbox_store::{Batch, Live, NewSession, Op, Scope, StoreError, Thing, token};
use tokio::sync::Semaphore;

pub use self::totp::Secret;

use self::attempts::Attempts;
use self::begin::{Half, SecondFactors};
use crate::blocking::blocking;
use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;

/// How long a session lasts, milliseconds: a member signs in once a month.
pub const SESSION_MS: i64 = 30 * 86_400_000;
/// How long a link that signs in is valid, milliseconds: an invitation may wait over a week-end.
pub const LINK_MS: i64 = 3 * 86_400_000;
/// Sessions of a member at once: browsers and phones, and those that are not signed out of. The oldest ends.
const MOST_SESSIONS: u32 = 20;
/// Links of a member at once: one that was lost and one that replaces it.
const MOST_LINKS: u32 = 2;
/// Passwords compared at once: each takes a processor and 19 MiB for 20 ms.
const COMPARED_AT_ONCE: usize = 2;

const WRONG: &str = "The e-mail address or the password is wrong";
const WRONG_CODE: &str = "The code is wrong or was used before: type the one that the app shows now";
const TOO_LATE: &str = "The password was given too long ago: sign in again";
/// How long after the password a code may follow, seconds.
const HALF_SECONDS: i64 = 5 * 60;
const LINK_ENDED: &str = "This link has been used or has expired: ask for a new one";

/// An attempt to sign in.
pub struct SignIn {
    /// The member's address.
    pub email: String,
    /// The password as typed.
    pub password: String,
    /// Where the attempt comes from.
    pub from: IpAddr,
}

/// How far an attempt to sign in has come.
#[derive(Debug)]
pub enum Step {
    /// It is a session.
    Begun(Begun),
    /// The password is right, and a code of the second factor is to follow, together with this text.
    Code(String),
}

/// A session that has begun.
pub struct Begun {
    /// The account that the member is in.
    pub account: AccountId,
    /// The token: the browser's cookie.
    pub token: String,
    /// Until when it is valid.
    pub expires_at: Timestamp,
}

/// What signing in needs besides the use cases' services: the accounts in memory, and the failed attempts.
#[derive(Debug)]
pub struct SignIns {
    services: Services,
    live: Live,
    attempts: Attempts,
    comparing: Semaphore,
    second: SecondFactors,
}

impl SignIns {
    /// Nobody has tried to sign in yet.
    #[must_use]
    pub fn new(services: Services, live: Live) -> Self {
        let comparing = Semaphore::new(COMPARED_AT_ONCE);
        let second = SecondFactors::default();
        Self { services, live, attempts: Attempts::default(), comparing, second }
    }

    /// Signs in by password: a session, or for a member with a second factor the text for [`SignIns::by_code`]. An address in
    /// several accounts signs in to the first one with this password.
    ///
    /// # Errors
    /// [`Refusal::NoMatch`] for an unknown address or a wrong password, which take equally long; [`Refusal::TryLater`]
    /// after too many failures; the store's.
    pub async fn by_password(&self, command: SignIn, now: Timestamp) -> Result<Step, Refusal> {
        let SignIn { email, password, from } = command;
        let email = email.trim().to_lowercase();
        if let Some(seconds) = self.attempts.wait(&email, from, now) {
            return Err(Refusal::TryLater { seconds });
        }
        self.attempts.begin(&email, from, now);
        let store = self.services.store();
        let known = store.sign_ins(&email).await?;
        let compare = move || {
            let right = known.iter().find(|one| password::is_right(&password, one.password_hash.as_deref()));
            if known.is_empty() {
                password::is_right(&password, None);
            }
            right.map(|one| (one.account, one.member, one.second_factor))
        };
        let found = {
            let _turn = self.comparing.acquire().await;
            blocking(compare).await?
        };
        let (account, member, factor) = found.ok_or_else(|| Refusal::NoMatch(WRONG.to_owned()))?;
        self.attempts.succeed(&email, from);
        if let Some(number) = factor {
            let half = Half { account, member, number, until: now.plus_seconds(HALF_SECONDS) };
            return Ok(Step::Code(half.text(&self.half_key()?)));
        }
        self.start(account, member, now).await.map(Step::Begun)
    }

    /// Signs in by a code of the second factor, after the password.
    ///
    /// # Errors
    /// [`Refusal::NoMatch`] for a wrong code, one that was used before, and for a password that was given too long ago;
    /// [`Refusal::TryLater`] after too many failures; the store's.
    pub async fn by_code(
        &self,
        half: &str,
        code: &str,
        from: IpAddr,
        now: Timestamp,
    ) -> Result<Begun, Refusal> {
        let half = Half::read(half, &self.half_key()?).filter(|half| now < half.until);
        let half = half.ok_or_else(|| Refusal::NoMatch(TOO_LATE.to_owned()))?;
        // No address looks like this.
        let of = format!("second factor {}/{}", half.account, half.member);
        if let Some(seconds) = self.attempts.wait(&of, from, now) {
            return Err(Refusal::TryLater { seconds });
        }
        self.attempts.begin(&of, from, now);
        let secret = secret(&self.services, half.account, half.member, half.number)?;
        let step = secret.step_of(code, now);
        let step = step.filter(|step| self.second.is_first((half.account, half.member), *step));
        step.ok_or_else(|| Refusal::NoMatch(WRONG_CODE.to_owned()))?;
        self.attempts.succeed(&of, from);
        self.start(half.account, half.member, now).await
    }

    fn half_key(&self) -> Result<[u8; 32], Refusal> {
        Ok(self.services.store().derived_key("sign-ins between password and code")?)
    }

    async fn start(&self, account: AccountId, member: MemberId, now: Timestamp) -> Result<Begun, Refusal> {
        let (op, begun) = begin(account, member, now)?;
        self.services.store().commit(Batch::new(Scope::operator(account), now, vec![op])).await?;
        Ok(begun)
    }

    /// Signs in by a link, once.
    ///
    /// # Errors
    /// [`Refusal::NoMatch`] for a link that has ended or never was one; the store's.
    pub async fn by_link(&self, link: &str, now: Timestamp) -> Result<Begun, Refusal> {
        let ended = || Refusal::NoMatch(LINK_ENDED.to_owned());
        let signed = match self.live.session(SessionKind::Link, link, now).await {
            Err(AuthError::Invalid) => return Err(ended()),
            Err(AuthError::Store(error)) => return Err(error.into()),
            Ok(signed) => signed,
        };
        let account = signed.scope.account();
        let (session, begun) = new_session(account, signed.session.member, SessionKind::Browser, now)?;
        let op = Op::UseLink { link: signed.session.id, session };
        match self.services.store().commit(Batch::new(Scope::operator(account), now, vec![op])).await {
            Err(StoreError::NotFound(Thing::Session, _)) => Err(ended()),
            Err(other) => Err(other.into()),
            Ok(_) => Ok(begun),
        }
    }
}

/// Makes a link that signs a member in, once: for an invitation, or for a password that was forgotten. The token of it.
///
/// # Errors
/// [`Refusal::Forbidden`] also for a member whose role is above the caller's; [`Refusal::NotFound`] for a member that does
/// not exist; the store's.
pub async fn create_link(services: &Services, caller: &Caller, member: MemberId) -> Result<String, Refusal> {
    caller.require(Permission::ManageMembers)?;
    let owner = caller.names().member(member).ok_or(Refusal::NotFound(Thing::Member, member.get()))?;
    may_give(caller.scope().role(), owner.role).map_err(Refusal::Forbidden)?;
    let (new, begun) = new_session(caller.scope().account(), member, SessionKind::Link, caller.now())?;
    caller.commit_one(services, Op::StartSession(new)).await?;
    Ok(begun.token)
}

/// The caller's own sessions, oldest first; links that were not used are not among them.
///
/// # Errors
/// [`Refusal::Forbidden`].
pub fn list(caller: &Caller) -> Result<Vec<&Session>, Refusal> {
    caller.require(Permission::OwnSessions)?;
    let mine = |one: &&Session| Some(one.member) == caller.scope().actor();
    let valid = |one: &&Session| one.kind == SessionKind::Browser && one.expires_at > caller.now();
    Ok(caller.names().sessions.iter().filter(mine).filter(valid).collect())
}

/// Ends one of the caller's own sessions: signs out. One that has ended is no error.
///
/// # Errors
/// [`Refusal::NotFound`] for another member's; the store's.
pub async fn end(services: &Services, caller: &Caller, session: SessionId) -> Result<(), Refusal> {
    caller.require(Permission::OwnSessions)?;
    let of_another = |one: &&Session| one.id == session && Some(one.member) != caller.scope().actor();
    if caller.names().sessions.iter().find(of_another).is_some() {
        return Err(Refusal::NotFound(Thing::Session, session.get()));
    }
    caller.commit_one(services, Op::EndSession(session)).await?;
    Ok(())
}

/// Ends all sessions of the caller: signs out everywhere.
///
/// # Errors
/// [`Refusal::Forbidden`]; the store's.
pub async fn end_all(services: &Services, caller: &Caller) -> Result<(), Refusal> {
    caller.require(Permission::OwnSessions)?;
    let mine = |one: &&Session| Some(one.member) == caller.scope().actor();
    let ops = caller.names().sessions.iter().filter(mine).map(|one| Op::EndSession(one.id)).collect();
    caller.commit(services, ops).await?;
    Ok(())
}

/// The secret of a member's second factor with this number.
///
/// # Errors
/// The store's.
pub fn secret(
    services: &Services,
    account: AccountId,
    member: MemberId,
    number: u64,
) -> Result<Secret, Refusal> {
    let key = services.store().derived_key("second factors")?;
    let secret = Secret::of(&key, account, member, number);
    secret.ok_or_else(|| Refusal::Internal("a secret cannot be derived".to_owned()))
}

fn begin(account: AccountId, member: MemberId, now: Timestamp) -> Result<(Op, Begun), Refusal> {
    let (new, begun) = new_session(account, member, SessionKind::Browser, now)?;
    Ok((Op::StartSession(new), begun))
}

fn new_session(
    account: AccountId,
    member: MemberId,
    kind: SessionKind,
    now: Timestamp,
) -> Result<(NewSession, Begun), Refusal> {
    let (token, hash) = token::generate(token::prefix(kind), account).map_err(|error| {
        Refusal::Internal(format!("the system gives no randomness for a session: {error}"))
    })?;
    let (lasts, most) = match kind {
        SessionKind::Browser => (SESSION_MS, MOST_SESSIONS),
        SessionKind::Link => (LINK_MS, MOST_LINKS),
    };
    let expires_at = Timestamp(now.millis().saturating_add(lasts));
    Ok((NewSession { member, hash, kind, expires_at, most }, Begun { account, token, expires_at }))
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignIn").field("from", &self.from).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Begun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Begun").field("account", &self.account).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
