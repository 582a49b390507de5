//! The engine's reads of rows and messages with their texts: at once where they are short, else on a thread where that
//! may take long.

use crewbox_core::id::{ConversationId, MessageId};
use crewbox_core::message::Message;
use crewbox_core::time::Timestamp;

use super::{Engine, Result, read};
use crate::contract::{BodyLimits, Excerpt, HistoryPage, Row, Scope};

impl Engine {
    pub(crate) async fn rows(
        &self,
        scope: &Scope,
        ids: &[ConversationId],
        last: Option<BodyLimits>,
    ) -> Result<Vec<Row>> {
        if !last.is_some_and(takes_long) {
            return self.shared.readers.snapshot(|db| read::conversations::rows(db, scope, ids, last));
        }
        let (scope, ids) = (*scope, ids.to_vec());
        self.run_blocking(move |shared| {
            shared.readers.snapshot(|db| read::conversations::rows(db, &scope, &ids, last))
        })
        .await
    }

    pub(crate) async fn history(
        &self,
        scope: &Scope,
        id: ConversationId,
        after: Option<Timestamp>,
        limits: BodyLimits,
    ) -> Result<HistoryPage> {
        let scope = *scope;
        self.run_blocking(move |shared| {
            shared.readers.snapshot(|db| read::messages::history(db, &scope, id, after, limits))
        })
        .await
    }

    pub(crate) async fn message(
        &self,
        scope: &Scope,
        id: MessageId,
        limits: BodyLimits,
    ) -> Result<(Message, Excerpt)> {
        if !takes_long(limits) {
            return self.shared.readers.snapshot(|db| read::messages::message(db, scope, id, limits));
        }
        let scope = *scope;
        self.run_blocking(move |shared| {
            shared.readers.snapshot(|db| read::messages::message(db, &scope, id, limits))
        })
        .await
    }
}

/// Whether a read of texts within these limits may hold a thread for long.
const fn takes_long(limits: BodyLimits) -> bool {
    /// A read of a page of twenty texts of this length takes about a millisecond.
    const SHORT_BYTES: usize = 16 * 1024;
    limits.text > SHORT_BYTES || limits.html > SHORT_BYTES
}
