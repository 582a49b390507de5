//! Trying the servers of an account.

use crewbox_app::mailbox;
use crewbox_core::id::MailboxId;

use crate::answer::Json;
use crate::call::SignedCall;
use crate::declare::output;
use crate::error::ApiError;
use crate::handler::Path;

output! {
    /// The steps of a test.
    pub(crate) struct TestedAccount {
        /// Whether all steps worked.
        ok: bool,
        /// The steps: of IMAP until one fails, then of SMTP until one fails.
        steps: Vec<TestedStep>,
    }
}

output! {
    /// A step of a test.
    pub(crate) struct TestedStep {
        /// Its name, such as `imap log-in`.
        step: &'static str,
        /// Whether it worked.
        ok: bool,
        /// What was found, or what to change.
        detail: String,
        /// How long it took, in milliseconds.
        ms: u64,
    }
}

/// POST `/email-accounts/{id}/test`.
pub(crate) async fn test(
    call: SignedCall,
    Path(id): Path<MailboxId>,
) -> Result<Json<TestedAccount>, ApiError> {
    let tried = mailbox::test(call.services(), &call.caller(), id).await?;
    let ok = tried.iter().all(|one| one.ok);
    let steps = tried.into_iter().map(|one| TestedStep {
        step: one.step,
        ok: one.ok,
        detail: one.detail,
        ms: one.millis,
    });
    Ok(Json(TestedAccount { ok, steps: steps.collect() }))
}
