//! Which operation is done by which function: one arm each.

use super::{Apply, names};
use crate::contract::{Op, Outcome, StoreError};
use crate::sqlite::failure::Result;
use crate::sqlite::prepare::Step;

impl Apply<'_> {
    /// Does one operation.
    pub(in crate::sqlite) fn run(&mut self, step: &Step) -> Result<Outcome> {
        match step {
            Step::Plain(op) => self.plain(op),
            Step::Ingest(ready) => self.take_in(ready),
            Step::Quarantine(ready) => self.quarantine(ready),
            Step::Reread(ready) => self.reread(ready),
            Step::Release(quarantine, ready) => self.release(*quarantine, ready),
            Step::Queue(new, blob) => self.queue(new, blob),
            Step::Accept(accept) => self.accept(accept),
        }
    }

    fn plain(&mut self, op: &Op) -> Result<Outcome> {
        match op {
            Op::AddMember(new) => self.add_member(new),
            Op::RenameMember { member, name } => self.rename(&names::MEMBER, member.get(), name),
            Op::AddKey(new) => self.add_key(new),
            Op::RevokeKey(key) => self.revoke_key(*key),
            Op::AddClient { name, email } => self.add_client(name, email),
            Op::AddTag { name } => self.add_tag(name),
            Op::RenameTag { tag, name } => self.rename_tag(*tag, name),
            Op::AddCategory { name, sentiment } => self.add_category(name, *sentiment),
            Op::RenameCategory { category, name } => self.rename(&names::CATEGORY, category.get(), name),
            Op::AddCampaign { name, client, parent } => self.add_campaign(name, *client, *parent),
            Op::RenameCampaign { campaign, name } => {
                self.seen_campaign(*campaign)?;
                self.rename(&names::CAMPAIGN, campaign.get(), name)
            }
            Op::AddCampaignMailboxes { campaign, mailboxes } => {
                self.add_campaign_mailboxes(*campaign, mailboxes)
            }
            Op::SetCampaignTags { campaign, tags } => self.set_campaign_tags(*campaign, tags),
            Op::SaveMailbox(new) => self.save_mailbox(new),
            Op::SetAliases { mailbox, aliases } => self.set_aliases(mailbox, aliases),
            Op::LearnAlias { mailbox, address } => self.learn_alias(*mailbox, address),
            Op::RemoveMailbox(mailbox) => self.remove_mailbox(*mailbox),
            Op::AddLeads { campaign, leads } => self.add_leads(*campaign, leads),
            Op::Edit { conversation, edit } => self.edit(*conversation, edit),
            Op::CorrectClass { message, class } => self.correct_class(*message, *class),
            Op::EndCorrection { message, mail } => self.end_correction(*message, mail),
            Op::ResetSecrets => self.reset_secrets(),
            Op::RenewToken { mailbox, refresh_token } => self.renew_token(*mailbox, refresh_token),
            Op::Sync { mailbox, step } => self.sync(*mailbox, step),
            Op::Outbox(step) => self.outbox(step),
            Op::Attach { message, to, place } => self.attach(*message, *to, *place),
            Op::DeleteConversation(id) => self.delete_conversation(*id),
            Op::TryQuarantined { quarantine, reader } => self.try_quarantined(*quarantine, reader),
            Op::SurvivedQuarantined(quarantine) => self.survived_quarantined(*quarantine),
            Op::BlockDomains { domains, source } => self.block_domains(domains, source),
            // Made ready before they came here.
            Op::Ingest(_) | Op::Quarantine(_) | Op::Reread { .. } | Op::ReleaseQuarantine { .. } => {
                Err(StoreError::Engine("an operation was not made ready".to_owned()).into())
            }
        }
    }
}
