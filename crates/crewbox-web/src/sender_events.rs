//! Events of the program that sends the campaigns, in the form in which the hosted service posts them to webhooks.

use crewbox_app::sender_event::{self, Happened, SenderEvent};
use crewbox_core::id::CampaignId;

use crate::answer::Done;
use crate::call::SignedCall;
use crate::declare::{input, output};
use crate::error::ApiError;
use crate::handler::Body;
use crate::object::Quoted;
use crate::row::MessageRef;
use crate::value::{List, Nullable, OrBlank, Trimmed, wire_names};
use crewbox_core::time::Timestamp;

/// Characters of an id: a Message-ID is one line of a header (RFC 5322, section 2.1.1).
const MAX_ID_TEXT: usize = 998;
/// Characters of an address (RFC 5321, section 4.5.3.1.3, with a display name's room).
const MAX_ADDRESS: usize = 320;
/// Characters of a link: what browsers follow.
const MAX_LINK: usize = 8_000;
/// Links that one event names: more than a mail has.
const MOST_LINKS: usize = 100;

/// What happened, by each name that the public sources have for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventName {
    EmailOpen,
    EmailOpened,
    EmailLinkClick,
    EmailClicked,
    LeadUnsubscribed,
    EmailUnsubscribed,
    EmailSent,
    FirstEmailSent,
    EmailReply,
    EmailReplied,
    EmailBounce,
    EmailBounced,
    LeadCategoryUpdated,
    CampaignStatusChanged,
    UntrackedReplies,
    ManualStepReached,
}

wire_names!(EventName {
    EmailOpen = "EMAIL_OPEN",
    EmailOpened = "EMAIL_OPENED",
    EmailLinkClick = "EMAIL_LINK_CLICK",
    EmailClicked = "EMAIL_CLICKED",
    LeadUnsubscribed = "LEAD_UNSUBSCRIBED",
    EmailUnsubscribed = "EMAIL_UNSUBSCRIBED",
    EmailSent = "EMAIL_SENT",
    FirstEmailSent = "FIRST_EMAIL_SENT",
    EmailReply = "EMAIL_REPLY",
    EmailReplied = "EMAIL_REPLIED",
    EmailBounce = "EMAIL_BOUNCE",
    EmailBounced = "EMAIL_BOUNCED",
    LeadCategoryUpdated = "LEAD_CATEGORY_UPDATED",
    CampaignStatusChanged = "CAMPAIGN_STATUS_CHANGED",
    UntrackedReplies = "UNTRACKED_REPLIES",
    ManualStepReached = "MANUAL_STEP_REACHED",
});

impl From<EventName> for Happened {
    fn from(name: EventName) -> Self {
        match name {
            EventName::EmailOpen | EventName::EmailOpened => Self::Opened,
            EventName::EmailLinkClick | EventName::EmailClicked => Self::Clicked,
            EventName::LeadUnsubscribed | EventName::EmailUnsubscribed => Self::Unsubscribed,
            EventName::EmailSent
            | EventName::FirstEmailSent
            | EventName::EmailReply
            | EventName::EmailReplied
            | EventName::EmailBounce
            | EventName::EmailBounced
            | EventName::LeadCategoryUpdated
            | EventName::CampaignStatusChanged
            | EventName::UntrackedReplies
            | EventName::ManualStepReached => Self::Known,
        }
    }
}

input! {
    /// The sent message that an event is about.
    pub(crate) struct EventMessage {
        /// Its Message-ID.
        message_id: Option<Trimmed<MAX_ID_TEXT>>,
    }
}

input! {
    /// An event, as the hosted service posts it to a webhook. Other keys are ignored.
    pub(crate) struct ReportedEvent {
        /// What happened.
        event_type: EventName,
        /// The `stats_id` of the message.
        stats_id: Option<Trimmed<MAX_ID_TEXT>>,
        /// The Message-ID of the message, where no `stats_id` matches.
        message_id: Option<Trimmed<MAX_ID_TEXT>>,
        /// The same, of the message that was sent; it is looked up before `message_id`.
        sent_message: Option<EventMessage>,
        /// The campaign, where no message matches; with one of the addresses.
        campaign_id: Option<OrBlank<CampaignId>>,
        /// The lead's address.
        to_email: Option<Trimmed<MAX_ADDRESS>>,
        /// The lead's address; it is taken before `to_email`.
        sl_lead_email: Option<Trimmed<MAX_ADDRESS>>,
        /// The lead's address; it is taken before `to_email`.
        lead_email: Option<Trimmed<MAX_ADDRESS>>,
        /// When it happened; now unless given.
        event_timestamp: Option<Timestamp>,
        /// When the message was opened; taken where `event_timestamp` is absent.
        time_opened: Option<Timestamp>,
        /// When the link was followed; likewise.
        time_clicked: Option<Timestamp>,
        /// The links that were followed.
        link_clicked: Option<List<Trimmed<MAX_LINK>, MOST_LINKS>>,
    }
}

output! {
    /// What an event is about.
    pub(crate) struct EventTaken {
        /// Whether a message or a lead was found. Nothing changes where none was.
        matched: bool,
        /// Its conversation: `campaign_lead_map_id` of a row.
        email_lead_map_id: Nullable<Quoted>,
        /// The sent message, where one was found.
        message_id: Nullable<MessageRef>,
    }
}

/// POST `/events/ingest`.
pub(crate) async fn ingest(
    call: SignedCall,
    Body(event): Body<ReportedEvent>,
) -> Result<Done<EventTaken>, ApiError> {
    let text = |text: Trimmed<MAX_ID_TEXT>| text.0;
    let sent = event.sent_message.and_then(|sent| sent.message_id);
    let email = event.sl_lead_email.or(event.lead_email).or(event.to_email);
    let command = SenderEvent {
        happened: event.event_type.into(),
        at: event.event_timestamp.or(event.time_opened).or(event.time_clicked),
        stats_id: event.stats_id.map(text),
        message_id: sent.or(event.message_id).map(text),
        campaign: event.campaign_id.map(|campaign| campaign.0),
        email: email.map(|email| email.0),
        links: event
            .link_clicked
            .map(|links| links.0.into_iter().map(|link| link.0).collect())
            .unwrap_or_default(),
    };
    let matched = sender_event::ingest(call.services(), &call.caller(), command).await?;
    let message = match matched {
        Some(matched) if matched.counts => "The event is counted",
        Some(_) => "The event is known: Crewbox takes what it says from the mail itself",
        None => "No message or lead matches this event: nothing was changed",
    };
    let more = EventTaken {
        matched: matched.is_some(),
        email_lead_map_id: matched.map(|matched| Quoted(matched.conversation.get())).into(),
        message_id: matched.and_then(|matched| matched.message).map(|id| MessageRef(id.get())).into(),
    };
    Ok(Done { message, more })
}
