//! The views with their unread counts, the mailboxes, and who is signed in.

use askama::Template;
use crewbox_app::conversation::{ListConversations, list};
use crewbox_app::mailbox::{self, MailboxState};
use crewbox_app::{Refusal, member, untracked};
use crewbox_core::mailbox::Condition;
use crewbox_core::permission::Permission;
use crewbox_core::saved_view::SavedView;
use crewbox_core::view::View;
use crewbox_store::BodyLimits;
use crewbox_store::contract::UntrackedQuery;

use super::place::{Place, VIEWS};
use super::row::initials;
use super::saved;
use crate::app::Pages;
use crate::guard::Visitor;

/// Where the team page is. It shows this sidebar, so that the sidebar cannot ask it.
pub(crate) const TEAM_PATH: &str = "/team";

/// The sidebar.
#[derive(Template)]
#[template(path = "sidebar.html")]
pub(crate) struct SidebarPart {
    /// Of the whole page.
    pub(crate) theme: &'static str,
    /// The keys of the palette, and the one that is shown.
    palette: String,
    palette_key: Option<String>,
    account: String,
    views: Vec<ViewLink>,
    saved: Vec<ViewLink>,
    /// The saved view that the list beside it is.
    here: Option<SavedView>,
    mailboxes: Vec<MailboxLink>,
    /// Mails without a conversation; none for whoever may not see them.
    untracked: Option<u64>,
    is_untracked: bool,
    /// Whether the member may see figures of the team.
    may_read_team: bool,
    is_team: bool,
    me: String,
    my_initials: String,
    token: String,
}

/// What the sidebar is beside.
#[derive(Clone, Copy)]
pub(crate) enum Beside<'a> {
    /// A list, with the scripts of the inbox.
    List(&'a Place),
    /// Untracked mail.
    Untracked,
    /// The figures of the team.
    Team,
    /// A bulk action on a list, or one that was started.
    Bulk(Option<&'a Place>),
}

struct ViewLink {
    path: String,
    label: String,
    icon: &'static str,
    is_current: bool,
    unread: u64,
    total: u64,
}

struct MailboxLink {
    path: String,
    address: String,
    /// What is wrong with its connection, in two words; none where nothing is.
    problem: Option<&'static str>,
}

impl SidebarPart {
    /// The sidebar of a page.
    pub(crate) async fn of(pages: &Pages, visitor: &Visitor, beside: Beside<'_>) -> Result<Self, Refusal> {
        let caller = &visitor.caller;
        let place = match beside {
            Beside::List(place) => Some(place),
            Beside::Bulk(place) => place,
            Beside::Untracked | Beside::Team => None,
        };
        let (mut saved, mut here) = (Vec::new(), None);
        for (view, at) in saved::all(pages, visitor).await? {
            let is_current = here.is_none() && place.is_some_and(|place| place.is_list_of(&at));
            saved.push(ViewLink {
                path: at.path(),
                label: view.name.clone(),
                icon: if view.shared { "stack" } else { "mark" },
                is_current,
                unread: count(pages, visitor, &at, Some(false)).await?,
                total: count(pages, visitor, &at, None).await?,
            });
            here = if is_current { Some(view) } else { here };
        }
        let mut views = Vec::with_capacity(VIEWS.len());
        for listed in &VIEWS {
            let at = Place::of(listed);
            views.push(ViewLink {
                path: at.path(),
                label: listed.label.to_owned(),
                icon: listed.icon,
                is_current: here.is_none() && place.is_some_and(|place| listed == place.view),
                unread: count(pages, visitor, &at, Some(false)).await?,
                total: count(pages, visitor, &at, None).await?,
            });
        }
        let inbox = VIEWS.iter().find(|listed| listed.view == View::Inbox).map(Place::of);
        let mailboxes = match mailbox::list(&pages.services, caller).await {
            Ok(states) => states,
            Err(Refusal::Forbidden(_)) => Vec::new(),
            Err(other) => return Err(other),
        };
        let link = |state: &MailboxState| MailboxLink {
            path: of_mailbox(inbox.as_ref(), state.mailbox.id.get()),
            address: state.mailbox.email.clone(),
            problem: problem(state.condition()),
        };
        let mailboxes = mailboxes.iter().map(link).collect();
        let me = member::signed_in(caller)?;
        let query = UntrackedQuery { limit: 1, ..UntrackedQuery::default() };
        let untracked = match untracked::list(&pages.services, caller, &query, BodyLimits::NONE).await {
            Ok((_, total)) => Some(total),
            Err(Refusal::Forbidden(_)) => None,
            Err(other) => return Err(other),
        };
        Ok(Self {
            theme: visitor.preferences.theme.name(),
            palette: visitor.shortcuts.keys("palette"),
            palette_key: visitor.shortcuts.first("palette"),
            untracked,
            is_untracked: matches!(beside, Beside::Untracked),
            may_read_team: caller.require(Permission::ReadTeam).is_ok(),
            is_team: matches!(beside, Beside::Team),
            account: caller.names().account.name.clone(),
            views,
            saved,
            here,
            mailboxes,
            my_initials: initials(&me.name),
            me: me.name.clone(),
            token: visitor.token.clone(),
        })
    }

    /// The saved view that the list beside it is.
    pub(super) fn here(&self) -> Option<&SavedView> {
        self.here.as_ref()
    }

    /// The name of the list beside it.
    pub(super) fn label<'a>(&'a self, place: &'a Place) -> &'a str {
        self.here.as_ref().map_or(place.view.label, |view| view.name.as_str())
    }

    /// The title of the tab.
    pub(super) fn title(&self, place: &Place) -> String {
        let label = self.label(place);
        let current = self.views.iter().chain(&self.saved).find(|view| view.is_current);
        match current.map_or(0, |view| view.unread) {
            0 => format!("{label} · Crewbox"),
            unread => format!("({unread}) {label} · Crewbox"),
        }
    }
}

/// What keeps mail from arriving.
const fn problem(condition: Condition) -> Option<&'static str> {
    match condition {
        Condition::New | Condition::Connecting | Condition::Syncing | Condition::Live => None,
        Condition::Throttled => Some("paused by its server"),
        Condition::Unreachable => Some("cannot be reached"),
        Condition::NeedsLogin => Some("sign-in refused"),
    }
}

fn of_mailbox(inbox: Option<&Place>, id: u64) -> String {
    let Some(inbox) = inbox else { return String::new() };
    format!("{}?mailbox={id}", inbox.path())
}

/// How many conversations a list has: all, or only those that are read or not.
pub(crate) async fn count(
    pages: &Pages,
    visitor: &Visitor,
    at: &Place,
    read: Option<bool>,
) -> Result<u64, Refusal> {
    let mut filter = at.filter().unwrap_or_default();
    match (filter.read, read) {
        // The list has read ones only.
        (Some(true), Some(false)) | (Some(false), Some(true)) => return Ok(0),
        (held, asked) => filter.read = asked.or(held),
    }
    let command = ListConversations { view: at.view.view, filter, sort: None, offset: 0, limit: 0 };
    Ok(list(&pages.services, &visitor.caller, command).await?.page.total)
}
