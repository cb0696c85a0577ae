//! The answer as JSON text: what a program gets of it.

use leptos::prelude::*;
use ui::chart::Picture;
use ui::{Glyph, Icon, Partial, copy, when};

use super::{Session, nothing};
use crate::explore::state::letter;

/// How much text is shown, in bytes.
const MOST: usize = 100_000;

/// The text, as of when something was asked.
pub(super) fn text(session: Session) -> AnyView {
    let whole = move || {
        session.shown.track();
        let (text, shown, count) = session.picture.with_untracked(written);
        if count == 0 {
            return nothing();
        }
        let missing =
            format!("the first {shown} of {count} series stand here. The export has all.");
        let copied = text.clone();
        view! {
            {when(
                move || shown < count,
                move || view! { <Partial missing=missing.clone() /> },
            )}
            <p class="raw-tools" data-needs-script>
                <button type="button" on:click=move |_| copy(&copied, "Answer")>
                    <Icon glyph=Glyph::Copy />
                    "Copy"
                </button>
            </p>
            <pre class="raw" tabindex="0" role="region" aria-label="Answer as JSON">{text}</pre>
        }
        .into_any()
    };
    view! { {move || whole()} }.into_any()
}

/// The series as JSON, how many stand there, and how many there are.
fn written(picture: &Picture) -> (String, usize, usize) {
    let sheet = &picture.sheet;
    let mut out = String::from("[");
    let mut shown = 0;
    for row in &sheet.rows {
        let mut one = String::new();
        let mut labels = String::new();
        for (name, value) in row.labels() {
            let comma = if labels.is_empty() { "" } else { ", " };
            labels.push_str(&format!(
                "{comma}{}: {}",
                wire::quoted(name),
                wire::quoted(value)
            ));
        }
        one.push_str(&format!(
            "\n  {{\n    \"query\": \"{}\",\n    \"labels\": {{{labels}}},\n    \"values\": [",
            letter(row.query())
        ));
        let mut comma = "";
        for (at, value) in sheet.at_ms.iter().zip(&row.values) {
            if !value.is_nan() {
                one.push_str(&format!("{comma}[{at}, {}]", number(*value)));
                comma = ", ";
            }
        }
        one.push_str("]\n  }");
        if shown > 0 && out.len() + one.len() > MOST {
            break;
        }
        if shown > 0 {
            out.push(',');
        }
        out.push_str(&one);
        shown += 1;
    }
    out.push_str("\n]");
    (out, shown, sheet.rows.len())
}

/// A number as JSON has it; what is infinite is a text, as Prometheus writes it.
fn number(value: f64) -> String {
    match value {
        f64::INFINITY => "\"+Inf\"".to_owned(),
        f64::NEG_INFINITY => "\"-Inf\"".to_owned(),
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ui::chart::Sheet;
    use wire::{Matrix, Row};

    fn row(name: &str, values: Vec<Option<f64>>) -> Row {
        let labels = [("__name__", "m"), ("a", name)];
        let labels = labels.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Row {
            labels: labels.into(),
            values,
        }
    }

    #[test]
    fn an_answer_is_json() {
        let matrix = Matrix {
            from_ms: 1000,
            step_ms: 500,
            rows: vec![
                row("\"x\"\n", vec![Some(0.5), None, Some(-2.0)]),
                row("y", vec![Some(f64::MAX), Some(1e-12), None]),
            ],
        };
        let picture = Picture {
            sheet: Sheet::of(&[("", &matrix)]),
            ..Picture::default()
        };
        let (text, shown, count) = written(&picture);
        assert_eq!((shown, count), (2, 2));
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            read,
            serde_json::json!([
                {"query": "A", "labels": {"__name__": "m", "a": "\"x\"\n"}, "values": [[1000, 0.5], [2000, -2]]},
                {"query": "A", "labels": {"__name__": "m", "a": "y"}, "values": [[1000, "+Inf"], [1500, 1e-12]]},
            ])
        );
    }

    #[test]
    fn much_is_cut() {
        let rows = (0..2000).map(|n| row(&n.to_string(), vec![Some(1.0); 100]));
        let matrix = Matrix {
            from_ms: 0,
            step_ms: 1000,
            rows: rows.collect(),
        };
        let picture = Picture {
            sheet: Sheet::of(&[("", &matrix)]),
            ..Picture::default()
        };
        let (text, shown, count) = written(&picture);
        assert!(text.len() <= MOST + 10 && shown > 10 && count == 2000);
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
    }
}
