//! What happened in a campaign on some days.

use crewbox_app::analytics::{self, CampaignPeriod, Days};
use crewbox_core::id::{AccountId, CampaignId};
use crewbox_core::model::CampaignStatus;

use crate::analytics::{Day, Zone, zone_of};
use crate::answer::Json;
use crate::call::SignedCall;
use crate::declare::{Joined, output, query};
use crate::error::ApiError;
use crate::handler::{Filters, Path};
use crate::object::{At, Null, Quoted};

query! {
    /// Which days.
    pub(crate) struct WhichDays {
        /// The first day, such as `2025-01-31`.
        start_date: Day,
        /// The last day; it is part of the period.
        end_date: Day,
        /// The time zone in which the days begin and end, by its IANA name; UTC unless given.
        time_zone: Option<Zone>,
        /// The same: calls for all campaigns have it under this name.
        timezone: Option<Zone>,
    }
}

output! {
    /// What happened in a campaign on some days. Counts are texts, as the contract has them.
    pub(crate) struct AnalyticsByDate {
        /// The campaign.
        id: CampaignId,
        /// The account that it is in.
        user_id: AccountId,
        /// When it was made.
        created_at: At,
        /// What the program that sends it does with it now.
        status: CampaignStatus,
        /// Its name.
        name: String,
        /// The first day.
        start_date: Day,
        /// The last day.
        end_date: Day,
        /// Mails that were sent.
        sent_count: Quoted,
        /// Leads that a mail was sent to.
        unique_sent_count: Quoted,
        /// Mails that were opened for the first time, as far as is known.
        open_count: Quoted,
        /// Leads that opened a mail, as far as is known.
        unique_open_count: Quoted,
        /// Mails that a link was followed in for the first time, as far as is known.
        click_count: Quoted,
        /// Leads that followed a link, as far as is known.
        unique_click_count: Quoted,
        /// Replies by people.
        reply_count: Quoted,
        /// Leads that are blocked now.
        block_count: Quoted,
        /// Leads of the campaign now.
        total_count: Quoted,
        /// Always null: drafts of a sequence are not kept.
        drafted_count: Null,
        /// Leads whose address does not work: by their latest report, if no person has replied since.
        bounce_count: Quoted,
        /// Leads that unsubscribed.
        unsubscribed_count: Quoted,
    }
}

output! {
    /// Further figures of the same days.
    pub(crate) struct TopLevelFigures {
        /// Leads that replied and whose category is a positive one.
        positive_reply_count: Quoted,
        /// Leads that are stopped now.
        stopped_count: Quoted,
        /// Always null: the program that sends the campaign knows what it skipped.
        skipped_count: Null,
        /// Always null: the program that sends the campaign knows what failed.
        failed_count: Null,
    }
}

/// GET `/campaigns/{id}/analytics-by-date`.
pub(crate) async fn analytics_by_date(
    call: SignedCall,
    Path(id): Path<CampaignId>,
    Filters(which): Filters<WhichDays>,
) -> Result<Json<AnalyticsByDate>, ApiError> {
    let days = which.days();
    let found = analytics::campaign_period(call.services(), &call.caller(), id, &days).await?;
    Ok(Json(by_date(&call, id, &days, &found)?))
}

/// GET `/campaigns/{id}/top-level-analytics-by-date`.
pub(crate) async fn top_level_by_date(
    call: SignedCall,
    Path(id): Path<CampaignId>,
    Filters(which): Filters<WhichDays>,
) -> Result<Json<Joined<AnalyticsByDate, TopLevelFigures>>, ApiError> {
    let days = which.days();
    let found = analytics::campaign_period(call.services(), &call.caller(), id, &days).await?;
    let top_level = TopLevelFigures {
        positive_reply_count: Quoted(found.figures.leads_positive),
        stopped_count: Quoted(found.now.stopped),
        skipped_count: Null,
        failed_count: Null,
    };
    Ok(Json(Joined(by_date(&call, id, &days, &found)?, top_level)))
}

impl WhichDays {
    fn days(self) -> Days {
        let zone = zone_of(self.timezone, self.time_zone);
        Days { first: self.start_date.0, last: self.end_date.0, zone }
    }
}

fn by_date(
    call: &SignedCall,
    id: CampaignId,
    days: &Days,
    found: &CampaignPeriod,
) -> Result<AnalyticsByDate, ApiError> {
    let caller = call.caller();
    let campaign = caller.campaign(id)?;
    let CampaignPeriod { figures, now } = found;
    Ok(AnalyticsByDate {
        id,
        user_id: call.scope().account(),
        created_at: call.at(campaign.created_at),
        status: campaign.status,
        name: campaign.name.clone(),
        start_date: Day(days.first),
        end_date: Day(days.last),
        sent_count: Quoted(figures.sent),
        unique_sent_count: Quoted(figures.leads_written_to),
        open_count: Quoted(figures.opened),
        unique_open_count: Quoted(figures.leads_opened),
        click_count: Quoted(figures.clicked),
        unique_click_count: Quoted(figures.leads_clicked),
        reply_count: Quoted(figures.replied),
        block_count: Quoted(now.blocked),
        total_count: Quoted(now.leads),
        drafted_count: Null,
        bounce_count: Quoted(figures.bounced),
        unsubscribed_count: Quoted(figures.unsubscribed),
    })
}
