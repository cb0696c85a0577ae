//! What is asked of builds.

use builds::Report;
use db::sqlx::{self, QueryBuilder, Row, Sqlite, sqlite::SqliteRow};
use db::{Db, Error};
use wire::{Build, BuildCount, BuildProject, BuildState};

use super::unpacked;

/// Which builds.
pub(in crate::builds) struct Asked {
    pub(in crate::builds) project: String,
    pub(in crate::builds) from_ms: i64,
    pub(in crate::builds) to_ms: i64,
    pub(in crate::builds) limit: u32,
}

const COLUMNS: &str = "number, id, project, command, commit_id, branch, profile, target, host, builder, state,
    exit_code, began_ms, ended_ms, duration_seconds, resolution_seconds, download_seconds, done, total, compiled, fresh,
    warnings, errors, binary_bytes, active, kinds";

impl Asked {
    /// The condition, with what it is about.
    fn when(&self, query: &mut QueryBuilder<Sqlite>) {
        query.push(" began_ms >= ").push_bind(self.from_ms);
        query.push(" AND began_ms <= ").push_bind(self.to_ms);
        if !self.project.is_empty() {
            query
                .push(" AND project = ")
                .push_bind(self.project.clone());
        }
    }
}

fn count(row: &SqliteRow, column: &str) -> Result<u64, sqlx::Error> {
    let count: i64 = row.try_get(column)?;
    Ok(u64::try_from(count).unwrap_or(0))
}

fn build(row: &SqliteRow) -> Result<Build, sqlx::Error> {
    let wrong = |error: serde_json::Error| sqlx::Error::Decode(error.into());
    let (state, active, kinds): (String, String, String) = (
        row.try_get("state")?,
        row.try_get("active")?,
        row.try_get("kinds")?,
    );
    let kinds: Vec<(String, u64)> = serde_json::from_str(&kinds).map_err(wrong)?;
    let kinds = kinds.into_iter();
    let total: Option<i64> = row.try_get("total")?;
    Ok(Build {
        id: row.try_get("id")?,
        number: row.try_get("number")?,
        project: row.try_get("project")?,
        command: row.try_get("command")?,
        commit: row.try_get("commit_id")?,
        branch: row.try_get("branch")?,
        profile: row.try_get("profile")?,
        target: row.try_get("target")?,
        host: row.try_get("host")?,
        builder: row.try_get("builder")?,
        state: BuildState::parse(&state).unwrap_or(BuildState::Interrupted),
        exit_code: row.try_get("exit_code")?,
        began_ms: row.try_get("began_ms")?,
        ended_ms: row.try_get("ended_ms")?,
        duration_seconds: row.try_get("duration_seconds")?,
        resolution_seconds: row.try_get("resolution_seconds")?,
        download_seconds: row.try_get("download_seconds")?,
        done: count(row, "done")?,
        total: total.and_then(|total| u64::try_from(total).ok()),
        active: serde_json::from_str(&active).map_err(wrong)?,
        compiled: count(row, "compiled")?,
        fresh: count(row, "fresh")?,
        warnings: count(row, "warnings")?,
        errors: count(row, "errors")?,
        kinds: kinds
            .map(|(name, count)| BuildCount { name, count })
            .collect(),
        binary_bytes: count(row, "binary_bytes")?,
    })
}

async fn rows(db: &Db, mut query: QueryBuilder<Sqlite>) -> Result<Vec<SqliteRow>, Error> {
    let rows = query.build().fetch_all(db.readers()).await;
    rows.map_err(|source| db.error(source))
}

fn all<T>(
    db: &Db,
    rows: &[SqliteRow],
    read: impl Fn(&SqliteRow) -> Result<T, sqlx::Error>,
) -> Result<Vec<T>, Error> {
    let read: Result<_, _> = rows.iter().map(read).collect();
    read.map_err(|source| db.error(source))
}

/// The newest, newest first.
pub(in crate::builds) async fn list(db: &Db, asked: &Asked) -> Result<Vec<Build>, Error> {
    let mut query = QueryBuilder::new("SELECT ");
    query.push(COLUMNS).push(" FROM builds WHERE");
    asked.when(&mut query);
    query.push(" ORDER BY began_ms DESC, number DESC LIMIT ");
    query.push_bind(asked.limit);
    all(db, &rows(db, query).await?, build)
}

/// One, what was told of it last, and the one before it of the same project, profile and target.
pub(in crate::builds) async fn detail(
    db: &Db,
    id: &str,
) -> Result<Option<(Build, Report, String)>, Error> {
    let mut query = QueryBuilder::new("SELECT detail, ");
    query.push(COLUMNS).push(" FROM builds WHERE id = ");
    query.push_bind(id.to_owned());
    let found = rows(db, query).await?;
    let found = all(db, &found, |row| {
        let packed: Vec<u8> = row.try_get("detail")?;
        Ok((build(row)?, unpacked(&packed)?))
    })?;
    let Some((build, report)) = found.into_iter().next() else {
        return Ok(None);
    };
    let before = sqlx::query_scalar(
        "SELECT id FROM builds WHERE project = ? AND profile = ? AND target = ? AND began_ms <= ? AND number < ?
             AND state = 'success' ORDER BY began_ms DESC, number DESC LIMIT 1",
    );
    let before = before.bind(&build.project).bind(&build.profile);
    let before = before.bind(&build.target).bind(build.began_ms);
    let before: Option<String> = before
        .bind(build.number)
        .fetch_optional(db.readers())
        .await
        .map_err(|source| db.error(source))?;
    Ok(Some((build, report, before.unwrap_or_default())))
}

/// Names of projects.
pub(in crate::builds) async fn projects(db: &Db) -> Result<Vec<String>, Error> {
    // A step from each name to the next: quick however many builds each has.
    let query = QueryBuilder::new(
        "WITH RECURSIVE each(project) AS (
             SELECT min(project) FROM builds
             UNION ALL SELECT (SELECT min(project) FROM builds WHERE project > each.project) FROM each
                 WHERE each.project IS NOT NULL)
         SELECT project FROM each WHERE project IS NOT NULL LIMIT 500",
    );
    all(db, &rows(db, query).await?, |row| row.try_get("project"))
}

/// Projects that are told of at once.
const MOST_STANDING: u32 = 20;

/// How the builds of each project do, the project that was built last first.
pub(in crate::builds) async fn standing(
    db: &Db,
    from_ms: i64,
    to_ms: i64,
) -> Result<Vec<BuildProject>, Error> {
    let mut query = QueryBuilder::new(
        "SELECT project, sum(state = 'success') AS succeeded, sum(state = 'failure') AS failed,
             sum(state = 'interrupted') AS interrupted FROM builds WHERE began_ms BETWEEN ",
    );
    query.push_bind(from_ms).push(" AND ").push_bind(to_ms);
    query.push(" GROUP BY project ORDER BY max(began_ms) DESC, project LIMIT ");
    query.push_bind(MOST_STANDING);
    let found = all(db, &rows(db, query).await?, |row| {
        let project: String = row.try_get("project")?;
        let counts = ["succeeded", "failed", "interrupted"].map(|column| count(row, column));
        let [succeeded, failed, interrupted] = counts;
        Ok((project, succeeded?, failed?, interrupted?))
    })?;
    let mut standing = Vec::new();
    for (project, succeeded, failed, interrupted) in found {
        let asked = Asked {
            project,
            from_ms,
            to_ms,
            limit: 1,
        };
        let newest = list(db, &asked).await?.into_iter();
        standing.extend(newest.map(|newest| BuildProject {
            newest,
            succeeded,
            failed,
            interrupted,
        }));
    }
    Ok(standing)
}

/// What builds of one end come to.
pub(in crate::builds) struct Ended {
    pub(in crate::builds) state: Option<BuildState>,
    pub(in crate::builds) builds: u64,
    pub(in crate::builds) compiled: u64,
    pub(in crate::builds) fresh: u64,
    /// The mean, and how many have it.
    pub(in crate::builds) resolution: Option<f64>,
    pub(in crate::builds) resolved: u64,
}

/// Builds by how they ended.
pub(in crate::builds) async fn ended(db: &Db, asked: &Asked) -> Result<Vec<Ended>, Error> {
    let mut query = QueryBuilder::new(
        "SELECT state, count(*) AS builds, sum(compiled) AS compiled, sum(fresh) AS fresh,
             avg(resolution_seconds) AS resolution, count(resolution_seconds) AS resolved FROM builds WHERE",
    );
    asked.when(&mut query);
    query.push(" GROUP BY state");
    all(db, &rows(db, query).await?, |row| {
        let state: String = row.try_get("state")?;
        Ok(Ended {
            state: BuildState::parse(&state),
            builds: count(row, "builds")?,
            compiled: count(row, "compiled")?,
            fresh: count(row, "fresh")?,
            resolution: row.try_get("resolution")?,
            resolved: count(row, "resolved")?,
        })
    })
}

/// The median of how long builds that ended well took.
pub(in crate::builds) async fn median(
    db: &Db,
    asked: &Asked,
    succeeded: u64,
) -> Result<Option<f64>, Error> {
    let mut query = QueryBuilder::new("SELECT duration_seconds FROM builds WHERE");
    asked.when(&mut query);
    query.push(" AND state = 'success' ORDER BY duration_seconds LIMIT 1 OFFSET ");
    query.push_bind(i64::try_from(succeeded / 2).unwrap_or(0));
    let found = all(db, &rows(db, query).await?, |row| row.try_get(0))?;
    Ok(found.into_iter().next())
}

/// What was counted in builds, the most frequent first.
pub(in crate::builds) async fn counts(
    db: &Db,
    asked: &Asked,
    what: &'static str,
    most: u32,
) -> Result<Vec<BuildCount>, Error> {
    let mut query =
        QueryBuilder::new("SELECT name, sum(count) AS count FROM build_counts WHERE what = ");
    query.push_bind(what);
    query.push(" AND build IN (SELECT number FROM builds WHERE");
    asked.when(&mut query);
    query.push(" AND errors > 0) GROUP BY name ORDER BY count DESC, name LIMIT ");
    query.push_bind(most);
    all(db, &rows(db, query).await?, |row| {
        Ok(BuildCount {
            name: row.try_get("name")?,
            count: count(row, "count")?,
        })
    })
}

/// A crate in a build.
pub(in crate::builds) struct CrateRow {
    pub(in crate::builds) build: i64,
    pub(in crate::builds) name: String,
    pub(in crate::builds) is_own: bool,
    pub(in crate::builds) seconds: Option<f64>,
    pub(in crate::builds) failed: bool,
}

/// Numbers, as they are asked for.
fn among(query: &mut QueryBuilder<Sqlite>, numbers: &[i64]) {
    query.push(" build IN (");
    let mut list = query.separated(", ");
    for number in numbers {
        list.push_bind(*number);
    }
    query.push(") ORDER BY build");
}

/// Crates of some builds, the oldest build first; at most so many rows.
pub(in crate::builds) async fn crates(
    db: &Db,
    numbers: &[i64],
    most: u32,
) -> Result<Vec<CrateRow>, Error> {
    let mut query =
        QueryBuilder::new("SELECT build, name, is_own, seconds, failed FROM build_crates WHERE");
    among(&mut query, numbers);
    query.push(" LIMIT ").push_bind(most);
    all(db, &rows(db, query).await?, |row| {
        Ok(CrateRow {
            build: row.try_get("build")?,
            name: row.try_get("name")?,
            is_own: row.try_get("is_own")?,
            seconds: row.try_get("seconds")?,
            failed: row.try_get("failed")?,
        })
    })
}

/// Sizes of what came out of some builds: which build, what, how large; the oldest build first.
pub(in crate::builds) async fn sizes(
    db: &Db,
    numbers: &[i64],
) -> Result<Vec<(i64, String, u64)>, Error> {
    let mut query = QueryBuilder::new("SELECT build, name, bytes FROM build_sizes WHERE");
    among(&mut query, numbers);
    all(db, &rows(db, query).await?, |row| {
        Ok((
            row.try_get("build")?,
            row.try_get("name")?,
            count(row, "bytes")?,
        ))
    })
}

/// Features that are on in a build, with the number of crates.
pub(in crate::builds) async fn features(
    db: &Db,
    numbers: &[i64],
) -> Result<Vec<(String, u64)>, Error> {
    let mut query =
        QueryBuilder::new("SELECT name, count FROM build_counts WHERE what = 'feature' AND");
    among(&mut query, numbers);
    all(db, &rows(db, query).await?, |row| {
        Ok((row.try_get("name")?, count(row, "count")?))
    })
}
