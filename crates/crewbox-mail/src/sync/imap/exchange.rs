//! One command and all of its answer, to the tagged line that says how it went.
//!
//! Owns the reading to that line: async-imap's own streams of answers end quietly on a NO, a BAD and a connection
//! that broke, and mail would be taken for gone.

use std::borrow::Cow;
use std::time::Duration;

use async_imap::Session;
use async_imap::error::Error;
use async_imap::imap_proto::{AttributeValue, RequestId, Response, Status};
use crewbox_core::time::Timestamp;
use tokio::time::timeout;

use super::failing;
use super::tolerant::Expected;
use super::wire::{Result, Wire, within};
use crate::failure::Failure;
use crate::mime::date;

/// The slowest a server may be with what is large, in bytes a second: a fortieth of a slow home line.
const SLOWEST: u64 = 32 * 1024;
/// A whole command may take so many times the wait for one answer, besides its bytes: searching and listing large
/// folders does take minutes, and a line sent every now and then must not hold a worker for ever.
const WHOLE: u32 = 5;

/// How long a whole command with so many bytes may take, where one answer may take `limit`.
pub(super) fn whole(limit: Duration, bytes: u64) -> Duration {
    limit * WHOLE + Duration::from_secs(bytes / SLOWEST)
}

/// Says a command and hands every untagged answer to `each`.
pub(super) async fn exchange(
    session: &mut Session<Wire>,
    limit: Duration,
    expected: Expected,
    command: &str,
    each: impl FnMut(&Response<'_>),
) -> Result<()> {
    session.get_mut().expect(expected);
    let answered = async {
        let id = within(limit, session.run_command(command)).await?;
        answered(session, limit, &id, each).await
    };
    match timeout(whole(limit, expected.bytes), answered).await {
        Ok(answered) => answered,
        Err(_) => Err(Failure::Lost("the server did not finish its answer in time".to_owned())),
    }
}

/// The answer to a command that has been sent, to its end.
pub(super) async fn answered(
    session: &mut Session<Wire>,
    limit: Duration,
    id: &RequestId,
    mut each: impl FnMut(&Response<'_>),
) -> Result<()> {
    loop {
        let answer = within(limit, async { session.read_response().await.map_err(Error::Io) }).await?;
        let Some(answer) = answer else {
            return Err(Failure::Lost("the server closed the connection".to_owned()));
        };
        match answer.parsed() {
            Response::Done { tag, status, outcome } if tag == id => {
                let text = || format!("code: {:?}, info: {:?}", outcome.code, outcome.information);
                return match status {
                    Status::Ok => Ok(()),
                    Status::No => Err(failing::failure(&Error::No(text()))),
                    _ => Err(failing::failure(&Error::Bad(text()))),
                };
            }
            bye @ Response::Data { status: Status::Bye, .. } => {
                failing::heard(bye)?;
            }
            other => each(other),
        }
    }
}

/// What a FETCH answer says of one mail.
#[derive(Default)]
pub(super) struct Mail<'a> {
    pub(super) uid: Option<u32>,
    pub(super) size: Option<u32>,
    /// Its flags; none where the server says nothing of them.
    pub(super) flags: Option<&'a [Cow<'a, str>]>,
    /// Gmail's labels; those of Gmail itself begin with a backslash.
    pub(super) labels: &'a [Cow<'a, str>],
    pub(super) received_at: Option<Timestamp>,
    pub(super) body: Option<&'a [u8]>,
}

impl<'a> Mail<'a> {
    /// Of an answer; none if it is no FETCH.
    pub(super) fn of(answer: &'a Response<'_>) -> Option<Self> {
        let Response::Fetch(_, values) = answer else { return None };
        let mut mail = Self::default();
        for value in values {
            match value {
                AttributeValue::Uid(uid) => mail.uid = Some(*uid),
                AttributeValue::Rfc822Size(size) => mail.size = Some(*size),
                AttributeValue::Flags(flags) => mail.flags = Some(flags),
                AttributeValue::GmailLabels(labels) => mail.labels = labels,
                AttributeValue::InternalDate(date) => mail.received_at = internal_date(date),
                AttributeValue::BodySection { section: None, data: Some(body), .. }
                | AttributeValue::Rfc822(Some(body)) => mail.body = Some(body.as_ref()),
                _ => {}
            }
        }
        Some(mail)
    }

    /// Whether it has this flag; none where the server says nothing of flags.
    pub(super) fn has_flag(&self, flag: &str) -> Option<bool> {
        Some(self.flags?.iter().any(|one| one.eq_ignore_ascii_case(flag)))
    }

    /// Whether it has this label of Gmail's own, named without its backslash.
    pub(super) fn has_label(&self, label: &str) -> bool {
        // In quotes the backslash is doubled, and the library leaves it so.
        let own = |one: &&Cow<'_, str>| one.starts_with('\\');
        self.labels.iter().filter(own).any(|one| one.trim_start_matches('\\').eq_ignore_ascii_case(label))
    }
}

/// INTERNALDATE is a mail's date with dashes (RFC 3501, section 2.3.3); some servers write it in other ways.
fn internal_date(text: &str) -> Option<Timestamp> {
    date::parse(text).map(Timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_internal_date_is_read_with_its_zone() {
        assert_eq!(internal_date("02-Jun-2025 12:00:00 +0200"), Some(Timestamp(1_748_858_400_000)));
        assert_eq!(internal_date(" 2-Jun-2025 05:00:00 -0500"), Some(Timestamp(1_748_858_400_000)));
        assert_eq!(internal_date("2025-06-02T10:00:00Z"), internal_date("2-Jun-25 10:00:00 GMT"));
        assert_eq!(internal_date("yesterday"), None);
    }
}
