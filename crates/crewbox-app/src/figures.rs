//! Figures of the whole process, for the operator's metrics.
//!
//! Owns what is counted. All are sums over all accounts, without an id or an address, so that they need no permission.

use std::collections::HashMap;

use crewbox_core::mailbox::Condition;
use crewbox_core::outgoing::OutgoingState;
use crewbox_store::{Live, Scope};

use crate::refusal::Refusal;
use crate::services::Services;

/// The figures at one moment.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Accounts in memory.
    pub accounts: u64,
    /// Conversations in memory.
    pub conversations: u64,
    /// Messages that the search index does not have yet.
    pub search_behind: u64,
    /// Whether writes are possible.
    pub is_writable: bool,
    /// SQL statements read, and heads of change logs looked at, since the process began.
    pub store_reads: u64,
    /// Places on servers whose mail is held here.
    pub mail_held: u64,
    /// UIDs of history that are still to be read; some of them hold no mail.
    pub history_left: u64,
    /// Mails on servers that are not here, as far as is known.
    pub mail_missing: u64,
    /// Mailboxes by the state of their connection.
    pub mailboxes: HashMap<Condition, u64>,
    /// Outgoing messages that are not settled, by what is open.
    pub unsettled: HashMap<Unsettled, u64>,
}

/// What is open about an outgoing message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unsettled {
    /// It is being given to the server.
    Sending,
    /// It may or may not have left.
    Unknown,
    /// It left, and its copy is not in the Sent folder yet.
    CopyWanted,
}

/// Reads the figures as they are now.
///
/// # Errors
/// The store's.
pub async fn read(services: &Services, live: &Live) -> Result<Figures, Refusal> {
    let store = services.store();
    let loaded = live.loaded();
    let mut figures = Figures {
        accounts: loaded.len() as u64,
        conversations: loaded.iter().map(|account| account.conversations() as u64).sum(),
        search_behind: store.search_behind().await?,
        is_writable: store.is_writable(),
        store_reads: crewbox_store::reads::total(),
        ..Figures::default()
    };
    for account in &loaded {
        let scope = Scope::operator(account.id());
        for mailbox in store.connected(&scope).await? {
            *figures.mailboxes.entry(mailbox.status.condition).or_default() += 1;
            figures.mail_held += mailbox.held;
            for folder in &mailbox.folders {
                figures.history_left += u64::from(folder.history.saturating_sub(1));
                figures.mail_missing += folder.ledger.map_or(0, |ledger| ledger.missing);
            }
        }
        for one in store.outgoing_unsettled(&scope).await? {
            let open = match one.state {
                OutgoingState::Sending => Unsettled::Sending,
                OutgoingState::Unknown => Unsettled::Unknown,
                _ => Unsettled::CopyWanted,
            };
            *figures.unsettled.entry(open).or_default() += 1;
        }
    }
    Ok(figures)
}
