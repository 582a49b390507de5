//! Mail, end to end as a library: bytes in, everything that is kept out.

mod attachments;
mod bombs;
mod classes;
mod identity;
mod mutations;
mod reading;
mod samples;
mod throughput;

use crewbox_core::message::Mail;
use crewbox_core::time::Timestamp;
use crewbox_mail::{ReadContext, read};

/// 3 February 2025, 12:00 UTC: when the tests' mails are read.
pub(crate) const NOW: Timestamp = Timestamp(1_738_584_000_000);

pub(crate) fn context() -> ReadContext {
    ReadContext { mailbox_email: "us@own.test".into(), received_at: None, now: NOW, direction: None }
}

pub(crate) fn must_read(raw: impl AsRef<[u8]>) -> Mail {
    read(raw.as_ref(), &context()).expect("a mail with bytes can be read")
}
