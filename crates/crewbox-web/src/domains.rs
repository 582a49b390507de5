//! Blocking domains.

use crewbox_app::untracked::{self, BlockReason};
use crewbox_core::address::Domain;
use utoipa::openapi::{RefOr, Schema};

use crate::answer::Success;
use crate::call::SignedCall;
use crate::declare::{input, output};
use crate::error::ApiError;
use crate::handler::Body;
use crate::object::At;
use crate::problem::Problems;
use crate::schema::{self, Components, Describe};
use crate::value::{List, Value, wire_names};
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
    let mut domains = block.domains.0;
    domains.sort_unstable_by(|one, other| one.given.cmp(&other.given));
    domains.dedup_by(|one, other| one.given == other.given);
    let source = block.source.unwrap_or(BlockReason::Manual);
    let read: Vec<Domain> = domains.iter().map(|one| one.domain.clone()).collect();
    untracked::block_domains(call.services(), &call.caller(), &read, source).await?;
    let blocked_domains = domains.into_iter().map(|one| one.given).collect();
    let data = BlockedDomains { blocked_domains, source, blocked_at: call.at(call.now) };
    Ok(Success { message: "Domains blocked", data })
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
