//! What programs write: failed deliveries, with and without a report, a calendar's answer, an encrypted mail.

use mail_builder::headers::content_type::ContentType;
use mail_builder::mime::MimePart;

use super::letter::{Letter, day};

/// The start of a CMS structure whose type is enveloped data (RFC 5652, section 6), without a recipient.
const ENVELOPE: &[u8] = b"\x30\x0f\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03\xa0\x02\x30\x00";

/// A delivery status notification (RFC 3464).
pub(super) fn bounce(letter: &Letter<'_>) -> std::io::Result<Vec<u8>> {
    let domain = domain(letter);
    let failed = &letter.talk.lead.email;
    let status = format!(
        "Reporting-MTA: dns; mx.{domain}\r\nArrival-Date: {}\r\n\r\nFinal-Recipient: rfc822; {failed}\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 The e-mail account does not exist\r\n",
        day(letter.turn.at, "%a, %d %b %Y %H:%M:%S +0000")
    );
    let report = ContentType::new("multipart/report").attribute("report-type", "delivery-status");
    let words = format!("Your message to {failed} could not be delivered: the account does not exist.\r\n");
    let parts = vec![
        MimePart::new("text/plain", words),
        MimePart::new("message/delivery-status", status.into_bytes()).transfer_encoding("7bit"),
        MimePart::new("text/rfc822-headers", returned(letter).into_bytes()).transfer_encoding("8bit"),
    ];
    let address = format!("MAILER-DAEMON@mx.{domain}");
    letter
        .headers(
            ("Mail Delivery Subsystem", &address),
            letter.sender,
            "Delivery Status Notification (Failure)".into(),
        )
        .header("Auto-Submitted", mail_builder::headers::raw::Raw::new("auto-replied"))
        .body(MimePart::new(report, parts))
        .write_to_vec()
}

/// A failed delivery told in words, the original below: what many servers send.
pub(super) fn plain_bounce(letter: &Letter<'_>) -> std::io::Result<Vec<u8>> {
    let failed = &letter.talk.lead.email;
    let address = format!("postmaster@{}", domain(letter));
    let words = format!(
        "This message was created automatically by mail delivery software.\r\n\r\nA message that you sent could not be delivered to one or more of its recipients. This is a permanent error. The following address failed:\r\n\r\n  {failed}\r\n    550 5.1.1 User unknown\r\n\r\n------ This is a copy of the message's headers ------\r\n\r\n{}",
        returned(letter)
    );
    letter
        .headers(
            ("Mail Delivery System", &address),
            letter.sender,
            "Undelivered Mail Returned to Sender".into(),
        )
        .text_body(words)
        .write_to_vec()
}

/// A calendar that accepts (iTIP, RFC 5546).
pub(super) fn acceptance(letter: &Letter<'_>) -> std::io::Result<Vec<u8>> {
    let name = letter.talk.lead.name();
    let event = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Demo//Calendar//EN\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:{}\r\nDTSTAMP:{}\r\nDTSTART:{}\r\nORGANIZER:mailto:{}\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:{}\r\nSUMMARY:{}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        letter.turn.id,
        day(letter.turn.at, "%Y%m%dT%H%M%SZ"),
        day(letter.turn.at.plus_seconds(super::plan::DAY_S), "%Y%m%dT100000Z"),
        letter.sender.email,
        letter.talk.lead.email,
        letter.subject(),
    );
    let calendar =
        ContentType::new("text/calendar").attribute("method", "REPLY").attribute("charset", "utf-8");
    let parts = vec![
        MimePart::new("text/plain", format!("{name} has accepted this invitation.\r\n")),
        MimePart::new(calendar, event),
    ];
    letter
        .headers((&name, &letter.talk.lead.email), letter.sender, format!("Accepted: {}", letter.subject()))
        .body(MimePart::new("multipart/alternative", parts))
        .write_to_vec()
}

/// A mail that is encrypted with S/MIME (RFC 8551, section 3.3): only its envelope, since nobody is to read it.
pub(super) fn encrypted(letter: &Letter<'_>) -> std::io::Result<Vec<u8>> {
    let name = letter.talk.lead.name();
    let kind = ContentType::new("application/pkcs7-mime")
        .attribute("smime-type", "enveloped-data")
        .attribute("name", "smime.p7m");
    letter
        .headers((&name, &letter.talk.lead.email), letter.sender, format!("Re: {}", letter.subject()))
        .body(MimePart::new(kind, ENVELOPE).attachment("smime.p7m"))
        .write_to_vec()
}

fn domain<'a>(letter: &'a Letter<'_>) -> &'a str {
    letter.talk.lead.email.rsplit_once('@').map_or("mail.example", |(_, domain)| domain)
}

/// The headers of the mail that failed, as it went out.
fn returned(letter: &Letter<'_>) -> String {
    let Some(answered) = letter.answered() else { return String::new() };
    format!(
        "From: {}\r\nTo: {}\r\nDate: {}\r\nMessage-ID: <{}>\r\n",
        letter.sender.email,
        letter.talk.lead.email,
        day(answered.at, "%a, %d %b %Y %H:%M:%S +0000"),
        answered.id
    )
}
