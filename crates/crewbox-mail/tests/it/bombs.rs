//! Mails made to hurt: each must be read, in bounded time, on the stack a reader has.

use std::fmt::Write;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crewbox_mail::read;

use crate::decoding::{outlook_mail, property, signed_mail};

/// The time a mail may take, of the processor: the figure promised, and ten times that where tests run
/// unoptimised. What is quadratic takes minutes, so that still tells.
pub(crate) const BOUND: Duration = Duration::from_millis(if cfg!(debug_assertions) { 2_500 } else { 250 });

fn html(body: &str) -> String {
    format!("From: a@b.test\nContent-Type: text/html\n\n{body}")
}

/// Compressed RTF that swells as much as it can, to this content.
fn swollen(content: &[u8], steps: usize) -> Vec<u8> {
    // The window starts with 207 bytes; the content follows, and each step repeats eight stretches of it.
    let mut content = content.to_vec();
    content.resize(content.len().next_multiple_of(8), b' ');
    let mut body = Vec::new();
    for bytes in content.chunks(8) {
        body.push(0);
        body.extend_from_slice(bytes);
    }
    for _ in 0..steps {
        // Two places in turn, so that none is ever where the window is written, which would be the end.
        body.push(0xff);
        body.extend([0x0d, 0x0f, 0x0d, 0x1f].repeat(4));
    }
    [0_u32.to_le_bytes().as_slice(), &u32::MAX.to_le_bytes(), b"LZFu", &[0; 4], &body].concat()
}

/// Mails whose forms of text and files are made to hurt.
fn decoding_bombs() -> Vec<(&'static str, String)> {
    let n = |times: usize, piece: &str| piece.repeat(times);
    let text = |charset: &str, body: &str| {
        format!("From: a@b.test\nContent-Type: text/plain; charset={charset}\n\n{body}")
    };
    let rtf =
        |rtf: &[u8], steps: usize| outlook_mail(&[(1, 0x0006_9003, &property(0x1009, &swollen(rtf, steps)))]);
    let cms = |bytes: &[u8]| {
        format!(
            "From: a@b.test\nContent-Type: application/pkcs7-mime\nContent-Transfer-Encoding: base64\n\n{}",
            STANDARD.encode(bytes)
        )
    };
    let files: Vec<(u8, u32, &[u8])> = (0..20_000).map(|_| (2, 0x0006_9002, &[0_u8; 14] as &[u8])).collect();
    let mut nested = "Content-Type: text/plain\n\nhello".to_owned();
    for _ in 0..12 {
        nested = signed_mail(nested.as_bytes());
    }
    vec![
        ("words", format!("Subject: {}\nFrom: {0}\n\nx", n(20_000, "=?utf-8?q?a?= "))),
        (
            "words of many charsets",
            format!("Subject: {}\nTo: {0}\n\nx", n(10_000, "=?big5?q?a?= =?gbk?q?a?= ")),
        ),
        ("words in quotes", format!("From: {}\n\nx", n(20_000, "\"=?utf-8?q?a?=\" "))),
        ("words that begin", format!("Subject: {}?=\n\nx", n(60_000, "=?a?q? "))),
        (
            "pieces",
            format!(
                "Content-Type: text/plain; {}\n\nx",
                (0..20_000).map(|k| format!("a*{k}*=%41;")).collect::<String>()
            ),
        ),
        (
            "pieces of many names",
            format!(
                "Content-Type: text/plain; {}\n\nx",
                (0..20_000).map(|k| format!("a{k}*0*=%41;")).collect::<String>()
            ),
        ),
        ("quotes in parameters", format!("Content-Type: text/plain; a=\"{}\n\nx", n(60_000, "\" "))),
        ("parameters without values", format!("Content-Type: text/plain {}\n\nx", n(60_000, "a "))),
        ("utf-7", text("utf-7", &n(700_000, "+A-"))),
        ("long utf-7", text("utf-7", &format!("+{}", n(2_000_000, "A")))),
        ("iso-2022-kr", text("iso-2022-kr", &n(500_000, "\u{e}0!\u{f}"))),
        ("escapes", text("iso-2022-jp", &n(300_000, "\u{1b}$B\u{1b}(B"))),
        ("hz", text("hz-gb-2312", &n(500_000, "~{~}"))),
        ("lines that are no headers", format!("From: a@b.test\n{}\nx", n(300_000, "word\nX-A: b\n"))),
        (
            "parts without blank lines",
            format!("Content-Type: multipart/mixed; boundary=b\n\n{}", n(200_000, "--b\nA: b\nword\n")),
        ),
        (
            "boundaries that never come",
            n(
                2_000,
                "Content-Type: multipart/mixed; boundary=never\n\n--other\nContent-Type: text/plain\n\n",
            ) + &n(30_000, "some words that go on for a while\n"),
        ),
        ("dates", format!("Date: {}\n{}\n\nx", n(20_000, "1 jan-"), n(3_000, "Received: ; 1-1-1-\n"))),
        ("nested signatures", nested),
        ("nested BER", cms(&[0x30, 0x80].repeat(500_000))),
        ("nested octets", signed_mail(&[0x24, 0x80].repeat(30_000))),
        ("files of TNEF", outlook_mail(&files)),
        (
            "properties of TNEF",
            outlook_mail(&[(
                1,
                0x0006_9003,
                &[&u32::MAX.to_le_bytes()[..], &[2, 0, 0, 0, 0, 0, 0, 0].repeat(200_000)].concat(),
            )]),
        ),
        ("swollen RTF", rtf(b"{\\rtf1 x", 200_000)),
        ("groups of RTF", rtf(b"{{{{{{{{{{{{{{{{", 200_000)),
        ("numbers of RTF", rtf(b"\\u1234 \\'e4\\f1\\f2 ", 200_000)),
        ("HTML in RTF", rtf(b"{\\rtf1\\fromhtml1 {\\*\\htmltag <div>}", 200_000)),
        (
            "calendar lines",
            format!("Content-Type: text/calendar\n\nBEGIN:VEVENT\n{}", n(300_000, "DESCRIPTION:x\n y\n")),
        ),
        ("nested calendar", format!("Content-Type: text/calendar\n\n{}", n(300_000, "BEGIN:VEVENT\n"))),
        ("files in the text", format!("From: a@b.test\n\n{}", n(100_000, "begin 644 a\n#0V%T\n`\nend\n"))),
        ("files that do not end", format!("From: a@b.test\n\n{}", n(200_000, "begin 644 a\n#0V%T\n"))),
        (
            "unlabelled base64",
            text(
                "utf-8",
                &n(40_000, "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB\n"),
            ),
        ),
        ("unlabelled quoted-printable", text("utf-8", &n(300_000, "=C3=BC=\n"))),
        (
            "empty lines of a file",
            format!("Content-Type: application/x\n\n{}", n(2_000_000, "\n") + &n(500_000, "x\n")),
        ),
    ]
}

fn bombs() -> Vec<(&'static str, String)> {
    let mut bombs = html_and_structure_bombs();
    bombs.extend(decoding_bombs());
    bombs
}

fn html_and_structure_bombs() -> Vec<(&'static str, String)> {
    let n = |times: usize, piece: &str| piece.repeat(times);
    let mut nested_multiparts = String::from("From: a@b.test\n");
    for level in 0..10_000 {
        let _ = write!(nested_multiparts, "Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n");
    }
    let mut unmatched = String::from("Content-Type: multipart/mixed; boundary=x\n\n");
    for level in 0..2_000 {
        let _ = write!(unmatched, "--x\nContent-Type: multipart/mixed; boundary=never{level}\n\ntext\n");
    }
    unmatched += &n(20_000, "some more text to be searched for boundaries\n");
    let formats: String = (0..200).map(|k| format!("<b class={k}>")).collect();
    let distinct: String = (0..5_000).map(|k| format!("<p><font color={k}></p>")).collect();
    vec![
        ("nested messages", n(34_000, "Content-Type: message/rfc822\r\n\r\n")),
        ("nested div", html(&n(50_000, "<div>"))),
        ("closed nested div", html(&format!("{}{}", n(25_000, "<div>"), n(25_000, "</div>")))),
        ("div at the permitted depth", html(&format!("{}{}", n(250, "<div>"), n(20_000, "<i>x</i>")))),
        ("names alike", html(&n(14_000, "<abcdefghijklmnopq1></abcdefghijklmnopq2>"))),
        ("nested multiparts", nested_multiparts),
        ("unmatched multiparts", unmatched),
        ("parts", format!("Content-Type: multipart/mixed; boundary=x\n\n{}", n(50_000, "--x\n\na\n"))),
        (
            "long boundary",
            format!("Content-Type: multipart/mixed; boundary={0}\n\n{0}{0}{0}", n(100_000, "-")),
        ),
        ("dashes", format!("Content-Type: multipart/mixed; boundary={}\n\n{}", n(70, "-"), n(500_000, "-"))),
        ("huge header", format!("Subject: {}\n\nx", n(1_000_000, "a b "))),
        ("folded header", format!("Subject: a{}\n\nx", n(1_000_000, "\n b"))),
        ("many headers", format!("{}\nx", n(100_000, "X-Header: a\n"))),
        ("open encoded words", format!("Subject: {}\nFrom: {0}\n\nx", n(200_000, "=?utf-8?q?a "))),
        ("bad encoded words", format!("Subject: {}\nTo: {0}\n\nx", n(10_000, "=?utf-8?b?!!!?= "))),
        ("open charsets", format!("Subject: {}?=\nTo: {0}?=\n\nx", n(60_000, "=?"))),
        ("comments in addresses", format!("From: {}a@b.test\n\nx", n(500_000, "("))),
        ("quotes in addresses", format!("To: {}\n\nx", n(500_000, "\"<"))),
        ("groups", format!("To: {}\n\nx", n(100_000, "a:b@c.test;"))),
        ("many recipients", format!("To: {}\n\nx", n(100_000, "a@b.test, "))),
        ("many references", format!("References: {}\n\nx", n(100_000, "<a@b> "))),
        (
            "continued parameters",
            format!("Content-Type: text/plain; {}\n\nx", n(20_000, "a*0*=utf-8''%41; ")),
        ),
        ("base64 of nothing", format!("Content-Transfer-Encoding: base64\n\n{}", n(1_000_000, "=\n"))),
        (
            "base64 html",
            format!(
                "Content-Type: text/html\nContent-Transfer-Encoding: base64\n\n{}",
                n(200_000, "PGRpdj48")
            ),
        ),
        (
            "quoted-printable",
            format!("Content-Transfer-Encoding: quoted-printable\n\n{}", n(1_000_000, "=  ")),
        ),
        ("attributes", html(&format!("<p {}>x", (0..60_000).map(|k| format!("a{k} ")).collect::<String>()))),
        ("open quote", html(&n(100_000, "<a href=\""))),
        ("reopened formats", html(&format!("<p>{formats}</p>{}", n(20_000, "<p>x</p>")))),
        ("distinct formats", html(&distinct)),
        ("unclosed tables", html(&n(5_000, "<table><tr><td>"))),
        ("permitted tables", html(&format!("{}{}", n(80, "<table><tr><td>"), n(8_000, "<p>x")))),
        ("foster parents", html(&format!("<table>{}", n(30_000, "<i>x</i>")))),
        ("texts in tables", html(&format!("<table>{}", n(100_000, "x<tr>")))),
        ("quotes", html(&format!("{}{}", n(250, "<blockquote>"), n(30_000, "x<br>")))),
        ("lists", html(&n(10_000, "<ul><li>x"))),
        ("permitted lists", html(&format!("{}{}", n(120, "<ul><li>"), n(6_000, "<li>x")))),
        ("list items", html(&format!("<ol>{}", n(29_000, "<li>x")))),
        ("lines of pre", html(&format!("{}<pre>{}", n(100, "<blockquote>"), n(9_000, "x\n")))),
        ("rules", html(&n(200_000, "<hr>"))),
        ("permitted rules", html(&n(29_000, "<hr>"))),
        ("breaks", html(&n(29_000, "<br>"))),
        ("entities", html(&n(200_000, "&amp;"))),
        ("open entities", html(&n(400_000, "&a"))),
        ("long word", html(&n(1_000_000, "a"))),
        ("long line of words", html(&n(250_000, "a b "))),
        ("comments", html(&n(200_000, "<!--"))),
        (
            "style",
            html(&format!("<style>{}</style><p style='{}'>x", n(300_000, "a{"), n(50_000, "color:red;"))),
        ),
        ("styles", html(&n(9_000, "<p style='color:red;margin:0;padding:1px;font:x'>y</p>"))),
        ("wide table", html(&format!("<table><tr>{}", n(29_000, "<td>x")))),
        (
            "spans of columns",
            html(&format!("<table>{}", n(500, "<tr><td colspan=999999999>x<td rowspan=999999999>y"))),
        ),
        ("bodies", html(&(0..30_000).map(|k| format!("<body a{k}>")).collect::<String>())),
        ("templates", html(&n(20_000, "<template>"))),
        ("svg", html(&n(20_000, "<svg><style><div>"))),
        ("select", html(&n(30_000, "<select><option>"))),
        ("anchors", html(&n(29_000, "<a href=x>y"))),
        ("headings", html(&n(30_000, "<h1>"))),
        ("ruby", html(&n(10_000, "<ruby><rt>x"))),
        ("end tags", html(&format!("{}{}", n(200, "<span>"), n(35_000, "</x></p></br>")))),
        ("quoted text", format!("From: a@b.test\n\n{}", n(300_000, "> \n"))),
        ("dash lines", format!("From: a@b.test\n\n{}", n(500_000, "--\n"))),
        ("attributions", format!("From: a@b.test\n\nx\n{}", n(50_000, "On 1 X wrote:\n\n"))),
        ("names below dashes", format!("From: a@b.test\n\nx\n{}", n(180_000, "--\nx\n"))),
        ("device footers", format!("From: a@b.test\n\nx\n{}", n(40_000, "Sent from my iPhone\nx\n\n"))),
        ("closings", format!("From: a@b.test\n\nx\n{}", n(50_000, "Best regards\nAnn\n\n"))),
        ("one field", format!("From: a@b.test\n\nx\n{}", n(100_000, "To: a@b.test\n"))),
        ("answers between", format!("From: a@b.test\n\nx\n{}", n(150_000, "> x\ny\n"))),
        ("dates and addresses", format!("From: a@b.test\n\nx\n{}", n(40_000, "a@b.test 3.11.2026 10:00\n"))),
        ("bars", format!("From: a@b.test\n\na@b.test:\n{}", n(250_000, "| x\n"))),
        ("block fields", format!("From: a@b.test\n\nx\n{}", n(200_000, "From: x\n\n\n\n"))),
        ("until", format!("Auto-Submitted: auto-replied\n\nout of office {}", n(100_000, "until 1/"))),
        ("long plain line", format!("From: a@b.test\n\n{}", n(3_000_000, "x"))),
        ("flowed", format!("Content-Type: text/plain; format=flowed\n\n{}", n(300_000, "> x \n>> y \n"))),
        ("8 bit", format!("From: a@b.test\n\n{}", n(500_000, "\u{fffd}\u{0}"))),
        ("calendar", format!("Content-Type: text/calendar\n\n{}", n(200_000, "METHOD:\n"))),
        (
            "status",
            format!(
                "Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/delivery-status\n\n{}",
                n(100_000, "Action: failed\n\n")
            ),
        ),
    ]
}

#[test]
fn no_bomb_goes_off() {
    let mut slowest = (Duration::ZERO, "");
    for (name, raw) in bombs() {
        let (mail, took) = crate::timed(|| read(raw.as_bytes(), &crate::context()));
        let size = raw.len();
        assert!(mail.is_ok(), "{name}: {mail:?}");
        println!("{:>6} ms {size:>9} bytes  {name}: {:?}", took.as_millis(), mail.unwrap().notice);
        slowest = slowest.max((took, name));
    }
    println!(
        "soak: hand-made bombs: {} read, the slowest ({}) in {} ms",
        bombs().len(),
        slowest.1,
        slowest.0.as_millis()
    );
    assert!(slowest.0 < BOUND, "{} took {:?}", slowest.1, slowest.0);
}

#[test]
fn the_two_known_bombs_are_shown_with_a_notice() {
    for (name, raw) in bombs().into_iter().take(2) {
        let mail = crate::must_read(&raw);
        assert!(mail.notice.is_some(), "{name}");
        assert!(mail.html.is_none(), "{name}");
    }
}
