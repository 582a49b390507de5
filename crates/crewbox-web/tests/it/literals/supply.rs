//! The calls that supply data, the team's, and the others that clients use.

use super::{At, Call, Documented, Header, In, Keys, Nobody, Type, ok, refused};

pub(super) const CALLS: &[Call] = &[
    ok(
        "POST /campaigns/create",
        "{}",
        &[(Keys(""), "ok,id,name,created_at"), (At("/name"), "Untitled Campaign")],
    ),
    ok(
        "GET /campaigns/$campaign?include_tags=true",
        "",
        &[
            (At("/id"), "$campaign"),
            (Keys(""), "id,user_id,created_at,updated_at,status,name"),
            (Type("/tags"), "array"),
        ],
    ),
    ok("POST /campaigns/$campaign/tags", r#"{"tag_ids":[$tag]}"#, &[(At("/ok"), "true")]),
    ok(
        "GET /campaigns/$campaign?include_tags=true",
        "",
        &[(Keys("/tags/0"), "tag_id,tag_name,tag_color"), (At("/tags/0/tag_color"), "#FF5733")],
    ),
    ok("POST /campaigns/$campaign/status", r#"{"status":"PAUSED"}"#, &[(At("/ok"), "true")]),
    ok("GET /campaigns/$campaign", "", &[(At("/status"), "PAUSED")]),
    ok("GET /campaigns/", "", &[(Type(""), "array")]),
    ok("GET /client/", "", &[(Type(""), "array")]),
    ok("GET /email-accounts/", "", &[(Type(""), "array")]),
    ok("POST /campaigns/$campaign/status", r#"{"status":"ACTIVE"}"#, &[(At("/ok"), "true")]),
    refused(
        422,
        "POST /campaigns/$campaign/status",
        r#"{"status":"x"}"#,
        &[
            (In("/error"), "ACTIVE"),
            (In("/error"), "PAUSED"),
            (In("/error"), "STOPPED"),
            (In("/error"), "COMPLETED"),
            (In("/error"), "ARCHIVED"),
            (In("/error"), "DRAFTED"),
            (At("/field"), "status"),
        ],
    ),
    ok(
        "POST /campaigns/$campaign/leads",
        r#"{"lead_list":[{"email":"lea@lead.test"},{"email":"new@lead.test"},{"email":"x"},{"email":"new@lead.test"}],"settings":{"return_lead_ids":true}}"#,
        &[
            (
                Keys(""),
                "ok,success,message,upload_count,total_leads,added_count,skipped_count,skipped_leads,\
                 already_added_to_campaign,duplicate_count,invalid_email_count,emailToLeadIdMap",
            ),
            (At("/added_count"), "1"),
            (At("/already_added_to_campaign"), "1"),
            (At("/duplicate_count"), "1"),
            (At("/invalid_email_count"), "1"),
            (Keys("/emailToLeadIdMap"), "newlyAddedLeads,existingLeads,existingLeadsInOtherCampaigns"),
            (Type("/emailToLeadIdMap/newlyAddedLeads/new@lead.test"), "string"),
            (Type("/lead_ids/new@lead.test"), "integer"),
        ],
    ),
    refused(
        422,
        "POST /campaigns/$campaign/leads",
        r#"{"lead_list":$array(401)}"#,
        &[(At("/error"), "lead_list cannot exceed 400 leads per request")],
    ),
    ok(
        "GET /campaigns/$campaign/leads?limit=100",
        "",
        &[
            (Keys(""), "total_leads,offset,limit,data"),
            (At("/total_leads"), "2"),
            (Type("/total_leads"), "string"),
            (Keys("/data/0"), "campaign_lead_map_id,lead_category_id,status,created_at,lead"),
        ],
    ),
    refused(
        422,
        "GET /campaigns/$campaign/leads?limit=101",
        "",
        &[(At("/error"), "limit must be between 1 and 100")],
    ),
    refused(
        422,
        "GET /campaigns/$campaign/leads?status=x",
        "",
        &[
            (In("/error"), "STARTED"),
            (In("/error"), "INPROGRESS"),
            (In("/error"), "COMPLETED"),
            (In("/error"), "PAUSED"),
            (In("/error"), "STOPPED"),
            (In("/error"), "BLOCKED"),
        ],
    ),
    refused(422, "GET /campaigns/$campaign/leads?stauts=STARTED", "", &[(Type("/error"), "string")]),
    ok("GET /leads/?email=nobody@else.test", "", &[(super::Body, "{}")]),
    ok("GET /leads/?email=lea@lead.test", "", &[(Type("/lead_campaign_data"), "array")]),
    ok(
        "POST /email-accounts/save",
        r#"{"from_name":"Fall","from_email":"fall@us.test","username":"u","password":"p","smtp_host":"smtp.test","smtp_port":465,"imap_host":"imap.test","imap_port":993,"smtp_port_type":"SSL","imap_port_type":"TLS"}"#,
        &[(Keys(""), "ok,message,emailAccountId")],
    ),
    refused(
        422,
        "POST /email-accounts/save",
        r#"{"from_name":"Fall","from_email":"fall@us.test","user_name":"u","password":"p","smtp_host":"smtp.test","smtp_port":465,"imap_host":"imap.test","imap_port":993,"smtp_port_type":"x"}"#,
        &[(In("/error"), "SSL, TLS, NONE")],
    ),
    ok(
        "GET /email-accounts/$mailbox",
        "",
        &[
            (At("/id"), "$mailbox"),
            (Keys(""), "id,created_at,updated_at,user_id,from_name,from_email"),
            (Type("/warmup_details"), "object|null"),
            (Type("/message_per_day"), "integer|null"),
            (Type("/daily_sent_count"), "integer|null"),
            (Type("/campaign_count"), "integer"),
            (Type("/campaign_ids"), "array"),
            (Type("/is_imap_success"), "boolean|null"),
            (Type("/imap_failure_error"), "string|null"),
        ],
    ),
    refused(422, "GET /email-accounts/?limit=101", "", &[(At("/error"), "limit must be between 1 and 100")]),
    ok(
        "POST /email-accounts/$mailbox/messages?received_at=2025-05-01T10:00:00Z",
        "From: new@lead.test\nTo: spring@us.test\nMessage-ID: <new@lead>\nSubject: Hi\n\nHi",
        &[
            (Keys(""), "ok,message_id,direction,campaign_lead_map_id,duplicate"),
            (At("/direction"), "inbound"),
            (Type("/campaign_lead_map_id"), "string"),
            (At("/duplicate"), "false"),
        ],
    ),
    ok(
        "POST /email-accounts/$mailbox/messages",
        "From: nobody@else.test\nTo: spring@us.test\nMessage-ID: <nobody@else>\nSubject: Hi\n\nHi",
        &[(Type("/campaign_lead_map_id"), "null")],
    ),
    ok(
        "POST /campaigns/create-subsequence",
        r#"{"parent_campaign_id":$campaign}"#,
        &[(Keys(""), "ok,success,id,subsequence_id,name,created_at")],
    ),
    ok("POST /client/save", r#"{"name":"D","email":"d@d.test"}"#, &[(Keys(""), "ok,clientId,name,email")]),
    refused(409, "POST /client/save", r#"{"name":"E","email":"d@d.test"}"#, &[(Type("/error"), "string")]),
    ok(
        "POST /tags",
        r##"{"name":"hot","color":"#00ff00"}"##,
        &[(At("/ok"), "true"), (Keys("/data"), "id,name,color")],
    ),
    refused(
        422,
        "POST /tags",
        r#"{"name":"hot","color":"green"}"#,
        &[(In("/error"), "must be a colour such as #")],
    ),
    ok(
        "POST /webhook/create",
        r#"{"webhook_url":"https://hooks.else.test/x","association_type":"user","event_type_map":{"EMAIL_SENT":true,"FIRST_EMAIL_SENT":true,"EMAIL_OPEN":true,"EMAIL_LINK_CLICK":true,"EMAIL_REPLY":true,"EMAIL_BOUNCE":true,"LEAD_UNSUBSCRIBED":true,"LEAD_CATEGORY_UPDATED":true,"CAMPAIGN_STATUS_CHANGED":true,"UNTRACKED_REPLIES":true,"LEAD_ASSIGNED":true}}"#,
        &[(At("/ok"), "true")],
    ),
    refused(
        422,
        "POST /webhook/create",
        r#"{"webhook_url":"https://hooks.else.test/x","association_type":"x","event_type_map":{"EMAIL_SENT":true}}"#,
        &[(In("/error"), "user"), (In("/error"), "client"), (In("/error"), "campaign")],
    ),
    ok(
        "POST /events/ingest",
        r#"{"event_type":"EMAIL_OPEN","stats_id":"$stats","event_timestamp":"2025-06-01T12:30:00Z"}"#,
        &[(At("/ok"), "true")],
    ),
    ok(
        "POST /events/ingest",
        r#"{"event_type":"EMAIL_LINK_CLICK","stats_id":"$stats"}"#,
        &[(At("/ok"), "true")],
    ),
    ok(
        "POST /master-inbox/views",
        r#"{"filters":{"emailStatus":"Clicked"}}"#,
        &[(At("/total_count"), "1"), (At("/messages/0/stats/total_opened"), "1")],
    ),
    ok(
        "GET /team/load",
        "",
        &[
            (Keys(""), "members,unassigned"),
            (
                Keys("/members/0"),
                "id,name,open,unread,waiting,oldest_waiting_at,snoozed,assigned_total,tasks_due,reminders_due",
            ),
            (Keys("/unassigned"), "open,unread,waiting,oldest_waiting_at"),
        ],
    ),
    ok(
        "GET /team/performance",
        "",
        &[
            (Keys(""), "from,to,members"),
            (
                Keys("/members/0"),
                "id,name,replies_received,replies_sent,conversations,archived,first_response_seconds,\
                 response_seconds,categories",
            ),
            (Keys("/members/0/first_response_seconds"), "median,p90,count"),
        ],
    ),
    ok("GET /campaigns/$campaign/analytics", "", &[(At("/id"), "$campaign")]),
    ok("GET /campaigns/$campaign/leads-export", "", &[(Header("content-type"), "text/csv; charset=utf-8")]),
    ok(
        "POST /campaigns/$campaign/leads/$lead",
        r#"{"email":"lea@lead.test","location":"Here"}"#,
        &[(At("/ok"), "true")],
    ),
    ok("GET /openapi.json", "", &[(Type("/openapi"), "string")]).of(Nobody),
    ok("GET /openapi.json", "", &[(Header("content-encoding"), "zstd")])
        .of(Nobody)
        .with("accept-encoding: zstd"),
    ok("GET /openapi.json", "", &[(Header("content-encoding"), "br")]).of(Nobody).with("accept-encoding: br"),
    ok("GET /openapi.json", "", &[(Header("content-encoding"), "gzip")])
        .of(Nobody)
        .with("accept-encoding: gzip"),
    ok("GET /docs", "", &[(Header("content-type"), "text/html; charset=utf-8")]).of(Nobody),
    ok("GET /healthz", "", &[]).of(Nobody),
    ok("GET /readyz", "", &[]).of(Nobody),
    ok("POST /mcp", r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#, &[]).of(Documented),
];
