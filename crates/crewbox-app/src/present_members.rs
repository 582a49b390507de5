//! Who reads which conversation now, and who writes a reply there: in memory, for as long as a browser repeats it.
//!
//! Owns how long a report counts and how many are taken. Writes nothing to the store and nothing to the change log; a
//! server that starts again knows of nobody until the next report. Who may see it is decided in `presence.rs`.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crewbox_core::id::{AccountId, ConversationId, MemberId};
use crewbox_core::time::Timestamp;
use tokio::sync::watch;

/// How long a member counts as reading after a report, milliseconds: two reports of a browser may be lost.
pub const READING_MS: i64 = 60_000;
/// How long a member counts as writing after a report, milliseconds: a browser repeats it every three seconds.
pub const WRITING_MS: i64 = 6_000;
/// Conversations that one member is in at once, in several tabs and on a phone. The oldest report goes.
const MOST_OF_A_MEMBER: usize = 8;
/// Reports of one member that are taken in a minute: somebody who opens a conversation a second and writes in two tabs.
/// Those beyond are answered and change nothing.
const MOST_A_MINUTE: u32 = 120;
const MINUTE_MS: i64 = 60_000;
/// Members that a reader is shown at the most: more of them nobody follows on one screen.
const MOST_TOLD: usize = 200;

/// Who is where, of all accounts of a process. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Presence(Arc<Mutex<HashMap<AccountId, Account>>>);

#[derive(Debug, Default)]
struct Account {
    /// The newest report last.
    entries: Vec<Entry>,
    budgets: HashMap<MemberId, Budget>,
    moved: watch::Sender<()>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    conversation: ConversationId,
    member: MemberId,
    reading_until: Timestamp,
    writing_until: Timestamp,
}

/// The reports of a member in the present minute.
#[derive(Clone, Copy, Debug)]
struct Budget {
    since: Timestamp,
    taken: u32,
}

/// What a browser reports of its member.
#[derive(Clone, Copy, Debug, Default)]
pub struct Report {
    /// The conversation that is open and looked at.
    pub open: Option<ConversationId>,
    /// The conversation that is not open any more.
    pub left: Option<ConversationId>,
    /// Whether the member types in the open one.
    pub is_writing: bool,
}

/// A member who is in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Present {
    /// The conversation.
    pub conversation: ConversationId,
    /// The member.
    pub member: MemberId,
    /// Whether the member types there, and does not only read.
    pub is_writing: bool,
}

/// The members who are in conversations, and until when that is so without another report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The newest report first.
    pub present: Vec<Present>,
    /// When the first of them ends.
    pub until: Option<Timestamp>,
}

impl Presence {
    /// Moves with each report that changes something in an account.
    #[must_use]
    pub fn moved(&self, account: AccountId) -> watch::Receiver<()> {
        self.lock().entry(account).or_default().moved.subscribe()
    }

    /// Takes a report of a member, within the member's budget.
    pub(crate) fn take(&self, account: AccountId, member: MemberId, now: Timestamp, report: Report) {
        let mut accounts = self.lock();
        let account = accounts.entry(account).or_default();
        account.forget(now);
        if account.takes_from(member, now) {
            account.take(member, now, report);
        }
    }

    pub(crate) fn others(&self, account: AccountId, me: Option<MemberId>, now: Timestamp) -> Seen {
        let accounts = self.lock();
        let Some(account) = accounts.get(&account) else { return Seen::default() };
        let others = account.entries.iter().rev().filter(|one| Some(one.member) != me && one.is_at(now));
        let mut seen = Seen::default();
        for one in others.take(MOST_TOLD) {
            let is_writing = one.writing_until > now;
            let until = if is_writing { one.writing_until } else { one.reading_until };
            seen.until = Some(seen.until.map_or(until, |earliest| earliest.min(until)));
            seen.present.push(Present { conversation: one.conversation, member: one.member, is_writing });
        }
        seen
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AccountId, Account>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn is_at(&self, now: Timestamp) -> bool {
        self.reading_until > now
    }
}

impl Account {
    fn forget(&mut self, now: Timestamp) {
        self.entries.retain(|one| one.is_at(now));
        self.budgets.retain(|_, budget| budget.is_of(now));
    }

    fn takes_from(&mut self, member: MemberId, now: Timestamp) -> bool {
        let budget = self.budgets.entry(member).or_insert(Budget { since: now, taken: 0 });
        budget.taken = budget.taken.saturating_add(1);
        budget.taken <= MOST_A_MINUTE
    }

    fn take(&mut self, member: MemberId, now: Timestamp, report: Report) {
        let after = |ms| Timestamp(now.millis().saturating_add(ms));
        let is = |one: &Entry, id| one.member == member && Some(one.conversation) == id;
        let shown = |entries: &[Entry]| -> BTreeSet<(ConversationId, bool)> {
            let mine = entries.iter().filter(|one| one.member == member);
            mine.map(|one| (one.conversation, one.writing_until > now)).collect()
        };
        let before = shown(&self.entries);
        let known = self.entries.iter().copied().find(|one| is(one, report.open));
        self.entries.retain(|one| !is(one, report.left) && !is(one, report.open));
        if let Some(conversation) = report.open {
            let written = known.map_or(now, |one| one.writing_until);
            let writing_until = if report.is_writing { after(WRITING_MS) } else { written };
            let reading_until = after(READING_MS);
            self.entries.push(Entry { conversation, member, reading_until, writing_until });
        }
        while self.entries.iter().filter(|one| one.member == member).count() > MOST_OF_A_MEMBER {
            let Some(oldest) = self.entries.iter().position(|one| one.member == member) else { break };
            self.entries.remove(oldest);
        }
        // A heartbeat wakes no stream: each looks again when the report that it knows of ends.
        if shown(&self.entries) != before {
            self.moved.send_replace(());
        }
    }
}

impl Budget {
    fn is_of(&self, now: Timestamp) -> bool {
        now.millis().saturating_sub(self.since.millis()) < MINUTE_MS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: MemberId = MemberId(1);
    const BO: MemberId = MemberId(2);
    const ID: AccountId = AccountId(1);

    fn open(id: u64) -> Report {
        Report { open: Some(ConversationId(id)), ..Report::default() }
    }

    fn take(presence: &Presence, member: MemberId, now: i64, report: Report) {
        presence.take(ID, member, Timestamp(now), report);
    }

    fn told(presence: &Presence, now: i64) -> Vec<(u64, bool)> {
        let seen = presence.others(ID, Some(ME), Timestamp(now));
        seen.present.iter().map(|one| (one.conversation.get(), one.is_writing)).collect()
    }

    #[test]
    fn a_report_counts_for_a_minute_and_writing_for_six_seconds() {
        let presence = Presence::default();
        take(&presence, ME, 0, open(7));
        assert!(told(&presence, 0).is_empty(), "nobody is shown themselves");
        take(&presence, BO, 0, Report { is_writing: true, ..open(7) });
        assert_eq!(told(&presence, 5_999), [(7, true)]);
        take(&presence, BO, 1_000, open(7));
        assert_eq!(told(&presence, 5_999), [(7, true)], "a heartbeat does not end the writing");
        assert_eq!(told(&presence, 6_000), [(7, false)]);
        assert_eq!(told(&presence, 60_999), [(7, false)]);
        assert!(told(&presence, 61_000).is_empty());
        let seen = presence.others(ID, Some(ME), Timestamp(1_000));
        assert_eq!(seen.until, Some(Timestamp(6_000)), "then it looks different without a report");
    }

    #[test]
    fn who_goes_on_has_left_and_an_old_tab_is_forgotten() {
        let presence = Presence::default();
        take(&presence, BO, 0, open(1));
        take(&presence, BO, 0, Report { left: Some(ConversationId(1)), ..open(2) });
        assert_eq!(told(&presence, 0), [(2, false)]);
        for id in 3..20 {
            take(&presence, BO, 0, open(id));
        }
        assert_eq!(told(&presence, 0).len(), MOST_OF_A_MEMBER);
        take(&presence, BO, 0, Report { left: Some(ConversationId(19)), ..Report::default() });
        assert_eq!(told(&presence, 0).len(), MOST_OF_A_MEMBER - 1);
    }

    #[test]
    fn reports_beyond_the_budget_change_nothing_until_the_next_minute() {
        let presence = Presence::default();
        for _ in 0..MOST_A_MINUTE {
            take(&presence, BO, 0, open(1));
        }
        let before = presence.moved(ID);
        take(&presence, BO, 1, open(2));
        assert!(!before.has_changed().unwrap(), "streams are not woken");
        assert_eq!(told(&presence, 1), [(1, false)]);
        take(&presence, BO, MINUTE_MS, open(2));
        assert_eq!(told(&presence, MINUTE_MS), [(2, false)]);
    }
}
