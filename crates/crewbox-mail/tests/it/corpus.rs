//! The labelled corpora: cases become mails, mails are read and classified, and the classes are compared. Prints a
//! confusion matrix and explains each mistake by its evidence.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use crewbox_core::message::{Circumstances, Class, PROMPT_MS, Verdict};
use crewbox_core::own_addresses::OwnAddresses;
use crewbox_core::time::Timestamp;
use crewbox_mail::{DirectionHint, ReadContext, read};
use serde::Deserialize;

/// 31 December 2026: every mail of the corpora is older.
const READ_AT: Timestamp = Timestamp(1_798_675_200_000);

/// The mailbox that the corpora write to.
const MAILBOX: &str = "mara@larkfield.example";

/// Headers that servers put above all others.
const TRACE: &[&str] = &["return-path:", "received:", "delivered-to:"];

/// A case. The corpus's README explains each field.
#[derive(Debug, Deserialize)]
pub(crate) struct Case {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) lang: String,
    pub(crate) want: String,
    #[serde(default)]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) why: String,
    pub(crate) lead: String,
    pub(crate) sent: Sent,
    #[serde(default)]
    from_lead: bool,
    #[serde(default)]
    from_name: Option<String>,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    date: String,
    #[serde(default)]
    message_id: String,
    #[serde(default)]
    headers: Vec<String>,
    #[serde(default)]
    body: String,
    content_type: Option<String>,
    html: Option<String>,
    charset: Option<String>,
    encoding: Option<String>,
    raw: Option<String>,
    pub(crate) return_date: Option<String>,
    pub(crate) failed_recipient: Option<String>,
}

/// Our mail.
#[derive(Debug, Deserialize)]
pub(crate) struct Sent {
    date: String,
}

/// What a corpus showed.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    /// Mails by label and class.
    pub(crate) matrix: BTreeMap<(String, String), usize>,
    /// One line for each mistake.
    pub(crate) mistakes: Vec<String>,
    /// By label, or by label and kind of proof: right ones and all.
    pub(crate) right: BTreeMap<String, (usize, usize)>,
    /// Return dates: found, wrong, named.
    pub(crate) returns: (usize, usize, usize),
    /// Return dates of mails whose label has none.
    pub(crate) unlabelled: usize,
}

impl Figures {
    /// The share of right ones, in percent.
    pub(crate) fn share(&self, label: &str) -> f64 {
        let (right, all) = self.right.get(label).copied().unwrap_or((0, 0));
        if all == 0 { 100.0 } else { 100.0 * right as f64 / all as f64 }
    }

    /// People's mails that were taken for something else.
    pub(crate) fn misfiled(&self) -> (usize, usize) {
        let (right, all) = self.right.get("human").copied().unwrap_or((0, 0));
        (all - right, all)
    }

    /// The figures as a person reads them.
    pub(crate) fn report(&self, name: &str) -> String {
        let mut text = format!("{name}: label × class\n");
        let classes: std::collections::BTreeSet<&String> = self.matrix.keys().map(|(_, got)| got).collect();
        let labels: std::collections::BTreeSet<&String> = self.matrix.keys().map(|(want, _)| want).collect();
        let _ = write!(text, "{:>12}", "");
        for class in &classes {
            let _ = write!(text, "{class:>12}");
        }
        for label in labels {
            let _ = write!(text, "\n{label:>12}");
            for class in &classes {
                let count = self.matrix.get(&(label.clone(), (*class).clone())).copied().unwrap_or_default();
                let _ = write!(text, "{:>12}", if count == 0 { "·".to_owned() } else { count.to_string() });
            }
        }
        text.push('\n');
        for (label, (right, all)) in &self.right {
            let _ = writeln!(text, "{label}: {right} of {all} ({:.1} %)", self.share(label));
        }
        let (found, wrong, named) = self.returns;
        let _ =
            writeln!(text, "return dates: {found} of {named} found, {wrong} wrong, {} more", self.unlabelled);
        for mistake in &self.mistakes {
            let _ = writeln!(text, "  {mistake}");
        }
        text
    }
}

/// The cases of a corpus in `tests/corpus`.
pub(crate) fn cases(name: &str) -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(name).join("replies.jsonl");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| serde_json::from_str(line).expect(line))
        .collect()
}

/// Classifies a corpus.
pub(crate) fn measure(name: &str) -> Figures {
    let mut figures = Figures::default();
    for case in cases(name) {
        let (verdict, failed) = classify(&case);
        let mut got = verdict.class.name().to_owned();
        if case.want == "delivered" && verdict.class == Class::Delayed {
            got = "delivered".to_owned();
        }
        if case.want == "bounce" && !case.failed_recipient.iter().all(|one| failed.contains(one)) {
            got = format!("{got}?");
        }
        let right = got == case.want;
        *figures.matrix.entry((case.want.clone(), got.clone())).or_default() += 1;
        let detail = match case.want.as_str() {
            "automatic" => vec![format!("automatic, {}", case.kind.split('/').next().unwrap_or_default())],
            _ => Vec::new(),
        };
        for label in detail.into_iter().chain([case.want.clone()]) {
            let entry = figures.right.entry(label).or_default();
            entry.0 += usize::from(right);
            entry.1 += 1;
        }
        if !right {
            figures.mistakes.push(format!(
                "{} ({}, {}: {}): {} taken for {got}{}: {}",
                case.id,
                case.lang,
                case.kind,
                case.why,
                case.want,
                verdict.suspected.map(|class| format!(", suspected {}", class.name())).unwrap_or_default(),
                verdict.evidence
            ));
        }
        let named = case.return_date.as_deref().map(midnight);
        match (named, verdict.returns_at) {
            (Some(named), Some(found)) if named == found => figures.returns.0 += 1,
            (named, Some(found)) => {
                if named.is_some() {
                    figures.returns.1 += 1
                } else {
                    figures.unlabelled += 1
                }
                figures.mistakes.push(format!("{}: return date {found:?} instead of {named:?}", case.id));
            }
            (Some(named), None) if right => {
                figures.mistakes.push(format!("{}: no return date, {named:?}", case.id))
            }
            _ => {}
        }
        figures.returns.2 += usize::from(named.is_some());
    }
    figures
}

fn classify(case: &Case) -> (Verdict, Vec<String>) {
    let context = ReadContext {
        own: Arc::new(OwnAddresses::new([MAILBOX])),
        received_at: None,
        fallback_at: None,
        now: READ_AT,
        direction: DirectionHint::None,
    };
    let mail = read(&letter(case), &context).expect("a case can be read");
    let sent = instant(&case.sent.date);
    let from_lead = mail.from.email.eq_ignore_ascii_case(&case.lead);
    let prompt = (0..=PROMPT_MS).contains(&(mail.at.0 - sent));
    let verdict = mail.verdicts.under(Circumstances { from_lead, prompt }).clone();
    (verdict, mail.failed_recipients)
}

/// The mail of a case, as bytes.
pub(crate) fn letter(case: &Case) -> Vec<u8> {
    if let Some(raw) = &case.raw {
        return crlf(raw).into_bytes();
    }
    let sender = match &case.from_name {
        Some(name) => format!("{} <{}>", words(name), case.lead),
        None => case.lead.clone(),
    };
    assert!(case.from_lead, "{}: a server's mail is given as raw", case.id);
    let header = |line: &String| {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        format!("{name}: {}", words(value.trim()))
    };
    let is_trace = |line: &&String| TRACE.iter().any(|name| line.to_lowercase().starts_with(name));
    let mut head: Vec<String> = case.headers.iter().filter(is_trace).map(header).collect();
    head.push(format!("From: {sender}"));
    head.push(format!("To: Mara Lindholm <{MAILBOX}>"));
    head.push(format!("Subject: {}", words(&case.subject)));
    head.push(format!("Date: {}", date(&case.date)));
    head.push(format!("Message-ID: <{}>", case.message_id));
    head.extend(case.headers.iter().filter(|line| !is_trace(line)).map(header));
    head.push("MIME-Version: 1.0".into());
    let Some(html) = &case.html else {
        let (more, body) = part(case.content_type.as_deref().unwrap_or("text/plain"), &case.body, case);
        head.extend(more);
        return join(&head, &body);
    };
    let border = format!("=_{}", case.id.replace('-', "_"));
    head.push(format!("Content-Type: multipart/alternative; boundary=\"{border}\""));
    let mut pieces = Vec::new();
    for (kind, text) in [("text/plain", &case.body), ("text/html", html)] {
        let (more, body) = part(kind, text, case);
        pieces.extend(format!("--{border}\r\n").into_bytes());
        pieces.extend(join(&more, &body));
        pieces.extend(b"\r\n");
    }
    pieces.extend(format!("--{border}--\r\n").into_bytes());
    join(&head, &pieces)
}

/// Header and body of one text, in the case's charset and encoding.
fn part(kind: &str, text: &str, case: &Case) -> (Vec<String>, Vec<u8>) {
    let charset = case.charset.as_deref().unwrap_or("utf-8");
    let encoding = case.encoding.as_deref().unwrap_or("8bit");
    let (kind, options) =
        kind.split_once(';').map_or((kind, String::new()), |(kind, rest)| (kind, format!(";{rest}")));
    let head = vec![
        format!("Content-Type: {kind}; charset={charset}{options}"),
        format!("Content-Transfer-Encoding: {encoding}"),
    ];
    let text = crlf(&format!("{text}\n"));
    let known = encoding_rs::Encoding::for_label(charset.as_bytes()).expect("a known charset");
    let data = known.encode(&text).0.into_owned();
    let body = match encoding {
        "base64" => {
            let whole = base64::engine::general_purpose::STANDARD.encode(&data);
            whole.as_bytes().chunks(76).flat_map(|line| [line, b"\r\n"].concat()).collect()
        }
        "quoted-printable" => quoted_printable(&data),
        _ => data,
    };
    (head, body)
}

fn quoted_printable(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in data.split_inclusive(|byte| *byte == b'\n') {
        let mut column = 0;
        for byte in line {
            let plain = matches!(byte, b' '..=b'~' if *byte != b'=') || matches!(byte, b'\r' | b'\n');
            let piece = if plain { vec![*byte] } else { format!("={byte:02X}").into_bytes() };
            if column + piece.len() > 75 && !matches!(byte, b'\r' | b'\n') {
                out.extend(b"=\r\n");
                column = 0;
            }
            column += piece.len();
            out.extend(piece);
        }
    }
    out
}

/// A header's text, as encoded words where it is not ASCII.
fn words(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut encoded = Vec::new();
    let mut piece = String::new();
    for c in text.chars().chain(['\0']) {
        if (c == '\0' || piece.len() + c.len_utf8() > 42) && !piece.is_empty() {
            encoded.push(format!("=?utf-8?b?{}?=", base64::engine::general_purpose::STANDARD.encode(&piece)));
            piece.clear();
        }
        if c != '\0' {
            piece.push(c);
        }
    }
    encoded.join("\r\n ")
}

fn join(head: &[String], body: &[u8]) -> Vec<u8> {
    let mut mail = head.join("\r\n").into_bytes();
    mail.extend(b"\r\n\r\n");
    mail.extend(body);
    mail
}

fn crlf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}

/// `2026-09-15T09:12:33+02:00` as a header writes it.
fn date(text: &str) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month: usize = text[5..7].parse().expect("a month");
    format!(
        "{} {} {} {} {}{}",
        &text[8..10],
        MONTHS[month - 1],
        &text[..4],
        &text[11..19],
        &text[19..22],
        &text[23..25]
    )
}

/// The same as milliseconds.
fn instant(text: &str) -> i64 {
    let number = |from: usize, to: usize| text[from..to].parse::<i64>().expect("digits");
    let clock = (number(11, 13) * 60 + number(14, 16)) * 60 + number(17, 19);
    let zone = (number(20, 22) * 60 + number(23, 25)) * 60;
    let zone = if text.as_bytes()[19] == b'-' { -zone } else { zone };
    midnight(&text[..10]).0 + (clock - zone) * 1_000
}

/// `2026-09-15` as midnight UTC.
fn midnight(text: &str) -> Timestamp {
    let number = |from: usize, to: usize| text[from..to].parse::<i64>().expect("digits");
    let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
    // Days from civil, with the year starting in March.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468;
    Timestamp(days * 86_400_000)
}

/// What a corpus must show: the share of right ones by label, in percent.
const LEAST: &[(&str, f64)] = &[
    ("automatic, headers", 100.0),
    ("automatic, words", 90.0),
    ("unsubscribe", 97.0),
    ("bounce", 98.0),
    ("delayed", 100.0),
    ("delivered", 100.0),
    ("feedback", 100.0),
    ("calendar", 100.0),
    ("receipt", 100.0),
];

fn demand(figures: &Figures, report: &str) {
    for (label, least) in LEAST {
        assert!(figures.share(label) >= *least, "{label}\n{report}");
    }
    let (found, wrong, named) = figures.returns;
    assert!(wrong == 0 && found * 100 >= named * 95, "{report}");
}

#[test]
fn the_labelled_corpus_is_classified() {
    let figures = measure("labelled");
    let report = figures.report("labelled");
    println!("{report}");
    assert_eq!(figures.misfiled().0, 0, "{report}");
    assert_eq!(figures.unlabelled, 0, "{report}");
    demand(&figures, &report);
}

#[test]
fn the_second_corpus_is_classified() {
    let figures = measure("second");
    let report = figures.report("second");
    println!("{report}");
    let (misfiled, people) = figures.misfiled();
    assert!(misfiled * 200 <= people, "{report}");
    demand(&figures, &report);
}
