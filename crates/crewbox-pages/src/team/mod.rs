//! The team page: how much each member has to do now, and what each did in a period.
//!
//! Owns how the figures are shown. What they count, and whose a member sees, is decided by the use cases.

mod chart;
mod days;
mod load;
mod performance;
mod span;

use askama::Template;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use crewbox_app::team::{self, ReadDailyReplies, ReadPerformance};
use crewbox_core::id::ClientId;

use self::chart::{Chart, HEIGHT};
use self::days::{Day, DayRow};
use self::load::LoadRow;
use self::performance::PerformanceRow;
use crate::app::Pages;
use crate::assets;
use crate::error::PageError;
use crate::guard::Visitor;
use crate::inbox::{Beside, SidebarPart, TEAM_PATH};
use crate::policy;

/// The periods that the page offers, in days.
const PERIODS: [i64; 3] = [7, 30, 90];
/// The one without a choice.
const USUAL_PERIOD: i64 = PERIODS[1];

#[derive(Template)]
#[template(path = "team.html")]
struct TeamPage<'a> {
    style: &'a str,
    icon: &'a str,
    sidebar: SidebarPart,
    load: Vec<LoadRow>,
    periods: Vec<PeriodLink>,
    days: i64,
    /// The clients whose figures can be looked at separately; empty for whoever sees only one.
    clients: Vec<ClientLink>,
    performance: Vec<PerformanceRow>,
    /// The first and the last day; none where nobody received or sent a reply.
    ends: Option<(String, String)>,
    /// The replies by day of each member who has any.
    charts: Vec<Chart>,
    /// The same in a table.
    by_day: Vec<DayRow>,
}

struct ClientLink {
    path: String,
    name: String,
    is_current: bool,
}

struct PeriodLink {
    path: String,
    days: i64,
    is_current: bool,
}

/// GET `/team`, with the period in `days`.
pub(crate) async fn show(pages: &Pages, request: Request<Body>) -> Result<Response<Body>, PageError> {
    let (parts, _) = request.into_parts();
    let visitor = Visitor::of(pages, &parts).await?;
    let query = parts.uri.query().unwrap_or_default();
    let days = period(query);
    let known = crewbox_app::catalog::clients(&visitor.caller).unwrap_or_default();
    let client = client(query).filter(|client| known.iter().any(|one| one.id == *client));
    let address = |days: i64, client: Option<ClientId>| {
        let client = client.map(|client| format!("&client={client}")).unwrap_or_default();
        format!("{TEAM_PATH}?days={days}{client}")
    };
    let load = team::load(&visitor.caller)?;
    // Whole days of the member's calendar, so that the numbers of the days add up to those of the period.
    let (calendar, starts): (Vec<Day>, Vec<_>) = days::last(days, &visitor.local)?.into_iter().unzip();
    let command = ReadPerformance { from: starts.first().copied(), client, ..ReadPerformance::default() };
    let performance = team::performance(&pages.services, &visitor.caller, command).await?;
    let command = ReadDailyReplies { starts, client, ..ReadDailyReplies::default() };
    let replies = team::daily_replies(&pages.services, &visitor.caller, command).await?;
    let link = |&offered: &i64| PeriodLink {
        path: address(offered, client),
        days: offered,
        is_current: offered == days,
    };
    let page = TeamPage {
        style: &assets::STYLE.path,
        icon: &assets::ICON.path,
        sidebar: SidebarPart::of(pages, &visitor, Beside::Team).await?,
        load: load::rows(pages, &visitor, &load).await?,
        periods: PERIODS.iter().map(link).collect(),
        days,
        clients: if known.len() > 1 {
            let all = ClientLink {
                path: address(days, None),
                name: "All clients".to_owned(),
                is_current: client.is_none(),
            };
            let each = known.iter().map(|one| ClientLink {
                path: address(days, Some(one.id)),
                name: one.name.clone(),
                is_current: client == Some(one.id),
            });
            std::iter::once(all).chain(each).collect()
        } else {
            Vec::new()
        },
        ends: calendar
            .first()
            .zip(calendar.last())
            .filter(|_| !replies.members.is_empty())
            .map(|(first, last)| (first.name.clone(), last.name.clone())),
        charts: chart::charts(&replies, &calendar),
        by_day: days::rows(&replies, &calendar),
        performance: performance
            .members
            .iter()
            .map(|member| PerformanceRow::of(member, &performance))
            .collect(),
    };
    Ok(policy::page(StatusCode::OK, &page))
}

/// The period that an address asks for; one that is not offered is left out.
fn period(query: &str) -> i64 {
    let given = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "days");
    let days = given.and_then(|(_, value)| value.parse().ok());
    days.filter(|days| PERIODS.contains(days)).unwrap_or(USUAL_PERIOD)
}

/// The client that an address names.
fn client(query: &str) -> Option<ClientId> {
    let given = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "client")?;
    given.1.parse().ok().filter(|id| *id > 0).map(ClientId)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_of_the_team_page_is_one_that_it_offers() {
        for (query, expected) in [("", 30), ("days=7", 7), ("days=90", 90), ("days=8", 30), ("days=x", 30)] {
            assert_eq!(period(query), expected, "{query}");
        }
    }
}
