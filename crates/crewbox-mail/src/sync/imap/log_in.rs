//! From nothing to a session: the connection, its security, the log-in.

use std::time::Duration;

use async_imap::{Authenticator, Client, Session};
use crewbox_core::model::{MailboxSettings, Security};
use tokio::time::timeout;

use super::{Deadlines, Result, failing};
use crate::net::{Net, Stream};
use crate::sync::step::Failure;

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

/// A server greets within this, or it is waiting for us to speak first: TLS, or another protocol.
const GREETING_TIME: Duration = Duration::from_secs(20);

/// Connects and secures; the server's greeting is read.
pub(super) async fn connect(
    net: &Net,
    settings: &MailboxSettings,
    deadlines: Deadlines,
) -> Result<Client<Stream>> {
    let host = settings.imap_host.as_str();
    let unreachable = |error: crate::net::NetError| Failure::Unreachable(error.sentence);
    let tcp = net.connect(host, settings.imap_port).await.map_err(unreachable)?;
    match settings.imap_security {
        Security::Ssl => greeted(net.secure(tcp, host).await.map_err(unreachable)?, host, deadlines).await,
        Security::None => greeted(Stream::Plain(tcp), host, deadlines).await,
        Security::Tls => {
            let mut client = greeted(Stream::Plain(tcp), host, deadlines).await?;
            let started = timeout(deadlines.command, client.run_command_and_check_ok("STARTTLS", None)).await;
            match started {
                Ok(Ok(())) => {}
                Ok(Err(_)) => {
                    return Err(Failure::Unreachable(format!(
                        "{host} does not offer STARTTLS on this port: use TLS from the first byte (SSL, 993), or NONE if that is meant"
                    )));
                }
                Err(_) => return Err(Failure::Lost("the server did not answer in time".to_owned())),
            }
            let Stream::Plain(tcp) = client.into_inner() else {
                return Err(Failure::Protocol("TLS within TLS".to_owned()));
            };
            Ok(Client::new(net.secure(tcp, host).await.map_err(unreachable)?))
        }
    }
}

async fn greeted(stream: Stream, host: &str, deadlines: Deadlines) -> Result<Client<Stream>> {
    let mut client = Client::new(stream);
    let wrong = |why: &str| {
        Failure::Unreachable(format!(
            "{host} does not greet as an IMAP server does ({why}): check the port and how it is secured"
        ))
    };
    match timeout(deadlines.command.min(GREETING_TIME), client.read_response()).await {
        Ok(Ok(Some(greeting))) => failing::heard(greeting.parsed()).map(|_| client),
        Ok(Ok(None)) => Err(Failure::Lost("the server closed the connection".to_owned())),
        Ok(Err(_)) => Err(wrong("its first line cannot be read")),
        Err(_) => Err(wrong("it says nothing")),
    }
}

/// Logs in by whatever the server offers for these credentials.
pub(super) async fn log_in(
    client: Client<Stream>,
    credentials: &Credentials,
    deadlines: Deadlines,
) -> Result<Session<Stream>> {
    let trying = async {
        match credentials {
            Credentials::Token(user, token) => {
                let words = Words::new(format!("user={user}\x01auth=Bearer {token}\x01\x01"));
                client.authenticate("XOAUTH2", words).await
            }
            // What LOGIN cannot quote, PLAIN can say.
            Credentials::Password(user, password) if !user.is_ascii() || !password.is_ascii() => {
                client.authenticate("PLAIN", Words::new(format!("\0{user}\0{password}"))).await
            }
            Credentials::Password(user, password) => client.login(user, password).await,
        }
    };
    match timeout(deadlines.command, trying).await {
        Ok(Ok(session)) => Ok(session),
        Ok(Err((error, _))) => Err(failing::at_log_in(&error, credentials.user())),
        Err(_) => Err(Failure::Lost("the server did not answer the log-in in time".to_owned())),
    }
}

/// Says its words once; what is asked after that is the reason of a refusal, and gets silence.
struct Words(Option<String>);

impl Words {
    const fn new(words: String) -> Self {
        Self(Some(words))
    }
}

impl Authenticator for Words {
    type Response = String;

    fn process(&mut self, _challenge: &[u8]) -> String {
        self.0.take().unwrap_or_default()
    }
}
