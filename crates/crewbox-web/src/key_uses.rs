//! When each API key was last used.
//!
//! Owns these times in memory. They are written down once in a while ([`crate::App::note_key_uses`]), because a write for
//! each request would cost more than the request.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crewbox_core::id::{AccountId, KeyId};
use crewbox_core::time::Timestamp;

/// The last use of each key since the process began.
#[derive(Debug, Default)]
pub(crate) struct KeyUses(Mutex<HashMap<(AccountId, KeyId), Use>>);

#[derive(Clone, Copy, Debug)]
struct Use {
    at: Timestamp,
    is_written: bool,
}

impl KeyUses {
    /// Notes a use.
    pub(crate) fn note(&self, account: AccountId, key: KeyId, at: Timestamp) {
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        uses.insert((account, key), Use { at, is_written: false });
    }

    /// The last use of a key, if it was used.
    pub(crate) fn last(&self, account: AccountId, key: KeyId) -> Option<Timestamp> {
        let uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        uses.get(&(account, key)).map(|one| one.at)
    }

    /// The uses since they were last taken, by account.
    pub(crate) fn take(&self) -> HashMap<AccountId, Vec<(KeyId, Timestamp)>> {
        let mut taken: HashMap<_, Vec<_>> = HashMap::new();
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for ((account, key), one) in uses.iter_mut().filter(|(_, one)| !one.is_written) {
            one.is_written = true;
            taken.entry(*account).or_default().push((*key, one.at));
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_use_is_taken_once_and_stays_known() {
        let uses = KeyUses::default();
        let (account, key) = (AccountId(1), KeyId(2));
        uses.note(account, key, Timestamp(5));
        uses.note(account, key, Timestamp(7));
        assert_eq!(uses.take()[&account], [(key, Timestamp(7))]);
        assert!(uses.take().is_empty());
        assert_eq!(uses.last(account, key), Some(Timestamp(7)));
        assert_eq!(uses.last(account, KeyId(3)), None);
    }
}
