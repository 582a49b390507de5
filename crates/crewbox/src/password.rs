//! Passwords: read once from stdin, kept only as an argon2 string.

use std::io::{IsTerminal as _, Read as _};

use argon2::Argon2;
use argon2::password_hash::PasswordHasher as _;
use clap::Args;

use crate::failure::Failure;

/// Fewest characters of a password: what NIST SP 800-63B asks for at the least.
const MIN_CHARS: usize = 8;
/// Most bytes of one; a longer input is a file piped by mistake.
const MAX_BYTES: u64 = 1024;

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
        let password = read()?;
        if password.chars().count() < MIN_CHARS {
            return Err(Failure::input(format!(
                "the password has fewer than {MIN_CHARS} characters: choose a longer one"
            )));
        }
        hash(&password).map(Some)
    }
}

/// argon2id with the library's own cost and a fresh salt.
pub(crate) fn hash(password: &str) -> Result<String, Failure> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| Failure::failed(format!("cannot hash the password: {error}")))
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
        .take(MAX_BYTES + 1)
        .read_to_string(&mut text)
        .map_err(|error| Failure::input(format!("cannot read the password from stdin: {error}")))?;
    if text.len() as u64 > MAX_BYTES {
        return Err(Failure::input(format!("the password is longer than {MAX_BYTES} bytes")));
    }
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
