//! Mails made to hurt: each must be read, in bounded time, on the stack a reader has.

use std::fmt::Write;
use std::time::Duration;

use crewbox_mail::read;

/// The time a mail may take, of the processor: the figure promised, and ten times that where tests run
/// unoptimised. What is quadratic takes minutes, so that still tells.
pub(crate) const BOUND: Duration = Duration::from_millis(if cfg!(debug_assertions) { 2_500 } else { 250 });

fn html(body: &str) -> String {
    format!("From: a@b.test\nContent-Type: text/html\n\n{body}")
}

fn bombs() -> Vec<(&'static str, String)> {
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
