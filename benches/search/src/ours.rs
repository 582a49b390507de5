//! Crewbox's own search over the corpus: `crewbox_store::search`, as the server runs it.

use std::path::Path;

use crewbox_core::change::ChangeKind;
use crewbox_core::conversation_set::ConversationSet;
use crewbox_core::id::{AccountId, ClientId, ConversationId, MessageId, Seq};
use crewbox_core::text::normalise;
use crewbox_core::time::Timestamp;
use crewbox_store::search::{LeadText, Logged, Search, Source, Text};
use crewbox_store::{Scope, StoreError};

use crate::Engine;
use crate::corpus::Corpus;

const ACCOUNT: AccountId = AccountId(1);

/// Indexes the corpus.
pub fn build(dir: &Path, corpus: &Corpus) -> Box<dyn Engine> {
    let corpus = corpus.clone();
    let search = Search::open(dir, Box::new(move || Ok(Box::new(Log(corpus.clone()))))).unwrap();
    while search.advance().unwrap() > 0 {}
    Box::new(Ours(search))
}

struct Ours(Search);

impl Engine for Ours {
    fn find(&mut self, term: &str) -> Vec<u64> {
        let found = self.0.find(&Scope::operator(ACCOUNT), term).unwrap();
        found.conversations.iter().map(|id| id.get()).collect()
    }
}

/// The corpus as a change log: text `n` is message `n`, received with change `n`.
struct Log(Corpus);

impl Source for Log {
    fn accounts(&self) -> Result<Vec<AccountId>, StoreError> {
        Ok(vec![ACCOUNT])
    }

    fn head(&self, _: AccountId) -> Result<Seq, StoreError> {
        Ok(Seq(self.0.messages()))
    }

    fn log(&self, _: AccountId, since: Seq, limit: u32) -> Result<Vec<Logged>, StoreError> {
        let end = (since.0 + u64::from(limit)).min(self.0.messages());
        let received = |message: u64| Logged {
            seq: Seq(message),
            at: Timestamp(1),
            kind: ChangeKind::MessageReceived,
            conversation: Some(ConversationId(message.div_ceil(2))),
            subject: Some(message),
        };
        Ok((since.0 + 1..=end).map(received).collect())
    }

    fn text(&self, _: AccountId, message: MessageId) -> Result<Option<Text>, StoreError> {
        let conversation = Some(ConversationId(message.get().div_ceil(2)));
        // Normalised here as for the other engines, although search does so itself.
        Ok(Some(Text { conversation, subject: String::new(), text: normalise(&self.0.read(message.get())) }))
    }

    fn lead(&self, _: AccountId, _: ConversationId) -> Result<Option<LeadText>, StoreError> {
        Ok(None)
    }

    fn client(&self, _: AccountId, _: ConversationId) -> Result<Option<ClientId>, StoreError> {
        Ok(None)
    }

    fn of_client(&self, _: AccountId, _: ClientId) -> Result<ConversationSet, StoreError> {
        Ok(ConversationSet::default())
    }
}
