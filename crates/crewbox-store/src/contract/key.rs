//! What signs a member in: API keys and sessions to begin.

use crewbox_core::id::{ClientId, MemberId};
use crewbox_core::model::{Dialect, KeyLevel, RateLimit, SessionKind};
use crewbox_core::time::Timestamp;

/// An API key to add.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// Whose.
    pub member: MemberId,
    /// SHA-256 of the whole key text ([`crate::key`]).
    pub hash: [u8; 32],
    /// Its dialect.
    pub dialect: Dialect,
    /// Its limit.
    pub rate_limit: Option<RateLimit>,
    /// Narrows it to one client.
    pub client: Option<ClientId>,
    /// Its end.
    pub expires_at: Option<Timestamp>,
    /// What people call it.
    pub name: Option<String>,
    /// How much it allows.
    pub level: KeyLevel,
    /// Whether an agent that uses it over MCP may send.
    pub mcp_send: bool,
}

/// A session, or a link, to begin.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Whose.
    pub member: MemberId,
    /// SHA-256 of the whole token ([`crate::key`]).
    pub hash: [u8; 32],
    /// What its token does.
    pub kind: SessionKind,
    /// Its end.
    pub expires_at: Timestamp,
    /// How many of this kind the member may have.
    pub most: u32,
}
