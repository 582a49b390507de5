//! The key's whole life: made, read, lost, mistaken, given, changed.

use super::*;

fn dir() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn is_wrong(e: &StoreError, dir: &Path) -> bool {
    matches!(e, StoreError::KeyWrong(file) if *file == dir.join(KEY_FILE))
}

#[test]
fn the_first_start_makes_a_private_key_and_the_second_finds_it() {
    let dir = dir();
    let first = Sealer::open(dir.path(), Source::File, None).unwrap();
    let check = first.check_value().unwrap();
    let sealed = first.seal(b"mailbox/1", b"hunter2").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(dir.path().join(KEY_FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "no draft is left");

    let second = Sealer::open(dir.path(), Source::File, Some(&check)).unwrap();
    assert_eq!(second.unseal(b"mailbox/1", &sealed).unwrap(), b"hunter2");
    assert_eq!(second.derive("links").unwrap(), first.derive("links").unwrap());
    assert_ne!(second.derive("links").unwrap(), second.derive("cookies").unwrap());
}

#[test]
fn a_value_opens_only_for_its_row_and_only_unaltered() {
    let dir = dir();
    let sealer = Sealer::open(dir.path(), Source::File, None).unwrap();
    let sealed = sealer.seal(b"mailbox/1", b"hunter2").unwrap();
    assert_ne!(sealed, sealer.seal(b"mailbox/1", b"hunter2").unwrap(), "the nonce is fresh");
    assert!(!sealed.windows(7).any(|w| w == b"hunter2"));
    assert!(sealer.unseal(b"mailbox/2", &sealed).is_err());
    for at in 0..sealed.len() {
        let mut altered = sealed.clone();
        altered[at] ^= 1;
        assert!(sealer.unseal(b"mailbox/1", &altered).is_err(), "byte {at}");
        assert!(sealer.unseal(b"mailbox/1", &sealed[..at]).is_err(), "cut at {at}");
    }
}

#[test]
fn a_missing_key_names_its_file_and_is_not_made_anew() {
    let dir = dir();
    let check = Sealer::open(dir.path(), Source::File, None).unwrap().check_value().unwrap();
    fs::remove_file(dir.path().join(KEY_FILE)).unwrap();
    let missing = Sealer::open(dir.path(), Source::File, Some(&check)).unwrap_err();
    assert!(matches!(&missing, StoreError::KeyMissing(file) if *file == dir.path().join(KEY_FILE)));
    assert!(missing.to_string().contains("secret.key"));
    assert!(!dir.path().join(KEY_FILE).exists());
}

#[test]
fn a_wrong_or_broken_key_is_found_at_open() {
    let dir = dir();
    let check = Sealer::open(dir.path(), Source::File, None).unwrap().check_value().unwrap();
    let other = "0".repeat(64);
    for content in [other.as_str(), "", "not a key", &other[1..], &"\u{e4}".repeat(32), &"0".repeat(9_999)] {
        fs::write(dir.path().join(KEY_FILE), content).unwrap();
        let wrong = Sealer::open(dir.path(), Source::File, Some(&check)).unwrap_err();
        assert!(is_wrong(&wrong, dir.path()), "{content:.20}: {wrong}");
    }
    let wrong = Sealer::open(dir.path(), Source::Given([1; 32]), Some(&check)).unwrap_err();
    assert!(is_wrong(&wrong, dir.path()));
}

#[test]
fn a_given_key_leaves_the_directory_alone() {
    let dir = dir();
    let check = Sealer::open(dir.path(), Source::Given([7; 32]), None).unwrap().check_value().unwrap();
    Sealer::open(dir.path(), Source::Given([7; 32]), Some(&check)).unwrap();
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn a_lost_key_opens_nothing_and_a_reset_begins_anew() {
    let dir = dir();
    let check = Sealer::open(dir.path(), Source::File, None).unwrap().check_value().unwrap();
    fs::remove_file(dir.path().join(KEY_FILE)).unwrap();
    let lost = Sealer::open(dir.path(), Source::Lost, Some(&check)).unwrap();
    for refused in [lost.seal(b"", b"").err(), lost.unseal(b"", &check).err(), lost.verify(&check).err()] {
        assert!(matches!(refused, Some(StoreError::KeyMissing(_))));
    }
    assert!(lost.derive("links").is_err());
    // The reset dropped the check value with the sealed ones.
    let anew = Sealer::open(dir.path(), Source::File, None).unwrap();
    assert!(is_wrong(&anew.verify(&check).unwrap_err(), dir.path()));
    anew.verify(&anew.check_value().unwrap()).unwrap();
}

#[test]
fn a_key_rotates_by_a_new_first_line() {
    let dir = dir();
    let file = dir.path().join(KEY_FILE);
    let old = Sealer::open(dir.path(), Source::File, None).unwrap();
    let check = old.check_value().unwrap();
    let (new_key, old_key) = ("ab".repeat(32), fs::read_to_string(&file).unwrap());
    fs::write(&file, format!("{new_key}\n{old_key}")).unwrap();
    let both = Sealer::open(dir.path(), Source::File, Some(&check)).unwrap();
    let sealed = both.seal(b"row", b"value").unwrap();
    assert!(is_wrong(&old.unseal(b"row", &sealed).unwrap_err(), dir.path()));
    fs::write(&file, &new_key).unwrap();
    let new = Sealer::open(dir.path(), Source::File, Some(&both.check_value().unwrap())).unwrap();
    assert_eq!(new.unseal(b"row", &sealed).unwrap(), b"value");
}

#[cfg(unix)]
#[test]
fn a_key_file_others_can_read_is_closed_to_them() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = dir();
    let file = dir.path().join(KEY_FILE);
    Sealer::open(dir.path(), Source::File, None).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    Sealer::open(dir.path(), Source::File, None).unwrap();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn nothing_of_a_key_is_ever_printed() {
    let dir = dir();
    let sealer = Sealer::open(dir.path(), Source::File, None).unwrap();
    let key = fs::read_to_string(dir.path().join(KEY_FILE)).unwrap();
    let printed = format!("{sealer:?}");
    assert!(!printed.contains(&key[..8]), "the key stands in the debug text");
    assert!(!printed.contains("cipher") && !printed.contains("root"));
}
