//! How a batch is cut off what is to be done.
//!
//! Owns which mails are asked for at once. A mail that was begun before and not finished goes alone, noted before it
//! is read; one that killed the process too often is put aside unread; one the server cannot give is left out.

use crewbox_core::time::Timestamp;

use super::work::{Stage, WorkKind};
use super::{MOST_DEATHS, Machine};
use crate::sync::step::Action;

impl Machine {
    /// Asks for the sizes of the next few, or ends the work.
    pub(super) fn size_next(&mut self, now: Timestamp) -> Action {
        let trouble = self.work.as_ref().and_then(|work| self.unfetchable.get(&work.folder));
        let most = trouble.map_or(self.pace.batch_mails, |trouble| trouble.most(self.pace.batch_mails));
        let Some(work) = &mut self.work else { return self.choose(now) };
        if work.todo.is_empty() {
            return self.all_done(now);
        }
        work.sizes.clear();
        work.asked.clear();
        work.sized = 0;
        for uid in work.todo.iter().take(most) {
            let suspect = trouble.is_some_and(|trouble| trouble.suspects(*uid));
            let left = trouble.is_some_and(|trouble| trouble.is_left(work.kind, *uid, now));
            if suspect && !left && !work.asked.is_empty() {
                break;
            }
            work.sized += 1;
            if !left {
                work.asked.push(*uid);
                if suspect {
                    break;
                }
            }
        }
        if work.asked.is_empty() {
            // Asked for, the server would fail again.
            return self.next_batch(now);
        }
        work.stage = Stage::Size;
        let mut next = work.asked.clone();
        next.sort_unstable();
        Action::Sizes(next)
    }

    /// Cuts a batch off what is sized, and fetches it.
    pub(super) fn next_batch(&mut self, now: Timestamp) -> Action {
        let most = self.pace.batch_bytes;
        let attempts = self.known().and_then(|known| known.attempts.clone()).unwrap_or_default();
        let Some(work) = &mut self.work else { return self.choose(now) };
        let trouble = self.unfetchable.get(&work.folder);
        let (mut taken, mut bytes) = (0, 0_u64);
        work.batch.clear();
        (work.unread, work.edge) = (false, None);
        for uid in &work.todo[..work.sized.min(work.todo.len())] {
            let left = trouble.is_some_and(|trouble| trouble.is_left(work.kind, *uid, now));
            let size = work.sizes.get(uid).copied().filter(|_| !left);
            let begun = attempts.get(uid).copied();
            let suspect = trouble.is_some_and(|trouble| trouble.suspects(*uid));
            let alone = !left && (begun.is_some() || suspect || size.is_some_and(|size| size > most));
            let full = bytes.saturating_add(size.unwrap_or(0)) > most;
            if !work.batch.is_empty() && (alone || full) {
                break;
            }
            taken += 1;
            work.edge = Some(*uid);
            if let Some(size) = size {
                work.batch.push(*uid);
                bytes += size;
            }
            if alone {
                work.unread = begun.is_some_and(|deaths| deaths >= MOST_DEATHS);
                break;
            }
        }
        work.todo.drain(..taken.min(work.todo.len()));
        work.sized -= taken.min(work.sized);
        if work.batch.is_empty() {
            // All of them are gone from the server meanwhile, drafts, or left alone.
            work.got.clear();
            return self.take();
        }
        let mut batch = work.batch.clone();
        batch.sort_unstable();
        work.batch.clone_from(&batch);
        work.stage = Stage::Fetch;
        Action::Fetch { uids: batch, live: work.kind == WorkKind::Look }
    }
}
