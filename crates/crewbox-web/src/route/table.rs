//! Every route.

use std::sync::LazyLock;

use crewbox_core::permission::Permission;
use crewbox_core::view::View;

use super::entry::Needs::{Link, May, Nobody, Trusted};
use super::entry::Verb::{Delete, Get, Patch, Post, Put};
use super::entry::{self, Needs, Route, Verb};
use crate::call::SignedCall;
use crate::handler::Handler;
use crate::list::{ListRequest, list, list_of};
use crate::mcp::{self, Tool};
use crate::{
    analytics, bulk, campaign, categories, changes, client_keys, clients, domains, events, inbox, lead,
    mailbox, me, members, message, page, quarantine, send, sender_events, tags, team, untracked, webhook,
};

const GET: &[Verb] = &[Get];
const POST: &[Verb] = &[Post];
const PUT: &[Verb] = &[Put];
const PATCH: &[Verb] = &[Patch, Post];
const POST_OR_PATCH: &[Verb] = &[Post, Patch];
const DELETE: &[Verb] = &[Delete];

/// A route described by the types of its handler.
fn on<Args: 'static>(
    verbs: &'static [Verb],
    path: &'static str,
    needs: Needs,
    says: &'static str,
    handler: impl Handler<Args>,
) -> Route {
    Route::new(verbs, path, needs, says, handler)
}

fn lists(view: View, path: &'static str, says: &'static str) -> Route {
    let of = list_of(view);
    let answer = move |call: SignedCall, request: ListRequest| list(call, of, request);
    on(POST_OR_PATCH, path, May(Permission::ReadInbox), says, answer).detailed(of.limits())
}

/// What agents may call over the Model Context Protocol.
static TOOLS: LazyLock<Vec<Tool>> = LazyLock::new(|| Tool::all(&ROUTES));

/// Every route of the server.
#[rustfmt::skip]
pub static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(|| {
    vec![
        // The lists.
        lists(View::AssignedToMe, "/api/v1/master-inbox/assigned-me", "Conversations assigned to the caller, archived and snoozed ones included."),
        lists(View::Inbox, "/api/v1/master-inbox/inbox-replies", "Conversations with a reply that are not archived."),
        lists(View::Unread, "/api/v1/master-inbox/unread-replies", "Conversations with an unread reply that are not archived."),
        lists(View::Important, "/api/v1/master-inbox/important", "Conversations marked important."),
        lists(View::Snoozed, "/api/v1/master-inbox/snoozed", "Conversations that are snoozed now."),
        lists(View::Archived, "/api/v1/master-inbox/archived", "Archived conversations."),
        lists(View::Sent, "/api/v1/master-inbox/sent", "Conversations in which a message was sent."),
        lists(View::Everything, "/api/v1/master-inbox/views", "All conversations, those without a message too."),
        lists(View::Scheduled, "/api/v1/master-inbox/scheduled", "Conversations with a message that is scheduled to be sent."),
        lists(View::Reminders, "/api/v1/master-inbox/reminders", "Conversations with an open reminder."),
        lists(View::Unassigned, "/api/v1/master-inbox/unassigned", "Conversations with a human reply and without an owner that are not archived."),

        on(GET, "/api/v1/master-inbox/saved-views", May(Permission::ReadInbox), "The caller's saved views and those that others share.", inbox::saved_views::list),
        on(POST_OR_PATCH, "/api/v1/master-inbox/saved-views", May(Permission::Triage), "Saves a list with its filters and its order under a name.", inbox::saved_views::save),
        on(DELETE, "/api/v1/master-inbox/saved-views", May(Permission::Triage), "Deletes a saved view, named in the body.", inbox::saved_views::delete_named),
        on(DELETE, "/api/v1/master-inbox/saved-views/{id}", May(Permission::Triage), "Deletes a saved view.", inbox::saved_views::delete),

        // Many conversations at once.
        on(POST_OR_PATCH, "/api/v1/master-inbox/bulk", May(Permission::Triage), "Does one action to all rows of a list.", bulk::start),
        on(GET, "/api/v1/bulk/{bulk_id}", May(Permission::ReadInbox), "How far a bulk action is.", bulk::progress),
        on(POST_OR_PATCH, "/api/v1/bulk/{bulk_id}/stop", May(Permission::Triage), "Stops a bulk action; what it has done stays done.", bulk::stop),
        on(POST_OR_PATCH, "/api/v1/bulk/{bulk_id}/undo", May(Permission::Triage), "Undoes a bulk action, but for what somebody has changed since.", bulk::undo),

        // One conversation.
        on(DELETE, "/api/v1/master-inbox/{id}", May(Permission::DeleteConversations), "Deletes a conversation with its messages for good; its lead stays.", inbox::delete),
        on(GET, "/api/v1/master-inbox/{id}", May(Permission::ReadInbox), "One conversation with its messages.", inbox::item::read),
        on(PATCH, "/api/v1/master-inbox/change-read-status", May(Permission::Triage), "Marks read or unread.", inbox::read_status),
        on(PATCH, "/api/v1/master-inbox/update-category", May(Permission::Triage), "Sets or clears the category.", inbox::category),
        on(POST_OR_PATCH, "/api/v1/master-inbox/update-team-member", May(Permission::Assign), "Assigns to a member, or to nobody.", inbox::assign),
        on(PATCH, "/api/v1/master-inbox/update-archived", May(Permission::Triage), "Archives or brings back.", inbox::archived),
        on(PATCH, "/api/v1/master-inbox/update-important", May(Permission::Triage), "Marks important or not.", inbox::important),
        on(PATCH, "/api/v1/master-inbox/update-snooze", May(Permission::Triage), "Snoozes until a time, or wakes.", inbox::snooze),
        on(PATCH, "/api/v1/master-inbox/update-revenue", May(Permission::Triage), "Sets the revenue.", inbox::revenue),
        on(PATCH, "/api/v1/master-inbox/resume-lead", May(Permission::Triage), "Lets a lead go on in its campaign.", inbox::resume),
        on(POST, "/api/v1/master-inbox/push-to-subsequence", May(Permission::Triage), "Pushes a lead to a sub-sequence of its campaign.", inbox::push),
        on(GET, "/api/v1/master-inbox/{id}/draft", May(Permission::SendMail), "The caller's draft of an answer; an empty one of version 0 where there is none.", inbox::draft::read),
        on(PUT, "/api/v1/master-inbox/{id}/draft", May(Permission::SendMail), "Saves the caller's draft of an answer.", inbox::draft::save),
        on(DELETE, "/api/v1/master-inbox/{id}/draft", May(Permission::SendMail), "Deletes the caller's draft of an answer.", inbox::draft::delete),
        on(POST, "/api/v1/master-inbox/{id}/merge", May(Permission::Triage), "Moves all messages of a conversation into another one, and mail that would come into it from now on.", inbox::merge),
        on(POST, "/api/v1/master-inbox/{id}/split", May(Permission::Triage), "Moves a message, and what was exchanged with the same person after it, into a conversation of this person.", inbox::split),
        on(GET, "/api/v1/master-inbox/{id}/participants", May(Permission::ReadInbox), "Who takes part in a conversation besides its lead.", inbox::participants::list),
        on(DELETE, "/api/v1/master-inbox/{id}/participants/{email}", May(Permission::AttachUntracked), "Detaches a participant: their messages become untracked replies, and their later mail does not come in again.", inbox::participants::detach),
        on(POST, "/api/v1/master-inbox/create-note", May(Permission::Triage), "Writes a note on a conversation.", inbox::notes::create).once(),
        on(GET, "/api/v1/master-inbox/{id}/notes", May(Permission::ReadInbox), "The notes on a conversation.", inbox::notes::list),
        on(GET, "/api/v1/master-inbox/notes/{id}", May(Permission::ReadInbox), "One note.", inbox::notes::read),
        on(PATCH, "/api/v1/master-inbox/notes/{id}", May(Permission::Triage), "Replaces the text of a note: its author may, and owners and admins.", inbox::notes::change),
        on(DELETE, "/api/v1/master-inbox/notes/{id}", May(Permission::Triage), "Deletes a note: its author may, and owners and admins.", inbox::notes::delete),
        on(POST, "/api/v1/master-inbox/create-task", May(Permission::Triage), "Adds a task to a conversation.", inbox::tasks::create).once(),
        on(GET, "/api/v1/master-inbox/{id}/tasks", May(Permission::ReadInbox), "The tasks on a conversation.", inbox::tasks::list),
        on(GET, "/api/v1/master-inbox/tasks/{id}", May(Permission::ReadInbox), "One task.", inbox::tasks::read),
        on(PATCH, "/api/v1/master-inbox/tasks/{id}", May(Permission::Triage), "Changes a task, or marks it done or open again.", inbox::tasks::change),
        on(DELETE, "/api/v1/master-inbox/tasks/{id}", May(Permission::Triage), "Deletes a task.", inbox::tasks::delete),
        on(POST, "/api/v1/master-inbox/set-reminder", May(Permission::Triage), "Sets a reminder of a conversation.", inbox::reminders::set).once(),
        on(GET, "/api/v1/master-inbox/{id}/reminders", May(Permission::ReadInbox), "The reminders of a conversation.", inbox::reminders::list),
        on(GET, "/api/v1/master-inbox/reminders/{id}", May(Permission::ReadInbox), "One reminder.", inbox::reminders::read),
        on(PATCH, "/api/v1/master-inbox/reminders/{id}", May(Permission::Triage), "Changes a reminder, or marks it done or open again.", inbox::reminders::change),
        on(DELETE, "/api/v1/master-inbox/reminders/{id}", May(Permission::Triage), "Deletes a reminder.", inbox::reminders::delete),

        // Mail out, and mail that found no conversation.
        on(POST_OR_PATCH, "/api/v1/campaigns/{id}/reply-email-thread", May(Permission::SendMail), "Answers a thread, now or later.", send::reply).sending().to(entry::campaign),
        on(DELETE, "/api/v1/campaigns/{id}/reply-email-thread/{message_id}", May(Permission::SendMail), "Takes an answer back before it leaves.", send::take_back),
        on(POST_OR_PATCH, "/api/v1/campaigns/{id}/forward-email", May(Permission::SendMail), "Forwards a message.", send::forward).sending().to(entry::campaign),
        on(POST, "/api/v1/email-campaigns/send-email-thread", May(Permission::SendMail), "Answers a thread: the older name of reply-email-thread, without the campaign in the path.", send::send_thread).sending(),
        on(POST, "/api/v1/email-campaigns/forward-reply-email", May(Permission::SendMail), "Forwards a message: the older name of forward-email, without the campaign in the path.", send::forward_reply).sending(),
        on(GET, "/api/v1/master-inbox/reply-status", May(Permission::ReadInbox), "What became of an answer.", send::status),
        on(GET, "/api/v1/master-inbox/untracked-replies", May(Permission::ReadUntracked), "Mail that belongs to no conversation.", untracked::list),
        on(POST_OR_PATCH, "/api/v1/master-inbox/untracked-replies/{id}/attach", May(Permission::AttachUntracked), "Puts such a mail, and its thread, into a conversation.", untracked::attach),
        on(POST_OR_PATCH, "/api/v1/master-inbox/block-domains", May(Permission::BlockDomains), "Blocks domains.", domains::block),

        // The account.
        on(GET, "/api/v1/me", May(Permission::ReadTeam), "The member that the key belongs to, and the account.", me::show),
        on(GET, "/api/v1/team-members", May(Permission::ReadTeam), "The members of the account.", members::list),
        on(GET, "/api/v1/team/load", May(Permission::ReadTeam), "How much each member has to do now.", team::load),
        on(GET, "/api/v1/team/performance", May(Permission::ReadTeam), "What each member did in a period.", team::performance),
        on(GET, "/api/v1/changes", May(Permission::ReadLog), "The change log after a number.", changes::list),
        on(POST, "/api/v1/changes/{seq}/undo", May(Permission::Triage), "Undoes a change, unless somebody has changed the same since.", changes::undo),
        on(GET, "/api/v1/events", May(Permission::ReadLog), "The change log as server-sent events, as it grows.", events::events),
        on(POST, "/api/v1/webhook/create", May(Permission::ManageWebhooks), "Makes a webhook. Its secret is shown this once.", webhook::create).with_secret(),
        on(GET, "/api/v1/webhook/{id}", May(Permission::ManageWebhooks), "One webhook, without its secret.", webhook::get),
        on(PUT, "/api/v1/webhook/update/{id}", May(Permission::ManageWebhooks), "Changes a webhook.", webhook::update).with_secret(),
        on(DELETE, "/api/v1/webhook/delete", May(Permission::ManageWebhooks), "Deletes a webhook, with what waits for it.", webhook::delete),
        on(GET, "/api/v1/campaigns/{id}/webhooks", May(Permission::ManageWebhooks), "The webhooks of a campaign, without their secrets.", webhook::of_campaign),
        on(POST, "/api/v1/campaigns/{id}/webhooks", May(Permission::ManageWebhooks), "Makes or changes a webhook of a campaign.", webhook::save).with_secret(),
        on(DELETE, "/api/v1/campaigns/{id}/webhooks", May(Permission::ManageWebhooks), "Deletes a webhook of a campaign, named in the body.", webhook::delete_named),
        on(GET, "/api/v1/campaigns/{id}/webhooks/summary", May(Permission::ManageWebhooks), "How deliveries of a campaign's events went, with those that failed.", webhook::summary),
        on(POST, "/api/v1/campaigns/{id}/webhooks/retrigger-failed-events", May(Permission::ManageWebhooks), "Tries failed deliveries of a campaign's events again.", webhook::retrigger),
        on(DELETE, "/api/v1/campaigns/{id}/webhooks/{webhook_id}", May(Permission::ManageWebhooks), "Deletes a webhook of a campaign.", webhook::delete_of),
        on(POST, "/api/v1/events/ingest", May(Permission::DeliverMail), "Counts an opening or a click, and takes in other events of the program that sends the campaigns.", sender_events::ingest).with_texts(),
        on(GET, "/api/v1/leads/fetch-categories", May(Permission::ReadCategories), "The lead categories.", categories::list),
        on(POST, "/api/v1/leads/categories", May(Permission::ManageCategories), "Makes a category.", categories::create),
        on(POST, "/api/v1/client/save", May(Permission::ManageClients), "Makes or changes a client.", clients::save),
        on(POST, "/api/v1/client/api-key", May(Permission::ManageKeys), "Makes a key that is restricted to a client.", client_keys::create).with_secret(),
        on(GET, "/api/v1/client/api-key", May(Permission::ManageKeys), "The keys that are restricted to clients, without their texts.", client_keys::list),
        on(DELETE, "/api/v1/client/api-key", May(Permission::ManageKeys), "Revokes such a key, named in the body.", client_keys::revoke_named),
        on(DELETE, "/api/v1/client/api-key/{id}", May(Permission::ManageKeys), "Revokes such a key.", client_keys::revoke),
        on(PUT, "/api/v1/client/api-key/reset/{id}", May(Permission::ManageKeys), "Gives such a key another text; the one before is no longer accepted.", client_keys::reset).with_secret(),
        on(GET, "/api/v1/client", May(Permission::ReadClients), "The clients.", clients::list),
        on(POST, "/api/v1/tags", May(Permission::ManageTags), "Makes a tag, or finds it by its name.", tags::create),
        on(GET, "/api/v1/tags", May(Permission::ReadTags), "The tags.", tags::list),

        // Campaigns and leads.
        on(POST, "/api/v1/leads/add-domain-block-list", May(Permission::BlockDomains), "Blocks domains.", domains::add),
        on(GET, "/api/v1/leads/get-domain-block-list", May(Permission::BlockDomains), "The blocked domains.", domains::list),
        on(DELETE, "/api/v1/leads/delete-domain-block-list", May(Permission::BlockDomains), "Blocks domains no longer.", domains::remove),
        on(POST, "/api/v1/campaigns/create", May(Permission::ManageCampaigns), "Makes a campaign.", campaign::create),
        on(POST, "/api/v1/campaigns/create-subsequence", May(Permission::ManageCampaigns), "Makes a sub-sequence of a campaign.", campaign::create_subsequence),
        on(GET, "/api/v1/campaigns", May(Permission::ReadCampaigns), "The campaigns, newest first.", campaign::list),
        on(GET, "/api/v1/campaigns/{id}", May(Permission::ReadCampaigns), "One campaign.", campaign::get),
        on(POST, "/api/v1/campaigns/{id}/leads", May(Permission::AddLeads), "Adds leads to a campaign.", lead::add).with_leads().to(entry::campaign),
        on(GET, "/api/v1/campaigns/{id}/leads", May(Permission::ReadLeads), "A campaign's leads.", lead::list),
        on(POST, "/api/v1/campaigns/{id}/leads/{lead_id}", May(Permission::AddLeads), "Changes a lead's fields, in all campaigns that it is in.", lead::change),
        on(DELETE, "/api/v1/campaigns/{id}/leads/{lead_id}", May(Permission::DeleteConversations), "Removes a lead from a campaign; its conversation there goes with its messages for good.", lead::remove),
        on(GET, "/api/v1/campaigns/{id}/leads-export", May(Permission::ReadLeads), "A campaign's leads as a CSV table.", lead::export),
        on(GET, "/api/v1/campaigns/{id}/leads/{lead_id}/messages", May(Permission::ReadInbox), "The same as `message-history`.", lead::message_history),
        on(POST, "/api/v1/campaigns/{id}/leads/{lead_id}/pause", May(Permission::Triage), "Pauses a lead in a campaign.", lead::pause),
        on(POST, "/api/v1/campaigns/{id}/leads/{lead_id}/resume", May(Permission::Triage), "Lets a lead go on in a campaign.", lead::resume),
        on(POST, "/api/v1/campaigns/{id}/leads/{lead_id}/unsubscribe", May(Permission::Triage), "Unsubscribes a lead from a campaign.", lead::unsubscribe),
        on(POST, "/api/v1/campaigns/{id}/leads/{lead_id}/category", May(Permission::Triage), "Sets or clears the category of a lead in a campaign.", lead::category),
        on(GET, "/api/v1/campaigns/{id}/leads/{lead_id}/message-history", May(Permission::ReadInbox), "A lead's messages in a campaign.", lead::message_history),
        on(DELETE, "/api/v1/campaigns/{id}", May(Permission::ManageCampaigns), "Deletes a campaign; its conversations stay.", campaign::delete),
        on(GET, "/api/v1/campaigns/{id}/analytics", May(Permission::ReadCampaigns), "The figures of a campaign.", campaign::analytics),
        on(GET, "/api/v1/campaigns/{id}/statistics", May(Permission::ReadLeads), "The mails that were sent in a campaign, and what became of them.", campaign::sent_mails),
        on(GET, "/api/v1/campaigns/{id}/analytics-by-date", May(Permission::ReadCampaigns), "What happened in a campaign on some days.", campaign::analytics_by_date),
        on(GET, "/api/v1/campaigns/{id}/top-level-analytics-by-date", May(Permission::ReadCampaigns), "The same with some more figures.", campaign::top_level_by_date),
        on(GET, "/api/v1/campaigns/{id}/mailbox-statistics", May(Permission::ReadCampaigns), "The figures of each e-mail account in a campaign.", campaign::mailbox_statistics),
        on(GET, "/api/v1/campaigns/{id}/leads-statistics", May(Permission::ReadInbox), "A campaign's leads with their messages.", campaign::lead_statistics),
        on(POST, "/api/v1/campaigns/{id}/status", May(Permission::ManageCampaigns), "Sets a campaign's status.", campaign::set_status),
        on(POST, "/api/v1/campaigns/{id}/settings", May(Permission::ManageCampaigns), "Changes a campaign's name and settings.", campaign::set_settings),
        on(GET, "/api/v1/campaigns/{id}/email-accounts", May(Permission::ReadMailboxes), "The e-mail accounts that a campaign sends from.", campaign::list_mailboxes),
        on(DELETE, "/api/v1/campaigns/{id}/email-accounts", May(Permission::ManageCampaigns), "Lets a campaign no longer send from e-mail accounts.", campaign::remove_mailboxes),
        on(POST, "/api/v1/campaigns/{id}/email-accounts", May(Permission::ManageCampaigns), "Lets a campaign send from e-mail accounts.", campaign::add_mailboxes),
        on(POST, "/api/v1/campaigns/{id}/tags", May(Permission::ManageCampaigns), "Sets a campaign's tags.", campaign::set_tags),
        on(GET, "/api/v1/leads/{id}", May(Permission::ReadLeads), "One lead.", lead::get),
        on(DELETE, "/api/v1/leads/{id}", May(Permission::DeleteConversations), "Removes a lead from all campaigns, or erases the person.", lead::delete),
        on(POST, "/api/v1/leads/{id}/unsubscribe", May(Permission::Triage), "Unsubscribes a lead from all campaigns.", lead::unsubscribe_everywhere),
        on(GET, "/api/v1/leads/{id}/campaigns", May(Permission::ReadLeads), "The campaigns that a lead is in.", lead::campaigns),
        on(GET, "/api/v1/leads", May(Permission::ReadLeads), "A lead by its address, or `{}`.", lead::find),

        // What came of the mail to leads.
        on(GET, "/api/v1/analytics/overall-stats-v2", May(Permission::ReadCampaigns), "What happened in all campaigns on some days.", analytics::overall),
        on(GET, "/api/v1/analytics/day-wise-overall-stats", May(Permission::ReadCampaigns), "What happened in all campaigns on each day.", analytics::by_day),
        on(GET, "/api/v1/analytics/day-wise-positive-reply-stats", May(Permission::ReadCampaigns), "How many leads with a positive category replied on each day.", analytics::positive_by_day),
        on(GET, "/api/v1/analytics/campaign/response-stats", May(Permission::ReadCampaigns), "The replies in each campaign, by sentiment.", analytics::by_campaign),
        on(GET, "/api/v1/analytics/campaign/lead-to-reply-time", May(Permission::ReadCampaigns), "How long leads took for their first reply.", analytics::reply_time),
        on(GET, "/api/v1/analytics/lead/category-wise-response", May(Permission::ReadCampaigns), "The replies by the category of the lead.", analytics::by_category),
        on(GET, "/api/v1/analytics/client/overall-stats", May(Permission::ReadClients), "What happened in the campaigns of each client.", analytics::by_client),
        on(GET, "/api/v1/analytics/team-board/overall-stats", May(Permission::ReadTeam), "What each member did on some days.", analytics::team_board),
        on(GET, "/api/v1/analytics/mailbox/overall-stats", May(Permission::ReadMailboxes), "How many e-mail accounts are connected now.", analytics::mailboxes),

        // E-mail accounts and messages.
        on(POST, "/api/v1/email-accounts/save", May(Permission::ManageMailboxes), "Saves an e-mail account.", mailbox::save),
        on(GET, "/api/v1/email-accounts", May(Permission::ReadMailboxes), "The e-mail accounts, without passwords.", mailbox::list),
        on(POST, "/api/v1/email-accounts/tag-manager", May(Permission::ManageTags), "Renames a tag and changes its colour.", tags::change),
        on(POST, "/api/v1/email-accounts/tag-list", May(Permission::ReadMailboxes), "The tags of e-mail accounts, by their addresses.", mailbox::list_tags),
        on(POST, "/api/v1/email-accounts/tag-mapping", May(Permission::ManageMailboxes), "Gives tags to e-mail accounts.", mailbox::add_tags),
        on(DELETE, "/api/v1/email-accounts/tag-mapping", May(Permission::ManageMailboxes), "Takes tags from e-mail accounts.", mailbox::remove_tags),
        on(GET, "/api/v1/email-accounts/tags", May(Permission::ReadTags), "The tags.", tags::list),
        on(POST, "/api/v1/email-accounts/{id}", May(Permission::ManageMailboxes), "Changes an e-mail account's name, signature or client.", mailbox::change),
        on(GET, "/api/v1/email-accounts/{id}", May(Permission::ReadMailboxes), "One e-mail account.", mailbox::get),
        on(DELETE, "/api/v1/email-accounts/{id}", May(Permission::ManageMailboxes), "Removes an e-mail account; its mail stays.", mailbox::remove),
        on(GET, "/api/v1/email-accounts/{id}/ledger", May(Permission::ReadMailboxes), "Asks an e-mail account's server now, and compares it with what is held here.", mailbox::ledger),
        on(POST, "/api/v1/email-accounts/{id}/test", May(Permission::ManageMailboxes), "Tries an e-mail account's servers step by step.", mailbox::test),
        on(POST, "/api/v1/email-accounts/{id}/messages", May(Permission::DeliverMail), "Takes a raw message in, as if fetched.", mailbox::deliver).to(entry::mailbox),
        on(GET, "/api/v1/messages/{id}", May(Permission::ReadInbox), "One message, complete.", message::item),
        on(PATCH, "/api/v1/messages/{id}/class", May(Permission::Triage), "Corrects what a message is taken for; its conversation becomes as if that had been right from the start.", message::correct),
        on(GET, "/api/v1/messages/{id}/raw", May(Permission::ReadInbox), "A message byte for byte as it came in.", message::raw),
        on(GET, "/api/v1/messages/{id}/attachments/{n}", Link, "An attachment, always as a download.", message::attachment),
        on(GET, "/api/v1/quarantine", May(Permission::ReadQuarantine), "Mail kept raw because it could not be read.", quarantine::list),
        on(POST, "/api/v1/quarantine/{id}/retry", May(Permission::RetryQuarantine), "Tries to read a quarantined mail again.", quarantine::retry),
        on(GET, "/api/v1/quarantine/{id}/raw", May(Permission::ReadQuarantine), "A quarantined mail's bytes.", quarantine::raw),

        // For agents.
        on(POST, "/mcp", May(Permission::ReadInbox), "The Model Context Protocol: the inbox as tools and resources for agents.", |call, message| mcp::answer(call, message, &TOOLS)).detailed(mcp::DETAILS.to_owned()),

        // Pages and health.
        on(GET, "/docs", Nobody, "This API for people.", page::docs),
        on(GET, "/openapi.json", Nobody, "This API for programs.", page::openapi),
        on(GET, "/healthz", Nobody, "Whether the process answers.", page::health),
        on(GET, "/readyz", Nobody, "Whether requests are served and writes possible.", page::ready),
        on(GET, "/metrics", Trusted(Permission::ReadMetrics), "Counters in Prometheus' text format.", page::metrics),
    ]
});
