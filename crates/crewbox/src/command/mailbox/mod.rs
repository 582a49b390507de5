//! `crewbox mailbox`: connected e-mail accounts, their connection state, and the proof that nothing is missing.

mod add;
mod find;
mod ledger;
mod list;
mod sign_in;
mod test;

use clap::Subcommand;

use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub(crate) enum MailboxCommand {
    /// Connect a mailbox, or save one again; works while a server runs
    Add(add::AddArgs),
    /// Connect a mailbox of Google, Microsoft or another provider by signing in with a browser
    SignIn(sign_in::SignInArgs),
    /// List mailboxes and their connection state, one JSON line each
    List(list::ListArgs),
    /// Try a mailbox's servers step by step
    Test(test::TestArgs),
    /// Compare a mailbox with its server now: what is there, what is held, what is missing
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
