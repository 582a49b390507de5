//! Files of many mails, as programs write and break them.

use std::io::Cursor;

use super::*;

const AT: &str = "Mon Feb  3 10:00:00 2025";
const TIME: Option<Timestamp> = Some(Timestamp(1_738_576_800_000));

fn entries(bytes: &[u8]) -> Vec<Entry> {
    split_mbox(Cursor::new(bytes)).map(Result::unwrap).collect()
}

fn mails(text: &str) -> Vec<String> {
    let mail = |entry| match entry {
        Entry::Mail { raw, .. } => String::from_utf8(raw).unwrap(),
        Entry::TooLarge { .. } => panic!("too large"),
    };
    entries(text.as_bytes()).into_iter().map(mail).collect()
}

#[test]
fn mails_come_out_as_they_went_in() {
    let all = entries(
        b"From a@x Mon Feb  3 10:00:00 2025\nSubject: 1\n\n>From here\n>>From there\nFrom me\n\nFrom now on\n\n\
          From b@x Mon Feb  3 10:00:00 2025\r\nSubject: 2\r\n\r\nx\r\n",
    );
    assert_eq!(
        all,
        [
            Entry::Mail {
                offset: 0,
                separated_at: TIME,
                raw: b"Subject: 1\n\nFrom here\n>From there\nFrom me\n\nFrom now on\n".to_vec()
            },
            Entry::Mail { offset: 92, separated_at: TIME, raw: b"Subject: 2\r\n\r\nx\r\n".to_vec() },
        ]
    );
    assert!(entries(b"").is_empty());
    assert!(entries(b"\n\n").is_empty());
}

#[test]
fn a_separator_within_a_text_does_not_split_it() {
    for body in [
        format!("quoted below\n\nFrom a@x {AT}\n\nno header follows\n"),
        format!("quoted below\n\nFrom a@x {AT}\nDear Ann, see above\n"),
        format!("no empty line before\nFrom a@x {AT}\nNote: x\n"),
        format!("at the end\n\nFrom a@x {AT}\n"),
        format!("twice\n\nFrom a@x {AT}\nFrom a@x {AT}\nx\n"),
    ] {
        let text = format!("From x {AT}\nSubject: 1\n\n{body}\nFrom y {AT}\nSubject: 2\n\nx\n");
        assert_eq!(mails(&text), [format!("Subject: 1\n\n{body}"), "Subject: 2\n\nx\n".into()], "{body}");
    }
}

#[test]
fn mails_without_an_empty_line_between_are_separated() {
    let text =
        format!("From x {AT}\nSubject: 1\n\na\nFrom y {AT}\nReceived: by z\n\nb\nFrom y {AT}\nX-A: b\n\nc\n");
    assert_eq!(mails(&text), ["Subject: 1\n\na\n", "Received: by z\n\nb\n", "X-A: b\n\nc\n"]);
}

#[test]
fn a_right_length_keeps_a_body_together() {
    let body = format!("a mail in a mail\n\nFrom a@x {AT}\nSubject: inner\n\ninner text\n");
    let text = |length: usize| {
        format!("From x {AT}\nSubject: 1\ncontent-length: {length}\n\n{body}\nFrom y {AT}\nSubject: 2\n\nx\n")
    };
    let right = mails(&text(body.len()));
    assert_eq!(right.len(), 2);
    assert!(right[0].ends_with(&body), "{right:?}");
    for wrong in [body.len() - 20, body.len() + 20, 1_000_000, usize::MAX] {
        assert_eq!(mails(&text(wrong)).len(), 3, "{wrong}");
    }
    // The last mail's body ends with the file.
    let last = format!("From x {AT}\nContent-Length: {}\n\n{body}", body.len());
    assert_eq!(mails(&last).len(), 1);
    let beyond = format!("From x {AT}\nContent-Length: {}\n\n{body}", body.len() + 1_000);
    assert_eq!(mails(&beyond).len(), 2);
}

#[test]
fn wrong_lengths_are_believed_no_more_after_some() {
    let mail = format!("From x {AT}\nContent-Length: 7\n\n{}\n\n", "text ".repeat(50));
    assert_eq!(mails(&mail.repeat(100)).len(), 100);
}

#[test]
fn lines_may_end_in_any_way_and_a_mark_may_stand_before_them() {
    let text = format!("From x {AT}\nSubject: 1\n\nFrom now\n\nFrom y {AT}\nSubject: 2\n\nx\n");
    let plain = mails(&text);
    assert_eq!(mails(&text.replace('\n', "\r")), plain);
    assert_eq!(mails(&format!("\u{feff}{text}")), plain);
    let windows: Vec<String> = mails(&text.replace('\n', "\r\n"));
    assert_eq!(windows.iter().map(|mail| mail.replace("\r\n", "\n")).collect::<Vec<_>>(), plain);
}

#[test]
fn one_too_large_is_named_and_passed_over() {
    let mut file = b"From a@x Mon Feb  3 10:00:00 2025\nA: b\n".to_vec();
    file.resize(file.len() + MAX_MAIL_BYTES + 10, b'a');
    file.extend_from_slice(b"\n\nFrom b@x Mon Feb  3 10:00:00 2025\nSubject: 2\n\nx\n");
    let all = entries(&file);
    assert_eq!(all[0], Entry::TooLarge { offset: 0, size: MAX_MAIL_BYTES as u64 + 17 });
    assert!(matches!(&all[1], Entry::Mail { raw, .. } if raw == b"Subject: 2\n\nx\n"));
}
