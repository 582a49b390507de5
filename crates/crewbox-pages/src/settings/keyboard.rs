//! The keys of the web inbox: a member gives each action, view and command other ones, or none.

use std::collections::BTreeMap;

use askama::Template;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use crewbox_app::Refusal;
use crewbox_app::profile::{MAX_SHORTCUT_KEYS, set_preferences};
use crewbox_core::permission::Permission;
use crewbox_core::preferences::Preference;

use super::chosen_keys::chosen;
use super::field::Fields;
use super::shell::{KEYBOARD_PATH as PATH, Shell, page, sender, visitor};
use crate::app::Pages;
use crate::error::{PageError, explain};
use crate::form::Form;
use crate::guard::Visitor;
use crate::policy;
use crate::shortcuts::{Shortcut, groups, of_view, written};
use crate::views::TEAM;

/// What the button that gives every shortcut its usual keys sends as `do`.
const RESET: &str = "reset";

#[derive(Template)]
#[template(path = "settings/keyboard.html")]
struct KeyboardPage {
    shell: Shell,
    problem: Option<String>,
    groups: Vec<(&'static str, Vec<Row>)>,
}

/// A shortcut, as the form has it.
struct Row {
    name: String,
    label: String,
    value: String,
    /// The keys that it has unless the member chooses others, and those that it has all the same.
    hint: String,
    error: Option<String>,
    /// It is the first that is wrong: the page shows it.
    is_shown_first: bool,
}

/// GET `/settings/keyboard`.
pub(crate) async fn show(pages: &Pages, request: Request<Body>) -> Result<Response<Body>, PageError> {
    let (visitor, _) = visitor(pages, request).await?;
    made(&visitor, None, StatusCode::OK)
}

/// POST `/settings/keyboard`: saves all keys of the form, or with `do=reset` gives everything its usual ones.
pub(crate) async fn save(pages: &Pages, request: Request<Body>) -> Result<Response<Body>, PageError> {
    let (visitor, _, form) = sender(pages, request).await?;
    match change(pages, &visitor, &form).await {
        Ok(()) => Ok(policy::go_to(PATH)),
        Err(refusal) => {
            let status = explain(&refusal).0;
            made(&visitor, Some(Fields::refused(form, refusal)), status)
        }
    }
}

async fn change(pages: &Pages, visitor: &Visitor, form: &Form) -> Result<(), Refusal> {
    let is_reset = form.get("do") == RESET;
    let shortcuts = if is_reset { BTreeMap::new() } else { chosen(&visitor.shortcuts, form)? };
    set_preferences(&pages.services, &visitor.caller, vec![Preference::Shortcuts(shortcuts)]).await
}

fn made(visitor: &Visitor, refused: Option<Fields>, status: StatusCode) -> Result<Response<Body>, PageError> {
    visitor.caller.require(Permission::OwnSessions)?;
    let may_read_team = visitor.caller.require(Permission::ReadTeam).is_ok();
    let mut whole = KeyboardPage {
        shell: Shell::of(visitor, PATH, false),
        problem: refused.as_ref().and_then(|fields| fields.problem.clone()),
        groups: Vec::new(),
    };
    let mut is_wrong = false;
    for (title, group) in groups() {
        let shown = group.into_iter().filter(|one| may_read_team || one.name != of_view(TEAM));
        let mut rows: Vec<Row> = shown.map(|one| row(one, visitor, refused.as_ref())).collect();
        if let Some(first) = rows.iter_mut().find(|row| row.error.is_some()).filter(|_| !is_wrong) {
            first.is_shown_first = true;
            is_wrong = true;
        }
        whole.groups.push((title, rows));
    }
    if is_wrong {
        whole.problem = Some("Nothing was saved: change the keys that are marked".to_owned());
    }
    Ok(page(status, &whole))
}

fn row(shortcut: Shortcut, visitor: &Visitor, refused: Option<&Fields>) -> Row {
    let held = || written(&visitor.shortcuts.changeable(&shortcut.name));
    let (usual, always) = (written(&shortcut.usual()), shortcut.always());
    Row {
        value: refused.map_or_else(held, |fields| fields.value(&shortcut.name).to_owned()),
        hint: match (usual.as_str(), always) {
            ("", Some(key)) => format!("Always {key}"),
            ("", None) => "Usually none".to_owned(),
            (usual, Some(key)) => format!("Usually {usual}; always {key}"),
            (usual, None) => format!("Usually {usual}"),
        },
        error: refused.and_then(|fields| fields.error(&shortcut.name)),
        is_shown_first: false,
        label: shortcut.label,
        name: shortcut.name,
    }
}
