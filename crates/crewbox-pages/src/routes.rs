//! The paths of the pages.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{Request, Response};
use axum::routing::{get, post};

use crate::app::Pages;
use crate::error::PageError;
use crate::{assets, inbox, policy, settings, setup, sign_in, stream, team};

type Answer = Result<Response<Body>, PageError>;

/// All pages, and as the fallback the one for a path without any. The request's extensions may say how the browser reached the server: an [`http::uri::Scheme`](axum::http::uri::Scheme)
/// and the browser's [`IpAddr`](std::net::IpAddr); without them it is plain HTTP from this machine.
pub fn router(pages: Pages) -> Router {
    Router::new()
        .route("/", get(|| async { policy::go_to("/inbox/mine") }))
        .route("/assets/{name}", get(assets::serve))
        .route("/sign-in", get(form).post(by_password))
        .route("/sign-in/{link}", get(link).post(by_link))
        .route("/sign-out", post(sign_out))
        .route("/inbox/{view}", get(list))
        .route("/inbox/{view}/{id}", get(conversation))
        .route("/inbox/{view}/{id}/{verb}", post(act))
        .route("/views/{view}", post(act_on_views))
        .route("/inbox/{view}/all", get(bulk_choices))
        .route("/inbox/{view}/dates", get(dates))
        .route("/inbox/{view}/all/{verb}", post(start_bulk))
        .route("/take-next", post(take_next))
        .route("/bulk/{id}", get(bulk))
        .route("/bulk/{id}/{verb}", post(change_bulk))
        .route("/parts/undo", post(undo))
        .route("/parts/preferences", post(preferences))
        .route("/parts/presence", post(presence))
        .route("/parts/stream", get(stream))
        .route("/parts/{view}/list", get(list_part))
        .route("/parts/{view}/conversations", get(conversations_part))
        .route("/parts/{view}/{id}", get(conversation_part))
        .route("/parts/{view}/{id}/compose", get(compose))
        .route("/parts/{view}/{id}/template", get(template))
        .route("/parts/{view}/{id}/draft", post(draft))
        .route("/parts/{view}/{id}/unsend", post(unsend))
        .route("/setup", get(set_up).post(set_up_now))
        .route("/untracked", get(untracked))
        .route("/untracked/{id}", post(act_on_untracked))
        .route(inbox::TEAM_PATH, get(team_page))
        .route("/settings", get(first_settings))
        .route("/settings/profile", get(profile).post(save_profile))
        .route("/settings/writing", get(writing).post(save_writing))
        .route("/settings/keyboard", get(keyboard).post(save_keyboard))
        .route("/settings/mailbox", get(mailbox).post(save_mailbox))
        .route("/settings/leads", get(leads))
        .route("/settings/leads/upload", post(upload_leads))
        .route("/settings/leads/import", post(import_leads))
        .route("/settings/leads/discard", post(discard_leads))
        .route("/settings/members", get(members).post(invite))
        .route("/settings/categories", get(categories).post(add_category))
        .route("/settings/tags", get(tags).post(save_tag))
        .route("/settings/clients", get(clients).post(save_client))
        .route("/files/{message}/{index}", get(download))
        .route("/images", get(remote_image))
        .route("/messages/{id}/original", get(original))
        .fallback(nothing)
        .with_state(pages)
}

async fn first_settings() -> Response<Body> {
    policy::go_to("/settings/profile")
}

async fn nothing() -> Response<Body> {
    PageError::Nothing.respond()
}

async fn form(State(pages): State<Pages>, request: Request<Body>) -> Response<Body> {
    finish(sign_in::form(&pages, request).await)
}

async fn by_password(State(pages): State<Pages>, request: Request<Body>) -> Response<Body> {
    finish(sign_in::by_password(&pages, request).await)
}

async fn link(
    State(pages): State<Pages>,
    Path(link): Path<String>,
    request: Request<Body>,
) -> Response<Body> {
    finish(sign_in::link(&pages, &link, request).await)
}

async fn by_link(
    State(pages): State<Pages>,
    Path(link): Path<String>,
    request: Request<Body>,
) -> Response<Body> {
    finish(sign_in::by_link(&pages, &link, request).await)
}

async fn sign_out(State(pages): State<Pages>, request: Request<Body>) -> Response<Body> {
    finish(sign_in::sign_out(&pages, request).await)
}

async fn list(
    State(pages): State<Pages>,
    Path(view): Path<String>,
    request: Request<Body>,
) -> Response<Body> {
    finish(inbox::show(&pages, &view, None, request).await)
}

async fn conversation(
    State(pages): State<Pages>,
    Path((view, id)): Path<(String, String)>,
    request: Request<Body>,
) -> Response<Body> {
    finish(inbox::show(&pages, &view, Some(&id), request).await)
}

async fn act(
    State(pages): State<Pages>,
    Path((view, id, verb)): Path<(String, String, String)>,
    request: Request<Body>,
) -> Response<Body> {
    finish(inbox::act(&pages, &view, &id, &verb, request).await)
}

async fn act_on_views(
    State(pages): State<Pages>,
    Path(view): Path<String>,
    request: Request<Body>,
) -> Response<Body> {
    finish(inbox::act_on_views(&pages, &view, request).await)
}

async fn bulk_choices(
    State(pages): State<Pages>,
    Path(view): Path<String>,
    request: Request<Body>,
) -> Response<Body> {
    finish(inbox::bulk::choose(&pages, &view, request).await)
}

async fn dates(
    State(pages): State<Pages>,
    Path(view): Path<String>,
    request: Request<Body>,
) -> Response<Body> {
    finish(inbox::choose_dates(&pages, &view, request).await)
}

async fn start_bulk(
    State(pages): State<Pages>,
    Path((view, verb)): Path<(String, String)>,
    request: Request<Body>,
) -> Response<Body> {
    finish(inbox::bulk::start(&pages, &view, &verb, request).await)
}

async fn bulk(State(pages): State<Pages>, Path(id): Path<String>, request: Request<Body>) -> Response<Body> {
    finish(inbox::bulk::show(&pages, &id, request).await)
}

async fn change_bulk(
    State(pages): State<Pages>,
    Path((id, verb)): Path<(String, String)>,
    request: Request<Body>,
) -> Response<Body> {
    finish(inbox::bulk::change(&pages, &id, &verb, request).await)
}

async fn undo(State(pages): State<Pages>, request: Request<Body>) -> Response<Body> {
    finish_part(inbox::undo(&pages, request).await)
}

async fn preferences(State(pages): State<Pages>, request: Request<Body>) -> Response<Body> {
    finish_part(settings::keep_preferences(&pages, request).await)
}

async fn presence(State(pages): State<Pages>, request: Request<Body>) -> Response<Body> {
    finish_part(inbox::presence(&pages, request).await)
}

async fn stream(State(pages): State<Pages>, request: Request<Body>) -> Response<Body> {
    finish_part(stream::open(&pages, request).await)
}

async fn list_part(
    State(pages): State<Pages>,
    Path(view): Path<String>,
    request: Request<Body>,
) -> Response<Body> {
    finish_part(inbox::list_part(&pages, &view, request).await)
}

async fn conversations_part(
    State(pages): State<Pages>,
    Path(view): Path<String>,
    request: Request<Body>,
) -> Response<Body> {
    finish_part(inbox::conversations_part(&pages, &view, request).await)
}

async fn conversation_part(
    State(pages): State<Pages>,
    Path((view, id)): Path<(String, String)>,
    request: Request<Body>,
) -> Response<Body> {
    finish_part(inbox::conversation_part(&pages, &view, &id, request).await)
}

async fn compose(
    State(pages): State<Pages>,
    Path((view, id)): Path<(String, String)>,
    request: Request<Body>,
) -> Response<Body> {
    finish_part(inbox::compose(&pages, &view, &id, request).await)
}

async fn template(
    State(pages): State<Pages>,
    Path((view, id)): Path<(String, String)>,
    request: Request<Body>,
) -> Response<Body> {
    finish_part(inbox::template(&pages, &view, &id, request).await)
}

async fn draft(
    State(pages): State<Pages>,
    Path((view, id)): Path<(String, String)>,
    request: Request<Body>,
) -> Response<Body> {
    finish_part(inbox::draft(&pages, &view, &id, request).await)
}

async fn unsend(
    State(pages): State<Pages>,
    Path((view, id)): Path<(String, String)>,
    request: Request<Body>,
) -> Response<Body> {
    finish_part(inbox::unsend(&pages, &view, &id, request).await)
}

fn finish_part(answer: Answer) -> Response<Body> {
    answer.unwrap_or_else(PageError::respond_to_script)
}

/// Handlers that take the request alone.
macro_rules! pages {
    ($($name:ident: $show:path;)*) => {$(
        async fn $name(State(pages): State<Pages>, request: Request<Body>) -> Response<Body> {
            finish($show(&pages, request).await)
        }
    )*};
}

pages! {
    remote_image: inbox::remote_image;
    set_up: setup::show;
    set_up_now: setup::make;
    take_next: inbox::take;
    untracked: inbox::untracked;
    team_page: team::show;
    profile: settings::profile;
    save_profile: settings::save_profile;
    writing: settings::writing;
    save_writing: settings::save_writing;
    keyboard: settings::keyboard;
    save_keyboard: settings::save_keyboard;
    mailbox: settings::mailbox;
    save_mailbox: settings::save_mailbox;
    leads: settings::leads;
    upload_leads: settings::upload;
    import_leads: settings::import;
    discard_leads: settings::discard;
    members: settings::members;
    invite: settings::invite;
    categories: settings::categories::show;
    add_category: settings::categories::add;
    tags: settings::tags::show;
    save_tag: settings::tags::save;
    clients: settings::clients::show;
    save_client: settings::clients::save;
}

async fn download(
    State(pages): State<Pages>,
    Path((message, index)): Path<(String, String)>,
    request: Request<Body>,
) -> Response<Body> {
    finish(inbox::download(&pages, (&message, &index), request).await)
}

async fn act_on_untracked(
    State(pages): State<Pages>,
    Path(id): Path<String>,
    request: Request<Body>,
) -> Response<Body> {
    finish(inbox::act_on_untracked(&pages, &id, request).await)
}

async fn original(
    State(pages): State<Pages>,
    Path(id): Path<String>,
    request: Request<Body>,
) -> Response<Body> {
    finish(inbox::original(&pages, &id, request).await)
}

fn finish(answer: Answer) -> Response<Body> {
    answer.unwrap_or_else(PageError::respond)
}
