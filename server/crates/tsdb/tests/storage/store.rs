//! What tests do to the tables of the store.

use std::path::Path;

use db::sqlx;
use db::{Check, Db};

/// Overwrites all rows of chunks with something else.
pub(crate) async fn damage_chunks(folder: &Path) {
    let file = folder.join("metrics.db");
    let db = Db::open(&file, &db::schema::METRICS, Check::Schema);
    let db = db.await.unwrap();
    let mut tx = db.write().await.unwrap();
    sqlx::query("UPDATE chunks SET data = x'0102'")
        .execute(&mut *tx)
        .await
        .unwrap();
    db.commit(tx).await.unwrap();
    db.close().await;
}
