//! The machine's clock, for tests beside real servers: mails come in by it.

use std::time::UNIX_EPOCH;

use crewbox_core::time::Timestamp;

/// The time, as the servers have it.
#[expect(clippy::disallowed_methods, reason = "the servers read no other clock")]
pub fn servers_time() -> Timestamp {
    let now = std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    Timestamp(i64::try_from(now).unwrap())
}
