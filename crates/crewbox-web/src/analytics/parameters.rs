//! The parameters that calls for figures have in common.

use crewbox_app::analytics::{Days, Selection};
use crewbox_app::zone;
use crewbox_core::id::{CampaignId, ClientId};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};

use crate::declare::query;
use crate::object::Put;
use crate::problem::{Problems, Provided};
use crate::schema::{Components, Describe, text};
use crate::value::{Count, FromZero, Parameter};

/// Clients that a call names at the most, as in the public reference.
pub(super) const MAX_CLIENTS: usize = 50;
/// Campaigns that a call names at the most, as in the public reference.
const MAX_CAMPAIGNS: usize = 100;
/// Rows that a page of campaigns or clients has at the most, and unless asked for fewer.
const MAX_ROWS: u64 = 1_000;

query! {
    /// Which figures.
    pub(crate) struct WhichFigures {
        /// The first day, such as `2025-01-31`.
        start_date: Day,
        /// The last day; it is part of the period.
        end_date: Day,
        /// The time zone in which the days begin and end, by its IANA name; UTC unless given.
        timezone: Option<Zone>,
        /// The same: calls for one campaign have it under this name.
        time_zone: Option<Zone>,
        /// Only these clients: their ids, with commas between.
        client_ids: Option<IdList<ClientId, MAX_CLIENTS>>,
        /// Only these campaigns: their ids, with commas between.
        campaign_ids: Option<IdList<CampaignId, MAX_CAMPAIGNS>>,
        /// Not used: all figures are always given.
        full_data: bool = false,
        /// Not used.
        is_agency: bool = false,
    }
}

query! {
    /// Which rows of figures.
    pub(crate) struct WhichRows {
        /// The first day, such as `2025-01-31`.
        start_date: Day,
        /// The last day; it is part of the period.
        end_date: Day,
        /// The time zone in which the days begin and end, by its IANA name; UTC unless given.
        timezone: Option<Zone>,
        /// The same: calls for one campaign have it under this name.
        time_zone: Option<Zone>,
        /// Only these clients: their ids, with commas between.
        client_ids: Option<IdList<ClientId, MAX_CLIENTS>>,
        /// Only these campaigns: their ids, with commas between.
        campaign_ids: Option<IdList<CampaignId, MAX_CAMPAIGNS>>,
        /// Rows to skip.
        offset: FromZero = Count(0),
        /// Rows to return.
        limit: Count<1, MAX_ROWS> = Count(MAX_ROWS),
        /// Not used: all figures are always given.
        full_data: bool = false,
    }
}

impl WhichFigures {
    pub(super) fn selection(self) -> Selection {
        let Self { start_date, end_date, timezone, time_zone, client_ids, campaign_ids, .. } = self;
        let (_unused, _also_unused) = (self.full_data, self.is_agency);
        Selection {
            days: Days { first: start_date.0, last: end_date.0, zone: zone_of(timezone, time_zone) },
            clients: client_ids.map(|ids| ids.0).unwrap_or_default(),
            campaigns: campaign_ids.map(|ids| ids.0).unwrap_or_default(),
        }
    }
}

impl WhichRows {
    /// The selection, and its page of some rows.
    pub(super) fn page(self) -> (Selection, Page) {
        let Self { start_date, end_date, timezone, time_zone, client_ids, campaign_ids, full_data, .. } =
            self;
        let page = Page { offset: self.offset, limit: self.limit };
        let which = WhichFigures {
            start_date,
            end_date,
            timezone,
            time_zone,
            client_ids,
            campaign_ids,
            full_data,
            is_agency: false,
        };
        (which.selection(), page)
    }
}

/// A page of rows.
pub(super) struct Page {
    offset: FromZero,
    limit: Count<1, MAX_ROWS>,
}

impl Page {
    /// The rows of the page.
    pub(super) fn of<T>(&self, rows: Vec<T>) -> impl Iterator<Item = T> {
        let skipped = usize::try_from(self.offset.0).unwrap_or(usize::MAX);
        rows.into_iter().skip(skipped).take(self.limit.as_u32() as usize)
    }
}

/// The zone that is given under either name; UTC without one.
pub(crate) fn zone_of(timezone: Option<Zone>, time_zone: Option<Zone>) -> TimeZone {
    timezone.or(time_zone).map_or(TimeZone::UTC, |zone| zone.0)
}

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Day(pub(crate) Date);

impl Parameter for Day {
    fn parse(given: &str, name: &str, problems: &mut Problems) -> Option<Self> {
        let given = given.trim();
        // Clients also send a time, of which the day counts.
        let day = given
            .get(.."2025-01-31".len())
            .filter(|_| !given[10..].starts_with(|c: char| c.is_ascii_digit()));
        let read = day.and_then(|day| day.parse().ok()).map(Self);
        if read.is_none() {
            problems.wrong(name, format!("{name} must be a date such as 2025-01-31"), &given);
        }
        read
    }
}

impl Put for Day {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.to_string().put(out);
    }
}

impl Describe for Day {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        let date = ObjectBuilder::new().schema_type(Type::String);
        Schema::Object(date.format(Some(SchemaFormat::KnownFormat(KnownFormat::Date))).build()).into()
    }
}

/// A time zone.
#[derive(Clone, Debug)]
pub(crate) struct Zone(TimeZone);

impl Parameter for Zone {
    fn parse(given: &str, name: &str, problems: &mut Problems) -> Option<Self> {
        let found = zone::find(given.trim()).map(Self);
        if found.is_none() {
            problems.wrong(name, format!("{name} must be a time zone such as Europe/Berlin"), &given);
        }
        found
    }
}

impl Describe for Zone {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        text(None).into()
    }
}

/// Ids with commas between, each once, at most `MOST` of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IdList<T, const MOST: usize>(pub(super) Vec<T>);

impl<T: Parameter + PartialEq, const MOST: usize> Parameter for IdList<T, MOST> {
    fn parse(given: &str, name: &str, problems: &mut Problems) -> Option<Self> {
        let mut ids = Vec::new();
        let mut count = 0;
        for one in given.split(',').map(str::trim).filter(|one| !one.is_empty()) {
            count += 1;
            if count <= MOST {
                let id = T::parse(one, name, problems)?;
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
        }
        if count > MOST {
            let provided = Provided::Count { given: count, most: MOST };
            problems.note(name, format!("{name} array cannot exceed {MOST} items"), provided);
            return None;
        }
        Some(Self(ids))
    }
}

impl<T, const MOST: usize> Describe for IdList<T, MOST> {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        text(None).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems_of<T: Parameter>(text: &str) -> Result<T, String> {
        let mut problems = Problems::default();
        let read = T::parse(text, "field", &mut problems);
        match problems.finish() {
            Ok(()) => Ok(read.unwrap()),
            Err(found) => Err(found[0].text.clone()),
        }
    }

    #[test]
    fn a_day_is_a_date_also_with_a_time() {
        let day = Ok(Day(jiff::civil::date(2025, 1, 31)));
        for text in ["2025-01-31", "2025-01-31T10:00:00Z", " 2025-01-31 "] {
            assert_eq!(problems_of::<Day>(text), day, "{text}");
        }
        for text in ["2025-02-30", "31.01.2025", "2025-1-31", "2025-01-311", "today", "äöüäöü", ""] {
            assert!(problems_of::<Day>(text).is_err(), "{text}");
        }
        assert!(problems_of::<Zone>("Europe/Berlin").is_ok());
        assert!(problems_of::<Zone>("Mars/Olympus").is_err());
    }

    #[test]
    fn ids_count_once_and_no_more_than_the_limit_are_read() {
        let ids = problems_of::<IdList<CampaignId, 3>>("3, 1,3,");
        assert_eq!(ids, Ok(IdList(vec![CampaignId(3), CampaignId(1)])));
        let many = problems_of::<IdList<CampaignId, 3>>("1,2,3,4");
        assert_eq!(many, Err("field array cannot exceed 3 items".to_owned()));
        assert_eq!(problems_of::<IdList<CampaignId, 3>>("1,x"), Err("field must be a number".to_owned()));
    }
}
