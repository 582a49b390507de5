//! A real Dovecot with Maildirs anybody may drop mail into. Every user exists once their directory does, and all
//! have the same password.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::ports;

/// Every user's password until [`Dovecot::set_password`].
pub const PASSWORD: &str = "secret";

#[derive(Debug)]
pub struct Dovecot {
    dir: PathBuf,
    mail: PathBuf,
    pub imap: u16,
    pub imaps: u16,
    password: String,
    child: Option<Child>,
    delivered: AtomicU64,
}

/// Whether this process may act for others.
pub fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    String::from_utf8_lossy(&id.stdout).trim() == "0"
}

fn whoami() -> String {
    let id = Command::new("id").arg("-un").output().unwrap();
    String::from_utf8_lossy(&id.stdout).trim().to_owned()
}

impl Dovecot {
    /// Starts one in this directory, which holds `cert.pem` and `key.pem`.
    pub fn start(dir: &Path) -> Self {
        let mail = dir.join("mail");
        fs::create_dir_all(&mail).unwrap();
        open_to_all(dir);
        open_to_all(&mail);
        let mut dovecot = Self {
            dir: dir.to_owned(),
            mail,
            imap: ports::free(),
            imaps: ports::free(),
            password: PASSWORD.to_owned(),
            child: None,
            delivered: AtomicU64::new(0),
        };
        dovecot.go_on();
        dovecot
    }

    fn config(&self) -> String {
        let (dir, mail, password) = (self.dir.display(), self.mail.display(), &self.password);
        // As root the servers' own users are used; else everything is this user's.
        let who = if is_root() {
            "mail_uid = 65534\nmail_gid = 65534\n".to_owned()
        } else {
            let me = whoami();
            format!("default_internal_user = {me}\ndefault_login_user = {me}\nmail_uid = {me}\n")
        };
        format!(
            "base_dir = {dir}/run\nlog_path = {dir}/dovecot.log\nprotocols = imap\nlisten = 127.0.0.1\n{who}first_valid_uid = 1\n\
             ssl = yes\nssl_cert = <{dir}/cert.pem\nssl_key = <{dir}/key.pem\ndisable_plaintext_auth = no\n\
             mail_location = maildir:{mail}/%u\nmailbox_idle_check_interval = 1 secs\nmail_max_userip_connections = 5000\n\
             default_process_limit = 2000\ndefault_client_limit = 8000\nauth_failure_delay = 0\n\
             passdb {{\n  driver = static\n  args = password={password}\n}}\n\
             userdb {{\n  driver = static\n  args = home={mail}/%u allow_all_users=yes\n}}\n\
             service imap-login {{\n  chroot =\n  service_count = 0\n  process_min_avail = 1\n  client_limit = 2000\n\
             \u{20} inet_listener imap {{\n    port = {}\n  }}\n  inet_listener imaps {{\n    port = {}\n  }}\n}}\n\
             service imap {{\n  process_limit = 2000\n}}\nservice anvil {{\n  chroot =\n  unix_listener anvil-auth-penalty {{\n    mode = 0\n  }}\n}}\nservice stats {{\n  chroot =\n}}\n\
             namespace inbox {{\n  inbox = yes\n  separator = /\n  mailbox Junk {{\n    auto = create\n    special_use = \\Junk\n  }}\n\
             \u{20} mailbox Sent {{\n    auto = create\n    special_use = \\Sent\n  }}\n}}\n",
            self.imap, self.imaps
        )
    }

    /// Starts it, or starts it again on the same ports.
    pub fn go_on(&mut self) {
        let file = self.dir.join("dovecot.conf");
        fs::write(&file, self.config()).unwrap();
        let mut child = Command::new("/usr/sbin/dovecot")
            .args(["-F", "-c"])
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("Dovecot is installed by `cargo xtask test`");
        for port in [self.imap, self.imaps] {
            ports::await_listening(port, "Dovecot", &mut child);
        }
        self.child = Some(child);
    }

    /// Stops it: an outage.
    pub fn stop(&mut self) {
        if let Some(child) = self.child.take() {
            end_group(child);
            // One killed at work leaves its lock behind, and the next waits minutes for it.
            remove_locks(&self.mail);
        }
    }

    /// Changes everybody's password, and ends all connections.
    pub fn set_password(&mut self, password: &str) {
        self.stop();
        password.clone_into(&mut self.password);
        self.go_on();
    }

    /// Makes a user.
    pub fn user(&self, address: &str) {
        for part in ["cur", "new", "tmp"] {
            let dir = self.folder(address, "INBOX").join(part);
            fs::create_dir_all(&dir).unwrap();
            open_to_all(&dir);
        }
        open_to_all(&self.mail.join(address));
    }

    fn folder(&self, user: &str, folder: &str) -> PathBuf {
        let root = self.mail.join(user);
        if folder == "INBOX" { root } else { root.join(format!(".{folder}")) }
    }

    /// Where users' Maildirs are.
    pub fn mail_root(&self) -> &Path {
        &self.mail
    }

    /// Drops a mail into a folder, as a delivery agent does. The file's name, by which it can be taken away.
    pub fn deliver(&self, user: &str, folder: &str, raw: &[u8]) -> String {
        self.deliver_to(user, folder, raw, "new")
    }

    /// Drops a mail that somebody has read already.
    pub fn deliver_seen(&self, user: &str, folder: &str, raw: &[u8]) -> String {
        self.deliver_to(user, folder, raw, "cur")
    }

    fn deliver_to(&self, user: &str, folder: &str, raw: &[u8], part: &str) -> String {
        let root = self.folder(user, folder);
        for part in ["cur", "new", "tmp"] {
            let dir = root.join(part);
            if !dir.is_dir() {
                fs::create_dir_all(&dir).unwrap();
                open_to_all(&root);
                open_to_all(&dir);
            }
        }
        let number = self.delivered.fetch_add(1, Ordering::Relaxed);
        let name = format!("1700{number:06}.M{number}P{}.test", std::process::id());
        let draft = root.join("tmp").join(&name);
        fs::write(&draft, raw).unwrap();
        open_to_all(&draft);
        let placed = if part == "cur" { format!("{name}:2,S") } else { name.clone() };
        fs::rename(&draft, root.join(part).join(placed)).unwrap();
        name
    }

    /// The files of a folder.
    pub fn files(&self, user: &str, folder: &str) -> Vec<PathBuf> {
        let root = self.folder(user, folder);
        let mut files: Vec<PathBuf> = ["new", "cur"]
            .iter()
            .filter_map(|part| fs::read_dir(root.join(part)).ok())
            .flatten()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        files
    }

    /// The mails of a folder, straight from the disk.
    pub fn mails(&self, user: &str, folder: &str) -> Vec<Vec<u8>> {
        // A file may move from `new` to `cur` between the listing and the reading.
        self.files(user, folder).iter().filter_map(|file| fs::read(file).ok()).collect()
    }

    fn file(&self, user: &str, folder: &str, name: &str) -> PathBuf {
        let named = |file: &PathBuf| file.file_name().unwrap().to_string_lossy().starts_with(name);
        self.files(user, folder).into_iter().find(named).expect("the mail is there")
    }

    /// Takes a mail away.
    pub fn expunge(&self, user: &str, folder: &str, name: &str) {
        fs::remove_file(self.file(user, folder, name)).unwrap();
    }

    /// Moves a mail to another folder.
    pub fn move_to(&self, user: &str, from: &str, to: &str, name: &str) {
        let raw = fs::read(self.file(user, from, name)).unwrap();
        self.expunge(user, from, name);
        self.deliver(user, to, &raw);
    }

    /// Gives a folder another UIDVALIDITY, all its mails numbered afresh from 1: UIDs are used again.
    pub fn renumber(&mut self, user: &str, folder: &str, uidvalidity: u32) {
        self.stop();
        let root = self.folder(user, folder);
        for entry in fs::read_dir(&root).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_file() && name.starts_with("dovecot") {
                fs::remove_file(path).unwrap();
            }
        }
        let files = self.files(user, folder);
        let mut list = format!("3 V{uidvalidity} N{} G{uidvalidity:032x}\n", files.len() + 1);
        for (uid, file) in files.iter().enumerate() {
            let name = file.file_name().unwrap().to_string_lossy();
            list.push_str(&format!("{} :{}\n", uid + 1, name.split(':').next().unwrap()));
        }
        let list_file = root.join("dovecot-uidlist");
        fs::write(&list_file, list).unwrap();
        open_to_all(&list_file);
        self.go_on();
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        self.stop();
    }
}

/// How long a server may take to shut down cleanly.
const ENDING: Duration = Duration::from_secs(2);

/// Ends a server that was started in a process group of its own, with all it started: those that hold a TLS
/// connection for somebody, or deliver a mail, would outlive their master.
pub(crate) fn end_group(mut server: Child) {
    let group = format!("-{}", server.id());
    let tell =
        |signal: &str| Command::new("kill").args([signal, "--", &group]).stderr(Stdio::null()).status();
    let _ = tell("-TERM");
    let until = Instant::now() + ENDING;
    while server.try_wait().is_ok_and(|ended| ended.is_none()) && Instant::now() < until {
        std::thread::park_timeout(Duration::from_millis(5));
    }
    let _ = tell("-KILL");
    let _ = server.wait();
}

/// Removes the locks below a directory.
fn remove_locks(dir: &Path) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            remove_locks(&path);
        } else if path.extension().is_some_and(|kind| kind == "lock") {
            let _ = fs::remove_file(path);
        }
    }
}

/// Lets whatever user the servers run as read and write.
pub(crate) fn open_to_all(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = if path.is_dir() { 0o777 } else { 0o666 };
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}
