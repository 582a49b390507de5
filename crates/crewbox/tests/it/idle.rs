//! A server that nobody uses: how much it reads, and how soon it notices what a command writes.

use std::time::{Duration, Instant};

use crewbox_core::model::Role;
use crewbox_core::time::Timestamp;
use crewbox_store::contract::NewAccount;
use crewbox_store::{NewMember, Open, Store};
use serde_json::Value;

use crate::drive::{House, Server};
use crate::http;

/// Reads that an idle process may make in a second, whatever it holds: ten looks for other processes' commits, a
/// check of the search file, and as much again.
const MOST_READS: f64 = 25.0;
/// How long it is watched.
const WATCHED: Duration = Duration::from_secs(2);

/// What `/metrics` has counted so far. Each call itself reads the same amount.
fn reads(server: &Server) -> f64 {
    let answer = http::call(&server.url, "GET", "/metrics", "", &Value::Null);
    let text = String::from_utf8(answer.body).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("crewbox_store_reads_total "));
    line.unwrap_or_else(|| panic!("no count of reads in {text}")).parse().unwrap()
}

/// Reads a second of a server on which nothing happens.
fn reads_a_second(server: &Server) -> f64 {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let (first, second) = (reads(server), reads(server));
        let began = Instant::now();
        std::thread::park_timeout(WATCHED);
        let (third, fourth) = (reads(server), reads(server));
        // What a call reads to answer is taken off; it is the same each time once the accounts have begun.
        let (before, after) = (second - first, fourth - third);
        if (before - after).abs() < MOST_READS || Instant::now() > deadline {
            return (third - second - after) / began.elapsed().as_secs_f64();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_server_reads_as_little_of_500_accounts_as_of_one() {
    let house = House::new();
    let server = house.serve();
    let one = reads_a_second(&server);
    assert_eq!(server.stop(), Some(0));
    let store = Store::open(&Open::command(house.data())).unwrap();
    let made = (2..=500).map(|number| {
        let store = store.clone();
        let owner = NewMember {
            name: "Ann".to_owned(),
            email: format!("ann@house{number}.example"),
            role: Role::Owner,
            client: None,
            password_hash: None,
        };
        let new = NewAccount { name: format!("House {number}"), owner };
        tokio::spawn(async move { store.create_account(new, Timestamp(1)).await.unwrap() })
    });
    for made in made.collect::<Vec<_>>() {
        made.await.unwrap();
    }
    store.close().await;
    let server = house.serve();
    let many = reads_a_second(&server);
    println!("reads a second when idle: {one:.1} with 1 account, {many:.1} with 500");
    for figure in [one, many] {
        assert!(figure > 0.0 && figure <= MOST_READS, "{one} with 1 account, {many} with 500");
    }
}
