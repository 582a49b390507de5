//! A data directory as it lies on disk: whose it is, and what a start does when a part of it is gone.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use crate::drive::{House, clean, finish, path, run};

const SERVE: &[&str] = &["serve", "--listen", "127.0.0.1:0"];

/// Everything below a directory, and the directory itself.
fn tree(dir: &Path) -> Vec<PathBuf> {
    let mut found = vec![dir.to_owned()];
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(tree(&path)) } else { found.push(path) }
    }
    found
}

/// Runs the binary under this umask.
fn under(umask: &str, words: &[&str]) {
    let mut command = clean(std::process::Command::new("sh"));
    command.args(["-c", "umask $0; exec \"$@\"", umask, env!("CARGO_BIN_EXE_crewbox")]).args(words);
    let printed = finish(command);
    assert_eq!(printed.code, Some(0), "{printed:?}");
}

/// Imports a mail that is too large for a row.
fn import_large(house: &House, umask: &str) {
    let body = "Many words of a large mail.\r\n".repeat(5_000);
    let mail = house.file(
        "large.eml",
        format!(
            "From: lea@x.example\r\nTo: ann@acme.example\r\nMessage-ID: <l@x>\r\nSubject: Large\r\n\r\n{body}"
        ),
    );
    let data = house.data();
    under(umask, &["import", "mail", "--data", path(&data), "--mailbox", "ann@acme.example", &mail]);
}

#[test]
fn every_file_and_directory_is_its_owners_alone_whatever_the_umask() {
    for umask in ["000", "077", "277"] {
        let house = House::new();
        let fresh = house.temp.path().join("made/here");
        let words = ["--account", "A", "--name", "Ann", "--email", "a@x.example"];
        under(umask, &[&["setup", "--data", path(&fresh)], &words[..]].concat());
        import_large(&house, umask);
        for file in [tree(&fresh), tree(&house.data())].concat() {
            let mode = fs::metadata(&file).unwrap().permissions().mode() & 0o777;
            let expected = if file.is_dir() { 0o700 } else { 0o600 };
            assert_eq!(mode, expected, "umask {umask}: {}", file.display());
        }
        assert!(tree(&house.data()).iter().any(|file| path(file).contains("blobs/")));
    }
}

#[test]
fn a_directory_open_to_others_is_refused_with_the_command_that_restricts_it() {
    let house = House::new();
    for mode in [0o755, 0o750, 0o701] {
        fs::set_permissions(house.data(), Permissions::from_mode(mode)).unwrap();
        let command = format!("chmod 700 {}", path(&house.data()));
        house.run(SERVE).fails(1, &command);
        house.run(&["member", "list"]).fails(1, &command);
    }
    fs::set_permissions(house.data(), Permissions::from_mode(0o700)).unwrap();
    house.is_sound();
}

#[test]
fn a_directory_that_its_platform_opens_to_others_is_used_if_that_is_allowed() {
    let house = House::new();
    fs::set_permissions(house.data(), Permissions::from_mode(0o755)).unwrap();
    house.run(&["member", "list"]).fails(1, "--allow-open-data");
    let listed = house.run(&["member", "list", "--allow-open-data"]);
    assert_eq!(listed.code, Some(0), "{listed:?}");
    let mode = fs::metadata(house.data()).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o700, "its owner restricts it");
}

#[test]
fn what_root_makes_belongs_to_the_owner_of_the_directory() {
    const USER: u32 = 65_534;
    let house = House::new();
    if fs::metadata(house.data()).unwrap().uid() != 0 {
        println!("not run: only root makes files for others");
        return;
    }
    for file in tree(&house.data()) {
        chown(&file, Some(USER), Some(USER)).unwrap();
    }
    import_large(&house, "022");
    house.serve().kill();
    let files = tree(&house.data());
    for file in &files {
        let found = fs::metadata(file).unwrap();
        assert_eq!((found.uid(), found.gid()), (USER, USER), "{}", file.display());
    }
    let has = |end: &str| files.iter().any(|file| path(file).ends_with(end));
    assert!(has("-wal") && has("server.lock") && files.iter().any(|file| path(file).contains("blobs/1/")));
}

#[test]
fn a_directory_that_lost_its_database_is_not_begun_again() {
    let house = House::new();
    import_large(&house, "022");
    let database = house.data().join("crewbox.db");
    let refused = |state: &str| {
        for words in [SERVE, &["member", "list"], &["doctor"]] {
            let printed = house.run(words);
            printed.fails(1, path(&database));
            assert!(printed.err.contains(state), "{printed:?}");
        }
        let words = ["setup", "--account", "B", "--name", "Bo", "--email", "b@x.example"];
        house.run(&words).fails(1, path(&database));
    };
    fs::write(&database, "").unwrap();
    refused("empty");
    assert_eq!(fs::metadata(&database).unwrap().len(), 0);
    fs::remove_file(&database).unwrap();
    refused("missing");
    assert!(!database.exists(), "a lost database must not be replaced by an empty one");
}

#[test]
fn one_part_of_a_directory_is_enough_to_know_that_the_database_is_gone() {
    for part in ["secret.key", "blobs"] {
        let temp = tempfile::TempDir::new().unwrap();
        let file = temp.path().join(part);
        if part == "blobs" {
            fs::create_dir(&file).unwrap()
        } else {
            fs::write(&file, "00".repeat(32)).unwrap()
        }
        let printed = run(&["serve", "--data", path(temp.path()), "--listen", "127.0.0.1:0"]);
        printed.fails(1, path(&temp.path().join("crewbox.db")));
        assert!(printed.err.contains(part), "{printed:?}");
        assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 1, "nothing was made");
    }
}

#[test]
fn a_database_older_than_what_was_acknowledged_is_refused() {
    let house = House::new();
    let database = house.data().join("crewbox.db");
    let older = fs::read(&database).unwrap();
    house.run(&["member", "add", "--name", "Bo", "--email", "bo@acme.example"]).json();
    let newer = fs::read(&database).unwrap();
    fs::write(&database, &older).unwrap();
    for words in [SERVE, &["member", "list"]] {
        let printed = house.run(words);
        printed.fails(1, path(&database));
        assert!(printed.err.contains("crewbox.heads") && printed.err.contains("-wal"), "{printed:?}");
    }
    fs::write(&database, &newer).unwrap();
    house.is_sound();
    // The loss can be accepted.
    fs::write(&database, &older).unwrap();
    fs::remove_file(house.data().join("crewbox.heads")).unwrap();
    house.is_sound();
}
