//! Removes texts and leads from the index: their words, where they are, and which documents they were of.
//!
//! A segment that has such a document is written again without it. The document keeps its place, so that no other
//! position changes, and names no message and no conversation any more.

use std::collections::HashSet;
use std::ops::Range;

use crewbox_core::id::{AccountId, ConversationId, MessageId};
use rusqlite::Connection;

use super::segment::{self, Document};
use super::{lead, merge};

/// What to remove.
#[derive(Debug, Default)]
pub(super) struct Erasure {
    messages: HashSet<MessageId>,
    conversations: HashSet<ConversationId>,
}

impl Erasure {
    pub(super) fn add_message(&mut self, id: MessageId) {
        self.messages.insert(id);
    }

    pub(super) fn add_conversation(&mut self, id: ConversationId) {
        self.conversations.insert(id);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.conversations.is_empty()
    }

    fn has(&self, document: &Document) -> bool {
        self.conversations.contains(&document.conversation) || self.messages.contains(&document.message)
    }
}

/// Removes it from an account's index.
pub(super) fn erase(db: &Connection, account: AccountId, erasure: &Erasure) -> Result<(), rusqlite::Error> {
    if erasure.is_empty() {
        return Ok(());
    }
    for part in segment::list(db, account)? {
        let (mut begin, mut erased, mut has_any) = (0, Vec::<Range<u32>>::new(), false);
        segment::documents(db, &part, |document| {
            let end = begin + document.positions;
            if erasure.has(&document) {
                has_any = true;
                erased.push(begin..end);
            }
            begin = end;
            Ok(())
        })?;
        if has_any {
            merge::without(db, account, &part, &erased, |document| erasure.has(document))?;
        }
    }
    lead::erase(db, account, &erasure.conversations)
}
