//! The values that only a list's body has.

use crewbox_app::conversation::{MAX_SEARCH, SearchText, TimeRange};
use crewbox_core::view::Sort;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayBuilder, Schema};

use crate::problem::{Problems, Provided, provided};
use crate::schema::{self, Components, Describe};
use crate::value::{Named as _, Value, read_text, wire_names};
use crate::wire::{Bound, Json, Place, read_time};

wire_names!(Sort {
    ReplyTimeDesc = "REPLY_TIME_DESC",
    SentTimeDesc = "SENT_TIME_DESC",
    ScheduledTimeAsc = "SCHEDULED_TIME_ASC",
    ScheduledTimeDesc = "SCHEDULED_TIME_DESC",
    ReminderTimeAsc = "REMINDER_TIME_ASC",
    ReminderTimeDesc = "REMINDER_TIME_DESC",
});

/// An order as it came: whether the list has it, only the list knows.
#[derive(Debug)]
pub(crate) struct ChosenSort {
    /// None where no list has it.
    sort: Option<Sort>,
    /// The path of the value.
    field: String,
    given: Provided,
}

impl ChosenSort {
    /// The order, if it is one of these; noted where it is none.
    pub(crate) fn among(self, sorts: &[Sort], problems: &mut Problems) -> Option<Sort> {
        let chosen = self.sort.filter(|sort| sorts.contains(sort));
        if chosen.is_none() {
            let names: Vec<&str> = sorts.iter().map(Sort::wire_name).collect();
            let text = format!("{} must be one of: {}", self.field, names.join(", "));
            problems.note(&self.field, text, self.given);
        }
        chosen
    }
}

impl Value for ChosenSort {
    fn read(value: &Json<'_>, place: Place<'_>, _: &mut Problems) -> Option<Self> {
        let named = |text: &str| Sort::ALL.into_iter().find(|sort| sort.wire_name() == text);
        let sort = if let Json::Text(text) = value { named(text) } else { None };
        Some(Self { sort, field: place.path(), given: provided(value) })
    }
}

impl Describe for ChosenSort {
    fn schema(components: &mut Components) -> RefOr<Schema> {
        Sort::schema(components)
    }
}

/// What to search for; one that is blank is as if absent.
#[derive(Debug)]
pub(crate) struct SearchFor(pub(super) SearchText);

impl Value for SearchFor {
    fn read(value: &Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self> {
        let text = read_text(value, usize::MAX, place, problems)?;
        if text.trim().is_empty() {
            return None;
        }
        let parsed = SearchText::parse(&text).map_err(|wrong| place.wrong(&wrong, value, problems));
        parsed.ok().map(Self)
    }
}

impl Describe for SearchFor {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        schema::text(Some(MAX_SEARCH)).into()
    }
}

/// Two times in order, both included.
#[derive(Debug)]
pub(crate) struct Between(pub(super) TimeRange);

impl Value for Between {
    fn read(value: &Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self> {
        let range = match value {
            Json::Array(ends) => match ends.iter().take(3).collect::<Vec<_>>().as_slice() {
                [Json::Text(start), Json::Text(end)] => range(start, end),
                [_, _] => Err(NO_TIMES),
                _ => Err("must contain exactly 2 dates"),
            },
            _ => Err("must be an array of two times"),
        };
        range.map_err(|wrong| place.wrong(wrong, value, problems)).ok().map(Self)
    }
}

const NO_TIMES: &str = "must hold ISO 8601 times";

fn range(start: &str, end: &str) -> Result<TimeRange, &'static str> {
    let ends = read_time(start, Bound::Start).zip(read_time(end, Bound::End));
    let (start, end) = ends.ok_or(NO_TIMES)?;
    TimeRange::new(start, end)
}

impl Describe for Between {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        let times = ArrayBuilder::new().items(RefOr::T(schema::time())).min_items(Some(2)).max_items(Some(2));
        Schema::Array(times.build()).into()
    }
}
