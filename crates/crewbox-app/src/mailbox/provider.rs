//! Which provider's server an account sends through.

use crewbox_core::model::MailboxSettings;

/// A provider, as the API groups them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the providers' own names; Smtp is any other server")]
pub enum Provider {
    Gmail,
    Outlook,
    Zoho,
    Smtp,
}

/// The ends of host names, and whose they are.
const HOSTS: &[(&str, Provider)] = &[
    ("gmail.com", Provider::Gmail),
    ("googlemail.com", Provider::Gmail),
    ("google.com", Provider::Gmail),
    ("office365.com", Provider::Outlook),
    ("outlook.com", Provider::Outlook),
    ("zoho.com", Provider::Zoho),
    ("zoho.eu", Provider::Zoho),
    ("zoho.in", Provider::Zoho),
];

impl Provider {
    /// By how the account logs in, else by its SMTP server.
    #[must_use]
    pub fn of(settings: &MailboxSettings) -> Self {
        match settings.oauth.as_ref().map(|oauth| oauth.provider.as_str()) {
            Some("google") => return Self::Gmail,
            Some("microsoft") => return Self::Outlook,
            _ => {}
        }
        let host = settings.smtp_host.as_str();
        let is_of = |end: &str| {
            let before = host.strip_suffix(end);
            before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
        };
        HOSTS.iter().find(|(end, _)| is_of(end)).map_or(Self::Smtp, |(_, provider)| *provider)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crewbox_core::model::OAuth;

    #[test]
    fn a_provider_is_known_by_its_log_in_or_its_host() {
        for (host, provider) in [
            ("smtp.gmail.com", Provider::Gmail),
            ("smtp.office365.com", Provider::Outlook),
            ("zoho.eu", Provider::Zoho),
            ("smtp.notgmail.com.example", Provider::Smtp),
            ("smtp.notgmail.com", Provider::Smtp),
        ] {
            let settings = MailboxSettings { smtp_host: host.to_owned(), ..MailboxSettings::default() };
            assert_eq!(Provider::of(&settings), provider, "{host}");
        }
        let oauth = OAuth { provider: "google".to_owned(), ..OAuth::default() };
        let settings = MailboxSettings { oauth: Some(oauth), ..MailboxSettings::default() };
        assert_eq!(Provider::of(&settings), Provider::Gmail);
    }
}
