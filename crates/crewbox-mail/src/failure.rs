//! Why talking to a server, or to the store about mail, failed.
//!
//! Owns the kinds of failure that syncing, sending and testing a mailbox share. Each decides for itself what follows.

/// Why it failed. Every text is one sentence without its full stop, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No connection could be made (name, route, port, TLS, certificate), or it ended while nothing was asked of the
    /// server: one sentence that says what to change.
    Unreachable(String),
    /// The server refused user name or password, or no token can be had: one sentence.
    Refused(String),
    /// The server asks for a pause, or has too many connections; with the time it asks for, in milliseconds.
    Throttled(String, Option<u64>),
    /// The connection died, a deadline passed, or BYE.
    Lost(String),
    /// The server answered what makes no sense, or NO to a harmless command.
    Protocol(String),
    /// The server sends much more than was asked for: text without end, or mails that were not searched for. It is asked
    /// again after a pause that grows to an hour, because each try costs as much.
    Excess(String),
    /// The store cannot write at the moment (disk full): tried again.
    Store(String),
    /// Another worker has the mailbox now, or the mailbox is gone: the worker ends.
    Superseded,
    /// The store has stopped for good: the worker ends.
    Stopped,
}
