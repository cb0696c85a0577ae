//! Opening a database: pragmas, migrations, one writer and a pool of readers.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::query::Query;
use sqlx::sqlite::{
    SqliteArguments, SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePool,
    SqlitePoolOptions, SqliteQueryResult, SqliteSynchronous,
};
use sqlx::{Connection, Sqlite, Transaction};

use crate::Error;

/// How much of a file is looked at when it is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// All of it: what people decide is small, and damage must not grow.
    Whole,
    /// Its schema: a large file would take long, and whoever reads finds damage then.
    Schema,
}

/// An open database.
#[derive(Clone, Debug)]
pub struct Db {
    path: PathBuf,
    writer: SqlitePool,
    readers: SqlitePool,
}

const READERS: u32 = 4;
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

impl Db {
    /// Opens a file, making it when it is missing, and brings its schema up to date.
    ///
    /// # Errors
    /// [`Error::Newer`] and [`Error::Damaged`] leave the file as it is.
    pub async fn open(path: &Path, migrations: &Migrator, check: Check) -> Result<Self, Error> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .auto_vacuum(SqliteAutoVacuum::Incremental)
            .journal_mode(SqliteJournalMode::Wal)
            .busy_timeout(BUSY_TIMEOUT)
            .foreign_keys(true)
            // What is acknowledged survives a loss of power.
            .synchronous(SqliteSynchronous::Full);
        let wrong = |source| Error::from_sqlx(path, source);
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            // A file does not hang up.
            .test_before_acquire(false)
            // When the disk is full SQLite ends a transaction by itself, of which the library learns
            // nothing: such a connection can begin no other, so it is replaced.
            .after_release(|connection, _| {
                Box::pin(async move {
                    // Whatever is still to be rolled back is so before this is answered.
                    connection.ping().await?;
                    Ok(!connection.is_in_transaction())
                })
            })
            .connect_with(options)
            .await
            .map_err(wrong)?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .test_before_acquire(false)
            .connect_lazy_with(
                SqliteConnectOptions::new()
                    .filename(path)
                    .read_only(true)
                    .busy_timeout(BUSY_TIMEOUT),
            );
        let db = Self {
            path: path.to_owned(),
            writer,
            readers,
        };
        db.prepare(migrations, check).await?;
        Ok(db)
    }

    /// A database in memory, for tests: gone when the last clone is.
    ///
    /// # Errors
    /// When a migration does not apply.
    pub async fn memory(migrations: &Migrator) -> Result<Self, Error> {
        let path = PathBuf::from(":memory:");
        // One connection is the database here, so it has to stay and to serve both sides.
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(
                SqliteConnectOptions::new()
                    .in_memory(true)
                    .foreign_keys(true),
            )
            .await
            .map_err(|source| Error::from_sqlx(&path, source))?;
        let db = Self {
            path,
            readers: writer.clone(),
            writer,
        };
        db.prepare(migrations, Check::Whole).await?;
        Ok(db)
    }

    async fn prepare(&self, migrations: &Migrator, check: Check) -> Result<(), Error> {
        let look = match check {
            Check::Whole => "PRAGMA quick_check(1)",
            Check::Schema => "SELECT 'ok' FROM (SELECT count(*) FROM sqlite_schema)",
        };
        let found: String = sqlx::query_scalar(look)
            .fetch_one(&self.writer)
            .await
            .map_err(|source| self.error(source))?;
        if found != "ok" {
            return Err(Error::Damaged {
                path: self.path.clone(),
                details: found,
            });
        }
        match migrations.run(&self.writer).await {
            Ok(()) => Ok(()),
            Err(MigrateError::VersionMissing(step) | MigrateError::VersionTooNew(step, _)) => {
                Err(Error::Newer {
                    path: self.path.clone(),
                    step,
                })
            }
            Err(MigrateError::Execute(source)) => Err(self.error(source)),
            Err(other) => Err(self.error(sqlx::Error::Migrate(Box::new(other)))),
        }
    }

    /// Connections to read with; writes through them are refused.
    pub fn readers(&self) -> &SqlitePool {
        &self.readers
    }

    /// Begins a transaction of the only writer; others wait for it to end.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub async fn write(&self) -> Result<Transaction<'static, Sqlite>, Error> {
        // IMMEDIATE: a writer that has to wait does so here and not in the middle.
        self.writer
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(|source| self.error(source))
    }

    /// Runs one statement of the only writer. It is a transaction of its own, with fewer steps than one
    /// that is begun and ended.
    ///
    /// # Errors
    /// When SQLite refuses; then nothing has happened.
    pub async fn execute(
        &self,
        statement: Query<'_, Sqlite, SqliteArguments>,
    ) -> Result<SqliteQueryResult, Error> {
        let executed = statement.execute(&self.writer).await;
        executed.map_err(|source| self.error(source))
    }

    /// Ends a transaction of [`Db::write`].
    ///
    /// # Errors
    /// When it could not be written; then none of it is.
    pub async fn commit(&self, transaction: Transaction<'static, Sqlite>) -> Result<(), Error> {
        transaction
            .commit()
            .await
            .map_err(|source| self.error(source))
    }

    /// Names the file in an error of sqlx.
    pub fn error(&self, source: sqlx::Error) -> Error {
        Error::from_sqlx(&self.path, source)
    }

    /// Gives freed pages back to the file system, at most so many at once.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub async fn shrink(&self, pages: u32) -> Result<(), Error> {
        // The pragma frees one page a row that is read, so the rows have to be read to the end.
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "PRAGMA incremental_vacuum({pages})"
        )))
        .fetch_all(&self.writer)
        .await
        .map_err(|source| self.error(source))?;
        Ok(())
    }

    /// Ends all connections; what was committed is in the file, its journal included.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;

    use sqlx::SqlStr;
    use sqlx::migrate::{Migration, MigrationType};

    fn migrations(steps: &[&'static str]) -> Migrator {
        let migrations: Vec<_> = (1..)
            .zip(steps)
            .map(|(version, sql)| {
                Migration::new(
                    version,
                    Cow::Borrowed("step"),
                    MigrationType::Simple,
                    SqlStr::from_static(sql),
                    false,
                )
            })
            .collect();
        Migrator::with_migrations(migrations)
    }

    const FIRST: &str = "CREATE TABLE notes (text TEXT NOT NULL)";

    async fn open(path: &Path, steps: &[&'static str]) -> Result<Db, Error> {
        Db::open(path, &migrations(steps), Check::Whole).await
    }

    async fn write(db: &Db, text: &str) {
        let mut tx = db.write().await.unwrap();
        sqlx::query("INSERT INTO notes VALUES (?)")
            .bind(text)
            .execute(&mut *tx)
            .await
            .unwrap();
        db.commit(tx).await.unwrap();
    }

    async fn notes(db: &Db) -> Vec<String> {
        sqlx::query_scalar("SELECT text FROM notes")
            .fetch_all(db.readers())
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn what_is_committed_is_there_after_opening_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let db = open(&path, &[FIRST]).await.unwrap();
        write(&db, "kept").await;
        db.close().await;
        let db = open(&path, &[FIRST, "ALTER TABLE notes ADD COLUMN n INTEGER"])
            .await
            .unwrap();
        assert_eq!(notes(&db).await, ["kept"]);
    }

    #[tokio::test]
    async fn readers_cannot_write() {
        let folder = tempfile::tempdir().unwrap();
        let db = open(&folder.path().join("a.db"), &[FIRST]).await.unwrap();
        let refused = sqlx::query("DELETE FROM notes").execute(db.readers()).await;
        assert!(refused.is_err());
    }

    #[tokio::test]
    async fn a_file_of_a_newer_version_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let newer = open(&path, &[FIRST, "CREATE TABLE more (n INTEGER)"])
            .await
            .unwrap();
        newer.close().await;
        let error = open(&path, &[FIRST]).await.unwrap_err();
        assert!(matches!(error, Error::Newer { step: 2, .. }), "{error}");
        assert!(
            open(&path, &[FIRST, "CREATE TABLE more (n INTEGER)"])
                .await
                .is_ok()
        );
    }

    #[tokio::test]
    async fn damage_is_named_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let rubbish = folder.path().join("rubbish.db");
        std::fs::write(&rubbish, vec![b'x'; 8192]).unwrap();
        let error = open(&rubbish, &[FIRST]).await.unwrap_err();
        assert!(matches!(error, Error::Damaged { .. }), "{error}");
        assert_eq!(std::fs::read(&rubbish).unwrap(), vec![b'x'; 8192]);

        let torn = folder.path().join("torn.db");
        let db = open(&torn, &[FIRST]).await.unwrap();
        for i in 0..200 {
            write(&db, &format!("{i:0200}")).await;
        }
        db.close().await;
        let mut bytes = std::fs::read(&torn).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle..middle + 4096].fill(0xaa);
        std::fs::write(&torn, &bytes).unwrap();
        let error = open(&torn, &[FIRST]).await.unwrap_err();
        assert!(matches!(error, Error::Damaged { .. }), "{error}");
    }

    #[tokio::test]
    async fn deleted_rows_give_their_space_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let db = open(&path, &[FIRST]).await.unwrap();
        let mut tx = db.write().await.unwrap();
        for i in 0..2000 {
            sqlx::query("INSERT INTO notes VALUES (?)")
                .bind(format!("{i:0500}"))
                .execute(&mut *tx)
                .await
                .unwrap();
        }
        sqlx::query("DELETE FROM notes")
            .execute(&mut *tx)
            .await
            .unwrap();
        db.commit(tx).await.unwrap();
        let pages = |db: Db| async move {
            sqlx::query_scalar::<_, i64>("PRAGMA page_count")
                .fetch_one(db.readers())
                .await
                .unwrap()
        };
        let before = pages(db.clone()).await;
        db.shrink(100_000).await.unwrap();
        let after = pages(db.clone()).await;
        assert!(after * 4 < before, "{before} pages before, {after} after");
    }

    #[tokio::test]
    async fn a_full_disk_is_named_and_what_was_there_stays() {
        let folder = tempfile::tempdir().unwrap();
        let db = open(&folder.path().join("a.db"), &[FIRST]).await.unwrap();
        write(&db, "kept").await;
        // SQLite reports a file that may not grow as it reports a disk that is full.
        let mut tx = db.write().await.unwrap();
        sqlx::query("PRAGMA max_page_count = 10")
            .fetch_all(&mut *tx)
            .await
            .unwrap();
        db.commit(tx).await.unwrap();
        let mut tx = db.write().await.unwrap();
        let insert = sqlx::query("INSERT INTO notes VALUES (?)")
            .bind("x".repeat(100_000))
            .execute(&mut *tx)
            .await;
        let error = db.error(insert.unwrap_err());
        assert!(matches!(error, Error::Full { .. }), "{error}");
        drop(tx);
        assert_eq!(notes(&db).await, ["kept"]);
        write(&db, "goes on").await;
    }

    #[tokio::test]
    async fn memory_serves_both_sides() {
        let db = Db::memory(&migrations(&[FIRST])).await.unwrap();
        write(&db, "a").await;
        assert_eq!(notes(&db).await, ["a"]);
    }
}
