//! Lists that taps and proxies told of and that wait to be compared.

use db::sqlx::{self, Row};
use db::{Db, Error};
use drift::{Definition, Kind};
use model::TimestampMs;
use serde_json::Value;

/// A list that waits.
pub(in crate::definitions) struct ToldList {
    pub(in crate::definitions) id: i64,
    pub(in crate::definitions) server: String,
    pub(in crate::definitions) kind: Kind,
    pub(in crate::definitions) at_ms: TimestampMs,
    pub(in crate::definitions) definitions: Vec<Definition>,
}

/// The one that has waited for longest, of those that came after another.
pub(in crate::definitions) async fn next(db: &Db, after: i64) -> Result<Option<ToldList>, Error> {
    let row = sqlx::query("SELECT * FROM told_definitions WHERE id > ? ORDER BY id LIMIT 1")
        .bind(after)
        .fetch_optional(db.readers())
        .await
        .map_err(|e| db.error(e))?;
    Ok(row.map(|row| {
        let (kind, text): (String, String) = (row.get("kind"), row.get("definitions"));
        let kind = Kind::parse(&kind).unwrap_or(Kind::Tool);
        let listed: Vec<Value> = serde_json::from_str(&text).unwrap_or_default();
        let definitions = listed
            .iter()
            .filter_map(|one| Definition::listed(kind, one));
        ToldList {
            id: row.get("id"),
            server: row.get("server"),
            kind,
            at_ms: row.get("at_ms"),
            definitions: definitions.collect(),
        }
    }))
}

/// It waits no more; `is_compared` says that it is what the server lists.
pub(in crate::definitions) async fn done(
    db: &Db,
    list: &ToldList,
    is_compared: bool,
) -> Result<(), Error> {
    let mut tx = db.write().await?;
    let write = async {
        sqlx::query("DELETE FROM told_definitions WHERE id = ?")
            .bind(list.id)
            .execute(&mut *tx)
            .await?;
        if is_compared {
            sqlx::query("UPDATE definition_lists SET told_ms = ? WHERE server = ? AND kind = ?")
                .bind(list.at_ms)
                .bind(&list.server)
                .bind(list.kind.as_str())
                .execute(&mut *tx)
                .await?;
        }
        Ok(())
    };
    write.await.map_err(|e: sqlx::Error| db.error(e))?;
    db.commit(tx).await
}

/// Lets a list of tools wait, as a batch of a tap does.
#[cfg(test)]
pub(in crate::definitions) async fn put(db: &Db, server: &str, at_ms: TimestampMs, tools: &str) {
    let insert =
        "INSERT INTO told_definitions (server, kind, at_ms, definitions) VALUES (?, 'tool', ?, ?)";
    let mut tx = db.write().await.unwrap();
    let insert = sqlx::query(insert).bind(server).bind(at_ms).bind(tools);
    insert.execute(&mut *tx).await.unwrap();
    db.commit(tx).await.unwrap();
}
