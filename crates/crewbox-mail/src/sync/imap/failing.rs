//! What a server's refusals mean: a pause asked for, a wrong password, a connection that died, or a breach of the
//! protocol.

use async_imap::error::Error;
use async_imap::imap_proto::{Response, Status};

use super::tolerant::{ENDLESS, NESTED, TOO_LARGE, UNREADABLE};
use crate::credentials::Credentials;
use crate::failure::Failure;
use crate::sync::step::Why;

/// What servers say when they want a pause: Gmail, Exchange, Yahoo, Dovecot and their neighbours. Lower case.
const THROTTLES: &[&str] = &[
    "throttled",
    "[limit]",
    "\"limit\"",
    "too many",
    "rate limit",
    "ratelimit",
    "bandwidth",
    "back off",
    "backoff",
    "overquota",
    "exceeded command",
    "maximum number of connections",
    "connection limit",
    "server busy",
    "suspended",
];

/// The sentence for a NO or BAD that says nothing more specific. The connection still works after it.
pub(super) const REFUSED: &str = "the server refused a command";

/// What says that nobody can log in just now, which is no word about the password. Lower case.
const UNAVAILABLE: &[&str] =
    &["unavailable", "temporar", "try again", "inuse", "in use", "serverbug", "internal error", "timeout"];

/// What an error of the library means.
pub(super) fn failure(error: &Error) -> Failure {
    match error {
        Error::No(text) | Error::Bad(text) => refusal(text),
        Error::Io(error) => {
            let text = crate::net::plain(error);
            // A BYE comes as an I/O error with the server's words.
            if is_any(&text, THROTTLES) {
                Failure::Throttled("the server asks for a pause".to_owned(), asked(&text))
            } else if text == ENDLESS || text == NESTED {
                Failure::Excess(text)
            } else if text == TOO_LARGE {
                Failure::Protocol(text)
            } else if text == UNREADABLE || text.contains("during parsing of") {
                // The library quotes what it could not read; that may be mail.
                Failure::Protocol(UNREADABLE.to_owned())
            } else if text.starts_with("status:") {
                Failure::Lost("the server ended the connection".to_owned())
            } else {
                Failure::Lost(format!("the connection broke: {text}"))
            }
        }
        Error::ConnectionLost => Failure::Lost("the server closed the connection".to_owned()),
        Error::Validate(_) => {
            Failure::Protocol("a value contains characters that IMAP cannot carry".to_owned())
        }
        _ => Failure::Protocol(UNREADABLE.to_owned()),
    }
}

/// What a NO or BAD to an ordinary command means.
fn refusal(text: &str) -> Failure {
    let lower = text.to_lowercase();
    if is_any(&lower, THROTTLES) {
        Failure::Throttled("the server asks for a pause".to_owned(), asked(&lower))
    } else if is_any(&lower, UNAVAILABLE) {
        Failure::Lost("the server is not available at the moment".to_owned())
    } else {
        Failure::Protocol(REFUSED.to_owned())
    }
}

/// What an error at log-in means.
pub(super) fn at_log_in(error: &Error, credentials: &Credentials) -> Failure {
    match error {
        Error::No(text) | Error::Bad(text) => {
            let lower = text.to_lowercase();
            if is_any(&lower, THROTTLES) {
                Failure::Throttled(
                    "the server asks for a pause before the next login".to_owned(),
                    asked(&lower),
                )
            } else if is_any(&lower, UNAVAILABLE) {
                Failure::Lost("the server accepts no logins at the moment".to_owned())
            } else {
                Failure::Refused(match credentials {
                    Credentials::Password(user, _) => format!(
                        "the server refused the user name or the password of {user}: save the mailbox again with the right ones (many providers want an app password)"
                    ),
                    Credentials::Token(user, _) => format!(
                        "the server refused the sign-in of {user}: sign in to the mailbox again, as that user and with permission to read mail by IMAP"
                    ),
                })
            }
        }
        other => failure(other),
    }
}

/// What the server sent while we rested; none when it is no news (Dovecot says "* OK Still here" every two
/// minutes).
pub(super) fn heard(data: &Response<'_>) -> Result<Option<Why>, Failure> {
    match data {
        Response::Data { status: Status::Bye, outcome } => {
            let text = outcome.information.as_deref().unwrap_or_default().to_lowercase();
            Err(if is_any(&text, THROTTLES) {
                Failure::Throttled("the server asks for a pause".to_owned(), asked(&text))
            } else {
                Failure::Lost("the server ended the connection".to_owned())
            })
        }
        Response::Data { status: Status::Ok, .. } => Ok(None),
        _ => Ok(Some(Why::Hint)),
    }
}

fn is_any(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

/// The pause a server names: Exchange says it in milliseconds ("Suggested Backoff Time: 5000 milliseconds").
fn asked(text: &str) -> Option<u64> {
    let after = text.split("backoff time:").nth(1)?;
    after.trim_start().split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_sign_in_says_nothing_of_passwords() {
        let token = Credentials::Token("ann".into(), "token".into());
        let message = at_log_in(&Error::No("[AUTHENTICATIONFAILED]".to_owned()), &token);
        let Failure::Refused(message) = message else { panic!("{message:?}") };
        assert!(
            message.contains("sign in") && !message.contains("password") && !message.contains("token"),
            "{message}"
        );
    }

    #[test]
    fn refusals_are_distinguished() {
        let password = Credentials::Password("ann".into(), "hush".into());
        let no = |text: &str| at_log_in(&Error::No(text.to_owned()), &password);
        for text in [
            "code: None, info: Some(\"[THROTTLED] slow down\")",
            "info: Some(\"Too many simultaneous connections. (Failure)\")",
            "info: Some(\"[LIMIT] maximum number of connections\")",
        ] {
            assert!(matches!(no(text), Failure::Throttled(..)), "{text}");
        }
        assert!(matches!(
            no("code: None, info: Some(\"[UNAVAILABLE] Temporary failure\")"),
            Failure::Lost(_)
        ));
        // What one mail is refused for is no pause asked for.
        for text in [
            "code: None, info: Some(\"message size limit exceeded\")",
            "code: None, info: Some(\"exceeds the size limit\")",
        ] {
            assert_eq!(refusal(text), Failure::Protocol(REFUSED.to_owned()), "{text}");
        }
        assert!(matches!(
            refusal("info: Some(\"[OVERQUOTA] Account exceeded command or bandwidth limits\")"),
            Failure::Throttled(..)
        ));
        assert!(matches!(no("[AUTHENTICATIONFAILED] Authentication failed."), Failure::Refused(_)));
        assert_eq!(
            refusal("request is throttled. suggested backoff time: 5000 milliseconds"),
            Failure::Throttled("the server asks for a pause".to_owned(), Some(5_000))
        );
    }
}
