//! The connection: what it was told at log-in, and the commands that syncing needs.
//!
//! Owns folders and what is known of the open one; fetching mail and resting are in files of their own.

use async_imap::Session;
use async_imap::error::Error;
use async_imap::imap_proto::{Capability, MailboxDatum, Response, ResponseCode, Status};
use crewbox_core::mailbox::FolderRole;
use crewbox_core::model::MailboxSettings;
use tokio::io::AsyncWriteExt as _;
use tokio::time::{Duration, Instant, timeout};

use super::counts::Counts;
use super::exchange::{self, answered, exchange};
use super::tolerant::Expected;
use super::wire::{Deadlines, Result, Wire, gone, within};
use super::{failing, folders, log_in};
use crate::credentials::Credentials;
use crate::failure::Failure;
use crate::net::Net;

/// Capabilities that are kept of a server; the longest lists have eighty.
const MOST_CAPABILITIES: usize = 1_000;

/// UIDs outside the range that was searched which are left out of an answer. A server that names more would be asked again
/// and again for nothing.
const MOST_OUTSIDE: usize = 10_000;

/// What EXAMINE answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Examined {
    /// UIDVALIDITY; a server without one gets 1, and the comparison sees to the rest.
    pub uidvalidity: u32,
    /// UIDNEXT, at least 1.
    pub uid_next: u32,
    /// The server named it; else it is one more than the newest mail's UID.
    pub counts: bool,
    /// How many mails there are.
    pub exists: u32,
}

/// A connection, logged in.
#[derive(Debug)]
pub struct Connection {
    pub(super) session: Option<Session<Wire>>,
    pub(super) deadlines: Deadlines,
    pub(super) idles: bool,
    pub(super) gmail: bool,
    pub(super) lists_use: bool,
    pub(super) counts: Counts,
    /// When a rest last ended with news.
    pub(super) hinted_at: Option<Instant>,
    /// How many such rests in a row brought no mail.
    pub(super) in_vain: u32,
}

impl Connection {
    /// Connects, secures, logs in, asks for capabilities.
    ///
    /// # Errors
    /// In the machine's words.
    pub async fn open(
        net: &Net,
        settings: &MailboxSettings,
        credentials: &Credentials,
        deadlines: Deadlines,
    ) -> Result<Self> {
        let client = log_in::connect(net, settings, deadlines).await?;
        let (mut session, id_offered) = log_in::log_in(client, credentials, deadlines).await?;
        let limit = deadlines.command;
        let mut offered: Vec<String> = Vec::new();
        exchange(&mut session, limit, Expected::NO_MAIL, "CAPABILITY", |answer| {
            if let Response::Capabilities(names) = answer {
                let left = MOST_CAPABILITIES.saturating_sub(offered.len());
                let names = names.iter().filter_map(|name| match name {
                    Capability::Atom(name) => Some(name.to_ascii_uppercase()),
                    _ => None,
                });
                offered.extend(names.take(left));
            }
        })
        .await?;
        let offers = |name: &str| offered.iter().any(|one| one == name);
        if id_offered || offers("ID") {
            introduce(&mut session, limit).await?;
        }
        Ok(Self {
            session: Some(session),
            deadlines,
            idles: offers("IDLE"),
            gmail: offers("X-GM-EXT-1"),
            lists_use: offers("SPECIAL-USE") && offers("LIST-EXTENDED"),
            counts: Counts::default(),
            hinted_at: None,
            in_vain: 0,
        })
    }

    /// Whether the server can IDLE.
    #[must_use]
    pub const fn idles(&self) -> bool {
        self.idles
    }

    /// Whether the server keeps copies of what is sent by itself.
    #[must_use]
    pub const fn copies_sent(&self) -> bool {
        self.gmail
    }

    pub(super) fn session(&mut self) -> Result<&mut Session<Wire>> {
        self.session.as_mut().ok_or_else(gone)
    }

    /// The folders to be read, with their roles.
    ///
    /// # Errors
    /// In the machine's words.
    pub async fn folders(&mut self) -> Result<Vec<(String, FolderRole)>> {
        let (limit, gmail, lists_use) = (self.deadlines.command, self.gmail, self.lists_use);
        let session = self.session()?;
        let selection = if lists_use { " RETURN (SPECIAL-USE)" } else { "" };
        let mut listed = Vec::new();
        exchange(session, limit, Expected::NO_MAIL, &format!("LIST \"\" \"*\"{selection}"), |answer| {
            if let Response::MailboxData(MailboxDatum::List(one)) = answer {
                listed.push(folders::Listed::new(&one.name, one.delimiter.as_deref(), &one.name_attributes));
            }
        })
        .await?;
        Ok(folders::choose(&listed, gmail))
    }

    /// Opens a folder for reading only; none when the server will not open it, which leaves the connection as
    /// good as it was, with no folder open.
    ///
    /// # Errors
    /// In the machine's words.
    pub async fn examine(&mut self, folder: &str) -> Result<Option<Examined>> {
        let limit = self.deadlines.command;
        let command = format!("EXAMINE {}", quoted(folder)?);
        let (mut uid_validity, mut announced_next, mut exists) = (None, None, 0);
        let session = self.session()?;
        // The library's own takes the end of the connection for the end of the answer, and the folder for an empty
        // one with new numbers.
        let opened = exchange(session, limit, Expected::NO_MAIL, &command, |answer| match answer {
            Response::MailboxData(MailboxDatum::Exists(count)) => exists = *count,
            Response::Data { status: Status::Ok, outcome } => match outcome.code {
                Some(ResponseCode::UidValidity(value)) => uid_validity = Some(value),
                Some(ResponseCode::UidNext(value)) => announced_next = Some(value),
                _ => {}
            },
            _ => {}
        })
        .await;
        match opened {
            Err(Failure::Protocol(reason)) if reason == failing::REFUSED => return Ok(None),
            opened => opened?,
        }
        self.counts = Counts::opened(exists, 1);
        // Each mail has a number of its own: one that is not above their count is none, and would have all mail taken for new.
        let announced_next = announced_next.filter(|uid_next| *uid_next > exists);
        let uid_next = match announced_next {
            Some(uid_next) => uid_next,
            None if exists == 0 => 1,
            // A server that keeps it to itself: one more than the last mail's.
            None => self.search("UID *", 1).await?.into_iter().max().map_or(1, |last| last.saturating_add(1)),
        };
        self.counts = Counts::opened(exists, uid_next);
        Ok(Some(Examined {
            uidvalidity: uid_validity.unwrap_or(1),
            uid_next,
            counts: announced_next.is_some(),
            exists,
        }))
    }

    /// The UIDs that match, of which there can be so many.
    async fn search(&mut self, criteria: &str, most: u32) -> Result<Vec<u32>> {
        let mut found = Vec::new();
        self.exchange(Expected::found(most), &format!("UID SEARCH {criteria}"), |answer| {
            if let Response::MailboxData(MailboxDatum::Search(uids)) = answer {
                found.extend_from_slice(uids);
            }
        })
        .await?;
        Ok(found)
    }

    /// A command about the open folder.
    pub(super) async fn exchange(
        &mut self,
        expected: Expected,
        command: &str,
        mut each: impl FnMut(&Response<'_>),
    ) -> Result<()> {
        let limit = self.deadlines.command;
        let session = self.session.as_mut().ok_or_else(gone)?;
        let counts = &mut self.counts;
        exchange(session, limit, expected, command, |answer| {
            if !counts.heard(answer) {
                each(answer);
            }
        })
        .await
    }

    /// Lets the server tell its news of the open folder: how many mails it has now.
    ///
    /// # Errors
    /// In the machine's words.
    pub async fn refresh(&mut self) -> Result<u32> {
        self.noop().await?;
        // What is asked next includes them.
        self.counts.more = false;
        Ok(self.counts.exists)
    }

    /// UIDs in a range, ascending.
    ///
    /// # Errors
    /// In the machine's words.
    pub async fn uids(&mut self, low: u32, high: Option<u32>) -> Result<Vec<u32>> {
        let range = high.map_or_else(|| format!("UID {low}:*"), |high| format!("UID {low}:{high}"));
        let found = self.search(&range, self.counts.within(low, high)).await?;
        // A range that ends in `*` always names the last mail, however low its UID.
        let inside = |uid: &u32| *uid >= low && high.is_none_or(|high| *uid <= high);
        let count = found.len();
        let mut uids: Vec<u32> = found.into_iter().filter(inside).collect();
        if count - uids.len() > MOST_OUTSIDE {
            return Err(Failure::Excess("the server finds mails that were not searched for".to_owned()));
        }
        uids.sort_unstable();
        uids.dedup();
        Ok(uids)
    }

    /// Whether the open folder has a message with this Message-ID or this reference.
    ///
    /// # Errors
    /// In the machine's words.
    pub async fn has(&mut self, message_id: &str, reference: &str) -> Result<bool> {
        for (header, value) in [("Message-ID", message_id), ("X-Crewbox-Ref", reference)] {
            let quoted = value.replace(['\\', '"', '\r', '\n'], "");
            let query = format!("HEADER {header} \"{quoted}\"");
            // One, and its duplicates.
            if !self.search(&query, 1).await?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Puts a message into a folder, as read.
    ///
    /// # Errors
    /// In the machine's words.
    pub async fn append(&mut self, folder: &str, raw: &[u8]) -> Result<()> {
        let limit = self.deadlines.command;
        let command = format!("APPEND {} (\\Seen) {{{}}}", quoted(folder)?, raw.len());
        let session = self.session.as_mut().ok_or_else(gone)?;
        session.get_mut().expect(Expected::NO_MAIL);
        let appending = async {
            let id = within(limit, session.run_command(command)).await?;
            loop {
                let answer =
                    within(limit, async { session.read_response().await.map_err(Error::Io) }).await?;
                let Some(answer) = answer else { return Err(failing::failure(&Error::ConnectionLost)) };
                match answer.parsed() {
                    Response::Continue { .. } => break,
                    Response::Done { tag, status: Status::No, outcome } if *tag == id => {
                        return Err(failing::failure(&Error::No(format!("{outcome:?}"))));
                    }
                    Response::Done { tag, outcome, .. } if *tag == id => {
                        return Err(failing::failure(&Error::Bad(format!("{outcome:?}"))));
                    }
                    news => failing::heard(news)?,
                };
            }
            // The bytes may take longer than an answer; the whole is bounded.
            let sent = async {
                session.get_mut().write_all(raw).await?;
                session.get_mut().write_all(b"\r\n").await?;
                session.get_mut().flush().await
            };
            sent.await.map_err(|error| failing::failure(&Error::Io(error)))?;
            let counts = &mut self.counts;
            answered(session, limit, &id, |answer| {
                counts.heard(answer);
            })
            .await
        };
        match timeout(exchange::whole(limit, raw.len() as u64), appending).await {
            Ok(appended) => appended,
            Err(_) => Err(Failure::Lost("the server did not accept the message in time".to_owned())),
        }
    }

    /// Asks whether the connection still works, after a wait in which nothing was sent.
    ///
    /// # Errors
    /// In the machine's words.
    pub async fn noop(&mut self) -> Result<()> {
        self.exchange(Expected::NO_MAIL, "NOOP", |_| {}).await
    }

    /// Logs out, and closes in any case.
    pub async fn close(mut self) {
        if let Some(mut session) = self.session.take() {
            let _ = timeout(self.deadlines.done, session.logout()).await;
        }
    }
}

/// Says who we are (RFC 2971), and nothing that is not the same for everybody. Some providers open no folder before
/// that. A server that refuses it has lost nothing by it.
async fn introduce(session: &mut Session<Wire>, limit: Duration) -> Result<()> {
    let command = concat!("ID (\"name\" \"crewbox\" \"version\" \"", env!("CARGO_PKG_VERSION"), "\")");
    match exchange(session, limit, Expected::NO_MAIL, command, |_| {}).await {
        Err(Failure::Protocol(reason)) if reason == failing::REFUSED => Ok(()),
        answered => answered,
    }
}

/// A folder's name as it is sent to the server.
fn quoted(folder: &str) -> Result<String> {
    if folder.contains(['\r', '\n', '\0']) {
        return Err(Failure::Protocol("a value contains characters that IMAP cannot carry".to_owned()));
    }
    Ok(format!("\"{}\"", folder.replace('\\', "\\\\").replace('"', "\\\"")))
}
