//! Figures of all campaigns, clients, members and e-mail accounts over HTTP, for days in a time zone. Owns their
//! parameters and answers; what each figure counts is the use case's.

mod by_category;
mod by_day;
mod campaigns;
mod clients;
mod mailboxes;
mod overall;
mod parameters;
mod percent;
mod reply_time;
mod team_board;

pub(crate) use by_category::by_category;
pub(crate) use by_day::{by_day, positive_by_day};
pub(crate) use campaigns::by_campaign;
pub(crate) use clients::by_client;
pub(crate) use mailboxes::mailboxes;
pub(crate) use overall::overall;
pub(crate) use parameters::{Day, Zone, zone_of};
pub(crate) use reply_time::reply_time;
pub(crate) use team_board::team_board;
