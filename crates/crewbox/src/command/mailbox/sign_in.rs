//! `crewbox mailbox sign-in`: a mailbox that logs in by a token, which a person gets in their browser.

use std::time::Duration;

use clap::{Args, ValueEnum};
use crewbox_app::mailbox::{self, Field, Line, MAX_NAME, SignIn};
use crewbox_core::address::EmailAddress;
use crewbox_core::id::MailboxId;
use crewbox_core::model::OAuth;
use crewbox_mail::oauth::{self, PROVIDERS, Provider, Tokens, await_code};
use crewbox_mail::probe;
use serde::Serialize;
use tokio::net::TcpListener;

use crate::data::{DataArgs, client};
use crate::failure::Failure;
use crate::net::NetArgs;
use crate::{mail, output, password};

const EXAMPLES: &str = "\
Examples:
  crewbox mailbox sign-in ann@acme.example --name 'Ann Lee' --provider google --client-id ID
  crewbox mailbox sign-in ann@acme.example --name 'Ann Lee' --provider microsoft --client-id ID --listen 127.0.0.1:8085

Prints an address to open in a browser; sign in there as the mailbox's owner. The browser comes back to --listen on
this machine: from afar, forward that port first (ssh -L 8085:127.0.0.1:8085 host). Register the client with the
provider as a desktop application; its secret, if it has one, is read with --client-secret-stdin.

Only the refresh token is kept, sealed. Prints {\"mailbox_id\":…,\"email\":…}.";

/// How long a person may take to sign in.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SignInArgs {
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    net: NetArgs,
    /// The mailbox's address; one that is known keeps its servers and its name
    #[arg(value_name = "EMAIL", value_parser = <EmailAddress as Field>::parse)]
    email: EmailAddress,
    /// The name put into From, for a new mailbox; its address without it
    #[arg(long, env = "CREWBOX_NAME", value_name = "NAME", value_parser = Line::<MAX_NAME>::parse)]
    name: Option<Line<MAX_NAME>>,
    /// The client the mailbox belongs to from now on; without it a known one stays where it is
    #[arg(long, env = "CREWBOX_CLIENT", value_name = "NAME")]
    client: Option<String>,
    /// Whose mailbox it is
    #[arg(long, env = "CREWBOX_PROVIDER", value_name = "WHO")]
    provider: ProviderArg,
    /// The client id registered with the provider
    #[arg(long, env = "CREWBOX_CLIENT_ID", value_name = "ID")]
    client_id: String,
    /// Read the client's secret from stdin (its first line)
    #[arg(long, env = "CREWBOX_CLIENT_SECRET_STDIN")]
    client_secret_stdin: bool,
    /// Where the browser comes back to; a free port without it
    #[arg(long, env = "CREWBOX_SIGN_IN_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: std::net::SocketAddr,
    /// Of another provider: the page to sign in at
    #[arg(long, env = "CREWBOX_AUTHORISE_URL", value_name = "URL", required_if_eq("provider", "other"))]
    authorise_url: Option<String>,
    /// Of another provider: where tokens are had
    #[arg(long, env = "CREWBOX_TOKEN_URL", value_name = "URL", required_if_eq("provider", "other"))]
    token_url: Option<String>,
    /// Of another provider: what to ask for
    #[arg(long, env = "CREWBOX_SCOPE", value_name = "SCOPE", required_if_eq("provider", "other"))]
    scope: Option<String>,
}

/// A provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ProviderArg {
    /// Gmail and Google Workspace
    Google,
    /// Microsoft 365 and Outlook
    Microsoft,
    /// Another one; the mailbox must have been added with its servers before
    Other,
}

impl ProviderArg {
    fn known(self) -> Option<&'static Provider> {
        let name = match self {
            Self::Google => "google",
            Self::Microsoft => "microsoft",
            Self::Other => return None,
        };
        PROVIDERS.iter().find(|known| known.name == name)
    }
}

#[derive(Serialize)]
struct Made<'a> {
    mailbox_id: MailboxId,
    email: &'a str,
}

pub(super) async fn run(args: SignInArgs) -> Result<(), Failure> {
    let secret = args.client_secret_stdin.then(secret).transpose()?;
    let net = mail::net(&args.net)?;
    let opened = args.data.open().await?;
    let caller = opened.caller().await?;
    let known = args.provider.known();
    let oauth = OAuth {
        provider: known.map_or("other", |known| known.name).to_owned(),
        client_id: args.client_id.clone(),
        token_url: known.map(|known| known.token_url.to_owned()).or(args.token_url).unwrap_or_default(),
        scope: known.map(|known| known.scope.to_owned()).or(args.scope).unwrap_or_default(),
    };
    let servers = mailbox::servers_to_sign_in(&caller, &args.email, known)?;
    let client = match &args.client {
        Some(name) => Some(client(caller.names(), name)?),
        None => None,
    };
    let page = known.map(|known| known.authorise_url.to_owned()).or(args.authorise_url).unwrap_or_default();

    let cannot = |error| Failure::input(format!("cannot listen on {}: {error}", args.listen));
    let listener = TcpListener::bind(args.listen).await.map_err(cannot)?;
    let back = format!("http://{}/", listener.local_addr().map_err(cannot)?);
    let (state, verifier) = (oauth::word(mail::random()?), oauth::word(mail::random()?));
    let url = oauth::authorisation_url(&page, &oauth, &back, args.email.as_str(), &state, &verifier);
    let url = url.map_err(Failure::input)?;
    output::say(format_args!(
        "Open this page and sign in as {}:\n\n{url}\n\nWaiting for the browser at {back}",
        args.email
    ));
    let code = await_code(&listener, &state, PATIENCE).await.map_err(Failure::failed)?;
    let tokens = Tokens::new(&net);
    let refresh = tokens.exchange(&oauth, secret.as_deref(), &code, &back, &verifier).await;
    let refresh = refresh.map_err(|failure| Failure::failed(probe::sentence(&failure)))?;
    let command = SignIn {
        address: args.email.clone(),
        name: args.name,
        client,
        servers,
        oauth,
        client_secret: secret,
        refresh_token: refresh,
    };
    // The names are read again: a person may have taken a quarter of an hour.
    let id = mailbox::sign_in(&opened.services(), &opened.caller().await?, command).await?;
    output::say(format_args!(
        "Signed in. See that it works with `crewbox mailbox test {}`; a running server connects by itself.",
        args.email
    ));
    output::json(&Made { mailbox_id: id, email: args.email.as_str() })?;
    opened.close().await;
    Ok(())
}

/// The client's secret, from stdin.
fn secret() -> Result<String, Failure> {
    let line = password::read()?;
    if line.trim().is_empty() {
        return Err(Failure::input("the client's secret is empty: give it on the first line of stdin"));
    }
    Ok(line.trim().to_owned())
}
