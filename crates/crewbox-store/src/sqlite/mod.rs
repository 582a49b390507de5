//! The embedded engine: SQLite.
#![expect(unused_variables, reason = "being built")]
use crate::contract::*;
use crate::store::Open;
use crewbox_core::{
    conversation::*,
    id::*,
    message::*,
    model::{Account, Lead},
    time::Timestamp,
};

/// The engine.
#[derive(Debug)]
pub struct Engine {}

impl Engine {
    pub(crate) fn open(open: &Open) -> Result<Self, StoreError> {
        Err(StoreError::Engine("not built".into()))
    }
    pub(crate) async fn close(&self) {}
    pub(crate) async fn create_account(&self, new: NewAccount, at: Timestamp) -> Result<SignIn, StoreError> {
        Err(StoreError::Engine("not built".into()))
    }
    pub(crate) async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        Err(StoreError::Engine("not built".into()))
    }
    pub(crate) async fn sign_ins(&self, email: &str) -> Result<Vec<SignIn>, StoreError> {
        Err(StoreError::Engine("not built".into()))
    }
    pub(crate) async fn commit(&self, batch: Batch) -> Result<Committed, StoreError> {
        Err(StoreError::Engine("not built".into()))
    }
    pub(crate) async fn head(&self, scope: &Scope) -> Result<Head, StoreError> {
        Err(StoreError::Engine("not built".into()))
    }
    pub(crate) async fn changes(
        &self,
        scope: &Scope,
        since: Seq,
        limit: u32,
    ) -> Result<ChangePage, StoreError> {
        Err(StoreError::Engine("not built".into()))
    }
    pub(crate) async fn catalog(&self, scope: &Scope) -> Result<Catalog, StoreError> {
        Err(StoreError::Engine("not built".into()))
    }
    pub(crate) async fn all_entries(&self, scope: &Scope) -> Result<(Seq, Vec<Entry>), StoreError> {
        Err(StoreError::Engine("not built".into()))
    }
    pub(crate) async fn entries(
        &self,
        scope: &Scope,
        ids: &[ConversationId],
    ) -> Result<Vec<Entry>, StoreError> {
        Err(StoreError::Engine("not built".into()))
    }
    pub(crate) async fn rows(&self, scope: &Scope, ids: &[ConversationId]) -> Result<Vec<Row>, StoreError> {
        Err(StoreError::Engine("not built".into()))
    }
    pub(crate) async fn conversation(
        &self,
        scope: &Scope,
        id: ConversationId,
    ) -> Result<Conversation, StoreError> {
        Err(StoreError::Engine("not built".into()))
    }
    pub(crate) async fn conversation_of(
        &self,
        scope: &Scope,
        campaign: CampaignId,
        lead: LeadId,
    ) -> Result<Conversation, StoreError> {
        Err(StoreError::Engine("not built".into()))
    }
    pub(crate) async fn history(
        &self,
        scope: &Scope,
        id: ConversationId,
    ) -> Result<Vec<(Message, Bodies)>, StoreError> {
        Err(StoreError::Engine("not built".into()))
    }
    pub(crate) async fn message(
        &self,
        scope: &Scope,
        id: MessageId,
    ) -> Result<(Message, Bodies), StoreError> {
        Err(StoreError::Engine("not built".into()))
    }
    pub(crate) async fn raw(&self, scope: &Scope, id: MessageId) -> Result<Vec<u8>, StoreError> {
        Err(StoreError::Engine("not built".into()))
    }
    pub(crate) async fn raws(
        &self,
        scope: &Scope,
        after: MessageId,
        limit: u32,
    ) -> Result<Vec<RawMail>, StoreError> {
        Err(StoreError::Engine("not built".into()))
    }
    pub(crate) async fn held(&self, scope: &Scope, contents: &[[u8; 32]]) -> Result<Vec<bool>, StoreError> {
        Err(StoreError::Engine("not built".into()))
    }
    pub(crate) async fn quarantine(
        &self,
        scope: &Scope,
        offset: u64,
        limit: u32,
    ) -> Result<(Vec<QuarantineItem>, u64), StoreError> {
        Err(StoreError::Engine("not built".into()))
    }
    pub(crate) async fn quarantine_raw(
        &self,
        scope: &Scope,
        id: QuarantineId,
    ) -> Result<Vec<u8>, StoreError> {
        Err(StoreError::Engine("not built".into()))
    }
    pub(crate) async fn leads(
        &self,
        scope: &Scope,
        campaign: CampaignId,
        query: &LeadQuery,
    ) -> Result<LeadPage, StoreError> {
        Err(StoreError::Engine("not built".into()))
    }
    pub(crate) async fn lead_by_email(
        &self,
        scope: &Scope,
        email: &str,
    ) -> Result<Option<(Lead, Vec<Conversation>)>, StoreError> {
        Err(StoreError::Engine("not built".into()))
    }
    pub(crate) async fn search(&self, scope: &Scope, search: &Search) -> Result<Found, StoreError> {
        Err(StoreError::Engine("not built".into()))
    }
    pub(crate) async fn search_behind(&self) -> Result<u64, StoreError> {
        Err(StoreError::Engine("not built".into()))
    }
    pub(crate) async fn search_catch_up(&self, progress: &(dyn Fn(u64) + Sync)) -> Result<(), StoreError> {
        Err(StoreError::Engine("not built".into()))
    }
    pub(crate) async fn mailbox_secrets(
        &self,
        scope: &Scope,
        id: MailboxId,
    ) -> Result<MailboxSecrets, StoreError> {
        Err(StoreError::Engine("not built".into()))
    }
    pub(crate) fn derived_key(&self, purpose: &str) -> Result<[u8; 32], StoreError> {
        Err(StoreError::Engine("not built".into()))
    }
    pub(crate) async fn check(&self, scope: &Scope) -> Result<Vec<Fault>, StoreError> {
        Err(StoreError::Engine("not built".into()))
    }
    pub(crate) fn is_writable(&self) -> bool {
        false
    }
}
