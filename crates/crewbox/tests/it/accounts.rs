//! Setup, members and keys, while a server runs too.

use serde_json::{Value, json};

use crate::drive::{House, path, run, run_with_input};

#[test]
fn setup_makes_an_account_once() {
    let house = House::new();
    assert!(house.key.starts_with("cbx_1_"));
    let again = ["setup", "--account", "Other", "--name", "Bo", "--email", "bo@x.example"];
    house.run(&again).fails(2, "is set up already");
}

#[test]
fn wrong_words_are_wrong_usage() {
    let house = House::new();
    assert_eq!(run(&["setup", "--account", "A"]).code, Some(2));
    assert_eq!(run(&["no-such-command"]).code, Some(2));
    house.run(&["member", "add", "--name", "B", "--email", "nobody"]).fails(2, "is no e-mail address");
    house.run(&["key", "create", "--email", "nobody@acme.example"]).fails(2, "no member");
    house.run(&["key", "revoke", "999"]).fails(2, "no API key 999");
    house
        .run(&["member", "add", "--name", "C", "--email", "c@acme.example", "--client", "Nobody"])
        .fails(2, "no client");
}

#[test]
fn help_teaches_with_examples() {
    for words in
        [&["--help"][..], &["serve", "--help"], &["import", "mail", "--help"], &["key", "create", "--help"]]
    {
        let output = run(words);
        assert_eq!(output.code, Some(0));
        assert!(output.out.contains("crewbox "), "{words:?} shows no example");
    }
}

#[test]
fn a_server_sees_what_commands_do_on_its_next_request() {
    let house = House::new();
    let server = house.serve();
    let me = |key: &str| server.call("GET", "/me", key, &Value::Null);
    assert_eq!(me(&house.key).json()["email"], "ann@acme.example");

    let bo =
        house.run(&["member", "add", "--name", "Bo", "--email", "Bo@Acme.example", "--role", "admin"]).json();
    assert_eq!(bo["role"], "admin");
    let bo_key = bo["api_key"].as_str().unwrap();
    assert_eq!(me(bo_key).json()["email"], "bo@acme.example");
    house.run(&["member", "add", "--name", "Bo", "--email", "bo@acme.example"]).fails(2, "member already");

    let live = house
        .run(&["key", "create", "--email", "bo@acme.example", "--dialect", "live", "--rate-limit", "5/60"])
        .json();
    let live_key = live["api_key"].as_str().unwrap();
    let list = server.call("POST", "/master-inbox/assigned-me", live_key, &json!({}));
    assert_eq!((list.status, list.json()["ok"].clone()), (200, json!(true)));

    let listed = house.run(&["key", "list"]).out;
    assert_eq!(listed.lines().count(), 3);
    assert!(!listed.contains("cbx_"), "a key is shown once only");
    let revoked = house.run(&["key", "revoke", &live["key_id"].to_string()]);
    assert_eq!((revoked.code, revoked.out.as_str()), (Some(0), ""));
    assert_eq!(me(live_key).status, 401);
    assert_eq!(house.run(&["member", "list"]).out.lines().count(), 2);
    assert_eq!(server.stop(), Some(0));
    house.is_sound();
}

#[test]
fn a_second_account_is_wholly_separate_and_must_be_named() {
    let house = House::new();
    let server = house.serve();
    let add = ["account", "add", "--account", "Beta", "--name", "Bea", "--email", "ann@acme.example"];
    let beta = house.run(&add).json();
    assert_eq!(
        server.call("GET", "/me", beta["api_key"].as_str().unwrap(), &Value::Null).json()["account"]["name"],
        "Beta"
    );
    house.run(&add).fails(2, "an account `Beta` already");
    house.run(&["member", "list"]).fails(2, "--account NAME");
    let members = house.run(&["member", "list", "--account", "Beta"]);
    assert_eq!(members.json()["name"], "Bea");
    let mut by_environment = crate::drive::command(&["member", "list"]);
    by_environment.env("CREWBOX_DATA", path(&house.data())).env("CREWBOX_ACCOUNT", "Acme");
    assert_eq!(crate::drive::finish(by_environment).json()["name"], "Ann");
}

#[test]
fn a_password_comes_from_stdin_and_shows_nowhere() {
    let house = House::new();
    let data = house.data();
    let add = [
        "member",
        "add",
        "--data",
        path(&data),
        "--name",
        "Bo",
        "--email",
        "bo@acme.example",
        "--password-stdin",
    ];
    run_with_input(&add, "short\n").fails(2, "at least 8 characters");
    let output = run_with_input(&add, "correct horse battery\n");
    assert!(output.json()["api_key"].is_string());
    assert!(!format!("{output:?}").contains("horse"));
}
