//! A member's own settings: name and time zone, preferences, password, second factor, sessions, API keys.

use askama::Template;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use crewbox_app::{FieldError, Refusal, key, member, profile, session};
use crewbox_core::id::{KeyId, SessionId};
use crewbox_core::permission::Permission;
use crewbox_core::preferences::Preferences;

use super::field::Fields;
use super::preferences::{self, AFTER, THEMES};
use super::shell::{PROFILE_PATH as PATH, Shell, page, sender, visitor};
use crate::app::Pages;
use crate::error::{PageError, explain};
use crate::form::Form;
use crate::guard::Visitor;
use crate::policy;
use crate::time_text::TimeText;
use crewbox_app::zone;

#[derive(Template)]
#[template(path = "settings/profile.html")]
struct ProfilePage {
    shell: Shell,
    /// What was typed into the form of this name and refused.
    refused: String,
    fields: Fields,
    name: String,
    email: String,
    zone: String,
    zones: Vec<&'static str>,
    now: String,
    /// As they were typed, where they were refused.
    chosen_after: String,
    chosen_theme: String,
    chosen_undo: String,
    preferences: Preferences,
    has_password: bool,
    /// A second factor is set up.
    has_factor: bool,
    /// Its number, secret and address, while it is being set up.
    factor: Option<(u64, String, String)>,
    sessions: Vec<SessionPart>,
    keys: Vec<KeyPart>,
}

struct SessionPart {
    id: u64,
    began: String,
    until: String,
    is_this: bool,
}

struct KeyPart {
    id: u64,
    name: String,
    member: String,
    level: String,
    used: String,
}

impl ProfilePage {
    fn afters(&self) -> &'static [(&'static str, &'static str)] {
        &AFTER
    }

    fn themes(&self) -> &'static [(&'static str, &'static str)] {
        &THEMES
    }

    fn error(&self, form: &str, field: &str) -> Option<String> {
        self.fields.error(field).filter(|_| self.refused == form)
    }
}

/// GET `/settings/profile`.
pub(crate) async fn show(pages: &Pages, request: Request<Body>) -> Result<Response<Body>, PageError> {
    let (visitor, parts) = visitor(pages, request).await?;
    let sets_up = parts.uri.query() == Some("second-factor");
    let factor =
        if sets_up { Some(profile::new_second_factor(&pages.services, &visitor.caller)?.0) } else { None };
    made(pages, &visitor, ("", Fields::default()), factor, StatusCode::OK).await
}

/// POST `/settings/profile`: the form says which part it changes.
pub(crate) async fn save(pages: &Pages, request: Request<Body>) -> Result<Response<Body>, PageError> {
    let (visitor, _, form) = sender(pages, request).await?;
    let part = form.get("part").to_owned();
    match change(pages, &visitor, &part, &form).await {
        Ok(()) => Ok(policy::go_to(PATH)),
        Err(refusal) => {
            let status = explain(&refusal).0;
            let factor = form.id("number").filter(|_| part == "factor");
            let fields = Fields::refused(form, refusal);
            made(pages, &visitor, (&part, fields), factor, status).await
        }
    }
}

async fn change(pages: &Pages, visitor: &Visitor, part: &str, form: &Form) -> Result<(), Refusal> {
    let (services, caller) = (&pages.services, &visitor.caller);
    match part {
        "profile" => {
            let zone = form.get("time_zone").trim();
            if !zone.is_empty() && zone::find(zone).is_none() {
                return Err(FieldError::says(
                    "time_zone",
                    "There is no such time zone: choose one of the list",
                )
                .into());
            }
            profile::change(services, caller, form.get("name"), zone).await
        }
        "preferences" => preferences::save(pages, visitor, form).await,
        "password" => {
            let (present, new) = (form.get("present").to_owned(), form.get("password").to_owned());
            profile::change_password(services, caller, visitor.session, present, new).await
        }
        "factor" => {
            let number = form.id("number").unwrap_or_default();
            profile::set_second_factor(services, caller, number, form.get("code")).await
        }
        "no-factor" => profile::remove_second_factor(services, caller, form.get("code")).await,
        "session" => session::end(services, caller, SessionId(form.id("id").unwrap_or_default())).await,
        "key" => key::revoke(services, caller, KeyId(form.id("id").unwrap_or_default())).await,
        _ => Err(Refusal::NoMatch("There is no such form".to_owned())),
    }
}

async fn made(
    pages: &Pages,
    visitor: &Visitor,
    (refused, fields): (&str, Fields),
    factor: Option<u64>,
    status: StatusCode,
) -> Result<Response<Body>, PageError> {
    let (services, caller, local) = (&pages.services, &visitor.caller, &visitor.local);
    let me = member::signed_in(caller)?;
    let held = &visitor.preferences;
    let typed = |form: &str, field: &str, held: &str| {
        if refused == form { fields.value(field).to_owned() } else { held.to_owned() }
    };
    let sessions = session::list(caller)?.into_iter().rev().map(|one| SessionPart {
        id: one.id.get(),
        began: local.day_and_time(one.created_at),
        until: local.day_and_time(one.expires_at),
        is_this: one.id == visitor.session,
    });
    let keys = if caller.require(Permission::ManageKeys).is_ok() { key::list(caller)? } else { &[] };
    let valid = keys.iter().rev().filter(|one| one.revoked_at.is_none());
    let keys = valid.map(|one| KeyPart {
        id: one.id.get(),
        name: one.name.clone().unwrap_or_else(|| format!("Key {}", one.id)),
        member: caller.names().member(one.member).map(|member| member.name.clone()).unwrap_or_default(),
        level: format!("{:?}", one.level).to_lowercase(),
        used: one
            .used_at
            .map_or_else(|| "never used".to_owned(), |at| format!("used {}", TimeText::of(at, local).short)),
    });
    let account = &caller.names().account.name;
    let factor = match factor.filter(|_| me.second_factor.is_none()) {
        Some(number) => {
            let secret = session::secret(services, caller.scope().account(), me.id, number)?;
            Some((number, secret.text(), secret.address(account, &me.email)))
        }
        None => None,
    };
    let whole = ProfilePage {
        shell: Shell::of(visitor, PATH, false),
        name: typed("profile", "name", &me.name),
        zone: typed("profile", "time_zone", me.time_zone.as_deref().unwrap_or_default()),
        refused: refused.to_owned(),
        email: me.email.clone(),
        zones: zone::names(),
        chosen_after: typed("preferences", "after", held.after_action.name()),
        chosen_theme: typed("preferences", "theme", held.theme.name()),
        chosen_undo: typed("preferences", "undo", &held.undo_seconds.to_string()),
        preferences: held.clone(),
        now: local.now().strftime("%H:%M").to_string(),
        has_password: profile::has_password(services, caller).await?,
        has_factor: me.second_factor.is_some(),
        factor,
        sessions: sessions.collect(),
        keys: keys.collect(),
        fields,
    };
    Ok(page(status, &whole))
}
