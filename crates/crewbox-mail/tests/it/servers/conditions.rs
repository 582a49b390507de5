//! What happens to mail and mailboxes in their ordinary, long and untidy lives.

use std::time::Duration;

use crewbox_core::conversation::{Edit, Flags};
use crewbox_core::mailbox::Condition;
use crewbox_store::Op;
use crewbox_testkit::bed::MailBed;
use crewbox_testkit::letter::Letter;

use super::post::{ANN, BOB, LEA, Post, letter};

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
    let mut all: Vec<Vec<u8>> = (0..250).map(|number| post.receive(number)).collect();
    post.work();
    post.until_condition(Condition::Syncing).await;
    assert!(!post.lea().await.flags.has(Flags::UNREAD));
    let newcomer = letter(1_000);
    post.bed.dovecot.deliver(ANN, "INBOX", &newcomer);
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
    for number in (0..300).step_by(7) {
        post.bed.dovecot.expunge(ANN, "INBOX", &names[number]);
    }
    post.until_condition(Condition::Live).await;
    let held: Vec<Vec<u8>> = post.raws().await.into_iter().map(|(_, raw)| raw).collect();
    for (number, raw) in all.iter().enumerate() {
        let times = held.iter().filter(|one| *one == raw).count();
        assert!(times == 1 || number % 7 == 0 && times == 0, "letter {number} is held {times} times");
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
    let read = Op::Edit { conversation: post.conversation.id, edit: Edit::Read(true) };
    post.write(read).await;
    let before = post.raws().await;
    post.bed.dovecot.move_to(ANN, "INBOX", "Junk", &name);
    post.holds(&[raw]).await;
    assert_eq!(post.raws().await[0].0, before[0].0, "the message kept its id");
    let lea = post.lea().await;
    assert!(!lea.flags.has(Flags::UNREAD) && lea.replied_count == 1, "{lea:?}");
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
    let said = status.detail.unwrap();
    assert!(said.contains("password") && !said.contains("secret"), "{said}");
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
    let lease = "a second worker takes the lease, and the first ends before it writes again";
    let second = post.workers();
    let all: Vec<Vec<u8>> = (0..200).map(|number| post.receive(number)).collect();
    post.holds(&all).await;
    assert_eq!(post.lea().await.replied_count, 200, "{lease}");
    second.stop().await;
}
