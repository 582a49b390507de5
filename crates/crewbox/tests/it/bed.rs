//! A house whose mailbox is on real servers: what the mail tests begin with.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crewbox_testkit::bed::MailBed;
use crewbox_testkit::letter::Letter;
use serde_json::{Value, json};

use crate::drive::{House, Server, path, run_with_input};

/// The mailbox.
pub(crate) const ANN: &str = "ann@crew.example";
/// The lead.
pub(crate) const LEA: &str = "lea@lead.example";

pub(crate) struct Bed {
    pub(crate) house: House,
    pub(crate) mail: MailBed,
    pub(crate) mailbox: u64,
    pub(crate) campaign: u64,
}

impl Bed {
    /// Servers, an account, a mailbox and a campaign with one lead, whose conversation is the owner's. Ports other
    /// than the servers' own are those of proxies.
    pub(crate) fn new() -> Self {
        Self::through(None, None)
    }

    pub(crate) fn through(imap: Option<u16>, smtp: Option<u16>) -> Self {
        Self::on(MailBed::start(), imap, smtp)
    }

    pub(crate) fn on(mail: MailBed, imap: Option<u16>, smtp: Option<u16>) -> Self {
        let house = House::new();
        mail.users(&[ANN, LEA]);
        let leads = house.file("leads.csv", format!("email,first_name\n{LEA},Lea\n"));
        let campaign = house.run(&["import", "leads", "--campaign", "Spring", &leads]).json();
        let mut bed = Self { house, mail, mailbox: 0, campaign: campaign["campaign_id"].as_u64().unwrap() };
        bed.mailbox = bed.add_mailbox(ANN, imap, smtp);
        bed
    }

    pub(crate) fn add_mailbox(&self, address: &str, imap: Option<u16>, smtp: Option<u16>) -> u64 {
        let data = self.house.data();
        let imap_port = imap.unwrap_or(self.mail.dovecot.imaps).to_string();
        let smtp_port = smtp.unwrap_or(self.mail.smtp.smtps).to_string();
        let security = |proxied: Option<u16>| if proxied.is_some() { "none" } else { "ssl" };
        let words = [
            "mailbox",
            "add",
            "--data",
            path(&data),
            "--email",
            address,
            "--name",
            "Ann Lee",
            "--imap-host",
            "localhost",
            "--imap-port",
            &imap_port,
            "--imap-security",
            security(imap),
            "--smtp-host",
            "localhost",
            "--smtp-port",
            &smtp_port,
            "--smtp-security",
            security(smtp),
            "--password-stdin",
        ];
        run_with_input(&words, "secret\n").json()["mailbox_id"].as_u64().unwrap()
    }

    pub(crate) fn serve(&self) -> Server {
        self.serve_with(&[])
    }

    pub(crate) fn serve_with(&self, environment: &[(&str, &str)]) -> Server {
        self.try_serve_with(environment).expect("a server that starts")
    }

    /// The same; none if it died before it answered.
    pub(crate) fn try_serve_with(&self, environment: &[(&str, &str)]) -> Option<Server> {
        let (data, ca) = (self.house.data(), self.mail.ca());
        let words = [
            "serve",
            "--data",
            path(&data),
            "--listen",
            "127.0.0.1:0",
            "--allow-private-hosts",
            "--ca-file",
            path(&ca),
        ];
        Server::try_start_with(&words, environment)
    }

    /// Waits for this, and says what was there when it did not come.
    #[track_caller]
    pub(crate) fn until<T>(
        &self,
        what: &str,
        within: Duration,
        mut look: impl FnMut() -> Result<T, String>,
    ) -> (T, Duration) {
        let since = Instant::now();
        loop {
            match look() {
                Ok(found) => return (found, since.elapsed()),
                Err(there) if since.elapsed() > within => panic!("no {what} within {within:?}: {there}"),
                Err(_) => std::thread::park_timeout(Duration::from_millis(5)),
            }
        }
    }

    pub(crate) fn assigned(&self, server: &Server) -> Value {
        server.call("POST", "/master-inbox/assigned-me", &self.house.key, &json!({})).json()
    }

    /// The one conversation's id, assigned to the owner.
    pub(crate) fn conversation(&self, server: &Server) -> u64 {
        let rows = server.call("POST", "/master-inbox/views", &self.house.key, &json!({})).json();
        let id: u64 = rows["messages"][0]["campaign_lead_map_id"].as_str().unwrap().parse().unwrap();
        let body = json!({"email_lead_map_id": id, "team_member_id": 1});
        server.call("POST", "/master-inbox/update-team-member", &self.house.key, &body);
        id
    }

    pub(crate) fn item(&self, server: &Server, id: u64) -> Value {
        server.call("GET", &format!("/master-inbox/{id}"), &self.house.key, &Value::Null).json()
    }

    /// Waits until the mailbox is live: all history read.
    pub(crate) fn live(&self, server: &Server) {
        self.until("live mailbox", Duration::from_secs(60), || {
            let found = server
                .call("GET", &format!("/email-accounts/{}", self.mailbox), &self.house.key, &Value::Null)
                .json();
            if found["status"] == "live" { Ok(()) } else { Err(found.to_string()) }
        });
    }

    /// What the ledger says of every folder together: server, held, missing, quarantined.
    pub(crate) fn ledger(&self) -> [u64; 4] {
        let ca = self.mail.ca();
        let output =
            self.house.run(&["mailbox", "ledger", ANN, "--allow-private-hosts", "--ca-file", path(&ca)]);
        assert_eq!(output.code, Some(0), "{output:?}");
        let rows: Vec<Value> = output.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        ["server", "held", "missing", "quarantined"]
            .map(|key| rows.iter().map(|row| row[key].as_u64().unwrap()).sum())
    }
}

/// Gives a mail to the SMTP server as another server would.
pub(crate) fn send(port: u16, from: &str, to: &str, letter: &Letter) {
    let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let mut answers = BufReader::new(stream.try_clone().unwrap());
    let mut say = |line: &[u8], expected: &str| {
        if !line.is_empty() {
            (&stream).write_all(line).unwrap();
        }
        loop {
            let mut answer = String::new();
            answers.read_line(&mut answer).unwrap();
            assert!(answer.starts_with(expected), "{answer}");
            if answer.as_bytes()[3] == b' ' {
                return;
            }
        }
    };
    say(b"", "220");
    say(b"EHLO test\r\n", "250");
    say(format!("MAIL FROM:<{from}>\r\n").as_bytes(), "250");
    say(format!("RCPT TO:<{to}>\r\n").as_bytes(), "250");
    say(b"DATA\r\n", "354");
    let mut raw = letter.raw();
    raw.extend_from_slice(b"\r\n.\r\n");
    say(&raw, "250");
}

/// How many mails of a folder carry these words in their header.
pub(crate) fn count(bed: &Bed, user: &str, folder: &str, words: &str) -> usize {
    let mails = bed.mail.dovecot.mails(user, folder);
    mails
        .iter()
        .filter(|raw| {
            String::from_utf8_lossy(raw)
                .split("\r\n\r\n")
                .next()
                .unwrap()
                .split("\n\n")
                .next()
                .unwrap()
                .contains(words)
        })
        .count()
}
