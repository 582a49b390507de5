//! Named places where a process may be made to die, for tests of what is left behind.
//!
//! Owns nothing in a product: without the feature `crash-points` a point is an empty function. With it, the
//! variable `CREWBOX_CRASH="name:hit"` aborts the process the `hit`th time it comes by the point of that name,
//! at once and without any clean-up, as a power cut would; and `CREWBOX_CRASH_ON_SUBJECT="marker"` whenever a mail
//! is read whose subject holds the marker, as a mail would that no reader survives.

/// The store's own points, in the order a write passes them. Writes that carry no mail pass none of them, so that
/// the first hits are of those that matter.
pub const POINTS: &[&str] =
    &["store.blob-written", "store.blob-placed", "store.prepared", "store.before-commit", "store.committed"];

/// Dies here if the tests say so.
#[cfg(not(feature = "crash-points"))]
#[inline(always)]
pub const fn point(_name: &'static str) {}

/// Dies of a mail whose subject holds the tests' marker.
#[cfg(not(feature = "crash-points"))]
#[inline(always)]
pub const fn at(_subject: &str) {}

/// The marker that a mail is to be died of.
#[cfg(not(feature = "crash-points"))]
#[must_use]
pub const fn marker() -> Option<&'static str> {
    None
}

/// Dies here if the tests say so.
#[cfg(feature = "crash-points")]
pub fn point(name: &'static str) {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    static CHOSEN: OnceLock<Option<(String, u64)>> = OnceLock::new();
    static HITS: AtomicU64 = AtomicU64::new(0);
    let chosen = CHOSEN.get_or_init(|| {
        let text = std::env::var("CREWBOX_CRASH").ok()?;
        let (name, hit) = text.rsplit_once(':')?;
        Some((name.to_owned(), hit.parse().ok()?))
    });
    if let Some((chosen, hit)) = chosen
        && chosen == name
        && HITS.fetch_add(1, Ordering::Relaxed) + 1 == *hit
    {
        std::process::abort();
    }
}

/// Dies of a mail whose subject holds the tests' marker.
#[cfg(feature = "crash-points")]
pub fn at(subject: &str) {
    if marker().is_some_and(|marker| subject.contains(marker)) {
        std::process::abort();
    }
}

/// The marker that a mail is to be died of.
#[cfg(feature = "crash-points")]
#[must_use]
pub fn marker() -> Option<&'static str> {
    use std::sync::OnceLock;

    static MARKER: OnceLock<Option<String>> = OnceLock::new();
    let chosen = || std::env::var("CREWBOX_CRASH_ON_SUBJECT").ok().filter(|text| !text.is_empty());
    MARKER.get_or_init(chosen).as_deref()
}
