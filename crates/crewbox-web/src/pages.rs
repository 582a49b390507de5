//! Pages kept in memory while nothing changes: clients ask for the same page again and again.
//!
//! Owns nothing that cannot be prepared again. A page is current while its account's log has no new change and no
//! snooze has ended since. Each look-up passes both in, so nothing has to be dropped in time.

use std::sync::{Arc, Mutex, PoisonError};

use axum::http::HeaderValue;
use crewbox_core::id::{AccountId, ClientId, MemberId, Seq};
use crewbox_core::model::Dialect;
use crewbox_core::time::Timestamp;
use crewbox_core::view::View;
use xxhash_rust::xxh3::xxh3_128;

use crate::answer::Answer;
use crate::coding::{CompressedForms, Effort};
use crate::payload::Payload;

/// Pages kept at the most: several for each member of a large team.
const SLOTS: usize = 1_024;
/// A longer page is not kept, so that all of them take at most 64 MiB, and half as much again in compressed forms.
const MOST_BYTES: usize = 64 * 1024;

/// Which page. Of two requests whose bodies hash alike the caller would have to make both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PageKey {
    pub(crate) account: AccountId,
    pub(crate) member: MemberId,
    pub(crate) client: Option<ClientId>,
    pub(crate) dialect: Dialect,
    pub(crate) view: View,
    /// Of the request's body.
    pub(crate) hash: u128,
}

impl PageKey {
    /// The hash of a request's body.
    pub(crate) fn hash(body: &[u8]) -> u128 {
        xxh3_128(body)
    }
}

/// All kept pages. Each has one place where it may be, so two pages of the same place replace each other.
#[derive(Debug)]
pub(crate) struct Pages(Box<[Mutex<Slot>]>);

#[derive(Debug, Default)]
struct Slot {
    kept: Option<Kept>,
    /// The page that was prepared last without being kept: one that is asked for twice is kept, so that pages which
    /// nobody asks for again cost no memory.
    once: Option<(PageKey, Seq)>,
}

#[derive(Debug)]
struct Kept {
    key: PageKey,
    seq: Seq,
    /// When the next snooze ends.
    until: Timestamp,
    body: Payload,
    compressed: Arc<CompressedForms>,
    tag: HeaderValue,
}

impl Default for Pages {
    fn default() -> Self {
        Self((0..SLOTS).map(|_| Mutex::default()).collect())
    }
}

impl Pages {
    /// The page, if it is as of `seq` and no snooze has ended by `now`.
    pub(crate) fn get(&self, key: &PageKey, seq: Seq, now: Timestamp) -> Option<Answer> {
        let slot = self.slot(key)?.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = slot.kept.as_ref()?;
        if kept.key != *key || kept.seq != seq || kept.until <= now {
            return None;
        }
        let answer = Answer::json(kept.body.clone()).tagged_as(kept.tag.clone());
        Some(answer.compressed_once(Arc::clone(&kept.compressed)))
    }

    /// Keeps a page that was prepared as of `seq` and changes at `until`, if it was prepared before.
    pub(crate) fn put(&self, key: PageKey, seq: Seq, until: Timestamp, answer: &Answer) {
        let Some(tag) = answer.tag.as_ref().filter(|_| answer.body.len() <= MOST_BYTES) else { return };
        let Some(slot) = self.slot(&key) else { return };
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if slot.once.replace((key, seq)) == Some((key, seq)) {
            let compressed = Arc::new(CompressedForms::new(Effort::EachTime));
            slot.kept =
                Some(Kept { key, seq, until, body: answer.body.clone(), compressed, tag: tag.clone() });
        }
    }

    fn slot(&self, key: &PageKey) -> Option<&Mutex<Slot>> {
        let who = key.member.get() ^ key.account.get().rotate_left(32);
        let mixed = (key.hash as u64).wrapping_add(who.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        self.0.get((mixed >> 32) as usize % SLOTS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(member: u64, body: &[u8]) -> PageKey {
        PageKey {
            account: AccountId(1),
            member: MemberId(member),
            client: None,
            dialect: Dialect::Documented,
            view: View::AssignedToMe,
            hash: PageKey::hash(body),
        }
    }

    fn page(bytes: usize) -> Answer {
        Answer::json(vec![b' '; bytes]).tagged()
    }

    #[test]
    fn a_page_is_given_only_while_nothing_changed_since() {
        let pages = Pages::default();
        let (key_of, until) = (key(1, b"{}"), Timestamp(100));
        pages.put(key_of, Seq(5), until, &page(10));
        assert!(pages.get(&key_of, Seq(5), Timestamp(1)).is_none(), "asked for once");
        pages.put(key_of, Seq(5), until, &page(10));
        let kept = pages.get(&key_of, Seq(5), Timestamp(99)).unwrap();
        assert_eq!((kept.body.len(), kept.tag), (10, page(10).tag));
        assert!(pages.get(&key_of, Seq(6), Timestamp(1)).is_none(), "there is a new change");
        assert!(pages.get(&key_of, Seq(5), until).is_none(), "a snooze has ended");
        assert!(pages.get(&key(1, b"{\"limit\":1}"), Seq(5), Timestamp(1)).is_none());
        assert!(pages.get(&key(2, b"{}"), Seq(5), Timestamp(1)).is_none());
    }

    #[test]
    fn long_pages_are_not_kept() {
        let pages = Pages::default();
        for bytes in [MOST_BYTES, MOST_BYTES + 1] {
            let key = key(1, &bytes.to_be_bytes());
            for _ in 0..2 {
                pages.put(key, Seq(5), Timestamp::MAX, &page(bytes));
            }
            assert_eq!(pages.get(&key, Seq(5), Timestamp(1)).is_some(), bytes == MOST_BYTES);
        }
    }
}
