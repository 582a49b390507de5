//! The interface between the sync machine and its driver: actions that the machine asks for, and their results.
//!
//! Owns the types only. The machine decides and has no effects; a driver has effects and decides nothing. The real
//! driver speaks IMAP and writes the store; the simulated one is a model that fails at will. One action is open at a
//! time, and each is answered with exactly one event.

use crewbox_core::id::OutgoingId;
use crewbox_core::mailbox::{Attempt, Folder, FolderRole, Place, Status};
use crewbox_core::time::Timestamp;
use crewbox_store::SyncStep;

use crate::failure::Failure;

/// What the machine wants done next.
#[derive(Clone, Debug)]
pub enum Action {
    /// Take the mailbox's lease and read what the store knows. Answer: [`Event::Loaded`].
    Load,
    /// Write these steps in one batch behind the fence. Answer: [`Event::Saved`].
    Save(Vec<SyncStep>),
    /// Connect, secure, log in, ask for capabilities. Answer: [`Event::Connected`], [`Event::Crowded`] or
    /// [`Event::Failed`].
    Connect {
        /// Wait if the connection limit is reached; else report it.
        wait: bool,
    },
    /// List the folders to be read. Answer: [`Event::Folders`].
    List,
    /// EXAMINE a folder (never SELECT: nothing may change on the server). Answer: [`Event::Opened`] or
    /// [`Event::Unopened`].
    Open(String),
    /// Ask the server for news of the open folder (NOOP), so that what is asked next includes new mail. Answer:
    /// [`Event::Refreshed`].
    Refresh,
    /// Which UIDs the open folder has from `low` to `high` (to the end if none), and their sizes. Answer:
    /// [`Event::Uids`], ascending; the driver leaves out what the server says outside the range.
    Uids {
        /// First.
        low: u32,
        /// Last, inclusive.
        high: Option<u32>,
    },
    /// What the server says of these: sizes, flags. Answer: [`Event::Sizes`].
    Sizes(Vec<u32>),
    /// Fetch these mails whole (`BODY.PEEK[]`, INTERNALDATE) and keep them in memory. Answer: [`Event::Fetched`].
    Fetch {
        /// Which, ascending.
        uids: Vec<u32>,
        /// They are new mail, which must not wait for history to be read.
        live: bool,
    },
    /// Read the fetched mails and store them with the cursor in one batch. Answer: [`Event::Taken`].
    Take(Take),
    /// Every place the store knows of a folder, and what was begun. Answer: [`Event::Places`].
    Places {
        /// The folder.
        folder: String,
        /// Its UIDVALIDITY.
        uidvalidity: u32,
    },
    /// What the outbox wants of this mailbox's Sent folder. Answer: [`Event::Chores`].
    Chores,
    /// Look in the open folder for a message that we sent, by Message-ID and `X-Crewbox-Ref`. Answer:
    /// [`Event::Found`].
    Find(OutgoingId),
    /// Put a copy of a sent message into this folder. Answer: [`Event::Saved`]; the driver has told the outbox.
    Append {
        /// Which.
        outgoing: OutgoingId,
        /// Into which folder.
        folder: String,
    },
    /// Tell the outbox that the copy is there already. Answer: [`Event::Saved`].
    Copied(OutgoingId),
    /// IDLE in the open folder, or with a server that cannot: wait and ask (NOOP). Ends at the latest after so
    /// many milliseconds. Answer: [`Event::Rested`].
    Rest {
        /// Milliseconds.
        millis: u64,
        /// IDLE, if true: the server can.
        idle: bool,
    },
    /// Wait without a connection. Answer: [`Event::Rested`].
    Pause {
        /// Until then, at the latest.
        until: Timestamp,
    },
    /// Log out and close, if there is a connection. Answer: [`Event::Closed`].
    Close,
    /// There is nothing more to do: the worker ends. No answer.
    End,
}

/// Fetched mails to store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Take {
    /// The folder.
    pub folder: String,
    /// What it is for: what is in Sent was sent, whatever alias it names.
    pub role: FolderRole,
    /// Its UIDVALIDITY.
    pub uidvalidity: u32,
    /// Those to store, of those fetched.
    pub uids: Vec<u32>,
    /// What arrived before this time is history: it raises no events and counts as read. None: nothing is.
    pub history_before: Option<Timestamp>,
    /// Do not read them: they go to quarantine as they are, because reading them has killed the process.
    pub unread: bool,
    /// The cursor's new place, in the same transaction: live, then history.
    pub cursor: (u32, u32),
}

/// What came of an action, or what happened while it was open.
#[derive(Clone, Debug)]
pub enum Event {
    /// The worker begins: the first event.
    Begin,
    /// What the store knows.
    Loaded {
        /// The last status of the mailbox.
        status: Status,
        /// Its folders.
        folders: Vec<Folder>,
    },
    /// It is written.
    Saved,
    /// Logged in.
    Connected {
        /// The server can IDLE.
        idle: bool,
        /// The server puts a copy of what is sent through it into Sent by itself.
        copies_sent: bool,
    },
    /// The connection limit is reached: ask again, and wait.
    Crowded,
    /// The folders to be read, each role at most once (`All` excludes Inbox and Sent).
    Folders(Vec<(String, FolderRole)>),
    /// A folder is open.
    Opened {
        /// Its UIDVALIDITY.
        uidvalidity: u32,
        /// Its UIDNEXT, or one more than its newest mail's UID; at least 1.
        uid_next: u32,
        /// The server named it, so it never falls under one UIDVALIDITY.
        counts: bool,
        /// How many mails it has.
        exists: u32,
    },
    /// The server has told its news of the open folder.
    Refreshed {
        /// How many mails it has now.
        exists: u32,
    },
    /// The server will not open the folder. The connection is still open, without a folder.
    Unopened,
    /// UIDs, ascending.
    Uids(Vec<u32>),
    /// What the server says of mails; those gone meanwhile are left out.
    Sizes(Vec<About>),
    /// These mails are fetched; those deleted meanwhile are left out.
    Fetched(Vec<u32>),
    /// They are stored.
    Taken,
    /// What the store knows of a folder.
    Places {
        /// Ascending by UID.
        places: Vec<Place>,
        /// Ascending by UID.
        attempts: Vec<Attempt>,
    },
    /// What the outbox wants.
    Chores(Vec<Chore>),
    /// Whether the message is there.
    Found(bool),
    /// The rest or pause is over.
    Rested(Why),
    /// The connection is closed.
    Closed,
    /// The action failed. The connection is closed, unless the failure is the store's.
    Failed(Failure),
    /// The worker is asked to stop, in place of the open action's answer.
    Stop,
}

/// What a server says of one mail without its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct About {
    /// Its UID.
    pub uid: u32,
    /// Its size in bytes, as the server reports it: a guess. 0 where it reports none.
    pub bytes: u64,
    /// Flag `\Seen`; none where the server says nothing of flags.
    pub seen: Option<bool>,
    /// Flag `\Draft`, or Gmail's label of drafts: nobody has sent it, so it is no mail.
    pub draft: bool,
    /// Gmail's label `\Sent`: we sent it, whatever alias it names.
    pub sent: bool,
}

/// Why a rest ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Its time was up.
    Time,
    /// The server sent something: there may be new mail.
    Hint,
    /// The outbox has something for this mailbox, or somebody asked for a look at once.
    Woken,
}

/// What the outbox wants of a mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chore {
    /// Which message.
    pub outgoing: OutgoingId,
    /// True: it is unknown whether it was sent, and Sent may have it (the ordinary sync of Sent finds it).
    /// False: it was accepted, and a copy belongs into Sent.
    pub lost: bool,
}
