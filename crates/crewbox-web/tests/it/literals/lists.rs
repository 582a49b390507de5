//! The lists: paths, orders, caps, the keys and limits of the body, and the names of statuses.

use super::{At, Call, Documented, In, Keys, Live, Setup, Type, ok, refused};

/// A list with its orders, the first of which is its default, and how many ids its filters take.
pub(super) struct List {
    path: &'static str,
    sorts: &'static [&'static str],
    /// Campaigns, mailboxes, and each of members, tags and clients; none for no cap of its own.
    caps: [Option<u64>; 3],
}

const REPLIED: &[&str] = &["REPLY_TIME_DESC", "SENT_TIME_DESC"];

pub(super) const LISTS: &[List] = &[
    List { path: "assigned-me", sorts: REPLIED, caps: [Some(1), Some(1), Some(1)] },
    List { path: "inbox-replies", sorts: REPLIED, caps: [Some(5), Some(20), Some(10)] },
    List { path: "unread-replies", sorts: REPLIED, caps: [Some(5), Some(10), Some(10)] },
    List { path: "important", sorts: REPLIED, caps: [Some(5), Some(10), Some(10)] },
    List { path: "snoozed", sorts: REPLIED, caps: [Some(5), Some(10), Some(10)] },
    List { path: "archived", sorts: REPLIED, caps: [Some(5), Some(10), Some(10)] },
    List {
        path: "scheduled",
        sorts: &["SCHEDULED_TIME_ASC", "SCHEDULED_TIME_DESC"],
        caps: [Some(5), Some(10), Some(10)],
    },
    List {
        path: "reminders",
        sorts: &["REMINDER_TIME_ASC", "REMINDER_TIME_DESC"],
        caps: [Some(5), Some(10), Some(10)],
    },
    List { path: "sent", sorts: REPLIED, caps: [Some(15), None, None] },
    List { path: "views", sorts: REPLIED, caps: [Some(1), Some(1), Some(1)] },
    List { path: "unassigned", sorts: REPLIED, caps: [Some(5), Some(20), Some(10)] },
];

const CAPPED: [(&str, usize); 5] = [
    ("campaignId", 0),
    ("emailAccountId", 1),
    ("campaignTeamMemberId", 2),
    ("campaignTagId", 2),
    ("campaignClientId", 2),
];

impl List {
    /// What is not as the contract has it.
    pub(super) async fn faults(&self, setup: &Setup) -> Vec<String> {
        let path = format!("/master-inbox/{}", self.path);
        let mut faults = Vec::new();
        let post =
            async |body: &str| setup.world.call("POST", &path, &setup.world.key, setup.filled(body)).await;
        let page = async |body: &str| {
            let reply = post(body).await;
            reply.json()["messages"].clone()
        };
        for sort in self.sorts {
            let reply = post(&format!(r#"{{"sortBy":"{sort}"}}"#)).await;
            if reply.status != 200 {
                faults.push(format!("{path} does not take the order {sort}: {}", reply.text()));
            }
        }
        if page("").await != page(&format!(r#"{{"sortBy":"{}"}}"#, self.sorts[0])).await {
            faults.push(format!("the first order of {path} is not {}", self.sorts[0]));
        }
        let wrong = post(r#"{"sortBy":"NAME"}"#).await.json();
        if wrong["error"] != format!("sortBy must be one of: {}", self.sorts.join(", ")) {
            faults.push(format!("{path}: {wrong}"));
        }
        for (key, place) in CAPPED {
            let at_most = self.caps[place].unwrap_or(40);
            let all = post(&format!(r#"{{"filters":{{"{key}":$array({at_most})}}}}"#)).await;
            if all.status != 200 {
                faults.push(format!("{path} with {at_most} of {key}: {}", all.text()));
            }
            let Some(cap) = self.caps[place] else { continue };
            let over = post(&format!(r#"{{"filters":{{"{key}":$array({})}}}}"#, cap + 1)).await.json();
            if over["error"] != format!("{key} array cannot exceed {cap} items") || over["max_allowed"] != cap
            {
                faults.push(format!("{path} with {} of {key}: {over}", cap + 1));
            }
        }
        faults
    }
}

pub(super) const CALLS: &[Call] = &[
    ok(
        "POST /master-inbox/inbox-replies",
        "",
        &[
            (Keys(""), "messages,total_count,offset,limit"),
            (At("/offset"), "0"),
            (At("/limit"), "20"),
            (At("/total_count"), "1"),
        ],
    ),
    ok("POST /master-inbox/inbox-replies", "", &[(Keys(""), "ok,data,offset,limit"), (At("/ok"), "true")])
        .of(Live),
    ok(
        "POST /master-inbox/inbox-replies",
        r#"{"offset":50}"#,
        &[(At("/messages"), "[]"), (At("/total_count"), "1")],
    ),
    refused(
        422,
        "POST /master-inbox/inbox-replies",
        r#"{"limit":0}"#,
        &[(At("/error"), "limit must be between 1 and 20")],
    ),
    refused(
        422,
        "POST /master-inbox/inbox-replies",
        r#"{"limit":21}"#,
        &[(At("/error"), "limit must be between 1 and 20")],
    ),
    refused(422, "POST /master-inbox/inbox-replies", r#"{"offset":-1}"#, &[(At("/field"), "offset")]),
    ok(
        "POST /master-inbox/inbox-replies",
        r#"{"filters":{"search":"$text(30)"}}"#,
        &[(At("/total_count"), "0")],
    ),
    ok(
        "POST /master-inbox/inbox-replies",
        r#"{"filters":{"search":"LÉA Lead"}}"#,
        &[(At("/total_count"), "1")],
    ),
    ok(
        "POST /master-inbox/inbox-replies",
        r#"{"filters":{"search":"","campaignId":[]}}"#,
        &[(At("/total_count"), "1")],
    ),
    refused(
        422,
        "POST /master-inbox/inbox-replies",
        r#"{"filters":{"search":"$text(31)"}}"#,
        &[(At("/error"), "search cannot exceed 30 characters")],
    ),
    refused(
        422,
        "POST /master-inbox/inbox-replies",
        r#"{"filters":{"emailStatus":"Read"}}"#,
        &[
            (In("/error"), "emailStatus must be one of: "),
            (In("/error"), "Opened"),
            (In("/error"), "Clicked"),
            (In("/error"), "Replied"),
            (In("/error"), "Unsubscribed"),
            (In("/error"), "Bounced"),
            (In("/error"), "Accepted"),
            (In("/error"), "Not Replied"),
        ],
    ),
    ok(
        "POST /master-inbox/views",
        r#"{"filters":{"emailStatus":["Opened","Clicked","Replied","Unsubscribed","Bounced","Accepted","Not Replied"]}}"#,
        &[(At("/total_count"), "1")],
    ),
    ok("POST /master-inbox/views", r#"{"filters":{"emailStatus":"Accepted"}}"#, &[(At("/total_count"), "1")]),
    ok(
        "POST /master-inbox/views",
        r#"{"filters":{"leadCategories":{"isAssigned":true,"unassigned":true}}}"#,
        &[(At("/total_count"), "1")],
    ),
    ok(
        "POST /master-inbox/views",
        r#"{"filters":{"leadCategories":{"unassigned":true,"categoryIdsIn":[1]}}}"#,
        &[(At("/total_count"), "1")],
    ),
    ok(
        "POST /master-inbox/views",
        r#"{"filters":{"leadCategories":{"categoryIdsNotIn":$array(10)}}}"#,
        &[(At("/total_count"), "1")],
    ),
    refused(
        422,
        "POST /master-inbox/views",
        r#"{"filters":{"leadCategories":{"categoryIdsIn":$array(11)}}}"#,
        &[(At("/error"), "categoryIdsIn array cannot exceed 10 items")],
    ),
    refused(
        422,
        "POST /master-inbox/views",
        r#"{"filters":{"leadCategories":{"categoryIdsNotIn":$array(11)}}}"#,
        &[(At("/error"), "categoryIdsNotIn array cannot exceed 10 items")],
    ),
    refused(
        422,
        "POST /master-inbox/views",
        r#"{"filters":{"tagId":$array(11)}}"#,
        &[(At("/error"), "tagId array cannot exceed 10 items")],
    ),
    refused(
        422,
        "POST /master-inbox/views",
        r#"{"filters":{"replyTimeBetween":["2025-01-01"]}}"#,
        &[(At("/error"), "replyTimeBetween must contain exactly 2 dates")],
    ),
    ok(
        "POST /master-inbox/views",
        r#"{"filters":{"replyTimeBetween":["2025-06-01","2025-06-01"]}}"#,
        &[(At("/total_count"), "1")],
    ),
    ok(
        "POST /master-inbox/views",
        r#"{"filters":{"replyTimeBetween":["2025-06-01T15:00:00+02:00","2025-06-01T13:00:00.000Z"]}}"#,
        &[(At("/total_count"), "1")],
    ),
    ok(
        "POST /master-inbox/views",
        r#"{"filters":{"subSequenceId":$subsequence}}"#,
        &[(At("/total_count"), "0")],
    ),
    refused(
        422,
        "POST /master-inbox/sent",
        r#"{"filters":{"subSequenceId":1}}"#,
        &[(At("/field"), "filters.subSequenceId")],
    ),
    ok(
        "POST /master-inbox/views",
        r#"{"filters":{"isArchived":false,"isSnoozed":"False","isRead":0,"isImportant":"0","tagId":null}}"#,
        &[(Type("/messages"), "array")],
    ),
    ok("POST /master-inbox/views", r#"{"filters":{"campaignId":424242}}"#, &[(At("/total_count"), "0")]),
    ok("POST /master-inbox/reminders?fetch_message_history=true", "", &[(At("/total_count"), "0")])
        .of(Documented),
];
