//! How requests are made, as written.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::super::{Auth, Hidden, Http, Reading, Tls, Word};

/// What jobs and clusters write beside their other keys. (Flattened it would hide keys that nobody reads.)
#[derive(Debug, Default)]
pub(super) struct RawHttp {
    pub(super) basic_auth: Option<RawBasic>,
    pub(super) authorization: Option<RawAuthorization>,
    pub(super) bearer_token: Option<Hidden>,
    pub(super) bearer_token_file: Option<String>,
    pub(super) tls_config: RawTls,
    pub(super) follow_redirects: Option<bool>,
    pub(super) http_headers: BTreeMap<String, RawHeader>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawBasic {
    username: Option<Hidden>,
    username_file: Option<String>,
    password: Option<Hidden>,
    password_file: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawAuthorization {
    r#type: Option<String>,
    credentials: Option<Hidden>,
    credentials_file: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawTls {
    ca: Option<Hidden>,
    ca_file: Option<String>,
    cert: Option<Hidden>,
    cert_file: Option<String>,
    key: Option<Hidden>,
    key_file: Option<String>,
    insecure_skip_verify: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawHeader {
    values: Vec<String>,
    secrets: Vec<String>,
}

impl RawHttp {
    pub(super) fn into_http(self, reading: &mut Reading<'_>) -> Http {
        let ways = [
            self.basic_auth.is_some(),
            self.authorization.is_some(),
            self.bearer_token.is_some() || self.bearer_token_file.is_some(),
        ];
        if ways.iter().filter(|is_used| **is_used).count() > 1 {
            let message = "only one of basic_auth, authorization and bearer_token may stand here";
            reading.wrong("authorization", message);
        }
        let mut auth = Auth::None;
        if let Some(basic) = self.basic_auth {
            let username = word(
                basic.username,
                basic.username_file,
                "basic_auth.username",
                reading,
            );
            let password = word(
                basic.password,
                basic.password_file,
                "basic_auth.password",
                reading,
            );
            let empty = || Word::Here(Hidden::default());
            auth = Auth::Basic {
                username: username.unwrap_or_else(empty),
                password: password.unwrap_or_else(empty),
            };
        }
        if let Some(given) = self.authorization {
            let kind = given.r#type.unwrap_or_else(|| "Bearer".to_owned());
            if kind.eq_ignore_ascii_case("basic") {
                reading.wrong("authorization.type", "Basic is written as basic_auth");
            }
            let credentials = word(
                given.credentials,
                given.credentials_file,
                "authorization.credentials",
                reading,
            );
            match credentials {
                Some(credentials) => auth = Auth::Header { kind, credentials },
                None => reading.wrong("authorization.credentials", "is missing"),
            }
        }
        if let Some(credentials) = word(
            self.bearer_token,
            self.bearer_token_file,
            "bearer_token",
            reading,
        ) {
            let kind = "Bearer".to_owned();
            auth = Auth::Header { kind, credentials };
        }
        let headers = self.http_headers.into_iter().map(|(name, header)| {
            let all = header.values.into_iter().chain(header.secrets);
            (name, all.map(Hidden).collect())
        });
        Http {
            auth,
            headers: headers.collect(),
            follow_redirects: self.follow_redirects.unwrap_or(true),
            tls: self.tls_config.into_tls(reading),
        }
    }
}

impl RawTls {
    fn into_tls(self, reading: &mut Reading<'_>) -> Tls {
        let ca = word(self.ca, self.ca_file, "tls_config.ca", reading);
        let cert = word(self.cert, self.cert_file, "tls_config.cert", reading);
        let key = word(self.key, self.key_file, "tls_config.key", reading);
        if cert.is_some() != key.is_some() {
            reading.wrong(
                "tls_config",
                "a certificate and its key (cert_file, key_file) come together",
            );
        }
        Tls {
            ca,
            identity: cert.zip(key),
            insecure: self.insecure_skip_verify,
        }
    }
}

fn word(
    here: Option<Hidden>,
    file: Option<String>,
    key: &str,
    reading: &mut Reading<'_>,
) -> Option<Word> {
    if here.is_some() && file.is_some() {
        reading.wrong(
            key,
            format!("stands here and in {key}_file; one of them is enough"),
        );
    }
    let file = file.map(|path| Word::File(reading.file(&path)));
    here.map(Word::Here).or(file)
}
