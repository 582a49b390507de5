//! `crewbox team`: what the members have to do.

mod load;
mod table;

use clap::Subcommand;

use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub(crate) enum TeamCommand {
    /// Show how much each member has to do now
    Load(load::LoadArgs),
}

pub(crate) async fn run(command: TeamCommand) -> Result<(), Failure> {
    match command {
        TeamCommand::Load(args) => load::run(args).await,
    }
}
