//! Mail as it should not be: its text comes out readable all the same.

use crewbox_mail::{attachment, read};

use crate::reading::check;
use crate::{context, must_read};

/// A mail with this after its sender, bytes as they are.
fn raw(rest: &[u8]) -> Vec<u8> {
    [b"From: lea@lead.test\r\nTo: us@own.test\r\n", rest].concat()
}

fn subject_and_text(rest: &[u8]) -> (String, String) {
    let mail = must_read(raw(rest));
    check(&mail);
    assert_eq!(mail.from.email, "lea@lead.test");
    (mail.subject, mail.text.trim().to_owned())
}

#[test]
fn what_is_malformed_is_read_as_far_as_it_goes() {
    for (name, rest, subject, text) in [
        (
            "half a multipart",
            b"Subject: a\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b\r\n\r\n--b\r\nContent-Type: text/\r\n\r\nhalf".as_slice(),
            "a",
            "half",
        ),
        (
            "a boundary that never comes",
            b"Subject: b\r\nContent-Type: multipart/mixed; boundary=never\r\n\r\n--other\r\nwords\r\n",
            "b",
            "--other\nwords",
        ),
        ("no boundary", b"Subject: c\r\nContent-Type: multipart/alternative\r\n\r\njust words\r\n", "c", "just words"),
        ("no type", b"Subject: d\r\nContent-Type: ;;;=\r\n\r\nwords\r\n", "d", "words"),
        ("base64 that is none", b"Subject: e\r\nContent-Transfer-Encoding: base64\r\n\r\nThis is n\xf6t base64!\r\n", "e", "This is n\u{f6}t base64!"),
        ("a header without a colon", b"Subject: f\r\nNonsense without colon\r\nX: y\r\n\r\nwords\r\n", "f", "words"),
        ("head only", b"Subject: g\r\n", "g", ""),
    ] {
        let (found, words) = subject_and_text(rest);
        assert_eq!(found, subject, "{name}");
        assert!(words.contains(text), "{name}: {words:?}");
    }
}

#[test]
fn headers_of_any_bytes_are_readable() {
    let latin = b"From: Caf\xe9 <lea@lead.test>\r\nSubject: R\xe9union \xe0 Gen\xe8ve\r\n\r\nbody\r\n";
    let mail = read(latin, &context()).unwrap();
    check(&mail);
    assert_eq!((mail.from.name.as_str(), mail.from.email.as_str()), ("Café", "lea@lead.test"));
    assert_eq!((mail.subject.as_str(), mail.text.trim()), ("Réunion à Genève", "body"));
    let utf8 = "From: Zoë <lea@lead.test>\r\nSubject: 日本語 ✓\r\n\r\nbody\r\n";
    let mail = must_read(utf8);
    assert_eq!((mail.from.name.as_str(), mail.subject.as_str()), ("Zoë", "日本語 ✓"));
    for (name, rest, subject, text) in [
        (
            "NUL",
            b"Subject: nul\0in\0side\r\nX-Nul: \0\0\0\r\n\r\nand \0in the body\r\n".as_slice(),
            "nul in side",
            "and in the body",
        ),
        (
            "an unknown charset",
            b"Subject: =?klingon?B?4pyT?= yes\r\nContent-Type: text/plain; charset=klingon\r\n\r\nwords\r\n",
            "\u{2713} yes",
            "words",
        ),
        (
            "a lying charset",
            b"Subject: b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\ncaf\xe9 na\xefve\r\n",
            "b",
            "caf\u{e9} na\u{ef}ve",
        ),
        ("control characters", b"Subject: \x07\x1b[31mred\x1b[0m\r\n\r\nwords\r\n", "[31mred [0m", "words"),
        (
            "a header in a header",
            b"Subject: =?utf-8?Q?a=0D=0ABcc:_all@x.example?=\r\n\r\nwords\r\n",
            "a Bcc: all@x.example",
            "words",
        ),
    ] {
        let (found, words) = subject_and_text(rest);
        assert_eq!(
            (
                found.replace('\u{1b}', "").split_whitespace().collect::<Vec<_>>().join(" ").as_str(),
                words.as_str()
            ),
            (subject, text),
            "{name}"
        );
    }
}

#[test]
fn winmail_dat_is_listed_and_comes_back_whole() {
    let tnef = b"\x78\x9f\x3e\x22\x02\x00";
    let part = |headers: &str| {
        format!(
            "From: lea@lead.test\r\nSubject: tnef\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
             --b\r\nContent-Type: text/plain\r\n\r\nsee attached\r\n--b\r\n{headers}Content-Transfer-Encoding: base64\r\n\r\n\
             eJ8+IgIA\r\n--b--\r\n"
        )
    };
    for (headers, name) in [
        (
            "Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Disposition: attachment; filename=winmail.dat\r\n",
            "winmail.dat",
        ),
        ("Content-Type: application/ms-tnef; name=\"winmail.dat\"\r\n", "winmail.dat"),
        ("Content-Type: application/vnd.ms-tnef\r\n", "attachment-1.dat"),
        ("Content-Type: application/ms-tnef\r\nContent-Disposition: inline\r\n", "attachment-1.dat"),
    ] {
        let raw = part(headers);
        let mail = must_read(&raw);
        assert_eq!((mail.text.trim(), mail.attachments.len()), ("see attached", 1), "{headers}");
        let (listed, bytes) = attachment(raw.as_bytes(), 0).unwrap();
        assert_eq!((listed.file_name.as_str(), bytes.as_slice()), (name, tnef.as_slice()), "{headers}");
        assert_eq!(listed, mail.attachments[0]);
    }
    // The whole mail is one.
    let raw = "From: lea@lead.test\r\nSubject: all of it\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\n\
               Content-Transfer-Encoding: base64\r\n\r\neJ8+IgIA\r\n";
    let mail = must_read(raw);
    assert_eq!((mail.attachments[0].file_name.as_str(), mail.attachments[0].file_size), ("winmail.dat", 6));
    assert_eq!(attachment(raw.as_bytes(), 0).unwrap().1, tnef);
}

#[test]
fn a_file_of_a_vendors_type_without_a_name_gets_a_plain_one() {
    let raw = "Content-Type: application/vnd.ms-excel\r\n\r\nx";
    assert_eq!(must_read(raw).attachments[0].file_name, "attachment-1.bin");
}
