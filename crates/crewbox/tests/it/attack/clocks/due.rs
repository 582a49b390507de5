//! What has a time of its own under a clock that jumps: scheduled messages, requests that are repeated, limits of requests.

use std::time::{Duration, Instant};

use crewbox_testkit::bed::MailBed;
use crewbox_testkit::figures::figure;
use crewbox_testkit::proxy::{Fault, Proxy};
use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{FakeClock, JUMPS, Jump, YEAR, date, true_time};
use crate::bed::{Bed, LEA, count};
use crate::drive::{House, Server};
use crate::http::Answer;
use crate::replies::Talk;

/// No server takes longer to notice that its clock was set, and to send.
const WAIT: Duration = Duration::from_secs(20);
/// When the first scheduled message is due, in seconds from the true time; the second one is due at no jump.
const SOON: i64 = 2 * 3600;
const NEVER: &str = "2300-01-01T00:00:00Z";
/// Requests without a key are the same for so long, in seconds.
const SAME_FOR: i64 = 60;
/// The limited key's requests, and the seconds in which they are counted.
const REQUESTS: u32 = 3;
const WINDOW: i64 = 3600;

/// The jumps in the order of this run.
fn jumps() -> Vec<Jump> {
    let (rounds, seed) = (figure("CREWBOX_CLOCK_ROUNDS", 1), figure("CREWBOX_SEED", 1));
    println!("CREWBOX_SEED={seed} CREWBOX_CLOCK_ROUNDS={rounds}");
    let mut order = JUMPS.repeat(usize::try_from(rounds).unwrap());
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    order
}

#[test]
fn a_jump_of_the_clock_sends_each_message_once_and_none_before_its_time() {
    let temp = TempDir::new().unwrap();
    let Some(clock) = FakeClock::new(temp.path()) else { return };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mail = MailBed::start();
    let (imap, proxy) = (mail.dovecot.imap, runtime.block_on(Proxy::start(mail.smtp.submission)));
    // Without TLS, because no certificate is valid at all of these times.
    let bed = Bed::on(mail, Some(imap), Some(proxy.port));
    let server = bed.serve_with(&clock.environment());
    let talk = Talk::new(&bed, &server);
    // Later messages refer to it in their headers, too.
    let received = |id: &str| count(&bed, LEA, "INBOX", &format!("Message-ID: {id}"));
    let status = |id: &str| talk.status(id)["status"].clone();

    let at = date(&["-d", &format!("{SOON} seconds"), "+%FT%TZ"]);
    let soon = talk.answer(json!({"email_body": "<p>Soon.</p>", "scheduled_time": at}));
    let never = talk.answer(json!({"email_body": "<p>Never.</p>", "scheduled_time": NEVER}));
    let keyed = || talk.answer_by_key("once", json!({"email_body": "<p>By its key.</p>"}));
    let by_key = keyed();
    let order = jumps();
    let (mut sent, mut is_due) = (vec![by_key.clone()], false);
    for (number, jump) in order.iter().enumerate() {
        clock.set(*jump);
        let id = talk.answer(json!({"email_body": format!("<p>Number {number}.</p>")}));
        talk.until(&id, "COMPLETED");
        sent.push(id);
        assert_eq!(keyed(), by_key, "{jump:?}: the same key is the same message at any time");
        is_due |= jump.seconds() > SOON;
        if is_due {
            talk.until(&soon, "COMPLETED");
        } else {
            assert_eq!((status(&soon), received(&soon)), (json!("SCHEDULED"), 0), "{jump:?}");
        }
        assert_eq!(status(&never), "SCHEDULED", "{jump:?}");
    }

    // Tried by a clock that is years ahead, it is tried again soon after the clock is right.
    clock.set(Jump::By(10 * YEAR));
    proxy.fail(Fault::CutAnswerTo(b"RCPT TO".to_vec()));
    let late = talk.answer(json!({"email_body": "<p>Tried in ten years.</p>"}));
    bed.until("a first try", WAIT, || {
        let found = talk.status(&late);
        let is_tried = !found["status_message"].as_str().unwrap_or_default().contains("Waiting to be sent");
        if is_tried { Ok(()) } else { Err(found.to_string()) }
    });
    proxy.fail(Fault::None);
    clock.set(Jump::By(0));
    talk.until(&late, "COMPLETED");
    sent.extend([late, soon]);

    let repeated = repeat(&clock, &talk);
    for id in &repeated {
        talk.until(id, "COMPLETED");
    }
    sent.extend(repeated);
    for id in &sent {
        bed.until("the message", WAIT, || if received(id) > 0 { Ok(()) } else { Err(id.clone()) });
    }
    assert_eq!(server.stop(), Some(0));
    for id in &sent {
        assert_eq!(received(id), 1, "{id} was sent once");
    }
    assert_eq!(received(&never), 0);
    bed.house.is_sound();
    println!(
        "soak: clocks and messages: {} messages under {} jumps, each sent once, a scheduled one not before its time; a key \
         was the same request at each",
        sent.len(),
        order.len()
    );
}

/// Repeats a request without a key at other times; the messages that it made.
fn repeat(clock: &FakeClock, talk: &Talk<'_>) -> [String; 2] {
    let ask = |jump| {
        clock.set(jump);
        talk.answer(json!({"email_body": "<p>Again and again.</p>"}))
    };
    // Within the time for which it is the same, in whichever direction the clock goes.
    let first = ask(Jump::By(SAME_FOR / 2));
    assert_eq!(ask(Jump::By(SAME_FOR / 2)), first);
    assert_eq!(ask(Jump::By(0)), first, "set back by half a minute");
    // A clock that was wrong by a year swallows no request for a year.
    let second = ask(Jump::By(-YEAR));
    assert_ne!(second, first, "set back by a year");
    assert_eq!(ask(Jump::By(-YEAR)), second);
    [first, second]
}

#[test]
fn a_jump_of_the_clock_neither_locks_a_key_out_nor_frees_it() {
    let temp = TempDir::new().unwrap();
    let Some(clock) = FakeClock::new(temp.path()) else { return };
    let house = House::new();
    let new_key = |limit: &str| {
        let made = house.run(&["key", "create", "--email", "ann@acme.example", "--rate-limit", limit]).json();
        made["api_key"].as_str().unwrap().to_owned()
    };
    let (limited, quick) = (new_key(&format!("{REQUESTS}/{WINDOW}")), new_key("1/1"));
    let data = house.data();
    let words = ["serve", "--data", crate::drive::path(&data), "--listen", "127.0.0.1:0"];
    let server = Server::start_with(&words, &clock.environment());
    let ask = |key: &str| server.call("GET", "/me", key, &Value::Null);
    let number = |answer: &Answer, name: &str| -> i64 {
        let line = answer.head.lines().find(|line| line.to_lowercase().starts_with(name));
        line.and_then(|line| line.split(':').nth(1)).unwrap().trim().parse().unwrap()
    };
    for _ in 0..REQUESTS {
        assert_eq!(ask(&limited).status, 200);
    }
    let order = jumps();
    for jump in &order {
        clock.set(*jump);
        let refused = ask(&limited);
        assert_eq!(refused.status, 429, "{jump:?}: its requests are used up");
        let wait = number(&refused, "retry-after");
        assert!((1..=WINDOW).contains(&wait), "{jump:?}: {wait} s");
        let reset = number(&refused, "x-ratelimit-reset") - (true_time() + jump.seconds());
        assert!((0..=WINDOW + 2).contains(&reset), "{jump:?}: {reset} s");
        // Whatever the clock shows, a second passes.
        let since = Instant::now();
        while ask(&quick).status != 200 {
            assert!(since.elapsed() < WAIT, "{jump:?}: locked out");
            std::thread::park_timeout(Duration::from_millis(50));
        }
    }
    assert_eq!(server.stop(), Some(0));
    println!("soak: clocks and limits: {} jumps, no key locked out, none freed", order.len());
}
