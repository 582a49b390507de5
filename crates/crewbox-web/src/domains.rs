//! Blocking domains, and the list of those that are blocked.

use crewbox_app::untracked::{self, BlockReason};
use crewbox_app::{FieldError, block_list};
use crewbox_core::address::Domain;
use crewbox_store::contract::BlockedQuery;
use utoipa::openapi::{RefOr, Schema};

use crate::answer::{Json, Success};
use crate::call::SignedCall;
use crate::declare::{input, output, query};
use crate::error::ApiError;
use crate::handler::{Body, Filters, Query};
use crate::object::At;
use crate::problem::Problems;
use crate::schema::{self, Components, Describe};
use crate::value::{Count, FromZero, List, Trimmed, Value, wire_names};
use crate::wire::{self, Place};

/// Domains blocked in one call.
const MOST_DOMAINS: usize = 1_000;
/// Characters of a domain (RFC 1035).
const MAX_DOMAIN: usize = 253;

wire_names!(BlockReason {
    Manual = "manual",
    Bounce = "bounce",
    Complaint = "complaint",
    Invalid = "invalid",
});

input! {
    /// Domains to block.
    pub(crate) struct Block {
        /// Domains that are not written to any more.
        domains: List<Blocked, MOST_DOMAINS>,
        /// Why they are blocked; manual unless given.
        source: Option<BlockReason>,
    }
}

output! {
    /// Domains that are blocked now.
    pub(crate) struct BlockedDomains {
        /// The domains of the call, each once.
        blocked_domains: Vec<String>,
        /// Why they are blocked.
        source: BlockReason,
        /// When they were blocked.
        blocked_at: At,
    }
}

/// POST `/master-inbox/block-domains`.
pub(crate) async fn block(
    call: SignedCall,
    Body(block): Body<Block>,
) -> Result<Success<BlockedDomains>, ApiError> {
    let source = block.source.unwrap_or(BlockReason::Manual);
    let data = blocked(&call, block.domains.0, source).await?;
    Ok(Success { message: "Domains blocked successfully", data })
}

async fn blocked(
    call: &SignedCall,
    mut domains: Vec<Blocked>,
    source: BlockReason,
) -> Result<BlockedDomains, ApiError> {
    domains.sort_unstable_by(|one, other| one.given.cmp(&other.given));
    domains.dedup_by(|one, other| one.given == other.given);
    let read: Vec<Domain> = domains.iter().map(|one| one.domain.clone()).collect();
    untracked::block_domains(call.services(), &call.caller(), &read, source).await?;
    let blocked_domains = domains.into_iter().map(|one| one.given).collect();
    Ok(BlockedDomains { blocked_domains, source, blocked_at: call.at(call.now) })
}

/// Domains a page of the list holds at the most, and unless asked for fewer.
const MAX_LIMIT: u64 = 100;

input! {
    /// Domains of the block list, by either name; at least one must be given.
    pub(crate) struct BlockList {
        /// The domains.
        domain_block_list: Option<List<Blocked, MOST_DOMAINS>>,
        /// The same.
        domains: Option<List<Blocked, MOST_DOMAINS>>,
        /// Why they are blocked; manual unless given.
        source: Option<BlockReason>,
    }
}

impl BlockList {
    fn all(self) -> Vec<Blocked> {
        let lists = [self.domain_block_list, self.domains];
        lists.into_iter().flatten().flat_map(|list| list.0).collect()
    }
}

fn none_given() -> ApiError {
    crewbox_app::Refusal::from(FieldError::of("domain_block_list", "is required")).into()
}

/// POST `/leads/add-domain-block-list`.
pub(crate) async fn add(
    call: SignedCall,
    Body(list): Body<BlockList>,
) -> Result<Success<BlockedDomains>, ApiError> {
    let source = list.source.unwrap_or(BlockReason::Manual);
    let domains = list.all();
    if domains.is_empty() {
        return Err(none_given());
    }
    let data = blocked(&call, domains, source).await?;
    Ok(Success { message: "Domains blocked successfully", data })
}

query! {
    /// Which domains.
    pub(crate) struct WhichDomains {
        /// Domains to return.
        limit: Count<1, MAX_LIMIT> = Count(MAX_LIMIT),
        /// Domains to skip.
        offset: FromZero = Count(0),
        /// Only domains that hold this.
        holds as "filter_email_or_domain": Option<Trimmed<MAX_DOMAIN>>,
    }
}

output! {
    /// A domain of the block list.
    pub(crate) struct ListedDomain {
        /// The domain: what `delete-domain-block-list` takes as `id`.
        id: String,
        /// The domain.
        email_or_domain: String,
        /// Why it is blocked.
        source: String,
        /// When it was blocked.
        created_at: At,
    }
}

output! {
    /// A page of the block list.
    pub(crate) struct DomainPage {
        /// Always true.
        ok: bool,
        /// The domains, by name.
        data: Vec<ListedDomain>,
        /// Domains on all pages.
        total_count: u64,
        /// Domains that were skipped.
        offset: u64,
        /// Domains that were asked for.
        limit: u32,
    }
}

/// GET `/leads/get-domain-block-list`.
pub(crate) async fn list(
    call: SignedCall,
    Filters(which): Filters<WhichDomains>,
) -> Result<Json<DomainPage>, ApiError> {
    let (limit, offset) = (which.limit.as_u32(), which.offset.0);
    let query = BlockedQuery { limit, offset, holds: which.holds.map(|text| text.0) };
    let (found, total_count) = block_list::list(call.services(), &call.caller(), &query).await?;
    let data = found.into_iter().map(|one| ListedDomain {
        id: one.domain.clone(),
        email_or_domain: one.domain,
        source: one.source,
        created_at: call.at(one.at),
    });
    Ok(Json(DomainPage { ok: true, data: data.collect(), total_count, offset, limit }))
}

query! {
    /// A domain to take from the block list.
    pub(crate) struct WhichDomain {
        /// Its `id` in the list.
        id: Option<Trimmed<MAX_DOMAIN>>,
    }
}

output! {
    /// Domains that are not blocked any more.
    pub(crate) struct UnblockedDomains {
        /// The domains of the call.
        unblocked_domains: Vec<String>,
    }
}

/// DELETE `/leads/delete-domain-block-list`.
pub(crate) async fn remove(
    call: SignedCall,
    Query(which): Query<WhichDomain>,
    Body(list): Body<BlockList>,
) -> Result<Success<UnblockedDomains>, ApiError> {
    let mut domains = list.all();
    domains.extend(which.id.and_then(|id| Blocked::of(&id.0)));
    if domains.is_empty() {
        return Err(none_given());
    }
    let read: Vec<Domain> = domains.iter().map(|one| one.domain.clone()).collect();
    block_list::unblock(call.services(), &call.caller(), &read).await?;
    let unblocked_domains = domains.into_iter().map(|one| one.given).collect();
    Ok(Success { message: "Domains unblocked successfully", data: UnblockedDomains { unblocked_domains } })
}

/// A domain to block.
#[derive(Debug)]
pub(crate) struct Blocked {
    /// As it was given, in lower case.
    given: String,
    domain: Domain,
}

impl Blocked {
    fn of(text: &str) -> Option<Self> {
        Some(Self { given: text.to_lowercase(), domain: Domain::parse(text).ok()? })
    }
}

impl Describe for Blocked {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        schema::text(Some(MAX_DOMAIN)).into()
    }
}

impl Value for Blocked {
    fn read(value: &wire::Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self> {
        let read = match value {
            wire::Json::Text(text) => Self::of(text.trim()),
            _ => None,
        };
        if read.is_none() {
            place.wrong("must hold domains such as example.com", value, problems);
        }
        read
    }
}
