//! Headers, texts and files in the forms that programs write, right and wrong: what the sender wrote comes out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crewbox_core::message::Mail;
use crewbox_core::time::Timestamp;
use crewbox_mail::{attachment, attachments_at};

use crate::must_read;
use crate::reading::check;

fn mail(headers: &str, body: &[u8]) -> Mail {
    let head = format!("From: Tom <tom@lead.test>\r\nTo: us@own.test\r\n{headers}\r\n\r\n");
    let mail = must_read([head.as_bytes(), body].concat());
    check(&mail);
    mail
}

/// A multipart with these parts, each headers and body.
fn parts(kind: &str, parts: &[(&str, &str)]) -> String {
    let parts: String =
        parts.iter().map(|(headers, body)| format!("--b1\r\n{headers}\r\n\r\n{body}\r\n")).collect();
    format!(
        "From: Tom <tom@lead.test>\r\nMIME-Version: 1.0\r\nContent-Type: {kind}; boundary=b1\r\n\r\n{parts}--b1--\r\n"
    )
}

#[test]
fn subjects_split_and_mislabelled() {
    for (subject, wanted) in [
        ("=?UTF-8?B?0J/RgNC40LLQtdGC?=\r\n =?UTF-8?B?LCDRgdC/0LDRgdC40LHQvg==?=", "Привет, спасибо"),
        // Split inside a character, in Q and in B.
        ("=?utf-8?Q?Angebot_f=C3?=\r\n =?utf-8?Q?=BCr_Sie?=", "Angebot für Sie"),
        ("=?big5?B?p0Gm?=\r\n =?big5?B?bg==?=", "你好"),
        ("=?euc-kr?B?sKG/?=\r\n =?euc-kr?B?7g==?=", "가운"),
        ("=?UTF-8?B?TWVyY2kgw6AgdG91cw?=", "Merci à tous"),
        ("=?utf-8?Q?Th=C3=A9?==?utf-8?Q?_vert?=", "Thé vert"),
        ("=?utf-8?Q?deux mots d'=C3=A9t=C3=A9?=", "deux mots d'été"),
        ("=?us-ascii?Q?Stra=C3=9Fe?=", "Straße"),
        ("=?shift_jis?B?h0A=?=", "①"),
        ("=?unicode-1-1-utf-7?Q?Gr+APwA3w-e?=", "Grüße"),
        ("=?iso-2022-kr?B?GyQpQw4wIQ8=?=", "가"),
        ("=?windows-874?B?ysfRyrTV?=", "สวัสดี"),
        ("=?ks_c_5601-1987?B?yMS5rg==?=", "후문"),
    ] {
        assert_eq!(mail(&format!("Subject: {subject}"), b"x").subject, wanted, "{subject}");
    }
}

#[test]
fn raw_headers_in_the_charset_of_the_text() {
    let raw = b"From: \xb1\xe8 <kim@lead.test>\r\nSubject: \xc8\xc4\xb9\xae\r\nContent-Type: text/plain; charset=euc-kr\r\n\r\n\xc8\xc4";
    let mail = must_read(raw.as_slice());
    assert_eq!((mail.from.name.as_str(), mail.subject.as_str(), mail.text.trim()), ("김", "후문", "후"));
    let mail = must_read("From: Юрий <юрий@почта.test>\r\nSubject: Счёт №5\r\n\r\nx".as_bytes());
    assert_eq!((mail.from.name.as_str(), mail.from.email.as_str()), ("Юрий", "юрий@почта.test"));
    assert_eq!(mail.subject, "Счёт №5");
}

#[test]
fn senders_with_words_in_quotes_and_as_a_whole() {
    for (from, name) in [
        ("\"=?utf-8?Q?M=C3?= =?utf-8?Q?=BCller,_Jan?=\" <tom@lead.test>", "Müller, Jan"),
        ("=?iso-2022-jp?B?GyRCOzNFRBsoQg==?= <tom@lead.test>", "山田"),
        ("=?utf-8?B?SsO8cmdlbiA8dG9tQGxlYWQudGVzdD4=?=", "Jürgen"),
        ("tom@lead.test (=?utf-8?Q?L=C3=A9o?=)", "Léo"),
        ("=?utf-8?Q?L=C3=A9o_=22L=22?= =?utf-8?Q?_X?= <tom@lead.test>", "Léo \"L\" X"),
    ] {
        let mail = must_read(format!("From: {from}\r\n\r\nx"));
        assert_eq!((mail.from.name.as_str(), mail.from.email.as_str()), (name, "tom@lead.test"), "{from}");
    }
}

#[test]
fn lines_before_and_between_headers_are_skipped() {
    let headers = "From: Tom <tom@lead.test>\nSubject: Hello";
    for raw in [
        format!("\u{feff}{headers}\n\nhi"),
        format!("From tom@lead.test Mon Feb  3 09:00:00 2025\n{headers}\n\nhi"),
        format!("\u{feff}From tom Mon Feb  3 09:00:00 2025\n{headers}\n\nhi"),
        "From: Tom <tom@lead.test>\n*** scanned ***\nSubject: Hello\nX-Scan: ok\n\nhi".to_owned(),
        format!("{headers}\nhi"),
        format!("\r\n\n{headers}\n\nhi"),
        format!("{headers}\n\n\u{feff}hi"),
    ] {
        let mail = must_read(&raw);
        check(&mail);
        assert_eq!(
            (mail.from.email.as_str(), mail.subject.as_str(), mail.text.trim()),
            ("tom@lead.test", "Hello", "hi"),
            "{raw}"
        );
    }
}

#[test]
fn times_in_malformed_dates_received_and_separators() {
    let noon = Timestamp(1_738_584_000_000);
    let at = |headers: &str| must_read(format!("{headers}From: tom@lead.test\n\nx")).at;
    for date in [
        "Mon Feb  3 11:30:00 2025",
        "Mon, 3 February 2025 12:30:00 +0100",
        "2025-02-03 11:30:00",
        "2025-02-03T12:30:00.5+01:00",
        "Mon, 3 Feb 2025 12:30:00 CET",
        "Mon, 3 Feb 25 11:30 GMT",
        "Mon, 03 Feb 2025 12:30:00 GMT+0100",
        "Mon, 3 Feb 2025 06:30:00 EST (Eastern)",
        "03.02.2025 11:30",
        "Feb 3, 2025 11:30:00 AM",
        "lun., 3 févr. 2025 12:30:00 +0100",
    ] {
        let read = at(&format!("Date: {date}\n"));
        assert_eq!((read.0 - noon.0) / 1_000, -1_800, "{date}");
    }
    let received = "Received: from a by b; Mon, 3 Feb 2025 10:00:00 +0000\nReceived: from c by a; Mon, 3 Feb 2025 09:00:00 +0000\n";
    let two_hours_before = Timestamp(noon.0 - 7_200_000);
    assert_eq!(at(&format!("{received}Date: soon\n")), two_hours_before);
    assert_eq!(at(&format!("{received}Date: Mon, 3 Feb 2031 09:00:00 +0000\n")), two_hours_before, "to come");
    assert_eq!(at("From tom Mon Feb  3 10:00:00 2025\nDate: soon\n"), two_hours_before);
    assert_eq!(at("Date: soon\n"), noon, "when it is read");
}

#[test]
fn texts_in_seven_bits_and_wrong_labels() {
    for (headers, body, wanted) in [
        ("Content-Type: text/plain; charset=iso-2022-kr", b"\x1b$)C\x0e0!\x0f, ok".as_slice(), "가, ok"),
        ("Content-Type: text/plain; charset=utf-7", b"Gr+APwA3w-e!", "Grüße!"),
        ("Content-Type: text/plain; charset=hz-gb-2312", b"~{<:Ky2;~} ok", "己所不 ok"),
        ("Content-Type: text/plain; charset=us-ascii", "Größe".as_bytes(), "Größe"),
        ("Content-Type: text/plain; charset=gb2312", "运费报价单".as_bytes(), "运费报价单"),
        ("Content-Type: text/plain; charset=koi8-r", "Привет всем".as_bytes(), "Привет всем"),
        ("Content-Type: text/plain; charset=utf-8", b"\xef\xbb\xbfhello", "hello"),
        ("Content-Type: text/plain; charset=cp932", b"\x87\x40", "①"),
        // The label of the transfer is missing, or wrong.
        ("Content-Type: text/plain; charset=utf-8", b"R3LDvMOfZSBhdXMgS8O2bG4sIHVuZCBiaXMgYmFsZCBpbSBOb3ZlbWJlci4gVmllbGUgR3LDvMOf\r\nZSBzZW5kZXQgSWhyIFRvbSBhdXMgQm9ubi4=\r\n", "Grüße aus Köln, und bis bald im November. Viele Grüße sendet Ihr Tom aus Bonn."),
        ("Content-Type: text/plain; charset=utf-8", b"Gr=C3=BC=C3=9Fe aus K=C3=B6ln, =\r\nbis bald", "Grüße aus Köln, bis bald"),
        ("Content-Type: text/plain\r\nContent-Transfer-Encoding: base64", b"See http://a.test/?b=1, ok?", "See http://a.test/?b=1, ok?"),
        ("Content-Type: text/plain", b"See http://a.test/?id=AB&c=12, ok?", "See http://a.test/?id=AB&c=12, ok?"),
    ] {
        assert_eq!(mail(headers, body).text.trim(), wanted, "{headers}");
    }
}

#[test]
fn file_names_in_pieces_and_words() {
    for (disposition, name) in [
        ("attachment; filename*0*=UTF-8''%D0%A1%D1%87%D1; filename*1*=%91%D1%82.pdf", "Счёт.pdf"),
        ("attachment; filename*0*=''Preise%20; filename*1=\"2026.pdf\"", "Preise 2026.pdf"),
        ("attachment;\r\n filename=\"=?UTF-8?B?0KHRh9E=?=\r\n =?UTF-8?B?kdGCLnBkZg==?=\"", "Счёт.pdf"),
        ("attachment; filename==?utf-8?Q?Gr=C3=B6=C3=9Fen.pdf?=", "Größen.pdf"),
        ("attachment; filename*=iso-8859-1'de'Gr%F6%DFen.pdf", "Größen.pdf"),
        ("attachment; filename=\"Größen.pdf\"", "Größen.pdf"),
    ] {
        let raw = parts(
            "multipart/mixed",
            &[
                ("Content-Type: text/plain", "see file"),
                (&format!("Content-Type: application/pdf\r\nContent-Disposition: {disposition}"), "%PDF"),
            ],
        );
        let mail = must_read(&raw);
        assert_eq!(mail.attachments[0].file_name, name, "{disposition}");
    }
}

#[test]
fn multiparts_without_their_boundary() {
    let inner = "--seen\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nGern, J=C3=BCrgen\n--seen\nContent-Type: text/html\n\n<p>Gern</p>\n--seen--\n";
    for kind in [
        "multipart/alternative",
        "multipart/alternative; boundary=declared",
        "multipart/alternative; boundary=\"\"",
    ] {
        let mail = must_read(format!("From: tom@lead.test\nContent-Type: {kind}\n\n{inner}"));
        assert_eq!((mail.text.trim(), mail.attachments.len()), ("Gern, Jürgen", 0), "{kind}");
    }
    // A line of dashes in the text is no boundary, and the declared one comes.
    let raw = "From: tom@lead.test\nContent-Type: multipart/mixed; boundary=b\n\n--not it\nContent-Type: x\n\n--b\n\nyes\n--b--\n";
    assert_eq!(must_read(raw).text.trim(), "yes");
}

#[test]
fn encrypted_mail_says_so() {
    let pgp = parts(
        "multipart/encrypted; protocol=\"application/pgp-encrypted\"",
        &[
            ("Content-Type: application/pgp-encrypted", "Version: 1"),
            (
                "Content-Type: application/octet-stream; name=msg.asc",
                "-----BEGIN PGP MESSAGE-----\r\n\r\nhQ\r\n-----END PGP MESSAGE-----",
            ),
        ],
    );
    let notice = |raw: &str| must_read(raw).notice.unwrap_or_default();
    assert!(notice(&pgp).contains("encrypted with PGP"), "{}", notice(&pgp));
    let inline = "From: tom@lead.test\n\nHi\n-----BEGIN PGP MESSAGE-----\n\nhQ\n-----END PGP MESSAGE-----\n";
    assert!(notice(inline).contains("encrypted with PGP"));
    // SEQUENCE { OBJECT IDENTIFIER envelopedData, [0] }
    let enveloped = STANDARD.encode(b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03\xa0\x80\0\0\0\0");
    let smime = format!(
        "From: tom@lead.test\nContent-Type: application/pkcs7-mime; name=smime.p7m\nContent-Transfer-Encoding: base64\n\n{enveloped}\n"
    );
    assert!(notice(&smime).contains("encrypted with S/MIME"));
    let broken = "From: tom@lead.test\nContent-Type: application/pkcs7-mime; name=smime.p7m\n\nnothing\n";
    assert!(notice(broken).contains("could not be read"));
    let outlook = "From: tom@lead.test\nContent-Type: application/ms-tnef\n\nnothing\n";
    assert!(notice(outlook).contains("Outlook"));
    assert_eq!(notice("From: tom@lead.test\n\nDo you use PGP?\n"), "");
    let only_a_file = parts("multipart/mixed", &[("Content-Type: application/pdf; name=a.pdf", "%PDF")]);
    assert_eq!(notice(&only_a_file), "", "a mail that is only a file is whole");
}

/// BER: tag, open length, content, end.
fn open(tag: u8, content: &[u8]) -> Vec<u8> {
    [&[tag, 0x80], content, &[0, 0]].concat()
}

fn octets(bytes: &[u8]) -> Vec<u8> {
    [&[0x04, 0x82], u16::try_from(bytes.len()).expect("a short value").to_be_bytes().as_slice(), bytes]
        .concat()
}

/// As mail programs sign a message whole: lengths left open, the content in pieces.
fn signed(content: &[u8]) -> Vec<u8> {
    let data = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
    let signed_data = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
    let pieces: Vec<u8> = content.chunks(64).flat_map(octets).collect();
    let inner = open(0x30, &[data.as_slice(), &open(0xa0, &open(0x24, &pieces))].concat());
    let body = open(0x30, &[b"\x02\x01\x01\x31\x00".as_slice(), &inner, b"\x31\x00"].concat());
    open(0x30, &[signed_data.as_slice(), &open(0xa0, &body)].concat())
}

pub(crate) fn signed_mail(content: &[u8]) -> String {
    format!(
        "From: tom@lead.test\r\nSubject: signed\r\nContent-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
        STANDARD.encode(signed(content))
    )
}

#[test]
fn a_message_that_is_signed_whole_shows_its_content() {
    let content = parts(
        "multipart/mixed",
        &[
            ("Content-Type: text/plain; charset=utf-8", "Grüße, wir nehmen an.\r\n\r\n> Ihr Angebot"),
            ("Content-Type: application/pdf; name=a.pdf", "%PDF"),
        ],
    );
    let raw = signed_mail(content.as_bytes());
    let mail = must_read(&raw);
    check(&mail);
    assert!(mail.text.starts_with("Grüße, wir nehmen an."), "{}", mail.text);
    assert_eq!(mail.notice, None);
    let names: Vec<&str> = mail.attachments.iter().map(|one| one.file_name.as_str()).collect();
    assert_eq!(names, ["smime.p7m", "a.pdf"]);
    let (listed, bytes) = attachment(raw.as_bytes(), 1).unwrap();
    assert_eq!((&listed, bytes.as_slice()), (&mail.attachments[1], b"%PDF".as_slice()));
    assert!(attachment(raw.as_bytes(), 2).is_none());
    // Signed twice, and with the footer of a list around it.
    let twice = must_read(signed_mail(raw.as_bytes()));
    assert!(twice.text.starts_with("Grüße"), "{}", twice.text);
    let (head, body) = raw.split_once("\r\n\r\n").unwrap();
    let kind = &head[head.find("Content-Type").unwrap()..];
    let listed = parts("multipart/mixed", &[(kind, body), ("Content-Type: text/plain", "To unsubscribe …")]);
    let mail = must_read(&listed);
    assert!(mail.text.starts_with("Grüße") && mail.text.contains("To unsubscribe"), "{}", mail.text);
}

fn attribute(level: u8, id: u32, data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).expect("a short value");
    let sum = data.iter().fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
    [&[level], id.to_le_bytes().as_slice(), &length.to_le_bytes(), data, &sum.to_le_bytes()].concat()
}

pub(crate) fn outlook_mail(attributes: &[(u8, u32, &[u8])]) -> String {
    let attributes: Vec<u8> =
        attributes.iter().flat_map(|(level, id, data)| attribute(*level, *id, data)).collect();
    let tnef = [b"\x78\x9f\x3e\x22\x01\x00".as_slice(), &attributes].concat();
    parts(
        "multipart/mixed",
        &[
            ("Content-Type: text/plain; charset=us-ascii", ""),
            (
                "Content-Type: application/ms-tnef; name=\"winmail.dat\"\r\nContent-Transfer-Encoding: base64",
                &STANDARD.encode(tnef),
            ),
        ],
    )
}

/// MAPI properties: one of binary data.
pub(crate) fn property(id: u16, data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).expect("a short value");
    let padding = &[0, 0, 0][..(4 - data.len() % 4) % 4];
    [
        1_u32.to_le_bytes().as_slice(),
        &0x0102_u16.to_le_bytes(),
        &id.to_le_bytes(),
        &1_u32.to_le_bytes(),
        &length.to_le_bytes(),
        data,
        padding,
    ]
    .concat()
}

#[test]
fn winmail_dat_gives_its_text_and_its_files() {
    let raw = outlook_mail(&[
        (1, 0x0006_9007, &[0xe4, 4, 0, 0, 0, 0, 0, 0]),
        (1, 0x0002_800c, b"Ja, bitte. Gr\xfc\xdfe\0"),
        (2, 0x0006_9002, &[0; 14]),
        (2, 0x0001_8010, b"Liste.txt\0"),
        (2, 0x0006_800f, b"20 Paletten"),
    ]);
    let mail = must_read(&raw);
    check(&mail);
    assert_eq!((mail.text.trim(), &mail.notice), ("Ja, bitte. Grüße", &None));
    let names: Vec<&str> = mail.attachments.iter().map(|one| one.file_name.as_str()).collect();
    assert_eq!(names, ["winmail.dat", "Liste.txt"]);
    let cut = attachments_at(raw.as_bytes(), &[1, 0, 2]);
    let (listed, bytes) = cut[0].as_ref().unwrap();
    assert_eq!((listed, bytes.as_slice()), (&mail.attachments[1], b"20 Paletten".as_slice()));
    assert!(cut[1].is_some() && cut[2].is_none());
}

#[test]
fn winmail_dat_with_html_or_rtf_shows_it() {
    let html =
        outlook_mail(&[(1, 0x0006_9003, &property(0x1013, b"<p>Gern, <b>Tom</b></p><script>x</script>"))]);
    let mail = must_read(&html);
    check(&mail);
    assert_eq!((mail.text.trim(), mail.html.as_deref()), ("Gern, Tom", Some("<p>Gern, <b>Tom</b></p>")));
    let rtf = b"{\\rtf1\\ansi\\ansicpg1252 Gr\\'fc\\'dfe,\\par Tom}";
    let stored = [0_u32.to_le_bytes().as_slice(), &100_u32.to_le_bytes(), b"MELA", &[0; 4], rtf].concat();
    let mail = must_read(outlook_mail(&[(1, 0x0006_9003, &property(0x1009, &stored))]));
    assert_eq!(mail.text.trim(), "Grüße,\nTom");
}

#[test]
fn an_invitation_alone_is_told_in_words() {
    let calendar = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Termin zu den Preisen\r\nDTSTART:20261110T100000Z\r\nLOCATION:Telefon\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let alone = mail("Content-Type: text/calendar; method=REQUEST", calendar.as_bytes());
    assert!(
        alone.text.contains("Termin zu den Preisen") && alone.text.contains("2026-11-10 10:00 UTC"),
        "{}",
        alone.text
    );
    assert_eq!(alone.attachments.len(), 1);
    let raw = parts(
        "multipart/mixed",
        &[("Content-Type: text/plain", "See below."), ("Content-Type: text/calendar", calendar)],
    );
    assert_eq!(must_read(&raw).text.trim(), "See below.", "where there is a text, it is the text");
}

#[test]
fn text_of_another_type_is_shown_where_there_is_no_other() {
    let mail = mail("Content-Type: text/markdown; charset=utf-8", "# Größe\r\n\r\nJa.".as_bytes());
    assert_eq!(mail.text.trim(), "# Größe\n\nJa.");
}

#[test]
fn a_text_that_calls_itself_attached_is_shown_if_it_is_the_only_one() {
    let text = mail("Content-Type: text/plain\r\nContent-Disposition: attachment", b"Ja, gern.");
    assert_eq!(text.text.trim(), "Ja, gern.");
    let html = mail("Content-Type: text/html\r\nContent-Disposition: attachment", b"<p>Ja, <b>gern</b>.</p>");
    assert_eq!((html.text.trim(), html.html.as_deref()), ("Ja, gern.", Some("<p>Ja, <b>gern</b>.</p>")));
}

#[test]
fn what_headers_leave_out_or_get_wrong_is_seen() {
    for (headers, body, text) in [
        ("Content-Type: multipart/mixed; boundary=b", "Ja, gern.\r\n--b--\r\n", "Ja, gern."),
        (
            "X-Y: z",
            "--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nJa, f=C3=BCr\r\n--b--\r\n",
            "Ja, für",
        ),
        (
            "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64",
            "SmEsIGbDvHI=\r\n\r\n____\r\nThe list\r\n",
            "Ja, für\n\n____\nThe list",
        ),
        (
            "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64",
            "SmEsIGbDvHIgdcM",
            "Ja, für u\u{fffd}",
        ),
        ("Content-Type: text/enriched", "<bold>Ja</bold>, gern.\r\n\r\nTom", "Ja, gern.\nTom"),
        ("Content-Type: application/octet-stream", "Ja, gern.", "Ja, gern."),
    ] {
        assert_eq!(mail(headers, body.as_bytes()).text.trim(), text, "{headers}");
    }
    let old = must_read("From: Tom <tom@lead.test>\rSubject: a\r\rJa,\rgern.\r");
    assert_eq!((old.subject.as_str(), old.text.as_str()), ("a", "Ja,\ngern.\n"));
}

#[test]
fn html_names_its_charset_and_old_files_their_encoding() {
    let html = b"<html><head><meta http-equiv=Content-Type content='text/html; charset=windows-1251'></head><p>\xd1\xf7\xb8\xf2</p>";
    assert_eq!(mail("Content-Type: text/html", html).text.trim(), "Счёт");
    let raw = parts(
        "multipart/mixed",
        &[
            ("Content-Type: text/plain", "see file"),
            (
                "Content-Type: text/csv; name=a.csv\r\nContent-Transfer-Encoding: x-uuencode",
                "begin 644 a.csv\r\n#0V%T\r\n`\r\nend\r\n",
            ),
        ],
    );
    assert_eq!(attachment(raw.as_bytes(), 0).unwrap().1, b"Cat");
}

#[test]
fn files_written_into_the_text_are_files() {
    let text = b"See the list.\r\n\r\nbegin 644 list.txt\r\n#0V%T\r\n`\r\nend\r\n\r\nTom";
    let mail = mail("Content-Type: text/plain", text);
    assert_eq!(mail.text.trim(), "See the list.\n\n\nTom");
    assert_eq!((mail.attachments[0].file_name.as_str(), mail.attachments[0].file_size), ("list.txt", 3));
    let raw = [b"From: tom@lead.test\r\n\r\n".as_slice(), text].concat();
    assert_eq!(attachment(&raw, 0).unwrap().1, b"Cat");
    for text in
        ["begin 644 x\nno lines of that form\nend\n", "begin 644 x\n#0V%T\n", "begin the day\n#0V%T\nend\n"]
    {
        let mail = must_read(format!("From: tom@lead.test\n\n{text}"));
        assert_eq!((mail.text.as_str(), mail.attachments.len()), (text, 0));
    }
}
