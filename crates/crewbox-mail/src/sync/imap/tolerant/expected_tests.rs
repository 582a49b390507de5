//! How many lines and UIDs a command may bring.

use tokio::io::AsyncReadExt as _;

use super::expected::{LINES_A_MAIL, MOST_LOG_IN_LINES, MOST_NEWS_LINES};
use super::{Expected, Tolerant};

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
