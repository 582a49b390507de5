//! What the outbox wants of the Sent folder: copies of what was sent, and a look for what may have been.

use std::collections::BTreeSet;

use crewbox_core::id::OutgoingId;
use crewbox_core::mailbox::FolderRole;
use crewbox_core::time::Timestamp;

use super::{Known, Machine, Phase};
use crate::sync::machine::work::{Work, WorkKind};
use crate::sync::step::{Action, Chore, Event};

/// While it is unknown whether a message was sent, Sent is looked into this often, in milliseconds: most servers put it
/// there within seconds.
const SHORT_REST_MS: u64 = 10 * 1_000;
/// How often for one message: two minutes later it is likely that nothing comes, and the usual interval is enough.
const MOST_SHORT_RESTS: u32 = 12;

impl Machine {
    pub(super) fn take_chores(&mut self, chores: Vec<Chore>) {
        self.chores = chores;
        let unknown: BTreeSet<OutgoingId> =
            self.chores.iter().filter(|chore| chore.lost).map(|chore| chore.outgoing).collect();
        if !unknown.is_subset(&self.unknown) {
            self.short_rests = MOST_SHORT_RESTS;
        }
        self.unknown = unknown;
        // A message of unknown fate is known again by reading Sent as any other mail there.
        if !self.unknown.is_empty()
            && let Some(sent) = self.sent_folder().map(|(name, _)| name.clone())
            && let Some(known) = self.folders.get_mut(&sent)
        {
            known.dirty = true;
        }
        self.chores.retain(|chore| !chore.lost);
    }

    /// The longest rest, in milliseconds, that the messages of unknown fate allow; each call counts as one.
    pub(super) fn rest_for_unknown(&mut self) -> u64 {
        if self.unknown.is_empty() || self.short_rests == 0 {
            return u64::MAX;
        }
        self.short_rests -= 1;
        SHORT_REST_MS
    }

    /// Where copies belong, be it left alone at the moment or not.
    pub(super) fn sent_folder(&self) -> Option<(&String, &Known)> {
        let of =
            |wanted: FolderRole| self.folders.iter().find(|(_, known)| known.listed && known.role == wanted);
        of(FolderRole::Sent).or_else(|| of(FolderRole::All))
    }

    /// The next copy to see to.
    pub(super) fn next_copy(&mut self, now: Timestamp) -> Option<Work> {
        if self.sent_folder().is_some_and(|(_, known)| known.is_left_alone(now)) {
            // They stay wanted, and are heard of again.
            self.chores.clear();
        }
        while let Some(chore) = self.chores.pop() {
            if self.is_copy_left(chore.outgoing, now) {
                continue;
            }
            let folder = self.sent_folder().map(|(name, _)| name.clone()).unwrap_or_default();
            return Some(Work::new(WorkKind::Copy(chore.outgoing), folder));
        }
        None
    }

    /// A step of seeing to a copy; the folder is open where there is one to look into.
    pub(super) fn copying(&mut self, outgoing: OutgoingId, event: Event, now: Timestamp) -> Action {
        let folder = self.work.as_ref().map(|work| work.folder.clone()).unwrap_or_default();
        match event {
            Event::Found(false) => {
                self.phase = Phase::Working;
                Action::Append { outgoing, folder }
            }
            Event::Found(true) => {
                self.phase = Phase::Saving;
                Action::Copied(outgoing)
            }
            Event::Saved => {
                self.copy_failures.remove(&outgoing);
                if let Some(known) = self.folders.get_mut(&folder) {
                    known.dirty = true;
                }
                self.choose(now)
            }
            other => self.confused(&other, now),
        }
    }
}
