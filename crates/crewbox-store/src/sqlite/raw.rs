//! The engine's calls that read raw mail.

use crewbox_core::id::{MessageId, QuarantineId};
use rusqlite::Connection;

use super::arriving::ArrivingMail;
use super::blob::StoredBlob;
use super::read::messages;
use super::{Engine, Result, failure};
use crate::contract::{LargeMail, RawBytes, RawMail, Scope};

impl Engine {
    pub(crate) async fn raw(&self, scope: &Scope, id: MessageId) -> Result<Vec<u8>> {
        self.whole(*scope, move |db, scope| messages::raw(db, scope, id)).await
    }

    pub(crate) async fn raw_up_to(&self, scope: &Scope, id: MessageId, most: usize) -> Result<RawBytes> {
        self.up_to(*scope, most, move |db, scope| messages::raw(db, scope, id)).await
    }

    pub(crate) async fn quarantine_raw(&self, scope: &Scope, id: QuarantineId) -> Result<Vec<u8>> {
        self.whole(*scope, move |db, scope| messages::quarantine_raw(db, scope, id)).await
    }

    pub(crate) async fn quarantine_raw_up_to(
        &self,
        scope: &Scope,
        id: QuarantineId,
        most: usize,
    ) -> Result<RawBytes> {
        self.up_to(*scope, most, move |db, scope| messages::quarantine_raw(db, scope, id)).await
    }

    pub(crate) async fn raws(&self, scope: &Scope, after: MessageId, limit: u32) -> Result<Vec<RawMail>> {
        let scope = *scope;
        self.run_blocking(move |shared| {
            shared.readers.snapshot(|db| messages::raws(db, &shared.blobs, &scope, after, limit))
        })
        .await
    }

    pub(crate) fn arriving(&self, scope: &Scope) -> Result<ArrivingMail> {
        self.shared.blobs.arriving(scope.account())
    }

    pub(crate) fn check_large(&self, mail: &LargeMail) -> Result<()> {
        self.shared.blobs.check(mail)
    }

    pub(crate) fn read_large(&self, mail: &LargeMail) -> Result<Vec<u8>> {
        self.shared.blobs.read(mail.account, &mail.content, mail.size, None, mail.of)
    }

    pub(crate) fn piece(&self, mail: &LargeMail, from: u64, length: usize) -> Result<Vec<u8>> {
        self.shared.blobs.piece(mail, from, length)
    }

    async fn whole(
        &self,
        scope: Scope,
        find: impl Fn(&Connection, &Scope) -> failure::Result<StoredBlob> + Send + 'static,
    ) -> Result<Vec<u8>> {
        self.run_blocking(move |shared| {
            let blob = shared.readers.with(|db| find(db, &scope))?;
            shared.blobs.read(scope.account(), &blob.content, blob.size, blob.data.as_deref(), blob.of)
        })
        .await
    }

    /// The whole bytes where there are at most `most`.
    async fn up_to(
        &self,
        scope: Scope,
        most: usize,
        find: impl Fn(&Connection, &Scope) -> failure::Result<StoredBlob> + Send + 'static,
    ) -> Result<RawBytes> {
        self.run_blocking(move |shared| {
            let StoredBlob { content, size, data, of } = shared.readers.with(|db| find(db, &scope))?;
            let account = scope.account();
            if data.is_none() && size > most as u64 {
                return Ok(RawBytes::Large(LargeMail { account, content, size, of }));
            }
            shared.blobs.read(account, &content, size, data.as_deref(), of).map(RawBytes::Whole)
        })
        .await
    }
}
