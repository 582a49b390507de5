//! What happens to mail and mailboxes in their ordinary, long and untidy lives.

use std::time::Duration;

use crewbox_core::change::{Cause, ChangeKind};
use crewbox_core::conversation::{Edit, Flags};
use crewbox_core::id::Seq;
use crewbox_core::mailbox::Condition;
use crewbox_core::message::Direction;
use crewbox_store::Op;
use crewbox_testkit::bed::MailBed;
use crewbox_testkit::letter::Letter;

use super::post::{ANN, BOB, LEA, Post, letter, pace};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test(flavor = "multi_thread")]
async fn mail_already_seen_is_taken_as_any_other_and_no_flag_is_set() {
    let post = Post::new(MailBed::start(), None).await;
    let seen = letter(1);
    post.bed.dovecot.deliver_seen(ANN, "INBOX", &seen);
    let mut post = post;
    post.work();
    post.until_condition(Condition::Live).await;
    let (later, unseen) = (letter(2), post.receive(3));
    post.bed.dovecot.deliver_seen(ANN, "INBOX", &later);
    post.holds(&[seen, later, unseen]).await;
    let names = post.bed.dovecot.files(ANN, "INBOX");
    let flagged = names.iter().filter(|name| name.to_string_lossy().contains(":2,S")).count();
    assert_eq!(flagged, 2, "only those read elsewhere: {names:?}");
    assert!(post.lea().await.flags.has(Flags::UNREAD));
}

#[tokio::test(flavor = "multi_thread")]
async fn history_raises_nothing_and_what_comes_while_it_is_read_does() {
    let mut post = Post::new(MailBed::start(), None).await;
    let mut all: Vec<Vec<u8>> = (0..250).map(letter).collect();
    for raw in &all {
        post.bed.dovecot.deliver_seen(ANN, "INBOX", raw);
    }
    // While another mail is read alone, no batch is read: history is under way until this is dropped.
    let alone = post.intake().alone().await;
    post.work();
    post.until_condition(Condition::Syncing).await;
    let found = post
        .until("an inbox that is counted", async || {
            let found = post.connected(post.mailbox).await;
            let inbox = found.folders.iter().find(|folder| folder.name == "INBOX").cloned();
            inbox.filter(|inbox| !inbox.is_complete()).ok_or(format!("{found:?}"))
        })
        .await;
    assert_eq!(found.ledger.map(|ledger| ledger.server), Some(250), "how many there are to come");
    assert!(!post.lea().await.flags.has(Flags::UNREAD));
    let newcomer = letter(1_000);
    post.bed.dovecot.deliver(ANN, "INBOX", &newcomer);
    drop(alone);
    post.until("the new mail, unread", async || {
        let flags = post.lea().await.flags;
        if flags.has(Flags::UNREAD) { Ok(()) } else { Err(format!("{flags:?}")) }
    })
    .await;
    all.push(newcomer);
    post.holds(&all).await;
    assert_eq!(post.lea().await.replied_count, 251);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_expunged_during_sync_is_not_missed_and_one_we_hold_stays() {
    let mut post = Post::new(MailBed::start(), None).await;
    let (mut all, mut names) = (Vec::new(), Vec::new());
    for number in 0..300 {
        all.push(letter(number));
        names.push(post.bed.dovecot.deliver(ANN, "INBOX", &all[number]));
    }
    post.work();
    post.until("half of it", async || match post.raws().await.len() {
        held @ 100.. => Ok(held),
        held => Err(held.to_string()),
    })
    .await;
    // The newest are held, the oldest are not yet; some of each go.
    let before = post.raws().await;
    for number in (0..300).step_by(7) {
        post.bed.dovecot.expunge(ANN, "INBOX", &names[number]);
    }
    post.until_condition(Condition::Live).await;
    let held: Vec<Vec<u8>> = post.raws().await.into_iter().map(|(_, raw)| raw).collect();
    for (number, raw) in all.iter().enumerate() {
        let times = held.iter().filter(|one| *one == raw).count();
        let kept = number % 7 != 0 || before.iter().any(|(_, one)| one == raw);
        assert!(times == 1 || !kept && times == 0, "letter {number} is held {times} times");
    }
    for (id, _) in &before {
        assert!(post.raws().await.iter().any(|(held, _)| held == id), "{id} is no longer held");
    }
    post.holds(&held).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_moved_between_folders_is_one_message_with_its_owner_and_state() {
    let post = Post::working(MailBed::start(), None).await;
    post.until_condition(Condition::Live).await;
    let raw = letter(1);
    let name = post.bed.dovecot.deliver(ANN, "INBOX", &raw);
    post.holds(std::slice::from_ref(&raw)).await;
    for edit in [Edit::Owner(Some(1.into())), Edit::Read(true)] {
        post.write(Op::Edit { conversation: post.conversation.id, edit }).await;
    }
    let before = post.raws().await;
    post.bed.dovecot.move_to(ANN, "INBOX", "Junk", &name);
    post.holds(&[raw]).await;
    assert_eq!(post.raws().await[0].0, before[0].0, "the message kept its id");
    let lea = post.lea().await;
    assert!(!lea.flags.has(Flags::UNREAD) && lea.replied_count == 1, "{lea:?}");
    assert_eq!(lea.owner, Some(1.into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_read_alone_is_alone_in_the_whole_process() {
    let mut post = Post::new(MailBed::start(), None).await;
    let raw = post.receive(1);
    let alone = post.intake().alone().await;
    // Of another mailbox or not: while one mail's death would be counted, nobody else's can be taken for it.
    post.work();
    let folders = async || post.connected(post.mailbox).await.folders;
    post.until("a mail that was begun", async || match folders().await.first() {
        Some(inbox) => {
            let begun = post.store.attempts(&post.scope, post.mailbox, &inbox.name, inbox.uidvalidity).await;
            if begun.unwrap().is_empty() { Err("none".to_owned()) } else { Ok(()) }
        }
        None => Err("no folder".to_owned()),
    })
    .await;
    assert!(post.raws().await.is_empty());
    drop(alone);
    post.holds(&[raw]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_in_sent_was_sent_whatever_alias_it_names() {
    let post = Post::working(MailBed::start(), None).await;
    post.until_condition(Condition::Live).await;
    let raw = Letter::new("sales@another.example", LEA, "From an alias").raw();
    post.bed.dovecot.deliver(ANN, "Sent", &raw);
    post.holds(std::slice::from_ref(&raw)).await;
    let all = post.store.raws(&post.scope, 0.into(), 10).await.unwrap();
    assert_eq!(all[0].message.direction, Direction::Outbound);
    assert_eq!(all[0].message.conversation, Some(post.conversation.id), "{}", all[0].message.reason);
    let lea = post.lea().await;
    assert!(!lea.flags.has(Flags::UNREAD) && lea.replied_count == 0, "{lea:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_mail_in_two_of_our_mailboxes_is_one_message_at_two_places() {
    let post = Post::working(MailBed::start(), None).await;
    post.save_mailbox(BOB, None).await;
    let raw = letter(1);
    post.bed.dovecot.deliver(ANN, "INBOX", &raw);
    post.bed.dovecot.deliver(BOB, "INBOX", &raw);
    // As another server on the way writes it: other Received lines, the same message.
    let mut relayed =
        b"Received: from mx.example by mail.example; Mon, 2 Jun 2025 10:00:01 +0000\r\n".to_vec();
    let second = Letter::new(LEA, ANN, "Letter 2").with(&format!("Cc: {BOB}")).raw();
    relayed.extend_from_slice(&second);
    post.bed.dovecot.deliver(ANN, "INBOX", &second);
    post.until("the first copy", async || match post.raws().await.len() {
        2 => Ok(()),
        other => Err(other.to_string()),
    })
    .await;
    post.bed.dovecot.deliver(BOB, "INBOX", &relayed);
    post.holds_of(&[ANN, BOB], &[raw, second]).await;
    assert_eq!(post.lea().await.replied_count, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_when_a_password_is_mended_a_month_later() {
    let mut post = Post::working(MailBed::start(), None).await;
    post.until_condition(Condition::Live).await;
    let mut all = vec![post.receive(0)];
    post.holds(&all).await;
    post.bed.dovecot.set_password("changed");
    // Each refusal is followed by a wait, which the clock jumps over.
    let status = post
        .until("a mailbox that needs a log-in", async || {
            post.pass(Duration::from_secs(600));
            let status = post.connected(post.mailbox).await.status;
            if status.condition == Condition::NeedsLogin { Ok(status) } else { Err(format!("{status:?}")) }
        })
        .await;
    assert_eq!(status.refused_logins, 3, "no more tries, or the account is locked: {status:?}");
    let detail = status.detail.unwrap();
    assert!(detail.contains("password") && !detail.contains("secret"), "{detail}");
    post.pass(30 * DAY);
    all.extend((1..50).map(|number| post.receive(number)));
    post.save(ANN, None, "changed").await;
    post.until_condition(Condition::Live).await;
    post.holds(&all).await;
    assert!(post.lea().await.flags.has(Flags::UNREAD), "what came meanwhile is new mail, not history");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_by_an_outage_of_thirty_days() {
    let mut post = Post::working(MailBed::start(), None).await;
    post.until_condition(Condition::Live).await;
    let mut all = vec![post.receive(0)];
    post.holds(&all).await;
    post.bed.dovecot.stop();
    let status = post.until_condition(Condition::Unreachable).await.status;
    assert!(status.until.is_some() && status.detail.is_some(), "{status:?}");
    for _ in 0..30 {
        post.pass(DAY);
        tokio::task::yield_now().await;
    }
    all.extend((1..120).map(|number| post.receive(number)));
    post.bed.dovecot.go_on();
    let head = post.head().await;
    post.until("a live mailbox", async || {
        post.pass(Duration::from_secs(600));
        let found = post.connected(post.mailbox).await;
        if found.status.condition == Condition::Live { Ok(()) } else { Err(format!("{found:?}")) }
    })
    .await;
    post.holds(&all).await;
    assert_eq!(post.announced(head).await, 119);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_on_one_mailbox_store_each_mail_once() {
    let post = Post::working(MailBed::start(), None).await;
    post.until_condition(Condition::Live).await;
    let second = post.workers();
    let all: Vec<Vec<u8>> = (0..200).map(|number| post.receive(number)).collect();
    post.holds(&all).await;
    assert_eq!(post.lea().await.replied_count, 200);
    let of_kind = async |kind: ChangeKind| {
        let page = post.store.changes(&post.scope, Seq(0), 100_000).await.unwrap();
        page.changes.into_iter().filter(|change| change.kind == kind).collect::<Vec<_>>()
    };
    let leases = async || of_kind(ChangeKind::MailboxLeased).await.len();
    let received = of_kind(ChangeKind::MessageReceived).await;
    assert!(received.iter().all(|change| change.cause == Cause::Mailbox));
    // The first may have read all of it before the second had begun.
    post.until("a lease of the second", async || match leases().await {
        2.. => Ok(()),
        other => Err(other.to_string()),
    })
    .await;
    // The second goes; the first has found that the mailbox is another's, and is not there any more.
    second.stop().await;
    let late = post.receive(1_000);
    // That nothing is read is no event to wait for: three times as long as a worker would take.
    tokio::time::sleep(3 * Duration::from_millis(pace().look_ms.unsigned_abs())).await;
    assert_eq!(post.raws().await.len(), 200, "the first worker goes on reading");
    assert_eq!(leases().await, 2, "each worker took it once: who lost it does not take it back");
    let third = post.workers();
    post.holds(&[all, vec![late]].concat()).await;
    third.stop().await;
}

fn file_of(post: &Post, name: &str) -> std::path::PathBuf {
    let files = post.bed.dovecot.files(ANN, "INBOX");
    files.into_iter().find(|file| file.to_string_lossy().contains(name)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_becomes_mail_when_its_flag_goes() {
    let mut post = Post::new(MailBed::start(), None).await;
    let (first, draft, live) = (letter(1), letter(2), letter(3));
    post.bed.dovecot.deliver_seen(ANN, "INBOX", &first);
    let name = post.bed.dovecot.deliver_seen(ANN, "INBOX", &draft);
    // Dovecot writes the flags of a mail into the name of its file: D is a draft.
    let file = file_of(&post, &name);
    std::fs::rename(&file, file.with_file_name(format!("{name}:2,DS"))).unwrap();
    post.work();
    post.until_condition(Condition::Live).await;
    post.bed.dovecot.deliver(ANN, "INBOX", &live);
    let figures = async |wanted: (u64, u64, u64, u64)| {
        post.until("the figures", async || {
            let found = post.connected(post.mailbox).await;
            let inbox = found.folders.iter().find(|folder| folder.name == "INBOX");
            let ledger = inbox.and_then(|inbox| inbox.ledger).unwrap_or_default();
            let figures = (ledger.server, ledger.held, ledger.missing, ledger.passed_over);
            if figures == wanted { Ok(()) } else { Err(format!("{ledger:?}")) }
        })
        .await;
    };
    figures((3, 2, 0, 1)).await;
    assert_eq!(post.raws().await.len(), 2);
    let file = file_of(&post, &name);
    std::fs::rename(&file, file.with_file_name(format!("{name}:2,S"))).unwrap();
    figures((3, 3, 0, 0)).await;
    assert_eq!(post.lea().await.replied_count, 3);
}
