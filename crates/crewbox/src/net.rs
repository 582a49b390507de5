//! What commands and the server may connect to: the operator's word on private hosts and further certificates.

use std::path::PathBuf;

use clap::Args;

/// Where connections to mail servers may go, and whom they trust.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Mail servers")]
pub(crate) struct NetArgs {
    /// Also connect to mail servers on this machine and on private networks
    #[arg(long, env = "CREWBOX_ALLOW_PRIVATE_HOSTS")]
    pub(crate) allow_private_hosts: bool,
    /// Trust the certificates in this PEM file too, besides the usual ones
    #[arg(long, env = "CREWBOX_CA_FILE", value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
}
