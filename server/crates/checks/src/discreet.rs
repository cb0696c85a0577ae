//! A check that does not say the secrets it was given, whatever its peer quotes.

use async_trait::async_trait;
use model::{LaunchError, Secrets};

use crate::{Check, Fault, Seen};

/// A check around another.
pub(crate) struct Discreet {
    pub(crate) inner: Box<dyn Check>,
    pub(crate) secrets: Secrets,
}

#[async_trait]
impl Check for Discreet {
    async fn look(&self) -> Result<Seen, Fault> {
        let hide = |text: String| self.secrets.hide(&text).into_owned();
        match self.inner.look().await {
            Ok(seen) => Ok(Seen {
                message: hide(seen.message),
                ..seen
            }),
            Err(fault) => Err(hidden(fault, &hide)),
        }
    }
}

/// A fault without the secrets in its words.
fn hidden(fault: Fault, hide: &dyn Fn(String) -> String) -> Fault {
    match fault {
        Fault::TimedOut(limit) => Fault::TimedOut(limit),
        Fault::Name { host, why } => Fault::Name {
            host: hide(host),
            why: hide(why),
        },
        Fault::Refused { to } => Fault::Refused { to: hide(to) },
        Fault::Unreachable { to, why } => Fault::Unreachable {
            to: hide(to),
            why: hide(why),
        },
        Fault::Tls { to, why } => Fault::Tls {
            to: hide(to),
            why: hide(why),
        },
        Fault::Denied(text) => Fault::Denied(hide(text)),
        Fault::Answer(text) => Fault::Answer(hide(text)),
        Fault::Missing(text) => Fault::Missing(hide(text)),
        Fault::Start(LaunchError::Other { program, message }) => Fault::Start(LaunchError::Other {
            program,
            message: hide(message),
        }),
        Fault::Start(error) => Fault::Start(error),
        Fault::Machine(text) => Fault::Machine(hide(text)),
    }
}

/// Parts of names behind which a secret stands in an address.
const NAMES: [&str; 6] = ["pass", "key", "token", "secret", "auth", "sig"];
/// From so many bytes on a value is no word, under whatever name.
const LONG: usize = 20;

/// What an address holds of secrets: the password, and values of its query.
pub(crate) fn of_address(address: &str) -> Vec<String> {
    let (place, query) = address.split_once('?').unwrap_or((address, ""));
    let query = query.split('#').next().unwrap_or_default();
    let values = query.split('&').filter_map(|pair| pair.split_once('='));
    let is_secret = |(name, value): &(&str, &str)| {
        let name = name.to_lowercase();
        value.len() >= LONG || NAMES.iter().any(|part| name.contains(part))
    };
    let values = values.filter(is_secret).map(|(_, value)| value);
    let authority = place.split_once("://").map_or(place, |(_, rest)| rest);
    let authority = authority.split(['/', '#']).next().unwrap_or_default();
    let user = authority.rsplit_once('@').map(|(user, _)| user);
    let password = user.and_then(|user| user.split_once(':'));
    let written = values.chain(password.map(|(_, password)| password));
    let mut secrets = Vec::new();
    for text in written {
        // A peer is told what is written, without what stands for characters that an address cannot have.
        secrets.extend([text.to_owned(), plain(text)]);
    }
    secrets
}

/// A text in which `%40` is `@` again.
fn plain(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((&byte, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|it| str::from_utf8(it).ok());
        let code = code.and_then(|it| u8::from_str_radix(it, 16).ok());
        let (next, left) = match (byte, code) {
            (b'%', Some(code)) => (code, &after[2..]),
            _ => (byte, after),
        };
        bytes.push(next);
        rest = left;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    struct Fake(fn() -> Fault);

    #[async_trait]
    impl Check for Fake {
        async fn look(&self) -> Result<Seen, Fault> {
            Err((self.0)())
        }
    }

    #[test]
    fn addresses() {
        for (address, expected) in [
            (
                "postgres://me:hush@db:5432/x?sslmode=disable",
                &["hush", "hush"][..],
            ),
            ("postgres://me:h%40sh%@db/x", &["h%40sh%", "h@sh%"]),
            ("https://h/x?key=k1&v#top", &["k1", "k1"]),
            ("https://me@h/a:b@c", &[]),
            ("h:1", &[]),
        ] {
            assert_eq!(of_address(address), expected, "{address}");
        }
    }

    #[tokio::test]
    async fn every_fault() {
        let faults: [fn() -> Fault; 10] = [
            || Fault::TimedOut(Duration::from_secs(1)),
            || Fault::Name {
                host: "hush".to_owned(),
                why: "hush".to_owned(),
            },
            || Fault::Refused {
                to: "hush".to_owned(),
            },
            || Fault::Unreachable {
                to: "hush".to_owned(),
                why: "hush".to_owned(),
            },
            || Fault::Tls {
                to: "hush".to_owned(),
                why: "hush".to_owned(),
            },
            || Fault::Denied("hush".to_owned()),
            || Fault::Answer("hush".to_owned()),
            || Fault::Missing("hush".to_owned()),
            || Fault::Machine("hush".to_owned()),
            || {
                Fault::Start(LaunchError::Other {
                    program: "p".to_owned(),
                    message: "hush".to_owned(),
                })
            },
        ];
        for fault in faults {
            let check = Discreet {
                inner: Box::new(Fake(fault)),
                secrets: Secrets::of(["hush"]),
            };
            let said = check.look().await.unwrap_err();
            assert!(!format!("{said:?} {said}").contains("hush"), "{said:?}");
        }
    }
}
