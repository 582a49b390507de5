//! The demo: what it prints works, and its account is in use.

use serde_json::{Value, json};

use crate::drive::{Server, path, run};

const SMALL: [&str; 6] = ["--listen", "127.0.0.1:0", "--conversations", "400", "--members", "4"];

fn start(more: &[&str]) -> (Server, Value) {
    let server = Server::start(&[&["demo"][..], &SMALL, more].concat());
    let json = serde_json::from_str(&server.first_line).unwrap();
    (server, json)
}

fn total(server: &Server, key: &str, list: &str, body: &Value) -> u64 {
    let answer = server.call("POST", &format!("/master-inbox/{list}"), key, body);
    assert_eq!(answer.status, 200, "{list} {}", answer.head);
    answer.json()["total_count"].as_u64().unwrap()
}

#[test]
fn every_member_has_work_and_every_list_has_something() {
    let (server, json) = start(&["--json"]);
    let members = json["members"].as_array().unwrap();
    assert_eq!(members.len(), 4);
    let keys: Vec<&str> = members.iter().map(|member| member["api_key"].as_str().unwrap()).collect();
    for member in members {
        assert!(
            member["member_id"].is_number() && member["email"].is_string() && member["password"].is_string()
        );
    }
    let assigned: Vec<u64> = keys.iter().map(|key| total(&server, key, "assigned-me", &json!({}))).collect();
    assert!(assigned.iter().all(|count| *count > 0) && assigned[0] > assigned[3], "{assigned:?}");
    for list in [
        "inbox-replies",
        "unread-replies",
        "important",
        "snoozed",
        "reminders",
        "archived",
        "sent",
        "unassigned",
    ] {
        assert!(total(&server, keys[0], list, &json!({})) > 0, "{list} is empty");
    }
    let with_tasks = json!({"filters": {"taskDueBy": "2999-01-01"}});
    assert!(total(&server, keys[0], "views", &with_tasks) > 0, "no conversation has a task");
    let views = server.call("GET", "/master-inbox/saved-views", keys[3], &Value::Null).json();
    assert_eq!(views["data"].as_array().map(Vec::len), Some(2), "{views}");
    let everything = total(&server, keys[0], "views", &json!({}));
    assert_eq!(everything, 400);
    for status in ["Replied", "Bounced", "Unsubscribed", "Accepted", "Not Replied"] {
        let filter = json!({"filters": {"emailStatus": status}});
        assert!(total(&server, keys[0], "views", &filter) > 0, "nothing is {status}");
    }
    for category in 1..=7 {
        let filter = json!({"filters": {"leadCategories": {"categoryIdsIn": [category]}}});
        assert!(total(&server, keys[0], "views", &filter) > 0, "category {category} is empty");
    }
    let all = |offset: u64| {
        let body = json!({"limit": 20, "offset": offset});
        server.call("POST", "/master-inbox/inbox-replies", keys[0], &body).json()["messages"].clone()
    };
    let rows: Vec<Value> = (0..)
        .map(|page| all(page * 20))
        .map_while(|page| page.as_array().filter(|rows| !rows.is_empty()).cloned())
        .flatten()
        .collect();
    for key in ["suspected", "notice"] {
        let shown = rows.iter().filter(|row| row["last_message"][key].is_string()).count();
        assert!(shown > 0, "no row shows {key}");
    }
    let page = server.call("POST", "/master-inbox/assigned-me", keys[0], &json!({"limit": 20})).json();
    let row = &page["messages"][0];
    assert!(row["lead"]["email"].is_string() && row["last_message"]["body"].is_string());
    assert_eq!(row["assigned_to"]["id"], members[0]["member_id"]);
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn an_answer_says_that_it_cannot_leave_the_demo() {
    let (server, json) = start(&["--json"]);
    let key = json["members"][0]["api_key"].as_str().unwrap();
    let page = server.call("POST", "/master-inbox/inbox-replies", key, &json!({"limit": 1})).json();
    let (id, campaign) =
        (&page["messages"][0]["campaign_lead_map_id"], &page["messages"][0]["campaign"]["id"]);
    let item =
        server.call("GET", &format!("/master-inbox/{}", id.as_str().unwrap()), key, &Value::Null).json();
    let stats_id = &item["message_history"][0]["stats_id"];
    let body = json!({"email_stats_id": stats_id, "email_body": "<p>Gladly.</p>"});
    let response = server.call("POST", &format!("/campaigns/{campaign}/reply-email-thread"), key, &body);
    assert_eq!(response.status, 200, "{response:?}");
    let response = response.json();
    let message_id = response["message_id"].as_str().unwrap().trim_matches(['<', '>']);
    let path = format!("/master-inbox/reply-status?message_id={message_id}");
    let since = std::time::Instant::now();
    let status = loop {
        let status = server.call("GET", &path, key, &Value::Null).json()["data"].clone();
        if status["status"] != "QUEUED" {
            break status;
        }
        assert!(since.elapsed().as_secs() < 30, "{status}");
    };
    assert_eq!(status["status"], "FAILED", "{status}");
    assert!(status["status_message"].as_str().unwrap().contains("has no SMTP server"), "{status}");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_kept_demo_is_sound_and_not_filled_twice() {
    let temp = tempfile::TempDir::new().unwrap();
    let data = temp.path().join("demo");
    let (server, _) = start(&["--json", "--data", path(&data)]);
    assert_eq!(server.stop(), Some(0));
    let doctor = run(&["doctor", "--data", path(&data)]).json();
    assert_eq!((doctor["ok"].clone(), doctor["conversations"].as_u64()), (json!(true), Some(400)));
    let again = [&["demo"][..], &SMALL, &["--data", path(&data)]].concat();
    run(&again).fails(2, "holds an account already");
}

#[test]
fn a_directory_with_other_files_is_not_filled() {
    let temp = tempfile::TempDir::new().unwrap();
    let file = temp.path().join("notes.txt");
    std::fs::write(&file, "mine").unwrap();
    let demo = [&["demo"][..], &SMALL, &["--data", path(temp.path())]].concat();
    run(&demo).fails(2, "is not empty");
    assert_eq!(std::fs::read_dir(temp.path()).unwrap().count(), 1, "nothing was made there");
    std::fs::remove_file(&file).unwrap();
    let (server, _) = start(&["--json", "--data", path(temp.path())]);
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn the_same_seed_draws_the_same_account() {
    let shape = |seed: &str| {
        let (server, json) = start(&["--json", "--seed", seed]);
        let key = json["members"][0]["api_key"].as_str().unwrap().to_owned();
        let page = server.call("POST", "/master-inbox/assigned-me", &key, &json!({})).json();
        let rows = page["messages"].as_array().unwrap();
        // The first lines only: further down a quote may name the minute it was written, which is relative to now.
        let begins = |row: &Value| -> Vec<String> {
            row["last_message"]["body"].as_str().unwrap().lines().take(2).map(str::to_owned).collect()
        };
        let of = |row: &Value| (row["lead"].clone(), row["campaign"].clone(), begins(row));
        (page["total_count"].clone(), rows.iter().map(of).collect::<Vec<_>>())
    };
    assert_eq!(shape("5"), shape("5"));
    assert_ne!(shape("5"), shape("6"));
}

#[test]
fn the_printed_curl_is_complete() {
    use std::io::BufRead as _;
    use std::process::Stdio;
    let mut child = crate::drive::command(&[&["demo"][..], &SMALL].concat())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Kept open until the end: more lines follow, and a demo that cannot print them stops.
    let mut out = std::io::BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let curl = out.find(|line| line.trim_start().starts_with("curl ")).unwrap();
    let between = |start: &str, end: char| {
        let from = curl.find(start).unwrap_or_else(|| panic!("no {start} in {curl}")) + start.len();
        curl[from..].split(end).next().unwrap().to_owned()
    };
    let (url, key, body) = (between("curl -s '", '\''), between("Bearer ", '\''), between("-d '", '\''));
    let (host, path) = url.split_at(url.find("/api/").unwrap());
    let answer = crate::http::call(host, "POST", path, &key, &serde_json::from_str(&body).unwrap());
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["messages"].as_array().unwrap().len(), 5);
}
