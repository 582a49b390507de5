//! How many ordinary mails a second one thread reads. Run by hand, optimised:
//! `cargo test --release -p crewbox-mail --test it -- --ignored --nocapture throughput`.

use crewbox_mail::read;

const MAILS: usize = 20_000;

/// Readings of each kind of mail alone.
const EACH: usize = 1_000;

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
#[ignore = "a measurement"]
fn throughput() {
    let corpus = corpus();
    let context = crate::context();
    let bytes: usize = corpus.iter().map(Vec::len).sum();
    let ((), took) = crate::timed(|| {
        for n in 0..MAILS {
            let mail = read(&corpus[n % corpus.len()], &context).expect("an ordinary mail");
            assert!(!mail.text.is_empty());
        }
    });
    println!(
        "{:.0} mails/s of {} bytes on one thread",
        MAILS as f64 / took.as_secs_f64(),
        bytes / corpus.len()
    );
    for raw in &corpus[3..] {
        let (_, took) = crate::timed(|| (0..EACH).for_each(|_| drop(read(raw, &context))));
        println!("{} bytes: {:.1} us", raw.len(), took.as_secs_f64() * 1e6 / EACH as f64);
    }
}
