//! The engine's calls that read leads.

use crewbox_core::conversation::Conversation;
use crewbox_core::id::{AccountId, CampaignId, ConversationId, LeadId, QuarantineId, Seq};
use crewbox_core::model::Lead;

use super::writer::{Work, Written};
use super::{Engine, Result, crossed, read, sweep};
use crate::contract::{HeldOfPerson, LeadPage, LeadQuery, Scope};

impl Engine {
    pub(crate) async fn leads(
        &self,
        scope: &Scope,
        campaign: CampaignId,
        query: &LeadQuery,
    ) -> Result<LeadPage> {
        let (scope, query) = (*scope, query.clone());
        self.run_blocking(move |shared| {
            shared.readers.snapshot(|db| read::leads::leads(db, &scope, campaign, &query))
        })
        .await
    }

    pub(crate) async fn leads_before(
        &self,
        scope: &Scope,
        campaign: CampaignId,
        before: Option<ConversationId>,
        limit: u32,
    ) -> Result<Vec<(Conversation, Lead)>> {
        let scope = *scope;
        self.run_blocking(move |shared| {
            shared.readers.snapshot(|db| read::leads::leads_before(db, &scope, campaign, before, limit))
        })
        .await
    }

    pub(crate) async fn lead(&self, scope: &Scope, id: LeadId) -> Result<(Lead, Vec<Conversation>)> {
        self.shared.readers.snapshot(|db| read::leads::lead(db, scope, id))
    }

    pub(crate) async fn leads_by_email(
        &self,
        scope: &Scope,
        email: &str,
    ) -> Result<Vec<(Lead, Vec<Conversation>)>> {
        self.shared.readers.snapshot(|db| read::leads::leads_by_email(db, scope, email))
    }

    pub(crate) async fn held_of_person(
        &self,
        scope: &Scope,
        lead: LeadId,
        quarantined: &[QuarantineId],
    ) -> Result<HeldOfPerson> {
        let (scope, quarantined) = (*scope, quarantined.to_vec());
        self.run_blocking(move |shared| {
            shared.readers.snapshot(|db| read::person::held(db, &scope, lead, &quarantined))
        })
        .await
    }

    /// Removes these files of large mails, whatever their age, unless a row names them; how many.
    pub(crate) async fn remove_files(&self, account: AccountId, contents: &[[u8; 32]]) -> Result<u64> {
        let mut removed = 0;
        for contents in contents.chunks(sweep::FILES_AT_ONCE) {
            let files = sweep::files_of(&self.shared.blobs, account, contents);
            match self.write(Work::Sweep(files)).await? {
                Written::Swept(count) => removed += count,
                Written::Account(_) | Written::Batch(_) => return Err(crossed()),
            }
        }
        Ok(removed)
    }

    /// Lets the search index follow an account's log up to a change, in at most so many steps; whether it has.
    pub(crate) async fn search_follow(&self, account: AccountId, to: Seq, steps: u32) -> Result<bool> {
        self.run_blocking(move |shared| shared.search()?.follow_to(account, to, steps)).await
    }
}
