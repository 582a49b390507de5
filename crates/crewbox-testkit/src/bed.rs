//! Dovecot and Exim side by side, one certificate for both.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::dovecot::{Dovecot, open_to_all};
use crate::smtp::SmtpServer;

#[derive(Debug)]
pub struct MailBed {
    pub dovecot: Dovecot,
    pub smtp: SmtpServer,
    dir: TempDir,
}

impl MailBed {
    pub fn start() -> Self {
        let dir = tempfile::Builder::new().prefix("crewbox-bed-").tempdir().unwrap();
        open_to_all(dir.path());
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"])
            .args(["-days", "30", "-subj", "/CN=localhost", "-addext", "basicConstraints=critical,CA:FALSE"])
            .args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout"])
            .arg(dir.path().join("key.pem"))
            .arg("-out")
            .arg(dir.path().join("cert.pem"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(made.unwrap().success(), "openssl makes a certificate");
        let dovecot = Dovecot::start(dir.path());
        let smtp = SmtpServer::start(dir.path(), dovecot.mail_root());
        Self { dovecot, smtp, dir }
    }

    /// The certificate, to be trusted.
    pub fn ca(&self) -> PathBuf {
        self.dir.path().join("cert.pem")
    }

    /// Makes users on both.
    pub fn users(&self, addresses: &[&str]) {
        for address in addresses {
            self.dovecot.user(address);
        }
    }
}
