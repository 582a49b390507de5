//! The threading rule and the store together: answers that come before what they answer, copies through several
//! mailboxes, clients that must not meet.

use crewbox_core::conversation::Flags;
use crewbox_core::outgoing::OutgoingState;
use crewbox_store::contract::UntrackedQuery;
use crewbox_store::{AttachTo, BodyLimits, NewOutgoing, Op, OutboxStep, Outcome, StoreError, Thing};

use crate::NOW;
use crate::house::{House, LEAD, US, letter};

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_of_one_clients_mailbox_is_not_attached_to_another_clients_conversation() {
    let house = House::new().await;
    let (north, south) = (house.client("north").await, house.client("south").await);
    let (ours, theirs) = (house.mailbox(US, north).await, house.mailbox("them@own.test", south).await);
    let (spring, _) = house.campaign(north, &[&ours], LEAD).await;
    let (autumn, conversation) = house.campaign(south, &[&theirs], "nora@north.test").await;
    let stranger = house.take(&ours, &letter("s@x", "who@else.test", US, &[]), false).await;
    let refused = house.attach(stranger.message, AttachTo::Conversation(conversation)).await;
    assert!(matches!(refused, Err(StoreError::OtherClient(Thing::Conversation))), "{refused:?}");
    let refused = house.attach(stranger.message, AttachTo::Campaign(autumn)).await;
    assert!(matches!(refused, Err(StoreError::OtherClient(Thing::Campaign))), "{refused:?}");
    let no_lead = house.intake.store().leads_by_email(&house.scope, "who@else.test").await.unwrap();
    assert!(no_lead.is_empty(), "nothing of a refused attachment stays");
    assert!(house.thread(conversation).await.is_empty());
    house.attach(stranger.message, AttachTo::Campaign(spring)).await.unwrap();
    house.is_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_mail_of_another_clients_mailbox_follows() {
    let house = House::new().await;
    let (north, south) = (house.client("north").await, house.client("south").await);
    let (ours, theirs) = (house.mailbox(US, north).await, house.mailbox("them@own.test", south).await);
    let (_, conversation) = house.campaign(north, &[&ours], LEAD).await;
    house.campaign(south, &[&theirs], "nora@north.test").await;
    // The same stranger to both: what came to the other client is named, and not theirs to see.
    let from = "who@else.test";
    house.take(&theirs, &letter("before@x", from, "them@own.test", &[]), false).await;
    let named = house.take(&ours, &letter("now@x", from, US, &["before@x"]), false).await;
    house.take(&theirs, &letter("after@x", LEAD, "them@own.test", &["now@x"]), false).await;
    house.attach(named.message, AttachTo::Conversation(conversation)).await.unwrap();
    assert_eq!(house.thread(conversation).await, ["now@x"]);
    house.is_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_references_reach_neither_another_account_nor_another_client() {
    let house = House::new().await;
    let (north, south) = (house.client("north").await, house.client("south").await);
    let (ours, theirs) = (house.mailbox(US, north).await, house.mailbox("them@own.test", south).await);
    let (_, conversation) = house.campaign(north, &[&ours], LEAD).await;
    house.campaign(south, &[&theirs], "nora@north.test").await;
    house.take(&ours, &letter("sent@own", US, LEAD, &[]), false).await;
    let other = house.beside().await;
    let foreign = other.mailbox(US, None).await;
    let (_, elsewhere) = other.campaign(None, &[&foreign], "someone@there.test").await;
    // From the lead, their company and a stranger: whoever it is, the mailbox decides.
    for (number, from) in [LEAD, "boss@acme.test", "evil@evil.test"].into_iter().enumerate() {
        let raw = letter(&format!("forged{number}@x"), from, US, &["sent@own"]);
        assert_eq!(other.take(&foreign, &raw, false).await.conversation, None, "{from}: another account");
        let raw = letter(&format!("forged{number}@y"), from, "them@own.test", &["sent@own"]);
        assert_eq!(house.take(&theirs, &raw, false).await.conversation, None, "{from}: another client");
    }
    assert_eq!(house.thread(conversation).await, ["sent@own"]);
    assert!(other.thread(elsewhere).await.is_empty());
    // To the mailbox that sent it, all three are answers.
    for (number, from) in [LEAD, "boss@acme.test", "me@private.test"].into_iter().enumerate() {
        let raw = letter(&format!("real{number}@x"), from, US, &["sent@own"]);
        assert_eq!(house.take(&ours, &raw, false).await.conversation, Some(conversation), "{from}");
    }
    house.is_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_read_before_what_it_answers_follows_it() {
    let house = House::new().await;
    let ours = house.mailbox(US, None).await;
    let (_, conversation) = house.campaign(None, &[&ours], LEAD).await;
    // History, newest first and Inbox before Sent.
    let boss = letter("boss@acme", "boss@acme.test", US, &["sent@own"]);
    let private = letter("private@x", "me@private.test", US, &["sent@own", "boss@acme"]);
    let other = letter("other@x", "who@else.test", US, &["never@own"]);
    for raw in [&private, &boss, &other] {
        assert_eq!(house.take(&ours, raw, true).await.conversation, None);
    }
    let sent = house.take(&ours, &letter("sent@own", US, LEAD, &[]), true).await;
    assert_eq!(sent.conversation, Some(conversation));
    assert_eq!(house.thread(conversation).await, ["boss@acme", "private@x", "sent@own"]);
    let now = house.conversation(conversation).await;
    assert!(now.flags.has(Flags::REPLIED) && !now.flags.has(Flags::UNREAD), "history raises nothing");
    assert_eq!(now.replied_count, 2);
    assert_eq!(house.untracked(UntrackedQuery::default()).await, ["other@x"]);
    // One that came in live is news when it finds its place.
    house.take(&ours, &letter("live@x", "you@private.test", US, &["sent2@own"]), false).await;
    house.take(&ours, &letter("sent2@own", US, LEAD, &[]), true).await;
    assert!(house.conversation(conversation).await.flags.has(Flags::UNREAD));
    house.is_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_through_the_campaigns_mailbox_places_what_another_mailbox_could_not() {
    let house = House::new().await;
    let (unrelated, ours) = (house.mailbox("office@own.test", None).await, house.mailbox(US, None).await);
    let (_, conversation) = house.campaign(None, &[&ours], LEAD).await;
    let raw = letter("reply@acme", LEAD, US, &[]);
    let first = house.take(&unrelated, &raw, false).await;
    assert_eq!(first.conversation, None);
    let again = house.take(&unrelated, &raw, false).await;
    assert_eq!((again.conversation, again.duplicate), (None, true), "the same mailbox knows no better");
    let copy = house.take(&ours, &format!("Received: by elsewhere\r\n{raw}"), false).await;
    assert_eq!((copy.message, copy.conversation, copy.duplicate), (first.message, Some(conversation), true));
    let now = house.conversation(conversation).await;
    assert!(now.flags.has(Flags::UNREAD), "it is a reply like any other");
    assert_eq!(now.mailbox, Some(ours.id), "and is answered from where it was expected");
    assert!(house.untracked(UntrackedQuery::default()).await.is_empty());
    house.take(&ours, &raw, false).await;
    assert_eq!(house.conversation(conversation).await.replied_count, 1);
    house.is_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_answers_follow_and_history_stays_quiet() {
    let house = House::new().await;
    let ours = house.mailbox(US, None).await;
    let (_, conversation) = house.campaign(None, &[&ours], LEAD).await;
    let from = "who@else.test";
    let first = house.take(&ours, &letter("first@x", from, US, &[]), true).await;
    house.take(&ours, &letter("ours@own", US, from, &["first@x"]), true).await;
    house.take(&ours, &letter("second@x", from, US, &["first@x", "ours@own"]), true).await;
    assert_eq!(
        house.untracked(UntrackedQuery::default()).await,
        ["second@x", "first@x"],
        "ours is not offered"
    );
    let done = house.attach(first.message, AttachTo::Conversation(conversation)).await.unwrap();
    assert!(matches!(done, Outcome::Attached { messages: 3, .. }), "{done:?}");
    assert_eq!(house.thread(conversation).await, ["first@x", "ours@own", "second@x"]);
    let now = house.conversation(conversation).await;
    assert!(!now.flags.has(Flags::UNREAD), "history wakes nobody");
    assert_eq!((now.sent_count, now.replied_count), (1, 2));
    // From the newest up: what it answers comes along, whoever of the two wrote it.
    house.take(&ours, &letter("a@x", from, US, &[]), false).await;
    house.take(&ours, &letter("b@own", US, from, &["a@x"]), false).await;
    house.take(&ours, &letter("secret@own", US, "third@party.test", &[]), false).await;
    let last = house.take(&ours, &letter("c@x", "other@else.test", US, &["a@x", "secret@own"]), false).await;
    let done = house.attach(last.message, AttachTo::Conversation(conversation)).await.unwrap();
    assert!(matches!(done, Outcome::Attached { messages: 1, .. }), "what others wrote does not: {done:?}");
    let last = house.take(&ours, &letter("d@x", from, US, &["b@own"]), false).await;
    // "d" answers our "b", which answers "a".
    if last.conversation.is_none() {
        house.attach(last.message, AttachTo::Conversation(conversation)).await.unwrap();
    }
    let thread = house.thread(conversation).await;
    assert!(thread.contains(&"b@own".to_owned()), "{thread:?}");
    assert!(!thread.contains(&"secret@own".to_owned()), "{thread:?}");
    assert!(house.conversation(conversation).await.flags.has(Flags::UNREAD));
    house.is_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_a_message_of_unknown_fate_finds_its_conversation() {
    let house = House::new().await;
    let ours = house.mailbox(US, None).await;
    let (_, conversation) = house.campaign(None, &[&ours], LEAD).await;
    let new = NewOutgoing {
        conversation,
        mailbox: ours.id,
        message_id: "out@own".to_owned(),
        reference: "ref".to_owned(),
        stats_id: None,
        sender: US.to_owned(),
        recipients: vec![LEAD.to_owned()],
        raw: letter("out@own", US, LEAD, &[]).into(),
        not_before: NOW,
        scheduled_time: None,
        fingerprint: [1; 32],
        asked: [1; 32],
        fingerprint_holds: None,
    };
    let queued = house.commit(Op::Outbox(OutboxStep::Queue(Box::new(new)))).await.unwrap();
    let Outcome::Queued { id, .. } = queued else { panic!("{queued:?}") };
    house.commit(Op::Outbox(OutboxStep::Start(id))).await.unwrap();
    house.commit(Op::Outbox(OutboxStep::Lose(id, "cut".to_owned()))).await.unwrap();
    let known = house.intake.store().outgoing(&house.scope, "out@own").await.unwrap();
    assert_eq!(known.state, OutgoingState::Unknown);
    let private = house.take(&ours, &letter("private@x", "me@private.test", US, &["out@own"]), false).await;
    assert_eq!(private.conversation, Some(conversation));
    let bounce = "From: MAILER-DAEMON@acme.test\r\nTo: us@own.test\r\nSubject: Undelivered\r\n\
                  Message-ID: <bounce@acme>\r\nMIME-Version: 1.0\r\n\
                  Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
                  --b\r\nContent-Type: text/plain\r\n\r\nNo.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n\
                  Reporting-MTA: dns; acme.test\r\n\r\nFinal-Recipient: rfc822; alias@acme.test\r\nAction: failed\r\n\
                  Status: 5.1.1\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <out@own>\r\n\
                  From: us@own.test\r\n--b--\r\n";
    assert_eq!(house.take(&ours, bounce, false).await.conversation, Some(conversation));
    let history =
        house.intake.store().history(&house.scope, conversation, BodyLimits::WHOLE).await.unwrap().messages;
    assert!(history.iter().all(|(message, _)| message.stats_id == known.stats_id), "they share its number");
    house.is_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bounce_attached_by_hand_counts_for_the_lead_only_if_it_is_about_them() {
    let report = |id: &str, failed: &str| {
        format!(
            "From: MAILER-DAEMON@relay.test\r\nTo: us@own.test\r\nSubject: Undelivered\r\n\
             Message-ID: <{id}>\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
             --b\r\nContent-Type: text/plain\r\n\r\nNo.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n\
             Reporting-MTA: dns; relay.test\r\n\r\nFinal-Recipient: rfc822; {failed}\r\nAction: failed\r\n\
             Status: 5.1.1\r\n\r\n--b--\r\n"
        )
    };
    for (failed, is_bounced) in [("colleague@acme.test", false), ("Lead@Later.test", true)] {
        let house = House::new().await;
        let ours = house.mailbox(US, None).await;
        // Before there is such a lead, it is nobody's.
        let stored = house.take(&ours, &report("bounce@x", failed), false).await;
        assert_eq!(stored.conversation, None);
        let (_, conversation) = house.campaign(None, &[&ours], "lead@later.test").await;
        house.attach(stored.message, AttachTo::Conversation(conversation)).await.unwrap();
        let flags = house.conversation(conversation).await.flags;
        assert_eq!(flags.has(Flags::BOUNCED), is_bounced, "{failed}");
        house.is_sound().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_without_a_senders_address_makes_no_lead() {
    let house = House::new().await;
    let ours = house.mailbox(US, None).await;
    let (campaign, conversation) = house.campaign(None, &[&ours], LEAD).await;
    for (number, from) in ["", "nobody", "Some One <>"].into_iter().enumerate() {
        let stored = house.take(&ours, &letter(&format!("{number}@x"), from, US, &[]), false).await;
        let refused = house.attach(stored.message, AttachTo::Campaign(campaign)).await;
        assert!(matches!(refused, Err(StoreError::NoSender(_))), "{from:?}: {refused:?}");
        house.attach(stored.message, AttachTo::Conversation(conversation)).await.unwrap();
    }
    house.is_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn untracked_mail_is_found_by_any_letters_and_by_nothing_else() {
    let house = House::new().await;
    let ours = house.mailbox(US, None).await;
    let raw = |id: &str, from: &str, to: &str, subject: &str| {
        format!("Message-ID: <{id}>\r\nFrom: {from}\r\nTo: {to}\r\nSubject: {subject}\r\n\r\n{id}\r\n")
    };
    for (id, from, to, subject) in [
        ("a@x", "Ärger@Müller.test", "Ann <Ann_Lee@own.test>", "ÄRGER mit 100% Öl"),
        ("b@x", "plain@example.test", "AnnXLee@own.test, two@own.test", "1000 things"),
    ] {
        house.take(&ours, &raw(id, from, to, subject), false).await;
    }
    let from = |text: &str| UntrackedQuery { from: Some(text.to_owned()), ..UntrackedQuery::default() };
    let to = |text: &str| UntrackedQuery { to: Some(text.to_owned()), ..UntrackedQuery::default() };
    let subject = |text: &str| UntrackedQuery { subject: Some(text.to_owned()), ..UntrackedQuery::default() };
    for (query, expected) in [
        (subject("ärger"), &["a@x"][..]),
        (subject("ÄRGER MIT"), &["a@x"]),
        (subject("arger"), &["a@x"]),
        (subject("100%"), &["a@x"]),
        (subject("100"), &["b@x", "a@x"]),
        (subject("1_0"), &[]),
        (from("MÜLLER"), &["a@x"]),
        (to("email"), &[]),
        (to("\""), &[]),
        (to("ann_lee"), &["a@x"]),
        (to("TWO@"), &["b@x"]),
        (to("lee@own.test"), &["b@x", "a@x"]),
    ] {
        assert_eq!(house.untracked(query.clone()).await, expected, "{query:?}");
    }
}
