//! Passwords: what is accepted as one, and the argon2id string that is kept of it.
//!
//! Owns the lengths and the cost of a hash. Never keeps or shows a password.

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};

use crate::refusal::{FieldError, Refusal};

/// Fewest characters of a password: what NIST SP 800-63B asks for at the least.
pub const MIN_CHARS: usize = 8;
/// Most bytes of one; a longer input is a file by mistake, and hashing it costs.
pub const MAX_BYTES: usize = 1_024;

/// What a password is compared with where nobody has the address, so that an unknown address takes as long as a wrong
/// password.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash("nobody has this one").unwrap_or_default());

/// The argon2id string to store for a password, with the library's own cost and a fresh salt. Takes some 20 ms of a
/// processor.
///
/// # Errors
/// [`Refusal::Invalid`] for one that is too short or too long; [`Refusal::Internal`] where the system gives no
/// randomness.
pub fn hash(password: &str) -> Result<String, Refusal> {
    let problem = if password.chars().count() < MIN_CHARS {
        Some(format!("must have at least {MIN_CHARS} characters"))
    } else if password.len() > MAX_BYTES {
        Some(format!("cannot exceed {MAX_BYTES} bytes"))
    } else {
        None
    };
    if let Some(rest) = problem {
        return Err(FieldError::of("password", rest).into());
    }
    let hashed = Argon2::default().hash_password(password.as_bytes());
    hashed
        .map(|hash| hash.to_string())
        .map_err(|error| Refusal::Internal(format!("a password cannot be hashed: {error}")))
}

/// Whether the password is the one of this string. Without a string it takes as long, and is false.
pub(crate) fn is_right(password: &str, stored: Option<&str>) -> bool {
    let known = stored.is_some();
    let Ok(stored) = PasswordHash::new(stored.unwrap_or(&NOBODY)) else { return false };
    let password = if password.len() > MAX_BYTES { "" } else { password };
    Argon2::default().verify_password(password.as_bytes(), &stored).is_ok() && known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_itself_is_right() {
        let stored = hash("correct horse").unwrap();
        assert!(stored.starts_with("$argon2id$"), "{stored}");
        assert!(is_right("correct horse", Some(&stored)));
        for wrong in ["", "correct horse ", "Correct horse", &"x".repeat(MAX_BYTES + 1)] {
            assert!(!is_right(wrong, Some(&stored)), "{wrong}");
        }
        assert!(!is_right("nobody has this one", None), "nobody signs in where there is no member");
        assert!(!is_right("correct horse", Some("no PHC string")));
    }

    #[test]
    fn a_password_has_a_least_and_a_greatest_length() {
        assert!(matches!(hash("ü".repeat(MIN_CHARS - 1).as_str()), Err(Refusal::Invalid(_))));
        assert!(hash("ü".repeat(MIN_CHARS).as_str()).is_ok());
        assert!(matches!(hash(&"x".repeat(MAX_BYTES + 1)), Err(Refusal::Invalid(_))));
    }
}
