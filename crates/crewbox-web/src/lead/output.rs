//! A lead as it is answered.

use crewbox_core::id::LeadId;
use crewbox_core::model;

use crate::declare::output;
use crate::value::{Map, Nullable};

output! {
    /// A lead.
    pub(crate) struct Lead {
        /// Its id.
        id: LeadId,
        /// Its address.
        email: String,
        /// Its first name.
        first_name: Nullable<String>,
        /// Its last name.
        last_name: Nullable<String>,
        /// Its phone number.
        phone_number: Nullable<String>,
        /// Its company.
        company_name: Nullable<String>,
        /// Its website.
        website: Nullable<String>,
        /// Where it is.
        location: Nullable<String>,
        /// Its further fields, by their names.
        custom_fields: Map<String>,
        /// Its LinkedIn profile.
        linkedin_profile: Nullable<String>,
        /// The website of its company.
        company_url: Nullable<String>,
        /// Whether it unsubscribed.
        is_unsubscribed: bool,
    }
}

impl Lead {
    pub(super) fn of(lead: model::Lead, is_unsubscribed: bool) -> Self {
        let fields = lead.fields;
        Self {
            id: lead.id,
            email: fields.email,
            first_name: fields.first_name.into(),
            last_name: fields.last_name.into(),
            phone_number: fields.phone.into(),
            company_name: fields.company.into(),
            website: fields.website.into(),
            location: fields.location.into(),
            custom_fields: Map(fields.custom_fields),
            linkedin_profile: fields.linkedin_profile.into(),
            company_url: fields.company_url.into(),
            is_unsubscribed,
        }
    }
}
