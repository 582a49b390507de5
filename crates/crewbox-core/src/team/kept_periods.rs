//! The figures of the periods that were asked for last, kept as they are while rows come and go: a page of the team asks for
//! the same period again and again, and most of a year is the same a minute later.
//!
//! Owns how many periods are kept. Only [`Activities`](super::Activities) knows its rows and tells them.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::period::Period;
use super::tally::{Tally, Way};

/// Periods that are kept for an account: those of the team's page, and of a script. A million responses take 8 MB in each.
const MOST: usize = 4;

/// A period and its figures.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) period: Period,
    /// By the code of the member.
    tallies: Vec<Option<Tally>>,
    is_settled: bool,
}

impl Kept {
    pub(super) fn new(period: Period) -> Self {
        Self { period, tallies: Vec::new(), is_settled: false }
    }

    /// The figures of the member with this code.
    pub(super) fn tally(&mut self, member: u32) -> &mut Tally {
        let at = member as usize;
        if self.tallies.len() <= at {
            self.tallies.resize_with(at + 1, || None);
        }
        let is_settled = self.is_settled;
        self.tallies[at].get_or_insert_with(|| {
            let mut tally = Tally::default();
            if is_settled {
                tally.settle();
            }
            tally
        })
    }

    /// The figures of all members that have any, with their codes.
    pub(super) fn tallies(&self) -> impl Iterator<Item = (usize, &Tally)> {
        self.tallies.iter().enumerate().filter_map(|(code, tally)| Some((code, tally.as_ref()?)))
    }

    fn settle(&mut self) {
        self.is_settled = true;
        self.tallies.iter_mut().flatten().for_each(Tally::settle);
    }
}

/// All that are kept, the one that was asked for last at the end.
#[derive(Debug, Default)]
pub(super) struct KeptPeriods(Mutex<Vec<Kept>>);

impl KeptPeriods {
    /// Reads the figures of a period; `count` counts its rows if it is not kept.
    pub(super) fn read<T>(
        &self,
        period: &Period,
        count: impl FnOnce(&mut Kept),
        read: impl FnOnce(&Kept) -> T,
    ) -> T {
        let mut all = self.lock();
        let found = all.iter().position(|kept| kept.period == *period);
        let kept = match found {
            Some(at) => all.remove(at),
            None => {
                let mut kept = Kept::new(period.clone());
                count(&mut kept);
                kept.settle();
                kept
            }
        };
        let done = read(&kept);
        if all.len() == MOST {
            all.remove(0);
        }
        all.push(kept);
        done
    }

    /// Tells a row that comes or goes to all of them: `tell` counts it where it belongs to the period.
    pub(super) fn tell(&mut self, way: Way, tell: impl Fn(&mut Kept, Way)) {
        for kept in self.0.get_mut().unwrap_or_else(PoisonError::into_inner) {
            tell(kept, way);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
