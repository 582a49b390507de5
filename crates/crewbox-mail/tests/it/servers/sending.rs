//! The outbox with a real server: what a failed try and an odd greeting mean, and that a message arrives once.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use crewbox_core::message::Address;
use crewbox_core::model::{MailboxSettings, OAuth, Security};
use crewbox_core::outgoing::{Draft, Outgoing, OutgoingState};
use crewbox_core::own_addresses::OwnAddresses;
use crewbox_mail::intake::{Incoming, Taken};
use crewbox_mail::net::{Net, NetPolicy};
use crewbox_mail::outbox::smtp::{Refusal, Submission};
use crewbox_store::contract::{MailboxSecrets, NewMailbox, NewOutgoing};
use crewbox_store::{BodyLimits, Op, OutboxStep, Outcome};
use crewbox_testkit::bed::MailBed;
use crewbox_testkit::letter::Letter;
use crewbox_testkit::proxy::{Fault, Proxy};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

use super::post::{ANN, LEA, Post};
use super::scripted::{provider, words};

/// Longer than the first wait between two tries, its spread included.
const NEXT_TRY: Duration = Duration::from_secs(80);

impl Post {
    /// Lets Ann send through this port, without TLS.
    async fn sends_through(&self, port: u16) {
        let settings = MailboxSettings {
            user: ANN.into(),
            imap_host: "localhost".into(),
            imap_port: self.bed.dovecot.imaps,
            smtp_host: "localhost".into(),
            smtp_port: port,
            smtp_security: Security::None,
            ..MailboxSettings::default()
        };
        let secrets = MailboxSecrets { password: Some("secret".into()), ..MailboxSecrets::default() };
        let mailbox = NewMailbox { email: ANN.into(), name: "Ann".into(), client: None, settings, secrets };
        self.write(Op::SaveMailbox(Box::new(mailbox))).await;
    }

    /// Writes a message to Lea down.
    async fn queue(&self, id: &str) {
        let address = |email: &str| Address { name: String::new(), email: email.into() };
        let draft = Draft {
            from: address(ANN),
            to: vec![address(LEA)],
            cc: Vec::new(),
            bcc: Vec::new(),
            subject: "An answer".into(),
            html: "<p>Yes.</p>".into(),
            signature: None,
            quoted: None,
            in_reply_to: None,
            references: Vec::new(),
            attachments: Vec::new(),
            message_id: id.into(),
            reference: format!("ref-{id}"),
            date: self.now(),
        };
        let mail = crewbox_mail::compose(&draft).unwrap();
        let new = NewOutgoing {
            conversation: self.conversation.id,
            mailbox: self.mailbox,
            message_id: id.into(),
            reference: draft.reference,
            stats_id: None,
            sender: mail.sender,
            recipients: mail.recipients,
            raw: mail.raw.into(),
            not_before: self.now(),
            scheduled_time: None,
            fingerprint: [1; 32],
            fingerprint_holds: None,
            asked: [1; 32],
        };
        let queued = self.write(Op::Outbox(OutboxStep::Queue(Box::new(new)))).await;
        assert!(matches!(queued, Outcome::Queued { repeated: false, .. }), "{queued:?}");
    }

    async fn until_outgoing(&self, id: &str, state: OutgoingState, attempts: u32) -> Outgoing {
        self.until(&format!("{state:?} after {attempts}"), async || {
            let one = self.store.outgoing(&self.scope, id).await.unwrap();
            if (one.state, one.attempts) == (state, attempts) { Ok(one) } else { Err(format!("{one:?}")) }
        })
        .await
    }

    /// How often Lea has the message.
    fn arrived(&self, id: &str) -> usize {
        let mails = self.bed.dovecot.mails(LEA, "INBOX");
        mails.iter().filter(|raw| String::from_utf8_lossy(raw).contains(id)).count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_whose_first_try_failed_is_delivered_exactly_once() {
    let bed = MailBed::start();
    let proxy = Proxy::start(bed.smtp.submission).await;
    let post = Post::new(bed, None).await;
    post.sends_through(proxy.port).await;
    proxy.fail(Fault::CutAnswerTo(b"RCPT TO".to_vec()));
    post.queue("again@crew.example").await;
    let outbox = post.outbox();
    let failed = post.until_outgoing("again@crew.example", OutgoingState::Queued, 1).await;
    assert!(failed.next_try > failed.created_at && failed.answer.is_some(), "{failed:?}");
    assert_eq!((post.arrived("again@crew.example"), proxy.connections()), (0, 1));
    // It waits for its time, then fails once more, and waits longer.
    post.pass(NEXT_TRY);
    let failed_again = post.until_outgoing("again@crew.example", OutgoingState::Queued, 2).await;
    assert!(failed_again.next_try.0 - failed.next_try.0 > 100_000, "{failed_again:?} after {failed:?}");
    proxy.fail(Fault::None);
    post.pass(2 * NEXT_TRY);
    post.until_outgoing("again@crew.example", OutgoingState::Accepted, 2).await;
    post.until("the message", async || match post.arrived("again@crew.example") {
        1 => Ok(()),
        other => Err(other.to_string()),
    })
    .await;
    // Nothing of it is left to be sent, however long one waits, and by whatever outbox.
    post.pass(3 * 24 * Duration::from_secs(3_600));
    outbox.stop().await;
    let another = post.outbox();
    post.queue_and_await("after@crew.example").await;
    another.stop().await;
    assert_eq!((post.arrived("again@crew.example"), proxy.connections()), (1, 4));
    assert_eq!(
        post.store
            .history(&post.scope, post.conversation.id, BodyLimits::WHOLE)
            .await
            .unwrap()
            .messages
            .len(),
        2
    );
}

impl Post {
    /// Another message all the way: by then whatever else was due has been begun.
    async fn queue_and_await(&self, id: &str) {
        let raw = Bytes::from(format!("From: {ANN}\r\nTo: {LEA}\r\nMessage-ID: <{id}>\r\n\r\nAfter."));
        let new = NewOutgoing {
            conversation: self.conversation.id,
            mailbox: self.mailbox,
            message_id: id.into(),
            reference: format!("ref-{id}"),
            stats_id: None,
            sender: ANN.into(),
            recipients: vec![LEA.into()],
            raw: raw.into(),
            not_before: self.now(),
            scheduled_time: None,
            fingerprint: [2; 32],
            fingerprint_holds: None,
            asked: [2; 32],
        };
        self.write(Op::Outbox(OutboxStep::Queue(Box::new(new)))).await;
        self.until_outgoing(id, OutgoingState::Accepted, 0).await;
    }
}

#[tokio::test]
async fn a_server_that_greets_with_a_refusal_is_tried_again_later() {
    let net = Net::new(&NetPolicy { allow_private_hosts: true, ..NetPolicy::default() }).unwrap();
    for (greeting, after) in [("554 5.7.1 too many from you\r\n", ""), ("220 hello\r\n", "550 not you\r\n")] {
        let server = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let settings = MailboxSettings {
            smtp_host: "localhost".into(),
            smtp_port: server.local_addr().unwrap().port(),
            smtp_security: Security::None,
            ..MailboxSettings::default()
        };
        let serve = async {
            let (mut client, _) = server.accept().await.unwrap();
            client.write_all(greeting.as_bytes()).await.unwrap();
            let mut command = [0; 256];
            // EHLO, then the good-bye; or nothing, when the greeting was enough.
            if client.read(&mut command).await.unwrap_or(0) > 0 {
                client.write_all(after.as_bytes()).await.unwrap();
                let _ = client.read(&mut command).await;
            }
        };
        let (greeted, ()) = tokio::join!(Submission::greet(&net, &settings, ANN), serve);
        let refusal = greeted.map(drop).unwrap_err();
        assert!(matches!(&refusal, Refusal::Later(why) if why.contains("55")), "{refusal:?}");
    }
}

/// An SMTP server that lets nobody in; what each client sent to be let in.
async fn refuser(listener: TcpListener, tried: tokio::sync::mpsc::UnboundedSender<String>) {
    loop {
        let mut client = BufReader::new(listener.accept().await.unwrap().0);
        client.write_all(b"220 hello\r\n").await.unwrap();
        let mut line = String::new();
        while client.read_line(&mut line).await.unwrap_or(0) > 0 {
            let answer: &[u8] = match line.split(' ').next() {
                Some("EHLO") => b"250-hello\r\n250 AUTH XOAUTH2\r\n",
                Some("AUTH") => {
                    tried.send(line.trim_end().to_owned()).unwrap();
                    b"535 5.7.8 no\r\n"
                }
                _ => b"221 bye\r\n",
            };
            if client.write_all(answer).await.is_err() {
                break;
            }
            line.clear();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_refused_is_not_tried_again() {
    let post = Post::new(MailBed::start(), None).await;
    let tokens = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let token_url = format!("http://{}/token", tokens.local_addr().unwrap());
    let (asked, _asks) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(provider(tokens, asked));
    let server = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let settings = MailboxSettings {
        user: ANN.into(),
        smtp_host: "localhost".into(),
        smtp_port: server.local_addr().unwrap().port(),
        smtp_security: Security::None,
        oauth: Some(OAuth {
            provider: "other".into(),
            client_id: "us".into(),
            token_url,
            scope: "mail".into(),
        }),
        ..MailboxSettings::default()
    };
    let (tried, mut tries) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(refuser(server, tried));
    let secrets =
        MailboxSecrets { oauth_refresh_token: Some("refresh-0".into()), ..MailboxSecrets::default() };
    let mailbox = NewMailbox { email: ANN.into(), name: "Ann".into(), client: None, settings, secrets };
    post.write(Op::SaveMailbox(Box::new(mailbox))).await;
    post.queue("token@crew.example").await;
    let outbox = post.outbox();
    let failed = post.until_outgoing("token@crew.example", OutgoingState::Queued, 1).await;
    let answer = failed.answer.unwrap();
    assert!(answer.contains("sign in") && !answer.contains("password"), "{answer}");
    post.pass(NEXT_TRY);
    post.until_outgoing("token@crew.example", OutgoingState::Queued, 2).await;
    for number in 1..=2 {
        let tried = tries.recv().await.unwrap();
        assert_eq!(tried, format!("AUTH XOAUTH2 {}", words(&format!("access-{number}"))));
    }
    outbox.stop().await;
}

/// An SMTP server that takes all of a message and hangs up instead of answering.
async fn vanisher(listener: TcpListener) {
    let mut client = BufReader::new(listener.accept().await.unwrap().0);
    client.write_all(b"220 hello\r\n").await.unwrap();
    let mut line = String::new();
    while client.read_line(&mut line).await.unwrap() > 0 {
        let answer: &[u8] = match line.split([' ', '\r']).next() {
            Some("EHLO") => b"250-hello\r\n250 AUTH PLAIN\r\n",
            Some("AUTH") => b"235 welcome\r\n",
            Some("DATA") => {
                client.write_all(b"354 go on\r\n").await.unwrap();
                let _ = client.read_line(&mut line).await;
                return;
            }
            _ => b"250 well\r\n",
        };
        client.write_all(answer).await.unwrap();
        line.clear();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_lost_message_no_copy_is_promised_where_none_is_made() {
    let post = Post::new(MailBed::start(), None).await;
    let server = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    post.sends_through(server.local_addr().unwrap().port()).await;
    tokio::spawn(vanisher(server));
    post.queue("lost@crew.example").await;
    let outbox = post.outbox();
    let lost = post.until_outgoing("lost@crew.example", OutgoingState::Unknown, 0).await;
    let answer = lost.answer.unwrap();
    assert!(answer.contains("ask the recipient") && !answer.contains("searches Sent"), "{answer}");
    outbox.stop().await;
}

/// An SMTP server that offers these extensions and takes every command; what each client sent.
async fn taker(
    listener: TcpListener,
    offers: &'static str,
    lines: tokio::sync::mpsc::UnboundedSender<String>,
) {
    let mut client = BufReader::new(listener.accept().await.unwrap().0);
    client.write_all(b"220 hello\r\n").await.unwrap();
    let mut line = String::new();
    while client.read_line(&mut line).await.unwrap_or(0) > 0 {
        lines.send(line.trim_end().to_owned()).unwrap();
        let answer = if line.starts_with("EHLO") {
            format!("250-hello\r\n250 {offers}\r\n")
        } else {
            "250 well\r\n".into()
        };
        if client.write_all(answer.as_bytes()).await.is_err() {
            break;
        }
        line.clear();
    }
}

#[tokio::test]
async fn an_address_beyond_ascii_needs_a_server_that_takes_it() {
    let net = Net::new(&NetPolicy { allow_private_hosts: true, ..NetPolicy::default() }).unwrap();
    let recipient = "юзер@lead.example".to_owned();
    for (offers, is_taken) in [("SMTPUTF8", true), ("8BITMIME", false)] {
        let server = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let settings = MailboxSettings {
            smtp_host: "localhost".into(),
            smtp_port: server.local_addr().unwrap().port(),
            smtp_security: Security::None,
            ..MailboxSettings::default()
        };
        let (lines, mut heard) = tokio::sync::mpsc::unbounded_channel();
        let serving = tokio::spawn(taker(server, offers, lines));
        let mut submission = Submission::greet(&net, &settings, ANN).await.unwrap();
        let announced = submission.announce(ANN, std::slice::from_ref(&recipient)).await;
        submission.close().await;
        serving.await.unwrap();
        let mut lines = Vec::new();
        while let Some(line) = heard.recv().await {
            lines.push(line);
        }
        if is_taken {
            announced.unwrap();
            assert!(lines.contains(&format!("MAIL FROM:<{ANN}> SMTPUTF8")), "{lines:?}");
            assert!(lines.contains(&format!("RCPT TO:<{recipient}>")), "{lines:?}");
        } else {
            let refusal = announced.unwrap_err();
            assert!(matches!(&refusal, Refusal::Never(why) if why.contains("SMTPUTF8")), "{refusal:?}");
            assert!(!lines.iter().any(|line| line.starts_with("MAIL")), "{lines:?}");
        }
    }
}

/// An SMTP server that refuses greetings with this in them and gives each message an id of its own; what greeted it.
async fn relay(
    listener: TcpListener,
    refuses: &'static str,
    greeted: tokio::sync::mpsc::UnboundedSender<String>,
) {
    loop {
        let mut client = BufReader::new(listener.accept().await.unwrap().0);
        client.write_all(b"220 hello\r\n").await.unwrap();
        let (mut line, mut data) = (String::new(), false);
        while client.read_line(&mut line).await.unwrap_or(0) > 0 {
            let word = line.split([' ', '\r']).next().unwrap_or_default().to_owned();
            let answer: &[u8] = match word.as_str() {
                "." if data => {
                    data = false;
                    b"250 Ok 0102018f2d3c4b5a-1b2c3d4e-000000\r\n"
                }
                _ if data => b"",
                "EHLO" | "HELO" => {
                    greeted.send(line.trim_end().to_owned()).unwrap();
                    if line.contains(refuses) {
                        b"550 not by that name\r\n"
                    } else {
                        b"250-hello\r\n250 AUTH PLAIN\r\n"
                    }
                }
                "AUTH" => b"235 welcome\r\n",
                "DATA" => {
                    data = true;
                    b"354 go on\r\n"
                }
                _ => b"250 well\r\n",
            };
            if client.write_all(answer).await.is_err() {
                break;
            }
            line.clear();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_the_id_of_a_relay_belongs_to_what_was_sent() {
    for (refuses, greetings) in [
        ("nothing", vec!["EHLO crew.example"]),
        ("crew.example", vec!["EHLO crew.example", "EHLO [127.0.0.1]"]),
        ("EHLO", vec!["EHLO crew.example", "EHLO [127.0.0.1]", "HELO crew.example"]),
    ] {
        let post = Post::new(MailBed::start(), None).await;
        let server = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        post.sends_through(server.local_addr().unwrap().port()).await;
        let (greeted, mut heard) = tokio::sync::mpsc::unbounded_channel();
        tokio::spawn(relay(server, refuses, greeted));
        post.queue("ours@crew.example").await;
        let outbox = post.outbox();
        post.until_outgoing("ours@crew.example", OutgoingState::Accepted, 0).await;
        outbox.stop().await;
        for greeting in greetings {
            assert_eq!(heard.recv().await.unwrap(), greeting);
        }
        for (number, named) in [
            "0102018f2d3c4b5a-1b2c3d4e-000000@eu-west-1.relay.example",
            "0102018f2d3c4b5a-1b2c3d4e-000000",
            "ours@crew.example",
            "other-0102018f2d3c4b5a@relay.example",
        ]
        .iter()
        .enumerate()
        {
            let raw =
                Letter::new("max@elsewhere.example", ANN, &format!("Re: {number}")).answering(named).raw();
            let incoming = Incoming {
                raw: raw.into(),
                mailbox: post.mailbox,
                own: Arc::new(OwnAddresses::new([ANN])),
                location: None,
                backfill: false,
                seen: None,
                connected_at: None,
                received_at: None,
                fallback_at: None,
                direction: None,
            };
            let taken = post.intake().take(&post.scope, post.now(), vec![incoming]).await.unwrap();
            let Taken::Stored(stored) = &taken[0] else { panic!("{taken:?}") };
            let placed = stored.conversation == Some(post.conversation.id);
            assert_eq!(placed, number < 3, "{named}");
        }
    }
}
