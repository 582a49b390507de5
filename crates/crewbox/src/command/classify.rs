//! `crewbox classify`: what raw mails are taken for, and why, without any data: for whoever reports a misclassified mail,
//! and for whoever looks for the reason.
//!
//! Owns the form of the report. Reads and decides by the same functions as a server does; what only a server's data can
//! tell, the options say.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use crewbox_core::address::{EmailAddress, comparison_key};
use crewbox_core::id::{ConversationId, MailboxId};
use crewbox_core::message::{Address, Circumstances, Class, Direction, FoldKind, Mail, Verdict};
use crewbox_core::own_addresses::OwnAddresses;
use crewbox_core::threading::{Candidate, Facts, Named, Placement, lead_addresses, settle};
use crewbox_core::time::Timestamp;
use crewbox_mail::{DirectionHint, ReadContext, new_text, place, read};
use serde::Serialize;

use crate::data::address;
use crate::failure::Failure;
use crate::source::{Fate, FileMail, Item, Left, Sources, find, nothing_found};
use crate::{clock, output};

const EXAMPLES: &str = "\
Examples:
  crewbox classify reply.eml
  crewbox classify reply.eml | jq -r '.class, .evidence, .new_text'
  crewbox classify --mailbox ann@acme.example --lead bo@lead.example reply.eml
                                 as a server decides it, if bo is the lead
  crewbox classify --lead bo@lead.example --sent-at 2026-02-03T10:00:00Z reply.eml
                                 and if bo was last written to at that time
  crewbox classify ~/Maildir | jq -r 'select(.class != \"human\") | [.file, .class] | @tsv'

Takes .eml files, mbox files, Maildirs, and directories of them. No data directory is read or
written. Prints one JSON line for each mail:
  file, sender, direction
  class, suspected, evidence     what it is, what it may be instead, and why
  otherwise                      other verdicts, if the sender is the lead, or if the mail came
                                 within five minutes of the message that it answers
  returns_at                     the return date of an absence
  new_text, folds                what its writer wrote now, and what is folded: kind, first and
                                 last line
  message_id, references, bounced_ids, failed_recipients
  placement                      how it would find its conversation
  placed_because                 with --lead: the rule that decides
  notice                         what could not be shown as it is

To report a mail that is taken for the wrong class, send this line and the class that is right,
and the mail if you may.

A mail that cannot be read is named on stderr with the reason. The others are classified, and the
exit code is 1.";

/// Show what raw mails are taken for, and why
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ClassifyArgs {
    /// The mailbox that they came through: mail from it is outbound
    #[arg(long, env = "CREWBOX_MAILBOX", value_name = "EMAIL", value_parser = address)]
    mailbox: Option<EmailAddress>,
    /// A lead of a campaign that uses the mailbox
    #[arg(long, env = "CREWBOX_LEAD", value_name = "EMAIL", value_parser = address)]
    lead: Option<EmailAddress>,
    /// When our message was sent that they answer (ISO 8601, UTC unless it says otherwise)
    #[arg(long, env = "CREWBOX_SENT_AT", value_name = "TIME", value_parser = time)]
    sent_at: Option<Timestamp>,
    /// Files and directories of mail
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

/// A time as people write it.
fn time(text: &str) -> Result<Timestamp, String> {
    let at = text.parse::<jiff::Timestamp>().or_else(|_| {
        let local: jiff::civil::DateTime = text.parse()?;
        Ok(local.to_zoned(jiff::tz::TimeZone::UTC)?.timestamp())
    });
    at.map(|at| Timestamp(at.as_millisecond()))
        .map_err(|_: jiff::Error| format!("`{text}` is no time such as 2026-02-03T10:00:00Z"))
}

/// What is printed about one mail.
#[derive(Debug, Serialize)]
struct Report<'m> {
    file: &'m str,
    sender: &'m Address,
    direction: Direction,
    class: &'static str,
    suspected: Option<&'static str>,
    evidence: &'m str,
    returns_at: Option<String>,
    otherwise: Vec<Otherwise<'m>>,
    new_text: String,
    folds: Vec<Folded>,
    message_id: &'m str,
    references: &'m [String],
    bounced_ids: &'m [String],
    failed_recipients: &'m [String],
    placement: Vec<String>,
    placed_because: Option<String>,
    notice: &'m Option<String>,
}

/// A verdict under other circumstances.
#[derive(Debug, Serialize)]
struct Otherwise<'m> {
    from_lead: bool,
    prompt: bool,
    class: &'static str,
    suspected: Option<&'static str>,
    evidence: &'m str,
}

/// A fold by its lines, from 1.
#[derive(Debug, Serialize)]
struct Folded {
    kind: FoldKind,
    first_line: usize,
    last_line: usize,
}

pub(crate) async fn run(args: ClassifyArgs) -> Result<(), Failure> {
    tokio::task::spawn_blocking(move || classify_all(&args))
        .await
        .map_err(|error| Failure::failed(format!("reading mail stopped: {error}")))?
}

fn classify_all(args: &ClassifyArgs) -> Result<(), Failure> {
    let mut tally = Tally::default();
    for path in &args.files {
        let before = tally.clone();
        match find(std::slice::from_ref(path)) {
            Ok(sources) if sources.is_empty() => {
                tally.refused += 1;
                output::say(format_args!("{}", nothing_found(std::slice::from_ref(path))));
            }
            Ok(sources) => tally.classify(args, sources)?,
            Err(why) => tally.refuse(&path.display().to_string(), &why),
        }
        // A file that is named is meant to be read; one among others in a folder may be no mail.
        tally.refused += u64::from(path.is_file() && tally == before);
    }
    match tally {
        Tally { refused: 0, .. } => Ok(()),
        Tally { refused, read } => Err(Failure::failed(format!("{refused} could not be read, {read} could"))),
    }
}

/// How many mails were read, and how many could not be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Tally {
    read: u64,
    refused: u64,
}

impl Tally {
    fn classify(&mut self, args: &ClassifyArgs, sources: Sources) -> Result<(), Failure> {
        sources.folders.iter().for_each(|(place, why)| self.refuse(place, why));
        sources.left.iter().for_each(|left| self.leave(left));
        let mut outcome = Ok(());
        for source in &sources.files {
            source.each(&mut |item| {
                match item {
                    Item::Mail(mail) => match report(args, &mail) {
                        Ok(line) => {
                            self.read += 1;
                            outcome = output::line(format_args!("{line}"));
                        }
                        Err(why) => self.refuse(&mail.place, &why),
                    },
                    Item::Left(left) => self.leave(&left),
                }
                outcome.is_ok()
            });
        }
        outcome
    }

    fn leave(&mut self, left: &Left) {
        match left.fate {
            Fate::Refused => self.refuse(&left.place, &left.why),
            Fate::PassedOver => output::say(format_args!("{}: {}", left.place, left.why)),
        }
    }

    fn refuse(&mut self, place: &str, why: &str) {
        self.refused += 1;
        output::say(format_args!("{place}: {why}"));
    }
}

/// The line of one mail.
fn report(args: &ClassifyArgs, file: &FileMail) -> Result<String, String> {
    let context = ReadContext {
        own: Arc::new(OwnAddresses::new(args.mailbox.as_ref().map(EmailAddress::as_str))),
        received_at: None,
        fallback_at: file.fallback_at,
        now: clock::now(),
        direction: DirectionHint::None,
    };
    let mail = read(&file.raw, &context).map_err(|error| error.reason)?;
    let facts = facts(args, &mail);
    let verdict = settle(&mail, &facts);
    let report = Report {
        file: &file.place,
        sender: &mail.from,
        direction: mail.direction,
        class: verdict.class.name(),
        suspected: verdict.suspected.map(Class::name),
        evidence: &verdict.evidence,
        returns_at: verdict.returns_at.map(clock::iso),
        otherwise: otherwise(&mail, verdict),
        new_text: new_text(&mail.text, &mail.folds),
        folds: folds(&mail),
        message_id: &mail.message_id,
        references: &mail.references,
        bounced_ids: &mail.bounced_ids,
        failed_recipients: &mail.failed_recipients,
        placement: placement(&mail),
        placed_because: args.lead.as_ref().map(|_| reason(place(&mail, &facts))),
        notice: &mail.notice,
    };
    serde_json::to_string(&report).map_err(|error| error.to_string())
}

/// What a store would know, as far as the options say: one lead with one conversation, and when it was written to.
fn facts(args: &ClassifyArgs, mail: &Mail) -> Facts {
    let mailbox = Some(MailboxId(1));
    let conversation = args.lead.as_ref().map(|lead| Candidate {
        conversation: ConversationId(1),
        client: None,
        lead_email: lead.as_str().to_owned(),
        participants: Vec::new(),
        detached: Vec::new(),
        last_sent: args.sent_at,
        last_stats_id: None,
    });
    // A mail that names a message names ours, if the caller states that there is one.
    let sent = |ids: &[String]| {
        let at = args.sent_at.filter(|_| !ids.is_empty());
        let named = at.map(|at| Named {
            direction: Direction::Outbound,
            mailbox,
            stats_id: String::new(),
            at,
            conversation: conversation.clone(),
        });
        named.into_iter().collect()
    };
    let looked_up = lead_addresses(mail);
    let is_looked_up = |lead: &&Candidate| looked_up.contains(&comparison_key(&lead.lead_email));
    Facts {
        mailbox,
        named: sent(&mail.references),
        returned: sent(&mail.bounced_ids),
        leads: conversation.iter().filter(is_looked_up).cloned().collect(),
        ..Facts::default()
    }
}

fn reason(placement: Placement) -> String {
    match placement {
        Placement::Joins { reason, .. } | Placement::Untracked { reason } => reason,
    }
}

/// The verdicts under all circumstances in which the class, or the doubt, is another than the one reported.
fn otherwise<'m>(mail: &'m Mail, reported: &Verdict) -> Vec<Otherwise<'m>> {
    let all = [(false, false), (false, true), (true, false), (true, true)];
    let mut others = Vec::new();
    for (from_lead, prompt) in all {
        let verdict = mail.verdicts.under(Circumstances { from_lead, prompt });
        if (verdict.class, verdict.suspected) != (reported.class, reported.suspected) {
            others.push(Otherwise {
                from_lead,
                prompt,
                class: verdict.class.name(),
                suspected: verdict.suspected.map(Class::name),
                evidence: &verdict.evidence,
            });
        }
    }
    others
}

/// In one pass, since folds ascend.
fn folds(mail: &Mail) -> Vec<Folded> {
    let (mut at, mut line) = (0, 1);
    let mut line_of = |byte: usize| {
        let between = mail.text.as_bytes().get(at..byte).unwrap_or_default();
        line += between.iter().filter(|byte| **byte == b'\n').count();
        at = at.max(byte);
        line
    };
    mail.folds
        .iter()
        .map(|fold| Folded {
            kind: fold.kind,
            first_line: line_of(fold.start as usize),
            // The last byte of a fold is on its last line, though it be the line's end.
            last_line: line_of((fold.end as usize).saturating_sub(1)),
        })
        .collect()
}

/// By what the mail would find its conversation, in the order in which it is tried.
fn placement(mail: &Mail) -> Vec<String> {
    let listed = |texts: &[String]| texts.join(", ");
    let mut rules = Vec::new();
    if !mail.references.is_empty() {
        let ids = listed(&mail.references);
        rules.push(format!(
            "It would be placed by In-Reply-To and References, if a message is held of: {ids}."
        ));
    }
    match mail.direction {
        Direction::Inbound if !mail.from.email.is_empty() => rules.push(format!(
            "It would be placed by its sender, if {} is a lead of a campaign that uses the mailbox.",
            mail.from.email
        )),
        Direction::Inbound => {}
        Direction::Outbound => {
            let to: Vec<String> = mail.to.iter().chain(&mail.cc).map(|one| one.email.clone()).collect();
            rules.push(format!(
                "It would be placed by its recipient, if one is a lead of a campaign that uses the mailbox: {}.",
                listed(&to)
            ));
        }
    }
    if !mail.bounced_ids.is_empty() {
        let ids = listed(&mail.bounced_ids);
        rules.push(format!("It would be placed by the message that it returns, if that is held: {ids}."));
    }
    if !mail.failed_recipients.is_empty() {
        let recipients = listed(&mail.failed_recipients);
        rules.push(format!(
            "It would be placed by the recipient that failed, if that is a lead: {recipients}."
        ));
    }
    rules
}
