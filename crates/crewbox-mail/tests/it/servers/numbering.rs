//! Folders that are numbered afresh: nothing is new, nothing is lost, and what people did stays.

use crewbox_core::conversation::{Edit, Flags};
use crewbox_core::id::{CategoryId, Seq};
use crewbox_core::mailbox::Condition;
use crewbox_store::Op;
use crewbox_testkit::bed::MailBed;
use crewbox_testkit::proxy::{Fault, Proxy};

use super::post::{ANN, Post, letter};

/// What a person did to the conversation, and what must be so afterwards.
async fn work_on(post: &Post) {
    let conversation = post.conversation.id;
    for edit in [Edit::Read(true), Edit::Category(Some(CategoryId(1))), Edit::Owner(Some(1.into()))] {
        post.write(Op::Edit { conversation, edit }).await;
    }
}

async fn as_it_was(post: &Post, replies: u32) {
    let lea = post.lea().await;
    assert!(!lea.flags.has(Flags::UNREAD), "nothing is new");
    assert_eq!((lea.category, lea.owner), (Some(CategoryId(1)), Some(1.into())));
    assert_eq!(lea.replied_count, replies);
}

async fn uidvalidity(post: &Post) -> u32 {
    let connected = post.connected(post.mailbox).await;
    connected.folders.iter().find(|folder| folder.name == "INBOX").unwrap().uidvalidity
}

#[tokio::test(flavor = "multi_thread")]
async fn uidvalidity_changed_between_connections_with_uids_used_again() {
    let mut post = Post::working(MailBed::start(), None).await;
    post.until_condition(Condition::Live).await;
    let mut names = Vec::new();
    let mut all: Vec<Vec<u8>> = (0..60).map(letter).collect();
    for raw in &all {
        names.push(post.bed.dovecot.deliver(ANN, "INBOX", raw));
    }
    post.holds(&all).await;
    work_on(&post).await;
    let before = uidvalidity(&post).await;
    let head = post.head().await;
    // The first are gone, so that every UID that is used again means another mail.
    for name in &names[..10] {
        post.bed.dovecot.expunge(ANN, "INBOX", name);
    }
    post.bed.dovecot.renumber(ANN, "INBOX", before + 1);
    post.until("the new numbers", async || match uidvalidity(&post).await {
        now if now == before + 1 => Ok(()),
        other => Err(other.to_string()),
    })
    .await;
    post.until_condition(Condition::Live).await;
    post.holds(&all).await;
    as_it_was(&post, 60).await;
    assert_eq!(post.announced(head).await, 0, "0 new");
    all.push(post.receive(100));
    post.holds(&all).await;
    assert!(post.lea().await.flags.has(Flags::UNREAD), "the next mail is new");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_uidvalidity_that_comes_back_with_other_mails() {
    let mut post = Post::working(MailBed::start(), None).await;
    post.until_condition(Condition::Live).await;
    let mut all: Vec<Vec<u8>> = (0..20).map(|number| post.receive(number)).collect();
    post.holds(&all).await;
    let first = uidvalidity(&post).await;
    post.bed.dovecot.renumber(ANN, "INBOX", first + 1);
    post.until("the new numbers", async || match uidvalidity(&post).await {
        now if now == first + 1 => Ok(()),
        other => Err(other.to_string()),
    })
    .await;
    post.holds(&all).await;
    for file in post.bed.dovecot.files(ANN, "INBOX") {
        std::fs::remove_file(file).unwrap();
    }
    let others: Vec<Vec<u8>> = (100..120).map(|number| post.receive(number)).collect();
    all.extend(others);
    post.bed.dovecot.renumber(ANN, "INBOX", first);
    post.holds(&all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn uidvalidity_changed_during_a_fetch() {
    let bed = MailBed::start();
    let proxy = Proxy::start(bed.dovecot.imap).await;
    let mut post = Post::new(bed, Some(proxy.port)).await;
    let all: Vec<Vec<u8>> = (0..400).map(|number| post.receive(number)).collect();
    // Each came in a second after the one before: the newest decides what is read.
    let mut files = post.bed.dovecot.files(ANN, "INBOX");
    files.sort();
    for (file, number) in files.iter().zip(0..) {
        let file = std::fs::File::options().write(true).open(file).unwrap();
        let before = std::time::Duration::from_secs(1_000 - number);
        file.set_modified(file.metadata().unwrap().modified().unwrap() - before).unwrap();
    }
    // The first batch of a connection arrives and the second one never does: however slow this test is, it finds a
    // fetch under way.
    proxy.fail(Fault::HoldAnswerTo(b"BODY.PEEK[]".to_vec(), 2));
    post.work();
    post.until("a part of it", async || match post.raws().await.len() {
        held @ 1.. => Ok(held),
        held => Err(held.to_string()),
    })
    .await;
    proxy.fail(Fault::BlackHole);
    let before = uidvalidity(&post).await;
    work_on(&post).await;
    post.bed.dovecot.renumber(ANN, "INBOX", before + 7);
    let held = post.raws().await.len();
    assert!(held < 400, "{held}: it was not in the midst of it");
    proxy.fail(Fault::None);
    proxy.drop_all();
    post.until("the new numbers", async || match uidvalidity(&post).await {
        now if now == before + 7 => Ok(()),
        other => Err(other.to_string()),
    })
    .await;
    post.until_condition(Condition::Live).await;
    post.holds(&all).await;
    as_it_was(&post, 400).await;
    assert_eq!(post.announced(Seq(0)).await, 400, "each came in once, under whatever number");
}
