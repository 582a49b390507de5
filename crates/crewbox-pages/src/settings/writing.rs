//! What helps a member to write: the signature below their answers, and their templates.

use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use crewbox_app::profile::{MAX_SIGNATURE, change_signature};
use crewbox_app::template::{
    MAX_TEMPLATE_NAME, MAX_TEMPLATE_TEXT, SaveTemplate, delete, may_edit, save as save_template, templates,
};
use crewbox_app::{Refusal, member};
use crewbox_core::id::TemplateId;
use crewbox_core::template::{FIELDS, Template};

use super::field::Fields;
use super::shell::{Shell, WRITING_PATH as PATH, page, sender, visitor};
use crate::app::Pages;
use crate::error::{PageError, explain};
use crate::form::Form;
use crate::guard::Visitor;
use crate::policy;

#[derive(askama::Template)]
#[template(path = "settings/writing.html")]
struct WritingPage {
    shell: Shell,
    problem: Option<String>,
    signature: String,
    signature_error: Option<String>,
    /// The form of a new template, and those that the member sees.
    new: TemplatePart,
    templates: Vec<TemplatePart>,
}

/// A template, as its form has it.
#[derive(Default)]
struct TemplatePart {
    /// 0 for a new one.
    id: u64,
    name: String,
    text: String,
    is_shared: bool,
    /// Whose it is, where the member cannot change it.
    author: Option<String>,
    name_error: Option<String>,
    text_error: Option<String>,
    /// It was refused.
    is_open: bool,
}

impl WritingPage {
    /// The fields as they are typed, and what each is.
    fn fields(&self) -> Vec<(String, &'static str)> {
        let more = [
            ("job title", "a column of your table of leads"),
            ("first_name|there", "“there” where the lead has no first name"),
        ];
        FIELDS.into_iter().chain(more).map(|(name, what)| (format!("{{{{{name}}}}}"), what)).collect()
    }
}

/// GET `/settings/writing`.
pub(crate) async fn show(pages: &Pages, request: Request<Body>) -> Result<Response<Body>, PageError> {
    let (visitor, _) = visitor(pages, request).await?;
    made(pages, &visitor, None, StatusCode::OK).await
}

/// POST `/settings/writing`: the form says which part it changes.
pub(crate) async fn save(pages: &Pages, request: Request<Body>) -> Result<Response<Body>, PageError> {
    let (visitor, _, form) = sender(pages, request).await?;
    match change(pages, &visitor, &form).await {
        Ok(()) => Ok(policy::go_to(PATH)),
        Err(refusal) => {
            let status = explain(&refusal).0;
            made(pages, &visitor, Some((form, refusal)), status).await
        }
    }
}

async fn change(pages: &Pages, visitor: &Visitor, form: &Form) -> Result<(), Refusal> {
    let (services, caller) = (&pages.services, &visitor.caller);
    let id = form.id("id").map(TemplateId);
    match (form.get("part"), id) {
        ("signature", _) => change_signature(services, caller, form.get("signature")).await,
        ("template", Some(id)) if form.get("do") == "delete" => delete(services, caller, id).await,
        ("template", id) => {
            let command = SaveTemplate {
                id,
                name: form.get("name").to_owned(),
                text: form.get("text").to_owned(),
                shared: !form.get("shared").is_empty(),
            };
            save_template(services, caller, command).await.map(|_| ())
        }
        _ => Err(Refusal::NoMatch("There is no such form".to_owned())),
    }
}

async fn made(
    pages: &Pages,
    visitor: &Visitor,
    refused: Option<(Form, Refusal)>,
    status: StatusCode,
) -> Result<Response<Body>, PageError> {
    let caller = &visitor.caller;
    let me = member::signed_in(caller)?;
    let held = templates(&pages.services, caller, true).await?;
    let mut parts: Vec<TemplatePart> = held.into_iter().map(|one| part(one, visitor)).collect();
    let mut whole = WritingPage {
        shell: Shell::of(visitor, PATH, false),
        problem: None,
        signature: me.signature.clone().unwrap_or_default(),
        signature_error: None,
        new: TemplatePart { is_open: parts.is_empty(), ..TemplatePart::default() },
        templates: Vec::new(),
    };
    if let Some((form, refusal)) = refused {
        let (is_template, id) = (form.get("part") == "template", form.id("id").unwrap_or(0));
        let fields = Fields::refused(form, refusal);
        whole.problem.clone_from(&fields.problem);
        if is_template {
            // One that was deleted meanwhile is offered as a new one: nothing typed is lost.
            let at = parts.iter_mut().find(|part| part.id == id).unwrap_or(&mut whole.new);
            at.refuse(&fields);
        } else {
            fields.value("signature").clone_into(&mut whole.signature);
            whole.signature_error = fields.error("signature");
        }
    }
    whole.templates = parts;
    Ok(page(status, &whole))
}

fn part(template: Template, visitor: &Visitor) -> TemplatePart {
    let author = || {
        let names = visitor.caller.names();
        let author = template.author.and_then(|id| names.member(id));
        author.map_or("Operator".to_owned(), |member| member.name.clone())
    };
    TemplatePart {
        id: template.id.get(),
        author: (!may_edit(&visitor.caller, &template)).then(author),
        name: template.name,
        text: template.text,
        is_shared: template.shared,
        ..TemplatePart::default()
    }
}

impl TemplatePart {
    /// Takes what was typed into its form and refused.
    fn refuse(&mut self, fields: &Fields) {
        fields.value("name").clone_into(&mut self.name);
        fields.value("text").clone_into(&mut self.text);
        self.is_shared = !fields.value("shared").is_empty();
        (self.name_error, self.text_error) = (fields.error("name"), fields.error("text"));
        self.is_open = true;
    }
}
