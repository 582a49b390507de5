//! The kinds of change, and what each of them affects, in one table.
//!
//! Who follows the log asks [`ChangeKind::affects`] and has no list of kinds of its own, so a new kind is decided on here
//! and nowhere else.

use serde::{Deserialize, Serialize};

/// What a change can affect besides its own rows: whatever is derived from the log, and work that waits for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Affected {
    /// The catalog of the account: members, keys, clients, campaigns, mailboxes, categories, tags.
    Names,
    /// The list entry and the row of the change's conversation.
    Conversation,
    /// Search: a message has a text that may not be indexed yet. It is the change's subject.
    NewText,
    /// Search: the text of a message may be another one. It is the change's subject; without one, no text changed.
    ChangedText,
    /// Search: the text of a message was erased, and its words must leave the index. It is the change's subject; without
    /// one, it is every text of the change's conversation and its lead.
    ErasedText,
    /// Search: the lead of the change's conversation may not be indexed yet.
    NewLead,
    /// Search: the lead of the change's conversation may have other fields.
    ChangedLead,
    /// Which reminders are due, and when.
    Reminders,
    /// Which bulk actions run.
    BulkJobs,
    /// What is due to be sent, and through which mailbox.
    Outbox,
    /// Which webhooks there are, and what waits to be delivered to them.
    Webhooks,
    /// Copies of sent mail that a mailbox's worker puts into Sent.
    SentCopies,
    /// Which mailboxes have a worker, and how it logs in. The change's subject is the mailbox; of
    /// [`ChangeKind::SecretsReset`] it is all mailboxes.
    Connections,
}

macro_rules! kinds {
    ($(#[$doc:meta])* $type:ident {
        $($(#[$variant_doc:meta])* $variant:ident = $name:literal, [$($affected:ident),*];)*
    }) => {
        named! {
            $(#[$doc])*
            $type { $($(#[$variant_doc])* $variant = $name,)* }
        }

        impl $type {
            /// What changes of this kind can affect.
            #[must_use]
            pub const fn affects(self) -> &'static [Affected] {
                match self { $(Self::$variant => &[$(Affected::$affected),*],)* }
            }
        }
    };
}

kinds! {
    /// What happened. Names are stable: they are stored and served. In brackets is what it affects.
    ChangeKind {
        /// The account was made.
        AccountCreated = "account_created", [Names];
        /// A member joined.
        MemberAdded = "member_added", [Names];
        /// A member's name, address or role changed.
        MemberChanged = "member_changed", [Names];
        /// An API key was made.
        KeyCreated = "key_created", [Names];
        /// An API key was revoked.
        KeyRevoked = "key_revoked", [Names];
        /// An API key got another text; the one before is no longer accepted.
        KeyReset = "key_reset", [Names];
        /// An API key was used: written once an hour at most.
        KeyUsed = "key_used", [];
        /// A member signed in, or a link to sign in was made.
        SessionStarted = "session_started", [Names];
        /// A member signed out, or a session or such a link ended.
        SessionEnded = "session_ended", [Names];
        /// A client was saved.
        ClientSaved = "client_saved", [Names];
        /// A tag was made or renamed.
        TagSaved = "tag_saved", [Names];
        /// A category was made or renamed.
        CategorySaved = "category_saved", [Names];
        /// A campaign was made, renamed, or had its mailboxes or tags changed.
        CampaignSaved = "campaign_saved", [Names];
        /// What a campaign's sender does with it changed.
        CampaignStatusChanged = "campaign_status_changed", [Names];
        /// A campaign was deleted; its conversations stay.
        CampaignDeleted = "campaign_deleted", [Names];
        /// A mailbox was saved.
        MailboxSaved = "mailbox_saved", [Names, Connections, Outbox];
        /// A mailbox's aliases were saved, one was learned from sent mail, or forgotten.
        MailboxAliasesChanged = "mailbox_aliases_changed", [Names];
        /// A mailbox's name, signature, client or tags changed; its connection did not.
        MailboxChanged = "mailbox_changed", [Names];
        /// A mailbox was removed; its mail stays.
        MailboxRemoved = "mailbox_removed", [Names, Connections, Outbox];
        /// A lead's own fields changed.
        LeadChanged = "lead_changed", [Conversation, ChangedLead];
        /// A lead was added to a campaign.
        ConversationCreated = "conversation_created", [Conversation, NewLead];
        /// A message came in.
        MessageReceived = "message_received", [Conversation, NewText];
        /// A message went out.
        MessageSent = "message_sent", [Conversation, NewText];
        /// A message came in that belongs to no conversation.
        MessageUntracked = "message_untracked", [];
        /// A message was seen at a further place.
        MessageLocated = "message_located", [Conversation];
        /// A mail could not be read and is kept raw.
        MessageQuarantined = "message_quarantined", [];
        /// A quarantined mail could be read after all.
        QuarantineReleased = "quarantine_released", [];
        /// An untracked message was put into a conversation, by hand or because its thread was.
        MessageAttached = "message_attached", [Conversation, NewText];
        /// A message was written and waits to be sent.
        MessageQueued = "message_queued", [Conversation, Outbox];
        /// A message waiting to be sent was taken back.
        MessageTakenBack = "message_taken_back", [Conversation, Outbox];
        /// A message is being given to the server, waits for its next try, failed, or may have been sent: the
        /// delta's `outgoing_state` says which.
        MessageProgressed = "message_progressed", [Conversation, Outbox, SentCopies];
        /// A mailbox's folders were read further, or what was begun was noted.
        MailboxSynced = "mailbox_synced", [];
        /// A mailbox's connection state changed (live, throttled, needs login).
        MailboxStateChanged = "mailbox_state_changed", [];
        /// A worker took a mailbox over.
        MailboxLeased = "mailbox_leased", [];
        /// A mailbox's token was renewed.
        SecretRenewed = "secret_renewed", [];
        /// Domains were blocked.
        DomainsBlocked = "domains_blocked", [];
        /// Domains are no longer blocked.
        DomainsUnblocked = "domains_unblocked", [];
        /// A conversation was deleted with its messages.
        ConversationDeleted = "conversation_deleted", [Conversation, Outbox];
        /// All messages of a conversation were moved into another one, which is the change's subject.
        ConversationMerged = "conversation_merged", [Conversation];
        /// Some messages of a conversation were moved into another one, which is the change's subject.
        ConversationSplit = "conversation_split", [Conversation];
        /// Messages were moved back to where they were before a merge or a split. The change's subject is the conversation
        /// that they are in now.
        MessagesMovedBack = "messages_moved_back", [Conversation];
        /// A message was moved into the change's conversation. It is the change's subject.
        MessageMoved = "message_moved", [Conversation, ChangedText];
        /// A participant was detached from a conversation, whose messages follow as changes.
        ParticipantDetached = "participant_detached", [Conversation];
        /// A participant takes part in a conversation again: their detachment was undone.
        ParticipantReattached = "participant_reattached", [Conversation];
        /// A message left the change's conversation, with its sender or because attaching it was undone, and is untracked. It is
        /// the change's subject.
        MessageDetached = "message_detached", [Conversation, ChangedText];
        /// A lead was erased: everything that is held of the person, but for this log and tombstones. It is the change's
        /// subject.
        LeadErased = "lead_erased", [];
        /// The texts of a conversation were erased with its lead, or those of one message, which is the change's subject.
        TextErased = "text_erased", [Conversation, ErasedText];
        /// A quarantined mail was erased with its sender. It is the change's subject.
        QuarantineErased = "quarantine_erased", [];
        /// Read or unread.
        ReadChanged = "read_changed", [Conversation];
        /// Categorised.
        CategoryChanged = "category_changed", [Conversation];
        /// Assigned or unassigned.
        OwnerChanged = "owner_changed", [Conversation];
        /// Archived or brought back.
        ArchivedChanged = "archived_changed", [Conversation];
        /// Marked important or not.
        ImportantChanged = "important_changed", [Conversation];
        /// Snoozed or woken.
        SnoozeChanged = "snooze_changed", [Conversation];
        /// Own tags changed.
        TagsChanged = "tags_changed", [Conversation];
        /// Revenue changed.
        RevenueChanged = "revenue_changed", [Conversation];
        /// The lead was paused in its campaign.
        LeadPaused = "lead_paused", [Conversation];
        /// The lead goes on in its campaign.
        LeadResumed = "lead_resumed", [Conversation];
        /// The lead was unsubscribed from its campaign by a person.
        LeadUnsubscribed = "lead_unsubscribed", [Conversation];
        /// The lead was pushed to a sub-sequence.
        LeadPushed = "lead_pushed", [Conversation];
        /// The lead has an earlier state in its campaign again: a change of it was undone.
        LeadStateRestored = "lead_state_restored", [Conversation];
        /// A bulk action was started. It is the change's subject, as of its other changes.
        BulkStarted = "bulk_started", [BulkJobs];
        /// A bulk action has done all of its rows.
        BulkFinished = "bulk_finished", [];
        /// A person stopped a bulk action.
        BulkStopped = "bulk_stopped", [];
        /// A view was saved, or changed. It is the change's subject.
        SavedViewSaved = "saved_view_saved", [];
        /// A saved view was deleted. It is the change's subject.
        SavedViewDeleted = "saved_view_deleted", [];
        /// A template was written, or changed. It is the change's subject.
        TemplateSaved = "template_saved", [];
        /// A template was deleted. It is the change's subject.
        TemplateDeleted = "template_deleted", [];
        /// A member saved a draft of an answer. The member is the change's subject.
        DraftSaved = "draft_saved", [];
        /// A member deleted a draft of an answer, likewise.
        DraftDeleted = "draft_deleted", [];
        /// A note was written. It is the change's subject.
        NoteAdded = "note_added", [];
        /// The text of a note was changed. The note is the change's subject.
        NoteChanged = "note_changed", [];
        /// A note was deleted. It is the change's subject.
        NoteDeleted = "note_deleted", [];
        /// A task was added. It is the change's subject, as of the other changes of tasks.
        TaskAdded = "task_added", [Conversation];
        /// The name, description, priority or due time of a task changed.
        TaskChanged = "task_changed", [Conversation];
        /// A task was done.
        TaskDone = "task_done", [Conversation];
        /// A task that was done was opened again.
        TaskReopened = "task_reopened", [Conversation];
        /// A task was deleted.
        TaskDeleted = "task_deleted", [Conversation];
        /// A reminder was set. It is the change's subject, as of the other changes of reminders.
        ReminderSet = "reminder_set", [Conversation, Reminders];
        /// The message or the time of a reminder changed.
        ReminderChanged = "reminder_changed", [Conversation, Reminders];
        /// The reader of a sent message opened it, as the program that tracks it reports. The message is the change's
        /// subject, where it is known.
        MessageOpened = "message_opened", [Conversation];
        /// The reader of a sent message followed a link in it, likewise.
        MessageClicked = "message_clicked", [Conversation];
        /// The time of a reminder has come.
        ReminderDue = "reminder_due", [Conversation];
        /// A reminder was done.
        ReminderDone = "reminder_done", [Conversation, Reminders];
        /// A reminder that was done was opened again.
        ReminderReopened = "reminder_reopened", [Conversation, Reminders];
        /// A reminder was deleted.
        ReminderDeleted = "reminder_deleted", [Conversation, Reminders];
        /// A person set the class of a message.
        ClassCorrected = "class_corrected", [Conversation];
        /// A person gave the class of a message back to its reading.
        ClassCorrectionEnded = "class_correction_ended", [Conversation];
        /// Derived again from the raw mail.
        Rederived = "rederived", [Conversation, ChangedText];
        /// A webhook was made or changed. It is the change's subject.
        WebhookSaved = "webhook_saved", [Webhooks];
        /// A webhook was deleted, with what waited for it.
        WebhookDeleted = "webhook_deleted", [Webhooks];
        /// The log was looked through for webhooks, up to the change that is the subject; events wait to be delivered.
        WebhookEventsQueued = "webhook_events_queued", [];
        /// Events were delivered to a webhook, or could not be, or are due after all because the clock was set back. The
        /// webhook is the change's subject.
        WebhookEventsTried = "webhook_events_tried", [];
        /// Somebody let failed deliveries of a campaign's events be tried again. The campaign is the change's subject.
        WebhookEventsRetriggered = "webhook_events_retriggered", [Webhooks];
        /// Sealed secrets were dropped.
        SecretsReset = "secrets_reset", [Connections, Outbox];
    }
}

/// What has a client besides conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientThing {
    /// A campaign.
    Campaign,
    /// A mailbox.
    Mailbox,
}

impl ChangeKind {
    /// What the subject of a change of this kind is, where the change belongs to the client of it. What a mailbox's worker
    /// notes for itself belongs to no client.
    #[must_use]
    pub const fn client_thing(self) -> Option<ClientThing> {
        match self {
            Self::CampaignSaved | Self::CampaignStatusChanged | Self::CampaignDeleted => {
                Some(ClientThing::Campaign)
            }
            Self::MailboxSaved
            | Self::MailboxAliasesChanged
            | Self::MailboxChanged
            | Self::MailboxRemoved
            | Self::MailboxStateChanged => Some(ClientThing::Mailbox),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::replay::REPLAYED;

    #[test]
    fn each_kind_is_found_by_its_name() {
        for kind in ChangeKind::ALL {
            assert_eq!(ChangeKind::from_name(kind.name()), Some(*kind));
        }
        assert_eq!(ChangeKind::from_name("weather_changed"), None);
    }

    #[test]
    fn what_search_reads_and_what_people_do_is_of_a_conversation_and_never_of_the_catalog() {
        let of_search = [
            Affected::NewText,
            Affected::ChangedText,
            Affected::ErasedText,
            Affected::NewLead,
            Affected::ChangedLead,
        ];
        for kind in ChangeKind::ALL {
            let affects = |what| kind.affects().contains(&what);
            if of_search.into_iter().any(affects) || REPLAYED.contains(kind) {
                assert!(affects(Affected::Conversation), "{kind:?}");
            }
            assert!(!affects(Affected::Names) || !affects(Affected::Conversation), "{kind:?}");
            assert!(kind.client_thing().is_none() || !affects(Affected::Conversation), "{kind:?}");
        }
    }
}
