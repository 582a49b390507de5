//! With what a mailbox logs in to its servers.

/// With what to log in. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    /// User name and password.
    Password(String, String),
    /// User name and an OAuth access token.
    Token(String, String),
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(…)")
    }
}

impl Credentials {
    /// The user name.
    #[must_use]
    pub fn user(&self) -> &str {
        match self {
            Self::Password(user, _) | Self::Token(user, _) => user,
        }
    }
}
