//! What happens on the server meanwhile: mail comes, goes and moves, folders are numbered afresh.

use crewbox_core::id::OutgoingId;
use rand::RngExt as _;

use super::world::{FOLDERS, World};

impl World {
    pub(super) fn deliver(&mut self) {
        let size = if self.rng.random_ratio(1, 30) { 5_000 } else { self.rng.random_range(1..400) };
        let (poison, unfetchable) = (self.rng.random_ratio(1, 60), self.rng.random_ratio(1, 60));
        let folder =
            FOLDERS[self.rng.random_range(0..10_usize).min(2) * usize::from(self.rng.random_bool(0.4))];
        self.server.deliver(folder, size, poison, self.now);
        let unsizeable = self.rng.random_ratio(1, 90);
        let draft = self.rng.random_ratio(1, 20);
        let content = self.server.contents.last_mut().unwrap();
        (content.unfetchable, content.unsizeable, content.draft) = (unfetchable, unsizeable, draft);
    }

    pub(super) fn on_the_server(&mut self) {
        let (name, pick) = (FOLDERS[self.rng.random_range(0..3)], self.rng.random_range(0..1_000));
        match self.rng.random_range(0..20) {
            0..12 => self.deliver(),
            12..14 => {
                self.server.take_away(name, pick);
            }
            14..17 => {
                let to = FOLDERS[self.rng.random_range(0..3)];
                if let Some(content) = self.server.take_away(name, pick) {
                    self.server.put(to, content);
                    let known = &mut self.server.contents[usize::try_from(content).unwrap()];
                    (known.gone, known.moved) = (false, true);
                }
            }
            17 => {
                // New numbers: UIDs used again, in the same or the other order; now and then an old UIDVALIDITY, as
                // after a restore. (Were it the very one the store knows, no client could tell.)
                let present = self.server.folders[name].uidvalidity;
                let seen = self.store.folders.get(name).is_some_and(|known| known.uidvalidity == present);
                let next = if seen && self.rng.random_ratio(1, 4) {
                    present - 1
                } else {
                    self.newest += 1;
                    self.newest
                };
                let from = if self.rng.random_bool(0.5) { 1 } else { self.rng.random_range(1..1_000) };
                let backwards = self.rng.random_bool(0.5);
                self.server.renumber(name, next, from, backwards);
            }
            18 => self.server.hang_up(),
            _ => {
                // An answer was sent: its copy belongs into Sent.
                let content = self.server.contents.len() as u64;
                self.server.deliver("Sent", 10, false, self.now);
                let sent = self.server.folders.get_mut("Sent").unwrap();
                sent.mails.retain(|_, held| *held != content);
                self.store.copies.insert(OutgoingId(content + 1), false);
            }
        }
    }
}
