//! Domains that nobody writes to: reading the list, and taking domains from it. Blocking one is in [`crate::untracked`].

use crewbox_core::address::Domain;
use crewbox_core::permission::Permission;
use crewbox_store::contract::{BLOCKED_AT_ONCE, BlockedDomain, BlockedQuery};
use crewbox_store::{Op, Outcome};

use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;

/// A page of blocked domains, by name, and how many there are in all.
///
/// # Errors
/// [`Refusal::Forbidden`]; the store's.
pub async fn list(
    services: &Services,
    caller: &Caller,
    query: &BlockedQuery,
) -> Result<(Vec<BlockedDomain>, u64), Refusal> {
    caller.require(Permission::BlockDomains)?;
    Ok(services.store().blocked_domains(caller.scope(), query).await?)
}

/// Takes domains from the list, in both spellings. Their leads are no longer blocked.
///
/// # Errors
/// [`Refusal::Forbidden`]; the store's.
pub async fn unblock(services: &Services, caller: &Caller, domains: &[Domain]) -> Result<(), Refusal> {
    caller.require(Permission::BlockDomains)?;
    let spellings = domains.iter().flat_map(|domain| [domain.ascii(), domain.unicode()]);
    let mut spellings: Vec<String> = spellings.map(str::to_owned).collect();
    spellings.sort_unstable();
    spellings.dedup();
    let op = || Op::UnblockDomains { domains: spellings.clone() };
    // In batches, so that a domain of half the account holds nobody up.
    while caller.commit_one(services, op()).await? == Outcome::Count(BLOCKED_AT_ONCE) {}
    Ok(())
}
