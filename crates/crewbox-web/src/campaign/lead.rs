//! Leads: adding them to a campaign, listing them, finding one by its address.

use std::collections::HashSet;

use crewbox_core::address::EmailAddress;
use crewbox_core::conversation::{Conversation, Flags, LeadStatus};
use crewbox_core::id::{CampaignId, CategoryId};
use crewbox_core::model::{Lead, LeadFields};
use crewbox_store::contract::LeadQuery;
use crewbox_store::{Catalog, LeadOutcome, Op, Outcome};

use crate::answer::{Answer, success};
use crate::call::SignedCall;
use crate::error::ApiError;
use crate::object::{At, Obj, Put, Quoted};
use crate::problem::Provided;
use crate::request::{Json, Object, Problems};
use crate::row::lead_status;

/// Leads a call adds at the most.
const MAX_LEADS: usize = 400;
/// Further fields a lead may have.
const MAX_CUSTOM_FIELDS: usize = 200;
/// Characters of a field.
const MAX_FIELD: usize = 10_000;
/// Leads a page holds at the most, and unless asked for fewer.
const MAX_LIMIT: i64 = 100;

const STATUSES: [LeadStatus; 6] = [
    LeadStatus::Started,
    LeadStatus::InProgress,
    LeadStatus::Completed,
    LeadStatus::Paused,
    LeadStatus::Stopped,
    LeadStatus::Blocked,
];

/// A lead that was not added, and why.
struct Skipped {
    email: String,
    reason: &'static str,
}

/// What a list of leads holds.
#[derive(Default)]
struct Given {
    leads: Vec<LeadFields>,
    skipped: Vec<Skipped>,
    total: usize,
    duplicates: usize,
    invalid: usize,
    return_ids: bool,
}

/// POST `/campaigns/{id}/leads`.
pub(crate) async fn add_leads(call: SignedCall) -> Result<Answer, ApiError> {
    let names = call.names();
    let campaign = call.campaign(&names, CampaignId(call.path_id("id")?))?.id;
    let mut given = read(&call)?;
    let emails: Vec<String> = given.leads.iter().map(|lead| lead.email.clone()).collect();
    let outcomes = match given.leads.is_empty() {
        true => Vec::new(),
        false => add(&call, campaign, std::mem::take(&mut given.leads)).await?,
    };
    let (mut added, mut already, mut ids) = (0_u64, 0_u64, Obj::new());
    for (email, outcome) in emails.into_iter().zip(&outcomes) {
        if given.return_ids {
            ids.add(&email, outcome.lead);
        }
        if outcome.added {
            added += 1;
        } else {
            already += 1;
            given.skipped.push(Skipped { email, reason: "already_in_campaign" });
        }
    }
    let skipped: Vec<Obj> = given
        .skipped
        .iter()
        .map(|skipped| Obj::new().with("email", &skipped.email).with("reason", skipped.reason))
        .collect();
    Ok(Answer::value(
        &success("Leads added to the campaign")
            .with("upload_count", added)
            .with("total_leads", given.total)
            .with("added_count", added)
            .with("skipped_count", skipped.len())
            .with("skipped_leads", skipped)
            .with("already_added_to_campaign", already)
            .with("duplicate_count", given.duplicates)
            .with("invalid_email_count", given.invalid)
            .with("emailToLeadIdMap", ids),
    ))
}

async fn add(
    call: &SignedCall,
    campaign: CampaignId,
    leads: Vec<LeadFields>,
) -> Result<Vec<LeadOutcome>, ApiError> {
    let committed = call.commit(vec![Op::AddLeads { campaign, leads }]).await?;
    match committed.outcomes.into_iter().next() {
        Some(Outcome::Leads(outcomes)) => Ok(outcomes),
        _ => Err(ApiError::Internal("adding leads gave no outcomes".to_owned())),
    }
}

fn read(call: &SignedCall) -> Result<Given, ApiError> {
    let json = call.json()?;
    let mut problems = Problems::default();
    let body = call.object(&json, &mut problems)?;
    let mut given = Given::default();
    if let Some(settings) = body.object("settings", "settings.", &mut problems) {
        given.return_ids = settings.boolean("return_lead_ids", &mut problems).unwrap_or(false);
    }
    match body.get("lead_list") {
        None => {
            problems.required::<()>("lead_list", None);
        }
        Some(Json::Array(leads)) if leads.len() > MAX_LEADS => {
            let count = Provided::Count { given: leads.len(), most: MAX_LEADS };
            problems.note(
                "lead_list",
                format!("lead_list cannot exceed {MAX_LEADS} leads per request"),
                count,
            );
        }
        Some(Json::Array(leads)) => {
            let mut seen = HashSet::new();
            given.total = leads.len();
            for (place, lead) in leads.iter().enumerate() {
                read_lead(place, lead, &mut given, &mut seen, &mut problems);
            }
        }
        Some(_) => problems.note("lead_list", "lead_list must be an array", Provided::Nothing),
    }
    problems.finish()?;
    Ok(given)
}

fn read_lead(
    place: usize,
    lead: &Json<'_>,
    given: &mut Given,
    seen: &mut HashSet<String>,
    problems: &mut Problems,
) {
    let Ok(object) = Object::of(lead) else {
        problems.note(&format!("lead_list[{place}]"), "a lead must be an object", Provided::Nothing);
        return;
    };
    let email = match object.get("email") {
        Some(Json::Text(text)) => text.trim(),
        _ => "",
    };
    let Ok(address) = EmailAddress::parse(email) else {
        given.invalid += 1;
        given.skipped.push(Skipped { email: email.to_lowercase(), reason: "invalid_email" });
        return;
    };
    let email = address.as_str().to_owned();
    if !seen.insert(address.key()) {
        given.duplicates += 1;
        given.skipped.push(Skipped { email, reason: "duplicate" });
        return;
    }
    let custom_fields = read_custom(place, &object, problems);
    let mut text = |key: &str| object.words_or_none(key, MAX_FIELD, problems);
    given.leads.push(LeadFields {
        email,
        first_name: text("first_name"),
        last_name: text("last_name"),
        company: text("company_name"),
        phone: text("phone_number"),
        website: text("website"),
        location: text("location"),
        linkedin_profile: text("linkedin_profile"),
        company_url: text("company_url"),
        custom_fields,
    });
}

fn read_custom(place: usize, lead: &Object<'_>, problems: &mut Problems) -> Vec<(String, String)> {
    let field = format!("lead_list[{place}].custom_fields");
    match lead.get("custom_fields") {
        None => Vec::new(),
        Some(Json::Object(fields)) if fields.len() > MAX_CUSTOM_FIELDS => {
            let count = Provided::Count { given: fields.len(), most: MAX_CUSTOM_FIELDS };
            problems.note(&field, format!("custom_fields cannot exceed {MAX_CUSTOM_FIELDS} fields"), count);
            Vec::new()
        }
        Some(Json::Object(fields)) => fields
            .iter()
            .filter(|(_, value)| *value != Json::Null)
            .map(|(key, value)| (key.to_string(), as_text(value)))
            .collect(),
        Some(_) => {
            problems.note(&field, "custom_fields must be an object", Provided::Nothing);
            Vec::new()
        }
    }
}

/// A custom field's value as text: a string as it is, anything else as its JSON.
fn as_text(value: &Json<'_>) -> String {
    if let Json::Text(text) = value {
        return text.to_string();
    }
    let mut json = Vec::new();
    value.put(&mut json);
    String::from_utf8_lossy(&json).into_owned()
}

/// GET `/campaigns/{id}/leads`.
pub(crate) async fn leads(call: SignedCall) -> Result<Answer, ApiError> {
    let names = call.names();
    let campaign = call.campaign(&names, CampaignId(call.path_id("id")?))?.id;
    let query = call.query();
    let mut problems = Problems::default();
    let limit = query.number("limit", 1, MAX_LIMIT, &mut problems).unwrap_or(MAX_LIMIT);
    let offset = query.number("offset", 0, i64::MAX, &mut problems).unwrap_or(0);
    let category = query.number("lead_category_id", 0, i64::MAX, &mut problems);
    let status = query.get("status").and_then(|name| {
        let status = STATUSES.into_iter().find(|status| lead_status(*status) == name);
        if status.is_none() {
            let names = STATUSES.map(lead_status).join(", ");
            problems.wrong("status", format!("status must be one of: {names}"), &name.as_ref());
        }
        status
    });
    problems.finish()?;
    let asked = LeadQuery {
        limit: u32::try_from(limit).unwrap_or(0),
        offset: u64::try_from(offset).unwrap_or(0),
        status,
        category: category.and_then(|id| u64::try_from(id).ok()).map(CategoryId),
    };
    let page = call.app.0.live.store().leads(call.scope(), campaign, &asked).await?;
    let rows: Vec<Obj> =
        page.rows.iter().map(|(conversation, lead)| in_campaign(&call, conversation, lead)).collect();
    Ok(Answer::value(
        &Obj::new()
            .with("total_leads", Quoted(page.total))
            .with("offset", asked.offset)
            .with("limit", asked.limit)
            .with("data", rows),
    ))
}

fn in_campaign(call: &SignedCall, conversation: &Conversation, lead: &Lead) -> Obj {
    Obj::new()
        .with("campaign_lead_map_id", Quoted(conversation.id.get()))
        .with("lead_category_id", conversation.category)
        .with("status", lead_status(conversation.lead_status))
        .with("created_at", call.at(conversation.created_at))
        .with("lead", lead_object(lead, Obj::new(), conversation.flags.has(Flags::UNSUBSCRIBED)))
}

fn lead_object(lead: &Lead, object: Obj, unsubscribed: bool) -> Obj {
    let fields = &lead.fields;
    let mut custom = Obj::new();
    for (key, value) in &fields.custom_fields {
        custom.add(key, value);
    }
    object
        .with("id", lead.id)
        .with("email", &fields.email)
        .with("first_name", &fields.first_name)
        .with("last_name", &fields.last_name)
        .with("phone_number", &fields.phone)
        .with("company_name", &fields.company)
        .with("website", &fields.website)
        .with("location", &fields.location)
        .with("custom_fields", custom)
        .with("linkedin_profile", &fields.linkedin_profile)
        .with("company_url", &fields.company_url)
        .with("is_unsubscribed", unsubscribed)
}

/// GET `/leads/?email=`.
pub(crate) async fn lead_by_email(call: SignedCall) -> Result<Answer, ApiError> {
    let scope = call.scope();
    let names = call.names();
    let mut problems = Problems::default();
    let email = call.query().get("email").map(|email| email.trim().to_owned());
    let email = problems.required("email", email);
    problems.finish()?;
    let found = call.app.0.live.store().lead_by_email(scope, &email).await?;
    let Some((lead, mut conversations)) = found else { return Ok(Answer::value(&Obj::new())) };
    conversations.retain(|conversation| scope.sees(conversation.client));
    if conversations.is_empty() && scope.client().is_some() {
        return Ok(Answer::value(&Obj::new()));
    }
    let at = |at| At(at, call.dialect());
    let campaigns: Vec<Obj> =
        conversations.iter().map(|conversation| lead_campaign(&names.catalog, conversation)).collect();
    let unsubscribed = conversations.iter().any(|one| one.flags.has(Flags::UNSUBSCRIBED));
    Ok(Answer::value(
        &lead_object(&lead, Obj::new(), unsubscribed)
            .with("created_at", at(lead.created_at))
            .with("lead_campaign_data", campaigns),
    ))
}

fn lead_campaign(catalog: &Catalog, conversation: &Conversation) -> Obj {
    let campaign = catalog.campaign(conversation.campaign);
    Obj::new()
        .with("campaign_lead_map_id", Quoted(conversation.id.get()))
        .with("campaign_id", conversation.campaign)
        .with("campaign_name", campaign.map_or("", |campaign| campaign.name.as_str()))
        .with("lead_category_id", conversation.category)
        .with("status", lead_status(conversation.lead_status))
        .with("client_id", conversation.client)
}
