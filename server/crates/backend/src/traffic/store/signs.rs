//! Signs of attacks and secrets, written with the calls they were found in, and read.

use db::sqlx::sqlite::SqliteRow;
use db::sqlx::{self, QueryBuilder, Row, Sqlite, SqliteConnection};
use db::{Db, Error};
use model::TimestampMs;
use traffic::{Batch, Call};
use wire::{SeenSign, SignKind};

use super::calls::{short, short_of};

/// The most that are kept.
const MOST: i64 = 10_000;
/// The most that are taken of a call.
const MOST_OF_A_CALL: usize = 16;

/// Writes those of the calls of a batch; calls that are kept have numbers.
pub(super) async fn write(
    tx: &mut SqliteConnection,
    batch: &Batch,
    calls: impl Iterator<Item = (Option<i64>, &Call)>,
    now_ms: TimestampMs,
) -> Result<(), sqlx::Error> {
    let mut has_any = false;
    for (number, call) in calls {
        for sign in call.signs.iter().take(MOST_OF_A_CALL) {
            has_any = true;
            let insert = sqlx::query(
                "INSERT INTO call_signs (call, at_ms, server, session, client, method, target, what, place)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            );
            let insert = insert
                .bind(number)
                .bind(call.at_ms.min(now_ms))
                .bind(short(&batch.server))
                .bind(short(&call.session))
                .bind(short_of(call.client.as_ref()))
                .bind(short(&call.method))
                .bind(short_of(call.tool.as_ref().or(call.target.as_ref())))
                .bind(sign.what.as_str())
                .bind(short(&sign.place));
            insert.execute(&mut *tx).await?;
        }
    }
    if has_any {
        let delete =
            sqlx::query("DELETE FROM call_signs WHERE id <= (SELECT MAX(id) FROM call_signs) - ?");
        delete.bind(MOST).execute(tx).await?;
    }
    Ok(())
}

/// The newest, newest first: of one server where one is named, since a time.
pub(in crate::traffic) async fn newest(
    db: &Db,
    server: Option<&str>,
    (from_ms, to_ms): (TimestampMs, TimestampMs),
    limit: u32,
) -> Result<Vec<SeenSign>, Error> {
    let mut query = QueryBuilder::<Sqlite>::new(
        "SELECT call_signs.*, calls.id AS kept FROM call_signs LEFT JOIN calls ON calls.id = call_signs.call
         WHERE call_signs.at_ms BETWEEN ",
    );
    query.push_bind(from_ms).push(" AND ").push_bind(to_ms);
    if let Some(server) = server {
        query.push(" AND call_signs.server = ").push_bind(server);
    }
    query
        .push(" ORDER BY call_signs.id DESC LIMIT ")
        .push_bind(limit);
    read(db, query).await
}

/// Those of calls from one number to another, in the order in which they were found.
pub(super) async fn of_calls(db: &Db, (first, last): (i64, i64)) -> Result<Vec<SeenSign>, Error> {
    let mut query =
        QueryBuilder::<Sqlite>::new("SELECT *, call AS kept FROM call_signs WHERE call BETWEEN ");
    query
        .push_bind(first)
        .push(" AND ")
        .push_bind(last)
        .push(" ORDER BY id");
    read(db, query).await
}

async fn read(db: &Db, mut query: QueryBuilder<Sqlite>) -> Result<Vec<SeenSign>, Error> {
    let rows = query.build().fetch_all(db.readers()).await;
    let rows = rows.map_err(|source| db.error(source))?;
    let read: Result<_, _> = rows.iter().map(one).collect();
    read.map_err(|source| db.error(source))
}

fn one(row: &SqliteRow) -> Result<SeenSign, sqlx::Error> {
    let what: String = row.try_get("what")?;
    let what = SignKind::parse(&what)
        .ok_or_else(|| sqlx::Error::Decode(format!("{what:?} is no sign").into()))?;
    Ok(SeenSign {
        id: row.try_get("id")?,
        call: row.try_get("kept")?,
        at_ms: row.try_get("at_ms")?,
        server: row.try_get("server")?,
        session: row.try_get("session")?,
        client: row.try_get("client")?,
        method: row.try_get("method")?,
        target: row.try_get("target")?,
        what,
        place: row.try_get("place")?,
    })
}
