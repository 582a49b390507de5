//! A file of Apple Mail: the mail's length on the first line, the mail, and a property list with its flags.

use crewbox_core::time::Timestamp;
use crewbox_mail::{Marks, NotMail};

use super::file::Noted;

/// Bits of `flags`.
const READ: u64 = 1;
const DELETED: u64 = 1 << 1;
const DRAFT: u64 = 1 << 6;

/// Takes the mail out of the file's bytes, and gives what the property list says of it. A file whose first line is no
/// length stays as it is.
pub(super) fn unwrap(raw: &mut Vec<u8>) -> Noted {
    let Some(line_end) = raw.iter().position(|byte| *byte == b'\n') else { return Noted::default() };
    let length =
        std::str::from_utf8(&raw[..line_end]).ok().and_then(|line| line.trim().parse::<usize>().ok());
    let Some(length) = length else { return Noted::default() };
    raw.drain(..=line_end);
    let list = if length < raw.len() { raw.split_off(length) } else { Vec::new() };
    let list = String::from_utf8_lossy(&list);
    let flags = number(&list, "flags");
    let marks = flags.map_or_else(Marks::default, |flags| Marks {
        not_mail: match () {
            () if flags & DRAFT != 0 => Some(NotMail::Draft),
            () if flags & DELETED != 0 => Some(NotMail::Deleted),
            () => None,
        },
        direction: None,
        seen: Some(flags & READ != 0),
    });
    let received = number(&list, "date-received").and_then(|seconds| i64::try_from(seconds).ok());
    Noted { marks, at: received.map(|seconds| Timestamp(seconds.saturating_mul(1_000))) }
}

/// The number that a property list gives for a key.
fn number(list: &str, key: &str) -> Option<u64> {
    let (_, rest) = list.split_once(&format!("<key>{key}</key>"))?;
    let rest = rest.trim_start();
    let value = rest.strip_prefix("<integer>").or_else(|| rest.strip_prefix("<real>"))?;
    let digits: String = value.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}
