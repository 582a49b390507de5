//! Connections that fail, hang, stutter and lie.

use std::time::{Duration, Instant};

use crewbox_core::mailbox::Condition;
use crewbox_testkit::bed::MailBed;
use crewbox_testkit::proxy::{Fault, Proxy};

use super::post::{Post, letter};

async fn behind_a_proxy() -> (Post, Proxy) {
    let bed = MailBed::start();
    let proxy = Proxy::start(bed.dovecot.imap).await;
    (Post::new(bed, Some(proxy.port)).await, proxy)
}

/// From now on this goes wrong; returns once it has.
pub(super) async fn cut(post: &Post, proxy: &Proxy, fault: Fault) {
    let before = proxy.connections();
    proxy.fail(fault);
    proxy.drop_all();
    post.until("the next connection", async || {
        post.pass(Duration::from_secs(600));
        match proxy.connections() {
            now if now > before + 1 => Ok(()),
            other => Err(other.to_string()),
        }
    })
    .await;
}

/// Nothing goes wrong any more; returns once the mailbox is live.
pub(super) async fn mend(post: &Post, proxy: &Proxy) {
    proxy.fail(Fault::None);
    proxy.drop_all();
    post.until("a live mailbox", async || {
        post.pass(Duration::from_secs(600));
        let found = post.connected(post.mailbox).await;
        if found.status.condition == Condition::Live { Ok(()) } else { Err(format!("{found:?}")) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_nat_drop_in_idle_is_noticed_by_a_deadline() {
    let (mut post, proxy) = behind_a_proxy().await;
    post.work();
    post.until_condition(Condition::Live).await;
    let mut all = vec![post.receive(0)];
    post.holds(&all).await;
    proxy.fail(Fault::BlackHole);
    let since = Instant::now();
    all.push(post.receive(1));
    let before = proxy.connections();
    post.until("a second connection", async || match proxy.connections() {
        now if now > before => Ok(()),
        other => Err(other.to_string()),
    })
    .await;
    assert!(since.elapsed() < Duration::from_secs(10), "{:?}", since.elapsed());
    proxy.fail(Fault::None);
    post.holds(&all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bye_and_a_server_that_restarts() {
    let (mut post, proxy) = behind_a_proxy().await;
    post.work();
    post.until_condition(Condition::Live).await;
    let mut all = Vec::new();
    for number in 0..4 {
        all.push(post.receive(number));
        if number % 2 == 0 {
            post.bed.dovecot.stop();
            post.bed.dovecot.go_on();
        } else {
            proxy.fail(Fault::Inject(b"* BYE shutting down for maintenance\r\n".to_vec()));
            proxy.drop_all();
            post.until("another try", async || {
                let status = post.connected(post.mailbox).await.status;
                if status.condition == Condition::Unreachable { Ok(()) } else { Err(format!("{status:?}")) }
            })
            .await;
            proxy.fail(Fault::None);
        }
    }
    post.holds(&all).await;
    post.until_condition(Condition::Live).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_asks_for_a_pause_gets_one_and_people_are_told() {
    let (mut post, proxy) = behind_a_proxy().await;
    let all = vec![post.receive(0)];
    proxy.fail(Fault::Inject(b"* BYE [UNAVAILABLE] Too many simultaneous connections\r\n".to_vec()));
    post.work();
    let status = post.until_condition(Condition::Throttled).await.status;
    assert!(status.until.is_some(), "{status:?}");
    let connections = proxy.connections();
    proxy.fail(Fault::None);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(proxy.connections(), connections, "it waits as it was told to");
    post.stop().await;
    // A person saw to it: the pause is not served to its end.
    post.work();
    post.holds(&all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_one_byte_at_a_time() {
    let (mut post, proxy) = behind_a_proxy().await;
    let all: Vec<Vec<u8>> = (0..12).map(|number| post.receive(number)).collect();
    proxy.fail(Fault::OneByte);
    post.work();
    post.holds(&all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cut_anywhere_in_what_the_server_says() {
    let (mut post, proxy) = behind_a_proxy().await;
    let all: Vec<Vec<u8>> = (0..30).map(|number| post.receive(number)).collect();
    post.work();
    // Ever a little further: in the greeting, the log-in, the list, the sizes, in the midst of mails.
    for at in (0..24).map(|step| 40 + step * step * 30) {
        cut(&post, &proxy, Fault::CutAfter(at)).await;
    }
    mend(&post, &proxy).await;
    post.holds(&all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_nobody_asked_for_change_nothing() {
    let (mut post, proxy) = behind_a_proxy().await;
    let all: Vec<Vec<u8>> = (0..20).map(letter).collect();
    for raw in &all {
        post.bed.dovecot.deliver(super::post::ANN, "INBOX", raw);
    }
    proxy.fail(Fault::Inject(b"* OK [ALERT] the weather is fine\r\n".to_vec()));
    post.work();
    post.holds(&all).await;
}
