//! The ledger: the server's UIDs against the store's, gaps fetched, what is gone noted, the figures kept.

use std::collections::BTreeSet;

use crewbox_core::mailbox::{Folder, Ledger, Place};
use crewbox_core::time::Timestamp;
use crewbox_store::SyncStep;

use super::work::{Stage, WINDOWS, WorkKind};
use super::{Machine, OpenFolder, Phase};
use crate::failure::Failure;
use crate::sync::ledger::figures;
use crate::sync::step::Action;
use crate::sync::uid_range::{MOST_COMPARED, next_width};

impl Machine {
    /// Asks for the server's UIDs from here on, or for what the store knows when all are here.
    pub(super) fn search_on(&mut self, low: u32, now: Timestamp) -> Action {
        let Some(OpenFolder { uid_next, exists, .. }) = self.open.clone() else { return self.choose(now) };
        let window = self.pace.window.saturating_mul(WINDOWS);
        let width = self.known().map_or(0, |known| known.compare_width).max(window);
        let Some(work) = &mut self.work else { return self.choose(now) };
        work.low_mark(low);
        if exists <= window {
            if low > 1 {
                return self.ask_places(now);
            }
            return Action::Uids { low: 1, high: None };
        }
        if low > 1 && low >= uid_next {
            return self.ask_places(now);
        }
        let high = low.saturating_add(width - 1);
        // The last window is open to the end, also where it ends with the newest UID: mail may have come since the
        // folder was opened, and what was not asked for would be taken for gone.
        Action::Uids { low, high: (high.saturating_add(1) < uid_next).then_some(high) }
    }

    pub(super) fn search_more(&mut self, uids: Vec<u32>, now: Timestamp) -> Action {
        let window = self.pace.window.saturating_mul(WINDOWS);
        let (exists, uid_next) = self.open.as_ref().map_or((0, 0), |open| (open.exists, open.uid_next));
        let inbox = self.resting_folder(now).filter(|inbox| self.peek_due(inbox, now));
        let Some((mark, held)) = self.work.as_ref().map(|work| (work.mark(), work.server.len())) else {
            return self.choose(now);
        };
        if held + uids.len() > MOST_COMPARED {
            let sentence = format!("the server lists more than {MOST_COMPARED} mails in one folder");
            return self.failed(Failure::Protocol(sentence), now);
        }
        let Some(known) = self.known() else { return self.choose(now) };
        let width = known.compare_width.max(window);
        known.compare_width = next_width(width, window, uids.len(), exists);
        let next = mark.saturating_add(width);
        let pauses = inbox.filter(|_| exists > window && next < uid_next);
        let Some(work) = &mut self.work else { return self.choose(now) };
        work.server.extend(uids);
        let Some(inbox) = pauses else { return self.search_on(next, now) };
        // A large folder takes many windows: new mail is looked for between them.
        let (name, server) = (work.folder.clone(), std::mem::take(&mut work.server));
        if let Some(known) = self.folders.get_mut(&name) {
            known.comparing = Some((next, server));
        }
        if let Some(known) = self.folders.get_mut(&inbox) {
            known.dirty = true;
        }
        self.choose(now)
    }

    fn ask_places(&mut self, now: Timestamp) -> Action {
        let Some(work) = &mut self.work else { return self.choose(now) };
        let name = work.folder.clone();
        work.stage = Stage::Places;
        let folder = self.folders.get(&name).and_then(|known| known.folder.as_ref());
        let Some(uidvalidity) = folder.map(|folder| folder.uidvalidity) else { return self.choose(now) };
        Action::Places { folder: name, uidvalidity }
    }

    /// The store's side came: gaps are fetched once, then the figures are kept.
    pub(super) fn compared(&mut self, places: &[Place], now: Timestamp) -> Action {
        let Some(work) = &mut self.work else { return self.choose(now) };
        let Some(known) = self.folders.get_mut(&work.folder) else { return self.choose(now) };
        let Some(folder) = known.folder.clone() else { return self.choose(now) };
        let server: BTreeSet<u32> = work.server.iter().copied().collect();
        let here: BTreeSet<u32> = places.iter().map(|place| place.uid).collect();
        let trouble = self.unfetchable.get(&folder.name);
        let left = |uid: u32| trouble.is_some_and(|trouble| trouble.is_left_alone(uid, now));
        let gap = |uid: &u32| is_done(&folder, *uid) && !here.contains(uid) && !left(*uid);
        let mut gaps: Vec<u32> = server.iter().copied().filter(gap).collect();
        // The least tried first, so that each has its turn.
        gaps.sort_by_key(|uid| trouble.map_or(0, |trouble| trouble.failures(*uid)));
        if !gaps.is_empty() && !work.filled {
            work.filled = true;
            work.todo = gaps;
            return self.size_next(now);
        }
        known.compared = Some(now);
        known.worked(WorkKind::Compare);
        let ledger = figures(&server, places, &work.drafts, now);
        let gone: Vec<u32> = places
            .iter()
            .filter(|place| !place.gone && !server.contains(&place.uid))
            .map(|place| place.uid)
            .collect();
        let back: Vec<u32> = places
            .iter()
            .filter(|place| place.gone && server.contains(&place.uid))
            .map(|place| place.uid)
            .collect();
        let same = folder.ledger.is_some_and(|before| Ledger { at: now, ..before } == ledger);
        known.folder = Some(Folder { ledger: Some(ledger), ..folder.clone() });
        if same && gone.is_empty() && back.is_empty() {
            // Nothing new to write; the time alone is not worth a commit.
            return self.choose(now);
        }
        self.phase = Phase::Saving;
        Action::Save(vec![SyncStep::Compared {
            folder: folder.name,
            uidvalidity: folder.uidvalidity,
            gone,
            back,
            ledger,
        }])
    }

    /// The gaps are fetched: once more what the store knows, for the figures.
    pub(super) fn filled(&mut self, now: Timestamp) -> Action {
        match self.work.as_ref().map(|work| work.kind) {
            Some(WorkKind::Compare) => self.ask_places(now),
            _ => self.choose(now),
        }
    }
}

/// Whether the cursors say that this UID has been dealt with.
const fn is_done(folder: &Folder, uid: u32) -> bool {
    if uid >= folder.start { uid <= folder.live } else { uid >= folder.history }
}
