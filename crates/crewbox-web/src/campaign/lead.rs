//! Leads: adding them to a campaign, listing them, finding one by its address.

use crewbox_app::lead::{self, AddedLead};
use crewbox_core::conversation::{Conversation, Flags, LeadStatus};
use crewbox_core::id::{CampaignId, CategoryId};
use crewbox_core::model::{Lead, LeadFields};
use crewbox_store::Catalog;
use crewbox_store::contract::LeadQuery;

use crate::answer::{Answer, success};
use crate::call::SignedCall;
use crate::error::ApiError;
use crate::object::{At, Obj, Put, Quoted};
use crate::problem::Provided;
use crate::request::{Json, Object, Problems};
use crate::row::lead_status;

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

/// POST `/campaigns/{id}/leads`.
pub(crate) async fn add_leads(call: SignedCall) -> Result<Answer, ApiError> {
    let campaign = CampaignId(call.path_id("id")?);
    let (leads, return_ids) = read(&call)?;
    let total = leads.len();
    let answers = lead::add(call.services(), &call.caller(), campaign, leads).await?;
    let mut ids = Obj::new();
    for (email, became) in &answers {
        if let (true, AddedLead::Added(lead) | AddedLead::InCampaign(lead)) = (return_ids, became) {
            ids.add(email, *lead);
        }
    }
    let count = |of: fn(&AddedLead) -> bool| answers.iter().filter(|(_, became)| of(became)).count();
    let added = count(|became| matches!(became, AddedLead::Added(_)));
    let skipped = skipped(&answers);
    Ok(Answer::value(
        &success("Leads added to the campaign")
            .with("upload_count", added)
            .with("total_leads", total)
            .with("added_count", added)
            .with("skipped_count", skipped.len())
            .with("skipped_leads", skipped)
            .with("already_added_to_campaign", count(|became| matches!(became, AddedLead::InCampaign(_))))
            .with("duplicate_count", count(|became| *became == AddedLead::Duplicate))
            .with("invalid_email_count", count(|became| *became == AddedLead::InvalidEmail))
            .with("emailToLeadIdMap", ids),
    ))
}

/// The leads that were not added, each with its reason; those of the campaign last.
fn skipped(answers: &[(String, AddedLead)]) -> Vec<Obj> {
    let (mut skipped, mut in_campaign) = (Vec::new(), Vec::new());
    for (email, became) in answers {
        let (list, reason) = match became {
            AddedLead::Added(_) => continue,
            AddedLead::InCampaign(_) => (&mut in_campaign, "already_in_campaign"),
            AddedLead::Duplicate => (&mut skipped, "duplicate"),
            AddedLead::InvalidEmail => (&mut skipped, "invalid_email"),
        };
        list.push(Obj::new().with("email", email).with("reason", reason));
    }
    skipped.append(&mut in_campaign);
    skipped
}

/// The leads of a call, and whether it asks for their ids.
fn read(call: &SignedCall) -> Result<(Vec<LeadFields>, bool), ApiError> {
    let json = call.json()?;
    let mut problems = Problems::default();
    let body = call.object(&json, &mut problems)?;
    let settings = body.object("settings", "settings.", &mut problems);
    let return_ids =
        settings.and_then(|settings| settings.boolean("return_lead_ids", &mut problems)).unwrap_or(false);
    let mut leads = Vec::new();
    match body.get("lead_list") {
        None => {
            problems.required::<()>("lead_list", None);
        }
        Some(Json::Array(list)) => {
            for (place, lead) in list.iter().enumerate() {
                leads.extend(read_lead(place, lead, &mut problems));
            }
        }
        Some(_) => problems.note("lead_list", "lead_list must be an array", Provided::Nothing),
    }
    problems.extend(lead::problems(&leads));
    problems.finish()?;
    Ok((leads, return_ids))
}

fn read_lead(place: usize, lead: &Json<'_>, problems: &mut Problems) -> Option<LeadFields> {
    let Ok(object) = Object::of(lead) else {
        problems.note(&format!("lead_list[{place}]"), "a lead must be an object", Provided::Nothing);
        return None;
    };
    // What is no text is no address.
    let email = match object.get("email") {
        Some(Json::Text(text)) => text.to_string(),
        _ => String::new(),
    };
    let custom_fields = read_custom(place, &object, problems);
    // Their length is the use case's rule.
    let mut text = |key: &str| object.words_or_none(key, usize::MAX, problems);
    Some(LeadFields {
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
    })
}

fn read_custom(place: usize, lead: &Object<'_>, problems: &mut Problems) -> Vec<(String, String)> {
    match lead.get("custom_fields") {
        None => Vec::new(),
        Some(Json::Object(fields)) => fields
            .iter()
            .filter(|(_, value)| *value != Json::Null)
            .map(|(key, value)| (key.to_string(), as_text(value)))
            .collect(),
        Some(_) => {
            let field = format!("lead_list[{place}].custom_fields");
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
    let campaign = CampaignId(call.path_id("id")?);
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
    let page = lead::list(call.services(), &call.caller(), campaign, &asked).await?;
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
    let names = call.names();
    let mut problems = Problems::default();
    let email = call.query().get("email").map(|email| email.trim().to_owned());
    let email = problems.required("email", email);
    problems.finish()?;
    let found = lead::by_email(call.services(), &call.caller(), &email).await?;
    let Some((lead, conversations)) = found else { return Ok(Answer::value(&Obj::new())) };
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
