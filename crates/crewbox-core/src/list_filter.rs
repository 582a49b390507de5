//! What narrows a list, as people ask for it: with a text to search for and tags of campaigns, which become
//! conversations and campaigns when the list is made ([`crate::filter::Filter`]).
//!
//! Its stored form has the names of the API. An id of something that was deleted since matches nothing.

use serde::{Deserialize, Serialize};

use crate::filter::{CategoryFilter, EmailStatus};
use crate::id::{CampaignId, ClientId, MailboxId, MemberId, TagId};
use crate::team::ActivityFilter;
use crate::time::Timestamp;

/// Characters a search may have: the contract's limit. Longer ones find nothing more precisely, and cost more.
pub const MAX_SEARCH: usize = 30;

/// What narrows a list: all that is given must hold. A set is "any of"; an empty one matches nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "fields without a comment are the contract's filters of that name")]
pub struct ListFilter {
    #[serde(rename = "search", skip_serializing_if = "Option::is_none")]
    pub search: Option<SearchText>,
    /// Any of; empty is no restriction.
    #[serde(rename = "emailStatus", skip_serializing_if = "Vec::is_empty")]
    pub statuses: Vec<EmailStatus>,
    #[serde(rename = "leadCategories", skip_serializing_if = "CategoryFilter::passes_all")]
    pub category: CategoryFilter,
    #[serde(rename = "campaignId", skip_serializing_if = "Option::is_none")]
    pub campaigns: Option<Vec<CampaignId>>,
    /// Campaigns with any of these tags.
    #[serde(rename = "campaignTagId", skip_serializing_if = "Option::is_none")]
    pub campaign_tags: Option<Vec<TagId>>,
    #[serde(rename = "emailAccountId", skip_serializing_if = "Option::is_none")]
    pub mailboxes: Option<Vec<MailboxId>>,
    #[serde(rename = "campaignTeamMemberId", skip_serializing_if = "Option::is_none")]
    pub owners: Option<Vec<MemberId>>,
    #[serde(rename = "campaignClientId", skip_serializing_if = "Option::is_none")]
    pub clients: Option<Vec<ClientId>>,
    /// The conversation's own tags.
    #[serde(rename = "tagId", skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<TagId>>,
    /// When the latest reply came; a conversation without a reply does not match.
    #[serde(rename = "replyTimeBetween", skip_serializing_if = "Option::is_none")]
    pub reply_between: Option<TimeRange>,
    #[serde(rename = "subSequenceId", skip_serializing_if = "Option::is_none")]
    pub subsequence: Option<CampaignId>,
    #[serde(rename = "isArchived", skip_serializing_if = "Option::is_none")]
    pub archived: Option<bool>,
    #[serde(rename = "isSnoozed", skip_serializing_if = "Option::is_none")]
    pub snoozed: Option<bool>,
    #[serde(rename = "isRead", skip_serializing_if = "Option::is_none")]
    pub read: Option<bool>,
    #[serde(rename = "isImportant", skip_serializing_if = "Option::is_none")]
    pub important: Option<bool>,
    /// Whether the newest message is a reply by a person, so that somebody waits for an answer.
    #[serde(rename = "isUnanswered", skip_serializing_if = "Option::is_none")]
    pub unanswered: Option<bool>,
    /// With an open reminder of this time or earlier.
    #[serde(rename = "reminderDueBy", skip_serializing_if = "Option::is_none")]
    pub reminder_due_by: Option<Timestamp>,
    /// With an open task that is due at this time or earlier.
    #[serde(rename = "taskDueBy", skip_serializing_if = "Option::is_none")]
    pub task_due_by: Option<Timestamp>,
    /// The conversations behind a figure of what a member did.
    #[serde(rename = "teamActivity", skip_serializing_if = "Option::is_none")]
    pub activity: Option<ActivityFilter>,
}

/// What to search for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct SearchText(String);

impl SearchText {
    /// A text as the person typed it.
    ///
    /// # Errors
    /// For one that is blank or longer than [`MAX_SEARCH`] characters: the rest of a sentence that begins with the
    /// field's name.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Err("must not be empty".to_owned());
        }
        if text.chars().count() > MAX_SEARCH {
            return Err(format!("cannot exceed {MAX_SEARCH} characters"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for SearchText {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

/// A stretch of time, both ends included. Stored as two numbers of milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "(Timestamp, Timestamp)", try_from = "(Timestamp, Timestamp)")]
pub struct TimeRange {
    start: Timestamp,
    end: Timestamp,
}

impl TimeRange {
    /// From `start` to `end`.
    ///
    /// # Errors
    /// Where it ends before it starts: the rest of a sentence that begins with the field's name.
    pub const fn new(start: Timestamp, end: Timestamp) -> Result<Self, &'static str> {
        if start.millis() > end.millis() {
            return Err("must not start after it ends");
        }
        Ok(Self { start, end })
    }

    /// The start and the end.
    #[must_use]
    pub const fn ends(self) -> (Timestamp, Timestamp) {
        (self.start, self.end)
    }
}

impl From<TimeRange> for (Timestamp, Timestamp) {
    fn from(range: TimeRange) -> Self {
        range.ends()
    }
}

impl TryFrom<(Timestamp, Timestamp)> for TimeRange {
    type Error = &'static str;

    fn try_from((start, end): (Timestamp, Timestamp)) -> Result<Self, &'static str> {
        Self::new(start, end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_counts_characters_and_a_range_includes_both_ends() {
        assert!(SearchText::parse(&"ä".repeat(MAX_SEARCH)).is_ok());
        assert_eq!(
            SearchText::parse(&"a".repeat(MAX_SEARCH + 1)).unwrap_err(),
            "cannot exceed 30 characters"
        );
        assert!(SearchText::parse(" ").is_err());
        assert!(TimeRange::new(Timestamp(1), Timestamp(1)).is_ok());
        assert!(TimeRange::new(Timestamp(2), Timestamp(1)).is_err());
    }
}
