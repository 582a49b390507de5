//! The sync machine: what to do next for one mailbox, and nothing else.
//!
//! Owns the rules of syncing: live mail first, history newest first, a comparison now and then, copies of what
//! was sent, waiting after failures, and the status of the mailbox. Pure: it takes events and the time, and
//! answers with the next action, so that a test can put it through years of faults. It never
//! assumes that something is stored before the store says so; after any doubt it reads the store again.

mod batch;
mod compare;
mod copy;
mod failure;
mod fetch_failures;
mod known;
mod rest;
mod set_back;
#[cfg(test)]
mod tests;
mod unfetchable;
mod work;
mod working;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crewbox_core::id::OutgoingId;
use crewbox_core::mailbox::{Condition, Folder, FolderRole, Status};
use crewbox_core::time::Timestamp;
use crewbox_store::SyncStep;
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use super::backoff::{Backoff, Excesses};
use super::step::{Action, Chore, Event};
use known::Known;
use unfetchable::Unfetchable;
use work::{Work, WorkKind};

/// How the machine paces itself. The defaults are what a server runs with.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Mails stored in one transaction, at most: a few hundred milliseconds of work.
    pub batch_mails: usize,
    /// Bytes fetched at once, at most; a larger mail is fetched alone.
    pub batch_bytes: u64,
    /// UIDs asked about at once: keeps a server's answer line short.
    pub window: u32,
    /// The longest rest in IDLE, in milliseconds: servers and routers forget a connection after ten minutes.
    pub rest_ms: u64,
    /// The longest time another folder than the one rested in is not looked at.
    pub look_ms: i64,
    /// How long a folder stays open before it is opened again. Opening makes a server scan the folder, which for
    /// 100,000 mails takes longer than reading a batch; but only opening tells the UIDVALIDITY and the UIDNEXT.
    pub reopen_ms: i64,
    /// How often new mail is looked for while history is read.
    pub peek_ms: i64,
    /// How often a folder is compared with the server whole.
    pub compare_ms: i64,
    /// How long a folder that cannot be opened is left alone.
    pub skip_ms: i64,
    /// How long a mail that the server could not give is left alone before it is asked for again.
    pub retry_ms: i64,
    /// How long a server whose IDLE breaks is polled instead.
    pub poll_ms: i64,
    /// How long to wait when the store cannot write; twice as long each time, to [`LONGEST_STORE_MS`].
    pub store_ms: i64,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            batch_mails: 100,
            batch_bytes: 8 * 1024 * 1024,
            window: 5_000,
            rest_ms: 9 * 60 * 1_000,
            look_ms: 60 * 1_000,
            reopen_ms: 60 * 1_000,
            peek_ms: 1_000,
            compare_ms: 10 * 60 * 1_000,
            skip_ms: 5 * 60 * 1_000,
            retry_ms: 60 * 60 * 1_000,
            poll_ms: 60 * 60 * 1_000,
            store_ms: 5 * 1_000,
        }
    }
}

/// Logins refused in a row before a person must act: more could lock the account.
pub const MOST_REFUSALS: u32 = 3;
/// Crashes while a mail was read alone before it goes to quarantine unread.
pub const MOST_DEATHS: u32 = 3;
/// Pieces of other work a folder before history, or a comparison, has its turn whatever waits.
const BETWEEN: usize = 4;
/// Failed tries at putting a copy into Sent before it is left for as long as a mail that cannot be had.
const MOST_COPIES: u32 = 3;
/// Times in a row the same piece of a folder's work ends the connection before the folder is left alone: twice may be
/// a bad connection.
const MOST_LOSSES: u32 = 3;
/// Times in a row that a server gives none of the mails that it has just listed before the folder is left alone: once
/// may be a person who deleted them meanwhile.
const MOST_NONE_GIVEN: u32 = 3;
/// IDLEs in a row that broke before a server is polled instead: one may be a restart, and a router that forgets idle
/// connections breaks every one.
const MOST_BROKEN_RESTS: u32 = 2;
/// The longest wait for a store that cannot write, in milliseconds: a disk that has room again is used within a
/// minute.
pub const LONGEST_STORE_MS: i64 = 60 * 1_000;

/// What the open action is for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Phase {
    Start,
    Loading,
    ClearingAttempts,
    /// The status that says that a connection is being made, or waited for, is saved.
    Dialling {
        wait: bool,
    },
    Connecting,
    Listing,
    /// Something small is saved, then the next thing is chosen.
    Saving,
    Working,
    AskingChores,
    Resting,
    /// Closing, to pause until then, or to end.
    Closing(Option<Timestamp>),
    /// A status is saved before closing.
    SavingStatus(Option<Timestamp>),
    Pausing,
    /// The worker was asked to stop: the attempts under way are cleared.
    Stopping,
    Ended,
}

/// The folder that is open on the connection, and what the server reported of it.
#[derive(Clone, Debug)]
struct OpenFolder {
    name: String,
    /// UIDNEXT when it was opened.
    uid_next: u32,
    /// How many mails it has, by the server's last word.
    exists: u32,
    opened_at: Timestamp,
}

/// The machine of one mailbox.
#[derive(Debug)]
pub struct Machine {
    pace: Pace,
    /// When the last event came.
    stepped: Timestamp,
    rng: ChaCha8Rng,
    backoff: Backoff,
    excess: Excesses,
    phase: Phase,
    status: Status,
    folders: BTreeMap<String, Known>,
    connected: bool,
    idles: bool,
    copies_sent: bool,
    /// By folder: mails the server could not give.
    unfetchable: BTreeMap<String, Unfetchable>,
    /// Rests in a row that broke, and until when the server is asked instead.
    broken_rests: u32,
    polls_until: Option<Timestamp>,
    /// Failures of the store in a row.
    store_failures: u32,
    /// The folder open on the connection.
    open: Option<OpenFolder>,
    work: Option<Work>,
    chores: Vec<Chore>,
    /// The outbox may have something.
    ask_chores: bool,
    /// Messages that may have been sent and are looked for in Sent, and how many short rests they still get.
    unknown: BTreeSet<OutgoingId>,
    short_rests: u32,
    /// How often a copy failed, and until when it is left.
    copy_failures: HashMap<OutgoingId, (u32, Option<Timestamp>)>,
    /// The attempt that is recorded and not known to be stored: if this process died, it would count as a crash.
    begun: Option<SyncStep>,
    /// Pieces of work since the last one of history.
    between: usize,
}

impl Machine {
    /// A machine at its beginning. The seed only spreads waits.
    #[must_use]
    pub fn new(pace: Pace, seed: u64) -> Self {
        Self {
            pace,
            stepped: Timestamp::MIN,
            rng: ChaCha8Rng::seed_from_u64(seed),
            backoff: Backoff::default(),
            excess: Excesses::default(),
            phase: Phase::Start,
            status: Status::default(),
            folders: BTreeMap::new(),
            connected: false,
            idles: false,
            copies_sent: false,
            unfetchable: BTreeMap::new(),
            broken_rests: 0,
            polls_until: None,
            store_failures: 0,
            open: None,
            work: None,
            chores: Vec::new(),
            ask_chores: true,
            unknown: BTreeSet::new(),
            short_rests: 0,
            copy_failures: HashMap::new(),
            begun: None,
            between: 0,
        }
    }

    /// The status of the mailbox, as far as the machine knows.
    #[must_use]
    pub const fn status(&self) -> &Status {
        &self.status
    }

    /// Takes the result of the open action, and returns the next one.
    pub fn step(&mut self, event: Event, now: Timestamp) -> Action {
        self.notice_time(now);
        match event {
            Event::Stop => return self.stop(),
            Event::Failed(failure) => return self.failed(failure, now),
            _ => {}
        }
        match (self.phase.clone(), event) {
            (Phase::Start, _) | (Phase::Pausing, Event::Rested(_)) => self.load(),
            (Phase::Loading, Event::Loaded { status, folders }) => self.loaded(status, folders),
            (Phase::ClearingAttempts, _) => {
                self.begun = None;
                self.connect()
            }
            (Phase::Connecting, Event::Connected { idle, copies_sent }) => {
                (self.connected, self.idles, self.copies_sent) = (true, idle, copies_sent);
                self.status.refused_logins = 0;
                self.ask_chores = true;
                self.list()
            }
            (Phase::Connecting, Event::Crowded) => {
                let detail = "Waiting for a free connection: the connection limit is reached.";
                self.dial(Some(detail), true)
            }
            (Phase::Dialling { wait }, _) => {
                self.phase = Phase::Connecting;
                Action::Connect { wait }
            }
            (Phase::Listing, Event::Folders(list)) => {
                self.listed(list);
                self.choose(now)
            }
            (Phase::Saving, _) => self.choose(now),
            (Phase::Working, event) => self.worked(event, now),
            (Phase::AskingChores, Event::Chores(chores)) => {
                self.take_chores(chores);
                self.choose(now)
            }
            (Phase::Resting, Event::Rested(why)) => {
                self.rested(why);
                self.choose(now)
            }
            (Phase::SavingStatus(until), _) => self.close(until),
            (Phase::Closing(until), _) => self.closed(until),
            (Phase::Stopping, _) => self.close(None),
            (Phase::Ended, _) => Action::End,
            (_, event) => self.confused(&event, now),
        }
    }

    fn load(&mut self) -> Action {
        self.phase = Phase::Loading;
        Action::Load
    }

    /// The store's data replaces what the machine assumed, except when a folder was last looked at and which folders
    /// are skipped: only the machine knows these, and they outlast a connection.
    fn loaded(&mut self, status: Status, folders: Vec<Folder>) -> Action {
        self.status = status;
        self.work = None;
        for known in self.folders.values_mut() {
            let (looked, skipped, losses) = (known.looked, known.skipped, known.losses);
            *known = Known { looked, skipped, losses, ..Known::of(known.role) };
        }
        for folder in folders {
            let role = folder.role;
            let known = self.folders.entry(folder.name.clone()).or_insert_with(|| Known::of(role));
            (known.folder, known.role) = (Some(folder), role);
        }
        if self.status.condition == Condition::NeedsLogin {
            self.phase = Phase::Ended;
            return Action::End;
        }
        if let Some(clear) = self.clear_attempts() {
            self.phase = Phase::ClearingAttempts;
            return Action::Save(vec![clear]);
        }
        self.connect()
    }

    fn connect(&mut self) -> Action {
        self.open = None;
        if self.connected {
            // The store failed, and the connection is still open.
            return self.list();
        }
        // A status about a connection is outdated. A failure stays until something else is known.
        let stale = matches!(self.status.condition, Condition::New | Condition::Syncing | Condition::Live);
        if stale {
            return self.dial(None, false);
        }
        self.phase = Phase::Connecting;
        Action::Connect { wait: false }
    }

    /// Saves the status that a connection is being made, then makes it.
    fn dial(&mut self, detail: Option<&str>, wait: bool) -> Action {
        self.status = Status {
            condition: Condition::Connecting,
            detail: detail.map(str::to_owned),
            until: None,
            ..self.status.clone()
        };
        self.phase = Phase::Dialling { wait };
        Action::Save(vec![SyncStep::Status(self.status.clone())])
    }

    fn list(&mut self) -> Action {
        self.phase = Phase::Listing;
        Action::List
    }

    fn listed(&mut self, list: Vec<(String, FolderRole)>) {
        for known in self.folders.values_mut() {
            (known.listed, known.history, known.comparing) = (false, None, None);
        }
        for (name, role) in list {
            let known = self.folders.entry(name).or_insert_with(|| Known::of(role));
            (known.listed, known.role, known.dirty, known.compared) = (true, role, true, None);
        }
    }

    /// The next action while connected, with no action open.
    fn choose(&mut self, now: Timestamp) -> Action {
        self.work = None;
        let resting = self.resting_folder(now);
        for known in self.folders.values_mut().filter(|known| known.listed) {
            let over = |since: Option<Timestamp>, most: i64| since.is_none_or(|at| now.0 - at.0 >= most);
            known.dirty |= over(known.looked, self.pace.look_ms);
        }
        if let Some(known) = resting.as_ref().and_then(|name| self.folders.get_mut(name)) {
            let peeked = known.looked.is_some_and(|at| now.0 - at.0 < self.pace.peek_ms);
            // While anything else is done, new mail is not kept waiting.
            known.dirty |=
                !peeked && self.open.as_ref().is_none_or(|open| Some(&open.name) != resting.as_ref());
        }
        if let Some(step) = self.tell_progress(now) {
            self.phase = Phase::Saving;
            return Action::Save(vec![step]);
        }
        let compare_ms = self.pace.compare_ms;
        let due = |known: &Known| known.compared.is_none_or(|at| now.0 - at.0 >= compare_ms);
        // A server so slow that there is always something to look at again must not keep the rest waiting.
        let unread = |known: &Known| known.folder.as_ref().is_some_and(|folder| !folder.is_complete());
        self.between += 1;
        if self.between > BETWEEN * self.folders.len() {
            let history = self.first(now, unread).map(|name| Work::new(WorkKind::History, name));
            let waiting =
                history.or_else(|| self.first(now, due).map(|name| Work::new(WorkKind::Compare, name)));
            if let Some(work) = waiting {
                self.between = 0;
                return self.begin(work, now);
            }
        }
        if let Some(name) = self.next_look(now) {
            return self.begin(Work::new(WorkKind::Look, name), now);
        }
        if self.ask_chores {
            self.ask_chores = false;
            self.phase = Phase::AskingChores;
            return Action::Chores;
        }
        if let Some(work) = self.next_copy(now) {
            return self.begin(work, now);
        }
        if let Some(name) = self.first(now, due) {
            return self.begin(Work::new(WorkKind::Compare, name), now);
        }
        if let Some(name) = self.first(now, unread) {
            // Between two batches of history, new mail is looked for.
            if let Some(inbox) = self.resting_folder(now).filter(|inbox| self.peek_due(inbox, now)) {
                return self.begin(Work::new(WorkKind::Look, inbox), now);
            }
            self.between = 0;
            return self.begin(Work::new(WorkKind::History, name), now);
        }
        self.rest(now)
    }

    fn peek_due(&self, name: &str, now: Timestamp) -> bool {
        let looked = self.folders.get(name).and_then(|known| known.looked);
        looked.is_none_or(|at| now.0 - at.0 >= self.pace.peek_ms)
    }

    /// The first folder, in the order of roles, that is listed, not left alone, and answers yes.
    fn first(&self, now: Timestamp, wanted: impl Fn(&Known) -> bool) -> Option<String> {
        let mut names: Vec<(&FolderRole, &String)> = self
            .folders
            .iter()
            .filter(|(_, known)| known.is_read(now) && wanted(known))
            .map(|(name, known)| (&known.role, name))
            .collect();
        names.sort_by_key(|(role, name)| (order(**role), *name));
        names.first().map(|(_, name)| (*name).clone())
    }

    /// The folder to look at next: the one not looked at for longest, so that none waits for ever.
    fn next_look(&self, now: Timestamp) -> Option<String> {
        let dirty = self.folders.iter().filter(|(_, known)| known.is_read(now) && known.dirty);
        let next = dirty.min_by_key(|(name, known)| (known.looked, order(known.role), *name));
        next.map(|(name, _)| name.clone())
    }

    /// Where new mail arrives: rested in, looked at first.
    fn resting_folder(&self, now: Timestamp) -> Option<String> {
        let mut names: Vec<(&String, &Known)> =
            self.folders.iter().filter(|(_, known)| known.is_read(now)).collect();
        names.sort_by_key(|(name, known)| (order(known.role), (*name).clone()));
        names.first().map(|(name, _)| (*name).clone())
    }
}

/// Folders in the order in which they matter.
const fn order(role: FolderRole) -> u8 {
    match role {
        FolderRole::Inbox | FolderRole::All => 0,
        FolderRole::Sent => 1,
        FolderRole::Junk => 2,
    }
}
