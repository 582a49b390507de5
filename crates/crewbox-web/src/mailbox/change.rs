//! Changing an account.

use crewbox_app::mailbox::{self, Line, MAX_NAME, Signature};
use crewbox_core::id::{ClientId, MailboxId};
use crewbox_store::contract::MailboxChange;

use crate::answer::Done;
use crate::call::SignedCall;
use crate::declare::input;
use crate::error::ApiError;
use crate::handler::{Body, Path};
use crate::mailbox::save::SavedEmailAccount;

input! {
    /// What changes of an e-mail account; what is not given stays. Servers and passwords are changed by saving it again.
    pub(crate) struct ChangedEmailAccount {
        /// The name in From.
        from_name: Option<Line<MAX_NAME>>,
        /// HTML below what is sent with a signature; empty for none.
        signature: Option<Signature>,
        /// The client whose it is.
        client_id: Option<ClientId>,
    }
}

/// POST `/email-accounts/{id}`.
pub(crate) async fn change(
    call: SignedCall,
    Path(id): Path<MailboxId>,
    Body(given): Body<ChangedEmailAccount>,
) -> Result<Done<SavedEmailAccount>, ApiError> {
    let change = MailboxChange {
        name: given.from_name.map(Line::into_string),
        client: given.client_id,
        signature: given.signature.map(Signature::into_string),
    };
    mailbox::change(call.services(), &call.caller(), id, change).await?;
    let message = "Email account details updated successfully!";
    Ok(Done { message, more: SavedEmailAccount { mailbox: id } })
}
