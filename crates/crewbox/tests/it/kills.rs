//! SIGKILL under write load: whatever was acknowledged is there afterwards, and doctor finds nothing.
//!
//! `CREWBOX_KILLS` says how many times, `CREWBOX_SEED` replays a run.

use std::collections::HashMap;
use std::sync::mpsc::{Sender, channel};

use crewbox_testkit::figures::figure;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::drive::Inbox;
use crate::http;

const CONVERSATIONS: u64 = 24;
const WRITERS: u64 = 4;

/// What one writer knows of its own conversations.
#[derive(Default)]
struct Known {
    /// The category acknowledged last, and the one asked for last.
    categories: HashMap<u64, (u64, u64)>,
    /// Mails acknowledged: their number and the message id answered.
    mails: Vec<(u64, Value)>,
}

#[test]
fn every_acknowledged_write_outlives_a_sigkill() {
    let (kills, seed) = (figure("CREWBOX_KILLS", 10), figure("CREWBOX_SEED", 1));
    println!("CREWBOX_SEED={seed} CREWBOX_KILLS={kills}");
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let Inbox { house, mailbox, conversations: ids } = Inbox::new(CONVERSATIONS);
    let mut known: Vec<Known> = (0..WRITERS).map(|_| Known::default()).collect();
    let mut next_mail = 1;
    for round in 0..kills {
        let server = house.serve();
        let acknowledged = rng.random_range(10..160_u32);
        let (acks, acked) = channel();
        std::thread::scope(|scope| {
            for (writer, known) in known.iter_mut().enumerate() {
                let own: Vec<u64> = ids.iter().copied().skip(writer).step_by(WRITERS as usize).collect();
                let (url, key, acks, mailbox) = (server.url.clone(), &house.key, acks.clone(), &mailbox);
                let mails = next_mail + writer as u64 * 1_000_000;
                scope.spawn(move || write(&url, key, mailbox, &own, mails, known, &acks));
            }
            drop(acks);
            for _ in 0..acknowledged {
                acked.recv().expect("the writers stopped before the kill");
            }
            server.kill();
        });
        next_mail += 10_000;
        let server = house.serve();
        for known in &mut known {
            check(&server.url, &house.key, &mailbox, known, round);
        }
        assert_eq!(server.stop(), Some(0));
        house.is_sound();
    }
    let mails: usize = known.iter().map(|known| known.mails.len()).sum();
    println!(
        "soak: SIGKILL under write load: {kills} from seed {seed}; all of {mails} acknowledged mails and every \
         acknowledged category there after each, doctor says ok"
    );
}

/// Writes until the server is gone.
fn write(
    url: &str,
    key: &str,
    mailbox: &Value,
    own: &[u64],
    mails: u64,
    known: &mut Known,
    acks: &Sender<()>,
) {
    let post = format!("/api/v1/email-accounts/{mailbox}/messages");
    for turn in 0.. {
        let conversation = own[turn as usize % own.len()];
        let asked = turn % 7 + 1;
        let before = known.categories.get(&conversation).map_or(0, |(acked, _)| *acked);
        known.categories.insert(conversation, (before, asked));
        let body = json!({"email_lead_map_id": conversation, "category_id": asked}).to_string();
        let path = "/api/v1/master-inbox/update-category";
        match http::send(url, "PATCH", path, key, "application/json", body.as_bytes()) {
            Ok(answer) => assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body)),
            Err(_) => return,
        }
        known.categories.insert(conversation, (asked, asked));
        let _ = acks.send(());
        match http::send(url, "POST", &post, key, "message/rfc822", &Inbox::mail(mails + turn, CONVERSATIONS))
        {
            Ok(answer) => {
                assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
                known.mails.push((mails + turn, answer.json()["message_id"].clone()));
            }
            Err(_) => return,
        }
        let _ = acks.send(());
    }
}

/// Everything acknowledged must be there; what was asked for and not answered may be, and from then on must stay.
fn check(url: &str, key: &str, mailbox: &Value, known: &mut Known, round: u64) {
    for (conversation, (acked, asked)) in &mut known.categories {
        let path = format!("/api/v1/master-inbox/{conversation}");
        let row = http::call(url, "GET", &path, key, &Value::Null).json();
        let row = if row["data"].is_object() { &row["data"] } else { &row };
        let category = row["category"]["id"].as_u64().unwrap_or(0);
        assert!(
            category == *acked || category == *asked,
            "round {round}: conversation {conversation} has category {category}, acknowledged {acked}, asked {asked}"
        );
        (*acked, *asked) = (category, category);
    }
    // Only the newest: all of them would make each round longer.
    for (number, id) in known.mails.iter().rev().take(60) {
        let path = format!("/api/v1/email-accounts/{mailbox}/messages");
        let again =
            http::send(url, "POST", &path, key, "message/rfc822", &Inbox::mail(*number, CONVERSATIONS))
                .unwrap()
                .json();
        assert_eq!(
            (&again["duplicate"], &again["message_id"]),
            (&json!(true), id),
            "round {round}: mail {number} is gone"
        );
    }
}
