//! How many e-mail accounts are connected.

use crewbox_app::analytics;
use crewbox_core::id::ClientId;

use super::parameters::{Day, IdList, MAX_CLIENTS};
use crate::answer::Success;
use crate::call::SignedCall;
use crate::declare::{output, query};
use crate::error::ApiError;
use crate::handler::Filters;
use crate::object::Null;

query! {
    /// Which e-mail accounts.
    pub(crate) struct WhichMailboxes {
        /// Only those of these clients: their ids, with commas between.
        client_ids: Option<IdList<ClientId, MAX_CLIENTS>>,
        /// Not used: the figures are those of now.
        start_date: Option<Day>,
        /// Not used: the figures are those of now.
        end_date: Option<Day>,
    }
}

output! {
    /// The figures under their name.
    pub(crate) struct Mailboxes {
        /// The figures.
        overall_mailbox_stats: MailboxStats,
    }
}

output! {
    /// E-mail accounts as they are now.
    pub(crate) struct MailboxStats {
        /// Those that are connected.
        total_connected: u64,
        /// Those that a campaign sends from.
        in_use: u64,
        /// Those whose server cannot be reached, or refuses the login.
        disconnected: u64,
        /// Always null: there is no warm-up.
        enabled_without_warmup: Null,
    }
}

/// GET `/analytics/mailbox/overall-stats`.
pub(crate) async fn mailboxes(
    call: SignedCall,
    Filters(which): Filters<WhichMailboxes>,
) -> Result<Success<Mailboxes>, ApiError> {
    let WhichMailboxes { client_ids, start_date: _unused, end_date: _also_unused } = which;
    let clients = client_ids.map(|ids| ids.0).unwrap_or_default();
    let counts = analytics::mailboxes(call.services(), &call.caller(), &clients).await?;
    let overall_mailbox_stats = MailboxStats {
        total_connected: counts.connected,
        in_use: counts.in_use,
        disconnected: counts.disconnected,
        enabled_without_warmup: Null,
    };
    let data = Mailboxes { overall_mailbox_stats };
    Ok(Success { message: "Overall mailbox stats fetched successfully!", data })
}
