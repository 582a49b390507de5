//! A filled store: one account of the core's sample rows ([`crewbox_testkit::sample`]), written through the store's own
//! contract, so that what is measured later is what the engine itself made.
//!
//! Owns the account's set-up, its keys, and the finding of one that a former run kept. Never writes a table.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crewbox_core::conversation::{Arrival, Edit, Entry, Flags};
use crewbox_core::id::{AccountId, CampaignId, CategoryId, ConversationId, MailboxId, MemberId, TagId};
use crewbox_core::message::{Address, Class, Direction};
use crewbox_core::model::{
    Dialect, LeadFields, MailboxSettings, Role as MemberRole, SYSTEM_CATEGORIES, Sentiment,
};
use crewbox_core::time::Timestamp;
use crewbox_store::contract::{MailboxSecrets, NewAccount, NewMailbox};
use crewbox_store::{Batch, Ingest, NewKey, NewMember, Op, Open, Outcome, Role, Scope, Store, key};
use crewbox_testkit::sample::{CAMPAIGNS, CLIENTS, MAILBOXES, NOW, OWNERS, Sampler, TAGS};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tokio::task::JoinSet;

use crate::mail::{self, Letter};
use crate::report::{self, Report};
use crate::text::Vocabulary;
use crate::{Failure, Options};

/// Conversations written together: long enough that a sync does not show, short enough for progress.
const CHUNK: u64 = 1_000;
/// Chunks under way: one is written while the others are made.
const UNDER_WAY: usize = 4;
/// Sizes of a mail's text in bytes.
const TEXT_BYTES: std::ops::Range<usize> = 500..1_000;

/// A filled store's directory and who may ask it.
#[derive(Clone, Debug)]
pub(crate) struct Filled {
    pub(crate) dir: PathBuf,
    pub(crate) account: AccountId,
    /// Members who own conversations, largest share first, each with a key.
    pub(crate) owners: Vec<Owner>,
    /// Most used first, as in the sample.
    pub(crate) campaigns: Vec<CampaignId>,
    pub(crate) conversations: u64,
}

/// A member with a key.
#[derive(Clone, Debug)]
pub(crate) struct Owner {
    pub(crate) member: MemberId,
    pub(crate) key: String,
}

impl Filled {
    /// Opens its store.
    pub(crate) fn store(&self, role: Role) -> Result<Store, Failure> {
        Ok(Store::open(&Open { role, ..Open::command(&self.dir) })?)
    }

    /// The operator's scope over its account.
    pub(crate) const fn scope(&self) -> Scope {
        Scope::operator(self.account)
    }
}

/// Finds the filled store of these options in the directory, or fills it.
pub(crate) async fn open(dir: &Path, options: &Options, report: &mut Report) -> Result<Filled, Failure> {
    let store = Store::open(&Open { create: true, role: Role::Command, ..Open::command(dir) })?;
    // Given again in the name, so that a directory kept with other options is filled beside, not mistaken.
    let name = format!("bench-{}-{}", options.conversations, options.seed);
    let known = store.accounts().await?.into_iter().find(|account| account.name == name);
    let account = match known {
        Some(account) => {
            eprintln!("== using the store filled before");
            account.id
        }
        None => fill(&store, &name, options, report).await?,
    };
    let catalog = store.catalog(&Scope::operator(account)).await?;
    let (_, entries) = store.all_entries(&Scope::operator(account)).await?;
    let conversations = entries.len() as u64;
    store.close().await;
    if conversations != options.conversations {
        return Err(format!(
            "{} holds an account that was not filled to the end ({conversations} conversations): choose another --dir",
            dir.display()
        )
        .into());
    }
    let owners = catalog
        .members
        .iter()
        .zip(0..OWNERS as usize)
        .map(|(member, at)| Owner { member: member.id, key: secret_of(account, options.seed, at).0 });
    Ok(Filled {
        dir: dir.to_path_buf(),
        account,
        owners: owners.collect(),
        campaigns: catalog.campaigns.iter().map(|campaign| campaign.id).collect(),
        conversations,
    })
}

/// A member's key: the same for the same seed, so that a kept store can be asked again.
fn secret_of(account: AccountId, seed: u64, member: usize) -> (String, [u8; 32]) {
    let mut random = ChaCha8Rng::seed_from_u64(seed ^ 0x6b65_7973);
    random.set_stream(member as u64);
    key::from_secret(account, random.random())
}

/// The account's own ids, in the order of the sample's, which count from 1.
#[derive(Debug)]
struct Surroundings {
    scope: Scope,
    members: Vec<MemberId>,
    campaigns: Vec<CampaignId>,
    mailboxes: Vec<(MailboxId, Address)>,
    categories: Vec<CategoryId>,
    tags: Vec<TagId>,
    seed: u64,
    words: Vocabulary,
}

async fn fill(
    store: &Store,
    name: &str,
    options: &Options,
    report: &mut Report,
) -> Result<AccountId, Failure> {
    report.section(
        "Filling a store",
        "--only load",
        "Leads, mails and edits through the store's contract, a thousand conversations at a time.",
    );
    let around = Arc::new(set_up(store, name, options.seed).await?);
    let account = around.scope.account();
    let started = Instant::now();
    let mut shown = started;
    let mut chunks: JoinSet<Result<Written, Failure>> = JoinSet::new();
    let mut sum = Written::default();
    let total = options.conversations.div_ceil(CHUNK);
    for chunk in 0..total {
        if chunks.len() == UNDER_WAY {
            sum.add(chunks.join_next().await);
            sum.failed()?;
        }
        let size = CHUNK.min(options.conversations - chunk * CHUNK);
        chunks.spawn(write_chunk(store.clone(), Arc::clone(&around), chunk * CHUNK + 1, size));
        if shown.elapsed() > Duration::from_secs(5) {
            shown = Instant::now();
            let rate = report::rate(sum.conversations, started.elapsed());
            eprintln!("   {} conversations, {rate} a second", report::thousands(sum.conversations));
        }
    }
    while let Some(done) = chunks.join_next().await {
        sum.add(Some(done));
    }
    sum.failed()?;
    let took = started.elapsed();
    let row = |what: &str, count| vec![what.to_owned(), report::thousands(count), report::rate(count, took)];
    report.table(
        &["written", "count", "a second"],
        &[row("conversations", sum.conversations), row("mails", sum.mails), row("edits", sum.edits)],
    );
    Ok(account)
}

#[derive(Debug, Default)]
struct Written {
    conversations: u64,
    mails: u64,
    edits: u64,
    failure: Option<Failure>,
}

impl Written {
    fn add(&mut self, done: Option<Result<Result<Self, Failure>, tokio::task::JoinError>>) {
        match done {
            Some(Ok(Ok(more))) => {
                self.conversations += more.conversations;
                self.mails += more.mails;
                self.edits += more.edits;
            }
            Some(Ok(Err(failure))) => self.failure = Some(failure),
            Some(Err(failure)) => self.failure = Some(failure.into()),
            None => {}
        }
    }

    fn failed(&mut self) -> Result<(), Failure> {
        self.failure.take().map_or(Ok(()), Err)
    }
}

async fn set_up(store: &Store, name: &str, seed: u64) -> Result<Surroundings, Failure> {
    let member = |at: usize| NewMember {
        name: format!("Member {at}"),
        email: format!("member{at}@{name}.example"),
        role: if at == 0 { MemberRole::Owner } else { MemberRole::Member },
        client: None,
        password_hash: None,
    };
    let owner = store.create_account(NewAccount { name: name.to_owned(), owner: member(0) }, NOW).await?;
    let scope = Scope::operator(owner.account);
    let ids = async |ops: Vec<Op>| -> Result<Vec<u64>, Failure> {
        let outcomes = store.commit(Batch::new(scope, NOW, ops)).await?.outcomes;
        Ok(outcomes
            .into_iter()
            .filter_map(|outcome| match outcome {
                Outcome::Id(id) => Some(id),
                _ => None,
            })
            .collect())
    };
    let mut members = vec![owner.member];
    members.extend(
        ids((1..OWNERS as usize).map(|at| Op::AddMember(member(at))).collect())
            .await?
            .into_iter()
            .map(MemberId),
    );
    let keys = members.iter().enumerate().map(|(at, member)| {
        Op::AddKey(NewKey {
            member: *member,
            hash: secret_of(owner.account, seed, at).1,
            dialect: Dialect::Documented,
            rate_limit: None,
            client: None,
            expires_at: None,
            name: None,
            level: crewbox_core::model::KeyLevel::Manage,
            mcp_send: false,
        })
    });
    ids(keys.collect()).await?;
    let clients = ids((0..CLIENTS as usize)
        .map(|at| Op::AddClient { name: format!("Client {at}"), email: format!("office@client{at}.example") })
        .collect())
    .await?;
    let mailbox = |at: usize| format!("sender{at}@{name}.example");
    let mailboxes = ids((0..MAILBOXES as usize)
        .map(|at| {
            Op::SaveMailbox(Box::new(NewMailbox {
                email: mailbox(at),
                name: format!("Sender {at}"),
                client: None,
                settings: MailboxSettings::default(),
                secrets: MailboxSecrets::default(),
            }))
        })
        .collect())
    .await?;
    let campaigns = ids((0..CAMPAIGNS as usize)
        .map(|at| Op::AddCampaign {
            name: format!("Campaign {at}"),
            client: clients.get((at + 1) % (CLIENTS as usize + 1)).map(|id| (*id).into()),
            parent: None,
        })
        .collect())
    .await?;
    let own =
        ids(vec![Op::AddCategory { name: "Call back".to_owned(), sentiment: Sentiment::Neutral }]).await?;
    let tags = ids((0..TAGS as usize).map(|at| Op::AddTag { name: format!("Tag {at}") }).collect()).await?;
    let system = SYSTEM_CATEGORIES.iter().map(|(id, _, _)| *id);
    Ok(Surroundings {
        scope,
        members,
        campaigns: campaigns.into_iter().map(CampaignId).collect(),
        mailboxes: mailboxes
            .into_iter()
            .map(MailboxId)
            .enumerate()
            .map(|(at, id)| (id, Address { name: format!("Sender {at}"), email: mailbox(at) }))
            .collect(),
        categories: system.chain(own.into_iter().map(CategoryId)).collect(),
        tags: tags.into_iter().map(TagId).collect(),
        seed,
        words: Vocabulary::new(),
    })
}

async fn write_chunk(
    store: Store,
    around: Arc<Surroundings>,
    first: u64,
    size: u64,
) -> Result<Written, Failure> {
    let mut sampler = Sampler::new(around.seed ^ (first + 1).rotate_left(32));
    let mut rows: Vec<Entry> = (first..first + size).map(|id| sampler.entry(ConversationId(id))).collect();
    rows.sort_by_key(|row| row.campaign);
    let ops = rows.chunk_by(|a, b| a.campaign == b.campaign).map(|rows| Op::AddLeads {
        campaign: around.campaigns[place_of(rows[0].campaign.get())],
        leads: rows.iter().map(|row| lead(&around.words, row.id.get())).collect(),
    });
    let ops: Vec<Op> = ops.collect();
    let added = store.commit(Batch::new(around.scope, NOW, ops)).await?;
    let placed = added.outcomes.into_iter().flat_map(|outcome| match outcome {
        Outcome::Leads(leads) => leads,
        _ => Vec::new(),
    });
    // Only leads without custom fields are written.
    let placed = placed.flatten();
    let mut written = Written { conversations: size, ..Written::default() };
    let mut ops = Vec::with_capacity(size as usize * 4);
    for (placed, row) in placed.zip(&rows) {
        written.mails += write_mails(&around, placed.conversation, row, &mut sampler, &mut ops);
        let before = ops.len();
        write_edits(&around, placed.conversation, row, &mut ops);
        written.edits += (ops.len() - before) as u64;
    }
    store.commit(Batch::new(around.scope, NOW, ops)).await?;
    Ok(written)
}

/// Where a sample's id, which counts from 1, is in the account's own list.
const fn place_of(id: u64) -> usize {
    id as usize - 1
}

fn lead(words: &Vocabulary, number: u64) -> LeadFields {
    let mut random = ChaCha8Rng::seed_from_u64(number);
    LeadFields {
        email: lead_email(number),
        first_name: Some(words.any_word(&mut random).to_owned()),
        last_name: Some(words.any_word(&mut random).to_owned()),
        company: Some(format!("{} Ltd", words.any_word(&mut random))),
        ..LeadFields::default()
    }
}

fn lead_email(number: u64) -> String {
    format!("lead{number}@company{}.example", number % 50_000)
}

fn write_mails(
    around: &Surroundings,
    conversation: ConversationId,
    row: &Entry,
    sampler: &mut Sampler,
    ops: &mut Vec<Op>,
) -> u64 {
    let random = sampler.rng();
    let Some((mailbox, address)) = row.mailbox.and_then(|id| around.mailboxes.get(place_of(id.get()))) else {
        return 0;
    };
    let before = ops.len();
    let subject = format!("{} {}", around.words.word(random), around.words.word(random));
    let mut ingest = |at: Timestamp, direction, class, backfill| {
        let size = random.random_range(TEXT_BYTES);
        let (mail, raw) = Letter {
            conversation,
            lead: Address { name: String::new(), email: lead_email(row.id.get()) },
            mailbox: address.clone(),
            direction,
            class,
            at,
            subject: &subject,
            text: around.words.text(random, size),
        }
        .write();
        let ingest = Ingest {
            mail,
            raw: raw.into(),
            mailbox: *mailbox,
            location: None,
            arrival: if backfill { Arrival::History { open: Some(false) } } else { Arrival::Live },
            place: mail::place,
        };
        ops.push(Op::Ingest(Box::new(ingest)));
    };
    // Every other lead who replied wrote first: half the mails, and every flag still varies.
    if let Some(at) = row.sent_time.filter(|_| row.reply_time.is_none() || row.id.get().is_multiple_of(2)) {
        ingest(at, Direction::Outbound, Class::Human, true);
    }
    if row.flags.has(Flags::BOUNCED)
        && let Some(at) = row.sent_time
    {
        ingest(at.plus_seconds(1), Direction::Inbound, Class::Bounce, true);
    }
    if let Some(at) = row.reply_time {
        let class = match row.flags {
            flags if flags.has(Flags::UNSUBSCRIBED) => Class::Unsubscribe,
            flags if flags.has(Flags::REPLIED) => Class::Human,
            _ => Class::Automatic,
        };
        ingest(at, Direction::Inbound, class, !row.flags.has(Flags::UNREAD));
    }
    (ops.len() - before) as u64
}

fn write_edits(around: &Surroundings, conversation: ConversationId, row: &Entry, ops: &mut Vec<Op>) {
    let mut edit = |edit| ops.push(Op::Edit { conversation, edit });
    if let Some(owner) = row.owner {
        edit(Edit::Owner(Some(around.members[place_of(owner.get())])));
    }
    if let Some(category) = row.category {
        edit(Edit::Category(Some(around.categories[place_of(category.get())])));
    }
    if !row.tags.is_empty() {
        edit(Edit::Tags(row.tags.iter().map(|tag| around.tags[place_of(tag.get())]).collect()));
    }
    if row.flags.has(Flags::ARCHIVED) {
        edit(Edit::Archived(true));
    }
    if row.flags.has(Flags::IMPORTANT) {
        edit(Edit::Important(true));
    }
    if row.snoozed_until.is_some() {
        edit(Edit::Snooze(row.snoozed_until));
    }
}
