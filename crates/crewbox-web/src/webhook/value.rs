//! The values that a webhook is made of: events, whose they are, and categories.

use crewbox_app::{FieldError, Given, Refusal};
use crewbox_core::id::CategoryId;
use crewbox_core::webhook::WebhookEvent;
use crewbox_store::Catalog;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};

use crate::problem::Problems;
use crate::schema::{Components, Describe, array, names, text};
use crate::value::{MAX_NAME, Value, count, items, read_text, wire_names};
use crate::wire::{Json, Place};

/// Categories that a webhook names at the most.
const MOST_CATEGORIES: usize = 100;

/// Older names of events in the public sources.
const OLDER: [(&str, WebhookEvent); 5] = [
    ("EMAIL_OPENED", WebhookEvent::EmailOpen),
    ("EMAIL_CLICKED", WebhookEvent::EmailLinkClick),
    ("EMAIL_REPLIED", WebhookEvent::EmailReply),
    ("EMAIL_BOUNCED", WebhookEvent::EmailBounce),
    ("EMAIL_UNSUBSCRIBED", WebhookEvent::LeadUnsubscribed),
];
/// Events of sending campaigns, which never happen here: clients subscribe to all that the reference names.
const NEVER: [&str; 1] = ["MANUAL_STEP_REACHED"];

/// Events by their names. Of a value that is one name, that one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EventNames(pub(super) Vec<WebhookEvent>);

/// Events by their names, each with whether it is subscribed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EventMap(pub(super) Vec<WebhookEvent>);

/// The event of a name; within, none for one that never happens.
fn event(name: &str) -> Option<Option<WebhookEvent>> {
    let older = || OLDER.iter().find(|(older, _)| *older == name).map(|(_, event)| *event);
    match WebhookEvent::from_name(name).or_else(older) {
        Some(event) => Some(Some(event)),
        None => NEVER.contains(&name).then_some(None),
    }
}

fn add(events: &mut Vec<WebhookEvent>, event: Option<WebhookEvent>) {
    events.extend(event.filter(|event| !events.contains(event)));
}

fn known() -> String {
    WebhookEvent::ALL.iter().map(|event| event.name()).collect::<Vec<_>>().join(", ")
}

impl Value for EventNames {
    fn read(value: &Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self> {
        let mut events = Vec::new();
        for item in items(value) {
            let found = if let Json::Text(name) = &item { event(name) } else { None };
            let Some(found) = found else {
                place.wrong(&format!("must be of: {}", known()), &item, problems);
                return None;
            };
            add(&mut events, found);
        }
        Some(Self(events))
    }
}

impl Value for EventMap {
    fn read(value: &Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self> {
        let Json::Object(entries) = value else {
            place.wrong("must be an object such as {\"EMAIL_REPLY\": true}", value, problems);
            return None;
        };
        let prefix = format!("{}.", place.path());
        let (mut events, mut is_wrong) = (Vec::new(), false);
        for (name, on) in entries.iter() {
            let Some(found) = event(&name) else {
                place.wrong(&format!("must have keys of: {}", known()), &Json::Text(name), problems);
                return None;
            };
            let within = Place { prefix: &prefix, key: &name, ..place };
            match bool::read(&on.read(), within, problems) {
                Some(true) => add(&mut events, found),
                Some(false) => {}
                None => is_wrong = true,
            }
        }
        (!is_wrong).then_some(Self(events))
    }
}

impl Describe for EventNames {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        array(names(WebhookEvent::ALL.iter().map(|event| event.name())).into(), None).into()
    }
}

impl Describe for EventMap {
    fn schema(components: &mut Components) -> RefOr<Schema> {
        let mut object = ObjectBuilder::new().schema_type(Type::Object);
        for event in WebhookEvent::ALL {
            object = object.property(event.name(), <bool as Describe>::schema(components));
        }
        let closed = Some(AdditionalProperties::FreeForm(false));
        Schema::Object(object.additional_properties(closed).build()).into()
    }
}

/// Whose events a webhook gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    User,
    Client,
    Campaign,
}

/// As a body has it: by its name, or by the number that older clients send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GivenLevel(pub(super) Level);

wire_names!(Level { User = "user", Client = "client", Campaign = "campaign" });

impl Value for GivenLevel {
    fn read(value: &Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self> {
        let level = match crate::value::whole(value) {
            Some(1) => Some(Level::User),
            Some(2) => Some(Level::Client),
            Some(3) => Some(Level::Campaign),
            _ => Level::read(value, place, problems),
        };
        level.map(Self)
    }
}

impl Describe for GivenLevel {
    fn schema(components: &mut Components) -> RefOr<Schema> {
        Level::schema(components)
    }
}

/// Categories by their names or ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CategoryNames(Vec<String>);

/// Categories by their ids, each with whether it is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CategoryMap(Vec<String>);

impl CategoryNames {
    /// Their ids.
    pub(super) fn ids(&self, names: &Catalog) -> Result<Vec<CategoryId>, Refusal> {
        resolved(&self.0, "categories", names)
    }
}

impl CategoryMap {
    /// Their ids.
    pub(super) fn ids(&self, names: &Catalog) -> Result<Vec<CategoryId>, Refusal> {
        resolved(&self.0, "category_id_map", names)
    }
}

fn resolved(given: &[String], field: &str, names: &Catalog) -> Result<Vec<CategoryId>, Refusal> {
    let mut ids = Vec::new();
    for one in given {
        let named =
            names.categories.iter().find(|category| category.name.to_lowercase() == one.to_lowercase());
        let found = named.or_else(|| names.category(CategoryId(one.parse().ok()?)));
        let Some(found) = found else {
            let error = FieldError::of(field, "must name categories that exist");
            return Err(error.given(Given::Text(one.clone())).into());
        };
        if !ids.contains(&found.id) {
            ids.push(found.id);
        }
    }
    Ok(ids)
}

impl Value for CategoryNames {
    fn read(value: &Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self> {
        if count(value) > MOST_CATEGORIES {
            place.wrong(&format!("array cannot exceed {MOST_CATEGORIES} items"), value, problems);
            return None;
        }
        let read =
            items(value).map(|item| Some(read_text(&item, MAX_NAME, place, problems)?.trim().to_owned()));
        read.collect::<Option<_>>().map(Self)
    }
}

impl Value for CategoryMap {
    fn read(value: &Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self> {
        let Json::Object(entries) = value else {
            place.wrong("must be an object such as {\"1\": true}", value, problems);
            return None;
        };
        if entries.iter().count() > MOST_CATEGORIES {
            place.wrong(&format!("cannot have more than {MOST_CATEGORIES} keys"), value, problems);
            return None;
        }
        let prefix = format!("{}.", place.path());
        let mut ids = Vec::new();
        for (id, on) in entries.iter() {
            if bool::read(&on.read(), Place { prefix: &prefix, key: &id, ..place }, problems)? {
                ids.push(id.trim().to_owned());
            }
        }
        Some(Self(ids))
    }
}

impl Describe for CategoryNames {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        array(text(Some(MAX_NAME)).into(), Some(MOST_CATEGORIES)).into()
    }
}

impl Describe for CategoryMap {
    fn schema(components: &mut Components) -> RefOr<Schema> {
        let values = AdditionalProperties::RefOr(<bool as Describe>::schema(components));
        let object = ObjectBuilder::new().schema_type(Type::Object).additional_properties(Some(values));
        Schema::Object(object.max_properties(Some(MOST_CATEGORIES)).build()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: Value>(json: &str) -> Result<Option<T>, Vec<String>> {
        let value = Json::read(json.as_bytes()).unwrap();
        let mut problems = Problems::default();
        let read = T::read(&value, Place { prefix: "", key: "events", secret: false }, &mut problems);
        problems.finish().map_err(|wrong| wrong.into_iter().map(|one| one.field).collect::<Vec<_>>())?;
        Ok(read)
    }

    #[test]
    fn events_are_read_by_all_names_of_the_public_sources() {
        use WebhookEvent::{EmailLinkClick, EmailOpen, EmailReply};
        let names = r#"["EMAIL_REPLY", "EMAIL_OPENED", "EMAIL_OPEN", "MANUAL_STEP_REACHED"]"#;
        assert_eq!(read(names), Ok(Some(EventNames(vec![EmailReply, EmailOpen]))));
        assert_eq!(read(r#""EMAIL_CLICKED""#), Ok(Some(EventNames(vec![EmailLinkClick]))));
        let map = r#"{"EMAIL_REPLY": true, "EMAIL_OPEN": "1", "EMAIL_SENT": false}"#;
        assert_eq!(read(map), Ok(Some(EventMap(vec![EmailReply, EmailOpen]))));
        assert_eq!(read::<EventMap>(r#"{"EMAIL_REPLY": "x"}"#), Err(vec!["events.EMAIL_REPLY".to_owned()]));
        for wrong in [r#"["EMAIL_EATEN"]"#, "7", r#"[["EMAIL_REPLY"]]"#] {
            assert!(read::<EventNames>(wrong).is_err(), "{wrong}");
        }
        assert!(read::<EventMap>(r#"{"EMAIL_EATEN": true}"#).is_err() && read::<EventMap>("[]").is_err());
    }

    #[test]
    fn a_level_is_a_name_or_its_number() {
        for (json, level) in [("\"user\"", Level::User), ("2", Level::Client), ("\"3\"", Level::Campaign)] {
            assert_eq!(read(json), Ok(Some(GivenLevel(level))));
        }
        assert!(read::<GivenLevel>("4").is_err() && read::<GivenLevel>("\"team\"").is_err());
    }
}
