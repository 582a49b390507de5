//! Attachments, listed and cut out.

use crewbox_mail::{attachment, read};
use mail_builder::MessageBuilder;
use mail_builder::mime::MimePart;

use crate::{context, must_read};

#[test]
fn what_is_listed_can_be_cut_out() {
    let bytes: Vec<u8> = (0..=255).cycle().take(5_000).collect();
    let raw = MessageBuilder::new()
        .from("a@b.test")
        .body(MimePart::new(
            "multipart/mixed",
            vec![
                MimePart::new("text/plain", "see below"),
                MimePart::new("image/png", bytes.clone()).attachment("../../etc/bild ü.png"),
                MimePart::new("text/plain", "notes").attachment("notes.txt"),
            ],
        ))
        .write_to_vec()
        .unwrap();
    let mail = read(&raw, &context()).unwrap();
    assert_eq!(mail.text.trim(), "see below");
    assert_eq!(mail.attachments.len(), 2);
    let (first, cut) = attachment(&raw, 0).unwrap();
    assert_eq!(
        (first.file_name.as_str(), first.file_type.as_str(), first.file_size),
        ("bild ü.png", "image/png", 5_000)
    );
    assert_eq!((&first, cut), (&mail.attachments[0], bytes));
    assert_eq!(attachment(&raw, 1).unwrap().1, b"notes");
    assert!(attachment(&raw, 2).is_none());
}

#[test]
fn an_attached_message_is_one_attachment() {
    let raw = "Content-Type: multipart/mixed; boundary=x\n\n--x\n\nhello\n--x\nContent-Type: message/rfc822\n\n\
               Subject: inner\nContent-Type: multipart/mixed; boundary=y\n\n--y\n\ninner text\n--y\nContent-Type: image/gif\n\nGIF\n--y--\n--x\n\nfoot\n--x--\n";
    let mail = must_read(raw);
    assert_eq!(mail.text.trim(), "hello\n\nfoot");
    assert_eq!(mail.attachments.len(), 1);
    let (_, bytes) = attachment(raw.as_bytes(), 0).unwrap();
    assert!(
        bytes.starts_with(b"Subject: inner") && bytes.ends_with(b"--y--"),
        "{}",
        String::from_utf8_lossy(&bytes)
    );
    assert_eq!(mail.attachments[0].file_size, bytes.len() as u64);
}
