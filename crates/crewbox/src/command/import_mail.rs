//! `crewbox import mail`: history out of files. Three stages side by side, with little between them: one thread
//! reads files, the pool reads mails, and the store commits, so that memory stays flat however much there is.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use crewbox_core::address::EmailAddress;
use crewbox_core::change::Cause;
use crewbox_core::id::MailboxId;
use crewbox_core::model::MailboxSettings;
use crewbox_mail::intake::{Around, Incoming, Intake, ReadMail, Taken};
use crewbox_store::contract::{MailboxSecrets, NewMailbox};
use crewbox_store::{Op, Scope};
use indicatif::ProgressBar;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;

use crate::data::{DataArgs, Opened, address, id_of};
use crate::failure::Failure;
use crate::source::{Fate, FileMail, Item, Left, Sources, find, nothing_found};
use crate::{clock, output, progress};

/// Mails read ahead in one piece.
const MAILS_A_PIECE: usize = 512;
/// Bytes of mail in one piece, but for a single larger one: with [`PIECES_AHEAD`] this bounds memory.
const BYTES_A_PIECE: usize = 4 * 1024 * 1024;
/// Pieces that may wait between two stages.
const PIECES_AHEAD: usize = 2;
/// A transaction beside a server lasts no longer, so that the server's own writes get their turn.
const LONGEST_COMMIT: Duration = Duration::from_millis(20);
/// Without a server nobody waits: a page of an index written once for many mails spares the disk most.
const LONGEST_ALONE: Duration = Duration::from_millis(250);
/// Fewest mails in a transaction, however slow the disk: below it, syncs are all the work.
const FEWEST_A_COMMIT: usize = 12;

const EXAMPLES: &str = "\
Examples:
  crewbox import mail --mailbox ann@acme.example ~/Maildir
  crewbox import mail --mailbox ann@acme.example sent.mbox inbox.mbox exported-mails/

Takes .eml and .emlx files, mbox files (of Thunderbird, Gmail Takeout, Apple Mail and others), Maildirs, and
directories of them. Mail from the mailbox's own address counts as sent, and so does what lies in a folder for sent
mail or is labelled so. It is history: nobody is notified, and only what the files themselves mark as unread, of the
last 30 days, becomes unread. Drafts and deleted mails are passed over. Stop it and run it again as you like: what is
held already is a duplicate. Every file that is passed over or refused is named with the reason. A mail that cannot
be read is named with its place and kept raw, in quarantine.

Prints {\"messages\":…,\"duplicates\":…,\"untracked\":…,\"quarantined\":…,\"passed_over\":…,\"refused\":…}; untracked
ones are among the messages, and without them the sum is the number of files, where each mail of an mbox counts as one.";

/// Import mail from files, as history of a mailbox
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct MailArgs {
    #[command(flatten)]
    data: DataArgs,
    /// The mailbox it is of; made without servers if there is none of this address
    #[arg(long, env = "CREWBOX_MAILBOX", value_name = "EMAIL", value_parser = address)]
    mailbox: EmailAddress,
    /// Files and directories of mail
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
}

#[derive(Debug, Default, Serialize)]
struct Imported {
    messages: u64,
    duplicates: u64,
    untracked: u64,
    quarantined: u64,
    passed_over: u64,
    refused: u64,
}

/// Some mails, read from files.
#[derive(Default)]
struct Piece {
    mails: Vec<([u8; 32], FileMail)>,
    left: Vec<Left>,
    bytes: usize,
}

/// Some mails, read as mail, and what need not be.
struct Parsed {
    mails: Vec<ReadMail>,
    places: Vec<String>,
    left: Vec<Left>,
    duplicates: u64,
    bytes: usize,
}

pub(crate) async fn run(args: MailArgs) -> Result<(), Failure> {
    let sources = find(&args.paths).map_err(Failure::input)?;
    if sources.is_empty() {
        return Err(Failure::input(nothing_found(&args.paths)));
    }
    let opened = args.data.open().await?;
    let mailbox = mailbox(&opened, args.mailbox.as_str()).await?;
    let intake = crate::intake::open(opened.store.clone())?;
    for (folder, why) in &sources.folders {
        output::say(format_args!("{folder}: {why}"));
    }
    let bar = progress::bytes(sources.bytes());
    let (pieces, from_files) = mpsc::channel(PIECES_AHEAD);
    let (parsed, to_commit) = mpsc::channel(PIECES_AHEAD);
    let reading = tokio::task::spawn_blocking(move || read_files(&sources, &pieces));
    let parsing = tokio::spawn(parse(intake.clone(), opened.scope, mailbox, from_files, parsed));
    let outcome = commit(&intake, &opened.scope, to_commit, &bar).await;
    bar.finish_and_clear();
    let outcome = outcome?;
    parsing.await.map_err(|error| Failure::failed(format!("reading mail stopped: {error}")))??;
    reading.await.map_err(|error| Failure::failed(format!("reading files stopped: {error}")))?;
    let behind = opened.store.search_behind().await?;
    if behind > 0 {
        output::say(format_args!(
            "Search is {behind} messages behind; a running server catches up by itself."
        ));
    }
    output::json(&outcome)?;
    opened.close().await;
    Ok(())
}

async fn mailbox(opened: &Opened, email: &str) -> Result<MailboxId, Failure> {
    let catalog = opened.catalog().await?;
    let known =
        catalog.mailboxes.iter().find(|mailbox| mailbox.email == email && mailbox.removed_at.is_none());
    if let Some(mailbox) = known {
        return Ok(mailbox.id);
    }
    let new = NewMailbox {
        email: email.to_owned(),
        name: email.to_owned(),
        client: None,
        settings: MailboxSettings { user: email.to_owned(), ..MailboxSettings::default() },
        secrets: MailboxSecrets::default(),
    };
    let id = MailboxId(id_of(&opened.import(vec![Op::SaveMailbox(Box::new(new))]).await?)?);
    output::say(format_args!(
        "The mailbox {email} is new: it is saved without servers, and holds what is imported."
    ));
    Ok(id)
}

/// First stage, on a thread of its own: files into pieces.
fn read_files(sources: &Sources, pieces: &mpsc::Sender<Piece>) {
    let mut piece = Piece { left: sources.left.clone(), ..Piece::default() };
    for source in &sources.files {
        let go_on = source.each(&mut |item| {
            match item {
                Item::Mail(mail) => {
                    piece.bytes += mail.raw.len();
                    piece.mails.push((Sha256::digest(&mail.raw).into(), mail));
                }
                Item::Left(left) => piece.left.push(left),
            }
            if piece.mails.len() < MAILS_A_PIECE && piece.bytes < BYTES_A_PIECE {
                return true;
            }
            pieces.blocking_send(std::mem::take(&mut piece)).is_ok()
        });
        if !go_on {
            return;
        }
    }
    // The receiver is gone only when the import has failed already.
    let _ = pieces.blocking_send(piece);
}

/// Second stage: passes over what is held, and has the rest read.
async fn parse(
    intake: Intake,
    scope: Scope,
    mailbox: MailboxId,
    mut pieces: mpsc::Receiver<Piece>,
    parsed: mpsc::Sender<Parsed>,
) -> Result<(), Failure> {
    while let Some(piece) = pieces.recv().await {
        let contents: Vec<[u8; 32]> = piece.mails.iter().map(|(content, _)| *content).collect();
        let in_files: Vec<[u8; 32]> =
            piece.mails.iter().map(|(content, mail)| mail.in_file.unwrap_or(*content)).collect();
        let held = intake.store().held(&scope, &contents).await?;
        let held_before = intake.store().held(&scope, &in_files).await?;
        let held = held.into_iter().zip(held_before).map(|(as_mail, as_file)| as_mail || as_file);
        let own = Arc::new(intake.store().own_addresses(&scope, mailbox).await?);
        let mut duplicates = 0;
        let (mut places, mut mails) = (Vec::new(), Vec::new());
        for ((_, mail), held) in piece.mails.into_iter().zip(held) {
            if held {
                duplicates += 1;
                continue;
            }
            places.push(mail.place);
            mails.push(Incoming {
                raw: mail.raw.into(),
                direction: mail.marks.direction,
                mailbox,
                own: Arc::clone(&own),
                location: None,
                backfill: true,
                seen: mail.marks.seen,
                connected_at: None,
                received_at: None,
                fallback_at: mail.fallback_at,
            });
        }
        let mails = intake.read(clock::now(), mails).await?;
        let piece = Parsed { mails, places, left: piece.left, duplicates, bytes: piece.bytes };
        if parsed.send(piece).await.is_err() {
            break;
        }
    }
    Ok(())
}

/// Last stage: commits in order, and tells what became of each.
async fn commit(
    intake: &Intake,
    scope: &Scope,
    mut parsed: mpsc::Receiver<Parsed>,
    bar: &ProgressBar,
) -> Result<Imported, Failure> {
    let importing = Around { cause: Some(Cause::Import), ..Around::default() };
    let mut sum = Imported::default();
    let mut at_once = FEWEST_A_COMMIT;
    let (began, mut done) = (Instant::now(), 0_u64);
    while let Some(piece) = parsed.recv().await {
        for left in &piece.left {
            sum.leave(left, bar);
        }
        sum.duplicates += piece.duplicates;
        done += piece.duplicates + piece.mails.len() as u64;
        let mut mails = piece.mails.into_iter();
        let mut places = piece.places.into_iter();
        while mails.len() > 0 {
            let some: Vec<ReadMail> = mails.by_ref().take(at_once).collect();
            let started = Instant::now();
            let taken = intake.commit_around(scope, clock::now(), some, &importing).await?;
            let longest = if intake.store().is_served() { LONGEST_COMMIT } else { LONGEST_ALONE };
            at_once = next_size(at_once, started.elapsed(), longest);
            for (taken, place) in taken.into_iter().zip(places.by_ref()) {
                sum.count(&taken, &place, bar);
            }
        }
        bar.inc(piece.bytes as u64);
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        bar.set_message(format!(
            "{done} mails, {:.0}/s",
            done as f64 / began.elapsed().as_secs_f64().max(0.001)
        ));
    }
    Ok(sum)
}

/// How many mails the next transaction takes, after one of `size` that lasted so long and should at most last
/// `longest`.
fn next_size(size: usize, lasted: Duration, longest: Duration) -> usize {
    if lasted > longest {
        // A server that has just come waits for one long transaction, not for a row of them.
        let fitting = size as u128 * longest.as_micros() / lasted.as_micros().max(1);
        usize::try_from(fitting / 2).unwrap_or(size).max(FEWEST_A_COMMIT)
    } else if lasted < longest / 2 {
        (size + size / 4).min(MAILS_A_PIECE)
    } else {
        size
    }
}

impl Imported {
    fn leave(&mut self, left: &Left, bar: &ProgressBar) {
        let (count, fate) = match left.fate {
            Fate::PassedOver => (&mut self.passed_over, "passed over"),
            Fate::Refused => (&mut self.refused, "refused"),
        };
        *count += 1;
        bar.suspend(|| output::say(format_args!("{}: {}; {fate}", left.place, left.why)));
    }

    fn count(&mut self, taken: &Taken, place: &str, bar: &ProgressBar) {
        match taken {
            Taken::Stored(ingested) if ingested.duplicate => self.duplicates += 1,
            Taken::Stored(ingested) => {
                self.messages += 1;
                self.untracked += u64::from(ingested.conversation.is_none());
            }
            Taken::Quarantined(id, reason) => {
                self.quarantined += 1;
                bar.suspend(|| {
                    output::say(format_args!("{place}: {reason} Kept raw in quarantine as {id}."))
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transactions_shrink_on_a_slow_disk_and_grow_again() {
        let mut size = MAILS_A_PIECE;
        for _ in 0..9 {
            size = next_size(size, Duration::from_millis(90), LONGEST_COMMIT);
        }
        assert_eq!(size, FEWEST_A_COMMIT);
        for _ in 0..20 {
            size = next_size(size, Duration::from_millis(4), LONGEST_COMMIT);
        }
        assert_eq!(size, MAILS_A_PIECE);
    }
}
