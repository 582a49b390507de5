//! What can go wrong in a store call, in words a caller can act on.

use std::path::PathBuf;

use super::data_location::DataLocation;
use super::expectation::Overtaken;

/// A kind of thing that may not be there (or is another account's, which looks the same).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the domain's own nouns")]
pub enum Thing {
    Account,
    Member,
    Key,
    Session,
    Client,
    Campaign,
    Mailbox,
    Lead,
    Conversation,
    Message,
    Category,
    Tag,
    Quarantine,
    Outgoing,
    Note,
    Task,
    Reminder,
    Draft,
    SavedView,
    Template,
    Bulk,
    Change,
    Webhook,
}

impl Thing {
    /// What people call it.
    #[must_use]
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Member => "member",
            Self::Key => "API key",
            Self::Session => "session",
            Self::Client => "client",
            Self::Campaign => "campaign",
            Self::Mailbox => "mailbox",
            Self::Lead => "lead",
            Self::Conversation => "conversation",
            Self::Message => "message",
            Self::Category => "category",
            Self::Tag => "tag",
            Self::Quarantine => "quarantined mail",
            Self::Outgoing => "message to be sent",
            Self::Note => "note",
            Self::Task => "task",
            Self::Reminder => "reminder",
            Self::Draft => "draft",
            Self::SavedView => "saved view",
            Self::Template => "template",
            Self::Bulk => "bulk action",
            Self::Change => "change",
            Self::Webhook => "webhook",
        }
    }
}

impl std::fmt::Display for Thing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.noun())
    }
}

/// Whose address it is, as the end of a sentence.
fn owner_of_address(owner: &Thing) -> &'static str {
    match owner {
        Thing::Mailbox => "it is the address of another mailbox",
        Thing::Lead => "it is the address of a lead",
        _ => "somebody who takes part in a conversation writes from it",
    }
}

/// A failed store call. Nothing of it was written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The thing is not in this scope.
    #[error("{0} {1} not found")]
    NotFound(Thing, u64),
    /// A unique value is taken; holds what and the id that has it.
    #[error("this {0} exists already, with id {1}")]
    Exists(Thing, u64),
    /// The thing is no longer in a state that allows it.
    #[error("{0} {1} is no longer in a state that allows this")]
    Conflict(Thing, u64),
    /// Something the batch expected does not hold: somebody else was faster.
    #[error("{0}")]
    Overtaken(Box<Overtaken>),
    /// The mail came through one client's mailbox, and the thing is another client's.
    #[error("the mail came through a mailbox of another client than the {0}'s")]
    OtherClient(Thing),
    /// The message has no sender's address that a lead could have.
    #[error("message {0} has no sender's address")]
    NoSender(u64),
    /// An address cannot be an alias of a mailbox: somebody else writes from it. Holds the address and whose it is: a
    /// lead's, another mailbox's, or (as the conversation) a participant's.
    #[error("{0} cannot be an alias: {owner}", owner = owner_of_address(.1))]
    AddressTaken(String, Thing),
    /// Another worker has taken the mailbox over: this one must stop.
    #[error("mailbox {0} is another worker's now")]
    LeaseLost(u64),
    /// The disk is full; reads go on, and writes heal by themselves once there is room.
    #[error("the disk is full: free some space under {0}; nothing was lost and reads go on")]
    DiskFull(DataLocation),
    /// Another server holds the data.
    #[error(
        "another Crewbox server (process {pid}) is serving {location}: stop it, or choose another --data"
    )]
    InUse {
        /// Where the data is.
        location: DataLocation,
        /// Its process id as it wrote it, `unknown` if it did not.
        pid: String,
    },
    /// The schema is newer than this binary.
    #[error(
        "{location} was written by a newer Crewbox (schema {found}, this binary knows {known}): use that version or a newer one"
    )]
    SchemaNewer {
        /// Where the data is.
        location: DataLocation,
        /// Version found.
        found: u32,
        /// Version known.
        known: u32,
    },
    /// The schema is older, and this role may not migrate.
    #[error(
        "{location} has schema {found}, this binary needs {known}: start `crewbox serve` of this version once to migrate"
    )]
    SchemaOlder {
        /// Where the data is.
        location: DataLocation,
        /// Version found.
        found: u32,
        /// Version known.
        known: u32,
    },
    /// No store there.
    #[error("there is no Crewbox data in {0}: make it with `crewbox setup --data {0}`")]
    NoData(DataLocation),
    /// The directory holds other parts of a store, and no database.
    #[error("the database {} is {state}, but {found} is there: put it back from your backup, together with its -wal file if it has one; nothing was changed", .file.display())]
    DatabaseLost {
        /// The database's file.
        file: PathBuf,
        /// `missing` or `empty`.
        state: &'static str,
        /// What shows that there was one.
        found: &'static str,
    },
    /// The database has not all changes that were acknowledged.
    #[error("the database {} ends at change {found} of account {account}, but change {recorded} was acknowledged: put the newest database back, together with its -wal file; or copy blobs/, accept the loss and remove {}", .file.display(), .record.display())]
    DatabaseBehind {
        /// The database's file.
        file: PathBuf,
        /// The account.
        account: u64,
        /// Its newest change.
        found: u64,
        /// Its newest change by the record beside the database.
        recorded: u64,
        /// The record.
        record: PathBuf,
    },
    /// Other users of the machine may use the directory.
    #[error("{} is open to other users (mode {mode:o}), and holds mail and keys: restrict it with `chmod 700 {}` (systemd: StateDirectoryMode=0700), or give --allow-open-data where the platform sets the mode at each start (Kubernetes fsGroup)", .directory.display(), .directory.display())]
    OpenToOthers {
        /// The directory.
        directory: PathBuf,
        /// What everybody may do.
        mode: u32,
    },
    /// The sealing key is missing.
    #[error("the key file {} is missing: put it back from your backup, or run `crewbox secrets reset` to drop the sealed passwords (no mail is touched)", .0.display())]
    KeyMissing(PathBuf),
    /// The sealing key does not open this store.
    #[error("the key file {} does not belong to this data: put the right one back, or run `crewbox secrets reset` to drop the sealed passwords (no mail is touched)", .0.display())]
    KeyWrong(PathBuf),
    /// The store stopped writing after a failed sync or commit; the process must exit and recover at start.
    #[error("the store stopped after a failed write: restart to recover; nothing acknowledged was lost")]
    Stopped,
    /// The raw mail of this thing is missing, or is not what came in.
    #[error(
        "the raw mail of {0:?} {1} is missing or damaged: it does not match its hash; put it back from a backup (`crewbox doctor` lists all damage)"
    )]
    Damaged(Thing, u64),
    /// The system has no file descriptors, memory or threads left for this call. A later one may succeed.
    #[error("the system is short of file descriptors or memory ({0}): nothing was changed; try again")]
    OutOfResources(String),
    /// A file-system error, with what was being done.
    #[error("{doing}: {source}")]
    Io {
        /// What was being done.
        doing: String,
        /// The system's error.
        source: std::io::Error,
    },
    /// Anything the engine did not expect; logged whole, never shown to a client.
    #[error("store: {0}")]
    Engine(String),
}
