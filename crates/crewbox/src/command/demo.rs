//! `crewbox demo`: a sample account, served.

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::styling::{AnsiColor, Style};
use crewbox_store::{Open, Store, StoreError};
use crewbox_web::Settings;
use serde::Serialize;

use crate::demo::{DemoMember, Draw, MAX_CONVERSATIONS, MAX_MEMBERS, fill};
use crate::failure::Failure;
use crate::server::{self, Mailboxes, Port};
use crate::{clock, output, progress};

const EXAMPLES: &str = "\
Examples:
  crewbox demo                                  in a temporary directory, gone when it ends
  crewbox demo --data ./demo --conversations 20000
  crewbox demo --json | head -1 | jq -r .members[0].api_key

Without --data nothing is left behind. Every mail in it is real RFC 5322 and came in the way any mail does.
The same seed draws the same account; times are relative to now.";

/// Fill a directory with a sample account and serve it
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DemoArgs {
    /// An empty directory to fill and keep; without it a temporary one, gone at the end
    #[arg(long, env = "CREWBOX_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where to listen; port 0 picks a free one
    #[arg(long, env = "CREWBOX_LISTEN", value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Team members
    #[arg(long, env = "CREWBOX_MEMBERS", value_name = "N", default_value_t = 8,
        value_parser = clap::value_parser!(u64).range(1..=MAX_MEMBERS))]
    members: u64,
    /// Conversations
    #[arg(long, env = "CREWBOX_CONVERSATIONS", value_name = "N", default_value_t = 2_000,
        value_parser = clap::value_parser!(u64).range(1..=MAX_CONVERSATIONS))]
    conversations: u64,
    /// What everything is drawn from
    #[arg(long, env = "CREWBOX_SEED", value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Print one JSON line instead of words, once it answers
    #[arg(long, env = "CREWBOX_JSON")]
    json: bool,
}

#[derive(Serialize)]
struct Serving<'a> {
    url: &'a str,
    members: &'a [DemoMember],
}

pub(crate) async fn run(args: DemoArgs) -> Result<(), Failure> {
    // Kept until the end: dropping it removes the directory.
    let temporary = match &args.data {
        Some(_) => None,
        None => Some(tempfile::Builder::new().prefix("crewbox-demo-").tempdir().map_err(|error| {
            Failure::failed(format!("cannot make a temporary directory: {error}; name one with --data"))
        })?),
    };
    let dir = match (&args.data, &temporary) {
        (Some(dir), _) => dir.as_path(),
        (None, Some(temporary)) => temporary.path(),
        (None, None) => return Err(Failure::input("name a directory with --data")),
    };
    let store = open(dir)?;
    if !store.accounts().await?.is_empty() {
        store.close().await;
        return Err(Failure::input(format!(
            "{dir} holds an account already: serve it with `crewbox serve --data {dir}`, or name an empty directory",
            dir = dir.display()
        )));
    }
    let port = match Port::take(args.listen).await {
        Ok(port) => port,
        Err(failure) => {
            store.close().await;
            return Err(failure);
        }
    };
    let draw = Draw {
        seed: args.seed,
        members: usize::try_from(args.members).unwrap_or(usize::MAX),
        conversations: usize::try_from(args.conversations).unwrap_or(usize::MAX),
        now: clock::now(),
    };
    let bar = progress::bar(0, "mails");
    bar.set_message("filling the demo");
    let members = fill(&store, draw, &password()?, &port.url, &bar).await?;
    let mails = bar.length().unwrap_or_default();
    bar.finish_and_clear();
    let url = port.url.clone();
    server::serve(store, port, Settings::default(), Mailboxes::Alone, None, || {
        if args.json {
            return output::json(&Serving { url: &url, members: &members });
        }
        let kept = args.data.as_ref().map(|dir| dir.display().to_string());
        welcome(&url, &members, args.conversations, mails, kept.as_deref())
    })
    .await
}

/// Opens a new or empty directory, or one that holds a store already; any other directory is somebody's, and nothing is
/// put into it.
fn open(dir: &Path) -> Result<Store, Failure> {
    // What cannot be listed is not known to be empty; one that is not there can be made.
    let is_free = match std::fs::read_dir(dir) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    };
    match Store::open(&Open { create: is_free, ..Open::server(dir) }) {
        Err(StoreError::NoData(_)) => Err(Failure::input(format!(
            "{} is not empty and holds no Crewbox data: name an empty or a new directory with --data",
            dir.display()
        ))),
        other => Ok(other?),
    }
}

/// A password that nobody can guess, for all members of this demo: it may listen on a network.
fn password() -> Result<String, Failure> {
    let mut bytes = [0_u8; 9];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::failed(format!("the system gives no randomness: {error}")))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn welcome(
    url: &str,
    members: &[DemoMember],
    conversations: u64,
    mails: u64,
    kept: Option<&str>,
) -> Result<(), Failure> {
    let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let paint =
        |style: Style, text: &str| if colour { format!("{style}{text}{style:#}") } else { text.to_owned() };
    let strong = Style::new().bold();
    let accent = Style::new().bold().fg_color(Some(AnsiColor::Cyan.into()));
    let dim = Style::new().dimmed();
    let mut text = format!("\n  {}  {}\n\n", paint(strong, "Crewbox demo"), paint(accent, url));
    text.push_str(&format!("  {conversations} conversations, {mails} mails, {} members\n\n", members.len()));
    if let Some(first) = members.first() {
        let inbox = format!("The inbox of {}; this link signs in once:", first.name);
        text.push_str(&format!("  {}\n  {}\n\n", paint(dim, &inbox), paint(accent, &first.sign_in_url)));
    }
    let width = members.iter().map(|member| member.name.chars().count()).max().unwrap_or_default();
    text.push_str(&format!("  {}\n", paint(dim, "API keys, one a member")));
    for member in members {
        text.push_str(&format!("  {:width$}  {}\n", member.name, paint(accent, &member.api_key)));
    }
    if let Some(first) = members.first() {
        text.push_str(&format!("\n  {}\n", paint(dim, &format!("What is assigned to {}:", first.name))));
        text.push_str(&format!(
            "  curl -s '{url}/api/v1/master-inbox/assigned-me' -H 'Authorization: Bearer {}' -H 'Content-Type: application/json' -d '{{\"limit\":5}}'\n",
            first.api_key
        ));
    }
    let ending = match kept {
        Some(dir) => format!("Stop with Ctrl-C; the data stays in {dir}."),
        None => "Stop with Ctrl-C; nothing is left behind.".to_owned(),
    };
    text.push_str(&format!("\n  {}", paint(dim, &ending)));
    output::line(format_args!("{text}"))
}
