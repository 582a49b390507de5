//! The process dies, at every named point and at any moment, with mail coming in and answers going out: nothing is
//! lost, nothing is doubled, no answer leaves twice.
//!
//! `CREWBOX_CRASH_HITS` says how many hits of each point, `CREWBOX_CYCLES` how many kills at random, `CREWBOX_SEED`
//! replays them.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use crewbox_core::id::ConversationId;
use crewbox_core::message::{Direction, Message};
use crewbox_store::{BodyLimits, Open, Scope, Store};
use crewbox_testkit::bed::MailBed;
use crewbox_testkit::figures::figure;
use crewbox_testkit::letter::Letter;
use crewbox_testkit::proxy::{Fault, Proxy};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::bed::{ANN, Bed, LEA};
use crate::drive::Server;
use crate::http;

/// A point comes by, or it never will.
const PATIENCE: Duration = Duration::from_secs(30);

/// Mail in and answers out, through any number of deaths.
struct Life {
    bed: Bed,
    conversation: u64,
    stats_id: Value,
    letters: usize,
    /// Answers asked for, with the Message-ID each acknowledged one got.
    answers: BTreeMap<usize, Option<String>>,
    /// Answers whose fate the product does not know, and says so.
    unknown: usize,
}

impl Life {
    fn new() -> Self {
        Self::on(Bed::new())
    }

    fn on(bed: Bed) -> Self {
        let server = bed.serve();
        let mut life = Self {
            conversation: bed.conversation(&server),
            bed,
            stats_id: Value::Null,
            letters: 0,
            answers: BTreeMap::new(),
            unknown: 0,
        };
        life.receive();
        let (first, _) = life.bed.until("the first letter", PATIENCE, || {
            let item = life.bed.item(&server, life.conversation);
            match item["message_history"].as_array().and_then(|all| all.first()) {
                Some(first) => Ok(first["stats_id"].clone()),
                None => Err(item.to_string()),
            }
        });
        life.stats_id = first;
        assert_eq!(server.stop(), Some(0));
        life
    }

    /// A letter of the lead arrives on the server; some are too large for a row.
    fn receive(&mut self) {
        let letter = Letter::new(LEA, ANN, &format!("Letter {}", self.letters));
        let letter =
            if self.letters % 2 == 1 { letter.saying(&"Many words.\r\n".repeat(9_000)) } else { letter };
        self.bed.mail.dovecot.deliver(ANN, "INBOX", &letter.raw());
        self.letters += 1;
    }

    fn ask(&mut self, url: &str, answer: usize) -> io::Result<()> {
        self.answers.entry(answer).or_default();
        let path = format!("/api/v1/campaigns/{}/reply-email-thread", self.bed.campaign);
        let text = format!("<p>[answer {answer}]</p>");
        let body = json!({"email_stats_id": self.stats_id, "email_body": text}).to_string();
        let response =
            http::send(url, "POST", &path, &self.bed.house.key, "application/json", body.as_bytes())?;
        assert_eq!(response.status, 200, "{}", String::from_utf8_lossy(&response.body));
        self.answers.insert(answer, response.json()["message_id"].as_str().map(str::to_owned));
        Ok(())
    }

    /// Work goes on until the server dies.
    #[cfg(feature = "crash-points")]
    fn work_until_death(&mut self, server: &mut Server) -> bool {
        let since = std::time::Instant::now();
        while server.lives() {
            if since.elapsed() > PATIENCE {
                return false;
            }
            self.receive();
            let next = self.answers.len();
            if self.ask(&server.url, next).is_err() {
                break;
            }
            std::thread::park_timeout(Duration::from_millis(60));
        }
        true
    }

    /// It starts again, clients ask again what nobody answered, and all comes right.
    fn judge(&mut self, what: &str) {
        let server = self.bed.serve();
        let open: Vec<usize> = self
            .answers
            .iter()
            .filter(|(_, response)| response.is_none())
            .map(|(answer, _)| *answer)
            .collect();
        for answer in open {
            self.ask(&server.url, answer).unwrap();
        }
        self.unknown = 0;
        let mut known = Vec::new();
        for (answer, message_id) in &self.answers {
            let status = self.settled(&server, message_id.as_ref().unwrap(), what);
            self.unknown += usize::from(status == "UNKNOWN");
            known.extend((status == "COMPLETED").then_some(*answer));
        }
        self.bed.until("every answer, and every copy, once", PATIENCE, || {
            let (arrived, copies) = (self.counts(LEA, "INBOX"), self.counts(ANN, "Sent"));
            let missing = |times: &BTreeMap<usize, usize>| {
                known.iter().filter(|answer| !times.contains_key(answer)).count()
            };
            self.assert_none_twice(what);
            match (missing(&arrived), missing(&copies)) {
                (0, 0) => Ok(()),
                missing => Err(format!("{what}: {missing:?} answers and copies are missing")),
            }
        });
        self.bed.until("the mailbox, whole", PATIENCE, || {
            let ledger = self.bed.ledger();
            if ledger[0] == ledger[1] && ledger[2..] == [0, 0] {
                return Ok(());
            }
            Err(format!("{what}: {ledger:?}"))
        });
        assert_eq!(server.stop(), Some(0));
        // Read from the store: a response is not as long as this conversation becomes.
        let history = self.history();
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        for message in &history {
            *times.entry(&message.message_id).or_default() += 1;
        }
        assert!(times.values().all(|times| *times == 1), "{what}: {times:?}");
        let letters = history.iter().filter(|message| message.direction == Direction::Inbound).count();
        assert_eq!(letters, self.letters, "{what}: letters");
        self.bed.house.is_sound();
    }

    /// All messages of the conversation, without their texts, while no server runs.
    fn history(&self) -> Vec<Message> {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let store = Store::open(&Open::command(self.bed.house.data())).unwrap();
            let account = store.accounts().await.unwrap()[0].id;
            let id = ConversationId(self.conversation);
            let page = store.history(&Scope::operator(account), id, BodyLimits::NONE).await.unwrap();
            store.close().await;
            page.messages.into_iter().map(|(message, _)| message).collect()
        })
    }

    /// What became of an answer, once that is settled.
    fn settled(&self, server: &Server, message_id: &str, what: &str) -> String {
        let path = format!("/master-inbox/reply-status?message_id={}", message_id.trim_matches(['<', '>']));
        let look = || {
            let response = server.call("GET", &path, &self.bed.house.key, &Value::Null).json();
            match response["data"]["status"].as_str() {
                Some(settled @ ("COMPLETED" | "UNKNOWN")) => Ok(settled.to_owned()),
                _ => Err(format!("{what}: {message_id}: {response}")),
            }
        };
        self.bed.until("settled answer", PATIENCE, look).0
    }

    /// How often each answer is in a folder.
    fn counts(&self, user: &str, folder: &str) -> BTreeMap<usize, usize> {
        let mut times = BTreeMap::new();
        for raw in self.bed.mail.dovecot.mails(user, folder) {
            let text = String::from_utf8_lossy(&raw);
            let number =
                text.split_once("[answer ").and_then(|(_, rest)| rest.split(']').next()?.parse().ok());
            *times.entry(number.expect("a mail of ours names its answer")).or_default() += 1;
        }
        times
    }

    fn assert_none_twice(&self, what: &str) {
        for (user, folder) in [(LEA, "INBOX"), (ANN, "Sent")] {
            let times = self.counts(user, folder);
            assert!(times.values().all(|times| *times == 1), "{what}: {user} {folder}: {times:?}");
        }
    }

    fn summary(&self) -> String {
        // Once more, now that nothing is under way.
        self.assert_none_twice("in the end");
        format!(
            "{} mails in, 0 lost, 0 doubled; {} answers out, 0 sent twice, {} of unknown fate and reported so",
            self.letters,
            self.answers.len(),
            self.unknown
        )
    }
}

/// Dies at each of these points, at its first hits, and puts everything right after each point.
#[cfg(feature = "crash-points")]
fn die_at(points: &[&str], what: &str) {
    let hits = figure("CREWBOX_CRASH_HITS", 2);
    let mut life = Life::new();
    let mut deaths = 0;
    for point in points {
        for hit in 1..=hits {
            let what = format!("{point}:{hit}");
            if let Some(mut server) = life.bed.try_serve_with(&[("CREWBOX_CRASH", &what)]) {
                assert!(life.work_until_death(&mut server), "{what} never came by");
            }
            deaths += 1;
        }
        life.judge(point);
    }
    println!(
        "soak: {what}, {} crash points, the first {hits} hits each: {deaths} deaths, {}",
        points.len(),
        life.summary()
    );
}

#[test]
#[cfg(feature = "crash-points")]
fn crash_between_fetch_and_commit_loses_and_doubles_nothing() {
    die_at(crewbox_mail::sync::driver::CRASH_POINTS, "dying between FETCH and commit");
}

#[test]
#[cfg(feature = "crash-points")]
fn crash_in_mid_reply_sends_nothing_twice() {
    die_at(crewbox_mail::outbox::CRASH_POINTS, "dying in mid-reply");
}

#[test]
#[cfg(feature = "crash-points")]
fn crash_around_a_commit_loses_and_doubles_nothing() {
    die_at(crewbox_store::CRASH_POINTS, "dying around a commit");
}

#[test]
fn killed_between_the_dot_and_the_answer_a_reply_is_unknown_and_never_sent_again() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mail = MailBed::start();
    let proxy = runtime.block_on(Proxy::start(mail.smtp.submission));
    let mut life = Life::on(Bed::on(mail, None, Some(proxy.port)));
    let server = life.bed.serve();
    proxy.fail(Fault::HoldAnswerTo(b"\r\n.\r\n".to_vec(), 1));
    life.ask(&server.url, 0).unwrap();
    life.bed.until("the answer at the lead's", PATIENCE, || match life.counts(LEA, "INBOX").get(&0) {
        Some(1) => Ok(()),
        other => Err(format!("{other:?}")),
    });
    server.kill();
    proxy.fail(Fault::None);
    let connections = proxy.connections();
    for _ in 0..2 {
        let server = life.bed.serve();
        let message_id = life.answers[&0].clone().unwrap();
        assert_eq!(life.settled(&server, &message_id, "held"), "UNKNOWN");
        life.bed.live(&server);
        assert_eq!(server.stop(), Some(0));
    }
    assert_eq!(proxy.connections(), connections, "nothing was sent again");
    assert_eq!(life.counts(LEA, "INBOX"), BTreeMap::from([(0, 1)]));
    life.bed.house.is_sound();
}

#[test]
fn killed_at_random_moments_with_mail_coming_and_going() {
    let (cycles, seed) = (figure("CREWBOX_CYCLES", 30), figure("CREWBOX_SEED", 1));
    println!("CREWBOX_SEED={seed} CREWBOX_CYCLES={cycles}");
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut life = Life::new();
    for cycle in 0..cycles {
        let server = life.bed.serve();
        for _ in 0..rng.random_range(1..6) {
            life.receive();
            let next = life.answers.len();
            life.ask(&server.url, next).unwrap();
            std::thread::park_timeout(Duration::from_millis(rng.random_range(0..120)));
        }
        server.kill();
        if cycle % 10 == 9 || cycle + 1 == cycles {
            life.judge(&format!("cycle {cycle}"));
        }
    }
    println!("soak: kill -9 at random under load, {cycles} cycles from seed {seed}: {}", life.summary());
}
