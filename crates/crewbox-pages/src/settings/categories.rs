//! The lead categories: what each means, how many conversations have it, and making one.
//!
//! Owns how the kinds of categories are called on pages.

use askama::Template;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use crewbox_app::conversation::ListFilter;
use crewbox_app::mailbox::MAX_NAME;
use crewbox_app::{FieldError, Refusal, catalog};
use crewbox_core::filter::CategoryFilter;
use crewbox_core::id::CategoryId;
use crewbox_core::model::{SYSTEM_CATEGORIES, Sentiment};
use crewbox_core::permission::Permission;

use super::conversations::Conversations;
use super::edited_row::{both, one_line};
use super::field::Fields;
use super::sent_form::SentForm;
use super::shell::{CATEGORIES_PATH as PATH, Shell, page, sender, visitor};
use crate::app::Pages;
use crate::error::{PageError, explain};
use crate::form::Form;
use crate::guard::Visitor;
use crate::inbox::hue;
use crate::policy;

/// What a reply of a category means, as a form names it and as people see it.
const KINDS: [(&str, &str, Sentiment); 3] = [
    ("positive", "Positive", Sentiment::Positive),
    ("neutral", "Neutral", Sentiment::Neutral),
    ("negative", "Negative", Sentiment::Negative),
];
/// What is chosen in the form of a new category.
const USUAL_KIND: &str = "neutral";

#[derive(Template)]
#[template(path = "settings/categories.html")]
struct CategoriesPage {
    shell: Shell,
    fields: Fields,
    /// Those of the team.
    own: Vec<CategoryPart>,
    /// Those that every account has.
    built_in: Vec<CategoryPart>,
}

struct CategoryPart {
    id: u64,
    name: String,
    hue: &'static str,
    kind: &'static str,
    conversations: Conversations,
}

impl CategoriesPage {
    /// Each kind: its value, its label, and whether it is chosen.
    fn kinds(&self) -> Vec<(&'static str, &'static str, bool)> {
        let chosen = if self.fields.is_refused() { self.fields.value("kind") } else { USUAL_KIND };
        KINDS.iter().map(|(value, label, _)| (*value, *label, *value == chosen)).collect()
    }

    /// Whether the form of a new category is shown.
    fn is_open(&self) -> bool {
        self.own.is_empty() || self.fields.is_refused()
    }
}

/// GET `/settings/categories`.
pub(crate) async fn show(pages: &Pages, request: Request<Body>) -> Result<Response<Body>, PageError> {
    let (visitor, _) = visitor(pages, request).await?;
    made(pages, &visitor, Fields::default(), StatusCode::OK).await
}

/// POST `/settings/categories`: makes a category.
pub(crate) async fn add(pages: &Pages, request: Request<Body>) -> Result<Response<Body>, PageError> {
    let (visitor, _, form) = sender(pages, request).await?;
    visitor.caller.require(Permission::ManageCategories)?;
    let sent = SentForm::of(pages, &visitor, PATH, &form);
    if let Some(to) = sent.answer(pages) {
        return Ok(policy::go_to(&to));
    }
    match make(pages, &visitor, &form).await {
        Ok(id) => {
            let to = format!("{PATH}#category-{id}");
            sent.keep(pages, &to);
            Ok(policy::go_to(&to))
        }
        Err(refusal) => {
            let status = explain(&refusal).0;
            made(pages, &visitor, Fields::refused(form, refusal), status).await
        }
    }
}

async fn make(pages: &Pages, visitor: &Visitor, form: &Form) -> Result<CategoryId, Refusal> {
    let name = one_line("name", form.get("name"));
    let kind = KINDS.iter().find(|(value, ..)| *value == form.get("kind")).map(|(.., kind)| *kind);
    let kind = kind.ok_or_else(|| FieldError::of("kind", "must be one of the list"));
    let (name, kind) = both(name, kind)?;
    catalog::create_category(&pages.services, &visitor.caller, name, kind).await
}

async fn made(
    pages: &Pages,
    visitor: &Visitor,
    fields: Fields,
    status: StatusCode,
) -> Result<Response<Body>, PageError> {
    visitor.caller.require(Permission::ManageCategories)?;
    let (mut own, mut built_in) = (Vec::new(), Vec::new());
    for category in catalog::categories(&visitor.caller)? {
        let with = CategoryFilter { none: false, only: Some(vec![category.id]), not: Vec::new() };
        let filter = ListFilter { category: with, ..ListFilter::default() };
        let part = CategoryPart {
            id: category.id.get(),
            name: category.name.clone(),
            hue: hue(category),
            kind: KINDS
                .iter()
                .find(|(.., kind)| *kind == category.sentiment)
                .map_or("", |(_, label, _)| *label),
            conversations: Conversations::of(pages, visitor, filter).await?,
        };
        let is_built_in = SYSTEM_CATEGORIES.iter().any(|(id, ..)| *id == category.id);
        let parts = if is_built_in { &mut built_in } else { &mut own };
        parts.push(part);
    }
    let whole = CategoriesPage { shell: Shell::of(visitor, PATH, false), fields, own, built_in };
    Ok(page(status, &whole))
}
