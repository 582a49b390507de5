//! Tokens for mailboxes that log in without a password (RFC 6749, RFC 7636): the page to send a person to, the
//! code they come back with, and access tokens renewed before they end.
//!
//! Owns access tokens, in memory only; refresh tokens are sealed in the store. No token, code or secret is ever
//! in an error or a log.

mod callback;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use crewbox_core::change::Cause;
use crewbox_core::id::{AccountId, MailboxId};
use crewbox_core::model::{Mailbox, MailboxSettings, OAuth, Security};
use crewbox_core::time::Timestamp;
use crewbox_store::contract::MailboxSecrets;
use crewbox_store::{Batch, Op, Scope, Store};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, Url};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::failure::Failure;
use crate::net::Net;

pub use callback::await_code;

/// A token server answers within this.
const ANSWER_TIME: Duration = Duration::from_secs(20);
/// An access token is renewed so long before its end, in milliseconds.
const EARLY_MS: i64 = 2 * 60 * 1_000;
/// A token whose life is not told lives so long, in seconds: what most providers give.
const USUAL_LIFE: i64 = 3_600;

/// What is known of a provider.
#[derive(Clone, Copy, Debug)]
pub struct Provider {
    /// As it is in [`OAuth::provider`].
    pub name: &'static str,
    /// Where a person is sent.
    pub authorise_url: &'static str,
    /// Where tokens are had.
    pub token_url: &'static str,
    /// What is asked for: mail, in and out, and a refresh token.
    pub scope: &'static str,
    /// The IMAP server, on the usual port with TLS.
    pub imap_host: &'static str,
    /// The SMTP server, with its port and how it is secured.
    pub smtp: (&'static str, u16, Security),
    /// Further query keys of the page.
    pub further: &'static [(&'static str, &'static str)],
}

/// The providers whose addresses are known.
pub const PROVIDERS: &[Provider] = &[
    Provider {
        name: "google",
        authorise_url: "https://accounts.google.com/o/oauth2/v2/auth",
        token_url: "https://oauth2.googleapis.com/token",
        scope: "https://mail.google.com/",
        imap_host: "imap.gmail.com",
        smtp: ("smtp.gmail.com", 465, Security::Ssl),
        further: &[("access_type", "offline"), ("prompt", "consent")],
    },
    Provider {
        name: "microsoft",
        authorise_url: "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
        token_url: "https://login.microsoftonline.com/common/oauth2/v2.0/token",
        scope: "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access",
        imap_host: "outlook.office365.com",
        smtp: ("smtp.office365.com", 587, Security::Tls),
        further: &[("prompt", "select_account")],
    },
];

impl Provider {
    /// A mailbox's settings with this provider.
    #[must_use]
    pub fn settings(&self, email: &str) -> MailboxSettings {
        let (smtp_host, smtp_port, smtp_security) = self.smtp;
        MailboxSettings {
            user: email.to_owned(),
            smtp_host: smtp_host.to_owned(),
            smtp_port,
            smtp_security,
            imap_host: self.imap_host.to_owned(),
            imap_port: 993,
            imap_security: Security::Ssl,
            ..MailboxSettings::default()
        }
    }
}

/// A state or a verifier of random bytes: 43 characters that need no escaping (RFC 7636, section 4.1).
#[must_use]
pub fn word(random: [u8; 32]) -> String {
    URL_SAFE_NO_PAD.encode(random)
}

/// The page to send a person to. `verifier` is kept by the caller and given to [`Tokens::exchange`]; `state`
/// comes back with the code.
///
/// # Errors
/// When the page's address is none.
pub fn authorisation_url(
    authorise_url: &str,
    oauth: &OAuth,
    redirect_uri: &str,
    login_hint: &str,
    state: &str,
    verifier: &str,
) -> Result<String, String> {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    let further = PROVIDERS.iter().find(|known| known.name == oauth.provider).map_or(&[][..], |p| p.further);
    let mut url =
        Url::parse(authorise_url).map_err(|error| format!("the sign-in address is wrong: {error}"))?;
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &oauth.client_id)
        .append_pair("redirect_uri", redirect_uri)
        .append_pair("scope", &oauth.scope)
        .append_pair("state", state)
        .append_pair("login_hint", login_hint)
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256")
        .extend_pairs(further);
    Ok(url.into())
}

/// What a token server gives.
#[derive(Deserialize)]
struct Granted {
    access_token: String,
    #[serde(default)]
    expires_in: Option<i64>,
    #[serde(default)]
    refresh_token: Option<String>,
}

#[derive(Deserialize)]
struct Denied {
    #[serde(default)]
    error: String,
}

struct Access {
    token: String,
    until: Timestamp,
    /// Digest of the refresh token it belongs to: after a new sign-in it is another's.
    by: [u8; 32],
}

/// One mailbox's access token, locked while it is being renewed: many providers take a refresh token only once.
type Slot = Arc<tokio::sync::Mutex<Option<Access>>>;

/// Access tokens in use, and the way to new ones.
pub struct Tokens {
    net: Net,
    client: Option<Client>,
    held: Mutex<HashMap<(AccountId, MailboxId), Slot>>,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens(…)")
    }
}

/// Resolves names as mail servers' are, with private addresses refused.
struct Guarded(Net);

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let net = self.0.clone();
        Box::pin(async move {
            let found = net.resolve(name.as_str(), 0).await?;
            let mut permitted = Vec::new();
            for address in found {
                net.permit(name.as_str(), address)?;
                permitted.push(address);
            }
            Ok(Box::new(permitted.into_iter()) as Addrs)
        })
    }
}

impl Tokens {
    /// With no token yet.
    #[must_use]
    pub fn new(net: &Net) -> Self {
        let client = Client::builder()
            .tls_backend_preconfigured(net.tls_config())
            .dns_resolver(Guarded(net.clone()))
            .redirect(reqwest::redirect::Policy::none())
            .timeout(ANSWER_TIME)
            .no_proxy()
            .build();
        Self { net: net.clone(), client: client.ok(), held: Mutex::default() }
    }

    /// An access token for a mailbox, renewed when it must be.
    ///
    /// # Errors
    /// `Refused` when a person must sign in again; else what failed, in the machine's words.
    pub async fn access(
        &self,
        store: &Store,
        scope: &Scope,
        mailbox: &Mailbox,
        secrets: &MailboxSecrets,
        now: Timestamp,
    ) -> Result<String, Failure> {
        let slot = Arc::clone(self.held().entry((scope.account(), mailbox.id)).or_default());
        let mut slot = slot.lock().await;
        // Whoever had the slot before may have renewed the refresh token, too.
        let fresh = store.mailbox_secrets(scope, mailbox.id).await;
        let fresh = fresh.map_err(|error| Failure::Store(error.to_string()))?;
        let secrets = if fresh.oauth_refresh_token.is_some() { &fresh } else { secrets };
        let (Some(oauth), Some(refresh)) = (&mailbox.settings.oauth, &secrets.oauth_refresh_token) else {
            return Err(Failure::Refused("no sign-in is stored: sign in to the mailbox again".to_owned()));
        };
        if let Some(access) = &*slot
            && access.until.0 - EARLY_MS > now.0
            && access.by == digest(refresh)
        {
            return Ok(access.token.clone());
        }
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
        let granted = self.ask(oauth, secrets.oauth_client_secret.as_deref(), &form).await?;
        let renewed = granted.refresh_token.filter(|renewed| renewed != refresh);
        let by = digest(renewed.as_ref().unwrap_or(refresh));
        if let Some(renewed) = renewed {
            let op = Op::RenewToken { mailbox: mailbox.id, refresh_token: renewed };
            let batch = Batch::new(*scope, now, vec![op]).caused_by(Cause::Mailbox);
            store.commit(batch).await.map_err(|error| Failure::Store(error.to_string()))?;
        }
        let until = now.plus_seconds(granted.expires_in.unwrap_or(USUAL_LIFE).max(0));
        *slot = Some(Access { token: granted.access_token.clone(), until, by });
        Ok(granted.access_token)
    }

    /// A token the server no longer takes. One that is being renewed at the moment is kept.
    pub fn forget(&self, account: AccountId, mailbox: MailboxId) {
        if let Some(slot) = self.held().get(&(account, mailbox))
            && let Ok(mut slot) = slot.try_lock()
        {
            *slot = None;
        }
    }

    /// Trades the code a person came back with for a refresh token.
    ///
    /// # Errors
    /// In the machine's words.
    pub async fn exchange(
        &self,
        oauth: &OAuth,
        client_secret: Option<&str>,
        code: &str,
        redirect_uri: &str,
        verifier: &str,
    ) -> Result<String, Failure> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", verifier),
        ];
        let granted = self.ask(oauth, client_secret, &form).await?;
        granted.refresh_token.ok_or_else(|| {
            Failure::Refused(
                "the provider gave no refresh token: allow offline access, then sign in again".to_owned(),
            )
        })
    }

    fn held(&self) -> std::sync::MutexGuard<'_, HashMap<(AccountId, MailboxId), Slot>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn ask(
        &self,
        oauth: &OAuth,
        client_secret: Option<&str>,
        form: &[(&str, &str)],
    ) -> Result<Granted, Failure> {
        let unreachable =
            |why: &str| Failure::Unreachable(format!("the sign-in server gives no token: {why}"));
        let client = self.client.as_ref().ok_or_else(|| unreachable("TLS cannot be set up"))?;
        let url = Url::parse(&oauth.token_url).map_err(|_| unreachable("its address is wrong"))?;
        // A host that is an address is not resolved, so it is checked here.
        let literal = url
            .host_str()
            .map(|host| host.trim_matches(['[', ']']))
            .and_then(|host| host.parse::<IpAddr>().ok());
        if let Some(address) = literal {
            let address = std::net::SocketAddr::new(address, url.port_or_known_default().unwrap_or(443));
            self.net
                .permit(&address.ip().to_string(), address)
                .map_err(|error| Failure::Unreachable(error.sentence))?;
        }
        let mut all: Vec<(&str, &str)> = form.to_vec();
        all.push(("client_id", &oauth.client_id));
        all.extend(client_secret.map(|secret| ("client_secret", secret)));
        let answer = client.post(url).form(&all).send().await;
        // The library's own words may hold the address, and nothing else of the request.
        let answer = answer.map_err(|error| {
            unreachable(if error.is_timeout() { "no answer in time" } else { "it cannot be reached" })
        })?;
        let status = answer.status();
        let body = answer.bytes().await.map_err(|_| unreachable("its answer ended early"))?;
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(|_| unreachable("its answer cannot be read"));
        }
        let denied: Denied = serde_json::from_slice(&body).unwrap_or(Denied { error: String::new() });
        Err(match denied.error.as_str() {
            "invalid_grant" | "interaction_required" | "consent_required" => {
                Failure::Refused("the sign-in has ended or was withdrawn: sign in to the mailbox again".to_owned())
            }
            "invalid_client" | "unauthorized_client" => Failure::Refused(
                "the provider does not know the client id or its secret: check both, then save the mailbox again"
                    .to_owned(),
            ),
            _ if status.as_u16() == 429 => Failure::Throttled("the sign-in server asks for a pause".to_owned(), None),
            _ => unreachable(&format!("it answered with status {}", status.as_u16())),
        })
    }
}

fn digest(refresh: &str) -> [u8; 32] {
    Sha256::digest(refresh.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_the_challenge_and_never_the_verifier() {
        let oauth = OAuth {
            provider: "google".into(),
            client_id: "id".into(),
            token_url: String::new(),
            scope: PROVIDERS[0].scope.into(),
        };
        // RFC 7636, appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let page = PROVIDERS[0].authorise_url;
        let url = authorisation_url(
            page,
            &oauth,
            "https://in.example/oauth/callback",
            "a@b.example",
            "st",
            verifier,
        );
        let url = url.unwrap();
        assert!(url.contains("code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"), "{url}");
        assert!(url.contains("access_type=offline") && !url.contains(verifier), "{url}");
    }
}
