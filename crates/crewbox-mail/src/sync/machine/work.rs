//! One piece of work in one folder, as far as it has come.
//!
//! Owns what is remembered of it. Its steps are in `working`.

use std::collections::{BTreeSet, HashMap};

use crewbox_core::id::OutgoingId;

/// How many windows' UIDs are asked for at once in a comparison: only numbers come back.
pub(super) const WINDOWS: u32 = 10;

/// What a piece of work is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WorkKind {
    /// New mail, from the live cursor upwards.
    Look,
    /// One batch of history, downwards.
    History,
    /// A comparison of the whole folder, and the gaps it finds.
    Compare,
    /// A copy of a sent message.
    Copy(OutgoingId),
}

/// The step that the work is at: what the open action was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Open,
    Refresh,
    Found,
    Attempts,
    Search,
    Size,
    Fetch,
    Note,
    Take,
    Cursor,
    Places,
    Copy,
}

/// One piece of work.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) kind: WorkKind,
    pub(super) folder: String,
    pub(super) stage: Stage,
    /// UIDs still to do, in the order of doing.
    pub(super) todo: Vec<u32>,
    /// Sizes of the first of those, as far as they are known; those left out are gone, or drafts.
    pub(super) sizes: HashMap<u32, u64>,
    /// Of all that were asked about, those that are drafts: they are passed over.
    pub(super) drafts: BTreeSet<u32>,
    pub(super) sized: usize,
    /// Of those, the ones whose sizes are asked for.
    pub(super) asked: Vec<u32>,
    /// The batch under way.
    pub(super) batch: Vec<u32>,
    /// The last of those cut off for it, be they in it or not.
    pub(super) edge: Option<u32>,
    /// Of the batch, those that are fetched.
    pub(super) got: Vec<u32>,
    /// The batch is one mail that is put aside unread.
    pub(super) unread: bool,
    /// The lowest UID of the window of history.
    pub(super) low: u32,
    /// For a comparison: what the server has.
    pub(super) server: Vec<u32>,
    /// For a comparison: the gaps were fetched.
    pub(super) filled: bool,
}

impl Work {
    pub(super) fn new(kind: WorkKind, folder: String) -> Self {
        Self {
            kind,
            folder,
            stage: Stage::Open,
            todo: Vec::new(),
            sizes: HashMap::new(),
            drafts: BTreeSet::new(),
            sized: 0,
            asked: Vec::new(),
            batch: Vec::new(),
            edge: None,
            got: Vec::new(),
            unread: false,
            low: 1,
            server: Vec::new(),
            filled: false,
        }
    }

    /// Those the server was being asked for.
    pub(super) fn asked_for(&self) -> &[u32] {
        match self.stage {
            Stage::Size => &self.asked,
            Stage::Fetch => &self.batch,
            _ => &[],
        }
    }

    /// How far a comparison's search has come.
    pub(super) const fn low_mark(&mut self, low: u32) {
        self.low = low;
        self.stage = Stage::Search;
    }

    pub(super) const fn mark(&self) -> u32 {
        self.low
    }
}
