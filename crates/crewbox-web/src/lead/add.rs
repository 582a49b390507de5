//! Adding leads to a campaign.

use crewbox_app::lead::{self, AddedLead, MAX_LEADS};
use crewbox_core::id::{CampaignId, LeadId};
use crewbox_core::model::LeadFields;
use utoipa::openapi::{RefOr, Schema};

use super::fields::{CustomFields, LeadAddress, LeadText};
use crate::answer::Done;
use crate::call::SignedCall;
use crate::declare::{input, output};
use crate::error::ApiError;
use crate::handler::{Body, Path};
use crate::object::Quoted;
use crate::problem::{Problems, Provided};
use crate::schema::{Components, Describe, array};
use crate::value::{Map, Value, wire_names};
use crate::wire::{Json, Place};

input! {
    /// Leads to add to a campaign.
    pub(crate) struct NewLeads {
        /// The leads. One that is in the campaign, that is earlier in the list, that has no valid address, or that would
        /// have more than 200 custom fields with those of earlier calls is skipped.
        lead_list: LeadList,
        /// What to answer.
        settings: Option<LeadSettings>,
    }
}

input! {
    /// What adding leads answers.
    pub(crate) struct LeadSettings {
        /// Answer the ids of the leads in `lead_ids` and `emailToLeadIdMap`; false unless given.
        return_lead_ids: Option<bool>,
    }
}

input! {
    /// A lead.
    pub(crate) struct NewLead {
        /// Its address.
        email: Option<LeadAddress>,
        /// Its first name.
        first_name: Option<LeadText>,
        /// Its last name.
        last_name: Option<LeadText>,
        /// Its company.
        company_name: Option<LeadText>,
        /// Its phone number.
        phone_number: Option<LeadText>,
        /// Its website.
        website: Option<LeadText>,
        /// Where it is.
        location: Option<LeadText>,
        /// Its LinkedIn profile.
        linkedin_profile: Option<LeadText>,
        /// The website of its company.
        company_url: Option<LeadText>,
        /// Its further fields, by their names; each has at most 10,000 characters, and a name at most 500. Over all calls
        /// a lead has at most 200; of a name given twice the last value counts.
        custom_fields: Option<CustomFields>,
    }
}

output! {
    /// What became of the leads.
    pub(crate) struct LeadsAdded {
        /// Leads that are new in the campaign.
        upload_count: usize,
        /// Leads of the call.
        total_leads: usize,
        /// Leads that are new in the campaign.
        added_count: usize,
        /// Leads that were skipped.
        skipped_count: usize,
        /// The leads that were skipped; those that were in the campaign are last.
        skipped_leads: Vec<SkippedLead>,
        /// Leads that were in the campaign before.
        already_added_to_campaign: usize,
        /// Leads whose address is earlier in the list.
        duplicate_count: usize,
        /// Leads without a valid address.
        invalid_email_count: usize,
        /// Ids of the leads that are in the campaign, by their addresses; empty unless `return_lead_ids` asks for them.
        lead_ids: Map<LeadId>,
        /// The same by what became of the leads, as texts; empty unless `return_lead_ids` asks for them.
        ids as "emailToLeadIdMap": IdsByOutcome,
    }
}

output! {
    /// Ids of leads by their addresses.
    pub(crate) struct IdsByOutcome {
        /// Leads that are new.
        new as "newlyAddedLeads": Map<Quoted>,
        /// Leads that were in the campaign before.
        in_campaign as "existingLeads": Map<Quoted>,
        /// Leads that are new in the campaign, and were in another one.
        in_others as "existingLeadsInOtherCampaigns": Map<Quoted>,
    }
}

output! {
    /// A lead that was skipped.
    pub(crate) struct SkippedLead {
        /// Its address.
        email: String,
        /// Why it was skipped.
        reason: SkipReason,
    }
}

/// Why a lead was skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SkipReason {
    Duplicate,
    InvalidEmail,
    InCampaign,
    TooManyCustomFields,
}

wire_names!(SkipReason {
    Duplicate = "duplicate",
    InvalidEmail = "invalid_email",
    InCampaign = "already_in_campaign",
    TooManyCustomFields = "too_many_custom_fields",
});

/// POST `/campaigns/{id}/leads`.
pub(crate) async fn add(
    call: SignedCall,
    Path(campaign): Path<CampaignId>,
    Body(new): Body<NewLeads>,
) -> Result<Done<LeadsAdded>, ApiError> {
    let with_ids = new.settings.and_then(|settings| settings.return_lead_ids).unwrap_or(false);
    let leads = new.lead_list.0;
    let total_leads = leads.len();
    let outcomes = lead::add(call.services(), &call.caller(), campaign, leads).await?;
    let count = |of: fn(&AddedLead) -> bool| outcomes.iter().filter(|(_, outcome)| of(outcome)).count();
    let added = count(|outcome| matches!(outcome, AddedLead::Added(_) | AddedLead::AddedFromOther(_)));
    let already_added_to_campaign = count(|outcome| matches!(outcome, AddedLead::InCampaign(_)));
    let duplicate_count = count(|outcome| *outcome == AddedLead::Duplicate);
    let invalid_email_count = count(|outcome| *outcome == AddedLead::InvalidEmail);
    let of = |wanted: fn(&AddedLead) -> Option<LeadId>| {
        let found = outcomes.iter().filter_map(|(email, outcome)| Some((email.clone(), wanted(outcome)?)));
        if with_ids { found.collect() } else { Vec::new() }
    };
    let quoted = |found: Vec<(String, LeadId)>| {
        Map(found.into_iter().map(|(email, id)| (email, Quoted(id.get()))).collect())
    };
    let ids = IdsByOutcome {
        new: quoted(of(|outcome| if let AddedLead::Added(id) = outcome { Some(*id) } else { None })),
        in_campaign: quoted(of(
            |outcome| if let AddedLead::InCampaign(id) = outcome { Some(*id) } else { None },
        )),
        in_others: quoted(of(
            |outcome| {
                if let AddedLead::AddedFromOther(id) = outcome { Some(*id) } else { None }
            },
        )),
    };
    let lead_ids = Map(of(lead_of));
    let skipped_leads = skipped(outcomes);
    let more = LeadsAdded {
        upload_count: added,
        total_leads,
        added_count: added,
        skipped_count: skipped_leads.len(),
        skipped_leads,
        already_added_to_campaign,
        duplicate_count,
        invalid_email_count,
        lead_ids,
        ids,
    };
    Ok(Done { message: "Leads added to the campaign", more })
}

/// The lead, if it is in the campaign now.
const fn lead_of(outcome: &AddedLead) -> Option<LeadId> {
    match outcome {
        AddedLead::Added(lead) | AddedLead::AddedFromOther(lead) | AddedLead::InCampaign(lead) => Some(*lead),
        AddedLead::Duplicate | AddedLead::InvalidEmail | AddedLead::TooManyCustomFields(_) => None,
    }
}

/// The leads that were not added, each with its reason; those of the campaign last.
fn skipped(outcomes: Vec<(String, AddedLead)>) -> Vec<SkippedLead> {
    let reasons = outcomes.into_iter().filter_map(|(email, outcome)| {
        let reason = match outcome {
            AddedLead::Added(_) | AddedLead::AddedFromOther(_) => return None,
            AddedLead::InCampaign(_) => SkipReason::InCampaign,
            AddedLead::Duplicate => SkipReason::Duplicate,
            AddedLead::InvalidEmail => SkipReason::InvalidEmail,
            AddedLead::TooManyCustomFields(_) => SkipReason::TooManyCustomFields,
        };
        Some(SkippedLead { email, reason })
    });
    let (in_campaign, mut skipped): (Vec<_>, Vec<_>) =
        reasons.partition(|lead| lead.reason == SkipReason::InCampaign);
    skipped.extend(in_campaign);
    skipped
}

/// The leads of a call: read one by one, then checked together by the use case's rule.
#[derive(Debug)]
pub(crate) struct LeadList(Vec<LeadFields>);

impl Describe for LeadList {
    fn schema(components: &mut Components) -> RefOr<Schema> {
        array(NewLead::schema(components), Some(MAX_LEADS)).into()
    }
}

impl Value for LeadList {
    fn read(value: &Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self> {
        let Json::Array(items) = value else {
            place.note("must be an array", Provided::Nothing, problems);
            return None;
        };
        if let Err(error) = lead::check_count(items.len()) {
            problems.extend([error]);
            return None;
        }
        let leads = items.iter().enumerate().map(|(number, item)| {
            let key = format!("{}[{number}]", place.key);
            // One that cannot be read is noted, and keeps its place as a lead without an address.
            let read = NewLead::read(&item, Place { key: &key, ..place }, problems);
            read.map(LeadFields::from).unwrap_or_default()
        });
        let leads: Vec<LeadFields> = leads.collect();
        problems.extend(lead::problems(&leads));
        Some(Self(leads))
    }
}

impl From<NewLead> for LeadFields {
    fn from(new: NewLead) -> Self {
        let text = |text: Option<LeadText>| text.map(|text| text.0);
        Self {
            email: new.email.map(|email| email.0).unwrap_or_default(),
            first_name: text(new.first_name),
            last_name: text(new.last_name),
            company: text(new.company_name),
            phone: text(new.phone_number),
            website: text(new.website),
            location: text(new.location),
            linkedin_profile: text(new.linkedin_profile),
            company_url: text(new.company_url),
            custom_fields: new.custom_fields.map(|fields| fields.0).unwrap_or_default(),
        }
    }
}
