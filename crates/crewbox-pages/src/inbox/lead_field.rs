//! The fields of a lead, as pages show and change them.

use crewbox_core::model::LeadFields;

/// A field of a lead.
pub(super) struct Field {
    /// Its name in forms, which is the API's.
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) read: fn(&LeadFields) -> &str,
    pub(super) write: fn(&mut LeadFields, String),
}

const fn field(
    name: &'static str,
    label: &'static str,
    read: fn(&LeadFields) -> &str,
    write: fn(&mut LeadFields, String),
) -> Field {
    Field { name, label, read, write }
}

/// The fields that every lead has, in the order in which they are shown.
#[rustfmt::skip]
pub(super) static FIELDS: [Field; 8] = [
    field("first_name", "First name", |lead| or_empty(&lead.first_name), |lead, text| lead.first_name = Some(text)),
    field("last_name", "Last name", |lead| or_empty(&lead.last_name), |lead, text| lead.last_name = Some(text)),
    field("company_name", "Company", |lead| or_empty(&lead.company), |lead, text| lead.company = Some(text)),
    field("email", "E-mail", |lead| &lead.email, |lead, text| lead.email = text),
    field("phone_number", "Phone", |lead| or_empty(&lead.phone), |lead, text| lead.phone = Some(text)),
    field("website", "Website", |lead| or_empty(&lead.website), |lead, text| lead.website = Some(text)),
    field("location", "Location", |lead| or_empty(&lead.location), |lead, text| lead.location = Some(text)),
    field("linkedin_profile", "LinkedIn", |lead| or_empty(&lead.linkedin_profile), |lead, text| lead.linkedin_profile = Some(text)),
];

/// The value of a field that may be missing.
fn or_empty(value: &Option<String>) -> &str {
    value.as_deref().unwrap_or_default()
}

/// The field of a lead with this name, as it is changed.
pub(super) fn changed(name: &str, value: String) -> Option<LeadFields> {
    let mut fields = LeadFields::default();
    match name.strip_prefix("custom:") {
        Some(custom) => fields.custom_fields.push((custom.to_owned(), value)),
        None => (FIELDS.iter().find(|field| field.name == name)?.write)(&mut fields, value),
    }
    Some(fields)
}
