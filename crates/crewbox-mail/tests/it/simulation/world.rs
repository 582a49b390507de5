//! One simulated run: what happens, what the machine learns of it, and what must be true at its end.

use std::collections::BTreeMap;

use crewbox_core::mailbox::{Condition, Status};
use crewbox_core::time::Timestamp;
use crewbox_mail::Failure;
use crewbox_mail::sync::machine::{LONGEST_STORE_MS, Machine, Pace};
use crewbox_mail::sync::step::{About, Action, Event, Take, Why};
use crewbox_store::SyncStep;
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::server::{Closed, Content, Server};
use super::store::Store;
use crate::NOW;

pub(super) const FOLDERS: [&str; 3] = ["INBOX", "Junk", "Sent"];
/// Steps full of faults, at most.
const WILD: u64 = 400;
/// Steps without faults in which everything must be repaired.
const REPAIR_STEPS: u64 = 20_000;
/// How long the time without faults lasts: longer than any wait and several comparisons.
const REPAIR_MS: i64 = 3 * 60 * 60 * 1_000;
/// A month: how long a person takes to mend a password.
const MONTH_MS: i64 = 30 * 24 * 60 * 60 * 1_000;

/// The process died.
struct Killed;

pub(crate) struct World {
    pub(super) rng: ChaCha8Rng,
    machine: Machine,
    pub(crate) server: Server,
    pub(super) store: Store,
    pub(super) now: Timestamp,
    pace: Pace,
    /// The lease this worker took, the fetched mails.
    lease: u64,
    hand: Vec<(u32, u64)>,
    wild: bool,
    /// Chances in a thousand, a step: a fault, a kill, something on the server.
    chances: [u32; 3],
    refuses: u32,
    /// The highest UIDVALIDITY given out.
    pub(super) newest: u32,
    /// Mails begun alone, in this process; and how often the process was killed while they were.
    alone: Option<u64>,
    pub(super) deaths: BTreeMap<u64, u32>,
    pub(crate) steps: u64,
    pub(crate) kills: u64,
    pub(crate) faults: u64,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let pace = Pace {
            batch_mails: rng.random_range(1..12),
            batch_bytes: 1_000,
            window: rng.random_range(2..30),
            retry_ms: 10 * 60 * 1_000,
            compare_ms: 5 * 60 * 1_000,
            poll_ms: 20 * 60 * 1_000,
            ..Pace::default()
        };
        let chances = [rng.random_range(0..120), rng.random_range(0..60), rng.random_range(0..250)];
        let mut world = Self {
            machine: Machine::new(pace, seed),
            server: Server::new(),
            store: Store::default(),
            now: NOW,
            pace,
            lease: 0,
            hand: Vec::new(),
            wild: true,
            chances,
            refuses: 0,
            newest: 1_000,
            alone: None,
            deaths: BTreeMap::new(),
            steps: 0,
            kills: 0,
            faults: 0,
            rng,
        };
        world.server.counts = world.rng.random_bool(0.9);
        if world.rng.random_bool(0.15) {
            let how = if world.rng.random_bool(0.5) { Closed::Refuses } else { Closed::HangsUp };
            world.server.closed = Some((FOLDERS[world.rng.random_range(0..3)], how));
        }
        world.server.throttles = world.rng.random_bool(0.1);
        world.server.breaks_idle = world.rng.random_bool(0.1);
        for _ in 0..world.rng.random_range(0..80) {
            world.deliver();
        }
        world.now = Timestamp(world.now.0 + 1_000);
        world
    }

    pub(crate) fn live(&mut self) {
        let mut event = Event::Begin;
        let (mut repair_since, mut searching) = (None, None);
        let (mut repair_steps, mut rests) = (0, 0);
        loop {
            if self.steps >= WILD && repair_since.is_none() {
                (self.wild, repair_since) = (false, Some(self.now));
            }
            if let Some(since) = repair_since {
                repair_steps += 1;
                assert!(repair_steps < REPAIR_STEPS, "it does not come to rest");
                if self.now.0 - since.0 > REPAIR_MS && rests > 3 {
                    break;
                }
            }
            let action = self.machine.step(event, self.now);
            if matches!(action, Action::Uids { .. }) {
                let since = *searching.get_or_insert(self.now);
                let longest = self.pace.peek_ms + 500;
                assert!(self.now.0 - since.0 <= longest, "new mail waits for a comparison");
            } else {
                searching = None;
            }
            if matches!(action, Action::Rest { .. }) && !self.wild {
                rests += 1;
            }
            if std::env::var_os("CREWBOX_TRACE").is_some() {
                println!("{:>5} {action:?}", self.steps);
            }
            self.steps += 1;
            event = match self.happen(action) {
                Ok(event) => event,
                Err(Killed) => {
                    if let Some(content) = self.alone {
                        *self.deaths.entry(content).or_default() += 1;
                    }
                    self.restart()
                }
            };
        }
        self.judge();
    }

    fn restart(&mut self) -> Event {
        self.server.hang_up();
        (self.hand, self.alone) = (Vec::new(), None);
        self.machine = Machine::new(self.pace, self.rng.next_u64());
        Event::Begin
    }

    fn chance(&mut self, which: usize) -> bool {
        self.wild && self.rng.random_ratio(self.chances[which], 1_000)
    }

    /// Does it, with all that may happen meanwhile.
    fn happen(&mut self, action: Action) -> Result<Event, Killed> {
        self.now = Timestamp(self.now.0 + self.rng.random_range(1..200));
        if self.chance(2) {
            self.on_the_server();
        }
        if matches!(action, Action::End) {
            if self.lease != self.store.lease
                && let Some(content) = self.alone
            {
                // Whoever was overtaken can take nothing back: it counts like a death.
                *self.deaths.entry(content).or_default() += 1;
            }
            if self.store.status.condition == Condition::NeedsLogin {
                self.now = Timestamp(self.now.0 + MONTH_MS);
                (self.store.status, self.refuses) = (Status::default(), 0);
            }
            return Ok(self.restart());
        }
        if self.chance(1) {
            self.kills += 1;
            return Err(Killed);
        }
        if self.chance(0) && self.rng.random_ratio(1, 20) {
            return Ok(Event::Stop);
        }
        if self.chance(0)
            && let Some(failure) = self.fault(&action)
        {
            self.faults += 1;
            // Half of what fails was done all the same.
            if self.rng.random_bool(0.5) && !matches!(failure, Failure::Superseded) {
                self.perform(&action)?;
            }
            if !matches!(failure, Failure::Store(_)) {
                self.server.hang_up();
            }
            self.hand.clear();
            return Ok(Event::Failed(failure));
        }
        let done = self.perform(&action)?;
        if self.chance(1) {
            self.kills += 1;
            return Err(Killed);
        }
        Ok(done)
    }

    fn fault(&mut self, action: &Action) -> Option<Failure> {
        let talks = matches!(
            action,
            Action::List
                | Action::Open(_)
                | Action::Refresh
                | Action::Uids { .. }
                | Action::Sizes(_)
                | Action::Fetch { .. }
                | Action::Find(_)
                | Action::Append { .. }
                | Action::Rest { .. }
        );
        let text = String::new();
        match action {
            Action::Connect { .. } if self.refuses > 0 => {
                self.refuses -= 1;
                Some(Failure::Refused(text))
            }
            Action::Connect { .. } => Some(match self.rng.random_range(0..3) {
                0 => Failure::Unreachable(text),
                1 => Failure::Throttled(text, Some(self.rng.random_range(0..100_000))),
                _ => {
                    self.refuses = self.rng.random_range(0..4);
                    Failure::Refused(text)
                }
            }),
            Action::Find(_) | Action::Append { .. } => Some(Failure::Lost(text)),
            _ if talks => Some(match self.rng.random_range(0..5) {
                0 => Failure::Protocol(text),
                1 => Failure::Throttled(text, None),
                _ => Failure::Lost(text),
            }),
            Action::Save(_) | Action::Take(_) | Action::Copied(_) => Some(if self.rng.random_ratio(1, 8) {
                // Somebody else takes the mailbox, and dies at once.
                self.store.lease += 1;
                Failure::Superseded
            } else {
                Failure::Store(text)
            }),
            _ => None,
        }
    }

    fn perform(&mut self, action: &Action) -> Result<Event, Killed> {
        Ok(match action {
            Action::Load => {
                self.store.write(&SyncStep::TakeLease);
                self.lease = self.store.lease;
                Event::Loaded {
                    status: self.store.status.clone(),
                    folders: self.store.folders.values().cloned().collect(),
                }
            }
            Action::Save(steps) => {
                if self.lease != self.store.lease {
                    return Ok(Event::Failed(Failure::Superseded));
                }
                for step in steps {
                    if let SyncStep::Begin { folder, uids, alone: true, .. } = step {
                        self.alone = Some(
                            self.server.folders[folder].mails.get(&uids[0]).copied().unwrap_or(u64::MAX),
                        );
                    }
                    self.store.write(step);
                }
                Event::Saved
            }
            Action::Connect { wait: false } if self.wild && self.rng.random_bool(0.1) => Event::Crowded,
            Action::Connect { .. } => {
                self.server.connected = true;
                Event::Connected { idle: self.rng.random_bool(0.5), copies_sent: false }
            }
            Action::Take(take) => self.take(take)?,
            Action::Places { folder, uidvalidity } => {
                let (places, attempts) = self.store.places(folder, *uidvalidity);
                Event::Places { places, attempts }
            }
            Action::Chores => Event::Chores(self.store.chores()),
            Action::Copied(outgoing) => {
                self.store.copies.insert(*outgoing, true);
                Event::Saved
            }
            Action::Pause { until } => {
                let longest = self.now.0 + LONGEST_STORE_MS;
                assert!(!self.server.connected || until.0 <= longest, "a long pause holds no connection");
                self.now = Timestamp(self.now.0.max(until.0));
                Event::Rested(Why::Time)
            }
            Action::Close => {
                self.server.hang_up();
                Event::Closed
            }
            Action::End => Event::Closed,
            _ if !self.server.connected => Event::Failed(Failure::Lost(String::new())),
            other => self.converse(other),
        })
    }

    fn converse(&mut self, action: &Action) -> Event {
        match action {
            Action::List => {
                let list = self.server.folders.iter().map(|(name, folder)| (name.clone(), folder.role));
                Event::Folders(list.collect())
            }
            Action::Open(name) if self.server.closed.is_some_and(|(closed, _)| closed == name) => {
                self.server.open = None;
                if self.server.closed.is_some_and(|(_, how)| how == Closed::Refuses) {
                    return Event::Unopened;
                }
                self.server.hang_up();
                Event::Failed(Failure::Lost(String::new()))
            }
            Action::Open(name) => {
                let folder = &self.server.folders[name];
                self.server.open = Some((name.clone(), folder.uidvalidity));
                self.server.unannounced = folder.next;
                let exists = u32::try_from(folder.mails.len()).unwrap();
                // Some keep the next number to themselves.
                let counts = self.server.counts;
                let last = folder.mails.keys().last().map_or(1, |last| last + 1);
                let uid_next = if counts { folder.next } else { last };
                Event::Opened { uidvalidity: folder.uidvalidity, uid_next, counts, exists }
            }
            Action::Refresh => {
                self.server.announce();
                Event::Refreshed { exists: u32::try_from(self.server.opened().mails.len()).unwrap() }
            }
            Action::Uids { low, high } => {
                let range = *low..=high.unwrap_or(u32::MAX);
                let uids = self.server.announced().into_keys().filter(|uid| range.contains(uid));
                Event::Uids(uids.collect())
            }
            Action::Sizes(uids) => {
                if self.holds(uids, |content| content.unsizeable) {
                    return self.cannot_give();
                }
                let mails = &self.server.opened().mails;
                let about = |uid: &u32| {
                    let content = self.server.content(*mails.get(uid)?);
                    let (bytes, draft) = (content.size, content.draft);
                    Some(About { uid: *uid, bytes, seen: None, draft, sent: false })
                };
                Event::Sizes(uids.iter().filter_map(about).collect())
            }
            Action::Fetch { uids, .. } => {
                if self.holds(uids, |content| content.unfetchable) {
                    return self.cannot_give();
                }
                let mails = &self.server.opened().mails;
                self.hand = uids.iter().filter_map(|uid| mails.get(uid).map(|id| (*uid, *id))).collect();
                Event::Fetched(self.hand.iter().map(|(uid, _)| *uid).collect())
            }
            Action::Find(outgoing) => {
                let id = outgoing.get() - 1;
                Event::Found(self.server.opened().mails.values().any(|content| *content == id))
            }
            Action::Append { outgoing, folder } => {
                self.server.put(folder, outgoing.get() - 1);
                self.store.copies.insert(*outgoing, true);
                Event::Saved
            }
            Action::Rest { millis, idle } => {
                assert!(*millis > 0);
                if *idle && self.server.breaks_idle {
                    self.server.hang_up();
                    return Event::Failed(Failure::Lost(String::new()));
                }
                let rested = self.rng.random_range(1..=*millis);
                let whole = !self.wild || self.rng.random_bool(0.3);
                self.now =
                    Timestamp(self.now.0 + i64::try_from(if whole { *millis } else { rested }).unwrap());
                Event::Rested(if whole {
                    Why::Time
                } else {
                    [Why::Hint, Why::Woken][self.rng.random_range(0..2)]
                })
            }
            other => unreachable!("{other:?}"),
        }
    }

    /// Whether one of these is such a mail.
    fn holds(&self, uids: &[u32], such: impl Fn(&Content) -> bool) -> bool {
        let mails = &self.server.opened().mails;
        uids.iter().any(|uid| mails.get(uid).is_some_and(|id| such(self.server.content(*id))))
    }

    /// The server fails over a mail, in its own way each time.
    fn cannot_give(&mut self) -> Event {
        self.server.hang_up();
        let text = String::new();
        Event::Failed(match self.rng.random_range(0..4) {
            _ if self.server.throttles => Failure::Throttled(text, None),
            0 => Failure::Throttled(text, None),
            1 => Failure::Protocol(text),
            _ => Failure::Lost(text),
        })
    }

    fn take(&mut self, take: &Take) -> Result<Event, Killed> {
        if self.lease != self.store.lease {
            return Ok(Event::Failed(Failure::Superseded));
        }
        let hand = std::mem::take(&mut self.hand);
        let wanted: Vec<(u32, u64)> = hand.into_iter().filter(|(uid, _)| take.uids.contains(uid)).collect();
        assert_eq!(wanted.len(), take.uids.len(), "what is taken was fetched before");
        if !take.unread && wanted.iter().any(|(_, content)| self.server.content(*content).poison) {
            return Err(Killed);
        }
        let mails: Vec<(u32, u64, bool)> = wanted
            .iter()
            .map(|(uid, content)| {
                let at = self.server.content(*content).received_at;
                (*uid, *content, take.history_before.is_some_and(|since| at < since))
            })
            .collect();
        self.store.take(take, &mails);
        self.alone = None;
        Ok(Event::Taken)
    }
}
