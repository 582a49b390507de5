//! Leads, and the conversation each becomes in a campaign.

use crewbox_core::address::spellings;
use crewbox_core::change::ChangeKind;
use crewbox_core::conversation::{Conversation, LeadStatus};
use crewbox_core::id::{CampaignId, ClientId, ConversationId, LeadId};
use crewbox_core::lead::{self, TooManyCustomFields};
use crewbox_core::model::{Lead, LeadFields};
use rusqlite::{OptionalExtension as _, params};

use super::{Apply, Draft};
use crate::contract::{LeadOutcome, Outcome, StoreError, Thing};
use crate::sqlite::codec;
use crate::sqlite::failure::{Result, not_found};
use crate::sqlite::ids::Table;

impl Apply<'_> {
    pub(super) fn add_leads(&mut self, campaign: CampaignId, leads: &[LeadFields]) -> Result<Outcome> {
        let client = self.seen_campaign(campaign)?;
        let outcomes: Result<Vec<_>> =
            leads.iter().map(|fields| self.add_lead(campaign, client, fields)).collect();
        Ok(Outcome::Leads(outcomes?))
    }

    fn add_lead(
        &mut self,
        campaign: CampaignId,
        client: Option<ClientId>,
        fields: &LeadFields,
    ) -> Result<std::result::Result<LeadOutcome, TooManyCustomFields>> {
        let email = fields.email.to_lowercase();
        let held = self.lead_of(&email, client)?;
        let new_lead = held.is_none();
        let fields = match lead::added(held.as_ref().map(|held| &held.fields), fields) {
            Ok(fields) => fields,
            Err(too_many) => return Ok(Err(too_many)),
        };
        let lead = match held {
            Some(held) => {
                self.fill(&held, &fields)?;
                held.id
            }
            None => {
                self.forget_alias(&email, client)?;
                self.insert_lead(&email, client, &fields)?
            }
        };
        let joined = self.find(
            "SELECT conversation_id FROM conversation
             WHERE account_id = ?1 AND lead_id = ?2 AND campaign_id = ?3",
            params![self.account().get(), lead.get(), campaign.get()],
        )?;
        let (conversation, added) = match joined {
            Some(id) => (ConversationId(id), false),
            None => {
                let id = ConversationId(self.next_id(Table::CONVERSATION)?);
                let mut new = Conversation::new(id, lead, campaign, client, self.at);
                if self.is_blocked(&email)? {
                    new.lead_status = LeadStatus::Blocked;
                }
                self.insert_conversation(&new)?;
                self.drafts.push(Draft {
                    kind: ChangeKind::ConversationCreated,
                    conversation: Some(id),
                    subject: Some(lead.get()),
                    detail: Vec::new(),
                });
                (id, true)
            }
        };
        Ok(Ok(LeadOutcome { lead, conversation, new_lead, added }))
    }

    pub(super) fn change_lead(&mut self, id: LeadId, given: &LeadFields) -> Result<Outcome> {
        let sql = format!("SELECT {} FROM lead l WHERE l.account_id = ?1 AND l.lead_id = ?2", codec::LEAD);
        let held = self
            .statement(&sql)?
            .query_row(params![self.account().get(), id.get()], |row| codec::lead(row, 0))
            .optional()?
            .filter(|held| self.scope.sees(held.client))
            .ok_or_else(|| not_found(Thing::Lead, id.get()))?;
        let changed = match lead::changed(&held.fields, given) {
            Ok(changed) => changed,
            Err(TooManyCustomFields { fields }) => return Ok(Outcome::Count(fields as u64)),
        };
        if changed.email != held.fields.email {
            if let Some(other) = self.lead_of(&changed.email, held.client)?.filter(|other| other.id != id) {
                return Err(StoreError::Exists(Thing::Lead, other.id.get()).into());
            }
            self.forget_alias(&changed.email, held.client)?;
        }
        self.fill(&held, &changed)?;
        Ok(Outcome::Done)
    }

    /// Whether nobody is to write there.
    fn is_blocked(&self, email: &str) -> Result<bool> {
        let Some((_, domain)) = email.split_once('@') else { return Ok(false) };
        Ok(self
            .statement("SELECT 1 FROM blocked_domain WHERE account_id = ?1 AND domain = ?2")?
            .exists(params![self.account().get(), domain])?)
    }

    /// The client's lead with this address, in whatever spelling it was added.
    fn lead_of(&self, email: &str, client: Option<ClientId>) -> Result<Option<Lead>> {
        let sql = format!(
            "SELECT {} FROM lead l
             WHERE l.account_id = ?1 AND l.email = ?2 AND coalesce(l.client_id, 0) = coalesce(?3, 0)",
            codec::LEAD
        );
        for spelling in spellings(email) {
            let found = self
                .statement(&sql)?
                .query_row(params![self.account().get(), spelling, client.map(ClientId::get)], |row| {
                    codec::lead(row, 0)
                })
                .optional()?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    fn insert_lead(&mut self, email: &str, client: Option<ClientId>, fields: &LeadFields) -> Result<LeadId> {
        let id = self.next_id(Table::LEAD)?;
        self.execute(
            "INSERT INTO lead (account_id, lead_id, email, first_name, last_name, company, phone, website,
                 location, linkedin_profile, company_url, custom_fields, created_at, client_id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
            params![
                self.account().get(),
                id,
                email,
                fields.first_name,
                fields.last_name,
                fields.company,
                fields.phone,
                fields.website,
                fields.location,
                fields.linkedin_profile,
                fields.company_url,
                codec::list(&fields.custom_fields),
                self.at.millis(),
                client.map(ClientId::get)
            ],
        )?;
        Ok(LeadId(id))
    }

    /// Keeps the fields of a lead as they are now. A change for each conversation of the lead, since each shows
    /// its fields.
    fn fill(&mut self, held: &Lead, filled: &LeadFields) -> Result<()> {
        if *filled == held.fields {
            return Ok(());
        }
        let account = self.account().get();
        self.execute(
            "UPDATE lead SET first_name = ?3, last_name = ?4, company = ?5, phone = ?6, website = ?7,
                 location = ?8, linkedin_profile = ?9, company_url = ?10, custom_fields = ?11, email = ?12
             WHERE account_id = ?1 AND lead_id = ?2",
            params![
                account,
                held.id.get(),
                filled.first_name,
                filled.last_name,
                filled.company,
                filled.phone,
                filled.website,
                filled.location,
                filled.linkedin_profile,
                filled.company_url,
                codec::list(&filled.custom_fields),
                filled.email
            ],
        )?;
        let conversations: Vec<ConversationId> = self
            .statement("SELECT conversation_id FROM conversation WHERE account_id = ?1 AND lead_id = ?2")?
            .query_map(params![account, held.id.get()], |row| Ok(ConversationId(row.get(0)?)))?
            .collect::<rusqlite::Result<_>>()?;
        self.drafts.extend(conversations.into_iter().map(|conversation| Draft {
            kind: ChangeKind::LeadChanged,
            conversation: Some(conversation),
            subject: Some(held.id.get()),
            detail: Vec::new(),
        }));
        Ok(())
    }

    fn insert_conversation(&self, new: &Conversation) -> Result<()> {
        use crate::sqlite::codec::Named as _;
        self.execute(
            "INSERT INTO conversation (account_id, conversation_id, lead_id, campaign_id, client_id, flags,
                 revenue_cents, tags, lead_status, sent_count, opened_count, clicked_count, replied_count,
                 created_at, updated_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, 0, 0, 0, ?10, ?11)",
            params![
                self.account().get(),
                new.id.get(),
                new.lead.get(),
                new.campaign.get(),
                new.client.map(ClientId::get),
                new.flags.0,
                new.revenue_cents,
                codec::tags(&new.tags),
                new.lead_status.name(),
                new.created_at.millis(),
                new.updated_at.millis()
            ],
        )?;
        Ok(())
    }
}
