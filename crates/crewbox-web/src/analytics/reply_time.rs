//! How long leads take to reply.

use crewbox_app::analytics;
use utoipa::openapi::{RefOr, Schema};

use super::parameters::WhichFigures;
use crate::answer::Success;
use crate::call::SignedCall;
use crate::declare::output;
use crate::error::ApiError;
use crate::handler::Filters;
use crate::object::Put;
use crate::schema::{Components, Describe, text};
use crate::value::Nullable;

output! {
    /// Times under their name.
    pub(crate) struct ReplyTime {
        /// The times.
        lead_to_reply_time: TimesToReply,
    }
}

output! {
    /// From the first mail to a lead to its first reply, where this came on the days. Null without any.
    pub(crate) struct TimesToReply {
        /// The mean, such as `13d 20h 28m 46s`.
        average_time_diff: Nullable<Duration>,
        /// The median.
        median_time_diff: Nullable<Duration>,
    }
}

/// A number of seconds, shown as `13d 20h 28m 46s`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Duration(u64);

/// GET `/analytics/campaign/lead-to-reply-time`.
pub(crate) async fn reply_time(
    call: SignedCall,
    Filters(which): Filters<WhichFigures>,
) -> Result<Success<ReplyTime>, ApiError> {
    let times = analytics::reply_time(call.services(), &call.caller(), &which.selection()).await?;
    let lead_to_reply_time = TimesToReply {
        average_time_diff: times.mean().map(Duration).into(),
        median_time_diff: times.median.map(|median| Duration(median.0 / 2)).into(),
    };
    let data = ReplyTime { lead_to_reply_time };
    Ok(Success { message: "Lead to reply time stats fetched successfully!", data })
}

impl Put for Duration {
    fn put(&self, out: &mut Vec<u8>) {
        let (minutes, seconds) = (self.0 / 60, self.0 % 60);
        let (hours, days) = (minutes / 60, minutes / 1_440);
        format!("{days}d {}h {}m {seconds}s", hours % 24, minutes % 60).put(out);
    }
}

impl Describe for Duration {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        text(None).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_shown_in_days_hours_minutes_and_seconds() {
        let shown = |seconds| {
            let mut out = Vec::new();
            Duration(seconds).put(&mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(shown(0), "\"0d 0h 0m 0s\"");
        assert_eq!(shown(13 * 86_400 + 20 * 3_600 + 28 * 60 + 46), "\"13d 20h 28m 46s\"");
    }
}
