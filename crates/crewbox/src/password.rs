//! Passwords: read once from stdin, kept only as what crewbox-app makes of them.

use std::io::{IsTerminal as _, Read as _};

use clap::Args;
use crewbox_app::session::password::{self, MAX_BYTES};

use crate::failure::Failure;

/// Where a password comes from.
#[derive(Args, Debug)]
pub(crate) struct PasswordArgs {
    /// Read the password from stdin (its first line); without it the person can use API keys only
    #[arg(long, env = "CREWBOX_PASSWORD_STDIN")]
    password_stdin: bool,
}

impl PasswordArgs {
    /// The argon2 string to store, if a password was given.
    ///
    /// # Errors
    /// A password that is empty, too short or too long (exit 2).
    pub(crate) fn hash(&self) -> Result<Option<String>, Failure> {
        if !self.password_stdin {
            return Ok(None);
        }
        hash(&read()?).map(Some)
    }
}

/// What is stored of a password.
///
/// # Errors
/// A password that is too short or too long (exit 2).
pub(crate) fn hash(password: &str) -> Result<String, Failure> {
    Ok(password::hash(password)?)
}

/// A password: a terminal is asked, else the first line of stdin.
///
/// # Errors
/// Input that cannot be read, or is longer than any password.
pub(crate) fn read() -> Result<String, Failure> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        return rpassword::prompt_password("Password: ")
            .map_err(|error| Failure::failed(format!("cannot read the password: {error}")));
    }
    let mut text = String::new();
    stdin
        .lock()
        .take(MAX_BYTES as u64 + 1)
        .read_to_string(&mut text)
        .map_err(|error| Failure::input(format!("cannot read the password from stdin: {error}")))?;
    if text.len() > MAX_BYTES {
        return Err(Failure::input(format!("the password is longer than {MAX_BYTES} bytes")));
    }
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
