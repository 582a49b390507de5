//! A campaign's figures and its sent mails, computed from what is stored. A figure that only the program knows that sends
//! the campaign is null.

use crewbox_app::statistics;
use crewbox_core::conversation::Flags;
use crewbox_core::id::{AccountId, CampaignId, ClientId};
use crewbox_core::model::CampaignStatus;
use crewbox_core::time::Timestamp;
use crewbox_store::Catalog;
use crewbox_store::contract::{SentFate, SentMail, SentQuery};

use crate::answer::Json;
use crate::call::SignedCall;
use crate::declare::{output, query};
use crate::error::ApiError;
use crate::handler::{Filters, Path};
use crate::object::{At, Null, Quoted};
use crate::tags::Tag;
use crate::value::Money;
use crate::value::{Count, FromZero, Nullable, Until, wire_names};

/// Mails a page holds at the most.
const MAX_LIMIT: u64 = 1_000;
/// Mails a page holds unless asked for another number.
const USUAL_LIMIT: u64 = 100;

output! {
    /// Leads of a campaign by what is known of them.
    pub(crate) struct LeadFigures {
        /// All.
        total: u64,
        /// Those that are paused.
        paused: u64,
        /// What was entered as revenue, together.
        revenue: Money,
        /// Those that are blocked.
        blocked: u64,
        /// Those that are stopped.
        stopped: u64,
        /// Those that were sent everything.
        completed: u64,
        /// Those that were written to.
        in_progress as "inprogress": u64,
        /// Those whose category is a positive one.
        interested: u64,
        /// Those that were not written to.
        not_started as "notStarted": u64,
    }
}

output! {
    /// The figures of a campaign. Counts are texts, as the contract has them.
    pub(crate) struct CampaignAnalytics {
        /// The campaign.
        id: CampaignId,
        /// The account that it is in.
        user_id: AccountId,
        /// When it was made.
        created_at: At,
        /// What the program that sends it does with it.
        status: CampaignStatus,
        /// Its name.
        name: String,
        /// Mails that were sent.
        sent_count: Quoted,
        /// Leads that were written to.
        unique_sent_count: Quoted,
        /// Known openings.
        open_count: Quoted,
        /// Leads that opened a mail, as far as is known.
        unique_open_count: Quoted,
        /// Known clicks.
        click_count: Quoted,
        /// Leads that clicked, as far as is known.
        unique_click_count: Quoted,
        /// Replies by people.
        reply_count: Quoted,
        /// Leads that are blocked.
        block_count: Quoted,
        /// Leads.
        total_count: Quoted,
        /// Always null: sequences are not kept.
        sequence_count: Null,
        /// Always null: drafts of a sequence are not kept.
        drafted_count: Null,
        /// Its tags.
        tags: Vec<Tag>,
        /// Leads that unsubscribed.
        unsubscribed_count: Quoted,
        /// Leads whose address does not work.
        bounce_count: Quoted,
        /// The client it belongs to.
        client_id: Nullable<ClientId>,
        /// The client's name.
        client_name: Nullable<String>,
        /// The client's address.
        client_email: Nullable<String>,
        /// The campaign that it is a sub-sequence of.
        parent_campaign_id: Nullable<CampaignId>,
        /// Its leads by what is known of them.
        campaign_lead_stats: LeadFigures,
    }
}

wire_names!(SentFate {
    Opened = "opened",
    Clicked = "clicked",
    Replied = "replied",
    Unsubscribed = "unsubscribed",
    Bounced = "bounced",
});

query! {
    /// Which sent mails.
    pub(crate) struct WhichMails {
        /// Mails to skip.
        offset: FromZero = Count(0),
        /// Mails to return.
        limit: Count<1, MAX_LIMIT> = Count(USUAL_LIMIT),
        /// Only mails that this became of.
        email_status: Option<SentFate>,
        /// Only the first, second, … mail to each lead.
        email_sequence_number: Option<Count<1, 1_000>>,
        /// Only mails that were sent at this time or later.
        sent_time_start_date: Option<Timestamp>,
        /// Only mails that were sent at this time or earlier.
        sent_time_end_date: Option<Until>,
    }
}

output! {
    /// A mail that was sent in a campaign.
    pub(crate) struct MailStatistics {
        /// The name of the lead.
        lead_name: String,
        /// Its address.
        lead_email: String,
        /// The name of its category.
        lead_category: Nullable<String>,
        /// The how manieth mail to the lead it was.
        sequence_number: u32,
        /// A sent mail and the replies to it have the same one.
        stats_id: String,
        /// Always null: sequences are not kept.
        email_campaign_seq_id: Null,
        /// Always null: sequences are not kept.
        seq_variant_id: Null,
        /// Its subject.
        email_subject: String,
        /// The beginning of its HTML, or of its text where it has none: 16 KiB.
        email_message: String,
        /// When it was sent.
        sent_time: At,
        /// When it was first opened, if that is known.
        open_time: Nullable<At>,
        /// When a link in it was first followed.
        click_time: Nullable<At>,
        /// When a person first replied to it.
        reply_time: Nullable<At>,
        /// 1 where an opening is known, else 0.
        open_count: u64,
        /// Always 0: clicks are counted for the conversation.
        click_count: u64,
        /// Whether the lead unsubscribed.
        is_unsubscribed: bool,
        /// Whether a report says that it was not delivered.
        is_bounced: bool,
    }
}

output! {
    /// A page of the mails that were sent in a campaign.
    pub(crate) struct StatisticsPage {
        /// Mails on all pages.
        total_stats: Quoted,
        /// The mails, newest first.
        data: Vec<MailStatistics>,
        /// Mails that were skipped.
        offset: u64,
        /// Mails that were asked for.
        limit: u32,
    }
}

/// GET `/campaigns/{id}/analytics`.
pub(crate) async fn analytics(
    call: SignedCall,
    Path(id): Path<CampaignId>,
) -> Result<Json<CampaignAnalytics>, ApiError> {
    let caller = call.caller();
    let figures = statistics::figures(call.services(), &caller, id).await?;
    let campaign = caller.campaign(id)?;
    let names = caller.names();
    let client = campaign.client.and_then(|client| names.client(client));
    Ok(Json(CampaignAnalytics {
        id,
        user_id: call.scope().account(),
        created_at: call.at(campaign.created_at),
        status: campaign.status,
        name: campaign.name.clone(),
        sent_count: Quoted(figures.mails_sent),
        unique_sent_count: Quoted(figures.leads_written_to),
        open_count: Quoted(figures.openings),
        unique_open_count: Quoted(figures.leads_opened),
        click_count: Quoted(figures.clicks),
        unique_click_count: Quoted(figures.leads_clicked),
        reply_count: Quoted(figures.replies),
        block_count: Quoted(figures.blocked),
        total_count: Quoted(figures.leads),
        sequence_count: Null,
        drafted_count: Null,
        tags: campaign.tags.iter().filter_map(|tag| names.tag(*tag)).map(Tag::from).collect(),
        unsubscribed_count: Quoted(figures.leads_unsubscribed),
        bounce_count: Quoted(figures.leads_bounced),
        client_id: campaign.client.into(),
        client_name: client.map(|client| client.name.clone()).into(),
        client_email: client.map(|client| client.email.clone()).into(),
        parent_campaign_id: campaign.parent.into(),
        campaign_lead_stats: LeadFigures {
            total: figures.leads,
            paused: figures.paused,
            revenue: Money(figures.revenue_cents),
            blocked: figures.blocked,
            stopped: figures.stopped,
            completed: figures.completed,
            in_progress: figures.in_progress,
            interested: figures.leads_interested,
            not_started: figures.started,
        },
    }))
}

/// GET `/campaigns/{id}/statistics`.
pub(crate) async fn sent_mails(
    call: SignedCall,
    Path(id): Path<CampaignId>,
    Filters(which): Filters<WhichMails>,
) -> Result<Json<StatisticsPage>, ApiError> {
    let query = SentQuery {
        limit: which.limit.as_u32(),
        offset: which.offset.0,
        fate: which.email_status,
        number: which.email_sequence_number.map(Count::as_u32),
        from: which.sent_time_start_date,
        to: which.sent_time_end_date.map(|until| until.0),
    };
    let caller = call.caller();
    let page = statistics::sent(call.services(), &caller, id, &query).await?;
    let data = page.mails.into_iter().map(|mail| shown(&call, caller.names(), mail)).collect();
    Ok(Json(StatisticsPage {
        total_stats: Quoted(page.total),
        data,
        offset: query.offset,
        limit: query.limit,
    }))
}

fn shown(call: &SignedCall, names: &Catalog, mail: SentMail) -> MailStatistics {
    let SentMail { message: (message, texts), conversation, lead, number, replied_at, is_bounced } = mail;
    let fields = lead.fields;
    let parts = [fields.first_name, fields.last_name];
    let name: Vec<String> = parts.into_iter().flatten().collect();
    let category = conversation.category.and_then(|id| names.category(id));
    MailStatistics {
        lead_name: name.join(" "),
        lead_email: fields.email,
        lead_category: category.map(|category| category.name.clone()).into(),
        sequence_number: number,
        stats_id: message.stats_id,
        email_campaign_seq_id: Null,
        seq_variant_id: Null,
        email_subject: message.subject,
        email_message: texts.html.unwrap_or(texts.text),
        sent_time: call.at(message.at),
        open_time: message.opened_at.map(|at| call.at(at)).into(),
        click_time: message.clicked_at.map(|at| call.at(at)).into(),
        reply_time: replied_at.map(|at| call.at(at)).into(),
        open_count: message.open_count.into(),
        click_count: message.click_count.into(),
        is_unsubscribed: conversation.flags.has(Flags::UNSUBSCRIBED),
        is_bounced,
    }
}
