//! When nothing is left to do: what people see of the mailbox, and how long it rests, in IDLE or asking.

use crewbox_core::mailbox::{Condition, Folder, Status};
use crewbox_core::time::Timestamp;
use crewbox_store::SyncStep;

use super::Machine;
use super::Phase;
use super::work::{Work, WorkKind};
use crate::sync::imap::readable;
use crate::sync::step::{Action, Why};

/// The detail of a mailbox that is read and has no folder for sent mail.
const NO_SENT_FOLDER: &str = "No folder for sent mail was found, so replies written in other programs are not seen: \
     create a folder named Sent on the mail server, then save the mailbox again.";

impl Machine {
    /// The status step that is due, if what people are told no longer holds.
    pub(super) fn tell_progress(&mut self, now: Timestamp) -> Option<SyncStep> {
        // Where nothing can be read at all, that is reported instead.
        self.resting_folder(now)?;
        let skipped = self.folders.iter().find(|(_, known)| known.listed && known.skipped.is_some());
        let detail = skipped
            .map(|(name, _)| {
                let name = readable(name);
                format!("The folder {name} cannot be read at the moment. The other folders are read.")
            })
            .or_else(|| self.tell_unfetchable(now))
            .or_else(|| self.sent_folder().is_none().then(|| NO_SENT_FOLDER.to_owned()));
        let all = self.folders.values().filter(|known| known.listed && known.skipped.is_none());
        let done = all.into_iter().all(|known| known.folder.as_ref().is_some_and(Folder::is_complete));
        let condition = if done { Condition::Live } else { Condition::Syncing };
        let told = Status { condition, detail, until: None, refused_logins: 0, smtp_error: None };
        let held = Status { smtp_error: None, ..self.status.clone() };
        (told != held).then(|| {
            self.status = Status { smtp_error: self.status.smtp_error.clone(), ..told };
            SyncStep::Status(self.status.clone())
        })
    }

    pub(super) fn rest(&mut self, now: Timestamp) -> Action {
        let Some(inbox) = self.resting_folder(now) else {
            return self.wait(now, Condition::Unreachable, "The mailbox has no folder that can be read.", 0);
        };
        if self.open.as_ref().is_none_or(|open| open.name != inbox) {
            return self.begin(Work::new(WorkKind::Look, inbox), now);
        }
        let due = |since: Option<Timestamp>, every: i64| {
            since.map_or(0, |at| (at.0 + every - now.0).max(0)).unsigned_abs()
        };
        let (mut millis, idle) = (self.pace.rest_ms, self.idles_at(now));
        for (name, known) in self.folders.iter().filter(|(_, known)| known.listed) {
            let skipped = known.skipped.map_or(0, |until| (until.0 - now.0).max(0)).unsigned_abs();
            let look = if *name == inbox && idle { u64::MAX } else { due(known.looked, self.pace.look_ms) };
            let next = look.min(due(known.compared, self.pace.compare_ms));
            millis = millis.min(next.max(skipped).max(1));
        }
        millis = millis.min(self.rest_for_unknown());
        self.phase = Phase::Resting;
        Action::Rest { millis, idle }
    }

    /// Whether the server can IDLE, and has not broken it of late.
    pub(super) fn idles_at(&self, now: Timestamp) -> bool {
        self.idles && self.polls_until.is_none_or(|until| until <= now)
    }

    pub(super) fn rested(&mut self, why: Why) {
        // Only now is it known that the server lets us rest.
        self.backoff.reset();
        (self.broken_rests, self.store_failures) = (0, 0);
        if let Some(known) = self.open.as_ref().and_then(|open| self.folders.get_mut(&open.name)) {
            known.dirty = true;
        }
        // Asked now and then although nobody woke it: a wake-up may be lost with its process.
        self.ask_chores |= why != Why::Hint;
    }
}
