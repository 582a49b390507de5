//! The rules by which a conversation changes.

use super::*;
use crate::change::Field;

const T0: Timestamp = Timestamp(1_000_000);

fn at(seconds: i64) -> Timestamp {
    T0.plus_seconds(seconds)
}

fn fresh() -> Conversation {
    Conversation::new(ConversationId(1), LeadId(2), CampaignId(3), Some(ClientId(4)), T0)
}

fn message(id: u64, direction: Direction, class: Class, seconds: i64) -> MessageFacts {
    MessageFacts {
        id: MessageId(id),
        direction,
        class,
        at: at(seconds),
        about_another: false,
        mailbox: Some(MailboxId(id % 3 + 1)),
    }
}

fn arrives(class: Class, seconds: i64) -> Edit {
    Edit::Message { facts: message(10, Direction::Inbound, class, seconds), arrival: Arrival::Live }
}

fn sent(seconds: i64) -> Edit {
    Edit::Message { facts: message(20, Direction::Outbound, Class::Human, seconds), arrival: Arrival::Live }
}

/// Applies edits, each a second after the one before.
fn after(edits: &[Edit]) -> Conversation {
    let mut row = fresh();
    for (second, edit) in (1..).zip(edits) {
        row.apply(edit, at(second));
    }
    row
}

#[test]
fn unread_needs_a_reply() {
    let mut row = fresh();
    assert_eq!(row.apply(&Edit::Read(false), at(1)), []);
    row.apply(&sent(2), at(2));
    assert_eq!(row.apply(&Edit::Read(false), at(3)), []);
    row.apply(&arrives(Class::Human, 4), at(4));
    assert!(row.flags.has(Flags::UNREAD));
    assert_eq!(row.apply(&Edit::Read(true), at(5)).len(), 1);
    assert_eq!(row.apply(&Edit::Read(false), at(6)).len(), 1);
    assert!(row.flags.has(Flags::UNREAD));
}

#[test]
fn a_human_reply_wakes_brings_back_and_marks_unread() {
    let before = [sent(0), Edit::Archived(true), Edit::Snooze(Some(at(9_999)))];
    let mut row = after(&before);
    assert!(row.flags.has(Flags::ARCHIVED) && row.snoozed_until.is_some());
    let deltas = row.apply(&arrives(Class::Human, 50), at(50));
    assert!(row.flags.has(Flags::REPLIED.with(Flags::UNREAD).with(Flags::HAS_REPLY)));
    assert!(!row.flags.has(Flags::ARCHIVED));
    assert_eq!(row.snoozed_until, None);
    assert_eq!((row.reply_time, row.last_reply, row.replied_count), (Some(at(50)), Some(MessageId(10)), 1));
    let fields: Vec<Field> = deltas.iter().map(|delta| delta.field).collect();
    for field in [Field::Flags, Field::ReplyTime, Field::LastReply, Field::SnoozedUntil, Field::RepliedCount]
    {
        assert!(fields.contains(&field), "{field:?}");
    }
}

#[test]
fn backfilled_mail_counts_as_read_and_wakes_nothing() {
    let mut row = after(&[sent(0), Edit::Archived(true), Edit::Snooze(Some(at(9_999)))]);
    let facts = message(10, Direction::Inbound, Class::Human, 5);
    row.apply(&Edit::Message { facts, arrival: Arrival::History { open: Some(false) } }, at(60));
    assert!(row.flags.has(Flags::REPLIED.with(Flags::ARCHIVED)));
    assert!(!row.flags.has(Flags::UNREAD));
    assert_eq!(row.snoozed_until, Some(at(9_999)));
}

#[test]
fn only_a_human_reply_raises_anything() {
    for class in [Class::Automatic, Class::Calendar, Class::Unsubscribe] {
        let row = after(&[arrives(class, 1)]);
        assert!(row.flags.has(Flags::HAS_REPLY), "{class:?} is a reply");
        assert!(!row.flags.any(Flags::REPLIED.with(Flags::UNREAD)), "{class:?} raises nothing");
        assert_eq!((row.reply_time, row.replied_count), (Some(at(1)), 0));
    }
    for class in [Class::Bounce, Class::Delayed, Class::Feedback] {
        let row = after(&[arrives(class, 1)]);
        assert!(!row.flags.any(Flags::HAS_REPLY.with(Flags::UNREAD)), "{class:?} is no reply");
        assert_eq!((row.reply_time, row.last_reply), (None, None));
    }
    assert!(after(&[arrives(Class::Bounce, 1)]).flags.has(Flags::BOUNCED));
    assert!(after(&[arrives(Class::Feedback, 1)]).flags.has(Flags::UNSUBSCRIBED));
    assert!(after(&[arrives(Class::Unsubscribe, 1)]).flags.has(Flags::UNSUBSCRIBED));
    assert!(!after(&[arrives(Class::Delayed, 1)]).flags.has(Flags::BOUNCED));
}

#[test]
fn an_automatic_reply_categorises_only_what_has_no_category() {
    assert_eq!(after(&[arrives(Class::Automatic, 1)]).category, Some(OUT_OF_OFFICE));
    let chosen = Some(CategoryId(1));
    assert_eq!(after(&[Edit::Category(chosen), arrives(Class::Automatic, 1)]).category, chosen);
    assert_eq!(after(&[arrives(Class::Human, 1)]).category, None);
}

#[test]
fn an_edit_without_effect_leaves_the_row_as_it_was() {
    let row = after(&[
        sent(0),
        arrives(Class::Human, 1),
        Edit::Tags(vec![TagId(2)]),
        Edit::Owner(Some(MemberId(7))),
    ]);
    let idle = [
        Edit::Read(false),
        Edit::Category(None),
        Edit::Owner(Some(MemberId(7))),
        Edit::Archived(false),
        Edit::Important(false),
        Edit::Snooze(None),
        Edit::WakeIfDue,
        Edit::Tags(vec![TagId(2), TagId(2)]),
        Edit::Revenue(0),
    ];
    for edit in idle {
        let mut same = row.clone();
        assert_eq!(same.apply(&edit, at(500)), [], "{edit:?}");
        assert_eq!(same, row, "{edit:?}");
    }
}

#[test]
fn every_effect_is_logged_and_dated() {
    let mut row = fresh();
    let deltas = row.apply(&Edit::Owner(Some(MemberId(7))), at(9));
    assert_eq!(deltas, [Delta { field: Field::Owner, before: None, after: Some(7) }]);
    assert_eq!((row.assigned_at, row.updated_at), (Some(at(9)), at(9)));
    row.apply(&Edit::Owner(None), at(10));
    assert_eq!((row.owner, row.assigned_at), (None, None));
    let deltas = row.apply(&Edit::Tags(vec![TagId(3), TagId(1)]), at(11));
    assert_eq!(row.tags, [TagId(1), TagId(3)]);
    assert_eq!(deltas.len(), 2);
    let deltas = row.apply(&Edit::Tags(vec![TagId(3)]), at(12));
    assert_eq!(deltas, [Delta { field: Field::Tag, before: Some(1), after: None }]);
}

#[test]
fn a_snooze_is_cleared_only_once_it_has_ended() {
    let mut row = after(&[Edit::Snooze(Some(at(100)))]);
    assert_eq!(row.apply(&Edit::WakeIfDue, at(99)), []);
    assert_eq!(row.apply(&Edit::WakeIfDue, at(100)).len(), 1);
    assert_eq!(row.snoozed_until, None);
}

#[test]
fn messages_may_arrive_in_any_order() {
    let messages = [
        message(1, Direction::Outbound, Class::Human, 10),
        message(2, Direction::Inbound, Class::Human, 20),
        message(3, Direction::Outbound, Class::Human, 30),
        message(4, Direction::Inbound, Class::Automatic, 40),
        message(5, Direction::Inbound, Class::Human, 40),
    ];
    let fold = |order: &[usize]| {
        let edits: Vec<Edit> = order
            .iter()
            .map(|&i| Edit::Message { facts: messages[i], arrival: Arrival::History { open: Some(false) } })
            .collect();
        after(&edits)
    };
    let straight = fold(&[0, 1, 2, 3, 4]);
    assert_eq!((straight.reply_time, straight.last_reply), (Some(at(40)), Some(MessageId(5))));
    assert_eq!((straight.sent_time, straight.last_sent), (Some(at(30)), Some(MessageId(3))));
    for order in [[4, 3, 2, 1, 0], [2, 4, 0, 3, 1], [1, 0, 3, 2, 4]] {
        let other = fold(&order);
        assert_eq!((other.reply_time, other.last_reply), (straight.reply_time, straight.last_reply));
        assert_eq!((other.sent_time, other.last_sent), (straight.sent_time, straight.last_sent));
        assert_eq!((other.flags, other.sent_count), (straight.flags, straight.sent_count));
        assert_eq!(other.replied_count, straight.replied_count);
    }
}

#[test]
fn deriving_again_equals_folding_and_keeps_what_people_decided() {
    let messages = [
        message(1, Direction::Outbound, Class::Human, 10),
        message(2, Direction::Inbound, Class::Human, 20),
        message(3, Direction::Inbound, Class::Bounce, 30),
    ];
    let edits: Vec<Edit> =
        messages.iter().map(|facts| Edit::Message { facts: *facts, arrival: Arrival::Live }).collect();
    let mut row = after(&edits);
    row.apply(&Edit::Important(true), at(60));
    row.apply(&Edit::Category(Some(CategoryId(2))), at(61));
    let before = row.clone();
    assert_eq!(row.apply(&Edit::Rederive(messages.to_vec()), at(70)), []);
    assert_eq!(row, before);
    row.apply(&Edit::Rederive(messages[..1].to_vec()), at(71));
    assert!(!row.flags.any(Flags::REPLIED.with(Flags::HAS_REPLY).with(Flags::BOUNCED).with(Flags::UNREAD)));
    assert!(row.flags.has(Flags::IMPORTANT.with(Flags::SENT)));
    assert_eq!((row.reply_time, row.replied_count, row.category), (None, 0, Some(CategoryId(2))));
}

#[test]
fn the_first_message_sent_starts_the_lead() {
    assert_eq!(fresh().lead_status, LeadStatus::Started);
    assert_eq!(after(&[sent(1)]).lead_status, LeadStatus::InProgress);
}

#[test]
fn the_mailbox_is_the_newest_messages() {
    let row = after(&[
        Edit::Message {
            facts: message(1, Direction::Outbound, Class::Human, 30),
            arrival: Arrival::History { open: Some(false) },
        },
        Edit::Message {
            facts: message(2, Direction::Inbound, Class::Human, 10),
            arrival: Arrival::History { open: Some(false) },
        },
    ]);
    assert_eq!(row.mailbox, Some(MailboxId(2)));
}

#[test]
fn a_later_reply_by_a_person_ends_a_bounce_in_any_order_of_arrival() {
    let bounce = message(1, Direction::Inbound, Class::Bounce, 10);
    let human = message(2, Direction::Inbound, Class::Human, 20);
    let later = message(3, Direction::Inbound, Class::Bounce, 30);
    let live = |facts| Edit::Message { facts, arrival: Arrival::Live };
    for order in [[bounce, human], [human, bounce]] {
        assert!(!after(&order.map(live)).flags.has(Flags::BOUNCED), "{order:?}");
    }
    assert!(after(&[bounce, human, later].map(live)).flags.has(Flags::BOUNCED));
    assert!(after(&[later, human].map(live)).flags.has(Flags::BOUNCED));
}

#[test]
fn a_report_about_another_recipient_leaves_the_lead_alone() {
    let facts = MessageFacts { about_another: true, ..message(1, Direction::Inbound, Class::Bounce, 10) };
    let row = after(&[sent(0), Edit::Message { facts, arrival: Arrival::Live }]);
    assert!(!row.flags.has(Flags::BOUNCED));
}

#[test]
fn history_without_a_read_state_marks_nothing_read_unless_we_answered() {
    let past = |id, direction| Edit::Message {
        facts: message(id, direction, Class::Human, 40),
        arrival: Arrival::History { open: None },
    };
    let unread = |edits: &[Edit]| after(edits).flags.has(Flags::UNREAD);
    let live =
        Edit::Message { facts: message(1, Direction::Inbound, Class::Human, 20), arrival: Arrival::Live };
    assert!(unread(&[live.clone(), past(2, Direction::Inbound)]), "nobody has read the first one");
    assert!(!unread(&[live, past(2, Direction::Outbound)]), "we have answered");
    assert!(!unread(&[past(2, Direction::Inbound)]), "history raises nothing");
}

#[test]
fn history_is_unread_only_where_its_newest_message_waits_for_an_answer() {
    let open = Arrival::History { open: Some(true) };
    let human = |id, seconds| Edit::Message {
        facts: message(id, Direction::Inbound, Class::Human, seconds),
        arrival: open,
    };
    let ours = |seconds| Edit::Message {
        facts: message(9, Direction::Outbound, Class::Human, seconds),
        arrival: open,
    };
    for (messages, unread) in [
        (vec![human(1, 10)], true),
        (vec![human(1, 10), ours(20)], false),
        (vec![ours(20), human(1, 10)], false),
        (vec![ours(5), human(1, 10)], true),
        (vec![human(2, 30), ours(20), human(1, 10)], true),
    ] {
        assert_eq!(after(&messages).flags.has(Flags::UNREAD), unread, "{messages:?}");
    }
}

#[test]
fn only_recent_mail_that_nobody_has_read_is_open() {
    let connected = Timestamp(100 * 86_400_000);
    let days_before = |days: i64| Timestamp(connected.0 - days * 86_400_000);
    assert_eq!(is_open_history(days_before(30), connected, Some(false)), Some(true));
    assert_eq!(is_open_history(days_before(31), connected, Some(false)), Some(false));
    assert_eq!(is_open_history(days_before(1), connected, Some(true)), Some(false));
    assert_eq!(is_open_history(days_before(1), connected, None), None);
}

#[test]
fn a_lead_goes_on_after_the_delay_that_was_asked_for_first() {
    let mut row = after(&[sent(0), Edit::Pause]);
    assert_eq!(row.lead_status, LeadStatus::Paused);
    row.apply(&Edit::Resume(60), at(10));
    let resumed = Some(Delayed { since: at(10), until: at(70) });
    assert_eq!((row.lead_status, row.resumed), (LeadStatus::InProgress, resumed));
    assert_eq!(row.apply(&Edit::Resume(60), at(20)), [], "the same again");
    assert_ne!(row.apply(&Edit::Resume(0), at(20)), []);
    row.apply(&Edit::Pause, at(30));
    assert_eq!((row.lead_status, row.resumed), (LeadStatus::Paused, None));
    assert_ne!(row.apply(&Edit::Resume(0), at(40)), []);
}

#[test]
fn who_may_not_be_written_to_neither_pauses_nor_goes_on() {
    for stop in [Edit::Lead(LeadStatus::Blocked), Edit::Unsubscribe] {
        let mut row = after(&[sent(0), stop]);
        for edit in [Edit::Pause, Edit::Resume(0)] {
            assert_eq!(row.apply(&edit, at(10)), [], "{edit:?}");
        }
    }
}

#[test]
fn an_unsubscription_by_hand_outlives_what_the_messages_say() {
    let mut row = after(&[Edit::Unsubscribe]);
    assert_eq!(row.lead_status, LeadStatus::Stopped);
    assert_eq!(row.apply(&Edit::Unsubscribe, at(5)), []);
    row.apply(&Edit::Rederive(vec![message(1, Direction::Inbound, Class::Human, 6)]), at(6));
    assert!(row.flags.has(Flags::UNSUBSCRIBED));
}

#[test]
fn a_push_to_a_sub_sequence_starts_when_it_was_first_asked_for() {
    let push = |subsequence, delay, stop_on_parent_reply| Edit::Push {
        subsequence: CampaignId(subsequence),
        delay,
        stop_on_parent_reply,
    };
    let mut row = fresh();
    row.apply(&push(9, 60, false), at(1));
    let start = Delayed { since: at(1), until: at(61) };
    assert_eq!((row.subsequence, row.pushed.map(|pushed| pushed.start)), (Some(CampaignId(9)), Some(start)));
    assert_eq!(row.apply(&push(9, 60, false), at(5)), []);
    assert_eq!(row.apply(&push(9, 60, true), at(5)).len(), 1);
    assert_eq!(row.pushed.map(|pushed| pushed.start), Some(start));
    row.apply(&push(8, 60, true), at(5));
    assert_eq!(row.pushed.map(|pushed| pushed.start.until), Some(at(65)));
}

#[test]
fn openings_and_clicks_are_counted_and_stay_when_messages_are_read_again() {
    let mut held = Conversation::new(ConversationId(1), LeadId(1), CampaignId(1), None, Timestamp(0));
    for tracked in [Tracked::Opened, Tracked::Opened, Tracked::Clicked] {
        assert!(!held.apply(&Edit::Tracked(tracked), Timestamp(1)).is_empty());
    }
    held.apply(&Edit::Rederive(Vec::new()), Timestamp(2));
    assert_eq!((held.opened_count, held.clicked_count), (2, 1));
    assert!(held.flags.has(Flags::OPENED.with(Flags::CLICKED)));
}

#[test]
fn a_conversation_is_unanswered_while_its_newest_message_is_a_reply_by_a_person() {
    let unanswered = |edits: &[Edit]| after(edits).flags.has(Flags::UNANSWERED);
    assert!(!unanswered(&[]));
    assert!(!unanswered(&[sent(0)]));
    assert!(unanswered(&[sent(0), arrives(Class::Human, 5)]));
    assert!(unanswered(&[arrives(Class::Human, 5), sent(0)]), "whichever comes in first");
    assert!(!unanswered(&[sent(0), arrives(Class::Human, 5), sent(6)]));
    assert!(!unanswered(&[sent(0), arrives(Class::Human, 5), sent(5)]), "the higher id is the newer one");
    assert!(!unanswered(&[sent(0), arrives(Class::Automatic, 5)]));
    assert!(!unanswered(&[arrives(Class::Human, 5), arrives(Class::Automatic, 6)]));
    assert!(unanswered(&[arrives(Class::Human, 5), arrives(Class::Bounce, 6)]), "a report is no reply");
    let unread = [arrives(Class::Human, 5), Edit::Read(true), Edit::Archived(true)];
    assert!(unanswered(&unread), "reading and archiving answer nobody");
}
