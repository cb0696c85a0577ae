//! Reports and schedules on disk.

use db::sqlx::{self, Row, sqlite::SqliteRow};
use db::{Db, Error};
use wire::{Report, ReportKept, ReportSchedule};

/// A schedule, and when the next report of it is due.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::slo) struct Schedule {
    pub(in crate::slo) schedule: ReportSchedule,
    pub(in crate::slo) next_ms: i64,
}

/// Reports that are kept; of more, the oldest go.
const MOST_KEPT: i64 = 1_000;

/// Keeps a report; its number.
pub(in crate::slo) async fn keep(db: &Db, report: &Report, by: &str) -> Result<i64, Error> {
    let text = serde_json::to_string(report);
    let text = text.map_err(|error| db.error(sqlx::Error::Encode(error.into())))?;
    let insert = sqlx::query(
        "INSERT INTO slo_reports (title, from_ms, to_ms, made_ms, by, report) VALUES (?, ?, ?, ?, ?, ?)",
    );
    let insert = insert
        .bind(&report.title)
        .bind(report.from_ms)
        .bind(report.to_ms)
        .bind(report.made_ms)
        .bind(by)
        .bind(text);
    let error = |source| db.error(source);
    let mut tx = db.write().await?;
    let id = insert.execute(&mut *tx).await.map_err(error)?;
    let too_many = sqlx::query(
        "DELETE FROM slo_reports WHERE id <= (SELECT id FROM slo_reports ORDER BY id DESC LIMIT 1 OFFSET ?)",
    );
    let gone = too_many.bind(MOST_KEPT).execute(&mut *tx).await;
    gone.map_err(error)?;
    db.commit(tx).await?;
    Ok(id.last_insert_rowid())
}

/// One that was kept, as it was.
pub(in crate::slo) async fn kept(db: &Db, id: i64) -> Result<Option<Report>, Error> {
    let find = sqlx::query("SELECT report FROM slo_reports WHERE id = ?").bind(id);
    let found = find.fetch_optional(db.readers()).await;
    let found = found.map_err(|source| db.error(source))?;
    let read = |row: SqliteRow| -> Result<Report, sqlx::Error> {
        let text: &str = row.try_get("report")?;
        let report = serde_json::from_str::<Report>(text);
        let report = report.map_err(|error| sqlx::Error::Decode(error.into()))?;
        Ok(Report { id, ..report })
    };
    let found = found.map(read).transpose();
    found.map_err(|source| db.error(source))
}

/// Those that are kept, the newest first.
pub(in crate::slo) async fn kept_reports(db: &Db) -> Result<Vec<ReportKept>, Error> {
    let rows = sqlx::query(
        "SELECT id, title, from_ms, to_ms, made_ms, by FROM slo_reports ORDER BY id DESC",
    );
    let rows = rows.fetch_all(db.readers()).await;
    let rows = rows.map_err(|source| db.error(source))?;
    let read = |row: &SqliteRow| {
        Ok(ReportKept {
            id: row.try_get("id")?,
            title: row.try_get("title")?,
            from_ms: row.try_get("from_ms")?,
            to_ms: row.try_get("to_ms")?,
            made_ms: row.try_get("made_ms")?,
            by: row.try_get("by")?,
        })
    };
    let read: Result<_, sqlx::Error> = rows.iter().map(read).collect();
    read.map_err(|source| db.error(source))
}

/// Makes or changes a schedule.
pub(in crate::slo) async fn put_schedule(db: &Db, schedule: &Schedule) -> Result<(), Error> {
    let text = serde_json::to_string(&schedule.schedule);
    let text = text.map_err(|error| db.error(sqlx::Error::Encode(error.into())))?;
    let put = sqlx::query(
        "INSERT INTO slo_schedules (name, schedule, next_ms, last) VALUES (?1, ?2, ?3, '')
         ON CONFLICT (name) DO UPDATE SET schedule = ?2, next_ms = ?3",
    );
    let put = put
        .bind(&schedule.schedule.name)
        .bind(text)
        .bind(schedule.next_ms);
    db.execute(put).await?;
    Ok(())
}

/// Ends a schedule; whether there was one.
pub(in crate::slo) async fn remove_schedule(db: &Db, name: &str) -> Result<bool, Error> {
    let delete = sqlx::query("DELETE FROM slo_schedules WHERE name = ?").bind(name);
    Ok(db.execute(delete).await?.rows_affected() > 0)
}

/// All schedules, by name.
pub(in crate::slo) async fn schedules(db: &Db) -> Result<Vec<Schedule>, Error> {
    let rows = sqlx::query("SELECT * FROM slo_schedules ORDER BY name");
    let rows = rows.fetch_all(db.readers()).await;
    let rows = rows.map_err(|source| db.error(source))?;
    let read = |row: &SqliteRow| {
        let text: &str = row.try_get("schedule")?;
        let schedule = serde_json::from_str::<ReportSchedule>(text);
        let schedule = schedule.map_err(|error| sqlx::Error::Decode(error.into()))?;
        let next_ms = row.try_get("next_ms")?;
        Ok(Schedule {
            schedule: ReportSchedule {
                next_ms: Some(next_ms),
                last: row.try_get("last")?,
                ..schedule
            },
            next_ms,
        })
    };
    let read: Result<_, sqlx::Error> = rows.iter().map(read).collect();
    read.map_err(|source| db.error(source))
}

/// Those of which a report is due.
pub(in crate::slo) async fn due(db: &Db, now_ms: i64) -> Result<Vec<Schedule>, Error> {
    let mut all = schedules(db).await?;
    all.retain(|schedule| schedule.next_ms <= now_ms);
    Ok(all)
}

/// Says what became of the report that was due, and when the next one is.
pub(in crate::slo) async fn settle(
    db: &Db,
    name: &str,
    next_ms: i64,
    last: &str,
) -> Result<(), Error> {
    let update = sqlx::query("UPDATE slo_schedules SET next_ms = ?, last = ? WHERE name = ?");
    let update = update.bind(next_ms).bind(last).bind(name);
    db.execute(update).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use db::{Check, schema};
    use wire::ReportScope;

    use super::*;

    #[tokio::test]
    async fn of_too_many_reports_the_oldest_go() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        let db = Db::open(&path, &schema::STATE, Check::Whole).await.unwrap();
        let many = sqlx::query(
            "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?)
             INSERT INTO slo_reports (title, from_ms, to_ms, made_ms, by, report) SELECT 'old ' || n, 0, 1, n, '', '{}' FROM n",
        );
        db.execute(many.bind(MOST_KEPT)).await.unwrap();
        let report = Report {
            id: 0,
            title: "new".to_owned(),
            scope: ReportScope::All,
            of: String::new(),
            from_ms: 0,
            to_ms: 1,
            zone: "UTC".to_owned(),
            made_ms: 5,
            summary: Vec::new(),
            rows: Vec::new(),
            worst_tools: Vec::new(),
            changes: Vec::new(),
        };
        let id = keep(&db, &report, "ann").await.unwrap();
        let all = kept_reports(&db).await.unwrap();
        assert_eq!(i64::try_from(all.len()).unwrap(), MOST_KEPT);
        assert_eq!((all[0].id, &*all[0].title), (id, "new"));
        assert_eq!(all.last().unwrap().title, "old 2");
        assert_eq!(kept(&db, id).await.unwrap().unwrap().title, "new");
        assert_eq!(kept(&db, 1).await.unwrap(), None);
    }
}
