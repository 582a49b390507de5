//! Correcting a class against a past in which it was right from the start. The seed is printed; `CREWBOX_SEED`
//! replays it.

use crewbox_core::change::ChangeKind;
use crewbox_core::conversation::replay::{Edited, Joined, REPLAYED, edit_of};
use crewbox_core::conversation::{Arrival, Conversation, Edit, MessageFacts};
use crewbox_core::id::{CampaignId, CategoryId, ConversationId, LeadId, MailboxId, MessageId};
use crewbox_core::message::{Class, Direction};
use crewbox_core::time::Timestamp;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Conversations of a run.
const CONVERSATIONS: usize = 4_000;
/// The longest past.
const STEPS: usize = 14;
/// Time between two steps, milliseconds; snoozes last up to a few steps.
const STEP_MS: i64 = 1_000;

/// A step of a past.
#[derive(Clone, Debug)]
enum Step {
    Message(Joined),
    Edit(Edited),
}

fn blank() -> Conversation {
    Conversation::new(ConversationId(1), LeadId(1), CampaignId(1), None, Timestamp(0))
}

fn draw(rng: &mut ChaCha8Rng, id: u64, at: Timestamp) -> Step {
    let classes = Class::ALL.len();
    if rng.random_ratio(1, 2) {
        let inbound = rng.random_ratio(3, 4);
        let facts = MessageFacts {
            id: MessageId(id),
            direction: if inbound { Direction::Inbound } else { Direction::Outbound },
            class: if inbound { Class::ALL[rng.random_range(0..classes)] } else { Class::Human },
            // Messages of the past come in any order.
            at: Timestamp(at.0 - rng.random_range(0..5) * STEP_MS),
            mailbox: Some(MailboxId(rng.random_range(1..3))),
            about_another: rng.random_ratio(1, 4),
        };
        let arrival = match rng.random_range(0..4) {
            0 => Arrival::History { open: [None, Some(false)][rng.random_range(0..2)] },
            1 => Arrival::History { open: Some(true) },
            _ => Arrival::Live,
        };
        return Step::Message(Joined { facts, arrival, at });
    }
    let yes = rng.random_ratio(1, 2);
    let edit = match rng.random_range(0..5) {
        0 => Edit::Read(yes),
        1 => Edit::Category(yes.then(|| CategoryId(rng.random_range(5..8)))),
        2 => Edit::Archived(yes),
        3 => Edit::WakeIfDue,
        _ => Edit::Snooze(yes.then(|| Timestamp(at.0 + rng.random_range(1..6) * STEP_MS))),
    };
    Step::Edit(Edited { at, edit })
}

/// The state after a past, and the edits that its log records: those that had an effect.
fn live(steps: &[Step]) -> (Conversation, Vec<Edited>) {
    let mut row = blank();
    let mut logged = Vec::new();
    for step in steps {
        match step {
            Step::Message(message) => {
                let joined = Edit::Message { facts: message.facts, arrival: message.arrival };
                row.apply(&joined, message.at);
            }
            Step::Edit(edited) => {
                let detail = row.apply(&edited.edit, edited.at);
                if !detail.is_empty() {
                    let edit = edit_of(kind(&edited.edit), edited.at, &detail);
                    logged.push(Edited { at: edited.at, edit: edit.expect("the log says what was done") });
                }
            }
        }
    }
    (row, logged)
}

fn kind(edit: &Edit) -> ChangeKind {
    let kind = match edit {
        Edit::Read(_) => ChangeKind::ReadChanged,
        Edit::Category(_) => ChangeKind::CategoryChanged,
        Edit::Archived(_) => ChangeKind::ArchivedChanged,
        _ => ChangeKind::SnoozeChanged,
    };
    assert!(REPLAYED.contains(&kind));
    kind
}

fn messages(steps: &[Step]) -> Vec<Joined> {
    steps
        .iter()
        .filter_map(|step| match step {
            Step::Message(message) => Some(*message),
            Step::Edit(_) => None,
        })
        .collect()
}

/// What two pasts must agree on: everything but the time of the last change. A snooze that has ended is none.
fn comparable(mut row: Conversation, now: Timestamp) -> Conversation {
    row.updated_at = Timestamp(0);
    row.snoozed_until = row.snoozed_until.filter(|until| *until > now);
    row
}

#[test]
fn a_corrected_class_gives_the_state_of_a_past_in_which_it_was_right() {
    let seed = std::env::var("CREWBOX_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    println!("CREWBOX_SEED={seed}");
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut revised = 0;
    for number in 0..CONVERSATIONS {
        let length = rng.random_range(2..=STEPS);
        let wrong: Vec<Step> =
            (0..length).map(|n| draw(&mut rng, n as u64 + 1, Timestamp((n as i64 + 10) * STEP_MS))).collect();
        let (row, logged) = live(&wrong);
        let inbound: Vec<usize> = (0..length)
            .filter(|n| matches!(&wrong[*n], Step::Message(one) if one.facts.direction == Direction::Inbound))
            .collect();
        if inbound.is_empty() {
            continue;
        }
        let which = inbound[rng.random_range(0..inbound.len())];
        // The right past: the same messages and logged edits, with one class that differs.
        let mut right: Vec<Step> = wrong.clone();
        if let Step::Message(message) = &mut right[which] {
            message.facts.class = Class::ALL[rng.random_range(0..Class::ALL.len())];
        }
        let mut done = logged.iter();
        let right: Vec<Step> = right
            .into_iter()
            .filter_map(|step| match step {
                Step::Edit(edited) => {
                    let logged = done.as_slice().first().filter(|logged| logged.at == edited.at)?;
                    done.next();
                    Some(Step::Edit(logged.clone()))
                }
                message @ Step::Message(_) => Some(message),
            })
            .collect();
        let (expected, _) = live(&right);
        let now = Timestamp((length as i64 + 10) * STEP_MS);
        let (before, after) = (messages(&wrong), messages(&right));
        let mut corrected = row.clone();
        let deltas = corrected.revise(&before, &after, &logged, now);
        assert_eq!(
            comparable(corrected.clone(), now),
            comparable(expected, now),
            "conversation {number}\nwrong {wrong:#?}\nright {right:#?}"
        );
        revised += usize::from(!deltas.is_empty());
        // Correcting it back undoes it.
        corrected.revise(&after, &before, &logged, now);
        assert_eq!(
            comparable(corrected, now),
            comparable(row, now),
            "conversation {number}, back\n{wrong:#?}"
        );
    }
    assert!(revised > CONVERSATIONS / 4, "only {revised} of {CONVERSATIONS} had an effect");
}
