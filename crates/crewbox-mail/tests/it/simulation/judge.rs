//! What must be true at the end of a life.

use crewbox_core::id::OutgoingId;

use super::world::World;
use crate::NOW;

impl World {
    /// What must be true once the faults have ended.
    pub(super) fn judge(&self) {
        let closed = |name: &str| self.server.closed.is_some_and(|(closed, _)| closed == name);
        for (name, folder) in self.server.folders.iter().filter(|(name, _)| !closed(name)) {
            let known = &self.store.folders[name];
            assert_eq!(known.uidvalidity, folder.uidvalidity, "{name}");
            let (mut missing, mut drafts) = (0, 0);
            for (uid, content) in &folder.mails {
                let place = (name.clone(), folder.uidvalidity, *uid);
                let held = self.store.places.get(&place);
                let content_of = self.server.content(*content);
                let draft = content_of.draft && !content_of.unsizeable;
                if !draft && (content_of.unfetchable || content_of.unsizeable) {
                    missing += 1;
                    assert!(held.is_none(), "the server never gave {place:?}");
                    continue;
                }
                if draft {
                    drafts += 1;
                    assert!(held.is_none(), "a draft was stored: {place:?}");
                    continue;
                }
                assert_eq!(held.map(|held| held.content), Some(*content), "lost: {place:?}");
                assert!(!held.unwrap().gone, "{place:?} is on the server");
            }
            for ((name, _, uid), held) in self
                .store
                .places
                .iter()
                .filter(|((of, validity, _), _)| of == name && *validity == folder.uidvalidity)
            {
                // What is gone from the server is noted as gone, and its mail stays.
                assert_eq!(held.gone, !folder.mails.contains_key(uid), "{name} {uid}");
                assert!(self.store.mails.contains_key(&held.content), "{name} {uid}: the copy is gone");
            }
            let ledger = known.ledger.expect("it was compared");
            let figures = (ledger.missing, ledger.passed_over, ledger.server);
            assert_eq!(figures, (missing, drafts, folder.mails.len() as u64), "{name}");
            assert!(known.is_complete(), "{name}: {known:?}");
        }
        for (id, stored) in &self.store.mails {
            let (content, deaths) = (self.server.content(*id), self.deaths.get(id).copied().unwrap_or(0));
            assert!(!(content.poison && stored.read), "poison was read");
            let blamed = content.poison || deaths >= 3;
            assert!(!stored.quarantined || blamed, "mail {id} was put aside after {deaths} deaths");
            let own = self.store.copies.contains_key(&OutgoingId(id + 1));
            if content.received_at > NOW && !content.moved && !own && self.is_later(*content) {
                assert!(!stored.backfill, "mail {id} came while connected and raised nothing");
            }
            if content.received_at == NOW && !content.moved {
                assert!(stored.backfill, "mail {id} is history and was announced");
            }
        }
        for (outgoing, done) in &self.store.copies {
            if closed("Sent") {
                assert!(!*done, "{outgoing:?}: no copy could be made, and it is wanted no more");
                continue;
            }
            let id = outgoing.get() - 1;
            let copies = self.server.folders["Sent"].mails.values().filter(|held| **held == id).count();
            let gone = self.server.content(id).gone || self.server.content(id).moved;
            assert!(*done && (copies == 1 || gone), "message {id}: {copies} copies in Sent");
        }
    }

    /// Whether every folder had been seen when this mail came.
    fn is_later(&self, content: super::server::Content) -> bool {
        self.store.folders.values().all(|folder| content.received_at > folder.since)
    }
}
