//! What a process keeps in memory follows the log, whoever wrote it, and says what the rows say.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::Arc;

use crewbox_core::conversation::Edit;
use crewbox_core::filter::{Filter, Query};
use crewbox_core::id::{CategoryId, ConversationId, KeyId, MemberId, Seq};
use crewbox_core::index::Page;
use crewbox_core::mailbox::{Condition, Folder, FolderRole, Status};
use crewbox_core::message::Class;
use crewbox_core::model::Dialect;
use crewbox_core::time::Timestamp;
use crewbox_core::view::{Sort, View};
use crewbox_store::{Batch, Live, NewKey, Op, Outcome, SyncStep, key};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::engine::Engine as _;

use super::world::{NOW, World, lead, mail};

fn query(view: View, me: MemberId) -> Query {
    let filter = Filter::default();
    Query { view, me, client: None, filter, sort: Sort::ReplyTimeDesc, offset: 0, limit: 20 }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commands_write_is_seen_by_the_servers_next_read() {
    let world = World::new().await;
    let (mail, raw) = mail("a@x", "a lead without any message is in no list");
    world.ingest(&mail, &raw).await;
    let live = Live::new(world.store.clone());
    let mine = query(View::AssignedToMe, world.owner);
    let account = live.account(world.scope.account(), NOW).await.unwrap();
    assert_eq!(account.list(&mine, NOW).total, 0);
    let command = world.engine.open_as_command().unwrap();
    let edit = Edit::Owner(Some(world.owner));
    let ops = vec![Op::Edit { conversation: world.conversation, edit }];
    let committed = command.commit(Batch::new(world.scope, NOW, ops)).await.unwrap();
    let account = live.account(world.scope.account(), NOW).await.unwrap();
    assert_eq!((account.list(&mine, NOW).total, account.seq()), (1, committed.seq));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snooze_ends_at_its_second_without_a_write() {
    let world = World::new().await;
    let (mail, raw) = mail("a@x", "a lead without any message is in no list");
    world.ingest(&mail, &raw).await;
    let until = NOW.plus_seconds(10);
    world.edit(Edit::Snooze(Some(until))).await;
    let live = Live::new(world.store.clone());
    let snoozed = query(View::Snoozed, world.owner);
    for (now, total) in [(NOW, 1), (Timestamp(until.0 - 1), 1), (until, 0)] {
        let account = live.account(world.scope.account(), now).await.unwrap();
        assert_eq!(account.list(&snoozed, now).total, total, "{now:?}");
    }
    let account = live.account(world.scope.account(), until).await.unwrap();
    assert_eq!(account.take_woken(), [world.conversation]);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_open_and_close_at_once() {
    let world = World::new().await;
    let live = Live::new(world.store.clone());
    let command = world.engine.open_as_command().unwrap();
    let (text, hash) = key::from_secret(world.scope.account(), [9; 32]);
    assert!(live.sign_in(&text, NOW).await.is_err());
    let new = NewKey {
        member: world.owner,
        hash,
        dialect: Dialect::Live,
        rate_limit: None,
        client: None,
        expires_at: Some(NOW.plus_seconds(60)),
        name: None,
        level: crewbox_core::model::KeyLevel::Manage,
        mcp_send: false,
    };
    let commit = |ops| command.commit(Batch::new(world.scope, NOW, ops));
    let made = commit(vec![Op::AddKey(new)]).await.unwrap();
    let Outcome::Id(id) = made.outcomes[0] else { panic!() };
    let signed = live.sign_in(&text, NOW).await.unwrap();
    assert_eq!((signed.scope.actor(), signed.key.dialect), (Some(world.owner), Dialect::Live));
    assert!(live.sign_in(&text, NOW.plus_seconds(60)).await.is_err(), "it has expired");
    commit(vec![Op::RevokeKey(KeyId(id))]).await.unwrap();
    assert!(live.sign_in(&text, NOW).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_index_says_what_the_rows_say_whatever_happened() {
    let given = std::env::var("CREWBOX_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(|| RandomState::new().build_hasher().finish());
    println!("CREWBOX_SEED={seed}");
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let world = World::new().await;
    let live = Live::new(world.store.clone());
    let leads: Vec<_> = (0..12).map(|n| lead(&format!("lead{n}@example.test"))).collect();
    let made = world.commit(vec![Op::AddLeads { campaign: world.campaign, leads }]).await;
    let Outcome::Leads(leads) = &made.outcomes[0] else { panic!() };
    let conversations: Vec<ConversationId> = leads.iter().map(|lead| lead.unwrap().conversation).collect();
    for step in 0..250_u32 {
        let at = rng.random_range(0..conversations.len());
        let conversation = conversations[at];
        let edit = |edit| Op::Edit { conversation, edit };
        let op = match rng.random_range(0..9) {
            0 => edit(Edit::Read(rng.random())),
            1 => edit(Edit::Category(rng.random::<bool>().then(|| CategoryId(rng.random_range(1..8))))),
            2 => edit(Edit::Owner(rng.random::<bool>().then_some(world.owner))),
            3 => edit(Edit::Archived(rng.random())),
            4 => edit(Edit::Important(rng.random())),
            5 => edit(Edit::Snooze(Some(Timestamp(NOW.0 + 1_000_000 + rng.random_range(0..9))))),
            _ => {
                let (mut mail, raw) = mail(&format!("{step}@x"), &format!("step {step}"));
                mail.from.email = format!("lead{at}@example.test");
                mail.verdicts.alone.class =
                    [Class::Human, Class::Automatic, Class::Unsubscribe][rng.random_range(0..3)];
                mail.at = Timestamp(NOW.0 - rng.random_range(0..50));
                Op::Ingest(Box::new(world.ingest_of(&mail, &raw)))
            }
        };
        world.commit(vec![op]).await;
        if rng.random_ratio(1, 10) {
            live.account(world.scope.account(), NOW).await.unwrap();
        }
    }
    let followed = live.account(world.scope.account(), NOW).await.unwrap();
    let loaded = Live::new(world.store.clone()).account(world.scope.account(), NOW).await.unwrap();
    for entry in world.store.all_entries(&world.scope).await.unwrap().1 {
        assert_eq!(followed.read().get(entry.id).as_ref(), Some(&entry), "followed");
        assert_eq!(loaded.read().get(entry.id).as_ref(), Some(&entry), "loaded");
        let conversation = world.store.conversation(&world.scope, entry.id).await.unwrap();
        assert_eq!(conversation.entry(), entry, "of the row");
    }
    for view in
        [View::AssignedToMe, View::Inbox, View::Unread, View::Snoozed, View::Archived, View::Everything]
    {
        let query = query(view, world.owner);
        let (one, two) = (followed.list(&query, NOW), loaded.list(&query, NOW));
        let ids = |page: &Page| page.hits.iter().map(|hit| hit.conversation).collect::<Vec<_>>();
        assert_eq!((one.total, ids(&one)), (two.total, ids(&two)), "{view:?}");
    }
    assert_eq!(world.store.check(&world.scope).await.unwrap(), [], "and the rows what the messages say");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_the_names_hold_reads_the_names_again() {
    let world = World::new().await;
    let live = Live::new(world.store.clone());
    let names = async || live.account(world.scope.account(), NOW).await.unwrap().names();
    let sync = |step| Op::Sync { mailbox: world.mailbox, step };
    let folder = Folder {
        name: "INBOX".to_owned(),
        role: FolderRole::Inbox,
        uidvalidity: 1,
        start: 10,
        live: 9,
        history: 10,
        since: NOW,
        ledger: None,
    };
    let status = Status { condition: Condition::Live, ..Status::default() };
    let token = Op::RenewToken { mailbox: world.mailbox, refresh_token: "fresh".to_owned() };
    for op in [
        sync(SyncStep::TakeLease),
        sync(SyncStep::Folder(folder)),
        sync(SyncStep::Status(status)),
        token,
        Op::BlockDomains { domains: vec!["spam.test".to_owned()], source: "manual".to_owned() },
    ] {
        let (name, before, seq) = (format!("{op:?}"), names().await, live_seq(&live, &world).await);
        world.commit(vec![op]).await;
        assert!(live_seq(&live, &world).await > seq, "{name}");
        assert!(Arc::ptr_eq(&before, &names().await), "{name}");
    }
    let before = names().await;
    world.commit(vec![Op::AddTag { name: "hot".to_owned() }]).await;
    let after = names().await;
    assert!(!Arc::ptr_eq(&before, &after) && after.catalog.tags.len() == before.catalog.tags.len() + 1);
}

async fn live_seq(live: &Live, world: &World) -> Seq {
    live.account(world.scope.account(), NOW).await.unwrap().seq()
}
