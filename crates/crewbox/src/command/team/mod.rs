//! `crewbox team`: what the members have to do, and what they have done.

mod load;
mod performance;
mod table;

use clap::Subcommand;

use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub(crate) enum TeamCommand {
    /// Show how much each member has to do now
    Load(load::LoadArgs),
    /// Show what each member did in a period: replies and response times
    Performance(performance::PerformanceArgs),
}

pub(crate) async fn run(command: TeamCommand) -> Result<(), Failure> {
    match command {
        TeamCommand::Load(args) => load::run(args).await,
        TeamCommand::Performance(args) => performance::run(args).await,
    }
}
