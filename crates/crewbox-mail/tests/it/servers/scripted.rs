//! What a well-kept server never does, and others do.

use base64::Engine as _;
use crewbox_core::change::ChangeKind;
use crewbox_core::conversation::Flags;
use crewbox_core::mailbox::{Condition, FolderRole};
use crewbox_core::model::{MailboxSettings, OAuth, Security};
use crewbox_mail::oauth::Tokens;
use crewbox_store::Op;
use crewbox_store::contract::{MailboxSecrets, NewMailbox};
use crewbox_testkit::bed::MailBed;
use crewbox_testkit::scripted::{Folder, Script, ScriptedImap};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::post::{ANN, LEA, Post, letter};

/// Workers at a scripted server with these mails in its INBOX.
pub(super) async fn at(mut script: Script, mails: &[Vec<u8>]) -> (Post, ScriptedImap) {
    for raw in mails {
        script.deliver("INBOX", raw);
    }
    let server = ScriptedImap::start(script).await;
    let post = Post::working(MailBed::start(), Some(server.port)).await;
    (post, server)
}

/// Waits until the store holds just these, each once.
pub(super) async fn holds(post: &Post, contents: &[Vec<u8>]) {
    let mut wanted = contents.to_vec();
    wanted.sort();
    post.until("just these mails", async || {
        post.pass(std::time::Duration::from_secs(60));
        let mut held: Vec<Vec<u8>> = post.raws().await.into_iter().map(|(_, raw)| raw).collect();
        held.sort();
        let status = post.connected(post.mailbox).await.status;
        if held == wanted && status.condition == Condition::Live {
            return Ok(());
        }
        Err(format!("{} of {} held, {status:?}", held.len(), wanted.len()))
    })
    .await;
}

pub(super) fn letters(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(letter).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_literal_that_promises_more_than_comes_stores_nothing_of_it() {
    let mails = letters(5);
    let (post, server) = at(Script { promise_more: 3, ..Script::usual() }, &mails).await;
    holds(&post, &mails).await;
    assert_eq!(server.script().promise_more, 0, "it did lie");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_literal_that_promises_less_than_comes_stores_nothing_of_it() {
    let mails = letters(5);
    let (post, server) = at(Script { promise_less: 2, ..Script::usual() }, &mails).await;
    holds(&post, &mails).await;
    assert_eq!(server.script().promise_less, 0, "it did lie");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_that_shrinks_without_an_expunge() {
    let mails = letters(8);
    let (post, server) = at(Script { overcount: 3, ..Script::usual() }, &mails).await;
    holds(&post, &mails).await;
    server.script().overcount = 0;
    let mut all = mails;
    all.push(letter(100));
    server.script().deliver("INBOX", &all[8]);
    holds(&post, &all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn gmail_labels_are_one_mail_read_from_all_mail() {
    let mut script = Script { capabilities: "IDLE X-GM-EXT-1".into(), ..Script::default() };
    script.folders = vec![
        Folder::new("INBOX", "\\HasNoChildren"),
        Folder::new("[Gmail]", "\\HasChildren \\Noselect"),
        Folder::new("[Gmail]/All Mail", "\\All \\HasNoChildren"),
        Folder::new("[Gmail]/Sent Mail", "\\HasNoChildren \\Sent"),
        Folder::new("[Gmail]/Spam", "\\HasNoChildren \\Junk"),
        Folder::new("Leads", "\\HasNoChildren"),
    ];
    let mails = letters(6);
    for raw in &mails {
        for folder in ["[Gmail]/All Mail", "Leads"] {
            script.deliver(folder, raw);
        }
    }
    let (post, server) = at(script, &mails).await;
    holds(&post, &mails).await;
    let folders = post.connected(post.mailbox).await.folders;
    let read: Vec<FolderRole> = folders.iter().map(|folder| folder.role).collect();
    assert_eq!(read, [FolderRole::All, FolderRole::Junk], "{folders:?}");
    // A mail that is archived loses its label, and nothing else.
    server.script().folders[0].mails.clear();
    let newest = letter(100);
    server.script().deliver("[Gmail]/All Mail", &newest);
    holds(&post, &[mails, vec![newest]].concat()).await;
    assert!(post.lea().await.flags.has(Flags::UNREAD));
}

#[tokio::test(flavor = "multi_thread")]
async fn throttling_in_mid_fetch_leaves_the_cursor_alone() {
    let mails = letters(4);
    let refuse = vec![
        "[THROTTLED] Request is throttled. Suggested Backoff Time: 31000 milliseconds".to_owned(),
        "[OVERQUOTA] Account exceeded command or bandwidth limits".to_owned(),
    ];
    let (mut post, _server) = at(Script { refuse, ..Script::usual() }, &mails).await;
    let status = post.until_condition(Condition::Throttled).await.status;
    assert!(status.until.is_some(), "{status:?}");
    assert!(post.raws().await.is_empty());
    holds(&post, &mails).await;
    post.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_idle_is_asked() {
    let mut mails = letters(2);
    let (post, server) = at(Script { capabilities: String::new(), ..Script::usual() }, &mails).await;
    holds(&post, &mails).await;
    mails.push(letter(100));
    post.until("a server that is asked", async || match server.script().seen.get("NOOP") {
        Some(1..) => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await;
    server.script().deliver("INBOX", &mails[2]);
    holds(&post, &mails).await;
    let seen = server.script().seen.clone();
    assert!(!seen.contains_key("IDLE"), "{seen:?}");
    assert!(!seen.contains_key("SELECT") && !seen.contains_key("UID STORE"), "nothing is changed: {seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_keeps_its_next_number_to_itself() {
    let mut mails = letters(5);
    let (post, server) = at(Script { silent_uid_next: true, ..Script::usual() }, &mails).await;
    holds(&post, &mails).await;
    assert!(!post.lea().await.flags.has(Flags::UNREAD), "what was there is history");
    mails.push(letter(100));
    server.script().deliver("INBOX", &mails[5]);
    holds(&post, &mails).await;
    assert!(post.lea().await.flags.has(Flags::UNREAD));
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_come_twice_and_news_nobody_asked_for() {
    let mails = letters(5);
    let (post, _server) = at(Script { stray: true, ..Script::usual() }, &mails).await;
    holds(&post, &mails).await;
    assert_eq!(post.lea().await.replied_count, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_mail_the_server_cannot_give_keeps_none_of_the_others() {
    let mut mails = letters(40);
    let (post, server) = at(Script { unfetchable: vec![17], ..Script::usual() }, &mails).await;
    let bad = mails.remove(16);
    holds(&post, &mails).await;
    post.until("a ledger that misses it, and the reason", async || {
        post.pass(std::time::Duration::from_secs(1));
        let found = post.connected(post.mailbox).await;
        let inbox = found.folders.iter().find(|folder| folder.name == "INBOX").unwrap();
        let ledger = inbox.ledger.unwrap();
        let detail = found.status.detail.clone().unwrap_or_default();
        if (ledger.server, ledger.held, ledger.missing) == (40, 39, 1)
            && detail.contains("failed to deliver 1 mail")
        {
            return Ok(());
        }
        Err(format!("{found:?}"))
    })
    .await;
    // Mail behind it is no concern of its either, and once it can be had it is.
    mails.push(letter(100));
    server.script().deliver("INBOX", &mails[39]);
    holds(&post, &mails).await;
    server.script().unfetchable.clear();
    mails.push(bad);
    post.pass(std::time::Duration::from_secs(2 * 24 * 60 * 60));
    holds(&post, &mails).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_talks_and_never_answers_is_left() {
    let mails = letters(3);
    let (post, server) = at(Script { chatters: true, ..Script::usual() }, &mails).await;
    post.until("a second log-in", async || match server.script().seen.get("LOGIN") {
        Some(2..) => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await;
    server.script().chatters = false;
    holds(&post, &mails).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_refuses_the_idle_it_promises_is_asked() {
    let mut mails = letters(2);
    let (post, server) = at(Script { refuse_idle: true, ..Script::usual() }, &mails).await;
    holds(&post, &mails).await;
    post.until("a server that is asked", async || match server.script().seen.get("NOOP") {
        Some(1..) => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await;
    mails.push(letter(100));
    server.script().deliver("INBOX", &mails[2]);
    holds(&post, &mails).await;
    // The clock of this test goes an hour on in steps: IDLE is tried again by and by, and no more.
    let seen = server.script().seen.clone();
    assert!(seen["IDLE"] <= 1 + seen["NOOP"], "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bye_in_the_midst_of_idle_is_a_new_connection_and_no_mail_is_missed() {
    let mut mails = letters(2);
    let (post, server) = at(Script { bye_in_idle: 1, ..Script::usual() }, &mails).await;
    post.until("a second log-in", async || match server.script().seen.get("LOGIN") {
        Some(2..) => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await;
    assert_eq!(server.script().bye_in_idle, 0);
    mails.push(letter(100));
    server.script().deliver("INBOX", &mails[2]);
    holds(&post, &mails).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_wants_plain_gets_it() {
    let mails = letters(2);
    let mut script = Script { capabilities: "IDLE LOGINDISABLED AUTH=PLAIN".into(), ..Script::usual() };
    let words = format!("\0{ANN}\0secret");
    script.token = Some(base64::engine::general_purpose::STANDARD.encode(words));
    let (post, server) = at(script, &mails).await;
    holds(&post, &mails).await;
    assert!(!server.script().seen.contains_key("LOGIN"), "a password is not sent where it is not wanted");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_mail_of_a_server_without_a_next_number_may_go() {
    let mails = letters(5);
    let (post, server) = at(Script { silent_uid_next: true, ..Script::usual() }, &mails).await;
    holds(&post, &mails).await;
    let head = post.head().await;
    server.script().folders[0].mails.remove(&5);
    post.until("a mail that is gone", async || {
        post.pass(std::time::Duration::from_secs(60));
        let places = post.store.places(&post.scope, post.mailbox, "INBOX", 7).await.unwrap();
        let gone: Vec<u32> = places.iter().filter(|place| place.gone).map(|place| place.uid).collect();
        if (places.len(), &*gone) == (5, &[5]) { Ok(()) } else { Err(format!("{places:?}")) }
    })
    .await;
    // Taken for a server restored from a copy, all of it would be read again under new rows.
    let changes = post.store.changes(&post.scope, head, 10_000).await.unwrap().changes;
    let ingested = changes.iter().filter(|change| change.kind == ChangeKind::MessageReceived).count();
    assert_eq!(ingested, 0);
}

/// Answers every token request with the next access token, as a provider does; what was asked, in order.
pub(super) async fn provider(listener: TcpListener, asked: tokio::sync::mpsc::UnboundedSender<String>) {
    for number in 1.. {
        let (mut client, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 8_192];
        let mut length = 0;
        while !String::from_utf8_lossy(&request[..length]).contains("refresh_token=") {
            match client.read(&mut request[length..]).await.unwrap() {
                0 => break,
                read => length += read,
            }
        }
        asked.send(String::from_utf8_lossy(&request[..length]).into_owned()).unwrap();
        let body = format!(
            "{{\"access_token\":\"access-{number}\",\"expires_in\":3600,\"refresh_token\":\"refresh-{number}\"}}"
        );
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        client.write_all(answer.as_bytes()).await.unwrap();
    }
}

pub(super) fn words(token: &str) -> String {
    let words = format!("user={ANN}\x01auth=Bearer {token}\x01\x01");
    base64::engine::general_purpose::STANDARD.encode(words)
}

/// The mailbox, signed in by this refresh token at that token server.
fn by_token(port: u16, token_url: String, refresh: &str) -> Op {
    let oauth = OAuth { provider: "other".into(), client_id: "us".into(), token_url, scope: "mail".into() };
    let settings = MailboxSettings {
        user: ANN.into(),
        imap_host: "localhost".into(),
        imap_port: port,
        imap_security: Security::None,
        oauth: Some(oauth),
        ..MailboxSettings::default()
    };
    let secrets = MailboxSecrets { oauth_refresh_token: Some(refresh.into()), ..MailboxSecrets::default() };
    let mailbox = NewMailbox { email: ANN.into(), name: "Ann".into(), client: None, settings, secrets };
    Op::SaveMailbox(Box::new(mailbox))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_is_used_once_whoever_asks_and_a_new_sign_in_ends_what_it_gave() {
    let post = Post::new(MailBed::start(), None).await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let token_url = format!("http://{}/token", listener.local_addr().unwrap());
    let (asked, mut asks) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(provider(listener, asked));
    post.write(by_token(1, token_url.clone(), "refresh-0")).await;
    let tokens = Tokens::new(post.net());
    let access = async || {
        let catalog = post.store.catalog(&post.scope).await.unwrap();
        let mailbox = catalog.mailbox(post.mailbox).unwrap();
        let secrets = post.store.mailbox_secrets(&post.scope, post.mailbox).await.unwrap();
        tokens.access(&post.store, &post.scope, mailbox, &secrets, post.now()).await.unwrap()
    };
    let (one, other, third) = tokio::join!(access(), access(), access());
    assert_eq!([one, other, third], ["access-1", "access-1", "access-1"]);
    assert!(asks.recv().await.unwrap().contains("refresh_token=refresh-0"));
    assert!(asks.try_recv().is_err(), "one asked for all three");
    post.write(by_token(1, token_url, "fresh")).await;
    assert_eq!(access().await, "access-2");
    assert!(asks.recv().await.unwrap().contains("refresh_token=fresh"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_in_by_token_that_is_renewed_when_it_ends() {
    let mails = letters(3);
    let mut script = Script { capabilities: "IDLE AUTH=XOAUTH2".into(), ..Script::usual() };
    script.token = Some(words("access-1"));
    for raw in &mails {
        script.deliver("INBOX", raw);
    }
    let server = ScriptedImap::start(script).await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let token_url = format!("http://{}/token", listener.local_addr().unwrap());
    let (asked, mut asks) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(provider(listener, asked));
    let mut post = Post::new(MailBed::start(), Some(server.port)).await;
    post.write(by_token(server.port, token_url, "refresh-0")).await;
    post.work();
    holds(&post, &mails).await;
    assert!(asks.recv().await.unwrap().contains("refresh_token=refresh-0"));
    // The token ends, and the server drops whoever came with it: the next log-in brings a new one, had by the
    // refresh token that came with the first.
    server.script().token = Some(words("access-2"));
    post.pass(std::time::Duration::from_secs(2 * 3_600));
    post.stop().await;
    let more = [mails, vec![letter(100)]].concat();
    server.script().deliver("INBOX", more.last().unwrap());
    post.work();
    holds(&post, &more).await;
    assert!(asks.recv().await.unwrap().contains("refresh_token=refresh-1"));
    assert!(post.lea().await.flags.has(Flags::UNREAD), "from {LEA}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_never_opened_is_left_alone_and_the_others_are_read_and_rested_in() {
    let mut mails = letters(3);
    let mut script = Script { unopenable: Some("Sent".into()), ..Script::usual() };
    script.deliver("Junk", &letter(50));
    let (post, server) = at(script, &mails).await;
    mails.push(letter(50));
    holds(&post, &mails).await;
    post.until("rest", async || match server.script().seen.get("IDLE") {
        Some(1..) => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await;
    let status = post.connected(post.mailbox).await.status;
    assert!(status.detail.as_ref().is_some_and(|detail| detail.contains("Sent")), "{status:?}");
    assert_eq!(server.script().seen["LOGIN"], 1, "a refusal ends no connection");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_talks_in_idle_is_not_looked_at_without_pause() {
    for says in ["* OK Still here\r\n", "* 1 RECENT\r\n"] {
        let mails = letters(2);
        let (post, server) = at(Script { says_in_idle: Some(says.into()), ..Script::usual() }, &mails).await;
        holds(&post, &mails).await;
        let before = server.script().seen.get("IDLE").copied().unwrap_or(0);
        // A rate takes time to count.
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        // The workers of these tests compare twice a second.
        let rests = server.script().seen["IDLE"] - before;
        assert!(rests <= 10, "{says}: {rests} rests in two seconds");
    }
}
