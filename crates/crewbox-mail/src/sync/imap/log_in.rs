//! From nothing to a session: the connection, its security, the log-in.

use std::time::Duration;

use async_imap::error::Error;
use async_imap::{Authenticator, Client, Session};
use crewbox_core::model::{MailboxSettings, Security};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use super::failing;
use super::tolerant::Tolerant;
use super::wire::{Deadlines, Result, Wire};
use crate::credentials::Credentials;
use crate::failure::Failure;
use crate::net::{Net, Stream};

/// A server greets within this, or it is waiting for us to speak first: TLS, or another protocol.
const GREETING_TIME: Duration = Duration::from_secs(20);

/// Bytes read of what a server says it can do: far more than any says.
const MOST_BYTES: usize = 64 * 1024;

/// Connects and secures; the server's greeting is read.
pub(super) async fn connect(
    net: &Net,
    settings: &MailboxSettings,
    deadlines: Deadlines,
) -> Result<Client<Wire>> {
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
            // What came before TLS and was not asked for is an attack: it would be read as if it came over TLS.
            let Some(Stream::Plain(tcp)) = client.into_inner().into_inner() else {
                return Err(Failure::Protocol("the server sent unexpected data before TLS".to_owned()));
            };
            Ok(Client::new(Tolerant::greeted(net.secure(tcp, host).await.map_err(unreachable)?)))
        }
    }
}

async fn greeted(stream: Stream, host: &str, deadlines: Deadlines) -> Result<Client<Wire>> {
    let mut client = Client::new(Tolerant::new(stream));
    let wrong = |why: &str| {
        Failure::Unreachable(format!(
            "{host} does not greet as an IMAP server does ({why}): check the port and how it is secured"
        ))
    };
    match timeout(deadlines.command.min(GREETING_TIME), client.read_response()).await {
        Ok(Ok(Some(greeting))) => failing::heard(greeting.parsed()).map(|_| client),
        Ok(Ok(None)) => Err(Failure::Lost("the server closed the connection".to_owned())),
        Ok(Err(_)) => Err(wrong("its first line cannot be read")),
        Err(_) => Err(wrong("it sends nothing")),
    }
}

/// Logs in by whatever the server offers for these credentials. Says whether the server offers ID, as far as it was
/// asked before the log-in.
pub(super) async fn log_in(
    client: Client<Wire>,
    credentials: &Credentials,
    deadlines: Deadlines,
) -> Result<(Session<Wire>, bool)> {
    let (client, offered) = match credentials {
        Credentials::Token(..) => (client, Offered::default()),
        Credentials::Password(..) => {
            let mut stream = client.into_inner();
            let asked = timeout(deadlines.command, offered(&mut stream)).await;
            let late = || Failure::Lost("the server did not list its login methods in time".to_owned());
            let offered = asked.map_err(|_| late())?.map_err(|error| failing::failure(&Error::Io(error)))?;
            (Client::new(stream), offered)
        }
    };
    let plain = offered.plain_only;
    let trying = async {
        match credentials {
            Credentials::Token(user, token) => {
                let words = Words::new(format!("user={user}\x01auth=Bearer {token}\x01\x01"));
                client.authenticate("XOAUTH2", words).await
            }
            // What LOGIN cannot quote, PLAIN can say; and some take nothing else.
            Credentials::Password(user, password) if plain || !user.is_ascii() || !password.is_ascii() => {
                client.authenticate("PLAIN", Words::new(format!("\0{user}\0{password}"))).await
            }
            Credentials::Password(user, password) => client.login(user, password).await,
        }
    };
    match timeout(deadlines.command, trying).await {
        Ok(Ok(session)) => Ok((session, offered.id)),
        Ok(Err((error, _))) => Err(failing::at_log_in(&error, credentials)),
        Err(_) => Err(Failure::Lost("the server did not answer the login in time".to_owned())),
    }
}

/// What a server offers before the log-in.
#[derive(Clone, Copy, Debug, Default)]
struct Offered {
    /// LOGIN is refused here and PLAIN is not (RFC 3501, section 6.2.3).
    plain_only: bool,
    /// The server asks who its clients are (RFC 2971).
    id: bool,
}

/// Asked over the bare stream: the library does not hand on what it hears before a log-in.
async fn offered(stream: &mut Wire) -> std::io::Result<Offered> {
    const ASK: &[u8] = b"C0 CAPABILITY\r\n";
    stream.write_all(ASK).await?;
    stream.flush().await?;
    let (mut line, mut disabled, mut plain, mut id) = (Vec::new(), false, false, false);
    for _ in 0..MOST_BYTES {
        // Byte by byte: nothing that comes after the answer may be taken from whoever reads next.
        line.push(stream.read_u8().await?);
        if line.ends_with(b"\n") {
            let text = String::from_utf8_lossy(&line).to_ascii_uppercase();
            let words: Vec<&str> = text.split_ascii_whitespace().collect();
            match words.as_slice() {
                ["C0", ..] => return Ok(Offered { plain_only: disabled && plain, id }),
                ["*", "BYE", ..] => return Err(std::io::Error::other(format!("status: {text}"))),
                ["*", "CAPABILITY", all @ ..] => {
                    disabled |= all.contains(&"LOGINDISABLED");
                    plain |= all.contains(&"AUTH=PLAIN");
                    id |= all.contains(&"ID");
                }
                _ => {}
            }
            line.clear();
        }
    }
    Err(std::io::ErrorKind::InvalidData.into())
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
