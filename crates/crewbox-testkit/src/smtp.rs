//! A real SMTP server (Exim) that takes mail with a log-in and puts it into Dovecot's Maildirs. Who has no
//! directory there is refused at RCPT; `bounce@` anything is taken, and bounced.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::dovecot::{PASSWORD, end_group, is_root, open_to_all};
use crate::ports;

#[derive(Debug)]
pub struct SmtpServer {
    dir: PathBuf,
    /// Plain, with STARTTLS offered.
    pub submission: u16,
    /// TLS from the first byte.
    pub smtps: u16,
    child: Option<Child>,
}

impl SmtpServer {
    /// Starts one; `dir` holds `cert.pem` and `key.pem`, `mail` the Maildirs.
    pub fn start(dir: &Path, mail: &Path) -> Self {
        let own = dir.join("exim");
        for part in ["spool", "log"] {
            fs::create_dir_all(own.join(part)).unwrap();
        }
        let mut server =
            Self { dir: own.clone(), submission: ports::free(), smtps: ports::free(), child: None };
        for file in ["cert.pem", "key.pem"] {
            fs::copy(dir.join(file), own.join(file)).unwrap();
            open_to_all(&own.join(file));
        }
        fs::write(own.join("exim.conf"), server.config(mail)).unwrap();
        open_to_all(&own);
        if is_root() {
            let owned = Command::new("chown").args(["-R", "65534:65534"]).arg(&own).status();
            assert!(owned.unwrap().success());
            let owned = Command::new("chown").arg("0:0").arg(own.join("exim.conf")).status();
            assert!(owned.unwrap().success());
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::Permissions::from_mode(0o644);
            fs::set_permissions(own.join("exim.conf"), mode).unwrap();
        }
        server.go_on();
        server
    }

    fn config(&self, mail: &Path) -> String {
        let (dir, mail) = (self.dir.display(), mail.display());
        let who = if is_root() { "exim_user = 65534\nexim_group = 65534\n" } else { "" };
        format!(
            "{who}spool_directory = {dir}/spool\nlog_file_path = {dir}/log/%slog\npid_file_path = {dir}/pid\n\
             primary_hostname = localhost\nqualify_domain = localhost\nlocal_interfaces = 127.0.0.1\n\
             daemon_smtp_ports = {submission} : {smtps}\ntls_on_connect_ports = {smtps}\ntls_advertise_hosts = *\n\
             tls_certificate = {dir}/cert.pem\ntls_privatekey = {dir}/key.pem\nauth_advertise_hosts = *\nacl_smtp_rcpt = rcpt\n\
             message_size_limit = 80M\nsmtp_accept_max = 500\ndeliver_drop_privilege\nnever_users =\nkeep_environment =\n\
             rfc1413_query_timeout = 0s\nhost_lookup =\nbegin acl\nrcpt:\n  accept local_parts = bounce\n\
             \u{20} require message = no such mailbox\n          condition = ${{if !eq{{${{lookup {{$local_part@$domain}} dsearch,filter=dir {{{mail}}}}}}}{{}}}}\n\
             \u{20} accept\nbegin routers\nbounce:\n  driver = redirect\n  local_parts = bounce\n  allow_fail\n  data = :fail: no such user here\n\
             local:\n  driver = accept\n  transport = maildir\nbegin transports\nmaildir:\n  driver = appendfile\n\
             \u{20} directory = ${{lookup {{$local_part@$domain}} dsearch,filter=dir,ret=full {{{mail}}}}}\n  maildir_format\n  create_directory\n\
             \u{20} delivery_date_add\n  envelope_to_add\n  return_path_add\n  mode = 0666\nbegin authenticators\n\
             plain:\n  driver = plaintext\n  public_name = PLAIN\n  server_prompts = :\n  server_condition = ${{if eq{{$auth3}}{{{PASSWORD}}}}}\n  server_set_id = $auth2\n\
             login:\n  driver = plaintext\n  public_name = LOGIN\n  server_prompts = Username:: : Password::\n  server_condition = ${{if eq{{$auth2}}{{{PASSWORD}}}}}\n  server_set_id = $auth1\n",
            submission = self.submission,
            smtps = self.smtps,
        )
    }

    pub fn go_on(&mut self) {
        let mut child = Command::new("/usr/sbin/exim4")
            .args(["-bdf", "-C"])
            .arg(self.dir.join("exim.conf"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("Exim is installed by `cargo xtask test`");
        for port in [self.submission, self.smtps] {
            ports::await_listening(port, "Exim", &mut child);
        }
        self.child = Some(child);
    }

    pub fn stop(&mut self) {
        if let Some(child) = self.child.take() {
            end_group(child);
        }
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.stop();
    }
}
