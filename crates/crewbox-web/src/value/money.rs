//! Amounts of money: plain numbers outside, hundredths inside.

use utoipa::openapi::schema::Type;
use utoipa::openapi::{RefOr, Schema};

use super::read::Value;
use crate::object::Put;
use crate::problem::Problems;
use crate::schema::{Components, Describe, plain};
use crate::wire::{Json, MAX_NUMBER, Place};

/// Hundredths as a plain JSON number: `0`, `12.5`, `12.34`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Money(pub(crate) i64);

impl Put for Money {
    fn put(&self, out: &mut Vec<u8>) {
        if self.0 < 0 {
            out.push(b'-');
        }
        let cents = self.0.unsigned_abs();
        (cents / 100).put(out);
        let (tenths, rest) = (cents / 10 % 10, cents % 10);
        if !cents.is_multiple_of(100) {
            out.push(b'.');
            tenths.put(out);
            if rest > 0 {
                rest.put(out);
            }
        }
    }
}

impl Describe for Money {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        plain(Type::Number).into()
    }
}

impl Value for Money {
    /// A number, or a text that is one, to the nearest hundredth.
    fn read(value: &Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self> {
        let number = match value {
            Json::Int(number) => Some(*number as f64),
            Json::Float(number) => Some(*number),
            Json::Text(text) => text.trim().parse().ok(),
            _ => None,
        };
        // Hundredths are exact up to here.
        let most = (MAX_NUMBER / 100) as f64;
        match number.filter(|number| number.is_finite()) {
            None => place.wrong("must be a number", value, problems),
            Some(number) if number.abs() > most => {
                place.wrong(&format!("cannot exceed {most}"), value, problems);
            }
            Some(number) => return Some(Self((number * 100.0).round() as i64)),
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_to_the_nearest_hundredth_and_written_without_needless_digits() {
        for (text, written) in [
            ("0", Some("0")),
            ("12.5", Some("12.5")),
            ("\"1200.349\"", Some("1200.35")),
            ("0.1", Some("0.1")),
            ("1e3", Some("1000")),
            ("-1", Some("-1")),
            ("90071992547409", Some("90071992547409")),
            ("90071992547410", None),
            ("\"inf\"", None),
            ("true", None),
            ("\"\"", None),
        ] {
            let body = format!("{{\"revenue\": {text}}}");
            let json = Json::read(body.as_bytes()).unwrap();
            let Json::Object(entries) = &json else { panic!() };
            let (_, value) = entries.iter().next().unwrap();
            let mut problems = Problems::default();
            let place = Place { prefix: "", key: "revenue", secret: false };
            let read = Money::read(&value.read(), place, &mut problems);
            let mut out = Vec::new();
            read.inspect(|money| money.put(&mut out));
            assert_eq!(String::from_utf8(out).unwrap(), written.unwrap_or_default(), "{text}");
            assert_eq!(problems.is_empty(), written.is_some(), "{text}");
        }
    }
}
