//! Mail that belongs to no conversation.
//!
//! Owns what putting one into a conversation requires, and what blocking its sender's domain writes. Which mail follows
//! it, and which conversations a blocked domain stops, is the store's.

use crewbox_core::address::Domain;
use crewbox_core::id::{ConversationId, MessageId};
use crewbox_core::message::Message;
use crewbox_core::permission::Permission;
use crewbox_store::contract::{BLOCKED_AT_ONCE, Excerpt, UntrackedQuery};
use crewbox_store::{AttachTo, BodyLimits, Op, Outcome};

use crate::caller::Caller;
use crate::changed::Changed;
use crate::refusal::Refusal;
use crate::services::Services;

/// A page of such mail, newest first, with its texts as far as the limits allow, and how much there is in all.
///
/// # Errors
/// [`Refusal::Forbidden`]; the store's.
pub async fn list(
    services: &Services,
    caller: &Caller,
    query: &UntrackedQuery,
    limits: BodyLimits,
) -> Result<(Vec<(Message, Excerpt)>, u64), Refusal> {
    caller.require(Permission::ReadUntracked)?;
    Ok(services.store().untracked(caller.scope(), query, limits).await?)
}

/// A message that was put into a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attached {
    /// The conversation.
    pub conversation: ConversationId,
    /// Messages that were put into it: the message and its thread; 0 where it was there already.
    pub messages: u64,
}

/// Puts a message, and its thread, into a conversation or into a campaign with its sender as a new lead.
///
/// # Errors
/// [`Refusal::NotFound`] for a message, conversation or campaign that the caller does not see; [`Refusal::Invalid`] for
/// one of another client; the store's.
pub async fn attach(
    services: &Services,
    caller: &Caller,
    message: MessageId,
    to: AttachTo,
) -> Result<Changed<Attached>, Refusal> {
    caller.require(Permission::AttachUntracked)?;
    let op = Op::Attach { message, to, place: crewbox_mail::place };
    let (outcome, changes) = caller.change(services, op).await?.parts();
    match outcome {
        Outcome::Attached { conversation, messages } => {
            Ok(Changed { value: Attached { conversation, messages }, changes })
        }
        other => Err(Refusal::Internal(format!("attaching a message gave {other:?}"))),
    }
}

/// Why a domain is blocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockReason {
    /// A person decided it.
    Manual,
    /// Mail to it came back.
    Bounce,
    /// Somebody of it complained.
    Complaint,
    /// It receives no mail.
    Invalid,
}

impl BlockReason {
    /// Its name in the store.
    const fn name(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Bounce => "bounce",
            Self::Complaint => "complaint",
            Self::Invalid => "invalid",
        }
    }
}

/// Blocks domains: nobody of them is written to any more. Both of a domain's spellings are blocked, so that whatever
/// compares an address with what is blocked needs to know of neither.
///
/// # Errors
/// [`Refusal::Forbidden`]; the store's.
pub async fn block_domains(
    services: &Services,
    caller: &Caller,
    domains: &[Domain],
    reason: BlockReason,
) -> Result<(), Refusal> {
    caller.require(Permission::BlockDomains)?;
    let spellings = domains.iter().flat_map(|domain| [domain.ascii(), domain.unicode()]);
    let mut spellings: Vec<String> = spellings.map(str::to_owned).collect();
    spellings.sort_unstable();
    spellings.dedup();
    let op = || Op::BlockDomains { domains: spellings.clone(), source: reason.name().to_owned() };
    // In batches, so that a domain of half the account holds nobody up.
    while caller.commit_one(services, op()).await? == Outcome::Count(BLOCKED_AT_ONCE) {}
    Ok(())
}
