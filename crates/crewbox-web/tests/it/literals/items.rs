//! Single items, actions, answers, categories, and what Crewbox adds to them.

use super::{At, Call, Header, In, Keys, Live, Type, ok, refused};

/// What every action answers with.
const ENVELOPE: &str = "ok,success,message,data";

pub(super) const CALLS: &[Call] = &[
    ok(
        "PATCH /master-inbox/change-read-status",
        r#"{"email_lead_map_id":$conversation,"read_status":false}"#,
        &[
            (Keys(""), ENVELOPE),
            (At("/ok"), "true"),
            (At("/success"), "true"),
            (At("/message"), "Read status updated successfully"),
            (Keys("/data"), "email_lead_map_id,is_read,updated_at"),
            (Type("/data/updated_at"), "time"),
        ],
    ),
    ok(
        "PATCH /master-inbox/change-read-status",
        r#"{"email_lead_map_id":$conversation,"read_status":false}"#,
        &[(Type("/data/updated_at"), "time ms")],
    )
    .of(Live),
    ok(
        "PATCH /master-inbox/update-category",
        r#"{"email_lead_map_id":$conversation,"category_id":1}"#,
        &[
            (At("/message"), "Lead category updated successfully"),
            (Keys("/data"), "email_lead_map_id,category_id,updated_at"),
        ],
    ),
    ok(
        "GET /master-inbox/$conversation",
        "",
        &[(Keys("/category"), "id,name"), (At("/category/name"), "Interested")],
    ),
    ok(
        "PATCH /master-inbox/update-category",
        r#"{"email_lead_map_id":$conversation,"category_id":""}"#,
        &[(Type("/data/category_id"), "null")],
    ),
    refused(
        422,
        "PATCH /master-inbox/update-category",
        r#"{"email_lead_map_id":$conversation,"category_id":4242}"#,
        &[(At("/field"), "category_id")],
    ),
    ok(
        "PATCH /master-inbox/update-revenue",
        r#"{"email_lead_map_id":$conversation,"revenue":0}"#,
        &[(At("/message"), "Revenue updated successfully"), (Keys("/data"), "email_lead_map_id,revenue,updated_at")],
    ),
    refused(
        422,
        "PATCH /master-inbox/update-revenue",
        r#"{"email_lead_map_id":$conversation,"revenue":-1}"#,
        &[(At("/field"), "revenue")],
    ),
    ok(
        "POST /master-inbox/update-team-member",
        r#"{"email_lead_map_id":$conversation,"team_member_id":$ben}"#,
        &[
            (At("/message"), "Team member assigned successfully"),
            (Keys("/data"), "email_lead_map_id,team_member_id,assigned_at"),
            (Header("x-change-seq"), "*"),
        ],
    ),
    ok(
        "POST /master-inbox/update-team-member",
        r#"{"email_lead_map_id":$conversation,"team_member_id":null}"#,
        &[(Type("/data/team_member_id"), "null")],
    ),
    ok(
        "PATCH /master-inbox/resume-lead",
        r#"{"campaign_id":$campaign,"email_lead_map_id":$conversation,"resume_delay_days":0}"#,
        &[
            (At("/message"), "Lead resumed successfully"),
            (Keys("/data"), "campaign_id,email_lead_map_id,resume_delay_days,will_resume_at"),
        ],
    ),
    ok(
        "POST /master-inbox/set-reminder",
        r#"{"email_lead_map_id":$conversation,"email_stats_id":"$stats","message":"Call","reminder_time":"1970-01-01"}"#,
        &[
            (At("/message"), "Reminder set successfully"),
            (Keys("/data"), "reminder_id,email_lead_map_id,reminder_time,message"),
            (At("/data/reminder_time"), "1970-01-01T00:00:00Z"),
        ],
    ),
    ok(
        "POST /master-inbox/reminders",
        "",
        &[(Keys("/messages/0"), "reminder_time,reminder_message,is_overdue"), (At("/messages/0/is_overdue"), "true")],
    ),
    refused(
        404,
        "POST /master-inbox/set-reminder",
        r#"{"email_lead_map_id":$conversation,"email_stats_id":"x","message":"Call","reminder_time":"2099-01-01"}"#,
        &[(In("/error"), "email_stats_id")],
    ),
    ok(
        "POST /master-inbox/create-note",
        r#"{"email_lead_map_id":$conversation,"note_message":"Asked"}"#,
        &[
            (At("/message"), "Note created successfully"),
            (Keys("/data"), "id,email_lead_map_id,note_message,created_at"),
        ],
    ),
    ok(
        "POST /master-inbox/create-task",
        r#"{"email_lead_map_id":$conversation,"name":"Send","description":"The list","due_date":"2099-01-20"}"#,
        &[
            (At("/message"), "Task created successfully"),
            (Keys("/data"), "task_id,email_lead_map_id,name,priority,due_date"),
            (At("/data/priority"), "MEDIUM"),
            (At("/data/due_date"), "2099-01-20T00:00:00Z"),
        ],
    ),
    ok(
        "POST /master-inbox/create-task",
        r#"{"email_lead_map_id":$conversation,"name":"Low","priority":"LOW"}"#,
        &[(At("/data/priority"), "LOW")],
    ),
    refused(
        422,
        "POST /master-inbox/create-task",
        r#"{"email_lead_map_id":$conversation,"name":"x","priority":"NONE"}"#,
        &[(At("/error"), "priority must be one of: LOW, MEDIUM, HIGH")],
    ),
    ok(
        "POST /master-inbox/push-to-subsequence",
        r#"{"email_lead_map_id":$conversation,"sub_sequence_id":$subsequence,"sub_sequence_delay_time":0}"#,
        &[
            (At("/message"), "Lead pushed to subsequence successfully"),
            (
                Keys("/data"),
                "email_lead_map_id,parent_campaign_id,sub_sequence_id,will_start_at,stop_on_parent_reply",
            ),
        ],
    ),
    refused(
        404,
        "POST /master-inbox/push-to-subsequence",
        r#"{"email_lead_map_id":$conversation,"sub_sequence_id":4242}"#,
        &[(Type("/error"), "string")],
    ),
    ok(
        "POST /master-inbox/block-domains",
        r#"{"domains":["blocked.test"],"source":"complaint"}"#,
        &[
            (At("/message"), "Domains blocked successfully"),
            (Keys("/data"), "blocked_domains,source,blocked_at"),
            (At("/data/blocked_domains"), r#"["blocked.test"]"#),
            (At("/data/source"), "complaint"),
        ],
    ),
    ok(
        "POST /master-inbox/block-domains",
        r#"{"domains":["blocked.test"]}"#,
        &[(At("/data/source"), "manual")],
    ),
    ok(
        "POST /master-inbox/block-domains",
        r#"{"domains":["blocked.test"],"source":"bounce"}"#,
        &[(At("/data/source"), "bounce")],
    ),
    ok(
        "POST /master-inbox/block-domains",
        r#"{"domains":["blocked.test"],"source":"invalid"}"#,
        &[(At("/data/source"), "invalid")],
    ),
    refused(
        422,
        "POST /master-inbox/block-domains",
        r#"{"domains":["blocked.test"],"source":"x"}"#,
        &[(At("/error"), "source must be one of: manual, bounce, complaint, invalid")],
    ),
    refused(422, "POST /master-inbox/block-domains", r#"{"domains":[]}"#, &[(At("/field"), "domains")]),
    refused(
        404,
        "GET /master-inbox/reply-status?message_id=x@else.test",
        "",
        &[(At("/error"), "No reply found for the given message_id")],
    ),
    ok(
        "GET /master-inbox/untracked-replies?fetchBody=true&fetchAttachments=true",
        "",
        &[
            (Keys(""), "untracked_replies,total_count"),
            (Keys("/untracked_replies/0"), "id,from_email,to_email,subject,received_at,has_attachments,body,attachments"),
            (At("/total_count"), "1"),
        ],
    ),
    ok(
        "GET /master-inbox/untracked-replies?from_email=stranger&to_email=spring&subject_line=hello&limit=100",
        "",
        &[(Keys(""), "ok,success,data"), (Keys("/data"), "replies,totalCount"), (At("/data/totalCount"), "1")],
    )
    .of(Live),
    refused(422, "GET /master-inbox/untracked-replies?limit=101", "", &[(At("/error"), "limit must be between 1 and 100")]),
    ok(
        "POST /campaigns/$campaign/reply-email-thread",
        r#"{"email_stats_id":"$stats","email_body":"<p>Thanks.</p>","scheduled_time":"2099-01-20T10:00:00Z"}"#,
        &[
            (Keys(""), "ok,success,message,message_id"),
            (At("/message"), "Reply sent successfully"),
            (In("/message_id"), "<"),
        ],
    ),
    ok("POST /master-inbox/scheduled", "", &[(At("/messages/0/scheduled_time"), "2099-01-19T10:00:00Z")]),
    ok(
        "GET /master-inbox/reply-status?message_id=$scheduled",
        "",
        &[
            (
                Keys("/data"),
                "message_id,status,status_message,event_time,scheduled_time,email_stats_id",
            ),
            (At("/data/status"), "SCHEDULED"),
            (At("/data/scheduled_time"), "2099-01-19T10:00:00Z"),
            (At("/data/email_stats_id"), "$stats"),
        ],
    ),
    ok("DELETE /campaigns/$campaign/reply-email-thread/$scheduled", "", &[(At("/ok"), "true"), (At("/success"), "true")]),
    ok(
        "POST /campaigns/$campaign/reply-email-thread",
        r#"{"email_stats_id":"$stats","email_body":"<p>Thank you.</p>","undo_seconds":60}"#,
        &[(At("/message"), "Email added to the queue, will be sent out soon!"), (At("/ok"), "true")],
    )
    .of(Live),
    refused(
        422,
        "POST /campaigns/$campaign/reply-email-thread",
        r#"{"email_stats_id":"$stats","email_body":"<p>x</p>","undo_seconds":61}"#,
        &[(At("/error"), "undo_seconds must be between 0 and 60")],
    ),
    refused(
        404,
        "POST /campaigns/$campaign/reply-email-thread",
        r#"{"email_stats_id":"x","email_body":"<p>x</p>"}"#,
        &[(In("/error"), "email_stats_id")],
    ),
    ok(
        "POST /campaigns/$campaign/forward-email",
        r#"{"message_id":"msg_$message","stats_id":"$stats","to_emails":"bo@else.test,cy@else.test"}"#,
        &[(Keys(""), "ok,messageId,status"), (At("/status"), "success")],
    ),
    ok(
        "GET /campaigns/$campaign/leads/$lead/message-history?show_plain_text_response=true",
        "",
        &[(Keys(""), "history,from,to,messages"), (At("/history/0/type"), "SENT"), (At("/messages/0/direction"), "outbound")],
    ),
    ok(
        "GET /leads/fetch-categories",
        "",
        &[
            (Keys("/0"), "id,name,sentiment_type,created_at"),
            (At("/0/name"), "Interested"),
            (At("/1/name"), "Meeting Request"),
            (At("/2/name"), "Not Interested"),
            (At("/3/name"), "Do Not Contact"),
            (At("/4/name"), "Information Request"),
            (At("/5/name"), "Out Of Office"),
            (At("/6/name"), "Wrong Person"),
            (At("/6/id"), "7"),
        ],
    ),
    ok(
        "POST /campaigns/$campaign/leads/$lead/category",
        r#"{"category_id":2}"#,
        &[(At("/ok"), "true"), (At("/data"), "success")],
    ),
    ok("POST /campaigns/$campaign/leads/$lead/pause", "", &[(At("/ok"), "true"), (At("/data"), "success")]),
    ok("POST /campaigns/$campaign/leads/$lead/resume", "", &[(At("/ok"), "true"), (At("/data"), "success")]),
    ok("POST /campaigns/$campaign/leads/$lead/unsubscribe", "", &[(At("/ok"), "true"), (At("/data"), "success")]),
    ok("GET /master-inbox/$conversation", "", &[(At("/email_status"), "Unsubscribed")]),
    // What Crewbox adds.
    ok(
        "PUT /master-inbox/$conversation/draft",
        r#"{"to":"lea@lead.test","subject":"Re","body":"<p>Draft.</p>","version":0}"#,
        &[(Keys("/data"), "to,cc,bcc,subject,body,attachments,version"), (At("/data/version"), "1")],
    ),
    refused(
        409,
        "PUT /master-inbox/$conversation/draft",
        r#"{"body":"<p>Older.</p>","version":0}"#,
        &[(Type("/error"), "string")],
    ),
    ok("GET /master-inbox/$conversation/draft", "", &[(Keys(""), "to,cc,bcc,subject,body,attachments,version"), (At("/body"), "<p>Draft.</p>")]),
    ok("PATCH /messages/$message/class", r#"{"class":"automatic"}"#, &[(At("/data/class"), "automatic")]),
    refused(
        422,
        "PATCH /messages/$message/class",
        r#"{"class":"spam"}"#,
        &[(
            At("/error"),
            "class must be one of: human, automatic, bounce, delayed, feedback, unsubscribe, calendar, receipt",
        )],
    ),
    ok("PATCH /messages/$message/class", r#"{"class":"human"}"#, &[(At("/data/class"), "human")]),
    ok(
        "PATCH /master-inbox/update-archived",
        r#"{"email_lead_map_id":$conversation,"archived":true}"#,
        &[(Keys(""), ENVELOPE), (At("/message"), "Archive status updated successfully")],
    ),
    ok(
        "PATCH /master-inbox/update-important",
        r#"{"email_lead_map_id":$conversation,"important":true}"#,
        &[(At("/message"), "Importance updated successfully")],
    ),
    ok(
        "PATCH /master-inbox/update-snooze",
        r#"{"email_lead_map_id":$conversation,"until":"2099-01-01"}"#,
        &[(At("/message"), "Snooze updated successfully")],
    ),
    ok("POST /master-inbox/snoozed", "", &[(At("/messages/0/is_snoozed"), "true"), (Type("/messages/0/snoozed_until"), "time")]),
    ok(
        "PATCH /master-inbox/update-snooze",
        r#"{"email_lead_map_id":$conversation,"until":null}"#,
        &[(At("/ok"), "true")],
    ),
    refused(
        422,
        "PATCH /master-inbox/update-snooze",
        r#"{"email_lead_map_id":$conversation,"until":"1970-01-01"}"#,
        &[(At("/field"), "until")],
    ),
    ok(
        "POST /master-inbox/saved-views",
        r#"{"name":"Mine","view":"inbox-replies","filters":{"isRead":false},"sortBy":"SENT_TIME_DESC","shared":true}"#,
        &[(Keys("/data"), "id,name,view,filters,sortBy,shared")],
    ),
    ok(
        "POST /master-inbox/bulk",
        r#"{"view":"archived","action":{"type":"read","value":true},"dry_run":true}"#,
        &[(Keys(""), "ok,success"), (Keys("/data"), "matched,changed,bulk_id"), (At("/data/matched"), "1")],
    ),
    refused(
        422,
        "POST /master-inbox/bulk",
        r#"{"view":"archived","action":{"type":"delete","value":true}}"#,
        &[(In("/error"), "assign, read, archive, important, snooze, category, tag")],
    ),
    ok("GET /master-inbox/$conversation/participants", "", &[(Keys(""), "ok,data"), (At("/data"), "[]")]),
    ok(
        "POST /master-inbox/untracked-replies/$untracked/attach",
        r#"{"email_lead_map_id":$conversation}"#,
        &[
            (Keys("/data"), "email_lead_map_id,attached"),
            (At("/data/email_lead_map_id"), "$conversation"),
            (At("/data/attached"), "1"),
        ],
    ),
    ok("GET /team-members", "", &[(Keys(""), "ok,data"), (Keys("/data/0"), "id,name,email,role")]),
    ok("GET /me", "", &[(Keys(""), "id,name,email,role,account"), (Keys("/account"), "id,name")]),
    ok(
        "GET /changes?since=0&limit=5",
        "",
        &[
            (Keys(""), "changes,head,more"),
            (Keys("/changes/0"), "seq,at,actor,kind,email_lead_map_id,detail"),
            (At("/more"), "true"),
        ],
    ),
    ok("GET /events?since=0&seconds=0", "", &[(Header("content-type"), "text/event-stream")]),
    ok("GET /messages/$message/raw", "", &[(Header("content-type"), "message/rfc822")]),
    ok("GET /quarantine", "", &[(Keys(""), "items,total_count")]),
];
