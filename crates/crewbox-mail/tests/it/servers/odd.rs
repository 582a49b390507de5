//! Servers that are unlike the grammar, and what they say of mails besides their bytes.

use std::time::Duration;

use crewbox_core::conversation::Flags;
use crewbox_core::mailbox::{Condition, FolderRole};
use crewbox_core::message::Direction;
use crewbox_testkit::clock::servers_time;
use crewbox_testkit::letter::Letter;
use crewbox_testkit::scripted::{Folder, Script, ScriptedImap};
use mail_builder::headers::date::Date;

use super::post::{ANN, LEA, Post, letter};
use super::scripted::{at, holds, letters};

/// Blanks doubled and added, lines nobody knows, line ends without their first half.
fn odd(response: &str) -> String {
    let mut odd = "* XODD (a (\"b\" {3}\r\nabc) NIL)\r\n\r\n* 7 ODDITY\r\n".to_owned();
    for line in response.lines() {
        let line = line.replace(' ', "  ").replace("FLAGS  (", "FLAGS  (\"of its own\" ");
        odd.push_str(&line);
        odd.push_str(if line.ends_with('}') { "\r\n" } else { " \n" });
    }
    // What follows a mail belongs to its line.
    if response.starts_with(')') { odd.split_off(odd.rfind(')').unwrap()) } else { odd }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_every_line_is_odd_is_read_as_any_other() {
    let mut mails = letters(5);
    let (post, server) = at(Script { distort: Some(odd), ..Script::usual() }, &mails).await;
    holds(&post, &mails).await;
    let read: Vec<FolderRole> =
        post.connected(post.mailbox).await.folders.iter().map(|folder| folder.role).collect();
    assert_eq!(read.len(), 3, "{read:?}");
    mails.push(letter(100));
    server.script().deliver("INBOX", &mails[5]);
    holds(&post, &mails).await;
    assert_eq!(server.script().seen["LOGIN"], 1, "no line ended the connection");
    post.until("rest", async || match server.script().seen.get("IDLE") {
        Some(1..) => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await;
}

/// UIDNEXT as a server says it that begins to count again with each start.
fn low_uid_next(response: &str) -> String {
    let is_next = response.contains("[UIDNEXT");
    if is_next { "* OK [UIDNEXT 2] next\r\n".to_owned() } else { response.to_owned() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_next_uid_that_is_not_above_the_count_makes_no_mail_new() {
    let mut mails = letters(5);
    let (post, server) = at(Script { distort: Some(low_uid_next), ..Script::usual() }, &mails).await;
    holds(&post, &mails).await;
    assert!(!post.lea().await.flags.has(Flags::UNREAD), "they were there before");
    mails.push(letter(100));
    server.script().deliver("INBOX", &mails[5]);
    holds(&post, &mails).await;
    assert!(post.lea().await.flags.has(Flags::UNREAD), "it came later");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_wants_to_know_who_asks() {
    let mails = letters(3);
    for capabilities in ["IDLE ID", "IDLE"] {
        let script = Script { capabilities: capabilities.into(), wants_id: true, ..Script::usual() };
        let (post, server) = at(script, &mails).await;
        if capabilities == "IDLE" {
            // It is not sent unless offered: a server that does not know it may refuse everything after it.
            post.until("a refused folder", async || {
                let status = post.connected(post.mailbox).await.status;
                if status.detail.is_some() { Ok(()) } else { Err(format!("{status:?}")) }
            })
            .await;
            assert!(!server.script().seen.contains_key("ID"));
            continue;
        }
        holds(&post, &mails).await;
        assert_eq!(server.script().seen["ID"], 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_larger_than_the_server_says_are_held_whole() {
    let mut mails = letters(3);
    let body = "a line of a long mail\r\n".repeat(20_000);
    mails.push(Letter::new(LEA, ANN, "Long").saying(&body).raw());
    mails.push(Letter::new(LEA, ANN, "Longer").saying(&body.repeat(5)).raw());
    for told in [0, 10, u64::from(u32::MAX)] {
        let (post, _server) = at(Script { told_size: Some(told), ..Script::usual() }, &mails).await;
        holds(&post, &mails).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_literal_that_no_mail_can_have_keeps_none_of_the_others() {
    let mut mails = letters(6);
    let script = Script { giant: Some((3, u64::from(u32::MAX))), ..Script::usual() };
    let (post, _server) = at(script, &mails).await;
    mails.remove(2);
    holds(&post, &mails).await;
    post.until("the reason", async || {
        post.pass(Duration::from_secs(1));
        let detail = post.connected(post.mailbox).await.status.detail.unwrap_or_default();
        if detail.contains("failed to deliver 1 mail") { Ok(()) } else { Err(detail) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn drafts_are_passed_over_and_labels_say_what_was_sent() {
    let mut script = Script { capabilities: "IDLE X-GM-EXT-1".into(), ..Script::default() };
    script.folders = vec![Folder::new("INBOX", ""), Folder::new("[Gmail]/All Mail", "\\All")];
    let all = "[Gmail]/All Mail";
    let alias = Letter::new("ann@other-brand.example", LEA, "From an alias").raw();
    let answer = letter(1);
    let drafts = [Letter::new(ANN, LEA, "Draft by flag"), Letter::new(ANN, LEA, "Draft by label")];
    for (raw, flags, labels) in [
        (&alias, "\\Seen", "\"\\\\Sent\""),
        (&answer, "\\Seen", "\"\\\\Inbox\" Work"),
        (&drafts[0].raw(), "\\Draft \\Seen", ""),
        (&drafts[1].raw(), "\\Seen", "\"\\\\Draft\""),
    ] {
        let uid = script.deliver(all, raw);
        script.folders[1].flags.insert(uid, flags.into());
        script.folders[1].labels.insert(uid, labels.into());
    }
    let (post, server) = at(script, &[]).await;
    let held = [alias, answer];
    holds(&post, &held).await;
    let ledger = async || {
        let folders = post.connected(post.mailbox).await.folders;
        let ledger = folders.iter().find(|folder| folder.name == all).unwrap().ledger.unwrap_or_default();
        (ledger.server, ledger.held, ledger.missing, ledger.passed_over)
    };
    let figures = async |wanted: (u64, u64, u64, u64)| {
        post.until("the figures", async || match ledger().await {
            found if found == wanted => Ok(()),
            other => Err(format!("{other:?}")),
        })
        .await;
    };
    figures((4, 2, 0, 2)).await;
    let messages = post.store.raws(&post.scope, crewbox_core::id::MessageId(0), 10).await.unwrap();
    let sent = messages.iter().filter(|one| one.message.direction == Direction::Outbound).count();
    assert_eq!(sent, 1, "the alias's");
    let fetched = server.script().seen["UID FETCH"];
    // Its flag is taken off: it has been sent, or has become a mail in some other way.
    server.script().folders[1].flags.insert(3, "\\Seen".into());
    holds(&post, &[held.to_vec(), vec![drafts[0].raw()]].concat()).await;
    assert!(server.script().seen["UID FETCH"] > fetched);
    // The mail is stored first, and the figures are saved once the comparison that found it has ended.
    figures((4, 3, 0, 1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn history_is_as_read_as_its_mailbox_has_it() {
    for (flags, unread) in [("", true), ("\\Seen", false)] {
        let mut script = Script::usual();
        let now = Date::new(servers_time().0 / 1_000).to_rfc822();
        // As the protocol writes it: without the day of the week, and with dashes.
        script.date = now.split_once(", ").map(|(_, date)| date.replacen(' ', "-", 2));
        for number in 0..3 {
            let uid = script.deliver("INBOX", &letter(number));
            script.folders[0].flags.insert(uid, flags.into());
        }
        let (post, _server) = at(script, &[]).await;
        holds(&post, &letters(3)).await;
        assert_eq!(post.lea().await.flags.has(Flags::UNREAD), unread, "{flags:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_without_a_folder_for_sent_mail_says_so() {
    let script = Script {
        folders: vec![Folder::new("INBOX", ""), Folder::new("Outbox", "")],
        capabilities: "IDLE".into(),
        ..Script::default()
    };
    let mails = letters(2);
    let (post, _server) = at(script, &mails).await;
    holds(&post, &mails).await;
    let status = post.connected(post.mailbox).await.status;
    assert_eq!(status.condition, Condition::Live);
    assert!(
        status.detail.as_ref().is_some_and(|detail| detail.contains("folder for sent mail")),
        "{status:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sent_and_spam_under_names_of_any_language() {
    let script = Script {
        folders: vec![
            Folder::new("INBOX", ""),
            Folder::new("INBOX/&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-", ""),
            Folder::new("INBOX/迷惑メール", ""),
        ],
        capabilities: "IDLE".into(),
        ..Script::default()
    };
    let server = ScriptedImap::start(script).await;
    let sent = Letter::new(ANN, LEA, "Offer").raw();
    let spam = letter(7);
    server.script().deliver("INBOX/&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-", &sent);
    server.script().deliver("INBOX/迷惑メール", &spam);
    let post = Post::working(crewbox_testkit::bed::MailBed::start(), Some(server.port)).await;
    holds(&post, &[sent, spam]).await;
    let lea = post.lea().await;
    assert_eq!((lea.sent_count, lea.replied_count), (1, 1));
}
