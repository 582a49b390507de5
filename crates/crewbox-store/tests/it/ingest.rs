//! Mail taken in: where it goes, that it is taken in once, and that its bytes come back.

use crewbox_core::change::ChangeKind;
use crewbox_core::conversation::{Arrival, Edit, Flags};
use crewbox_core::id::{CampaignId, ClientId, MailboxId, Seq};
use crewbox_core::message::{Class, Direction, Mail, Verdict, Verdicts};
use crewbox_core::model::MailboxSettings;
use crewbox_core::threading::{Facts, Placement};
use crewbox_core::time::Timestamp;
use crewbox_store::contract::{MailboxSecrets, NewMailbox, NewQuarantined};
use crewbox_store::{BodyLimits, Committed, Ingest, Location, Op, Outcome, StoreError, Thing};

use sha2::{Digest as _, Sha256};

use super::world::{NOW, World, lead, mail};

fn seen(uid: u32) -> Option<Location> {
    Some(Location { folder: "INBOX".to_owned(), uidvalidity: 1, uid })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_joins_its_leads_conversation_and_makes_it_unread() {
    let world = World::new().await;
    world.edit(Edit::Archived(true)).await;
    let (mail, raw) = mail("a@x", "yes please");
    let ingested = world.ingest(&mail, &raw).await;
    assert_eq!(ingested.conversation, Some(world.conversation));
    assert!(!ingested.duplicate);
    let now = world.now_is().await;
    assert!(now.flags.has(Flags::HAS_REPLY.with(Flags::REPLIED).with(Flags::UNREAD)));
    assert!(!now.flags.has(Flags::ARCHIVED));
    assert_eq!((now.last_reply, now.reply_time), (Some(ingested.message), Some(NOW)));
    let history =
        world.store.history(&world.scope, world.conversation, BodyLimits::WHOLE).await.unwrap().messages;
    assert_eq!(history.len(), 1);
    assert_eq!((history[0].1.text.as_str(), history[0].0.reason.as_str()), ("yes please", "lead"));
    let rows = world.store.rows(&world.scope, &[world.conversation], Some(BodyLimits::WHOLE)).await.unwrap();
    assert_eq!(rows[0].last_message.as_ref().unwrap().0.id, ingested.message);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_after_a_time_leaves_out_only_messages_after_it() {
    let world = World::new().await;
    for number in 0..4 {
        let (mut mail, raw) = mail(&format!("{number}@x"), &format!("text {number}"));
        mail.at = Timestamp(NOW.0 + number);
        world.ingest(&mail, &raw).await;
    }
    let read = async |after: Option<i64>, total| {
        let limits = BodyLimits { total, ..BodyLimits::WHOLE };
        let after = after.map(|after| Timestamp(NOW.0 + after));
        let page = world.store.history_after(&world.scope, world.conversation, after, limits).await.unwrap();
        let texts: Vec<String> = page.messages.into_iter().map(|(_, texts)| texts.text).collect();
        (texts, page.omitted)
    };
    let texts = |numbers: &[u8]| numbers.iter().map(|number| format!("text {number}")).collect::<Vec<_>>();
    // Each text has six bytes.
    assert_eq!(read(None, 12).await, (texts(&[2, 3]), 2));
    assert_eq!(read(Some(0), 12).await, (texts(&[2, 3]), 1));
    assert_eq!(read(Some(1), 12).await, (texts(&[2, 3]), 0), "what is not asked for is not left out");
    assert_eq!(read(Some(2), 12).await, (texts(&[3]), 0));
    assert_eq!(read(Some(3), usize::MAX).await, (texts(&[]), 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_named_by_another_draws_it_into_its_conversation() {
    let world = World::new().await;
    let (mut sent, raw) = mail("sent@us", "hello");
    (sent.direction, sent.from, sent.to) = (Direction::Outbound, sent.to[0].clone(), vec![sent.from]);
    let first = world.ingest(&sent, &raw).await;
    assert_eq!(first.conversation, Some(world.conversation));
    let (mut reply, raw) = mail("reply@x", "from my phone");
    reply.from.email = "elsewhere@phone.test".to_owned();
    assert_eq!(world.ingest(&reply, &raw).await.conversation, None, "nobody knows the sender");
    let (mut reply, raw) = mail("reply2@x", "from my phone again");
    reply.from.email = "elsewhere@phone.test".to_owned();
    reply.references = vec!["unknown@y".to_owned(), "sent@us".to_owned()];
    let second = world.ingest(&reply, &raw).await;
    assert_eq!(second.conversation, Some(world.conversation));
    let messages =
        world.store.history(&world.scope, world.conversation, BodyLimits::WHOLE).await.unwrap().messages;
    assert_eq!(messages[0].0.stats_id, messages[1].0.stats_id, "what answers shares the sent mail's number");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_of_other_clients_campaigns_reaches_no_conversation_of_a_client() {
    let world = World::new().await;
    let client = |name: &str| Op::AddClient { name: name.to_owned(), email: format!("{name}@c.test") };
    let id = |committed: Committed, place: usize| match committed.outcomes[place] {
        Outcome::Id(id) => id,
        ref other => panic!("{other:?}"),
    };
    let north = ClientId(id(world.commit(vec![client("north")]).await, 0));
    let south = ClientId(id(world.commit(vec![client("south")]).await, 0));
    let campaign = |client| Op::AddCampaign { name: "Of a client".to_owned(), client, parent: None };
    let theirs = CampaignId(id(world.commit(vec![campaign(Some(north))]).await, 0));
    let leads = Op::AddLeads { campaign: theirs, leads: vec![lead("nora@north.test")] };
    let committed = world.commit(vec![leads]).await;
    let Outcome::Leads(added) = &committed.outcomes[0] else { panic!("{committed:?}") };
    let conversation = added[0].unwrap().conversation;
    let (mut first, raw) = mail("first@north", "hello");
    first.from.email = "nora@north.test".to_owned();
    let into = |_: &Mail, facts: &Facts| match facts.named.iter().find_map(|one| one.conversation.as_ref()) {
        Some(found) => Placement::Joins {
            conversation: found.conversation,
            reason: "named".to_owned(),
            participants: Vec::new(),
            stats_id: None,
        },
        None => Placement::Untracked { reason: "nothing".to_owned() },
    };
    world.commit(vec![Op::AddCampaignMailboxes { campaign: theirs, mailboxes: vec![world.mailbox] }]).await;
    assert_eq!(world.ingest(&first, &raw).await.conversation, Some(conversation));

    // A second mailbox, of no client, that only the other client's campaign uses.
    let new = NewMailbox {
        email: "shared@sender.test".to_owned(),
        name: "Shared".to_owned(),
        client: None,
        settings: MailboxSettings::default(),
        secrets: MailboxSecrets::default(),
    };
    let shared = MailboxId(id(world.commit(vec![Op::SaveMailbox(Box::new(new))]).await, 0));
    let cites = async |name: &str| {
        let (mut forged, raw) = mail(name, name);
        forged.references = vec!["first@north".to_owned()];
        let op = Ingest { mailbox: shared, place: into, ..world.ingest_of(&forged, &raw) };
        let committed = world.commit(vec![Op::Ingest(Box::new(op))]).await;
        let Outcome::Ingested(ingested) = &committed.outcomes[0] else { panic!("{committed:?}") };
        ingested.conversation
    };
    assert_eq!(cites("a@x").await, Some(conversation), "used by no campaign, it serves all of them");
    let other = CampaignId(id(world.commit(vec![campaign(Some(south))]).await, 0));
    world.commit(vec![Op::AddCampaignMailboxes { campaign: other, mailboxes: vec![shared] }]).await;
    assert_eq!(cites("b@x").await, None, "it serves another client");
    world.commit(vec![Op::AddCampaignMailboxes { campaign: world.campaign, mailboxes: vec![shared] }]).await;
    assert_eq!(cites("c@x").await, None, "and nobody's campaigns, which changes nothing");
    let too = CampaignId(id(world.commit(vec![campaign(Some(north))]).await, 0));
    world.commit(vec![Op::AddCampaignMailboxes { campaign: too, mailboxes: vec![shared] }]).await;
    assert_eq!(cites("d@x").await, Some(conversation), "now it serves both");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_mail_again_only_adds_a_place() {
    let world = World::new().await;
    let (mail, raw) = mail("a@x", "once");
    let first = world.ingest(&mail, &raw).await;
    let head = world.store.head(&world.scope).await.unwrap();
    let again = world.ingest(&mail, &raw).await;
    assert!(again.duplicate);
    assert_eq!(again.message, first.message);
    assert_eq!(world.store.head(&world.scope).await.unwrap(), head, "nothing happened, nothing is logged");
    for (uid, logged) in [(7, 1), (7, 0), (8, 1)] {
        let before = world.store.head(&world.scope).await.unwrap().seq.0;
        let op = Ingest { location: seen(uid), ..world.ingest_of(&mail, &raw) };
        let committed = world.commit(vec![Op::Ingest(Box::new(op))]).await;
        assert_eq!(committed.seq.0 - before, logged, "UID {uid}");
    }
    let changes = world.store.changes(&world.scope, Seq(0), 1_000).await.unwrap().changes;
    assert_eq!(changes.last().unwrap().kind, ChangeKind::MessageLocated);
    assert_eq!(
        world
            .store
            .history(&world.scope, world.conversation, BodyLimits::WHOLE)
            .await
            .unwrap()
            .messages
            .len(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn another_mail_under_the_same_message_id_is_kept_too() {
    let world = World::new().await;
    let ((one, raw_one), (two, raw_two)) = (mail("same@x", "one text"), mail("same@x", "another text"));
    let first = world.ingest(&one, &raw_one).await;
    let second = world.ingest(&two, &raw_two).await;
    assert!(!second.duplicate);
    assert_ne!(first.message, second.message);
    assert_eq!(world.store.raw(&world.scope, first.message).await.unwrap(), raw_one);
    assert_eq!(world.store.raw(&world.scope, second.message).await.unwrap(), raw_two);
}

#[tokio::test(flavor = "multi_thread")]
async fn history_raises_nothing_and_a_bounce_is_no_reply() {
    let world = World::new().await;
    let (old, raw) = mail("old@x", "long ago");
    let op = Ingest { arrival: Arrival::History { open: Some(false) }, ..world.ingest_of(&old, &raw) };
    world.commit(vec![Op::Ingest(Box::new(op))]).await;
    let now = world.now_is().await;
    assert!(now.flags.has(Flags::REPLIED) && !now.flags.has(Flags::UNREAD));
    let (mut bounce, raw) = mail("bounce@x", "not delivered");
    (bounce.verdicts.alone.class, bounce.at) = (Class::Bounce, Timestamp(NOW.0 + 5));
    bounce.failed_recipients = vec!["lead@example.test".to_owned()];
    assert_eq!(world.ingest(&bounce, &raw).await.conversation, Some(world.conversation));
    let now = world.now_is().await;
    assert!(now.flags.has(Flags::BOUNCED));
    assert_eq!(now.reply_time, Some(NOW), "the reply before it is still the latest");
}

#[tokio::test(flavor = "multi_thread")]
async fn large_and_small_mail_comes_back_byte_for_byte_even_after_a_restart() {
    let mut world = World::new().await;
    let mut held = Vec::new();
    for size in [0, 1, 60_000, 66_000, 3_000_000] {
        let text: String =
            (0..size).map(|n: u32| char::from(b' ' + u8::try_from(n * 7 % 90).unwrap())).collect();
        let (mail, raw) = mail(&format!("{size}@x"), &text);
        let message = world.ingest(&mail, &raw).await.message;
        held.push((message, mail.content, raw));
    }
    world.reopen().await;
    for (message, content, raw) in &held {
        assert!(world.store.raw(&world.scope, *message).await.unwrap() == *raw, "{} bytes", raw.len());
        assert_eq!(world.store.held(&world.scope, &[*content, [0; 32]]).await.unwrap(), [true, false]);
    }
    let raws = world.store.raws(&world.scope, held[1].0, 2).await.unwrap();
    assert_eq!(raws.iter().map(|raw| raw.message.id).collect::<Vec<_>>(), [held[2].0, held[3].0]);
    assert!(raws[0].own.include("us@sender.test"));
    assert_eq!(world.store.check(&world.scope).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_cannot_be_read_is_kept_raw_once() {
    let world = World::new().await;
    let quarantine = || {
        Op::Quarantine(Box::new(NewQuarantined {
            mailbox: world.mailbox,
            location: seen(3),
            raw: b"\0\0\0".to_vec().into(),
            reason: "too deep".to_owned(),
            received_at: None,
            backfill: false,
            direction: None,
            reader: None,
        }))
    };
    let first = world.commit(vec![quarantine()]).await;
    let again = world.commit(vec![quarantine()]).await;
    assert_eq!(first.outcomes, again.outcomes);
    assert_eq!(first.seq, again.seq);
    let Outcome::Quarantined(id) = first.outcomes[0] else { panic!() };
    let (items, total) = world.store.quarantine(&world.scope, 0, 10).await.unwrap();
    assert_eq!((total, items[0].id, items[0].reason.as_str(), items[0].uid), (1, id, "too deep", Some(3)));
    assert_eq!(world.store.quarantine_raw(&world.scope, id).await.unwrap(), b"\0\0\0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_died_of_a_mail_does_not_try_it_again() {
    let world = World::new().await;
    let quarantine = async |raw: &'static [u8], reader: Option<&str>| {
        let new = NewQuarantined {
            mailbox: world.mailbox,
            location: seen(u32::try_from(raw.len()).unwrap()),
            raw: raw.into(),
            reason: "three times".to_owned(),
            received_at: Some(Timestamp(5)),
            backfill: true,
            direction: None,
            reader: reader.map(str::to_owned),
        };
        match world.commit(vec![Op::Quarantine(Box::new(new))]).await.outcomes[0] {
            Outcome::Quarantined(id) => id,
            ref other => panic!("{other:?}"),
        }
    };
    let (killer, odd) = (quarantine(b"killer", Some("reader 1")).await, quarantine(b"odd", None).await);
    let attempt = async |quarantine, reader: &str| {
        world.try_commit(vec![Op::TryQuarantined { quarantine, reader: reader.to_owned() }]).await
    };
    let refused = attempt(killer, "reader 1").await;
    assert!(matches!(refused, Err(StoreError::Conflict(Thing::Quarantine, _))), "{refused:?}");
    attempt(killer, "reader 2").await.unwrap();
    let refused = attempt(killer, "reader 2").await;
    assert!(
        matches!(refused, Err(StoreError::Conflict(Thing::Quarantine, _))),
        "it did not come back: {refused:?}"
    );
    for change in [1, 0] {
        let survived = vec![Op::SurvivedQuarantined(killer)];
        let before = world.store.head(&world.scope).await.unwrap().seq;
        let after = world.commit(survived).await.seq;
        assert_eq!(after.0 - before.0, change, "it did come back, and says so once");
    }
    attempt(killer, "reader 2").await.unwrap();
    for _ in 0..2 {
        attempt(odd, "reader 1").await.unwrap();
    }
    let held = world.store.quarantined(&world.scope, killer).await.unwrap();
    assert_eq!((held.mail_at, held.backfill), (Some(Timestamp(5)), true));
    // Released through a mailbox that is gone, as history.
    world.commit(vec![Op::RemoveMailbox(world.mailbox)]).await;
    let release = async |quarantine, raw: &[u8]| {
        let mail = Mail { content: Sha256::digest(raw).into(), ..mail("a@x", "at last").0 };
        let ingest = Ingest {
            arrival: Arrival::History { open: Some(false) },
            location: seen(9),
            ..world.ingest_of(&mail, raw)
        };
        world.commit(vec![Op::ReleaseQuarantine { quarantine, ingest: Box::new(ingest) }]).await;
    };
    release(killer, b"killer").await;
    let now = world.now_is().await;
    assert!(now.flags.has(Flags::REPLIED) && !now.flags.has(Flags::UNREAD));
    // The other turns out to be a copy of it.
    release(odd, b"odd").await;
    assert_eq!(
        world
            .store
            .history(&world.scope, world.conversation, BodyLimits::WHOLE)
            .await
            .unwrap()
            .messages
            .len(),
        1
    );
    assert_eq!(world.store.quarantine(&world.scope, 0, 10).await.unwrap().1, 0);
    let gone = attempt(killer, "reader 3").await;
    assert!(matches!(gone, Err(StoreError::NotFound(Thing::Quarantine, _))), "{gone:?}");
    assert_eq!(world.store.check(&world.scope).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_placed_by_its_copy_is_about_the_recipient_it_names() {
    let world = World::new().await;
    let elsewhere = NewMailbox {
        email: "second@sender.test".into(),
        name: "Second".into(),
        client: None,
        settings: MailboxSettings::default(),
        secrets: MailboxSecrets::default(),
    };
    let saved = world.commit(vec![Op::SaveMailbox(Box::new(elsewhere))]).await;
    let [Outcome::Id(elsewhere)] = saved.outcomes[..] else { panic!("{saved:?}") };
    let (read, raw) = mail("report@x", "another address failed");
    let verdicts = Verdicts::always(Verdict::of(Class::Bounce, "it says so"));
    let report = Mail { verdicts, failed_recipients: vec!["other@example.test".to_owned()], ..read };
    let through = Ingest { mailbox: MailboxId(elsewhere), ..world.ingest_of(&report, &raw) };
    let first = world.commit(vec![Op::Ingest(Box::new(through))]).await;
    let [Outcome::Ingested(first)] = &first.outcomes[..] else { panic!("{first:?}") };
    assert_eq!(first.conversation, None);
    assert_eq!(world.ingest(&report, &raw).await.conversation, Some(world.conversation));
    assert!(!world.now_is().await.flags.has(Flags::BOUNCED), "the lead's own address works");
    world.sound().await;
}
