//! Every route.

use super::Body::{Keys, None as NoBody, Raw};
use super::Needs::{Key as AnyKey, Link, Manager, Nobody, Team};
use super::Verb::{Delete, Get, Patch, Post};
use super::{Body, Handler, Key, Kind, Needs, Route, Shape, Verb, key, required};
use crate::list::{BODY, LISTS, list};
use crate::{account, campaign, inbox, mailbox, message, page, send, untracked};

const GET: &[Verb] = &[Get];
const POST: &[Verb] = &[Post];
const PATCH: &[Verb] = &[Patch, Post];
const POST_OR_PATCH: &[Verb] = &[Post, Patch];
const DELETE: &[Verb] = &[Delete];

const MAP_ID: Key =
    required("email_lead_map_id", Kind::Number, "The conversation: `campaign_lead_map_id` of a row.");

const READ: &[Key] = &[MAP_ID, required("read_status", Kind::Boolean, "Read or unread.")];
const CATEGORY: &[Key] = &[MAP_ID, required("category_id", Kind::Number, "A category, or null for none.")];
const OWNER: &[Key] = &[MAP_ID, required("team_member_id", Kind::Number, "A member, or null for nobody.")];
const ARCHIVED: &[Key] = &[MAP_ID, required("archived", Kind::Boolean, "Archived or brought back.")];
const IMPORTANT: &[Key] = &[MAP_ID, required("important", Kind::Boolean, "Important or not.")];
const SNOOZE: &[Key] = &[MAP_ID, required("until", Kind::Time, "A time to come, or null to wake it.")];

const NEW_CATEGORY: &[Key] = &[
    required("name", Kind::Text, "Its name."),
    key("sentiment_type", Kind::Text, "positive, neutral (default) or negative."),
];
const NEW_CAMPAIGN: &[Key] =
    &[key("name", Kind::Text, "Its name."), key("client_id", Kind::Number, "Whose it is.")];
const LEADS: &[Key] = &[
    required("lead_list", Kind::Objects, "At most 400 leads."),
    key("settings", Kind::Object, "return_lead_ids: answer the ids."),
];
const ACCOUNT_IDS: &[Key] = &[required("email_account_ids", Kind::Ids, "E-mail accounts to send from.")];
const TAG_IDS: &[Key] = &[required("tag_ids", Kind::Ids, "All its tags.")];
const SUBSEQUENCE: &[Key] = &[
    required("parent_campaign_id", Kind::Number, "The campaign it belongs to."),
    key("subsequence_name", Kind::Text, "Its name."),
];
const MAILBOX: &[Key] = &[
    required("from_name", Kind::Text, "Display name."),
    required("from_email", Kind::Text, "Address."),
    required("user_name", Kind::Text, "User name on the servers."),
    required("password", Kind::Text, "Password; sealed, never answered."),
    required("smtp_host", Kind::Text, "SMTP server."),
    required("smtp_port", Kind::Number, "Its port."),
    required("imap_host", Kind::Text, "IMAP server."),
    required("imap_port", Kind::Number, "Its port."),
    key("smtp_port_type", Kind::Text, "SSL (default), TLS or NONE."),
    key("imap_port_type", Kind::Text, "SSL (default), TLS or NONE."),
    key("imap_user_name", Kind::Text, "Where it differs."),
    key("imap_password", Kind::Text, "Where it differs; sealed, never answered."),
    key("signature", Kind::Text, "HTML put below what is sent."),
    key(
        "aliases",
        Kind::Texts,
        "Other addresses that its owner writes from; they replace those saved before.",
    ),
    key("client_id", Kind::Number, "Whose it is."),
];
const CLIENT: &[Key] =
    &[required("name", Kind::Text, "Its name."), required("email", Kind::Text, "Contact address.")];
const TAG: &[Key] = &[required("name", Kind::Text, "Its name.")];

const REPLY: &[Key] = &[
    required("email_stats_id", Kind::Text, "The thread to answer: `stats_id` of one of its messages."),
    required("email_body", Kind::Text, "The answer, as HTML."),
    key(
        "to_email",
        Kind::Text,
        "To whom. Unless given: where the writer wants answers (Reply-To), else the writer, else whom we wrote to, else the lead.",
    ),
    key("cc", Kind::Text, "Further recipients, commas between."),
    key("bcc", Kind::Text, "Recipients nobody else sees."),
    key("scheduled_time", Kind::Time, "Not before this time."),
    key("undo_seconds", Kind::Number, "0 to 60: for so long it can be taken back."),
    key(
        "reply_message_id",
        Kind::Text,
        "The message to answer, by Message-ID or by our id. Unless given: the newest reply of the thread, else our own message.",
    ),
    key("add_signature", Kind::Boolean, "Put the e-mail account's signature below."),
    key(
        "attachments",
        Kind::Objects,
        "`{file_name, file_type, content}` with base64, or `{file_url}` of an attachment here.",
    ),
];
const FORWARD: &[Key] = &[
    required("message_id", Kind::Text, "The message to forward: its Message-ID or its id."),
    required("stats_id", Kind::Text, "The thread it belongs to."),
    required("to_emails", Kind::Text, "To whom, commas between."),
    key("forward_email_body", Kind::Text, "What to say above it, as HTML."),
    key("forward_email_subject", Kind::Text, "The subject; the message's own with `Fwd:`, unless given."),
];
const ATTACH: &[Key] = &[
    key("email_lead_map_id", Kind::Number, "The conversation it belongs to."),
    key("campaign_id", Kind::Number, "Or the campaign its sender becomes a lead of."),
];
const CLASS: &[Key] = &[required(
    "class",
    Kind::Text,
    "human, automatic, bounce, delayed, feedback, unsubscribe, calendar or receipt.",
)];
const BLOCK: &[Key] = &[
    required("domains", Kind::Texts, "Domains that are not written to any more."),
    key("source", Kind::Text, "manual (default), bounce, complaint or invalid."),
];

const HISTORY: &[&str] = &["fetch_message_history"];

const fn on(
    verbs: &'static [Verb],
    path: &'static str,
    needs: Needs,
    body: Body,
    shape: Shape,
    says: &'static str,
    run: Handler,
) -> Route {
    Route { verbs, path, needs, body, query: &[], shape, sends: false, says, run }
}

const fn lists(path: &'static str, says: &'static str, run: Handler) -> Route {
    Route { query: HISTORY, ..on(POST_OR_PATCH, path, AnyKey, Keys(BODY), Shape::List, says, run) }
}

const fn edit(
    verbs: &'static [Verb],
    path: &'static str,
    keys: &'static [Key],
    says: &'static str,
    run: Handler,
) -> Route {
    on(verbs, path, AnyKey, Keys(keys), Shape::Success, says, run)
}

const fn asks(query: &'static [&'static str], route: Route) -> Route {
    Route { query, ..route }
}

const fn sends(route: Route) -> Route {
    Route { sends: true, ..route }
}

/// Every route of the server.
#[rustfmt::skip]
pub static ROUTES: &[Route] = &[
    // The lists.
    lists("/api/v1/master-inbox/assigned-me", "What is assigned to the caller.", |call| Box::pin(list(call, &LISTS[0]))),
    lists("/api/v1/master-inbox/inbox-replies", "What was replied to and is not archived.", |call| Box::pin(list(call, &LISTS[1]))),
    lists("/api/v1/master-inbox/unread-replies", "What holds an unread reply.", |call| Box::pin(list(call, &LISTS[2]))),
    lists("/api/v1/master-inbox/important", "What is marked important.", |call| Box::pin(list(call, &LISTS[3]))),
    lists("/api/v1/master-inbox/snoozed", "What is snoozed now.", |call| Box::pin(list(call, &LISTS[4]))),
    lists("/api/v1/master-inbox/archived", "What is archived.", |call| Box::pin(list(call, &LISTS[5]))),
    lists("/api/v1/master-inbox/sent", "What at least one message was sent in.", |call| Box::pin(list(call, &LISTS[6]))),
    lists("/api/v1/master-inbox/views", "Everything.", |call| Box::pin(list(call, &LISTS[7]))),
    lists("/api/v1/master-inbox/scheduled", "What has a message scheduled to be sent.", |call| Box::pin(list(call, &LISTS[9]))),
    lists("/api/v1/master-inbox/unassigned", "What has a human reply and no owner.", |call| Box::pin(list(call, &LISTS[8]))),

    // One conversation.
    on(DELETE, "/api/v1/master-inbox/{id}", Team, NoBody, Shape::Success, "Deletes a conversation with its messages for good; its lead stays.", |call| Box::pin(inbox::delete(call))),
    on(GET, "/api/v1/master-inbox/{id}", AnyKey, NoBody, Shape::Item, "One conversation with its messages.", |call| Box::pin(inbox::item(call))),
    edit(PATCH, "/api/v1/master-inbox/change-read-status", READ, "Marks read or unread.", |call| Box::pin(inbox::read_status(call))),
    edit(PATCH, "/api/v1/master-inbox/update-category", CATEGORY, "Sets or clears the category.", |call| Box::pin(inbox::category(call))),
    edit(POST_OR_PATCH, "/api/v1/master-inbox/update-team-member", OWNER, "Assigns to a member, or to nobody.", |call| Box::pin(inbox::owner(call))),
    edit(PATCH, "/api/v1/master-inbox/update-archived", ARCHIVED, "Archives or brings back.", |call| Box::pin(inbox::archived(call))),
    edit(PATCH, "/api/v1/master-inbox/update-important", IMPORTANT, "Marks important or not.", |call| Box::pin(inbox::important(call))),
    edit(PATCH, "/api/v1/master-inbox/update-snooze", SNOOZE, "Snoozes until a time, or wakes.", |call| Box::pin(inbox::snooze(call))),

    // Mail out, and mail that found no conversation.
    sends(on(POST_OR_PATCH, "/api/v1/campaigns/{id}/reply-email-thread", AnyKey, Keys(REPLY), Shape::Queued, "Answers a thread, now or later.", |call| Box::pin(send::reply(call)))),
    on(DELETE, "/api/v1/campaigns/{id}/reply-email-thread/{message_id}", AnyKey, NoBody, Shape::Success, "Takes an answer back before it leaves.", |call| Box::pin(send::take_back(call))),
    sends(on(POST_OR_PATCH, "/api/v1/campaigns/{id}/forward-email", AnyKey, Keys(FORWARD), Shape::Success, "Forwards a message.", |call| Box::pin(send::forward(call)))),
    asks(&["message_id"], on(GET, "/api/v1/master-inbox/reply-status", AnyKey, NoBody, Shape::Success, "What became of an answer.", |call| Box::pin(send::status(call)))),
    asks(&["limit", "offset", "fetchBody", "fetchAttachments", "from_email", "to_email", "subject_line"], on(GET, "/api/v1/master-inbox/untracked-replies", Team, NoBody, Shape::Object, "Mail that belongs to no conversation.", |call| Box::pin(untracked::list(call)))),
    on(POST_OR_PATCH, "/api/v1/master-inbox/untracked-replies/{id}/attach", Team, Keys(ATTACH), Shape::Success, "Puts such a mail, and its thread, into a conversation.", |call| Box::pin(untracked::attach(call))),
    on(POST_OR_PATCH, "/api/v1/master-inbox/block-domains", Team, Keys(BLOCK), Shape::Success, "Blocks domains.", |call| Box::pin(untracked::block_domains(call))),

    // The account.
    on(GET, "/api/v1/me", AnyKey, NoBody, Shape::Object, "Who the key stands for.", |call| Box::pin(account::me(call))),
    on(GET, "/api/v1/team-members", AnyKey, NoBody, Shape::Object, "The members of the account.", |call| Box::pin(account::members(call))),
    asks(&["since", "limit"], on(GET, "/api/v1/changes", Team, NoBody, Shape::Object, "The change log after a number.", |call| Box::pin(account::changes(call)))),
    on(GET, "/api/v1/leads/fetch-categories", AnyKey, NoBody, Shape::Array, "The lead categories.", |call| Box::pin(account::categories(call))),
    on(POST, "/api/v1/leads/categories", Team, Keys(NEW_CATEGORY), Shape::Success, "Makes a category.", |call| Box::pin(account::new_category(call))),
    on(POST, "/api/v1/client/save", Manager, Keys(CLIENT), Shape::Object, "Makes a client.", |call| Box::pin(account::save_client(call))),
    on(GET, "/api/v1/client", AnyKey, NoBody, Shape::Array, "The clients.", |call| Box::pin(account::clients(call))),
    on(POST, "/api/v1/tags", Team, Keys(TAG), Shape::Object, "Makes a tag, or finds it by its name.", |call| Box::pin(account::new_tag(call))),
    on(GET, "/api/v1/tags", AnyKey, NoBody, Shape::Array, "The tags.", |call| Box::pin(account::tags(call))),

    // Campaigns and leads.
    on(POST, "/api/v1/campaigns/create", AnyKey, Keys(NEW_CAMPAIGN), Shape::Object, "Makes a campaign.", |call| Box::pin(campaign::create(call))),
    on(POST, "/api/v1/campaigns/create-subsequence", AnyKey, Keys(SUBSEQUENCE), Shape::Object, "Makes a sub-sequence of a campaign.", |call| Box::pin(campaign::create_subsequence(call))),
    asks(&["client_id", "include_tags"], on(GET, "/api/v1/campaigns", AnyKey, NoBody, Shape::Array, "The campaigns, newest first.", |call| Box::pin(campaign::list(call)))),
    asks(&["include_tags"], on(GET, "/api/v1/campaigns/{id}", AnyKey, NoBody, Shape::Object, "One campaign.", |call| Box::pin(campaign::get(call)))),
    on(POST, "/api/v1/campaigns/{id}/leads", AnyKey, Keys(LEADS), Shape::Success, "Adds leads.", |call| Box::pin(campaign::add_leads(call))),
    asks(&["limit", "offset", "status", "lead_category_id"], on(GET, "/api/v1/campaigns/{id}/leads", AnyKey, NoBody, Shape::Object, "A campaign's leads.", |call| Box::pin(campaign::leads(call)))),
    asks(&["event_time_gt", "show_plain_text_response"], on(GET, "/api/v1/campaigns/{id}/leads/{lead_id}/message-history", AnyKey, NoBody, Shape::Object, "A lead's messages in a campaign.", |call| Box::pin(campaign::message_history(call)))),
    on(POST, "/api/v1/campaigns/{id}/email-accounts", AnyKey, Keys(ACCOUNT_IDS), Shape::Success, "Lets a campaign send from e-mail accounts.", |call| Box::pin(campaign::add_mailboxes(call))),
    on(POST, "/api/v1/campaigns/{id}/tags", AnyKey, Keys(TAG_IDS), Shape::Success, "Sets a campaign's tags.", |call| Box::pin(campaign::set_tags(call))),
    asks(&["email"], on(GET, "/api/v1/leads", AnyKey, NoBody, Shape::Object, "A lead by its address, or `{}`.", |call| Box::pin(campaign::lead_by_email(call)))),

    // E-mail accounts and messages.
    on(POST, "/api/v1/email-accounts/save", Manager, Keys(MAILBOX), Shape::Object, "Saves an e-mail account.", |call| Box::pin(mailbox::save(call))),
    on(GET, "/api/v1/email-accounts", AnyKey, NoBody, Shape::Array, "The e-mail accounts, without passwords.", |call| Box::pin(mailbox::list(call))),
    on(GET, "/api/v1/email-accounts/{id}", AnyKey, NoBody, Shape::Object, "One e-mail account.", |call| Box::pin(mailbox::get(call))),
    on(DELETE, "/api/v1/email-accounts/{id}", Manager, NoBody, Shape::Success, "Removes an e-mail account; its mail stays.", |call| Box::pin(mailbox::remove(call))),
    on(GET, "/api/v1/email-accounts/{id}/ledger", AnyKey, NoBody, Shape::Object, "Compares an e-mail account with its server afresh.", |call| Box::pin(mailbox::ledger(call))),
    on(POST, "/api/v1/email-accounts/{id}/test", Manager, NoBody, Shape::Object, "Tries an e-mail account's servers step by step.", |call| Box::pin(mailbox::test(call))),
    asks(&["received_at"], on(POST, "/api/v1/email-accounts/{id}/messages", Team, Raw, Shape::Object, "Takes a raw message in, as if fetched.", |call| Box::pin(mailbox::deliver(call)))),
    on(GET, "/api/v1/messages/{id}", AnyKey, NoBody, Shape::Object, "One message, complete. `start` and `end` of its `folds` count characters (Unicode code points) of `body`.", |call| Box::pin(message::item(call))),
    edit(PATCH, "/api/v1/messages/{id}/class", CLASS, "Corrects what a message is taken for; its conversation becomes as if that had been right from the start.", |call| Box::pin(message::correct(call))),
    on(GET, "/api/v1/messages/{id}/raw", AnyKey, NoBody, Shape::Bytes, "A message byte for byte as it came in.", |call| Box::pin(message::raw(call))),
    asks(&["account", "expires", "signature"], on(GET, "/api/v1/messages/{id}/attachments/{n}", Link, NoBody, Shape::Bytes, "An attachment, always as a download.", |call| Box::pin(message::attachment(call)))),
    asks(&["limit", "offset"], on(GET, "/api/v1/quarantine", Team, NoBody, Shape::Object, "Mail kept raw because it could not be read.", |call| Box::pin(message::quarantine(call)))),
    on(POST, "/api/v1/quarantine/{id}/retry", Team, NoBody, Shape::Success, "Tries to read a quarantined mail again.", |call| Box::pin(message::quarantine_retry(call))),
    on(GET, "/api/v1/quarantine/{id}/raw", Team, NoBody, Shape::Bytes, "A quarantined mail's bytes.", |call| Box::pin(message::quarantine_raw(call))),

    // Pages and health.
    on(GET, "/", Nobody, NoBody, Shape::Text, "What this is.", |call| Box::pin(page::welcome(call))),
    on(GET, "/docs", Nobody, NoBody, Shape::Text, "This API for people.", |call| Box::pin(page::docs(call))),
    on(GET, "/openapi.json", Nobody, NoBody, Shape::Object, "This API for programs.", |call| Box::pin(page::openapi(call))),
    on(GET, "/healthz", Nobody, NoBody, Shape::Object, "Whether the process answers.", |call| Box::pin(page::health(call))),
    on(GET, "/readyz", Nobody, NoBody, Shape::Object, "Whether requests are served and writes possible.", |call| Box::pin(page::ready(call))),
    on(GET, "/metrics", Nobody, NoBody, Shape::Text, "Counters in Prometheus' text format.", |call| Box::pin(page::metrics(call))),
];
