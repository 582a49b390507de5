//! The replies of members on each day of a period.

use crewbox_core::id::{CampaignId, ClientId, MemberId};
use crewbox_core::permission::Permission;
use crewbox_core::team::{ActivityFilter, DayReplies, PerformanceFigure, Period};
use crewbox_core::time::Timestamp;

use super::behind::campaigns;
use super::load::Rows;
use super::performance::rows_behind;
use super::visible::visible;
use crate::caller::Caller;
use crate::refusal::{FieldError, Refusal};
use crate::services::Services;

/// Days of the longest period: a year.
const MOST_DAYS: usize = 366;

/// Asks for replies by day.
#[derive(Clone, Debug, Default)]
pub struct ReadDailyReplies {
    /// The time at which each day begins, ascending: which days there are depends on a time zone.
    pub starts: Vec<Timestamp>,
    /// Where the last day ends; now unless given.
    pub to: Option<Timestamp>,
    /// Only in this campaign.
    pub campaign: Option<CampaignId>,
    /// Only in the campaigns of this client.
    pub client: Option<ClientId>,
}

/// The replies of members by day.
#[derive(Clone, Debug)]
pub struct DailyReplies {
    starts: Vec<Timestamp>,
    to: Timestamp,
    campaign: Option<CampaignId>,
    client: Option<ClientId>,
    /// Each member that the caller sees and who has any, ascending by id.
    pub members: Vec<MemberDays>,
}

/// The replies of a member by day.
#[derive(Clone, Debug)]
pub struct MemberDays {
    /// Who.
    pub id: MemberId,
    /// Their name.
    pub name: String,
    /// Of each day, in the order in which they were asked for.
    pub days: Vec<DayReplies>,
}

impl DailyReplies {
    /// The list behind a figure of a member on a day, by the day's place; none for a day that was not asked for.
    #[must_use]
    pub fn rows(&self, member: MemberId, figure: PerformanceFigure, day: usize) -> Option<Rows> {
        let from = *self.starts.get(day)?;
        let to = self.starts.get(day + 1).copied().unwrap_or(self.to);
        Some(rows_behind(ActivityFilter { member, figure, from, to }, self.campaign, self.client))
    }
}

/// The replies that each member received and sent on each day. Who sees whose is as in
/// [`performance`](super::performance()).
///
/// # Errors
/// [`Refusal::Invalid`] for days that are not ascending or more than a year; the store's.
pub async fn daily_replies(
    services: &Services,
    caller: &Caller,
    command: ReadDailyReplies,
) -> Result<DailyReplies, Refusal> {
    caller.require(Permission::ReadTeam)?;
    let ReadDailyReplies { starts, to, campaign, client } = command;
    let to = to.unwrap_or(caller.now());
    let is_ascending =
        starts.windows(2).all(|two| two[0] < two[1]) && starts.last().is_none_or(|last| *last <= to);
    if !is_ascending || starts.len() > MOST_DAYS {
        return Err(FieldError::of("starts", format!("must be ascending, and at most {MOST_DAYS}")).into());
    }
    let from = starts.first().copied().unwrap_or(to);
    let period = Period { from, to, campaigns: campaigns(caller, campaign, client) };
    let account = caller.scope().account();
    let read = services
        .team()
        .read(services.store(), account, |activities| activities.replies_by_day(&period, &starts));
    let mut found = read.await?;
    let members = visible(caller).filter_map(|member| {
        let days = found.remove(&member.id)?;
        Some(MemberDays { id: member.id, name: member.name.clone(), days })
    });
    let members = members.collect();
    Ok(DailyReplies { starts, to, campaign, client, members })
}
