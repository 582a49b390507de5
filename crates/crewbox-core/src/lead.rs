//! Leads of the account's clients: one for each client and address.
//!
//! Owns how several leads of one address are shown as one, which fields the sender of a mail has as a lead, and how many
//! custom fields a lead may have. What else a lead may hold and when it is added are use cases.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::message::Address;
use crate::model::{Lead, LeadFields};

/// Most custom fields of a lead, whatever the number of calls that add them: as many as the widest exports have columns.
/// Each is shown with the lead, so that this bounds a page of leads.
pub const MAX_CUSTOM_FIELDS: usize = 200;

/// A lead would have more than [`MAX_CUSTOM_FIELDS`] custom fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TooManyCustomFields {
    /// How many it would have.
    pub fields: usize,
}

/// The fields of a lead that is added: those given where it is new, else those held, filled from those given. A lead that
/// has too many custom fields already (from before the limit) can still be added where nothing is added to them.
///
/// # Errors
/// When it would have too many custom fields. Then the lead must stay as it is.
pub fn added<'a>(
    held: Option<&LeadFields>,
    given: &'a LeadFields,
) -> Result<Cow<'a, LeadFields>, TooManyCustomFields> {
    let before = held.map_or(0, |held| held.custom_fields.len());
    let after = held.map_or(Cow::Borrowed(given), |held| Cow::Owned(held.filled_from(given)));
    let fields = after.custom_fields.len();
    if fields > MAX_CUSTOM_FIELDS && fields > before {
        return Err(TooManyCustomFields { fields });
    }
    Ok(after)
}

/// The fields of a lead that is changed: those given in place of those held. Empty ones stay, and custom fields are merged
/// by their names.
///
/// # Errors
/// As [`added`].
pub fn changed(held: &LeadFields, given: &LeadFields) -> Result<LeadFields, TooManyCustomFields> {
    let filled = given.filled_from(held);
    // In the order in which they were held, then the new ones.
    let mut custom_fields = held.custom_fields.clone();
    for (name, value) in &mut custom_fields {
        if let Some((_, new)) = given.custom_fields.iter().find(|(given, _)| given == name) {
            value.clone_from(new);
        }
    }
    let new = given
        .custom_fields
        .iter()
        .filter(|(name, _)| !held.custom_fields.iter().any(|(held, _)| held == name));
    custom_fields.extend(new.cloned());
    let fields = custom_fields.len();
    if fields > MAX_CUSTOM_FIELDS && fields > held.custom_fields.len() {
        return Err(TooManyCustomFields { fields });
    }
    let email = if given.email.is_empty() { &held.email } else { &given.email };
    Ok(LeadFields { email: email.clone(), custom_fields, ..filled })
}

/// Shows the leads of one address as one, to callers who see the whole account. The team's own lead wins (the one of no
/// client), else the one that was added first: the result has its id and its fields. Fields that are empty there are
/// taken from the others, oldest first. It was created when the first of them was. None without leads.
#[must_use]
pub fn shown_as_one(mut leads: Vec<Lead>) -> Option<Lead> {
    leads.sort_by_key(|lead| (lead.client.is_some(), lead.created_at, lead.id));
    let created_at = leads.iter().map(|lead| lead.created_at).min()?;
    let fill = |one: Lead, next: Lead| Lead { fields: one.fields.filled_from(&next.fields), ..one };
    let one = leads.into_iter().reduce(fill)?;
    Some(Lead { created_at, ..one })
}

/// A mail's sender as a lead: the last word of the name is the family name. None where the address has nothing before
/// or after its `@`, as daemons' have.
#[must_use]
pub fn of_sender(sender: &Address) -> Option<LeadFields> {
    let (local, domain) = sender.email.split_once('@')?;
    if local.is_empty() || domain.is_empty() {
        return None;
    }
    let name = sender.name.trim();
    let (first_name, last_name) = match name.rsplit_once(' ') {
        Some((first, last)) => (Some(first.trim().to_owned()), Some(last.to_owned())),
        None => (Some(name.to_owned()).filter(|name| !name.is_empty()), None),
    };
    Some(LeadFields { email: sender.email.clone(), first_name, last_name, ..LeadFields::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{ClientId, LeadId};
    use crate::time::Timestamp;

    fn lead(id: u64, client: Option<u64>, first: Option<&str>, company: Option<&str>, created: i64) -> Lead {
        let text = |text: Option<&str>| text.map(str::to_owned);
        Lead {
            id: LeadId(id),
            client: client.map(ClientId),
            fields: LeadFields {
                email: "lea@lead.test".to_owned(),
                first_name: text(first),
                company: text(company),
                ..LeadFields::default()
            },
            created_at: Timestamp(created),
        }
    }

    #[test]
    fn the_teams_own_lead_wins_then_the_oldest_and_empty_fields_are_filled() {
        let leads = [
            lead(3, Some(1), Some("One"), Some("Of one"), 10),
            lead(4, Some(2), Some("Two"), Some("Of two"), 5),
            lead(9, None, Some("Own"), None, 20),
        ];
        let one = shown_as_one(leads.to_vec()).unwrap();
        assert_eq!((one.id, one.client, one.created_at), (LeadId(9), None, Timestamp(5)));
        assert_eq!(one.fields.first_name.as_deref(), Some("Own"));
        assert_eq!(one.fields.company.as_deref(), Some("Of two"), "the oldest of the others");

        let one = shown_as_one(leads[..2].to_vec()).unwrap();
        assert_eq!((one.id, one.fields.first_name.as_deref()), (LeadId(4), Some("Two")));
        assert_eq!(shown_as_one(vec![leads[0].clone()]), Some(leads[0].clone()));
        assert_eq!(shown_as_one(Vec::new()), None);
    }

    #[test]
    fn custom_fields_are_counted_over_all_calls() {
        let with = |names: std::ops::Range<usize>| {
            let custom_fields = names.map(|name| (name.to_string(), "x".to_owned())).collect();
            LeadFields { custom_fields, ..LeadFields::default() }
        };
        let names = |after: Cow<'_, LeadFields>| after.custom_fields.len();
        assert_eq!(added(None, &with(0..200)).map(names), Ok(200));
        assert_eq!(added(None, &with(0..201)), Err(TooManyCustomFields { fields: 201 }));
        assert_eq!(added(Some(&with(0..150)), &with(50..200)).map(names), Ok(200));
        assert_eq!(added(Some(&with(0..150)), &with(150..300)), Err(TooManyCustomFields { fields: 300 }));
        assert_eq!(added(Some(&with(0..250)), &with(10..20)).map(names), Ok(250), "from before the limit");
        assert_eq!(added(Some(&with(0..250)), &with(249..251)), Err(TooManyCustomFields { fields: 251 }));
    }

    #[test]
    fn given_fields_replace_held_ones_and_custom_fields_are_merged() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let held = LeadFields {
            email: "lea@lead.test".to_owned(),
            first_name: Some("Lea".to_owned()),
            company: Some("Engines".to_owned()),
            custom_fields: vec![pair("a", "1"), pair("b", "2")],
            ..LeadFields::default()
        };
        let given = LeadFields {
            first_name: Some("Leah".to_owned()),
            custom_fields: vec![pair("c", "3"), pair("a", "9")],
            ..LeadFields::default()
        };
        let after = changed(&held, &given).unwrap();
        assert_eq!((after.email.as_str(), after.first_name.as_deref()), ("lea@lead.test", Some("Leah")));
        assert_eq!(after.company.as_deref(), Some("Engines"));
        assert_eq!(after.custom_fields, [pair("a", "9"), pair("b", "2"), pair("c", "3")]);
        assert_eq!(changed(&after, &given).as_ref(), Ok(&after), "a second time changes nothing");
        let many = (0..200).map(|name| (name.to_string(), String::new())).collect();
        let too_many = LeadFields { custom_fields: many, ..LeadFields::default() };
        assert_eq!(changed(&held, &too_many), Err(TooManyCustomFields { fields: 202 }));
    }

    #[test]
    fn a_sender_becomes_a_lead_by_address_and_name() {
        for (name, first, last) in [
            ("Ada King Lovelace", Some("Ada King"), Some("Lovelace")),
            (" Ada ", Some("Ada"), None),
            ("  ", None, None),
        ] {
            let sender = Address { name: name.to_owned(), email: "ada@engines.test".to_owned() };
            let fields = of_sender(&sender).unwrap();
            assert_eq!(
                (fields.first_name.as_deref(), fields.last_name.as_deref()),
                (first, last),
                "{name:?}"
            );
            assert_eq!(fields.email, sender.email);
        }
        for email in ["", "daemon", "@engines.test", "ada@"] {
            assert_eq!(
                of_sender(&Address { name: "Ada".to_owned(), email: email.to_owned() }),
                None,
                "{email}"
            );
        }
    }
}
