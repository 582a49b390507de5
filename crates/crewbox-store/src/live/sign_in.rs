//! From a key's or a session's text to a scope, in memory: no SQL on the way but the head look-up every request makes.

use crewbox_core::id::{AccountId, ClientId};
use crewbox_core::model::{ApiKey, Session, SessionKind};
use crewbox_core::time::Timestamp;

use super::account::AccountLive;
use super::accounts::Live;
use crate::contract::{Scope, StoreError};
use crate::{key, token};

/// Why a key or session is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// Unknown, revoked, ended, expired, or none at all in form.
    #[error("invalid API key or session")]
    Invalid,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A key that was accepted.
#[derive(Clone, Debug)]
pub struct Signed {
    /// What it may reach.
    pub scope: Scope,
    /// The key.
    pub key: ApiKey,
    /// Its account in memory, caught up.
    pub account: std::sync::Arc<AccountLive>,
}

/// A session that was accepted.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// What it may reach.
    pub scope: Scope,
    /// The session, or the link that begins one.
    pub session: Session,
    /// Its account in memory, caught up.
    pub account: std::sync::Arc<AccountLive>,
}

impl Live {
    /// Accepts the text of a session or a link of this kind, or not.
    ///
    /// # Errors
    /// [`AuthError`].
    pub async fn session(
        &self,
        kind: SessionKind,
        text: &str,
        now: Timestamp,
    ) -> Result<SignedIn, AuthError> {
        let id = token::account(token::prefix(kind), text).ok_or(AuthError::Invalid)?;
        let account = match self.account(id, now).await {
            Err(StoreError::NotFound(..)) => return Err(AuthError::Invalid),
            other => other?,
        };
        let names = account.names();
        let (session, member) = names.keys.session(&token::hash(text)).ok_or(AuthError::Invalid)?;
        if session.kind != kind || session.expires_at <= now {
            return Err(AuthError::Invalid);
        }
        let scope = Scope::member(id, member.id, member.role, member.client);
        Ok(SignedIn { scope, session: session.clone(), account })
    }

    /// Accepts a key's text, or not.
    ///
    /// # Errors
    /// [`AuthError`].
    pub async fn sign_in(&self, text: &str, now: Timestamp) -> Result<Signed, AuthError> {
        let id = key::account(text).ok_or(AuthError::Invalid)?;
        self.sign_in_by_hash(id, &key::hash(text), now).await
    }

    /// Accepts a key that was accepted before, or does not any more. What it may reach can be something else than it was.
    ///
    /// # Errors
    /// [`AuthError`].
    pub async fn sign_in_again(&self, signed: &Signed, now: Timestamp) -> Result<Signed, AuthError> {
        self.sign_in_by_hash(signed.account.id(), &signed.key.hash, now).await
    }

    async fn sign_in_by_hash(
        &self,
        id: AccountId,
        hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<Signed, AuthError> {
        let account = match self.account(id, now).await {
            Err(StoreError::NotFound(..)) => return Err(AuthError::Invalid),
            other => other?,
        };
        let names = account.names();
        let (key, member) = names.keys.get(hash).ok_or(AuthError::Invalid)?;
        let ended = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
        if ended(key.revoked_at) || ended(key.expires_at) {
            return Err(AuthError::Invalid);
        }
        let client = narrower(member.client, key.client);
        let scope = Scope::member(id, member.id, member.role, client?).with_level(key.level);
        Ok(Signed { scope, key: key.clone(), account })
    }
}

/// The client both allow; a key for one client held by another client's user opens nothing.
fn narrower(member: Option<ClientId>, key: Option<ClientId>) -> Result<Option<ClientId>, AuthError> {
    match (member, key) {
        (Some(member), Some(key)) if member != key => Err(AuthError::Invalid),
        (member, key) => Ok(member.or(key)),
    }
}
