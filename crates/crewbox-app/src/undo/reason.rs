//! Which changes are never undone, and why.
//!
//! One table of every kind: a new kind does not compile until somebody has decided whether it is undone.

use crewbox_core::change::ChangeKind;

/// The log holds ids, enums and times, so that erasing a person never has to change it.
const NO_TEXTS: &str = "the log keeps no names and addresses, so save it again as it was";
const HAPPENED: &str = "it records what has happened";
const OF_MAIL: &str = "mail that came in stays, as it does in its mailbox";
const OF_SERVER: &str = "the server did it and does it again";
const ERASED: &str = "what was erased is not kept anywhere";
const OF_KEY: &str =
    "a key that somebody may have seen is not made valid or invalid in silence: make a new key, or revoke it";
const OF_JOB: &str = "the whole bulk action is undone at once, with its bulk_id";
const DELETED: &str = "what was deleted is not kept";

/// Why no change of this kind is undone; none of kinds that are.
pub(super) const fn never(kind: ChangeKind) -> Option<&'static str> {
    use ChangeKind as Kind;
    Some(match kind {
        Kind::ReadChanged
        | Kind::CategoryChanged
        | Kind::OwnerChanged
        | Kind::ArchivedChanged
        | Kind::ImportantChanged
        | Kind::SnoozeChanged
        | Kind::TagsChanged
        | Kind::RevenueChanged
        | Kind::LeadPaused
        | Kind::LeadResumed
        | Kind::LeadUnsubscribed
        | Kind::LeadPushed
        | Kind::LeadStateRestored
        | Kind::ConversationMerged
        | Kind::ConversationSplit
        | Kind::ParticipantDetached
        | Kind::MessageAttached
        | Kind::MessageDetached
        | Kind::MessageQueued
        | Kind::ClassCorrected
        | Kind::ClassCorrectionEnded
        | Kind::DomainsBlocked
        | Kind::DomainsUnblocked
        | Kind::CampaignStatusChanged
        | Kind::DraftSaved
        | Kind::DraftDeleted
        | Kind::NoteAdded
        | Kind::NoteChanged
        | Kind::NoteDeleted
        | Kind::TaskAdded
        | Kind::TaskChanged
        | Kind::TaskDone
        | Kind::TaskReopened
        | Kind::TaskDeleted
        | Kind::ReminderSet
        | Kind::ReminderChanged
        | Kind::ReminderDone
        | Kind::ReminderReopened
        | Kind::ReminderDeleted => return None,
        Kind::MemberChanged
        | Kind::ClientSaved
        | Kind::TagSaved
        | Kind::CategorySaved
        | Kind::CampaignSaved
        | Kind::MailboxSaved
        | Kind::MailboxAliasesChanged
        | Kind::MailboxChanged
        | Kind::LeadChanged
        | Kind::SavedViewSaved
        | Kind::TemplateSaved
        | Kind::WebhookSaved => NO_TEXTS,
        Kind::AccountCreated | Kind::MemberAdded => "everything that happens since belongs to it",
        Kind::KeyCreated | Kind::KeyRevoked | Kind::KeyReset => OF_KEY,
        Kind::SessionStarted | Kind::SessionEnded => "a session is begun and ended by signing in and out",
        Kind::MessageReceived
        | Kind::MessageUntracked
        | Kind::MessageLocated
        | Kind::MessageQuarantined
        | Kind::QuarantineReleased => OF_MAIL,
        Kind::MessageSent => "a message that was sent is with its recipients",
        Kind::MessageTakenBack => "a message that was taken back is no longer in the outbox: send it again",
        Kind::ConversationCreated => "delete the conversation to take the lead out of the campaign",
        Kind::CampaignDeleted
        | Kind::MailboxRemoved
        | Kind::ConversationDeleted
        | Kind::SavedViewDeleted
        | Kind::TemplateDeleted
        | Kind::WebhookDeleted
        | Kind::SecretsReset => DELETED,
        Kind::LeadErased | Kind::TextErased | Kind::QuarantineErased => ERASED,
        Kind::BulkStarted | Kind::BulkFinished | Kind::BulkStopped => OF_JOB,
        Kind::MessageMoved | Kind::MessagesMovedBack | Kind::ParticipantReattached => {
            "it is a part of a merge, a split or a detachment, whose own change is undone"
        }
        Kind::MessageOpened | Kind::MessageClicked | Kind::KeyUsed | Kind::ReminderDue => HAPPENED,
        Kind::MessageProgressed
        | Kind::MailboxSynced
        | Kind::MailboxStateChanged
        | Kind::MailboxLeased
        | Kind::SecretRenewed
        | Kind::Rederived
        | Kind::WebhookEventsQueued
        | Kind::WebhookEventsTried
        | Kind::WebhookEventsRetriggered => OF_SERVER,
    })
}
