//! A report as one HTML file, made for printing: nothing is fetched for it.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use wire::{Budget, BudgetPoint, Report, ReportRow};

const STYLE: &str = "\
body{font:14px/1.45 system-ui,sans-serif;color:#111;background:#fff;max-width:60rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.6rem;margin:0 0 .3rem}h2{font-size:1.15rem;margin:2rem 0 .3rem;border-top:1px solid #bbb;padding-top:.8rem}\
h3{font-size:1rem;margin:1rem 0 .2rem}p{margin:.3rem 0}.small{color:#444;font-size:.9em}\
table{border-collapse:collapse;width:100%;margin:.4rem 0}th,td{text-align:left;padding:.2rem .6rem .2rem 0;border-bottom:1px solid #ddd;vertical-align:top}\
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}.bad{color:#9b1c1c;font-weight:600}.good{color:#14532d}\
svg{display:block;width:100%;height:3rem;margin:.4rem 0}svg rect{fill:#2f6f4f}svg rect.bad{fill:#b3261e}svg rect.none{fill:#ccc}\
@media print{body{margin:0;max-width:none}h2{break-after:avoid}section{break-inside:avoid-page}}";

fn text(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            c => safe.push(c),
        }
    }
    safe
}

/// Without zeros at its end.
fn number(number: f64) -> String {
    let said = match number.abs() {
        large if large >= 1000.0 => format!("{number:.0}"),
        _ => format!("{number:.3}"),
    };
    match said.contains('.') {
        true => said.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => said,
    }
}

/// Never rounded up to all, where it is not.
fn percent(part: Option<f64>) -> String {
    match part {
        None => "no data".to_owned(),
        Some(part) => {
            let cut = (part * 100_000.0).floor() / 1000.0;
            format!("{} %", number(cut))
        }
    }
}

struct Writer {
    out: String,
    zone: TimeZone,
}

impl Writer {
    fn line(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }

    fn at(&self, at_ms: i64) -> String {
        let at = Timestamp::from_millisecond(at_ms).unwrap_or_default();
        let at = at.to_zoned(self.zone.clone());
        at.strftime("%Y-%m-%d %H:%M").to_string()
    }

    fn table(&mut self, heads: &[(&str, bool)], rows: &[Vec<String>]) {
        let class = |is_number: bool| if is_number { " class=\"n\"" } else { "" };
        let mut line = "<table><thead><tr>".to_owned();
        for (head, is_number) in heads {
            // Writing to a text does not fail.
            let _ = write!(line, "<th{}>{}</th>", class(*is_number), text(head));
        }
        line.push_str("</tr></thead><tbody>");
        for row in rows {
            line.push_str("<tr>");
            for (cell, (_, is_number)) in row.iter().zip(heads) {
                let _ = write!(line, "<td{}>{}</td>", class(*is_number), text(cell));
            }
            line.push_str("</tr>");
        }
        line.push_str("</tbody></table>");
        self.line(&line);
    }

    /// A bar a day; as high as the part of its target that the day kept.
    fn days(&mut self, days: &[BudgetPoint], target: f64) {
        if days.len() < 2 {
            return;
        }
        let allowed = (1.0 - target).max(f64::MIN_POSITIVE);
        let mut line = format!(
            "<svg viewBox=\"0 0 {} 40\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"The part that was good, day by day\">",
            days.len() * 10
        );
        for (place, day) in days.iter().enumerate() {
            let (height, class, said) = match day.value {
                None => (40.0, " class=\"none\"", "no data".to_owned()),
                Some(good) => {
                    let burnt = ((1.0 - good) / allowed).clamp(0.0, 4.0);
                    let class = if burnt > 1.0 { " class=\"bad\"" } else { "" };
                    (40.0 - burnt * 8.0, class, percent(Some(good)))
                }
            };
            let at = self.at(day.at_ms);
            let _ = write!(
                line,
                "<rect{class} x=\"{}\" y=\"{}\" width=\"9\" height=\"{height}\"><title>{at}: {said}</title></rect>",
                place * 10,
                40.0 - height
            );
        }
        line.push_str("</svg>");
        self.line(&line);
    }

    fn row(&mut self, row: &ReportRow) {
        let draft = &row.draft;
        self.line("<section>");
        let class = match row.state {
            wire::ObjectiveState::Missed => "bad",
            wire::ObjectiveState::Unknown => "small",
            wire::ObjectiveState::Met | wire::ObjectiveState::AtRisk => "good",
        };
        self.line(&format!(
            "<h2>{} <span class=\"{class}\">{}</span></h2>",
            text(&row.id),
            row.state.as_str()
        ));
        for said in [&draft.description, &row.sentence] {
            if !said.is_empty() {
                self.line(&format!("<p>{}</p>", text(said)));
            }
        }
        if !row.caution.is_empty() {
            self.line(&format!("<p class=\"small\">{}</p>", text(&row.caution)));
        }
        let owner = match draft.owner.as_str() {
            "" => String::new(),
            owner => format!(" · owner {owner}"),
        };
        let minutes = minutes(&row.budget, draft.gaps.as_str());
        self.line(&format!(
            "<p class=\"small\">{}</p>",
            text(&format!("{minutes}{owner}"))
        ));
        if !draft.consequence.is_empty() && row.state == wire::ObjectiveState::Missed {
            let said = format!("Consequence: {}", draft.consequence);
            self.line(&format!("<p>{}</p>", text(&said)));
        }
        self.days(&row.days, draft.target_percent / 100.0);
        if !row.incidents.is_empty() {
            self.line("<h3>Incidents that cost most</h3>");
            let rows = row.incidents.iter().map(|it| {
                vec![
                    self.at(it.from_ms),
                    it.to_ms
                        .map_or_else(|| "goes on".to_owned(), |at| self.at(at)),
                    it.bad_minutes.to_string(),
                    number(it.spent),
                    format!("{} %", number((it.share * 1000.0).round() / 10.0)),
                    it.titles.join(", "),
                ]
            });
            let rows = rows.collect::<Vec<_>>();
            self.table(
                &[
                    ("from", false),
                    ("to", false),
                    ("bad minutes", true),
                    ("spent", true),
                    ("of the budget", true),
                    ("alerts", false),
                ],
                &rows,
            );
        }
        if !row.parts.is_empty() {
            self.line("<h3>What spent it</h3>");
            let rows = row.parts.iter().take(10).map(|part| {
                let labels = part
                    .labels
                    .iter()
                    .map(|(name, value)| format!("{name} {value}"));
                let labels = labels.collect::<Vec<_>>().join(", ");
                let what = if labels.is_empty() {
                    "not told apart".to_owned()
                } else {
                    labels
                };
                let share = (part.share * 1000.0).round() / 10.0;
                vec![what, number(part.spent), format!("{} %", number(share))]
            });
            let rows = rows.collect::<Vec<_>>();
            self.table(&[("what", false), ("spent", true), ("share", true)], &rows);
        }
        if !row.versions.is_empty() {
            self.line("<h3>Changes of the objective</h3>");
            let rows = row.versions.iter().map(|version| {
                let what = match version.changes.is_empty() {
                    true => version.edit.as_str().to_owned(),
                    false => version.changes.join("; "),
                };
                vec![self.at(version.at_ms), version.by.clone(), what]
            });
            let rows = rows.collect::<Vec<_>>();
            self.table(&[("when", false), ("who", false), ("what", false)], &rows);
        }
        self.line("</section>");
    }
}

fn minutes(budget: &Budget, gaps: &str) -> String {
    let mut said = format!("{} minutes measured", budget.minutes);
    if budget.gap_minutes > 0 {
        let _ = write!(said, ", {} without data ({gaps})", budget.gap_minutes);
    }
    if budget.excluded_minutes > 0 {
        let _ = write!(
            said,
            ", {} left out for maintenance",
            budget.excluded_minutes
        );
    }
    said
}

/// The file.
pub(crate) fn html(report: &Report) -> String {
    let zone = slo::zone(&report.zone).unwrap_or(TimeZone::UTC);
    let mut writer = Writer {
        out: String::new(),
        zone,
    };
    let title = text(&report.title);
    writer.line(&format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style></head><body>"
    ));
    writer.line(&format!("<h1>{title}</h1>"));
    let (from, to) = (writer.at(report.from_ms), writer.at(report.to_ms));
    let made = writer.at(report.made_ms);
    writer.line(&format!(
        "<p class=\"small\">{from} to {to} ({}). Made {made} by MCP Observatory.</p>",
        text(&report.zone)
    ));
    for sentence in &report.summary {
        writer.line(&format!("<p>{}</p>", text(sentence)));
    }
    let rows: Vec<_> = report
        .rows
        .iter()
        .map(|row| {
            let left = row.budget.left.map(|left| (left * 1000.0).floor() / 1000.0);
            vec![
                row.id.clone(),
                row.state.as_str().to_owned(),
                format!("{} %", row.draft.target_percent),
                percent(row.budget.compliance),
                left.map_or_else(|| "no data".to_owned(), |left| percent(Some(left))),
                number(row.budget.spent),
                number(row.budget.allowed),
            ]
        })
        .collect();
    writer.table(
        &[
            ("objective", false),
            ("state", false),
            ("target", true),
            ("kept", true),
            ("budget left", true),
            ("spent", true),
            ("allowed", true),
        ],
        &rows,
    );
    for row in &report.rows {
        writer.row(row);
    }
    if !report.worst_tools.is_empty() {
        writer.line("<section><h2>Tools that failed most or were slowest</h2>");
        let rows = report.worst_tools.iter().map(|tool| {
            let p95 = tool.p95_seconds;
            let p95 = p95.map_or_else(|| "not known".to_owned(), |it| format!("{} s", number(it)));
            vec![
                tool.server.clone(),
                tool.tool.clone(),
                number(tool.calls),
                number(tool.failed),
                p95,
            ]
        });
        let rows = rows.collect::<Vec<_>>();
        writer.table(
            &[
                ("server", false),
                ("tool", false),
                ("calls", true),
                ("failed", true),
                ("p95", true),
            ],
            &rows,
        );
        writer.line("</section>");
    }
    if !report.changes.is_empty() {
        writer.line("<section><h2>What changed</h2>");
        let rows = report.changes.iter().map(|change| {
            let at = writer.at(change.at_ms);
            vec![at, change.server.clone(), change.text.clone()]
        });
        let rows = rows.collect::<Vec<_>>();
        writer.table(
            &[("when", false), ("server", false), ("what", false)],
            &rows,
        );
        writer.line("</section>");
    }
    writer.line("</body></html>");
    writer.out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_never_better_than_they_are() {
        for (part, expected) in [
            (Some(0.999_999_9), "99.999 %"),
            (Some(1.0), "100 %"),
            (Some(0.9995), "99.95 %"),
            (Some(-0.5), "-50 %"),
            (None, "no data"),
        ] {
            assert_eq!(percent(part), expected);
        }
        assert_eq!(number(1234.5), "1234");
        assert_eq!(number(0.25), "0.25");
        assert_eq!(text("<b>&\"c\""), "&lt;b&gt;&amp;&quot;c&quot;");
    }
}
