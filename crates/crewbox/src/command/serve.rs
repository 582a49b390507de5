//! `crewbox serve`: the server of a directory.

use std::net::{IpAddr, SocketAddr};

use clap::Args;
use crewbox_store::Store;
use crewbox_web::{Origin, Settings};
use ipnet::IpNet;

use crate::data::DirArgs;
use crate::failure::Failure;
use crate::net::NetArgs;
use crate::output;
use crate::server::{self, Mailboxes, Port};

const EXAMPLES: &str = "\
Examples:
  crewbox serve                                       on http://127.0.0.1:8080, data in ./crewbox-data
  crewbox serve --data /srv/crewbox --listen 0.0.0.0:8080 --public-url https://inbox.example.org
  crewbox serve --listen 127.0.0.1:0                  on a free port, which the printed line names

The directory is made if it must be. Where it holds no account, a link to set it up in a browser is printed to stderr; accounts,
members and keys are also made with `crewbox setup`, `member` and `key`, while this runs too. Put a reverse proxy with TLS in front of it. Shuts down cleanly on SIGTERM or Ctrl-C.
Prints one line with its URL once it answers; the log goes to stderr (--log info, --log-format json).";

/// Serve the web inbox and the API of a data directory
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    dir: DirArgs,
    /// Where to listen; port 0 picks a free one
    #[arg(long, env = "CREWBOX_LISTEN", value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Where clients reach this server, for the links to attachments in answers
    #[arg(long, env = "CREWBOX_PUBLIC_URL", value_name = "URL", value_parser = public_url)]
    public_url: Option<String>,
    /// Proxies that are believed about who calls (X-Forwarded-For) and how (X-Forwarded-Proto), as networks with commas
    /// between; these networks may read /metrics, too. A proxy on this machine is always believed, and must set
    /// X-Forwarded-For: without it, whoever comes through it counts as this machine
    #[arg(
        long,
        env = "CREWBOX_TRUSTED_PROXY",
        value_name = "CIDR",
        value_delimiter = ',',
        default_value = "127.0.0.0/8,::1/128",
        value_parser = network
    )]
    trusted_proxy: Vec<IpNet>,
    /// The origin of a web page whose scripts may call the API from a browser (CORS), such as `https://crm.example.org`; may
    /// be given several times, or with commas between. Without it, no page of another origin may
    #[arg(long, env = "CREWBOX_ALLOW_ORIGIN", value_name = "URL", value_delimiter = ',', value_parser = origin)]
    allow_origin: Vec<Origin>,
    #[command(flatten)]
    net: NetArgs,
}

/// The origin of a web page.
fn origin(text: &str) -> Result<Origin, String> {
    Origin::parse(text).ok_or_else(|| {
        "an origin looks like https://crm.example.org or http://localhost:3000: no path, and each one by itself (no `*`)"
            .into()
    })
}

/// A network, or one address.
fn network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    let network = text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
    network.ok_or_else(|| "a network looks like 10.0.0.0/8, or like 192.0.2.1 for one address".into())
}

fn public_url(text: &str) -> Result<String, String> {
    let url = text.trim().trim_end_matches('/');
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    match host {
        Some(host) if !host.is_empty() && !host.contains(char::is_whitespace) => Ok(url.to_owned()),
        _ => Err("a public URL looks like https://inbox.example.org".into()),
    }
}

pub(crate) async fn run(args: ServeArgs) -> Result<(), Failure> {
    let net = crate::mail::net(&args.net)?;
    // The store first: "another server has this directory" says more than "the port is taken".
    let store = Store::open(&args.dir.as_server())?;
    let accounts = store.accounts().await?;
    let port = match Port::take(args.listen).await {
        Ok(port) => port,
        Err(failure) => {
            store.close().await;
            return Err(failure);
        }
    };
    let url = port.url.clone();
    let setup_key = if accounts.is_empty() { Some(random_key()?) } else { None };
    let public_url = args.public_url.clone().unwrap_or_else(|| url.clone());
    let setup_link = setup_key.as_ref().map(|key| format!("{public_url}/setup?key={key}"));
    let settings = Settings {
        public_url: args.public_url,
        trusted_proxies: args.trusted_proxy,
        allowed_origins: args.allow_origin,
        ..Settings::default()
    };
    let dir = args.dir.data.display();
    server::serve(store, port, settings, Mailboxes::Connected(net), setup_key, || {
        if let Some(link) = setup_link {
            output::say(format_args!(
                "There is no account yet. Open this link to make it, or use `crewbox setup --data {dir}`:\n  {link}"
            ));
        }
        output::say(format_args!("Serving {dir}. Stop with Ctrl-C."));
        output::line(format_args!("{url}"))
    })
    .await
}

/// A key that nobody can guess, for the link that sets a new server up.
fn random_key() -> Result<String, Failure> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::failed(format!("the system gives no randomness: {error}")))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trusted_proxy_is_a_network_or_an_address() {
        for (text, network_of_it) in
            [("10.0.0.0/8", "10.0.0.0/8"), (" 192.0.2.1", "192.0.2.1/32"), ("2001:db8::1", "2001:db8::1/128")]
        {
            assert_eq!(network(text).unwrap().to_string(), network_of_it);
        }
        for wrong in ["", "10.0.0.0/33", "proxy.example", "192.0.2"] {
            assert!(network(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_public_url_has_a_scheme_a_host_and_no_slash_at_its_end() {
        assert_eq!(public_url("https://inbox.example.org/").unwrap(), "https://inbox.example.org");
        for wrong in ["", "inbox.example.org", "https://", "ftp://x"] {
            assert!(public_url(wrong).is_err(), "{wrong}");
        }
    }
}
