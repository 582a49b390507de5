//! The limit of open files: raised as far as the system allows, and shared between connections and the store.
//!
//! Owns how many descriptors are kept free for the store and for mail servers.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crewbox_web::MAX_CONNECTIONS;

/// Descriptors that connections of clients never take: the databases with their readers and logs, files being written,
/// the standard streams, and some mailboxes. 40 are open when a server with one mailbox has nothing to do.
const LEAST_RESERVE: u64 = 96;
/// Where there are more, this part of them is kept free, for mailboxes: each holds a connection to its server.
const PART_IN_RESERVE: u64 = 4;
/// With fewer connections than this a browser alone would fill the server.
const LEAST_CONNECTIONS: u64 = 16;

/// Raises the limit of open files to the most that the system allows, and returns how many connections of clients fit
/// below it.
pub(crate) fn raise() -> usize {
    let limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            // Some systems give a maximum that they then refuse.
            tracing::warn!(%error, "the limit of open files was not raised");
        }
    }
    let connections = connections_within(getrlimit(Resource::Nofile).current);
    tracing::info!(connections, "connections that may be open at once");
    connections
}

/// Connections that fit below a limit of open files; none is no limit.
fn connections_within(files: Option<u64>) -> usize {
    let Some(files) = files else { return MAX_CONNECTIONS };
    let reserve = (files / PART_IN_RESERVE).max(LEAST_RESERVE);
    let room = files.saturating_sub(reserve).max(LEAST_CONNECTIONS);
    usize::try_from(room).unwrap_or(MAX_CONNECTIONS).min(MAX_CONNECTIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_descriptors_to_the_store() {
        for (files, connections) in [
            (Some(64), 16),
            (Some(256), 160),
            (Some(1_024), 768),
            (Some(20_000), MAX_CONNECTIONS),
            (None, MAX_CONNECTIONS),
        ] {
            assert_eq!(connections_within(files), connections, "{files:?}");
        }
    }
}
