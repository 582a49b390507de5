//! The distribution's packages that tests run against: real mail servers and a browser with fonts, not imitations, and the
//! languages that clients of the API are written in.
//!
//! Owns the table of programs and packages. Installs only what is missing, removes nothing, and says in one
//! sentence what to type where it lacks the rights.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::failure::Failure;
use crate::step::perform;

/// A file that shows a package is there, and the Debian package that brings it.
const NEEDED: &[(&str, &str)] = &[
    ("/usr/sbin/dovecot", "dovecot-core"),
    ("/usr/lib/dovecot/imap", "dovecot-imapd"),
    ("/usr/sbin/exim4", "exim4-daemon-light"),
    ("/usr/bin/openssl", "openssl"),
    ("/usr/bin/strace", "strace"),
    ("/usr/bin/faketime", "faketime"),
    ("/usr/bin/curl", "curl"),
    ("/usr/bin/python3", "python3"),
    ("/usr/bin/node", "nodejs"),
    ("/usr/bin/chromium", "chromium"),
    ("/usr/bin/chromedriver", "chromium-driver"),
    // Japanese, Chinese and Korean. Without it a browser looks for a font again for each such text that it lays out.
    ("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf", "fonts-droid-fallback"),
];

/// Installs what is missing. Quick and silent when nothing is.
pub(crate) fn run() -> Result<(), Failure> {
    let missing = missing(NEEDED, &|path| Path::new(path).exists());
    if missing.is_empty() { Ok(()) } else { packages(&missing) }
}

/// Installs packages.
pub(crate) fn packages(missing: &[&str]) -> Result<(), Failure> {
    let list = missing.join(" ");
    if !Path::new("/usr/bin/apt-get").exists() {
        return Err(format!("the tests need {list}; install them with this system's package manager"));
    }
    let by_hand =
        format!("the tests need {list}, and installing them takes root: sudo apt-get install {list}");
    let Some(prefix) = rights() else { return Err(by_hand) };
    eprintln!("    installing {list}");
    // An image without package lists fails the first time; then, and only then, they are fetched.
    if perform(&mut install(prefix, missing)).is_ok() {
        return Ok(());
    }
    perform(apt(prefix).arg("update"))?;
    perform(&mut install(prefix, missing)).map_err(|failure| format!("{failure}; {by_hand}"))
}

/// The packages whose file is not there.
fn missing<'a>(needed: &[(&str, &'a str)], exists: &dyn Fn(&str) -> bool) -> Vec<&'a str> {
    needed.iter().filter(|(path, _)| !exists(path)).map(|(_, package)| *package).collect()
}

/// How to become root without being asked anything: not at all, through sudo, or (`None`) no way.
fn rights() -> Option<&'static [&'static str]> {
    const WAYS: &[&[&str]] = &[&[], &["sudo", "-n"]];
    WAYS.iter().copied().find(|prefix| {
        let mut id = command(prefix, "id");
        id.arg("-u").stderr(Stdio::null());
        id.output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
    })
}

fn install(prefix: &[&str], packages: &[&str]) -> Command {
    let mut command = apt(prefix);
    // A mail server somebody already runs must never be replaced by ours.
    command.args(["install", "--yes", "--no-install-recommends", "--no-remove", "--quiet"]).args(packages);
    command
}

fn apt(prefix: &[&str]) -> Command {
    let mut command = command(prefix, "env");
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    command.stdin(Stdio::null());
    command
}

fn command(prefix: &[&str], program: &str) -> Command {
    let mut words = prefix.iter().copied().chain([program]);
    let mut command = Command::new(words.next().unwrap_or(program));
    command.args(words);
    command
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::shown;

    #[test]
    fn only_what_is_missing_is_asked_for() {
        let needed = [("/a", "package-a"), ("/b", "package-b")];
        assert_eq!(missing(&needed, &|path| path == "/a"), ["package-b"]);
        assert!(missing(&needed, &|_| true).is_empty());
    }

    #[test]
    fn nothing_installed_is_ever_removed() {
        let typed = shown(&install(&["sudo", "-n"], &["dovecot-core"]));
        assert!(typed.starts_with("sudo -n env DEBIAN_FRONTEND=noninteractive apt-get install"), "{typed}");
        assert!(typed.contains("--no-remove"), "{typed}");
    }
}
