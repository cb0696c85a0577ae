//! Edited routes and overrides of rotas on disk.

use db::sqlx::{self, Row, sqlite::SqliteRow};
use db::{Db, Error};
use uuid::Uuid;

use crate::dispatch::Override;
use crate::routing::NamedChannel;
use crate::versions::Version;

/// All versions, newest first.
pub(crate) async fn versions(db: &Db) -> Result<Vec<Version>, Error> {
    let rows = sqlx::query("SELECT * FROM notify_routes ORDER BY version DESC");
    let rows = rows.fetch_all(db.readers()).await;
    let rows = rows.map_err(|source| db.error(source))?;
    let read = |row: &SqliteRow| -> Result<Version, sqlx::Error> {
        Ok(Version {
            version: row.try_get("version")?,
            at_ms: row.try_get("at_ms")?,
            by: row.try_get("by")?,
            comment: row.try_get("comment")?,
            text: row.try_get("text")?,
        })
    };
    let read: Result<_, _> = rows.iter().map(read).collect();
    read.map_err(|source| db.error(source))
}

/// Keeps a version as the next of another; `None` where that is not the newest any more.
pub(crate) async fn add(db: &Db, version: &Version, after: i64) -> Result<Option<i64>, Error> {
    let insert = sqlx::query_scalar(
        "INSERT INTO notify_routes (at_ms, by, comment, text)
         SELECT ?, ?, ?, ? WHERE (SELECT coalesce(max(version), 0) FROM notify_routes) = ? RETURNING version",
    );
    let insert = insert
        .bind(version.at_ms)
        .bind(&version.by)
        .bind(&version.comment)
        .bind(&version.text)
        .bind(after);
    let mut tx = db.write().await?;
    let added = insert.fetch_optional(&mut *tx).await;
    let added = added.map_err(|source| db.error(source))?;
    db.commit(tx).await?;
    Ok(added)
}

/// The names by which channels are known.
pub(crate) async fn channels(db: &Db) -> Result<Vec<NamedChannel>, Error> {
    let rows = sqlx::query("SELECT * FROM notify_channels ORDER BY receiver, channel");
    let rows = rows.fetch_all(db.readers()).await;
    let rows = rows.map_err(|source| db.error(source))?;
    let read = |row: &SqliteRow| -> Result<NamedChannel, sqlx::Error> {
        Ok(NamedChannel {
            receiver: row.try_get("receiver")?,
            name: row.try_get("channel")?,
            identity: row.try_get("identity")?,
        })
    };
    let read: Result<_, _> = rows.iter().map(read).collect();
    read.map_err(|source| db.error(source))
}

/// Keeps these names, and no others.
pub(crate) async fn name_channels(db: &Db, channels: &[NamedChannel]) -> Result<(), Error> {
    let mut tx = db.write().await?;
    let forget = sqlx::query("DELETE FROM notify_channels");
    let done = forget.execute(&mut *tx).await;
    done.map_err(|source| db.error(source))?;
    for channel in channels {
        let insert = sqlx::query(
            "INSERT INTO notify_channels (receiver, channel, identity) VALUES (?, ?, ?)",
        );
        let insert = insert
            .bind(&channel.receiver)
            .bind(&channel.name)
            .bind(&channel.identity);
        let done = insert.execute(&mut *tx).await;
        done.map_err(|source| db.error(source))?;
    }
    db.commit(tx).await
}

/// Overrides that are not over at a time, the oldest first.
pub(crate) async fn overrides(db: &Db, since_ms: i64) -> Result<Vec<Override>, Error> {
    let rows = sqlx::query("SELECT * FROM notify_overrides WHERE to_ms > ? ORDER BY id");
    let rows = rows.bind(since_ms).fetch_all(db.readers()).await;
    let rows = rows.map_err(|source| db.error(source))?;
    let read = |row: &SqliteRow| -> Result<Override, sqlx::Error> {
        let id: String = row.try_get("id")?;
        let id = id.parse();
        Ok(Override {
            id: id.map_err(|error: uuid::Error| sqlx::Error::Decode(error.into()))?,
            rota: row.try_get("rota")?,
            person: row.try_get("person")?,
            from_ms: row.try_get("from_ms")?,
            to_ms: row.try_get("to_ms")?,
            by: row.try_get("by")?,
        })
    };
    let read: Result<_, _> = rows.iter().map(read).collect();
    read.map_err(|source| db.error(source))
}

/// Puts somebody on call.
pub(crate) async fn put_on_call(db: &Db, it: &Override, now_ms: i64) -> Result<(), Error> {
    let insert = sqlx::query(
        "INSERT INTO notify_overrides (id, rota, person, from_ms, to_ms, by, created_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
    );
    let insert = insert
        .bind(it.id.to_string())
        .bind(&it.rota)
        .bind(&it.person)
        .bind(it.from_ms)
        .bind(it.to_ms)
        .bind(&it.by)
        .bind(now_ms);
    db.execute(insert).await?;
    Ok(())
}

/// Deletes an override; whether there was one.
pub(crate) async fn take_back(db: &Db, id: Uuid) -> Result<bool, Error> {
    let delete = sqlx::query("DELETE FROM notify_overrides WHERE id = ?").bind(id.to_string());
    Ok(db.execute(delete).await?.rows_affected() > 0)
}
