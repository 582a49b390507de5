//! A connection that goes wrong at chosen words: nothing is lost and nothing comes twice.

use std::time::Duration;

use crewbox_core::mailbox::Condition;
use crewbox_testkit::bed::MailBed;
use crewbox_testkit::proxy::{Fault, Proxy};

use super::connection::{cut, mend};
use super::post::Post;

/// Twenty letters behind a proxy with this fault from the start.
async fn letters_behind(fault: Fault) -> (Post, Proxy, Vec<Vec<u8>>) {
    let bed = MailBed::start();
    let proxy = Proxy::start(bed.dovecot.imap).await;
    let mut post = Post::new(bed, Some(proxy.port)).await;
    let all = (0..20).map(|number| post.receive(number)).collect();
    proxy.fail(fault);
    post.work();
    (post, proxy, all)
}

#[tokio::test(flavor = "multi_thread")]
async fn cut_at_the_kth_mail_of_an_answer() {
    let (post, proxy, all) = letters_behind(Fault::CutAt(b"RFC822.SIZE".to_vec(), 7)).await;
    for (words, nth) in [(&b"BODY[]"[..], 1), (b"BODY[]", 9), (b"BODY[]", 20), (b" OK Fetch completed", 1)] {
        cut(&post, &proxy, Fault::CutAt(words.to_vec(), nth)).await;
    }
    mend(&post, &proxy).await;
    post.holds(&all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_with_a_long_delay_is_only_slow() {
    let (post, proxy, mut all) = letters_behind(Fault::Delay(Duration::from_millis(40))).await;
    post.until_condition(Condition::Live).await;
    all.push(post.receive(20));
    post.holds(&all).await;
    assert_eq!(proxy.connections(), 1, "nothing timed out");
}

#[tokio::test(flavor = "multi_thread")]
async fn news_announced_twice_is_read_once() {
    let (post, _proxy, mut all) = letters_behind(Fault::Repeat(b"* ".to_vec())).await;
    post.until_condition(Condition::Live).await;
    all.extend((20..24).map(|number| post.receive(number)));
    post.holds(&all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clean_end_in_place_of_an_opening_is_no_new_numbering() {
    let (post, proxy, all) = letters_behind(Fault::None).await;
    post.holds(&all).await;
    post.until_condition(Condition::Live).await;
    let numbers = async || {
        let folders = post.connected(post.mailbox).await.folders;
        folders.iter().map(|folder| (folder.name.clone(), folder.uidvalidity)).collect::<Vec<_>>()
    };
    let (known, before) = (numbers().await, proxy.connections());
    proxy.fail(Fault::CutAnswerTo(b"EXAMINE".to_vec()));
    proxy.drop_all();
    post.until("some openings without an answer", async || {
        post.pass(Duration::from_secs(600));
        match proxy.connections() {
            now if now > before + 2 => Ok(()),
            other => Err(other.to_string()),
        }
    })
    .await;
    assert_eq!(numbers().await, known, "nothing is known of it");
    proxy.fail(Fault::None);
    proxy.drop_all();
    post.until_condition(Condition::Live).await;
    post.holds(&all).await;
    assert_eq!(numbers().await, known);
}
