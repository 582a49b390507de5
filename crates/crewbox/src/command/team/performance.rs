//! `crewbox team performance`: what each member did in a period.

use clap::Args;
use crewbox_app::team::{self, MemberPerformance, ReadPerformance};
use crewbox_core::id::{CategoryId, MemberId};
use crewbox_core::team::{Durations, HalfSeconds};
use crewbox_core::time::Timestamp;
use crewbox_store::Catalog;
use serde::Serialize;

use super::table::{Line, or_dash, print};
use crate::clock;
use crate::data::DataArgs;
use crate::failure::Failure;

const EXAMPLES: &str = "\
Examples:
  crewbox team performance
  crewbox team performance --from 2027-01-01 --to 2027-01-31 | jq '.response_seconds.median'

A response time runs from the oldest unanswered reply by a person to our next message. It counts for the member who sent
the message, or for the owner of that moment where another program sent it.";

/// A day, in ms.
const DAY_MS: i64 = 86_400_000;

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct PerformanceArgs {
    #[command(flatten)]
    data: DataArgs,
    /// From this time on; thirty days before the end unless given
    #[arg(long, env = "CREWBOX_FROM", value_name = "DATE", value_parser = clock::read)]
    from: Option<Timestamp>,
    /// Before this time; a date means the end of that day (UTC). Now unless given
    #[arg(long, env = "CREWBOX_TO", value_name = "DATE", value_parser = end)]
    to: Option<Timestamp>,
}

/// Reads the end of a period.
fn end(text: &str) -> Result<Timestamp, String> {
    let at = clock::read(text)?;
    let is_date = text.len() == "2027-01-31".len();
    Ok(if is_date { Timestamp(at.0.saturating_add(DAY_MS)) } else { at })
}

#[derive(Serialize)]
struct Performance {
    id: MemberId,
    name: String,
    replies_received: u64,
    replies_sent: u64,
    conversations: u64,
    archived: u64,
    first_response_seconds: Seconds,
    response_seconds: Seconds,
    categories: Vec<CategoryCount>,
}

#[derive(Serialize)]
struct Seconds {
    median: Option<f64>,
    p90: Option<u32>,
    count: u64,
}

#[derive(Serialize)]
struct CategoryCount {
    id: CategoryId,
    name: String,
    count: u64,
}

impl From<Durations> for Seconds {
    fn from(durations: Durations) -> Self {
        let Durations { median, p90, count, .. } = durations;
        // Exact: a count of half seconds is far below 2^53.
        Self { median: median.map(|HalfSeconds(halves)| halves as f64 / 2.0), p90, count }
    }
}

impl Performance {
    fn of(names: &Catalog, member: MemberPerformance) -> Self {
        let MemberPerformance { id, name, figures } = member;
        let category = |(&id, &count): (&CategoryId, &u64)| {
            let name = names.category(id).map(|category| category.name.clone());
            CategoryCount { id, name: name.unwrap_or_default(), count }
        };
        Self {
            id,
            name,
            replies_received: figures.replies_received,
            replies_sent: figures.replies_sent,
            conversations: figures.conversations,
            archived: figures.archived,
            first_response_seconds: figures.first_response.into(),
            response_seconds: figures.response.into(),
            categories: figures.categories.iter().map(category).collect(),
        }
    }
}

impl Line for Performance {
    const COLUMNS: &'static [&'static str] = &[
        "member",
        "received",
        "sent",
        "conversations",
        "archived",
        "first response",
        "p90",
        "response",
        "p90",
    ];

    fn cells(&self) -> Vec<String> {
        let (first, all) = (&self.first_response_seconds, &self.response_seconds);
        vec![
            self.name.clone(),
            self.replies_received.to_string(),
            self.replies_sent.to_string(),
            self.conversations.to_string(),
            self.archived.to_string(),
            or_dash(first.median.map(span)),
            or_dash(first.p90.map(|seconds| span(f64::from(seconds)))),
            or_dash(all.median.map(span)),
            or_dash(all.p90.map(|seconds| span(f64::from(seconds)))),
        ]
    }
}

/// Seconds as people read them.
fn span(seconds: f64) -> String {
    match seconds {
        ..60.0 => format!("{seconds:.0} s"),
        60.0..3_600.0 => format!("{:.0} min", seconds / 60.0),
        3_600.0..86_400.0 => format!("{:.1} h", seconds / 3_600.0),
        _ => format!("{:.1} d", seconds / 86_400.0),
    }
}

pub(super) async fn run(args: PerformanceArgs) -> Result<(), Failure> {
    let opened = args.data.open().await?;
    let caller = opened.caller().await?;
    let command = ReadPerformance { from: args.from, to: args.to, ..ReadPerformance::default() };
    let found = team::performance(&opened.services(), &caller, command).await?;
    let members = found.members.into_iter();
    let lines: Vec<Performance> = members.map(|member| Performance::of(caller.names(), member)).collect();
    print(&lines)?;
    opened.close().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_in_the_unit_that_people_read() {
        assert_eq!(
            [0.0, 59.5, 90.0, 5_400.0, 129_600.0].map(span),
            ["0 s", "60 s", "2 min", "1.5 h", "1.5 d"]
        );
    }

    #[test]
    fn a_date_ends_with_its_day() {
        assert_eq!(end("1970-01-01"), Ok(Timestamp(DAY_MS)));
        assert_eq!(end("1970-01-01T00:00:00Z"), Ok(Timestamp(0)));
    }
}
