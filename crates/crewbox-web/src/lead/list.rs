//! Listing a campaign's leads.

use crewbox_app::lead;
use crewbox_core::conversation::{Conversation, Flags, LeadStatus};
use crewbox_core::filter::EmailStatus;
use crewbox_core::id::{CampaignId, CategoryId};
use crewbox_core::model::{self, Dialect};
use crewbox_core::time::Timestamp;
use crewbox_store::contract::LeadQuery;
use utoipa::openapi::{RefOr, Schema};

use super::output::Lead;
use crate::answer::{Answer, IntoAnswer as _, Prepared};
use crate::body::LEADS_BODY;
use crate::call::SignedCall;
use crate::declare::{output, query};
use crate::error::ApiError;
use crate::handler::{Filters, Path};
use crate::large::{RESPONSE_BYTES, SMALL_BYTES};
use crate::object::{At, Quoted};
use crate::problem::Problems;
use crate::schema::{Components, Describe, text};
use crate::value::{Count, FromZero, Nullable, Parameter};

/// Leads a page holds at the most, and unless asked for fewer.
const MAX_LIMIT: u64 = 100;
/// Fields of leads that a page holds at the most: as much as one call may add. A hundred of the widest leads have 200 MB.
const PAGE_BYTES: usize = LEADS_BODY;

query! {
    /// Which leads.
    pub(crate) struct WhichLeads {
        /// Leads to return.
        limit: Count<1, MAX_LIMIT> = Count(MAX_LIMIT),
        /// Leads to skip.
        offset: FromZero = Count(0),
        /// Only leads with this status.
        status: Option<LeadStatus>,
        /// Only leads of this category.
        lead_category_id: Option<FromZero>,
        /// Only leads with one of these, separated by commas: Opened, Clicked, Replied, Unsubscribed, Bounced, Accepted, Not
        /// Replied; also as `is_opened`, `not_replied` and so on.
        email_status as "emailStatus": Option<Statuses>,
        /// Only leads that were added to the campaign after this.
        created_at_gt: Option<Timestamp>,
        /// Only leads that were last written to after this.
        last_sent_time_gt: Option<Timestamp>,
        /// Only leads that were last written to, or last replied, after this.
        event_time_gt: Option<Timestamp>,
    }
}

output! {
    /// A page of a campaign's leads. It is shorter where the leads' fields together are over 8 MiB, or the response would
    /// be over 32 MiB; `X-Page-Shortened` says by how many.
    pub(crate) struct LeadPage {
        /// Leads on all pages.
        total_leads: Quoted,
        /// Leads that were skipped.
        offset: u64,
        /// Leads that were asked for.
        limit: u32,
        /// The leads, the latest one added first.
        data: Vec<CampaignLead>,
    }
}

output! {
    /// A lead in a campaign.
    pub(crate) struct CampaignLead {
        /// The conversation with the lead in this campaign.
        campaign_lead_map_id: Quoted,
        /// The lead category; null for none.
        lead_category_id: Nullable<CategoryId>,
        /// How far the campaign is with the lead.
        status: LeadStatus,
        /// When it was added to the campaign.
        created_at: At,
        /// The lead.
        lead: Lead,
    }
}

/// GET `/campaigns/{id}/leads`.
pub(crate) async fn list(
    call: SignedCall,
    Path(campaign): Path<CampaignId>,
    Filters(which): Filters<WhichLeads>,
) -> Result<Prepared<LeadPage>, ApiError> {
    let mut asked = LeadQuery {
        limit: which.limit.as_u32(),
        offset: which.offset.0,
        status: which.status,
        category: which.lead_category_id.map(|id| CategoryId(id.0)),
        email_status: which.email_status.map(|statuses| statuses.0).unwrap_or_default(),
        created_after: which.created_at_gt,
        sent_after: which.last_sent_time_gt,
        event_after: which.event_time_gt,
        most_bytes: SMALL_BYTES,
    };
    let (services, caller, dialect) = (call.services(), call.caller(), call.dialect());
    let found = lead::list(services, &caller, campaign, &asked).await?;
    let most = u64::from(asked.limit);
    let wanted = move |total: u64| most.min(total.saturating_sub(which.offset.0));
    if found.rows.len() as u64 >= wanted(found.total) {
        let wanted = wanted(found.total);
        return Ok(page(found, &asked, dialect, wanted));
    }
    // The fields of ordinary leads are short: this page is read again, in a turn of its own.
    let turn = call.app.0.large.turn().await?;
    asked.most_bytes = PAGE_BYTES;
    let found = lead::list(services, &caller, campaign, &asked).await?;
    let wanted = wanted(found.total);
    let (turn, page) = turn.run(move || page(found, &asked, dialect, wanted)).await?;
    Ok(Prepared::written(turn.end(page.into_answer()).await?))
}

/// The page with as many leads as fit into a response; `wanted` is how many there should be.
fn page(
    found: crewbox_store::contract::LeadPage,
    asked: &LeadQuery,
    dialect: Dialect,
    wanted: u64,
) -> Prepared<LeadPage> {
    let leads = found.rows.into_iter().map(|(conversation, lead)| in_campaign(dialect, &conversation, lead));
    let mut page = LeadPage {
        total_leads: Quoted(found.total),
        offset: asked.offset,
        limit: asked.limit,
        data: leads.collect(),
    };
    loop {
        let leads = page.data.len();
        let omitted = wanted.saturating_sub(leads as u64);
        let answer = Answer::value(&page).shortened(omitted, 0);
        // JSON may write a byte of a field in six.
        if answer.body.len() <= RESPONSE_BYTES || leads <= 1 {
            return Prepared::written(answer);
        }
        page.data.truncate(leads / 2);
    }
}

fn in_campaign(dialect: Dialect, conversation: &Conversation, lead: model::Lead) -> CampaignLead {
    CampaignLead {
        campaign_lead_map_id: Quoted(conversation.id.get()),
        lead_category_id: conversation.category.into(),
        status: conversation.lead_status,
        created_at: At(conversation.created_at, dialect),
        lead: Lead::of(lead, conversation.flags.has(Flags::UNSUBSCRIBED)),
    }
}

/// States of a conversation in a query. The hosted service writes them in two ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Statuses(pub(crate) Vec<EmailStatus>);

impl Statuses {
    /// `Not Replied` and `is_not_replied` are `not_replied`.
    fn plain(name: &str) -> String {
        let name = name.trim().to_lowercase().replace(' ', "_");
        name.strip_prefix("is_").map_or(name.clone(), str::to_owned)
    }

    fn named(name: &str) -> Option<EmailStatus> {
        let plain = Self::plain(name);
        EmailStatus::ALL.into_iter().find(|status| Self::plain(status.name()) == plain)
    }
}

impl Describe for Statuses {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        text(None).into()
    }
}

impl Parameter for Statuses {
    fn parse(given: &str, name: &str, problems: &mut Problems) -> Option<Self> {
        let read: Option<Vec<_>> = given.split(',').map(Self::named).collect();
        if read.is_none() {
            let names = EmailStatus::ALL.map(EmailStatus::name).join(", ");
            problems.wrong(name, format!("{name} must be one of: {names}"), &given);
        }
        read.map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_in_both_ways() {
        for (text, status) in [
            ("Opened", EmailStatus::Opened),
            ("is_opened", EmailStatus::Opened),
            ("Not Replied", EmailStatus::NotReplied),
            ("not_replied", EmailStatus::NotReplied),
            ("ACCEPTED", EmailStatus::Accepted),
        ] {
            assert_eq!(Statuses::named(text), Some(status), "{text}");
        }
        assert_eq!(Statuses::named("is_spam"), None);
    }
}
