//! The engine's own promises: what a group does to a batch and a batch to a group.

use crewbox_core::conversation::Edit;
use crewbox_core::id::{AccountId, MemberId};
use crewbox_core::model::{LeadFields, Role as MemberRole};

use super::*;
use crate::contract::{NewMember, Op, Outcome, Thing};
use crate::follow::Log as _;
use crate::open::Open;

fn engine(dir: &std::path::Path) -> Arc<Engine> {
    Arc::new(Engine::open(dir, &Open::server(dir)).unwrap())
}

async fn account(engine: &Engine, name: &str) -> Scope {
    let owner = NewMember {
        name: "Ada".to_owned(),
        email: format!("Ada@{name}.Example"),
        role: MemberRole::Owner,
        client: None,
        password_hash: None,
    };
    let made =
        engine.create_account(NewAccount { name: name.to_owned(), owner }, Timestamp(1)).await.unwrap();
    Scope::operator(made.account)
}

fn batch(scope: Scope, ops: Vec<Op>) -> Batch {
    Batch::new(scope, Timestamp(2), ops)
}

fn tag(name: &str) -> Op {
    Op::AddTag { name: name.to_owned() }
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_are_dense_in_every_account_whatever_fails_beside() {
    let dir = tempfile::tempdir().unwrap();
    let engine = engine(dir.path());
    let scopes = [account(&engine, "one").await, account(&engine, "two").await];
    let mut tasks = Vec::new();
    for n in 0..300_u64 {
        let (engine, scope) = (engine.clone(), scopes[usize::try_from(n % 2).unwrap()]);
        tasks.push(tokio::spawn(async move {
            let mut ops = vec![tag(&format!("a{n}")), tag(&format!("b{n}"))];
            if n % 3 == 0 {
                ops.push(Op::RenameMember { member: MemberId(999), name: "Nobody".to_owned() });
            }
            (n, engine.commit(batch(scope, ops)).await)
        }));
    }
    let mut seqs = [Vec::new(), Vec::new()];
    for task in tasks {
        match task.await.unwrap() {
            (n, Ok(committed)) => {
                assert_ne!(n % 3, 0);
                seqs[usize::try_from(n % 2).unwrap()].push(committed.seq.0);
            }
            (n, Err(StoreError::NotFound(Thing::Member, 999))) => assert_eq!(n % 3, 0),
            (n, Err(other)) => panic!("{n}: {other}"),
        }
    }
    for (scope, mut seqs) in scopes.into_iter().zip(seqs) {
        let page = engine.changes(&scope, Seq(0), 1_000).await.unwrap();
        let numbers: Vec<u64> = page.changes.iter().map(|change| change.seq.0).collect();
        assert_eq!(numbers, (1..=202).collect::<Vec<_>>(), "the account's two, and two for each batch");
        assert_eq!(page.head.seq, Seq(202));
        seqs.sort_unstable();
        assert_eq!(seqs, (2..=101).map(|n| n * 2).collect::<Vec<_>>(), "each batch answers its own head");
        assert_eq!(engine.catalog(&scope).await.unwrap().tags.len(), 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_makes_a_batch_happen_once_even_within_one_group_and_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let first = engine(dir.path());
    let scope = account(&first, "one").await;
    let once = |op: Op| batch(scope, vec![op]).once("k");
    let tasks: Vec<_> = (0..20)
        .map(|n| {
            let (engine, batch) = (first.clone(), once(tag(&format!("t{n}"))));
            tokio::spawn(async move { engine.commit(batch).await.unwrap() })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        let committed = task.await.unwrap();
        answers.push((committed.seq, committed.outcomes));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "all were told the same");
    first.close().await;
    assert!(matches!(first.commit(once(tag("late"))).await, Err(StoreError::Stopped)));
    drop(first);

    let again = engine(dir.path());
    let committed = again.commit(once(tag("again"))).await.unwrap();
    assert_eq!((committed.seq, committed.outcomes), answers[0]);
    assert_eq!(again.catalog(&scope).await.unwrap().tags.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_begin_at_one_in_each_account_and_are_never_used_twice() {
    let dir = tempfile::tempdir().unwrap();
    let first = engine(dir.path());
    let (one, two) = (account(&first, "one").await, account(&first, "two").await);
    assert_eq!((one.account(), two.account()), (AccountId(1), AccountId(2)));
    let add =
        |scope| batch(scope, vec![Op::AddCampaign { name: "c".to_owned(), client: None, parent: None }]);
    for scope in [one, two] {
        assert_eq!(first.commit(add(scope)).await.unwrap().outcomes, [Outcome::Id(1)]);
    }
    first.close().await;
    let again = engine(dir.path());
    let Outcome::Id(id) = again.commit(add(one)).await.unwrap().outcomes[0] else { panic!() };
    assert!(id > 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_without_effect_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let engine = engine(dir.path());
    let scope = account(&engine, "one").await;
    let add = Op::AddCampaign { name: "c".to_owned(), client: None, parent: None };
    let Outcome::Id(campaign) = engine.commit(batch(scope, vec![add])).await.unwrap().outcomes[0] else {
        panic!()
    };
    let lead = LeadFields { email: "Lead@Example.com".to_owned(), ..LeadFields::default() };
    let op = Op::AddLeads { campaign: CampaignId(campaign), leads: vec![lead.clone(), lead] };
    let added = engine.commit(batch(scope, vec![op])).await.unwrap();
    let Outcome::Leads(leads) = &added.outcomes[0] else { panic!() };
    let (first, second) = (leads[0].unwrap(), leads[1].unwrap());
    assert!(first.added && !second.added && first.conversation == second.conversation);
    let conversation = first.conversation;
    for (edit, changes) in [(Edit::Important(true), true), (Edit::Important(true), false)] {
        let before = engine.head(&scope).await.unwrap();
        let committed = engine.commit(batch(scope, vec![Op::Edit { conversation, edit }])).await.unwrap();
        let Outcome::Edited { changed, .. } = &committed.outcomes[0] else { panic!() };
        assert_eq!(*changed, changes);
        assert_eq!(committed.seq.0 - before.seq.0, u64::from(changes));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_beside_a_server_reads_and_writes_and_a_second_server_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(Engine::open(dir.path(), &Open::command(dir.path())), Err(StoreError::NoData(_))));
    let server = engine(dir.path());
    let scope = account(&server, "one").await;
    let refused = Engine::open(dir.path(), &Open::server(dir.path()));
    assert!(matches!(refused, Err(StoreError::InUse { pid, .. }) if pid == std::process::id().to_string()));
    let command = Engine::open(dir.path(), &Open::command(dir.path())).unwrap();
    let committed = command.commit(batch(scope, vec![tag("from the command")])).await.unwrap();
    assert_eq!(server.head(&scope).await.unwrap().seq, committed.seq);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_moves_the_heads_before_it_is_answered() {
    let dir = tempfile::tempdir().unwrap();
    engine(dir.path()).close().await;
    // A command has no watcher before somebody follows: nobody but the writer can move them.
    let engine = Engine::open(dir.path(), &Open::command(dir.path())).unwrap();
    let mut moved = engine.heads().subscribe();
    let scope = account(&engine, "one").await;
    assert!(moved.has_changed().unwrap(), "a new account is followed too");
    moved.mark_unchanged();
    let committed = engine.commit(batch(scope, vec![tag("a")])).await.unwrap();
    assert!(moved.has_changed().unwrap());
    assert_eq!(engine.heads().of(scope.account()), Some(committed.seq));
    moved.mark_unchanged();
    let nobody = Op::RenameMember { member: MemberId(999), name: "Nobody".to_owned() };
    assert!(engine.commit(batch(scope, vec![nobody])).await.is_err());
    assert!(!moved.has_changed().unwrap(), "a batch that failed is no news");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_watcher_finds_the_commits_and_accounts_of_other_processes() {
    let dir = tempfile::tempdir().unwrap();
    let server = engine(dir.path());
    let command = Engine::open(dir.path(), &Open::command(dir.path())).unwrap();
    let mut moved = server.heads().subscribe();
    let one = account(&command, "one").await;
    let two = account(&command, "two").await;
    let committed = command.commit(batch(one, vec![tag("a")])).await.unwrap();
    let follow = async {
        while server.heads().of(one.account()) != Some(committed.seq)
            || server.heads().of(two.account()).is_none()
        {
            moved.changed().await.unwrap();
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), follow).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_schema_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    engine(dir.path()).close().await;
    let db = rusqlite::Connection::open(dir.path().join(connect::DATABASE)).unwrap();
    db.pragma_update(None, "user_version", 99).unwrap();
    let refused = Engine::open(dir.path(), &Open::server(dir.path()));
    assert!(matches!(refused, Err(StoreError::SchemaNewer { found: 99, .. })), "{refused:?}");
}
