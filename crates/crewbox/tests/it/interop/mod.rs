//! Clients of other makers against a running server, as they are published.
//!
//! They are Python programs with pinned versions, which `cargo xtask test` installs into the target directory. Where that
//! is not possible it says ERROR, and so does each of these tests, which then ends without a result.

mod mcp;
mod schemathesis;
mod session;
mod smartlead;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::drive::{Output, Server, clean, finish};

/// The pinned versions.
const REQUIREMENTS: &str = include_str!("../../clients/requirements.txt");
/// Conversations of the demo: enough for several pages of each list, and made within a second or two.
const CONVERSATIONS: &str = "300";

/// Where the programs are; none, with an ERROR, where they are not installed in these versions.
fn installed() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |dir| root.join(dir));
    let folder = target.join("clients");
    let is_there =
        std::fs::read_to_string(folder.join("installed.txt")).is_ok_and(|text| text == REQUIREMENTS);
    if !is_there {
        eprintln!(
            "ERROR: the clients of other makers are not installed, so this test ran nothing: cargo xtask test installs them"
        );
    }
    is_there.then(|| folder.join("bin"))
}

/// A demo whose data can be worked on by commands as well.
struct Demo {
    server: Server,
    data: tempfile::TempDir,
    members: Vec<Value>,
}

impl Demo {
    fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().join("demo");
        let server = Server::start(&[
            "demo",
            "--json",
            "--listen",
            "127.0.0.1:0",
            "--conversations",
            CONVERSATIONS,
            "--members",
            "4",
            "--data",
            folder.to_str().unwrap(),
        ]);
        let first: Value = serde_json::from_str(&server.first_line).unwrap();
        let members = first["members"].as_array().unwrap().clone();
        Self { server, data, members }
    }

    /// The key of a member, the owner's first.
    fn key(&self, member: usize) -> &str {
        self.members[member]["api_key"].as_str().unwrap()
    }

    /// Another key of the owner.
    fn new_key(&self, options: &[&str]) -> String {
        let folder = self.data.path().join("demo");
        let email = self.members[0]["email"].as_str().unwrap();
        let mut args = vec!["key", "create", "--data", folder.to_str().unwrap(), "--email", email];
        args.extend(options);
        crate::drive::run(&args).json()["api_key"].as_str().unwrap().to_owned()
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer = self.server.call(method, path, self.key(0), body);
        assert_eq!(answer.status, 200, "{method} {path} {answer:?}");
        answer.json()
    }
}

/// Runs a program to its end in an empty directory, without the settings of the tester's own environment.
fn run(program: &Path, args: &[&str], environment: &[(&str, &str)]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut command = clean(Command::new(program));
    command
        .args(args)
        .envs(environment.iter().copied())
        .current_dir(folder.path())
        .env("HOME", folder.path());
    finish(command)
}
