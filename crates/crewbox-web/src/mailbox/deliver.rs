//! Taking in a raw mail that is posted.

use crewbox_app::mailbox::{self, Deliver, Delivered};
use crewbox_core::id::{MailboxId, MessageId, QuarantineId};
use crewbox_core::message::Direction;
use crewbox_core::time::Timestamp;

use crate::answer::Json;
use crate::call::SignedCall;
use crate::declare::{output, query};
use crate::error::ApiError;
use crate::handler::{Path, Query, RawMail};
use crate::object::Quoted;
use crate::value::{Nullable, wire_names};

query! {
    /// How a posted mail came in.
    pub(crate) struct CameIn {
        /// When it was received; what its own headers say unless given.
        received_at: Option<Timestamp>,
    }
}

wire_names!(Direction { Inbound = "inbound", Outbound = "outbound" });

output! {
    /// What became of a posted mail.
    pub(crate) struct Posted {
        /// Always true.
        ok: bool,
        /// True where the mail is in quarantine.
        success: Option<bool>,
        /// Why it is in quarantine, in one sentence.
        message: Option<&'static str>,
        /// The message; null where the mail is in quarantine.
        message_id: Nullable<MessageId>,
        /// Whether it was received or sent.
        direction: Nullable<Direction>,
        /// The conversation it belongs to.
        campaign_lead_map_id: Nullable<Quoted>,
        /// Whether the mail was here before.
        duplicate: bool,
        /// Where it is in quarantine.
        quarantine_id: Option<QuarantineId>,
        /// What made reading it unsafe.
        reason: Option<String>,
    }
}

/// POST `/email-accounts/{id}/messages`.
pub(crate) async fn deliver(
    call: SignedCall,
    Path(mailbox): Path<MailboxId>,
    Query(came): Query<CameIn>,
    RawMail(raw): RawMail,
) -> Result<Json<Posted>, ApiError> {
    let command = Deliver { mailbox, raw, received_at: came.received_at };
    Ok(Json(match mailbox::deliver(call.services(), &call.caller(), command).await? {
        Delivered::Stored(stored) => Posted {
            ok: true,
            success: None,
            message: None,
            message_id: Nullable(Some(stored.message)),
            direction: Nullable(Some(stored.direction)),
            campaign_lead_map_id: stored.conversation.map(|id| Quoted(id.get())).into(),
            duplicate: stored.duplicate,
            quarantine_id: None,
            reason: None,
        },
        Delivered::Quarantined(id, reason) => Posted {
            ok: true,
            success: Some(true),
            message: Some("The message could not be read safely and is kept raw"),
            message_id: Nullable(None),
            direction: Nullable(None),
            campaign_lead_map_id: Nullable(None),
            duplicate: false,
            quarantine_id: Some(id),
            reason: Some(reason),
        },
    }))
}
