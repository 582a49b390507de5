//! How many ordinary mails a second one thread reads: printed, not judged, and worth reading where it is
//! optimised, in `cargo xtask soak`. What is judged is that each is read.

use crewbox_mail::read;

/// Mails read; in a soak, enough of them to be worth a figure.
const MAILS: usize = 300;
const MAILS_SOAKED: usize = 20_000;

fn corpus() -> Vec<Vec<u8>> {
    let prose = "Thank you for the proposal. We looked at it with the team and have two questions on it.\r\n";
    let plain = format!(
        "From: Lead <lead@acme.test>\r\nTo: us@own.test\r\nSubject: Re: proposal\r\nMessage-ID: <a@acme.test>\r\nIn-Reply-To: <b@own.test>\r\nReferences: <c@own.test> <b@own.test>\r\nDate: Mon, 3 Feb 2025 10:00:00 +0000\r\nReceived: from a by b; Mon, 3 Feb 2025 10:00:00 +0000\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{}\r\nOn Mon, 3 Feb 2025 at 09:00, Us <us@own.test> wrote:\r\n{}",
        prose.repeat(20),
        format!("> {prose}").repeat(30)
    );
    let cells = "<p style=\"margin:0\">Thank you for the <b>proposal</b>, we have <a href=\"https://a.test/x\">two questions</a> on it.</p>";
    let html_part = format!(
        "<html><body><div dir=ltr>{}</div><blockquote>{}</blockquote></body></html>",
        cells.repeat(15),
        cells.repeat(15)
    );
    let html = format!(
        "From: Lead <lead@acme.test>\r\nSubject: Re: proposal\r\nMessage-ID: <h@acme.test>\r\nDate: Mon, 3 Feb 2025 10:00:00 +0000\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html_part}"
    );
    let both = format!(
        "From: Lead <lead@acme.test>\r\nSubject: Re: proposal\r\nMessage-ID: <m@acme.test>\r\nDate: Mon, 3 Feb 2025 10:00:00 +0000\r\nContent-Type: multipart/alternative; boundary=xx\r\n\r\n--xx\r\nContent-Type: text/plain\r\n\r\n{}\r\n--xx\r\nContent-Type: text/html\r\n\r\n{}\r\n--xx--\r\n",
        prose.repeat(20),
        cells.repeat(25)
    );
    [plain.clone(), plain.clone(), plain.clone(), plain, both, html]
        .into_iter()
        .map(String::into_bytes)
        .collect()
}

#[test]
fn ordinary_mails_are_read_at_a_steady_rate() {
    let mails = if std::env::var_os("CREWBOX_SOAK").is_some() { MAILS_SOAKED } else { MAILS };
    let corpus = corpus();
    let context = crate::context();
    let bytes: usize = corpus.iter().map(Vec::len).sum();
    let ((), took) = crate::timed(|| {
        for n in 0..mails {
            let mail = read(&corpus[n % corpus.len()], &context).expect("an ordinary mail");
            assert!(!mail.text.is_empty());
        }
    });
    println!(
        "soak: reading ordinary mails of {} bytes: {:.0} a second of one processor, over {mails}",
        bytes / corpus.len(),
        mails as f64 / took.as_secs_f64()
    );
}
