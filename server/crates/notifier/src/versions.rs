//! Routes that were edited here, and who is on call out of turn: kept on disk.

use db::{Db, Error};
use model::TimestampMs;
use uuid::Uuid;

use crate::dispatch::Override;
use crate::routing::NamedChannel;
use crate::store::routes as store;

/// A version of the routes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// From 1; 0 while it is not kept.
    pub version: i64,
    /// When.
    pub at_ms: TimestampMs,
    /// Who.
    pub by: String,
    /// Why.
    pub comment: String,
    /// The whole text, secrets included; empty goes back to the file.
    pub text: String,
}

/// What was edited, and who is on call out of turn.
#[derive(Clone)]
pub struct Versions {
    db: Db,
}

impl Versions {
    /// Those of a database.
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// All versions, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn all(&self) -> Result<Vec<Version>, Error> {
        store::versions(&self.db).await
    }

    /// Keeps one more, as the next of `after`, the version that was edited; `None` where another has come meanwhile.
    ///
    /// # Errors
    /// When it could not be written.
    pub async fn add(&self, version: &Version, after: i64) -> Result<Option<i64>, Error> {
        store::add(&self.db, version, after).await
    }

    /// The names by which channels are known.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn channels(&self) -> Result<Vec<NamedChannel>, Error> {
        store::channels(&self.db).await
    }

    /// Keeps the names of channels for the routes that come after these.
    ///
    /// # Errors
    /// When they could not be written.
    pub async fn name_channels(&self, channels: &[NamedChannel]) -> Result<(), Error> {
        store::name_channels(&self.db, channels).await
    }

    /// Who is on call out of turn at some time after `since_ms`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn overrides(&self, since_ms: TimestampMs) -> Result<Vec<Override>, Error> {
        store::overrides(&self.db, since_ms).await
    }

    /// Puts somebody on call.
    ///
    /// # Errors
    /// When it could not be written.
    pub async fn put_on_call(&self, it: &Override, now_ms: TimestampMs) -> Result<(), Error> {
        store::put_on_call(&self.db, it, now_ms).await
    }

    /// Takes that back; whether there was such an override.
    ///
    /// # Errors
    /// When it could not be written.
    pub async fn take_back(&self, id: Uuid) -> Result<bool, Error> {
        store::take_back(&self.db, id).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn of_two_who_edit_the_second_is_told() {
        let db = Db::memory(&db::schema::STATE).await.unwrap();
        let versions = Versions::new(db);
        let version = |text: &str| Version {
            version: 0,
            at_ms: 5,
            by: "ann".to_owned(),
            comment: "why".to_owned(),
            text: text.to_owned(),
        };
        assert_eq!(versions.add(&version("a"), 0).await.unwrap(), Some(1));
        assert_eq!(versions.add(&version("b"), 0).await.unwrap(), None);
        assert_eq!(versions.add(&version(""), 1).await.unwrap(), Some(2));
        let all = versions.all().await.unwrap();
        let texts: Vec<_> = all
            .iter()
            .map(|it| (it.version, it.text.as_str()))
            .collect();
        assert_eq!(texts, [(2, ""), (1, "a")]);
    }

    #[tokio::test]
    async fn who_is_on_call_out_of_turn_is_kept() {
        let db = Db::memory(&db::schema::STATE).await.unwrap();
        let versions = Versions::new(db);
        let it = Override {
            id: Uuid::now_v7(),
            rota: "r".to_owned(),
            person: "ann".to_owned(),
            from_ms: 10,
            to_ms: 20,
            by: "bob".to_owned(),
        };
        versions.put_on_call(&it, 5).await.unwrap();
        let held = versions.overrides(19).await.unwrap();
        assert_eq!(held, std::slice::from_ref(&it));
        assert!(versions.overrides(20).await.unwrap().is_empty());
        assert!(versions.take_back(it.id).await.unwrap());
        assert!(!versions.take_back(it.id).await.unwrap());
        assert!(versions.overrides(0).await.unwrap().is_empty());
    }
}
