//! Pages kept in memory while nothing changes: clients ask for the same page again and again.
//!
//! Owns nothing that cannot be prepared again. A page is current while its account's log has no new change and no
//! snooze has ended since. Each look-up passes both in, so nothing has to be dropped in time.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::HeaderValue;
use crewbox_core::id::{AccountId, ClientId, IdHasher, MemberId, Seq};
use crewbox_core::model::Dialect;
use crewbox_core::time::Timestamp;
use crewbox_core::view::View;
use xxhash_rust::xxh3::xxh3_128;

use crate::answer::Answer;
use crate::bounded::{Bounded, Place};
use crate::coding::{CompressedForms, Effort};
use crate::payload::Payload;

/// A longer page is not kept: it takes the room of two ordinary ones, and longer to send than to put together.
const MOST_BYTES: usize = 64 * 1024;
/// What a kept page costs besides its bytes: entry, key in the queue, allocation heads, tag, and its compressed forms
/// while they are empty.
const OVERHEAD: usize = 640;
/// Of so many kept bytes there is one place for a page that was prepared once: many more places than pages of usual length.
const BYTES_A_PLACE: usize = 2 * 1024;
/// A compressed form is kept up to this part of its page: all three then take at most as much as the page itself.
const FORM_PART: usize = 3;

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

impl Place for PageKey {
    fn place(&self) -> u64 {
        let mut hasher = IdHasher::default();
        hasher.write_u64(self.account.get());
        hasher.write_u64(self.member.get());
        hasher.write_u64(self.client.map_or(0, ClientId::get));
        (self.dialect, self.view).hash(&mut hasher);
        hasher.write_u64(self.hash as u64);
        hasher.finish()
    }
}

impl Hash for PageKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.place());
    }
}

/// All kept pages.
#[derive(Debug)]
pub(crate) struct Pages {
    kept: Bounded<PageKey, Kept>,
    /// Of pages that were prepared, one number for each and its change. One that is asked for twice is kept, so that
    /// pages which nobody asks for again cost no memory. A page whose place another one takes meanwhile is kept later.
    prepared: Box<[AtomicU64]>,
}

#[derive(Debug)]
struct Kept {
    seq: Seq,
    /// When the next snooze ends.
    until: Timestamp,
    body: Payload,
    compressed: Arc<CompressedForms>,
    tag: HeaderValue,
}

impl Pages {
    /// Keeps at most about this many bytes, and at most as much again in compressed forms.
    pub(crate) fn new(bytes: usize) -> Self {
        let places = (bytes / BYTES_A_PLACE).max(1);
        Self { kept: Bounded::new(bytes), prepared: (0..places).map(|_| AtomicU64::default()).collect() }
    }

    /// The page, if it is as of `seq` and no snooze has ended by `now`.
    pub(crate) fn get(&self, key: &PageKey, seq: Seq, now: Timestamp) -> Option<Answer> {
        self.kept.get(key, |kept| {
            (kept.seq == seq && kept.until > now).then(|| {
                let answer = Answer::json(kept.body.clone()).tagged_as(kept.tag.clone());
                answer.compressed_once(Arc::clone(&kept.compressed))
            })
        })
    }

    /// Keeps a page that was prepared as of `seq` and changes at `until`, if it was prepared before.
    pub(crate) fn put(&self, key: PageKey, seq: Seq, until: Timestamp, answer: &Answer) {
        let Some(tag) = answer.tag.as_ref().filter(|_| answer.body.len() <= MOST_BYTES) else { return };
        if !self.was_prepared(&key, seq) {
            return;
        }
        let longest = answer.body.len() / FORM_PART;
        let compressed = Arc::new(CompressedForms::up_to(Effort::EachTime, longest));
        let kept = Kept { seq, until, body: answer.body.clone(), compressed, tag: tag.clone() };
        self.kept.put(key, kept, answer.body.len() + OVERHEAD, |other| other.seq > seq);
    }

    /// Whether the page was prepared before as of the same change; notes that it is. Two pages hardly ever have the same
    /// number; one of them is then kept early.
    fn was_prepared(&self, key: &PageKey, seq: Seq) -> bool {
        let place = key.place();
        let number = place ^ seq.0.wrapping_mul(IdHasher::FACTOR).rotate_left(32);
        let slot = self.prepared.get((place >> 32) as usize % self.prepared.len());
        slot.is_some_and(|slot| slot.swap(number, Ordering::Relaxed) == number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYTES: usize = 64 << 20;

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
        let pages = Pages::new(BYTES);
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
        pages.put(key_of, Seq(4), until, &page(20));
        pages.put(key_of, Seq(4), until, &page(20));
        let kept = pages.get(&key_of, Seq(5), Timestamp(99)).unwrap();
        assert_eq!(kept.body.len(), 10, "an older page does not replace a newer one");
    }

    #[test]
    fn the_same_body_in_another_list_dialect_or_for_a_client_is_another_page() {
        let pages = Pages::new(BYTES);
        let first = key(1, b"{}");
        let others = [
            PageKey { view: View::Unassigned, ..first },
            PageKey { dialect: Dialect::Live, ..first },
            PageKey { client: Some(ClientId(3)), ..first },
            PageKey { account: AccountId(2), ..first },
        ];
        pages.put(first, Seq(5), Timestamp(100), &page(10));
        for other in others {
            pages.put(other, Seq(5), Timestamp(100), &page(20));
            assert!(pages.get(&other, Seq(5), Timestamp(1)).is_none(), "{other:?} was asked for once");
        }
        pages.put(first, Seq(5), Timestamp(100), &page(10));
        assert!(pages.get(&first, Seq(5), Timestamp(1)).is_some());
        for other in others {
            assert!(pages.get(&other, Seq(5), Timestamp(1)).is_none(), "{other:?}");
        }
    }

    #[test]
    fn pages_take_no_more_than_their_bound_and_none_where_it_is_zero() {
        for bound in [0, 4 << 20] {
            let pages = Pages::new(bound);
            for body in 0..1_000_u64 {
                for _ in 0..2 {
                    pages.put(key(1, &body.to_be_bytes()), Seq(5), Timestamp(100), &page(20_000));
                }
            }
            let kept = (0..1_000_u64)
                .filter(|body| pages.get(&key(1, &body.to_be_bytes()), Seq(5), Timestamp(1)).is_some())
                .count();
            assert!(kept * (20_000 + OVERHEAD) <= bound, "{kept} pages in {bound}");
            assert_eq!(kept > 0, bound > 0);
        }
    }

    #[test]
    fn long_pages_are_not_kept() {
        let pages = Pages::new(BYTES);
        for bytes in [MOST_BYTES, MOST_BYTES + 1] {
            let key = key(1, &bytes.to_be_bytes());
            for _ in 0..2 {
                pages.put(key, Seq(5), Timestamp::MAX, &page(bytes));
            }
            assert_eq!(pages.get(&key, Seq(5), Timestamp(1)).is_some(), bytes == MOST_BYTES);
        }
    }
}
