//! A campaign's leads, each with its messages.

use crewbox_app::{conversation, lead};
use crewbox_core::conversation::LeadStatus;
use crewbox_core::id::CampaignId;
use crewbox_core::model::Dialect;
use crewbox_core::time::Timestamp;
use crewbox_store::contract::LeadQuery;

use crate::answer::{Answer, Prepared};
use crate::body::LEADS_BODY;
use crate::call::SignedCall;
use crate::declare::{output, query};
use crate::error::ApiError;
use crate::handler::{Filters, Path};
use crate::large::{RESPONSE_BYTES, SMALL_BYTES, Turn};
use crate::object::{Put as _, Quoted};
use crate::row::{History, LiveMessage, SHORT, Written};
use crate::value::{Count, FromZero, Nullable};

/// Leads that a page has at the most, and unless asked for fewer; as in the public reference.
const MAX_LIMIT: u64 = 100;
/// Bytes of a response for what is around the leads.
const AROUND: usize = 1_024;

query! {
    /// Which leads.
    pub(crate) struct WhichStatistics {
        /// Leads to return.
        limit: Count<1, MAX_LIMIT> = Count(MAX_LIMIT),
        /// Leads to skip.
        offset: FromZero = Count(0),
        /// Only leads that were last written to, or last replied, after this.
        event_time_gt: Option<Timestamp>,
    }
}

output! {
    /// A page of a campaign's leads with their messages. It is shorter where the response would be over 32 MiB;
    /// `X-Page-Shortened` says by how many leads, and how many older messages are left out.
    pub(crate) struct LeadStatistics<'a> {
        /// Whether there are leads after this page.
        has_more as "hasMore": bool,
        /// The leads, the latest one added first.
        data: Written<'a, LeadWithMessages<'a>>,
        /// Leads that were skipped.
        skip: u64,
        /// Leads that were asked for.
        limit: u32,
    }
}

output! {
    /// A lead of a campaign with its messages.
    pub(crate) struct LeadWithMessages<'a> {
        /// The lead.
        lead_id: Quoted,
        /// The conversation with the lead in this campaign.
        campaign_lead_map_id: Quoted,
        /// The address of the e-mail account that the conversation goes through; null while there is none.
        from: Nullable<&'a str>,
        /// The lead's address.
        to: &'a str,
        /// How far the campaign is with the lead.
        status: LeadStatus,
        /// The messages, oldest first; texts end after 16 KiB.
        history: Written<'a, LiveMessage<'a>>,
    }
}

/// GET `/campaigns/{id}/leads-statistics`.
pub(crate) async fn lead_statistics(
    call: SignedCall,
    Path(id): Path<CampaignId>,
    Filters(which): Filters<WhichStatistics>,
) -> Result<Prepared<LeadStatistics<'static>>, ApiError> {
    let query = LeadQuery {
        limit: which.limit.as_u32(),
        offset: which.offset.0,
        event_after: which.event_time_gt,
        most_bytes: LEADS_BODY,
        ..LeadQuery::default()
    };
    let (services, caller) = (call.services(), call.caller());
    let found = lead::list(services, &caller, id, &query).await?;
    let history = History::of(&call);
    let mut page = PageOfLeads::default();
    let mut turn: Option<Turn> = None;
    for (conversation, lead) in found.rows {
        let messages = conversation::history(services, &caller, conversation.id, None, SHORT).await?;
        let rendered = history.render(&messages, Dialect::Live, RESPONSE_BYTES / 2);
        let mailbox = conversation.mailbox.and_then(|id| caller.names().mailbox(id));
        let mut bytes = Vec::with_capacity(rendered.bytes.len() + AROUND);
        LeadWithMessages {
            lead_id: Quoted(lead.id.get()),
            campaign_lead_map_id: Quoted(conversation.id.get()),
            from: mailbox.map(|mailbox| mailbox.email.as_str()).into(),
            to: &lead.fields.email,
            status: conversation.lead_status,
            history: Written::array(&rendered.bytes),
        }
        .put(&mut bytes);
        if page.bytes.len() + bytes.len() > SMALL_BYTES && turn.is_none() {
            turn = Some(call.app.0.large.turn().await?);
        }
        if !page.add(&bytes, rendered.omitted) {
            break;
        }
    }
    let wanted = found.total.saturating_sub(query.offset).min(query.limit.into());
    let omitted = wanted.saturating_sub(page.leads);
    let mut body = Vec::with_capacity(page.bytes.len() + AROUND);
    LeadStatistics {
        has_more: query.offset.saturating_add(page.leads) < found.total,
        data: Written::array(&page.array()),
        skip: query.offset,
        limit: query.limit,
    }
    .put(&mut body);
    let answer = Answer::json(body).shortened(omitted, page.messages_omitted);
    Ok(Prepared::written(match turn {
        Some(turn) => turn.end(answer).await?,
        None => answer,
    }))
}

/// The leads of a page, as far as they fit into a response.
#[derive(Default)]
struct PageOfLeads {
    /// The leads with a comma behind each.
    bytes: Vec<u8>,
    leads: u64,
    messages_omitted: u64,
}

impl PageOfLeads {
    /// Adds a lead; false where it does not fit any more.
    fn add(&mut self, lead: &[u8], messages_omitted: u64) -> bool {
        if self.leads > 0 && self.bytes.len() + lead.len() > RESPONSE_BYTES / 2 - AROUND {
            return false;
        }
        self.bytes.extend_from_slice(lead);
        self.bytes.push(b',');
        self.leads += 1;
        self.messages_omitted += messages_omitted;
        true
    }

    fn array(&self) -> Vec<u8> {
        let leads = self.bytes.strip_suffix(b",").unwrap_or_default();
        [b"[", leads, b"]"].concat()
    }
}
