//! What commands and the server may connect to: whether private hosts are allowed, and which further certificates are
//! trusted.

use std::path::PathBuf;

use clap::Args;

/// Where connections to mail servers may go, and which certificates they trust.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Mail servers")]
pub(crate) struct NetArgs {
    /// Also connect to this machine and to private networks: for mail servers, webhooks, and images in mails
    #[arg(long, env = "CREWBOX_ALLOW_PRIVATE_HOSTS")]
    pub(crate) allow_private_hosts: bool,
    /// Trust the certificates in this PEM file too, besides the usual ones
    #[arg(long, env = "CREWBOX_CA_FILE", value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Greet SMTP servers by this name [default: the domain of the sender's address]
    #[arg(long, env = "CREWBOX_EHLO_NAME", value_name = "NAME", value_parser = ehlo_name)]
    pub(crate) ehlo_name: Option<String>,
}

/// Bytes of a domain name (RFC 5321, section 4.5.3.1.2).
const LONGEST_NAME: usize = 255;

/// A host's name or an address literal, which cannot end a command of SMTP.
fn ehlo_name(text: &str) -> Result<String, String> {
    let name = text.trim();
    let literal = name.strip_prefix('[').and_then(|inner| inner.strip_suffix(']'));
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | ':');
    if name.len() <= LONGEST_NAME && !name.is_empty() && literal.unwrap_or(name).chars().all(plain) {
        return Ok(name.to_owned());
    }
    Err("a name looks like mail.example.org, or like [192.0.2.1]".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_end_a_command() {
        for good in ["mail.example.org", "[192.0.2.1]", "[IPv6:2001:db8::1]", "localhost"] {
            assert_eq!(ehlo_name(good).as_deref(), Ok(good));
        }
        for bad in ["", "a b", "a\r\nMAIL FROM:<>", "bücher.example", "[a", &"a".repeat(256)] {
            assert!(ehlo_name(bad).is_err(), "{bad}");
        }
    }
}
