//! Calls of the public reference that belong to sending campaigns, and what they are answered.
//!
//! Owns the list of their paths. Crewbox has no data for them, so a client that makes one gets one sentence, whatever the
//! method, and never the error of a route whose path looks like it: `all-leads-activities` is not the id of a campaign.

/// What such a call is answered, with 404.
pub(super) const SENTENCE: &str =
    "Crewbox receives and answers mail, it does not send campaigns: this call is not served";

/// The paths below `/api/v1`. `{id}` is the name that the served paths have at the same place.
pub(super) const PATHS: &[&str] = &[
    // Sequences, schedules and what they did.
    "/campaigns/all-leads-activities",
    "/campaigns/update-lead-email-account",
    "/campaigns/{id}/duplicate",
    "/campaigns/{id}/schedule",
    "/campaigns/{id}/send-test-email",
    "/campaigns/{id}/sequence-analytics",
    "/campaigns/{id}/sequences",
    "/campaigns/{id}/variant-statistics",
    "/campaigns/{id}/leads/{lead_id}/manual-complete",
    "/campaigns/{id}/leads/{lead_id}/sequence-details",
    // Warm-up and sending limits.
    "/email-accounts/bulk-update-warmup",
    "/email-accounts/suspend/{id}",
    "/email-accounts/unsuspend/{id}",
    "/email-accounts/{id}/warmup",
    "/email-accounts/{id}/warmup-stats",
    // Placement tests, bought mailboxes, prospecting.
    "/smart-delivery/{*rest}",
    "/smart-senders/{*rest}",
    "/spam-test/{*rest}",
    "/search-email-leads/{*rest}",
    // Lists of leads that wait to be put into campaigns.
    "/lead-list",
    "/lead-list/{*rest}",
    "/leads/leads/push-between-lists",
    "/leads/move-to-inactive",
    "/leads/push-to-campaign",
    // Mail that answers nothing.
    "/send-email/initiate",
];

/// Whether the path ends with a word where the route has an id: it is another call, which the route does not answer.
pub(super) fn is_word_for_id(template: &str, path: &str) -> bool {
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    template.ends_with("/{id}") && !last.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_an_id_and_anything_else_is_a_word() {
        for (path, is_word) in [
            ("/api/v1/master-inbox/x", true),
            ("/api/v1/master-inbox/x/", true),
            ("/api/v1/master-inbox/7x", true),
            ("/api/v1/master-inbox/7", false),
            ("/api/v1/master-inbox/7/", false),
        ] {
            assert_eq!(is_word_for_id("/api/v1/master-inbox/{id}", path), is_word, "{path}");
        }
        assert!(!is_word_for_id("/api/v1/campaigns/{id}/leads", "/api/v1/campaigns/7/leads"));
    }
}
