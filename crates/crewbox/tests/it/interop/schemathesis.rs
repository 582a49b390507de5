//! schemathesis asks every call what the OpenAPI document allows and forbids, as three callers.

use crewbox_testkit::figures::{figure, is_soak};
use serde_json::json;

use super::{Demo, installed, run};

/// Not asked: a stream that does not end, a call whose body is no JSON, calls whose answer is that of a mail server, one
/// that this machine may call without a key, and the Model Context Protocol, which has a test of its own.
const NOT_ASKED: [&str; 6] = [
    "/api/v1/events",
    "/api/v1/email-accounts/{id}/messages",
    "/api/v1/email-accounts/{id}/ledger",
    "/api/v1/email-accounts/{id}/test",
    "/metrics",
    "/mcp",
];

/// What is checked. Not that a wrong value is refused (input is read leniently), that POST is refused where PATCH is
/// documented (they stand for each other), or that a bad key is refused at once (many of them are told to wait): these
/// have their own tests.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance,use_after_free,ensure_resource_availability";

#[test]
fn no_call_answers_otherwise_than_its_description() {
    let Some(programs) = installed() else { return };
    let demo = Demo::start();
    let clients = demo.call("GET", "/client", &json!({}));
    let client = json!({"clientId": clients[0]["id"], "keyName": "Tried"});
    let client = demo.call("POST", "/client/api-key", &client)["data"]["apiKey"].as_str().unwrap().to_owned();
    let seed = figure("CREWBOX_SEED", u64::from(std::process::id()));
    println!("CREWBOX_SEED={seed}");
    // The owner is last, since an owner's calls delete what the others are asked about.
    let callers =
        [("a client's key", client.as_str()), ("a member", demo.key(3)), ("the owner", demo.key(0))];
    let seconds = figure("CREWBOX_SCHEMATHESIS_SECONDS", 36) / callers.len() as u64;
    let location = format!("{}/openapi.json", demo.server.url);
    let (seconds, seed) = (seconds.to_string(), seed.to_string());
    for (who, key) in callers {
        let header = format!("Authorization: Bearer {key}");
        let mut args = vec!["run", &location, "--header", &header, "--checks", CHECKS];
        NOT_ASKED.iter().for_each(|path| args.extend(["--exclude-path", path]));
        args.extend(["--phases", "coverage,fuzzing,stateful", "--max-time", &seconds, "--seed", &seed]);
        args.extend(["--continue-on-failure", "--warnings", "off", "--no-color"]);
        let output = run(&programs.join("schemathesis"), &args, &[]);
        assert_eq!(output.code, Some(0), "{who}, CREWBOX_SEED={seed}:\n{}\n{}", output.out, output.err);
        let cases = output.out.lines().find(|line| line.contains(" generated,")).unwrap_or_default().trim();
        println!("{who}: {cases}");
        assert!(cases.contains("passed"), "{who} asked nothing:\n{}", output.out);
        if is_soak() {
            println!("soak: schemathesis as {who}, {seconds} s, seed {seed}: {cases}");
        }
    }
    assert_eq!(demo.server.stop(), Some(0));
}
