//! The store as far as the sync machine can see it, by the rules of its contract.

use std::collections::BTreeMap;

use crewbox_core::id::OutgoingId;
use crewbox_core::mailbox::{Attempt, Folder, Place, Status};
use crewbox_mail::sync::step::{Chore, Take};
use crewbox_store::SyncStep;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) content: u64,
    pub(crate) quarantined: bool,
    pub(crate) gone: bool,
}

/// What is known of a mail that was stored.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Stored {
    pub(crate) quarantined: bool,
    pub(crate) read: bool,
    /// It came as history, and raised nothing.
    pub(crate) backfill: bool,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Store {
    pub(crate) lease: u64,
    pub(crate) status: Status,
    pub(crate) folders: BTreeMap<String, Folder>,
    pub(crate) places: BTreeMap<(String, u32, u32), Held>,
    pub(crate) attempts: BTreeMap<(String, u32, u32), u32>,
    pub(crate) mails: BTreeMap<u64, Stored>,
    /// Copies still wanted in Sent, with what they are there.
    pub(crate) copies: BTreeMap<OutgoingId, bool>,
}

impl Store {
    pub(crate) fn write(&mut self, step: &SyncStep) {
        match step {
            SyncStep::TakeLease => self.lease += 1,
            SyncStep::Fence(_) | SyncStep::SmtpError(_) => {}
            SyncStep::Status(status) => self.status = status.clone(),
            SyncStep::Folder(folder) => {
                let since = self.folders.get(&folder.name).map_or(folder.since, |held| held.since);
                let again = |(name, validity, _): &(String, u32, u32)| {
                    *name == folder.name && *validity == folder.uidvalidity
                };
                self.places.retain(|place, _| !again(place));
                self.attempts.retain(|place, _| place.0 != folder.name);
                self.folders.insert(folder.name.clone(), Folder { since, ..folder.clone() });
            }
            SyncStep::Cursor { folder, uidvalidity, live, history } => {
                let held = self.folders.get_mut(folder).unwrap();
                if held.uidvalidity == *uidvalidity {
                    held.live = held.live.max(*live);
                    held.history = held.history.min(*history).max(1);
                }
            }
            SyncStep::Begin { folder, uidvalidity, uids, alone } => {
                for uid in uids {
                    *self.attempts.entry((folder.clone(), *uidvalidity, *uid)).or_default() +=
                        u32::from(*alone);
                }
            }
            SyncStep::ClearAttempts { folder, uidvalidity, uids, alone } => {
                for uid in uids {
                    let place = (folder.clone(), *uidvalidity, *uid);
                    match self.attempts.get_mut(&place) {
                        Some(deaths) if *alone => *deaths = deaths.saturating_sub(1),
                        Some(0) => drop(self.attempts.remove(&place)),
                        _ => {}
                    }
                }
            }
            SyncStep::Compared { folder, uidvalidity, gone, back, ledger } => {
                let held = self.folders.get_mut(folder).unwrap();
                if held.uidvalidity == *uidvalidity {
                    held.ledger = Some(*ledger);
                    for (uid, is_gone) in
                        gone.iter().map(|uid| (uid, true)).chain(back.iter().map(|uid| (uid, false)))
                    {
                        let place = self.places.get_mut(&(folder.clone(), *uidvalidity, *uid));
                        place.expect("only what is held can be gone").gone = is_gone;
                    }
                }
            }
        }
    }

    /// Stores mails with the cursor: all or nothing.
    pub(crate) fn take(&mut self, take: &Take, mails: &[(u32, u64, bool)]) {
        for (uid, content, backfill) in mails {
            let place = (take.folder.clone(), take.uidvalidity, *uid);
            let stored =
                self.mails.entry(*content).or_insert(Stored { backfill: *backfill, ..Stored::default() });
            if take.unread {
                stored.quarantined = true;
            } else {
                stored.read = true;
            }
            self.attempts.remove(&place);
            let held = Held { content: *content, quarantined: take.unread, gone: false };
            self.places.entry(place).or_insert(held);
        }
        let (live, history) = take.cursor;
        let (folder, uidvalidity) = (take.folder.clone(), take.uidvalidity);
        self.write(&SyncStep::Cursor { folder, uidvalidity, live, history });
    }

    pub(crate) fn places(&self, folder: &str, uidvalidity: u32) -> (Vec<Place>, Vec<Attempt>) {
        let here = |place: &(String, u32, u32)| place.0 == folder && place.1 == uidvalidity;
        let places = self.places.iter().filter(|(place, _)| here(place)).map(|(place, held)| Place {
            uid: place.2,
            quarantined: held.quarantined,
            gone: held.gone,
        });
        let attempts = self
            .attempts
            .iter()
            .filter(|(place, _)| here(place))
            .map(|(place, deaths)| Attempt { uid: place.2, deaths: *deaths });
        (places.collect(), attempts.collect())
    }

    pub(crate) fn chores(&self) -> Vec<Chore> {
        let wanted = self.copies.iter().filter(|(_, done)| !**done);
        wanted.map(|(id, _)| Chore { outgoing: *id, lost: false }).collect()
    }
}
