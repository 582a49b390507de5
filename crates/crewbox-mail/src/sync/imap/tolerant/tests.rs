//! What passes unchanged, what is repaired, what is left out, and that the bytes of mails are never touched.

use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use async_imap::Client;
use async_imap::imap_proto::{AttributeValue, MailboxDatum, Response};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tokio::io::{AsyncRead, AsyncReadExt as _, ReadBuf};

use super::expected::{MOST_COMMAND_LINES, MOST_COMMAND_TEXT, MOST_SEARCH_TEXT};
use super::tokens::MOST_NESTED;
use super::{
    CHUNK, ENDLESS, Expected, MOST_DROPPED, MOST_HELD, MOST_TEXT, SEARCH_PART, SLACK, TOO_LARGE, TURN,
    Tolerant, UNREADABLE, accept,
};

/// A server that has sent this, which is read in pieces of any size.
struct Script {
    bytes: Vec<u8>,
    at: usize,
    rng: ChaCha8Rng,
}

impl AsyncRead for Script {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let most = [1, 7, 100, CHUNK][self.rng.random_range(0..4)];
        let end = (self.at + most.min(buf.remaining())).min(self.bytes.len());
        buf.put_slice(&self.bytes[self.at..end]);
        self.at = end;
        Poll::Ready(Ok(()))
    }
}

/// What the library is given of this.
async fn through(bytes: &[u8], expected: u64, seed: u64) -> (io::Result<Vec<u8>>, Option<u64>) {
    let sent_bytes = Script { bytes: bytes.to_vec(), at: 0, rng: ChaCha8Rng::seed_from_u64(seed) };
    let mut tolerant = Tolerant::greeted(sent_bytes);
    let asked = if expected == 0 { Expected::NO_MAIL } else { Expected::mails(1, expected) };
    tolerant.expect(Expected { search: MOST_SEARCH_TEXT, ..asked });
    let mut given = Vec::new();
    let read = tolerant.read_to_end(&mut given).await;
    (read.map(|_| given), tolerant.take_larger())
}

async fn given(bytes: &[u8]) -> Vec<u8> {
    through(bytes, 1_000_000, 1).await.0.unwrap()
}

/// The library's reading of this, to its end.
fn parsed(mut bytes: &[u8]) -> Vec<Response<'_>> {
    let mut all = Vec::new();
    while !bytes.is_empty() {
        let (rest, response) = Response::parse(bytes).expect("the library accepts what it is given");
        all.push(response);
        bytes = rest;
    }
    all
}

/// Responses that servers send, and the library accepts.
const GOOD: &[&str] = &[
    "* OK [CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ AUTH=PLAIN] Dovecot ready.\r\n",
    "* CAPABILITY IMAP4rev1 IDLE X-GM-EXT-1\r\n",
    "A0001 OK\r\n",
    "A0001 OK \r\n",
    "A0002 NO [AUTHENTICATIONFAILED] Authentication failed.\r\n",
    "A0003 BAD Error in IMAP command\r\n",
    "+ idling\r\n",
    "+\r\n",
    "+ \r\n",
    "* BYE\r\n",
    "* OK Still here\r\n",
    "* OK a text that ends like a literal {5}\r\n",
    "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Forwarded \\*)\r\n",
    "* OK [PERMANENTFLAGS ()] Read-only mailbox.\r\n",
    "* OK [UIDVALIDITY 1448884461] UIDs valid\r\n",
    "* OK [UIDNEXT 19] Predicted next UID\r\n",
    "* OK [HIGHESTMODSEQ 34] Highest\r\n",
    "* 23 EXISTS\r\n",
    "* 1 RECENT\r\n",
    "* 5 EXPUNGE\r\n",
    "* SEARCH\r\n",
    "* SEARCH 1 2 3 4294967295\r\n",
    "* LIST (\\HasNoChildren) \"/\" INBOX\r\n",
    "* LIST (\\HasNoChildren \\Sent) \"/\" \"Sent Items\"\r\n",
    "* LIST () NIL {11}\r\nSent \"Items\r\n",
    "* LIST () \"\\\\\" \"a \\\"b\\\" \\\\ c\"\r\n",
    "* STATUS INBOX (MESSAGES 3 UIDNEXT 4)\r\n",
    "* ID (\"name\" \"Dovecot\" \"version\" NIL)\r\n",
    "* 12 FETCH (FLAGS (\\Seen))\r\n",
    "* 12 FETCH (UID 44 RFC822.SIZE 1234 FLAGS (\\Seen $Junk))\r\n",
    "* 12 FETCH (X-GM-LABELS (\"\\\\Inbox\" \"\\\\Sent\" Work) UID 44 FLAGS ())\r\n",
    "* 12 FETCH (UID 44 INTERNALDATE \"02-Jun-2025 10:00:00 +0000\" BODY[] NIL)\r\n",
    "* 12 FETCH (UID 44 SAVEDATE NIL EMAILID (M1))\r\n",
    "* 12 FETCH (UID 44 BODY[] \"a short mail\")\r\n",
    "* 12 FETCH (UID 44 BODY[]<0> {3}\r\nabc FLAGS (\\Seen))\r\n",
    "* 12 FETCH (ENVELOPE (NIL {4}\r\n)\r\n* NIL NIL NIL NIL NIL NIL NIL NIL) UID 4)\r\n",
];

#[tokio::test]
async fn what_the_library_accepts_passes_unchanged() {
    for good in GOOD {
        assert_eq!(parsed(good.as_bytes()).len(), 1, "{good}");
        assert_eq!(String::from_utf8(given(good.as_bytes()).await).unwrap(), *good);
    }
    let all = GOOD.concat();
    assert_eq!(given(all.as_bytes()).await, all.as_bytes());
}

#[tokio::test]
async fn what_the_library_refuses_is_repaired() {
    for (bad, repaired) in [
        ("* CAPABILITY IMAP4rev1  IDLE\r\n", "* CAPABILITY IMAP4rev1 IDLE\r\n"),
        ("*  CAPABILITY IMAP4rev1 IDLE\t \r\n", "* CAPABILITY IMAP4rev1 IDLE\r\n"),
        ("* CAPABILITY IMAP4rev2 IDLE a(b\r\n", "* CAPABILITY IMAP4rev1 IMAP4rev2 IDLE\r\n"),
        ("* CAPABILITY IMAP4rev1 IDLE\n", "* CAPABILITY IMAP4rev1 IDLE\r\n"),
        ("* OK [CAPABILITY IMAP4rev1  IDLE]\r\n", "* OK [CAPABILITY IMAP4rev1  IDLE]\r\n"),
        ("A0001  OK   done\r\n", "A0001 OK done\r\n"),
        ("A0001 OK d\0ne\r\n", "A0001 OK d ne\r\n"),
        ("A0001 NO [ALERT]é\r\n", "A0001 NO [ALERT] é\r\n"),
        ("* OK [UIDVALIDITY  77 ] ok\r\n", "* OK [UIDVALIDITY 77] ok\r\n"),
        ("* OK [UIDVALIDITY 4294967303] ok\r\n", "* OK [UIDVALIDITY 7] ok\r\n"),
        ("* OK [UIDNEXT soon] ok\r\n", "* OK UIDNEXT soon ok\r\n"),
        ("* 3  EXISTS\r\n", "* 3 EXISTS\r\n"),
        ("* 3 EXISTS now\r\n", "* 3 EXISTS\r\n"),
        ("* SEARCH 1  2 (MODSEQ 5) 3 x\r\n", "* SEARCH 1 2 3\r\n"),
        ("* SEARCH 99999999999 4\r\n", "* SEARCH 4\r\n"),
        ("* LIST (\\HasNoChildren)  \"/\"  \"Sent\" \r\n", "* LIST (\\HasNoChildren) \"/\" \"Sent\"\r\n"),
        ("* LIST (HasNoChildren \\Sent) \"/\" Sent Items\r\n", "* LIST (\\Sent) \"/\" \"Sent Items\"\r\n"),
        ("* LIST () \"/\" \"a\" (\"CHILDINFO\" (\"x\"))\r\n", "* LIST () \"/\" \"a\"\r\n"),
        ("* LIST () / INBOX\r\n", "* LIST () \"/\" \"INBOX\"\r\n"),
        ("* LIST (\\Sent) \"Sent\"\r\n", "* LIST (\\Sent) NIL \"Sent\"\r\n"),
        ("* LIST ()  \"/\" {4}\r\nSent \r\n", "* LIST () \"/\" \"Sent\"\r\n"),
        ("* 1 FETCH (UID 5  RFC822.SIZE 10)\r\n", "* 1 FETCH (UID 5 RFC822.SIZE 10)\r\n"),
        (
            "* 1 FETCH (UID 5 FLAGS (\\Seen \"odd one\" \\Draft))\r\n",
            "* 1 FETCH (UID 5 FLAGS (\\Seen \\Draft))\r\n",
        ),
        ("* 1 FETCH (UID 5 FLAGS (\\Seen {1}\r\nx))\r\n", "* 1 FETCH (UID 5 FLAGS (\\Seen x))\r\n"),
        ("* 1 FETCH (UID 5 RFC822.SIZE 9999999999)\r\n", "* 1 FETCH (UID 5 RFC822.SIZE 4294967295)\r\n"),
        ("* 1 FETCH (INTERNALDATE NIL UID 5)\r\n", "* 1 FETCH (UID 5)\r\n"),
        ("* 1 FETCH (UID 5 X-ODD (a (b (c))) FLAGS ())\r\n", "* 1 FETCH (UID 5 FLAGS ())\r\n"),
        (
            "* 1 FETCH (X-GM-LABELS (\\Sent {3}\r\na\"b) UID 5)\r\n",
            "* 1 FETCH (X-GM-LABELS (\"\\\\Sent\" \"a\\\"b\") UID 5)\r\n",
        ),
        ("* 1 FETCH (UID 5 BODY[]  {3}\r\na)b)\r\n", "* 1 FETCH (UID 5 BODY[] {3}\r\na)b)\r\n"),
        ("* 1 FETCH (UID 5 BODY[]{3}\r\na)b )\r\n", "* 1 FETCH (UID 5 BODY[] {3}\r\na)b )\r\n"),
        ("* 1 FETCH ( UID 5 BODY[] {3}\r\na)b) \r\n", "* 1 FETCH (UID 5 BODY[] {3}\r\na)b) \r\n"),
        ("* 1 FETCH (UID 5 BODY[] {3}\r\na)b  UID 5  )\r\n", "* 1 FETCH (UID 5 BODY[] {3}\r\na)b UID 5)\r\n"),
        ("* 1 FETCH (UID 5 BODY[] {0}\r\n)\r\n", "* 1 FETCH (UID 5 BODY[] {0}\r\n)\r\n"),
        // Left out.
        ("\r\n", ""),
        ("hello\r\n", ""),
        ("* \r\n", ""),
        ("* HELLO you {3}\r\nabc\r\n", ""),
        ("* 1 FETCH (X-ODD (a (b)))\r\n", ""),
        ("* FLAGS (\\Seen \"a b\")\r\n", ""),
    ] {
        let got = String::from_utf8(given(bad.as_bytes()).await).unwrap();
        assert_eq!(got, repaired, "{bad:?}");
        parsed(repaired.as_bytes());
    }
}

#[tokio::test]
async fn nesting_that_would_end_the_process_is_left_out() {
    // One parenthesis is that of the attributes.
    for depth in (4..60).chain([MOST_NESTED - 1]) {
        for inner in ["", "\"TEXT\" \"PLAIN\" ", "NIL "] {
            let nested = ["(", inner].concat().repeat(depth);
            let deep = format!("* 1 FETCH (UID 5 BODYSTRUCTURE {nested})\r\n");
            assert_eq!(given(deep.as_bytes()).await, b"* 1 FETCH (UID 5)\r\n", "{depth}");
        }
    }
}

/// Bytes that look like the protocol, or like anything.
fn content(rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..rng.random_range(0..6) {
        match rng.random_range(0..4) {
            0 => bytes.extend_from_slice(GOOD[rng.random_range(0..GOOD.len())].as_bytes()),
            1 => bytes.extend_from_slice(b")\r\nA0001 OK done\r\n* 3 EXISTS\r\n{12}\r\n"),
            2 => bytes.extend((0..rng.random_range(0..300)).map(|_| rng.random::<u8>())),
            _ => bytes.extend_from_slice(&vec![b'x'; rng.random_range(0..20_000)]),
        }
    }
    bytes
}

fn bodies(given: &[u8]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for response in parsed(given) {
        let Response::Fetch(_, values) = response else { continue };
        all.extend(values.into_iter().filter_map(|value| match value {
            AttributeValue::BodySection { data: Some(data), .. } => Some(data.into_owned()),
            _ => None,
        }));
    }
    all
}

/// Mails between responses of all kinds, good ones or also those that are repaired.
#[tokio::test]
async fn mails_of_any_content_pass_unchanged_among_any_lines() {
    const ODD: &[&str] =
        &["* CAPABILITY  IMAP4rev1\r\n", "\r\n", "* NOTHING known\r\n", "* 1 FETCH (UID  9)\r\n"];
    const ENDS: &[&str] = &[")\r\n", " )\r\n", ")\n", " FLAGS (\\Seen))\r\n", "  UID 7) \r\n", "))\r\n"];
    for seed in 0..300 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let odd = seed % 2 == 1;
        let (mut sent_bytes, mut mails) = (Vec::new(), Vec::new());
        for number in 1..rng.random_range(2..8) {
            for _ in 0..rng.random_range(0..3) {
                let lines = if odd && rng.random_bool(0.5) { ODD } else { GOOD };
                let line = lines[rng.random_range(0..lines.len())];
                sent_bytes.extend_from_slice(line.as_bytes());
                if !ODD.contains(&line) {
                    mails.extend(bodies(line.as_bytes()));
                }
            }
            let mail = content(&mut rng);
            let blanks = if odd { rng.random_range(0..3) } else { 1 };
            let end = if odd { ENDS[rng.random_range(0..ENDS.len())] } else { ")\r\n" };
            let start =
                format!("* {number} FETCH (UID {number} BODY[]{}{{{}}}\r\n", " ".repeat(blanks), mail.len());
            sent_bytes.extend_from_slice(start.as_bytes());
            sent_bytes.extend_from_slice(&mail);
            sent_bytes.extend_from_slice(end.as_bytes());
            mails.push(mail);
        }
        let (got, larger) = through(&sent_bytes, 10_000_000, seed).await;
        let got = got.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        assert!(odd || got == sent_bytes, "seed {seed}: good responses were changed");
        assert_eq!(bodies(&got), mails, "seed {seed}");
        assert_eq!(larger, None);
    }
}

#[tokio::test]
async fn whatever_a_server_says_the_library_is_given_what_it_accepts() {
    for seed in 0..3_000 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut sent_bytes: Vec<u8> =
            (0..rng.random_range(1..5)).flat_map(|_| GOOD[rng.random_range(0..GOOD.len())].bytes()).collect();
        for _ in 0..rng.random_range(1..6) {
            let at = rng.random_range(0..sent_bytes.len().max(1));
            match rng.random_range(0..4) {
                0 if at < sent_bytes.len() => sent_bytes[at] = rng.random(),
                1 if at < sent_bytes.len() => drop(sent_bytes.remove(at)),
                2 => sent_bytes.insert(at, b" ()[]{}\"\\\r\n*\0\xe9"[rng.random_range(0..14)]),
                _ => sent_bytes.truncate(at.max(1)),
            }
        }
        if let (Ok(given), _) = through(&sent_bytes, 1_000, seed).await {
            let whole = given.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            let mut rest = &given[..whole];
            while !rest.is_empty() {
                rest = match Response::parse(rest) {
                    Ok((rest, _)) => rest,
                    // The end of what was sent, within a mail.
                    Err(error) if error.is_incomplete() => break,
                    Err(_) => panic!(
                        "seed {seed}: {:?} of {:?}",
                        String::from_utf8_lossy(rest),
                        String::from_utf8_lossy(&sent_bytes)
                    ),
                };
            }
        }
    }
}

#[tokio::test]
async fn a_mail_larger_than_expected_is_dropped_and_its_size_is_known() {
    let mail = |size: u64, sent: usize| {
        let mut sent_bytes = format!("* 1 FETCH (UID 5 BODY[] {{{size}}}\r\n").into_bytes();
        sent_bytes.resize(sent_bytes.len() + sent, b'x');
        sent_bytes.extend_from_slice(b")\r\n* 1 EXISTS\r\n");
        sent_bytes
    };
    let most = 1_000 + SLACK;
    let (got, larger) = through(&mail(most, most as usize), 1_000, 1).await;
    assert_eq!((bodies(&got.unwrap())[0].len() as u64, larger), (most, None));
    let (got, larger) = through(&mail(most + 1, most as usize + 1), 1_000, 1).await;
    assert_eq!(String::from_utf8(got.unwrap()).unwrap(), "* 1 FETCH (UID 5 BODY[] NIL)\r\n* 1 EXISTS\r\n");
    assert_eq!(larger, Some(most + 1));
    for (size, expected) in [(MOST_DROPPED + 1, 1_000), (u64::MAX, 1_000)] {
        let (got, _) = through(&mail(size, 10), expected, 1).await;
        assert_eq!(got.unwrap_err().to_string(), TOO_LARGE);
    }
}

#[tokio::test]
async fn a_literal_of_another_size_than_announced_ends_the_connection() {
    for after in ["the rest of the mail\r\n)\r\n", "rest)\r\n", "\r\n)\r\n"] {
        let sent_bytes = format!("* 1 FETCH (UID 5 BODY[] {{3}}\r\nabc{after}");
        let (got, _) = through(sent_bytes.as_bytes(), 1_000, 1).await;
        assert_eq!(got.unwrap_err().to_string(), UNREADABLE, "{after:?}");
    }
}

#[tokio::test]
async fn digits_behind_a_mail_never_reach_the_library() {
    for after in ["5 FLAGS (\\Seen))\r\n", "5 FLAGS (\\Seen) BODY[] {3}\r\nabc)\r\n"] {
        let sent_bytes = format!("* 1 FETCH (UID 5 BODY[] {{3}}\r\nabc{after}");
        let (got, _) = through(sent_bytes.as_bytes(), 1_000, 1).await;
        let refused = got.as_ref().is_err_and(|error| error.to_string() == UNREADABLE);
        assert!(refused || got.is_ok_and(|given| accept::accepts(&given)), "{after:?}");
    }
}

#[tokio::test]
async fn lines_and_other_literals_have_limits() {
    let label = format!("* LIST () \"/\" {{{}}}\r\n", MOST_HELD + 1);
    assert_eq!(through(label.as_bytes(), 1_000, 1).await.0.unwrap_err().to_string(), TOO_LARGE);
    for start in ["* SEARCH ", "* CAPABILITY "] {
        let long = [start.as_bytes(), &vec![b'1'; MOST_TEXT]].concat();
        assert_eq!(through(&long, 1_000, 1).await.0.unwrap_err().to_string(), UNREADABLE, "{start}");
    }
    let many = format!("* 1 FETCH (X-GM-LABELS ({}", "{1}\r\na ".repeat(1_000));
    assert_eq!(through(many.as_bytes(), 1_000, 1).await.0.unwrap_err().to_string(), UNREADABLE);
}

#[tokio::test]
async fn another_protocol_is_known_by_its_first_line() {
    for (greeting, good) in [
        ("* OK hello\r\n", true),
        ("*  OK  hello\n", true),
        ("* HELLO\r\n* OK\r\n", true),
        ("220 mail.example ESMTP\r\n", false),
        ("HTTP/1.1 400 Bad Request\r\n", false),
    ] {
        let sent_bytes = Script { bytes: greeting.into(), at: 0, rng: ChaCha8Rng::seed_from_u64(0) };
        let read = Tolerant::new(sent_bytes).read_to_end(&mut Vec::new()).await;
        assert_eq!(read.is_ok(), good, "{greeting}");
    }
}

#[tokio::test]
async fn words_sent_before_tls_are_noticed() {
    let sent_bytes =
        Script { bytes: b"A1 OK\r\n* 1 EXISTS\r\n".to_vec(), at: 0, rng: ChaCha8Rng::seed_from_u64(0) };
    let mut tolerant = Tolerant::new(sent_bytes);
    let mut line = [0; 7];
    tolerant.read_exact(&mut line).await.unwrap();
    // However few bytes were taken from the socket, what is there of the next line is seen.
    let mut more = [0; 1];
    tolerant.read_exact(&mut more).await.unwrap();
    assert!(tolerant.into_inner().is_none());
}

#[tokio::test]
async fn the_mails_of_a_command_share_its_size() {
    // Each of these is as large as all of them together were announced to be.
    let size = 500_000;
    let mail = format!("* 1 FETCH (UID 5 BODY[] {{{size}}}\r\n{})\r\n", "x".repeat(size));
    let (got, larger) = through(mail.repeat(20).as_bytes(), size as u64, 1).await;
    let got = got.unwrap();
    assert!(got.len() < 2 * size, "{} bytes were held", got.len());
    assert_eq!((bodies(&got).len(), larger), (1, Some(size as u64)));
    // What is dropped is read: that has an end, too.
    let many = mail.repeat(2 + usize::try_from(MOST_DROPPED).unwrap() / size);
    assert_eq!(through(many.as_bytes(), size as u64, 1).await.0.unwrap_err().to_string(), TOO_LARGE);
}

#[tokio::test]
async fn a_command_ends_with_more_text_than_any_needs() {
    let lines = "* 1 EXISTS\r\n".repeat(MOST_COMMAND_LINES);
    assert_eq!(through(lines.as_bytes(), 0, 1).await.0.unwrap(), lines.as_bytes());
    let more = [lines.as_bytes(), b"* 1 EXISTS\r\n"].concat();
    assert_eq!(through(&more, 0, 1).await.0.unwrap_err().to_string(), ENDLESS);
    let label = format!("* LIST () \"/\" \"{}\"\r\n", "a".repeat(MOST_TEXT / 2));
    let many = label.repeat(1 + MOST_COMMAND_TEXT / label.len());
    assert_eq!(through(many.as_bytes(), 0, 1).await.0.unwrap_err().to_string(), ENDLESS);
    let long = format!("* SEARCH{}\r\n", " 4000000000".repeat(500_000));
    let many = long.repeat(1 + MOST_SEARCH_TEXT / long.len());
    assert_eq!(through(many.as_bytes(), 0, 1).await.0.unwrap_err().to_string(), ENDLESS);
}

/// UIDs that responses to SEARCH name.
fn found(given: &[u8]) -> Vec<u32> {
    let all = parsed(given).into_iter().map(|response| match response {
        Response::MailboxData(MailboxDatum::Search(uids)) => uids,
        other => panic!("{other:?}"),
    });
    all.flatten().collect()
}

#[tokio::test]
async fn a_long_search_response_comes_in_parts_that_name_the_same_uids() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let uids: Vec<u32> = (0..20_000).map(|_| rng.random::<u32>() >> rng.random_range(0..30)).collect();
    let numbers: String = uids.iter().map(|uid| format!(" {uid}")).collect();
    for (start, end) in [("* SEARCH", ""), ("* search", " "), ("*  SEARCH ", " (MODSEQ 917162500)")] {
        for seed in 0..5 {
            let given = through(format!("{start}{numbers}{end}\r\n").as_bytes(), 0, seed).await.0.unwrap();
            let lines = given.split_inclusive(|byte| *byte == b'\n');
            assert!(lines.map(<[u8]>::len).max() <= Some(SEARCH_PART + 2), "{start} {end}");
            assert!(found(&given) == uids, "{start} {end} {seed}");
        }
    }
}

/// The text of the longest responses is parsed in turns, and each is short.
#[tokio::test]
async fn parsing_gives_other_work_of_the_thread_its_turn() {
    let search = format!("* SEARCH{}\r\n", " 4000000000".repeat(500_000));
    let flags = "* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n".repeat(MOST_COMMAND_LINES);
    for (name, responses) in [("a SEARCH response of 5.5 MB", search), ("30,000 FETCH responses", flags)] {
        let mut tolerant = Tolerant::greeted(tokio::io::join(responses.as_bytes(), Vec::new()));
        tolerant.expect(Expected::found(u32::MAX));
        let mut client = Client::new(tolerant);
        let (mut turns, mut began) = (Vec::new(), Instant::now());
        loop {
            let polled = pin!(client.read_response()).poll(&mut Context::from_waker(Waker::noop()));
            match polled {
                Poll::Ready(Ok(Some(_))) => {}
                Poll::Ready(end) => {
                    assert!(matches!(end, Ok(None)), "{end:?}");
                    break;
                }
                Poll::Pending => turns.push(std::mem::replace(&mut began, Instant::now()).elapsed()),
            }
        }
        assert!(turns.len() >= responses.len() / (2 * TURN), "{} turns of {name}", turns.len());
        turns.sort_unstable();
        // The system may take the processor away in one of them.
        let (all, most) = (turns.iter().sum::<Duration>(), turns[turns.len() * 9 / 10]);
        println!("soak: {name} is parsed in {all:.0?}, in {} turns of at most {most:.1?} (p90)", turns.len());
        assert!(cfg!(debug_assertions) || most < Duration::from_millis(1), "{most:?} of {name}");
    }
}
