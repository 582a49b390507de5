//! `crewbox mailbox`: connected e-mail accounts, how they fare, and the proof that nothing is missing.

mod add;
mod ledger;
mod list;
mod sign_in;
mod test;

use clap::Subcommand;
use crewbox_core::model::Mailbox;
use crewbox_store::Catalog;

use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub(crate) enum MailboxCommand {
    /// Connect a mailbox, or save one again; works while a server runs
    Add(add::AddArgs),
    /// Connect a mailbox of Google, Microsoft or another provider by signing in with a browser
    SignIn(sign_in::SignInArgs),
    /// List mailboxes and how each fares, one JSON line each
    List(list::ListArgs),
    /// Try a mailbox's servers step by step
    Test(test::TestArgs),
    /// Compare a mailbox with its server afresh: what is there, what is held, what is missing
    Ledger(ledger::LedgerArgs),
}

pub(crate) async fn run(command: MailboxCommand) -> Result<(), Failure> {
    match command {
        MailboxCommand::Add(args) => add::run(args).await,
        MailboxCommand::SignIn(args) => sign_in::run(args).await,
        MailboxCommand::List(args) => list::run(args).await,
        MailboxCommand::Test(args) => test::run(args).await,
        MailboxCommand::Ledger(args) => ledger::run(args).await,
    }
}

/// The mailbox with this address, in any case.
fn find<'c>(catalog: &'c Catalog, email: &str) -> Result<&'c Mailbox, Failure> {
    let email = email.trim().to_lowercase();
    let kept = catalog.mailboxes.iter().filter(|mailbox| mailbox.removed_at.is_none());
    kept.into_iter().find(|mailbox| mailbox.email == email).ok_or_else(|| {
        Failure::input(format!(
            "there is no mailbox `{email}`: `crewbox mailbox list` shows them, `mailbox add` connects one"
        ))
    })
}
