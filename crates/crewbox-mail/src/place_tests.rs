//! Each threading rule with the mail that it decides, and the forgeries that it must not.

use std::sync::Arc;

use crewbox_core::id::{ClientId, ConversationId, MailboxId};
use crewbox_core::message::Address;
use crewbox_core::own_addresses::OwnAddresses;
use crewbox_core::time::Timestamp;

use super::*;
use crate::read::{ReadContext, read};
use crate::sender::DirectionHint;

fn mail(from: &str, class: Class, direction: Direction) -> Mail {
    let context = ReadContext {
        own: Arc::new(OwnAddresses::new(["us@own.test"])),
        received_at: None,
        fallback_at: None,
        now: Timestamp(1_700_000_000_000),
        direction: DirectionHint::Decided(direction),
    };
    let mut mail = read(b"Subject: x\n\ny", &context).unwrap();
    mail.from = Address { name: String::new(), email: from.into() };
    mail.verdicts.alone.class = class;
    mail
}

fn reply(from: &str) -> Mail {
    mail(from, Class::Human, Direction::Inbound)
}

fn candidate(id: u64) -> Candidate {
    Candidate {
        conversation: ConversationId(id),
        client: None,
        lead_email: "lead@acme.test".into(),
        participants: vec!["known@else.test".into()],
        detached: Vec::new(),
        last_sent: None,
        last_stats_id: Some("last".into()),
    }
}

fn named(direction: Direction, mailbox: u64, candidate: Candidate) -> Named {
    Named {
        direction,
        mailbox: Some(MailboxId(mailbox)),
        stats_id: "named".into(),
        at: Timestamp(1_700_000_000_000),
        conversation: Some(candidate),
    }
}

fn facts(named: Vec<Named>, leads: Vec<Candidate>) -> Facts {
    Facts { mailbox: Some(MailboxId(1)), named, leads, ..Facts::default() }
}

/// (conversation, participant confirmed, stats id) or nothing.
fn answer(placement: Placement) -> Option<(u64, Option<bool>, Option<String>)> {
    match placement {
        Placement::Joins { conversation, reason, participants, stats_id } => {
            assert!(reason.ends_with('.') && reason.len() > 20);
            Some((conversation.0, participants.first().map(|one| one.confirmed), stats_id))
        }
        Placement::Untracked { reason } => {
            assert!(reason.ends_with('.'));
            None
        }
    }
}

#[test]
fn a_reference_is_believed_from_the_lead_a_participant_or_the_company() {
    for (from, participant) in [
        ("lead@acme.test", None),
        ("LEAD@acme.test", None),
        ("known@else.test", None),
        ("boss@acme.test", Some(true)),
        ("boss@mail.acme.test", Some(true)),
    ] {
        let facts = facts(vec![named(Direction::Outbound, 2, candidate(7))], vec![]);
        assert_eq!(
            answer(place(&reply(from), &facts)),
            Some((7, participant, Some("named".into()))),
            "{from}"
        );
    }
}

#[test]
fn every_spelling_of_an_address_is_the_same_person() {
    for (lead, from) in [
        ("lead@gmail.com", "Lead@googlemail.com"),
        ("lead@googlemail.com", "lead@gmail.com"),
        ("lead@bücher.test", "lead@xn--bcher-kva.test"),
        ("lead@xn--bcher-kva.test", "lead@BÜCHER.test"),
    ] {
        let mut held = candidate(7);
        held.lead_email = lead.into();
        held.participants.clear();
        for facts in
            [facts(vec![named(Direction::Inbound, 2, held.clone())], vec![]), facts(vec![], vec![held])]
        {
            assert_eq!(answer(place(&reply(from), &facts)).unwrap().0, 7, "{lead} {from}");
        }
    }
    let mut held = candidate(7);
    held.lead_email = "l.ead@gmail.com".into();
    assert_eq!(
        answer(place(&reply("lead@gmail.com"), &facts(vec![], vec![held]))),
        None,
        "dots are significant"
    );
    let mut held = candidate(7);
    held.lead_email = "lead@bücher.test".into();
    let facts = facts(vec![named(Direction::Inbound, 2, held)], vec![]);
    assert_eq!(
        answer(place(&reply("boss@xn--bcher-kva.test"), &facts)).unwrap().1,
        Some(true),
        "a colleague"
    );
}

#[test]
fn those_the_lead_copies_take_part_and_those_others_copy_do_not() {
    let copied = |from: &str, facts: &Facts| {
        let mut mail = reply(from);
        let address = |email: &str| Address { name: String::new(), email: email.into() };
        mail.to = vec![address("us@own.test"), address("")];
        mail.cc = vec![address("Max@Partner.test"), address("eva@bücher.test")];
        match place(&mail, facts) {
            Placement::Joins { participants, .. } => {
                assert!(participants.iter().all(|one| one.confirmed));
                participants.into_iter().map(|one| one.email).collect()
            }
            Placement::Untracked { reason } => vec![reason],
        }
    };
    let people = ["us@own.test", "max@partner.test", "eva@xn--bcher-kva.test"];
    let referring = facts(vec![named(Direction::Outbound, 1, candidate(7))], vec![]);
    assert_eq!(copied("lead@acme.test", &referring), people, "the store leaves our own addresses out");
    assert_eq!(copied("lead@acme.test", &facts(vec![], vec![candidate(7)])), people);
    assert_eq!(copied("boss@acme.test", &referring), ["boss@acme.test"]);
    assert!(copied("known@else.test", &referring).is_empty());
}

#[test]
fn one_mail_makes_a_bounded_number_of_participants() {
    let mut mail = reply("lead@acme.test");
    let address = |n| Address { name: String::new(), email: format!("p{n}@else.test") };
    mail.cc = (0..1_000).map(address).collect();
    match place(&mail, &facts(vec![], vec![candidate(7)])) {
        Placement::Joins { participants, .. } => assert_eq!(participants.len(), MOST_COPIED),
        other @ Placement::Untracked { .. } => panic!("{other:?}"),
    }
}

#[test]
fn a_free_mail_domain_is_no_company() {
    let mut lead = candidate(7);
    lead.lead_email = "lead@gmail.com".into();
    let facts = facts(vec![named(Direction::Outbound, 2, lead)], vec![]);
    assert_eq!(answer(place(&reply("other@gmail.com"), &facts)), None);
}

#[test]
fn a_stranger_joins_unconfirmed_only_by_an_id_sent_from_this_mailbox() {
    let sent_here = facts(vec![named(Direction::Outbound, 1, candidate(7))], vec![]);
    assert_eq!(
        answer(place(&reply("me@private.test"), &sent_here)),
        Some((7, Some(false), Some("named".into())))
    );
    let sent_elsewhere = facts(vec![named(Direction::Outbound, 2, candidate(7))], vec![]);
    assert_eq!(answer(place(&reply("me@private.test"), &sent_elsewhere)), None);
    let received = facts(vec![named(Direction::Inbound, 1, candidate(7))], vec![]);
    assert_eq!(answer(place(&reply("me@private.test"), &received)), None);
}

#[test]
fn a_known_sender_of_an_older_reference_beats_a_stranger_of_a_newer_one() {
    let mut other = candidate(8);
    other.lead_email = "someone@other.test".into();
    let facts = facts(
        vec![named(Direction::Outbound, 1, other), named(Direction::Outbound, 1, candidate(7))],
        vec![],
    );
    assert_eq!(answer(place(&reply("lead@acme.test"), &facts)).unwrap().0, 7);
}

#[test]
fn another_clients_conversation_is_out_of_reach() {
    let mut theirs = candidate(7);
    theirs.client = Some(ClientId(2));
    let mut facts = facts(vec![named(Direction::Outbound, 1, theirs.clone())], vec![theirs]);
    facts.mailbox_client = Some(ClientId(1));
    assert_eq!(answer(place(&reply("lead@acme.test"), &facts)), None);
    assert_eq!(answer(place(&mail("us@own.test", Class::Human, Direction::Outbound), &facts)), None);
    facts.mailbox_client = None;
    assert!(answer(place(&reply("lead@acme.test"), &facts)).is_some());
    facts.mailbox_client = Some(ClientId(2));
    assert!(answer(place(&reply("lead@acme.test"), &facts)).is_some());
}

#[test]
fn without_a_reference_the_lead_decides_most_recent_first() {
    let facts = facts(vec![], vec![candidate(9), candidate(7)]);
    assert_eq!(answer(place(&reply("lead@acme.test"), &facts)), Some((9, None, Some("last".into()))));
    assert_eq!(answer(place(&reply("boss@acme.test"), &facts)), None);
    assert_eq!(answer(place(&reply(""), &facts)), None);
}

#[test]
fn bounces_go_by_returned_id_then_by_recipient() {
    let mut bounce = mail("mailer-daemon@mx.test", Class::Bounce, Direction::Inbound);
    let mut by_id = facts(vec![], vec![]);
    by_id.returned = vec![named(Direction::Outbound, 2, candidate(7))];
    assert_eq!(answer(place(&bounce, &by_id)), Some((7, None, Some("named".into()))));
    by_id.returned = vec![named(Direction::Inbound, 2, candidate(7))];
    assert_eq!(answer(place(&bounce, &by_id)), None);
    let by_lead = facts(vec![], vec![candidate(9)]);
    assert_eq!(answer(place(&bounce, &by_lead)), None);
    bounce.failed_recipients = vec!["lead@acme.test".into()];
    assert_eq!(answer(place(&bounce, &by_lead)), Some((9, None, Some("last".into()))));
}

#[test]
fn what_we_sent_goes_by_reference_then_by_recipient_with_a_fresh_stats_id() {
    let sent = mail("us@own.test", Class::Human, Direction::Outbound);
    assert_eq!(
        answer(place(&sent, &facts(vec![named(Direction::Inbound, 1, candidate(7))], vec![candidate(9)]))),
        Some((7, None, None))
    );
    assert_eq!(answer(place(&sent, &facts(vec![], vec![candidate(9)]))), Some((9, None, None)));
    assert_eq!(answer(place(&sent, &facts(vec![], vec![]))), None);
}

#[test]
fn who_was_detached_does_not_come_in_again_by_any_rule() {
    for sender in ["Known@else.test", "colleague@acme.test", "stranger@else.test"] {
        let mut held = candidate(7);
        held.participants.clear();
        held.detached = vec![sender.to_lowercase()];
        let merged = Candidate { lead_email: sender.into(), ..held.clone() };
        let facts = facts(vec![named(Direction::Outbound, 1, held)], vec![merged]);
        assert_eq!(answer(place(&reply(sender), &facts)), None, "{sender}");
    }
}
