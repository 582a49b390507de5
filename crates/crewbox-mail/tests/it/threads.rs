//! The threading rule and the store together: answers that come before what they answer, copies through several
//! mailboxes, clients that must not meet.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::sync::Arc;

use crewbox_core::conversation::{Conversation, Flags};
use crewbox_core::id::{CampaignId, ClientId, ConversationId, MailboxId, MessageId};
use crewbox_core::message::Direction;
use crewbox_core::model::{LeadFields, MailboxSettings, Role};
use crewbox_core::outgoing::OutgoingState;
use crewbox_core::time::Timestamp;
use crewbox_mail::intake::{Incoming, Intake, Taken};
use crewbox_mail::place;
use crewbox_store::contract::{MailboxSecrets, NewAccount, NewMailbox, UntrackedQuery};
use crewbox_store::{
    AttachTo, Batch, Ingested, NewMember, NewOutgoing, Op, Open, OutboxStep, Outcome, Scope, Store,
    StoreError, Thing,
};

use crate::NOW;

const LEAD: &str = "lea@acme.test";
const US: &str = "us@own.test";

/// An account on a store.
struct House {
    _dir: Option<tempfile::TempDir>,
    intake: Intake,
    scope: Scope,
}

impl House {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&Open::server(dir.path())).unwrap();
        let scope = account(&store, "one").await;
        Self { _dir: Some(dir), intake: Intake::new(store).unwrap(), scope }
    }

    /// Another account on the same store.
    async fn beside(&self) -> Self {
        let scope = account(self.intake.store(), "two").await;
        Self { _dir: None, intake: self.intake.clone(), scope }
    }

    async fn commit(&self, op: Op) -> Result<Outcome, StoreError> {
        let batch = Batch { scope: self.scope, at: NOW, ops: vec![op], once: None };
        Ok(self.intake.store().commit(batch).await?.outcomes.swap_remove(0))
    }

    async fn make(&self, op: Op) -> u64 {
        match self.commit(op).await.unwrap() {
            Outcome::Id(id) => id,
            other => panic!("{other:?}"),
        }
    }

    async fn client(&self, name: &str) -> Option<ClientId> {
        let op = Op::AddClient { name: name.to_owned(), email: format!("{name}@client.test") };
        Some(ClientId(self.make(op).await))
    }

    async fn mailbox(&self, email: &str, client: Option<ClientId>) -> Mailbox {
        let new = NewMailbox {
            email: email.to_owned(),
            name: String::new(),
            client,
            settings: MailboxSettings::default(),
            secrets: MailboxSecrets::default(),
        };
        Mailbox { id: MailboxId(self.make(Op::SaveMailbox(Box::new(new))).await) }
    }

    /// A campaign that uses these mailboxes, with the lead's conversation in it.
    async fn campaign(
        &self,
        client: Option<ClientId>,
        mailboxes: &[&Mailbox],
        lead: &str,
    ) -> (CampaignId, ConversationId) {
        let add = Op::AddCampaign { name: "Spring".to_owned(), client, parent: None };
        let campaign = CampaignId(self.make(add).await);
        let mailboxes = mailboxes.iter().map(|one| one.id).collect();
        self.commit(Op::AddCampaignMailboxes { campaign, mailboxes }).await.unwrap();
        let fields = LeadFields { email: lead.to_owned(), ..LeadFields::default() };
        match self.commit(Op::AddLeads { campaign, leads: vec![fields] }).await.unwrap() {
            Outcome::Leads(leads) => (campaign, leads[0].conversation),
            other => panic!("{other:?}"),
        }
    }

    async fn take(&self, mailbox: &Mailbox, raw: &str, backfill: bool) -> Ingested {
        let incoming = Incoming {
            raw: raw.to_owned().into(),
            mailbox: mailbox.id,
            own: Arc::new(self.intake.store().own_addresses(&self.scope, mailbox.id).await.unwrap()),
            location: None,
            backfill,
            seen: None,
            connected_at: None,
            received_at: Some(Timestamp(NOW.0 - 1_000)),
            fallback_at: None,
            direction: None,
        };
        match self.intake.take(&self.scope, NOW, vec![incoming]).await.unwrap().swap_remove(0) {
            Taken::Stored(stored) => stored,
            other => panic!("{other:?}"),
        }
    }

    async fn attach(&self, message: MessageId, to: AttachTo) -> Result<Outcome, StoreError> {
        self.commit(Op::Attach { message, to, place }).await
    }

    async fn conversation(&self, id: ConversationId) -> Conversation {
        self.intake.store().conversation(&self.scope, id).await.unwrap()
    }

    /// The Message-IDs of a conversation.
    async fn thread(&self, id: ConversationId) -> Vec<String> {
        let history = self.intake.store().history(&self.scope, id).await.unwrap();
        let mut ids: Vec<String> = history.into_iter().map(|(message, _)| message.message_id).collect();
        ids.sort_unstable();
        ids
    }

    async fn untracked(&self, query: UntrackedQuery) -> Vec<String> {
        let query = UntrackedQuery { limit: 100, ..query };
        let (rows, total) = self.intake.store().untracked(&self.scope, &query).await.unwrap();
        assert_eq!(rows.len() as u64, total);
        rows.into_iter().map(|(message, _)| message.message_id).collect()
    }

    async fn is_sound(&self) {
        assert_eq!(self.intake.store().check(&self.scope).await.unwrap(), []);
    }
}

struct Mailbox {
    id: MailboxId,
}

async fn account(store: &Store, name: &str) -> Scope {
    let owner = NewMember {
        name: "Ada".to_owned(),
        email: format!("ada@{name}.test"),
        role: Role::Owner,
        client: None,
        password_hash: None,
    };
    let made = store.create_account(NewAccount { name: name.to_owned(), owner }, NOW).await.unwrap();
    Scope::operator(made.account)
}

fn letter(id: &str, from: &str, to: &str, references: &[&str]) -> String {
    let references: Vec<String> = references.iter().map(|one| format!("<{one}>")).collect();
    format!(
        "Message-ID: <{id}>\r\nFrom: {from}\r\nTo: {to}\r\nSubject: {id}\r\nReferences: {}\r\n\r\nThis is {id}.\r\n",
        references.join(" ")
    )
}

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
    let no_lead = house.intake.store().lead_by_email(&house.scope, "who@else.test").await.unwrap();
    assert!(no_lead.is_none(), "nothing of a refused attachment stays");
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
    let history = house.intake.store().history(&house.scope, conversation).await.unwrap();
    assert!(history.iter().all(|(message, _)| message.stats_id == known.stats_id), "they share its number");
    house.is_sound().await;
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

#[tokio::test(flavor = "multi_thread")]
async fn whom_the_lead_copied_joins_also_when_their_mail_is_read_first() {
    let house = House::new().await;
    let (ours, other) = (house.mailbox(US, None).await, house.mailbox("bea@own.test", None).await);
    let (_, conversation) = house.campaign(None, &[&ours], LEAD).await;
    let lead = |id: &str| {
        let copied = "Cc: Max <max@partner.test>, bea+x@own.test, lea@acme.test";
        letter(id, LEAD, US, &[]).replace("\r\nSubject", &format!("\r\n{copied}\r\nSubject"))
    };
    house.take(&ours, &lead("one@x"), false).await;
    let partner = house.take(&ours, &letter("two@x", "MAX@partner.test", US, &["one@x"]), false).await;
    assert_eq!(partner.conversation, Some(conversation));
    // History is read newest first.
    let early = house.take(&ours, &letter("four@x", "max@partner.test", US, &["three@x"]), true).await;
    assert_eq!(early.conversation, None);
    house.take(&ours, &lead("three@x"), true).await;
    assert_eq!(house.thread(conversation).await, ["four@x", "one@x", "three@x", "two@x"]);
    // A member of the team whom the lead copied does not become somebody who replies.
    let team =
        house.take(&other, &letter("five@x", "bea@own.test", "who@else.test", &["one@x"]), false).await;
    assert_eq!(team.direction, Direction::Outbound);
    let team =
        house.take(&ours, &letter("six@x", "bea+x@own.test", "who@else.test", &["one@x"]), false).await;
    assert_eq!((team.direction, team.conversation), (Direction::Inbound, None));
    // Nobody gets in by a copy whom the lead did not name.
    let stranger = house.take(&ours, &letter("seven@x", "eve@partner.test", US, &["one@x"]), false).await;
    assert_eq!(stranger.conversation, None);
    house.is_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_is_found_and_added_under_every_spelling_of_the_address() {
    let house = House::new().await;
    let ours = house.mailbox(US, None).await;
    for (number, [one, other]) in
        [["ann@gmail.com", "ann@googlemail.com"], ["j@bücher.test", "j@xn--bcher-kva.test"]]
            .into_iter()
            .enumerate()
    {
        for (place, [lead, from]) in [[one, other], [other, one]].into_iter().enumerate() {
            let lead = lead.replace('@', &format!("{place}@"));
            let from = from.replace('@', &format!("{place}@"));
            let (campaign, conversation) = house.campaign(None, &[&ours], &lead).await;
            let mail = letter(&format!("{number}-{place}@x"), &from.to_uppercase(), US, &[]);
            assert_eq!(
                house.take(&ours, &mail, false).await.conversation,
                Some(conversation),
                "{lead} {from}"
            );
            let fields = LeadFields { email: from.clone(), ..LeadFields::default() };
            match house.commit(Op::AddLeads { campaign, leads: vec![fields] }).await.unwrap() {
                Outcome::Leads(leads) => {
                    assert!(!leads[0].new_lead && !leads[0].added, "{from}");
                    assert_eq!(leads[0].conversation, conversation);
                }
                other => panic!("{other:?}"),
            }
            let (found, _) = house.intake.store().lead_by_email(&house.scope, &from).await.unwrap().unwrap();
            assert_eq!(found.fields.email, lead);
        }
    }
    house.is_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_from_our_own_address_is_a_reply_where_it_names_the_lead_and_offered_where_it_names_a_stranger()
{
    let house = House::new().await;
    let ours = house.mailbox(US, None).await;
    let (_, conversation) = house.campaign(None, &[&ours], LEAD).await;
    let form = |id: &str, person: &str| {
        letter(id, US, US, &[]).replace("\r\nSubject", &format!("\r\nReply-To: {person}\r\nSubject"))
    };
    let enquiry = house.take(&ours, &form("one@x", LEAD), false).await;
    assert_eq!((enquiry.direction, enquiry.conversation), (Direction::Inbound, Some(conversation)));
    assert!(house.conversation(conversation).await.flags.has(Flags::UNREAD));
    house.take(&ours, &form("two@x", "Tom <tom@nobody.test>"), false).await;
    house.take(&ours, &letter("note@x", US, US, &[]), false).await;
    assert_eq!(house.untracked(UntrackedQuery::default()).await, ["note@x", "two@x"]);
    house.is_sound().await;
}
