//! One batch inside the writer's transaction: each operation does its SQL and drafts its changes. Here is which operation
//! is done by which function, one arm each, and what they all use.
//!
//! Runs on the writer's thread only, inside a savepoint the writer opened. Never begins, commits or rolls back,
//! and never numbers a change: the writer does, for the whole group at once.

mod account;
mod alias;
mod bulk;
mod campaign;
mod client;
mod correct;
mod delete;
mod detach;
mod domain;
mod edit;
mod erase;
mod expect;
mod facts;
mod follow;
mod ingest;
mod leads;
mod mailbox;
mod member;
mod names;
mod newer;
mod note;
mod outbox;
mod part;
mod part_undo;
mod participant;
mod quarantine;
mod regroup;
mod reminder;
mod reply_draft;
pub(super) mod reread;
mod saved_view;
mod session;
mod stored_response;
mod sync;
mod task;
mod team;
mod template;
mod tracked;
mod unattach;
mod untracked;
mod webhook;

use crewbox_core::change::{Cause, ChangeKind, Delta, Field};
use crewbox_core::id::{AccountId, ClientId, ConversationId, MemberId};
use crewbox_core::time::Timestamp;
use rusqlite::{CachedStatement, Connection, OptionalExtension as _, Params, params};

#[cfg(test)]
pub(super) use correct::EDITS;

use super::failure::{Result, not_found};
use super::ids::{Ids, Table};
use super::prepare::Step;
use crate::contract::{Op, Outcome, Scope, StoreError, Thing};
use crate::seal::Sealer;

/// A change without its number.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) kind: ChangeKind,
    pub(super) conversation: Option<ConversationId>,
    pub(super) subject: Option<u64>,
    pub(super) detail: Vec<Delta>,
}

/// Where a change comes from, and the client that it belongs to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin {
    pub(super) at: Timestamp,
    pub(super) actor: Option<MemberId>,
    pub(super) cause: Cause,
    pub(super) client: Option<ClientId>,
}

/// A batch at work.
pub(super) struct Apply<'a> {
    pub(super) db: &'a Connection,
    pub(super) ids: &'a mut Ids,
    pub(super) sealer: &'a Sealer,
    pub(super) scope: Scope,
    pub(super) at: Timestamp,
    /// What it changed so far.
    pub(super) drafts: Vec<Draft>,
    /// The client of each, as far as it was looked up.
    pub(super) clients: Vec<Option<ClientId>>,
    /// The conversation that an operation deleted, and its client.
    pub(super) deleted: Option<(ConversationId, Option<ClientId>)>,
    /// Who made the changes, where it is not who commits them.
    pub(super) author: Option<MemberId>,
    /// Whether a name shown on rows changed.
    pub(super) renamed: bool,
    /// Untracked messages tried for a place beside another, so far.
    pub(super) tries: usize,
}

impl Apply<'_> {
    /// Does one operation.
    pub(super) fn run(&mut self, step: &Step) -> Result<Outcome> {
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
            Op::RenameMember { member, name } => self.rename_member(*member, name),
            Op::ChangeMember { member, change } => self.change_member(*member, change),
            Op::AddKey(new) => self.add_key(new),
            Op::RevokeKey(key) => self.revoke_key(*key),
            Op::ResetKey { key, hash } => self.reset_key(*key, hash),
            Op::UseKey { key, at } => self.use_key(*key, *at),
            Op::ChangeClient { client, name, email } => self.change_client(*client, name, email),
            Op::StartSession(new) => self.start_session(new),
            Op::UseLink { link, session } => self.use_link(*link, session),
            Op::EndSession(session) => self.end_session(*session),
            Op::AddClient { name, email } => self.add_client(name, email),
            Op::AddTag { name } => self.add_tag(name),
            Op::RenameTag { tag, name } => self.rename_tag(*tag, name),
            Op::SaveTag { tag, name, color } => self.save_tag(*tag, name, color.as_deref()),
            Op::TagMailboxes { mailboxes, tags, on } => self.tag_mailboxes(mailboxes, tags, *on),
            Op::AddCategory { name, sentiment } => self.add_category(name, *sentiment),
            Op::RenameCategory { category, name } => self.rename_category(*category, name),
            Op::AddCampaign { name, client, parent } => self.add_campaign(name, *client, *parent),
            Op::RenameCampaign { campaign, name } => self.rename_campaign(*campaign, name),
            Op::SetCampaignStatus { campaign, status } => self.set_campaign_status(*campaign, *status),
            Op::SetCampaignSettings { campaign, settings } => self.set_campaign_settings(*campaign, settings),
            Op::DeleteCampaign(campaign) => self.delete_campaign(*campaign),
            Op::RemoveCampaignMailboxes { campaign, mailboxes } => {
                self.remove_campaign_mailboxes(*campaign, mailboxes)
            }
            Op::AddCampaignMailboxes { campaign, mailboxes } => {
                self.add_campaign_mailboxes(*campaign, mailboxes)
            }
            Op::SetCampaignTags { campaign, tags } => self.set_campaign_tags(*campaign, tags),
            Op::SaveMailbox(new) => self.save_mailbox(new),
            Op::ChangeMailbox { mailbox, change } => self.change_mailbox(*mailbox, change),
            Op::SetAliases { mailbox, aliases } => self.set_aliases(mailbox, aliases),
            Op::LearnAlias { mailbox, address } => self.learn_alias(*mailbox, address),
            Op::RemoveMailbox(mailbox) => self.remove_mailbox(*mailbox),
            Op::AddLeads { campaign, leads } => self.add_leads(*campaign, leads),
            Op::ChangeLead { lead, fields } => self.change_lead(*lead, fields),
            Op::Edit { conversation, edit } => self.edit(*conversation, edit),
            Op::Track { conversation, message, tracked, at } => {
                self.track(*conversation, *message, *tracked, *at)
            }
            Op::SaveWebhook(new) => self.save_webhook(new),
            Op::DeleteWebhook(webhook) => self.delete_webhook(*webhook),
            Op::QueueDeliveries { cursor, deliveries, forget_before } => {
                self.queue_deliveries(*cursor, deliveries, *forget_before)
            }
            Op::NoteTries { webhook, tries } => self.note_tries(*webhook, tries),
            Op::TryDeliveriesNow { webhook, latest } => self.try_deliveries_now(*webhook, *latest),
            Op::RetriggerDeliveries { campaign, from, to, most } => {
                self.retrigger(*campaign, *from, *to, *most)
            }
            Op::UndoDomains(change) => self.undo_domains(*change),
            Op::AddNote(new) => self.add_note(new),
            Op::ChangeNote { note, text } => self.change_note(*note, text),
            Op::DeleteNote(note) => self.delete_note(*note),
            Op::AddTask(new) => self.add_task(new),
            Op::ChangeTask { task, edit } => self.change_task(*task, edit),
            Op::DeleteTask(task) => self.delete_task(*task),
            Op::StartBulk(new) => self.start_bulk(new),
            Op::StopBulk(bulk) => self.stop_bulk(*bulk),
            Op::BulkStep { bulk, step } => self.bulk_step(*bulk, *step),
            Op::SaveView(new) => self.save_view(new),
            Op::ChangeSavedView(change) => self.change_saved_view(change),
            Op::DeleteSavedView(id) => self.delete_saved_view(*id),
            Op::SaveTemplate(new) => self.save_template(new),
            Op::DeleteTemplate(id) => self.delete_template(*id),
            Op::SaveDraft { conversation, seen, content } => self.save_draft(*conversation, *seen, content),
            Op::DeleteDraft(conversation) => self.delete_draft(*conversation),
            Op::AddReminder(new) => self.add_reminder(new),
            Op::ChangeReminder { reminder, edit } => self.change_reminder(*reminder, edit),
            Op::DeleteReminder(reminder) => self.delete_reminder(*reminder),
            Op::UndoPart(change) => self.undo_part(*change),
            Op::ReminderDue(reminder) => self.reminder_due(*reminder),
            Op::KeepActivities(new) => self.keep_activities(new),
            Op::KeepResponse(new) => self.keep_response(new),
            Op::CorrectClass { message, class } => self.correct_class(*message, *class),
            Op::EndCorrection { message, mail } => self.end_correction(*message, mail),
            Op::ResetSecrets => self.reset_secrets(),
            Op::RenewToken { mailbox, refresh_token } => self.renew_token(*mailbox, refresh_token),
            Op::Sync { mailbox, step } => self.sync(*mailbox, step),
            Op::Outbox(step) => self.outbox(step),
            Op::Attach { message, to, place } => self.attach(*message, *to, *place),
            Op::Unattach { change } => self.unattach(*change),
            Op::DeleteConversation(id) => self.delete_conversation(*id),
            Op::Merge { from, into } => self.merge(*from, *into),
            Op::Split { from, message, campaign } => self.split(*from, *message, *campaign),
            Op::MoveBack { change } => self.move_back(*change),
            Op::Detach { conversation, email, mails } => self.detach(*conversation, email, mails),
            Op::Reattach { change } => self.reattach(*change),
            Op::Erase(erase) => self.erase(erase),
            Op::TryQuarantined { quarantine, reader } => self.try_quarantined(*quarantine, reader),
            Op::SurvivedQuarantined(quarantine) => self.survived_quarantined(*quarantine),
            Op::UnblockDomains { domains } => self.unblock_domains(domains),
            Op::BlockDomains { domains, source } => self.block_domains(domains, source),
            // Made ready before they came here.
            Op::Ingest(_) | Op::Quarantine(_) | Op::Reread { .. } | Op::ReleaseQuarantine { .. } => {
                Err(StoreError::Engine("an operation was not made ready".to_owned()).into())
            }
        }
    }
}

impl Apply<'_> {
    fn account(&self) -> AccountId {
        self.scope.account()
    }

    fn statement(&self, sql: &str) -> Result<CachedStatement<'_>> {
        Ok(self.db.prepare_cached(sql)?)
    }

    /// Runs a statement; how many rows it touched.
    fn execute(&self, sql: &str, params: impl Params) -> Result<usize> {
        Ok(self.statement(sql)?.execute(params)?)
    }

    fn next_id(&mut self, table: Table) -> Result<u64> {
        let account = self.account();
        self.ids.next(self.db, account, table)
    }

    /// Drafts a change of a thing that is no conversation.
    fn note(&mut self, kind: ChangeKind, subject: u64) {
        self.drafts.push(Draft { kind, conversation: None, subject: Some(subject), detail: Vec::new() });
    }

    /// Drafts a change of a thing whose name rows show; `renamed` says whether they show another one now. A change that
    /// says so makes the readers of lists read their rows again.
    fn note_name(&mut self, kind: ChangeKind, subject: u64, renamed: bool) {
        self.renamed |= renamed;
        let names = Delta { field: Field::ShownNames, before: None, after: None };
        let detail = if renamed { vec![names] } else { Vec::new() };
        self.drafts.push(Draft { kind, conversation: None, subject: Some(subject), detail });
    }

    /// Whether the account has a row of this id; `sql` selects it by account and id.
    fn exists(&self, sql: &str, id: u64) -> Result<bool> {
        Ok(self.statement(sql)?.exists(params![self.account().get(), id])?)
    }

    fn require(&self, thing: Thing, sql: &str, id: u64) -> Result<()> {
        if self.exists(sql, id)? { Ok(()) } else { Err(not_found(thing, id)) }
    }

    /// A client that exists and that the scope may use.
    fn require_client(&self, client: Option<ClientId>) -> Result<()> {
        if !self.scope.sees(client) {
            return Err(not_found(Thing::Client, client.map_or(0, ClientId::get)));
        }
        match client {
            Some(client) => self.require(
                Thing::Client,
                "SELECT 1 FROM client WHERE account_id = ?1 AND client_id = ?2",
                client.get(),
            ),
            None => Ok(()),
        }
    }

    /// The id in the first column, if there is a row.
    fn find(&self, sql: &str, params: impl Params) -> Result<Option<u64>> {
        Ok(self.statement(sql)?.query_row(params, |row| row.get(0)).optional()?)
    }
}
