//! Figures of all campaigns together.

use crewbox_app::analytics;
use crewbox_core::outreach::OutreachFigures;

use super::parameters::WhichFigures;
use super::percent::Percent;
use crate::answer::Success;
use crate::call::SignedCall;
use crate::declare::output;
use crate::error::ApiError;
use crate::handler::Filters;

output! {
    /// The figures under their name.
    pub(crate) struct Overall {
        /// The figures.
        overall_stats: OverallFigures,
    }
}

output! {
    /// What happened on the days.
    pub(crate) struct OverallFigures {
        /// Mails that were sent.
        sent: u64,
        /// Mails that were opened for the first time, as far as is known.
        opened: u64,
        /// Replies by people.
        replied: u64,
        /// Leads whose address does not work: by their latest report, if no person has replied since.
        bounced: u64,
        /// Leads that unsubscribed.
        unsubscribed: u64,
        /// Leads that a mail was sent to.
        unique_lead_count: u64,
        /// Leads that opened a mail, as far as is known.
        unique_open_count: u64,
        /// Leads that replied and whose category is a positive one.
        positive_replied: u64,
        /// `unique_open_count` of `unique_lead_count`.
        open_rate: Percent,
        /// `replied` of `unique_lead_count`.
        reply_rate: Percent,
        /// `positive_replied` of `replied`.
        positive_reply_rate: Percent,
        /// `bounced` of `unique_lead_count`.
        bounce_rate: Percent,
    }
}

/// GET `/analytics/overall-stats-v2`.
pub(crate) async fn overall(
    call: SignedCall,
    Filters(which): Filters<WhichFigures>,
) -> Result<Success<Overall>, ApiError> {
    let figures = analytics::overall(call.services(), &call.caller(), &which.selection()).await?;
    let data = Overall { overall_stats: shown(&figures) };
    Ok(Success { message: "Overall Stats fetched successfully!", data })
}

fn shown(figures: &OutreachFigures) -> OverallFigures {
    let leads = figures.leads_written_to;
    OverallFigures {
        sent: figures.sent,
        opened: figures.opened,
        replied: figures.replied,
        bounced: figures.bounced,
        unsubscribed: figures.unsubscribed,
        unique_lead_count: leads,
        unique_open_count: figures.leads_opened,
        positive_replied: figures.leads_positive,
        open_rate: Percent::of(figures.leads_opened, leads),
        reply_rate: Percent::of(figures.replied, leads),
        positive_reply_rate: Percent::of(figures.leads_positive, figures.replied),
        bounce_rate: Percent::of(figures.bounced, leads),
    }
}
