//! Undoing that domains were blocked, or blocked no longer.

use crewbox_core::change::{Change, ChangeKind, Field};
use crewbox_core::permission::Permission;
use crewbox_store::contract::{BLOCKED_AT_ONCE, DomainUndo, PartUndoState};
use crewbox_store::{Op, Outcome, StoreError, Thing};

use super::later::{Undone, as_it_was, last_change, not_kept, overtaken, undone};
use crate::caller::Caller;
use crate::changed::Changed;
use crate::refusal::Refusal;
use crate::services::Services;

/// Unblocks the domains, or blocks them again, unless one of them was changed since.
pub(super) async fn undo(
    services: &Services,
    caller: &Caller,
    change: &Change,
) -> Result<Changed<Undone>, Refusal> {
    caller.require(Permission::BlockDomains)?;
    let found = match services.store().domain_undo(caller.scope(), change.seq).await {
        // An earlier version has not kept which domains they were.
        Err(StoreError::NotFound(Thing::Change, _)) => return Err(not_kept(caller, change)),
        other => other?,
    };
    match found.state {
        PartUndoState::Undone => return Ok(as_it_was(None)),
        PartUndoState::ChangedSince => return Err(changed_since(services, caller, change, &found).await?),
        PartUndoState::Possible => {}
    }
    let committed = match caller.try_commit(services, vec![Op::UndoDomains(change.seq)]).await {
        Err(StoreError::Conflict(Thing::Change, _)) => {
            let found = services.store().domain_undo(caller.scope(), change.seq).await?;
            return Err(changed_since(services, caller, change, &found).await?);
        }
        other => other.map_err(|error| caller.refusal(error))?,
    };
    let mut outcome = committed.outcomes.first().cloned();
    // In batches, so that a domain of half the account holds nobody up.
    while outcome == Some(Outcome::Count(BLOCKED_AT_ONCE)) {
        outcome = Some(caller.commit_one(services, rest(change, &found)).await?);
    }
    Ok(undone(None, committed.changes))
}

/// What does the same to leads that one batch did not reach.
fn rest(change: &Change, found: &DomainUndo) -> Op {
    let domains = found.domains.iter().map(|domain| domain.name.clone()).collect();
    match change.kind {
        ChangeKind::DomainsBlocked => Op::UnblockDomains { domains },
        _ => Op::BlockDomains {
            domains,
            // They are on the list already, each for its own reason.
            source: found.domains.first().map(|domain| domain.source.clone()).unwrap_or_default(),
        },
    }
}

/// Who has blocked one of them again, or no longer, since.
async fn changed_since(
    services: &Services,
    caller: &Caller,
    change: &Change,
    found: &DomainUndo,
) -> Result<Refusal, Refusal> {
    let is_of_one = |later: &Change| {
        let kept = later.detail.iter().find(|delta| delta.field == Field::DomainChange);
        kept.and_then(|delta| delta.after).is_some_and(|kept| found.later.contains(&kept))
    };
    let later = last_change(services, caller, change, is_of_one).await?;
    let names: Vec<&str> = found.domains.iter().map(|domain| domain.name.as_str()).take(MOST_NAMED).collect();
    let more = if found.domains.len() > MOST_NAMED { " and others" } else { "" };
    let what = format!("changed the blocking of one of {}{more}", names.join(", "));
    Ok(overtaken(caller, later.as_ref(), &what))
}

/// Domains that a sentence names at the most.
const MOST_NAMED: usize = 3;
