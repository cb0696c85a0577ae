//! Certificates: valid ones, expired ones, those that nobody trusts, and peers that speak no TLS.

use std::sync::Arc;
use std::time::Duration;

use checks::{Address, Bounds, HttpSpec, Level, Redirects, Spec, TlsSpec};
use model::ManualClock;
use rcgen::{CertificateParams, KeyPair};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::peers::{Does, nobody, peer};
use crate::{assert_said, look, look_at, look_for};

/// Whoever connects is shown a certificate for `localhost`, valid from 2030 to 2031.
async fn server() -> Address {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.not_before = rcgen::date_time_ymd(2030, 1, 1);
    params.not_after = rcgen::date_time_ymd(2031, 1, 1);
    let key = KeyPair::generate().unwrap();
    let certificate: CertificateDer = params.self_signed(&key).unwrap().der().clone();
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move { acceptor.accept(stream).await.map(drop) });
        }
    });
    Address {
        host: "localhost".to_owned(),
        port,
    }
}

fn spec(address: Address) -> Spec {
    Spec::Tls(TlsSpec {
        address,
        server_name: None,
        days: Bounds {
            degraded: Some(21.0),
            unhealthy: Some(7.0),
        },
    })
}

#[tokio::test]
async fn days_that_are_left() {
    let address = server().await;
    // 1 January 2031.
    let end_ms = 1_924_992_000_000;
    let day_ms = 86_400_000;
    for (before_ms, level, part, days) in [
        (
            100 * day_ms,
            Level::Healthy,
            "is valid for 100 more days",
            Some(100.0),
        ),
        (
            20 * day_ms,
            Level::Degraded,
            "expires in 20 days",
            Some(20.0),
        ),
        (day_ms / 2, Level::Unhealthy, "expires in 0 days", Some(0.5)),
        (
            -3 * day_ms,
            Level::Unhealthy,
            "the certificate expired 3.0 days ago",
            None,
        ),
        (
            400 * day_ms,
            Level::Unhealthy,
            "the certificate is only valid in 35.0 days",
            None,
        ),
    ] {
        let clock = Arc::new(ManualClock::at(end_ms - before_ms));
        let outcome = look_at(&spec(address.clone()), Duration::from_secs(5), clock).await;
        assert_said(&outcome, level, part);
        assert_eq!(outcome.value, days);
    }
}

#[tokio::test]
async fn peers_without_tls() {
    for (address, part) in [
        (
            peer(Does::Says(b"220 mail.example ESMTP\r\n")).await,
            "TLS with",
        ),
        (peer(Does::HangsUp).await, "TLS with"),
        (nobody().await, "refuses connections"),
    ] {
        assert_said(&look(&spec(address)).await, Level::Unhealthy, part);
    }
    let silent = spec(peer(Does::Keeps).await);
    let outcome = look_for(&silent, Duration::from_millis(200)).await;
    assert_said(&outcome, Level::Unhealthy, "No answer within 0.2 s");
}

#[tokio::test]
async fn a_certificate_that_nobody_trusts_is_for_http_to_say() {
    let address = server().await;
    let url = format!("https://{address}/");
    let spec = Spec::Http(HttpSpec {
        url,
        method: "GET".to_owned(),
        status: Vec::new(),
        body: None,
        headers: Vec::new(),
        redirects: Redirects::None,
    });
    let outcome = look(&spec).await;
    assert_said(&outcome, Level::Unhealthy, "invalid peer certificate");
}
