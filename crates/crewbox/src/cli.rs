//! The command line as one tree: what can be typed, and what `--help` teaches. Does nothing itself.

use clap::{Parser, Subcommand};

use crate::command::{
    account, classify, demo, doctor, import_leads, import_mail, key, mailbox, member, reindex, secrets,
    serve, setup, team,
};
use crate::output::LogArgs;

const EXAMPLES: &str = "\
Start here:
  crewbox demo                                   a sample account to look at; leaves nothing behind
  crewbox serve                                  prints a link that sets up the account in a browser

Words go to stderr and results to stdout, as one JSON line where something is made:
  KEY=$(crewbox key create --email ann@acme.example | jq -r .api_key)

Every option can be set by the environment: --data by CREWBOX_DATA, and so on.
Exit codes: 0 done, 1 failed, 2 wrong usage or input, 70 writing to disk failed or a lock is stuck: start it again.";

/// A self-hosted master inbox for outreach teams.
///
/// Every reply from every campaign lands in one place, every conversation has an owner, and each member works
/// down what is assigned to them. One binary, one data directory.
#[derive(Debug, Parser)]
#[command(name = "crewbox", version, after_help = EXAMPLES, max_term_width = 110, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) log: LogArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Fill a directory with a sample account and serve it
    Demo(demo::DemoArgs),
    /// Serve the web inbox and the API
    Serve(serve::ServeArgs),
    /// Make the first account and its owner
    Setup(setup::SetupArgs),
    /// Accounts: each separate from the others
    #[command(subcommand)]
    Account(account::AccountCommand),
    /// Team members
    #[command(subcommand)]
    Member(member::MemberCommand),
    /// What the team has to do, and what it has done
    #[command(subcommand)]
    Team(team::TeamCommand),
    /// API keys
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Connected e-mail accounts
    #[command(subcommand)]
    Mailbox(mailbox::MailboxCommand),
    /// Bring in leads or mail
    #[command(subcommand)]
    Import(ImportCommand),
    /// Show what raw mails are taken for, and why
    Classify(classify::ClassifyArgs),
    /// Check every invariant of the data
    Doctor(doctor::DoctorArgs),
    /// Derive everything again from the raw mail
    Reindex(reindex::ReindexArgs),
    /// Sealed passwords
    #[command(subcommand)]
    Secrets(secrets::SecretsCommand),
}

#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// Leads from a CSV file into a campaign
    Leads(import_leads::LeadsArgs),
    /// Mail from .eml files, mbox files or Maildirs, as history
    Mail(import_mail::MailArgs),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_tree_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_option_has_an_environment_variable_and_a_sentence() {
        let mut stack = vec![Cli::command()];
        while let Some(command) = stack.pop() {
            for arg in command.get_arguments().filter(|arg| !arg.is_positional()) {
                if ["help", "version"].contains(&arg.get_id().as_str()) {
                    continue;
                }
                assert!(arg.get_env().is_some(), "{} --{} has no variable", command.get_name(), arg.get_id());
                assert!(arg.get_help().is_some(), "{} --{} has no help", command.get_name(), arg.get_id());
            }
            stack.extend(command.get_subcommands().cloned());
        }
    }
}
