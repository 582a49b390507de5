//! Runs the binary and waits for what it says.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::http::{self, Answer};

/// What a finished command printed.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Output {
    /// The one JSON line of a command that worked.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.code, Some(0), "{self:?}");
        serde_json::from_str(self.out.trim()).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Asserts a failure that says these words.
    pub(crate) fn fails(&self, code: i32, words: &str) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(self.err.contains(words), "no `{words}` in {self:?}");
        assert!(self.out.is_empty(), "{self:?}");
    }
}

/// The binary with nothing of the tester's own environment.
pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = clean(Command::new(env!("CARGO_BIN_EXE_crewbox")));
    command.args(args).stdin(Stdio::null());
    command
}

/// A command without the settings of the tester's own environment.
pub(crate) fn clean(mut command: Command) -> Command {
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CREWBOX_")) {
        command.env_remove(name);
    }
    command
}

/// Runs a command to its end.
pub(crate) fn run(args: &[&str]) -> Output {
    finish(command(args))
}

/// Runs a command with something on stdin.
pub(crate) fn run_with_input(args: &[&str], input: &str) -> Output {
    let mut child =
        command(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    finished(child.wait_with_output().unwrap())
}

/// Runs a prepared command to its end.
pub(crate) fn finish(mut command: Command) -> Output {
    finished(command.output().unwrap())
}

fn finished(output: std::process::Output) -> Output {
    Output {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A directory with one account.
pub(crate) struct House {
    pub(crate) temp: TempDir,
    pub(crate) key: String,
}

impl House {
    /// Sets one up by the command line.
    pub(crate) fn new() -> Self {
        let temp = TempDir::new().unwrap();
        let data = temp.path().join("data");
        let made = run(&[
            "setup",
            "--data",
            path(&data),
            "--account",
            "Acme",
            "--name",
            "Ann",
            "--email",
            "ann@acme.example",
        ])
        .json();
        Self { key: made["api_key"].as_str().unwrap().to_owned(), temp }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.temp.path().join("data")
    }

    /// Runs a command on this directory.
    pub(crate) fn run(&self, words: &[&str]) -> Output {
        let data = self.data();
        let mut args = words.to_vec();
        args.extend(["--data", path(&data)]);
        run(&args)
    }

    /// Serves this directory on a free port.
    pub(crate) fn serve(&self) -> Server {
        let data = self.data();
        Server::start(&["serve", "--data", path(&data), "--listen", "127.0.0.1:0"])
    }

    /// Writes a file beside the data.
    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let file = self.temp.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, bytes).unwrap();
        path(&file).to_owned()
    }

    /// Asserts that doctor finds nothing.
    pub(crate) fn is_sound(&self) {
        let output = self.run(&["doctor"]);
        assert_eq!(output.json()["ok"], true, "{output:?}");
    }
}

/// An account with a campaign of numbered leads, the mailbox `sales@acme.example` and one mail.
pub(crate) struct Inbox {
    pub(crate) house: House,
    /// The id of the mailbox.
    pub(crate) mailbox: Value,
    pub(crate) conversations: Vec<u64>,
}

impl Inbox {
    /// Sets one up: a conversation for each lead.
    pub(crate) fn new(leads: u64) -> Self {
        let house = House::new();
        let csv: String = std::iter::once("email\n".to_owned())
            .chain((0..leads).map(|lead| format!("lead{lead}@x.example\n")))
            .collect();
        let file = house.file("leads.csv", csv);
        let campaign =
            house.run(&["import", "leads", "--campaign", "Spring", &file]).json()["campaign_id"].clone();
        let first = house.file("first.eml", Self::mail(0, leads));
        house.run(&["import", "mail", "--mailbox", "sales@acme.example", &first]).json();
        let server = house.serve();
        let get = |path: &str| server.call("GET", path, &house.key, &Value::Null).json();
        let mailbox = get("/email-accounts/")[0]["id"].clone();
        let found = get(&format!("/campaigns/{campaign}/leads?limit=100"));
        let ids = found["data"].as_array().unwrap().iter().map(|lead| number(&lead["campaign_lead_map_id"]));
        let conversations: Vec<u64> = ids.collect();
        assert_eq!(conversations.len() as u64, leads);
        assert_eq!(server.stop(), Some(0));
        Self { house, mailbox, conversations }
    }

    /// A mail of this number, from one of so many leads in turn.
    pub(crate) fn mail(number: u64, leads: u64) -> Vec<u8> {
        format!(
            "From: lead{}@x.example\r\nTo: sales@acme.example\r\nSubject: {number}\r\n\
             Message-ID: <{number}@x.example>\r\n\r\nNumber {number}.\r\n",
            number % leads
        )
        .into_bytes()
    }
}

/// An id, which some calls write as text.
pub(crate) fn number(value: &Value) -> u64 {
    value.as_u64().or_else(|| value.as_str()?.parse().ok()).unwrap()
}

pub(crate) fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// No server takes longer to end, on any machine.
const ENDS_WITHIN: Duration = Duration::from_secs(60);
/// How `abort` ends a process.
const SIGABRT: i32 = 6;

/// A running server.
pub(crate) struct Server {
    child: Child,
    out: BufReader<ChildStdout>,
    /// The line it printed once it answered.
    pub(crate) first_line: String,
    pub(crate) url: String,
}

impl Server {
    /// Starts one and waits for its line.
    pub(crate) fn start(args: &[&str]) -> Self {
        Self::start_with(args, &[])
    }

    /// The same, with this in its environment.
    pub(crate) fn start_with(args: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::try_start_with(args, environment).expect("the server printed where it listens")
    }

    /// The same; none if it died before it printed anything.
    pub(crate) fn try_start_with(args: &[&str], environment: &[(&str, &str)]) -> Option<Self> {
        let mut command = command(args);
        Self::of(command.envs(environment.iter().copied()))
    }

    /// The same, of a prepared command.
    pub(crate) fn of(command: &mut Command) -> Option<Self> {
        match Self::start_or_end(command) {
            Ok(server) => Some(server),
            Err(ended) => {
                // A crash point, and nothing else, ends a server before it prints its line.
                assert_eq!(std::os::unix::process::ExitStatusExt::signal(&ended), Some(SIGABRT), "{ended}");
                None
            }
        }
    }

    /// The same; how it ended if it did before it printed its line.
    pub(crate) fn start_or_end(command: &mut Command) -> Result<Self, ExitStatus> {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        if line.is_empty() {
            return Err(child.wait().unwrap());
        }
        let first_line = line.trim_end().to_owned();
        let url = match serde_json::from_str::<Value>(&first_line) {
            Ok(json) => json["url"].as_str().unwrap().to_owned(),
            Err(_) => first_line.clone(),
        };
        assert!(url.starts_with("http://"), "no URL in `{first_line}`");
        Ok(Self { child, out, first_line, url })
    }

    pub(crate) fn call(&self, method: &str, path: &str, key: &str, body: &Value) -> Answer {
        http::call(&self.url, method, &format!("/api/v1{path}"), key, body)
    }

    /// Ends it as a supervisor does; the exit code.
    pub(crate) fn stop(mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let mut rest = String::new();
        std::io::Read::read_to_string(&mut self.out, &mut rest).unwrap();
        assert!(rest.is_empty(), "more than one line on stdout: {rest}");
        self.child.wait().unwrap().code()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs.
    #[cfg(feature = "crash-points")]
    pub(crate) fn lives(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits until it has ended by itself; how it did.
    pub(crate) fn ended(mut self) -> ExitStatus {
        let since = Instant::now();
        loop {
            if let Some(ended) = self.child.try_wait().unwrap() {
                return ended;
            }
            assert!(since.elapsed() < ENDS_WITHIN, "the server does not end");
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }

    /// Ends it with SIGKILL.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
