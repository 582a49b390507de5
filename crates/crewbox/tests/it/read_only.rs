//! `doctor` where nothing can be written: on a file system that is mounted read-only, and without the right to write.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::drive::{House, Output, clean, finish, path};

/// A user that is nobody's, for tests that run as root, which no mode restricts.
const NOBODY: u32 = 65_534;

/// A directory whose newest changes are in its write-ahead log only, and what doctor reports of it.
fn killed() -> (House, Value) {
    let house = House::new();
    house.run(&["mailbox", "add", "ann@acme.example"]);
    let server = house.serve();
    let made = server.call("POST", "/campaigns/create", &house.key, &json!({"name": "Spring"}));
    assert_eq!(made.status, 200, "{made:?}");
    server.kill();
    let log = fs::metadata(house.data().join("crewbox.db-wal")).unwrap();
    assert!(log.len() > 0, "the change is in the log");
    let whole = House::new();
    let copied =
        Command::new("cp").args(["-a", path(&house.data()), path(&whole.temp.path().join("copy"))]).status();
    assert!(copied.unwrap().success());
    let copy = whole.temp.path().join("copy");
    let reported = crate::drive::run(&["doctor", "--data", path(&copy)]).json();
    assert_eq!(reported["ok"], true, "{reported}");
    (house, reported)
}

/// Runs doctor on a copy of the directory that is mounted read-only; none where this user may mount nothing.
fn doctor_read_only(house: &House) -> Option<Output> {
    let way = [&["-m"][..], &["-r", "-m"]].into_iter().find(|way| {
        let mut mount = Command::new("unshare");
        mount.args(*way).args(["sh", "-c", "mount -t tmpfs tmpfs /mnt"]);
        mount.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    });
    let Some(way) = way else {
        println!("not run: this system lets this user mount no file system of its own");
        return None;
    };
    let disk = house.temp.path().join("disk ? %");
    fs::create_dir_all(&disk).unwrap();
    let mount = "mount -t tmpfs tmpfs \"$1\" && cp -a \"$2\" \"$1/data\" && mount -o remount,ro \"$1\" && shift 2 && \
                 exec \"$@\"";
    let mut command = clean(Command::new("unshare"));
    command.args(way).args(["sh", "-c", mount, "sh", path(&disk), path(&house.data())]);
    command.args([env!("CARGO_BIN_EXE_crewbox"), "doctor", "--data"]).arg(disk.join("data"));
    Some(finish(command))
}

#[test]
fn doctor_checks_a_directory_on_a_read_only_file_system_with_the_changes_of_its_log() {
    let (house, reported) = killed();
    let Some(found) = doctor_read_only(&house) else { return };
    assert_eq!(found.json(), reported, "with the log and its index");
    fs::remove_file(house.data().join("crewbox.db-shm")).unwrap();
    assert_eq!(doctor_read_only(&house).unwrap().json(), reported, "with the log alone");
    house.is_sound();
    assert!(!house.data().join("crewbox.db-wal").exists());
    assert_eq!(doctor_read_only(&house).unwrap().json(), reported, "without a log");
    // A log that the record of the newest change misses is missed on a read-only file system, too.
    let database = house.data().join("crewbox.db");
    let older = fs::read(&database).unwrap();
    house.run(&["member", "add", "--name", "Bo", "--email", "bo@acme.example"]).json();
    fs::write(&database, older).unwrap();
    doctor_read_only(&house).unwrap().fails(1, "crewbox.heads");
}

#[test]
fn doctor_checks_a_directory_that_its_user_may_only_read() {
    let (house, reported) = killed();
    let is_root = fs::metadata(house.data()).unwrap().uid() == 0;
    let doctor = |words: &[&str]| {
        let mut command = crate::drive::command(words);
        if is_root {
            command.uid(NOBODY);
        }
        command.output()
    };
    fs::set_permissions(house.temp.path(), Permissions::from_mode(0o755)).unwrap();
    if !doctor(&["--version"]).is_ok_and(|output| output.status.success()) {
        println!("not run: another user may not run this binary");
        return;
    }
    for entry in fs::read_dir(house.data()).unwrap() {
        let file = entry.unwrap().path();
        fs::set_permissions(&file, Permissions::from_mode(if file.is_dir() { 0o555 } else { 0o444 }))
            .unwrap();
        if is_root {
            chown(&file, Some(NOBODY), Some(NOBODY)).unwrap();
        }
    }
    let data = house.data();
    // The database may only be read, then the directory, too.
    for mode in [0o755, 0o555] {
        fs::set_permissions(&data, Permissions::from_mode(mode)).unwrap();
        let output = doctor(&["doctor", "--data", path(&data)]).unwrap();
        assert!(output.status.success(), "{mode:o}: {output:?}");
        assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap(), reported, "{mode:o}");
    }
    fs::set_permissions(&data, Permissions::from_mode(0o700)).unwrap();
}
