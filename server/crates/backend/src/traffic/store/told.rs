//! Lists of definitions of a batch, on their way to be compared.

use std::collections::BTreeMap;

use db::sqlx::{self, SqliteConnection};
use model::TimestampMs;
use traffic::{Batch, Listed, Record};

/// Of a server and a kind the newest of these wait: what two lists in a row lack is gone.
const MOST: usize = 2;

/// Writes them, in the order they were seen. Returns how many.
pub(in crate::traffic) async fn write(
    tx: &mut SqliteConnection,
    batch: &Batch,
    now_ms: TimestampMs,
) -> Result<usize, sqlx::Error> {
    let mut lists = BTreeMap::<Listed, Vec<_>>::new();
    for record in &batch.records {
        if let Record::Definitions(list) = record {
            lists.entry(list.of).or_default().push(list);
        }
    }
    let mut written = 0;
    for (of, lists) in lists {
        let kind = of.kind().as_str();
        for list in &lists[lists.len().saturating_sub(MOST)..] {
            let insert = sqlx::query(
                "INSERT INTO told_definitions (server, kind, at_ms, definitions) VALUES (?, ?, ?, ?)",
            );
            let insert = insert.bind(&batch.server).bind(kind);
            let insert = insert.bind(list.at_ms.clamp(0, now_ms));
            let text = serde_json::Value::from(list.definitions.clone()).to_string();
            insert.bind(text).execute(&mut *tx).await?;
            written += 1;
        }
        sqlx::query(
            "DELETE FROM told_definitions WHERE server = ?1 AND kind = ?2 AND id NOT IN
                 (SELECT id FROM told_definitions WHERE server = ?1 AND kind = ?2 ORDER BY id DESC LIMIT ?3)",
        )
        .bind(&batch.server)
        .bind(kind)
        .bind(i64::try_from(MOST).unwrap_or(i64::MAX))
        .execute(&mut *tx)
        .await?;
    }
    Ok(written)
}
