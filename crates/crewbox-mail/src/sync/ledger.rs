//! The ledger on request: over a connection of its own, every folder's UIDs against the store. Changes nothing.

use std::collections::BTreeSet;

use crewbox_core::mailbox::{Ledger, Place};
use crewbox_core::model::Mailbox;
use crewbox_core::time::Timestamp;
use crewbox_store::{Scope, Store};

use super::imap::{Connection, Deadlines, Examined};
use super::uid_range::{MOST_COMPARED, next_width};
use crate::credentials::Credentials;
use crate::failure::Failure;
use crate::net::Net;

/// UIDs asked for at once: the answer is one line.
const WINDOW: u32 = 50_000;

/// One folder's figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderLedger {
    /// Its name.
    pub folder: String,
    /// What was found.
    pub ledger: Ledger,
}

/// Mails whose flags are asked for at once.
const ASKED: usize = 500;

/// The figures of a folder: what the server has against what is held, which may be more. Drafts are passed over.
pub(super) fn figures(
    server: &BTreeSet<u32>,
    places: &[Place],
    drafts: &BTreeSet<u32>,
    now: Timestamp,
) -> Ledger {
    let count = |quarantined: bool| {
        let here = places.iter().filter(|place| place.quarantined == quarantined);
        here.filter(|place| server.contains(&place.uid)).count() as u64
    };
    let (held, quarantined, total) = (count(false), count(true), server.len() as u64);
    let here: BTreeSet<u32> = places.iter().map(|place| place.uid).collect();
    let passed_over = drafts.iter().filter(|uid| server.contains(uid) && !here.contains(uid)).count() as u64;
    let missing = total.saturating_sub(held + quarantined + passed_over);
    Ledger { server: total, held, missing, quarantined, passed_over, at: now }
}

/// Compares every folder with the server.
///
/// # Errors
/// In the machine's words: the sentence says what to change.
pub async fn ledger(
    net: &Net,
    store: &Store,
    scope: &Scope,
    mailbox: &Mailbox,
    credentials: &Credentials,
    now: Timestamp,
) -> Result<Vec<FolderLedger>, Failure> {
    let mut connection = Connection::open(net, &mailbox.settings, credentials, Deadlines::default()).await?;
    let mut ledgers = Vec::new();
    for (folder, _) in connection.folders().await? {
        let Some(opened) = connection.examine(&folder).await? else {
            return Err(Failure::Protocol(format!("the server refuses to open the folder {folder}")));
        };
        let server = server_uids(&mut connection, opened).await?;
        let places = store.places(scope, mailbox.id, &folder, opened.uidvalidity).await;
        let places = places.map_err(|error| Failure::Store(error.to_string()))?;
        let here: BTreeSet<u32> = places.iter().map(|place| place.uid).collect();
        let gaps: Vec<u32> = server.difference(&here).copied().collect();
        let mut drafts = BTreeSet::new();
        for some in gaps.chunks(ASKED) {
            let about = connection.about(some).await?;
            drafts.extend(about.iter().filter(|one| one.draft).map(|one| one.uid));
        }
        ledgers.push(FolderLedger { folder, ledger: figures(&server, &places, &drafts, now) });
    }
    connection.close().await;
    Ok(ledgers)
}

/// All UIDs of the open folder.
async fn server_uids(connection: &mut Connection, opened: Examined) -> Result<BTreeSet<u32>, Failure> {
    let mut uids = BTreeSet::new();
    let (mut low, mut width) = (1_u32, WINDOW);
    loop {
        let high = low.saturating_add(width - 1);
        // The last range is open to the end: mail may have come since.
        let last = opened.exists <= WINDOW || high.saturating_add(1) >= opened.uid_next;
        let found = connection.uids(low, (!last).then_some(high)).await?;
        width = next_width(width, WINDOW, found.len(), opened.exists);
        uids.extend(found);
        if uids.len() > MOST_COMPARED {
            return Err(Failure::Protocol(format!(
                "the server lists more than {MOST_COMPARED} mails in one folder"
            )));
        }
        if last {
            return Ok(uids);
        }
        low = high.saturating_add(1);
    }
}
