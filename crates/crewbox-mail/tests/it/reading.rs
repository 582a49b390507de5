//! What is kept of a mail: times, direction, bodies, charsets, folds.

use crewbox_core::message::{Direction, FoldKind, Mail};
use crewbox_core::time::Timestamp;
use crewbox_mail::{DirectionHint, ReadContext, read};
use mail_builder::MessageBuilder;

use crate::{NOW, context, must_read};

/// What holds of every mail that was read.
pub(crate) fn check(mail: &Mail) {
    let mut at = 0;
    for fold in &mail.folds {
        assert!(fold.start >= at && fold.end > fold.start, "folds ascend: {:?}", mail.folds);
        assert!(
            mail.text.is_char_boundary(fold.start as usize) && mail.text.is_char_boundary(fold.end as usize)
        );
        at = fold.end;
    }
    let html = mail.html.as_deref().unwrap_or_default();
    for text in
        [&mail.message_id, &mail.verdicts.alone.evidence, &mail.from.email, &mail.from.name, &mail.subject]
    {
        assert!(!text.contains(['\0', '\n', '\r']), "{text:?}");
    }
    assert!(!mail.text.contains('\0') && !html.contains('\0') && !html.contains("<script"));
    assert!(!mail.message_id.is_empty() && mail.at <= NOW);
}

#[test]
fn nothing_at_all_is_quarantined_and_anything_else_is_not() {
    assert!(read(b"", &context()).is_err());
    assert!(read(b" \r\n\n", &context()).is_err());
    for raw in
        [b"x".as_slice(), b"\xff\xfe\x00\x01", b":", b"\n\n\nhello", b"Subject: only a header", b"--\n--\n"]
    {
        check(&must_read(raw));
    }
    assert_eq!(must_read("  indented\nworld").text.trim(), "indented\nworld");
    assert_eq!(must_read("hello\nworld").text.trim(), "hello\nworld");
}

#[test]
fn the_time_is_the_servers_else_its_own_else_now() {
    let with = |received_at, date: &str| {
        let context = ReadContext { received_at, ..context() };
        read(format!("Date: {date}\n\nx").as_bytes(), &context).unwrap().at
    };
    let noon = "Sat, 1 Feb 2025 12:00:00 +0000";
    assert_eq!(with(Some(Timestamp(5)), noon), Timestamp(5));
    assert_eq!(with(None, noon), Timestamp(1_738_411_200_000));
    assert_eq!(with(None, "Sat, 1 Feb 2031 12:00:00 +0000"), NOW);
    assert_eq!(with(None, "yesterday"), NOW);
    assert_eq!(with(Some(Timestamp(i64::MAX)), noon), NOW);
}

#[test]
fn mail_from_the_mailbox_is_ours() {
    assert_eq!(must_read("From: Us <US@own.test>\n\nx").direction, Direction::Outbound);
    assert_eq!(must_read("From: Us <us@other.test>\n\nx").direction, Direction::Inbound);
    let hinted = ReadContext { direction: DirectionHint::Folder(Direction::Outbound), ..context() };
    assert_eq!(read(b"From: a@b.test\n\nx", &hinted).unwrap().direction, Direction::Outbound);
}

#[test]
fn text_is_preferred_and_html_is_kept_clean() {
    let raw = MessageBuilder::new()
        .from(("Ann", "ann@ACME.test"))
        .to(vec![("Us", "us@own.test"), ("Bob", "bob@own.test")])
        .subject("Grüße")
        .text_body("Plain text.\n\n-- \nAnn\n")
        .html_body("<p>Rich <script>x()</script>text.</p>")
        .attachment("application/pdf", "price list.pdf", b"%PDF".as_slice())
        .write_to_vec()
        .unwrap();
    let mail = must_read(&raw);
    check(&mail);
    assert_eq!((mail.from.name.as_str(), mail.from.email.as_str()), ("Ann", "ann@acme.test"));
    assert_eq!((mail.to.len(), mail.subject.as_str()), (2, "Grüße"));
    assert!(mail.text.starts_with("Plain text."));
    assert_eq!(mail.html.as_deref(), Some("<p>Rich text.</p>"));
    assert_eq!(mail.folds.len(), 1);
    assert_eq!(mail.folds[0].kind, FoldKind::Signature);
    assert_eq!(
        (mail.attachments[0].file_name.as_str(), mail.attachments[0].file_size),
        ("price list.pdf", 4)
    );
    assert_eq!(mail.notice, None);
}

#[test]
fn an_empty_text_part_gives_way_to_html() {
    let mail = must_read(
        "Content-Type: multipart/alternative; boundary=x\n\n--x\n\n \n--x\nContent-Type: text/html\n\n<p>Only <b>here</b>.</p>\n--x--\n",
    );
    assert_eq!(mail.text, "Only here.\n");
}

#[test]
fn html_quotes_fold_like_text() {
    let mail = must_read(
        "Content-Type: text/html\n\n<div>Yes.</div><br><div class=gmail_quote>On Mon, 3 Feb 2025 at 10:00 Us &lt;us@own.test&gt; wrote:<br><blockquote>Old<br>text</blockquote></div>",
    );
    let fold = mail.folds[0];
    assert_eq!(mail.text[..fold.start as usize].trim(), "Yes.");
    assert_eq!(fold.end as usize, mail.text.len());
}

#[test]
fn charsets_by_label_by_detection_and_with_loss() {
    for (header, body, text) in [
        ("charset=windows-1251", b"\xcf\xf0\xe8\xe2\xe5\xf2".as_slice(), "Привет"),
        ("charset=\"ISO-2022-JP\"", b"\x1b$B$3$s$K$A$O\x1b(B", "こんにちは"),
        ("charset=gb2312", b"\xc4\xe3\xba\xc3", "你好"),
        ("charset=us-ascii", "naïve".as_bytes(), "naïve"),
        ("charset=nonsense", "naïve".as_bytes(), "naïve"),
        ("x=y", b"Gr\xfc\xdfe aus K\xf6ln", "Grüße aus Köln"),
    ] {
        let raw = [format!("Content-Type: text/plain; {header}\n\n").as_bytes(), body].concat();
        let mail = must_read(raw);
        assert_eq!((mail.text.trim(), mail.decoded_lossy), (text, false), "{header}");
    }
    let lossy = must_read(b"Content-Type: text/plain; charset=shift_jis\n\nok \xff\xff end".as_slice());
    assert!(lossy.decoded_lossy && lossy.text.contains('\u{fffd}') && lossy.text.contains("end"));
}

#[test]
fn over_a_budget_the_text_is_shown_with_a_notice() {
    let deep = "Content-Type: message/rfc822\n\n".repeat(150) + "Subject: inside\n\nthe end";
    let mail = must_read(&deep);
    assert!(mail.notice.as_deref().is_some_and(|notice| notice.contains("100 levels")));
    assert!(mail.text.contains("the end"));
    let wide = format!("Content-Type: text/html\n\n{}words", "<div>".repeat(400));
    let mail = must_read(&wide);
    assert!(mail.notice.is_some() && mail.html.is_none() && mail.text.contains("words"));
}
