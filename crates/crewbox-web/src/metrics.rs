//! Counters of requests: by route, status and time taken, as Prometheus text.
//!
//! Owns fixed arrays of atomics, so that counting costs nanoseconds. A label is a route's template, a method or
//! a status, never an id, an address or a key.

use std::fmt::Write as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of the latency histogram, in microseconds: lists take tens of them, imports seconds.
const BOUNDS_US: [u64; 14] =
    [50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 500_000, 1_000_000, 5_000_000];
/// Every status the API answers; the last stands for any other.
const STATUSES: [u16; 17] =
    [200, 202, 304, 400, 401, 403, 404, 405, 408, 409, 413, 422, 429, 500, 502, 503, 0];

/// The counters of all routes, and last those of paths that are none.
#[derive(Debug, Default)]
pub(crate) struct Metrics(OnceLock<Vec<(String, Counters)>>);

#[derive(Debug, Default)]
struct Counters {
    statuses: [AtomicU64; STATUSES.len()],
    times: [AtomicU64; BOUNDS_US.len() + 1],
    total_us: AtomicU64,
}

impl Metrics {
    /// Makes a counter for each route, given as its method and path. Before that nothing is counted.
    pub(crate) fn set_routes<'a>(&self, routes: impl Iterator<Item = (&'a str, &'a str)>) {
        let labels = |(method, path): (&str, &str)| format!("method=\"{method}\",route=\"{path}\"");
        let all =
            routes.chain(std::iter::once(("", "(none)"))).map(|route| (labels(route), Counters::default()));
        // A second router over the same application has the same routes.
        let _ = self.0.set(all.collect());
    }

    fn all(&self) -> &[(String, Counters)] {
        self.0.get().map_or(&[], Vec::as_slice)
    }

    /// Counts a request. `route` is its place in the table; none for a path or method that is not there.
    pub(crate) fn count(&self, route: Option<usize>, status: u16, took: Duration) {
        let counters = route.map_or_else(|| self.all().last(), |route| self.all().get(route));
        let Some((_, counters)) = counters else { return };
        let status = STATUSES.iter().position(|known| *known == status).unwrap_or(STATUSES.len() - 1);
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = BOUNDS_US.partition_point(|bound| *bound < us);
        counters.statuses[status].fetch_add(1, Ordering::Relaxed);
        counters.times[bucket].fetch_add(1, Ordering::Relaxed);
        counters.total_us.fetch_add(us, Ordering::Relaxed);
    }

    /// Appends all of it in Prometheus' text format (version 0.0.4).
    pub(crate) fn render(&self, out: &mut String) {
        out.push_str("# HELP crewbox_http_requests_total Requests answered.\n");
        out.push_str("# TYPE crewbox_http_requests_total counter\n");
        for (labels, counters) in self.all() {
            for (status, count) in STATUSES.iter().zip(&counters.statuses) {
                let count = count.load(Ordering::Relaxed);
                if count > 0 {
                    let _ =
                        writeln!(out, "crewbox_http_requests_total{{{labels},status=\"{status}\"}} {count}");
                }
            }
        }
        out.push_str("# HELP crewbox_http_request_seconds Time from a request's head to its answer.\n");
        out.push_str("# TYPE crewbox_http_request_seconds histogram\n");
        for (labels, counters) in self.all() {
            counters.render_times(out, labels);
        }
    }
}

impl Counters {
    fn render_times(&self, out: &mut String, labels: &str) {
        let counts: Vec<u64> = self.times.iter().map(|count| count.load(Ordering::Relaxed)).collect();
        let total: u64 = counts.iter().sum();
        if total == 0 {
            return;
        }
        let mut below = 0;
        for (bound, count) in BOUNDS_US.iter().zip(&counts) {
            below += count;
            let seconds = *bound as f64 / 1e6;
            let _ = writeln!(out, "crewbox_http_request_seconds_bucket{{{labels},le=\"{seconds}\"}} {below}");
        }
        let _ = writeln!(out, "crewbox_http_request_seconds_bucket{{{labels},le=\"+Inf\"}} {total}");
        let sum = self.total_us.load(Ordering::Relaxed) as f64 / 1e6;
        let _ = writeln!(out, "crewbox_http_request_seconds_sum{{{labels}}} {sum}");
        let _ = writeln!(out, "crewbox_http_request_seconds_count{{{labels}}} {total}");
    }
}
