//! `crewbox account`: further accounts on the same server.

use clap::{Args, Subcommand};

use crate::command::setup::{OwnerArgs, make_account};
use crate::data::DirArgs;
use crate::failure::Failure;

const EXAMPLES: &str = "\
Example:
  crewbox account add --account Beta --name 'Bo Berg' --email bo@beta.example

Nothing crosses between accounts: members, keys, leads and mail are each account's own. From the second
account on, the other commands need --account NAME.";

#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Make another, separate account; works while a server runs
    Add(AddArgs),
}

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct AddArgs {
    #[command(flatten)]
    dir: DirArgs,
    #[command(flatten)]
    owner: OwnerArgs,
}

pub(crate) async fn run(AccountCommand::Add(args): AccountCommand) -> Result<(), Failure> {
    make_account(args.dir.open()?, args.owner).await
}
