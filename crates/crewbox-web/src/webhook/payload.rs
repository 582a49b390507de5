//! The JSON that is posted to a webhook: the keys of the public reference, and those that the hosted service is seen to
//! send besides. Older names are there beside the newer ones, because receivers read either.

use std::sync::Arc;

use crewbox_app::webhook::{LeadPayload, Payload, PayloadSubject, RenderPayload, Shown};
use crewbox_core::message::{Address, Direction};
use crewbox_core::model::{Campaign, CampaignStatus, Category, Dialect, Lead, Member, Sentiment};
use crewbox_core::time::Timestamp;
use crewbox_core::webhook::WebhookEvent;
use crewbox_store::contract::Excerpt;

use crate::object::{At, Obj};
use crate::row::html_of;
use crate::value::{Map, Named as _};

/// What makes the JSON that is posted to webhooks, for [`Deliveries`](crewbox_app::webhook::Deliveries). Without the
/// server's public address there are no links to its pages in it.
#[must_use]
pub fn webhook_renderer(public_url: Option<&str>) -> RenderPayload {
    let base = public_url.map(|url| url.trim_end_matches('/').to_owned());
    Arc::new(move |payload| render(payload, base.as_deref()))
}

fn render(payload: &Payload, base: Option<&str>) -> Vec<u8> {
    let (object, link, says) = match &payload.subject {
        PayloadSubject::Lead(lead) => {
            let link = base.map(|base| format!("{base}/inbox/inbox/{}", lead.conversation.id));
            (of_lead(payload, lead), link, says(payload.event, lead))
        }
        PayloadSubject::Campaign(campaign, before, after) => {
            let says = format!("The status of campaign {} changed", campaign.name);
            (of_campaign(payload, campaign, *before, *after), base.map(str::to_owned), says)
        }
        PayloadSubject::Untracked(shown) => {
            let says = "A reply came in that belongs to no conversation".to_owned();
            (of_untracked(payload, shown), base.map(str::to_owned), says)
        }
    };
    let webhook = &payload.webhook;
    object
        .with("secret_key", &payload.token)
        .with("app_url", link.as_ref())
        .with("ui_master_inbox_link", link.as_ref())
        .with("description", says)
        .with("metadata", Obj::new().with("webhook_created_at", at(webhook.created_at)))
        .with("webhook_id", webhook.id)
        .with("webhook_name", &webhook.name)
        .with("webhook_url", &webhook.url)
        .with("event_type", payload.event.name())
        .done()
}

/// One sentence for people.
fn says(event: WebhookEvent, lead: &LeadPayload) -> String {
    let who = &lead.lead.fields.email;
    let what = match event {
        WebhookEvent::EmailSent => "A message was sent to",
        WebhookEvent::FirstEmailSent => "The first message was sent to",
        WebhookEvent::EmailOpen => "A message was opened by",
        WebhookEvent::EmailLinkClick => "A link was followed by",
        WebhookEvent::EmailReply => "A reply came in from",
        WebhookEvent::EmailBounce => "A message could not be delivered to",
        WebhookEvent::LeadUnsubscribed => "Unsubscribed:",
        WebhookEvent::LeadCategoryUpdated => "The category changed of",
        WebhookEvent::LeadAssigned => "The owner changed of",
        WebhookEvent::CampaignStatusChanged | WebhookEvent::UntrackedReplies => "An event of",
    };
    format!("{what} {who}")
}

const fn at(time: Timestamp) -> At {
    At(time, Dialect::Live)
}

fn of_lead(payload: &Payload, lead: &LeadPayload) -> Obj {
    let fields = &lead.lead.fields;
    let name = name_of(&lead.lead);
    let subject = lead.received.as_ref().or(lead.sent.as_ref()).map(|(message, _)| message.subject.as_str());
    let stats_id =
        lead.received.as_ref().or(lead.sent.as_ref()).map(|(message, _)| message.stats_id.as_str());
    let replied = lead.received.as_ref().map(|(message, _)| &message.from);
    // Of a reply, the lead's own address unless somebody else of its thread wrote.
    let (to_email, to_name) = match (payload.event, replied) {
        (WebhookEvent::EmailReply, Some(from)) if !from.email.eq_ignore_ascii_case(&fields.email) => {
            (from.email.as_str(), from.name.as_str())
        }
        _ => (fields.email.as_str(), name.as_str()),
    };
    let object = campaign_keys(Obj::new(), lead.campaign.as_ref())
        .with("sl_email_lead_id", lead.lead.id.to_string())
        .with("sl_email_lead_map_id", lead.conversation.id)
        .with("sl_lead_email", &fields.email)
        .with("stats_id", stats_id)
        .with("event_timestamp", at(payload.at))
        .with("from_email", lead.mailbox.as_ref())
        .with("to_email", to_email)
        .with("to_name", to_name)
        .with("sequence_number", lead.sequence_number)
        .with("subject", subject)
        .with("sent_message_body", lead.sent.as_ref().map(html))
        .with("sent_message", lead.sent.as_ref().map(message));
    match payload.event {
        WebhookEvent::EmailSent | WebhookEvent::FirstEmailSent => sent(object, payload, lead),
        WebhookEvent::EmailOpen => object.with("time_opened", at(payload.at)),
        WebhookEvent::EmailLinkClick => {
            // Which links is not kept.
            let none: &[&str] = &[];
            object.with("time_clicked", at(payload.at)).with("link_clicked", none).with("link_details", none)
        }
        WebhookEvent::EmailReply => reply(object, lead),
        WebhookEvent::EmailBounce => bounce(object, payload, lead),
        WebhookEvent::LeadUnsubscribed => {
            let client = lead.conversation.client.map(|client| (client.to_string(), true));
            object
                .with("lead_email", &fields.email)
                .with("lead_name", &name)
                .with("unsubscribed_client_id_map", Map(client.into_iter().collect()))
        }
        WebhookEvent::LeadCategoryUpdated => category(object, payload, lead),
        WebhookEvent::LeadAssigned => {
            let (before, after) = &lead.owner;
            object
                .with("assigned_to", after.as_ref().map(member))
                .with("previously_assigned_to", before.as_ref().map(member))
        }
        WebhookEvent::CampaignStatusChanged | WebhookEvent::UntrackedReplies => object,
    }
}

fn sent(object: Obj, payload: &Payload, lead: &LeadPayload) -> Obj {
    object
        .with("time_sent", lead.sent.as_ref().map_or(at(payload.at), |(message, _)| at(message.at)))
        .with("custom_subject", lead.sent.as_ref().map(|(message, _)| message.subject.as_str()))
        .with("custom_email_message", lead.sent.as_ref().map(html))
        .with("message_id", lead.sent.as_ref().map(message_id))
}

fn reply(object: Obj, lead: &LeadPayload) -> Obj {
    let Some(received) = &lead.received else { return object };
    let (mail, texts) = received;
    let from = mail.from.email.as_str();
    let correspondence = Obj::new()
        .with("targetLeadEmail", &lead.lead.fields.email)
        .with("replyReceivedFrom", from)
        .with("repliedCompanyDomain", domain(from));
    object
        .with("time_replied", at(mail.at))
        .with("message_id", message_id(received))
        .with("reply_message", message(received))
        .with("reply_body", html(received))
        .with("preview_text", texts.text.as_str())
        .with("cc_emails", emails(&mail.cc))
        .with("reply_category", lead.conversation.category)
        .with("leadCorrespondence", correspondence)
}

fn bounce(object: Obj, payload: &Payload, lead: &LeadPayload) -> Obj {
    let report = lead.received.as_ref();
    object
        .with("time_sent", lead.sent.as_ref().map_or(at(payload.at), |(message, _)| at(message.at)))
        .with("custom_subject", lead.sent.as_ref().map(|(message, _)| message.subject.as_str()))
        .with("custom_email_message", lead.sent.as_ref().map(html))
        .with("message_id", lead.sent.as_ref().map(message_id))
        .with("is_bounced", true)
        .with("is_sender_originated_bounce", false)
        .with("bounce_reply_message_id", report.map(message_id))
        .with("bounce_reply_email", report.map(html))
        .with("bounce_reply_email_preview", report.map(|(_, texts)| texts.text.as_str()))
        .with("bounce_message", report.map(message))
}

fn category(object: Obj, payload: &Payload, lead: &LeadPayload) -> Obj {
    let fields = &lead.lead.fields;
    let name = name_of(&lead.lead);
    let (before, after) = &lead.category;
    let id = |category: &Option<Category>| category.as_ref().map(|category| category.id);
    let named = |category: &Option<Category>| category.as_ref().map(|category| category.name.clone());
    let last = lead.history.iter().rev().find(|(message, _)| message.direction == Direction::Inbound);
    let data = Obj::new()
        .with("email", &fields.email)
        .with("first_name", fields.first_name.as_ref())
        .with("last_name", fields.last_name.as_ref())
        .with("phone_number", fields.phone.as_ref())
        .with("company_name", fields.company.as_ref())
        .with("website", fields.website.as_ref())
        .with("location", fields.location.as_ref())
        .with("custom_fields", Map(fields.custom_fields.clone()))
        .with("linkedin_profile", fields.linkedin_profile.as_ref())
        .with("company_url", fields.company_url.as_ref())
        .with("category", after.as_ref().map(of_category));
    let change = Obj::new()
        .with("old_id", id(before))
        .with("old_name", named(before))
        .with("new_id", id(after))
        .with("new_name", named(after));
    object
        .with("lead_id", lead.lead.id)
        .with("lead_email", &fields.email)
        .with("lead_name", &name)
        .with("lead_data", data)
        .with("category", named(after))
        .with("lead_category_id", id(after))
        .with("lead_category", change)
        .with("current_sequence", lead.sequence_number)
        .with("created_at", at(payload.at))
        .with("from", lead.mailbox.as_ref())
        .with("to", &fields.email)
        .with("history", lead.history.iter().map(entry).collect::<Vec<_>>())
        .with("lastReply", last.map(entry))
        .with("last_reply", last.map(entry))
}

fn of_category(category: &Category) -> Obj {
    let sentiment = match category.sentiment {
        Sentiment::Positive => "positive",
        Sentiment::Neutral => "neutral",
        Sentiment::Negative => "negative",
    };
    Obj::new().with("name", &category.name).with("sentiment_type", sentiment)
}

fn of_campaign(
    payload: &Payload,
    campaign: &Campaign,
    before: Option<CampaignStatus>,
    after: Option<CampaignStatus>,
) -> Obj {
    // The status that the event is about: the campaign may have another one by now.
    let after = after.unwrap_or(campaign.status).wire_name();
    Obj::new()
        .with("campaign_id", campaign.id)
        .with("campaign_name", &campaign.name)
        .with("campaign_status", after)
        .with("client_id", campaign.client)
        .with("event_timestamp", at(payload.at))
        .with("old_status", before.map(|before| before.wire_name()))
        .with("new_status", after)
}

fn of_untracked(payload: &Payload, shown: &Shown) -> Obj {
    let (mail, texts) = shown;
    Obj::new()
        .with("event_timestamp", at(payload.at))
        .with("reply_message", message(shown))
        .with("sender_detail", detail(&mail.from))
        .with("recipient_detail", details(&mail.to))
        .with("from_email", &mail.from.email)
        .with("to_email", details(&mail.to))
        .with("cc", details(&mail.cc))
        .with("bcc", "")
        .with("subject", &mail.subject)
        .with("visible_text", texts.text.as_str())
        .with("has_attachment", !mail.attachments.is_empty())
}

fn campaign_keys(object: Obj, campaign: Option<&Campaign>) -> Obj {
    object
        .with("campaign_id", campaign.map(|campaign| campaign.id))
        .with("campaign_name", campaign.map(|campaign| campaign.name.as_str()))
        .with("campaign_status", campaign.map(|campaign| campaign.status.wire_name()))
        .with("client_id", campaign.and_then(|campaign| campaign.client))
}

fn member(member: &Member) -> Obj {
    Obj::new().with("id", member.id).with("name", &member.name).with("email", &member.email)
}

/// A message, as several events have it.
fn message(shown: &Shown) -> Obj {
    let (mail, texts) = shown;
    let object = Obj::new()
        .with("message_id", message_id(shown))
        .with("html", html(shown))
        .with("text", texts.text.as_str())
        .with("time", at(mail.at));
    if is_cut(texts) { object.with("body_truncated", true) } else { object }
}

/// A message of a history.
fn entry(shown: &Shown) -> Obj {
    let (mail, texts) = shown;
    let kind = match mail.direction {
        Direction::Outbound => "SENT",
        Direction::Inbound => "REPLY",
    };
    let object = Obj::new()
        .with("stats_id", &mail.stats_id)
        .with("type", kind)
        .with("message_id", message_id(shown))
        .with("time", at(mail.at))
        .with("email_body", html(shown))
        .with("subject", &mail.subject)
        .with("cc_emails", emails(&mail.cc));
    if is_cut(texts) { object.with("body_truncated", true) } else { object }
}

const fn is_cut(texts: &Excerpt) -> bool {
    texts.text_truncated || texts.html_truncated
}

/// A mail's HTML, or its text as HTML.
fn html((_, texts): &Shown) -> String {
    texts.html.clone().unwrap_or_else(|| html_of(&texts.text))
}

fn message_id((mail, _): &Shown) -> String {
    format!("<{}>", mail.message_id)
}

fn name_of(lead: &Lead) -> String {
    let parts = [&lead.fields.first_name, &lead.fields.last_name];
    parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ")
}

fn emails(addresses: &[Address]) -> Vec<&str> {
    addresses.iter().map(|address| address.email.as_str()).collect()
}

/// `Lea Lead <lea@lead.example>`, or the address alone.
fn detail(address: &Address) -> String {
    if address.name.is_empty() {
        return address.email.clone();
    }
    format!("{} <{}>", address.name, address.email)
}

fn details(addresses: &[Address]) -> String {
    addresses.iter().map(detail).collect::<Vec<_>>().join(", ")
}

fn domain(email: &str) -> &str {
    email.rsplit_once('@').map_or("", |(_, domain)| domain)
}
