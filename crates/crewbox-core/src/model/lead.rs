//! A lead, and how its fields are filled from what is learned later.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use serde::{Deserialize, Serialize};

use crate::id::{ClientId, LeadId};
use crate::time::Timestamp;

/// A person written to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadFields {
    /// Address, lower case, unique among the leads of its client.
    pub email: String,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// Company.
    pub company: Option<String>,
    /// Phone number as given.
    pub phone: Option<String>,
    /// Web site.
    pub website: Option<String>,
    /// Place.
    pub location: Option<String>,
    /// LinkedIn profile.
    pub linkedin_profile: Option<String>,
    /// Company URL.
    pub company_url: Option<String>,
    /// Any further columns, as given, in their order.
    pub custom_fields: Vec<(String, String)>,
}

impl LeadFields {
    /// Bytes of all its texts.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let own = [
            &self.first_name,
            &self.last_name,
            &self.company,
            &self.phone,
            &self.website,
            &self.location,
            &self.linkedin_profile,
            &self.company_url,
        ];
        let own = own.into_iter().flatten().map(String::len);
        let custom = self.custom_fields.iter().map(|(name, value)| name.len() + value.len());
        self.email.len() + own.chain(custom).sum::<usize>()
    }

    /// These fields, with those that are empty taken from `new`; what is there stays.
    #[must_use]
    pub fn filled_from(&self, new: &Self) -> Self {
        let either = |held: &Option<String>, new: &Option<String>| {
            let given = |value: &&String| !value.is_empty();
            held.as_ref().filter(given).or(new.as_ref().filter(given)).or(held.as_ref()).cloned()
        };
        Self {
            email: self.email.clone(),
            first_name: either(&self.first_name, &new.first_name),
            last_name: either(&self.last_name, &new.last_name),
            company: either(&self.company, &new.company),
            phone: either(&self.phone, &new.phone),
            website: either(&self.website, &new.website),
            location: either(&self.location, &new.location),
            linkedin_profile: either(&self.linkedin_profile, &new.linkedin_profile),
            company_url: either(&self.company_url, &new.company_url),
            custom_fields: filled_custom_fields(&self.custom_fields, &new.custom_fields),
        }
    }
}

/// By a map of the names, since comparing each name with all others takes milliseconds where both have hundreds.
fn filled_custom_fields(held: &[(String, String)], new: &[(String, String)]) -> Vec<(String, String)> {
    let mut filled = held.to_vec();
    let mut places: HashMap<&str, usize> =
        held.iter().enumerate().map(|(place, (name, _))| (name.as_str(), place)).collect();
    for (name, value) in new {
        match places.entry(name) {
            Entry::Occupied(place) => {
                let (_, held) = &mut filled[*place.get()];
                if held.is_empty() {
                    held.clone_from(value);
                }
            }
            Entry::Vacant(place) => {
                place.insert(filled.len());
                filled.push((name.clone(), value.clone()));
            }
        }
    }
    filled
}

/// A lead: a person that one client, or the team itself, writes to. What another client knows of the same address is
/// another lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lead {
    /// Its id.
    pub id: LeadId,
    /// Whose it is: the client of all campaigns that it is in. None is the team's own.
    pub client: Option<ClientId>,
    /// Its fields.
    pub fields: LeadFields,
    /// When it was first added.
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_empty_fields_are_filled() {
        let text = |text: &str| Some(text.to_owned());
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let held = LeadFields {
            first_name: text("Ada"),
            company: text(""),
            custom_fields: vec![pair("a", "1"), pair("b", "")],
            ..LeadFields::default()
        };
        let new = LeadFields {
            first_name: text("Other"),
            company: text("Engines"),
            phone: text(""),
            custom_fields: vec![pair("a", "9"), pair("b", "2"), pair("c", "3")],
            ..LeadFields::default()
        };
        assert_eq!((held.bytes(), LeadFields::default().bytes()), (6, 0));
        let after = held.filled_from(&new);
        assert_eq!(after.first_name, text("Ada"));
        assert_eq!(after.company, text("Engines"));
        assert_eq!(after.phone, None);
        assert_eq!(after.custom_fields, vec![pair("a", "1"), pair("b", "2"), pair("c", "3")]);
        assert_eq!(after.filled_from(&new), after, "a second time changes nothing");
    }
}
