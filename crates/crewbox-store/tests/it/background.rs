//! What mailbox workers write: safe to repeat, harmless when late, and never two things at once.

use std::sync::atomic::{AtomicUsize, Ordering};

use crewbox_core::conversation::Arrival;
use crewbox_core::id::{ClientId, MessageId};
use crewbox_core::mailbox::{Condition, Folder, FolderRole, Ledger, Status};
use crewbox_core::message::{Direction, Mail};
use crewbox_core::model::MailboxSettings;
use crewbox_core::threading::{Facts, Placement};
use crewbox_core::time::Timestamp;
use crewbox_store::contract::{AttachTo, MailboxSecrets, NewMailbox, Thing, UntrackedQuery};
use crewbox_store::{BodyLimits, Ingest, Location, Op, OutboxStep, Outcome, StoreError, SyncStep};
use sha2::{Digest as _, Sha256};

use super::world::{NOW, World, account, furnish, mail, place};

fn inbox(uidvalidity: u32) -> Folder {
    Folder {
        name: "INBOX".to_owned(),
        role: FolderRole::Inbox,
        uidvalidity,
        start: 10,
        live: 9,
        history: 10,
        since: NOW,
        ledger: None,
    }
}

impl World {
    fn sync(&self, step: SyncStep) -> Op {
        Op::Sync { mailbox: self.mailbox, step }
    }

    async fn lease(&self) -> u64 {
        match self.commit(vec![self.sync(SyncStep::TakeLease)]).await.outcomes[..] {
            [Outcome::Id(lease)] => lease,
            ref other => panic!("{other:?}"),
        }
    }

    async fn folder(&self) -> Folder {
        self.store.folders(&self.scope, self.mailbox).await.unwrap().swap_remove(0)
    }

    async fn seen_at(&self, uidvalidity: u32, uid: u32, id: &str) -> MessageId {
        let (mail, raw) = mail(id, id);
        let location = Some(Location { folder: "INBOX".to_owned(), uidvalidity, uid });
        let op = Op::Ingest(Box::new(Ingest { location, ..self.ingest_of(&mail, &raw) }));
        match &self.commit(vec![op]).await.outcomes[0] {
            Outcome::Ingested(ingested) => ingested.message,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn sound(&self) {
        let faults = self.store.check(&self.scope).await.unwrap();
        assert!(faults.is_empty(), "{faults:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_whose_lease_was_taken_over_writes_nothing() {
    let world = World::new().await;
    let first = world.lease().await;
    let second = world.lease().await;
    assert!(second > first);
    let late = vec![world.sync(SyncStep::Fence(first)), world.sync(SyncStep::Folder(inbox(1)))];
    let refused = world.try_commit(late).await;
    assert!(matches!(refused, Err(StoreError::LeaseLost(_))), "{refused:?}");
    assert!(world.store.folders(&world.scope, world.mailbox).await.unwrap().is_empty());
    world.commit(vec![world.sync(SyncStep::Fence(second)), world.sync(SyncStep::Folder(inbox(1)))]).await;
    world.sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cursors_move_one_way_and_only_under_their_own_uidvalidity() {
    let world = World::new().await;
    world.commit(vec![world.sync(SyncStep::Folder(inbox(1)))]).await;
    let cursor =
        |uidvalidity, live, history| SyncStep::Cursor { folder: "INBOX".into(), uidvalidity, live, history };
    let mut seq = world.store.head(&world.scope).await.unwrap().seq;
    for (step, expected, logged) in [
        (cursor(1, 15, 8), (15, 8), true),
        (cursor(1, 12, 9), (15, 8), false),
        (cursor(2, 99, 1), (15, 8), false),
        (cursor(1, 15, 0), (15, 1), true),
    ] {
        world.commit(vec![world.sync(step.clone())]).await;
        let folder = world.folder().await;
        assert_eq!((folder.live, folder.history), expected, "{step:?}");
        let head = world.store.head(&world.scope).await.unwrap().seq;
        assert_eq!(head > seq, logged, "{step:?}: no change without an entry, no entry without a change");
        seq = head;
    }
    world.sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_begun_again_forgets_attempts_and_keeps_since_and_messages() {
    let world = World::new().await;
    world.commit(vec![world.sync(SyncStep::Folder(inbox(1)))]).await;
    let begin = SyncStep::Begin { folder: "INBOX".into(), uidvalidity: 1, uids: vec![13], alone: true };
    world.commit(vec![world.sync(begin)]).await;
    // A server restored from a copy keeps its number, and means other mails by it.
    world.commit(vec![world.sync(SyncStep::Folder(inbox(1)))]).await;
    assert!(world.store.attempts(&world.scope, world.mailbox, "INBOX", 1).await.unwrap().is_empty());
    let message = world.seen_at(1, 12, "a@x.test").await;
    let begin = SyncStep::Begin { folder: "INBOX".into(), uidvalidity: 1, uids: vec![13], alone: true };
    world.commit(vec![world.sync(begin)]).await;
    let again = Folder { since: Timestamp(NOW.0 + 5), ..inbox(2) };
    world.commit(vec![world.sync(SyncStep::Folder(again))]).await;
    assert_eq!(world.folder().await.since, NOW);
    let attempts = world.store.attempts(&world.scope, world.mailbox, "INBOX", 1).await.unwrap();
    assert!(attempts.is_empty());
    // The old number comes back and means other mails: what was known under it is not believed.
    world.commit(vec![world.sync(SyncStep::Folder(inbox(1)))]).await;
    assert!(world.store.places(&world.scope, world.mailbox, "INBOX", 1).await.unwrap().is_empty());
    assert_eq!(world.seen_at(1, 40, "a@x.test").await, message, "the same message, at its new place");
    world.sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deaths_count_while_alone_and_an_orderly_stop_takes_back_its_own() {
    let world = World::new().await;
    world.commit(vec![world.sync(SyncStep::Folder(inbox(1)))]).await;
    let begin = |uids: &[u32], alone| SyncStep::Begin {
        folder: "INBOX".into(),
        uidvalidity: 1,
        uids: uids.into(),
        alone,
    };
    let known = async || {
        let all = world.store.attempts(&world.scope, world.mailbox, "INBOX", 1).await.unwrap();
        all.iter().map(|one| (one.uid, one.deaths)).collect::<Vec<_>>()
    };
    world.commit(vec![world.sync(begin(&[11, 12], false))]).await;
    assert_eq!(known().await, [(11, 0), (12, 0)]);
    for _ in 0..2 {
        world.commit(vec![world.sync(begin(&[11], true))]).await;
    }
    world.seen_at(1, 12, "b@x.test").await;
    assert_eq!(known().await, [(11, 2)], "what is stored has no attempt");
    let clear = |uids: &[u32], alone| SyncStep::ClearAttempts {
        folder: "INBOX".into(),
        uidvalidity: 1,
        uids: uids.into(),
        alone,
    };
    world.commit(vec![world.sync(begin(&[21], false)), world.sync(begin(&[21], true))]).await;
    world.commit(vec![world.sync(begin(&[31, 32], false))]).await;
    world.commit(vec![world.sync(clear(&[21], true))]).await;
    assert_eq!(known().await, [(11, 2), (21, 0), (31, 0), (32, 0)], "crashes of others still count");
    world.commit(vec![world.sync(clear(&[31, 32, 11], false))]).await;
    assert_eq!(known().await, [(11, 2), (21, 0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_and_what_is_gone_are_kept_and_the_outboxs_word_is_not_the_workers() {
    let world = World::new().await;
    world.commit(vec![world.sync(SyncStep::Folder(inbox(1)))]).await;
    world.seen_at(1, 11, "c@x.test").await;
    let ledger = Ledger { server: 5, held: 5, missing: 0, quarantined: 0, passed_over: 0, at: NOW };
    let compared = |gone: &[u32], back: &[u32]| SyncStep::Compared {
        folder: "INBOX".into(),
        uidvalidity: 1,
        gone: gone.into(),
        back: back.into(),
        ledger,
    };
    world.commit(vec![world.sync(compared(&[11], &[]))]).await;
    assert_eq!(world.folder().await.ledger, Some(ledger));
    let places = world.store.places(&world.scope, world.mailbox, "INBOX", 1).await.unwrap();
    assert!(places[0].gone && places.len() == 1);
    world.commit(vec![world.sync(compared(&[], &[11]))]).await;
    let places = world.store.places(&world.scope, world.mailbox, "INBOX", 1).await.unwrap();
    assert!(!places[0].gone, "it is there again");
    world.commit(vec![world.sync(compared(&[11], &[]))]).await;
    world.commit(vec![world.sync(SyncStep::SmtpError(Some("no".into())))]).await;
    let live = Status { condition: Condition::Live, ..Status::default() };
    world.commit(vec![world.sync(SyncStep::Status(live.clone()))]).await;
    let status = world.store.mailbox_status(&world.scope, world.mailbox).await.unwrap();
    assert_eq!(status, Status { smtp_error: Some("no".into()), ..live });
    world.sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_attached_by_hand_takes_its_thread_along() {
    let world = World::new().await;
    let stranger = |id: &str, refs: &[&str]| {
        let (mut mail, raw) = mail(id, id);
        mail.from.email = "stranger@elsewhere.test".to_owned();
        mail.references = refs.iter().map(|one| (*one).to_owned()).collect();
        (mail, raw)
    };
    let mut ids = Vec::new();
    for (id, refs) in [("s1", &[][..]), ("s2", &["s1"][..]), ("s3", &["s2"][..]), ("other", &[][..])] {
        let (mail, raw) = stranger(id, refs);
        let stored = world.ingest(&mail, &raw).await;
        assert_eq!(stored.conversation, None);
        ids.push(stored.message);
    }
    let attach = Op::Attach { message: ids[0], to: AttachTo::Conversation(world.conversation), place };
    let done = world.commit(vec![attach]).await;
    assert!(matches!(&done.outcomes[0], Outcome::Attached { messages: 3, .. }), "{done:?}");
    let (left, total) = world
        .store
        .untracked(&world.scope, &UntrackedQuery { limit: 10, ..UntrackedQuery::default() }, BodyLimits::NONE)
        .await
        .unwrap();
    assert_eq!((left.len(), total), (1, 1));
    assert_eq!(
        world
            .store
            .history(&world.scope, world.conversation, BodyLimits::WHOLE)
            .await
            .unwrap()
            .messages
            .len(),
        3
    );
    // Its sender as a new lead.
    let attach = Op::Attach { message: ids[3], to: AttachTo::Campaign(world.campaign), place };
    world.commit(vec![attach]).await;
    let leads = world.store.leads_by_email(&world.scope, "stranger@elsewhere.test").await.unwrap();
    assert_eq!(leads.iter().map(|(_, conversations)| conversations.len()).collect::<Vec<_>>(), [1]);
    world.sound().await;
}

/// Untracked messages that name the same mails, as a mailing list's or a forger's do.
const LIST: usize = 1_000;
/// What one batch may try, as the store has it.
const MOST_TRIES: usize = 4_000;
static TRIED: AtomicUsize = AtomicUsize::new(0);

/// Lets nobody in but the lead, and counts who was asked about.
fn lead_only(_: &Mail, facts: &Facts) -> Placement {
    TRIED.fetch_add(1, Ordering::Relaxed);
    match facts.leads.first() {
        Some(found) => Placement::Joins {
            conversation: found.conversation,
            reason: "lead".to_owned(),
            participants: Vec::new(),
            stats_id: None,
        },
        None => Placement::Untracked { reason: "nobody's".to_owned() },
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_tries_a_bounded_number_of_messages_however_many_name_its_own() {
    let world = World::new().await;
    let ingest = |(mail, raw): (Mail, Vec<u8>)| {
        Op::Ingest(Box::new(Ingest { place: lead_only, ..world.ingest_of(&mail, &raw) }))
    };
    let named: Vec<String> = (0..8).map(|number| format!("named{number}@x.test")).collect();
    let list = (0..LIST).map(|number| {
        let (mut mail, raw) = mail(&format!("list{number}@x.test"), &format!("list {number}"));
        mail.from.email = "member@list.test".to_owned();
        mail.references.clone_from(&named);
        ingest((mail, raw))
    });
    world.commit(list.collect()).await;
    TRIED.store(0, Ordering::Relaxed);
    let answers = named.iter().map(|id| ingest(mail(id, id)));
    world.commit(answers.collect()).await;
    // Each of the eight was asked about itself, too.
    assert_eq!(TRIED.load(Ordering::Relaxed), MOST_TRIES + named.len());
    assert_eq!(
        world
            .store
            .history(&world.scope, world.conversation, BodyLimits::WHOLE)
            .await
            .unwrap()
            .messages
            .len(),
        named.len()
    );
    world.sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_references_reach_no_other_account() {
    let world = World::new().await;
    let (ours, raw) = mail("known@us.test", "ours");
    world.ingest(&ours, &raw).await;
    let (other, _) = account(&world.store, "two").await;
    let (_, mailbox, theirs) = furnish(&world.store, other).await;
    let (mut forged, raw) = mail("forged@evil.test", "forged");
    forged.from.email = "evil@evil.test".to_owned();
    forged.references = vec!["known@us.test".to_owned()];
    let ingest =
        Ingest { mail: forged, raw: raw.into(), mailbox, location: None, arrival: Arrival::Live, place };
    let batch = crewbox_store::Batch::new(other, NOW, vec![Op::Ingest(Box::new(ingest))]);
    let done = world.store.commit(batch).await.unwrap();
    let Outcome::Ingested(stored) = &done.outcomes[0] else { panic!("{done:?}") };
    assert_eq!(stored.conversation, None, "it names nothing in its own account");
    assert!(world.store.history(&other, theirs, BodyLimits::WHOLE).await.unwrap().messages.is_empty());
    assert_eq!(
        world
            .store
            .history(&world.scope, world.conversation, BodyLimits::WHOLE)
            .await
            .unwrap()
            .messages
            .len(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_conversation_stays_deleted_by_content_and_by_identity() {
    let mut world = World::new().await;
    let (letter, raw) = mail("gone@x.test", "gone");
    world.ingest(&letter, &raw).await;
    let (queued, _) = world.queue(world.outgoing(1, 1)).await;
    world.step(OutboxStep::Start(queued)).await.unwrap();
    let delete = || vec![Op::DeleteConversation(world.conversation)];
    let busy = world.try_commit(delete()).await;
    assert!(matches!(busy, Err(StoreError::Conflict(Thing::Outgoing, _))), "{busy:?}");
    world.step(OutboxStep::Fail(queued, "no".into())).await.unwrap();
    let (lost, _) = world.queue(world.outgoing(2, 2)).await;
    world.step(OutboxStep::Start(lost)).await.unwrap();
    world.step(OutboxStep::Lose(lost, "cut".into())).await.unwrap();
    world.commit(delete()).await;
    let again = world.try_commit(delete()).await;
    assert!(matches!(again, Err(StoreError::NotFound(Thing::Conversation, _))), "{again:?}");
    for bytes in [raw.clone(), [b"Received: elsewhere\r\n".as_slice(), &raw].concat()] {
        let read = Mail { content: Sha256::digest(&bytes).into(), ..letter.clone() };
        let stored = world.ingest(&read, &bytes).await;
        assert!(stored.duplicate && stored.conversation.is_none(), "{stored:?}");
    }
    // What may have left, and did: its copy in Sent, as the server wrote it, stays away too.
    let (copy, raw) = mail("out2@us.test", "hello 2, as the server re-wrote it");
    let copy = Mail { direction: Direction::Outbound, ..copy };
    let stored = world.ingest(&copy, &raw).await;
    assert!(stored.duplicate && stored.conversation.is_none(), "{stored:?}");
    world.sound().await;
    world.reopen().await;
    world.sound().await;
    assert!(world.store.all_entries(&world.scope).await.unwrap().1.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_saved_again_goes_to_the_client_named_and_else_stays_where_it_is() {
    let world = World::new().await;
    let add = Op::AddClient { name: "north".to_owned(), email: "north@c.test".to_owned() };
    let [Outcome::Id(north)] = world.commit(vec![add]).await.outcomes[..] else { panic!("an id") };
    let save = async |client: Option<ClientId>| {
        let new = NewMailbox {
            email: "us@sender.test".to_owned(),
            name: "Us".to_owned(),
            client,
            settings: MailboxSettings::default(),
            secrets: MailboxSecrets::default(),
        };
        world.commit(vec![Op::SaveMailbox(Box::new(new))]).await;
        world.store.catalog(&world.scope).await.unwrap().mailbox(world.mailbox).unwrap().client
    };
    assert_eq!(save(Some(ClientId(north))).await, Some(ClientId(north)));
    assert_eq!(save(None).await, Some(ClientId(north)));
    world.sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folders_figures_follow_each_mail_between_two_comparisons() {
    let world = World::new().await;
    let connected = async || world.store.connected(&world.scope).await.unwrap().swap_remove(0);
    let figures = async || {
        let connected = connected().await;
        let ledger = connected.folders[0].ledger.unwrap();
        assert_eq!(connected.held, ledger.held);
        [ledger.server, ledger.held, ledger.missing, ledger.quarantined]
    };
    world.commit(vec![world.sync(SyncStep::Folder(inbox(1)))]).await;
    world.seen_at(1, 9, "a@x.test").await;
    assert_eq!(connected().await.held, 1, "counted while nothing was compared");
    let ledger = Ledger { server: 3, held: 1, missing: 2, quarantined: 0, passed_over: 0, at: NOW };
    let (gone, back) = (vec![], vec![]);
    let compared = SyncStep::Compared { folder: "INBOX".into(), uidvalidity: 1, gone, back, ledger };
    world.commit(vec![world.sync(compared)]).await;
    world.seen_at(1, 8, "b@x.test").await;
    assert_eq!(figures().await, [3, 2, 1, 0], "one of those that were missing");
    world.seen_at(1, 10, "c@x.test").await;
    assert_eq!(figures().await, [4, 3, 1, 0], "new on the server, too");
    world.seen_at(1, 10, "c@x.test").await;
    assert_eq!(figures().await, [4, 3, 1, 0], "noted twice");
    world.seen_at(2, 11, "d@x.test").await;
    assert_eq!(figures().await, [4, 3, 1, 0], "under another UIDVALIDITY");
}
