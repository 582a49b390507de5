//! What stops a start: each with one clear sentence, and nothing lost.

use std::io::{Seek as _, SeekFrom, Write as _};

use serde_json::Value;

use crate::drive::{House, path, run};

#[test]
fn a_directory_without_data_is_told_how_to_begin() {
    let temp = tempfile::TempDir::new().unwrap();
    let nowhere = temp.path().join("nothing");
    run(&["member", "list", "--data", path(&nowhere)]).fails(1, "crewbox setup");
    assert!(!nowhere.exists(), "a question must not make a directory");
}

#[test]
fn serve_makes_a_directory_and_setup_then_fills_it() {
    let temp = tempfile::TempDir::new().unwrap();
    let data = temp.path().join("fresh");
    let server = crate::drive::Server::start(&["serve", "--data", path(&data), "--listen", "127.0.0.1:0"]);
    let made =
        run(&["setup", "--data", path(&data), "--account", "A", "--name", "Ann", "--email", "a@x.example"])
            .json();
    assert_eq!(server.call("GET", "/me", made["api_key"].as_str().unwrap(), &Value::Null).status, 200);
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_second_server_on_one_directory_is_refused() {
    let house = House::new();
    let server = house.serve();
    house.run(&["serve", "--listen", "127.0.0.1:0"]).fails(1, "another Crewbox server");
    assert_eq!(server.call("GET", "/me", &house.key, &Value::Null).status, 200);
}

#[test]
fn a_taken_port_is_named() {
    let house = House::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    house.run(&["serve", "--listen", &address]).fails(1, &address);
}

#[test]
fn a_missing_or_wrong_key_file_is_named_and_can_be_reset() {
    let house = House::new();
    assert_eq!(house.serve().stop(), Some(0));
    let key_file = house.data().join("secret.key");
    let key = std::fs::read(&key_file).unwrap();

    std::fs::remove_file(&key_file).unwrap();
    house.run(&["serve", "--listen", "127.0.0.1:0"]).fails(1, path(&key_file));
    assert!(!key_file.exists(), "a lost key must not be replaced unasked");

    let other = House::new();
    assert_eq!(other.serve().stop(), Some(0));
    std::fs::copy(other.data().join("secret.key"), &key_file).unwrap();
    house.run(&["serve", "--listen", "127.0.0.1:0"]).fails(1, path(&key_file));

    std::fs::write(&key_file, &key).unwrap();
    assert_eq!(house.serve().stop(), Some(0));

    std::fs::remove_file(&key_file).unwrap();
    assert_eq!(house.run(&["secrets", "reset"]).json()["accounts"], 1);
    let server = house.serve();
    assert_eq!(server.call("GET", "/me", &house.key, &Value::Null).status, 200, "keys outlive a reset");
}

#[test]
fn a_schema_of_a_newer_version_is_left_alone() {
    let house = House::new();
    // SQLite keeps the number an application gives its schema at byte 60 of the file.
    let database = house.data().join("crewbox.db");
    let before = std::fs::read(&database).unwrap();
    let mut file = std::fs::OpenOptions::new().write(true).open(&database).unwrap();
    file.seek(SeekFrom::Start(60)).unwrap();
    file.write_all(&999_u32.to_be_bytes()).unwrap();
    drop(file);
    house.run(&["serve", "--listen", "127.0.0.1:0"]).fails(1, "newer Crewbox");
    house.run(&["member", "list"]).fails(1, "newer Crewbox");
    std::fs::write(&database, before).unwrap();
    assert_eq!(house.run(&["member", "list"]).json()["email"], "ann@acme.example");
}
