//! What tests do to the tables of rollups.

use std::path::Path;

use db::sqlx;
use db::{Check, Db};

/// Makes a database what it was before there were rollups.
pub(crate) async fn forget_rollups(folder: &Path) {
    change(
        folder,
        &[
            "DROP TABLE rollups",
            "DROP TABLE rollup_due",
            "DROP TABLE rollup_reach",
            "DROP TABLE rollup_gone",
            "DELETE FROM _sqlx_migrations WHERE description = 'rollups'",
        ],
    )
    .await;
}

/// Overwrites all windows with something else.
pub(crate) async fn damage(folder: &Path) {
    change(folder, &["UPDATE rollups SET data = x'0102'"]).await;
}

async fn change(folder: &Path, statements: &[&'static str]) {
    let file = folder.join("metrics.db");
    let db = Db::open(&file, &db::schema::METRICS, Check::Schema);
    let db = db.await.unwrap();
    let mut tx = db.write().await.unwrap();
    for statement in statements {
        sqlx::query(*statement).execute(&mut *tx).await.unwrap();
    }
    db.commit(tx).await.unwrap();
    db.close().await;
}
