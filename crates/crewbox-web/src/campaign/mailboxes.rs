//! The e-mail accounts that a campaign sends from.

use crewbox_app::{FieldError, Refusal, campaign, mailbox};
use crewbox_core::id::{CampaignId, MailboxId};

use crate::answer::{Json, Success};
use crate::call::SignedCall;
use crate::declare::{input, output};
use crate::error::ApiError;
use crate::handler::{Body, Path};
use crate::mailbox::{EmailAccount, account};
use crate::value::Ids;

/// E-mail accounts a call names at the most.
const MAX_IDS: usize = 1_000;

input! {
    /// E-mail accounts of a campaign. At least one must be given.
    pub(crate) struct SendingAccounts {
        /// Their ids.
        email_account_ids: Option<Ids<MailboxId, MAX_IDS>>,
        /// The id of one more.
        email_account_id: Option<MailboxId>,
    }
}

impl SendingAccounts {
    fn ids(self) -> Result<Vec<MailboxId>, Refusal> {
        let mut ids = self.email_account_ids.map(|ids| ids.0).unwrap_or_default();
        ids.extend(self.email_account_id.filter(|id| !ids.contains(id)));
        if ids.is_empty() { Err(FieldError::of("email_account_ids", "is required").into()) } else { Ok(ids) }
    }
}

output! {
    /// E-mail accounts that a campaign sends from, or no longer does.
    pub(crate) struct AccountsOfCampaign {
        /// The campaign.
        campaign_id: CampaignId,
        /// The accounts of the call.
        email_account_ids: Vec<MailboxId>,
    }
}

/// GET `/campaigns/{id}/email-accounts`.
pub(crate) async fn list(
    call: SignedCall,
    Path(id): Path<CampaignId>,
) -> Result<Json<Vec<EmailAccount>>, ApiError> {
    let filter = mailbox::MailboxFilter { campaign: Some(id), ..mailbox::MailboxFilter::default() };
    let caller = call.caller();
    let all = mailbox::page(call.services(), &caller, &filter, 0, usize::MAX).await?;
    Ok(Json(all.into_iter().map(|one| account(&call, caller.names(), one, false)).collect()))
}

/// POST `/campaigns/{id}/email-accounts`.
pub(crate) async fn add(
    call: SignedCall,
    Path(id): Path<CampaignId>,
    Body(accounts): Body<SendingAccounts>,
) -> Result<Success<AccountsOfCampaign>, ApiError> {
    let mailboxes = accounts.ids()?;
    campaign::add_mailboxes(call.services(), &call.caller(), id, mailboxes.clone()).await?;
    let data = AccountsOfCampaign { campaign_id: id, email_account_ids: mailboxes };
    Ok(Success { message: "Email accounts added to the campaign", data })
}

/// DELETE `/campaigns/{id}/email-accounts`.
pub(crate) async fn remove(
    call: SignedCall,
    Path(id): Path<CampaignId>,
    Body(accounts): Body<SendingAccounts>,
) -> Result<Success<AccountsOfCampaign>, ApiError> {
    let mailboxes = accounts.ids()?;
    campaign::remove_mailboxes(call.services(), &call.caller(), id, mailboxes.clone()).await?;
    let data = AccountsOfCampaign { campaign_id: id, email_account_ids: mailboxes };
    Ok(Success { message: "Email accounts removed from the campaign", data })
}
