//! What the store's file says of itself.

use db::{Db, sqlx};

/// What SQLite finds wrong with the file: `ok` if nothing.
pub(crate) async fn damage(db: &Db) -> String {
    let found = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(db.readers());
    found.await.unwrap()
}

/// Rows of the journal.
pub(crate) async fn journal(db: &Db) -> i64 {
    let rows = sqlx::query_scalar("SELECT count(*) FROM journal").fetch_one(db.readers());
    rows.await.unwrap()
}
