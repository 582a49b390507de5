//! What follows when the server cannot give a mail: the batch is halved until the mail is found, the mail is asked for
//! alone, then left out for a while, so that the others are fetched.

use crewbox_core::time::Timestamp;

use super::Machine;
use super::unfetchable::{MOST_FAILURES, Unfetchable};
use crate::sync::imap::readable;

impl Machine {
    /// The server failed; if it was at mails, fewer are asked for at once. Whether it was.
    pub(super) fn fetch_failed(&mut self, throttled: bool, now: Timestamp) -> bool {
        let Some(work) = &self.work else { return false };
        let asked = work.asked_for();
        if asked.is_empty() {
            return false;
        }
        let trouble = self.unfetchable.entry(work.folder.clone()).or_default();
        trouble.most = Some((asked.len() / 2).max(1));
        if let [uid] = asked {
            // Being asked for a pause is no word about a mail, unless it is asked for at the same one again.
            if throttled && trouble.paused.insert(*uid) {
                return true;
            }
            let (failures, until) = trouble.failed.entry(*uid).or_default();
            *failures += 1;
            if *failures >= MOST_FAILURES {
                let later = Timestamp(now.0.saturating_add(self.pace.retry_ms));
                *until = Some(later);
                // Each try costs the connection: however many there are, one of them is tried in that time.
                let retried = *failures > MOST_FAILURES;
                let due = trouble.failed.values_mut().filter_map(|(_, until)| until.as_mut());
                due.filter(|until| **until <= now).for_each(|until| *until = later);
                if retried {
                    // It was to be feared, and is no sign that the server is in trouble.
                    self.backoff.reset();
                }
            }
        }
        true
    }

    /// These came: it goes on, with more at once from now on.
    pub(super) fn fetch_worked(&mut self, folder: &str, got: &[u32]) {
        self.store_failures = 0;
        if got.is_empty() {
            return;
        }
        // Mail came through: however the connection ends, this was progress.
        self.backoff.reset();
        let Some(trouble) = self.unfetchable.get_mut(folder) else { return };
        let usual = self.pace.batch_mails;
        trouble.most = trouble.most.map(|most| most.saturating_mul(2)).filter(|most| *most < usual);
        trouble.failed.retain(|uid, _| !got.contains(uid));
        trouble.paused.retain(|uid| !got.contains(uid));
        if trouble.most.is_none() && trouble.failed.is_empty() && trouble.paused.is_empty() {
            self.unfetchable.remove(folder);
        }
    }

    /// The sentence about mails that the server could not give.
    pub(super) fn tell_unfetchable(&self, now: Timestamp) -> Option<String> {
        let left = |trouble: &Unfetchable| {
            trouble.failed.keys().filter(|uid| trouble.is_left_alone(**uid, now)).count()
        };
        let (name, count) = self
            .unfetchable
            .iter()
            .filter(|(name, _)| self.folders.get(*name).is_some_and(|known| known.listed))
            .map(|(name, trouble)| (name, left(trouble)))
            .find(|(_, count)| *count > 0)?;
        let mails = if count == 1 { "1 mail".to_owned() } else { format!("{count} mails") };
        let name = readable(name);
        Some(format!(
            "The server failed to deliver {mails} of the folder {name} three times; trying again within the hour."
        ))
    }
}
