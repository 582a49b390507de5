//! Connections to mail servers: names resolved, private addresses refused, TLS checked, every step bounded.
//!
//! Owns which hosts we connect to and which certificates we trust. The address that was checked is the
//! address connected to, so a name that resolves to another one in between gains nothing. Never puts a password into an
//! error; every failure says what to change.

mod address;
mod stream;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{CertificateError, ClientConfig, Error as TlsError, RootCertStore};

pub use address::is_private;
pub use stream::Stream;

/// How long a name may take to resolve, a server to accept, and TLS to agree: long enough for the other end of
/// the world, short enough to try the next address.
const STEP_TIME: Duration = Duration::from_secs(15);

/// Which hosts the operator lets us connect to, and which certificates we trust.
#[derive(Clone, Debug, Default)]
pub struct NetPolicy {
    /// Hosts on this machine and on private networks too.
    pub allow_private_hosts: bool,
    /// A PEM file of certificates to trust besides the usual ones.
    pub extra_ca: Option<PathBuf>,
    /// The name to greet SMTP servers with; without one it is the domain of the sender's address.
    pub ehlo_name: Option<String>,
}

/// The step of connecting that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The host's name.
    Dns,
    /// The connection, or the permission to make it.
    Connect,
    /// TLS and its certificate.
    Tls,
}

/// A connection that could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct NetError {
    /// Where it failed.
    pub step: Step,
    /// What failed and what to change, for people.
    pub sentence: String,
}

impl NetError {
    fn new(step: Step, sentence: impl Into<String>) -> Self {
        Self { step, sentence: sentence.into() }
    }
}

/// Makes connections. Cheap to clone.
#[derive(Clone)]
pub struct Net {
    allow_private_hosts: bool,
    ehlo_name: Option<Arc<str>>,
    tls: Arc<ClientConfig>,
}

impl std::fmt::Debug for Net {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Net").field("allow_private_hosts", &self.allow_private_hosts).finish_non_exhaustive()
    }
}

impl Net {
    /// Reads the certificates to trust: Mozilla's list, the system's, and the operator's file.
    ///
    /// # Errors
    /// One sentence when the operator's file cannot be read.
    pub fn new(policy: &NetPolicy) -> Result<Self, String> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        // What the system does not have, or cannot read, the list above has.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if let Some(file) = &policy.extra_ca {
            let unread = |error: &dyn std::fmt::Display| {
                format!(
                    "the certificates in {} cannot be read: {error}; it must be a PEM file",
                    file.display()
                )
            };
            let certificates = CertificateDer::pem_file_iter(file).map_err(|error| unread(&error))?;
            for certificate in certificates {
                let certificate = certificate.map_err(|error| unread(&error))?;
                roots.add(certificate).map_err(|error| unread(&error))?;
            }
        }
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("TLS cannot be set up: {error}"))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            allow_private_hosts: policy.allow_private_hosts,
            ehlo_name: policy.ehlo_name.as_deref().map(Arc::from),
            tls: Arc::new(tls),
        })
    }

    /// The name that the operator has set for greeting SMTP servers.
    #[must_use]
    pub fn ehlo_name(&self) -> Option<&str> {
        self.ehlo_name.as_deref()
    }

    /// The TLS settings, for other clients over the same trust.
    #[must_use]
    pub fn tls_config(&self) -> ClientConfig {
        (*self.tls).clone()
    }

    /// Whether this address may be connected to.
    ///
    /// # Errors
    /// The sentence that refuses it.
    pub fn permit(&self, host: &str, address: SocketAddr) -> Result<(), NetError> {
        if self.allow_private_hosts || !is_private(address.ip()) {
            return Ok(());
        }
        Err(NetError::new(
            Step::Connect,
            format!(
                "{host} is on this machine or a private network: start the server with --allow-private-hosts if that is meant"
            ),
        ))
    }

    /// Resolves a host's name.
    ///
    /// # Errors
    /// A sentence, when there is no such name.
    pub async fn resolve(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, NetError> {
        let unknown = |why: String| {
            NetError::new(
                Step::Dns,
                format!("the name {host} cannot be resolved ({why}): check the host's spelling"),
            )
        };
        let found = timeout(STEP_TIME, tokio::net::lookup_host((host, port))).await;
        let found = found.map_err(|_| unknown("no answer in time".into()))?;
        let addresses: Vec<SocketAddr> = found.map_err(|error| unknown(plain(&error)))?.collect();
        if addresses.is_empty() {
            return Err(unknown("it has no address".into()));
        }
        Ok(addresses)
    }

    /// Connects to the first address that answers.
    ///
    /// # Errors
    /// A sentence for the step that failed.
    pub async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, NetError> {
        let addresses = self.resolve(host, port).await?;
        let mut last = None;
        for address in addresses {
            if let Err(refused) = self.permit(host, address) {
                last = Some(refused);
                continue;
            }
            let why = match timeout(STEP_TIME, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    // Commands are short and wait for their answers.
                    let _ = stream.set_nodelay(true);
                    return Ok(stream);
                }
                Ok(Err(error)) => plain(&error),
                Err(_) => "no answer in time".to_owned(),
            };
            let what = format!(
                "{host} does not answer on port {port} ({why}): check host and port, and that a firewall lets us out"
            );
            last = Some(NetError::new(Step::Connect, what));
        }
        Err(last.unwrap_or_else(|| NetError::new(Step::Dns, format!("{host} has no address"))))
    }

    /// Agrees on TLS over a connection, for the host's name.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the certificate.
    pub async fn secure(&self, stream: TcpStream, host: &str) -> Result<Stream, NetError> {
        let name = ServerName::try_from(host.to_owned()).map_err(|_| {
            NetError::new(Step::Tls, format!("{host} is no name a certificate can be for: check the host"))
        })?;
        let agreed = timeout(STEP_TIME, TlsConnector::from(self.tls.clone()).connect(name, stream)).await;
        match agreed {
            Ok(Ok(stream)) => Ok(Stream::Tls(Box::new(stream))),
            Ok(Err(error)) => Err(NetError::new(Step::Tls, tls_sentence(host, &error))),
            Err(_) => Err(NetError::new(
                Step::Tls,
                format!("{host} does not speak TLS on this port: check the port and how it is secured"),
            )),
        }
    }
}

/// What is wrong with a TLS handshake, and what to change.
fn tls_sentence(host: &str, error: &io::Error) -> String {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>());
    match inner {
        Some(TlsError::InvalidCertificate(wrong)) => match wrong {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                format!("the certificate of {host} has expired: its operator must renew it")
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                format!("the certificate of {host} is for another name: use the host name it is for")
            }
            // An issuer we know by name with another key is none we trust either.
            CertificateError::UnknownIssuer
            | CertificateError::BadSignature
            | CertificateError::UnsupportedSignatureAlgorithmContext { .. }
            | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => format!(
                "the certificate of {host} is not signed by a trusted issuer: give the issuer's certificate with --ca-file, or check the host"
            ),
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                format!("the certificate of {host} is not valid yet: check the clocks of both machines")
            }
            other => format!("the certificate of {host} is not acceptable: {other}"),
        },
        Some(TlsError::InvalidMessage(_)) => {
            format!("{host} does not speak TLS on this port: check the port and how it is secured")
        }
        Some(other) => format!("{host} and we cannot agree on TLS: {other}"),
        None => format!("{host} broke the connection off during TLS ({}): check the port", plain(error)),
    }
}

/// An I/O error in few words, without the system's error number.
pub(crate) fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}
