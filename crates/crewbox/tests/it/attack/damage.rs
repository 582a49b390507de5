//! Damage: one bit changes in a file of a closed data directory. Doctor finds it and names where it is, and a server never
//! hands out a damaged mail as the one that came in.
//!
//! Every page of the database has a check sum, so that each changed bit is found, whether or not it changes what is
//! stored. `CREWBOX_FLIPS` is how many bits are changed, `CREWBOX_SEED` replays a run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crewbox_testkit::figures::figure;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use tempfile::TempDir;

use super::workload::{Outcome, Workload, Write, mail};
use crate::drive::{House, Server, command, path, run};
use crate::http;

const WRITES: u64 = 40;
/// One in so many bits is changed in the file of a large mail.
const IN_FILES: u64 = 4;
/// One in so many damaged databases is served, too: most are as good as any other.
const SERVED: u64 = 5;

/// A copy of a closed directory.
fn copy(data: &Path) -> (TempDir, PathBuf) {
    let temp = TempDir::new().unwrap();
    let to = temp.path().join("data");
    assert!(Command::new("cp").args(["-a", path(data), path(&to)]).status().unwrap().success());
    (temp, to)
}

fn flip(file: &Path, byte: usize, bit: u32) {
    let mut bytes = fs::read(file).unwrap();
    bytes[byte] ^= 1 << bit;
    fs::write(file, bytes).unwrap();
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// Serves a damaged directory and reads every mail; how many were refused as damaged. None where it was not served.
fn read_all(workload: &Workload, data: &Path, mails: &[(u64, Value)], state: &str) -> Option<usize> {
    let log = data.join("../log");
    let mut command = command(&["serve", "--data", path(data), "--listen", "127.0.0.1:0"]);
    let server = Server::start_or_end(command.stderr(Stdio::from(fs::File::create(&log).unwrap())));
    let Ok(server) = server else { return None };
    let mut refused = Vec::new();
    for (number, id) in mails {
        let route = format!("/api/v1/messages/{id}/raw");
        let response = http::call(&server.url, "GET", &route, &workload.0.house.key, &Value::Null);
        match response.status {
            200 => assert!(response.body == mail(*number), "{state}: mail {number} is served damaged"),
            500 => refused.push(id),
            _ => {}
        }
    }
    server.kill();
    let log = fs::read_to_string(&log).unwrap();
    for id in &refused {
        assert!(log.contains(&format!("{id}")), "{state}: message {id} is not named in {log}");
    }
    Some(refused.len())
}

#[test]
fn a_changed_bit_is_found_and_no_damaged_mail_is_served() {
    let (flips, seed) = (figure("CREWBOX_FLIPS", 15), figure("CREWBOX_SEED", 1));
    println!("CREWBOX_SEED={seed} CREWBOX_FLIPS={flips}");
    let workload = Workload::new();
    let server = workload.0.house.serve();
    let mut mails = Vec::new();
    for turn in 0..WRITES {
        match workload.write(&server.url, turn) {
            Outcome::Acknowledged(Write::Mail { number, id }) => mails.push((number, id)),
            Outcome::Acknowledged(Write::Category { .. }) => {}
            other => panic!("write {turn}: {other:?}"),
        }
    }
    assert_eq!(server.stop(), Some(0));
    workload.0.house.is_sound();
    let data = workload.0.house.data();
    let (database, blobs) = (data.join("crewbox.db"), files(&data.join("blobs")));
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (mut in_files, mut served, mut refused) = (0, 0, 0);
    for number in 0..flips {
        let is_file = number % IN_FILES == 0;
        let file = if is_file { &blobs[rng.random_range(0..blobs.len())] } else { &database };
        let byte = rng.random_range(0..usize::try_from(fs::metadata(file).unwrap().len()).unwrap());
        let bit = rng.random_range(0..8);
        let (_temp, copy) = copy(&data);
        flip(&copy.join(file.strip_prefix(&data).unwrap()), byte, bit);
        let state = format!("seed {seed}, bit {bit} of byte {byte} of {}", file.display());
        let printed = run(&["doctor", "--data", path(&copy)]);
        assert_eq!(printed.code, Some(1), "{state}: {printed:?}");
        let name = if is_file { "raw mail of message" } else { "crewbox.db" };
        assert!(printed.out.contains(name), "{state}: {printed:?}");
        in_files += u64::from(is_file);
        if is_file || number % SERVED == 0 {
            let found = read_all(&workload, &copy, &mails, &state);
            assert!(!is_file || found == Some(1), "{state}: {found:?} mails are refused");
            served += u64::from(found.is_some());
            refused += found.unwrap_or_default();
        }
    }
    println!(
        "soak: damage: {flips} changed bits from seed {seed}, {in_files} of them in files of large mails; doctor found \
         all; {served} damaged directories were served, {refused} mails refused and none served damaged"
    );
}

#[test]
fn a_subject_that_changed_on_disk_is_found_and_derived_again() {
    const SUBJECT: &[u8] = b"Quarterly zebra numbers";
    let house = House::new();
    let text = "From: lea@x.example\r\nTo: ann@acme.example\r\nMessage-ID: <s@x>\r\nSubject: Quarterly zebra numbers\r\n\r\nYes.\r\n";
    let file = house.file("one.eml", text);
    house.run(&["import", "mail", "--mailbox", "ann@acme.example", &file]).json();
    let database = house.data().join("crewbox.db");
    let mut bytes = fs::read(&database).unwrap();
    let places: Vec<usize> = (0..bytes.len() - SUBJECT.len())
        .filter(|at| bytes[*at..].starts_with(SUBJECT) && !bytes[..*at].ends_with(b"Subject: "))
        .collect();
    assert!(!places.is_empty(), "the subject is in a row");
    places.iter().for_each(|at| bytes[*at] ^= 1);
    fs::write(&database, &bytes).unwrap();
    let printed = house.run(&["doctor"]);
    assert_eq!(printed.code, Some(1), "{printed:?}");
    assert!(printed.out.contains("(table message)"), "{printed:?}");
    assert!(printed.out.contains("differs from its raw mail in headers"), "{printed:?}");
    assert_eq!(house.run(&["reindex"]).json()["headers"], 1);
    assert_eq!(house.run(&["reindex", "--apply"]).json()["headers"], 1);
    house.is_sound();
}
