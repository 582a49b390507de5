//! Templates: texts that members keep under a name, with fields that the lead and the writer fill.
//!
//! A field is `{{first_name}}`, or `{{first_name|there}}` with words that stand in where the lead has none. Owns what a field
//! is, what fills it, and which fields of a text nobody has filled. Other braces are text.

use crate::id::{ClientId, MemberId, TemplateId};
use crate::model::LeadFields;
use crate::time::Timestamp;

/// A template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Its id.
    pub id: TemplateId,
    /// Who wrote it; none for the operator.
    pub author: Option<MemberId>,
    /// The client whose own members may see it; none for the team only.
    pub client: Option<ClientId>,
    /// Its name.
    pub name: String,
    /// Its text, as it was typed.
    pub text: String,
    /// Whether others see it, too.
    pub shared: bool,
    /// When it was written.
    pub created_at: Timestamp,
}

impl Template {
    /// Whether a member sees it: their own, and those that are shared. Who is restricted to a client sees those for this
    /// client, because the text of another one may tell of other clients.
    #[must_use]
    pub fn is_seen_by(&self, member: Option<MemberId>, restriction: Option<ClientId>) -> bool {
        (restriction.is_none() || restriction == self.client) && (self.shared || self.author == member)
    }
}

/// The fields that every account has, with what each is; a lead's further columns are fields by their names.
pub const FIELDS: [(&str, &str); 11] = [
    ("first_name", "the lead's first name"),
    ("last_name", "the lead's last name"),
    ("name", "the lead's first and last name"),
    ("email", "the lead's address"),
    ("company", "the lead's company"),
    ("phone", "the lead's phone number"),
    ("website", "the lead's web site"),
    ("location", "where the lead is"),
    ("linkedin_profile", "the lead's LinkedIn profile"),
    ("my_name", "your name"),
    ("my_first_name", "your first name"),
];

/// Characters of a field with its fallback: more is a text that happens to be in braces.
const MAX_FIELD: usize = 200;

/// A text with its fields filled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    /// The text. A field that nothing fills is in it as it was.
    pub text: String,
    /// The fields that nothing fills, as they are in the text, each once.
    pub missing: Vec<String>,
}

/// Fills the fields of a text, for this lead and a writer of this name.
#[must_use]
pub fn fill(text: &str, lead: &LeadFields, writer: &str) -> Filled {
    let mut filled = Filled::default();
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => filled.text.push_str(text),
            Piece::Field { whole, name, fallback } => {
                match value(name, lead, writer).or_else(|| fallback.map(str::to_owned)) {
                    Some(value) => filled.text.push_str(&value),
                    None => {
                        filled.text.push_str(whole);
                        if !filled.missing.iter().any(|known| known == whole) {
                            filled.missing.push(whole.to_owned());
                        }
                    }
                }
            }
        }
    }
    filled
}

/// The first field of a text that nobody has filled.
#[must_use]
pub fn unfilled(text: &str) -> Option<&str> {
    pieces(text).find_map(|piece| match piece {
        Piece::Field { whole, .. } => Some(whole),
        Piece::Text(_) => None,
    })
}

enum Piece<'a> {
    Text(&'a str),
    Field { whole: &'a str, name: &'a str, fallback: Option<&'a str> },
}

/// A text, cut around its fields.
fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let Some(begin) = rest.find("{{") else { return Some(Piece::Text(std::mem::take(&mut rest))) };
        if begin > 0 {
            let (before, field) = rest.split_at(begin);
            rest = field;
            return Some(Piece::Text(before));
        }
        if let Some((field, after)) = field(rest) {
            rest = after;
            return Some(field);
        }
        // Two braces that begin no field.
        let (brace, after) = rest.split_at(1);
        rest = after;
        Some(Piece::Text(brace))
    })
}

/// The field that a text begins with, and what follows it.
fn field(text: &str) -> Option<(Piece<'_>, &str)> {
    let inner = text.strip_prefix("{{")?;
    let end = inner.find("}}").filter(|end| *end <= MAX_FIELD)?;
    let (whole, after) = text.split_at(2 + end + 2);
    let (name, fallback) = match inner[..end].split_once('|') {
        Some((name, fallback)) => (name.trim(), Some(fallback.trim()).filter(|words| !words.is_empty())),
        None => (inner[..end].trim(), None),
    };
    let is_name = |letter: char| letter.is_alphanumeric() || matches!(letter, ' ' | '_' | '-' | '.');
    let is_field = !name.is_empty() && name.chars().all(is_name) && !inner[..end].contains(['\n', '{', '<']);
    is_field.then_some((Piece::Field { whole, name, fallback }, after))
}

/// What fills a field.
fn value(name: &str, lead: &LeadFields, writer: &str) -> Option<String> {
    let wanted = key(name);
    let both = || {
        let names = [&lead.first_name, &lead.last_name].into_iter().flatten();
        let names: Vec<&str> = names.map(|name| name.trim()).filter(|name| !name.is_empty()).collect();
        names.join(" ")
    };
    let held = |held: &Option<String>| held.clone().unwrap_or_default();
    let found = match wanted.as_str() {
        "first_name" => held(&lead.first_name),
        "last_name" => held(&lead.last_name),
        "name" | "full_name" => both(),
        "email" => lead.email.clone(),
        "company" | "company_name" => held(&lead.company),
        "phone" | "phone_number" => held(&lead.phone),
        "website" => held(&lead.website),
        "location" => held(&lead.location),
        "linkedin_profile" => held(&lead.linkedin_profile),
        "company_url" => held(&lead.company_url),
        "my_name" => writer.to_owned(),
        "my_first_name" => writer.split_whitespace().next().unwrap_or_default().to_owned(),
        _ => lead
            .custom_fields
            .iter()
            .find(|(known, _)| key(known) == wanted)
            .map(|(_, value)| value.clone())
            .unwrap_or_default(),
    };
    // A field is part of a line, and a value that looks like a field must not be taken for one.
    let found = found.split_whitespace().collect::<Vec<_>>().join(" ").replace("{{", "{ {");
    (!found.is_empty()).then_some(found)
}

/// The form in which names of fields are compared: `First name` is `first_name`.
fn key(name: &str) -> String {
    name.trim().to_lowercase().replace([' ', '-'], "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lead() -> LeadFields {
        LeadFields {
            email: "ada@lead.test".to_owned(),
            first_name: Some(" Ada\n".to_owned()),
            company: Some(String::new()),
            custom_fields: vec![("Job title".to_owned(), "{{phone}} & <b>".to_owned())],
            ..LeadFields::default()
        }
    }

    #[test]
    fn fields_are_filled_by_the_lead_its_columns_and_the_writer() {
        for (text, filled) in [
            ("Hi {{first_name}},", "Hi Ada,"),
            ("{{ First Name }}/{{FIRST-NAME}}/{{name}}", "Ada/Ada/Ada"),
            ("{{job_title}}", "{ {phone}} & <b>"),
            ("{{company|your company}} {{company | }}", "your company {{company | }}"),
            ("{{first_name|there}}", "Ada"),
            ("{{my_name}} ({{my_first_name}})", "Bo Lind (Bo)"),
            ("{ {x}} {{}} {{a{{first_name}} {{a\nb}} {{x<y}} {{", "{ {x}} {{}} {{aAda {{a\nb}} {{x<y}} {{"),
        ] {
            assert_eq!(fill(text, &lead(), "Bo Lind").text, filled, "{text}");
        }
        assert_eq!(fill("", &lead(), "Bo"), Filled::default());
        assert_eq!(fill("{{my_name}}", &lead(), "").missing, ["{{my_name}}"]);
    }

    #[test]
    fn every_listed_field_is_known() {
        let all = |value: &str| Some(value.to_owned());
        let lead = LeadFields {
            email: "a@x.test".to_owned(),
            first_name: all("a"),
            last_name: all("b"),
            company: all("c"),
            phone: all("d"),
            website: all("e"),
            location: all("f"),
            linkedin_profile: all("g"),
            company_url: all("h"),
            custom_fields: Vec::new(),
        };
        for (name, _) in FIELDS {
            assert_eq!(
                fill(&format!("{{{{{name}}}}}"), &lead, "Bo Lind").missing,
                Vec::<String>::new(),
                "{name}"
            );
        }
    }

    #[test]
    fn what_nothing_fills_stays_and_is_named_once() {
        let filled = fill("{{phone}} {{first_name}} {{phone}} {{no such}}", &lead(), "Bo");
        assert_eq!(filled.text, "{{phone}} Ada {{phone}} {{no such}}");
        assert_eq!(filled.missing, ["{{phone}}", "{{no such}}"]);
        assert_eq!(unfilled(&filled.text), Some("{{phone}}"));
        assert_eq!(unfilled("<p>{{company|your company}}</p>"), Some("{{company|your company}}"));
        assert_eq!(unfilled("No {{}} field {a} {{ }}"), None);
    }

    #[test]
    fn a_template_is_seen_by_its_author_and_a_shared_one_by_those_who_may_know_of_it() {
        let template = |client, shared| Template {
            id: TemplateId(1),
            author: Some(MemberId(1)),
            client,
            name: "Prices".to_owned(),
            text: String::new(),
            shared,
            created_at: Timestamp(0),
        };
        let (ann, bo, north, south) =
            (Some(MemberId(1)), Some(MemberId(2)), Some(ClientId(1)), Some(ClientId(2)));
        for shared in [false, true] {
            let (teams, norths) = (template(None, shared), template(north, shared));
            assert!(teams.is_seen_by(ann, None) && norths.is_seen_by(ann, north));
            assert!(!teams.is_seen_by(ann, north) && !norths.is_seen_by(ann, south));
            assert_eq!([teams.is_seen_by(bo, None), norths.is_seen_by(bo, north)], [shared; 2]);
            assert!(!teams.is_seen_by(bo, north) && !norths.is_seen_by(bo, south));
        }
    }
}
