//! Gauges for `/metrics`, made of the figures of the process at each request.

use std::sync::atomic::AtomicU64;

use crewbox_app::figures::{Figures, Unsettled};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

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

/// All gauges of these figures.
pub(super) fn of(figures: &Figures) -> Registry {
    let mut registry = Registry::default();
    for (name, help, value) in [
        (
            "crewbox_search_behind_messages",
            "Messages the search index has still to take in",
            figures.search_behind,
        ),
        ("crewbox_accounts_loaded", "Accounts held in memory", figures.accounts),
        ("crewbox_conversations_loaded", "Conversations held in memory", figures.conversations),
        ("crewbox_store_writable", "1 while writes are possible", u64::from(figures.is_writable)),
        ("crewbox_mail_held", "Places on servers whose mail is held here", figures.mail_held),
        (
            "crewbox_history_left",
            "UIDs of history still to be read; some of them hold no mail",
            figures.history_left,
        ),
        (
            "crewbox_mail_missing",
            "Mails on servers that are not here, as far as is known: 0 once history is read, or act",
            figures.mail_missing,
        ),
    ] {
        let amount = Amount::default();
        amount.set(value);
        registry.register(name, help, amount);
    }
    let reads: Counter = Counter::default();
    reads.inc_by(figures.store_reads);
    registry.register("crewbox_store_reads", "SQL statements read and heads of change logs looked at", reads);
    let mailboxes: Family<ConditionLabel, Amount> = Family::default();
    for (condition, count) in &figures.mailboxes {
        let condition = serde_json::to_value(condition).unwrap_or_default();
        let condition = condition.as_str().unwrap_or_default().to_owned();
        mailboxes.get_or_create(&ConditionLabel { condition }).set(*count);
    }
    registry.register("crewbox_mailboxes", "Mailboxes by connection state", mailboxes);
    let unsettled: Family<StateLabel, Amount> = Family::default();
    for (state, count) in &figures.unsettled {
        unsettled.get_or_create(&StateLabel { state: name(*state) }).set(*count);
    }
    registry.register(
        "crewbox_outbox_unsettled",
        "Outgoing messages that need a person's attention, by state",
        unsettled,
    );
    registry
}

const fn name(state: Unsettled) -> &'static str {
    match state {
        Unsettled::Sending => "sending",
        Unsettled::Unknown => "unknown",
        Unsettled::CopyWanted => "copy_wanted",
    }
}
