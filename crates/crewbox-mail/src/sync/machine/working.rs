//! A piece of work in one folder, step by step: opened, searched, sized, fetched, noted, stored; batch by batch.
//!
//! Owns the order of the steps, and where the cursors go with a batch.

use std::collections::BTreeMap;

use crewbox_core::mailbox::{Folder, Ledger};
use crewbox_core::time::Timestamp;
use crewbox_store::SyncStep;

use super::work::{Stage, WINDOWS, Work, WorkKind};
use super::{MOST_NONE_GIVEN, Machine, OpenFolder, Phase};
use crate::sync::step::{About, Action, Event, Take};
use crate::sync::uid_range::next_width;

impl Machine {
    /// Begins a piece of work: opens its folder, unless it has been opened lately. For new mail, the server is asked
    /// for its news first.
    pub(super) fn begin(&mut self, work: Work, now: Timestamp) -> Action {
        self.phase = Phase::Working;
        let (folder, looks) = (work.folder.clone(), work.kind == WorkKind::Look);
        let lately = |open: &OpenFolder| now.0 - open.opened_at.0 < self.pace.reopen_ms;
        let open = self.open.as_ref().is_some_and(|open| open.name == folder && lately(open));
        self.work = Some(work);
        if folder.is_empty() {
            // A copy without any folder to put it into: there is nothing to do.
            return self.opened(now);
        }
        if open && self.folders.get(&folder).is_some_and(|known| known.folder.is_some()) {
            if looks {
                self.at(Stage::Refresh);
                return Action::Refresh;
            }
            return self.opened(now);
        }
        Action::Open(folder)
    }

    /// An answer to the work's open action.
    pub(super) fn worked(&mut self, event: Event, now: Timestamp) -> Action {
        let Some((stage, kind)) = self.work.as_ref().map(|work| (work.stage, work.kind)) else {
            return self.confused(&event, now);
        };
        match (stage, event) {
            (Stage::Open, Event::Opened { uidvalidity, uid_next, counts, exists }) => {
                self.was_opened(uidvalidity, (uid_next.max(1), counts), exists, now)
            }
            (Stage::Open, Event::Unopened) => {
                self.open = None;
                self.leave_folder(now)
            }
            (Stage::Refresh, Event::Refreshed { exists }) => {
                if let Some(open) = &mut self.open {
                    open.exists = exists;
                }
                self.opened(now)
            }
            (Stage::Found, Event::Saved) => self.opened(now),
            (Stage::Attempts, Event::Places { attempts, .. }) => {
                let attempts = attempts.iter().map(|attempt| (attempt.uid, attempt.deaths)).collect();
                if let Some(known) = self.known() {
                    known.attempts = Some(attempts);
                }
                self.opened(now)
            }
            (Stage::Search, Event::Uids(uids)) => self.searched(uids, now),
            (Stage::Size, Event::Sizes(all)) => {
                if all.is_empty() && self.gives_none_again() {
                    return self.leave_folder(now);
                }
                if let Some(work) = &mut self.work {
                    let (drafts, mails): (Vec<About>, Vec<About>) = all.iter().partition(|one| one.draft);
                    work.sizes = mails.iter().map(|one| (one.uid, one.bytes)).collect();
                    work.drafts.extend(drafts.iter().map(|one| one.uid));
                }
                self.next_batch(now)
            }
            (Stage::Fetch, Event::Fetched(got)) => {
                if got.is_empty() && self.gives_none_again() {
                    return self.leave_folder(now);
                }
                self.fetched(got)
            }
            (Stage::Note, Event::Saved) => self.take(),
            (Stage::Take | Stage::Cursor, Event::Taken | Event::Saved) => self.taken(now),
            (Stage::Places, Event::Places { places, .. }) => self.compared(&places, now),
            (Stage::Copy, event) => match kind {
                WorkKind::Copy(outgoing) => self.copying(outgoing, event, now),
                _ => self.confused(&event, now),
            },
            (_, event) => self.confused(&event, now),
        }
    }

    /// Leaves the folder alone for a while. Whatever the work was for: it is for later.
    fn leave_folder(&mut self, now: Timestamp) -> Action {
        let folder = self.work.take().map(|work| work.folder).unwrap_or_default();
        self.skip(&folder, now);
        self.choose(now)
    }

    /// Notes that the server gave none of the mails that it was asked for. Returns whether that happens too often: each
    /// such batch costs a write, and a server may list millions of mails that it does not have. Before that, the server is
    /// asked again which mails there are.
    fn gives_none_again(&mut self) -> bool {
        let Some(known) = self.known() else { return false };
        known.none_given += 1;
        if known.none_given >= MOST_NONE_GIVEN {
            known.none_given = 0;
            return true;
        }
        // New mail is searched again at once, the rest in its turn.
        known.dirty = true;
        if let Some(work) = &mut self.work {
            work.todo.truncate(work.sized);
            // What history goes on below: the lowest of those that remain.
            work.low = work.todo.last().copied().or(work.edge).unwrap_or(work.low);
        }
        false
    }

    pub(super) fn known(&mut self) -> Option<&mut super::Known> {
        let name = &self.work.as_ref()?.folder;
        self.folders.get_mut(name)
    }

    fn at(&mut self, stage: Stage) {
        if let Some(work) = &mut self.work {
            work.stage = stage;
        }
    }

    /// The folder is open: is it the one known?
    fn was_opened(
        &mut self,
        uidvalidity: u32,
        (uid_next, counts): (u32, bool),
        exists: u32,
        now: Timestamp,
    ) -> Action {
        let Some(work) = &self.work else { return self.choose(now) };
        let name = work.folder.clone();
        self.open = Some(OpenFolder { name: name.clone(), uid_next, exists, opened_at: now });
        let Some(known) = self.folders.get_mut(&name) else { return self.choose(now) };
        // A server that counts on from a lower number than before was restored from an older copy: its UIDs
        // may mean other mails now, whatever its UIDVALIDITY says. One that names no next number falls with its
        // newest mail and says nothing by it.
        let same = |folder: &Folder| {
            folder.uidvalidity == uidvalidity && (!counts || uid_next >= folder.live.saturating_add(1))
        };
        if known.folder.as_ref().is_some_and(same) {
            return self.opened(now);
        }
        // First sight, or new numbers for all of it: what is there now is history, what comes later is not.
        let since = known.folder.as_ref().map_or(now, |folder| folder.since);
        let folder = Folder {
            name,
            role: known.role,
            uidvalidity,
            start: uid_next,
            live: uid_next - 1,
            history: uid_next,
            since,
            // Nothing is held yet: what there is to come, until the first comparison.
            ledger: Some(Ledger {
                server: u64::from(exists),
                missing: u64::from(exists),
                at: now,
                ..Ledger::default()
            }),
        };
        known.folder = Some(folder.clone());
        (known.attempts, known.history, known.compared) = (Some(BTreeMap::new()), None, Some(now));
        known.comparing = None;
        self.unfetchable.remove(&folder.name);
        self.at(Stage::Found);
        Action::Save(vec![SyncStep::Folder(folder)])
    }

    /// The folder is open and known: the work itself.
    pub(super) fn opened(&mut self, now: Timestamp) -> Action {
        let Some((kind, name)) = self.work.as_ref().map(|work| (work.kind, work.folder.clone())) else {
            return self.choose(now);
        };
        if let WorkKind::Copy(outgoing) = kind {
            self.at(Stage::Copy);
            return if self.copies_sent || name.is_empty() {
                self.phase = Phase::Saving;
                Action::Copied(outgoing)
            } else {
                Action::Find(outgoing)
            };
        }
        let (window, exists) = (self.pace.window, self.open.as_ref().map_or(0, |open| open.exists));
        let Some(known) = self.folders.get_mut(&name) else { return self.choose(now) };
        let Some(folder) = known.folder.clone() else { return self.choose(now) };
        if known.attempts.is_none() {
            self.at(Stage::Attempts);
            return Action::Places { folder: name, uidvalidity: folder.uidvalidity };
        }
        match kind {
            WorkKind::Look => {
                self.at(Stage::Search);
                Action::Uids { low: folder.live.saturating_add(1), high: None }
            }
            WorkKind::History => {
                if let Some((low, todo)) = known.history.take() {
                    if let Some(work) = &mut self.work {
                        (work.low, work.todo) = (low, todo);
                    }
                    return self.size_next(now);
                }
                let high = folder.history.saturating_sub(1).max(1);
                // Few mails are asked about at once whatever their numbers; many, a window at a time.
                let width = known.history_width.max(window);
                let low = if exists <= window { 1 } else { high.saturating_sub(width).max(1) };
                if let Some(work) = &mut self.work {
                    work.low = low;
                }
                self.at(Stage::Search);
                Action::Uids { low, high: Some(high) }
            }
            WorkKind::Compare => {
                // A folder that has become small is asked whole.
                let begun = known.comparing.take().filter(|_| exists > window.saturating_mul(WINDOWS));
                if begun.is_none() {
                    known.compare_width = 0;
                }
                let (low, server) = begun.unwrap_or((1, Vec::new()));
                if let Some(work) = &mut self.work {
                    work.server = server;
                }
                self.search_on(low, now)
            }
            WorkKind::Copy(_) => self.choose(now),
        }
    }

    /// UIDs came: what is to be done with them.
    fn searched(&mut self, mut uids: Vec<u32>, now: Timestamp) -> Action {
        let Some(kind) = self.work.as_ref().map(|work| work.kind) else { return self.choose(now) };
        let (window, exists) = (self.pace.window, self.open.as_ref().map_or(0, |open| open.exists));
        match kind {
            WorkKind::Look => {
                if let Some(known) = self.known() {
                    (known.looked, known.dirty, known.skipped) = (Some(now), false, None);
                    known.worked(WorkKind::Look);
                }
            }
            WorkKind::History => {
                uids.reverse();
                if let Some(known) = self.known() {
                    known.history_width = next_width(known.history_width, window, uids.len(), exists);
                    known.worked(WorkKind::History);
                }
            }
            WorkKind::Compare => return self.search_more(uids, now),
            WorkKind::Copy(_) => {}
        }
        if let Some(work) = &mut self.work {
            work.todo = uids;
        }
        self.size_next(now)
    }

    /// They are fetched: noted before they are read.
    fn fetched(&mut self, got: Vec<u32>) -> Action {
        let attempts = self.known().and_then(|known| known.attempts.clone()).unwrap_or_default();
        let uidvalidity = self.known().and_then(|known| known.folder.as_ref()).map_or(0, |at| at.uidvalidity);
        if let Some(known) = self.known().filter(|_| !got.is_empty()) {
            known.none_given = 0;
        }
        let Some(work) = &mut self.work else { return Action::End };
        work.got = got;
        if work.got.is_empty() || work.unread {
            return self.take();
        }
        let alone = work.got.len() == 1 && attempts.contains_key(&work.got[0]);
        let (folder, uids) = (work.folder.clone(), work.got.clone());
        work.stage = Stage::Note;
        let begin = SyncStep::Begin { folder, uidvalidity, uids, alone };
        self.begun = Some(begin.clone());
        Action::Save(vec![begin])
    }

    /// The cursors' places once the batch is done.
    fn cursor(&self, work: &Work, folder: &Folder) -> (u32, u32) {
        match work.kind {
            WorkKind::Look => (folder.live.max(work.edge.unwrap_or(folder.live)), folder.history),
            WorkKind::History => {
                let low = match (work.todo.last(), work.edge) {
                    (None, _) => work.low,
                    (Some(_), Some(edge)) => edge,
                    (Some(_), None) => folder.history,
                };
                (folder.live, folder.history.min(low))
            }
            WorkKind::Compare | WorkKind::Copy(_) => (folder.live, folder.history),
        }
    }

    /// Stores what is fetched, and moves the cursor with it.
    pub(super) fn take(&mut self) -> Action {
        let Some(work) = &self.work else { return Action::End };
        let Some(known) = self.folders.get(&work.folder) else { return Action::End };
        let Some(folder) = known.folder.clone() else { return Action::End };
        let cursor = self.cursor(work, &folder);
        let (name, role, uidvalidity, kind) =
            (folder.name.clone(), known.role, folder.uidvalidity, work.kind);
        let (uids, unread) = (work.got.clone(), work.unread);
        if uids.is_empty() {
            self.at(Stage::Cursor);
            let (live, history) = cursor;
            return Action::Save(vec![SyncStep::Cursor { folder: name, uidvalidity, live, history }]);
        }
        self.at(Stage::Take);
        let history_before = (kind != WorkKind::Look).then_some(folder.since);
        Action::Take(Take { folder: name, role, uidvalidity, uids, history_before, unread, cursor })
    }

    /// The store has them: on to the next batch, or to the next thing.
    fn taken(&mut self, now: Timestamp) -> Action {
        self.begun = None;
        let Some(work) = self.work.take() else { return self.choose(now) };
        self.fetch_worked(&work.folder, &work.got);
        if let Some(folder) = self.folders.get(&work.folder).and_then(|known| known.folder.clone()) {
            let (live, history) = self.cursor(&work, &folder);
            if let Some(known) = self.folders.get_mut(&work.folder) {
                if history <= 1 && !folder.is_complete() {
                    // All history is read: at once the figures that show it.
                    known.compared = None;
                }
                // The store keeps the figures with each mail: those known here no longer hold.
                let ledger = folder.ledger.filter(|_| work.got.is_empty());
                known.folder = Some(Folder { live, history, ledger, ..folder });
                if let Some(attempts) = &mut known.attempts {
                    attempts.retain(|uid, _| !work.got.contains(uid));
                }
            }
        }
        if work.kind == WorkKind::History {
            // One batch at a time, so that new mail can come between.
            if !work.todo.is_empty()
                && let Some(known) = self.folders.get_mut(&work.folder)
            {
                known.history = Some((work.low, work.todo));
            }
            return self.choose(now);
        }
        let more = work.sized > 0;
        self.work = Some(work);
        if more { self.next_batch(now) } else { self.size_next(now) }
    }

    /// Nothing is left to do of what was searched.
    pub(super) fn all_done(&mut self, now: Timestamp) -> Action {
        let Some(work) = &mut self.work else { return self.choose(now) };
        match work.kind {
            // A window without any mail: the cursor goes below it.
            WorkKind::History => {
                (work.batch, work.got, work.edge) = (Vec::new(), Vec::new(), None);
                self.take()
            }
            WorkKind::Compare => self.filled(now),
            WorkKind::Look | WorkKind::Copy(_) => self.choose(now),
        }
    }
}
