//! Figures of each e-mail account in a campaign.

use crewbox_app::analytics::{self, Days, MailboxFigures};
use crewbox_app::{FieldError, Refusal};
use crewbox_core::id::{CampaignId, ClientId, MailboxId};

use crate::analytics::{Day, Zone, zone_of};
use crate::answer::Json;
use crate::call::SignedCall;
use crate::declare::{output, query};
use crate::error::ApiError;
use crate::handler::{Filters, Path};
use crate::object::Null;
use crate::value::{Count, FromZero};

/// E-mail accounts that a page has at the most, and unless asked for fewer; as in the public reference.
const MAX_LIMIT: u64 = 20;

query! {
    /// Which e-mail accounts, and which days.
    pub(crate) struct WhichAccounts {
        /// Nothing unless the campaign is of this client.
        client_id: Option<ClientId>,
        /// E-mail accounts to skip.
        offset: FromZero = Count(0),
        /// E-mail accounts to return.
        limit: Count<1, MAX_LIMIT> = Count(MAX_LIMIT),
        /// The first day; all days unless both are given.
        start_date: Option<Day>,
        /// The last day.
        end_date: Option<Day>,
        /// The time zone in which the days begin and end, by its IANA name; UTC unless given.
        time_zone: Option<Zone>,
        /// The same: calls for all campaigns have it under this name.
        timezone: Option<Zone>,
    }
}

output! {
    /// Figures of each e-mail account in a campaign.
    pub(crate) struct MailboxStatistics {
        /// Always true.
        ok: bool,
        /// The e-mail accounts, ascending by id: those that the campaign sends from, and those that its mail went through.
        data: Vec<AccountInCampaign>,
    }
}

output! {
    /// Figures of an e-mail account in a campaign.
    pub(crate) struct AccountInCampaign {
        /// The e-mail account.
        email_account_id: MailboxId,
        /// Its address.
        from_email: String,
        /// Mails that were sent.
        sent_count: u64,
        /// Mails that were opened for the first time, as far as is known.
        open_count: u64,
        /// Mails that a link was followed in for the first time, as far as is known.
        click_count: u64,
        /// Replies by people.
        reply_count: u64,
        /// Leads that replied and whose category is a positive one.
        positive_reply_count: u64,
        /// Leads whose address does not work. They count with the e-mail account of their latest message.
        bounce_count: u64,
        /// Always null: what the sender's own server refused is not kept by campaign.
        sender_bounce_count: Null,
        /// Leads that unsubscribed, likewise.
        unsubscribed_count: u64,
    }
}

/// GET `/campaigns/{id}/mailbox-statistics`.
pub(crate) async fn mailbox_statistics(
    call: SignedCall,
    Path(id): Path<CampaignId>,
    Filters(which): Filters<WhichAccounts>,
) -> Result<Json<MailboxStatistics>, ApiError> {
    let (client, offset, limit) = (which.client_id, which.offset.0, which.limit.as_u32());
    let days = which.days()?;
    let caller = call.caller();
    let mut found = analytics::campaign_mailboxes(call.services(), &caller, id, days.as_ref()).await?;
    if client.is_some() && caller.campaign(id)?.client != client {
        found.clear();
    }
    let skipped = usize::try_from(offset).unwrap_or(usize::MAX);
    let page = found.into_iter().skip(skipped).take(limit as usize);
    Ok(Json(MailboxStatistics { ok: true, data: page.map(shown).collect() }))
}

impl WhichAccounts {
    fn days(self) -> Result<Option<Days>, Refusal> {
        let zone = zone_of(self.timezone, self.time_zone);
        match (self.start_date, self.end_date) {
            (Some(Day(first)), Some(Day(last))) => Ok(Some(Days { first, last, zone })),
            (None, None) => Ok(None),
            (Some(_), None) => Err(FieldError::of("end_date", "is required with start_date").into()),
            (None, Some(_)) => Err(FieldError::of("start_date", "is required with end_date").into()),
        }
    }
}

fn shown(of: MailboxFigures) -> AccountInCampaign {
    let MailboxFigures { mailbox, figures } = of;
    AccountInCampaign {
        email_account_id: mailbox.id,
        from_email: mailbox.email,
        sent_count: figures.sent,
        open_count: figures.opened,
        click_count: figures.clicked,
        reply_count: figures.replied,
        positive_reply_count: figures.leads_positive,
        bounce_count: figures.bounced,
        sender_bounce_count: Null,
        unsubscribed_count: figures.unsubscribed,
    }
}
