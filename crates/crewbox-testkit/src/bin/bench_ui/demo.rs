//! The demo that is measured: a process of its own, which ends with its value, and its API.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use crewbox_testkit::call::{Connection, Failure, request};
use serde_json::{Value, json};

/// A running demo.
#[derive(Debug)]
pub(crate) struct Demo {
    process: Child,
    pub(crate) url: String,
    pub(crate) address: SocketAddr,
    pub(crate) members: Vec<Member>,
}

/// A member, as the demo prints one.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) id: u64,
    pub(crate) email: String,
    pub(crate) password: String,
    pub(crate) key: String,
}

impl Demo {
    /// Starts one of this program and waits until it answers.
    pub(crate) fn start(program: &str, conversations: &str) -> Result<Self, Failure> {
        let mut process = Command::new(program)
            .args(["demo", "--json", "--listen", "127.0.0.1:0", "--conversations", conversations])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("{program} does not start: {error}"))?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().ok_or("the demo has no output")?).read_line(&mut line)?;
        let json: Value = serde_json::from_str(&line)?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let member = |one: &Value| Member {
            id: one["member_id"].as_u64().unwrap_or_default(),
            email: text(&one["email"]),
            password: text(&one["password"]),
            key: text(&one["api_key"]),
        };
        let members = json["members"].as_array().ok_or("the demo names no members")?.iter().map(member);
        let url = text(&json["url"]);
        let address = url.trim_start_matches("http://").parse()?;
        Ok(Self { process, address, members: members.collect(), url })
    }

    /// The first member, who works at the browser.
    pub(crate) fn me(&self) -> Result<&Member, Failure> {
        Ok(self.members.first().ok_or("the demo has no member")?)
    }

    /// The second one, who works by the API.
    pub(crate) fn colleague(&self) -> Result<&Member, Failure> {
        Ok(self.members.get(1).ok_or("the demo has one member only")?)
    }

    /// The request with which a colleague gives a conversation to a member.
    pub(crate) fn assigning(&self, conversation: u64, to: u64) -> Result<String, Failure> {
        let body = json!({"email_lead_map_id": conversation, "team_member_id": to}).to_string();
        Ok(request("PATCH", "/api/v1/master-inbox/update-team-member", &self.colleague()?.key, &body))
    }

    pub(crate) fn connect(&self) -> Result<Connection, Failure> {
        Connection::open(self.address)
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
