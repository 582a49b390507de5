//! Calls that are repeated with the same idempotency key: the second gets the response of the first, and writes nothing.
//!
//! Two things keep a repetition from writing: the stored response, and the batches of the call, each of which happens once
//! ([`OnceKeys`]). The second holds where the process ended before the response was stored, and for good.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use crewbox_core::id::{AccountId, ConversationId};
use crewbox_core::permission::Permission;
use crewbox_store::Op;
use crewbox_store::contract::StoredResponse;

use crate::caller::Caller;
use crate::idempotency::{Fingerprint, Idempotency, other_request};
use crate::once_keys::OnceKeys;
use crate::refusal::Refusal;
use crate::services::Services;

/// A call with a key: its account and its fingerprint.
type Known = (AccountId, [u8; 32]);

/// The calls with a key that are being answered now. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct CallsUnderWay(Arc<Mutex<HashSet<Known>>>);

/// A call with a key. While it lives, the same call is not answered a second time.
#[derive(Debug)]
pub struct KeyedCall {
    under_way: CallsUnderWay,
    account: AccountId,
    fingerprint: [u8; 32],
    asked: [u8; 32],
    /// By which its batches happen once.
    pub once: Arc<OnceKeys>,
}

impl Drop for KeyedCall {
    fn drop(&mut self) {
        let mut calls = self.under_way.0.lock().unwrap_or_else(PoisonError::into_inner);
        calls.remove(&(self.account, self.fingerprint));
    }
}

/// What is done about a call with a key.
#[derive(Debug)]
pub enum Keyed {
    /// It is answered, for the first time or again, and what it says is stored ([`store_response`]).
    Answer(KeyedCall),
    /// This is its response.
    Answered(StoredResponse),
}

/// Begins a call with a key.
///
/// # Errors
/// [`Refusal::Invalid`] for a key that is too long or came with another request; [`Refusal::Conflict`] while the same call is
/// being answered; the store's.
pub async fn begin(
    services: &Services,
    caller: &Caller,
    under_way: &CallsUnderWay,
    idempotency: Idempotency,
) -> Result<Keyed, Refusal> {
    caller.require(Permission::ReadInbox)?;
    // Keys of calls are kept by member and call, whatever the call is about.
    let fingerprint = Fingerprint::of(caller, idempotency, ConversationId(0)).await?;
    let Fingerprint { bytes: fingerprint, asked, .. } = fingerprint;
    let (account, once) = (caller.scope().account(), Arc::new(OnceKeys::of(&fingerprint, &asked)));
    let is_new = {
        let mut calls = under_way.0.lock().unwrap_or_else(PoisonError::into_inner);
        calls.insert((account, fingerprint))
    };
    if !is_new {
        let sentence = "A call with this Idempotency-Key is being answered: repeat it once that has ended";
        return Err(Refusal::Conflict(sentence.to_owned()));
    }
    let call = KeyedCall { under_way: under_way.clone(), account, fingerprint, asked, once };
    match services.store().stored_response(caller.scope(), &fingerprint).await? {
        Some(stored) if stored.asked != asked => Err(other_request()),
        Some(stored) if stored.body.is_some() => Ok(Keyed::Answered(stored)),
        _ => Ok(Keyed::Answer(call)),
    }
}

/// Whether the call was answered before, with a response that is not kept.
///
/// # Errors
/// The store's.
pub async fn was_answered(services: &Services, caller: &Caller, call: &KeyedCall) -> Result<bool, Refusal> {
    caller.require(Permission::ReadInbox)?;
    Ok(services.store().stored_response(caller.scope(), &call.fingerprint).await?.is_some())
}

/// Stores the response to a call.
///
/// # Errors
/// The store's.
pub async fn store_response(
    services: &Services,
    caller: &Caller,
    call: &KeyedCall,
    status: u16,
    body: Option<Vec<u8>>,
) -> Result<(), Refusal> {
    caller.require(Permission::ReadInbox)?;
    let (fingerprint, asked) = (call.fingerprint, call.asked);
    let op = Op::KeepResponse(Box::new(StoredResponse { fingerprint, asked, status, body }));
    caller.commit_plainly(services, op).await
}
