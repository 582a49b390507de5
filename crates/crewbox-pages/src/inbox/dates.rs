//! The filter by the time of the latest reply: days in words or from one date to another, on the member's calendar.
//!
//! Owns how days become a stretch of time and back. The address and saved views have the stretch itself, so that a list is
//! the same for members in other time zones.

use crewbox_app::{FieldError, Refusal};
use crewbox_core::list_filter::TimeRange;
use crewbox_core::time::Timestamp;
use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};

use super::kept::Kept;
use super::place::Place;
use crate::form::Form;
use crate::time_text::Local;

/// The verb by which a refused form is shown again.
pub(super) const VERB: &str = "dates";
/// The start of a filter without a first day.
const FIRST: Timestamp = Timestamp(0);
/// The end of a filter without a last day: the end of the year 9999.
const LAST: Timestamp = Timestamp(253_402_300_799_999);

/// Days that the filter offers in words.
const WORDS: [&str; 7] =
    ["today", "yesterday", "this week", "last 7 days", "last 30 days", "this month", "last month"];

/// The days of the filter; none for an open end.
type Days = (Option<Date>, Option<Date>);

/// The filter as a menu: days in words, each with the address that has them set, and a form for dates.
pub(super) struct DatesMenu {
    pub(super) choices: Vec<(String, String)>,
    /// Where the form leads.
    pub(super) action: String,
    /// What else narrows the list.
    pub(super) hidden: Vec<(String, String)>,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) from_error: Option<String>,
    pub(super) to_error: Option<String>,
}

impl DatesMenu {
    pub(super) fn of(place: &Place, local: &Local, kept: Option<&Kept>) -> Self {
        let today = local.now().date();
        let set = place.more.reply_between;
        let choice = |words: &str| {
            let range = range(in_words(words, today)?, local)?;
            (Some(range) != set).then(|| (capitalised(words), with(place, Some(range)).path()))
        };
        let whole = with(place, None);
        let typed = kept.filter(|kept| kept.verb == VERB);
        let error = |field: &str| {
            let wrong = typed?.errors.iter().find(|error| error.field == field)?;
            Some(wrong.sentence("This"))
        };
        let held = set.and_then(|range| days(range, local)).unwrap_or_default();
        let value = |field: &str, held: Option<Date>| {
            let typed = typed.map(|kept| kept.form.get(field).to_owned());
            typed.unwrap_or_else(|| held.map(|date| date.to_string()).unwrap_or_default())
        };
        Self {
            choices: WORDS.into_iter().filter_map(choice).collect(),
            action: format!("/inbox/{}/dates", place.view.path),
            hidden: form_urlencoded::parse(whole.query().as_bytes()).into_owned().collect(),
            from: value("from", held.0),
            to: value("to", held.1),
            from_error: error("from"),
            to_error: error("to"),
        }
    }

    /// Whether something in the form was refused.
    pub(super) fn is_refused(&self) -> bool {
        self.from_error.is_some() || self.to_error.is_some()
    }
}

/// The stretch of time between the dates of a form; none where it has none.
pub(super) fn typed(form: &Form, local: &Local) -> Result<Option<TimeRange>, Refusal> {
    let mut errors = Vec::new();
    let mut date = |field: &str| match form.get(field).trim() {
        "" => None,
        text => {
            let date = text.parse::<Date>().ok().filter(|date| (1970..=9999).contains(&date.year()));
            if date.is_none() {
                errors.push(FieldError::of(field, "must be a date such as 2026-11-30"));
            }
            date
        }
    };
    let days = (date("from"), date("to"));
    if days.0.zip(days.1).is_some_and(|(from, to)| from > to) {
        errors.push(FieldError::of("to", "must not be before the first date"));
    }
    if !errors.is_empty() {
        return Err(Refusal::Invalid(errors));
    }
    Ok(if days == (None, None) { None } else { range(days, local) })
}

/// The first page of the list with this stretch of time, or with none.
pub(super) fn with(place: &Place, range: Option<TimeRange>) -> Place {
    let mut with = place.at_page(1);
    with.more.reply_between = range;
    with
}

/// The days that words name.
fn in_words(words: &str, today: Date) -> Option<Days> {
    let before = |days: i32| today.checked_sub(days.days()).ok();
    let (from, to) = match words {
        "today" => (today, today),
        "yesterday" => (before(1)?, before(1)?),
        "this week" => (before(today.weekday().since(Weekday::Monday).into())?, today),
        "last 7 days" => (before(6)?, today),
        "last 30 days" => (before(29)?, today),
        "this month" => (today.first_of_month(), today),
        "last month" => {
            let last = today.first_of_month().yesterday().ok()?;
            (last.first_of_month(), last)
        }
        _ => return None,
    };
    Some((Some(from), Some(to)))
}

/// From the start of the first day to the end of the last one, where the member is.
fn range((from, to): Days, local: &Local) -> Option<TimeRange> {
    let start = match from {
        Some(date) => local.start_of(date)?,
        None => FIRST,
    };
    let end = match to {
        Some(date) => match date.tomorrow().ok().and_then(|next| local.start_of(next)) {
            Some(next) => Timestamp(next.millis().saturating_sub(1)),
            None => LAST,
        },
        None => LAST,
    };
    TimeRange::new(start, end).ok()
}

/// The days of a stretch that begins and ends with a day; none for any other.
fn days(found: TimeRange, local: &Local) -> Option<Days> {
    let (start, end) = found.ends();
    let date = |at: Timestamp| local.at(at).date();
    let days = ((start > FIRST).then(|| date(start)), (end < LAST).then(|| date(end)));
    (range(days, local) == Some(found)).then_some(days)
}

/// A stretch of time for people: "today", "1 Nov – 7 Nov", "since 3 Nov", or with times of day where it has no whole days.
pub(super) fn words(range: TimeRange, local: &Local) -> String {
    let today = local.now().date();
    let Some(days) = days(range, local) else {
        let (start, end) = range.ends();
        return format!("{} – {}", local.day_and_time(start), local.day_and_time(end));
    };
    if let Some(words) = ["today", "yesterday"].into_iter().find(|words| in_words(words, today) == Some(days))
    {
        return words.to_owned();
    }
    let day = |date: Date| local.day(date);
    match days {
        (Some(from), Some(to)) if from == to => day(from),
        (Some(from), Some(to)) => format!("{} – {}", day(from), day(to)),
        (Some(from), None) => format!("since {}", day(from)),
        (None, Some(to)) => format!("until {}", day(to)),
        (None, None) => "at any time".to_owned(),
    }
}

fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crewbox_app::zone;

    /// Sunday, 29 March 2026, 20:30 in Berlin: the day has 23 hours there.
    fn local() -> Local {
        let zone = zone::find("Europe/Berlin").unwrap();
        let now = date(2026, 3, 29).at(20, 30, 0, 0).to_zoned(zone.clone()).unwrap();
        Local { now: Timestamp(now.timestamp().as_millisecond()), zone }
    }

    #[test]
    fn words_name_days_of_the_members_calendar() {
        let local = local();
        let today = local.now().date();
        for (words, from, to) in [
            ("today", date(2026, 3, 29), date(2026, 3, 29)),
            ("yesterday", date(2026, 3, 28), date(2026, 3, 28)),
            ("this week", date(2026, 3, 23), date(2026, 3, 29)),
            ("last 7 days", date(2026, 3, 23), date(2026, 3, 29)),
            ("last 30 days", date(2026, 2, 28), date(2026, 3, 29)),
            ("this month", date(2026, 3, 1), date(2026, 3, 29)),
            ("last month", date(2026, 2, 1), date(2026, 2, 28)),
        ] {
            assert_eq!(in_words(words, today), Some((Some(from), Some(to))), "{words}");
        }
        let monday = date(2026, 3, 23);
        assert_eq!(in_words("this week", monday), Some((Some(monday), Some(monday))));
        let (start, end) = range(in_words("today", today).unwrap(), &local).unwrap().ends();
        assert_eq!(end.millis() + 1 - start.millis(), 23 * 3_600_000);
    }

    #[test]
    fn days_are_shown_as_they_were_chosen_and_other_times_with_the_time_of_day() {
        let local = local();
        let shown = |days| words(range(days, &local).unwrap(), &local);
        let (first, last) = (date(2026, 3, 1), date(2025, 12, 31));
        assert_eq!(shown((Some(first), Some(first))), "1 Mar");
        assert_eq!(shown((Some(last), Some(first))), "31 Dec 2025 – 1 Mar");
        assert_eq!(shown((Some(first), None)), "since 1 Mar");
        assert_eq!(shown((None, Some(last))), "until 31 Dec 2025");
        assert_eq!(shown(in_words("yesterday", local.now().date()).unwrap()), "yesterday");
        let day = range((Some(first), Some(first)), &local).unwrap();
        let abroad = Local { zone: jiff::tz::TimeZone::UTC, ..local };
        assert_eq!(words(day, &abroad), "28 Feb, 23:00 – 1 Mar, 22:59");
    }

    #[test]
    fn a_form_of_dates_names_each_wrong_one() {
        let read = |from: &str, to: &str| {
            let mut form = Form::default();
            form.set("from", from);
            form.set("to", to);
            typed(&form, &local())
        };
        assert_eq!(read("", " ").unwrap(), None);
        let range = read("2026-03-01", "2026-03-29").unwrap().unwrap();
        assert_eq!(words(range, &local()), "1 Mar – 29 Mar");
        for (from, to, wrong) in [
            ("soon", "2026-02-30", &["from", "to"][..]),
            ("2026-03-02", "2026-03-01", &["to"]),
            ("-0001-01-01", "", &["from"]),
        ] {
            let Err(Refusal::Invalid(errors)) = read(from, to) else { panic!("{from} {to}") };
            assert_eq!(errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), wrong);
        }
    }
}
