//! Importing leads: a table is uploaded, looked at, and added to a campaign while its progress is shown.
//!
//! Owns the steps of an import on the pages. How a table is read and what a lead may hold are rules of the use cases.

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use crewbox_app::lead_table::{Layout, Rows, decode};
use crewbox_app::{Caller, FieldError, Refusal, campaign};
use crewbox_core::change::Cause;
use crewbox_core::id::CampaignId;
use crewbox_core::permission::Permission;

use super::field::Fields;
use super::shell::{STEP, Shell, WRONG, after, is_step, page, sender, visitor};
use crate::app::Pages;
use crate::error::PageError;
use crate::form_with_files::{Limits, read_with_files};
use crate::guard::Visitor;
use crate::imports::{Import, Progress, Table, run};
use crate::policy;

const PATH: &str = "/settings/leads";
/// Rows of a table that are shown before it is imported.
const SHOWN_ROWS: usize = 5;
/// Rows that cannot be taken and are shown before.
const SHOWN_PROBLEMS: usize = 5;
/// Seconds after which a running import is looked at again.
const REFRESH: HeaderValue = HeaderValue::from_static("1");

#[derive(Template)]
#[template(path = "settings/leads.html")]
struct LeadsPage {
    shell: Shell,
    fields: Fields,
    preview: Option<Preview>,
    progress: Option<Shown>,
    campaigns: Vec<String>,
    query: &'static str,
}

/// Bytes of an uploaded table with its form: some hundred thousand leads.
const UPLOAD: Limits =
    Limits { bytes: 12 * 1024 * 1024, files: 1, too_large: "The file is larger than 12 MiB: split it" };

/// A table before it is imported.
struct Preview {
    file: String,
    how: String,
    /// Each column's name, what it is taken for, and its first values.
    columns: Vec<(String, &'static str)>,
    good: usize,
    examples: Vec<(String, String, String)>,
    bad: usize,
    problems: Vec<String>,
}

/// An import that runs, or is done.
struct Shown {
    campaign: String,
    done: u64,
    of: u64,
    added: u64,
    skipped: u64,
    problems: Vec<String>,
    is_over: bool,
    failed: Option<String>,
}

/// GET `/settings/leads`.
pub(crate) async fn show(pages: &Pages, request: Request<Body>) -> Result<Response<Body>, PageError> {
    let (visitor, parts) = visitor(pages, request).await?;
    made(pages, &visitor, is_step(&parts), Fields::default(), StatusCode::OK).await
}

/// POST `/settings/leads/upload`.
pub(crate) async fn upload(pages: &Pages, request: Request<Body>) -> Result<Response<Body>, PageError> {
    let (parts, mut form) = read_with_files(pages, request, &UPLOAD).await?;
    let visitor = Visitor::of(pages, &parts).await?;
    visitor.check(&form)?;
    visitor.caller.require(Permission::AddLeads)?;
    let is_step = is_step(&parts);
    let file = form.files.pop().ok_or(PageError::Form(WRONG, "Choose a file first"))?;
    let read = tokio::task::spawn_blocking(move || table(file.file_name, &file.bytes)).await;
    let read = read.map_err(|error| Refusal::Internal(format!("a table was not read: {error}")))?;
    match read {
        Ok(table) => {
            pages.imports.set(visitor.session, Import::Table(Arc::new(table)));
            Ok(policy::go_to(&here(is_step)))
        }
        Err(why) => {
            let refusal = FieldError::says("file", why).into();
            made(pages, &visitor, is_step, Fields::refused(form, refusal), WRONG).await
        }
    }
}

/// A file as a table.
fn table(file: String, bytes: &[u8]) -> Result<Table, String> {
    let decoded = decode(bytes).map_err(str::to_owned)?;
    if decoded.text.trim().is_empty() {
        return Err("it is empty: export the table again, with one row for each lead".to_owned());
    }
    let layout = Layout::find(&decoded.text)?;
    let lossy = if decoded.lossy { "; some characters could not be read" } else { "" };
    let how = format!("Read as {} with a {} between fields{lossy}", decoded.charset, layout.delimiter());
    let text = decoded.text.into_owned();
    if Rows::new(&text, layout.clone()).next().is_none() {
        return Err("it has no row below the column names: add one row for each lead".to_owned());
    }
    Ok(Table { file, how, text, layout })
}

/// POST `/settings/leads/import`.
pub(crate) async fn import(pages: &Pages, request: Request<Body>) -> Result<Response<Body>, PageError> {
    let (visitor, parts, form) = sender(pages, request).await?;
    let is_step = is_step(&parts);
    let Some(Import::Table(table)) = pages.imports.get(visitor.session) else {
        let refusal = Refusal::Conflict("The table is no longer here: choose the file again".to_owned());
        return made(pages, &visitor, is_step, Fields::refused(form, refusal), StatusCode::CONFLICT).await;
    };
    let name = form.get("campaign").trim().to_owned();
    let found = match campaign_of(pages, &visitor.caller, &name).await {
        Ok(found) => found,
        Err(refusal) => return made(pages, &visitor, is_step, Fields::refused(form, refusal), WRONG).await,
    };
    // With the campaign, which may be new.
    let caller = visitor.again(pages).await?.caller.caused_by(Cause::Import);
    let progress = Arc::new(Progress::new(name, table.text.len() as u64));
    pages.imports.set(visitor.session, Import::Running(Arc::clone(&progress)));
    let (services, pages) = (pages.services.clone(), pages.clone());
    tokio::spawn(async move {
        let outcome = run(&services, &caller, found, &table, &progress, &|| pages.now()).await;
        progress.end(outcome);
    });
    Ok(policy::go_to(&here(is_step)))
}

/// POST `/settings/leads/discard`: another file, or the next step.
pub(crate) async fn discard(pages: &Pages, request: Request<Body>) -> Result<Response<Body>, PageError> {
    let (visitor, parts, form) = sender(pages, request).await?;
    pages.imports.remove(visitor.session);
    let is_step = is_step(&parts);
    let is_done = !form.get("done").is_empty();
    Ok(policy::go_to(&if is_done { after(PATH, is_step) } else { here(is_step) }))
}

/// The campaign of this name; a new one where there is none.
async fn campaign_of(pages: &Pages, caller: &Caller, name: &str) -> Result<CampaignId, Refusal> {
    if name.is_empty() {
        return Err(FieldError::of("campaign", "is required").into());
    }
    let scope = caller.scope();
    let seen =
        caller.names().campaigns.iter().filter(|one| one.deleted_at.is_none() && scope.sees(one.client));
    let named: Vec<CampaignId> = seen.filter(|one| one.name == name).map(|one| one.id).collect();
    match named.as_slice() {
        [one] => Ok(*one),
        [] => campaign::create(&pages.services, caller, name.to_owned(), None).await,
        _ => Err(FieldError::says(
            "campaign",
            format!("Several campaigns are named `{name}`: rename one of them"),
        )
        .into()),
    }
}

fn here(is_step: bool) -> String {
    if is_step { format!("{PATH}?{}", STEP) } else { PATH.to_owned() }
}

async fn made(
    pages: &Pages,
    visitor: &Visitor,
    is_step: bool,
    fields: Fields,
    status: StatusCode,
) -> Result<Response<Body>, PageError> {
    visitor.caller.require(Permission::AddLeads)?;
    let (preview, progress) = match pages.imports.get(visitor.session) {
        None => (None, None),
        Some(Import::Table(table)) => {
            let preview = tokio::task::spawn_blocking(move || preview(&table)).await;
            (Some(preview.map_err(|error| Refusal::Internal(error.to_string()))?), None)
        }
        Some(Import::Running(progress)) => (None, Some(shown(&progress))),
    };
    let is_running = progress.as_ref().is_some_and(|progress| !progress.is_over);
    let scope = visitor.caller.scope();
    let names = visitor.caller.names().campaigns.iter().rev();
    let seen = names.filter(|one| one.deleted_at.is_none() && scope.sees(one.client));
    let campaigns = seen.take(100).map(|one| one.name.clone());
    let whole = LeadsPage {
        shell: Shell::of(visitor, PATH, is_step),
        fields,
        preview,
        progress,
        campaigns: campaigns.collect(),
        query: if is_step { "?first" } else { "" },
    };
    let mut response = page(status, &whole);
    if is_running {
        response.headers_mut().insert(HeaderName::from_static("refresh"), REFRESH);
    }
    Ok(response)
}

fn preview(table: &Table) -> Preview {
    let (mut good, mut bad) = (0, 0);
    let (mut examples, mut problems) = (Vec::new(), Vec::new());
    for row in Rows::new(&table.text, table.layout.clone()) {
        match row.lead {
            Ok(lead) => {
                good += 1;
                if examples.len() < SHOWN_ROWS {
                    let name = [lead.first_name.as_deref(), lead.last_name.as_deref()];
                    let name = name.into_iter().flatten().collect::<Vec<_>>().join(" ");
                    examples.push((lead.email, name, lead.company.unwrap_or_default()));
                }
            }
            Err(why) => {
                bad += 1;
                if problems.len() < SHOWN_PROBLEMS {
                    problems.push(format!("Row {}: {why}", row.number));
                }
            }
        }
    }
    let columns = table.layout.columns.described().map(|(name, what)| (name.to_owned(), what)).collect();
    Preview { file: table.file.clone(), how: table.how.clone(), columns, good, examples, bad, problems }
}

fn shown(progress: &Progress) -> Shown {
    let now = progress.now();
    Shown {
        campaign: progress.campaign.clone(),
        done: now.done,
        of: progress.of.max(1),
        added: now.added,
        skipped: now.skipped,
        problems: now.problems,
        is_over: now.is_over,
        failed: now.failed,
    }
}
