//! The crash points that are compiled in for tests: reads which one is chosen and counts its hits.
//!
//! Reads each variable once, so that a point costs a comparison.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// A chosen point, and how often it was reached.
struct Chosen {
    name: String,
    /// The hit to die at, from 1.
    hit: u64,
    hits: AtomicU64,
}

impl Chosen {
    /// From `name:hit`; none if the text has another form.
    fn parse(text: &str) -> Option<Self> {
        let (name, hit) = text.rsplit_once(':')?;
        Some(Self { name: name.to_owned(), hit: hit.parse().ok()?, hits: AtomicU64::new(0) })
    }

    /// Counts a hit of the point `name`; true if it is the one to die at.
    fn is_hit(&self, name: &str) -> bool {
        self.name == name && self.hits.fetch_add(1, Ordering::Relaxed) + 1 == self.hit
    }
}

/// Aborts the process if a test chose this point and this is the chosen hit.
pub fn point(name: &'static str) {
    static CHOSEN: OnceLock<Option<Chosen>> = OnceLock::new();
    let chosen = CHOSEN.get_or_init(|| Chosen::parse(&std::env::var("CREWBOX_CRASH").ok()?));
    if chosen.as_ref().is_some_and(|chosen| chosen.is_hit(name)) {
        std::process::abort();
    }
}

/// Aborts the process if the subject contains the marker that a test set.
pub fn on_subject(subject: &str) {
    if subject_marker().is_some_and(|marker| subject.contains(marker)) {
        std::process::abort();
    }
}

/// The marker in subjects that a test set.
#[must_use]
pub fn subject_marker() -> Option<&'static str> {
    static MARKER: OnceLock<Option<String>> = OnceLock::new();
    let read = || std::env::var("CREWBOX_CRASH_ON_SUBJECT").ok().filter(|text| !text.is_empty());
    MARKER.get_or_init(read).as_deref()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chosen_hit_of_the_chosen_point_is_hit_once() {
        let Some(chosen) = Chosen::parse("store.prepared:2") else { panic!("not parsed") };
        let hits = ["store.prepared", "store.committed", "store.prepared", "store.prepared"];
        assert_eq!(hits.map(|name| chosen.is_hit(name)), [false, false, true, false]);
    }

    #[test]
    fn a_text_without_a_number_chooses_nothing() {
        for text in ["", "store.prepared", "store.prepared:", "store.prepared:x"] {
            assert!(Chosen::parse(text).is_none(), "{text}");
        }
    }
}
