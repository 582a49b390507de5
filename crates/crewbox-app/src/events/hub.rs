//! What the readers of one account share: its newest changes, and what these did to the lists that are followed.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crewbox_core::id::{AccountId, Seq};
use crewbox_core::time::Timestamp;
use crewbox_store::Live;
use tokio::sync::watch;

use super::evaluate::{Evaluated, evaluate};
use super::group::Group;
use super::recent::Recent;
use crate::refusal::Refusal;

/// Stretches of the log kept with what they did: those of some seconds. A reader further behind evaluates its own.
const KEPT: usize = 16;

/// What the readers of one account share.
#[derive(Debug, Default)]
pub(super) struct Hub {
    recent: Mutex<Recent>,
    /// Moves with each change that is added.
    pub(super) moved: watch::Sender<()>,
    /// Moves with each change of a key, a member or another name.
    pub(super) renamed: watch::Sender<()>,
    /// The lists that are followed; held while they are evaluated.
    pub(super) shared: tokio::sync::Mutex<Shared>,
    kept: Mutex<VecDeque<Arc<Evaluated>>>,
    /// Up to which change they are evaluated.
    pub(super) evaluated: watch::Sender<Seq>,
}

/// The lists that are followed.
#[derive(Debug, Default)]
pub(super) struct Shared {
    groups: HashMap<String, Weak<Group>>,
    /// Every reader of subscriptions has a clone.
    pub(super) mark: Arc<()>,
}

impl Shared {
    /// The group that equal ones share.
    pub(super) fn group(&mut self, new: Group) -> Arc<Group> {
        let key = new.key();
        if let Some(known) = self.groups.get(&key).and_then(Weak::upgrade) {
            return known;
        }
        let new = Arc::new(new);
        self.groups.insert(key, Arc::downgrade(&new));
        new
    }

    pub(super) fn has_readers(&self) -> bool {
        Arc::strong_count(&self.mark) > 1
    }

    /// The groups that somebody follows.
    fn followed(&mut self) -> Vec<Arc<Group>> {
        let mut followed = Vec::new();
        self.groups.retain(|_, group| group.upgrade().map(|group| followed.push(group)).is_some());
        followed
    }
}

impl Hub {
    pub(super) fn recent(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The kept stretch that begins after this change.
    pub(super) fn evaluated_from(&self, from: Seq) -> Option<Arc<Evaluated>> {
        self.kept().iter().find(|one| one.from == from).cloned()
    }

    /// Evaluates up to this change. Where nobody follows anything, it only begins there.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn evaluate(
        &self,
        shared: &mut Shared,
        live: &Live,
        account: AccountId,
        now: Timestamp,
        to: Seq,
    ) -> Result<(), Refusal> {
        let from = *self.evaluated.borrow();
        if from >= to {
            return Ok(());
        }
        if shared.has_readers() {
            let groups = shared.followed();
            let evaluated = evaluate(live, account, now, (from, to), &groups, None).await?;
            let mut kept = self.kept();
            if kept.len() == KEPT {
                kept.pop_front();
            }
            kept.push_back(Arc::new(evaluated));
        }
        self.evaluated.send_replace(to);
        Ok(())
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<Arc<Evaluated>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
