//! `crewbox mailbox add`: saves a mailbox with its servers and its password, sealed.

use clap::{Args, ValueEnum};
use crewbox_app::mailbox::{self, MailboxTexts};
use crewbox_core::id::MailboxId;
use crewbox_core::model::Security;
use serde::Serialize;

use crate::data::{DataArgs, client};
use crate::failure::Failure;
use crate::{output, password};

const EXAMPLES: &str = "\
Examples:
  crewbox mailbox add --email ann@acme.example --name 'Ann Lee' --imap-host imap.acme.example \\
      --smtp-host smtp.acme.example --password-stdin < password.txt
  crewbox mailbox test ann@acme.example

The password is sealed with the key of the data directory and never shown again. A running server connects at once
and reads the newest mail first. Prints {\"mailbox_id\":…,\"email\":…}.";

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct AddArgs {
    #[command(flatten)]
    data: DataArgs,
    /// The mailbox's address; saved again if it is known
    #[arg(long, env = "CREWBOX_EMAIL", value_name = "EMAIL")]
    email: String,
    /// Another address you write from with this mailbox, any number of times: its mail is yours. Replaces the aliases it
    /// had; one that is left out is not learned from sent mail again
    #[arg(long = "alias", env = "CREWBOX_ALIAS", value_name = "EMAIL", value_delimiter = ',')]
    aliases: Vec<String>,
    /// Remove all aliases of the mailbox
    #[arg(long, env = "CREWBOX_NO_ALIAS", conflicts_with = "aliases")]
    no_alias: bool,
    /// The name put into From
    #[arg(long, env = "CREWBOX_NAME", value_name = "NAME")]
    name: String,
    /// The client it belongs to
    #[arg(long, env = "CREWBOX_CLIENT", value_name = "NAME")]
    client: Option<String>,
    /// User name on both servers; the address without it
    #[arg(long, env = "CREWBOX_USER", value_name = "USER")]
    user: Option<String>,
    /// User name on the IMAP server where it differs
    #[arg(long, env = "CREWBOX_IMAP_USER", value_name = "USER")]
    imap_user: Option<String>,
    /// The IMAP server
    #[arg(long, env = "CREWBOX_IMAP_HOST", value_name = "HOST")]
    imap_host: String,
    /// Its port; the usual one of its security without it
    #[arg(long, env = "CREWBOX_IMAP_PORT", value_name = "PORT")]
    imap_port: Option<String>,
    /// How the IMAP connection is secured
    #[arg(long, env = "CREWBOX_IMAP_SECURITY", value_name = "HOW", default_value = "ssl")]
    imap_security: SecurityArg,
    /// The SMTP server
    #[arg(long, env = "CREWBOX_SMTP_HOST", value_name = "HOST")]
    smtp_host: String,
    /// Its port; the usual one of its security without it
    #[arg(long, env = "CREWBOX_SMTP_PORT", value_name = "PORT")]
    smtp_port: Option<String>,
    /// How the SMTP connection is secured
    #[arg(long, env = "CREWBOX_SMTP_SECURITY", value_name = "HOW", default_value = "ssl")]
    smtp_security: SecurityArg,
    /// A file of HTML put below what is sent with a signature
    #[arg(long, env = "CREWBOX_SIGNATURE_FILE", value_name = "FILE")]
    signature_file: Option<std::path::PathBuf>,
    /// Read the password from stdin (its first line); asked for on a terminal without it
    #[arg(long, env = "CREWBOX_PASSWORD_STDIN")]
    password_stdin: bool,
}

/// How a connection is secured.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum SecurityArg {
    /// TLS from the first byte (993, 465)
    Ssl,
    /// STARTTLS (143, 587)
    Tls,
    /// Plain text: password and mail can be read on the way (143, 25)
    None,
}

impl SecurityArg {
    /// As the model says it, with the usual ports of IMAP and SMTP.
    const fn meaning(self) -> (Security, &'static str, &'static str) {
        match self {
            Self::Ssl => (Security::Ssl, "993", "465"),
            Self::Tls => (Security::Tls, "143", "587"),
            Self::None => (Security::None, "143", "25"),
        }
    }
}

#[derive(Serialize)]
struct Made<'a> {
    mailbox_id: MailboxId,
    email: &'a str,
}

pub(super) async fn run(args: AddArgs) -> Result<(), Failure> {
    let signature = match &args.signature_file {
        Some(file) => Some(std::fs::read_to_string(file).map_err(|error| {
            Failure::input(format!("cannot read the signature {}: {error}", file.display()))
        })?),
        None => None,
    };
    if !args.password_stdin && !std::io::IsTerminal::is_terminal(&std::io::stdin()) {
        return Err(Failure::input("give the password with --password-stdin, on its first line"));
    }
    let password = password::read()?;
    let opened = args.data.open().await?;
    let caller = opened.caller().await?;
    let client = match &args.client {
        Some(name) => Some(client(caller.names(), name)?),
        None => None,
    };
    let (imap_security, imap_port, _) = args.imap_security.meaning();
    let (smtp_security, _, smtp_port) = args.smtp_security.meaning();
    let texts = MailboxTexts {
        from_email: &args.email,
        from_name: &args.name,
        user_name: args.user.as_deref().unwrap_or(args.email.trim()),
        imap_user_name: args.imap_user.as_deref(),
        password: &password,
        smtp_host: &args.smtp_host,
        smtp_port: args.smtp_port.as_deref().unwrap_or(smtp_port),
        smtp_security,
        imap_host: &args.imap_host,
        imap_port: args.imap_port.as_deref().unwrap_or(imap_port),
        imap_security,
        signature: signature.as_deref(),
        aliases: (args.no_alias || !args.aliases.is_empty()).then_some(args.aliases.as_slice()),
        client,
    };
    let command = texts.read()?;
    let email = command.address.as_str().to_owned();
    let id = mailbox::save(&opened.services(), &caller, command).await?;
    output::say(format_args!(
        "Saved. See that it works with `crewbox mailbox test {}`; a running server connects by itself.",
        email
    ));
    output::json(&Made { mailbox_id: id, email: &email })?;
    opened.close().await;
    Ok(())
}
