//! Figures of each day.

use crewbox_app::analytics::{self, DayFigures};

use super::parameters::{Day, WhichFigures};
use crate::answer::Success;
use crate::call::SignedCall;
use crate::declare::output;
use crate::error::ApiError;
use crate::handler::Filters;

output! {
    /// Figures of each day, also of those on which nothing happened.
    pub(crate) struct DayWise {
        /// The days, ascending.
        day_wise_stats: Vec<OfDay>,
    }
}

output! {
    /// A day and what happened on it.
    pub(crate) struct OfDay {
        /// The day without the year, such as `31 Jan`.
        date: String,
        /// The day of the week in English.
        day_name: String,
        /// The day with the year, such as `2025-01-31`.
        day: Day,
        /// The figures.
        email_engagement_metrics: DayMetrics,
    }
}

output! {
    /// What happened on a day.
    pub(crate) struct DayMetrics {
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
    }
}

output! {
    /// Positive replies of each day, also of those without any.
    pub(crate) struct DayWisePositive {
        /// The days, ascending.
        day_wise_stats: Vec<PositiveOfDay>,
    }
}

output! {
    /// A day and the positive replies on it.
    pub(crate) struct PositiveOfDay {
        /// The day without the year, such as `31 Jan`.
        date: String,
        /// The day of the week in English.
        day_name: String,
        /// The day with the year, such as `2025-01-31`.
        day: Day,
        /// The figures.
        email_engagement_metrics: PositiveMetrics,
    }
}

output! {
    /// Positive replies of a day.
    pub(crate) struct PositiveMetrics {
        /// Leads that replied on the day and whose category is a positive one now.
        positive_replied: u64,
    }
}

/// GET `/analytics/day-wise-overall-stats`.
pub(crate) async fn by_day(
    call: SignedCall,
    Filters(which): Filters<WhichFigures>,
) -> Result<Success<DayWise>, ApiError> {
    let days = analytics::by_day(call.services(), &call.caller(), &which.selection()).await?;
    let day = |DayFigures { day, figures }| OfDay {
        date: date(day),
        day_name: day_name(day),
        day: Day(day),
        email_engagement_metrics: DayMetrics {
            sent: figures.sent,
            opened: figures.opened,
            replied: figures.replied,
            bounced: figures.bounced,
            unsubscribed: figures.unsubscribed,
        },
    };
    let data = DayWise { day_wise_stats: days.into_iter().map(day).collect() };
    Ok(Success { message: "Email engagement stats fetched successfully!", data })
}

/// GET `/analytics/day-wise-positive-reply-stats`.
pub(crate) async fn positive_by_day(
    call: SignedCall,
    Filters(which): Filters<WhichFigures>,
) -> Result<Success<DayWisePositive>, ApiError> {
    let days = analytics::by_day(call.services(), &call.caller(), &which.selection()).await?;
    let day = |DayFigures { day, figures }| PositiveOfDay {
        date: date(day),
        day_name: day_name(day),
        day: Day(day),
        email_engagement_metrics: PositiveMetrics { positive_replied: figures.leads_positive },
    };
    let data = DayWisePositive { day_wise_stats: days.into_iter().map(day).collect() };
    Ok(Success { message: "Day-wise positive reply stats fetched successfully!", data })
}

fn date(day: jiff::civil::Date) -> String {
    day.strftime("%d %b").to_string()
}

fn day_name(day: jiff::civil::Date) -> String {
    day.strftime("%A").to_string()
}
