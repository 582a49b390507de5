//! The ledger on request: over a connection of its own, every folder's UIDs against the store. Changes nothing.

use std::collections::BTreeSet;

use crewbox_core::mailbox::{Ledger, Place};
use crewbox_core::model::Mailbox;
use crewbox_core::time::Timestamp;
use crewbox_store::{Scope, Store};

use super::imap::{Connection, Deadlines};
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
        let mut server = BTreeSet::new();
        let mut low = 1;
        while low < opened.uid_next.max(2) {
            let high = low.saturating_add(WINDOW - 1);
            let last = high >= opened.uid_next;
            server.extend(connection.uids(low, (!last).then_some(high)).await?);
            if last || high == u32::MAX {
                break;
            }
            low = high + 1;
        }
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
