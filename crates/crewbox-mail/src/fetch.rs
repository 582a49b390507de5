//! Fetching the images of mails for the person who asked to see them, so that their sender learns nothing about that person:
//! not their address, not their browser, no cookie, no referrer.
//!
//! Owns what may be fetched: addresses under the rules of [`crate::post`], images only, few bytes, little time. Each
//! redirect is a new address under the same rules.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, LOCATION};
use reqwest::{Client, Url};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::body::image_type;
use crate::net::Net;
use crate::post::{Guarded, MAX_URL, ResolveName, literal, system_names};

/// Bytes of an image: a large photograph.
const MAX_IMAGE: usize = 5 * 1024 * 1024;
/// An image is here within this, redirects and waiting for a turn included: nobody looks at a frame for longer.
const FETCH_TIME: Duration = Duration::from_secs(10);
/// Of that, the part for connecting.
const CONNECT_TIME: Duration = Duration::from_secs(5);
/// Redirects that are followed: a link shortener, a host, and its other scheme.
const MAX_REDIRECTS: usize = 3;
/// Images that are fetched at the same time: they are in memory together.
const AT_ONCE: usize = 16;

/// An image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Its MIME type, by its first bytes.
    pub media: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Fetches images. Cheap to clone.
#[derive(Clone)]
pub struct ImageFetcher {
    net: Net,
    client: Option<Client>,
    turns: Arc<Semaphore>,
}

impl std::fmt::Debug for ImageFetcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ImageFetcher(…)")
    }
}

impl ImageFetcher {
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
            .dns_resolver(Guarded { net: net.clone(), resolve })
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .timeout(FETCH_TIME)
            .connect_timeout(CONNECT_TIME)
            .pool_max_idle_per_host(0)
            .user_agent("Crewbox image proxy")
            .no_proxy()
            .build();
        Self { net: net.clone(), client: client.ok(), turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// The image at an address.
    ///
    /// # Errors
    /// Why there is none, in a sentence for people.
    pub async fn fetch(&self, address: &str) -> Result<Fetched, &'static str> {
        timeout(FETCH_TIME, self.fetched(address)).await.unwrap_or(Err("The image did not arrive in time"))
    }

    async fn fetched(&self, address: &str) -> Result<Fetched, &'static str> {
        let client = self.client.as_ref().ok_or("TLS cannot be set up")?;
        let _turn = self.turns.acquire().await.map_err(|_| "The server stops")?;
        let mut url = Url::parse(address).map_err(|_| "The address of the image is wrong")?;
        for _ in 0..=MAX_REDIRECTS {
            self.permit(&url)?;
            let request = client.get(url.clone()).header(ACCEPT, "image/*");
            let answer = request.send().await.map_err(|_| "The server of the image cannot be reached")?;
            if !answer.status().is_redirection() {
                return read(answer).await;
            }
            let next = answer.headers().get(LOCATION).and_then(|next| next.to_str().ok());
            url = next.and_then(|next| url.join(next).ok()).ok_or("The image leads nowhere")?;
        }
        Err("The image leads from one address to the next")
    }

    fn permit(&self, url: &Url) -> Result<(), &'static str> {
        const REFUSED: &str = "The address of the image is not one that is loaded";
        let is_web = matches!(url.scheme(), "http" | "https") && url.host_str().is_some();
        let is_bare = url.username().is_empty() && url.password().is_none();
        if !is_web || !is_bare || url.as_str().chars().count() > MAX_URL {
            return Err(REFUSED);
        }
        // A host that is an address is not resolved, so it is checked here.
        literal(url)
            .map_or(Ok(()), |address| self.net.permit(&address.ip().to_string(), address))
            .map_err(|_| REFUSED)
    }
}

async fn read(mut answer: reqwest::Response) -> Result<Fetched, &'static str> {
    if !answer.status().is_success() {
        return Err("The server of the image does not have it");
    }
    let mut bytes = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(|_| "The image did not arrive as a whole")? {
        if bytes.len() + piece.len() > MAX_IMAGE {
            return Err("The image is larger than 5 MiB");
        }
        bytes.extend_from_slice(&piece);
    }
    let media = image_type(&bytes).ok_or("What is there is not an image")?;
    Ok(Fetched { media, bytes })
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::sync::Mutex;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;
    use crate::net::NetPolicy;

    fn fetcher(allow_private_hosts: bool) -> ImageFetcher {
        ImageFetcher::new(&Net::new(&NetPolicy { allow_private_hosts, ..NetPolicy::default() }).unwrap())
    }

    /// A server that gives these answers, one to each connection, and keeps the heads of the requests.
    async fn server(answers: Vec<Vec<u8>>) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, heads) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(Vec::new())));
        let kept = Arc::clone(&heads);
        tokio::spawn(async move {
            for answer in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut bytes = [0; 4_096];
                let count = stream.read(&mut bytes).await.unwrap();
                kept.lock().unwrap().push(String::from_utf8_lossy(&bytes[..count]).to_lowercase());
                let _ = stream.write_all(&answer).await;
            }
        });
        (address, heads)
    }

    fn answer(head: &str, body: &[u8]) -> Vec<u8> {
        [format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
    }

    #[tokio::test]
    async fn an_image_is_fetched_without_cookie_and_referrer_through_a_redirect() {
        let there = answer("302 Found\r\nLocation: /there\r\nSet-Cookie: a=b", b"");
        let (address, heads) =
            server(vec![there, answer("200 OK\r\nContent-Type: text/html", b"GIF89a...")]).await;
        let fetched = fetcher(true).fetch(&format!("http://{address}/here")).await.unwrap();
        assert_eq!((fetched.media, &*fetched.bytes), ("image/gif", &b"GIF89a..."[..]));
        let heads = heads.lock().unwrap();
        assert!(heads[1].starts_with("get /there "), "{heads:?}");
        assert!(heads.iter().all(|head| !head.contains("cookie") && !head.contains("referer")), "{heads:?}");
    }

    #[tokio::test]
    async fn private_addresses_are_refused_before_any_connection_and_after_a_redirect() {
        let (address, heads) = server(vec![answer("200 OK", b"GIF89a")]).await;
        let port = address.port();
        for host in [
            "127.0.0.1",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "localhost",
            "2130706433",
            "10.0.0.1",
            "169.254.169.254",
        ] {
            assert!(fetcher(false).fetch(&format!("http://{host}:{port}/")).await.is_err(), "{host}");
        }
        for address in ["file:///etc/passwd", "ftp://a.test/x", "http://u:p@a.test/", "data:image/gif,x", ""]
        {
            assert!(fetcher(true).fetch(address).await.is_err(), "{address}");
        }
        assert_eq!(heads.lock().unwrap().len(), 0);
        let away = answer("301 Moved\r\nLocation: file:///etc/passwd", b"");
        let (address, _) = server(vec![away]).await;
        assert!(fetcher(true).fetch(&format!("http://{address}/")).await.is_err());
    }

    #[tokio::test]
    async fn what_is_no_image_or_too_large_is_not_given() {
        let large = [&b"GIF89a"[..], &vec![0; MAX_IMAGE]].concat();
        let circle = answer("302 Found\r\nLocation: /", b"");
        for answers in [
            vec![answer("200 OK\r\nContent-Type: image/svg+xml", b"<svg xmlns=x>")],
            vec![answer("200 OK\r\nContent-Type: image/png", b"<html>")],
            vec![answer("404 Not Found", b"GIF89a")],
            vec![answer("200 OK", &large)],
            vec![circle; MAX_REDIRECTS + 1],
        ] {
            let (address, _) = server(answers).await;
            assert!(fetcher(true).fetch(&format!("http://{address}/")).await.is_err());
        }
    }
}
