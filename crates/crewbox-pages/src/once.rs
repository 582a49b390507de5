//! Actions that a script sends again because it does not know whether they arrived, and forms of the settings that come
//! twice: the answer is the first one's.
//!
//! Owns the answers of the last actions, in memory. After a restart an action that comes again is done again, which for
//! those of triage is no difference; replies have their own key in the store.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use crewbox_core::id::SessionId;

/// Actions whose answers are kept: some minutes of a large team. Each takes some hundred bytes.
const MOST: usize = 4_096;
/// Characters of a key.
const MAX_KEY: usize = 64;

type Key = (SessionId, String);

/// The answers of the last actions.
#[derive(Debug, Default)]
pub(crate) struct Once(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    answers: HashMap<Key, String>,
    order: VecDeque<Key>,
}

impl Once {
    /// The answer that an action of this session with this key was given.
    pub(crate) fn answer(&self, session: SessionId, key: &str) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).answers.get(&(session, key.to_owned())).cloned()
    }

    /// Keeps an answer.
    pub(crate) fn keep(&self, session: SessionId, key: &str, answer: &str) {
        if key.is_empty() || key.len() > MAX_KEY {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (session, key.to_owned());
        if kept.answers.insert(key.clone(), answer.to_owned()).is_none() {
            kept.order.push_back(key);
        }
        while kept.order.len() > MOST {
            if let Some(oldest) = kept.order.pop_front() {
                kept.answers.remove(&oldest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_kept_for_its_session_until_many_others_came() {
        let once = Once::default();
        once.keep(SessionId(1), "a", "seq=4");
        assert_eq!(once.answer(SessionId(1), "a").as_deref(), Some("seq=4"));
        assert_eq!(once.answer(SessionId(2), "a"), None);
        (0..MOST).for_each(|number| once.keep(SessionId(2), &number.to_string(), ""));
        assert_eq!(once.answer(SessionId(1), "a"), None);
        once.keep(SessionId(1), &"x".repeat(MAX_KEY + 1), "");
        assert_eq!(once.answer(SessionId(1), &"x".repeat(MAX_KEY + 1)), None);
    }
}
