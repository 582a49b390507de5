//! The tags: name and colour of each, how many conversations have it, making and changing one.

use askama::Template;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use crewbox_app::catalog::{self, DEFAULT_TAG_COLOR};
use crewbox_app::conversation::ListFilter;
use crewbox_app::mailbox::MAX_NAME;
use crewbox_app::{FieldError, Refusal};
use crewbox_core::id::TagId;
use crewbox_core::permission::Permission;
use crewbox_store::Catalog;

use super::conversations::{Conversations, numbers};
use super::edited_row::{both, edited, free_name};
use super::field::Fields;
use super::sent_form::SentForm;
use super::shell::{Shell, TAGS_PATH as PATH, page, sender, visitor};
use crate::app::Pages;
use crate::error::{PageError, explain};
use crate::form::Form;
use crate::guard::Visitor;
use crate::policy;

#[derive(Template)]
#[template(path = "settings/tags.html")]
struct TagsPage {
    shell: Shell,
    problem: Option<String>,
    tags: Vec<TagPart>,
    new: TagForm,
    /// Whether the form of a new tag is shown.
    is_new_open: bool,
}

struct TagPart {
    id: u64,
    name: String,
    color: String,
    /// Those that have the tag themselves.
    conversations: Conversations,
    /// How many campaigns and mailboxes have it, in words.
    elsewhere: String,
    /// Where it is edited.
    form: Option<TagForm>,
}

/// The fields of a tag.
struct TagForm {
    /// 0 for a new one.
    id: u64,
    name: String,
    color: String,
    name_error: Option<String>,
    color_error: Option<String>,
}

impl TagForm {
    /// With what the tag has, or with what was typed and refused.
    fn of(id: u64, (name, color): (&str, &str), fields: &Fields) -> Self {
        let typed = |field: &str, held: &str| {
            let value = if fields.is_refused() { fields.value(field) } else { held };
            value.to_owned()
        };
        Self {
            id,
            name: typed("name", name),
            color: typed("color", color),
            name_error: fields.error("name"),
            color_error: fields.error("color"),
        }
    }
}

/// GET `/settings/tags`, with the tag to edit in `edit`.
pub(crate) async fn show(pages: &Pages, request: Request<Body>) -> Result<Response<Body>, PageError> {
    let (visitor, parts) = visitor(pages, request).await?;
    made(pages, &visitor, edited(&parts), Fields::default(), StatusCode::OK).await
}

/// POST `/settings/tags`: makes a tag, or changes the one of `id`.
pub(crate) async fn save(pages: &Pages, request: Request<Body>) -> Result<Response<Body>, PageError> {
    let (visitor, _, form) = sender(pages, request).await?;
    visitor.caller.require(Permission::ManageTags)?;
    let sent = SentForm::of(pages, &visitor, PATH, &form);
    if let Some(to) = sent.answer(pages) {
        return Ok(policy::go_to(&to));
    }
    match change(pages, &visitor, &form).await {
        Ok(id) => {
            let to = format!("{PATH}#tag-{id}");
            sent.keep(pages, &to);
            Ok(policy::go_to(&to))
        }
        Err(refusal @ Refusal::NotFound(..)) => Err(refusal.into()),
        Err(refusal) => {
            let (status, edited) = (explain(&refusal).0, form.id("id"));
            made(pages, &visitor, edited, Fields::refused(form, refusal), status).await
        }
    }
}

async fn change(pages: &Pages, visitor: &Visitor, form: &Form) -> Result<TagId, Refusal> {
    let (services, caller) = (&pages.services, &visitor.caller);
    let id = form.id("id").map(TagId);
    let known = catalog::tags(caller)?;
    let others = known.iter().filter(|tag| Some(tag.id) != id).map(|tag| tag.name.as_str());
    let color = catalog::tag_color(form.get("color"));
    let color = color.ok_or_else(|| FieldError::of("color", "must be a colour such as #FF5733"));
    let (name, color) = both(free_name(form.get("name"), others), color)?;
    let saved = match id {
        Some(id) => catalog::change_tag(services, caller, id, name, Some(color)).await.map(|()| id),
        None => catalog::create_tag(services, caller, name, Some(color)).await,
    };
    saved.map_err(|refusal| match refusal {
        // Somebody else has just given another tag this name.
        Refusal::Conflict(_) => FieldError::says("name", "Another tag has this name").into(),
        other => other,
    })
}

async fn made(
    pages: &Pages,
    visitor: &Visitor,
    edited: Option<u64>,
    fields: Fields,
    status: StatusCode,
) -> Result<Response<Body>, PageError> {
    visitor.caller.require(Permission::ManageTags)?;
    let mut known = catalog::tags(&visitor.caller)?;
    known.sort_by_cached_key(|tag| tag.name.to_lowercase());
    let mut tags = Vec::with_capacity(known.len());
    for tag in known {
        let (id, color) = (tag.id.get(), tag.color.as_deref().unwrap_or(DEFAULT_TAG_COLOR));
        let filter = ListFilter { tags: Some(vec![tag.id]), ..ListFilter::default() };
        let is_edited = edited == Some(id);
        tags.push(TagPart {
            id,
            name: tag.name.clone(),
            color: color.to_owned(),
            conversations: Conversations::of(pages, visitor, filter).await?,
            elsewhere: elsewhere(visitor.caller.names(), tag.id),
            form: is_edited.then(|| TagForm::of(id, (&tag.name, color), &fields)),
        });
    }
    let is_new_refused = edited.is_none() && fields.is_refused();
    let none = Fields::default();
    let typed = if is_new_refused { &fields } else { &none };
    let whole = TagsPage {
        shell: Shell::of(visitor, PATH, false),
        new: TagForm::of(0, ("", DEFAULT_TAG_COLOR), typed),
        is_new_open: is_new_refused || tags.is_empty(),
        problem: fields.problem,
        tags,
    };
    Ok(page(status, &whole))
}

/// How many campaigns and mailboxes have a tag, in words; empty for none.
fn elsewhere(names: &Catalog, tag: TagId) -> String {
    let campaigns = names.campaigns.iter().filter(|one| one.deleted_at.is_none() && one.tags.contains(&tag));
    let mailboxes = names.mailboxes.iter().filter(|one| one.removed_at.is_none() && one.tags.contains(&tag));
    numbers(&[(campaigns.count(), "campaign", "campaigns"), (mailboxes.count(), "mailbox", "mailboxes")])
}
