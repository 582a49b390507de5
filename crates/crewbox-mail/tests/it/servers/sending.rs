//! The outbox with a real server: what a failed try and an odd greeting mean, and that a message arrives once.

use std::time::Duration;

use bytes::Bytes;
use crewbox_core::message::Address;
use crewbox_core::model::{MailboxSettings, Security};
use crewbox_core::outgoing::{Draft, Outgoing, OutgoingState};
use crewbox_mail::net::{Net, NetPolicy};
use crewbox_mail::outbox::smtp::{Refusal, Submission};
use crewbox_store::contract::{MailboxSecrets, NewMailbox, NewOutgoing};
use crewbox_store::{Op, OutboxStep, Outcome};
use crewbox_testkit::bed::MailBed;
use crewbox_testkit::proxy::{Fault, Proxy};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::post::{ANN, LEA, Post};

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
            raw: Bytes::from(mail.raw),
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
    assert_eq!(post.store.history(&post.scope, post.conversation.id).await.unwrap().len(), 2);
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
            raw,
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
    let net = Net::new(&NetPolicy { allow_private_hosts: true, extra_ca: None }).unwrap();
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
            let mut said = [0; 256];
            // EHLO, then the good-bye; or nothing, when the greeting was enough.
            if client.read(&mut said).await.unwrap_or(0) > 0 {
                client.write_all(after.as_bytes()).await.unwrap();
                let _ = client.read(&mut said).await;
            }
        };
        let (greeted, ()) = tokio::join!(Submission::greet(&net, &settings), serve);
        let refusal = greeted.map(drop).unwrap_err();
        assert!(matches!(&refusal, Refusal::Later(why) if why.contains("55")), "{refusal:?}");
    }
}
