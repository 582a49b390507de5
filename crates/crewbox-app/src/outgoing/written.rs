//! A draft as the bytes of a mail: a large one in a file, so that it is not in memory beside its files.

use std::io::{self, Write};

use crewbox_core::outgoing::Draft;
use crewbox_mail::compose::{ComposeError, DraftError, Envelope, compose_into};
use crewbox_store::contract::MailBytes;
use crewbox_store::{ArrivingMail, Scope, Store, StoreError};

use crate::refusal::Refusal;

/// Files of more than this go into a mail that is written to a file.
const IN_MEMORY: usize = 1024 * 1024;

/// Why a draft is not written.
pub(super) enum Unwritten {
    /// It cannot be sent.
    Draft(DraftError),
    /// The store's.
    Store(Refusal),
}

impl From<StoreError> for Unwritten {
    fn from(error: StoreError) -> Self {
        Self::Store(error.into())
    }
}

/// Writes the mail. Keeps its thread busy.
pub(super) fn written(
    store: &Store,
    scope: &Scope,
    draft: &Draft,
) -> Result<(Envelope, MailBytes), Unwritten> {
    if draft.attachments.iter().map(|file| file.bytes.len()).sum::<usize>() <= IN_MEMORY {
        let mut raw = Vec::new();
        let envelope = compose_into(draft, &mut raw).map_err(unwritten)?;
        return Ok((envelope, raw.into()));
    }
    let mut file = ToFile(store.arriving(scope)?);
    let envelope = compose_into(draft, &mut file).map_err(unwritten)?;
    Ok((envelope, file.0.finish()?))
}

/// A mail on its way to a file of the store.
struct ToFile(ArrivingMail);

impl Write for ToFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn unwritten(error: ComposeError) -> Unwritten {
    match error {
        ComposeError::Draft(error) => Unwritten::Draft(error),
        ComposeError::Write(error) => Unwritten::Store(match error.downcast::<StoreError>() {
            Ok(error) => error.into(),
            Err(error) => Refusal::Internal(format!("a mail cannot be written: {error}")),
        }),
    }
}
