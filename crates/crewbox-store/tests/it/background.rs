//! What mailbox workers and the outbox write: safe to repeat, harmless when late, and never two things at once.

use bytes::Bytes;
use crewbox_core::id::{ClientId, MailboxId, MessageId, OutgoingId};
use crewbox_core::mailbox::{Condition, Folder, FolderRole, Ledger, Status};
use crewbox_core::message::{Direction, Mail};
use crewbox_core::model::MailboxSettings;
use crewbox_core::outgoing::OutgoingState;
use crewbox_core::time::Timestamp;
use crewbox_store::contract::{AttachTo, MailboxSecrets, NewMailbox, NewOutgoing, Thing, UntrackedQuery};
use crewbox_store::{Ingest, Location, Op, OutboxStep, Outcome, StoreError, SyncStep};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest as _, Sha256};

use crate::world::{NOW, World, account, furnish, mail, place};

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

    fn outgoing(&self, number: u64, fingerprint: u8) -> NewOutgoing {
        NewOutgoing {
            conversation: self.conversation,
            mailbox: self.mailbox,
            message_id: format!("out{number}@us.test"),
            reference: format!("ref{number}"),
            stats_id: None,
            sender: "us@sender.test".to_owned(),
            recipients: vec!["lead@example.test".to_owned()],
            raw: Bytes::from(format!("Message-ID: <out{number}@us.test>\r\n\r\nhello {number}")),
            not_before: NOW,
            scheduled_time: None,
            fingerprint: [fingerprint; 32],
            fingerprint_holds: None,
            asked: [0; 32],
        }
    }

    async fn queue(&self, new: NewOutgoing) -> (OutgoingId, bool) {
        match self.commit(vec![Op::Outbox(OutboxStep::Queue(Box::new(new)))]).await.outcomes[..] {
            [Outcome::Queued { id, repeated: again, .. }] => (id, again),
            ref other => panic!("{other:?}"),
        }
    }

    async fn step(&self, step: OutboxStep) -> Result<(), StoreError> {
        self.try_commit(vec![Op::Outbox(step)]).await.map(drop)
    }

    fn accept(&self, id: OutgoingId, number: u64) -> OutboxStep {
        let raw = self.outgoing(number, 0).raw;
        let (read, _) = mail(&format!("out{number}@us.test"), &format!("hello {number}"));
        let content = Sha256::digest(&raw).into();
        let mail = Mail { direction: Direction::Outbound, content, ..read };
        let ingest = Ingest { mail, raw, mailbox: self.mailbox, location: None, backfill: false, place };
        OutboxStep::Accept { id, ingest: Box::new(ingest), answer: "250 ok".to_owned(), copy: true }
    }

    async fn sound(&self) {
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
    world.commit(vec![world.sync(SyncStep::Calm)]).await;
    assert_eq!(known().await, [(11, 1)]);
    world.commit(vec![world.sync(SyncStep::Calm)]).await;
    assert_eq!(known().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_and_what_is_gone_are_kept_and_the_outboxs_word_is_not_the_workers() {
    let world = World::new().await;
    world.commit(vec![world.sync(SyncStep::Folder(inbox(1)))]).await;
    world.seen_at(1, 11, "c@x.test").await;
    let ledger = Ledger { server: 5, held: 5, missing: 0, quarantined: 0, at: NOW };
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
async fn the_same_call_queues_once_until_it_failed_or_was_taken_back() {
    let world = World::new().await;
    let (first, again) = world.queue(world.outgoing(1, 7)).await;
    assert!(!again);
    assert_eq!(world.queue(world.outgoing(2, 7)).await, (first, true));
    world.step(OutboxStep::TakeBack(first)).await.unwrap();
    world.step(OutboxStep::TakeBack(first)).await.unwrap();
    let (third, again) = world.queue(world.outgoing(3, 7)).await;
    assert!(third != first && !again);
    world.step(OutboxStep::Start(third)).await.unwrap();
    let late = world.step(OutboxStep::TakeBack(third)).await;
    assert!(matches!(late, Err(StoreError::Conflict(Thing::Outgoing, _))), "{late:?}");
    // The same key with another body is neither sent nor answered with the first.
    let other = NewOutgoing { asked: [1; 32], ..world.outgoing(4, 7) };
    let refused = world.try_commit(vec![Op::Outbox(OutboxStep::Queue(Box::new(other)))]).await;
    assert!(
        matches!(refused, Err(StoreError::Exists(Thing::Outgoing, id)) if id == third.get()),
        "{refused:?}"
    );
    world.sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_mailbox_is_due_with_its_first_whatever_waits_in_another() {
    let world = World::new().await;
    let second = NewMailbox {
        email: "second@sender.test".into(),
        name: "Second".into(),
        client: None,
        settings: MailboxSettings::default(),
        secrets: MailboxSecrets::default(),
    };
    let saved = world.commit(vec![Op::SaveMailbox(Box::new(second))]).await;
    let [Outcome::Id(second)] = saved.outcomes[..] else { panic!("{saved:?}") };
    let (first, _) = world.queue(world.outgoing(0, 0)).await;
    for number in 1..150 {
        world.queue(world.outgoing(number, u8::try_from(number).unwrap())).await;
    }
    let soon = Timestamp(NOW.0 + 5_000);
    let of = |number, not_before| NewOutgoing {
        mailbox: MailboxId(second),
        not_before,
        ..world.outgoing(number, u8::try_from(number).unwrap())
    };
    let (other, _) = world.queue(of(200, NOW)).await;
    let (later, _) = world.queue(of(201, soon)).await;
    let due = async |now| -> Vec<OutgoingId> {
        let due = world.store.outgoing_due(&world.scope, now).await.unwrap();
        due.into_iter().map(|one| one.id).collect()
    };
    assert_eq!(due(NOW).await, [first, other]);
    assert_eq!(world.store.outgoing_next(&world.scope, NOW).await.unwrap(), Some(soon));
    assert_eq!(world.store.outgoing_next(&world.scope, soon).await.unwrap(), None);
    world.step(OutboxStep::TakeBack(other)).await.unwrap();
    assert_eq!(due(NOW).await, [first]);
    assert_eq!(due(soon).await, [first, later]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_accepted_twice_or_seen_in_sent_first_is_one_message() {
    let world = World::new().await;
    let (id, _) = world.queue(world.outgoing(1, 1)).await;
    world.step(OutboxStep::Start(id)).await.unwrap();
    world.step(OutboxStep::Lose(id, "cut".into())).await.unwrap();
    // Its copy is found in Sent: that settles it.
    let (read, raw) = mail("out1@us.test", "hello 1, as the server re-wrote it");
    let read = Mail { direction: Direction::Outbound, ..read };
    world.ingest(&read, &raw).await;
    let settled = world.store.outgoing(&world.scope, "out1@us.test").await.unwrap();
    assert_eq!(settled.state, OutgoingState::Accepted, "{settled:?}");
    let history = world.store.history(&world.scope, world.conversation).await.unwrap();
    assert_eq!(history.len(), 1);
    let (second, _) = world.queue(world.outgoing(2, 2)).await;
    world.step(OutboxStep::Start(second)).await.unwrap();
    world.step(world.accept(second, 2)).await.unwrap();
    world.step(OutboxStep::Copied(second)).await.unwrap();
    assert!(world.step(world.accept(second, 2)).await.is_err() || world.now_is().await.sent_count == 2);
    assert_eq!(world.store.history(&world.scope, world.conversation).await.unwrap().len(), 2);
    world.sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_order_of_steps_sends_twice_or_loses_an_answer() {
    let seed = std::env::var("CREWBOX_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    println!("CREWBOX_SEED={seed}");
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let world = World::new().await;
    let mut known: Vec<(OutgoingId, OutgoingState, u64)> = Vec::new();
    for number in 0..400_u64 {
        if known.is_empty() || rng.random_ratio(1, 6) {
            let (id, _) = world.queue(world.outgoing(number, u8::try_from(number % 250).unwrap())).await;
            if !known.iter().any(|(other, ..)| *other == id) {
                known.push((id, OutgoingState::Queued, number));
            }
            continue;
        }
        let place = rng.random_range(0..known.len());
        let (id, state, of) = known[place];
        let (step, next) = match rng.random_range(0..6) {
            0 => (OutboxStep::Start(id), OutgoingState::Sending),
            1 => (OutboxStep::TakeBack(id), OutgoingState::Cancelled),
            2 => (OutboxStep::Fail(id, "no".into()), OutgoingState::Failed),
            3 => (OutboxStep::Lose(id, "cut".into()), OutgoingState::Unknown),
            4 => (OutboxStep::Later { id, next_try: NOW, answer: "later".into() }, OutgoingState::Queued),
            _ => (world.accept(id, of), OutgoingState::Accepted),
        };
        let allowed = state == next || state.may_become(next);
        let done = world.step(step).await;
        match &done {
            Ok(()) => assert!(allowed, "{state:?} became {next:?}"),
            Err(StoreError::Conflict(..)) => {}
            Err(error) => panic!("{state:?} to {next:?}: {error}"),
        }
        let now = world.store.outgoing(&world.scope, &format!("out{of}@us.test")).await.unwrap().state;
        assert!(now == next && done.is_ok() || now == state, "{state:?} to {next:?} gave {now:?}");
        assert!(
            !matches!(state, OutgoingState::Accepted | OutgoingState::Unknown)
                || !matches!(now, OutgoingState::Queued | OutgoingState::Sending),
            "what left, or may have, never leaves again"
        );
        known[place].1 = now;
    }
    let accepted = known.iter().filter(|(_, state, _)| *state == OutgoingState::Accepted).count();
    assert_eq!(world.store.history(&world.scope, world.conversation).await.unwrap().len(), accepted);
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
        .untracked(&world.scope, &UntrackedQuery { limit: 10, ..UntrackedQuery::default() })
        .await
        .unwrap();
    assert_eq!((left.len(), total), (1, 1));
    assert_eq!(world.store.history(&world.scope, world.conversation).await.unwrap().len(), 3);
    // Its sender as a new lead.
    let attach = Op::Attach { message: ids[3], to: AttachTo::Campaign(world.campaign), place };
    world.commit(vec![attach]).await;
    let lead = world.store.lead_by_email(&world.scope, "stranger@elsewhere.test").await.unwrap();
    assert_eq!(lead.unwrap().1.len(), 1);
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
    let ingest = Ingest { mail: forged, raw: raw.into(), mailbox, location: None, backfill: false, place };
    let batch =
        crewbox_store::Batch { scope: other, at: NOW, ops: vec![Op::Ingest(Box::new(ingest))], once: None };
    let done = world.store.commit(batch).await.unwrap();
    let Outcome::Ingested(stored) = &done.outcomes[0] else { panic!("{done:?}") };
    assert_eq!(stored.conversation, None, "it names nothing in its own account");
    assert!(world.store.history(&other, theirs).await.unwrap().is_empty());
    assert_eq!(world.store.history(&world.scope, world.conversation).await.unwrap().len(), 1);
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
async fn mails_held_are_counted_while_a_folder_is_read_and_known_from_its_ledger_then() {
    let world = World::new().await;
    let held = async || world.store.connected(&world.scope).await.unwrap().swap_remove(0).held;
    world.commit(vec![world.sync(SyncStep::Folder(inbox(1)))]).await;
    world.seen_at(1, 9, "a@x.test").await;
    assert_eq!(held().await, 1, "history is being read");
    let done = SyncStep::Cursor { folder: "INBOX".into(), uidvalidity: 1, live: 9, history: 1 };
    let compared = |missing| {
        let ledger = Ledger { server: 1 + missing, held: 1, missing, quarantined: 0, at: NOW };
        SyncStep::Compared { folder: "INBOX".into(), uidvalidity: 1, gone: vec![], back: vec![], ledger }
    };
    world.commit(vec![world.sync(done), world.sync(compared(0))]).await;
    assert_eq!(held().await, 1, "as the ledger says");
    world.commit(vec![world.sync(compared(2))]).await;
    world.seen_at(1, 8, "b@x.test").await;
    assert_eq!(held().await, 2, "what was missing is counted as it comes");
}
