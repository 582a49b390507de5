//! What members did in a period.

use crewbox_core::id::{CampaignId, ClientId, MemberId};
use crewbox_core::list_filter::ListFilter;
use crewbox_core::permission::Permission;
use crewbox_core::team::{ActivityFilter, MemberFigures, PerformanceFigure, Period};
use crewbox_core::time::Timestamp;
use crewbox_core::view::View;

use super::behind::campaigns;
use super::load::Rows;
use super::visible::visible;
use crate::caller::Caller;
use crate::refusal::{FieldError, Refusal};
use crate::services::Services;

/// How long a period is whose start is not given, in ms: the last thirty days.
const USUAL_PERIOD_MS: i64 = 30 * 86_400_000;

/// Asks for what members did.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReadPerformance {
    /// From this time on; thirty days before the end unless given.
    pub from: Option<Timestamp>,
    /// Before this time; now unless given.
    pub to: Option<Timestamp>,
    /// Only in this campaign.
    pub campaign: Option<CampaignId>,
    /// Only in the campaigns of this client.
    pub client: Option<ClientId>,
}

/// What a member did.
#[derive(Clone, Debug)]
pub struct MemberPerformance {
    /// Who.
    pub id: MemberId,
    /// Their name.
    pub name: String,
    /// The figures.
    pub figures: MemberFigures,
}

/// What the team did.
#[derive(Clone, Debug)]
pub struct TeamPerformance {
    /// From this time on.
    pub from: Timestamp,
    /// Before this time.
    pub to: Timestamp,
    /// Only in this campaign.
    pub campaign: Option<CampaignId>,
    /// Only in the campaigns of this client.
    pub client: Option<ClientId>,
    /// Each member that the caller sees, ascending by id.
    pub members: Vec<MemberPerformance>,
}

impl TeamPerformance {
    /// The list behind a figure of a member.
    #[must_use]
    pub fn rows(&self, member: MemberId, figure: PerformanceFigure) -> Rows {
        let activity = ActivityFilter { member, figure, from: self.from, to: self.to };
        rows_behind(activity, self.campaign, self.client)
    }
}

/// The list of the conversations behind a figure of a campaign, of a client's campaigns, or of all.
pub(super) fn rows_behind(
    activity: ActivityFilter,
    campaign: Option<CampaignId>,
    client: Option<ClientId>,
) -> Rows {
    let filter = ListFilter {
        activity: Some(activity),
        campaigns: campaign.map(|campaign| vec![campaign]),
        clients: client.map(|client| vec![client]),
        ..ListFilter::default()
    };
    Rows { view: View::Everything, filter }
}

/// What each member did in a period. Owners and admins see every member, others only themselves; a caller who is
/// restricted to one client sees what was done in that client's conversations.
///
/// # Errors
/// [`Refusal::Invalid`] for a period that ends before it begins; the store's.
pub async fn performance(
    services: &Services,
    caller: &Caller,
    command: ReadPerformance,
) -> Result<TeamPerformance, Refusal> {
    caller.require(Permission::ReadTeam)?;
    let to = command.to.unwrap_or(caller.now());
    let from = command.from.unwrap_or(Timestamp(to.0.saturating_sub(USUAL_PERIOD_MS)));
    if from > to {
        return Err(FieldError::of("from", "must not be after to").into());
    }
    let ReadPerformance { campaign, client, .. } = command;
    let period = Period { from, to, campaigns: campaigns(caller, campaign, client) };
    let members = members_in(services, caller, &period).await?;
    Ok(TeamPerformance { from, to, campaign, client, members })
}

/// What each member did that the caller sees, ascending by id.
pub(crate) async fn members_in(
    services: &Services,
    caller: &Caller,
    period: &Period,
) -> Result<Vec<MemberPerformance>, Refusal> {
    let account = caller.scope().account();
    let read = services.team().read(services.store(), account, |activities| activities.figures(period));
    let mut figures = read.await?;
    let mut members = Vec::new();
    for member in visible(caller) {
        let found = figures.remove(&member.id);
        if caller.scope().sees(member.client) || found.is_some() {
            let figures = found.unwrap_or_default();
            members.push(MemberPerformance { id: member.id, name: member.name.clone(), figures });
        }
    }
    Ok(members)
}
