//! What comes of the mail that is sent to leads, as figures.
//!
//! Owns what counts as sent, opened, replied to, positive, bounced and unsubscribed, and how often a lead counts. The
//! figures of any period are sums of events; who asks says by what they are grouped.

mod event;
mod reply_time;
mod tally;

pub use event::{LeadState, OutreachEvent, OutreachEventKind};
pub use reply_time::FirstReply;
pub use tally::{OutreachFigures, Tally};
