//! JSON going out, written straight into bytes, keys in the order given.
//!
//! Owns escaping, and the text forms of times. Never builds a tree.

use std::borrow::Cow;

use crewbox_core::model::Dialect;
use crewbox_core::time::{SECOND_MS, Timestamp};

/// Something that can stand as a JSON value.
pub(crate) trait Put {
    /// Appends it.
    fn put(&self, out: &mut Vec<u8>);
}

/// An object under construction.
pub(crate) struct Obj(Vec<u8>);

impl Obj {
    pub(crate) fn new() -> Self {
        Self(vec![b'{'])
    }

    /// An object that goes on after what `bytes` have of it: its brace and one key at the least.
    pub(crate) const fn resumed(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Adds a key; the caller adds each once.
    pub(crate) fn with(mut self, key: &str, value: impl Put) -> Self {
        self.add(key, value);
        self
    }

    pub(crate) fn add(&mut self, key: &str, value: impl Put) {
        self.begin(key);
        value.put(&mut self.0);
    }

    /// Adds a key by its declared name. Such a name has nothing to escape, and rows have many of them.
    pub(crate) fn add_declared(&mut self, name: &'static str, value: impl Put) {
        debug_assert!(!name.bytes().any(needs_escape), "{name} cannot be declared");
        if self.0.len() > 1 {
            self.0.push(b',');
        }
        self.0.push(b'"');
        self.0.extend_from_slice(name.as_bytes());
        self.0.extend_from_slice(b"\":");
        value.put(&mut self.0);
    }

    /// Adds a key whose value the caller appends to the bytes before the object is [resumed](Obj::resumed): one that is
    /// too long to be written elsewhere first.
    pub(crate) fn open(mut self, key: &str) -> Vec<u8> {
        self.begin(key);
        self.0
    }

    fn begin(&mut self, key: &str) {
        if self.0.len() > 1 {
            self.0.push(b',');
        }
        string(&mut self.0, key);
        self.0.push(b':');
    }

    /// Its bytes up to here without the closing brace: what a fragment is cut at.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Its bytes without the closing brace.
    pub(crate) fn open_end(self) -> Vec<u8> {
        self.0
    }

    pub(crate) fn done(mut self) -> Vec<u8> {
        self.0.push(b'}');
        self.0
    }
}

impl Put for Obj {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
        out.push(b'}');
    }
}

/// JSON that is written already.
pub(crate) struct Raw<'a>(pub(crate) &'a [u8]);

impl Put for Raw<'_> {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.0);
    }
}

/// An instant in a dialect's form: whole seconds in `documented`, milliseconds in `live`.
#[derive(Clone, Copy)]
pub(crate) struct At(pub(crate) Timestamp, pub(crate) Dialect);

impl Put for At {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(b'"');
        iso(out, self.0, self.1 == Dialect::Live);
        out.push(b'"');
    }
}

/// Nothing.
pub(crate) struct Null;

impl Put for Null {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"null");
    }
}

impl Put for str {
    fn put(&self, out: &mut Vec<u8>) {
        string(out, self);
    }
}

impl Put for String {
    fn put(&self, out: &mut Vec<u8>) {
        string(out, self);
    }
}

impl Put for Cow<'_, str> {
    fn put(&self, out: &mut Vec<u8>) {
        string(out, self);
    }
}

impl Put for bool {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(if *self { b"true" } else { b"false" });
    }
}

impl Put for u64 {
    fn put(&self, out: &mut Vec<u8>) {
        let mut digits = [0_u8; 20];
        let mut at = digits.len();
        let mut rest = *self;
        loop {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        out.extend_from_slice(&digits[at..]);
    }
}

impl Put for u32 {
    fn put(&self, out: &mut Vec<u8>) {
        u64::from(*self).put(out);
    }
}

impl Put for usize {
    fn put(&self, out: &mut Vec<u8>) {
        (*self as u64).put(out);
    }
}

impl Put for i64 {
    fn put(&self, out: &mut Vec<u8>) {
        if *self < 0 {
            out.push(b'-');
        }
        self.unsigned_abs().put(out);
    }
}

impl<T: Put + ?Sized> Put for &T {
    fn put(&self, out: &mut Vec<u8>) {
        (**self).put(out);
    }
}

impl<T: Put> Put for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Some(value) => value.put(out),
            None => Null.put(out),
        }
    }
}

impl<T: Put> Put for [T] {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(b'[');
        for (place, value) in self.iter().enumerate() {
            if place > 0 {
                out.push(b',');
            }
            value.put(out);
        }
        out.push(b']');
    }
}

impl<T: Put> Put for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.as_slice().put(out);
    }
}

macro_rules! ids {
    ($($id:ident)*) => {$(
        impl Put for crewbox_core::id::$id {
            fn put(&self, out: &mut Vec<u8>) {
                self.get().put(out);
            }
        }
    )*};
}

ids! { KeyId AccountId MemberId ClientId CampaignId LeadId MailboxId ConversationId MessageId CategoryId TagId QuarantineId OutgoingId RuleId SavedViewId WebhookId DeliveryId }

/// An id as a string holding an integer.
pub(crate) struct Quoted(pub(crate) u64);

impl Put for Quoted {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(b'"');
        self.0.put(out);
        out.push(b'"');
    }
}

const fn needs_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// The length of a text as a string of JSON, with its quotation marks.
pub(crate) fn string_length(text: &str) -> usize {
    let length = |byte: u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' => 2,
        0..0x20 => 6,
        _ => 1,
    };
    text.bytes().map(length).sum::<usize>() + 2
}

/// Appends a string with JSON's escapes (RFC 8259, section 7).
fn string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut plain = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if !needs_escape(*byte) {
            continue;
        }
        out.extend_from_slice(&bytes[plain..at]);
        plain = at + 1;
        match *byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            control => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                out.extend_from_slice(b"\\u00");
                out.push(HEX[usize::from(control >> 4)]);
                out.push(HEX[usize::from(control & 15)]);
            }
        }
    }
    out.extend_from_slice(&bytes[plain..]);
    out.push(b'"');
}

/// Appends `YYYY-MM-DDTHH:MM:SS[.mmm]Z`; a time outside the years 0 to 9999 is shown as the nearest inside.
pub(crate) fn iso(out: &mut Vec<u8>, at: Timestamp, millis: bool) {
    const YEAR_0: i64 = -62_167_219_200_000;
    const YEAR_9999_END: i64 = 253_402_300_799_999;
    let at = at.millis().clamp(YEAR_0, YEAR_9999_END);
    let seconds = at.div_euclid(SECOND_MS);
    let (year, month, day) = date(seconds.div_euclid(86_400));
    let of_day = seconds.rem_euclid(86_400);
    digits(out, year, 4);
    out.push(b'-');
    digits(out, month, 2);
    out.push(b'-');
    digits(out, day, 2);
    out.push(b'T');
    digits(out, of_day / 3_600, 2);
    out.push(b':');
    digits(out, of_day / 60 % 60, 2);
    out.push(b':');
    digits(out, of_day % 60, 2);
    if millis {
        out.push(b'.');
        digits(out, at.rem_euclid(SECOND_MS), 3);
    }
    out.push(b'Z');
}

/// Year, month, day of a day counted from 1970-01-01, in the proleptic Gregorian calendar: years begin in
/// March here, so that a leap day is the last of its year.
const fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

fn digits(out: &mut Vec<u8>, value: i64, count: u32) {
    for place in (0..count).rev() {
        out.push(b'0' + (value / 10_i64.pow(place) % 10) as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: impl Put) -> String {
        let mut out = Vec::new();
        value.put(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_string_reads_back_as_it_was() {
        let all: String = (0_u32..0x3000).filter_map(char::from_u32).chain("🦀\u{10ffff}".chars()).collect();
        assert_eq!(serde_json::from_str::<String>(&text(all.as_str())).unwrap(), all);
        assert_eq!(string_length(&all), text(all.as_str()).len());
    }

    #[test]
    fn keys_keep_their_order() {
        let inner = Obj::new().with("z", vec![1_u64, 2]).with("a", None::<u64>);
        assert_eq!(
            text(Obj::new().with("b", inner).with("n", -5_i64)),
            r#"{"b":{"z":[1,2],"a":null},"n":-5}"#
        );
    }

    #[test]
    fn times_are_those_of_the_calendar() {
        for second in [0, 951_782_400, 951_868_799, 1_709_164_800, 4_107_542_399, -1, -2_208_988_800] {
            let known = jiff::Timestamp::from_second(second).unwrap().to_string();
            assert_eq!(text(At(Timestamp(second * 1_000), Dialect::Documented)), format!("\"{known}\""));
        }
        assert_eq!(text(At(Timestamp(-1), Dialect::Live)), "\"1969-12-31T23:59:59.999Z\"");
        assert_eq!(text(At(Timestamp::MAX, Dialect::Documented)), "\"9999-12-31T23:59:59Z\"");
    }
}
