//! E-mail accounts as clients of the hosted service list, change and tag them.

use crewbox_core::mailbox::{Condition, Status};
use crewbox_core::model::MailboxSettings;
use crewbox_store::contract::NewMailbox;
use crewbox_store::{Batch, Op, Scope, SyncStep};
use serde_json::{Value, json};

use crate::world::World;

impl World {
    /// Saves so many accounts, `box000@us.test` and on; their ids.
    async fn accounts(&self, count: usize, host: &str) -> Vec<u64> {
        let new = |number: usize| NewMailbox {
            email: format!("box{number:03}@{host}"),
            name: format!("Box {number}"),
            client: None,
            settings: MailboxSettings {
                user: format!("user{number:03}"),
                smtp_host: format!("smtp.{host}"),
                ..MailboxSettings::default()
            },
            secrets: crewbox_store::contract::MailboxSecrets::default(),
        };
        let ops = (0..count).map(|number| Op::SaveMailbox(Box::new(new(number)))).collect();
        let batch = Batch::new(Scope::operator(self.account), self.now(), ops);
        let outcomes = self.store.commit(batch).await.unwrap().outcomes;
        let id =
            |outcome| if let crewbox_store::Outcome::Id(id) = outcome { id } else { panic!("{outcome:?}") };
        outcomes.into_iter().map(id).collect()
    }

    /// All items of a list, as a client reads them that asks for pages until one is short.
    pub(crate) async fn until_short(
        &self,
        path: &str,
        limit: usize,
        items: fn(&Value) -> &Value,
    ) -> Vec<Value> {
        let mut all = Vec::new();
        let separator = if path.contains('?') { '&' } else { '?' };
        for page in 0..1_000 {
            let path = format!("{path}{separator}offset={}&limit={limit}", page * limit);
            let answer = self.get(&path).await.ok();
            let page = items(&answer).as_array().unwrap();
            all.extend(page.iter().cloned());
            if page.len() < limit {
                return all;
            }
        }
        panic!("{path} never ends");
    }
}

#[tokio::test]
async fn a_client_that_reads_until_a_short_page_sees_each_of_300_accounts_once() {
    let world = World::new().await;
    let ids = world.accounts(300, "us.test").await;
    for limit in [100, 7] {
        let all = world.until_short("/email-accounts/", limit, |page| page).await;
        let seen: Vec<u64> = all.iter().map(|one| one["id"].as_u64().unwrap()).collect();
        assert_eq!(seen, ids, "{limit}");
    }
    assert_eq!(
        world.get("/email-accounts").await.ok().as_array().unwrap().len(),
        100,
        "unless asked for fewer"
    );
    for (query, field) in
        [("limit=101", "limit"), ("limit=0", "limit"), ("page=2", "page"), ("esp=HOTMAIL", "esp")]
    {
        let refused = world.get(&format!("/email-accounts?{query}")).await;
        assert_eq!(
            (refused.status.as_u16(), refused.json()["field"].as_str()),
            (422, Some(field)),
            "{query}"
        );
    }
}

#[tokio::test]
async fn accounts_are_found_by_each_filter() {
    let world = World::new().await;
    let (campaign, used) = world.campaign("Spring", None).await;
    let gmail = world.accounts(2, "gmail.com").await;
    let client =
        world.post("/client/save", json!({"name": "C", "email": "c@c.test"})).await.ok()["clientId"].clone();
    world.post(&format!("/email-accounts/{}", gmail[1]), json!({"client_id": client})).await.ok();
    let status = Status { condition: Condition::Live, ..Status::default() };
    let step = SyncStep::Status(status);
    world.op(world.account, Op::Sync { mailbox: gmail[0].into(), step }).await;
    for (query, expected) in [
        ("", vec![used, gmail[0], gmail[1]]),
        ("username=USER001", vec![gmail[1]]),
        ("username=spring@us", vec![used]),
        ("esp=GMAIL", gmail.clone()),
        ("esp=SMTP", vec![used]),
        ("isInUse=true", vec![used]),
        ("isInUse=false", gmail.clone()),
        ("isSmtpSuccess=true", vec![gmail[0]]),
        ("isSmtpSuccess=false", vec![used, gmail[1]]),
        ("esp=GMAIL&isSmtpSuccess=false", vec![gmail[1]]),
        (&format!("client_id={client}"), vec![gmail[1]]),
    ] {
        let found = world.get(&format!("/email-accounts/?{query}")).await.ok();
        let ids: Vec<u64> = found.as_array().unwrap().iter().map(|one| one["id"].as_u64().unwrap()).collect();
        assert_eq!(ids, expected, "{query}");
    }
    let listed = world.get("/email-accounts/?fetch_campaigns=true").await.ok();
    assert_eq!((&listed[0]["campaign_ids"], &listed[0]["campaign_count"]), (&json!([campaign]), &json!(1)));
    assert_eq!(world.get("/email-accounts").await.ok()[0].get("campaign_ids"), None);
    let one = world.get(&format!("/email-accounts/{used}/")).await.ok();
    assert_eq!((&one["campaign_ids"], one["type"].as_str()), (&json!([campaign]), Some("SMTP")));
    for key in
        ["warmup_details", "message_per_day", "daily_sent_count", "updated_at", "custom_tracking_domain"]
    {
        assert_eq!(one.get(key), Some(&Value::Null), "{key}");
    }
    assert_eq!(one["user_id"], world.account.get());
}

#[tokio::test]
async fn one_account_is_changed_and_keeps_its_password() {
    let world = World::new().await;
    let (_, mailbox) = world.campaign("Spring", None).await;
    let path = format!("/email-accounts/{mailbox}");
    let body = json!({"from_name": "New name", "signature": "<b>Us</b>", "max_email_per_day": 50});
    let done = world.post(&path, body.clone()).await.ok();
    assert_eq!((done["ok"].as_bool(), done["emailAccountId"].as_u64()), (Some(true), Some(mailbox)));
    let head = world.head().await;
    world.post(&path, body).await.ok();
    assert_eq!(world.head().await, head, "a second time changes nothing");
    let shown = world.get(&path).await.ok();
    assert_eq!(
        (shown["from_name"].as_str(), shown["signature"].as_str()),
        (Some("New name"), Some("<b>Us</b>"))
    );
    world.post(&path, json!({"signature": ""})).await.ok();
    assert_eq!(world.get(&path).await.ok()["signature"], Value::Null);
    let secrets = world.store.mailbox_secrets(&Scope::operator(world.account), mailbox.into()).await.unwrap();
    assert_eq!(secrets.password.as_deref(), Some("p"));
    assert_eq!(world.post(&path, json!({"client_id": 99})).await.status, 404);
    assert_eq!(world.post("/email-accounts/99", json!({"from_name": "x"})).await.status, 404);
    // The name that the rest of the contract uses for the user name.
    let body = json!({"from_name": "S", "from_email": "spring@us.test", "username": "other", "password": "p",
        "smtp_host": "s", "smtp_port": 465, "imap_host": "i", "imap_port": 993});
    world.post("/email-accounts/save", body).await.ok();
    assert_eq!(world.get(&path).await.ok()["username"], "other");
    let missing = world.post("/email-accounts/save", json!({})).await.json();
    assert!(missing["errors"].as_array().unwrap().iter().any(|one| one["field"] == "user_name"), "{missing}");
}

#[tokio::test]
async fn accounts_have_tags_with_colours() {
    let world = World::new().await;
    let (_, mailbox) = world.campaign("Spring", None).await;
    let made = world.post("/tags", json!({"name": "Hot", "color": "#ff5733"})).await.ok();
    assert_eq!(made["data"], json!({"id": made["id"], "name": "Hot", "color": "#FF5733"}));
    for color in ["red", "#ff573", "#ff57333", "#gg5733", ""] {
        let refused = world.post("/tags", json!({"name": "Cold", "color": color})).await;
        assert_eq!(
            (refused.status.as_u16(), refused.json()["field"].as_str()),
            (422, Some("color")),
            "{color}"
        );
    }
    assert_eq!(world.post("/tags", json!({"name": "Hot"})).await.ok()["data"]["color"], "#FF5733");
    let body = json!({"id": made["id"], "name": "Warm", "color": "#00AA00"});
    assert_eq!(world.post("/email-accounts/tag-manager", body).await.ok()["data"]["name"], "Warm");
    let mapping = json!({"email_account_ids": [mailbox], "tag_ids": [made["id"]]});
    let call = async |verb: &str| {
        let path = "/email-accounts/tag-mapping";
        world.call(verb, path, &world.key, mapping.to_string()).await.ok()["data"]["summary"].clone()
    };
    assert_eq!(call("POST").await["created"], 1);
    assert_eq!(call("POST").await["skipped"], 1);
    let tag = json!({"tag_id": made["id"], "tag_name": "Warm", "tag_color": "#00AA00"});
    assert_eq!(world.get(&format!("/email-accounts/{mailbox}")).await.ok()["tags"], json!([tag]));
    let listed =
        world.post("/email-accounts/tag-list", json!({"email_ids": ["Spring@us.test", "x@y.zz"]})).await;
    assert_eq!(
        listed.ok()["data"],
        json!([{"email_id": "spring@us.test", "email_account_id": mailbox, "tags": [tag]}])
    );
    assert_eq!(call("DELETE").await["deleted"], 1);
    assert_eq!(call("DELETE").await["skipped"], 1);
    assert_eq!(world.get(&format!("/email-accounts/{mailbox}")).await.ok()["tags"], json!([]));
    let many: Vec<u64> = (1..=26).collect();
    let refused =
        world.post("/email-accounts/tag-mapping", json!({"email_account_ids": many, "tag_ids": [1]})).await;
    assert_eq!(refused.json()["max_allowed"], 25);
}
