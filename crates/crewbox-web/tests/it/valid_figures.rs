//! Valid queries of the calls for figures, for the matrix of callers and routes.

/// What the paths of calls for one campaign end with.
const OF_CAMPAIGN: [&str; 5] = [
    "/statistics",
    "/analytics-by-date",
    "/top-level-analytics-by-date",
    "/mailbox-statistics",
    "/leads-statistics",
];
const DAYS: &str = "start_date=2025-01-01&end_date=2025-12-31";

/// Whether the path is that of a call for figures.
pub(crate) fn is_call(path: &str) -> bool {
    path.starts_with("/analytics/") || OF_CAMPAIGN.iter().any(|end| path.ends_with(end))
}

/// The query of such a call.
pub(crate) fn query(path: &str, client: u64, campaign: u64) -> String {
    match path.rsplit('/').next() {
        Some("statistics") => "?limit=5&email_sequence_number=1".to_owned(),
        Some("leads-statistics") => "?limit=5&event_time_gt=2025-01-01".to_owned(),
        Some("mailbox-statistics") => format!("?limit=5&client_id={client}&{DAYS}"),
        Some(_) if path == "/analytics/mailbox/overall-stats" => format!("?client_ids={client}"),
        Some("analytics-by-date" | "top-level-analytics-by-date") => {
            format!("?{DAYS}&time_zone=Europe/Berlin")
        }
        _ => format!("?{DAYS}&client_ids={client}&campaign_ids={campaign}&timezone=Asia/Kolkata"),
    }
}
