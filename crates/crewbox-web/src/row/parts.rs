//! Pieces that rows of both dialects are made of.

use crewbox_core::conversation::Flags;
use utoipa::openapi::schema::Type;
use utoipa::openapi::{RefOr, Schema};

use crate::object::Put;
use crate::schema::{Components, Describe, plain};

pub(super) fn is_read(flags: Flags) -> bool {
    !flags.has(Flags::UNREAD)
}

/// Hundredths as a plain JSON number: `0`, `12.5`, `12.34`.
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
