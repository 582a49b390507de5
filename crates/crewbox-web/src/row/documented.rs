//! The row of the documented dialect, key by key in the contract's order.

use crewbox_core::conversation::Flags;
use crewbox_core::filter::EmailStatus;
use crewbox_core::message::{Address, Class, Direction, Message};
use crewbox_core::model::Dialect;
use crewbox_core::time::Timestamp;
use crewbox_store::{Catalog, Row};

use super::limits::is_cut;
use super::parts::{Money, is_read, named};
use crate::object::{At, Null, Obj, Put, Quoted};

/// The row without its closing brace, and where the snooze belongs.
pub(super) fn render(row: &Row, catalog: &Catalog) -> (Vec<u8>, usize) {
    let conversation = &row.conversation;
    let lead = &row.lead.fields;
    let campaign = catalog.campaign(conversation.campaign);
    let message = row.last_message.as_ref().map(|(message, texts)| last_message(message, &texts.text));
    let mailbox = conversation.mailbox.and_then(|id| catalog.mailbox(id));
    let category = conversation.category.and_then(|id| catalog.category(id));
    let owner = conversation.owner.and_then(|id| catalog.member(id));

    let mut out = Obj::new()
        .with("id", MessageRef(row.last_message.as_ref().map_or(0, |(message, _)| message.id.get())))
        .with("campaign_lead_map_id", Quoted(conversation.id.get()))
        .with(
            "lead",
            Obj::new()
                .with("email", &lead.email)
                .with("first_name", &lead.first_name)
                .with("last_name", &lead.last_name)
                .with("company", &lead.company)
                .with("phone", &lead.phone),
        )
        .with("campaign", named(conversation.campaign, campaign.map_or("", |campaign| &campaign.name)))
        .with("last_message", message)
        .with("email_status", EmailStatus::of(conversation.flags).name())
        .with("category", category.map(|category| named(category.id, &category.name)))
        .with("assigned_to", owner.map(|member| named(member.id, &member.name).with("email", &member.email)))
        .with("is_read", is_read(conversation.flags))
        .with(
            "email_account",
            mailbox.map(|mailbox| {
                Obj::new().with("id", mailbox.id).with("email", &mailbox.email).with("name", &mailbox.name)
            }),
        )
        .with("is_important", conversation.flags.has(Flags::IMPORTANT))
        .with("is_archived", conversation.flags.has(Flags::ARCHIVED));
    let cut = out.len();
    out.add("revenue", Money(conversation.revenue_cents));
    out.add("tags", tag_names(row, catalog));
    let last_activity = conversation.reply_time.max(conversation.sent_time);
    out.add(
        "stats",
        Obj::new()
            .with("total_sent", conversation.sent_count)
            .with("total_opened", conversation.opened_count)
            .with("total_clicked", conversation.clicked_count)
            .with("total_replied", conversation.replied_count)
            .with("last_activity", last_activity.map(seconds)),
    );
    if is_cut(row) {
        out.add("body_truncated", true);
    }
    (out.open_end(), cut)
}

/// `msg_` and a message's id; `msg_0` where there is none.
pub(super) struct MessageRef(pub(super) u64);

impl Put for MessageRef {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"\"msg_");
        self.0.put(out);
        out.push(b'"');
    }
}

pub(super) fn seconds(at: Timestamp) -> At {
    At(at, Dialect::Documented)
}

/// Addresses, joined as the contract has it.
pub(super) fn joined(addresses: &[Address]) -> String {
    let emails: Vec<&str> = addresses.iter().map(|address| address.email.as_str()).collect();
    emails.join(", ")
}

fn last_message(message: &Message, body: &str) -> Obj {
    let object = Obj::new().with("subject", &message.subject).with("body", body);
    let object = match message.direction {
        Direction::Inbound => object.with("received_at", seconds(message.at)),
        Direction::Outbound => object.with("received_at", Null),
    };
    let object = object.with("id", MessageRef(message.id.get()));
    let object = match message.direction {
        Direction::Inbound => object.with("sent_at", Null),
        Direction::Outbound => object.with("sent_at", seconds(message.at)),
    };
    explained(object.with("sent_from", &message.from.email).with("sent_to", joined(&message.to)), message)
}

/// What the message is taken for and why it is where it is, after its own keys.
pub(super) fn explained(object: Obj, message: &Message) -> Obj {
    object
        .with("class", message.class.name())
        .with("suspected", message.suspected.map(Class::name))
        .with("class_evidence", &message.evidence)
        .with("placed_because", &message.reason)
        .with("notice", &message.notice)
}

/// The campaign's tags, then its own that are not among them.
fn tag_names<'c>(row: &Row, catalog: &'c Catalog) -> Vec<&'c str> {
    let inherited = catalog.campaign(row.conversation.campaign).map_or(&[][..], |campaign| &campaign.tags);
    let own = row.conversation.tags.iter().filter(|tag| !inherited.contains(tag));
    inherited.iter().chain(own).filter_map(|tag| catalog.tag(*tag)).map(|tag| tag.name.as_str()).collect()
}
