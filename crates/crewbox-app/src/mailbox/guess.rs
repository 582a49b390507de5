//! Which servers an address most likely has.
//!
//! Owns the table of providers. A guess is a proposal for a form: only trying it shows whether it is right.

use crewbox_core::address::EmailAddress;
use crewbox_core::model::Security;

/// A mail server, as a form shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuessedServer {
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is secured.
    pub security: Security,
}

/// The servers of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guess {
    /// For reading.
    pub imap: GuessedServer,
    /// For sending.
    pub smtp: GuessedServer,
}

/// IMAP over TLS.
const IMAPS: u16 = 993;
/// SMTP submission over TLS, and with STARTTLS.
const SUBMISSIONS: u16 = 465;
const SUBMISSION: u16 = 587;

/// Domains of one provider, its IMAP and SMTP hosts, and the port of the latter.
type Known = (&'static [&'static str], &'static str, &'static str, u16);

const PROVIDERS: &[Known] = &[
    (&["gmail.com", "googlemail.com"], "imap.gmail.com", "smtp.gmail.com", SUBMISSIONS),
    (
        &["outlook.com", "hotmail.com", "live.com", "msn.com", "outlook.de", "hotmail.de"],
        "outlook.office365.com",
        "smtp.office365.com",
        SUBMISSION,
    ),
    (
        &["yahoo.com", "yahoo.de", "yahoo.fr", "yahoo.co.uk", "ymail.com"],
        "imap.mail.yahoo.com",
        "smtp.mail.yahoo.com",
        SUBMISSIONS,
    ),
    (&["icloud.com", "me.com", "mac.com"], "imap.mail.me.com", "smtp.mail.me.com", SUBMISSION),
    (&["gmx.de", "gmx.net", "gmx.at", "gmx.ch"], "imap.gmx.net", "mail.gmx.net", SUBMISSIONS),
    (&["gmx.com"], "imap.gmx.com", "mail.gmx.com", SUBMISSIONS),
    (&["web.de"], "imap.web.de", "smtp.web.de", SUBMISSION),
    (&["zoho.com"], "imap.zoho.com", "smtp.zoho.com", SUBMISSIONS),
    (&["zoho.eu"], "imap.zoho.eu", "smtp.zoho.eu", SUBMISSIONS),
    (&["fastmail.com", "fastmail.fm"], "imap.fastmail.com", "smtp.fastmail.com", SUBMISSIONS),
    (&["yandex.com", "yandex.ru"], "imap.yandex.com", "smtp.yandex.com", SUBMISSIONS),
    (&["mail.ru"], "imap.mail.ru", "smtp.mail.ru", SUBMISSIONS),
    (&["aol.com"], "imap.aol.com", "smtp.aol.com", SUBMISSIONS),
    (&["t-online.de"], "secureimap.t-online.de", "securesmtp.t-online.de", SUBMISSIONS),
    (&["qq.com"], "imap.qq.com", "smtp.qq.com", SUBMISSIONS),
    (&["163.com"], "imap.163.com", "smtp.163.com", SUBMISSIONS),
];

/// The servers that an address most likely has: its provider's, else `imap.` and `smtp.` of its domain.
#[must_use]
pub fn guess(address: &EmailAddress) -> Guess {
    let domain = address.as_str().rsplit('@').next().unwrap_or_default().to_lowercase();
    let known = PROVIDERS.iter().find(|(domains, ..)| domains.contains(&domain.as_str()));
    let (imap, smtp, port) = match known {
        Some((_, imap, smtp, port)) => ((*imap).to_owned(), (*smtp).to_owned(), *port),
        None => (format!("imap.{domain}"), format!("smtp.{domain}"), SUBMISSIONS),
    };
    let security = if port == SUBMISSION { Security::Tls } else { Security::Ssl };
    Guess {
        imap: GuessedServer { host: imap, port: IMAPS, security: Security::Ssl },
        smtp: GuessedServer { host: smtp, port, security },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_known_by_its_domains_and_any_other_has_hosts_of_its_own() {
        let hosts = |address: &str| {
            let guess = guess(&EmailAddress::parse(address).unwrap());
            (guess.imap.host, guess.smtp.host, guess.smtp.port, guess.smtp.security)
        };
        let of = |imap: &str, smtp: &str, port, security| (imap.to_owned(), smtp.to_owned(), port, security);
        assert_eq!(hosts("Ann@GMAIL.com"), of("imap.gmail.com", "smtp.gmail.com", 465, Security::Ssl));
        assert_eq!(
            hosts("ann@hotmail.com"),
            of("outlook.office365.com", "smtp.office365.com", 587, Security::Tls)
        );
        assert_eq!(
            hosts("ann@acme.example"),
            of("imap.acme.example", "smtp.acme.example", 465, Security::Ssl)
        );
    }
}
