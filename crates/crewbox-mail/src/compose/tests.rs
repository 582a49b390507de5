//! What is written of a draft: its header, its envelope, and what no field can do to them.

use crewbox_core::outgoing::DraftAttachment;

use super::*;

#[test]
fn prefixes_are_not_doubled_in_any_language() {
    assert_eq!(reply_subject("Offer"), "Re: Offer");
    for once in ["Re: Offer", "AW: Offer", "RE[3]: Offer", "Odp: Offer", "回复：Offer"] {
        assert_eq!(reply_subject(once), once);
    }
    assert_eq!(reply_subject("Terms: new"), "Re: Terms: new");
    assert_eq!(forward_subject("WG: Offer"), "WG: Offer");
    assert_eq!(forward_subject("Re: Offer"), "Fwd: Re: Offer");
}

/// The field that is blamed, and what is done to a draft.
type Case<'a> = (&'static str, &'a dyn Fn(&mut Draft));

fn address(name: &str, email: &str) -> Address {
    Address { name: name.into(), email: email.into() }
}

/// An answer to a question of Lea's, with something in every field.
fn draft() -> Draft {
    Draft {
        from: address("Änn Lee", "ann@crew.example"),
        to: vec![address("Doe, Jane", "Jane@Bücher.example")],
        cc: vec![address("", "cc@lead.example")],
        bcc: vec![address("Quiet", "quiet@crew.example")],
        subject: "Re: Größe".into(),
        html: "<p>Our answer.</p>".into(),
        signature: Some("<b>Ann</b>".into()),
        quoted: Some(Quoted {
            forwarded: false,
            from: address("Jane", "jane@lead.example"),
            to: vec![address("", "ann@crew.example")],
            at: crewbox_core::time::Timestamp(1_748_779_200_000),
            subject: "Größe".into(),
            text: "How <big>?".into(),
            html: None,
        }),
        in_reply_to: Some("q2@lead.example".into()),
        references: vec!["q1@lead.example".into(), "q2@lead.example".into()],
        attachments: vec![DraftAttachment {
            file_name: "offer.txt".into(),
            file_type: "text/plain".into(),
            bytes: b"42".to_vec(),
        }],
        message_id: "own@crew.example".into(),
        reference: "ref".into(),
        date: crewbox_core::time::Timestamp(1_748_779_200_000),
    }
}

/// The header of a mail on unfolded lines, and its body.
fn parts(composed: &Composed) -> (String, String) {
    let text = String::from_utf8(composed.raw.clone()).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head.replace("\r\n ", " ").replace("\r\n\t", " ") + "\r\n", body.to_owned())
}

#[test]
fn a_mail_says_who_answers_what_and_tells_nobody_of_blind_copies() {
    let composed = compose(&draft()).unwrap();
    let (head, body) = parts(&composed);
    assert!(composed.raw.is_ascii(), "every server takes it");
    for line in [
        "To: \"Doe, Jane\" <Jane@xn--bcher-kva.example>\r\n",
        "Cc: <cc@lead.example>\r\n",
        "In-Reply-To: <q2@lead.example>\r\n",
        "References: <q1@lead.example> <q2@lead.example>\r\n",
        "Message-ID: <own@crew.example>\r\n",
        "X-Crewbox-Ref: ref\r\n",
    ] {
        assert!(head.contains(line), "{line} in {head}");
    }
    assert!(head.contains("From: =?utf-8?") && head.contains(" <ann@crew.example>\r\n"), "{head}");
    assert!(
        !head.to_lowercase().contains("bcc") && !String::from_utf8_lossy(&composed.raw).contains("quiet@")
    );
    assert_eq!(composed.sender, "ann@crew.example");
    assert_eq!(
        composed.recipients,
        ["cc@lead.example", "jane@xn--bcher-kva.example", "quiet@crew.example"],
        "the envelope names what the header names, and the blind copy"
    );
    // The person's words, then the signature, then the original.
    let places = ["Our answer.", "Ann", "wrote:", "How <big>?"].map(|words| body.find(words));
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?} {body}");
    // It is read back as it was meant.
    let context = crate::ReadContext {
        own: std::sync::Arc::new(crewbox_core::own_addresses::OwnAddresses::new(["ann@crew.example"])),
        received_at: None,
        fallback_at: None,
        now: crewbox_core::time::Timestamp(1_750_000_000_000),
        direction: crate::DirectionHint::None,
    };
    let mail = crate::read(&composed.raw, &context).unwrap();
    assert_eq!((mail.subject.as_str(), mail.from.name.as_str()), ("Re: Größe", "Änn Lee"));
    assert_eq!(mail.to, [address("Doe, Jane", "Jane@xn--bcher-kva.example")]);
    assert_eq!(mail.references, ["q2@lead.example", "q1@lead.example"]);
    assert_eq!(mail.attachments[0].file_name, "offer.txt");
}

#[test]
fn no_field_can_end_a_header() {
    for end in ["\r\nBcc: all@lead.example", "\nX: y", "\rX: y", "\0"] {
        let spoil = |text: &str| format!("{text}{end}");
        let cases: [Case<'_>; 14] = [
            ("from_email", &|d| d.from.name = spoil("Ann")),
            ("from_email", &|d| d.from.email = spoil("ann@crew.example")),
            ("to_email", &|d| d.to[0].name = spoil("Jane")),
            ("to_email", &|d| d.to[0].email = spoil("jane@lead.example")),
            ("cc", &|d| d.cc[0].name = spoil("Cc")),
            ("cc", &|d| d.cc[0].email = spoil("cc@lead.example")),
            ("bcc", &|d| d.bcc[0].email = spoil("quiet@crew.example")),
            ("subject", &|d| d.subject = spoil("Re: x")),
            ("reply_message_id", &|d| d.in_reply_to = Some(spoil("q2@lead.example"))),
            ("reply_message_id", &|d| d.references[0] = spoil("q1@lead.example")),
            ("message_id", &|d| d.message_id = spoil("own@crew.example")),
            ("message_id", &|d| d.reference = spoil("ref")),
            ("attachments", &|d| d.attachments[0].file_name = spoil("offer.txt")),
            ("attachments", &|d| d.attachments[0].file_type = spoil("text/plain")),
        ];
        for (place, (field, change)) in cases.iter().enumerate() {
            let mut spoilt = draft();
            change(&mut spoilt);
            let refused = compose(&spoilt).expect_err(&format!("case {place} with {end:?}"));
            assert_eq!(refused.field, *field, "case {place}");
            assert!(!refused.sentence.contains("all@lead"), "{refused}");
        }
    }
}

#[test]
fn what_nobody_wrote_is_shortened_and_what_somebody_wrote_is_refused() {
    let long = "ü".repeat(MOST_HEADER_BYTES);
    for subject in [reply_subject(&long), forward_subject(&long), reply_subject(&format!("Re: {long}"))] {
        assert!(subject.len() <= MOST_HEADER_BYTES && subject.len() > MOST_HEADER_BYTES - 4);
        compose(&Draft { subject, ..draft() }).unwrap();
    }
    assert_eq!(reply_subject("a\r\nBcc: b"), "Re: a Bcc: b");
    let mut named = draft();
    named.to[0].name = long.clone();
    compose(&named).unwrap();
    let refused = compose(&Draft { subject: long, ..draft() }).unwrap_err();
    assert_eq!(refused.field, "subject");
}

#[test]
fn an_address_beyond_ascii_is_in_header_and_envelope_as_it_is() {
    let mut foreign = draft();
    foreign.to[0].email = "Юзер@почта.рф".into();
    let mail = compose(&foreign).unwrap();
    assert!(mail.recipients.contains(&"юзер@xn--80a1acny.xn--p1ai".to_owned()), "{:?}", mail.recipients);
    let (head, _) = parts(&mail);
    assert!(head.contains("<Юзер@xn--80a1acny.xn--p1ai>"), "{head}");
}

#[test]
fn ids_that_are_ours_alone_are_told_to_nobody() {
    let ours = crewbox_core::message::derived_id(&[7; 32]);
    let references = vec!["q1@lead.example".into(), ours.clone()];
    let (head, _) = parts(&compose(&Draft { in_reply_to: Some(ours), references, ..draft() }).unwrap());
    assert!(!head.contains("In-Reply-To") && !head.contains("invalid"), "{head}");
    assert!(head.contains("References: <q1@lead.example>\r\n"), "{head}");
    assert_eq!(
        new_message_id([1; 16], "a@bücher.example").rsplit_once('@').unwrap().1,
        "xn--bcher-kva.example"
    );
}

#[test]
fn references_keep_the_first_and_the_newest() {
    let all: Vec<String> = (0..50).map(|n| n.to_string()).collect();
    let kept = references(&all);
    assert_eq!(kept.len(), MOST_REFERENCES);
    assert_eq!((kept[0].as_str(), kept[19].as_str(), kept[1].as_str()), ("0", "49", "31"));
}

#[test]
fn a_mail_has_so_many_bytes_and_the_error_of_where_it_is_written_to_is_kept() {
    let file = |length| DraftAttachment {
        file_name: "a.bin".into(),
        file_type: "application/octet-stream".into(),
        bytes: vec![0; length],
    };
    let of = |length| Draft { attachments: vec![file(length)], ..draft() };
    let refused = compose(&of(MOST_BYTES / 78 * 57)).unwrap_err();
    assert_eq!((refused.field, &*refused.sentence), ("attachments", TOO_LARGE));
    assert!(compose(&of(MOST_BYTES / 78 * 57 - 10_000)).unwrap().raw.len() < MOST_BYTES);

    let mut short = [0; 5_000];
    let failed = compose_into(&of(10_000), &mut short[..]).unwrap_err();
    assert!(matches!(failed, ComposeError::Write(error) if error.kind() == io::ErrorKind::WriteZero));
}
