//! Removing an account.

use crewbox_app::mailbox;
use crewbox_core::id::MailboxId;

use crate::answer::Success;
use crate::call::SignedCall;
use crate::declare::output;
use crate::error::ApiError;
use crate::handler::Path;

output! {
    /// A removed e-mail account.
    pub(crate) struct RemovedEmailAccount {
        /// The id it had.
        id: MailboxId,
    }
}

/// DELETE `/email-accounts/{id}`.
pub(crate) async fn remove(
    call: SignedCall,
    Path(id): Path<MailboxId>,
) -> Result<Success<RemovedEmailAccount>, ApiError> {
    mailbox::remove(call.services(), &call.caller(), id).await?;
    Ok(Success { message: "Email account removed; its mail stays", data: RemovedEmailAccount { id } })
}
