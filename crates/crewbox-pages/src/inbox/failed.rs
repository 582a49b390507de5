//! Replies of a member that were not sent: above every list, with the answer of the mail server and a button that sends them
//! again. One is gone once it is sent, or once another one is written in its conversation.

use crewbox_app::Refusal;
use crewbox_app::conversation::rows;
use crewbox_app::outgoing;
use crewbox_core::conversation::Flags;
use crewbox_core::id::ConversationId;

use super::place::Place;
use super::row::lead_name;
use crate::app::Pages;
use crate::guard::Visitor;

/// Why a message failed whose mail server gave no reason.
pub(super) const NO_REASON: &str = "The mail server gave no reason";

/// A reply that was not sent.
pub(super) struct FailedPart {
    pub(super) path: String,
    pub(super) name: String,
    /// The answer of the mail server.
    pub(super) reason: String,
    /// Where it is sent again.
    pub(super) form: String,
    pub(super) message_id: String,
    pub(super) token: String,
}

/// Those of the member, newest first. Whoever archives the conversation has seen it.
pub(super) async fn all(pages: &Pages, visitor: &Visitor, place: &Place) -> Result<Vec<FailedPart>, Refusal> {
    let failed = match outgoing::failed(&pages.services, &visitor.caller).await {
        Err(Refusal::Forbidden(_)) => return Ok(Vec::new()),
        other => other?,
    };
    let ids: Vec<ConversationId> = failed.iter().map(|one| one.conversation).collect();
    let read = rows(&pages.services, &visitor.caller, &ids, None).await?;
    let parts = failed.into_iter().filter_map(|one| {
        let row = read.iter().find(|row| row.conversation.id == one.conversation)?;
        let there = place.opening(Some(one.conversation));
        (!row.conversation.flags.has(Flags::ARCHIVED)).then(|| FailedPart {
            path: there.path(),
            name: lead_name(&row.lead),
            reason: one.answer.unwrap_or_else(|| NO_REASON.to_owned()),
            form: there.action("try-again"),
            message_id: one.message_id,
            token: visitor.token.clone(),
        })
    });
    Ok(parts.collect())
}
