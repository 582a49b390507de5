//! Which change is which event, who gets it, and when it is tried again.

use super::*;
use crate::change::Cause;
use crate::id::ConversationId;

const NEWS: MessageNews = MessageNews {
    direction: Direction::Inbound,
    class: Class::Human,
    about_another: false,
    arrival: Arrival::Live,
    is_first: false,
};

fn change(kind: ChangeKind, detail: Vec<Delta>) -> Change {
    Change {
        seq: Seq(9),
        at: Timestamp(1),
        actor: None,
        cause: Cause::System,
        kind,
        conversation: Some(ConversationId(1)),
        subject: Some(1),
        detail,
        of_client: None,
    }
}

fn names(kind: ChangeKind, news: MessageNews) -> Vec<&'static str> {
    events_of(&change(kind, Vec::new()), Some(news)).into_iter().map(|(event, _)| event.name()).collect()
}

fn webhook(id: u64, association: Association, events: &[WebhookEvent]) -> Webhook {
    Webhook {
        id: WebhookId(id),
        name: String::new(),
        url: String::new(),
        association,
        client: match association {
            Association::Client(client) => Some(client),
            Association::User | Association::Campaign(_) => None,
        },
        events: events.to_vec(),
        categories: Vec::new(),
        since: Seq(5),
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
    }
}

#[test]
fn every_event_is_found_by_its_name_and_raised_by_a_change() {
    use ChangeKind as Kind;
    let sent = MessageNews { direction: Direction::Outbound, is_first: true, ..NEWS };
    let of = |class| MessageNews { class, ..NEWS };
    let field = |field| Delta { field, before: None, after: Some(2) };
    let mut raised: Vec<&str> = [
        (Kind::MessageSent, sent, vec!["EMAIL_SENT", "FIRST_EMAIL_SENT"]),
        (Kind::MessageSent, MessageNews { is_first: false, ..sent }, vec!["EMAIL_SENT"]),
        (Kind::MessageReceived, NEWS, vec!["EMAIL_REPLY"]),
        (Kind::MessageAttached, NEWS, vec!["EMAIL_REPLY"]),
        (Kind::MessageReceived, of(Class::Automatic), vec![]),
        (Kind::MessageReceived, of(Class::Calendar), vec![]),
        (Kind::MessageReceived, of(Class::Bounce), vec!["EMAIL_BOUNCE"]),
        (Kind::MessageReceived, MessageNews { about_another: true, ..of(Class::Bounce) }, vec![]),
        (Kind::MessageReceived, of(Class::Unsubscribe), vec!["LEAD_UNSUBSCRIBED"]),
        (Kind::MessageReceived, of(Class::Feedback), vec!["LEAD_UNSUBSCRIBED"]),
        (Kind::LeadUnsubscribed, NEWS, vec!["LEAD_UNSUBSCRIBED"]),
        (Kind::MessageUntracked, NEWS, vec!["UNTRACKED_REPLIES"]),
        (Kind::MessageUntracked, of(Class::Automatic), vec![]),
        (Kind::MessageOpened, sent, vec!["EMAIL_OPEN"]),
        (Kind::MessageClicked, sent, vec!["EMAIL_LINK_CLICK"]),
        (Kind::CampaignStatusChanged, NEWS, vec!["CAMPAIGN_STATUS_CHANGED"]),
        (Kind::NoteAdded, NEWS, vec![]),
    ]
    .into_iter()
    .flat_map(|(kind, news, expected)| {
        assert_eq!(names(kind, news), expected, "{kind:?} {news:?}");
        let is_event = may_be_event(&change(kind, Vec::new()));
        assert!(is_event || expected.is_empty(), "{kind:?}");
        expected
    })
    .collect();
    for (kind, field, expected) in [
        (Kind::OwnerChanged, field(Field::Owner), WebhookEvent::LeadAssigned),
        (Kind::CategoryChanged, field(Field::Category), WebhookEvent::LeadCategoryUpdated),
    ] {
        let change = change(kind, vec![field]);
        assert!(may_be_event(&change));
        assert_eq!(events_of(&change, None), [(expected, Some(field))]);
        raised.push(expected.name());
    }
    for event in WebhookEvent::ALL {
        assert_eq!(WebhookEvent::from_name(event.name()), Some(*event));
        assert!(raised.contains(&event.name()), "nothing raises {event:?}");
    }
}

#[test]
fn mail_of_the_past_raises_nothing_whatever_it_is() {
    let past = MessageNews { arrival: Arrival::History { open: Some(true) }, ..NEWS };
    let category = Delta { field: Field::Category, before: None, after: Some(6) };
    assert!(events_of(&change(ChangeKind::MessageReceived, vec![category]), Some(past)).is_empty());
    // Somebody opens an old mail now.
    assert_eq!(names(ChangeKind::MessageOpened, past), ["EMAIL_OPEN"]);
}

#[test]
fn the_first_level_that_subscribes_gets_an_event() {
    use WebhookEvent::{EmailOpen, EmailReply, EmailSent, LeadCategoryUpdated};
    let (ours, theirs) = (ClientId(1), ClientId(2));
    let campaign = Webhook {
        client: Some(ours),
        ..webhook(4, Association::Campaign(CampaignId(7)), &[EmailReply, EmailSent, EmailOpen])
    };
    let interested =
        Webhook { categories: vec![CategoryId(1)], ..webhook(5, Association::User, &[LeadCategoryUpdated]) };
    let all = [
        webhook(1, Association::User, &[EmailReply]),
        webhook(2, Association::Client(ours), &[EmailReply, EmailSent]),
        webhook(3, Association::Client(theirs), &[EmailReply, EmailSent]),
        campaign,
        interested,
        webhook(6, Association::User, &[EmailReply]),
    ];
    let about = |campaign, client, category: Option<u64>| About {
        campaign: Some(CampaignId(campaign)),
        client,
        category: category.map(CategoryId),
    };
    let got = |event, about, seq| {
        receivers(&all, event, about, Seq(seq)).map(|webhook| webhook.id.get()).collect::<Vec<_>>()
    };
    assert_eq!(
        got(EmailReply, about(7, Some(ours), None), 6),
        [1, 6],
        "the account's come first, all of them"
    );
    assert_eq!(got(EmailSent, about(7, Some(ours), None), 6), [2]);
    assert_eq!(got(EmailSent, about(8, Some(theirs), None), 6), [3]);
    assert_eq!(got(EmailOpen, about(7, Some(ours), None), 6), [4]);
    assert_eq!(got(EmailOpen, about(7, Some(theirs), None), 6), [0; 0], "a campaign is of one client");
    assert_eq!(got(EmailSent, about(9, None, None), 6), [0; 0]);
    assert_eq!(got(LeadCategoryUpdated, about(9, None, Some(1)), 6), [5]);
    assert_eq!(got(LeadCategoryUpdated, about(9, None, Some(2)), 6), [0; 0]);
    assert_eq!(got(EmailReply, about(7, Some(ours), None), 5), [0; 0], "what happened before it was made");
}

#[test]
fn retries_follow_after_1_5_and_30_minutes() {
    let now = Timestamp(1_000);
    let waits: Vec<Option<i64>> =
        (0..6).map(|tries| next_try(tries, now).map(|at| (at.0 - now.0) / 60_000)).collect();
    assert_eq!(waits, [None, Some(1), Some(5), Some(30), None, None]);
}
