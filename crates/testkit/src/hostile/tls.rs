//! TLS that should not be trusted, and an authority to compare it with.

use super::{Inner, Mouth, Trick, acts};
use anyhow::Context;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::server::TlsStream;

/// Tricks that show a certificate.
const SHOWN: [Trick; 5] = [
    Trick::TlsGood,
    Trick::TlsExpired,
    Trick::TlsNotYet,
    Trick::TlsSelfSigned,
    Trick::TlsWrongName,
];

/// Who signs the certificates of hostile servers; whoever trusts it sees what is wrong beside.
pub struct Authority {
    certificate: String,
    acceptors: BTreeMap<Trick, TlsAcceptor>,
}

impl Authority {
    pub fn new() -> anyhow::Result<Arc<Self>> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![
            KeyUsagePurpose::KeyCertSign,
            KeyUsagePurpose::DigitalSignature,
        ];
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        let acceptors = SHOWN
            .into_iter()
            .map(|trick| Ok((trick, acceptor(trick, &issuer)?)))
            .collect::<anyhow::Result<_>>()?;
        Ok(Arc::new(Self {
            certificate: issuer.pem(),
            acceptors,
        }))
    }

    /// Its certificate (PEM), for those who are to trust it.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    pub(super) async fn accept(
        &self,
        stream: TcpStream,
        trick: Trick,
    ) -> io::Result<TlsStream<TcpStream>> {
        let acceptor = self.acceptors.get(&trick);
        let acceptor = acceptor.unwrap_or(&self.acceptors[&Trick::TlsGood]);
        acceptor.accept(stream).await
    }
}

fn acceptor(trick: Trick, issuer: &CertifiedIssuer<'_, KeyPair>) -> anyhow::Result<TlsAcceptor> {
    let name = match trick {
        Trick::TlsWrongName => "elsewhere.example",
        _ => "localhost",
    };
    let mut params = CertificateParams::new([name.to_owned()])?;
    match trick {
        Trick::TlsExpired => params.not_after = date_time_ymd(2001, 1, 1),
        Trick::TlsNotYet => params.not_before = date_time_ymd(2400, 1, 1),
        _ => {}
    }
    let key = KeyPair::generate()?;
    let certificate = match trick {
        Trick::TlsSelfSigned => params.self_signed(&key)?,
        _ => params.signed_by(&key, issuer)?,
    };
    let chain = vec![CertificateDer::from(certificate.der().to_vec())];
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|config| config.with_no_client_auth().with_single_cert(chain, key))
        .context("a certificate of the kit's own")?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

type Act =
    for<'a> fn(TcpStream, &'a Inner) -> Pin<Box<dyn Future<Output = io::Result<()>> + Send + 'a>>;

/// What is done instead of a handshake, where a trick does not come to one.
pub(super) fn before(trick: Trick) -> Option<Act> {
    matches!(
        trick,
        Trick::TlsGarbage | Trick::TlsPlainHttp | Trick::TlsSilence | Trick::TlsHangUp
    )
    .then_some(|stream, inner| {
        Box::pin(async move {
            let mut mouth = Mouth { stream, inner };
            acts::perform(&mut mouth).await
        })
    })
}
