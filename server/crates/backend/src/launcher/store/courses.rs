//! How started servers stood over time, and how their runs ended.

use std::collections::BTreeMap;

use db::sqlx::{self, Row, sqlite::SqliteRow};
use db::{Db, Error};
use model::TimestampMs;
use wire::{LaunchCourse, LaunchExit, LaunchState, LaunchStretch};

/// Stretches of an answer, for each server.
const MOST_STRETCHES: i64 = 300;
/// Ends of an answer, for each server.
const MOST_ENDS: i64 = 20;
/// Stretches that are kept of a server.
const KEPT_STRETCHES: i64 = 2_000;
/// Ends that are kept of a server.
const KEPT_ENDS: i64 = 300;

/// What has become of a server.
#[derive(Debug, PartialEq)]
pub(in super::super) enum Entry {
    /// From then on it stood so.
    Stands(String, LaunchState, TimestampMs),
    /// A run of it is over.
    Ended(String, LaunchExit),
    /// It is started no more, from then on.
    Gone(String, TimestampMs),
}

/// Ends what an earlier run of the product left open: when that looked last.
pub(in super::super) async fn resume(db: &Db) -> Result<(), Error> {
    let mut tx = db.write().await?;
    let sql = "UPDATE launch_states
         SET to_ms = max(from_ms, coalesce((SELECT at_ms FROM launch_looked), from_ms))
         WHERE to_ms IS NULL";
    let done = sqlx::query(sql).execute(&mut *tx).await;
    done.map_err(|source| db.error(source))?;
    db.commit(tx).await
}

/// Ends all stretches: nobody looks any more.
pub(in super::super) async fn close(db: &Db, now: TimestampMs) -> Result<(), Error> {
    let mut tx = db.write().await?;
    let sql = "UPDATE launch_states SET to_ms = max(from_ms, ?) WHERE to_ms IS NULL";
    let done = sqlx::query(sql).bind(now).execute(&mut *tx).await;
    done.map_err(|source| db.error(source))?;
    db.commit(tx).await
}

/// Notes what has become of servers, and that it was looked.
pub(in super::super) async fn note(
    db: &Db,
    entries: &[Entry],
    now: TimestampMs,
) -> Result<(), Error> {
    let error = |source| db.error(source);
    let mut tx = db.write().await?;
    for entry in entries {
        let (server, end_ms) = match entry {
            Entry::Stands(server, _, at_ms) | Entry::Gone(server, at_ms) => (server, *at_ms),
            Entry::Ended(server, exit) => {
                let sql = "INSERT INTO launch_ends
                     (server, started_ms, ended_ms, pid, how, was_asked, stderr)
                     VALUES (?, ?, ?, ?, ?, ?, ?)";
                let lines = serde_json::to_string(&exit.stderr);
                let lines = lines.map_err(|why| error(sqlx::Error::Encode(why.into())))?;
                let row = sqlx::query(sql).bind(server).bind(exit.started_ms);
                let row = row.bind(exit.ended_ms).bind(exit.pid).bind(&exit.how);
                let row = row.bind(exit.was_asked).bind(lines);
                row.execute(&mut *tx).await.map_err(error)?;
                continue;
            }
        };
        let sql = "UPDATE launch_states SET to_ms = max(from_ms, ?)
             WHERE server = ? AND to_ms IS NULL";
        let ended = sqlx::query(sql).bind(end_ms).bind(server);
        ended.execute(&mut *tx).await.map_err(error)?;
        if let Entry::Stands(_, state, _) = entry {
            let sql = "INSERT INTO launch_states (server, state, from_ms) VALUES (?, ?, ?)";
            let row = sqlx::query(sql).bind(server).bind(state.as_str());
            row.bind(end_ms).execute(&mut *tx).await.map_err(error)?;
        }
    }
    let sql = "INSERT OR REPLACE INTO launch_looked (id, at_ms) VALUES (1, ?)";
    let looked = sqlx::query(sql).bind(now).execute(&mut *tx).await;
    looked.map_err(error)?;
    db.commit(tx).await
}

/// The courses of all servers of which something is known between two times.
pub(in super::super) async fn courses(
    db: &Db,
    (from_ms, to_ms): (TimestampMs, TimestampMs),
    now: TimestampMs,
) -> Result<BTreeMap<String, LaunchCourse>, Error> {
    let error = |source| db.error(source);
    let mut courses = BTreeMap::<String, LaunchCourse>::new();
    let sql = "SELECT server, state, from_ms, coalesce(to_ms, max(from_ms, ?)) AS to_ms, total FROM
             (SELECT *, count(*) OVER (PARTITION BY server) AS total,
                 row_number() OVER (PARTITION BY server ORDER BY from_ms DESC, id DESC) AS place
              FROM launch_states WHERE from_ms < ? AND (to_ms IS NULL OR to_ms > ?))
         WHERE place <= ? ORDER BY server, from_ms, id";
    let rows = sqlx::query(sql).bind(now).bind(to_ms).bind(from_ms);
    let rows = rows.bind(MOST_STRETCHES).fetch_all(db.readers()).await;
    for row in rows.map_err(error)? {
        let (stretch, total) = stretch(&row).map_err(error)?;
        let course = of(&mut courses, &row).map_err(error)?;
        course.stretches_left_out = left_out(total, MOST_STRETCHES);
        course.stretches.push(LaunchStretch {
            from_ms: stretch.from_ms.max(from_ms),
            to_ms: stretch.to_ms.min(to_ms),
            ..stretch
        });
    }
    let sql = "SELECT * FROM
             (SELECT *, count(*) OVER (PARTITION BY server) AS total,
                 row_number() OVER (PARTITION BY server ORDER BY ended_ms DESC, id DESC) AS place
              FROM launch_ends WHERE ended_ms BETWEEN ? AND ?)
         WHERE place <= ? ORDER BY server, ended_ms DESC, id DESC";
    let rows = sqlx::query(sql).bind(from_ms).bind(to_ms).bind(MOST_ENDS);
    for row in rows.fetch_all(db.readers()).await.map_err(error)? {
        let (exit, total) = exit(&row).map_err(error)?;
        let course = of(&mut courses, &row).map_err(error)?;
        course.ends_left_out = left_out(total, MOST_ENDS);
        course.ends.push(exit);
    }
    Ok(courses)
}

fn left_out(total: i64, most: i64) -> u32 {
    u32::try_from((total - most).max(0)).unwrap_or(u32::MAX)
}

/// The course that a row belongs to.
fn of<'c>(
    courses: &'c mut BTreeMap<String, LaunchCourse>,
    row: &SqliteRow,
) -> Result<&'c mut LaunchCourse, sqlx::Error> {
    let name: String = row.try_get("server")?;
    let course = courses.entry(name.clone());
    Ok(course.or_insert_with(|| LaunchCourse::of(name)))
}

fn stretch(row: &SqliteRow) -> Result<(LaunchStretch, i64), sqlx::Error> {
    let word: String = row.try_get("state")?;
    let unknown = || sqlx::Error::Decode(format!("{word:?} is no state of a start").into());
    let stretch = LaunchStretch {
        from_ms: row.try_get("from_ms")?,
        to_ms: row.try_get("to_ms")?,
        state: LaunchState::parse(&word).ok_or_else(unknown)?,
    };
    Ok((stretch, row.try_get("total")?))
}

fn exit(row: &SqliteRow) -> Result<(LaunchExit, i64), sqlx::Error> {
    let lines: String = row.try_get("stderr")?;
    let stderr = serde_json::from_str(&lines).map_err(|why| sqlx::Error::Decode(why.into()))?;
    let exit = LaunchExit {
        started_ms: row.try_get("started_ms")?,
        ended_ms: row.try_get("ended_ms")?,
        pid: row.try_get("pid")?,
        how: row.try_get("how")?,
        was_asked: row.try_get("was_asked")?,
        stderr,
    };
    Ok((exit, row.try_get("total")?))
}

/// Forgets what was over before a time, where one is given, and of each server the oldest that are too many.
pub(in super::super) async fn forget(db: &Db, before_ms: Option<TimestampMs>) -> Result<(), Error> {
    let error = |source| db.error(source);
    let mut tx = db.write().await?;
    for (table, time, most) in [
        ("launch_states", "to_ms", KEPT_STRETCHES),
        ("launch_ends", "ended_ms", KEPT_ENDS),
    ] {
        if let Some(before_ms) = before_ms {
            let sql = format!("DELETE FROM {table} WHERE {time} < ?");
            let old = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(before_ms);
            old.execute(&mut *tx).await.map_err(error)?;
        }
        let sql = format!(
            "DELETE FROM {table} WHERE {time} IS NOT NULL AND id IN (SELECT id FROM
                 (SELECT id, row_number() OVER (PARTITION BY server ORDER BY id DESC) AS place FROM {table})
             WHERE place > ?)"
        );
        let many = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(most);
        many.execute(&mut *tx).await.map_err(error)?;
    }
    db.commit(tx).await
}

#[cfg(test)]
mod tests {
    use db::{Check, schema};

    use super::*;

    async fn opened(folder: &std::path::Path) -> Db {
        let path = folder.join("state.db");
        Db::open(&path, &schema::STATE, Check::Whole).await.unwrap()
    }

    fn stands(state: LaunchState, at_ms: i64) -> Entry {
        Entry::Stands("fs".to_owned(), state, at_ms)
    }

    fn exit(at_ms: i64) -> Entry {
        let exit = LaunchExit {
            started_ms: at_ms - 10,
            ended_ms: at_ms,
            pid: Some(7),
            how: "exit code 3".to_owned(),
            was_asked: false,
            stderr: vec!["a \"last\" line".to_owned()],
        };
        Entry::Ended("fs".to_owned(), exit)
    }

    #[tokio::test]
    async fn what_a_killed_product_left_open_ends_when_it_looked_last() {
        let folder = tempfile::tempdir().unwrap();
        let db = opened(folder.path()).await;
        let first = [
            stands(LaunchState::Starting, 100),
            exit(150),
            stands(LaunchState::Running, 200),
        ];
        note(&db, &first, 210).await.unwrap();
        note(&db, &[], 5_000).await.unwrap();
        let found = courses(&db, (120, 9_000), 9_000).await.unwrap();
        let spans = |course: &LaunchCourse| -> Vec<_> {
            let all = course.stretches.iter();
            all.map(|it| (it.state, it.from_ms, it.to_ms)).collect()
        };
        assert_eq!(
            spans(&found["fs"]),
            [
                (LaunchState::Starting, 120, 200),
                (LaunchState::Running, 200, 9_000)
            ]
        );
        assert_eq!(found["fs"].ends[0].stderr, ["a \"last\" line"]);
        // Killed: nothing was closed.
        resume(&db).await.unwrap();
        let found = courses(&db, (300, 9_000), 9_000).await.unwrap();
        assert_eq!(spans(&found["fs"]), [(LaunchState::Running, 300, 5_000)]);
        assert_eq!(found["fs"].ends, []);
        let gone = Entry::Gone("fs".to_owned(), 7_000);
        note(&db, &[stands(LaunchState::Failed, 6_000), gone], 7_000)
            .await
            .unwrap();
        let found = courses(&db, (5_500, 9_000), 9_000).await.unwrap();
        assert_eq!(spans(&found["fs"]), [(LaunchState::Failed, 6_000, 7_000)]);
    }

    #[tokio::test]
    async fn what_is_too_much_is_left_out_and_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let db = opened(folder.path()).await;
        let many = KEPT_STRETCHES + 50;
        let entries = (0..many).flat_map(|n| {
            let state = match n % 2 {
                0 => LaunchState::Starting,
                _ => LaunchState::BackingOff,
            };
            [stands(state, 1_000 + n), exit(1_000 + n)]
        });
        note(&db, &entries.collect::<Vec<_>>(), 9_000)
            .await
            .unwrap();
        let left = async |db: &Db| {
            let found = courses(db, (0, 9_000), 9_000).await.unwrap();
            (
                i64::from(found["fs"].stretches_left_out),
                i64::from(found["fs"].ends_left_out),
            )
        };
        assert_eq!(left(&db).await, (many - MOST_STRETCHES, many - MOST_ENDS));
        forget(&db, None).await.unwrap();
        let kept = (KEPT_STRETCHES - MOST_STRETCHES, KEPT_ENDS - MOST_ENDS);
        assert_eq!(left(&db).await, kept);
        // All but what goes on is over by then.
        forget(&db, Some(8_000)).await.unwrap();
        let found = courses(&db, (0, 9_000), 9_000).await.unwrap();
        assert_eq!(
            (found["fs"].stretches.len(), found["fs"].ends.len()),
            (1, 0)
        );
    }
}
