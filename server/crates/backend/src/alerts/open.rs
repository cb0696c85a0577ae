//! Open alerts when there are many: the worst of them, how many there are, a page at a time, in groups, and worked
//! together.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use rules::{Alert, Book};
use wire::{
    AlertAction, AlertGroup, AlertGroups, AlertNote, AlertRow, AlertTotals, Caller, Frame,
    MOST_AT_ONCE, MOST_LIVE_ALERTS, Note, OpenPage, OpenQuery, Problem, Role, Severity, Update,
    WorkedAlerts, WorstAlerts, natural,
};

use super::life::decision;
use super::{AlertService, actor, severity, wire_state};
use crate::asked;
use crate::error::alert_problem;

/// Rows of a page where a query does not say, and the most.
const ROWS: u32 = 100;
const MOST_ROWS: u32 = 500;
/// Groups that one answer holds.
const MOST_GROUPS: usize = 200;
/// By what rows can be sorted.
const COLUMNS: [&str; 7] = [
    "alert", "severity", "rule", "state", "server", "since", "who",
];

/// What pages that look have of the open alerts: the worst of them, of which some end.
#[derive(Debug, Default)]
pub(super) struct Lookers(Mutex<Looked>);

#[derive(Clone, Copy, Debug, Default)]
struct Looked {
    /// How many have ended since the worst were told.
    ended: usize,
    /// Whether there were more than pages hold.
    had_many: bool,
}

impl Lookers {
    /// Notes that some alerts have changed, of which some have ended, and how many are open now. Whether the worst have
    /// to be told: there is too much news, or pages run out of alerts.
    fn is_due(&self, changed: usize, ended: usize, open: usize) -> bool {
        let mut looked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        looked.ended += ended;
        let runs_out = looked.ended > MOST_LIVE_ALERTS / 2 || open < MOST_LIVE_ALERTS;
        let is_due = changed > MOST_LIVE_ALERTS || looked.had_many && runs_out;
        if is_due {
            *looked = Looked::default();
        }
        looked.had_many |= open >= MOST_LIVE_ALERTS;
        is_due
    }
}

impl AlertService {
    pub(super) async fn do_worst(&self, caller: &Caller) -> Result<WorstAlerts, Problem> {
        caller.require(Role::Viewer)?;
        Ok(self.worst_of(&*self.book.lock().await))
    }

    fn worst_of(&self, book: &Book) -> WorstAlerts {
        let mut open: Vec<&Alert> = book.all_open().collect();
        let totals = self.totals(&open);
        let rank = |alert: &&Alert| Reverse((severity(alert), alert.id));
        if open.len() > MOST_LIVE_ALERTS {
            open.select_nth_unstable_by_key(MOST_LIVE_ALERTS, rank);
            open.truncate(MOST_LIVE_ALERTS);
        }
        open.sort_unstable_by_key(rank);
        let alerts = open.into_iter().map(|alert| self.shown(alert)).collect();
        WorstAlerts { alerts, totals }
    }

    /// How many there are; whether something holds them is as it was told last.
    fn totals(&self, open: &[&Alert]) -> AlertTotals {
        let told = self.quiet.told();
        let mut totals = AlertTotals::default();
        for alert in open {
            totals.count(wire_state(alert.state), told.contains_key(&alert.id));
        }
        totals
    }

    /// Tells what has changed, and how many are open now. Of many at once, the worst that are open are told instead:
    /// who looks holds no others.
    pub(super) async fn publish(&self, rows: Vec<wire::Alert>) {
        if rows.is_empty() {
            return;
        }
        let ended = rows.iter().filter(|row| !row.is_open()).count();
        let changed = rows.len();
        // Told while nobody changes the book: who says how many there are later, knows it better.
        let book = self.book.lock().await;
        let is_due = self.lookers.is_due(changed, ended, book.all_open().count());
        if changed <= MOST_LIVE_ALERTS {
            self.hub.publish(Frame::Alerts(Update::Changed(rows)));
        }
        let totals = match is_due {
            true => {
                let worst = self.worst_of(&book);
                let all = Update::Snapshot(worst.alerts);
                self.hub.publish(Frame::Alerts(all));
                worst.totals
            }
            false => self.totals(&book.all_open().collect::<Vec<_>>()),
        };
        self.hub.publish(Frame::Open(totals));
    }

    /// The rows that a query finds, in its order, and how many are open.
    async fn find_open(
        &self,
        caller: &Caller,
        query: &OpenQuery,
    ) -> Result<(Vec<Found>, usize), Problem> {
        caller.require(Role::Viewer)?;
        let order = check(query)?;
        let book = self.book.lock().await;
        let told = self.quiet.told();
        let mut rows: Vec<_> = book
            .all_open()
            .map(|alert| Found::of(alert, told.contains_key(&alert.id), &query.by))
            .collect();
        drop(told);
        drop(book);
        let open = rows.len();
        let text = query.text.to_lowercase();
        let words: Vec<&str> = text.split_whitespace().collect();
        rows.retain(|found| {
            let is_in = query
                .value
                .as_ref()
                .is_none_or(|value| *value == found.value);
            is_in && (words.is_empty() || has_all(&found.row, &words))
        });
        rows.sort_by_key(|found| Reverse(found.rank()));
        if let Some((column, is_descending)) = order {
            let mut keyed: Vec<_> = rows.into_iter().map(|it| (it.key(column), it)).collect();
            keyed.sort_by(|a, b| a.0.compare(&b.0, is_descending));
            rows = keyed.into_iter().map(|(_, found)| found).collect();
        }
        Ok((rows, open))
    }

    pub(super) async fn do_open(
        &self,
        caller: &Caller,
        query: OpenQuery,
    ) -> Result<OpenPage, Problem> {
        let (found, open) = self.find_open(caller, &query).await?;
        let limit = match query.limit {
            0 => ROWS,
            limit => limit.min(MOST_ROWS),
        };
        let count = found.len();
        let rows = found.into_iter().skip(query.from as usize);
        Ok(OpenPage {
            from: u64::from(query.from),
            rows: rows.take(limit as usize).map(|it| it.row).collect(),
            found: count as u64,
            open: open as u64,
        })
    }

    pub(super) async fn do_open_ids(
        &self,
        caller: &Caller,
        query: OpenQuery,
    ) -> Result<Vec<String>, Problem> {
        let (found, _) = self.find_open(caller, &query).await?;
        Ok(found.into_iter().map(|found| found.row.id).collect())
    }

    pub(super) async fn do_groups(
        &self,
        caller: &Caller,
        query: OpenQuery,
    ) -> Result<AlertGroups, Problem> {
        let all = OpenQuery {
            value: None,
            ..query.clone()
        };
        let (found, open) = self.find_open(caller, &all).await?;
        let mut groups = groups(&found);
        let others = groups.len().saturating_sub(MOST_GROUPS) as u64;
        groups.truncate(MOST_GROUPS);
        let rows = match query.value {
            Some(_) => Some(self.do_open(caller, query).await?),
            None => None,
        };
        Ok(AlertGroups {
            groups,
            others,
            found: found.len() as u64,
            open: open as u64,
            rows,
        })
    }

    pub(super) async fn do_act_on_many(
        &self,
        caller: &Caller,
        ids: Vec<String>,
        action: AlertAction,
        note: AlertNote,
    ) -> Result<WorkedAlerts, Problem> {
        caller.require(Role::Operator)?;
        if ids.len() > MOST_AT_ONCE {
            let why = format!(
                "{} alerts are too many at once; at most {MOST_AT_ONCE}",
                ids.len()
            );
            return Err(Problem::invalid(why));
        }
        let said = Note {
            by: note.by.clone(),
            comment: note.comment.clone(),
        };
        let (actor, now) = (actor(caller, &said)?, self.clock.now_ms());
        let (decision, comment) = (decision(action, &note, now)?, note.comment.trim());
        let mut book = self.book.lock().await;
        let decided = book.decide_all(&ids, &decision, &actor, comment, now).await;
        drop(book);
        let decided = decided.map_err(|error| alert_problem(&error))?;
        self.tell(&decided.changed).await;
        let why = decided.refused.first();
        Ok(WorkedAlerts {
            done: (decided.changed.iter())
                .map(|it| it.id.to_string())
                .collect(),
            refused: decided.refused.len() as u64,
            why: why.map_or_else(String::new, |(_, error)| alert_problem(error).message),
        })
    }
}

/// A column to sort by, and whether the largest comes first.
type Order<'q> = Option<(&'q str, bool)>;

/// Refuses what cannot be asked.
fn check(query: &OpenQuery) -> Result<Order<'_>, Problem> {
    asked::bounded(&[("text", &query.text), ("by", &query.by)])?;
    let (column, is_descending) = match query.sort.strip_prefix('-') {
        Some(column) => (column, true),
        None => (query.sort.as_str(), false),
    };
    match column {
        "" if !is_descending => Ok(None),
        column if COLUMNS.contains(&column) => Ok(Some((column, is_descending))),
        _ => Err(Problem::invalid(format!(
            "{:?} is no column to sort by; it is one of {}, with a minus before it when the largest comes first",
            query.sort,
            COLUMNS.join(", ")
        ))),
    }
}

/// An alert that is found.
struct Found {
    row: AlertRow,
    id: uuid::Uuid,
    /// Its value of the label that is grouped by.
    value: String,
}

impl Found {
    fn of(alert: &Alert, is_held: bool, by: &str) -> Self {
        let summary = alert.annotations.get("summary");
        let row = AlertRow {
            id: alert.id.to_string(),
            rule: alert.rule.clone(),
            server: alert.labels.get("server").to_owned(),
            severity: severity(alert),
            state: wire_state(alert.state),
            summary: summary.cloned().unwrap_or_default(),
            since_ms: alert.firing_ms.unwrap_or(alert.pending_ms),
            owner: alert.owner.clone(),
            is_held,
        };
        let value = match by {
            "" => "",
            "rule" => &alert.rule,
            "severity" => row.severity.as_str(),
            label => alert.labels.get(label),
        };
        Self {
            value: value.to_owned(),
            id: alert.id,
            row,
        }
    }

    /// The worst come first, and of those the newest.
    fn rank(&self) -> (Severity, uuid::Uuid) {
        (self.row.severity, self.id)
    }

    fn key(&self, column: &str) -> Key {
        let row = &self.row;
        match column {
            "severity" => Key::Number(row.severity as i64),
            "since" => Key::Number(row.since_ms),
            "rule" => Key::text(&row.rule),
            "server" => Key::text(&row.server),
            "who" => Key::text(&row.owner),
            "state" => Key::text(&row.words()[3]),
            _ => Key::text(&row.summary),
        }
    }
}

/// What rows are sorted by, as a table on a page sorts them.
enum Key {
    Number(i64),
    Text(String),
    Nothing,
}

impl Key {
    fn text(text: &str) -> Self {
        match text {
            "" => Self::Nothing,
            text => Self::Text(text.to_lowercase()),
        }
    }

    /// Nothing stays last when the order is turned round.
    fn compare(&self, other: &Self, is_descending: bool) -> Ordering {
        let order = match (self, other) {
            (Self::Nothing, Self::Nothing) => return Ordering::Equal,
            (Self::Nothing, _) => return Ordering::Greater,
            (_, Self::Nothing) => return Ordering::Less,
            (Self::Number(a), Self::Number(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) => natural(a, b),
            (Self::Number(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Number(_)) => Ordering::Greater,
        };
        match is_descending {
            true => order.reverse(),
            false => order,
        }
    }
}

fn has_all(row: &AlertRow, words: &[&str]) -> bool {
    let has = row.words().join("\n").to_lowercase();
    words.iter().all(|word| has.contains(word))
}

/// Those with the worst alert first, and of those the largest.
fn groups(found: &[Found]) -> Vec<AlertGroup> {
    let mut groups: BTreeMap<&str, AlertGroup> = BTreeMap::new();
    for Found { row, value, .. } in found {
        let group = groups.entry(value).or_insert_with(|| AlertGroup {
            value: value.clone(),
            count: 0,
            severities: vec![0; Severity::ALL.len()],
            firing: 0,
            held: 0,
            newest_ms: i64::MIN,
        });
        group.count += 1;
        group.severities[row.severity as usize] += 1;
        group.held += u64::from(row.is_held);
        let is_firing = row.state == wire::AlertState::Firing && !row.is_held;
        group.firing += u64::from(is_firing);
        group.newest_ms = group.newest_ms.max(row.since_ms);
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    let worst = |group: &AlertGroup| group.severities.iter().rposition(|count| *count > 0);
    groups.sort_by_key(|group| Reverse((worst(group), group.count)));
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<Found> {
        let one = |text: &str| {
            let (severity, value) = text.split_once(':').unwrap();
            let row = AlertRow {
                id: text.to_owned(),
                rule: "Down".to_owned(),
                server: value.to_owned(),
                severity: Severity::parse(severity).unwrap(),
                state: wire::AlertState::Firing,
                summary: format!("{value} is down"),
                since_ms: 5,
                owner: String::new(),
                is_held: value == "b",
            };
            Found {
                row,
                id: uuid::Uuid::nil(),
                value: value.to_owned(),
            }
        };
        text.split_whitespace().map(one).collect()
    }

    #[test]
    fn groups_are_counted_the_worst_first() {
        let found = found("info:a info:a info:a critical:c info:b warning:b emergency:b");
        let groups = groups(&found);
        let told: Vec<_> = (groups.iter())
            .map(|it| (it.value.as_str(), it.count, it.firing, it.held))
            .collect();
        assert_eq!(told, [("b", 3, 0, 3), ("c", 1, 1, 0), ("a", 3, 3, 0)]);
        assert_eq!(groups[0].severities, [1, 1, 0, 0, 1]);
    }

    #[test]
    fn words_and_orders() {
        let row = &found("critical:files-10")[0].row;
        for (words, expected) in [
            (&["files", "down"][..], true),
            (&["critical", "firing"], true),
            (&["held"], false),
            (&["files-11"], false),
        ] {
            assert_eq!(has_all(row, words), expected, "{words:?}");
        }
        let text = |text: &str| Key::text(text);
        for (a, b, is_descending, expected) in [
            (text("node-9"), text("Node-10"), false, Ordering::Less),
            (text("node-9"), text("Node-10"), true, Ordering::Greater),
            (text(""), text("a"), false, Ordering::Greater),
            (text(""), text("a"), true, Ordering::Greater),
            (Key::Number(2), Key::Number(10), false, Ordering::Less),
        ] {
            assert_eq!(a.compare(&b, is_descending), expected);
        }
        for (sort, is_known) in [
            ("", true),
            ("-since", true),
            ("who", true),
            ("-", false),
            ("x", false),
        ] {
            let query = OpenQuery {
                sort: sort.to_owned(),
                ..OpenQuery::default()
            };
            assert_eq!(check(&query).is_ok(), is_known, "{sort}");
        }
    }

    #[test]
    fn pages_do_not_run_out_of_alerts() {
        let many = MOST_LIVE_ALERTS * 10;
        let lookers = Lookers::default();
        for (changed, ended, open, expected) in [
            (1, 0, 1, false),
            (many, 0, many, true),
            (1, 1, many - 1, false),
            (150, 100, many - 101, true),
            (1, 1, many - 102, false),
            (MOST_LIVE_ALERTS, 0, MOST_LIVE_ALERTS, false),
            // From here on pages hold all.
            (1, 1, MOST_LIVE_ALERTS - 1, true),
            (1, 1, MOST_LIVE_ALERTS - 2, false),
        ] {
            let is_due = lookers.is_due(changed, ended, open);
            assert_eq!(is_due, expected, "{changed} {ended} {open}");
        }
    }
}
