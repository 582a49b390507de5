//! `crewbox reindex`: derives everything again from the raw mail. Never changes ids, owner, placement, what people
//! decided, or a class that a person set.

use std::collections::BTreeSet;

use clap::Args;
use crewbox_app::message::context_again;
use crewbox_core::id::{MailboxId, MessageId};
use crewbox_core::message::{Bodies, Class, Mail, Message, Verdict, stored_text};
use crewbox_core::time::Timestamp;
use crewbox_mail::read;
use crewbox_store::Op;
use crewbox_store::contract::RawMail;
use serde::Serialize;

use crate::data::DataArgs;
use crate::failure::Failure;
use crate::{clock, output, progress};

/// Mails looked at in one piece, and written in one transaction.
pub(crate) const MAILS_A_PIECE: u32 = 64;
/// What can differ of a message, in the order of [`ReadAgain::differences`].
pub(crate) const PARTS: [&str; 8] =
    ["class", "suspected class", "evidence", "headers", "text", "HTML", "folds", "attachments"];
/// Messages of another class or suspected class that are listed; the rest is counted. Enough to judge a new version by.
const LISTED: u64 = 100;

const EXAMPLES: &str = "\
Examples:
  crewbox reindex                 what a newer version of the rules would read differently
  crewbox reindex --apply         and write it

After an update that reads mail better, this brings what is stored up to it. Ids, owners and the
place of each message stay as they are, and so does a class that a person set. Where the class of a
message changes, its conversation's read state, category and snooze become what they would be if
the class had been right from the start; what people did since is kept.

Without --apply, stderr lists the messages whose class or suspected class would change, with the
evidence.

Prints {\"messages\":…,\"changed\":…,\"class\":…,\"suspected\":…,\"evidence\":…,\"headers\":…,\"text\":…,
\"html\":…,\"folds\":…,\"attachments\":…,\"unreadable\":…,\"conversations\":…,\"applied\":…}: how many
messages differ, and in what. `suspected` counts those whose class stays.";

/// Derive everything again from the raw mail; shows the differences
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ReindexArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Write the differences
    #[arg(long, env = "CREWBOX_APPLY")]
    apply: bool,
}

/// How many messages differ, by what differs.
#[derive(Debug, Default, Serialize)]
struct Differences {
    messages: u64,
    changed: u64,
    class: u64,
    /// Of the same class, and suspected of another one than before.
    suspected: u64,
    evidence: u64,
    headers: u64,
    text: u64,
    html: u64,
    folds: u64,
    attachments: u64,
    unreadable: u64,
    conversations: u64,
    applied: bool,
}

pub(crate) async fn run(args: ReindexArgs) -> Result<(), Failure> {
    let opened = args.data.open().await?;
    let mut sum = Differences { applied: args.apply, ..Differences::default() };
    let mut touched = BTreeSet::new();
    let mut after = MessageId(0);
    let bar = progress::spinner("reading mail again".into());
    loop {
        let raws = opened.store.raws(&opened.scope, after, MAILS_A_PIECE).await?;
        let Some(last) = raws.last() else { break };
        after = last.message.id;
        let count = raws.len();
        let again = tokio::task::spawn_blocking(move || read_all(raws, clock::now()))
            .await
            .map_err(|error| Failure::failed(format!("reading mail stopped: {error}")))?;
        sum.messages += count as u64;
        sum.unreadable += (count - again.len()) as u64;
        // What the store knows counts for the class, too.
        let mails: Vec<(Option<MailboxId>, &Mail)> =
            again.iter().map(|one| (one.message.mailbox, &*one.mail)).collect();
        let verdicts = opened.store.verdicts(&opened.scope, &mails).await?;
        let mut ops = Vec::new();
        for (one, verdict) in again.into_iter().zip(&verdicts) {
            let differs = one.differences(verdict);
            let is_listed = differs[0] || differs[1];
            if is_listed && !args.apply && sum.listed() < LISTED {
                bar.suspend(|| list(&one.message, verdict));
            }
            let any = sum.add(differs);
            touched.extend(one.message.conversation.filter(|_| any));
            // Without the digest nothing differs that anybody sees, but a mail that differs only in an attachment is
            // told from it.
            if any || one.lacks_files_digest {
                ops.push(Op::Reread { message: one.message.id, mail: one.mail });
            }
        }
        bar.set_message(format!("{} mails read again, {} differ", sum.messages, sum.changed));
        if args.apply && !ops.is_empty() {
            opened.commit(ops).await?;
        }
    }
    sum.conversations = touched.len() as u64;
    bar.finish_and_clear();
    if !args.apply && sum.listed() > LISTED {
        output::say(format_args!(
            "… and {} more messages would have another class or suspected class.",
            sum.listed() - LISTED
        ));
    }
    output::json(&sum)?;
    if !args.apply && sum.changed > 0 {
        output::say(format_args!("Nothing was written; `crewbox reindex --apply` does."));
    }
    opened.close().await;
    Ok(())
}

/// A mail read again, beside what is stored of it.
pub(crate) struct ReadAgain {
    pub(crate) message: Message,
    bodies: Bodies,
    mail: Box<Mail>,
    lacks_files_digest: bool,
}

/// Reads mails again. One that is damaged or cannot be read any more is left out, and stays as it is.
pub(crate) fn read_all(raws: Vec<RawMail>, now: Timestamp) -> Vec<ReadAgain> {
    raws.into_iter().filter_map(|raw| read_again(raw, now)).collect()
}

fn read_again(stored: RawMail, now: Timestamp) -> Option<ReadAgain> {
    let context = context_again(&stored, now);
    let RawMail { message, bodies, raw, lacks_files_digest, .. } = stored;
    let mail = Box::new(read(&raw?, &context).ok()?);
    Some(ReadAgain { message, bodies, mail, lacks_files_digest })
}

impl ReadAgain {
    /// What differs from every reading of the mail: the store may have known other things when it came in.
    pub(crate) fn differences_from_any_reading(&self) -> [bool; 8] {
        let verdicts = &self.mail.verdicts;
        let all =
            std::iter::once(&verdicts.alone).chain(verdicts.otherwise.iter().map(|(_, verdict)| verdict));
        let all = all.map(|verdict| self.differences(verdict));
        all.min_by_key(|differs| differs.iter().filter(|differs| **differs).count()).unwrap_or_default()
    }

    /// What differs from this reading, as [`PARTS`] names it.
    fn differences(&self, verdict: &Verdict) -> [bool; 8] {
        let Self { message, bodies, mail, .. } = self;
        let is_free = message.corrected_at.is_none();
        let headers = (&mail.from, &mail.to, &mail.cc, &mail.subject, mail.decoded_lossy, &mail.notice)
            != (
                &message.from,
                &message.to,
                &message.cc,
                &message.subject,
                message.decoded_lossy,
                &message.notice,
            );
        [
            is_free && verdict.class != message.class,
            is_free && verdict.class == message.class && verdict.suspected != message.suspected,
            (is_free && verdict.evidence != message.evidence) || verdict.returns_at != message.returns_at,
            headers,
            // Earlier versions stored all of a long text.
            mail.text != stored_text(&bodies.text),
            mail.html != bodies.html,
            mail.folds != message.folds,
            mail.attachments != message.attachments,
        ]
    }
}

/// A line for a message whose class or suspected class would be another one.
fn list(message: &Message, verdict: &Verdict) {
    let was = judged(message.class, message.suspected);
    let is = judged(verdict.class, verdict.suspected);
    output::say(format_args!("message {}: {was} → {is}: {}", message.id, verdict.evidence));
}

/// A class and the doubt about it, such as `human, suspected automatic`.
fn judged(class: Class, suspected: Option<Class>) -> String {
    match suspected {
        Some(suspected) => format!("{}, suspected {}", class.name(), suspected.name()),
        None => class.name().to_owned(),
    }
}

impl Differences {
    /// Messages that are worth a line of their own.
    const fn listed(&self) -> u64 {
        self.class + self.suspected
    }

    /// Counts what differs of a message; whether anything does.
    fn add(&mut self, differs: [bool; 8]) -> bool {
        let [class, suspected, evidence, headers, text, html, folds, attachments] = differs.map(u64::from);
        self.class += class;
        self.suspected += suspected;
        self.evidence += evidence;
        self.headers += headers;
        self.text += text;
        self.html += html;
        self.folds += folds;
        self.attachments += attachments;
        let any = differs.contains(&true);
        self.changed += u64::from(any);
        any
    }
}
