//! Each rule with a mail that it decides.

use super::*;

/// The direction and the writer's address.
fn decided(header: &str, hint: DirectionHint) -> (Direction, String) {
    let own = OwnAddresses::new(["ana@brand.test", "ana@gmail.com"]);
    let origin = origin(&Fields::split(format!("{header}\n\nText").as_bytes()).0, &own, hint);
    assert!(origin.reason.ends_with('.'));
    (origin.direction, origin.from.email)
}

const POSTED: DirectionHint = DirectionHint::None;
const INBOX: DirectionHint = DirectionHint::Folder(Direction::Inbound);
const SENT: DirectionHint = DirectionHint::Folder(Direction::Outbound);

#[test]
fn a_form_that_writes_our_address_into_from_is_from_the_person_it_names() {
    let form = "From: Website <ana@brand.test>\nTo: ana@brand.test\nReply-To: Lea <lea@lead.test>";
    for hint in [POSTED, INBOX, SENT, DirectionHint::Decided(Direction::Inbound)] {
        assert_eq!(decided(form, hint), (Direction::Inbound, "lea@lead.test".to_owned()), "{hint:?}");
    }
    let copied = "From: ana@brand.test\nTo: ana+form@brand.test, lea@lead.test\nReply-To: lea@lead.test";
    assert_eq!(decided(copied, POSTED).1, "lea@lead.test");
    // The provider put the account's address in the place of the visitor's.
    let replaced = "From: ana@gmail.com\nTo: ana@brand.test\nX-Google-Original-From: Lea <lea@lead.test>";
    assert_eq!(decided(replaced, POSTED), (Direction::Inbound, "lea@lead.test".to_owned()));
    let decided_before = decided(form, DirectionHint::Decided(Direction::Outbound));
    assert_eq!(decided_before, (Direction::Outbound, "ana@brand.test".to_owned()));
}

#[test]
fn our_own_mail_with_answers_to_another_address_is_sent() {
    let ours = "From: ana@brand.test\nTo: lea@lead.test\nCc: ana@brand.test\nReply-To: Ana <ana@second.test>";
    for hint in [POSTED, SENT] {
        assert_eq!(decided(ours, hint), (Direction::Outbound, "ana@brand.test".to_owned()), "{hint:?}");
    }
    // In a folder in which mail arrives it is the form's that names another person.
    assert_eq!(decided(ours, INBOX), (Direction::Inbound, "ana@second.test".to_owned()));
    let with_reply_to_us = "From: ana@brand.test\nTo: lea@lead.test\nReply-To: ana+replies@brand.test";
    for hint in [POSTED, SENT, INBOX] {
        assert_eq!(decided(with_reply_to_us, hint).0, Direction::Outbound, "{hint:?}");
    }
}

#[test]
fn a_group_that_replaces_from_keeps_the_writer() {
    let group = "To: sales@brand.test\nReply-To: sales@brand.test\nX-Original-Sender: lea@lead.test\n\
                 X-Original-From: \"Lind, Lea\" <lea@lead.test>";
    for from in ["ana@brand.test", "sales@brand.test", "sales@mail.brand.test"] {
        for hint in [POSTED, INBOX] {
            let header = format!("From: 'Lea' via Sales <{from}>\n{group}");
            assert_eq!(
                decided(&header, hint),
                (Direction::Inbound, "lea@lead.test".to_owned()),
                "{from} {hint:?}"
            );
        }
    }
    // A stranger's header does not speak for another person; neither does one who shares no more than a provider.
    for from in ["mallory@evil.test", "mallory@gmail.com"] {
        assert_eq!(decided(&format!("From: {from}\n{group}"), INBOX).1, from);
    }
}

#[test]
fn a_name_missing_beside_the_address_is_taken_from_the_other_fields() {
    let own = OwnAddresses::new(["ana@brand.test"]);
    let raw = b"From: ana@brand.test\nTo: ana@brand.test\nX-Original-Sender: lea@lead.test\n\
                Reply-To: Lea Lind <LEA@lead.test>\n\n";
    assert_eq!(origin(&Fields::split(raw).0, &own, POSTED).from.name, "Lea Lind");
}

#[test]
fn mail_between_our_own_addresses_is_inbound_unless_it_is_among_sent_mail() {
    let note = "From: ana@brand.test\nTo: Ana+notes@BRAND.test\nCc: ana@googlemail.com";
    assert_eq!(decided(note, INBOX).0, Direction::Inbound);
    assert_eq!(decided(note, POSTED).0, Direction::Inbound);
    assert_eq!(decided(note, SENT).0, Direction::Outbound);
    let hidden = "From: ana@brand.test\nTo: ana@brand.test\nBcc: lea@lead.test";
    assert_eq!(decided(hidden, POSTED).0, Direction::Outbound);
    assert_eq!(decided("From: ana@brand.test\nTo: undisclosed-recipients:;", INBOX).0, Direction::Outbound);
}

#[test]
fn any_spelling_and_plus_form_of_ours_is_ours() {
    for from in ["ANA@Brand.Test", "ana+x@brand.test", "ana@googlemail.com"] {
        assert_eq!(
            decided(&format!("From: {from}\nTo: lea@lead.test"), POSTED).0,
            Direction::Outbound,
            "{from}"
        );
    }
    assert_eq!(decided("From: a.na@gmail.com\nTo: lea@lead.test", POSTED).0, Direction::Inbound);
    assert_eq!(decided("From: alias@second.test\nTo: lea@lead.test", SENT).0, Direction::Outbound);
}

#[test]
fn an_alias_is_learned_only_from_mail_that_nobody_passed_on() {
    let own = OwnAddresses::new(["ana@brand.test"]);
    let learned = |header: &str| alias(format!("{header}\nTo: lea@lead.test\n\nText").as_bytes(), &own);
    assert_eq!(learned("From: Ana <ana@second.test>").as_deref(), Some("ana@second.test"));
    for not_ours in [
        "From: ana+x@brand.test",
        "From: nobody",
        "From: ana@second.test, bea@second.test",
        "From: lea@lead.test\nResent-From: ana@brand.test",
        "From: lea@lead.test\nReturn-Path: <lea@lead.test>",
        "From: lea@lead.test\nAuthentication-Results: mx.brand.test; spf=pass",
        "From: sales@brand.test\nList-Id: <sales.brand.test>",
    ] {
        assert_eq!(learned(not_ours), None, "{not_ours}");
    }
}
