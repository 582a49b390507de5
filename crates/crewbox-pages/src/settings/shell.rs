//! What the pages of the settings have in common: who is signed in, the list of pages, the steps of a first run.

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{Request, Response, StatusCode};
use crewbox_core::permission::Permission;

use crate::app::Pages;
use crate::assets;
use crate::error::PageError;
use crate::form::{Form, read};
use crate::guard::Visitor;

/// A page of the settings.
struct Listed {
    path: &'static str,
    label: &'static str,
    icon: &'static str,
    /// What its page needs.
    needs: Permission,
}

/// The pages, in the order of the steps of a first run.
const PAGES: [Listed; 3] = [
    Listed {
        path: "/settings/mailbox",
        label: "Connect a mailbox",
        icon: "tray",
        needs: Permission::ManageMailboxes,
    },
    Listed { path: "/settings/leads", label: "Import leads", icon: "stack", needs: Permission::AddLeads },
    Listed { path: "/settings/members", label: "Team", icon: "bars", needs: Permission::ManageMembers },
];

/// Where a member's own settings are.
pub(super) const PROFILE_PATH: &str = "/settings/profile";
/// The page that everybody has, and that is no step of a first run.
const PROFILE: Listed =
    Listed { path: PROFILE_PATH, label: "Profile", icon: "person", needs: Permission::OwnSessions };

/// Where a member's signature and templates are.
pub(crate) const WRITING_PATH: &str = "/settings/writing";
const WRITING: Listed =
    Listed { path: WRITING_PATH, label: "Writing", icon: "note", needs: Permission::SendMail };

/// Where a member chooses keys.
pub(super) const KEYBOARD_PATH: &str = "/settings/keyboard";
const KEYBOARD: Listed =
    Listed { path: KEYBOARD_PATH, label: "Keyboard", icon: "keyboard", needs: Permission::OwnSessions };

/// The pages that are about the member, and no step of a first run.
const OWN: [&Listed; 3] = [&PROFILE, &WRITING, &KEYBOARD];

/// What the team sorts its conversations by, and who it works for. No step of a first run either.
const SORTED_BY: [Listed; 3] = [
    Listed { path: CATEGORIES_PATH, label: "Categories", icon: "mark", needs: Permission::ManageCategories },
    Listed { path: TAGS_PATH, label: "Tags", icon: "tag", needs: Permission::ManageTags },
    Listed { path: CLIENTS_PATH, label: "Clients", icon: "case", needs: Permission::ManageClients },
];
pub(super) const CATEGORIES_PATH: &str = "/settings/categories";
pub(super) const TAGS_PATH: &str = "/settings/tags";
pub(super) const CLIENTS_PATH: &str = "/settings/clients";

/// The mark in an address of a page that is a step of a first run.
pub(crate) const STEP: &str = "first";

/// What is around every page.
pub(super) struct Shell {
    pub(super) style: &'static str,
    pub(super) icon: &'static str,
    pub(super) theme: &'static str,
    pub(super) title: &'static str,
    pub(super) links: Vec<NavLink>,
    pub(super) step: Option<Step>,
    pub(super) token: String,
    /// The keys of the palette.
    pub(super) palette: String,
}

pub(super) struct NavLink {
    pub(super) path: &'static str,
    pub(super) label: &'static str,
    pub(super) icon: &'static str,
    pub(super) is_current: bool,
}

/// A step of the first run.
pub(super) struct Step {
    /// From 2: the first one made the account.
    pub(super) number: usize,
    pub(super) of: usize,
    /// Where the next one is.
    pub(super) next: String,
}

impl Shell {
    pub(super) fn of(visitor: &Visitor, path: &str, is_step: bool) -> Self {
        let at = PAGES.iter().position(|listed| listed.path == path).unwrap_or(0);
        let may = |listed: &&Listed| visitor.caller.require(listed.needs).is_ok();
        let link = |listed: &Listed| NavLink {
            path: listed.path,
            label: listed.label,
            icon: listed.icon,
            is_current: listed.path == path,
        };
        let next = PAGES.get(at + 1);
        let next = next.map_or("/inbox/mine".to_owned(), |next| format!("{}?{STEP}", next.path));
        let all = OWN.into_iter().chain(&PAGES).chain(&SORTED_BY);
        Self {
            style: &assets::STYLE.path,
            icon: &assets::ICON.path,
            theme: visitor.preferences.theme.name(),
            title: all
                .clone()
                .find(|listed| listed.path == path)
                .map_or(PAGES[at].label, |listed| listed.label),
            links: all.filter(may).map(link).collect(),
            step: is_step.then_some(Step { number: at + 2, of: PAGES.len() + 1, next }),
            token: visitor.token.clone(),
            palette: visitor.shortcuts.keys("palette"),
        }
    }
}

/// Where to go on after a form of a page: the same page, or the next step.
pub(super) fn after(path: &str, is_step: bool) -> String {
    if !is_step {
        return path.to_owned();
    }
    let at = PAGES.iter().position(|listed| listed.path == path).unwrap_or(0);
    PAGES.get(at + 1).map_or("/inbox/mine".to_owned(), |next| format!("{}?{STEP}", next.path))
}

pub(super) fn is_step(parts: &Parts) -> bool {
    parts.uri.query().is_some_and(|query| query.split('&').any(|pair| pair == STEP))
}

/// Steps that a member may still take: each is a line of the empty list.
pub(crate) fn open_steps(visitor: &Visitor) -> Vec<(&'static str, &'static str)> {
    let names = visitor.caller.names();
    let is_open = |path: &str| match path {
        "/settings/mailbox" => names.mailboxes.iter().all(|one| one.removed_at.is_some()),
        "/settings/leads" => names.campaigns.iter().all(|one| one.deleted_at.is_some()),
        _ => names.members.len() < 2,
    };
    let may = |listed: &&Listed| visitor.caller.require(listed.needs).is_ok() && is_open(listed.path);
    let label = |listed: &Listed| {
        if listed.needs == Permission::ManageMembers { "Invite the team" } else { listed.label }
    };
    PAGES.iter().filter(may).map(|listed| (listed.path, label(listed))).collect()
}

/// Who looks at a page.
pub(super) async fn visitor(pages: &Pages, request: Request<Body>) -> Result<(Visitor, Parts), PageError> {
    let (parts, _) = request.into_parts();
    Ok((Visitor::of(pages, &parts).await?, parts))
}

/// Who sends a form, and the form.
pub(super) async fn sender(
    pages: &Pages,
    request: Request<Body>,
) -> Result<(Visitor, Parts, Form), PageError> {
    let (parts, form) = read(request).await?;
    let next = || PageError::SignIn { next: parts.uri.path().to_owned() };
    let visitor = match Visitor::of(pages, &parts).await {
        Err(PageError::SignIn { .. }) => return Err(next()),
        other => other?,
    };
    visitor.check(&form)?;
    Ok((visitor, parts, form))
}

/// The status of a page whose form was refused for wrong fields.
pub(super) const WRONG: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

pub(super) fn page(status: StatusCode, page: &impl askama::Template) -> Response<Body> {
    crate::policy::page(status, page)
}
