//! How many lines and UIDs a command may bring, how much text, and how deep it may be nested.

use tokio::io::AsyncReadExt as _;

use super::expected::{LINES_A_MAIL, MOST_LOG_IN_LINES, MOST_NEWS_LINES, MOST_NEWS_TEXT, TEXT_A_MAIL};
use super::tokens::MOST_NESTED;
use super::{ENDLESS, Expected, NESTED, Tolerant};

#[tokio::test]
async fn a_command_may_bring_what_it_asks_for_and_news_of_others() {
    let read = async |expected: Expected, line: &str, count: usize| {
        let bytes = line.repeat(count);
        let mut tolerant = Tolerant::greeted(bytes.as_bytes());
        tolerant.expect(expected);
        tolerant.read_to_end(&mut Vec::new()).await.is_ok()
    };
    let flags = "* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n";
    for (expected, most) in [
        (Expected::about(100), MOST_NEWS_LINES + 100 * LINES_A_MAIL),
        (Expected::mails(100, 1_000), MOST_NEWS_LINES + 100 * LINES_A_MAIL),
        (Expected::LOG_IN, MOST_LOG_IN_LINES),
    ] {
        assert!(read(expected, flags, most).await, "{expected:?}");
        assert!(!read(expected, flags, most + 1).await, "{expected:?}");
    }
    // The largest UIDs of each mail of a folder of 100,000, and of some that came meanwhile.
    let search = format!("* SEARCH{}\r\n", " 4000000000".repeat(1_000));
    assert!(read(Expected::found(100_000), &search, 105).await);
    assert!(!read(Expected::found(100_000), &search, 115).await);
}

#[tokio::test]
async fn a_command_for_mails_brings_their_labels_and_no_more_text() {
    let read = async |count: usize| {
        let bytes = format!("* 1 FETCH (X-GM-LABELS ({}))\r\n", "a".repeat(995)).repeat(count);
        let mut tolerant = Tolerant::greeted(bytes.as_bytes());
        tolerant.expect(Expected::about(10));
        tolerant.read_to_end(&mut Vec::new()).await.map_err(|error| error.to_string())
    };
    let most = (MOST_NEWS_TEXT + 10 * TEXT_A_MAIL) / 1_024;
    assert!(read(most).await.is_ok());
    assert_eq!(read(most + 1).await.unwrap_err(), ENDLESS);
}

#[tokio::test]
async fn an_answer_nested_without_end_is_refused_and_parentheses_in_quotes_are_none() {
    let read = async |line: String| {
        let mut tolerant = Tolerant::greeted(line.as_bytes());
        tolerant.expect(Expected::about(1));
        tolerant.read_to_end(&mut Vec::new()).await.map_err(|error| error.to_string())
    };
    let structure = |levels: usize| {
        format!("* 1 FETCH (UID 5 BODYSTRUCTURE {}{})\r\n", "(".repeat(levels), ")".repeat(levels))
    };
    let quoted = format!("* LIST () \"/\" \"{}\\\"{0}\"\r\n", "(".repeat(MOST_NESTED));
    // Left out or repaired, as any line that is unusual.
    for line in [structure(3), structure(MOST_NESTED - 1), quoted] {
        assert!(read(line.clone()).await.is_ok(), "{line}");
    }
    for line in
        [structure(MOST_NESTED), structure(20_000), "* 1 FETCH (".to_owned() + &"(".repeat(20_000) + "\r\n"]
    {
        assert_eq!(read(line).await.unwrap_err(), NESTED);
    }
}
