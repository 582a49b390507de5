//! What a lead may hold, and adding leads to a campaign.
//!
//! Owns the limits and the sentences about a lead's values, for the API and for imports. How leads are read from JSON or
//! from a table belongs to those.

use std::collections::HashSet;

use crewbox_core::address::EmailAddress;
use crewbox_core::id::{CampaignId, LeadId};
use crewbox_core::lead::TooManyCustomFields;
use crewbox_core::model::LeadFields;
use crewbox_core::permission::Permission;
use crewbox_store::{LeadOutcome, Op, Outcome};

pub use crewbox_core::lead::MAX_CUSTOM_FIELDS;

use crate::caller::Caller;
use crate::refusal::{FieldError, Given, Refusal};
use crate::services::Services;

/// Most leads that are added at once: one transaction, which must not hold up others.
pub const MAX_LEADS: usize = 400;
/// Most characters of a field: far more than a name or an address needs, few enough to show a page of leads.
pub const MAX_FIELD: usize = 10_000;
/// Most characters of the name of a custom field: exports of forms name a column by its whole question.
pub const MAX_FIELD_NAME: usize = 500;
/// Characters of a name that are repeated in an error.
const SHOWN_OF_NAME: usize = 60;

/// Checks the text of a field.
///
/// # Errors
/// What is wrong: the rest of a sentence that begins with the field's name.
pub fn check_field(text: &str) -> Result<(), String> {
    match text.chars().nth(MAX_FIELD) {
        Some(_) => Err(format!("cannot exceed {MAX_FIELD} characters")),
        None => Ok(()),
    }
}

/// Checks the name of a custom field.
///
/// # Errors
/// What is wrong, as a sentence.
pub fn check_field_name(name: &str) -> Result<(), String> {
    match name.chars().nth(MAX_FIELD_NAME) {
        Some(_) => Err(format!(
            "the name of a custom field cannot exceed {MAX_FIELD_NAME} characters: `{}…` is longer",
            shown(name)
        )),
        None => Ok(()),
    }
}

/// As much of a name as an error repeats.
fn shown(name: &str) -> String {
    name.chars().take(SHOWN_OF_NAME).collect()
}

/// What became of a lead that was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddedLead {
    /// It is new in the campaign, and was in no other one.
    Added(LeadId),
    /// It is new in the campaign, and was in another one.
    AddedFromOther(LeadId),
    /// The campaign had it before.
    InCampaign(LeadId),
    /// The same address is earlier in the list.
    Duplicate,
    /// Its address is no e-mail address.
    InvalidEmail,
    /// With those of earlier calls it would have so many custom fields, more than [`MAX_CUSTOM_FIELDS`]. Nothing of it
    /// is kept, and it is not added to the campaign.
    TooManyCustomFields(usize),
}

/// Checks how many leads are given at once.
///
/// # Errors
/// The problem, by the API's names.
pub fn check_count(given: usize) -> Result<(), FieldError> {
    if given <= MAX_LEADS {
        return Ok(());
    }
    let error = FieldError::of("lead_list", format!("cannot exceed {MAX_LEADS} leads per request"));
    Err(error.given(Given::Count { given, most: MAX_LEADS }))
}

impl AddedLead {
    /// Why the lead of this address, in a file of leads, was not added; none if it was.
    #[must_use]
    pub fn not_added(self, email: &str) -> Option<String> {
        Some(match self {
            Self::Added(_) | Self::AddedFromOther(_) => return None,
            Self::InCampaign(_) => format!("`{email}` is in the campaign already"),
            Self::Duplicate => format!("`{email}` is in the file already"),
            Self::InvalidEmail => format!("`{email}` is not an e-mail address"),
            Self::TooManyCustomFields(fields) => format!(
                "with this row `{email}` would have {fields} custom fields, and a lead has at most \
                 {MAX_CUSTOM_FIELDS}: leave out columns"
            ),
        })
    }
}

/// Every wrong value of a list of leads, by the API's names. A lead that is going to be skipped is not looked at further.
#[must_use]
pub fn problems(leads: &[LeadFields]) -> Vec<FieldError> {
    if let Err(error) = check_count(leads.len()) {
        return vec![error];
    }
    let judged = leads.iter().zip(judge(leads)).enumerate();
    let sound = judged.filter(|(_, (_, judged))| judged.skipped.is_none());
    sound.flat_map(|(place, (lead, _))| problems_of(&format!("lead_list[{place}]."), lead)).collect()
}

/// Every wrong value of one lead, by the API's names after this path.
pub(super) fn problems_of(path: &str, lead: &LeadFields) -> Vec<FieldError> {
    let fields = [
        ("first_name", &lead.first_name),
        ("last_name", &lead.last_name),
        ("company_name", &lead.company),
        ("phone_number", &lead.phone),
        ("website", &lead.website),
        ("location", &lead.location),
        ("linkedin_profile", &lead.linkedin_profile),
        ("company_url", &lead.company_url),
    ];
    let own =
        fields.into_iter().filter_map(|(name, text)| Some((name, check_field(text.as_deref()?).err()?)));
    let own = own.map(|(name, rest)| FieldError::of(format!("{path}{name}"), rest));
    let custom = lead.custom_fields.iter().flat_map(|(name, text)| {
        let field = || format!("{path}custom_fields.{}", shown(name));
        let text = check_field(text).err().map(|rest| FieldError::of(field(), rest));
        let name = check_field_name(name).err().map(|sentence| FieldError::says(field(), sentence));
        name.into_iter().chain(text)
    });
    let mut errors: Vec<FieldError> = own.chain(custom).collect();
    let given = lead.custom_fields.len();
    if given > MAX_CUSTOM_FIELDS {
        let sentence = format!("custom_fields cannot exceed {MAX_CUSTOM_FIELDS} fields");
        let error = FieldError::says(format!("{path}custom_fields"), sentence);
        errors.push(error.given(Given::Count { given, most: MAX_CUSTOM_FIELDS }));
    }
    errors
}

/// What is known of a lead before the store is asked.
struct Judged {
    /// Its address as it is kept; a text that is no address in lower case.
    email: String,
    /// Why it is skipped.
    skipped: Option<AddedLead>,
}

fn judge(leads: &[LeadFields]) -> Vec<Judged> {
    let mut seen = HashSet::new();
    let judged = leads.iter().map(|lead| match EmailAddress::parse(lead.email.trim()) {
        Ok(address) => {
            let is_first = seen.insert(address.key());
            let skipped = (!is_first).then_some(AddedLead::Duplicate);
            Judged { email: address.as_str().to_owned(), skipped }
        }
        Err(_) => Judged { email: lead.email.trim().to_lowercase(), skipped: Some(AddedLead::InvalidEmail) },
    });
    judged.collect()
}

/// Adds leads to a campaign; for each that was given, in order, its address as it is kept and what became of it.
///
/// # Errors
/// [`Refusal::NotFound`] for a campaign that the caller does not see; [`Refusal::Invalid`] with all [`problems`]; the
/// store's. Then none is added.
pub async fn add(
    services: &Services,
    caller: &Caller,
    campaign: CampaignId,
    leads: Vec<LeadFields>,
) -> Result<Vec<(String, AddedLead)>, Refusal> {
    caller.require(Permission::AddLeads)?;
    let campaign = caller.campaign(campaign)?.id;
    let problems = problems(&leads);
    if !problems.is_empty() {
        return Err(Refusal::Invalid(problems));
    }
    let judged = judge(&leads);
    let sound = leads.into_iter().zip(&judged).filter(|(_, judged)| judged.skipped.is_none());
    let sound: Vec<LeadFields> =
        sound.map(|(lead, judged)| LeadFields { email: judged.email.clone(), ..lead }).collect();
    let outcomes = if sound.is_empty() {
        Vec::new()
    } else {
        match caller.commit_one(services, Op::AddLeads { campaign, leads: sound }).await? {
            Outcome::Leads(outcomes) => outcomes,
            other => return Err(Refusal::Internal(format!("adding leads gave {other:?}"))),
        }
    };
    let mut outcomes = outcomes.into_iter();
    let answers = judged.into_iter().map(|judged| {
        let of_store = |outcome: Result<LeadOutcome, TooManyCustomFields>| match outcome {
            Ok(LeadOutcome { lead, added: true, new_lead: true, .. }) => AddedLead::Added(lead),
            Ok(LeadOutcome { lead, added: true, new_lead: false, .. }) => AddedLead::AddedFromOther(lead),
            Ok(LeadOutcome { lead, added: false, .. }) => AddedLead::InCampaign(lead),
            Err(TooManyCustomFields { fields }) => AddedLead::TooManyCustomFields(fields),
        };
        let became = judged.skipped.or_else(|| outcomes.next().map(of_store));
        let became = became.ok_or_else(|| Refusal::Internal("a lead has no outcome".to_owned()))?;
        Ok((judged.email, became))
    });
    answers.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lead(email: &str) -> LeadFields {
        LeadFields { email: email.to_owned(), ..LeadFields::default() }
    }

    #[test]
    fn all_wrong_values_are_reported_and_those_of_skipped_leads_are_not() {
        let long = || Some("x".repeat(MAX_FIELD + 1));
        let mut wide = lead("c@x.example");
        wide.custom_fields = (0..=MAX_CUSTOM_FIELDS).map(|n| (n.to_string(), String::new())).collect();
        let name = "n".repeat(MAX_FIELD_NAME + 1);
        let leads = [
            LeadFields { first_name: long(), ..lead("lead@localhost") },
            LeadFields { company: long(), ..lead("a@x.example") },
            LeadFields { company: long(), ..lead("A@X.example") },
            LeadFields { custom_fields: vec![("note".to_owned(), long().unwrap())], ..lead("b@x.example") },
            wide,
            LeadFields { custom_fields: vec![(name.clone(), "x".to_owned())], ..lead("d@x.example") },
        ];
        let fields: Vec<String> = problems(&leads).into_iter().map(|error| error.field).collect();
        assert_eq!(
            fields,
            [
                "lead_list[1].company_name",
                "lead_list[3].custom_fields.note",
                "lead_list[4].custom_fields",
                &format!("lead_list[5].custom_fields.{}", &name[..SHOWN_OF_NAME])
            ]
        );
    }

    #[test]
    fn a_field_and_a_list_may_be_as_long_as_their_limits() {
        assert_eq!(check_field(&"é".repeat(MAX_FIELD)), Ok(()));
        assert!(check_field(&"é".repeat(MAX_FIELD + 1)).is_err());
        assert_eq!(check_field_name(&"é".repeat(MAX_FIELD_NAME)), Ok(()));
        assert!(check_field_name(&"é".repeat(MAX_FIELD_NAME + 1)).is_err());
        let leads: Vec<LeadFields> = (0..=MAX_LEADS).map(|n| lead(&format!("l{n}@x.example"))).collect();
        assert_eq!(problems(&leads[1..]), []);
        assert_eq!(problems(&leads).len(), 1);
    }

    #[test]
    fn an_address_is_judged_once_in_any_of_its_spellings() {
        let leads = ["a@gmail.com", " A@googlemail.com", "lead@localhost", ""].map(lead);
        let judged: Vec<_> = judge(&leads).into_iter().map(|judged| judged.skipped).collect();
        let invalid = Some(AddedLead::InvalidEmail);
        assert_eq!(judged, [None, Some(AddedLead::Duplicate), invalid, invalid]);
    }
}
