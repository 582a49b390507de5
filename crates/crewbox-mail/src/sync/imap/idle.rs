//! IDLE (RFC 2177): waiting in the open folder for whatever the server says.
//!
//! Owns its three steps. The library's own takes a NO for news and waits on for leave that never comes.

use std::time::Duration;

use async_imap::Session;
use async_imap::error::Error;
use async_imap::imap_proto::{Response, Status};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::counts::Counts;
use super::failing;
use super::tolerant::Expected;
use super::wire::{Deadlines, Result, Wire, within};
use crate::failure::Failure;
use crate::sync::step::Why;

/// Rests until the server says something, somebody wakes us, or the time is up.
pub(super) async fn idle(
    session: &mut Session<Wire>,
    counts: &mut Counts,
    deadlines: Deadlines,
    most: Duration,
    woken: &Notify,
) -> Result<Why> {
    session.get_mut().expect(Expected::NO_MAIL);
    let id = within(deadlines.command, session.run_command("IDLE")).await?;
    let begun = timeout(deadlines.command, async {
        let mut news = None;
        loop {
            let answer = came(session.read_response().await)?;
            match answer.parsed() {
                Response::Continue { .. } => return Ok(news),
                Response::Done { tag, .. } if *tag == id => {
                    return Err(Failure::Protocol("the server announces IDLE but refuses it".to_owned()));
                }
                response => {
                    counts.heard(response);
                    news = failing::heard(response)?.or(news);
                }
            }
        }
    });
    let begun = begun
        .await
        .unwrap_or_else(|_| Err(Failure::Lost("the server did not answer IDLE in time".to_owned())));
    let why = match begun? {
        Some(why) => why,
        None => tokio::select! {
            response = timeout(most, news(session, counts)) => response.unwrap_or(Ok(Why::Time))?,
            () = woken.notified() => Why::Woken,
        },
    };
    let done = timeout(deadlines.done, async {
        session.run_command_untagged("DONE").await.map_err(|error| failing::failure(&error))?;
        loop {
            let answer = came(session.read_response().await)?;
            match answer.parsed() {
                Response::Done { tag, status: Status::Ok, .. } if *tag == id => return Ok(why),
                Response::Done { tag, .. } if *tag == id => {
                    return Err(Failure::Protocol("the server ended IDLE with an error".to_owned()));
                }
                response => {
                    counts.heard(response);
                    failing::heard(response)?;
                }
            }
        }
    });
    done.await.unwrap_or_else(|_| Err(Failure::Lost("the server did not answer in time".to_owned())))
}

/// What the server says until there is news in it.
async fn news(session: &mut Session<Wire>, counts: &mut Counts) -> Result<Why> {
    loop {
        let answer = came(session.read_response().await)?;
        counts.heard(answer.parsed());
        if let Some(why) = failing::heard(answer.parsed())? {
            return Ok(why);
        }
    }
}

/// An answer that came, or why none did.
fn came<T>(answer: std::io::Result<Option<T>>) -> Result<T> {
    match answer {
        Ok(Some(answer)) => Ok(answer),
        Ok(None) => Err(Failure::Lost("the server closed the connection".to_owned())),
        Err(error) => Err(failing::failure(&Error::Io(error))),
    }
}
