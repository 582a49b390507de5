//! Trying a mailbox step by step, so that a person is told which one fails and what to change.
//!
//! Owns the steps and their order. Changes nothing anywhere.

use std::time::{Duration, Instant};

use crewbox_core::mailbox::FolderRole;
use crewbox_core::model::{MailboxSettings, Security};
use tokio::sync::Notify;

use crate::credentials::Credentials;
use crate::failure::Failure;
use crate::net::{Net, NetError, Step};
use crate::outbox::smtp::{Refusal, Submission};
use crate::sync::imap::{Connection, Deadlines, readable};

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// Its name.
    pub step: &'static str,
    /// Whether it worked.
    pub ok: bool,
    /// What was found, or what to change.
    pub detail: String,
    /// How long it took, in milliseconds.
    pub millis: u64,
}

/// Tries all steps for the mailbox of this address: of IMAP until one fails, then of SMTP until one fails.
pub async fn test(
    net: &Net,
    address: &str,
    settings: &MailboxSettings,
    imap: &Credentials,
    smtp: &Credentials,
) -> Vec<Tried> {
    let mut tried = Tries::default();
    let names = ["imap dns", "imap connect", "imap tls"];
    if tried.reach(net, names, &settings.imap_host, settings.imap_port, settings.imap_security).await {
        tried.imap(net, settings, imap).await;
    }
    let names = ["smtp dns", "smtp connect", "smtp tls"];
    if tried.reach(net, names, &settings.smtp_host, settings.smtp_port, settings.smtp_security).await {
        tried.smtp(net, address, settings, smtp).await;
    }
    tried.0
}

#[derive(Default)]
struct Tries(Vec<Tried>);

impl Tries {
    fn note(&mut self, step: &'static str, since: Instant, outcome: Result<String, String>) -> bool {
        let millis = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
        let ok = outcome.is_ok();
        let detail = outcome.unwrap_or_else(|why| why);
        self.0.push(Tried { step, ok, detail, millis });
        ok
    }

    /// Name, connection, TLS. STARTTLS comes after the greeting, and is tried with it.
    async fn reach(
        &mut self,
        net: &Net,
        [dns, connect, tls]: [&'static str; 3],
        host: &str,
        port: u16,
        security: Security,
    ) -> bool {
        let to_sentence = |error: NetError| error.sentence;
        let since = Instant::now();
        let found = net.resolve(host, port).await;
        let found = found.map(|all| format!("{host} has {} address(es)", all.len())).map_err(to_sentence);
        if !self.note(dns, since, found) {
            return false;
        }
        let since = Instant::now();
        let stream = match net.connect(host, port).await {
            Ok(stream) => stream,
            Err(error) => {
                let step = if error.step == Step::Dns { dns } else { connect };
                return self.note(step, since, Err(error.sentence));
            }
        };
        self.note(connect, since, Ok(format!("{host} answers on port {port}")));
        if security != Security::Ssl {
            return true;
        }
        let since = Instant::now();
        let secured = net.secure(stream, host).await;
        self.note(tls, since, secured.map(|_| "the certificate is valid".to_owned()).map_err(to_sentence))
    }

    async fn imap(&mut self, net: &Net, settings: &MailboxSettings, credentials: &Credentials) {
        let to_sentence = |failure: Failure| sentence(&failure);
        let since = Instant::now();
        let mut connection = match Connection::open(net, settings, credentials, Deadlines::default()).await {
            Ok(connection) => connection,
            Err(failure) => {
                // Whoever was not let in had been reached, greeted and secured.
                let step = match (&failure, settings.imap_security) {
                    (Failure::Unreachable(_), Security::Tls) => "imap tls",
                    (Failure::Unreachable(_), _) => "imap greeting",
                    _ => "imap log-in",
                };
                self.note(step, since, Err(to_sentence(failure)));
                return;
            }
        };
        self.note("imap log-in", since, Ok(format!("logged in as {}", credentials.user())));
        let since = Instant::now();
        let folders = match connection.folders().await {
            Ok(folders) if folders.is_empty() => {
                let why = "there is no folder to read: give the user an INBOX".to_owned();
                self.note("imap folders", since, Err(why));
                return;
            }
            Ok(folders) => folders,
            Err(failure) => {
                self.note("imap folders", since, Err(to_sentence(failure)));
                return;
            }
        };
        let names: Vec<&str> = folders.iter().map(|(name, _)| name.as_str()).collect();
        let read: Vec<String> = names.iter().map(|name| readable(name)).collect();
        let has_sent = folders.iter().any(|(_, role)| matches!(role, FolderRole::Sent | FolderRole::All));
        let lacks = if has_sent { "" } else { "; there is no folder for sent mail" };
        self.note("imap folders", since, Ok(format!("will read {}{lacks}", read.join(", "))));
        let since = Instant::now();
        let opened = connection.examine(names[0]).await;
        let opened = match opened {
            Ok(Some(opened)) => Ok(format!("{} has {} mails", names[0], opened.exists)),
            Ok(None) => {
                Err(format!("the server refuses to open {}: give the user permission to read it", names[0]))
            }
            Err(failure) => Err(to_sentence(failure)),
        };
        if !self.note("imap open", since, opened) {
            return;
        }
        let since = Instant::now();
        let idle = if connection.idles() {
            let rested = connection.rest(Duration::from_millis(1), true, &Notify::new()).await;
            rested.map(|_| "new mail is seen at once".to_owned()).map_err(to_sentence)
        } else {
            Ok("the server cannot IDLE: new mail is looked for every minute".to_owned())
        };
        self.note("imap idle", since, idle);
        connection.close().await;
    }

    async fn smtp(
        &mut self,
        net: &Net,
        address: &str,
        settings: &MailboxSettings,
        credentials: &Credentials,
    ) {
        let since = Instant::now();
        let to_sentence = |refusal: Refusal| match refusal {
            Refusal::Later(why) | Refusal::Never(why) | Refusal::LogIn(why) => why,
        };
        let mut submission = match Submission::greet(net, settings, address).await {
            Ok(submission) => submission,
            Err(refusal) => {
                let tls = settings.smtp_security == Security::Tls;
                self.note(if tls { "smtp tls" } else { "smtp greeting" }, since, Err(to_sentence(refusal)));
                return;
            }
        };
        let let_in = submission.log_in(credentials).await;
        let let_in = let_in.map(|()| format!("logged in as {}", credentials.user())).map_err(to_sentence);
        self.note("smtp log-in", since, let_in);
        submission.close().await;
    }
}

/// A failure as one sentence.
#[must_use]
pub fn sentence(failure: &Failure) -> String {
    match failure {
        Failure::Unreachable(text)
        | Failure::Refused(text)
        | Failure::Throttled(text, _)
        | Failure::Lost(text)
        | Failure::Protocol(text)
        | Failure::Excess(text)
        | Failure::Store(text) => text.clone(),
        Failure::Superseded => "the mailbox is gone".to_owned(),
        Failure::Stopped => "the store has stopped: restart to recover".to_owned(),
    }
}

/// With what to log in to a mailbox's servers: IMAP, then SMTP.
///
/// # Errors
/// In the machine's words, when no password is kept or no token can be had.
pub async fn credentials(
    tokens: &crate::oauth::Tokens,
    store: &crewbox_store::Store,
    scope: &crewbox_store::Scope,
    mailbox: &crewbox_core::model::Mailbox,
    now: crewbox_core::time::Timestamp,
) -> Result<(Credentials, Credentials), Failure> {
    let secrets = store.mailbox_secrets(scope, mailbox.id).await;
    let secrets = secrets.map_err(|error| Failure::Store(error.to_string()))?;
    let settings = &mailbox.settings;
    let imap_user = settings.imap_user.clone().unwrap_or_else(|| settings.user.clone());
    if settings.oauth.is_some() {
        let token = tokens.access(store, scope, mailbox, &secrets, now).await?;
        let smtp = Credentials::Token(settings.user.clone(), token.clone());
        return Ok((Credentials::Token(imap_user, token), smtp));
    }
    let none =
        || Failure::Refused("no password is stored: save the mailbox again with its password".to_owned());
    let smtp = secrets.password.clone().ok_or_else(none)?;
    let imap = secrets.imap_password.or(secrets.password).ok_or_else(none)?;
    Ok((Credentials::Password(imap_user, imap), Credentials::Password(settings.user.clone(), smtp)))
}
