//! The first account of a server: its name, its owner, and the owner's password.
//!
//! Owns who may make it where nobody can sign in yet: whoever has the key that the server printed, or is at the machine. A
//! server that has an account has no first one any more.

use std::sync::atomic::{AtomicBool, Ordering};

use crewbox_core::address::EmailAddress;
use crewbox_core::model::Role;
use crewbox_core::time::Timestamp;
use crewbox_store::NewMember;
use crewbox_store::contract::{NewAccount, SignIn};
use tokio::sync::Mutex;

use crate::blocking::blocking;
use crate::refusal::{FieldError, Refusal};
use crate::services::Services;
use crate::session::password;

/// Characters of the name of an account or a member: more would break every list that shows it.
pub const MAX_NAME_CHARS: usize = 100;

const EXISTS: &str = "This server is set up already: sign in, or ask an owner for an invitation";

/// The first account to make.
pub struct FirstAccount {
    /// The account's name.
    pub account: String,
    /// The owner's name.
    pub name: String,
    /// The owner's address.
    pub email: String,
    /// The owner's password.
    pub password: String,
}

/// Whether a server has its first account, and the making of it.
#[derive(Debug)]
pub struct FirstRun {
    services: Services,
    /// An account was seen: there is one for good.
    is_over: AtomicBool,
    /// One is made at a time, so that two forms do not make two.
    making: Mutex<()>,
}

impl FirstRun {
    /// It is not known yet whether there is an account.
    #[must_use]
    pub fn new(services: Services) -> Self {
        Self { services, is_over: AtomicBool::new(false), making: Mutex::new(()) }
    }

    /// Whether there is no account yet.
    ///
    /// # Errors
    /// The store's.
    pub async fn is_needed(&self) -> Result<bool, Refusal> {
        if self.is_over.load(Ordering::Relaxed) {
            return Ok(false);
        }
        let is_needed = self.services.store().accounts().await?.is_empty();
        self.is_over.store(!is_needed, Ordering::Relaxed);
        Ok(is_needed)
    }

    /// Makes the first account with its owner.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every wrong field; [`Refusal::Conflict`] where there is an account; the store's.
    pub async fn make(&self, command: FirstAccount, now: Timestamp) -> Result<SignIn, Refusal> {
        let FirstAccount { account, name, email, password } = command;
        let mut errors = Vec::new();
        let account = short_name("account", &account).map_err(|error| errors.push(error)).ok();
        let name = short_name("name", &name).map_err(|error| errors.push(error)).ok();
        let email = EmailAddress::parse(email.trim())
            .map_err(|_| errors.push(FieldError::of("email", "must be an e-mail address")))
            .ok();
        let password_hash = match blocking(move || password::hash(&password)).await? {
            Ok(hash) => Some(hash),
            Err(Refusal::Invalid(wrong)) => {
                errors.extend(wrong);
                None
            }
            Err(other) => return Err(other),
        };
        let _making = self.making.lock().await;
        if !self.is_needed().await? {
            return Err(Refusal::Conflict(EXISTS.to_owned()));
        }
        let (Some(account), Some(name), Some(email)) = (account, name, email) else {
            return Err(Refusal::Invalid(errors));
        };
        if !errors.is_empty() {
            return Err(Refusal::Invalid(errors));
        }
        let owner = NewMember {
            name,
            email: email.as_str().to_owned(),
            role: Role::Owner,
            client: None,
            password_hash,
        };
        let made = self.services.store().create_account(NewAccount { name: account, owner }, now).await?;
        self.is_over.store(true, Ordering::Relaxed);
        Ok(made)
    }
}

/// A name of one line.
pub(crate) fn short_name(field: &str, text: &str) -> Result<String, FieldError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(FieldError::of(field, "must not be empty"));
    }
    if text.chars().any(char::is_control) {
        return Err(FieldError::of(field, "must not contain control characters"));
    }
    if text.chars().count() > MAX_NAME_CHARS {
        return Err(FieldError::of(field, format!("cannot exceed {MAX_NAME_CHARS} characters")));
    }
    Ok(text.to_owned())
}

impl std::fmt::Debug for FirstAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FirstAccount").field("account", &self.account).finish_non_exhaustive()
    }
}
