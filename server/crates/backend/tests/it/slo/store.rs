//! A ledger of many days, written as the product writes it.

use std::path::Path;

/// Days of all minutes good, for every ledger there is; a bad minute in each hundredth hour.
pub(super) async fn fill(data: &Path, days: i64, now_ms: i64) {
    let path = data.join("state.db");
    let db = db::Db::open(&path, &db::schema::STATE, db::Check::Schema)
        .await
        .unwrap();
    let end = now_ms.div_euclid(3_600_000) * 3_600_000;
    // All 60 minutes are counted; each has one of one, the first says so.
    let mut minutes = vec![0b1001];
    minutes.extend(1_f64.to_le_bytes());
    minutes.extend([0b1101; 59]);
    let mut bad = minutes.clone();
    bad.pop();
    bad.push(0b0101);
    bad.extend(0_f64.to_le_bytes());
    let insert = db::sqlx::query(
        "WITH RECURSIVE hours (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM hours WHERE n < ?1 * 24)
         INSERT OR REPLACE INTO slo_hours (ledger, at_ms, good, total, counted, gaps, excluded, bad, minutes)
         SELECT id, ?2 - n * 3600000, 60 - (n % 100 = 0), 60, 60, 0, 0, n % 100 = 0,
                CASE n % 100 WHEN 0 THEN ?3 ELSE ?4 END
         FROM slo_ledgers, hours",
    );
    let insert = insert.bind(days).bind(end).bind(bad).bind(minutes);
    db.execute(insert).await.unwrap();
    let begin = end - days * 24 * 3_600_000;
    let update = db::sqlx::query("UPDATE slo_ledgers SET from_ms = ?").bind(begin);
    db.execute(update).await.unwrap();
    db.close().await;
}

/// Makes it so that all schedules are due since their last week was over.
pub(super) async fn let_a_week_pass(data: &Path) {
    let path = data.join("state.db");
    let db = db::Db::open(&path, &db::schema::STATE, db::Check::Schema)
        .await
        .unwrap();
    let update = db::sqlx::query("UPDATE slo_schedules SET next_ms = next_ms - 604800000");
    db.execute(update).await.unwrap();
    db.close().await;
}
