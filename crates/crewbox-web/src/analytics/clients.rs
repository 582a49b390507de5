//! Figures of each client.

use crewbox_app::analytics::{self, ClientFigures};
use crewbox_core::id::ClientId;

use super::parameters::WhichRows;
use super::percent::Percent;
use crate::answer::Success;
use crate::call::SignedCall;
use crate::declare::output;
use crate::error::ApiError;
use crate::handler::Filters;
use crate::object::Quoted;

output! {
    /// Figures of each client.
    pub(crate) struct ClientPerformance {
        /// The clients, ascending by id; also those for which nothing happened.
        client_wise_performance: Vec<OfClient>,
    }
}

output! {
    /// A client and what happened in its campaigns.
    pub(crate) struct OfClient {
        /// The client.
        client_id: ClientId,
        /// Its name.
        client_name: String,
        /// Its campaigns.
        total_campaigns_count: Quoted,
        /// What happened in them.
        campaign_stats: ClientStats,
    }
}

output! {
    /// What happened in the campaigns of a client.
    pub(crate) struct ClientStats {
        /// Mails that were sent.
        sent: u64,
        /// Mails that were opened for the first time, as far as is known.
        opened: u64,
        /// Replies by people.
        replied: u64,
        /// Leads that replied and whose category is a positive one.
        positive_replied: u64,
        /// Leads whose address does not work: by their latest report, if no person has replied since.
        bounced: u64,
        /// Leads that unsubscribed.
        unsubscribed: u64,
        /// `positive_replied` of `unique_lead_count`.
        client_health: Percent,
        /// `unique_open_count` of `unique_lead_count`.
        open_rate: Percent,
        /// `replied` of `unique_lead_count`.
        reply_rate: Percent,
        /// `positive_replied` of `replied`.
        positive_reply_rate: Percent,
        /// Leads that opened a mail, as far as is known.
        unique_open_count: u64,
        /// Leads that a mail was sent to.
        unique_lead_count: u64,
    }
}

/// GET `/analytics/client/overall-stats`.
pub(crate) async fn by_client(
    call: SignedCall,
    Filters(which): Filters<WhichRows>,
) -> Result<Success<ClientPerformance>, ApiError> {
    let (selection, page) = which.page();
    let found = analytics::by_client(call.services(), &call.caller(), &selection).await?;
    let data = ClientPerformance { client_wise_performance: page.of(found).map(shown).collect() };
    Ok(Success { message: "Client wise performance fetched successfully!", data })
}

fn shown(of: ClientFigures) -> OfClient {
    let ClientFigures { client, campaigns, figures } = of;
    let leads = figures.leads_written_to;
    OfClient {
        client_id: client.id,
        client_name: client.name,
        total_campaigns_count: Quoted(campaigns),
        campaign_stats: ClientStats {
            sent: figures.sent,
            opened: figures.opened,
            replied: figures.replied,
            positive_replied: figures.leads_positive,
            bounced: figures.bounced,
            unsubscribed: figures.unsubscribed,
            client_health: Percent::of(figures.leads_positive, leads),
            open_rate: Percent::of(figures.leads_opened, leads),
            reply_rate: Percent::of(figures.replied, leads),
            positive_reply_rate: Percent::of(figures.leads_positive, figures.replied),
            unique_open_count: figures.leads_opened,
            unique_lead_count: leads,
        },
    }
}
