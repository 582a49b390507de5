//! What a calendar says (RFC 5546). An answer to our invitation is the calendar's; an invitation or another time is a
//! person's, who books a meeting.

use super::{Letter, head};
use crate::budget::MAX_CLASSIFIED_BYTES;

/// What kind of calendar mail it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    /// An answer to an invitation.
    Reply,
    /// An invitation, a counter-proposal, a cancellation.
    Other,
}

/// The method of the calendar part, if the mail has one: in the type's parameter or in the calendar itself.
pub(super) fn method(letter: &Letter<'_>) -> Option<Method> {
    letter.parts("text/calendar").find_map(|part| {
        let declared = part.parameter("method").map(str::to_ascii_uppercase);
        let method = declared.or_else(|| {
            let (text, _) = part.text();
            head(&text, MAX_CLASSIFIED_BYTES)
                .lines()
                .find_map(|line| line.trim().to_ascii_uppercase().strip_prefix("METHOD:").map(str::to_owned))
        })?;
        Some(if method.trim() == "REPLY" { Method::Reply } else { Method::Other })
    })
}
