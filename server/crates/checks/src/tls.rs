//! How long a certificate is still valid.
//!
//! Only time is judged: a certificate that nobody here trusts has an end as well, and nothing is sent over the
//! connection. Whether it is trusted says a check of kind `http`.

use std::sync::Arc;

use async_trait::async_trait;
use model::Clock;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use x509_cert::Certificate;
use x509_cert::der::Decode;

use crate::{Address, Bounds, Check, Fault, Level, Seen, reach};

const DAY_MS: f64 = 86_400_000.0;

/// A certificate that should not expire soon.
#[derive(Clone, Debug, PartialEq)]
pub struct TlsSpec {
    /// Where TLS is spoken.
    pub address: Address,
    /// The name asked for (SNI); the host where missing.
    pub server_name: Option<String>,
    /// Days left.
    pub days: Bounds,
}

pub(crate) struct Tls {
    spec: TlsSpec,
    name: ServerName<'static>,
    connector: TlsConnector,
    clock: Arc<dyn Clock>,
}

impl Tls {
    pub(crate) fn new(spec: TlsSpec, clock: Arc<dyn Clock>) -> Result<Self, Fault> {
        let name = spec
            .server_name
            .clone()
            .unwrap_or_else(|| spec.address.host.clone());
        let name = ServerName::try_from(name.clone()).map_err(|_| {
            Fault::Answer(format!(
                "The check cannot be made: {name:?} is no name for TLS"
            ))
        })?;
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions();
        let config = config.map_err(|error| Fault::Machine(error.to_string()))?;
        let config = config
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anything(provider)))
            .with_no_client_auth();
        Ok(Self {
            spec,
            name,
            connector: TlsConnector::from(Arc::new(config)),
            clock,
        })
    }
}

#[async_trait]
impl Check for Tls {
    async fn look(&self) -> Result<Seen, Fault> {
        let address = &self.spec.address;
        let fails = |why: String| Fault::Tls {
            to: address.to_string(),
            why,
        };
        let stream = reach::connect(address).await?;
        let shaken = self.connector.connect(self.name.clone(), stream).await;
        let stream = shaken.map_err(|error| fails(error.to_string()))?;
        let sent = stream.get_ref().1.peer_certificates().unwrap_or_default();
        let mut ends = Vec::new();
        for certificate in sent {
            let (from, to) = validity(certificate)
                .ok_or_else(|| fails("a certificate that was sent cannot be read".to_owned()))?;
            ends.push((to, from));
        }
        // An issuer that ends earlier ends what it issued.
        let (to_ms, _) = ends
            .iter()
            .copied()
            .min()
            .ok_or_else(|| fails("no certificate was sent".to_owned()))?;
        let from_ms = ends.iter().map(|(_, from)| *from).max().unwrap_or_default();
        let now = self.clock.now_ms();
        let days = days(to_ms - now);
        if from_ms > now {
            let ahead = -self::days(now - from_ms);
            return Err(fails(format!(
                "the certificate is only valid in {ahead:.1} days"
            )));
        }
        if days <= 0.0 {
            return Err(fails(format!(
                "the certificate expired {:.1} days ago",
                -days
            )));
        }
        let level = self.spec.days.below(days);
        let whole = days.floor();
        Ok(Seen {
            level,
            message: match level {
                Level::Healthy => {
                    format!("The certificate of {address} is valid for {whole} more days")
                }
                _ => format!("The certificate of {address} expires in {whole} days"),
            },
            value: Some(days),
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "centuries in milliseconds fit")]
fn days(ms: i64) -> f64 {
    ms as f64 / DAY_MS
}

/// From when to when, in milliseconds.
fn validity(certificate: &CertificateDer<'_>) -> Option<(i64, i64)> {
    let read = Certificate::from_der(certificate).ok()?;
    let validity = read.tbs_certificate.validity;
    let ms = |time: x509_cert::time::Time| i64::try_from(time.to_unix_duration().as_millis()).ok();
    Some((ms(validity.not_before)?, ms(validity.not_after)?))
}

/// Takes every certificate, to read it.
#[derive(Debug)]
struct Anything(Arc<CryptoProvider>);

impl ServerCertVerifier for Anything {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
