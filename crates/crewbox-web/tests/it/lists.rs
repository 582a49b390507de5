//! The lists: filters against a naive reading of the rows, pages, leniency, `ETag`.

use axum::http::Request;
use serde_json::{Value, json};

use crate::world::{World, ids};

/// Twelve conversations in two campaigns, of all sorts.
async fn twelve(world: &World) -> Vec<u64> {
    let (first, first_box) = world.campaign("First", None).await;
    let (second, second_box) = world.campaign("Second", None).await;
    let ben = world.new_member("Ben", crewbox_core::model::Role::Member, None).await;
    let mut all = Vec::new();
    for number in 0..12_u64 {
        let (campaign, mailbox, us) = if number % 3 == 0 {
            (second, second_box, "second@us.test")
        } else {
            (first, first_box, "first@us.test")
        };
        let email = format!("lead{number}@lead.test");
        let id = world.lead(campaign, &email).await;
        all.push(id);
        // Pairs share their times, so that ties must be broken.
        if number % 2 == 0 {
            world.advance(60_000);
        }
        if number != 5 {
            world.mail(mailbox, us, &email, "", &format!("To {number}")).await;
        }
        match number {
            4 => drop(world.mail(mailbox, &email, us, "", "Unsubscribe").await),
            7 => drop(world.mail(mailbox, &email, us, "Auto-Submitted: auto-replied\n", "Away").await),
            8 => {
                let more = format!("Failed: {email}\n");
                world.mail(mailbox, "mailer-daemon@else.test", us, &more, "Failed").await;
            }
            9 => {}
            _ => drop(world.mail(mailbox, &email, us, "", &format!("Answer {number} Straße")).await),
        }
        if number % 4 == 1 {
            let body = json!({"email_lead_map_id": id, "category_id": 1 + number / 4});
            world.post("/master-inbox/update-category", body).await.ok();
        }
        if number > 1 {
            world.assign(id, if number % 5 == 0 { ben.0 } else { world.owner.0 }).await;
        }
        if number == 6 {
            world
                .post(
                    "/master-inbox/change-read-status",
                    json!({"email_lead_map_id": id, "read_status": "TRUE"}),
                )
                .await
                .ok();
            world
                .post("/master-inbox/update-archived", json!({"email_lead_map_id": id, "archived": true}))
                .await
                .ok();
        }
        if number == 10 {
            world
                .post("/master-inbox/update-important", json!({"email_lead_map_id": id, "important": true}))
                .await
                .ok();
        }
    }
    all
}

#[tokio::test]
async fn every_filter_keeps_what_its_words_say() {
    let world = World::new().await;
    twelve(&world).await;
    let all = world.list("views", json!({})).await["messages"].as_array().unwrap().clone();
    assert_eq!(all.len(), 12);
    let campaign = all[0]["campaign"]["id"].clone();
    let mailbox = all[0]["email_account"]["id"].clone();
    let owner = world.owner.0;
    let time = all[3]["last_message"]["received_at"].clone();
    let tag = world.post("/tags", json!({"name": "T"})).await.ok()["id"].clone();
    world.post(&format!("/campaigns/{campaign}/tags"), json!({"tag_ids": [tag]})).await.ok();
    type Keeps<'a> = Box<dyn Fn(&Value) -> bool + 'a>;
    let status = |name: &'static str| -> Keeps<'_> { Box::new(move |row| row["email_status"] == name) };
    let stat = |row: &Value, name: &str| row["stats"][name].as_u64().unwrap();
    let cases: Vec<(Value, Keeps<'_>)> = vec![
        (json!({}), Box::new(|_| true)),
        (json!({"emailStatus": "Unsubscribed"}), status("Unsubscribed")),
        (json!({"emailStatus": ["Bounced"]}), status("Bounced")),
        (json!({"emailStatus": "Replied"}), Box::new(|row| stat(row, "total_replied") > 0)),
        (
            json!({"emailStatus": "Accepted"}),
            Box::new(|row| stat(row, "total_sent") > 0 && row["email_status"] != "Bounced"),
        ),
        (
            json!({"emailStatus": ["Not Replied"]}),
            Box::new(|row| stat(row, "total_sent") > 0 && stat(row, "total_replied") == 0),
        ),
        (json!({"emailStatus": []}), Box::new(|_| true)),
        (json!({"leadCategories": {"isAssigned": true}}), Box::new(|row| !row["category"].is_null())),
        (json!({"leadCategories": {"unassigned": true}}), Box::new(|row| row["category"].is_null())),
        (
            json!({"leadCategories": {"unassigned": true, "categoryIdsIn": [1]}}),
            Box::new(|row| row["category"].is_null() || row["category"]["id"] == 1),
        ),
        (
            json!({"leadCategories": {"categoryIdsNotIn": [1, "6"]}}),
            Box::new(|row| row["category"]["id"] != 1 && row["category"]["id"] != 6),
        ),
        (json!({"campaignId": campaign}), Box::new(|row| row["campaign"]["id"] == campaign)),
        (json!({"campaignId": [campaign.to_string()]}), Box::new(|row| row["campaign"]["id"] == campaign)),
        (json!({"campaignId": 999_999}), Box::new(|_| false)),
        (json!({"campaignTagId": tag}), Box::new(|row| row["campaign"]["id"] == campaign)),
        (json!({"campaignTagId": 999}), Box::new(|_| false)),
        (json!({"emailAccountId": mailbox}), Box::new(|row| row["email_account"]["id"] == mailbox)),
        (json!({"campaignTeamMemberId": owner}), Box::new(|row| row["assigned_to"]["id"] == owner)),
        (json!({"campaignClientId": 5}), Box::new(|_| false)),
        (
            json!({"replyTimeBetween": [time, "2099-01-01"]}),
            Box::new(|row| {
                row["last_message"]["received_at"].as_str().is_some_and(|at| at >= time.as_str().unwrap())
            }),
        ),
        (
            json!({"replyTimeBetween": ["2025-06-01", "2025-06-01"]}),
            Box::new(|row| !row["last_message"]["received_at"].is_null()),
        ),
        (json!({"isArchived": true}), Box::new(|row| row["is_archived"] == true)),
        (json!({"isRead": "false"}), Box::new(|row| row["is_read"] == false)),
        (json!({"isImportant": true, "isSnoozed": false}), Box::new(|row| row["is_important"] == true)),
        (
            json!({"search": "STRASSE"}),
            Box::new(|row| row["last_message"]["body"].as_str().unwrap_or_default().contains("Straße")),
        ),
        (json!({"search": "lead3@"}), Box::new(|row| row["lead"]["email"] == "lead3@lead.test")),
        (json!({"search": "", "tagId": null}), Box::new(|_| true)),
    ];
    world.store.search_catch_up(&|_| {}).await.unwrap();
    for (filters, keeps) in cases {
        let page = world.list("views", json!({"filters": filters})).await;
        let expected = ids(&json!({"messages": all.iter().filter(|row| keeps(row)).collect::<Vec<_>>()}));
        assert_eq!(ids(&page), expected, "{filters}");
        assert_eq!(page["total_count"], expected.len(), "{filters}");
    }
}

#[tokio::test]
async fn every_list_holds_its_base_set() {
    let world = World::new().await;
    let all = twelve(&world).await;
    let rows = world.list("views", json!({})).await["messages"].as_array().unwrap().clone();
    let pick = |keeps: &dyn Fn(&Value) -> bool| {
        let mut ids = ids(&json!({"messages": rows.iter().filter(|row| keeps(row)).collect::<Vec<_>>()}));
        ids.sort_unstable();
        ids
    };
    let replied = |row: &Value| !row["last_message"]["received_at"].is_null();
    let archived = |row: &Value| row["is_archived"] == true;
    let cases: [(&str, Vec<u64>); 7] = [
        ("assigned-me", pick(&|row| row["assigned_to"]["id"] == world.owner.0 && row["id"] != "msg_0")),
        ("inbox-replies", pick(&|row| replied(row) && !archived(row))),
        ("unread-replies", pick(&|row| row["is_read"] == false && !archived(row))),
        ("important", vec![all[10]]),
        ("archived", vec![all[6]]),
        ("sent", pick(&|row| row["stats"]["total_sent"] != 0)),
        (
            "unassigned",
            pick(&|row| row["assigned_to"].is_null() && row["stats"]["total_replied"] != 0 && !archived(row)),
        ),
    ];
    for (path, expected) in cases {
        assert!(!expected.is_empty(), "{path}");
        let mut found = world.ids(path, json!({})).await;
        found.sort_unstable();
        assert_eq!(found, expected, "{path}");
    }
    let aged = world.list("unread-replies", json!({})).await;
    assert!(aged["messages"][0]["reply_age_hours"].is_u64());
}

#[tokio::test]
async fn pages_never_overlap() {
    let world = World::new().await;
    twelve(&world).await;
    for sort in ["REPLY_TIME_DESC", "SENT_TIME_DESC"] {
        let whole = world.ids("views", json!({"sortBy": sort})).await;
        let mut paged = Vec::new();
        for offset in (0..15).step_by(5) {
            let page = world
                .list("views", json!({"sortBy": sort, "limit": "5", "offset": offset.to_string()}))
                .await;
            assert_eq!(page["total_count"], 12);
            paged.extend(ids(&page));
        }
        assert_eq!(paged, whole);
        let mut once = paged.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), 12);
    }
}

#[tokio::test]
async fn an_etag_says_whether_the_bytes_changed() {
    let world = World::new().await;
    let all = twelve(&world).await;
    let first = world.post("/master-inbox/inbox-replies", json!({})).await;
    let tag = first.header("etag").unwrap().to_owned();
    assert_eq!(tag.len(), 34);
    let ask = || {
        let request = Request::builder()
            .method("POST")
            .uri(format!("/api/v1/master-inbox/inbox-replies?api_key={}", world.key))
            .header("if-none-match", format!("\"x\", W/{tag}"));
        world.request(request.body("{}".into()).unwrap())
    };
    let same = ask().await;
    assert_eq!((same.status.as_u16(), same.bytes.len()), (304, 0));
    assert_eq!(same.header("etag"), Some(tag.as_str()));
    assert!(same.header("x-request-id").is_some());
    world
        .post("/master-inbox/update-important", json!({"email_lead_map_id": all[0], "important": true}))
        .await
        .ok();
    assert_eq!(ask().await.status, 200);
}

#[tokio::test]
async fn input_is_read_leniently() {
    let world = World::new().await;
    twelve(&world).await;
    let expected = world.post("/master-inbox/views", json!({})).await.bytes;
    for (method, path, body) in [
        ("POST", "/master-inbox/views", ""),
        ("POST", "/master-inbox/views/", "  \n"),
        ("PATCH", "/master-inbox/views", "null"),
        ("POST", "/master-inbox/views?fetch_message_history=FALSE", "{\"limit\":\"20\",\"offset\":null}"),
        (
            "POST",
            "/master-inbox/views?fetch_message_history=0",
            "{\"filters\":null,\"sortBy\":null,\"limit\":20.0}",
        ),
    ] {
        let reply = world.call(method, path, &world.key, body).await;
        assert_eq!(reply.status, 200, "{body}: {}", reply.text());
        assert!(reply.bytes == expected, "{body}");
    }
    for (name, value) in
        [("x-api-key", world.key.clone()), ("authorization", format!("bearer {}", world.key))]
    {
        let request = Request::builder().method("POST").uri("/api/v1/master-inbox/views").header(name, value);
        let reply =
            world.request(request.header("content-type", "text/plain").body("{}".into()).unwrap()).await;
        assert_eq!(reply.status, 200);
    }
    let past = world.list("views", json!({"offset": 1_000})).await;
    assert_eq!((past["messages"].as_array().unwrap().len(), past["total_count"].as_u64()), (0, Some(12)));
    let key = world.live_key().await;
    let campaign = world.list("views", json!({"limit": 1})).await["messages"][0]["campaign"]["id"].clone();
    let body = json!({"campaign_id": campaign}).to_string();
    let live = world.call("POST", "/master-inbox/views", &key, body).await.ok();
    assert!(live["data"].as_array().unwrap().iter().all(|row| row["email_campaign_id"] == campaign));
}
