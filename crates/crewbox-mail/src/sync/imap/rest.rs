//! Resting in the open folder: in IDLE, or asking now and then.
//!
//! Owns what ends a rest, and how soon after news the next may end with news.

use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::connection::Connection;
use super::idle;
use super::wire::{Result, gone};
use crate::sync::step::Why;

/// The least time between two looks that the server asked for. Mails that come one after the other are each seen at once,
/// and of many at once several are read together.
const SHORT_PAUSE: Duration = Duration::from_millis(200);
/// The same where the looks before found nothing: a server that talks without end, or counts ever otherwise, is looked at
/// once a second and not without pause.
const LONG_PAUSE: Duration = Duration::from_secs(1);
/// Looks in a row that may find nothing before the pauses become long: a person who reads in another program causes a few.
const MOST_IN_VAIN: u32 = 3;
/// After so long without news, what was found before says nothing any more.
const QUIET: Duration = Duration::from_secs(10);

impl Connection {
    /// Whether the server reported, unasked, that the open folder has more mails than when it was looked at.
    const fn hinted(&mut self) -> bool {
        std::mem::replace(&mut self.counts.more, false)
    }

    /// Rests in the open folder until the server says something, somebody wakes us, or the time is up: in IDLE,
    /// or asking now and then.
    ///
    /// # Errors
    /// In the machine's words; `Protocol` when the server refuses to IDLE.
    pub async fn rest(&mut self, most: Duration, idle: bool, woken: &Notify) -> Result<Why> {
        let why = self.rest_once(most, idle, woken).await?;
        if why != Why::Hint {
            return Ok(why);
        }
        if let Some(last) = self.hinted_at {
            if last.elapsed() > QUIET {
                self.in_vain = 0;
            }
            let pause = if self.in_vain < MOST_IN_VAIN { SHORT_PAUSE } else { LONG_PAUSE };
            tokio::select! {
                () = tokio::time::sleep_until(last + pause) => {}
                () = woken.notified() => return Ok(Why::Woken),
            }
        }
        // Until a mail is fetched, this is in vain.
        self.in_vain = self.in_vain.saturating_add(1);
        self.hinted_at = Some(Instant::now());
        Ok(why)
    }

    async fn rest_once(&mut self, most: Duration, idle: bool, woken: &Notify) -> Result<Why> {
        if self.hinted() {
            return Ok(Why::Hint);
        }
        if !idle {
            return self.poll(most, woken).await;
        }
        let deadlines = self.deadlines;
        let session = self.session.as_mut().ok_or_else(gone)?;
        idle::idle(session, &mut self.counts, deadlines, most, woken).await
    }

    async fn poll(&mut self, most: Duration, woken: &Notify) -> Result<Why> {
        let rest = most.min(self.deadlines.poll);
        tokio::select! {
            () = tokio::time::sleep(rest) => {}
            () = woken.notified() => return Ok(Why::Woken),
        }
        self.noop().await?;
        Ok(if self.hinted() { Why::Hint } else { Why::Time })
    }
}
