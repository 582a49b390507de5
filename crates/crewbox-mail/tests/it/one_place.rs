//! Every stored message is in exactly one of: a conversation, the untracked mail, the quarantine, the tombstones.
//! Whatever comes in, in whatever order, and whatever people do with it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::collections::{BTreeMap, BTreeSet};

use crewbox_core::id::{ConversationId, MessageId, QuarantineId};
use crewbox_core::message::Direction;
use crewbox_mail::{DirectionHint, ReadContext, place, read};
use crewbox_store::contract::{NewQuarantined, UntrackedQuery};
use crewbox_store::{AttachTo, BodyLimits, Ingest, Op, Outcome};
use crewbox_testkit::figures::figure;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::NOW;
use crate::house::{House, LEAD, Mailbox, US, letter};

/// Lives of one run; each takes a part of a second. `CREWBOX_SEED` replays the one that a failure names first.
const LIVES: u64 = 6;

/// What the test knows of the mails that it gave, by their bytes.
#[derive(Default)]
struct Given {
    raws: BTreeSet<String>,
    /// Those put into quarantine and not taken in since.
    quarantined: BTreeMap<String, QuarantineId>,
    messages: BTreeMap<String, MessageId>,
}

/// Any mail of a small world, so that all of them meet.
fn mail(rng: &mut ChaCha8Rng) -> String {
    const PEOPLE: &[&str] = &[
        LEAD,
        "boss@acme.test",
        "max@partner.test",
        "eve@else.test",
        US,
        "us+x@own.test",
        "us@second.test",
        "bea@own.test",
    ];
    let mut one = |list: &[&str]| list[rng.random_range(0..list.len())].to_owned();
    let (from, to, cc) = (one(PEOPLE), one(PEOPLE), one(PEOPLE));
    const IDS: &[&str] = &["1@x", "2@x", "3@x", "4@x", "5@x", "6@x", "7@x", "8@x"];
    let (id, first, second) = (one(IDS), one(IDS), one(IDS));
    let further = one(&[
        "",
        "",
        "Reply-To: lea@acme.test\r\n",
        "Reply-To: tom@nobody.test\r\n",
        "Auto-Submitted: auto-replied\r\n",
    ]);
    format!("{further}Cc: {cc}\r\n{}", letter(&id, &from, &to, &[&first, &second]))
}

async fn quarantine(house: &House, mailbox: &Mailbox, raw: &str, given: &mut Given) {
    let new = NewQuarantined {
        mailbox: mailbox.id,
        location: None,
        raw: raw.to_owned().into(),
        reason: "for this test".to_owned(),
        received_at: None,
        backfill: false,
        direction: None,
        reader: None,
    };
    match house.commit(Op::Quarantine(Box::new(new))).await.unwrap() {
        Outcome::Quarantined(id) => {
            given.quarantined.insert(raw.to_owned(), id);
        }
        Outcome::Ingested(held) => assert!(held.duplicate),
        other => panic!("{other:?}"),
    }
}

async fn release(house: &House, mailbox: &Mailbox, given: &mut Given) {
    let Some((raw, quarantine)) = given.quarantined.pop_first() else { return };
    let own = house.intake.store().own_addresses(&house.scope, mailbox.id).await.unwrap();
    let context = ReadContext {
        own: own.into(),
        received_at: None,
        fallback_at: None,
        now: NOW,
        direction: DirectionHint::None,
    };
    let mail = read(raw.as_bytes(), &context).unwrap();
    let ingest = Ingest {
        mail,
        raw: raw.clone().into(),
        mailbox: mailbox.id,
        location: None,
        arrival: crewbox_core::conversation::Arrival::Live,
        place,
    };
    match house.commit(Op::ReleaseQuarantine { quarantine, ingest: Box::new(ingest) }).await.unwrap() {
        Outcome::Ingested(taken) => given.messages.insert(raw, taken.message),
        other => panic!("{other:?}"),
    };
}

#[tokio::test(flavor = "multi_thread")]
async fn every_message_is_in_exactly_one_place_after_any_life() {
    let first = figure("CREWBOX_SEED", 20_261_126);
    for seed in first..first + LIVES {
        life(seed).await;
    }
}

async fn life(seed: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let house = House::new().await;
    let boxes = [house.mailbox(US, None).await, house.mailbox("bea@own.test", None).await];
    let (campaign, _) = house.campaign(None, &[&boxes[0]], LEAD).await;
    let mut given = Given::default();
    for step in 0..120 {
        let mailbox = &boxes[usize::from(rng.random_ratio(1, 4))];
        match rng.random_range(0..16) {
            0..=9 => {
                // A copy of an earlier one now and then.
                let again = rng.random_ratio(1, 4);
                let raw = given
                    .raws
                    .iter()
                    .nth(step % 7)
                    .filter(|_| again)
                    .cloned()
                    .unwrap_or_else(|| mail(&mut rng));
                let hints = [None, None, Some(Direction::Inbound), Some(Direction::Outbound)];
                let hint = hints[rng.random_range(0..hints.len())];
                let taken = house.take_from(mailbox, &raw, rng.random_ratio(1, 3), hint).await;
                given.quarantined.remove(&raw);
                given.messages.insert(raw.clone(), taken.message);
                given.raws.insert(raw);
            }
            10 | 11 => {
                let raw = mail(&mut rng);
                quarantine(&house, mailbox, &raw, &mut given).await;
                given.raws.insert(raw);
            }
            12 => release(&house, mailbox, &mut given).await,
            13 => {
                if let Some(id) = untracked(&house).await.into_iter().next() {
                    let to = match conversations(&house).await.first() {
                        Some(id) if rng.random_ratio(1, 2) => AttachTo::Conversation(*id),
                        _ => AttachTo::Campaign(campaign),
                    };
                    house.attach(id, to).await.unwrap();
                }
            }
            14 => {
                if let Some(id) = conversations(&house).await.pop() {
                    house.commit(Op::DeleteConversation(id)).await.unwrap();
                }
            }
            _ => {
                let fields = crewbox_core::model::LeadFields { email: LEAD.to_owned(), ..Default::default() };
                house.commit(Op::AddLeads { campaign, leads: vec![fields] }).await.unwrap();
            }
        }
    }
    let faults = house.intake.store().check(&house.scope).await.unwrap();
    assert_eq!(faults, [], "CREWBOX_SEED={seed}");
    // What was taken in is somewhere, and what can be listed is listed once.
    let listed = untracked(&house).await;
    let mut seen = BTreeMap::new();
    for id in &listed {
        *seen.entry(*id).or_insert(0) += 1;
    }
    for conversation in conversations(&house).await {
        for (message, _) in house
            .intake
            .store()
            .history(&house.scope, conversation, BodyLimits::WHOLE)
            .await
            .unwrap()
            .messages
        {
            *seen.entry(message.id).or_insert(0) += 1;
        }
    }
    assert!(seen.values().all(|times| *times == 1), "CREWBOX_SEED={seed}: {seen:?}");
    for (raw, id) in &given.messages {
        match house.intake.store().message(&house.scope, *id, BodyLimits::WHOLE).await {
            Ok((message, _)) => {
                let hidden = message.direction == Direction::Outbound && message.conversation.is_none();
                assert!(
                    hidden || seen.contains_key(id),
                    "CREWBOX_SEED={seed}: message {id} is in no list\n{raw}"
                );
            }
            // Deleted with its conversation: nothing of it comes back.
            Err(_) => assert!(!seen.contains_key(id), "CREWBOX_SEED={seed}: message {id}"),
        }
    }
    let (kept, _) = house.intake.store().quarantine(&house.scope, 0, 1_000).await.unwrap();
    assert_eq!(kept.len(), given.quarantined.len(), "CREWBOX_SEED={seed}");
}

async fn untracked(house: &House) -> Vec<MessageId> {
    let query = UntrackedQuery { limit: 1_000, ..UntrackedQuery::default() };
    let (rows, _) = house.intake.store().untracked(&house.scope, &query, BodyLimits::WHOLE).await.unwrap();
    rows.into_iter().map(|(message, _)| message.id).collect()
}

async fn conversations(house: &House) -> Vec<ConversationId> {
    let (_, entries) = house.intake.store().all_entries(&house.scope).await.unwrap();
    entries.into_iter().map(|entry| entry.id).collect()
}
