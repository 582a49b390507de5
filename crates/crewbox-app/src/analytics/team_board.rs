//! What members did on some days: the figures of the team's performance.

use crewbox_core::permission::Permission;
use crewbox_core::team::Period;

use super::selection::Selection;
use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;
use crate::team::{MemberPerformance, members_in};

/// What each member did that the caller sees, ascending by id.
///
/// # Errors
/// [`Refusal::Invalid`] for too many days; the store's.
pub async fn team_board(
    services: &Services,
    caller: &Caller,
    selection: &Selection,
) -> Result<Vec<MemberPerformance>, Refusal> {
    caller.require(Permission::ReadTeam)?;
    let query = selection.query(caller)?;
    // A caller who is restricted to one client sees what was done in its campaigns.
    let campaigns = query.campaigns.or_else(|| {
        caller.scope().client()?;
        let seen = caller.names().campaigns.iter().filter(|one| caller.scope().sees(one.client));
        Some(seen.map(|one| one.id).collect())
    });
    let period = Period { from: query.from, to: query.to, campaigns };
    members_in(services, caller, &period).await
}
