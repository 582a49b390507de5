//! Templates, as a scope sees them.

use crewbox_core::id::TemplateId;
use crewbox_core::template::Template;
use crewbox_core::time::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::contract::{Scope, Thing};
use crate::sqlite::codec;
use crate::sqlite::failure::{Result, not_found};

/// The columns of a template; `''` for its text where only names are asked for.
fn columns(content: &str) -> String {
    format!("template_id, member_id, client_id, name, {content}, shared, created_at")
}

/// Those that the scope sees, by name; with or without their texts.
pub(in crate::sqlite) fn all(db: &Connection, scope: &Scope, with_texts: bool) -> Result<Vec<Template>> {
    let columns = columns(if with_texts { "content" } else { "''" });
    let sql = format!("SELECT {columns} FROM template WHERE account_id = ?1 ORDER BY name, template_id");
    let mut templates: Vec<Template> = db
        .prepare_cached(&sql)?
        .query_map(params![scope.account().get()], of_row)?
        .collect::<rusqlite::Result<_>>()?;
    templates.retain(|template| template.is_seen_by(scope.actor(), scope.client()));
    Ok(templates)
}

/// One that the scope sees.
pub(in crate::sqlite) fn one(db: &Connection, scope: &Scope, id: TemplateId) -> Result<Template> {
    let sql =
        format!("SELECT {} FROM template WHERE account_id = ?1 AND template_id = ?2", columns("content"));
    let found =
        db.prepare_cached(&sql)?.query_row(params![scope.account().get(), id.get()], of_row).optional()?;
    let seen = found.filter(|template: &Template| template.is_seen_by(scope.actor(), scope.client()));
    seen.ok_or_else(|| not_found(Thing::Template, id.get()))
}

fn of_row(row: &Row<'_>) -> rusqlite::Result<Template> {
    Ok(Template {
        id: TemplateId(row.get(0)?),
        author: codec::id(row, 1)?,
        client: codec::id(row, 2)?,
        name: row.get(3)?,
        text: row.get(4)?,
        shared: row.get(5)?,
        created_at: Timestamp(row.get(6)?),
    })
}
