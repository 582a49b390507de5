//! Undoing changes of notes, tasks, reminders, of a lead's state, and of attached mail: everything is as before, the undo can
//! be undone, and whoever was faster is named.

use crewbox_core::id::ConversationId;
use crewbox_core::model::{Dialect, Role};
use crewbox_store::Scope;
use serde_json::{Value, json};

use crate::sending::Talk;
use crate::world::{Reply, World};

/// A call of the API.
struct Call {
    method: &'static str,
    path: String,
    body: Value,
}

fn call(method: &'static str, path: impl Into<String>, body: Value) -> Call {
    Call { method, path: path.into(), body }
}

/// A conversation that Ana, whose key the world has, and Ben work on.
struct Shared {
    world: World,
    campaign: u64,
    lead: String,
    conversation: u64,
    ben: String,
}

impl Shared {
    async fn new() -> Self {
        let world = World::new().await;
        let (campaign, _) = world.campaign("Spring", None).await;
        let conversation = world.lead(campaign, "lea@lead.test").await;
        let lead = world.get("/leads?email=lea@lead.test").await.ok()["id"].clone();
        let lead = lead.as_str().map_or_else(|| lead.to_string(), str::to_owned);
        let ben = world.new_member("Ben", Role::Admin, None).await;
        let ben = world.new_key(world.account, ben, Dialect::Documented, None, None).await;
        Self { world, campaign, lead, conversation, ben }
    }

    async fn by(&self, key: &str, call: &Call) -> u64 {
        let before = self.world.head().await;
        self.world.advance(1_000);
        self.world.call(call.method, &call.path, key, call.body.to_string()).await.ok();
        let head = self.world.head().await;
        assert!(head > before, "{} changes something", call.path);
        head
    }

    async fn ana(&self, call: &Call) -> u64 {
        self.by(&self.world.key, call).await
    }

    async fn undo(&self, seq: u64) -> Reply {
        self.world.post(&format!("/changes/{seq}/undo"), json!({})).await
    }

    /// Everything that a change of these kinds can change.
    async fn state(&self) -> Value {
        let mut state = json!({});
        for part in ["notes", "tasks", "reminders"] {
            state[part] = self.world.get(&format!("/master-inbox/{}/{part}", self.conversation)).await.ok();
        }
        let operator = Scope::operator(self.world.account);
        let held = self.world.store.conversation(&operator, ConversationId(self.conversation)).await.unwrap();
        let lead = held.lead_state();
        let resumes = lead.resumed.map(|resumed| resumed.until);
        let starts = lead.pushed.map(|pushed| (pushed.start.until, pushed.stop_on_parent_reply));
        state["lead"] = format!("{:?} {resumes:?} {starts:?} {:?}", lead.status, lead.subsequence).into();
        state["times"] = format!("{:?} {:?} {:?}", held.reminder_time, held.task_time, held.flags).into();
        state
    }

    /// Ana's change is undone and done again; where Ben has changed the same meanwhile, he is named.
    async fn check(&self, change: Call, by_ben: &Call, what: &str) {
        let before = self.state().await;
        let seq = self.ana(&change).await;
        let after = self.state().await;
        assert_ne!(before, after, "{what}");
        let changed = async |seq| self.undo(seq).await.ok()["data"]["changed"].clone();
        assert_eq!(changed(seq).await, true, "{what}");
        let undone = self.world.head().await;
        assert_eq!(self.state().await, before, "{what} is undone");
        assert_eq!(changed(seq).await, false, "{what} is undone already");
        assert_eq!(self.world.head().await, undone, "{what}");
        assert_eq!(changed(undone).await, true, "{what}");
        assert_eq!(self.state().await, after, "the undo of {what} is undone");

        let redone = self.world.head().await;
        let by = self.by(&self.ben, by_ben).await;
        let held = self.state().await;
        let refused = self.undo(redone).await;
        let sentence = refused.json()["error"].as_str().unwrap().to_owned();
        assert_eq!(refused.status, 409, "{what}: {sentence}");
        let end = format!("since, in change {by}: it was not undone");
        assert!(sentence.starts_with("Ben has changed ") && sentence.ends_with(&end), "{what}: {sentence}");
        assert_eq!(self.state().await, held, "{what}");
    }
}

#[tokio::test]
async fn each_change_of_a_note_a_task_and_a_reminder_is_undone_unless_somebody_has_changed_the_same() {
    let shared = Shared::new().await;
    let id = shared.conversation;
    let parts = [
        (
            "notes",
            "create-note",
            json!({"note_message": "One"}),
            vec![json!({"note_message": "Two"})],
            json!({"note_message": "Ben's"}),
        ),
        (
            "tasks",
            "create-task",
            json!({"name": "One", "due_date": "2099-01-01"}),
            vec![json!({"name": "Two", "priority": "HIGH", "due_date": "2098-01-01"}), json!({"done": true})],
            json!({"name": "Ben's", "due_date": null}),
        ),
        (
            "reminders",
            "set-reminder",
            json!({"message": "One", "reminder_time": "2099-01-01"}),
            vec![json!({"message": "Two", "reminder_time": "2098-01-01"}), json!({"done": true})],
            json!({"message": "Ben's", "reminder_time": "2097-01-01"}),
        ),
    ];
    for (part, create, new, changes, bens) in parts {
        // Ids are given in order, and one that comes back has the one that it had.
        let path = |number: usize| format!("/master-inbox/{part}/{}", number + 1);
        for number in 0..=changes.len() + 1 {
            let mut body = new.clone();
            body["email_lead_map_id"] = id.into();
            let text = body
                .as_object()
                .unwrap()
                .keys()
                .find(|key| ["note_message", "name", "message"].contains(&key.as_str()));
            let text = text.unwrap().clone();
            body[text] = format!("{part} {number}").into();
            let create = call("POST", format!("/master-inbox/{create}"), body);
            if number == 0 {
                let bens = call("PATCH", path(0), bens.clone());
                shared.check(create, &bens, &format!("adding to {part}")).await;
            } else {
                shared.ana(&create).await;
            }
        }
        for (number, change) in changes.iter().enumerate() {
            let other = if change.get("done").is_some() {
                // Nobody else can do the same but by opening it again.
                call("DELETE", path(number + 1), json!({}))
            } else {
                call("PATCH", path(number + 1), bens.clone())
            };
            let change = call("PATCH", path(number + 1), change.clone());
            shared.check(change, &other, &format!("change {number} of {part}")).await;
        }
        // Whoever deletes something is the last who changes it: nothing can be in the way.
        let last = path(changes.len() + 1);
        let before = shared.state().await;
        let deleted = shared.ana(&call("DELETE", last, json!({}))).await;
        shared.undo(deleted).await.ok();
        assert_eq!(shared.state().await, before, "{part}: what was deleted is back");
    }
    let operator = Scope::operator(shared.world.account);
    assert_eq!(shared.world.store.check(&operator).await.unwrap(), []);
}

#[tokio::test]
async fn what_two_did_to_one_task_is_undone_separately() {
    let shared = Shared::new().await;
    let new = json!({"email_lead_map_id": shared.conversation, "name": "Call"});
    shared.ana(&call("POST", "/master-inbox/create-task", new)).await;
    let done = shared.ana(&call("PATCH", "/master-inbox/tasks/1", json!({"done": true}))).await;
    shared.by(&shared.ben, &call("PATCH", "/master-inbox/tasks/1", json!({"name": "Write"}))).await;
    shared.undo(done).await.ok();
    let task = shared.world.get("/master-inbox/tasks/1").await.ok();
    assert_eq!((&task["name"], &task["done_at"]), (&json!("Write"), &Value::Null), "{task}");
}

#[tokio::test]
async fn a_note_of_another_member_comes_back_only_for_who_may_change_it() {
    let shared = Shared::new().await;
    let new = json!({"email_lead_map_id": shared.conversation, "note_message": "Ann's"});
    let added = shared.ana(&call("POST", "/master-inbox/create-note", new)).await;
    let cleo = shared.world.new_member("Cleo", Role::Member, None).await;
    let cleo = shared.world.new_key(shared.world.account, cleo, Dialect::Documented, None, None).await;
    let undo = format!("/changes/{added}/undo");
    assert_eq!(shared.world.call("POST", &undo, &cleo, "{}").await.status, 403);
    shared.ana(&call("DELETE", "/master-inbox/notes/1", json!({}))).await;
    let undo = format!("/changes/{}/undo", shared.world.head().await);
    assert_eq!(shared.world.call("POST", &undo, &cleo, "{}").await.status, 403);
    assert_eq!(shared.world.call("POST", &undo, &shared.ben, "{}").await.status, 200);
    let note = shared.world.get("/master-inbox/notes/1").await.ok();
    assert_eq!(
        (&note["note_message"], &note["created_by"]["name"]),
        (&json!("Ann's"), &json!("Ana")),
        "{note}"
    );
}

#[tokio::test]
async fn each_decision_about_a_lead_is_undone_unless_somebody_has_decided_again() {
    let shared = Shared::new().await;
    let Shared { world, campaign, lead, conversation, .. } = &shared;
    let of_lead =
        |action: &str, body| call("POST", format!("/campaigns/{campaign}/leads/{lead}/{action}"), body);
    let sub = json!({"parent_campaign_id": campaign, "subsequence_name": "More"});
    let sub = world.post("/campaigns/create-subsequence", sub).await.ok()["id"].clone();
    let push = |seconds: u64| {
        let body = json!({"email_lead_map_id": conversation, "sub_sequence_id": sub, "sub_sequence_delay_time": seconds});
        call("POST", "/master-inbox/push-to-subsequence", body)
    };
    let resume = |days: u64| {
        let body =
            json!({"email_lead_map_id": conversation, "campaign_id": campaign, "resume_delay_days": days});
        call("PATCH", "/master-inbox/resume-lead", body)
    };
    let revenue = |revenue: u64| {
        let body = json!({"email_lead_map_id": conversation, "revenue": revenue});
        call("PATCH", "/master-inbox/update-revenue", body)
    };
    let unsubscribe = || of_lead("unsubscribe", json!({}));
    shared.ana(&of_lead("pause", json!({}))).await;
    shared.check(resume(2), &resume(5), "resuming a lead").await;
    shared.check(push(60), &push(90), "pushing a lead").await;
    shared.check(of_lead("pause", json!({})), &unsubscribe(), "pausing a lead").await;
    shared.undo(world.head().await).await.ok();
    let seq = shared.ana(&revenue(10)).await;
    shared.undo(seq).await.ok();
    let item = world.get(&format!("/master-inbox/{conversation}")).await.ok();
    assert_eq!(item["revenue"].as_f64(), Some(0.0));
    let block = json!({"domains": ["lead.test"]});
    let block = call("POST", "/master-inbox/block-domains", block);
    let before = shared.state().await;
    let unsubscribed = shared.ana(&unsubscribe()).await;
    assert_eq!(
        world.get(&format!("/master-inbox/{conversation}")).await.ok()["email_status"],
        "Unsubscribed"
    );
    shared.undo(unsubscribed).await.ok();
    assert_eq!(shared.state().await, before);
    let unsubscribed = shared.ana(&unsubscribe()).await;
    shared.by(&shared.ben, &block).await;
    let refused = shared.undo(unsubscribed).await;
    let sentence = refused.json()["error"].as_str().unwrap().to_owned();
    assert!(sentence.starts_with("Ben has changed the state of the lead"), "{sentence}");
}

#[tokio::test]
async fn a_lead_who_asked_for_no_more_mail_stays_unsubscribed_when_a_members_decision_is_undone() {
    let talk = Talk::answered().await;
    let world = &talk.world;
    let lead = world.get("/leads?email=lea@lead.test").await.ok()["id"].clone();
    let lead = lead.as_str().map_or_else(|| lead.to_string(), str::to_owned);
    world.post(&format!("/campaigns/{}/leads/{lead}/unsubscribe", talk.campaign), json!({})).await.ok();
    let seq = world.head().await;
    let id = talk.got("lea@lead.test", "").await;
    let correct = json!({"class": "unsubscribe"}).to_string();
    world.call("PATCH", &format!("/messages/{id}/class"), &world.key, correct).await.ok();
    world.post(&format!("/changes/{seq}/undo"), json!({})).await.ok();
    let item = world.get(&format!("/master-inbox/{}", talk.conversation)).await.ok();
    assert_eq!(item["email_status"], "Unsubscribed", "{item}");
}

#[tokio::test]
async fn attaching_a_thread_is_undone_with_all_of_it_and_mail_that_came_since_stays() {
    let talk = Talk::answered().await;
    let world = &talk.world;
    let stranger = async |id: &str, more: &str| {
        world.advance(60_000);
        let raw = format!(
            "From: stranger@else.test\nTo: spring@us.test\nMessage-ID: <{id}@else>\nSubject: {id}\n{more}\nA platypus"
        );
        let path = format!("/email-accounts/{}/messages", talk.mailbox);
        world.call("POST", &path, &world.key, raw).await.ok()
    };
    let first = stranger("one", "").await["message_id"].as_u64().unwrap();
    let second = stranger("two", "In-Reply-To: <one@else>\n").await["message_id"].as_u64().unwrap();
    let untracked = async || {
        let listed = world.get("/master-inbox/untracked-replies").await.ok();
        let mut ids: Vec<u64> = listed["untracked_replies"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| {
                row["id"]
                    .as_u64()
                    .or_else(|| row["id"].as_str()?.trim_start_matches("msg_").parse().ok())
                    .unwrap()
            })
            .collect();
        ids.sort_unstable();
        ids
    };
    let found = async || {
        let searched = json!({"filters": {"search": "platypus"}});
        world.list("views", searched).await["total_count"].as_u64().unwrap()
    };
    let item = async || {
        let mut item = world.get(&format!("/master-inbox/{}", talk.conversation)).await.ok();
        item.as_object_mut().unwrap().remove("stats");
        item
    };
    assert_eq!(untracked().await, [first, second]);
    let read = json!({"email_lead_map_id": talk.conversation, "read_status": true});
    world.post("/master-inbox/change-read-status", read).await.ok();
    let before = item().await;
    let attach = async || {
        world.advance(1_000);
        let path = format!("/master-inbox/untracked-replies/{first}/attach");
        let reply = world.post(&path, json!({"email_lead_map_id": talk.conversation})).await;
        let seqs = reply.header("x-change-seq").unwrap().to_owned();
        assert_eq!(reply.ok()["data"]["attached"], 2);
        seqs.split('-').next().unwrap().parse::<u64>().unwrap()
    };
    let undo = async |seq: u64| world.post(&format!("/changes/{seq}/undo"), json!({})).await;
    let seq = attach().await;
    assert_eq!((untracked().await, found().await), (vec![], 1));
    assert_eq!(undo(seq).await.ok()["data"]["changed"], true);
    assert_eq!((untracked().await, found().await), (vec![first, second], 0));
    assert_eq!(item().await, before, "as if they had never been there");
    assert_eq!(undo(seq).await.ok()["data"]["changed"], false);

    let detached = world.head().await - 1;
    assert_eq!(undo(detached).await.ok()["data"]["changed"], true, "the undo is undone");
    assert_eq!(untracked().await, Vec::<u64>::new());
    let seq = world.head().await - 1;
    let later = stranger("three", "In-Reply-To: <two@else>\n").await;
    assert_eq!(later["campaign_lead_map_id"], talk.conversation.to_string(), "{later}");
    undo(seq).await.ok();
    let history = talk.history(talk.conversation).await;
    assert_eq!(history.len(), 3, "the mail that came since stays");
    assert_eq!(world.store.check(&Scope::operator(world.account)).await.unwrap(), []);

    let seq = attach().await;
    let other = world.lead(talk.campaign, "otto@lead.test").await;
    let into = json!({"into_email_lead_map_id": other});
    world.post(&format!("/master-inbox/{}/merge", talk.conversation), into).await.ok();
    let refused = undo(seq).await;
    let sentence = refused.json()["error"].as_str().unwrap().to_owned();
    assert_eq!(refused.status, 409);
    assert!(
        sentence.starts_with(&format!("Ana has moved or deleted message {first} since, in change ")),
        "{sentence}"
    );
}
