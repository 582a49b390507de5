//! Figures of mailboxes and the outbox for `/metrics`: sums over all accounts, without an id or an address.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crewbox_core::outgoing::OutgoingState;
use crewbox_store::Scope;

use crate::app::App;
use crate::error::ApiError;

/// Appends them in Prometheus' text format.
pub(super) async fn render(app: &App, out: &mut String) -> Result<(), ApiError> {
    let store = app.0.live.store();
    let (mut conditions, mut waiting) = (BTreeMap::<String, u64>::new(), BTreeMap::<&str, u64>::new());
    let (mut held, mut left, mut missing) = (0_u64, 0_u64, 0_u64);
    for account in app.0.live.loaded() {
        let scope = Scope::operator(account.id());
        for mailbox in store.connected(&scope).await? {
            let condition = serde_json::to_value(mailbox.status.condition).unwrap_or_default();
            *conditions.entry(condition.as_str().unwrap_or_default().to_owned()).or_default() += 1;
            held += mailbox.held;
            left +=
                mailbox.folders.iter().map(|folder| u64::from(folder.history.saturating_sub(1))).sum::<u64>();
            missing += mailbox.folders.iter().filter_map(|folder| Some(folder.ledger?.missing)).sum::<u64>();
        }
        for one in store.outgoing_unsettled(&scope).await? {
            *waiting.entry(word(one.state)).or_default() += 1;
        }
    }
    heading(out, "crewbox_mailboxes", "Mailboxes by how they fare.");
    for (condition, count) in conditions {
        let _ = writeln!(out, "crewbox_mailboxes{{condition=\"{condition}\"}} {count}");
    }
    heading(out, "crewbox_outbox_unsettled", "Messages somebody has to look after, by state.");
    for (state, count) in waiting {
        let _ = writeln!(out, "crewbox_outbox_unsettled{{state=\"{state}\"}} {count}");
    }
    for (name, says, value) in [
        ("crewbox_mail_held", "Places on servers whose mail is held here.", held),
        ("crewbox_history_left", "UIDs of history still to be read; some of them hold no mail.", left),
        (
            "crewbox_mail_missing",
            "Mails on servers that are not here, as far as is known: 0 once history is read, or act.",
            missing,
        ),
    ] {
        heading(out, name, says);
        let _ = writeln!(out, "{name} {value}");
    }
    Ok(())
}

fn heading(out: &mut String, name: &str, says: &str) {
    let _ = writeln!(out, "# HELP {name} {says}\n# TYPE {name} gauge");
}

const fn word(state: OutgoingState) -> &'static str {
    match state {
        OutgoingState::Sending => "sending",
        OutgoingState::Unknown => "unknown",
        _ => "copy_wanted",
    }
}
