//! `crewbox mailbox list`: every mailbox and its connection state.

use clap::Args;
use crewbox_core::id::MailboxId;
use crewbox_core::mailbox::{Condition, Connected, Folder};
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

/// Mails on the server, as far as is known: at least those held.
fn on_servers(connected: &Connected) -> u64 {
    let ledgers = connected.folders.iter().filter_map(|folder| folder.ledger);
    ledgers.map(|ledger| ledger.server).sum::<u64>().max(connected.held)
}

pub(super) async fn run(args: ListArgs) -> Result<(), Failure> {
    let opened = args.data.open().await?;
    let catalog = opened.catalog().await?;
    let connected = opened.store.connected(&opened.scope).await?;
    for mailbox in catalog.mailboxes.iter().filter(|mailbox| mailbox.removed_at.is_none()) {
        let found: Option<&Connected> = connected.iter().find(|found| found.mailbox == mailbox.id);
        let client = mailbox.client.and_then(|id| catalog.client(id)).map(|client| client.name.as_str());
        output::json(&Listed {
            mailbox_id: mailbox.id,
            email: &mailbox.email,
            aliases: &mailbox.aliases,
            name: &mailbox.name,
            client,
            status: found.map(|found| found.status.condition).unwrap_or_default(),
            detail: found.and_then(|found| found.status.detail.as_deref()),
            until: found.and_then(|found| found.status.until).map(crate::clock::iso),
            held: found.map_or(0, |found| found.held),
            of: found.map_or(0, on_servers),
            folders: found
                .map(|found| found.folders.iter().map(ListedFolder::from).collect())
                .unwrap_or_default(),
        })?;
    }
    opened.close().await;
    Ok(())
}
