//! The whole page of a place, and the same page with what was typed where an action was refused.

use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use crewbox_app::template::templates;
use crewbox_app::{Refusal, changes};
use crewbox_core::id::MemberId;
use crewbox_core::permission::Permission;
use crewbox_core::preferences::Preferences;
use crewbox_core::template;

use super::conversation::{ConversationPart, Texts};
use super::kept::Kept;
use super::list::{ListPart, ROWS};
use super::marks;
use super::place::{Listed, Place, VIEWS};
use super::sidebar::{Beside, SidebarPart, TEAM_PATH};
use super::snooze::{USUAL, UsualSnooze};
use crate::actions::{ACTIONS, Action, COMMANDS, Command, find};
use crate::app::Pages;
use crate::assets;
use crate::error::{PageError, explain};
use crate::guard::Visitor;
use crate::policy;
use crate::shortcuts::{Shortcuts, of_view};
use crate::views::TEAM;

#[derive(Template)]
#[template(path = "inbox.html")]
struct InboxPage<'a> {
    style: &'a str,
    icon: &'a str,
    title: String,
    token: &'a str,
    /// The member's id: what a browser keeps of a member, no other one gets.
    me: u64,
    preferences: &'a Preferences,
    /// The last change that the page knows.
    seq: u64,
    sidebar: SidebarPart,
    list: ListPart,
    conversation: Option<ConversationPart>,
    commands: CommandsPart,
}

/// What the scripts read and show: every key with what it does, the palette, the line for undoing.
#[derive(Template)]
#[template(path = "commands.html")]
struct CommandsPart {
    actions: &'static [Action],
    commands: &'static [Command],
    shortcuts: Shortcuts,
    views: Vec<ViewKey>,
    /// Id, name, and the mark of a conversation of this owner.
    members: Vec<(u64, String, &'static str)>,
    /// The ids and names of templates.
    templates: Vec<(u64, String)>,
    snooze: Option<&'static Action>,
    usual_snooze: &'static UsualSnooze,
}

struct ViewKey {
    path: String,
    /// Its name among the shortcuts.
    name: String,
    label: &'static str,
    icon: &'static str,
}

/// The page of a place.
pub(super) async fn render(
    pages: &Pages,
    visitor: &Visitor,
    place: &Place,
    kept: Kept,
    status: StatusCode,
) -> Result<Response<Body>, PageError> {
    // Before anything is read: what changes meanwhile is reported to the page once more.
    let seq = changes::newest(&pages.services, &visitor.caller).await?;
    let sidebar = SidebarPart::of(pages, visitor, Beside::List(place)).await?;
    let title = sidebar.title(place);
    let list = ListPart::of(pages, visitor, place, ROWS, &sidebar, Some(&kept)).await?;
    let conversation = match place.open {
        Some(id) => Some(ConversationPart::of(pages, visitor, place, id, &kept, Texts::All).await?),
        None => None,
    };
    let templates = match templates(&pages.services, &visitor.caller, false).await {
        Err(Refusal::Forbidden(_)) => Vec::new(),
        other => other?,
    };
    let page = InboxPage {
        style: &assets::STYLE.path,
        icon: &assets::ICON.path,
        title,
        token: &visitor.token,
        me: visitor.caller.scope().actor().map_or(0, MemberId::get),
        preferences: &visitor.preferences,
        seq: seq.0,
        sidebar,
        list,
        conversation,
        commands: CommandsPart::of(visitor, templates),
    };
    Ok(policy::page(status, &page))
}

impl CommandsPart {
    fn of(visitor: &Visitor, templates: Vec<template::Template>) -> Self {
        let caller = &visitor.caller;
        let view = |listed: &'static Listed| ViewKey {
            path: Place::of(listed).path(),
            name: of_view(listed.path),
            label: listed.label,
            icon: listed.icon,
        };
        let may_read_team = caller.require(Permission::ReadTeam).is_ok();
        let team = may_read_team.then(|| ViewKey {
            path: TEAM_PATH.to_owned(),
            name: of_view(TEAM),
            label: "Team",
            icon: "bars",
        });
        let members = crewbox_app::member::list(caller).unwrap_or_default().into_iter();
        Self {
            actions: &ACTIONS,
            commands: &COMMANDS,
            shortcuts: visitor.shortcuts.clone(),
            views: VIEWS.iter().map(view).chain(team).collect(),
            members: members
                .map(|one| (one.id.get(), one.name.clone(), marks::of_owner(one.id.get(), caller)))
                .collect(),
            templates: templates.into_iter().map(|one| (one.id.get(), one.name)).collect(),
            snooze: find("snooze"),
            usual_snooze: &USUAL,
        }
    }
}

/// The same page again, with what was typed and why it was refused.
pub(super) async fn refused(
    pages: &Pages,
    visitor: &Visitor,
    place: &Place,
    kept: Kept,
    refusal: &Refusal,
) -> Result<Response<Body>, PageError> {
    let (status, sentence) = explain(refusal);
    let kept = Kept { notice: Some(sentence), ..kept };
    render(pages, visitor, place, kept, status).await
}
