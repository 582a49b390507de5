//! `crewbox reindex`: derives everything again from the raw mail. Never changes ids, owner, category, read state or
//! placement: those are people's, or were decided once.

use std::collections::BTreeSet;

use clap::Args;
use crewbox_core::conversation::{Edit, MessageFacts};
use crewbox_core::id::{ConversationId, MessageId};
use crewbox_core::message::{Bodies, Mail, Message};
use crewbox_core::time::Timestamp;
use crewbox_mail::{ReadContext, read};
use crewbox_store::Op;
use crewbox_store::contract::RawMail;
use serde::Serialize;

use crate::data::{DataArgs, Opened};
use crate::failure::Failure;
use crate::{clock, output, progress};

/// Mails looked at in one piece, and written in one transaction.
const MAILS_A_PIECE: u32 = 64;
/// How often a conversation is derived again when mail joins it meanwhile; then it is as new as that mail.
const TRIES: u32 = 8;

const EXAMPLES: &str = "\
Examples:
  crewbox reindex                 what a newer version of the rules would read differently, as counts
  crewbox reindex --apply         and write it

After an update that reads mail better, this brings what is stored up to it. Ids, owners, categories, read state
and the place of each message stay as they are.

Prints {\"messages\":…,\"changed\":…,\"class\":…,\"text\":…,\"html\":…,\"folds\":…,\"attachments\":…,
\"unreadable\":…,\"conversations\":…,\"applied\":…}.";

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
        let ops = tokio::task::spawn_blocking(move || compare_all(raws, clock::now()))
            .await
            .map_err(|error| Failure::failed(format!("reading mail stopped: {error}")))?;
        let ops = sum.add(ops, &mut touched);
        bar.set_message(format!("{} mails read again, {} differ", sum.messages, sum.changed));
        if args.apply && !ops.is_empty() {
            opened.commit(ops).await?;
        }
    }
    sum.conversations = touched.len() as u64;
    if args.apply {
        for conversation in touched {
            rederive(&opened, conversation).await?;
        }
    }
    bar.finish_and_clear();
    output::json(&sum)?;
    if !args.apply && sum.changed > 0 {
        output::say(format_args!("Nothing was written; `crewbox reindex --apply` does."));
    }
    opened.close().await;
    Ok(())
}

/// A mail read again, with what differs.
struct Compared {
    message: MessageId,
    conversation: Option<ConversationId>,
    /// None when it cannot be read any more; then it stays as it is.
    mail: Option<Box<Mail>>,
    differs: [bool; 5],
    lacks_files_digest: bool,
}

fn compare_all(raws: Vec<RawMail>, now: Timestamp) -> Vec<Compared> {
    raws.into_iter().map(|raw| compare(raw, now)).collect()
}

fn compare(stored: RawMail, now: Timestamp) -> Compared {
    let RawMail { message, bodies, raw, mailbox_email, lacks_files_digest } = stored;
    // Its time and direction were decided when it came in; reading must not decide them again.
    let context = ReadContext {
        mailbox_email,
        received_at: Some(message.at),
        fallback_at: None,
        now,
        direction: Some(message.direction),
    };
    let mail = read(&raw, &context).ok();
    let differs = mail.as_ref().map_or([false; 5], |mail| differences(mail, &message, &bodies));
    let (message, conversation) = (message.id, message.conversation);
    Compared { message, conversation, mail: mail.map(Box::new), differs, lacks_files_digest }
}

fn differences(mail: &Mail, message: &Message, bodies: &Bodies) -> [bool; 5] {
    [
        (mail.verdicts.alone.class, &mail.verdicts.alone.evidence) != (message.class, &message.evidence),
        mail.text != bodies.text,
        mail.html != bodies.html,
        mail.folds != message.folds,
        mail.attachments != message.attachments,
    ]
}

impl Differences {
    /// Counts what differs, and gives what would be written.
    fn add(&mut self, compared: Vec<Compared>, touched: &mut BTreeSet<ConversationId>) -> Vec<Op> {
        let mut ops = Vec::new();
        for one in compared {
            self.messages += 1;
            let Some(mail) = one.mail else {
                self.unreadable += 1;
                continue;
            };
            if !one.differs.contains(&true) {
                // Nothing that anybody sees, but a mail that differs only in an attachment is told from it.
                if one.lacks_files_digest {
                    ops.push(Op::Reread { message: one.message, mail });
                }
                continue;
            }
            let [class, text, html, folds, attachments] = one.differs.map(u64::from);
            self.changed += 1;
            self.class += class;
            self.text += text;
            self.html += html;
            self.folds += folds;
            self.attachments += attachments;
            touched.extend(one.conversation);
            ops.push(Op::Reread { message: one.message, mail });
        }
        ops
    }
}

/// Derives a conversation from its messages. When one joined meanwhile, again.
async fn rederive(opened: &Opened, conversation: ConversationId) -> Result<(), Failure> {
    let mut facts = facts(opened, conversation).await?;
    for _ in 0..TRIES {
        let edit = Edit::Rederive(facts.clone());
        opened.commit(vec![Op::Edit { conversation, edit }]).await?;
        let now = self::facts(opened, conversation).await?;
        if now == facts {
            return Ok(());
        }
        facts = now;
    }
    Err(Failure::failed(format!(
        "conversation {conversation} keeps receiving mail: run it again when it is quieter"
    )))
}

async fn facts(opened: &Opened, conversation: ConversationId) -> Result<Vec<MessageFacts>, Failure> {
    let history = opened.store.history(&opened.scope, conversation).await?;
    Ok(history
        .into_iter()
        .map(|(message, _)| MessageFacts {
            id: message.id,
            direction: message.direction,
            class: message.class,
            at: message.at,
            mailbox: message.mailbox,
            about_another: message.about_another,
        })
        .collect())
}
