//! Named places where a process may be made to die, for tests of what is left behind.
//!
//! Owns nothing in a product: without the feature `crash-points` a point is an empty function. With it, the
//! variable `CREWBOX_CRASH="name:hit"` aborts the process the `hit`th time it comes by the point of that name,
//! at once and without any clean-up, as a power cut would.

/// The store's own points, in the order a write passes them. Writes that carry no mail pass none of them, so that
/// the first hits are of those that matter.
pub const POINTS: &[&str] =
    &["store.blob-written", "store.blob-placed", "store.prepared", "store.before-commit", "store.committed"];

/// Dies here if the tests say so.
#[cfg(not(feature = "crash-points"))]
#[inline(always)]
pub const fn point(_name: &'static str) {}

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
