//! Bulk actions: what starts one.

use crewbox_core::bulk::{BulkAction, ROWS_A_STEP, pack};

/// A job to start.
#[derive(Clone, Debug)]
pub struct NewBulk {
    /// What it does.
    pub action: BulkAction,
    /// How many rows it has.
    pub matched: u64,
    /// The rows of each step, packed.
    pub steps: Vec<Vec<u8>>,
}

impl NewBulk {
    /// A job on these rows: ids of conversations, or for an undo numbers of changes.
    #[must_use]
    pub fn of(action: BulkAction, mut rows: Vec<u64>) -> Self {
        rows.sort_unstable();
        rows.dedup();
        Self { action, matched: rows.len() as u64, steps: rows.chunks(ROWS_A_STEP).map(pack).collect() }
    }
}
