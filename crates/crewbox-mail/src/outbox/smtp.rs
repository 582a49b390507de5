//! One SMTP submission (RFC 5321, RFC 6409), cut in two where it matters: everything that can be taken back,
//! then the message itself.
//!
//! Owns what each answer means for the message: try later, give up, or nobody knows. Never retries anything, and
//! never puts an address or a word of the message into an error.

use std::fmt;
use std::time::Duration;

use crewbox_core::model::{MailboxSettings, Security};
use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials as Login, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use tokio::time::timeout;

use super::hello::{self, Greeted, NoHello};
use super::relay;
use crate::credentials::Credentials;
use crate::net::{Net, NetError, Stream};

/// A command's answer comes within this: RFC 5321, section 4.5.3.2, asks for five minutes and servers that
/// check senders use two of them.
const COMMAND_TIME: Duration = Duration::from_secs(180);
/// The code of a way to log in that the server does not know (RFC 4954, section 4).
const MECHANISM_UNKNOWN: u16 = 504;
/// Why a message to an internationalised address does not leave (RFC 6531, section 3.2).
const NO_SMTPUTF8: &str = "the SMTP server does not take addresses with letters beyond ASCII before the @ (it does not \
     offer SMTPUTF8): write to another address of the recipient, or send through another mailbox";
/// Characters of a server's answer that are kept: what a person reads before they stop.
const LONGEST_WORDS: usize = 200;
/// The answer to the end of the message: RFC 5321 asks for ten minutes.
const MESSAGE_TIME: Duration = Duration::from_secs(600);

/// Why a message was not taken. Nothing of it has left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Not now.
    Later(String),
    /// Never, for the message's own sake.
    Never(String),
    /// The mailbox may not send: wrong password, or the account is blocked.
    LogIn(String),
}

/// What became of a message after its bytes were on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The server took it, with this answer: its text for people, and all ids in it.
    Accepted(String, Vec<String>),
    /// The server refused it.
    Refused(Refusal),
    /// No answer came: it may or may not have been taken.
    Unknown(String),
}

/// A connection, logged in.
pub struct Submission {
    connection: AsyncSmtpConnection,
}

impl fmt::Debug for Submission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Submission")
    }
}

impl Submission {
    /// Connects, secures, greets in the name of this sender, and logs in.
    ///
    /// # Errors
    /// What failed and what to change.
    pub async fn open(
        net: &Net,
        settings: &MailboxSettings,
        sender: &str,
        credentials: &Credentials,
    ) -> Result<Self, Refusal> {
        let mut submission = Self::greet(net, settings, sender).await?;
        submission.log_in(credentials).await?;
        Ok(submission)
    }

    /// Connects, secures and greets in the name of this sender, without a log-in.
    ///
    /// # Errors
    /// What failed and what to change.
    pub async fn greet(net: &Net, settings: &MailboxSettings, sender: &str) -> Result<Self, Refusal> {
        let host = settings.smtp_host.as_str();
        let failed = |error: NetError| Refusal::Later(error.sentence);
        let name = hello::name(net, sender);
        let tcp = net.connect(host, settings.smtp_port).await.map_err(failed)?;
        let greeted = match settings.smtp_security {
            Security::None => greeted(Stream::Plain(tcp), true, &name, host).await?,
            Security::Ssl => greeted(net.secure(tcp, host).await.map_err(failed)?, true, &name, host).await?,
            Security::Tls => {
                let plain = greeted(Stream::Plain(tcp), true, &name, host).await?;
                let started = timeout(COMMAND_TIME, plain.start_tls()).await;
                let Ok(Ok(Stream::Plain(tcp))) = started else {
                    return Err(Refusal::Later(format!(
                        "{host} does not offer STARTTLS on this port: use TLS from the first byte (SSL, 465), or NONE if that is meant"
                    )));
                };
                // After TLS the server does not greet a second time, and forgets our greeting.
                greeted(net.secure(tcp, host).await.map_err(failed)?, false, &name, host).await?
            }
        };
        // The library's greeting is answered from what was sent before: nothing of it goes to the server.
        let (stream, name) = (Box::new(greeted.for_library()), ClientId::Domain(name));
        match AsyncSmtpConnection::connect_with_transport(stream, &name).await {
            Ok(connection) => Ok(Self { connection }),
            Err(_) => Err(Refusal::Later(format!("{host} does not greet as an SMTP server does"))),
        }
    }

    /// Logs in.
    ///
    /// # Errors
    /// `LogIn` when the server refuses the user name, the password or the token.
    pub async fn log_in(&mut self, credentials: &Credentials) -> Result<(), Refusal> {
        let (mechanisms, login): (&[Mechanism], Login) = match credentials {
            Credentials::Password(user, password) => {
                (&[Mechanism::Plain, Mechanism::Login], Login::new(user.clone(), password.clone()))
            }
            Credentials::Token(user, token) => {
                (&[Mechanism::Xoauth2], Login::new(user.clone(), token.clone()))
            }
        };
        let mut tried = timeout(COMMAND_TIME, self.connection.auth(mechanisms, &login)).await;
        if let (Ok(Err(error)), [_, others @ ..]) = (&tried, mechanisms)
            && error.status().is_some_and(|code| u16::from(code) == MECHANISM_UNKNOWN)
            && !others.is_empty()
        {
            // It was offered and is not known: that is no word about the password.
            tried = timeout(COMMAND_TIME, self.connection.auth(others, &login)).await;
        }
        match tried {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) if error.is_permanent() => {
                let why = match credentials {
                    Credentials::Password(..) => {
                        "the SMTP server refused the user name or the password: save the mailbox again with the right ones"
                    }
                    Credentials::Token(..) => {
                        "the SMTP server refused the sign-in: sign in to the mailbox again, as its user and with permission to send mail by SMTP"
                    }
                };
                Err(Refusal::LogIn(why.to_owned()))
            }
            Ok(Err(error)) if error.is_client() => Err(Refusal::LogIn(
                "the SMTP server offers no supported login method: check the port and its security setting"
                    .to_owned(),
            )),
            Ok(Err(error)) => Err(refusal(&error, "the login failed")),
            Err(_) => Err(Refusal::Later("the SMTP server did not answer the login in time".to_owned())),
        }
    }

    /// Announces the sender and the recipients. After this nothing has left, and all of it can still be taken back.
    ///
    /// # Errors
    /// What the server refused. No address is in it.
    pub async fn announce(&mut self, sender: &str, recipients: &[String]) -> Result<(), Refusal> {
        let is_international = recipients.iter().any(|one| !one.is_ascii()) || !sender.is_ascii();
        let mut parameters = Vec::new();
        if is_international {
            if !self.connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                return Err(Refusal::Never(NO_SMTPUTF8.to_owned()));
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        let sender = address(sender, "the sender's address contains characters that SMTP cannot carry")?;
        self.say(Mail::new(Some(sender), parameters), "the server refused the sender").await?;
        let mut refused = Vec::new();
        for recipient in recipients {
            let to = address(recipient, "a recipient's address contains characters that SMTP cannot carry")?;
            if let Err(no) = self.say(Rcpt::new(to, Vec::new()), "the server refused a recipient").await {
                refused.push(no);
            }
        }
        // One that is refused stops the message for all: half a message sent cannot be told from a whole one.
        let lasting = refused.iter().find(|no| matches!(no, Refusal::Never(_)));
        match lasting.or(refused.first()).cloned() {
            None => Ok(()),
            Some(no) => {
                let (count, all) = (refused.len(), recipients.len());
                let _ = timeout(COMMAND_TIME, self.connection.command(Rset)).await;
                let text = |why: &str| format!("{why} ({count} of {all} recipients)");
                Err(match no {
                    Refusal::Later(why) => Refusal::Later(text(&why)),
                    Refusal::Never(why) => Refusal::Never(text(&why)),
                    Refusal::LogIn(why) => Refusal::LogIn(text(&why)),
                })
            }
        }
    }

    /// Sends the message. From the first byte on only an answer tells what became of it.
    pub async fn send(&mut self, raw: &[u8]) -> Sent {
        match timeout(COMMAND_TIME, self.connection.command(Data)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) if error.status().is_some() => {
                return Sent::Refused(refusal(&error, "the server refused the message"));
            }
            // Without an answer to DATA not a byte of the message was given, but a server that has lost its
            // answer is not worth the guess.
            Ok(Err(_)) | Err(_) => {
                return Sent::Unknown(
                    "the connection broke before the server accepted the message".to_owned(),
                );
            }
        }
        crewbox_crash::point("outbox.data");
        match timeout(MESSAGE_TIME, self.connection.message(raw)).await {
            Ok(Ok(response)) => {
                let code = response.code();
                let first = response.first_line().unwrap_or_default();
                let ids = response.message().flat_map(relay::ids).collect();
                Sent::Accepted(format!("{code} {first}"), ids)
            }
            Ok(Err(error)) if error.status().is_some() => {
                Sent::Refused(refusal(&error, "the server refused the message"))
            }
            Ok(Err(_)) => Sent::Unknown("the connection broke before the server's answer".to_owned()),
            Err(_) => Sent::Unknown("the server did not answer in time".to_owned()),
        }
    }

    /// Says good-bye; nobody waits for the answer.
    pub async fn close(mut self) {
        let _ = timeout(Duration::from_secs(5), self.connection.quit()).await;
    }

    async fn say(&mut self, command: impl fmt::Display, failed: &str) -> Result<(), Refusal> {
        match timeout(COMMAND_TIME, self.connection.command(command)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(refusal(&error, failed)),
            Err(_) => Err(Refusal::Later("the SMTP server did not answer in time".to_owned())),
        }
    }
}

fn address(text: &str, failed: &str) -> Result<Address, Refusal> {
    let text = crate::address::for_smtp(text).map_err(|_| Refusal::Never(failed.to_owned()))?;
    text.parse().map_err(|_| Refusal::Never(failed.to_owned()))
}

/// Exchanges greetings. However final a refusal sounds (554 of a server that is overloaded or blocks us), it is not about
/// the message.
async fn greeted(stream: Stream, greets: bool, name: &str, host: &str) -> Result<Greeted, Refusal> {
    let wrong = format!("{host} does not greet as an SMTP server does");
    match timeout(COMMAND_TIME, Greeted::exchange(stream, greets, name)).await {
        Ok(Ok(greeted)) => Ok(greeted),
        Ok(Err(NoHello::Refused(code, text))) => {
            let plain = plain(&text);
            let reason = if plain.is_empty() { plain } else { format!(" ({plain})") };
            Err(Refusal::Later(format!("{wrong}: it answered {code}{reason}")))
        }
        Ok(Err(NoHello::Broken)) => {
            Err(Refusal::Later(format!("{wrong}: check the port and how it is secured")))
        }
        Err(_) => Err(Refusal::Later(format!("{host} does not greet: check the port and how it is secured"))),
    }
}

/// What an error of the library means for a message nothing of which has left.
fn refusal(error: &Error, failed: &str) -> Refusal {
    match error.status() {
        Some(code) if error.is_permanent() => {
            Refusal::Never(format!("{failed}: it answered {code}{}", words(error)))
        }
        Some(code) => Refusal::Later(format!("{failed} for now: it answered {code}{}", words(error))),
        None => Refusal::Later("the connection to the SMTP server broke".to_owned()),
    }
}

/// The server's own words, as far as a person wants them: one line of plain characters.
fn words(error: &Error) -> String {
    let Some(text) = std::error::Error::source(error).map(ToString::to_string) else { return String::new() };
    let plain = plain(&text);
    if plain.is_empty() { plain } else { format!(" ({plain})") }
}

fn plain(text: &str) -> String {
    let line: String =
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST_WORDS).collect();
    line.trim().to_owned()
}
