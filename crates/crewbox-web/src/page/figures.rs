//! Gauges for `/metrics`, read at each request: the state of the store, of mailboxes and of the outbox.
//!
//! Sums over all accounts, without an id or an address.

use std::sync::atomic::AtomicU64;

use crewbox_core::outgoing::OutgoingState;
use crewbox_store::Scope;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::app::App;
use crate::error::ApiError;

/// A whole number, never negative.
type Amount = Gauge<u64, AtomicU64>;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ConditionLabel {
    condition: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabel {
    state: &'static str,
}

/// Reads all gauges as they are now.
pub(super) async fn read(app: &App) -> Result<Registry, ApiError> {
    let store = app.0.live.store();
    let accounts = app.0.live.loaded();
    let conversations: usize = accounts.iter().map(|account| account.conversations()).sum();
    let mailboxes: Family<ConditionLabel, Amount> = Family::default();
    let unsettled: Family<StateLabel, Amount> = Family::default();
    let (mut held, mut left, mut missing) = (0_u64, 0_u64, 0_u64);
    for account in &accounts {
        let scope = Scope::operator(account.id());
        for mailbox in store.connected(&scope).await? {
            let condition = serde_json::to_value(mailbox.status.condition).unwrap_or_default();
            let condition = condition.as_str().unwrap_or_default().to_owned();
            mailboxes.get_or_create(&ConditionLabel { condition }).inc();
            held += mailbox.held;
            left +=
                mailbox.folders.iter().map(|folder| u64::from(folder.history.saturating_sub(1))).sum::<u64>();
            missing += mailbox.folders.iter().filter_map(|folder| Some(folder.ledger?.missing)).sum::<u64>();
        }
        for one in store.outgoing_unsettled(&scope).await? {
            unsettled.get_or_create(&StateLabel { state: word(one.state) }).inc();
        }
    }
    let mut registry = Registry::default();
    for (name, help, value) in [
        (
            "crewbox_search_behind_messages",
            "Messages the search index has still to take in",
            store.search_behind().await?,
        ),
        ("crewbox_accounts_loaded", "Accounts held in memory", accounts.len() as u64),
        ("crewbox_conversations_loaded", "Conversations held in memory", conversations as u64),
        ("crewbox_store_writable", "1 while writes are possible", u64::from(store.is_writable())),
        ("crewbox_mail_held", "Places on servers whose mail is held here", held),
        ("crewbox_history_left", "UIDs of history still to be read; some of them hold no mail", left),
        (
            "crewbox_mail_missing",
            "Mails on servers that are not here, as far as is known: 0 once history is read, or act",
            missing,
        ),
    ] {
        let amount = Amount::default();
        amount.set(value);
        registry.register(name, help, amount);
    }
    let reads: Counter = Counter::default();
    reads.inc_by(crewbox_store::reads::total());
    registry.register("crewbox_store_reads", "SQL statements read and heads of change logs looked at", reads);
    registry.register("crewbox_mailboxes", "Mailboxes by connection state", mailboxes);
    registry.register(
        "crewbox_outbox_unsettled",
        "Outgoing messages that need a person's attention, by state",
        unsettled,
    );
    Ok(registry)
}

const fn word(state: OutgoingState) -> &'static str {
    match state {
        OutgoingState::Sending => "sending",
        OutgoingState::Unknown => "unknown",
        _ => "copy_wanted",
    }
}
