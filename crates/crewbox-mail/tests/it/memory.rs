//! How much memory large mail takes on its way in, whatever it is made of: measured as the peak of this process.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::time::Instant;

use crewbox_core::id::MailboxId;
use crewbox_core::model::{MailboxSettings, Role};
use crewbox_mail::intake::{Incoming, Intake, Taken};
use crewbox_store::contract::{MailboxSecrets, NewAccount, NewMailbox};
use crewbox_store::{Batch, NewMember, Op, Open, Outcome, Scope, Store};

use crate::NOW;

/// A mail with an attachment of 50 MB, encoded: what a soak measures; and what is enough to tell.
const LARGE: usize = 69_000_000;
const LARGE_ENOUGH: usize = 20_000_000;
/// What reading and storing one takes, MiB: the writer's cache of 64, and some room. Never the mail once more.
const BESIDE: u64 = 80;

/// A mail of this many bytes: this head, then this line again and again, then this end.
fn large(bytes: usize, head: &str, line: &str, end: &str) -> Vec<u8> {
    let mut raw =
        format!("From: lea@acme.test\r\nTo: us@own.test\r\nSubject: large\r\n{head}\r\n\r\n").into_bytes();
    let lines = (bytes - raw.len() - end.len()) / line.len();
    raw.extend_from_slice(line.repeat(lines).as_bytes());
    raw.extend_from_slice(end.as_bytes());
    raw
}

/// How each is called, and its bytes.
fn mails() -> Vec<(&'static str, Vec<u8>)> {
    let bytes = if crewbox_testkit::figures::is_soak() { LARGE } else { LARGE_ENOUGH };
    let base64 = "VGhpcyBpcyBhIGxvbmcgYXR0YWNobWVudCwgYW5kIGl0IGdvZXMgb24gYW5kIG9uIGFuZCBvbi4u\r\n";
    let attached = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
                    Content-Type: text/plain\r\n\r\nsee attached\r\n--b\r\nContent-Type: application/octet-stream\r\n\
                    Content-Disposition: attachment; filename=big.bin\r\nContent-Transfer-Encoding: base64";
    let words = "> So it goes on and on, line by line, and nobody knows who is to read it all.\r\n";
    vec![
        ("an attachment", large(bytes, attached, base64, "\r\n--b--\r\n")),
        ("a text", large(bytes, "Content-Type: text/plain", words, "")),
        (
            "a text in base64",
            large(bytes, "Content-Type: text/plain\r\nContent-Transfer-Encoding: base64", base64, ""),
        ),
        (
            "a text of letters beyond ASCII",
            large(bytes, "Content-Type: text/plain; charset=utf-8", "Grüße \r\n", ""),
        ),
        ("HTML", large(bytes, "Content-Type: text/html", "<p>So it goes on &amp; on.</p>\r\n", "")),
        ("lines of a letter", large(bytes, "Content-Type: text/plain", "x\n", "")),
    ]
}

async fn account(store: &Store) -> (Scope, MailboxId) {
    let owner = NewMember {
        name: "Ada".to_owned(),
        email: "ada@own.test".to_owned(),
        role: Role::Owner,
        client: None,
        password_hash: None,
    };
    let made = store.create_account(NewAccount { name: "one".to_owned(), owner }, NOW).await.unwrap();
    let scope = Scope::operator(made.account);
    let new = NewMailbox {
        email: "us@own.test".to_owned(),
        name: String::new(),
        client: None,
        settings: MailboxSettings::default(),
        secrets: MailboxSecrets::default(),
    };
    let ops = vec![Op::SaveMailbox(Box::new(new))];
    match store.commit(Batch::new(scope, NOW, ops)).await.unwrap().outcomes[0] {
        Outcome::Id(id) => (scope, MailboxId(id)),
        ref other => panic!("{other:?}"),
    }
}

/// The process's memory now, and its peak since it was last set back, in MiB; where the system tells.
fn memory() -> Option<(u64, u64)> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let of = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name))?;
        Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
    };
    Some((of("VmRSS:")?, of("VmHWM:")?))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_mail_takes_bounded_memory() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&Open::server(dir.path())).unwrap();
    let (scope, mailbox) = account(&store).await;
    let intake = Intake::new(store).unwrap();
    for (name, raw) in mails() {
        let size = raw.len();
        let incoming = Incoming {
            raw: raw.into(),
            mailbox,
            own: crate::own(),
            location: None,
            backfill: false,
            seen: None,
            connected_at: None,
            received_at: None,
            fallback_at: None,
            direction: None,
        };
        // The peak counts from here, with the mail itself in memory.
        let _ = std::fs::write("/proc/self/clear_refs", "5");
        let before = memory();
        let since = Instant::now();
        let taken = intake.take(&scope, NOW, vec![incoming]).await.unwrap();
        assert!(matches!(taken[0], Taken::Stored(_)), "{name}: {taken:?}");
        let Some(((before, _), (_, peak))) = before.zip(memory()) else { continue };
        let grown = peak.saturating_sub(before);
        println!(
            "soak: {name} of {} MB: taken in {:.1?}, memory grew by {grown} MiB beside the mail itself",
            size / 1_000_000,
            since.elapsed()
        );
        assert!(grown <= BESIDE, "{name}: {grown} MiB");
    }
}
