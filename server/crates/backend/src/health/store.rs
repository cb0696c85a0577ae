//! Whether the database answers.

use db::{Db, Error, sqlx};

/// Reads something small from the file.
pub(super) async fn read(db: &Db) -> Result<(), Error> {
    sqlx::query("SELECT count(*) FROM approvals")
        .fetch_one(db.readers())
        .await
        .map(|_| ())
        .map_err(|e| db.error(e))
}
