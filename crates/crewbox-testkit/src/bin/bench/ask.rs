//! List calls: a query of the core's sample as the bytes of a request, with the account's own ids.
//!
//! Owns the wire form of a filter as a client would send it. The server's own parser judges it.

use crewbox_core::filter::{EmailStatus, Query};
use crewbox_core::id::CampaignId;
use crewbox_core::time::Timestamp;
use crewbox_core::view::View;
use crewbox_testkit::sample::{NOW, Sampler, Shape};
use rand::RngExt as _;
use serde_json::{Map, Value, json};

use crate::Failure;
use crate::call::request;
use crate::fill::{Filled, Owner};

/// A list call, in both forms.
#[derive(Debug)]
pub(crate) struct Asked {
    /// With the account's own ids.
    pub(crate) query: Query,
    /// As sent.
    pub(crate) request: String,
}

/// How members are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Draw {
    /// Each as likely as the other.
    Evenly,
    /// The busier the likelier.
    ByLoad,
    /// Always the busiest.
    Busiest,
}

/// Draws a call of a shape.
pub(crate) fn ask(
    filled: &Filled,
    sampler: &mut Sampler,
    shape: Shape,
    draw: Draw,
) -> Result<Asked, Failure> {
    let mut query = sampler.query(shape, NOW);
    let at = match draw {
        Draw::Evenly => sampler.rng().random_range(0..filled.owners.len()),
        Draw::ByLoad => query.me.get() as usize - 1,
        Draw::Busiest => 0,
    };
    let owner: &Owner = filled.owners.get(at).ok_or("the account has too few members")?;
    query.me = owner.member;
    // Over the wire, naming categories leaves out rows without one.
    query.filter.category.none = query.filter.category.only.is_none();
    if let Some(campaigns) = &mut query.filter.campaigns {
        let own = |id: &CampaignId| filled.campaigns.get(id.get() as usize - 1).copied();
        *campaigns = campaigns.iter().filter_map(own).collect();
        campaigns.sort_unstable();
        campaigns.dedup();
        if query.view == View::AssignedToMe {
            // The contract lets this list name one.
            campaigns.truncate(1);
        }
    }
    let body = body(&query)?;
    let path = format!("/api/v1/master-inbox/{}", query.view.base().path);
    Ok(Asked { request: request("POST", &path, &owner.key, &body), query })
}

/// The body a client sends.
fn body(query: &Query) -> Result<String, Failure> {
    let filter = &query.filter;
    let mut wire = Map::new();
    let mut categories = Map::new();
    let mut put = |key: &str, value: Value| wire.insert(key.to_owned(), value);
    if let Some(only) = &filter.category.only {
        categories.insert("categoryIdsIn".to_owned(), json!(only));
    }
    if !filter.category.not.is_empty() {
        categories.insert("categoryIdsNotIn".to_owned(), json!(filter.category.not));
    }
    if !categories.is_empty() {
        put("leadCategories", Value::Object(categories));
    }
    if let Some(campaigns) = &filter.campaigns {
        put("campaignId", json!(campaigns));
    }
    if !filter.statuses.is_empty() {
        put("emailStatus", json!(filter.statuses.iter().map(|s: &EmailStatus| s.name()).collect::<Vec<_>>()));
    }
    if let Some((start, end)) = filter.reply_between {
        put("replyTimeBetween", json!([iso(start)?, iso(end)?]));
    }
    if let Some(read) = filter.read {
        put("isRead", json!(read));
    }
    let mut whole = json!({"offset": query.offset, "limit": query.limit, "sortBy": "REPLY_TIME_DESC"});
    if query.view == View::Sent {
        whole["sortBy"] = json!("SENT_TIME_DESC");
    }
    if !wire.is_empty() {
        whole["filters"] = Value::Object(wire);
    }
    Ok(serde_json::to_string(&whole)?)
}

fn iso(at: Timestamp) -> Result<String, Failure> {
    Ok(jiff::Timestamp::from_millisecond(at.millis())?.to_string())
}
