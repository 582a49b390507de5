//! Mails the server cannot give: found by halving, asked for alone, left alone for a while, never in the way.
//!
//! Owns what is remembered of them, in memory only: the cursor that passed them is the store's, so that after a
//! restart a comparison finds the gap and asks again. In the ledger they are missing until they come.

use std::collections::{BTreeMap, BTreeSet};

use crewbox_core::time::Timestamp;

use super::Machine;
use super::work::Kind;
use crate::sync::imap::readable;

/// Times a mail is asked for alone before the cursor passes it: twice may be a bad connection.
const MOST_FAILURES: u32 = 3;

/// What a folder's server could not give.
#[derive(Clone, Debug, Default)]
pub(super) struct Trouble {
    /// Mails asked for at once, at most; none: as many as usual.
    most: Option<usize>,
    /// Mails that were asked for alone when the server asked for a pause, and have not come since.
    paused: BTreeSet<u32>,
    /// Mails that failed alone: how often, and until when they are left alone.
    failed: BTreeMap<u32, (u32, Option<Timestamp>)>,
}

impl Trouble {
    /// How many mails to ask for at once, of usually so many.
    pub(super) fn most(&self, usual: usize) -> usize {
        self.most.map_or(usual, |most| most.min(usual))
    }

    /// Whether this mail is to be asked for alone.
    pub(super) fn suspects(&self, uid: u32) -> bool {
        self.failed.contains_key(&uid)
    }

    /// How often this mail failed alone.
    pub(super) fn failures(&self, uid: u32) -> u32 {
        self.failed.get(&uid).map_or(0, |(failures, _)| *failures)
    }

    /// Whether the cursor passes this mail: only a comparison asks for it again.
    pub(super) fn is_passed(&self, uid: u32) -> bool {
        self.failures(uid) >= MOST_FAILURES
    }

    /// Whether this piece of work leaves the mail out.
    pub(super) fn is_left(&self, kind: Kind, uid: u32, now: Timestamp) -> bool {
        match kind {
            Kind::Compare => self.is_left_alone(uid, now),
            _ => self.is_passed(uid),
        }
    }

    /// Whether this mail is not to be asked for now.
    pub(super) fn is_left_alone(&self, uid: u32, now: Timestamp) -> bool {
        self.failed.get(&uid).is_some_and(|(_, until)| until.is_some_and(|until| until > now))
    }
}

impl Machine {
    /// The server failed; if it was at mails, fewer are asked for at once. Whether it was.
    pub(super) fn fetch_failed(&mut self, throttled: bool, now: Timestamp) -> bool {
        let Some(work) = &self.work else { return false };
        let asked = work.asked_for();
        if asked.is_empty() {
            return false;
        }
        let trouble = self.trouble.entry(work.folder.clone()).or_default();
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
        let Some(trouble) = self.trouble.get_mut(folder) else { return };
        let usual = self.pace.batch_mails;
        trouble.most = trouble.most.map(|most| most.saturating_mul(2)).filter(|most| *most < usual);
        trouble.failed.retain(|uid, _| !got.contains(uid));
        trouble.paused.retain(|uid| !got.contains(uid));
        if trouble.most.is_none() && trouble.failed.is_empty() && trouble.paused.is_empty() {
            self.trouble.remove(folder);
        }
    }

    /// What people are told of mails the server could not give.
    pub(super) fn tell_trouble(&self, now: Timestamp) -> Option<String> {
        let left =
            |trouble: &Trouble| trouble.failed.keys().filter(|uid| trouble.is_left_alone(**uid, now)).count();
        let (name, count) = self
            .trouble
            .iter()
            .filter(|(name, _)| self.folders.get(*name).is_some_and(|known| known.listed))
            .map(|(name, trouble)| (name, left(trouble)))
            .find(|(_, count)| *count > 0)?;
        let mails = if count == 1 { "1 mail".to_owned() } else { format!("{count} mails") };
        let name = readable(name);
        Some(format!(
            "The server could not give {mails} of the folder {name} in three tries each; it is asked again in a while."
        ))
    }
}
