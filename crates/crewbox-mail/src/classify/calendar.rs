//! What a calendar says (RFC 5546). An answer to our invitation is the calendar's; an invitation or another time is a
//! person's, who books a meeting.

use super::letter::Letter;
use super::normal::{QUESTION_MARKS, head, normal};
use crate::budget::MAX_CLASSIFIED_BYTES;
use crate::fold;

/// Most lines with a question mark that are looked for in the calendar.
const MAX_QUESTIONS: usize = 20;

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

/// Whether somebody wrote a question beside an answer to an invitation. The words of the calendar itself, such as the
/// title of the meeting, ask nothing.
pub(super) fn asks(letter: &Letter<'_>) -> bool {
    let mut known = normal(letter.subject);
    for part in letter.parts("text/calendar") {
        let (text, _) = part.text();
        let unfolded = head(&text, MAX_CLASSIFIED_BYTES).replace("\r\n ", "").replace("\n ", "");
        let comment = |line: &&str| line.get(..7).is_some_and(|name| name.eq_ignore_ascii_case("comment"));
        if unfolded.lines().filter(comment).any(|line| line.contains(QUESTION_MARKS)) {
            return true;
        }
        known.push('\n');
        known.push_str(&normal(&unfolded.replace("\\n", "\n").replace('\\', "")));
    }
    let written = fold::written(head(letter.text, MAX_CLASSIFIED_BYTES), letter.folds);
    written
        .lines()
        .filter(|line| line.contains(QUESTION_MARKS) && !line.contains("://"))
        .take(MAX_QUESTIONS)
        .any(|line| {
            let line = normal(line);
            // "When: …", "Title: …": the value is the calendar's.
            let value = line.split_once(": ").map_or(line.as_str(), |(_, value)| value);
            !known.contains(value.trim())
        })
}
