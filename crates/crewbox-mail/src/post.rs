//! Posting to addresses that users chose: webhooks.
//!
//! Owns where such a request may go. The name is resolved once for each connection, every address of it is checked, and
//! the connection goes to one of exactly these addresses, so that a name which changes in between gains nothing. No
//! redirect is followed, no proxy is used, the time is bounded, and nothing of the answer but its status is read.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Url};
use tokio::time::timeout;

use crate::net::{Net, NetError, Step};

/// A receiver connects, takes the request and answers within this. The public contract lets receivers work for ten
/// seconds.
const POST_TIME: Duration = Duration::from_secs(10);
/// Of that, the part for connecting: what takes longer is not there.
const CONNECT_TIME: Duration = Duration::from_secs(5);
/// Connections kept open to one receiver: deliveries to it follow each other.
const IDLE_CONNECTIONS: usize = 1;
/// How long they are kept.
const IDLE_TIME: Duration = Duration::from_secs(30);
/// The longest address, in characters: what browsers and servers take.
pub(crate) const MAX_URL: usize = 2_000;

/// Addresses of a name.
pub type Resolved = Pin<Box<dyn Future<Output = Result<Vec<SocketAddr>, NetError>> + Send>>;
/// Finds the addresses of a name.
pub type ResolveName = Arc<dyn Fn(String) -> Resolved + Send + Sync>;

/// The addresses that the system finds.
pub(crate) fn system_names(net: &Net) -> ResolveName {
    let net = net.clone();
    Arc::new(move |host| {
        let net = net.clone();
        Box::pin(async move { net.resolve(&host, 0).await })
    })
}

/// A request that was not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostError {
    /// What failed, in one sentence that holds nothing of the request but the host's name.
    pub sentence: String,
    /// Another try cannot succeed: the address is wrong, or may not be connected to.
    pub is_final: bool,
}

impl PostError {
    fn temporary(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), is_final: false }
    }
}

/// Posts. Cheap to clone.
#[derive(Clone)]
pub struct Poster {
    net: Net,
    resolve: ResolveName,
    client: Option<Client>,
}

impl std::fmt::Debug for Poster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Poster(…)")
    }
}

impl Poster {
    /// Over this network, with the system's names.
    #[must_use]
    pub fn new(net: &Net) -> Self {
        Self::with_names(net, system_names(net))
    }

    /// Over this network, with other names.
    #[must_use]
    pub fn with_names(net: &Net, resolve: ResolveName) -> Self {
        let client = Client::builder()
            .tls_backend_preconfigured(net.tls_config())
            .dns_resolver(Guarded { net: net.clone(), resolve: Arc::clone(&resolve) })
            .redirect(reqwest::redirect::Policy::none())
            .timeout(POST_TIME)
            .connect_timeout(CONNECT_TIME)
            .pool_max_idle_per_host(IDLE_CONNECTIONS)
            .pool_idle_timeout(IDLE_TIME)
            .user_agent(concat!("Crewbox/", env!("CARGO_PKG_VERSION")))
            .no_proxy()
            .build();
        Self { net: net.clone(), resolve, client: client.ok() }
    }

    /// Whether an address can be posted to, as far as can be told without connecting. A name that does not resolve now
    /// may do so later.
    ///
    /// # Errors
    /// What is wrong with it, as the rest of a sentence that begins with what the address is called.
    pub async fn check(&self, url: &str) -> Result<(), String> {
        let url = parse(url)?;
        let private = |error: NetError| format!("cannot be connected to: {}", error.sentence);
        if let Some(address) = literal(&url) {
            return self.net.permit(&address.ip().to_string(), address).map_err(private);
        }
        let host = url.host_str().unwrap_or_default().to_owned();
        let Ok(Ok(addresses)) = timeout(CONNECT_TIME, (self.resolve)(host.clone())).await else {
            return Ok(());
        };
        addresses.into_iter().try_for_each(|address| self.net.permit(&host, address)).map_err(private)
    }

    /// Posts JSON; the status of the answer.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn post(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
    ) -> Result<u16, PostError> {
        let url = parse(url)
            .map_err(|rest| PostError { sentence: format!("the address {rest}"), is_final: true })?;
        // A host that is an address is not resolved, so it is checked here.
        if let Some(address) = literal(&url) {
            self.net.permit(&address.ip().to_string(), address).map_err(refused)?;
        }
        let client = self.client.as_ref().ok_or_else(|| PostError::temporary("TLS cannot be set up"))?;
        let mut request = client.post(url).header(CONTENT_TYPE, "application/json").body(body);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        match request.send().await {
            // The rest of the answer is not read: the connection ends with it.
            Ok(answer) => Ok(answer.status().as_u16()),
            Err(error) => Err(failed(&error)),
        }
    }
}

/// Reads an address.
fn parse(text: &str) -> Result<Url, String> {
    if text.chars().count() > MAX_URL {
        return Err(format!("cannot exceed {MAX_URL} characters"));
    }
    let url =
        Url::parse(text).map_err(|_| "must be a URL such as https://hooks.example/crewbox".to_owned())?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err("must begin with https:// or http://".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold a user name or a password: deliveries are signed instead".to_owned());
    }
    Ok(url)
}

/// The address, where the host is one and not a name.
pub(crate) fn literal(url: &Url) -> Option<SocketAddr> {
    let host = url.host_str()?.trim_matches(['[', ']']);
    let address: IpAddr = host.parse().ok()?;
    Some(SocketAddr::new(address, url.port_or_known_default().unwrap_or(443)))
}

fn refused(error: NetError) -> PostError {
    PostError { is_final: error.step == Step::Connect, sentence: error.sentence }
}

/// Why a request failed. The library's own words may hold the address, which may hold a secret in its path.
fn failed(error: &reqwest::Error) -> PostError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = std::error::Error::source(error);
    while let Some(inner) = cause {
        if let Some(net) = inner.downcast_ref::<NetError>() {
            return refused(net.clone());
        }
        cause = inner.source();
    }
    PostError::temporary(if error.is_timeout() {
        "no answer within 10 seconds"
    } else if error.is_connect() {
        "the receiver cannot be connected to"
    } else {
        "the connection ended before the answer"
    })
}

/// Resolves names, and refuses one of which any address is private: it gives exactly the addresses that it checked.
pub(crate) struct Guarded {
    pub(crate) net: Net,
    pub(crate) resolve: ResolveName,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let (net, host) = (self.net.clone(), name.as_str().to_owned());
        let found = (self.resolve)(host.clone());
        Box::pin(async move {
            let found = found.await?;
            found.iter().try_for_each(|address| net.permit(&host, *address))?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;
    use crate::net::NetPolicy;

    fn net(allow_private_hosts: bool) -> Net {
        Net::new(&NetPolicy { allow_private_hosts, ..NetPolicy::default() }).unwrap()
    }

    /// Names that have these addresses, one list after the other; the last one stays.
    fn names(lists: Vec<Vec<SocketAddr>>) -> (ResolveName, Arc<AtomicUsize>) {
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&asked);
        let resolve: ResolveName = Arc::new(move |_| {
            let number = counted.fetch_add(1, Ordering::SeqCst).min(lists.len() - 1);
            let list = lists[number].clone();
            Box::pin(async move { Ok(list) })
        });
        (resolve, asked)
    }

    /// A receiver that gives this answer to each request, and counts them.
    async fn receiver(answer: &'static str) -> (SocketAddr, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, count) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
        let counted = Arc::clone(&count);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let mut bytes = [0; 4_096];
                let _ = stream.read(&mut bytes).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        (address, count)
    }

    #[tokio::test]
    async fn private_addresses_are_refused_in_every_form_before_any_connection() {
        let (address, count) = receiver("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
        let poster = Poster::new(&net(false));
        let port = address.port();
        for url in [
            format!("http://127.0.0.1:{port}/"),
            format!("http://localhost:{port}/"),
            format!("http://[::1]:{port}/"),
            format!("http://[::ffff:127.0.0.1]:{port}/"),
            format!("http://2130706433:{port}/"),
            format!("http://0x7f.1:{port}/"),
            format!("http://0:{port}/"),
            "http://169.254.169.254/latest/meta-data".to_owned(),
            "https://10.0.0.1/".to_owned(),
        ] {
            let refused = poster.check(&url).await.unwrap_err();
            assert!(refused.contains("--allow-private-hosts"), "{url}: {refused}");
            let failed = poster.post(&url, &[], Vec::new()).await.unwrap_err();
            assert!(failed.is_final && failed.sentence.contains("private network"), "{url}: {failed:?}");
        }
        assert_eq!(count.load(Ordering::SeqCst), 0);
        for url in ["ftp://a.example/", "file:///etc/passwd", "nonsense", "https://u:p@a.example/", ""] {
            assert!(poster.check(url).await.is_err(), "{url}");
        }
        let long = format!("https://a.example/{}", "x".repeat(MAX_URL));
        assert!(poster.check(&long).await.is_err());
    }

    #[tokio::test]
    async fn a_name_that_changes_to_a_private_address_gains_nothing() {
        let (local, count) = receiver("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
        let public: SocketAddr = "203.0.114.7:80".parse().unwrap();
        let url = format!("http://hooks.example:{}/", local.port());
        // One private address among others is enough, whatever their order.
        for list in [vec![local], vec![public, local], vec![local, public]] {
            let (resolve, asked) = names(vec![vec![public], list]);
            let poster = Poster::with_names(&net(false), resolve);
            assert_eq!(poster.check(&url).await, Ok(()), "public when it was saved");
            let failed = poster.post(&url, &[], Vec::new()).await.unwrap_err();
            assert!(failed.is_final, "{failed:?}");
            assert_eq!(asked.load(Ordering::SeqCst), 2, "resolved once for the connection");
        }
        assert_eq!(count.load(Ordering::SeqCst), 0);
    }

    #[tokio::test]
    async fn the_address_that_was_checked_is_connected_to_and_no_redirect_is_followed() {
        let (inside, reached) = receiver("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
        let answer = format!("HTTP/1.1 302 Found\r\nLocation: http://{inside}/\r\nContent-Length: 0\r\n\r\n");
        let (address, count) = receiver(Box::leak(answer.into_boxed_str())).await;
        let (resolve, asked) = names(vec![vec![address], vec![inside]]);
        let poster = Poster::with_names(&net(true), resolve);
        let url = format!("http://hooks.example:{}/", address.port());
        assert_eq!(poster.post(&url, &[], b"{}".to_vec()).await, Ok(302));
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        assert_eq!((count.load(Ordering::SeqCst), reached.load(Ordering::SeqCst)), (1, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_receiver_that_never_answers_is_given_up() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/secret-in-the-path", listener.local_addr().unwrap());
        let failed = Poster::new(&net(true)).post(&url, &[], Vec::new()).await.unwrap_err();
        assert!(!failed.is_final, "{failed:?}");
        assert!(!failed.sentence.contains("secret"), "{failed:?}");
    }
}
