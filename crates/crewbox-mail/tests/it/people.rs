//! Who wrote a mail, and who takes part in a conversation: the rules and the store together.

use crewbox_core::conversation::Flags;
use crewbox_core::message::Direction;
use crewbox_core::model::LeadFields;
use crewbox_store::contract::UntrackedQuery;
use crewbox_store::{Op, Outcome};

use crate::house::{House, LEAD, US, letter};

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
