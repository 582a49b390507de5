//! Writes: typed operations that commit together with the change-log entries they mean.

use crewbox_core::change::Cause;
use crewbox_core::conversation::{Conversation, Edit, Tracked};
use crewbox_core::draft::DraftContent;
use crewbox_core::id::{
    BulkId, CampaignId, CategoryId, ClientId, ConversationId, KeyId, LeadId, MailboxId, MemberId, MessageId,
    NoteId, OutgoingId, QuarantineId, ReminderId, SavedViewId, Seq, SeqRange, SessionId, TagId, TaskId,
    TemplateId, WebhookId,
};
use crewbox_core::lead::TooManyCustomFields;
use crewbox_core::message::{Class, Mail};
use crewbox_core::model::{CampaignSettings, CampaignStatus, LeadFields, Sentiment};
use crewbox_core::reminder::ReminderEdit;
use crewbox_core::task::TaskEdit;
use crewbox_core::threading::PlaceFn;
use crewbox_core::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::bulk::NewBulk;
use super::erase::{Erase, Erased};
use super::expectation::Expectation;
use super::ingest::{Ingest, Ingested};
use super::key::{NewKey, NewSession};
use super::mailbox::{MailboxChange, NewMailbox};
use super::member::{MemberChange, NewMember};
use super::part::{NewNote, NewReminder, NewTask};
use super::participant::DetachedMail;
use super::quarantined::NewQuarantined;
use super::saved_view::{NewSavedView, SavedViewChange};
use super::scope::Scope;
use super::steps::{AttachTo, OutboxStep, SyncStep};
use super::stored_response::StoredResponse;
use super::team::NewActivities;
use super::template::NewTemplate;
use super::webhook::{NewDelivery, SavedWebhook, Tried};

/// Operations that commit together or not at all. An operation without effect writes no change.
#[derive(Debug)]
#[non_exhaustive]
pub struct Batch {
    /// In which account, and who writes.
    pub scope: Scope,
    /// The time of every change in it.
    pub at: Timestamp,
    /// Why every change in it is made.
    pub cause: Cause,
    /// In order.
    pub ops: Vec<Op>,
    /// Makes the batch happen once: a second batch with the same key (within the account) changes nothing and
    /// answers what the first did. At most 255 bytes.
    pub once: Option<String>,
    /// What must hold, else nothing is written. Not asked of a batch that has happened before ([`Batch::once`]).
    pub expectations: Vec<Expectation>,
}

impl Batch {
    /// Operations of a person if the scope is a member's, else of the system.
    #[must_use]
    pub const fn new(scope: Scope, at: Timestamp, ops: Vec<Op>) -> Self {
        let cause = if scope.actor().is_some() { Cause::Person } else { Cause::System };
        Self { scope, at, cause, ops, once: None, expectations: Vec::new() }
    }

    /// With another cause.
    #[must_use]
    pub fn caused_by(self, cause: Cause) -> Self {
        Self { cause, ..self }
    }

    /// Makes the batch happen once: see [`Batch::once`].
    #[must_use]
    pub fn once(self, key: impl Into<String>) -> Self {
        Self { once: Some(key.into()), ..self }
    }

    /// Writes nothing unless this holds, too: then it fails with [`StoreError::Overtaken`](super::StoreError::Overtaken).
    #[must_use]
    pub fn expecting(mut self, expectation: Expectation) -> Self {
        self.expectations.push(expectation);
        self
    }
}

/// One operation.
#[derive(Debug)]
#[expect(missing_docs, reason = "fields are the domain's own; each variant says what it does")]
pub enum Op {
    /// Adds a member. [`Outcome::Id`]; `Exists(Member)` if the address is taken in the account.
    AddMember(NewMember),
    /// Renames a member; bumps the names epoch.
    RenameMember { member: MemberId, name: String },
    /// Changes a member; a changed name bumps the names epoch. [`Outcome::Done`]; `NotFound(Member)`.
    ChangeMember { member: MemberId, change: Box<MemberChange> },
    /// Adds an API key. [`Outcome::Id`].
    AddKey(NewKey),
    /// Revokes a key; a second time has no effect.
    RevokeKey(KeyId),
    /// Gives a key another text, by its hash; the one before is no longer accepted. `Conflict(Key)` for one that is
    /// revoked.
    ResetKey { key: KeyId, hash: [u8; 32] },
    /// Notes when a key was last used. Without effect where a later time, or one of the same hour, is noted.
    UseKey { key: KeyId, at: Timestamp },
    /// Begins a session, and ends the account's expired ones. [`Outcome::Id`]; the member's oldest end where they have
    /// [`NewSession::most`] already.
    StartSession(NewSession),
    /// Ends the link, and begins the session that it is for: once. [`Outcome::Id`]; `NotFound(Session)` where the link has
    /// ended.
    UseLink { link: SessionId, session: NewSession },
    /// Ends a session or a link; a second time has no effect.
    EndSession(SessionId),
    /// Makes a client. [`Outcome::Id`]; `Exists(Client)` where another one has the address.
    AddClient { name: String, email: String },
    /// Changes a client's name and address, likewise.
    ChangeClient { client: ClientId, name: String, email: String },
    /// Makes a tag, or finds the one of this name. [`Outcome::Id`].
    AddTag { name: String },
    /// Renames a tag; bumps the names epoch.
    RenameTag { tag: TagId, name: String },
    /// Makes a tag or finds the one of this name, or renames one; gives it the colour, if there is one. [`Outcome::Id`];
    /// `Exists(Tag)` where another tag has the name. Bumps the names epoch when the name changes.
    SaveTag { tag: Option<TagId>, name: String, color: Option<String> },
    /// Gives each of these mailboxes each of these tags, or takes them from it (`on` false).
    TagMailboxes { mailboxes: Vec<MailboxId>, tags: Vec<TagId>, on: bool },
    /// Makes a category. [`Outcome::Id`].
    AddCategory { name: String, sentiment: Sentiment },
    /// Renames a category; bumps the names epoch.
    RenameCategory { category: CategoryId, name: String },
    /// Makes a campaign, or a sub-sequence (`parent`), whose client is its parent's. It is drafted. [`Outcome::Id`].
    AddCampaign { name: String, client: Option<ClientId>, parent: Option<CampaignId> },
    /// Renames a campaign; bumps the names epoch.
    RenameCampaign { campaign: CampaignId, name: String },
    /// Sets what a campaign's sender does with it.
    SetCampaignStatus { campaign: CampaignId, status: CampaignStatus },
    /// Replaces a campaign's settings.
    SetCampaignSettings { campaign: CampaignId, settings: Box<CampaignSettings> },
    /// Deletes a campaign; its conversations stay, with its name. It is not found any more, but for what its
    /// conversations need.
    DeleteCampaign(CampaignId),
    /// Lets a campaign send from these mailboxes, besides those it has.
    AddCampaignMailboxes { campaign: CampaignId, mailboxes: Vec<MailboxId> },
    /// Lets a campaign no longer send from these mailboxes.
    RemoveCampaignMailboxes { campaign: CampaignId, mailboxes: Vec<MailboxId> },
    /// Replaces a campaign's tags; bumps the names epoch.
    SetCampaignTags { campaign: CampaignId, tags: Vec<TagId> },
    /// Saves a mailbox: by address, new or again (then settings, name and secrets are replaced and a removed
    /// one comes back; a changed name bumps the names epoch). [`Outcome::Id`].
    SaveMailbox(Box<NewMailbox>),
    /// Changes a mailbox without touching its connection; a changed name bumps the names epoch.
    ChangeMailbox { mailbox: MailboxId, change: MailboxChange },
    /// Replaces the addresses that a mailbox's owner also writes from, saved and learned ones. One that is missing in
    /// the new list is never learned again. The mailbox is named by its address, so that it can be saved in the same
    /// batch. `AddressTaken` where a lead, a participant or another mailbox of the account has an address.
    SetAliases { mailbox: String, aliases: Vec<String> },
    /// Learns such an address from a mail that the mailbox sent. Without effect where it is known or was removed, or
    /// where a lead, a participant or another mailbox of the account has it.
    LearnAlias { mailbox: MailboxId, address: String },
    /// Removes a mailbox; its mail stays. Its secrets are deleted.
    RemoveMailbox(MailboxId),
    /// Adds leads to a campaign: each becomes a lead of the campaign's client (or is found among those by address, its
    /// empty fields filled) and a conversation. [`Outcome::Leads`], one for each, in order.
    AddLeads { campaign: CampaignId, leads: Vec<LeadFields> },
    /// Changes the fields of a lead that are given ([`crewbox_core::lead::changed`]); [`Outcome::Count`] of the custom fields
    /// it would have, and nothing is changed, where these are too many. `Exists(Lead)` where another lead of its client has
    /// the address.
    ChangeLead { lead: LeadId, fields: Box<LeadFields> },
    /// Changes one conversation. [`Outcome::Edited`].
    Edit { conversation: ConversationId, edit: Edit },
    /// Counts what the reader of a sent message did with it, at the message, where it is known, and at its conversation.
    /// `at` is when. [`Outcome::Done`]; `NotFound(Message)` for one that is not a sent message of the conversation.
    Track { conversation: ConversationId, message: Option<MessageId>, tracked: Tracked, at: Timestamp },
    /// Makes or changes a webhook. [`Outcome::Id`]; [`Outcome::Count`] where the account has as many as it may have.
    SaveWebhook(Box<SavedWebhook>),
    /// Deletes a webhook with its deliveries. [`Outcome::Done`]; `NotFound(Webhook)`.
    DeleteWebhook(WebhookId),
    /// Writes down events to be delivered, each once for its webhook, and that the log was looked through up to `cursor`.
    /// Some of the deliveries made before `forget_before` are removed, unless they still wait: a clock that is ahead for a
    /// moment loses no event. [`Outcome::Count`] of those that are new.
    QueueDeliveries { cursor: Seq, deliveries: Vec<NewDelivery>, forget_before: Timestamp },
    /// Notes what became of tries to deliver to a webhook. [`Outcome::Count`] of the deliveries that still waited.
    NoteTries { webhook: WebhookId, tries: Vec<Tried> },
    /// Makes deliveries to a webhook due now that wait for a time after `latest`: the clock was set back since that time was
    /// decided. [`Outcome::Count`] of them.
    TryDeliveriesNow { webhook: WebhookId, latest: Timestamp },
    /// Lets failed deliveries of a campaign's events be tried again at once, of those from a time to another the first
    /// `most`. [`Outcome::Count`]; `NotFound(Campaign)`.
    RetriggerDeliveries { campaign: CampaignId, from: Timestamp, to: Timestamp, most: u32 },
    /// Writes a note. Answers as [`NewPart`](super::NewPart) says.
    AddNote(NewNote),
    /// Replaces the text of a note. [`Outcome::Done`]; `NotFound(Note)`.
    ChangeNote { note: NoteId, text: String },
    /// Deletes a note. [`Outcome::Done`]; `NotFound(Note)`.
    DeleteNote(NoteId),
    /// Adds a task. Answers as [`NewPart`](super::NewPart) says.
    AddTask(NewTask),
    /// Changes a task. [`Outcome::Done`]; `NotFound(Task)`.
    ChangeTask { task: TaskId, edit: TaskEdit },
    /// Deletes a task. [`Outcome::Done`]; `NotFound(Task)`.
    DeleteTask(TaskId),
    /// Starts a bulk action. [`Outcome::Id`]; of an undo the first one, where the action is undone already, and
    /// `Conflict(Bulk)` where the action still runs.
    StartBulk(Box<NewBulk>),
    /// Stops a bulk action; one that has ended is left as it is. [`Outcome::Done`]; `NotFound(Bulk)`.
    StopBulk(BulkId),
    /// Does this step of a bulk action for who started it, unless it is done or the action stopped. [`Outcome::Done`].
    BulkStep { bulk: BulkId, step: u64 },
    /// Saves a view. [`Outcome::Id`]; [`Outcome::Count`] where the actor has as many as a member may have.
    SaveView(Box<NewSavedView>),
    /// Renames a saved view. [`Outcome::Id`]: another one's where it has the name already; `NotFound(SavedView)`.
    ChangeSavedView(Box<SavedViewChange>),
    /// Deletes a saved view. [`Outcome::Done`]; `NotFound(SavedView)`.
    DeleteSavedView(SavedViewId),
    /// Saves a template. [`Outcome::Id`]; [`Outcome::Count`] where the actor has as many as a member may have;
    /// `Exists(Template)` where another one of the same author and client has the name; `NotFound(Template)`.
    SaveTemplate(Box<NewTemplate>),
    /// Deletes a template. [`Outcome::Done`]; `NotFound(Template)`.
    DeleteTemplate(TemplateId),
    /// Saves the actor's draft of an answer to a conversation, of which the actor has seen the version `seen`.
    /// [`Outcome::Done`]; [`Outcome::Outdated`] if a newer version is there. `NotFound(Member)` for the operator.
    SaveDraft { conversation: ConversationId, seen: u64, content: DraftContent },
    /// Deletes the actor's draft, if there is one. [`Outcome::Done`]; `NotFound(Member)` for the operator.
    DeleteDraft(ConversationId),
    /// Sets a reminder. Answers as [`NewPart`](super::NewPart) says.
    AddReminder(NewReminder),
    /// Changes a reminder. [`Outcome::Done`]; `NotFound(Reminder)`.
    ChangeReminder { reminder: ReminderId, edit: ReminderEdit },
    /// Deletes a reminder. [`Outcome::Done`]; `NotFound(Reminder)`.
    DeleteReminder(ReminderId),
    /// Undoes this change of a note, a task or a reminder. [`Outcome::Done`], also where it is undone already;
    /// `NotFound(Change)` for one of which nothing was kept, `Conflict` with the note, task or reminder where it has been
    /// changed since.
    UndoPart(Seq),
    /// Notes that the time of a reminder has come. [`Outcome::Done`], also where it is done, was deleted or was moved
    /// meanwhile.
    ReminderDue(ReminderId),
    /// Keeps what members did, as a follower of the log has computed it: written without a change, since it says nothing
    /// that the log does not say. [`Outcome::Done`].
    KeepActivities(NewActivities),
    /// Keeps the response to a call with an idempotency key, without a change. [`Outcome::Done`].
    KeepResponse(Box<StoredResponse>),
    /// Takes a message in. [`Outcome::Ingested`].
    Ingest(Box<Ingest>),
    /// Keeps a mail raw that could not be read. [`Outcome::Quarantined`]; the same bytes again have no effect.
    Quarantine(Box<NewQuarantined>),
    /// A reader, by its name, is about to try a quarantined mail that ended the program before.
    /// [`Outcome::Done`], also where it did not; `Conflict(Quarantine)` when this very reader died of it or is at
    /// it.
    TryQuarantined { quarantine: QuarantineId, reader: String },
    /// The reader of [`Op::TryQuarantined`] lived, whatever came of it: it may try again.
    SurvivedQuarantined(QuarantineId),
    /// Takes a quarantined mail in after all, and ends its quarantine: the ingest's location is the one it was
    /// seen at. [`Outcome::Ingested`].
    ReleaseQuarantine { quarantine: QuarantineId, ingest: Box<Ingest> },
    /// Replaces what is derived of a stored message (`reindex`): its class unless a person set it, texts, folds,
    /// attachments; not its id, place or time. Its conversation becomes what it would be if the message had always
    /// been read so.
    Reread { message: MessageId, mail: Box<Mail> },
    /// Sets the class of an inbound message, which no reading of it changes any more. Its conversation becomes what it
    /// would be if the message had had this class from the start. [`Outcome::Corrected`]; `NotFound(Message)` for one
    /// that we sent.
    CorrectClass { message: MessageId, class: Class },
    /// Ends the correction of a message's class: it becomes what `mail`, the message read again, says, and its
    /// conversation likewise. [`Outcome::CorrectionEnded`]; `NotFound(Message)` for one that we sent.
    EndCorrection { message: MessageId, mail: Box<Mail> },
    /// Drops every sealed value (the key is lost). Mailboxes that had one need a new log-in.
    /// [`Outcome::Count`].
    ResetSecrets,
    /// Seals a renewed token of a mailbox in place of the old one.
    RenewToken { mailbox: MailboxId, refresh_token: String },
    /// What mailbox workers write.
    Sync { mailbox: MailboxId, step: SyncStep },
    /// What the outbox writes.
    Outbox(OutboxStep),
    /// Puts an untracked message into a conversation, its sender becoming a participant, and then every
    /// untracked message that the rule lets follow. [`Outcome::Attached`].
    Attach { message: MessageId, to: AttachTo, place: PlaceFn },
    /// Undoes an [`Op::Attach`] by its change: the message, and those that followed it then, are untracked again.
    /// [`Outcome::Count`] of them, 0 where they are already; `NotFound(Change)` for one of which nothing was kept,
    /// `NotFound(Message)` where one of them is in another conversation by now, or deleted.
    Unattach {
        /// The change.
        change: Seq,
    },
    /// Deletes a conversation with its messages for good; they leave tombstones and never come back. Its lead
    /// stays. [`Outcome::Done`]; `Conflict(Outgoing)` while a message of it is being sent.
    DeleteConversation(ConversationId),
    /// Moves all messages of a conversation into another one of the same client; mail that would come into the first comes
    /// into the second from now on. [`Outcome::Moved`]; `OtherClient(Conversation)`, `Conflict(Outgoing)` while a message of it
    /// waits to be sent or is being sent.
    Merge { from: ConversationId, into: ConversationId },
    /// Moves a message of a conversation, and what was exchanged with the same person after it, into the conversation of
    /// this person in a campaign: the conversation's own unless one is given. The person becomes its lead.
    /// [`Outcome::Moved`]; `NotFound(Message)` for one that is not in the conversation, `NoSender`, `OtherClient(Campaign)`,
    /// `Exists(Conversation)` where that conversation is this one.
    Split { from: ConversationId, message: MessageId, campaign: Option<CampaignId> },
    /// Moves messages back to where a merge or a split took them from, whose change this is. [`Outcome::Moved`];
    /// `NotFound(Message)` where one of them has been moved on or deleted since.
    MoveBack { change: Seq },
    /// Takes a participant out of a conversation: what they wrote there becomes untracked mail, and their later mail does
    /// not come in again. `mails` has what was read again of it. [`Outcome::Moved`], of no message where the address does
    /// not take part; `Conflict(Lead)` for the lead.
    Detach { conversation: ConversationId, email: String, mails: Vec<DetachedMail> },
    /// Undoes an [`Op::Detach`], whose change this is. [`Outcome::Moved`]; `NotFound(Message)` where one of the messages has
    /// been put somewhere else or deleted since.
    Reattach { change: Seq },
    /// Erases a person: their leads with all conversations, and what [`crate::Store::held_of_person`] found elsewhere. The mail
    /// leaves tombstones and never comes back. [`Outcome::Erased`]; `NotFound(Lead)`, `Conflict(Outgoing)` while a message to
    /// the person is being sent.
    Erase(Box<Erase>),
    /// Blocks domains (lower case): leads there become [`LeadStatus::Blocked`] and are not written to again.
    /// At most [`BLOCKED_AT_ONCE`] conversations a batch: [`Outcome::Count`] of them, and the same again while it
    /// is that many. Leads added later are blocked as they come.
    ///
    /// [`LeadStatus::Blocked`]: crewbox_core::conversation::LeadStatus::Blocked
    BlockDomains { domains: Vec<String>, source: String },
    /// Blocks domains no longer: their leads are as far as they were. At most [`BLOCKED_AT_ONCE`] conversations a batch, as
    /// for [`Op::BlockDomains`].
    UnblockDomains { domains: Vec<String> },
    /// Undoes that domains were blocked, or blocked no longer, as far as one batch reaches: [`Outcome::Count`] as for
    /// [`Op::BlockDomains`], whose counterpart does the rest. `NotFound(Change)` for one of which nothing was kept,
    /// `Conflict(Change)` where one of the domains was changed since.
    UndoDomains(Seq),
}

/// Conversations that one [`Op::BlockDomains`] touches at the most, so that other writers get their turn.
pub const BLOCKED_AT_ONCE: u64 = 2_000;

/// What a batch did.
#[derive(Clone, Debug)]
pub struct Committed {
    /// The account's head right after it. Durable.
    pub seq: Seq,
    /// The numbers of its changes; none where it changed nothing, or had happened before.
    pub changes: SeqRange,
    /// One for each operation, in order.
    pub outcomes: Vec<Outcome>,
}

/// What one operation did. Stored for batches that happen once, so variants and fields keep their names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Nothing to tell.
    Done,
    /// The id of what was made or found.
    Id(u64),
    /// How many were touched.
    Count(u64),
    /// The key of the request came before with another request; nothing was written.
    OtherRequest,
    /// A newer version is there; nothing was written.
    Outdated,
    /// One for each lead. One that would have too many custom fields is not touched, and not added to the campaign.
    Leads(Vec<Result<LeadOutcome, TooManyCustomFields>>),
    /// The conversation as it now is, and whether the edit changed it.
    Edited {
        /// Its state after.
        conversation: Box<Conversation>,
        /// False when it was so already.
        changed: bool,
    },
    /// Where the message went.
    Ingested(Ingested),
    /// Kept raw.
    Quarantined(QuarantineId),
    /// Written down to be sent.
    Queued {
        /// Which.
        id: OutgoingId,
        /// Its Message-ID: the first one's, when this was a repetition.
        message_id: String,
        /// It was written down before, by the same call.
        repeated: bool,
    },
    /// A message has the class that a person gave it.
    Corrected {
        /// Its conversation; none while untracked.
        conversation: Option<ConversationId>,
        /// When it was given: earlier than now if it had been before.
        at: Timestamp,
    },
    /// A message has the class that its reading says.
    CorrectionEnded {
        /// Its conversation; none while untracked.
        conversation: Option<ConversationId>,
        /// The class.
        class: Class,
    },
    /// Messages were moved.
    Moved {
        /// Where they are now.
        conversation: ConversationId,
        /// How many; 0 when they were there already.
        messages: u64,
    },
    /// What was erased.
    Erased(Erased),
    /// An untracked message was put into a conversation.
    Attached {
        /// Which.
        conversation: ConversationId,
        /// How many messages joined, those that followed included; 0 when it was there already.
        messages: u64,
    },
}

/// What became of one lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadOutcome {
    /// The lead.
    pub lead: LeadId,
    /// Its conversation in the campaign.
    pub conversation: ConversationId,
    /// The lead is new to the campaign's client.
    pub new_lead: bool,
    /// The conversation is new: it was not in the campaign before (nor earlier in the same list).
    pub added: bool,
}
