//! What tests do to the table of histograms.

use std::path::Path;

use db::sqlx;
use db::{Check, Db};

/// Overwrites the rows of the series with the lowest number with something else.
pub(crate) async fn damage_first_series(folder: &Path) {
    let file = folder.join("metrics.db");
    let db = Db::open(&file, &db::schema::METRICS, Check::Schema);
    let db = db.await.unwrap();
    let mut tx = db.write().await.unwrap();
    sqlx::query(
        "UPDATE histogram_chunks SET data = x'0102'
         WHERE series_id = (SELECT min(series_id) FROM histogram_chunks)",
    )
    .execute(&mut *tx)
    .await
    .unwrap();
    db.commit(tx).await.unwrap();
    db.close().await;
}
