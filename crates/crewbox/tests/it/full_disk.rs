//! A disk that fills up under a server with mail coming in, and is given room again.

use std::process::{Command, Stdio};
use std::time::Duration;

use crewbox_testkit::letter::Letter;
use serde_json::Value;

use crate::bed::{ANN, Bed, LEA};
use crate::drive::{Server, clean, path};

const WAIT: Duration = Duration::from_secs(60);

/// How a process gets a file system of its own, and how another sees it: as root, or as root of a world of its own.
const WAYS: [(&[&str], &[&str]); 2] =
    [(&["-m"], &["-m"]), (&["-r", "-m"], &["-m", "-U", "--preserve-credentials"])];

/// The first of them that this system allows.
fn way() -> Option<(&'static [&'static str], &'static [&'static str])> {
    WAYS.into_iter().find(|(own, _)| {
        let mut try_it = Command::new("unshare");
        try_it.args(*own).args(["sh", "-c", "mount -t tmpfs -o size=1m tmpfs /mnt"]);
        try_it.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    })
}

#[test]
fn a_full_disk_loses_nothing_and_the_server_goes_on_when_there_is_room() {
    let Some((own, join)) = way() else {
        println!("not run: this system lets this user mount no file system of its own");
        return;
    };
    let bed = Bed::new();
    let (data, ca) = (bed.house.data(), bed.mail.ca());
    let small = bed.house.temp.path().join("small");
    std::fs::create_dir(&small).unwrap();
    let words = [
        "sh",
        "-c",
        "mount -t tmpfs -o size=12m tmpfs \"$1\" && cp -a \"$2\" \"$1/data\" && shift 2 && exec \"$@\"",
        "sh",
        path(&small),
        path(&data),
        env!("CARGO_BIN_EXE_crewbox"),
        "serve",
        "--data",
    ];
    let within = small.join("data");
    let mut command = clean(Command::new("unshare"));
    command.args(own).args(words).arg(&within).args([
        "--listen",
        "127.0.0.1:0",
        "--allow-private-hosts",
        "--ca-file",
    ]);
    let server = Server::of(command.arg(&ca).stdin(Stdio::null())).expect("a server that starts");
    // Runs a command where the server sees its disk.
    let beside = |words: &[&str]| {
        let pid = server.pid().to_string();
        Command::new("nsenter").args(["-t", &pid]).args(join).args(words).output().unwrap()
    };
    bed.live(&server);
    let conversation = bed.conversation(&server);
    let seen = || bed.item(&server, conversation)["message_history"].as_array().map_or(0, Vec::len);
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
        std::thread::park_timeout(Duration::from_millis(40));
    }
    let held = seen();
    assert!(held < letters as usize, "{held} of {letters}: it was full");
    let said = server.call("GET", &format!("/master-inbox/{conversation}"), &bed.house.key, &Value::Null);
    assert_eq!(said.status, 200, "reading goes on");
    let grown = beside(&["mount", "-o", "remount,size=200m", path(&small)]);
    assert!(grown.status.success(), "{grown:?}");
    bed.until("every letter", WAIT, || match seen() {
        now if now == letters as usize => Ok(()),
        other => Err(format!("{other} of {letters}")),
    });
    bed.until("readiness", WAIT, || if ready() == 200 { Ok(()) } else { Err("not ready".to_owned()) });
    let sound = beside(&[env!("CARGO_BIN_EXE_crewbox"), "doctor", "--data", path(&within)]);
    assert!(sound.status.success(), "{sound:?}");
    println!(
        "soak: disk full with mail coming in: {letters} letters, {held} held when it was full, all held after"
    );
    assert_eq!(server.stop(), Some(0));
}
