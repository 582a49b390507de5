//! The server dies in the middle of a bulk action: after the next start it goes on, and each row is done once.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::drive::{House, Server, path};
use crate::http;

/// Conversations: three steps and a bit.
const ROWS: usize = 640;
/// A job of this size takes a second.
const PATIENCE: Duration = Duration::from_secs(30);

/// An account with that many conversations.
fn house() -> House {
    let house = House::new();
    let leads: String = (0..ROWS).map(|number| format!("lea{number}@lead.example,Lea\n")).collect();
    let leads = house.file("leads.csv", format!("email,first_name\n{leads}"));
    house.run(&["import", "leads", "--campaign", "Spring", &leads]).json();
    house
}

fn serve(house: &House, environment: &[(&str, &str)]) -> Server {
    let data = house.data();
    Server::start_with(&["serve", "--data", path(&data), "--listen", "127.0.0.1:0"], environment)
}

fn read(server: &Server, house: &House, path: &str) -> Value {
    server.call("GET", path, &house.key, &Value::Null).json()
}

/// The job once it has ended.
fn ended(server: &Server, house: &House, id: u64) -> Value {
    let since = Instant::now();
    loop {
        let job = read(server, house, &format!("/bulk/{id}"));
        if job["state"] != "running" {
            return job;
        }
        assert!(since.elapsed() < PATIENCE, "{job}");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

/// The conversations that the job has marked important, one for each change.
fn marked(server: &Server, house: &House) -> Vec<u64> {
    let (mut since, mut marked) = (0, Vec::new());
    loop {
        let page = read(server, house, &format!("/changes?since={since}&limit=1000"));
        let changes = page["changes"].as_array().unwrap();
        let of_job = changes.iter().filter(|change| change["kind"] == "important_changed");
        marked.extend(of_job.map(|change| change["email_lead_map_id"].as_u64().unwrap()));
        match changes.last() {
            Some(last) if page["more"] == true => since = last["seq"].as_u64().unwrap(),
            _ => return marked,
        }
    }
}

/// Starts the action; what the server answers, if it lives so long.
fn start(server: &Server, house: &House) -> std::io::Result<http::Answer> {
    let body = json!({"view": "views", "action": {"type": "important", "value": true}}).to_string();
    let path = "/api/v1/master-inbox/bulk";
    http::send(&server.url, "POST", path, &house.key, "application/json", body.as_bytes())
}

fn judge(house: &House, what: &str) {
    let server = serve(house, &[]);
    let job = ended(&server, house, 1);
    let all = ROWS as u64;
    assert_eq!(
        (&job["state"], &job["done"], &job["changed"]),
        (&json!("done"), &json!(all), &json!(all)),
        "{what}"
    );
    let marked = marked(&server, house);
    let once: BTreeSet<u64> = marked.iter().copied().collect();
    assert_eq!((marked.len(), once.len()), (ROWS, ROWS), "{what}");
    let undone = server.call("POST", "/bulk/1/undo", &house.key, &json!({})).json();
    assert_eq!(undone["data"]["changed"], all, "{what}: {undone}");
    let important = json!({"filters": {"isImportant": true}});
    let left = server.call("POST", "/master-inbox/views", &house.key, &important).json();
    assert_eq!(left["total_count"], 0, "{what}");
    assert_eq!(server.stop(), Some(0));
    house.is_sound();
}

#[test]
#[cfg(feature = "crash-points")]
fn crash_in_a_bulk_action_leaves_out_and_doubles_no_row() {
    for point in crewbox_app::bulk::CRASH_POINTS {
        let house = house();
        for hit in ["1", "2"] {
            let chosen = format!("{point}:{hit}");
            let server = serve(&house, &[("CREWBOX_CRASH", &chosen)]);
            // The second server dies while it goes on with what the first one began.
            if hit == "1" {
                assert!(start(&server, &house).is_err(), "{chosen} never came by");
            }
            server.ended();
        }
        judge(&house, point);
    }
}

#[test]
fn a_bulk_action_goes_on_after_a_sigkill() {
    let house = house();
    let server = serve(&house, &[]);
    std::thread::scope(|scope| {
        let action = scope.spawn(|| start(&server, &house));
        let since = Instant::now();
        while read(&server, &house, "/bulk/1")["bulk_id"].is_null() {
            assert!(since.elapsed() < PATIENCE, "the action never began");
        }
        // Whether it has ended by now does not matter: what comes after must be the same.
        let pid = rustix::process::Pid::from_raw(server.pid().cast_signed()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
        let _ = action.join().unwrap();
    });
    server.ended();
    judge(&house, "SIGKILL");
}
