//! `crewbox mailbox list`: every mailbox and its connection state.

use clap::Args;
use crewbox_app::mailbox;
use crewbox_core::id::MailboxId;
use crewbox_core::mailbox::{Condition, Folder};
use serde::Serialize;

use crate::data::DataArgs;
use crate::failure::Failure;
use crate::output;

#[derive(Args, Debug)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    data: DataArgs,
}

#[derive(Serialize)]
struct Listed<'a> {
    mailbox_id: MailboxId,
    email: &'a str,
    aliases: &'a [String],
    name: &'a str,
    client: Option<&'a str>,
    status: Condition,
    detail: Option<&'a str>,
    /// When it is tried again, while it waits.
    until: Option<String>,
    /// Mails held, of so many on the server as far as is known.
    held: u64,
    of: u64,
    folders: Vec<ListedFolder<'a>>,
}

#[derive(Serialize)]
struct ListedFolder<'a> {
    folder: &'a str,
    /// Of the UIDs that were there when the mailbox was connected, how many are still to be looked at.
    history_left: u32,
    server: Option<u64>,
    held: Option<u64>,
    missing: Option<u64>,
    quarantined: Option<u64>,
}

impl<'a> From<&'a Folder> for ListedFolder<'a> {
    fn from(folder: &'a Folder) -> Self {
        let ledger = folder.ledger.as_ref();
        Self {
            folder: &folder.name,
            history_left: folder.history.saturating_sub(1),
            server: ledger.map(|ledger| ledger.server),
            held: ledger.map(|ledger| ledger.held),
            missing: ledger.map(|ledger| ledger.missing),
            quarantined: ledger.map(|ledger| ledger.quarantined),
        }
    }
}

pub(super) async fn run(args: ListArgs) -> Result<(), Failure> {
    let opened = args.data.open().await?;
    let caller = opened.caller().await?;
    for state in mailbox::list(&opened.services(), &caller).await? {
        let (mailbox, status) = (&state.mailbox, state.connected.as_ref().map(|one| &one.status));
        let client = mailbox.client.and_then(|id| caller.names().client(id));
        let folders = state.connected.iter().flat_map(|one| &one.folders);
        output::json(&Listed {
            mailbox_id: mailbox.id,
            email: &mailbox.email,
            aliases: &mailbox.aliases,
            name: &mailbox.name,
            client: client.map(|client| client.name.as_str()),
            status: state.condition(),
            detail: status.and_then(|status| status.detail.as_deref()),
            until: status.and_then(|status| status.until).map(crate::clock::iso),
            held: state.held(),
            of: state.on_server(),
            folders: folders.map(ListedFolder::from).collect(),
        })?;
    }
    opened.close().await;
    Ok(())
}
