//! Who wrote a mail, and who takes part in a conversation: the rules and the store together.

use crewbox_core::conversation::Flags;
use crewbox_core::message::Direction;
use crewbox_core::model::LeadFields;
use crewbox_store::contract::UntrackedQuery;
use crewbox_store::{Op, Outcome};

use crate::house::{House, LEAD, US, letter};

#[tokio::test(flavor = "multi_thread")]
async fn those_the_lead_copied_join_also_when_their_mail_is_read_first() {
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
    // A member of the team in the lead's Cc does not become somebody who replies.
    let team =
        house.take(&other, &letter("five@x", "bea@own.test", "who@else.test", &["one@x"]), false).await;
    assert_eq!(team.direction, Direction::Outbound);
    let team =
        house.take(&ours, &letter("six@x", "bea+x@own.test", "who@else.test", &["one@x"]), false).await;
    assert_eq!((team.direction, team.conversation), (Direction::Inbound, None));
    // Nobody joins by a copy that the lead did not send them.
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
                    let found = leads[0].unwrap();
                    assert!(!found.new_lead && !found.added, "{from}");
                    assert_eq!(found.conversation, conversation);
                }
                other => panic!("{other:?}"),
            }
            let found = house.intake.store().leads_by_email(&house.scope, &from).await.unwrap();
            assert_eq!(found[0].0.fields.email, lead);
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

#[tokio::test(flavor = "multi_thread")]
async fn an_alias_is_learned_from_sent_mail_and_its_mail_is_ours_from_then_on() {
    let house = House::new().await;
    let ours = house.mailbox(US, None).await;
    let (_, conversation) = house.campaign(None, &[&ours], LEAD).await;
    let sent = Some(Direction::Outbound);
    let alias = "Us <us@second.test>";
    let before = house.take(&ours, &letter("a@x", alias, LEAD, &[]), false).await;
    assert_eq!(before.direction, Direction::Inbound, "not known as ours yet");
    house.take_from(&ours, &letter("b@x", alias, LEAD, &[]), false, sent).await;
    let after = house.take(&ours, &letter("c@x", "US+x@second.test", LEAD, &["b@x"]), false).await;
    assert_eq!((after.direction, after.conversation), (Direction::Outbound, Some(conversation)));
    let aliases = || async {
        let catalog = house.intake.store().catalog(&house.scope).await.unwrap();
        catalog.mailbox(ours.id).unwrap().aliases.clone()
    };
    assert_eq!(aliases().await, ["us@second.test"]);
    let head = house.intake.store().head(&house.scope).await.unwrap().seq;
    let again = Op::LearnAlias { mailbox: ours.id, address: "us@second.test".to_owned() };
    house.commit(again).await.unwrap();
    assert_eq!(
        house.intake.store().head(&house.scope).await.unwrap().seq,
        head,
        "what is known is no change"
    );
    // What people save replaces what they saved and what was learned.
    let set = async |saved: &[&str]| {
        let aliases = saved.iter().map(|one| (*one).to_owned()).collect();
        house.commit(Op::SetAliases { mailbox: US.to_owned(), aliases }).await
    };
    set(&["us@second.test", "Third@Own.test", US]).await.unwrap();
    assert_eq!(aliases().await, ["third@own.test", "us@second.test"]);
    set(&["fourth@own.test", "FOURTH@own.test"]).await.unwrap();
    assert_eq!(aliases().await, ["fourth@own.test"]);
    let head = house.intake.store().head(&house.scope).await.unwrap().seq;
    set(&["fourth@own.test"]).await.unwrap();
    // One that was removed is not learned again from the same mail or another one.
    house.take_from(&ours, &letter("b@x", alias, LEAD, &[]), false, sent).await;
    house.commit(Op::LearnAlias { mailbox: ours.id, address: "US@second.test".to_owned() }).await.unwrap();
    assert_eq!(house.intake.store().head(&house.scope).await.unwrap().seq, head);
    house.take_from(&ours, &letter("d@x", alias, LEAD, &[]), false, sent).await;
    assert_eq!(aliases().await, ["fourth@own.test"]);
    // Until a person saves it again.
    set(&["us@second.test"]).await.unwrap();
    set(&[]).await.unwrap();
    assert_eq!(aliases().await, Vec::<String>::new());
    house.is_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_was_learned_and_becomes_a_leads_is_not_ours() {
    let house = House::new().await;
    let ours = house.mailbox(US, None).await;
    let (campaign, _) = house.campaign(None, &[&ours], LEAD).await;
    house
        .take_from(&ours, &letter("b@x", "us@second.test", LEAD, &[]), false, Some(Direction::Outbound))
        .await;
    let lead = LeadFields { email: "us@second.test".to_owned(), ..LeadFields::default() };
    house.commit(Op::AddLeads { campaign, leads: vec![lead] }).await.unwrap();
    let catalog = house.intake.store().catalog(&house.scope).await.unwrap();
    assert_eq!(catalog.mailbox(ours.id).unwrap().aliases, Vec::<String>::new());
    house.is_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alias_that_somebody_else_writes_from_is_refused_by_its_address() {
    let house = House::new().await;
    let (ours, other) = (house.mailbox(US, None).await, house.mailbox("bea@own.test", None).await);
    house.campaign(None, &[&ours, &other], LEAD).await;
    house.take(&ours, &letter("one@x", LEAD, &format!("{US}, max@partner.test"), &[]), false).await;
    let set = async |alias: &str| {
        let aliases = vec!["fine@own.test".to_owned(), alias.to_owned()];
        house.commit(Op::SetAliases { mailbox: US.to_owned(), aliases }).await
    };
    for (alias, whose) in [
        ("LEA@acme.test", "a lead"),
        ("max@partner.test", "takes part"),
        ("bea@own.test", "another mailbox"),
        ("bea+x@own.test", "another mailbox"),
    ] {
        let refused = set(alias).await.unwrap_err().to_string();
        assert!(refused.starts_with(alias) && refused.contains(whose), "{refused}");
    }
    let catalog = house.intake.store().catalog(&house.scope).await.unwrap();
    assert_eq!(catalog.mailbox(ours.id).unwrap().aliases, Vec::<String>::new(), "nothing of it is saved");
    // The mail of a mailbox that is removed may go to another one now.
    house.commit(Op::RemoveMailbox(other.id)).await.unwrap();
    set("bea@own.test").await.unwrap();
    house.is_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_somebody_else_writes_from_is_never_learned() {
    let house = House::new().await;
    let (ours, other) = (house.mailbox(US, None).await, house.mailbox("bea@own.test", None).await);
    let (_, conversation) = house.campaign(None, &[&ours, &other], LEAD).await;
    house.take(&ours, &letter("one@x", LEAD, &format!("{US}, max@partner.test"), &[]), false).await;
    let sent = Some(Direction::Outbound);
    let people = [LEAD, "LEA@ACME.TEST", "max@partner.test", "bea@own.test", "bea+x@own.test"];
    for (number, from) in people.into_iter().enumerate() {
        house.take_from(&ours, &letter(&format!("s{number}@x"), from, LEAD, &[]), false, sent).await;
    }
    let moved = "Return-Path: <eve@else.test>\r\n".to_owned() + &letter("moved@x", "eve@else.test", US, &[]);
    house.take_from(&ours, &moved, false, sent).await;
    let catalog = house.intake.store().catalog(&house.scope).await.unwrap();
    assert_eq!(catalog.mailbox(ours.id).unwrap().aliases, Vec::<String>::new());
    let reply = house.take(&ours, &letter("two@x", LEAD, US, &[]), false).await;
    assert_eq!((reply.direction, reply.conversation), (Direction::Inbound, Some(conversation)));
    house.is_sound().await;
}
