//! The commands, one a file. Each opens what it needs, does one thing, and says what to do next where it cannot.

pub(crate) mod account;
pub(crate) mod classify;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod import_leads;
pub(crate) mod import_mail;
pub(crate) mod key;
pub(crate) mod mailbox;
pub(crate) mod member;
pub(crate) mod reindex;
pub(crate) mod secrets;
pub(crate) mod serve;
pub(crate) mod setup;
pub(crate) mod team;

use crate::cli::{Command, ImportCommand};
use crate::failure::Failure;

/// Runs a command to its end.
pub(crate) async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Demo(args) => demo::run(args).await,
        Command::Serve(args) => serve::run(args).await,
        Command::Setup(args) => setup::run(args).await,
        Command::Account(command) => account::run(command).await,
        Command::Member(command) => member::run(command).await,
        Command::Team(command) => team::run(command).await,
        Command::Key(command) => key::run(command).await,
        Command::Mailbox(command) => mailbox::run(command).await,
        Command::Import(ImportCommand::Leads(args)) => import_leads::run(args).await,
        Command::Import(ImportCommand::Mail(args)) => import_mail::run(args).await,
        Command::Classify(args) => classify::run(args).await,
        Command::Doctor(args) => doctor::run(args).await,
        Command::Reindex(args) => reindex::run(args).await,
        Command::Secrets(command) => secrets::run(command).await,
    }
}
