//! The stream to the server, and how long anything on it may take.

use std::time::Duration;

use async_imap::error::Error;
use tokio::time::timeout;

use super::failing;
use super::tolerant::Tolerant;
use crate::failure::Failure;
use crate::net::Stream;

/// A connection as the library has it.
pub(super) type Wire = Tolerant<Stream>;

pub(super) type Result<T> = std::result::Result<T, Failure>;

/// How long things may take. Shorter in tests.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// A command, or the next part of its answer.
    pub command: Duration,
    /// The answer to DONE: after a rest the connection may be dead without any sign of it.
    pub done: Duration,
    /// How often a server that cannot IDLE is asked.
    pub poll: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            command: Duration::from_secs(60),
            done: Duration::from_secs(15),
            poll: Duration::from_secs(60),
        }
    }
}

pub(super) fn gone() -> Failure {
    Failure::Lost("the connection is gone".to_owned())
}

/// Bounds an exchange, and says a failure in the machine's words.
pub(super) async fn within<T>(
    limit: Duration,
    exchange: impl Future<Output = std::result::Result<T, Error>>,
) -> Result<T> {
    match timeout(limit, exchange).await {
        Ok(answer) => answer.map_err(|error| failing::failure(&error)),
        Err(_) => Err(Failure::Lost("the server did not answer in time".to_owned())),
    }
}
