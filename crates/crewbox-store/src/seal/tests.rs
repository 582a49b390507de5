//! The key's whole life: made, read, lost, mistaken, given, changed.

use super::*;

/// With the key 07…07: the check value, and `hunter2` for the row `mailbox/1`, as the first layout has them.
const OLD_CHECK: &str = "01f562f60001010101010101010101010101010101010101010101010102b0a17da5c9e7fccdd4914a381561006dbae22653c922";
const OLD_SEALED: &str = "01f562f600020202020202020202020202020202020202020202020202cdaf0a7fb10e2223ae738af4c5105a7dec746db1124d50";

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
fn a_missing_key_names_its_file_and_is_not_made_again() {
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
fn a_lost_key_opens_nothing_and_a_reset_makes_a_new_one() {
    let dir = dir();
    let check = Sealer::open(dir.path(), Source::File, None).unwrap().check_value().unwrap();
    fs::remove_file(dir.path().join(KEY_FILE)).unwrap();
    let lost = Sealer::open(dir.path(), Source::Lost, Some(&check)).unwrap();
    for refused in [lost.seal(b"", b"").err(), lost.unseal(b"", &check).err(), lost.verify(&check).err()] {
        assert!(matches!(refused, Some(StoreError::KeyMissing(_))));
    }
    assert!(lost.derive("links").is_err());
    // The reset dropped the check value with the sealed ones.
    let fresh = Sealer::open(dir.path(), Source::File, None).unwrap();
    assert!(is_wrong(&fresh.verify(&check).unwrap_err(), dir.path()));
    fresh.verify(&fresh.check_value().unwrap()).unwrap();
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
    assert!(!printed.contains(&key[..8]), "the key is in the debug text");
    assert!(!printed.contains("cipher") && !printed.contains("root"));
}

/// Printable as hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn keys_are_derived_as_rfc_5869_says() {
    // Test case 1.
    let salt: Vec<u8> = (0..=0x0c).collect();
    let info: Vec<u8> = (0xf0..=0xf9).collect();
    let mut derived = [0; 42];
    Hkdf::<Sha256>::new(Some(&salt), &[0x0b; 22]).expand(&info, &mut derived).unwrap();
    assert_eq!(
        hex(&derived),
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    );
}

#[test]
fn what_an_earlier_version_sealed_still_opens() {
    let check = from_digits(OLD_CHECK);
    let dir = dir();
    let sealer = Sealer::open(dir.path(), Source::Given([7; 32]), Some(&check)).unwrap();
    assert_eq!(sealer.unseal(b"mailbox/1", &from_digits(OLD_SEALED)).unwrap(), b"hunter2");
    assert_eq!(sealer.seal(b"mailbox/1", b"hunter2").unwrap()[0], LAYOUT);
    let other = dir.path().join("other");
    fs::create_dir(&other).unwrap();
    assert!(is_wrong(&Sealer::open(&other, Source::Given([8; 32]), Some(&check)).unwrap_err(), &other));
}

fn from_digits(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}
