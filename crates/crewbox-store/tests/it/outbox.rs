//! What the outbox writes: each message leaves once at the most, whatever is reported in which order.

use crewbox_core::conversation::Arrival;
use crewbox_core::id::{MailboxId, OutgoingId};
use crewbox_core::message::{Address, Direction, Mail};
use crewbox_core::model::MailboxSettings;
use crewbox_core::outgoing::{OutgoingState, SentCopy};
use crewbox_core::time::Timestamp;
use crewbox_store::contract::{MailboxSecrets, NewMailbox, NewOutgoing, Thing};
use crewbox_store::{BodyLimits, Ingest, Op, OutboxStep, Outcome, StoreError};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::world::{NOW, World, mail, place};

impl World {
    pub(crate) fn outgoing(&self, number: u64, fingerprint: u8) -> NewOutgoing {
        NewOutgoing {
            conversation: self.conversation,
            mailbox: self.mailbox,
            message_id: format!("out{number}@us.test"),
            reference: format!("ref{number}"),
            stats_id: None,
            sender: "us@sender.test".to_owned(),
            recipients: vec!["lead@example.test".to_owned()],
            raw: format!("Message-ID: <out{number}@us.test>\r\n\r\nhello {number}").into(),
            not_before: NOW,
            scheduled_time: None,
            fingerprint: [fingerprint; 32],
            fingerprint_holds: None,
            asked: [0; 32],
        }
    }

    pub(crate) async fn queue(&self, new: NewOutgoing) -> (OutgoingId, bool) {
        match self.commit(vec![Op::Outbox(OutboxStep::Queue(Box::new(new)))]).await.outcomes[..] {
            [Outcome::Queued { id, repeated: again, .. }] => (id, again),
            ref other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn step(&self, step: OutboxStep) -> Result<(), StoreError> {
        self.try_commit(vec![Op::Outbox(step)]).await.map(drop)
    }

    pub(crate) fn accept(&self, id: OutgoingId, number: u64) -> OutboxStep {
        let raw = self.outgoing(number, 0).raw;
        let (read, _) = mail(&format!("out{number}@us.test"), &format!("hello {number}"));
        let content = raw.content();
        let mail = Mail { direction: Direction::Outbound, content, ..read };
        let ingest =
            Ingest { mail, raw, mailbox: self.mailbox, location: None, arrival: Arrival::Live, place };
        let relay_ids = vec![format!("relay-{number}"), format!("whole-{number}@relay.test")];
        OutboxStep::Accept {
            id,
            ingest: Box::new(ingest),
            answer: "250 ok".to_owned(),
            relay_ids,
            copy: true,
        }
    }
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
    let history =
        world.store.history(&world.scope, world.conversation, BodyLimits::WHOLE).await.unwrap().messages;
    assert_eq!(history.len(), 1);
    let (second, _) = world.queue(world.outgoing(2, 2)).await;
    world.step(OutboxStep::Start(second)).await.unwrap();
    world.step(world.accept(second, 2)).await.unwrap();
    world.step(OutboxStep::Copied(second)).await.unwrap();
    assert!(world.step(world.accept(second, 2)).await.is_err() || world.now_is().await.sent_count == 2);
    assert_eq!(
        world
            .store
            .history(&world.scope, world.conversation, BodyLimits::WHOLE)
            .await
            .unwrap()
            .messages
            .len(),
        2
    );
    world.sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_recorded_twice_changes_nothing() {
    let world = World::new().await;
    let (id, _) = world.queue(world.outgoing(1, 1)).await;
    world.step(OutboxStep::Start(id)).await.unwrap();
    world.step(world.accept(id, 1)).await.unwrap();
    let looked = async || {
        let one = world.store.outgoing(&world.scope, "out1@us.test").await.unwrap();
        (world.store.head(&world.scope).await.unwrap().seq, one.answer, one.copy)
    };
    let before = looked().await;
    assert_eq!((before.1.as_deref(), before.2), (Some("250 ok"), SentCopy::Wanted));
    let OutboxStep::Accept { id, ingest, relay_ids, copy, .. } = world.accept(id, 1) else { panic!() };
    let answer = "250 again".to_owned();
    world.step(OutboxStep::Accept { id, ingest, answer, relay_ids, copy }).await.unwrap();
    assert_eq!(looked().await, before, "neither an answer without its change nor a copy nobody made");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_of_a_relay_is_one_only_while_a_single_message_has_it() {
    let world = World::new().await;
    let answer = |number: u64| {
        let (read, raw) = mail(&format!("answer{number}@x"), &format!("answer {number}"));
        let from = Address { name: String::new(), email: "stranger@elsewhere.test".to_owned() };
        (Mail { references: vec!["mx12-server@relay.test".to_owned()], from, ..read }, raw)
    };
    for (number, joins) in [(1, true), (2, false)] {
        let (queued, _) = world.queue(world.outgoing(number, u8::try_from(number).unwrap())).await;
        world.step(OutboxStep::Start(queued)).await.unwrap();
        let OutboxStep::Accept { id, ingest, answer: response, copy, .. } = world.accept(queued, number)
        else {
            panic!()
        };
        let relay_ids = vec!["mx12-server".to_owned()];
        world.step(OutboxStep::Accept { id, ingest, answer: response, relay_ids, copy }).await.unwrap();
        let (mail, raw) = answer(number);
        assert_eq!(world.ingest(&mail, &raw).await.conversation.is_some(), joins, "{number}");
    }
    world.sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_wrong_clock_put_off_is_found_and_tried_and_what_a_person_scheduled_is_not() {
    let world = World::new().await;
    let year = Timestamp(NOW.0 + 365 * 86_400_000);
    let new = |number, scheduled_time, not_before| NewOutgoing {
        scheduled_time,
        not_before,
        ..world.outgoing(number, u8::try_from(number).unwrap())
    };
    let (tried, _) = world.queue(new(1, Some(NOW), NOW)).await;
    let later = OutboxStep::Later { id: tried, next_try: year, answer: "later".into() };
    world.step(later).await.unwrap();
    let (unscheduled, _) = world.queue(new(2, None, year)).await;
    world.queue(new(3, Some(year), year)).await;
    world.queue(new(4, None, NOW)).await;
    let late = async || {
        let latest = Timestamp(NOW.0 + 3_600_000);
        world.store.outgoing_tried_too_late(&world.scope, NOW, latest).await.unwrap()
    };
    assert_eq!(late().await, [tried, unscheduled]);
    for id in late().await {
        world.step(OutboxStep::TryNow(id)).await.unwrap();
    }
    assert_eq!(late().await, []);
    // What is on its way does not become queued again.
    world.step(OutboxStep::Start(tried)).await.unwrap();
    world.step(OutboxStep::TryNow(tried)).await.unwrap();
    let state = world.store.outgoing(&world.scope, "out1@us.test").await.unwrap().state;
    assert_eq!(state, OutgoingState::Sending);
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
    assert_eq!(
        world
            .store
            .history(&world.scope, world.conversation, BodyLimits::WHOLE)
            .await
            .unwrap()
            .messages
            .len(),
        accepted
    );
    world.sound().await;
}
