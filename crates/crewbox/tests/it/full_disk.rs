//! A disk that fills up under a server, with mail coming in or an answer waiting to leave, and is given room again.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use crewbox_testkit::bed::MailBed;
use crewbox_testkit::letter::Letter;
use crewbox_testkit::proxy::Proxy;
use serde_json::{Value, json};

use crate::bed::{ANN, Bed, LEA, count};
use crate::drive::{Server, clean, path};

const WAIT: Duration = Duration::from_secs(60);
/// Letters that may wait for the server while its disk fills.
const AHEAD: usize = 20;

/// How a process gets a file system of its own, and how another sees it: as root, or as root of a world of its own.
type Way = (&'static [&'static str], &'static [&'static str]);
const WAYS: [Way; 2] = [(&["-m"], &["-m"]), (&["-r", "-m"], &["-m", "-U", "--preserve-credentials"])];

/// A server whose data lies on a small disk that only it sees.
struct Small {
    server: Server,
    disk: PathBuf,
    join: &'static [&'static str],
}

impl Small {
    /// Starts one on a disk of 12 MB; none where this user may mount nothing.
    fn serve(bed: &Bed) -> Option<Self> {
        let may = |(own, _): &Way| {
            let mut try_it = Command::new("unshare");
            try_it.args(*own).args(["sh", "-c", "mount -t tmpfs -o size=1m tmpfs /mnt"]);
            try_it.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
        };
        let Some((own, join)) = WAYS.into_iter().find(may) else {
            println!("not run: this system lets this user mount no file system of its own");
            return None;
        };
        let (data, ca) = (bed.house.data(), bed.mail.ca());
        let disk = bed.house.temp.path().join("small");
        std::fs::create_dir(&disk).unwrap();
        let mount =
            "mount -t tmpfs -o size=12m tmpfs \"$1\" && cp -a \"$2\" \"$1/data\" && shift 2 && exec \"$@\"";
        let mut command = clean(Command::new("unshare"));
        command.args(own).args(["sh", "-c", mount, "sh", path(&disk), path(&data)]);
        command.args([env!("CARGO_BIN_EXE_crewbox"), "serve", "--data"]).arg(disk.join("data"));
        command.args(["--listen", "127.0.0.1:0", "--allow-private-hosts", "--ca-file"]).arg(&ca);
        let server = Server::of(command.stdin(Stdio::null())).expect("a server that starts");
        Some(Self { server, disk, join })
    }

    /// Runs a command where the server sees its disk.
    fn beside(&self, words: &[&str]) -> std::process::Output {
        let pid = self.server.pid().to_string();
        Command::new("nsenter").args(["-t", &pid]).args(self.join).args(words).output().unwrap()
    }

    fn grow(&self) {
        let grown = self.beside(&["mount", "-o", "remount,size=200m", path(&self.disk)]);
        assert!(grown.status.success(), "{grown:?}");
    }
}

#[test]
fn a_full_disk_loses_nothing_and_the_server_goes_on_when_there_is_room() {
    let bed = Bed::new();
    let Some(small) = Small::serve(&bed) else { return };
    let server = &small.server;
    bed.live(server);
    let conversation = bed.conversation(server);
    let seen = || bed.item(server, conversation)["message_history"].as_array().map_or(0, Vec::len);
    let body = |number: u32| {
        // Incompressible, as attachments are.
        let mut state = u64::from(number) + 1;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b'!' + u8::try_from(state >> 58).unwrap())
        };
        (0..1_000).map(|_| (0..70).map(|_| next()).collect::<String>() + "\r\n").collect::<String>()
    };
    let mut letters = 0;
    let ready = || crate::http::send(&server.url, "GET", "/readyz", "", "text/plain", b"").unwrap().status;
    while ready() == 200 {
        assert!(letters < 400, "the disk does not fill");
        let letter = Letter::new(LEA, ANN, &format!("Letter {letters}")).saying(&body(letters));
        bed.mail.dovecot.deliver(ANN, "INBOX", &letter.raw());
        letters += 1;
        // No further ahead than a batch, so that it is the disk that decides when to stop.
        bed.until("letters taken in", WAIT, || match seen() {
            held if held + AHEAD > letters as usize || ready() != 200 => Ok(()),
            held => Err(format!("{held} of {letters}")),
        });
    }
    // One more, which certainly finds no room.
    bed.mail.dovecot.deliver(ANN, "INBOX", &Letter::new(LEA, ANN, "The last").saying(&body(letters)).raw());
    letters += 1;
    let held = seen();
    assert!(held < letters as usize, "{held} of {letters}: it was full");
    let response = server.call("GET", &format!("/master-inbox/{conversation}"), &bed.house.key, &Value::Null);
    assert_eq!(response.status, 200, "reading goes on");
    small.grow();
    bed.until("every letter", WAIT, || match seen() {
        now if now == letters as usize => Ok(()),
        other => Err(format!("{other} of {letters}")),
    });
    bed.until("readiness", WAIT, || if ready() == 200 { Ok(()) } else { Err("not ready".to_owned()) });
    let within = small.disk.join("data");
    let sound = small.beside(&[env!("CARGO_BIN_EXE_crewbox"), "doctor", "--data", path(&within)]);
    assert!(sound.status.success(), "{sound:?}");
    println!(
        "soak: disk full with mail coming in: {letters} letters, {held} held when it was full, all held after"
    );
    assert_eq!(small.server.stop(), Some(0));
}

#[test]
fn a_full_disk_does_not_make_the_outbox_log_in_over_and_over() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mail = MailBed::start();
    let proxy = runtime.block_on(Proxy::start(mail.smtp.submission));
    let bed = Bed::on(mail, None, Some(proxy.port));
    let Some(small) = Small::serve(&bed) else { return };
    let server = &small.server;
    bed.live(server);
    let conversation = bed.conversation(server);
    bed.mail.dovecot.deliver(ANN, "INBOX", &Letter::new(LEA, ANN, "A question").raw());
    let (stats_id, _) = bed.until("the letter", WAIT, || {
        let item = bed.item(server, conversation);
        let first = item["message_history"].as_array().and_then(|all| all.first());
        first.map(|first| first["stats_id"].clone()).ok_or(item.to_string())
    });
    let post = |path: &str, body: Value| server.call("POST", path, &bed.house.key, &body);
    let answer = json!({"email_stats_id": stats_id, "email_body": "<p>Yes.</p>", "undo_seconds": 20});
    let response = post(&format!("/campaigns/{}/reply-email-thread", bed.campaign), answer);
    let id = response.json()["message_id"].as_str().unwrap().to_owned();
    // Every free block is taken, and then the room within the files: until a small write fails.
    let ballast = format!("of={}", path(&small.disk.join("ballast")));
    small.beside(&["dd", "if=/dev/zero", &ballast, "bs=4k"]);
    let (mut refused, mut read) = (0, false);
    for number in 0.. {
        assert!(number < 20_000, "the disk does not fill");
        let body = json!({"email_lead_map_id": conversation, "read_status": !read});
        match post("/master-inbox/change-read-status", body).status {
            503 => refused += 1,
            _ => (refused, read) = (0, !read),
        }
        if refused == 20 {
            break;
        }
        post("/campaigns/create", json!({"name": "x".repeat(200)}));
    }
    let path_of = format!("/master-inbox/reply-status?message_id={}", id.trim_matches(['<', '>']));
    let status = || server.call("GET", &path_of, &bed.house.key, &Value::Null).json()["data"].clone();
    bed.until(
        "a first try",
        WAIT,
        || if proxy.connections() > 0 { Ok(()) } else { Err(status().to_string()) },
    );
    std::thread::park_timeout(Duration::from_secs(5));
    let tries = proxy.connections();
    println!("{tries} connections in the first five seconds; {}", status());
    assert!(tries <= 4, "{tries} connections in five seconds");
    assert_eq!(status()["status"], "QUEUED", "nothing could be written, and nothing left");
    small.grow();
    bed.until("the answer sent", WAIT, || {
        let response = status();
        if response["status"] == "COMPLETED" { Ok(()) } else { Err(response.to_string()) }
    });
    bed.until("the answer", WAIT, || match count(&bed, LEA, "INBOX", &id) {
        1 => Ok(()),
        other => Err(other.to_string()),
    });
    assert_eq!(small.server.stop(), Some(0));
}
