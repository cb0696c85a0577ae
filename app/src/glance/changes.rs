//! What changed in the last hour, counted: what is rare is seen here also where alerts crowd it out of a list.

use std::fmt::Write as _;

use ui::format;
use wire::{Caller, EventKind, Glance, MarkQuery, Problem, Services};

/// What is looked at.
const HOUR_MS: i64 = 3_600_000;
/// What changes something; alerts and health only say what came of it.
const CHANGES: [(EventKind, &str); 9] = [
    (EventKind::Deploy, "deploy"),
    (EventKind::Edit, "edit"),
    (EventKind::Definition, "definition change"),
    (EventKind::Build, "failed build"),
    (EventKind::Regression, "changed benchmark"),
    (EventKind::Restart, "restart"),
    (EventKind::Stop, "stop"),
    (EventKind::Reload, "reload"),
    (EventKind::Note, "note"),
];

pub(super) async fn glance(services: &Services, caller: &Caller) -> Result<Glance, Problem> {
    let now_ms = services.live.snapshot(caller).await?.now_ms;
    let kinds = CHANGES.map(|(kind, _)| kind.as_str());
    let query = MarkQuery {
        kinds: kinds.join(","),
        from_ms: now_ms - HOUR_MS,
        to_ms: now_ms,
        limit: u32::MAX,
        ..MarkQuery::default()
    };
    let marks = services.events.marks(caller, query).await?;
    let kinds: Vec<_> = marks.iter().map(|mark| mark.kind).collect();
    Ok(Glance {
        words: said(&kinds),
        lines: Vec::new(),
    })
}

fn said(kinds: &[EventKind]) -> String {
    let mut text = String::new();
    for (kind, what) in CHANGES {
        let count = kinds.iter().filter(|it| **it == kind).count();
        if count > 0 {
            let between = if text.is_empty() {
                "In the last hour: "
            } else {
                ", "
            };
            let _ = write!(text, "{between}{}", format::count(count, what));
        }
    }
    match text.is_empty() {
        true => "In the last hour nothing was deployed, edited or restarted.".to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_counted() {
        use EventKind::{Build, Definition, Deploy, Edit, Regression, Restart};
        assert_eq!(
            said(&[
                Restart, Deploy, Restart, Build, Definition, Edit, Regression
            ]),
            "In the last hour: 1 deploy, 1 edit, 1 definition change, 1 failed build, 1 changed benchmark, 2 restarts"
        );
        assert_eq!(
            said(&[]),
            "In the last hour nothing was deployed, edited or restarted."
        );
    }
}
