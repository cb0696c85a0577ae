//! Targets over TLS: whom a job trusts, and what is said where it does not.

use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ingest::scrape::Health;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use crate::peers::Target;
use crate::scraping::Running;

/// Who issues certificates.
struct Authority {
    certificate: rcgen::Certificate,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate with its key.
struct Issued {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self {
            certificate,
            issuer: Issuer::new(params, key),
        }
    }

    fn issue(&self, name: &str) -> Issued {
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Issued { certificate, key }
    }
}

/// A server with a certificate, which wants one of an authority from its clients.
fn server(issued: &Issued, clients: Option<&Authority>) -> ServerConfig {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(authority.certificate.der().clone()).unwrap();
            let roots = Arc::new(roots);
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let key = PrivateKeyDer::Pkcs8(issued.key.serialize_der().into());
    let chain = vec![issued.certificate.der().clone()];
    builder.with_single_cert(chain, key).unwrap()
}

const CERTIFICATE: &str = "CERTIFICATE";

/// Text as such files have it.
fn pem(what: &str, der: &[u8]) -> String {
    let letters = BASE64_STANDARD.encode(der);
    let lines = letters.as_bytes().chunks(64);
    let lines: Vec<_> = lines.map(String::from_utf8_lossy).collect();
    format!(
        "-----BEGIN {what}-----\n{}\n-----END {what}-----\n",
        lines.join("\n")
    )
}

fn put(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_a_job_trusts() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (ours, other) = (Authority::new(), Authority::new());
    let certificate = ours.issue("127.0.0.1");
    let open = Target::start("a 1\n", Some(server(&certificate, None))).await;
    let closed = Target::start("a 1\n", Some(server(&certificate, Some(&ours)))).await;
    let plain = Target::start("a 1\n", None).await;
    let client = ours.issue("observatory");
    put(folder, "ca.pem", &pem(CERTIFICATE, ours.certificate.der()));
    put(
        folder,
        "other.pem",
        &pem(CERTIFICATE, other.certificate.der()),
    );
    put(folder, "none.pem", "no certificate");
    let der = client.certificate.der();
    put(folder, "client.pem", &pem(CERTIFICATE, der));
    put(
        folder,
        "client.key",
        &pem("PRIVATE KEY", &client.key.serialize_der()),
    );
    let named = format!("localhost:{}", open.port());
    let identity = "ca_file: ca.pem, cert_file: client.pem, key_file: client.key";
    // A job, its target, its `tls_config`, and what is said where it does not answer.
    let cases = [
        ("trusted", &open.address, "ca_file: ca.pem", ""),
        ("insecure", &open.address, "insecure_skip_verify: true", ""),
        ("known", &closed.address, identity, ""),
        ("unknown", &open.address, "", "certificate"),
        ("wrong", &open.address, "ca_file: other.pem", "certificate"),
        ("named", &named, "ca_file: ca.pem", "localhost"),
        ("anybody", &closed.address, "ca_file: ca.pem", "ertificate"),
        ("plain", &plain.address, "ca_file: ca.pem", "tls handshake"),
        (
            "missing",
            &open.address,
            "ca_file: gone.pem",
            "gone.pem cannot be read",
        ),
        (
            "garbled",
            &open.address,
            "ca_file: none.pem",
            "the CA is no certificate in PEM",
        ),
    ];
    let jobs: String = cases
        .iter()
        .map(|(job, address, tls, _)| {
            format!(
                "  - {{job_name: {job}, scheme: https, tls_config: {{{tls}}}, static_configs: [{{targets: ['{address}']}}]}}\n"
            )
        })
        .collect();
    let running = Running::start(folder, &jobs);
    for (job, _, _, why) in cases {
        let health = if why.is_empty() {
            Health::Up
        } else {
            Health::Down
        };
        let said = running.until(job, health).await;
        assert!(said.contains(why), "{job}: {said}");
        assert_eq!(said.is_empty(), why.is_empty(), "{job}: {said}");
    }
}
