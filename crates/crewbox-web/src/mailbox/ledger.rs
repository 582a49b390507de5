//! Comparing an account with its server.

use crewbox_app::mailbox;
use crewbox_core::id::MailboxId;

use crate::answer::Json;
use crate::call::SignedCall;
use crate::declare::output;
use crate::error::ApiError;
use crate::handler::Path;

/// The `detail` beside figures that are not of now.
const NOT_ASKED: &str =
    "The mailbox needs a log-in, so its server was not asked: these are the figures known before";

output! {
    /// An e-mail account compared with its server.
    pub(crate) struct AccountLedger {
        /// Always true.
        ok: bool,
        /// The figures of each folder.
        ledger: Vec<FolderLedger>,
        /// Why the server was not asked, where it was not.
        detail: Option<&'static str>,
    }
}

output! {
    /// A folder compared with its server.
    pub(crate) struct FolderLedger {
        /// The address of the account.
        mailbox: String,
        /// The folder's name.
        folder: String,
        /// Messages on the server.
        server: u64,
        /// Of these, held here.
        held: u64,
        /// Of these, neither held nor in quarantine nor passed over.
        missing: u64,
        /// Of these, in quarantine.
        quarantined: u64,
        /// Of these, drafts.
        passed_over: u64,
    }
}

/// GET `/email-accounts/{id}/ledger`.
pub(crate) async fn ledger(
    call: SignedCall,
    Path(id): Path<MailboxId>,
) -> Result<Json<AccountLedger>, ApiError> {
    let found = mailbox::ledger(call.services(), &call.caller(), id).await?;
    let folders = found.folders.into_iter().map(|(folder, ledger)| FolderLedger {
        mailbox: found.email.clone(),
        folder,
        server: ledger.server,
        held: ledger.held,
        missing: ledger.missing,
        quarantined: ledger.quarantined,
        passed_over: ledger.passed_over,
    });
    let detail = (!found.is_current).then_some(NOT_ASKED);
    Ok(Json(AccountLedger { ok: true, ledger: folders.collect(), detail }))
}
