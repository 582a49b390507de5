//! Each use case requires the permission that the table in core gives to some and not to others, and requires it first.

use bytes::Bytes;
use crewbox_app::bulk::{BulkChange, StartBulk};
use crewbox_app::campaign::ChangeCampaign;
use crewbox_app::conversation::{
    Assign, CreateNote, CreateTask, Push, ReadConversation, SetReminder, Triage, assign, check_triage,
    delete, history, list, of_lead, read, rows, triage,
};
use crewbox_app::mailbox::{Deliver, MailboxFilter};
use crewbox_app::outgoing::{Forward, Reply};
use crewbox_app::sender_event::ingest;
use crewbox_app::template::SaveTemplate;
use crewbox_app::untracked::BlockReason;
use crewbox_app::webhook::ChangeWebhook;
use crewbox_app::{
    Caller, Idempotency, Refusal, Services, analytics, block_list, bulk, campaign, catalog, changes,
    conversation, key, lead, mailbox, member, message, outgoing, presence, quarantine, saved_view, session,
    statistics, template, untracked, webhook,
};
use crewbox_core::address::{Domain, EmailAddress};
use crewbox_core::draft::DraftContent;
use crewbox_core::id::{
    BulkId, CampaignId, ClientId, ConversationId, KeyId, LeadId, MailboxId, MemberId, MessageId, NoteId,
    QuarantineId, ReminderId, SavedViewId, Seq, SeqRange, SessionId, TagId, TaskId, TemplateId, WebhookId,
};
use crewbox_core::message::Class;
use crewbox_core::model::{CampaignStatus, Dialect, LeadFields, Sentiment};
use crewbox_core::permission::{GRANTS, Permission};
use crewbox_core::reminder::ReminderEdit;
use crewbox_core::task::{Priority, TaskEdit};
use crewbox_core::time::Timestamp;
use crewbox_store::contract::{BlockedQuery, LeadQuery, MailboxChange, SentQuery, UntrackedQuery};
use crewbox_store::{AttachTo, BodyLimits};

use crate::permission_commands::{
    content, list_conversations, mailbox_to_save, new_key, new_member, new_webhook, saved_list, selection,
    sender_event, sign_in,
};
use crate::team::Team;

/// An id that nothing has: a caller without the permission must not learn that.
const NOTHING: u64 = 999_999;

/// What the use cases that require a permission answered, each with its name.
type Answers = Vec<(&'static str, Result<(), Refusal>)>;

/// Puts each call's answer beside its name.
macro_rules! answers {
    ($($name:literal: $call:expr),* $(,)?) => { vec![$(($name, $call.map(drop))),*] };
}

/// Calls every use case that requires a permission, on things that do not exist. A new permission does not compile until
/// it has its line.
async fn call_all(permission: Permission, services: &Services, caller: &Caller) -> Answers {
    match permission {
        Permission::ReadInbox => answers![
            "presence::report": presence::report(services, caller, presence::Report::default()).await,
            "presence::seen": presence::seen(services, caller).await,
            "conversation::list": list(services, caller, list_conversations()).await,
            "conversation::rows": rows(services, caller, &[CONVERSATION], None).await,
            "conversation::read": read(services, caller, read_conversation()).await,
            "conversation::history":
                history(services, caller, CONVERSATION, None, BodyLimits::NONE).await,
            "conversation::of_lead": of_lead(services, caller, CAMPAIGN, LeadId(NOTHING)).await,
            "message::read": message::read(services, caller, MESSAGE, BodyLimits::NONE).await,
            "message::own_images": message::own_images(services, caller, MESSAGE, "<img src=\"cid:a\">").await,
            "message::raw": message::raw(services, caller, MESSAGE, 0).await,
            "outgoing::unsent": outgoing::unsent(services, caller, CONVERSATION).await,
            "outgoing::status": outgoing::status(services, caller, "none@us.example").await,
            "message::attachment": message::attachment(services, caller, MESSAGE, 0, 0).await,
            "conversation::notes": conversation::notes(services, caller, CONVERSATION).await,
            "conversation::note": conversation::note(services, caller, NoteId(NOTHING)).await,
            "conversation::tasks": conversation::tasks(services, caller, CONVERSATION).await,
            "conversation::task": conversation::task(services, caller, TaskId(NOTHING)).await,
            "conversation::reminders": conversation::reminders(services, caller, CONVERSATION).await,
            "conversation::reminder":
                conversation::reminder(services, caller, ReminderId(NOTHING)).await,
            "conversation::next_reminders":
                conversation::next_reminders(services, caller, &[CONVERSATION]).await,
            "bulk::progress": bulk::progress(services, caller, BulkId(NOTHING)).await,
            "saved_view::saved_views": saved_view::saved_views(services, caller).await,
            "saved_view::saved_view":
                saved_view::saved_view(services, caller, SavedViewId(NOTHING)).await,
            "message::reread": message::reread(services, caller, MESSAGE).await,
        ],
        Permission::Triage => answers![
            "conversation::check_triage": check_triage(caller, Triage::Read(true)),
            "conversation::triage": triage(services, caller, CONVERSATION, Triage::Read(true)).await,
            "bulk::preview": bulk::preview(services, caller, mark_all_read()).await,
            "bulk::start": bulk::start(services, caller, mark_all_read()).await,
            "bulk::start_in_background": bulk::start_in_background(services, caller, mark_all_read()).await,
            "bulk::stop": bulk::stop(services, caller, BulkId(NOTHING)).await,
            "bulk::undo": bulk::undo(services, caller, BulkId(NOTHING)).await,
            "saved_view::save": saved_view::save(services, caller, saved_list()).await,
            "saved_view::change":
                saved_view::change(services, caller, SavedViewId(NOTHING), "Mine", false).await,
            "saved_view::delete": saved_view::delete(services, caller, SavedViewId(NOTHING)).await,
            "conversation::categorise_and_pause":
                conversation::categorise_and_pause(services, caller, CONVERSATION, None).await,
            "conversation::pause": conversation::pause(services, caller, CONVERSATION).await,
            "conversation::resume":
                conversation::resume(services, caller, None, CONVERSATION, 0).await,
            "conversation::unsubscribe":
                conversation::unsubscribe(services, caller, CONVERSATION).await,
            "conversation::push_to_subsequence":
                conversation::push_to_subsequence(services, caller, PUSH).await,
            "conversation::create_note": conversation::create_note(services, caller, new_note()).await,
            "conversation::change_note":
                conversation::change_note(services, caller, NoteId(NOTHING), "Another").await,
            "conversation::delete_note":
                conversation::delete_note(services, caller, NoteId(NOTHING)).await,
            "conversation::create_task": conversation::create_task(services, caller, new_task()).await,
            "conversation::change_task":
                conversation::change_task(services, caller, TaskId(NOTHING), TaskEdit::default()).await,
            "conversation::delete_task":
                conversation::delete_task(services, caller, TaskId(NOTHING)).await,
            "conversation::set_reminder":
                conversation::set_reminder(services, caller, new_reminder()).await,
            "conversation::change_reminder": conversation::change_reminder(
                services, caller, ReminderId(NOTHING), ReminderEdit::default()).await,
            "conversation::delete_reminder":
                conversation::delete_reminder(services, caller, ReminderId(NOTHING)).await,
            "message::correct": message::correct(services, caller, MESSAGE, Some(Class::Human)).await,
        ],
        Permission::Assign => answers![
            "conversation::take_next": conversation::take_next(services, caller).await,
            "conversation::assign":
                assign(services, caller, Assign { conversation: CONVERSATION, member: None }).await,
        ],
        Permission::SendMail => answers![
            "outgoing::reply": outgoing::reply(services, caller, reply()).await,
            "outgoing::prepare":
                outgoing::prepare(services, caller, "none", None, outgoing::AnswerKind::Reply).await,
            "outgoing::forward": outgoing::forward(services, caller, forward()).await,
            "conversation::draft": conversation::draft(services, caller, CONVERSATION).await,
            "conversation::save_draft": conversation::save_draft(
                services, caller, CONVERSATION, 0, DraftContent::default()).await,
            "conversation::delete_draft":
                conversation::delete_draft(services, caller, CONVERSATION).await,
            "outgoing::failed": outgoing::failed(services, caller).await,
            "outgoing::signature": outgoing::signature(caller, None),
            "template::templates": template::templates(services, caller, false).await,
            "template::filled": template::filled(services, caller, TEMPLATE, CONVERSATION).await,
            "template::save": template::save(services, caller, save_template()).await,
            "template::delete": template::delete(services, caller, TEMPLATE).await,
            "outgoing::rewrite":
                outgoing::rewrite(services, caller, CONVERSATION, "none", str::to_owned).await,
            "outgoing::try_again":
                outgoing::try_again(services, caller, CONVERSATION, "none@us.example").await,
            "conversation::drafts": conversation::drafts(services, caller, &[]).await,
            "outgoing::take_back": outgoing::take_back(services, caller, CAMPAIGN, "none@us.example").await,
        ],
        Permission::DeleteConversations => {
            answers![
                "conversation::delete": delete(services, caller, CONVERSATION).await,
                "lead::remove": lead::remove(services, caller, CAMPAIGN, LeadId(NOTHING)).await,
            ]
        }
        Permission::ReadUntracked => answers!["untracked::list":
            untracked::list(services, caller, &UntrackedQuery::default(), BodyLimits::NONE).await],
        Permission::AttachUntracked => {
            let to = AttachTo::Conversation(CONVERSATION);
            answers!["untracked::attach": untracked::attach(services, caller, MESSAGE, to).await]
        }
        Permission::BlockDomains => {
            let domains = [Domain::parse("blocked.example").unwrap()];
            answers![
                "untracked::block_domains":
                    untracked::block_domains(services, caller, &domains, BlockReason::Manual).await,
                "block_list::list": block_list::list(services, caller, &BlockedQuery::default()).await,
                "block_list::unblock": block_list::unblock(services, caller, &domains).await,
            ]
        }
        Permission::ReadQuarantine => answers![
            "quarantine::list": quarantine::list(services, caller, 0, 1).await,
            "quarantine::raw": quarantine::raw(services, caller, QuarantineId(NOTHING), 0).await,
        ],
        Permission::RetryQuarantine => {
            answers!["quarantine::retry": quarantine::retry(services, caller, QuarantineId(NOTHING)).await]
        }
        Permission::ReadTeam => answers![
            "member::list": member::list(caller),
            "member::signed_in": member::signed_in(caller),
            "analytics::team_board": analytics::team_board(services, caller, &selection()).await,
        ],
        Permission::ManageMembers => answers![
            "member::add": member::add(services, caller, new_member(CLIENT)).await,
            "session::create_link": session::create_link(services, caller, MemberId(NOTHING)).await,
        ],
        Permission::ManageKeys => answers![
            "key::create": key::create(services, caller, new_key(MemberId(NOTHING), CLIENT)).await,
            "key::list": key::list(caller),
            "key::create_for_client":
                key::create_for_client(services, caller, ClientId(NOTHING), "k".to_owned(), Dialect::Live).await,
            "key::of_clients": key::of_clients(caller),
            "key::revoke_of_client": key::revoke_of_client(services, caller, KeyId(NOTHING)).await,
            "key::reset_of_client": key::reset_of_client(services, caller, KeyId(NOTHING)).await,
            "key::note_uses": key::note_uses(services, caller, &[]).await,
            "key::revoke": key::revoke(services, caller, KeyId(NOTHING)).await,
        ],
        Permission::OwnSessions => answers![
            "session::list": session::list(caller),
            "session::end": session::end(services, caller, SessionId(NOTHING)).await,
            "session::end_all": session::end_all(services, caller).await,
        ],
        Permission::ReadChanges => {
            answers![
                "changes::list": changes::list(services, caller, Seq(0), 1).await,
                "changes::newest": changes::newest(services, caller).await,
                "changes::as_seen": changes::as_seen(services, caller, SeqRange::default()).await,
            ]
        }
        // Routes require it: other programs follow the whole account's log, where the web inbox follows what its member sees.
        Permission::ReadLog => Answers::new(),
        // The route of the metrics requires it. The figures are sums over all accounts.
        Permission::ReadMetrics => Answers::new(),
        Permission::ReadCategories => answers!["catalog::categories": catalog::categories(caller)],
        Permission::ManageCategories => answers!["catalog::create_category":
            catalog::create_category(services, caller, "Warm".to_owned(), Sentiment::Positive).await],
        Permission::ReadTags => answers!["catalog::tags": catalog::tags(caller)],
        Permission::ManageTags => {
            answers!["catalog::create_tag":
                catalog::create_tag(services, caller, "vip".to_owned(), None).await,
                "catalog::change_tag":
                    catalog::change_tag(services, caller, TagId(NOTHING), "vip".to_owned(), None).await]
        }
        Permission::ReadClients => answers![
            "catalog::clients": catalog::clients(caller),
            "analytics::by_client": analytics::by_client(services, caller, &selection()).await,
        ],
        Permission::ManageClients => answers![
            "catalog::create_client":
                catalog::create_client(services, caller, "Other".to_owned(), "o@o.test".to_owned()).await,
            "catalog::change_client": catalog::change_client(
                services, caller, ClientId(NOTHING), "Other".to_owned(), "p@o.test".to_owned()).await,
        ],
        Permission::ReadCampaigns => answers![
            "campaign::list": campaign::list(caller, None),
            "campaign::get": campaign::get(caller, CAMPAIGN),
            "statistics::figures": statistics::figures(services, caller, CAMPAIGN).await,
            "analytics::campaign_period":
                analytics::campaign_period(services, caller, CAMPAIGN, &selection().days).await,
            "analytics::campaign_mailboxes":
                analytics::campaign_mailboxes(services, caller, CAMPAIGN, None).await,
            "analytics::overall": analytics::overall(services, caller, &selection()).await,
            "analytics::by_day": analytics::by_day(services, caller, &selection()).await,
            "analytics::by_campaign": analytics::by_campaign(services, caller, &selection()).await,
            "analytics::by_category": analytics::by_category(services, caller, &selection()).await,
            "analytics::reply_time": analytics::reply_time(services, caller, &selection()).await,
        ],
        Permission::ManageCampaigns => answers![
            "campaign::create": campaign::create(services, caller, "New".to_owned(), None).await,
            "campaign::create_subsequence":
                campaign::create_subsequence(services, caller, CAMPAIGN, "Next".to_owned()).await,
            "campaign::add_mailboxes":
                campaign::add_mailboxes(services, caller, CAMPAIGN, vec![MAILBOX]).await,
            "campaign::remove_mailboxes":
                campaign::remove_mailboxes(services, caller, CAMPAIGN, vec![MAILBOX]).await,
            "campaign::set_status":
                campaign::set_status(services, caller, CAMPAIGN, CampaignStatus::Paused).await,
            "campaign::change":
                campaign::change(services, caller, CAMPAIGN, ChangeCampaign::default()).await,
            "campaign::delete": campaign::delete(services, caller, CAMPAIGN).await,
            "campaign::set_tags": campaign::set_tags(services, caller, CAMPAIGN, Vec::new()).await,
        ],
        Permission::ReadLeads => answers![
            "lead::list": lead::list(services, caller, CAMPAIGN, &LeadQuery::default()).await,
            "statistics::sent": statistics::sent(services, caller, CAMPAIGN, &SentQuery::default()).await,
            "lead::get": lead::get(services, caller, LeadId(NOTHING)).await,
            "lead::export": lead::export(services, caller, CAMPAIGN, None).await,
            "lead::by_email": lead::by_email(services, caller, "nobody@lead.example").await,
        ],
        Permission::AddLeads => {
            answers![
                "lead::add": lead::add(services, caller, CAMPAIGN, Vec::new()).await,
                "lead::change":
                    lead::change(services, caller, CAMPAIGN, LeadId(NOTHING), LeadFields::default()).await,
            ]
        }
        Permission::ReadMailboxes => answers![
            "mailbox::list": mailbox::list(services, caller).await,
            "analytics::mailboxes": analytics::mailboxes(services, caller, &[]).await,
            "mailbox::page":
                mailbox::page(services, caller, &MailboxFilter::default(), 0, 1).await,
            "mailbox::get": mailbox::get(services, caller, MAILBOX).await,
            "mailbox::ledger": mailbox::ledger(services, caller, MAILBOX).await,
        ],
        Permission::ManageMailboxes => {
            let address = EmailAddress::parse("box@us.example").unwrap();
            let save = mailbox_to_save(CLIENT).read().unwrap();
            answers![
                "mailbox::save": mailbox::save(services, caller, save).await,
                "mailbox::servers_to_sign_in": mailbox::servers_to_sign_in(caller, &address, None),
                "mailbox::sign_in": mailbox::sign_in(services, caller, sign_in(address.clone(), CLIENT)).await,
                "mailbox::change":
                    mailbox::change(services, caller, MAILBOX, MailboxChange::default()).await,
                "mailbox::tag":
                    mailbox::tag(services, caller, vec![MAILBOX], Vec::new(), true).await,
                "mailbox::remove": mailbox::remove(services, caller, MAILBOX).await,
                "mailbox::test": mailbox::test(services, caller, MAILBOX).await,
            ]
        }
        Permission::DeliverMail => {
            let raw = Bytes::from_static(b"From: lea@lead.example\r\n\r\nHello\r\n");
            let command = Deliver { mailbox: MAILBOX, raw: raw.into(), received_at: None };
            let event = sender_event();
            answers![
                "mailbox::deliver": mailbox::deliver(services, caller, command).await,
                "sender_event::ingest": ingest(services, caller, event).await,
            ]
        }
        Permission::ManageWebhooks => {
            let new = new_webhook(CAMPAIGN);
            let (id, change) = (WebhookId(NOTHING), ChangeWebhook::default());
            answers![
                "webhook::create": webhook::create(services, caller, new).await,
                "webhook::get": webhook::get(services, caller, id).await,
                "webhook::of_campaign": webhook::of_campaign(services, caller, CAMPAIGN).await,
                "webhook::update": webhook::update(services, caller, id, None, change).await,
                "webhook::delete": webhook::delete(services, caller, id, None).await,
                "webhook::summary": webhook::summary(services, caller, CAMPAIGN, None, None).await,
                "webhook::retrigger": webhook::retrigger(services, caller, CAMPAIGN, None, None).await,
            ]
        }
    }
}

const CONVERSATION: ConversationId = ConversationId(NOTHING);
const TEMPLATE: TemplateId = TemplateId(NOTHING);
const MESSAGE: MessageId = MessageId(NOTHING);
const CAMPAIGN: CampaignId = CampaignId(NOTHING);
const MAILBOX: MailboxId = MailboxId(NOTHING);
const CLIENT: Option<ClientId> = Some(ClientId(NOTHING));

fn mark_all_read() -> StartBulk {
    StartBulk { list: saved_list().list, change: BulkChange::Read(true) }
}

const fn read_conversation() -> ReadConversation {
    ReadConversation { conversation: CONVERSATION, last_message: None }
}

/// A reply that lacks its text, too.
fn reply() -> Reply {
    Reply {
        campaign: Some(CAMPAIGN),
        stats_id: "none".to_owned(),
        message: None,
        to_all: false,
        subject: None,
        last_seen: None,
        last_note: None,
        force: false,
        content: content(),
        idempotency: idempotency(),
    }
}

/// A template that lacks its text, too.
fn save_template() -> SaveTemplate {
    SaveTemplate { id: Some(TEMPLATE), name: String::new(), text: String::new(), shared: false }
}

fn forward() -> Forward {
    Forward {
        campaign: Some(CAMPAIGN),
        stats_id: "none".to_owned(),
        message: Some("none".to_owned()),
        subject: None,
        content: content(),
        idempotency: idempotency(),
    }
}

fn idempotency() -> Idempotency {
    Idempotency { key: None, action: "test".to_owned(), request: Bytes::new() }
}

const PUSH: Push =
    Push { conversation: CONVERSATION, subsequence: CAMPAIGN, delay_seconds: 0, stop_on_parent_reply: false };

fn new_note() -> CreateNote {
    CreateNote { conversation: CONVERSATION, text: "Call".to_owned(), idempotency: idempotency() }
}

fn new_reminder() -> SetReminder {
    SetReminder {
        conversation: CONVERSATION,
        message: "Call".to_owned(),
        at: Timestamp(0),
        stats_id: None,
        idempotency: idempotency(),
    }
}

fn new_task() -> CreateTask {
    CreateTask {
        conversation: CONVERSATION,
        name: "Call".to_owned(),
        description: None,
        priority: Priority::Medium,
        due_at: None,
        idempotency: idempotency(),
    }
}

#[tokio::test]
async fn every_use_case_requires_its_permission_before_anything_else() {
    let team = Team::new().await;
    let (services, store) = (&team.services, team.services.store());
    let head = async || store.head(&team.operator).await.unwrap().seq;
    let (mut refused, mut allowed) = (0, 0);
    for known in team.callers().await {
        for grant in GRANTS {
            let permission = grant.permission;
            let who = format!("{permission:?} {:?}, restricted: {}", known.role, known.restricted);
            let expected = permission.check(known.role, known.restricted);
            let before = head().await;
            for (name, answer) in call_all(permission, services, &known.caller).await {
                match (expected, answer) {
                    (Err(denied), Err(Refusal::Forbidden(why))) => {
                        assert_eq!(why, denied, "{name}, {who}");
                        refused += 1;
                    }
                    (Err(_), other) => panic!("{name} was not refused: {other:?}, {who}"),
                    (Ok(()), Err(Refusal::Forbidden(why))) => panic!("{name} was refused: {why:?}, {who}"),
                    (Ok(()), Err(Refusal::Internal(why))) => panic!("{name} failed: {why}, {who}"),
                    (Ok(()), _) => allowed += 1,
                }
            }
            if expected.is_err() {
                assert_eq!(head().await, before, "{who} wrote something");
            }
        }
    }
    assert!(refused > 0 && allowed > 0, "{refused} refused, {allowed} allowed");
    store.close().await;
}
