//! A stand-in for the mail crate: reads and writes `Name: value` lines and a body, joins by the lead's address.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use crewbox_core::conversation::Arrival;
use crewbox_core::id::{MailboxId, MessageId, QuarantineId};
use crewbox_core::message::{Address, Attachment, Class, Direction, Fold, FoldKind, Mail, Verdict, Verdicts};
use crewbox_core::outgoing::Draft;
use crewbox_core::threading::{Facts, PlaceFn, Placement};
use crewbox_core::time::Timestamp;
use crewbox_store::contract::NewQuarantined;
use crewbox_store::{Batch, Ingest, Op, Outcome, Scope, Store, StoreError};
use crewbox_web::port::{
    Answering, Asking, Composed, Delivered, Delivering, DraftProblem, FolderFigures, MailIn, MailOut,
    Refused, Rereading, Tested,
};
use sha2::{Digest, Sha256};

/// What every mail here has attached.
pub(crate) const ATTACHED: &[u8] = b"attached bytes";

pub(crate) struct TestMail(pub(crate) Store);

impl MailIn for TestMail {
    fn deliver<'a>(
        &'a self,
        scope: &'a Scope,
        mailbox: MailboxId,
        raw: Bytes,
        received_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Delivering<'a> {
        Box::pin(async move {
            let op = if raw.starts_with(b"BOMB") {
                let reason = "too deep".to_owned();
                Op::Quarantine(Box::new(NewQuarantined {
                    mailbox,
                    location: None,
                    raw,
                    reason,
                    received_at,
                    backfill: false,
                    direction: None,
                    reader: None,
                }))
            } else {
                let mail = read(&raw, received_at.unwrap_or(now).min(now));
                Op::Ingest(Box::new(Ingest {
                    mail,
                    raw,
                    mailbox,
                    location: None,
                    arrival: Arrival::Live,
                    place,
                }))
            };
            let batch = Batch::new(*scope, now, vec![op]);
            match self.0.commit(batch).await?.outcomes.swap_remove(0) {
                Outcome::Ingested(stored) => Ok(Delivered::Stored(stored)),
                Outcome::Quarantined(id) => Ok(Delivered::Quarantined(id, "too deep".to_owned())),
                other => panic!("{other:?}"),
            }
        })
    }

    fn reread<'a>(&'a self, scope: &'a Scope, message: MessageId, now: Timestamp) -> Rereading<'a> {
        Box::pin(async move { Ok(Box::new(read(&self.0.raw(scope, message).await?, now))) })
    }

    fn attachment(&self, raw: &[u8], index: u32) -> Option<(Attachment, Vec<u8>)> {
        apart();
        let mail = read(raw, Timestamp(0));
        mail.attachments.into_iter().find(|one| one.index == index).map(|one| (one, ATTACHED.to_vec()))
    }
}

/// Whatever walks a raw mail takes its time, and keeps no request waiting that another thread answers: the test's own.
fn apart() {
    let here = std::thread::current();
    assert!(here.name().is_none_or(|name| name != "main" && !name.contains("::")), "on the requests' thread");
}

/// The way out: mails as this module reads them, with numbers for what is random.
#[derive(Default)]
pub(crate) struct TestPost(AtomicU64);

impl MailOut for TestPost {
    fn compose(&self, draft: &Draft) -> Result<Composed, DraftProblem> {
        let refuse = |field: &'static str, what: &str| {
            Err(DraftProblem { field, sentence: format!("{field} {what}") })
        };
        let all = || draft.to.iter().chain(&draft.cc).chain(&draft.bcc);
        if let Some(odd) = all().find(|one| !one.email.is_ascii()) {
            return refuse(if draft.to.contains(odd) { "to_email" } else { "cc" }, "is not ASCII");
        }
        if draft.subject.len() > 998 {
            return refuse("subject", "is too long");
        }
        let list = |list: &[Address]| {
            let shown = list.iter().map(|one| format!("{} <{}>", one.name, one.email));
            shown.collect::<Vec<_>>().join(", ")
        };
        let names: Vec<&str> = draft.attachments.iter().map(|one| one.file_name.as_str()).collect();
        let raw = format!(
            "From: {}\nTo: {}\nCc: {}\nSubject: {}\nMessage-ID: {}\nIn-Reply-To: {}\nReferences: {}\nFiles: {}\n\n{}\n-- {}\n> {}",
            draft.from.email,
            list(&draft.to),
            list(&draft.cc),
            draft.subject,
            draft.message_id,
            draft.in_reply_to.as_deref().unwrap_or_default(),
            draft.references.join(" "),
            names.join(", "),
            draft.html,
            draft.signature.as_deref().unwrap_or_default(),
            draft.quoted.as_ref().map_or("", |quoted| &quoted.text),
        );
        let mut recipients: Vec<String> = all().map(|one| one.email.to_lowercase()).collect();
        recipients.sort_unstable();
        recipients.dedup();
        Ok(Composed { raw: raw.into(), sender: draft.from.email.clone(), recipients })
    }

    fn answering(&self, raw: &[u8]) -> Answering {
        apart();
        let text = String::from_utf8_lossy(raw).into_owned();
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
        Answering {
            reply_to: field("Reply-To: ").map(address).into_iter().collect(),
            thread: field("References: ").unwrap_or_default().split_whitespace().map(str::to_owned).collect(),
        }
    }

    fn new_ids(&self, _: &str) -> Result<(String, String), StoreError> {
        let number = self.0.fetch_add(1, Ordering::SeqCst);
        Ok((format!("out{number}@us.test"), format!("ref{number}")))
    }

    fn reply_subject(&self, subject: &str) -> String {
        format!("Re: {subject}")
    }

    fn forward_subject(&self, subject: &str) -> String {
        format!("Fwd: {subject}")
    }

    fn place(&self) -> PlaceFn {
        place
    }

    fn retry<'a>(&'a self, _: &'a Scope, id: QuarantineId, _: Timestamp) -> Delivering<'a> {
        Box::pin(async move { Ok(Delivered::Quarantined(id, "still too deep".to_owned())) })
    }

    fn ledger<'a>(&'a self, _: &'a Scope, _: MailboxId, _: Timestamp) -> Asking<'a, Vec<FolderFigures>> {
        Box::pin(async { Err(Refused::Server("there is no server in a test".to_owned())) })
    }

    fn test<'a>(&'a self, _: &'a Scope, _: MailboxId) -> Asking<'a, Vec<Tested>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

fn read(raw: &[u8], at: Timestamp) -> Mail {
    let text = String::from_utf8_lossy(raw).replace("\r\n", "\n");
    let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
    let header = |name: &str| {
        head.lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
            .unwrap_or_default()
            .to_owned()
    };
    let to: Vec<Address> = header("To").split(", ").filter(|one| !one.is_empty()).map(address).collect();
    let class = Class::from_name(&header("Class")).unwrap_or(Class::Human);
    let suspected = Class::from_name(&header("Suspected"));
    let returns_at = header("Returns").parse().ok().map(Timestamp);
    let quoted = body.find("> ").map(|start| Fold {
        start: u32::try_from(start).unwrap(),
        end: u32::try_from(body.len()).unwrap(),
        kind: FoldKind::Quote,
    });
    let from = address(&header("From"));
    let direction = if from.email.ends_with("@us.test") { Direction::Outbound } else { Direction::Inbound };
    let attachments = (!header("Attached").is_empty()).then(|| Attachment {
        index: 0,
        file_name: header("Attached"),
        file_type: "application/pdf".to_owned(),
        file_size: ATTACHED.len() as u64,
    });
    Mail {
        crewbox_ref: None,
        content: Sha256::digest(raw).into(),
        message_id: header("Message-ID"),
        own_message_id: true,
        digest: Sha256::digest(body.as_bytes()).into(),
        files_digest: [0; 32],
        references: Vec::new(),
        direction,
        verdicts: Verdicts::always(Verdict { suspected, returns_at, ..Verdict::of(class, "") }),
        failed_recipients: if class == Class::Bounce { vec![header("Failed")] } else { Vec::new() },
        from,
        to,
        cc: Vec::new(),
        subject: header("Subject"),
        at,
        text: body.to_owned(),
        html: None,
        sanitiser: 1,
        folds: quoted.into_iter().collect(),
        attachments: attachments.into_iter().collect(),
        decoded_lossy: false,
        notice: None,
        bounced_ids: Vec::new(),
        size: raw.len() as u64,
    }
}

fn address(email: &str) -> Address {
    Address { name: String::new(), email: email.to_owned() }
}

fn place(_: &Mail, facts: &Facts) -> Placement {
    match facts.leads.first() {
        Some(lead) => Placement::Joins {
            conversation: lead.conversation,
            reason: "The sender is a lead.".to_owned(),
            participants: Vec::new(),
            stats_id: lead.last_stats_id.clone(),
        },
        None => Placement::Untracked { reason: "Nobody knows the sender.".to_owned() },
    }
}
