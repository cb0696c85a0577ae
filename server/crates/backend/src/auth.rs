//! Who is at the door: a password for browsers, keys for tools, and the product's own key.

mod store;

use std::sync::Arc;

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use db::Db;
use model::{Clock, TimestampMs};
use rand::Rng;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use wire::{Caller, Code, Problem, Role, Via};

use crate::config::Secret;
use crate::error::database_problem;
use crate::reload::Current;

/// How long a browser stays signed in.
pub(crate) const SESSION_SECONDS: i64 = 7 * 86_400;
/// Argon2 takes 19 MiB and a core for each password: so many at once.
const VERIFICATIONS: usize = 2;

/// Browser sign-ins and keys.
pub(crate) struct Sessions {
    db: Db,
    clock: Arc<dyn Clock>,
    config: Current,
    /// The key with which the product watches itself; made anew at each start.
    own_key: Secret,
    verifications: Semaphore,
}

impl Sessions {
    pub(crate) fn new(db: Db, clock: Arc<dyn Clock>, config: Current) -> Self {
        Self {
            db,
            clock,
            config,
            own_key: Secret::new(random_token()),
            verifications: Semaphore::new(VERIFICATIONS),
        }
    }

    /// Whether callers have to say who they are.
    pub(crate) fn is_required(&self) -> bool {
        self.config.borrow().auth.is_required()
    }

    /// Is over once others may come in than now: whoever is in has to say again who they are.
    pub(crate) fn changed(&self) -> impl Future<Output = ()> + use<> {
        let mut config = self.config.clone();
        let before = config.borrow().auth.clone();
        async move {
            // Nobody replaces it any more when the product ends.
            let _ = config.wait_for(|config| config.auth != before).await;
        }
    }

    /// The key with which the product watches itself.
    pub(crate) fn own_key(&self) -> &Secret {
        &self.own_key
    }

    /// Who sends this key.
    pub(crate) fn by_key(&self, key: &str, via: Via) -> Option<Caller> {
        if same(key, self.own_key.expose()) {
            return Some(Caller {
                name: crate::SELF_NAME.to_owned(),
                role: Role::Viewer,
                via: Via::Internal,
            });
        }
        // All keys are compared, so that the time says nothing about which one was nearly right.
        let mut found = None;
        for api_key in &self.config.borrow().auth.keys {
            if same(key, api_key.key.expose()) {
                found = Some(Caller {
                    name: api_key.name.clone(),
                    role: api_key.role,
                    via,
                });
            }
        }
        found
    }

    /// Who holds this session.
    pub(crate) async fn by_token(&self, token: &str, via: Via) -> Result<Option<Caller>, Problem> {
        let configured = self.config.borrow().auth.password_hash.clone();
        let Some(password) = configured else {
            return Ok(None);
        };
        let hash = session_hash(token, &password);
        let name = store::name(&self.db, &hash, self.clock.now_ms()).await;
        let name = name.map_err(|error| database_problem("reading a sign-in", &error))?;
        Ok(name.map(|name| Caller {
            name,
            role: Role::Admin,
            via,
        }))
    }

    /// Signs a browser in; its token.
    pub(crate) async fn sign_in(self: &Arc<Self>, password: String) -> Result<String, Problem> {
        let wrong = || Problem::new(Code::Unauthorized, "this password is not right");
        let configured = self.config.borrow().auth.password_hash.clone();
        let Some(password_hash) = configured else {
            return Err(Problem::new(
                Code::Unauthorized,
                "no password is configured; add auth.password_hash, or use a key",
            ));
        };
        let permit = self.verifications.acquire().await;
        let expected = password_hash.clone();
        let verified = tokio::task::spawn_blocking(move || {
            PasswordHash::new(expected.expose()).is_ok_and(|parsed| {
                Argon2::default()
                    .verify_password(password.as_bytes(), &parsed)
                    .is_ok()
            })
        });
        let verified = verified.await.unwrap_or(false);
        drop(permit);
        if !verified {
            tracing::warn!("a sign-in with a wrong password");
            return Err(wrong());
        }
        let token = random_token();
        let now = self.clock.now_ms();
        let expires_ms = now + SESSION_SECONDS * 1000;
        let hash = session_hash(&token, &password_hash);
        let written = store::insert(&self.db, &hash, "admin", now, expires_ms).await;
        written.map_err(|error| database_problem("signing in", &error))?;
        Ok(token)
    }

    /// Ends a session.
    pub(crate) async fn sign_out(&self, token: &str) -> Result<(), Problem> {
        let configured = self.config.borrow().auth.password_hash.clone();
        let Some(password) = configured else {
            return Ok(());
        };
        let deleted = store::delete(&self.db, &session_hash(token, &password)).await;
        deleted.map_err(|error| database_problem("signing out", &error))
    }

    /// Deletes sessions that are over; how many.
    pub(crate) async fn forget(&self, now: TimestampMs) -> Result<u64, db::Error> {
        store::forget(&self.db, now).await
    }
}

/// The Argon2 hash of a password, for the configuration.
///
/// # Errors
/// In the words of the library.
pub fn hash_password(password: &str) -> Result<String, String> {
    let salt = argon2::password_hash::SaltString::encode_b64(&rand::rng().random::<[u8; 16]>());
    let salt = salt.map_err(|error| error.to_string())?;
    let hash = Argon2::default().hash_password(password.as_bytes(), &salt);
    Ok(hash.map_err(|error| error.to_string())?.to_string())
}

/// 256 random bits, hexadecimal.
fn random_token() -> String {
    hex(&rand::rng().random::<[u8; 32]>())
}

/// What is stored of a token: knowing it is not enough to sign in, and it holds for this password only.
fn session_hash(token: &str, password_hash: &Secret) -> String {
    let digest = Sha256::new_with_prefix(token.as_bytes());
    hex(&digest.chain_update(password_hash.expose()).finalize())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Compares digests, whose common beginning says nothing about the texts.
fn same(a: &str, b: &str) -> bool {
    Sha256::digest(a.as_bytes()) == Sha256::digest(b.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{ApiKey, Auth, Config};
    use model::ManualClock;

    fn with(auth: Auth) -> Arc<Config> {
        Arc::new(Config {
            auth,
            ..Config::default()
        })
    }

    async fn sessions(auth: Auth) -> (Arc<Sessions>, Arc<ManualClock>) {
        let db = Db::memory(&db::schema::STATE).await.unwrap();
        let clock = Arc::new(ManualClock::at(0));
        let (_, config) = tokio::sync::watch::channel(with(auth));
        (Arc::new(Sessions::new(db, clock.clone(), config)), clock)
    }

    #[tokio::test]
    async fn a_password_opens_a_session_that_ends() {
        let auth = Auth {
            password_hash: Some(Secret::new(hash_password("correct horse").unwrap())),
            ..Auth::default()
        };
        let (sessions, clock) = sessions(auth).await;
        assert!(sessions.sign_in("wrong".into()).await.is_err());
        let token = sessions.sign_in("correct horse".into()).await.unwrap();
        let caller = sessions
            .by_token(&token, Via::Browser)
            .await
            .unwrap()
            .unwrap();
        assert_eq!((caller.name.as_str(), caller.role), ("admin", Role::Admin));
        assert!(
            sessions
                .by_token("other", Via::Browser)
                .await
                .unwrap()
                .is_none()
        );
        let second = sessions.sign_in("correct horse".into()).await.unwrap();
        sessions.sign_out(&second).await.unwrap();
        assert!(
            sessions
                .by_token(&second, Via::Browser)
                .await
                .unwrap()
                .is_none()
        );
        clock.advance_ms(SESSION_SECONDS * 1000);
        assert!(
            sessions
                .by_token(&token, Via::Browser)
                .await
                .unwrap()
                .is_none()
        );
        assert_eq!(sessions.forget(clock.now_ms()).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn another_password_ends_all_sessions() {
        let password = |password| Auth {
            password_hash: Some(Secret::new(hash_password(password).unwrap())),
            ..Auth::default()
        };
        let db = Db::memory(&db::schema::STATE).await.unwrap();
        let first = with(password("first"));
        let (sender, config) = tokio::sync::watch::channel(first.clone());
        let clock = Arc::new(ManualClock::at(0));
        let sessions = Arc::new(Sessions::new(db, clock, config));
        let token = sessions.sign_in("first".into()).await.unwrap();
        let is_in = async || {
            let caller = sessions.by_token(&token, Via::Browser).await;
            caller.unwrap().is_some()
        };
        assert!(is_in().await);
        for other in [with(password("second")), with(Auth::default())] {
            let changed = sessions.changed();
            sender.send_replace(other);
            changed.await;
            assert!(!is_in().await);
        }
        sender.send_replace(first);
        assert!(is_in().await);
    }

    #[tokio::test]
    async fn keys() {
        let auth = Auth {
            keys: vec![ApiKey {
                name: "ci".into(),
                key: Secret::new("k".repeat(20)),
                role: Role::Operator,
            }],
            ..Auth::default()
        };
        let (sessions, _) = sessions(auth).await;
        let caller = sessions.by_key(&"k".repeat(20), Via::Api).unwrap();
        assert_eq!((caller.name.as_str(), caller.role), ("ci", Role::Operator));
        assert!(sessions.by_key("", Via::Api).is_none());
        assert!(sessions.by_key(&"k".repeat(19), Via::Api).is_none());
        let own = sessions.own_key().expose().to_owned();
        assert_eq!(sessions.by_key(&own, Via::Api).unwrap().role, Role::Viewer);
    }
}
