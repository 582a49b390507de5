//! A valid call of each route, on things that exist: whoever may call the route succeeds with it.
//!
//! A body of texts, truth values and ids that exist is made of the route's own description; what needs more is written
//! here. All things belong to one client, so that callers who are restricted to this client see them too. What a call takes
//! away is made again for each.

use crewbox_testkit::scripted::{Script, ScriptedImap};
use crewbox_web::route::Route;
use serde_json::{Value, json};

use crate::valid_figures;
use crate::world::World;

/// The address of the lead whose conversation is called about.
const LEAD: &str = "lea@lead.test";
/// The address of the mailbox: that of a campaign named Spring.
pub(crate) const MAILBOX: &str = "spring@us.test";

pub(crate) struct ValidCalls {
    pub(crate) world: World,
    /// The client that everything belongs to.
    pub(crate) client: u64,
    pub(crate) campaign: u64,
    pub(crate) mailbox: u64,
    pub(crate) conversation: u64,
    pub(crate) lead: u64,
    /// A message of the conversation, with an attachment.
    pub(crate) message: u64,
    /// The Message-ID of that message.
    named: String,
    pub(crate) stats_id: String,
    pub(crate) member: u64,
    tag: u64,
    /// A key that is restricted to the client.
    pub(crate) clients_key: String,
    pub(crate) server: ScriptedImap,
}

impl ValidCalls {
    pub(crate) async fn new() -> Self {
        let world = World::with_local_servers().await;
        let server = ScriptedImap::start(Script::usual()).await;
        let client = world.post("/client/save", json!({"name": "C", "email": "c@c.test"})).await.ok();
        let client = client["clientId"].as_u64().unwrap();
        let (campaign, mailbox) = world.campaign("Spring", Some(client)).await;
        let conversation = world.lead(campaign, LEAD).await;
        let named = format!("<m{}@test>", world.head().await);
        let stored = world.mail(mailbox, LEAD, MAILBOX, "Attached: a.pdf\n", "Hi").await;
        let item = world.get(&format!("/master-inbox/{conversation}")).await.ok();
        let lead = world.get(&format!("/leads?email={LEAD}")).await.ok();
        let member = world.new_member("Cora", crewbox_core::model::Role::Member, Some(client)).await;
        let tag = world.post("/tags", json!({"name": "vip"})).await.ok();
        let (of, dialect) = (world.owner, crewbox_core::model::Dialect::Documented);
        let clients_key = world.new_key(world.account, of, dialect, Some(client), None).await;
        let calls = Self {
            clients_key,
            named,
            client,
            campaign,
            mailbox,
            conversation,
            lead: lead["id"].as_u64().unwrap(),
            message: stored["message_id"].as_u64().unwrap(),
            stats_id: item["message_history"][0]["stats_id"].as_str().unwrap().to_owned(),
            member: member.get(),
            tag: tag["id"].as_u64().unwrap(),
            server,
            world,
        };
        // A client's callers see the tags of its campaigns.
        let tags = json!({"tag_ids": [calls.tag]});
        calls.world.post(&format!("/campaigns/{campaign}/tags"), tags).await.ok();
        // Its server is asked by some calls.
        calls.world.post("/email-accounts/save", calls.account(MAILBOX)).await.ok();
        calls
    }

    /// The URI and the body of a valid call.
    pub(crate) async fn of(&self, route: &Route) -> (String, String) {
        let Self { client, campaign, mailbox, conversation, lead, message, tag, .. } = self;
        let mut id = *conversation;
        let path = route.path.trim_start_matches("/api/v1");
        let with = |key: &str, value: Value| {
            let mut body = json!({"email_lead_map_id": conversation});
            body[key] = value;
            body
        };
        let (query, body) = match (route.verbs[0].name(), path) {
            (
                "POST",
                "/master-inbox/assigned-me"
                | "/master-inbox/inbox-replies"
                | "/master-inbox/unread-replies"
                | "/master-inbox/important"
                | "/master-inbox/snoozed"
                | "/master-inbox/archived"
                | "/master-inbox/sent"
                | "/master-inbox/views"
                | "/master-inbox/scheduled"
                | "/master-inbox/reminders"
                | "/master-inbox/unassigned",
            ) => ("?fetch_message_history=true".to_owned(), json!({"limit": 5})),

            ("POST", "/master-inbox/bulk") => {
                only(json!({"view": "archived", "action": {"type": "read", "value": true}}))
            }
            ("GET", "/bulk/{bulk_id}") | ("POST", "/bulk/{bulk_id}/stop" | "/bulk/{bulk_id}/undo") => {
                let bulk = self.bulk_action().await.to_string();
                return (route.path.replace("{bulk_id}", &bulk), String::new());
            }
            ("GET", "/master-inbox/saved-views") => nothing(),
            ("POST", "/master-inbox/saved-views") => {
                only(json!({"name": "Mine", "view": "inbox-replies", "filters": {"tagId": tag}}))
            }
            ("DELETE", "/master-inbox/saved-views") => only(json!({"id": self.saved_view().await})),
            ("DELETE", "/master-inbox/saved-views/{id}") => {
                id = self.saved_view().await;
                nothing()
            }
            ("DELETE", "/master-inbox/{id}") => {
                id = self.world.lead(*campaign, &self.unused_address().await).await;
                nothing()
            }
            ("POST", "/webhook/create") => {
                let of = json!({"association_type": "campaign", "email_campaign_id": campaign});
                let mut body = self.new_webhook();
                body.as_object_mut().unwrap().extend(of.as_object().unwrap().clone());
                only(body)
            }
            ("GET", "/webhook/{id}") => {
                id = self.webhook().await;
                nothing()
            }
            ("PUT", "/webhook/update/{id}") => {
                id = self.webhook().await;
                only(json!({"name": "Renamed"}))
            }
            ("DELETE", "/webhook/delete") => only(json!({"id": self.webhook().await})),
            ("GET", "/campaigns/{id}/webhooks" | "/campaigns/{id}/webhooks/summary")
            | ("POST", "/campaigns/{id}/webhooks/retrigger-failed-events") => {
                id = *campaign;
                nothing()
            }
            ("POST", "/campaigns/{id}/webhooks") => {
                id = *campaign;
                only(json!({"id": self.webhook().await, "name": "Renamed"}))
            }
            ("DELETE", "/campaigns/{id}/webhooks") => {
                id = *campaign;
                only(json!({"id": self.webhook().await}))
            }
            ("DELETE", "/campaigns/{id}/webhooks/{webhook_id}") => {
                let path = format!("/api/v1/campaigns/{campaign}/webhooks/{}", self.webhook().await);
                return (path, String::new());
            }
            ("POST", "/events/ingest") => {
                only(json!({"event_type": "EMAIL_OPEN", "stats_id": self.stats_id}))
            }
            ("POST", "/master-inbox/{id}/merge") => {
                id = self.world.lead(*campaign, &self.unused_address().await).await;
                only(json!({"into_email_lead_map_id": conversation}))
            }
            ("POST", "/master-inbox/{id}/split") => {
                let sender = self.unused_address().await;
                id = self.world.lead(*campaign, &sender).await;
                let stored = self.world.mail(*mailbox, &sender, MAILBOX, "", "Hi").await;
                let other = json!({"name": sender, "client_id": client});
                let other = self.world.post("/campaigns/create", other).await.ok();
                only(json!({"message_id": stored["message_id"], "campaign_id": other["id"]}))
            }
            ("DELETE", "/master-inbox/{id}/participants/{email}") => {
                let colleague = format!("x{}@lead.test", self.world.head().await);
                let answers = format!("In-Reply-To: {}\n", self.named);
                self.world.mail(*mailbox, &colleague, MAILBOX, &answers, "Me too").await;
                return (
                    route.path.replace("{id}", &id.to_string()).replace("{email}", &colleague),
                    String::new(),
                );
            }
            ("PATCH", "/master-inbox/update-category") => only(with("category_id", 1.into())),
            ("GET" | "DELETE", "/master-inbox/{id}" | "/master-inbox/{id}/draft") => nothing(),
            ("PUT", "/master-inbox/{id}/draft") => only(json!({"to": "lea", "body": "<p>Draft.</p>"})),
            ("PATCH", "/master-inbox/update-revenue") => only(with("revenue", json!(12.5))),
            ("PATCH", "/master-inbox/resume-lead") => only(with("campaign_id", json!(campaign))),
            ("POST", "/master-inbox/push-to-subsequence") => {
                let parent = json!({"parent_campaign_id": campaign});
                let made = self.world.post("/campaigns/create-subsequence", parent).await.ok();
                only(with("sub_sequence_id", made["id"].clone()))
            }
            (
                "POST",
                "/campaigns/{id}/leads/{lead_id}/pause"
                | "/campaigns/{id}/leads/{lead_id}/resume"
                | "/campaigns/{id}/leads/{lead_id}/unsubscribe",
            ) => {
                id = *campaign;
                nothing()
            }
            ("POST", "/campaigns/{id}/leads/{lead_id}/category") => {
                id = *campaign;
                only(json!({"category_id": 1}))
            }
            ("PATCH", "/master-inbox/update-snooze") => only(with("until", "2099-01-01".into())),

            (
                "GET",
                "/master-inbox/{id}/notes" | "/master-inbox/{id}/tasks" | "/master-inbox/{id}/participants",
            ) => nothing(),
            ("GET", "/master-inbox/{id}/reminders") => nothing(),
            ("POST", "/master-inbox/set-reminder") => {
                let mut body = with("message", "Call".into());
                body["reminder_time"] = "2099-01-01".into();
                only(body)
            }
            ("GET" | "DELETE", "/master-inbox/reminders/{id}") => {
                id = self.reminder().await;
                nothing()
            }
            ("PATCH", "/master-inbox/reminders/{id}") => {
                id = self.reminder().await;
                only(json!({"done": true}))
            }
            ("GET" | "DELETE", "/master-inbox/notes/{id}") => {
                id = self.note().await;
                nothing()
            }
            ("PATCH", "/master-inbox/notes/{id}") => {
                id = self.note().await;
                only(json!({"note_message": "Changed"}))
            }
            ("GET" | "DELETE", "/master-inbox/tasks/{id}") => {
                id = self.task().await;
                nothing()
            }
            ("PATCH", "/master-inbox/tasks/{id}") => {
                id = self.task().await;
                only(json!({"done": true, "due_date": null}))
            }

            ("POST", "/campaigns/{id}/reply-email-thread") => {
                id = *campaign;
                only(self.reply())
            }
            ("DELETE", "/campaigns/{id}/reply-email-thread/{message_id}") => {
                let path = path.replace("{id}", &campaign.to_string());
                let path = path.replace("{message_id}", &self.queued().await);
                return (format!("/api/v1{path}"), String::new());
            }
            ("POST", "/campaigns/{id}/forward-email") => {
                id = *campaign;
                let message_id = format!("msg_{message}");
                only(json!({"stats_id": self.stats_id, "message_id": message_id, "to_emails": "f@else.test"}))
            }
            ("POST", "/email-campaigns/send-email-thread") => only(self.reply()),
            ("POST", "/email-campaigns/forward-reply-email") => {
                let message_id = format!("msg_{message}");
                only(json!({"stats_id": self.stats_id, "message_id": message_id, "to_emails": "f@else.test"}))
            }
            ("GET", "/master-inbox/reply-status") => {
                (format!("?message_id={}", self.queued().await), json!({}))
            }
            ("GET", "/master-inbox/untracked-replies") => {
                ("?limit=5&fetchBody=true&fetchAttachments=true".to_owned(), json!({}))
            }
            ("POST", "/master-inbox/untracked-replies/{id}/attach") => {
                let sender = self.unused_address().await;
                let stored = self.world.mail(*mailbox, &sender, MAILBOX, "", "Who am I").await;
                assert!(stored["campaign_lead_map_id"].is_null(), "{stored}");
                id = stored["message_id"].as_u64().unwrap();
                only(json!({"email_lead_map_id": conversation}))
            }
            ("POST", "/master-inbox/block-domains") => only(json!({"domains": ["blocked.test"]})),

            (
                "GET",
                "/me"
                | "/team-members"
                | "/team/load"
                | "/team/performance"
                | "/leads/fetch-categories"
                | "/client"
                | "/tags",
            ) => nothing(),
            ("GET", "/changes") => ("?since=0&limit=5".to_owned(), json!({})),
            ("POST", "/changes/{seq}/undo") => {
                for important in [true, false] {
                    let body = with("important", important.into());
                    self.world.post("/master-inbox/update-important", body).await.ok();
                }
                let seq = self.world.head().await.to_string();
                return (route.path.replace("{seq}", &seq), String::new());
            }
            ("GET", "/events") => ("?since=0&seconds=0".to_owned(), json!({})),
            ("POST", "/leads/categories") => only(json!({"name": self.unused_address().await})),
            ("POST", "/client/save") => only(json!({"name": "D", "email": self.unused_address().await})),
            ("GET", "/client/api-key") => ("?status=active".to_owned(), json!({})),
            ("POST", "/client/api-key") => only(json!({"clientId": client, "keyName": "Reports"})),
            ("DELETE", "/client/api-key") => only(json!({"id": self.client_key().await})),
            ("DELETE", "/client/api-key/{id}") | ("PUT", "/client/api-key/reset/{id}") => {
                id = self.client_key().await;
                nothing()
            }
            ("GET", "/leads/get-domain-block-list") => ("?limit=5".to_owned(), json!({})),
            ("POST", "/leads/add-domain-block-list") | ("DELETE", "/leads/delete-domain-block-list") => {
                only(json!({"domain_block_list": ["blocked.test"], "client_id": null}))
            }

            ("POST", "/campaigns/create") => only(json!({"name": "New", "client_id": client})),
            ("POST", "/campaigns/create-subsequence") => only(json!({"parent_campaign_id": campaign})),
            ("GET", "/campaigns") => ("?include_tags=true".to_owned(), json!({})),
            ("GET", figures) if valid_figures::is_call(figures) => {
                id = *campaign;
                (valid_figures::query(figures, *client, id), json!({}))
            }
            ("GET", "/campaigns/{id}" | "/campaigns/{id}/email-accounts" | "/campaigns/{id}/analytics") => {
                id = *campaign;
                nothing()
            }
            ("DELETE", "/campaigns/{id}") => {
                let body = json!({"name": "Short", "client_id": client});
                id = self.world.post("/campaigns/create", body).await.ok()["id"].as_u64().unwrap();
                nothing()
            }
            ("POST", "/campaigns/{id}/status") => {
                id = *campaign;
                only(json!({"status": "START"}))
            }
            ("POST", "/campaigns/{id}/settings") => {
                id = *campaign;
                only(json!({"track_settings": ["DONT_TRACK_EMAIL_OPEN"], "follow_up_percentage": 40}))
            }
            ("POST", "/campaigns/{id}/leads") => {
                id = *campaign;
                only(json!({"lead_list": [{"email": "new@lead.test"}]}))
            }
            ("GET", "/campaigns/{id}/leads") => {
                id = *campaign;
                ("?limit=5&offset=0&status=STARTED".to_owned(), json!({}))
            }
            ("POST", "/campaigns/{id}/leads/{lead_id}") => {
                id = *campaign;
                only(json!({"email": LEAD, "location": "Here"}))
            }
            ("DELETE", "/campaigns/{id}/leads/{lead_id}" | "/leads/{id}") => {
                let email = self.unused_address().await;
                self.world.lead(*campaign, &email).await;
                let lead = self.world.get(&format!("/leads?email={email}")).await.ok()["id"].clone();
                let path = route.path.replace("{lead_id}", "{}").replace("leads/{id}", "leads/{}?erase=true");
                let path = path.replace("{id}", &campaign.to_string()).replace("{}", &lead.to_string());
                return (path, String::new());
            }
            ("GET", "/campaigns/{id}/leads-export") => {
                id = *campaign;
                nothing()
            }
            ("GET" | "POST", "/leads/{id}" | "/leads/{id}/campaigns" | "/leads/{id}/unsubscribe") => {
                id = *lead;
                nothing()
            }
            (
                "GET",
                "/campaigns/{id}/leads/{lead_id}/message-history"
                | "/campaigns/{id}/leads/{lead_id}/messages",
            ) => {
                id = *campaign;
                ("?show_plain_text_response=true".to_owned(), json!({}))
            }
            ("POST", "/campaigns/{id}/email-accounts") => {
                id = *campaign;
                only(json!({"email_account_ids": [mailbox]}))
            }
            ("DELETE", "/campaigns/{id}/email-accounts") => {
                id = *campaign;
                only(json!({"email_account_id": mailbox}))
            }
            ("POST", "/campaigns/{id}/tags") => {
                id = *campaign;
                only(json!({"tag_ids": [tag]}))
            }
            ("GET", "/leads") => (format!("?email={LEAD}"), json!({})),

            ("POST", "/email-accounts/save") => only(self.account("other@us.test")),
            ("GET", "/email-accounts") => {
                ("?offset=0&limit=5&esp=SMTP&isInUse=true&fetch_campaigns=true".to_owned(), json!({}))
            }
            ("GET", "/email-accounts/tags") => nothing(),
            ("POST", "/email-accounts/tag-manager") => {
                only(json!({"id": tag, "name": "vip", "color": "#FF5733"}))
            }
            ("POST", "/email-accounts/tag-list") => only(json!({"email_ids": [MAILBOX]})),
            ("POST" | "DELETE", "/email-accounts/tag-mapping") => {
                only(json!({"email_account_ids": [mailbox], "tag_ids": [tag]}))
            }
            ("POST", "/email-accounts/{id}") => {
                id = *mailbox;
                only(json!({"from_name": "Spring"}))
            }
            ("GET", "/email-accounts/{id}" | "/email-accounts/{id}/ledger")
            | ("POST", "/email-accounts/{id}/test") => {
                id = *mailbox;
                nothing()
            }
            ("DELETE", "/email-accounts/{id}") => {
                let account = self.account(&self.unused_address().await);
                let saved = self.world.post("/email-accounts/save", account).await.ok();
                id = saved["emailAccountId"].as_u64().unwrap();
                nothing()
            }
            ("POST", "/email-accounts/{id}/messages") => {
                let path = path.replace("{id}", &mailbox.to_string());
                let mail = format!("From: {LEAD}\nTo: {MAILBOX}\nSubject: Hello\n\nHello\n");
                return (format!("/api/v1{path}"), mail);
            }

            ("GET", "/messages/{id}" | "/messages/{id}/raw" | "/messages/{id}/attachments/{n}") => {
                id = *message;
                nothing()
            }
            ("PATCH", "/messages/{id}/class") => {
                id = *message;
                only(json!({"class": "automatic"}))
            }

            ("GET", "/quarantine") => nothing(),
            ("POST", "/quarantine/{id}/retry") | ("GET", "/quarantine/{id}/raw") => {
                id = self.quarantined().await;
                nothing()
            }

            ("POST", "/mcp") => only(json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})),
            ("GET", "/docs" | "/openapi.json" | "/healthz" | "/readyz" | "/metrics") => nothing(),
            (verb, _) => only(self.required_of(verb, route.path)),
        };
        let path = route.path.replace("{id}", &id.to_string());
        let path = path.replace("{lead_id}", &lead.to_string()).replace("{n}", "0");
        (path + &query, body.to_string())
    }
}

fn nothing() -> (String, Value) {
    only(json!({}))
}

fn only(body: Value) -> (String, Value) {
    (String::new(), body)
}
