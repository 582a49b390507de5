//! Mails from the open folder: what the server says of them, then their bytes.
//!
//! Owns how mail is asked for. A mail is never held beyond the size that the server announced, and some slack: one that
//! has more is left out, with its real size, for the caller to make room and ask again.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use crewbox_core::time::Timestamp;
use tokio::time::timeout;

use super::connection::Connection;
use super::exchange::{self, Mail};
use super::tolerant::{Expected, MOST_DROPPED, SLACK, TOO_LARGE};
use super::wire::Result;
use crate::budget::MAX_FETCHED_BYTES;
use crate::failure::Failure;
use crate::sync::step::About;

/// A mail larger than this is fetched in pieces, into one buffer: an answer is otherwise held twice by the
/// reader of answers.
const PIECE: u64 = 1024 * 1024;

/// A mail fetched in pieces may be larger than announced by this fraction: servers count line ends differently, and some
/// estimate.
const PIECE_SLACK: u64 = 4;

/// What came of fetching a mail in pieces.
enum Pieces {
    /// The mail.
    All(Fetched),
    /// It is larger than announced: about this size, in bytes. Nothing is kept.
    Larger(u64),
    /// The server no longer has it.
    Gone,
}

/// A mail as the server gave it.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// Its UID.
    pub uid: u32,
    /// INTERNALDATE.
    pub received_at: Option<Timestamp>,
    /// Its bytes.
    pub raw: Bytes,
}

/// The answer to a fetch.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Mails whole, ascending by UID.
    pub mails: Vec<Fetched>,
    /// Mails that are larger than the server announced, and their size now, in bytes. They were not kept.
    pub larger: Vec<(u32, u64)>,
}

impl Connection {
    /// What the server says of mails, ascending by UID.
    ///
    /// # Errors
    /// In the machine's words.
    pub async fn about(&mut self, uids: &[u32]) -> Result<Vec<About>> {
        let labels = if self.gmail { " X-GM-LABELS" } else { "" };
        let wanted: BTreeSet<u32> = uids.iter().copied().collect();
        let mut all: BTreeMap<u32, About> = BTreeMap::new();
        let command = format!("UID FETCH {} (UID RFC822.SIZE FLAGS{labels})", set(uids));
        self.exchange(Expected::about(uids.len()), &command, |answer| {
            let Some(mail) = Mail::of(answer) else { return };
            let Some(uid) = mail.uid.filter(|uid| wanted.contains(uid)) else { return };
            let later = about(uid, &mail);
            // A mail may come twice, once with news about its flags alone: what is known of it is all of that.
            let one = all.entry(uid).or_insert(later);
            *one = About {
                uid,
                bytes: one.bytes.max(later.bytes),
                seen: later.seen.or(one.seen),
                draft: later.draft || one.draft,
                sent: later.sent || one.sent,
            };
        })
        .await?;
        Ok(all.into_values().collect())
    }

    /// Mails whole. `sizes` says how many bytes each has, by the server's word.
    ///
    /// # Errors
    /// In the machine's words.
    pub async fn fetch(&mut self, uids: &[u32], sizes: &[(u32, u64)]) -> Result<Given> {
        let bytes = |uid: &u32| sizes.iter().find(|(known, _)| known == uid).map_or(0, |(_, size)| *size);
        let all: u64 = uids.iter().map(|uid| bytes(uid).min(MAX_FETCHED_BYTES)).sum();
        // However many pieces it comes in, what others wait for is not held for longer than its bytes take.
        match timeout(exchange::whole(self.deadlines.command, all), self.fetch_all(uids, sizes)).await {
            Ok(fetched) => {
                self.in_vain = 0;
                fetched
            }
            Err(_) => Err(Failure::Lost("the server did not deliver the mail in time".to_owned())),
        }
    }

    async fn fetch_all(&mut self, uids: &[u32], sizes: &[(u32, u64)]) -> Result<Given> {
        let size_of = |uid: &u32| sizes.iter().find(|(known, _)| known == uid).map_or(0, |(_, size)| *size);
        let (large, small): (Vec<u32>, Vec<u32>) = uids.iter().partition(|uid| size_of(uid) > PIECE);
        let mut given = Given::default();
        if !small.is_empty() {
            let command = format!("UID FETCH {} (UID INTERNALDATE BODY.PEEK[])", set(&small));
            let mut without = Vec::new();
            let mails = &mut given.mails;
            let expected = Expected::mails(small.len() as u64, small.iter().map(size_of).sum());
            // Where the server announces no size, reading the mail is the only way to learn it.
            let unknown = small.iter().any(|uid| size_of(uid) == 0);
            let dropped = if unknown { MAX_FETCHED_BYTES } else { MOST_DROPPED };
            self.exchange(Expected { dropped, ..expected }, &command, |answer| {
                let Some(Mail { uid: Some(uid), body, received_at, .. }) = Mail::of(answer) else { return };
                if !small.contains(&uid) || mails.iter().any(|mail: &Fetched| mail.uid == uid) {
                    return;
                }
                match body {
                    Some(body) => {
                        mails.push(Fetched { uid, received_at, raw: Bytes::copy_from_slice(body) });
                    }
                    // News about flags, sent unasked, or a mail that was dropped on the way for its size.
                    None => without.push(uid),
                }
            })
            .await?;
            if let Some(size) = self.session()?.get_mut().take_larger() {
                without.retain(|uid| given.mails.iter().all(|mail| mail.uid != *uid));
                without.sort_unstable();
                without.dedup();
                given.larger = without.into_iter().map(|uid| (uid, size)).collect();
            }
        }
        for uid in large {
            match self.fetch_in_pieces(uid, size_of(&uid)).await? {
                Pieces::All(mail) => given.mails.push(mail),
                Pieces::Larger(size) => given.larger.push((uid, size)),
                Pieces::Gone => {}
            }
        }
        given.mails.sort_by_key(|mail| mail.uid);
        Ok(given)
    }

    /// A large mail, piece by piece until a short piece ends it: its size as told is a guess. No more is held than that
    /// size, and some slack.
    async fn fetch_in_pieces(&mut self, uid: u32, size: u64) -> Result<Pieces> {
        let most = size.saturating_add(size / PIECE_SLACK).saturating_add(SLACK).max(2 * PIECE);
        // A server that does not know of pieces gives the whole mail for the first.
        let dropped = size.saturating_add(SLACK).clamp(MOST_DROPPED, MAX_FETCHED_BYTES);
        let claimed = usize::try_from(size).unwrap_or(usize::MAX).saturating_add(1);
        let mut raw = Vec::with_capacity(claimed.min(crate::budget::MAX_MAIL_BYTES));
        let mut received_at = None;
        loop {
            let command = format!("UID FETCH {uid} (UID INTERNALDATE BODY.PEEK[]<{}.{PIECE}>)", raw.len());
            let mut came = None;
            self.exchange(Expected { dropped, ..Expected::mails(1, PIECE) }, &command, |answer| {
                if let Some(Mail { uid: Some(of), body: Some(piece), received_at: at, .. }) = Mail::of(answer)
                    && of == uid
                    && came.is_none()
                {
                    received_at = received_at.or(at);
                    raw.extend_from_slice(piece);
                    came = Some(piece.len() as u64);
                }
            })
            .await?;
            match self.session()?.get_mut().take_larger() {
                None => {}
                // It gives no pieces.
                Some(real) if raw.is_empty() && real > most => return Ok(Pieces::Larger(real)),
                Some(real) if raw.is_empty() => {
                    let whole = self.fetch_whole(uid, real).await?;
                    return Ok(whole.map_or(Pieces::Gone, Pieces::All));
                }
                Some(_) => return Err(Failure::Protocol(TOO_LARGE.to_owned())),
            }
            match came {
                None if raw.is_empty() => return Ok(Pieces::Gone),
                // Gone in the middle: what is here is not the mail.
                None => return Err(Failure::Lost("a mail was deleted while it was fetched".to_owned())),
                Some(piece) if piece < PIECE || raw.len() as u64 >= MAX_FETCHED_BYTES => {
                    return Ok(Pieces::All(Fetched { uid, received_at, raw: raw.into() }));
                }
                // How much larger is not known: memory is reserved for twice as much, and the mail asked for again.
                Some(_) if raw.len() as u64 >= most => return Ok(Pieces::Larger(size.saturating_mul(2))),
                Some(_) => {}
            }
        }
    }

    /// A large mail in one answer, from a server that does not know of pieces.
    async fn fetch_whole(&mut self, uid: u32, size: u64) -> Result<Option<Fetched>> {
        let command = format!("UID FETCH {uid} (UID INTERNALDATE BODY.PEEK[])");
        let mut mail = None;
        self.exchange(Expected::mails(1, size), &command, |answer| {
            if let Some(Mail { uid: Some(of), body: Some(body), received_at, .. }) = Mail::of(answer)
                && of == uid
                && mail.is_none()
            {
                mail = Some(Fetched { uid, received_at, raw: Bytes::copy_from_slice(body) });
            }
        })
        .await?;
        match self.session()?.get_mut().take_larger() {
            None => Ok(mail),
            Some(_) => Err(Failure::Protocol(TOO_LARGE.to_owned())),
        }
    }
}

/// What an answer says of a mail without its bytes. A size that is not reported is found out when the mail comes.
fn about(uid: u32, mail: &Mail<'_>) -> About {
    About {
        uid,
        bytes: u64::from(mail.size.unwrap_or(0)),
        seen: mail.has_flag("\\Seen"),
        draft: mail.has_flag("\\Draft") == Some(true) || mail.has_label("Draft") || mail.has_label("Drafts"),
        sent: mail.has_label("Sent"),
    }
}

/// UIDs as a sequence set, with ranges.
fn set(uids: &[u32]) -> String {
    let mut sorted = uids.to_vec();
    sorted.sort_unstable();
    let mut text = String::new();
    for run in sorted.chunk_by(|one, next| one.checked_add(1) == Some(*next)) {
        if !text.is_empty() {
            text.push(',');
        }
        match run {
            [one] => text.push_str(&one.to_string()),
            [first, .., last] => text.push_str(&format!("{first}:{last}")),
            [] => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_names_runs_as_ranges() {
        assert_eq!(set(&[7, 1, 2, 3, 9, 10]), "1:3,7,9:10");
        assert_eq!(set(&[u32::MAX]), u32::MAX.to_string());
    }
}
