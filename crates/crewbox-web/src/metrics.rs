//! Counters of requests for `/metrics`: by route, status and time taken.
//!
//! Owns what is counted and its names. A label is a route's template, a method or a status, never an id, an
//! address or a key. Series appear with their first request.

use std::sync::OnceLock;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, prometheus_text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Upper bounds of the latency histogram, in seconds: lists take tens of microseconds, imports seconds.
const BOUNDS_SECONDS: [f64; 14] =
    [0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0];

/// The counters of all routes, and of paths that are none.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    /// Method and path of each route, by its index in the table of routes.
    routes: OnceLock<Vec<(&'static str, &'static str)>>,
    requests: Family<RequestLabels, Counter>,
    seconds: Family<RouteLabels, Histogram, fn() -> Histogram>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    method: &'static str,
    route: &'static str,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::default();
        let requests = Family::default();
        // The library adds the dot of the help text and `_total`.
        registry.register("crewbox_http_requests", "Requests answered", requests.clone());
        let new: fn() -> Histogram = || Histogram::new(BOUNDS_SECONDS);
        let seconds = Family::new_with_constructor(new);
        let help = "Time from a request's head to its answer";
        registry.register("crewbox_http_request_seconds", help, seconds.clone());
        Self { registry, routes: OnceLock::new(), requests, seconds }
    }
}

impl Metrics {
    /// Sets the routes' methods and paths, in the order of the table of routes. Only the first call counts: a second
    /// router over the same application has the same routes.
    pub(crate) fn set_routes(&self, routes: impl Iterator<Item = (&'static str, &'static str)>) {
        self.routes.get_or_init(|| routes.collect());
    }

    /// Counts a request. `route` is its index in the table of routes; none for a path or method that is not there.
    pub(crate) fn count(&self, route: Option<usize>, status: u16, took: Duration) {
        let found = route.and_then(|index| self.routes.get()?.get(index));
        let (method, route) = found.copied().unwrap_or(("", "(none)"));
        self.requests.get_or_create(&RequestLabels { method, route, status }).inc();
        self.seconds.get_or_create(&RouteLabels { method, route }).observe(took.as_secs_f64());
    }

    /// Appends all of it in Prometheus' text format (version 0.0.4).
    pub(crate) fn render(&self, out: &mut String) -> std::fmt::Result {
        prometheus_text::encode(out, &self.registry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_counted_under_its_route_and_status() {
        let metrics = Metrics::default();
        metrics.set_routes([("GET", "/healthz"), ("POST", "/notes/{id}")].into_iter());
        for millis in [3, 30] {
            metrics.count(None, 404, Duration::from_millis(millis));
        }
        metrics.count(Some(1), 201, Duration::from_millis(1));
        let mut text = String::new();
        metrics.render(&mut text).unwrap();
        let none = r#"method="",route="(none)""#;
        for line in [
            "# HELP crewbox_http_requests_total Requests answered.".to_owned(),
            "# TYPE crewbox_http_requests_total counter".to_owned(),
            format!("crewbox_http_requests_total{{{none},status=\"404\"}} 2"),
            "# HELP crewbox_http_request_seconds Time from a request's head to its answer.".to_owned(),
            "# TYPE crewbox_http_request_seconds histogram".to_owned(),
            format!("crewbox_http_request_seconds_bucket{{{none},le=\"0.0025\"}} 0"),
            format!("crewbox_http_request_seconds_bucket{{{none},le=\"0.005\"}} 1"),
            format!("crewbox_http_request_seconds_bucket{{{none},le=\"+Inf\"}} 2"),
            format!("crewbox_http_request_seconds_sum{{{none}}} 0.033"),
            format!("crewbox_http_request_seconds_count{{{none}}} 2"),
            r#"crewbox_http_requests_total{method="POST",route="/notes/{id}",status="201"} 1"#.to_owned(),
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
        let buckets = text.lines().filter(|line| line.contains("(none)") && line.contains("le="));
        assert_eq!(buckets.count(), BOUNDS_SECONDS.len() + 1);
    }
}
