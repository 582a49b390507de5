//! Which mails are the same message.

use crate::must_read;

fn mail(headers: &str, encoding: &str, body: &str) -> crewbox_core::message::Mail {
    must_read(format!(
        "{headers}From: Ann <ann@a.test>\nDate: Sat, 1 Feb 2025 12:00:00 +0000\nMessage-ID: <1@a.test>\n\
         Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: {encoding}\n\n{body}"
    ))
}

#[test]
fn a_re_encoded_copy_is_the_same_message() {
    let first = mail("Subject: Größe zählt\n", "8bit", "Schöne Grüße,\nwie geht es?\n");
    for copy in [
        mail(
            "Subject: =?utf-8?q?Gr=C3=B6=C3=9Fe_z=C3=A4hlt?=\n",
            "quoted-printable",
            "Sch=C3=B6ne Gr=C3=BC=C3=9Fe,\nwie ge=\nht es?\n",
        ),
        mail("Subject: Größe\n zählt\n", "base64", "U2Now7ZuZSBHcsO8w59lLAp3aWUg\nZ2VodCBlcz8K\n"),
        mail(
            "Received: from x by y\nSubject: Größe zählt\n",
            "8bit",
            "Schöne  Grüße,\r\nwie geht es?\r\n\r\n",
        ),
    ] {
        assert_eq!(copy.digest, first.digest);
        assert_eq!(copy.message_id, first.message_id);
        assert_ne!(copy.content, first.content);
    }
    assert_ne!(mail("Subject: Größe zählt\n", "8bit", "Schöne Grüße, anders").digest, first.digest);
    assert_ne!(mail("Subject: Grösse\n", "8bit", "Schöne Grüße,\nwie geht es?\n").digest, first.digest);
}

#[test]
fn a_missing_id_is_derived_from_the_bytes() {
    let (one, same, other) =
        (must_read("Subject: a\n\nx"), must_read("Subject: a\n\nx"), must_read("Subject: b\n\nx"));
    assert!(!one.own_message_id);
    assert_eq!(one.message_id, same.message_id);
    assert_ne!(one.message_id, other.message_id);
    let own = must_read("Message-Id: <a@b>\nReferences: <1@x> <2@x>\nIn-Reply-To: <2@x>\n\nx");
    assert!(own.own_message_id);
    assert_eq!((own.message_id.as_str(), own.references), ("a@b", vec!["2@x".to_owned(), "1@x".to_owned()]));
}

/// A mail with these files, each transfer encoding, type and body.
fn with_files(files: &[(&str, &str, &str)]) -> crewbox_core::message::Mail {
    let files: String = files
        .iter()
        .map(|(encoding, kind, body)| {
            format!(
                "--b\nContent-Type: {kind}; name=a.bin\nContent-Disposition: attachment\n\
                 Content-Transfer-Encoding: {encoding}\n\n{body}\n"
            )
        })
        .collect();
    must_read(format!(
        "From: a@b.test\nMessage-ID: <1@b.test>\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nsee file\n{files}--b--\n"
    ))
}

#[test]
fn attachments_are_part_of_the_identity_however_they_travelled() {
    let pdf = "application/pdf";
    let one = with_files(&[("base64", pdf, "SGVsbG8gd29ybGQ=")]);
    for same in [
        with_files(&[("base64", pdf, "SGVs\r\nbG8g\r\nd29ybGQ=\r\n")]),
        with_files(&[("7bit", pdf, "Hello world")]),
        with_files(&[("quoted-printable", pdf, "Hello=20wor=\nld")]),
    ] {
        assert_eq!((same.digest, same.files_digest), (one.digest, one.files_digest));
    }
    for other in [
        with_files(&[("base64", pdf, "SGVsbG8gV29ybGQ=")]),
        with_files(&[("base64", pdf, "SGVsbG8gd29ybGQ="), ("base64", pdf, "")]),
        with_files(&[("base64", pdf, "SGVsbG8g"), ("base64", pdf, "d29ybGQ=")]),
        with_files(&[]),
    ] {
        assert_eq!(other.digest, one.digest, "what it says is the same");
        assert_ne!(other.files_digest, one.files_digest);
    }
    assert_eq!(with_files(&[]).files_digest, must_read("From: c@d.test\n\nx").files_digest);
    // Lines of text get other ends on their way.
    let text = |body: &str| with_files(&[("7bit", "text/csv", body)]).files_digest;
    assert_eq!(text("a,b\r\n\r\nc,d\r\n"), text("a,b\n\nc,d"));
    assert_eq!(text("a,b\nc,d"), with_files(&[("base64", "text/csv", "YSxiDQpjLGQNCg==")]).files_digest);
    assert_ne!(text("a,b\nc,d"), text("a,b\n\nc,d"));
}
