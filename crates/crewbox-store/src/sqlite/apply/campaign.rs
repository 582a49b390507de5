//! Campaigns, the mailboxes they send from, and their tags.

use crewbox_core::change::{ChangeKind, Delta, Field};
use crewbox_core::id::{CampaignId, ClientId, MailboxId, TagId};
use crewbox_core::model::{CampaignSettings, CampaignStatus};
use rusqlite::{OptionalExtension as _, params};

use super::{Apply, Draft};
use crate::contract::{Outcome, StoreError, Thing};
use crate::sqlite::codec::{self, Named as _};
use crate::sqlite::failure::{Result, not_found};
use crate::sqlite::ids::Table;

impl Apply<'_> {
    /// The campaign's client, if the scope sees the campaign and it is not deleted.
    pub(super) fn seen_campaign(&self, campaign: CampaignId) -> Result<Option<ClientId>> {
        let client: Option<Option<ClientId>> = self
            .statement(
                "SELECT client_id FROM campaign WHERE account_id = ?1 AND campaign_id = ?2 AND deleted_at IS NULL",
            )?
            .query_row(params![self.account().get(), campaign.get()], |row| codec::id(row, 0))
            .optional()?;
        let seen = client.filter(|client| self.scope.sees(*client));
        seen.ok_or_else(|| not_found(Thing::Campaign, campaign.get()))
    }

    pub(super) fn add_campaign(
        &mut self,
        name: &str,
        client: Option<ClientId>,
        parent: Option<CampaignId>,
    ) -> Result<Outcome> {
        let client = match parent {
            Some(parent) => self.seen_campaign(parent)?,
            None => client,
        };
        self.require_client(client)?;
        let id = self.next_id(Table::CAMPAIGN)?;
        self.execute(
            "INSERT INTO campaign (account_id, campaign_id, name, client_id, parent_id, created_at, status)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                self.account().get(),
                id,
                name,
                client.map(ClientId::get),
                parent.map(CampaignId::get),
                self.at.millis(),
                CampaignStatus::default().name()
            ],
        )?;
        self.note(ChangeKind::CampaignSaved, id);
        Ok(Outcome::Id(id))
    }

    pub(super) fn set_campaign_status(
        &mut self,
        campaign: CampaignId,
        status: CampaignStatus,
    ) -> Result<Outcome> {
        self.seen_campaign(campaign)?;
        let account = self.account().get();
        let before: CampaignStatus = self
            .statement("SELECT status FROM campaign WHERE account_id = ?1 AND campaign_id = ?2")?
            .query_row(params![account, campaign.get()], |row| codec::named(row, 0))?;
        if before == status {
            return Ok(Outcome::Done);
        }
        self.execute(
            "UPDATE campaign SET status = ?3, updated_at = ?4 WHERE account_id = ?1 AND campaign_id = ?2",
            params![account, campaign.get(), status.name(), self.at.millis()],
        )?;
        let (before, after) = (Some(before.number()), Some(status.number()));
        self.drafts.push(Draft {
            kind: ChangeKind::CampaignStatusChanged,
            conversation: None,
            subject: Some(campaign.get()),
            detail: vec![Delta { field: Field::CampaignStatus, before, after }],
        });
        Ok(Outcome::Done)
    }

    pub(super) fn set_campaign_settings(
        &mut self,
        campaign: CampaignId,
        settings: &CampaignSettings,
    ) -> Result<Outcome> {
        self.seen_campaign(campaign)?;
        let json = serde_json::to_string(settings).map_err(|e| StoreError::Engine(e.to_string()))?;
        let set = "UPDATE campaign SET settings = ?3, updated_at = ?4
             WHERE account_id = ?1 AND campaign_id = ?2 AND settings != ?3";
        let params = params![self.account().get(), campaign.get(), json, self.at.millis()];
        if self.execute(set, params)? > 0 {
            self.note(ChangeKind::CampaignSaved, campaign.get());
        }
        Ok(Outcome::Done)
    }

    pub(super) fn delete_campaign(&mut self, campaign: CampaignId) -> Result<Outcome> {
        self.seen_campaign(campaign)?;
        self.execute(
            "UPDATE campaign SET deleted_at = ?3 WHERE account_id = ?1 AND campaign_id = ?2",
            params![self.account().get(), campaign.get(), self.at.millis()],
        )?;
        self.note(ChangeKind::CampaignDeleted, campaign.get());
        Ok(Outcome::Done)
    }

    pub(super) fn remove_campaign_mailboxes(
        &mut self,
        campaign: CampaignId,
        mailboxes: &[MailboxId],
    ) -> Result<Outcome> {
        self.seen_campaign(campaign)?;
        let mut removed = 0;
        for mailbox in mailboxes {
            self.seen_mailbox(*mailbox)?;
            removed += self.execute(
                "DELETE FROM campaign_mailbox WHERE account_id = ?1 AND campaign_id = ?2 AND mailbox_id = ?3",
                params![self.account().get(), campaign.get(), mailbox.get()],
            )?;
        }
        if removed > 0 {
            self.note(ChangeKind::CampaignSaved, campaign.get());
        }
        Ok(Outcome::Done)
    }

    pub(super) fn add_campaign_mailboxes(
        &mut self,
        campaign: CampaignId,
        mailboxes: &[MailboxId],
    ) -> Result<Outcome> {
        self.seen_campaign(campaign)?;
        let mut added = 0;
        for mailbox in mailboxes {
            self.seen_mailbox(*mailbox)?;
            added += self.execute(
                "INSERT OR IGNORE INTO campaign_mailbox (account_id, campaign_id, mailbox_id) VALUES (?1, ?2, ?3)",
                params![self.account().get(), campaign.get(), mailbox.get()],
            )?;
        }
        if added > 0 {
            self.note(ChangeKind::CampaignSaved, campaign.get());
        }
        Ok(Outcome::Done)
    }

    pub(super) fn set_campaign_tags(&mut self, campaign: CampaignId, tags: &[TagId]) -> Result<Outcome> {
        self.seen_campaign(campaign)?;
        self.require_tags(tags)?;
        let account = self.account().get();
        let mut after: Vec<u64> = tags.iter().map(|tag| tag.get()).collect();
        after.sort_unstable();
        after.dedup();
        let before: Vec<u64> = self
            .statement(
                "SELECT tag_id FROM campaign_tag WHERE account_id = ?1 AND campaign_id = ?2 ORDER BY tag_id",
            )?
            .query_map(params![account, campaign.get()], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        if before != after {
            self.execute(
                "DELETE FROM campaign_tag WHERE account_id = ?1 AND campaign_id = ?2",
                params![account, campaign.get()],
            )?;
            for tag in after {
                self.execute(
                    "INSERT INTO campaign_tag (account_id, campaign_id, tag_id) VALUES (?1, ?2, ?3)",
                    params![account, campaign.get(), tag],
                )?;
            }
            self.note_name(ChangeKind::CampaignSaved, campaign.get(), true);
        }
        Ok(Outcome::Done)
    }

    pub(super) fn require_tags(&self, tags: &[TagId]) -> Result<()> {
        tags.iter().try_for_each(|tag| {
            self.require(Thing::Tag, "SELECT 1 FROM tag WHERE account_id = ?1 AND tag_id = ?2", tag.get())
        })
    }
}
