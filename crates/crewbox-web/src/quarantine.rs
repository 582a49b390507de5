//! Mail kept raw because it could not be read safely.

use crewbox_app::quarantine;
use crewbox_core::id::{MailboxId, MessageId, QuarantineId};

use crate::answer::{Done, Json};
use crate::call::SignedCall;
use crate::declare::{output, query};
use crate::download::{self, MailFile};
use crate::error::ApiError;
use crate::handler::{Path, Query};
use crate::large::SMALL_BYTES;
use crate::object::{At, Quoted};
use crate::value::{Count, FromZero, Nullable};

/// Mails of a page at the most, and unless asked for fewer.
const MAX_LIMIT: u64 = 100;

query! {
    /// Which part of the quarantine.
    pub(crate) struct QuarantinePage {
        /// Mails to return.
        limit: Count<1, MAX_LIMIT> = Count(MAX_LIMIT),
        /// Mails to skip.
        offset: FromZero = Count(0),
    }
}

output! {
    /// A page of the quarantine.
    pub(crate) struct Quarantine {
        /// The mails, newest first.
        items: Vec<QuarantinedMail>,
        /// Mails on all pages.
        total_count: u64,
    }
}

output! {
    /// A mail in quarantine.
    pub(crate) struct QuarantinedMail {
        /// Its id.
        id: QuarantineId,
        /// The e-mail account it came through.
        mailbox: MailboxId,
        /// The folder it was found in; null where it was posted.
        folder: Nullable<String>,
        /// Its number in the folder (the UID of IMAP).
        uid: Nullable<u32>,
        /// Why it was not read, in one sentence.
        reason: String,
        /// Its size in bytes.
        size: u64,
        /// When it was put there.
        received_at: At,
    }
}

output! {
    /// What became of reading a mail again.
    pub(crate) struct Retried {
        /// The message it is now; null where it is still in quarantine.
        message_id: Nullable<MessageId>,
        /// The conversation it now belongs to.
        campaign_lead_map_id: Option<Nullable<Quoted>>,
        /// Where it is still in quarantine.
        quarantine_id: Option<QuarantineId>,
        /// Why it is still there.
        reason: Option<String>,
    }
}

/// GET `/quarantine`.
pub(crate) async fn list(
    call: SignedCall,
    Query(page): Query<QuarantinePage>,
) -> Result<Json<Quarantine>, ApiError> {
    let (services, caller) = (call.services(), call.caller());
    let (items, total_count) =
        quarantine::list(services, &caller, page.offset.0, page.limit.as_u32()).await?;
    let items = items.into_iter().map(|item| QuarantinedMail {
        id: item.id,
        mailbox: item.mailbox,
        folder: item.folder.into(),
        uid: item.uid.into(),
        reason: item.reason,
        size: item.size,
        received_at: call.at(item.received_at),
    });
    Ok(Json(Quarantine { items: items.collect(), total_count }))
}

/// POST `/quarantine/{id}/retry`.
pub(crate) async fn retry(call: SignedCall, Path(id): Path<QuarantineId>) -> Result<Done<Retried>, ApiError> {
    match quarantine::retry(call.services(), &call.caller(), id).await? {
        quarantine::Retried::Stored(stored) => Ok(Done {
            message: "The mail could be read",
            more: Retried {
                message_id: Nullable(Some(stored.message)),
                campaign_lead_map_id: Some(stored.conversation.map(|id| Quoted(id.get())).into()),
                quarantine_id: None,
                reason: None,
            },
        }),
        quarantine::Retried::Quarantined(reason) => Ok(Done {
            message: "The mail still cannot be read safely",
            more: Retried {
                message_id: Nullable(None),
                campaign_lead_map_id: None,
                quarantine_id: Some(id),
                reason: Some(reason),
            },
        }),
    }
}

/// GET `/quarantine/{id}/raw`.
pub(crate) async fn raw(call: SignedCall, Path(id): Path<QuarantineId>) -> Result<MailFile, ApiError> {
    let raw = quarantine::raw(call.services(), &call.caller(), id, SMALL_BYTES).await?;
    download::mail(&call, raw, format!("quarantine-{id}.eml")).await
}
