//! What an invitation says, as text: title, time, place and description of the first event in iCalendar (RFC 5545).
//! Reads no recurrence and no time zones: times are shown as they are written, with the name of their zone.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Most of a calendar that is looked at, bytes: the first event is at the top, after its time zone.
const MAX_BYTES: usize = 128 * 1024;

/// The event in words; none if it says nothing.
pub(crate) fn in_words(calendar: &str) -> Option<String> {
    let mut end = calendar.len().min(MAX_BYTES);
    while !calendar.is_char_boundary(end) {
        end -= 1;
    }
    let event = Event::read(&calendar[..end]);
    let mut text = String::new();
    let title = event.summary.as_deref().unwrap_or("Invitation");
    let _ = match event.state() {
        Some(state) => writeln!(text, "{state}: {title}"),
        None => writeln!(text, "{title}"),
    };
    if let Some(start) = &event.start {
        let _ = writeln!(text, "When: {}", when(start, event.end.as_ref()));
    }
    for (label, value) in [("Where", &event.location), ("Organizer", &event.organizer)] {
        if let Some(value) = value {
            let _ = writeln!(text, "{label}: {value}");
        }
    }
    if let Some(description) = &event.description {
        let _ = write!(text, "\n{description}\n");
    }
    let says_something = event.summary.is_some() || event.description.is_some() || event.start.is_some();
    says_something.then_some(text)
}

/// A time as it is written, and its zone.
struct Time {
    digits: String,
    zone: Option<String>,
}

#[derive(Default)]
struct Event {
    method: Option<String>,
    answer: Option<String>,
    summary: Option<String>,
    description: Option<String>,
    location: Option<String>,
    organizer: Option<String>,
    start: Option<Time>,
    end: Option<Time>,
}

impl Event {
    fn read(calendar: &str) -> Self {
        let mut event = Self::default();
        // The components open around a line: alarms and time zones have fields of the same names.
        let mut open: Vec<String> = Vec::new();
        for line in unfolded(calendar) {
            let Some((head, value)) = split(&line) else { continue };
            let mut parameters = head.split(';');
            let name = parameters.next().unwrap_or_default().trim().to_ascii_uppercase();
            match name.as_str() {
                "BEGIN" => open.push(value.trim().to_ascii_uppercase()),
                "END" => {
                    let closed = open.pop();
                    if matches!(closed.as_deref(), Some("VEVENT" | "VTODO")) {
                        break;
                    }
                }
                "METHOD" => event.method = Some(value.trim().to_ascii_uppercase()),
                _ if matches!(open.last().map(String::as_str), Some("VEVENT" | "VTODO")) => {
                    event.field(&name, parameters, value);
                }
                _ => {}
            }
        }
        event
    }

    fn field<'a>(&mut self, name: &str, mut parameters: impl Iterator<Item = &'a str>, value: &str) {
        let mut parameter = |wanted: &str| {
            parameters.find_map(|parameter| {
                let (name, value) = parameter.split_once('=')?;
                name.trim().eq_ignore_ascii_case(wanted).then(|| value.trim().trim_matches('"').to_owned())
            })
        };
        let text = || Some(unescaped(value)).filter(|text| !text.is_empty());
        match name {
            "SUMMARY" => self.summary = text(),
            "DESCRIPTION" => self.description = text(),
            "LOCATION" => self.location = text(),
            "DTSTART" => self.start = Some(Time { digits: value.trim().to_owned(), zone: parameter("TZID") }),
            "DTEND" | "DUE" => {
                self.end = Some(Time { digits: value.trim().to_owned(), zone: parameter("TZID") })
            }
            "ORGANIZER" => {
                let address = value.trim();
                let address =
                    address.get(7..).filter(|_| address.to_ascii_lowercase().starts_with("mailto:"));
                self.organizer = parameter("CN").or_else(|| address.map(str::to_owned));
            }
            "ATTENDEE" => self.answer = self.answer.take().or_else(|| parameter("PARTSTAT")),
            _ => {}
        }
    }

    /// What an answer or a cancellation says of the event.
    fn state(&self) -> Option<&'static str> {
        match (self.method.as_deref()?, self.answer.as_deref().map(str::to_ascii_uppercase).as_deref()) {
            ("CANCEL", _) => Some("Cancelled"),
            ("COUNTER", _) => Some("New time proposed"),
            ("REPLY", Some("ACCEPTED")) => Some("Accepted"),
            ("REPLY", Some("DECLINED")) => Some("Declined"),
            ("REPLY", Some("TENTATIVE")) => Some("Accepted tentatively"),
            _ => None,
        }
    }
}

/// The lines of a calendar, those that were folded as one. Gives each as soon as it is whole.
fn unfolded(calendar: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let mut lines = calendar.lines().peekable();
    std::iter::from_fn(move || {
        let mut line = Cow::Borrowed(lines.next()?);
        while let Some(more) = lines.next_if(|next| next.starts_with([' ', '\t'])) {
            line.to_mut().push_str(&more[1..]);
        }
        Some(line)
    })
}

/// Name with parameters, and value: the colon between them is outside quotes.
fn split(line: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let colon = line.bytes().position(|byte| {
        quoted ^= byte == b'"';
        byte == b':' && !quoted
    })?;
    Some((&line[..colon], &line[colon + 1..]))
}

fn unescaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some('n' | 'N') => out.push('\n'),
                Some(other) => out.push(other),
                None => {}
            },
            letter => out.push(letter),
        }
    }
    out.trim().to_owned()
}

/// `2026-11-10 10:00 to 10:30 UTC`.
fn when(start: &Time, end: Option<&Time>) -> String {
    let Some((day, clock)) = start.parts() else { return start.digits.clone() };
    let mut text = day.clone();
    if let Some(clock) = &clock {
        let _ = write!(text, " {clock}");
    }
    // The end of a whole day is the day after it.
    if let Some((last_day, Some(last_clock))) = end.and_then(Time::parts) {
        let last = if last_day == day { last_clock } else { format!("{last_day} {last_clock}") };
        let _ = write!(text, " to {last}");
    }
    match &start.zone {
        _ if start.digits.ends_with(['Z', 'z']) => text.push_str(" UTC"),
        Some(zone) if clock.is_some() => {
            let _ = write!(text, " ({zone})");
        }
        _ => {}
    }
    text
}

impl Time {
    /// The day and the time of day of `20261110T100000Z`.
    fn parts(&self) -> Option<(String, Option<String>)> {
        let digits = self.digits.as_str();
        if !digits.is_ascii() || digits.len() < 8 {
            return None;
        }
        let day = format!("{}-{}-{}", &digits[..4], &digits[4..6], &digits[6..8]);
        let clock = digits.get(9..13).map(|clock| format!("{}:{}", &clock[..2], &clock[2..]));
        Some((day, clock))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_is_told_in_words() {
        let calendar = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nBEGIN:STANDARD\r\n\
             DTSTART:16010101T030000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\n\
             DTSTART;TZID=\"Europe/Berlin\":20261110T100000\r\nDTEND;TZID=Europe/Berlin:20261110T103000\r\n\
             SUMMARY;LANGUAGE=de:Gespräch über\r\n  Preise\\, kurz\r\nLOCATION:Raum 5\r\n\
             ORGANIZER;CN=\"Lea: Lind\":mailto:lea@a.test\r\n\
             BEGIN:VALARM\r\nDESCRIPTION:Reminder\r\nEND:VALARM\r\nDESCRIPTION:Bitte anrufen.\\nDanke\r\n\
             END:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:second\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        assert_eq!(
            in_words(calendar).unwrap(),
            "Gespräch über Preise, kurz\nWhen: 2026-11-10 10:00 to 10:30 (Europe/Berlin)\nWhere: Raum 5\n\
             Organizer: Lea: Lind\n\nBitte anrufen.\nDanke\n"
        );
    }

    #[test]
    fn answers_days_and_nothing() {
        for (lines, wanted) in [
            (
                "METHOD:REPLY\nBEGIN:VEVENT\nATTENDEE;PARTSTAT=DECLINED;CN=x:mailto:a@b.test\nSUMMARY:Call\nEND:VEVENT",
                Some("Declined: Call\n"),
            ),
            (
                "METHOD:CANCEL\nBEGIN:VEVENT\nSUMMARY:Call\nDTSTART:20261110T100000Z\nDTEND:20261111T090000Z",
                Some("Cancelled: Call\nWhen: 2026-11-10 10:00 to 2026-11-11 09:00 UTC\n"),
            ),
            (
                "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20261110\nDTEND;VALUE=DATE:20261111",
                Some("Invitation\nWhen: 2026-11-10\n"),
            ),
            ("BEGIN:VEVENT\nDTSTART:soon\u{e9}", Some("Invitation\nWhen: soon\u{e9}\n")),
            ("BEGIN:VEVENT\nUID:1\nEND:VEVENT", None),
            ("", None),
        ] {
            assert_eq!(in_words(lines).as_deref(), wanted, "{lines}");
        }
    }
}
