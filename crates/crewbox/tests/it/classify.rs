//! `crewbox classify`: one line a mail, by the bytes and what the options say, without any data.

use std::path::Path;

use serde_json::Value;

use crate::drive::{House, Output, path, run};

const MAILBOX: &str = "ann@acme.example";
const LEAD: &str = "bo@lead.example";

fn lines(output: &Output) -> Vec<Value> {
    output.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn mail(head: &str, body: &str) -> String {
    format!(
        "From: Bo Lead <{LEAD}>\r\nTo: {MAILBOX}\r\nMessage-ID: <r1@lead.example>\r\nIn-Reply-To: <s1@acme.example>\r\nDate: Tue, 3 Feb 2026 10:02:00 +0000\r\n{head}\r\n{body}"
    )
}

#[test]
fn a_reply_is_shown_with_its_new_text_its_folds_and_how_it_would_be_placed() {
    let temp = tempfile::tempdir().unwrap();
    let file = temp.path().join("reply.eml");
    let text = "Sounds good, let us talk on Friday.\r\n\r\nOn Tue, 3 Feb 2026 at 10:00, Ann <ann@acme.example> wrote:\r\n> Shall we talk?\r\n> Ann\r\n";
    std::fs::write(&file, mail("Subject: Re: A talk\r\n", text)).unwrap();
    let output = run(&["classify", path(&file)]);
    assert_eq!(output.code, Some(0), "{output:?}");
    let [line] = &lines(&output)[..] else { panic!("{output:?}") };
    assert_eq!((&line["class"], &line["direction"]), (&"human".into(), &"inbound".into()));
    assert_eq!(line["file"], path(&file));
    assert_eq!((&line["sender"]["name"], &line["sender"]["email"]), (&"Bo Lead".into(), &LEAD.into()));
    assert!(!line["evidence"].as_str().unwrap().is_empty());
    assert_eq!(line["new_text"].as_str().unwrap().trim(), "Sounds good, let us talk on Friday.");
    let fold = &line["folds"][0];
    assert_eq!(
        (&fold["kind"], &fold["first_line"], &fold["last_line"]),
        (&"quote".into(), &3.into(), &5.into())
    );
    assert_eq!(line["references"][0], "s1@acme.example");
    let placement: Vec<&str> =
        line["placement"].as_array().unwrap().iter().map(|rule| rule.as_str().unwrap()).collect();
    assert!(
        placement[0].contains("In-Reply-To") && placement[0].contains("s1@acme.example"),
        "{placement:?}"
    );
    assert!(placement[1].contains("sender") && placement[1].contains(LEAD), "{placement:?}");
    assert_eq!(line["placed_because"], Value::Null);
}

#[test]
fn the_options_say_what_only_a_server_knows() {
    let temp = tempfile::tempdir().unwrap();
    let (reply, sent) = (temp.path().join("reply.eml"), temp.path().join("sent.eml"));
    std::fs::write(&reply, mail("Subject: Re: A talk\r\n", "Yes.\r\n")).unwrap();
    let ours = format!("From: Ann <{MAILBOX}>\r\nTo: {LEAD}\r\nSubject: A talk\r\n\r\nShall we?\r\n");
    std::fs::write(&sent, ours).unwrap();
    let options = ["--mailbox", MAILBOX, "--lead", LEAD, "--sent-at", "2026-02-03T10:00:00Z"];
    let mut words = vec!["classify"];
    words.extend(options);
    words.extend([path(&reply), path(&sent)]);
    let output = run(&words);
    let [reply, sent] = &lines(&output)[..] else { panic!("{output:?}") };
    assert_eq!((&reply["direction"], &sent["direction"]), (&"inbound".into(), &"outbound".into()));
    for line in [reply, sent] {
        assert!(line["placed_because"].as_str().unwrap().ends_with('.'), "{line}");
    }
    let stranger = run(&["classify", "--lead", "other@lead.example", path(&temp.path().join("reply.eml"))]);
    let because = lines(&stranger)[0]["placed_because"].clone();
    assert_ne!(because, reply["placed_because"]);
    run(&["classify", "--sent-at", "soon", "x.eml"]).fails(2, "2026-02-03T10:00:00Z");
    let empty = temp.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    run(&["classify", path(&empty)]).fails(1, "there is no file in");
}

#[test]
fn a_bounce_is_placed_by_what_it_returns_and_decided_by_its_sender() {
    let temp = tempfile::tempdir().unwrap();
    let file = temp.path().join("bounce.eml");
    let text = format!(
        "The following message could not be delivered.\r\n\r\n<{LEAD}>: host mx.lead.example answered: 550 5.1.1 User unknown\r\n\r\n--- Below this line is a copy of the message.\r\n\r\nMessage-ID: <s1@acme.example>\r\nFrom: {MAILBOX}\r\nTo: {LEAD}\r\nSubject: A talk\r\n\r\nShall we?\r\n"
    );
    let head = format!("Return-Path: <>\r\nX-Failed-Recipients: {LEAD}\r\nSubject: Delivery failed\r\n");
    std::fs::write(&file, mail(&head, &text).replacen(LEAD, "mailer-daemon@mx.lead.example", 1)).unwrap();
    let output = run(&["classify", path(&file)]);
    let [line] = &lines(&output)[..] else { panic!("{output:?}") };
    assert_eq!((&line["class"], &line["failed_recipients"][0]), (&"bounce".into(), &LEAD.into()), "{line}");
    let placement = line["placement"].to_string();
    assert!(placement.contains("the recipient that failed") && placement.contains(LEAD), "{placement}");
    // The same words from the lead's own address prove no bounce.
    std::fs::write(&file, mail(&head, &text)).unwrap();
    let circumstances = |output: Output| {
        let line = lines(&output).remove(0);
        let other = |from_lead: bool| {
            let all = line["otherwise"].as_array().unwrap();
            all.iter().find(|one| one["from_lead"] == from_lead && one["prompt"] == false).cloned()
        };
        (line["class"].clone(), other(true), other(false))
    };
    let (class, from_lead, _) = circumstances(run(&["classify", path(&file)]));
    assert_eq!((class, from_lead.unwrap()["class"].clone()), ("bounce".into(), "human".into()));
    let (class, from_lead, others) = circumstances(run(&["classify", "--lead", LEAD, path(&file)]));
    assert_eq!((class, from_lead, others.unwrap()["class"].clone()), ("human".into(), None, "bounce".into()));
}

#[test]
fn what_cannot_be_read_is_named_and_stops_nothing() {
    let temp = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let file = temp.path().join(name);
        std::fs::write(&file, text).unwrap();
        path(&file).to_owned()
    };
    let good = write("good.eml", &mail("Subject: A\r\n", "Hello.\r\n"));
    let empty = write("empty.eml", " \r\n");
    let nowhere = path(&temp.path().join("nowhere.eml")).to_owned();
    let boxed = mail("Subject: B\r\n", "Hello.\r\n").replace("\r\n", "\n");
    let mbox = write(
        "box",
        &format!("From a Tue Feb  3 10:00:00 2026\n{boxed}\nFrom b Tue Feb  3 10:00:00 2026\n{boxed}"),
    );
    let output = run(&["classify", &nowhere, &empty, &good, &mbox]);
    assert_eq!(output.code, Some(1), "{output:?}");
    let files: Vec<String> =
        lines(&output).iter().map(|line| line["file"].as_str().unwrap().to_owned()).collect();
    assert_eq!(files.len(), 3, "{output:?}");
    assert!(files[0] == good && files[1].starts_with(&mbox) && files[2].starts_with(&mbox), "{files:?}");
    for words in ["nowhere.eml", "The mail is empty.", "2 could not be read, 3 could"] {
        assert!(output.err.contains(words), "no `{words}` in {}", output.err);
    }
}

#[test]
fn no_data_directory_is_made() {
    let house = tempfile::tempdir().unwrap();
    let file = house.path().join("a.eml");
    std::fs::write(&file, mail("Subject: A\r\n", "Hello.\r\n")).unwrap();
    let mut command = crate::drive::command(&["classify", "a.eml"]);
    command.current_dir(house.path());
    assert_eq!(crate::drive::finish(command).code, Some(0));
    assert_eq!(std::fs::read_dir(house.path()).unwrap().count(), 1);
}

/// What an older version of the rules thought, as it would be found in the data.
mod older {
    use std::sync::Arc;

    use crewbox_core::conversation::Arrival;
    use crewbox_core::id::MailboxId;
    use crewbox_core::message::{Class, Verdict, Verdicts};
    use crewbox_core::own_addresses::OwnAddresses;
    use crewbox_core::time::Timestamp;
    use crewbox_mail::{DirectionHint, ReadContext, place, read};
    use crewbox_store::{Batch, Ingest, Op, Open, Outcome, Scope, Store};

    use super::{House, MAILBOX};

    /// Takes a mail in as if it had been found to be of this class; its message's id.
    pub(super) fn take(house: &House, raw: &str, class: Class, suspected: Option<Class>) -> u64 {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let store = Store::open(&Open::command(house.data())).unwrap();
            let account = store.accounts().await.unwrap()[0].id;
            let scope = Scope::operator(account);
            let mailboxes = store.catalog(&scope).await.unwrap().mailboxes;
            let mailbox = mailboxes.iter().find(|one| one.email == MAILBOX).unwrap().id;
            let now = Timestamp(1_770_112_980_000);
            let context = ReadContext {
                own: Arc::new(OwnAddresses::new([MAILBOX])),
                received_at: Some(now),
                fallback_at: None,
                now,
                direction: DirectionHint::None,
            };
            let mut mail = read(raw.as_bytes(), &context).unwrap();
            mail.verdicts = Verdicts::always(Verdict { suspected, ..Verdict::of(class, "by older rules") });
            let ingest = ingest(mail, raw, mailbox);
            let batch = Batch::new(scope, now, vec![Op::Ingest(Box::new(ingest))]);
            let outcome = store.commit(batch).await.unwrap().outcomes.swap_remove(0);
            store.close().await;
            match outcome {
                Outcome::Ingested(ingested) => ingested.message.get(),
                other => panic!("{other:?}"),
            }
        })
    }

    fn ingest(mail: crewbox_core::message::Mail, raw: &str, mailbox: MailboxId) -> Ingest {
        let raw = raw.as_bytes().to_vec().into();
        Ingest { mail, raw, mailbox, location: None, arrival: Arrival::Live, place }
    }
}

#[test]
fn reindex_lists_the_messages_of_another_class_then_changes_them_and_their_conversations() {
    use crewbox_core::message::Class;

    let house = House::new();
    let csv = format!("email\n{LEAD}\nkim@lead.example\n");
    house.run(&["import", "leads", "--campaign", "Spring", &house.file("leads.csv", csv)]).json();
    house.run(&["import", "mail", "--mailbox", MAILBOX, &house.file("one.eml", format!("From: {MAILBOX}\r\nTo: {LEAD}\r\nSubject: A talk\r\nMessage-ID: <s1@acme.example>\r\nDate: Tue, 3 Feb 2026 09:00:00 +0000\r\n\r\nShall we?\r\n"))]).json();
    let reply = mail("Subject: Re: A talk\r\n", "Yes, gladly. Does Friday at ten suit you?\r\n");
    let message = older::take(&house, &reply, Class::Automatic, None);
    let other = reply.replace(LEAD, "kim@lead.example").replace("<r1@", "<r2@").replace("<s1@", "<s2@");
    let corrected = older::take(&house, &other, Class::Automatic, None);
    // Of nobody's, so that no conversation becomes unread.
    let other = reply.replace(LEAD, "joe@else.example").replace("<r1@", "<r3@").replace("<s1@", "<s3@");
    let doubted = older::take(&house, &other, Class::Human, Some(Class::Unsubscribe));

    let server = house.serve();
    let body = serde_json::json!({"class": "unsubscribe"});
    let answer = server.call("PATCH", &format!("/messages/{corrected}/class"), &house.key, &body).json();
    assert_eq!(answer["data"]["class"], "unsubscribe", "{answer}");
    let unread = || {
        let found = server.call("POST", "/master-inbox/unread-replies", &house.key, &serde_json::json!({}));
        found.json()["messages"].clone()
    };
    assert_eq!(unread(), serde_json::json!([]));

    let shown = house.run(&["reindex"]);
    assert_eq!((&shown.json()["class"], &shown.json()["applied"]), (&1.into(), &false.into()), "{shown:?}");
    let line = format!("message {message}: automatic → human: ");
    assert!(shown.err.contains(&line), "no `{line}` in {}", shown.err);
    assert!(!shown.err.contains(&format!("message {corrected}:")), "{}", shown.err);
    assert_eq!(shown.json()["suspected"], 1);
    let line = format!("message {doubted}: human, suspected unsubscribe → human: ");
    assert!(shown.err.contains(&line), "no `{line}` in {}", shown.err);
    assert_eq!(unread(), serde_json::json!([]), "nothing was written");

    assert_eq!(house.run(&["reindex", "--apply"]).json()["class"], 1);
    let rows = unread();
    assert_eq!(rows.as_array().unwrap().len(), 1, "{rows}");
    assert_eq!((&rows[0]["email_status"], &rows[0]["category"]), (&"Replied".into(), &Value::Null));
    let kept = server.call("GET", &format!("/messages/{corrected}"), &house.key, &Value::Null).json();
    assert_eq!((&kept["class"], &kept["corrected"]), (&"unsubscribe".into(), &true.into()));
    let again = house.run(&["reindex"]).json();
    assert_eq!((&again["class"], &again["changed"]), (&0.into(), &0.into()), "{again}");
    drop(server);
    house.is_sound();
}

#[test]
fn the_examples_of_the_documentation_are_what_is_really_shown() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let page = std::fs::read_to_string(docs.join("mail.md")).unwrap();
    let mut shown = 0;
    for name in ["automatic.eml", "doubt.eml", "bounce.eml"] {
        let (_, after) = page.split_once(&format!("(`{name}`)")).unwrap();
        let block = after.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
        let documented: Value = serde_json::from_str(block).unwrap();
        let output = run(&["classify", path(&docs.join("examples").join(name))]);
        let line = lines(&output).remove(0);
        for (key, value) in documented.as_object().unwrap() {
            assert_eq!(&line[key], value, "{name}: {key}");
            shown += 1;
        }
    }
    assert!(shown >= 12);
}
