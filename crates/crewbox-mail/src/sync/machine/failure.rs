//! What follows a failure: how long to wait, which status to show, and when to give up.

use crewbox_core::mailbox::{Condition, Status};
use crewbox_core::time::Timestamp;
use crewbox_store::SyncStep;

use super::{LONGEST_STORE_MS, MOST_BROKEN_RESTS, MOST_COPIES, MOST_LOSSES, MOST_REFUSALS, Machine, Phase};
use crate::failure::Failure;
use crate::sync::machine::work::WorkKind;
use crate::sync::step::{Action, Event};

/// The least pause a server that asks for one gets, in milliseconds.
const LEAST_PAUSE_MS: u64 = 30 * 1_000;
/// The longest pause a server may ask for: a wrong number must not silence a mailbox for a week.
const LONGEST_PAUSE_MS: u64 = 24 * 60 * 60 * 1_000;

impl Machine {
    pub(super) fn failed(&mut self, failure: Failure, now: Timestamp) -> Action {
        let phase = std::mem::replace(&mut self.phase, Phase::Ended);
        match phase {
            // On the way out nothing holds up the end.
            Phase::Stopping => return self.close(None),
            Phase::Closing(until) => return self.closed(until),
            Phase::Ended => return Action::End,
            _ => {}
        }
        self.blame(&phase, &failure, now);
        match failure {
            Failure::Superseded | Failure::Stopped => self.close(None),
            Failure::Store(_) => {
                // Nothing can be written, not even a status. The connection stays open and is used again.
                let millis = (self.pace.store_ms << self.store_failures.min(8)).min(LONGEST_STORE_MS);
                self.store_failures += 1;
                let until = Timestamp(now.0.saturating_add(millis));
                if self.connected {
                    (self.work, self.open, self.phase) = (None, None, Phase::Pausing);
                    return Action::Pause { until };
                }
                self.close(Some(until))
            }
            Failure::Refused(detail) => {
                self.lost();
                self.status.refused_logins += 1;
                if self.status.refused_logins >= MOST_REFUSALS {
                    return self.tell(Condition::NeedsLogin, &detail, None);
                }
                self.wait(now, Condition::Unreachable, &detail, 0)
            }
            Failure::Throttled(detail, asked) => {
                self.lost();
                let least = asked.unwrap_or(0).clamp(LEAST_PAUSE_MS, LONGEST_PAUSE_MS);
                self.wait(now, Condition::Throttled, &detail, least)
            }
            Failure::Excess(detail) => {
                self.lost();
                let least = self.excess.next(now);
                self.wait(now, Condition::Unreachable, &detail, least)
            }
            Failure::Unreachable(detail) | Failure::Lost(detail) | Failure::Protocol(detail) => {
                self.lost();
                self.wait(now, Condition::Unreachable, &detail, 0)
            }
        }
    }

    /// A result that does not belong to the open action: a defect of the driver. The machine starts over.
    pub(super) fn confused(&mut self, event: &Event, now: Timestamp) -> Action {
        let what = std::mem::discriminant(event);
        tracing::error!(phase = ?self.phase, ?what, "the sync machine got a result that does not belong to its action");
        self.failed(Failure::Lost("internal error: connecting again".to_owned()), now)
    }

    /// What was being done when the server failed is done in another way, or skipped, so that the rest continues.
    fn blame(&mut self, phase: &Phase, failure: &Failure, now: Timestamp) {
        let refused = matches!(failure, Failure::Protocol(_) | Failure::Excess(_));
        if !refused && !matches!(failure, Failure::Lost(_) | Failure::Throttled(..)) {
            return;
        }
        if *phase == Phase::Resting {
            if self.idles_at(now) {
                self.broken_rests += 1;
            }
            if refused || self.broken_rests >= MOST_BROKEN_RESTS {
                self.broken_rests = 0;
                self.polls_until = Some(Timestamp(now.0.saturating_add(self.pace.poll_ms)));
            }
            return;
        }
        let Some(work) = &self.work else { return };
        if let WorkKind::Copy(outgoing) = work.kind {
            let (failures, until) = self.copy_failures.entry(outgoing).or_default();
            *failures += 1;
            if *failures >= MOST_COPIES {
                *until = Some(Timestamp(now.0.saturating_add(self.pace.retry_ms)));
            }
            return;
        }
        let (kind, folder) = (work.kind, work.folder.clone());
        let throttled = matches!(failure, Failure::Throttled(..));
        if self.fetch_failed(throttled, now) || throttled {
            return;
        }
        let Some(known) = self.folders.get_mut(&folder) else { return };
        let before = known.losses.filter(|(lost, _)| *lost == kind).map_or(0, |(_, times)| times);
        known.losses = Some((kind, before.saturating_add(1)));
        if before + 1 >= MOST_LOSSES {
            self.skip(&folder, now);
        }
    }

    /// Skips this folder for a while, so that the others are read.
    pub(super) fn skip(&mut self, folder: &str, now: Timestamp) {
        if let Some(known) = self.folders.get_mut(folder) {
            known.skipped = Some(Timestamp(now.0.saturating_add(self.pace.skip_ms)));
            // Its history is searched again.
            known.history = None;
        }
    }

    /// The connection is closed, and all work on it ends.
    fn lost(&mut self) {
        (self.connected, self.open, self.work) = (false, None, None);
    }

    /// Saves the status, closes the connection, and waits for as long as the failures in a row require.
    pub(super) fn wait(
        &mut self,
        now: Timestamp,
        condition: Condition,
        detail: &str,
        least_ms: u64,
    ) -> Action {
        let millis = self.backoff.next(&mut self.rng).max(least_ms);
        let until = Timestamp(now.0.saturating_add(i64::try_from(millis).unwrap_or(i64::MAX)));
        self.tell(condition, detail, Some(until))
    }

    fn tell(&mut self, condition: Condition, detail: &str, until: Option<Timestamp>) -> Action {
        self.status = Status {
            condition,
            detail: Some(detail.to_owned()),
            until,
            refused_logins: self.status.refused_logins,
            smtp_error: self.status.smtp_error.clone(),
        };
        self.phase = Phase::SavingStatus(until);
        Action::Save(vec![SyncStep::Status(self.status.clone())])
    }

    /// Closes the connection, if there is one; to wait until then, or to end.
    pub(super) fn close(&mut self, until: Option<Timestamp>) -> Action {
        self.lost();
        self.phase = Phase::Closing(until);
        Action::Close
    }

    pub(super) fn closed(&mut self, until: Option<Timestamp>) -> Action {
        match until {
            Some(until) => {
                self.phase = Phase::Pausing;
                Action::Pause { until }
            }
            None => {
                self.phase = Phase::Ended;
                Action::End
            }
        }
    }

    /// The worker was asked to stop: the attempts under way are no crashes.
    pub(super) fn stop(&mut self) -> Action {
        match self.phase {
            Phase::Ended => Action::End,
            Phase::Start | Phase::Loading => self.close(None),
            Phase::Stopping | Phase::Closing(None) => self.close(None),
            _ => match self.clear_attempts() {
                Some(clear) => {
                    self.phase = Phase::Stopping;
                    Action::Save(vec![clear])
                }
                None => self.close(None),
            },
        }
    }

    /// The step that clears the recorded attempt of this worker, if there is one.
    pub(super) fn clear_attempts(&self) -> Option<SyncStep> {
        match self.begun.clone()? {
            SyncStep::Begin { folder, uidvalidity, uids, alone } => {
                Some(SyncStep::ClearAttempts { folder, uidvalidity, uids, alone })
            }
            _ => None,
        }
    }

    /// Whether a copy has failed too often to be tried again now.
    pub(super) fn is_copy_left(&self, outgoing: crewbox_core::id::OutgoingId, now: Timestamp) -> bool {
        let known = self.copy_failures.get(&outgoing);
        known.is_some_and(|(_, until)| until.is_some_and(|until| until > now))
    }
}
