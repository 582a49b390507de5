//! Authentication, errors, limits, and what requests may look like.

use super::{At, Body, Call, Client, Header, In, Limited, Live, Nobody, Type, Unknown, ok, refused};

pub(super) const CALLS: &[Call] = &[
    refused(
        401,
        "GET /me",
        "",
        &[(Body, r#"{"message":"API key is required."}"#), (Header("x-request-id"), "*")],
    )
    .of(Nobody),
    refused(401, "GET /me", "", &[(Body, r#"{"message":"Invalid API Key"}"#)]).of(Unknown),
    ok("GET /me?api_key=$key", "", &[(At("/name"), "Ana")]).of(Nobody),
    refused(
        403,
        "GET /changes",
        "",
        &[
            (At("/error"), "This is not open to a key that is restricted to one client"),
            (At("/message"), "This is not open to a key that is restricted to one client"),
        ],
    )
    .of(Client),
    refused(403, "GET /events", "", &[(Type("/error"), "string"), (Type("/message"), "string")]).of(Client),
    refused(
        404,
        "GET /master-inbox/424242",
        "",
        &[
            (At("/error"), "Inbox item not found with ID 424242"),
            (At("/message"), "Inbox item not found with ID 424242"),
        ],
    ),
    refused(
        404,
        "PATCH /master-inbox/change-read-status",
        r#"{"email_lead_map_id":424242,"read_status":true}"#,
        &[(At("/error"), "Lead mapping not found"), (At("/message"), "Lead mapping not found")],
    ),
    refused(
        404,
        "POST /master-inbox/update-team-member",
        r#"{"email_lead_map_id":$conversation,"team_member_id":4242}"#,
        &[(At("/error"), "Team member not found with ID 4242")],
    ),
    refused(404, "GET /campaigns/4242", "", &[(At("/error"), "Campaign not found - Invalid campaign_id.")]),
    refused(
        400,
        "POST /master-inbox/assigned-me",
        "{\n \"limit\": }",
        &[(In("/error"), "line 2 column"), (In("/message"), "line 2 column")],
    ),
    refused(
        400,
        "POST /master-inbox/assigned-me",
        "limit=5",
        &[(In("/error"), "application/x-www-form-urlencoded")],
    )
    .with("content-type: application/x-www-form-urlencoded"),
    refused(
        413,
        "POST /master-inbox/assigned-me",
        "$text(65537)",
        &[(In("/error"), "65536"), (In("/message"), "65536")],
    ),
    refused(413, "PATCH /master-inbox/update-category", "$text(65537)", &[(In("/error"), "65536")]),
    refused(413, "POST /campaigns/$campaign/leads", "$text(8388609)", &[(In("/error"), "8388608")]),
    refused(
        422,
        "POST /master-inbox/inbox-replies",
        r#"{"limit":50}"#,
        &[
            (At("/error"), "limit must be between 1 and 20"),
            (At("/message"), "limit must be between 1 and 20"),
            (At("/field"), "limit"),
            (At("/provided_value"), "50"),
            (Type("/errors"), "array"),
        ],
    ),
    refused(
        422,
        "POST /master-inbox/inbox-replies",
        r#"{"filters":{"campaignId":$array(10)}}"#,
        &[
            (At("/error"), "campaignId array cannot exceed 5 items"),
            (At("/field"), "filters.campaignId"),
            (At("/provided_count"), "10"),
            (At("/max_allowed"), "5"),
        ],
    ),
    refused(
        422,
        "POST /master-inbox/inbox-replies",
        r#"{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1,"k":1,"l":1,"m":1,"n":1,"o":1,"p":1,"q":1,"r":1,"s":1,"t":1,"u":1,"v":1}"#,
        &[(At("/errors/20/not_listed"), "2")],
    ),
    refused(
        422,
        "POST /master-inbox/inbox-replies",
        r#"{"offset":9007199254740993}"#,
        &[(At("/error"), "offset cannot exceed 9007199254740991: larger numbers are not exact in JSON")],
    ),
    refused(
        422,
        "POST /master-inbox/inbox-replies",
        r#"{"campaign_id":1}"#,
        &[(At("/error"), "Unknown key campaign_id, did you mean filters.campaignId?")],
    ),
    refused(422, "POST /master-inbox/inbox-replies", "[1]", &[(At("/field"), "body")]),
    // The live dialect: the same with 400, and two keys at the top.
    refused(
        400,
        "POST /master-inbox/inbox-replies",
        r#"{"limit":50}"#,
        &[(At("/error"), "limit must be between 1 and 20"), (At("/field"), "limit")],
    )
    .of(Live),
    refused(
        400,
        "POST /master-inbox/inbox-replies",
        r#"{"campain_id":1}"#,
        &[(At("/error"), "Unknown key campain_id, did you mean campaign_id?")],
    )
    .of(Live),
    ok(
        "POST /master-inbox/inbox-replies",
        r#"{"campaign_id":$campaign,"client_id":$client}"#,
        &[(At("/ok"), "true")],
    )
    .of(Live),
    // One request in ten seconds.
    ok(
        "GET /me",
        "",
        &[
            (Header("x-ratelimit-limit"), "1"),
            (Header("x-ratelimit-remaining"), "0"),
            (Header("x-ratelimit-reset"), "*"),
        ],
    )
    .of(Limited),
    refused(
        429,
        "GET /me",
        "",
        &[
            (At("/error/code"), "RATE_LIMIT_EXCEEDED"),
            (Type("/error/message"), "string"),
            (Type("/message"), "string"),
            (Type("/error/retry_after"), "integer"),
            (Header("retry-after"), "*"),
        ],
    )
    .of(Limited),
    refused(405, "DELETE /tags", "", &[(Header("allow"), "GET, HEAD, PATCH, POST")]),
    ok("POST /master-inbox/inbox-replies", "", &[(Header("etag"), "*"), (Header("x-request-id"), "*")]),
    // Lenient input.
    ok(
        "POST /master-inbox/inbox-replies",
        r#"{"limit":"20","offset":"0","sortBy":null}"#,
        &[(At("/limit"), "20")],
    ),
    ok(
        "PATCH /master-inbox/inbox-replies?fetch_message_history=True",
        "",
        &[(Type("/messages/0/message_history"), "array")],
    ),
    ok(
        "POST /master-inbox/inbox-replies?fetch_message_history=1",
        "{}",
        &[(Type("/messages/0/message_history"), "array")],
    )
    .with("content-type: text/plain"),
    ok(
        "PATCH /master-inbox/change-read-status",
        r#"{"email_lead_map_id":"$conversation","read_status":false}"#,
        &[(At("/data/email_lead_map_id"), "$conversation")],
    ),
    refused(
        404,
        "GET /campaigns/$campaign/sequences",
        "",
        &[
            (
                At("/error"),
                "Crewbox receives and answers mail, it does not send campaigns: this call is not served",
            ),
            (
                At("/message"),
                "Crewbox receives and answers mail, it does not send campaigns: this call is not served",
            ),
        ],
    ),
    refused(
        404,
        "GET /campaigns/all-leads-activities",
        "",
        &[(
            At("/error"),
            "Crewbox receives and answers mail, it does not send campaigns: this call is not served",
        )],
    ),
    refused(404, "POST /master-inbox/x", "{}", &[(Type("/error"), "string")]),
];
