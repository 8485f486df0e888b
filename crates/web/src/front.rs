//! What stands between a client and the application: TLS, and proxies that are believed.
//!
//! Guarantee: what a header says of the client counts only if the connection comes from a trusted
//! network, and only as far as trusted proxies wrote it: the first address from the right that is
//! none of theirs is the client. A certificate that can't be used is an error at the start, and at
//! a reload leaves the one in force.

use http::{HeaderMap, HeaderName};
use parking_lot::RwLock;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use trackway_hub::net::Net;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// How a server is reached. `Default`: plain HTTP, and no proxy is believed.
#[derive(Clone, Debug, Default)]
pub struct Front {
    pub tls: Option<Arc<Tls>>,
    pub trusted: Arc<[Net]>,
}

/// Who calls, in a request's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    pub address: IpAddr,
    /// Whether the client itself came by HTTPS.
    pub https: bool,
}

impl Front {
    /// The client behind a connection.
    pub fn client(&self, peer: SocketAddr, headers: &HeaderMap) -> Client {
        let mut client = Client {
            address: peer.ip().to_canonical(),
            https: self.tls.is_some(),
        };
        if !self.trusts(client.address) {
            return client;
        }
        let lists = headers.get_all(FORWARDED_FOR);
        let named: Vec<&str> = lists
            .iter()
            .filter_map(|list| list.to_str().ok())
            .flat_map(|list| list.split(','))
            .collect();
        for name in named.iter().rev() {
            let Some(address) = address(name) else { break };
            client.address = address;
            if !self.trusts(address) {
                break;
            }
        }
        // Of several proxies the outermost, which the client spoke to, wrote first.
        if let Some(scheme) = headers.get(FORWARDED_PROTO).and_then(|s| s.to_str().ok()) {
            let first = scheme.split(',').next().unwrap_or_default();
            client.https = first.trim().eq_ignore_ascii_case("https");
        }
        client
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|net| net.contains(address))
    }
}

/// An address as proxies write it: bare, with a port, or in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let parsed = bare.parse().ok();
    let parsed = parsed.or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()));
    parsed.map(|address: IpAddr| address.to_canonical())
}

/// Why a certificate can't be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("the {what} {path} can't be read as PEM: {problem}")]
    File {
        what: &'static str,
        path: String,
        problem: String,
    },
    #[error("the certificate {path} can't be used with this key: {problem}")]
    Pair {
        path: String,
        problem: rustls::Error,
    },
}

/// A certificate with its key, which can be read anew while connections come in.
#[derive(Debug)]
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    config: RwLock<Arc<ServerConfig>>,
}

impl Tls {
    /// Reads a certificate chain and its key, both PEM.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        Ok(Self {
            config: RwLock::new(read(certificate, key)?),
            certificate: certificate.to_owned(),
            key: key.to_owned(),
        })
    }

    /// Reads the files again: connections from now on see what is in them.
    pub fn reload(&self) -> Result<(), TlsError> {
        let config = read(&self.certificate, &self.key)?;
        *self.config.write() = config;
        Ok(())
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.config.read().clone())
    }
}

fn read(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, TlsError> {
    let wrong = |what, path: &Path, problem: String| TlsError::File {
        what,
        path: path.display().to_string(),
        problem,
    };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| wrong("certificate", certificate, error.to_string()))?;
    let private = PrivateKeyDer::from_pem_file(key)
        .map_err(|error| wrong("private key", key, error.to_string()))?;
    let pair = |problem| TlsError::Pair {
        path: certificate.display().to_string(),
        problem,
    };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|config| {
            config
                .with_no_client_auth()
                .with_single_cert(chain, private)
        })
        .map_err(pair)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// An error of a connection that says nothing but that the client went away.
pub(crate) fn is_gone(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn front(trusted: &[&str]) -> Front {
        Front {
            tls: None,
            trusted: trusted.iter().map(|net| net.parse().unwrap()).collect(),
        }
    }

    fn headers(rows: &[(HeaderName, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in rows {
            headers.append(name, value.parse().unwrap());
        }
        headers
    }

    fn seen(front: &Front, peer: &str, rows: &[(HeaderName, &str)]) -> (String, bool) {
        let client = front.client(peer.parse().unwrap(), &headers(rows));
        (client.address.to_string(), client.https)
    }

    #[test]
    fn only_trusted_proxies_say_who_calls() {
        let front = front(&["10.0.0.0/8", "::1"]);
        let told = [(FORWARDED_FOR, "198.51.100.7"), (FORWARDED_PROTO, "https")];
        let plain = |address: &str| (address.to_owned(), false);
        assert_eq!(
            seen(&front, "203.0.113.9:5000", &told),
            plain("203.0.113.9")
        );
        let believed = ("198.51.100.7".to_owned(), true);
        assert_eq!(seen(&front, "10.1.2.3:5000", &told), believed);
        assert_eq!(seen(&front, "[::1]:5000", &told), believed);
        assert_eq!(seen(&front, "[::ffff:10.1.2.3]:5000", &told), believed);
        assert_eq!(
            seen(&Front::default(), "10.1.2.3:5000", &told),
            plain("10.1.2.3")
        );
    }

    #[test]
    fn a_client_can_not_put_words_into_a_proxys_mouth() {
        let front = front(&["10.0.0.0/8"]);
        for (list, client) in [
            ("127.0.0.1, 198.51.100.7", "198.51.100.7"),
            ("198.51.100.7, 10.0.0.2", "198.51.100.7"),
            ("6.6.6.6, 198.51.100.7:1234, 10.0.0.2", "198.51.100.7"),
            ("nonsense, 10.0.0.2", "10.0.0.2"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("nonsense", "10.1.2.3"),
            ("", "10.1.2.3"),
        ] {
            let told = [(FORWARDED_FOR, list)];
            assert_eq!(seen(&front, "10.1.2.3:5000", &told).0, client, "{list}");
        }
        let two_lines = [
            (FORWARDED_FOR, "6.6.6.6"),
            (FORWARDED_FOR, "198.51.100.7, 10.0.0.2"),
        ];
        assert_eq!(seen(&front, "10.1.2.3:5000", &two_lines).0, "198.51.100.7");
    }
}
