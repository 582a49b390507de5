//! A clock that was set back: what was to happen at a later time by the wrong clock is due now.
//!
//! Owns that rule. Without it a folder that was looked at under a clock that was a year ahead is not looked at for a year.

use crewbox_core::time::Timestamp;

use super::Machine;

/// A clock that shows a time this much earlier than before was set back: less is how time servers put one right.
const SET_BACK_MS: i64 = 60 * 1_000;

impl Machine {
    /// Takes in the present time.
    pub(super) fn notice_time(&mut self, now: Timestamp) {
        let before = std::mem::replace(&mut self.stepped, now);
        if now.0 >= before.0.saturating_sub(SET_BACK_MS) {
            return;
        }
        for known in self.folders.values_mut() {
            (known.looked, known.compared) = (None, None);
            // Still noted as left alone, until it could be read.
            known.skipped = known.skipped.map(|_| now);
        }
        if let Some(open) = &mut self.open {
            open.opened_at = now;
        }
        self.polls_until = None;
        let failed = self.unfetchable.values_mut().flat_map(|trouble| trouble.failed.values_mut());
        let copies = self.copy_failures.values_mut();
        for (_, until) in failed.chain(copies) {
            *until = until.map(|_| now);
        }
    }
}
