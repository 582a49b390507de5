//! Measures the embedded engine alone: mail taken in a second, durable edits one by one and from 64 callers at
//! once, the head look-up, and the load of an index's entries. Run with `--release`; a directory as argument
//! chooses the disk.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use crewbox_core::conversation::{Arrival, Edit};
use crewbox_core::id::{CampaignId, ConversationId, MailboxId};
use crewbox_core::message::{Address, Class, Direction, Mail, Verdict, Verdicts};
use crewbox_core::model::{LeadFields, MailboxSettings, Role};
use crewbox_core::threading::{Facts, Placement};
use crewbox_core::time::Timestamp;
use crewbox_store::contract::{MailboxSecrets, NewAccount, NewMailbox};
use crewbox_store::{Batch, Ingest, NewMember, Op, Open, Outcome, Scope, Store, StoreError};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest as _, Sha256};

/// Conversations in the account.
const LEADS: usize = 200_000;
/// Mails taken in.
const MAILS: usize = 30_000;
/// Mails a batch, as an import sends them.
const MAILS_A_BATCH: usize = 64;
/// Batches under way at once.
const IN_FLIGHT: usize = 4;
/// Edits made by 64 callers together, and one after the other.
const EDITS: (usize, usize) = (20_000, 500);
/// Callers at once.
const CALLERS: usize = 64;
/// Head look-ups.
const HEADS: u32 = 100_000;
/// About what a mail's text measures, in bytes.
const TEXT_BYTES: usize = 4_000;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let scratch = tempfile::tempdir()?;
    let dir = std::env::args().nth(1).map_or_else(|| scratch.path().to_owned(), PathBuf::from);
    let store = Store::open(&Open::server(dir))?;
    let owner = NewMember {
        name: "Ada".to_owned(),
        email: "ada@example.com".to_owned(),
        role: Role::Owner,
        client: None,
        password_hash: None,
    };
    let made = store.create_account(NewAccount { name: "bench".to_owned(), owner }, Timestamp(0)).await?;
    let scope = Scope::operator(made.account);
    let mailbox = MailboxId(one_id(&store, scope, save_mailbox()).await?);
    let add = Op::AddCampaign { name: "c".to_owned(), client: None, parent: None };
    let campaign = CampaignId(one_id(&store, scope, add).await?);

    let began = Instant::now();
    for from in (0..LEADS).step_by(1_000) {
        let leads = (from..from + 1_000).map(lead).collect();
        store.commit(batch(scope, vec![Op::AddLeads { campaign, leads }])).await?;
    }
    rate("leads added", LEADS, began);

    ingest(&store, scope, mailbox).await?;
    edits(&store, scope).await?;

    let began = Instant::now();
    for _ in 0..HEADS {
        store.head(&scope).await?;
    }
    println!("head look-up: {:.2} µs", began.elapsed().as_secs_f64() * 1e6 / f64::from(HEADS));
    let began = Instant::now();
    let (_, entries) = store.all_entries(&scope).await?;
    println!("all entries, {} rows: {:.3} s", entries.len(), began.elapsed().as_secs_f64());
    let began = Instant::now();
    store.close().await;
    println!("close: {:.3} s", began.elapsed().as_secs_f64());
    Ok(())
}

async fn ingest(store: &Store, scope: Scope, mailbox: MailboxId) -> Result<(), Box<dyn std::error::Error>> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut batches: Vec<Vec<Op>> = (0..MAILS)
        .map(|n| Op::Ingest(Box::new(mail(&mut rng, n, mailbox))))
        .fold(vec![Vec::new()], |mut batches, op| {
            match batches.last_mut() {
                Some(last) if last.len() < MAILS_A_BATCH => last.push(op),
                _ => batches.push(vec![op]),
            }
            batches
        });
    let began = Instant::now();
    let queue = Arc::new(std::sync::Mutex::new(std::mem::take(&mut batches)));
    let tasks: Vec<_> = (0..IN_FLIGHT)
        .map(|_| {
            let (store, queue) = (store.clone(), queue.clone());
            tokio::spawn(async move {
                let next = || queue.lock().ok().and_then(|mut queue| queue.pop());
                while let Some(ops) = next() {
                    store.commit(batch(scope, ops)).await?;
                }
                Ok::<_, StoreError>(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    rate("mails taken in", MAILS, began);
    Ok(())
}

async fn edits(store: &Store, scope: Scope) -> Result<(), Box<dyn std::error::Error>> {
    let edit = |n: usize| Op::Edit {
        conversation: ConversationId(n as u64 % LEADS as u64 + 1),
        edit: Edit::Revenue(1 + n as i64),
    };
    let began = Instant::now();
    for n in 0..EDITS.1 {
        store.commit(batch(scope, vec![edit(n)])).await?;
    }
    let alone = rate("edits, one after the other", EDITS.1, began);
    let began = Instant::now();
    let tasks: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let store = store.clone();
            tokio::spawn(async move {
                for n in (caller..EDITS.0).step_by(CALLERS) {
                    store.commit(batch(scope, vec![edit(n + EDITS.1)])).await?;
                }
                Ok::<_, StoreError>(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    let together = rate("edits, 64 callers", EDITS.0, began);
    println!("64 callers against one: {:.1} ×", together / alone);
    Ok(())
}

fn rate(what: &str, count: usize, began: Instant) -> f64 {
    let rate = count as f64 / began.elapsed().as_secs_f64();
    println!("{what}: {rate:.0} a second");
    rate
}

fn batch(scope: Scope, ops: Vec<Op>) -> Batch {
    Batch::new(scope, Timestamp(1_700_000_000_000), ops)
}

async fn one_id(store: &Store, scope: Scope, op: Op) -> Result<u64, Box<dyn std::error::Error>> {
    match store.commit(batch(scope, vec![op])).await?.outcomes.as_slice() {
        [Outcome::Id(id)] => Ok(*id),
        other => Err(format!("not an id: {other:?}").into()),
    }
}

fn save_mailbox() -> Op {
    Op::SaveMailbox(Box::new(NewMailbox {
        email: "sales@example.com".to_owned(),
        name: "Sales".to_owned(),
        client: None,
        settings: MailboxSettings::default(),
        secrets: MailboxSecrets::default(),
    }))
}

fn address(n: usize) -> String {
    format!("lead{n}@company{}.example", n % 5_000)
}

fn lead(n: usize) -> LeadFields {
    LeadFields {
        email: address(n),
        first_name: Some(format!("First{n}")),
        last_name: Some("Last".to_owned()),
        company: Some(format!("Company {}", n % 5_000)),
        ..LeadFields::default()
    }
}

/// The shortest rule that joins: the sender's conversation.
fn place(_: &Mail, facts: &Facts) -> Placement {
    match facts.leads.first() {
        Some(lead) => Placement::Joins {
            conversation: lead.conversation,
            reason: "The sender is a lead of a campaign that uses this mailbox.".to_owned(),
            participants: Vec::new(),
            stats_id: lead.last_stats_id.clone(),
        },
        None => Placement::Untracked { reason: "Nobody known.".to_owned() },
    }
}

fn mail(rng: &mut ChaCha8Rng, n: usize, mailbox: MailboxId) -> Ingest {
    const WORDS: [&str; 12] = [
        "meeting",
        "offer",
        "Tuesday",
        "thanks",
        "please",
        "quarter",
        "invoice",
        "colleague",
        "about",
        "the",
        "would",
        "contract",
    ];
    let mut text = String::with_capacity(TEXT_BYTES + 16);
    while text.len() < TEXT_BYTES {
        text.push_str(WORDS[rng.random_range(0..WORDS.len())]);
        text.push_str(if rng.random_range(0..12) == 0 { ".\r\n" } else { " " });
        if rng.random_range(0..6) == 0 {
            text.push_str(&rng.random_range(0..100_000_u32).to_string());
        }
    }
    let from = address(rng.random_range(0..LEADS));
    let headers: String = (0..12)
        .map(|n| format!("X-Header-{n}: {:016x}{:016x}\r\n", rng.random::<u64>(), rng.random::<u64>()))
        .collect();
    let raw = format!("From: {from}\r\nMessage-ID: <{n}@example>\r\n{headers}\r\n{text}").into_bytes();
    let content: [u8; 32] = Sha256::digest(&raw).into();
    let mail = Mail {
        crewbox_ref: None,
        content,
        message_id: format!("{n}@mail.example"),
        own_message_id: true,
        digest: content,
        files_digest: [0; 32],
        references: vec![format!("sent-{n}@mail.example"), format!("first-{n}@mail.example")],
        direction: Direction::Inbound,
        verdicts: Verdicts::always(Verdict::of(Class::Human, String::new())),
        from: Address { name: "A Lead".to_owned(), email: from },
        to: vec![Address { name: "Sales".to_owned(), email: "sales@example.com".to_owned() }],
        cc: Vec::new(),
        subject: format!("Re: our offer {n}"),
        at: Timestamp(1_700_000_000_000 + n as i64),
        text,
        html: None,
        sanitiser: 0,
        folds: Vec::new(),
        attachments: Vec::new(),
        decoded_lossy: false,
        notice: None,
        bounced_ids: Vec::new(),
        failed_recipients: Vec::new(),
        size: raw.len() as u64,
    };
    Ingest {
        mail,
        raw: raw.into(),
        mailbox,
        location: None,
        arrival: Arrival::History { open: Some(false) },
        place,
    }
}
