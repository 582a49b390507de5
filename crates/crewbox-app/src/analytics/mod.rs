//! What came of the mail to leads: figures of a campaign, of all campaigns, clients, mailboxes and members, for days of a
//! calendar in a time zone.
//!
//! Owns which days may be asked for, and whose figures a caller sees. What counts as what is the core's rule
//! (`outreach`); the figures are added up when somebody asks.

mod account;
mod campaign;
mod days;
mod mailboxes;
mod selection;
mod sums;
mod team_board;
mod turn;

pub use account::{
    CampaignFiguresOf, ClientFigures, by_campaign, by_category, by_client, by_day, overall, reply_time,
};
pub use campaign::{CampaignPeriod, MailboxFigures, campaign_mailboxes, campaign_period};
pub use days::{DayFigures, Days, MAX_DAYS, MAX_DAYS_ONE_BY_ONE};
pub use mailboxes::{MailboxCounts, mailboxes};
pub use selection::Selection;
pub use team_board::team_board;
