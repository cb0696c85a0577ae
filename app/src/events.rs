//! What changed, in full: every mark of the time that the page looks at, by kind.

use leptos::prelude::*;
use ui::{
    Cell, Changing, Column, LiveState, PageTime, PanelFrame, PanelMenu, Table, TableRow, all,
    cookie, effect, format, set_cookie,
};
#[cfg(feature = "ssr")]
use wire::MarkQuery;
use wire::{EventKind, Mark, TimeRange};

use crate::address::Address;
use crate::answer::{Answer, AsJson, Failure};
#[cfg(feature = "ssr")]
use crate::api::services;
use crate::board::HIDDEN_MARKS;
use crate::kept::kept_new;
use crate::searched;

/// Marks in the stretch that is `range_ms` long and ends at `until_ms`, or now; of some kinds where they are named.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_marks(
    kinds: String,
    range_ms: i64,
    until_ms: Option<i64>,
) -> Result<Answer<Vec<Mark>>, Failure> {
    let (services, caller) = services()?;
    let now_ms = services.live.snapshot(&caller).await?.now_ms;
    let (from_ms, to_ms) = TimeRange::of(range_ms, until_ms).ends(now_ms);
    let query = MarkQuery {
        kinds,
        from_ms,
        to_ms,
        limit: MOST,
        ..MarkQuery::default()
    };
    Answer::of(&services.events.marks(&caller, query).await?)
}

/// Most marks that are shown.
const MOST: u32 = 2000;

/// What the address asks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Asked {
    /// Of one kind; of all where empty.
    kind: String,
    range: TimeRange,
}

impl Asked {
    /// What the address of the page asks for.
    pub(crate) fn of(here: Address, time: PageTime) -> Self {
        let kind = here.query.with(|query| query.get("kind"));
        Self {
            // What is no kind asks for nothing.
            kind: kind
                .filter(|word| EventKind::parse(word).is_some())
                .unwrap_or_default(),
            range: time.range.get(),
        }
    }

    /// A number that is another for another question.
    pub(crate) fn version(&self) -> u32 {
        let (range_ms, until_ms) = self.range.parts();
        let until_ms = until_ms.unwrap_or_default();
        searched::version(&format!("{} {range_ms} {until_ms}", self.kind))
    }

    /// Asks it.
    pub(crate) fn load(
        &self,
    ) -> impl Future<Output = Result<Answer<Vec<Mark>>, Failure>> + Send + use<> {
        let (range_ms, until_ms) = self.range.parts();
        load_marks(self.kind.clone(), range_ms, until_ms)
    }

    /// As an export is asked for it.
    fn exported(&self, now_ms: i64) -> String {
        let (from_ms, to_ms) = self.range.ends(now_ms);
        let (from_ms, to_ms) = (from_ms.to_string(), to_ms.to_string());
        searched::query(&[
            ("table", "events"),
            ("kinds", &self.kind),
            ("from_ms", &from_ms),
            ("to_ms", &to_ms),
        ])
    }
}

/// All of them, below the kinds that can be chosen.
pub(crate) fn timeline(live: LiveState, first: Vec<Mark>, asked: &Asked) -> AnyView {
    let (again, slides) = (asked.clone(), asked.range.slides());
    let shown = kept_new(live, first, move || slides, move || again.load());
    let kind = asked.kind.clone();
    let headline = move || shown.with(|marks| headline(marks, &kind));
    let exported = asked.clone();
    let menu = PanelMenu {
        exports: Some(Changing::from(move || exported.exported(live.now_ms.get()))),
        ..PanelMenu::default()
    };
    view! {
        <h1>{headline}</h1>
        {kinds(&asked.kind)}
        {on_charts()}
        <PanelFrame id="marks" title="What changed" menu=menu>
            <Table
                id="marks"
                title="marks"
                columns=columns()
                rows=move || shown.with(|marks| marks.iter().map(row).collect())
                is_tall=true
                empty="Nothing of that kind happened in this time. Deploys are told with `mcp-observatory event TITLE` or POST /api/events."
            />
        </PanelFrame>
    }
    .into_any()
}

/// Which kinds stand on charts: a choice of this browser.
fn on_charts() -> AnyView {
    let hidden = RwSignal::new(String::new());
    // What the server renders knows nothing of it.
    effect(move || hidden.set(cookie(HIDDEN_MARKS).unwrap_or_default()));
    let field = move |kind: EventKind| {
        let word = kind.as_str();
        let is_shown = move || hidden.with(|hidden| !hides(hidden, word));
        let change = move |_| {
            hidden.update(|hidden| *hidden = switched(hidden, word));
            hidden.with_untracked(|hidden| set_cookie(HIDDEN_MARKS, hidden));
        };
        view! {
            <label>
                <input type="checkbox" prop:checked=is_shown on:change=change />
                {called(kind)}
            </label>
        }
        .into_any()
    };
    let kinds = EventKind::ALL.iter().filter(|kind| kind.is_on_charts());
    view! {
        <fieldset class="mark-kinds">
            <legend>"Marks on charts in this browser"</legend>
            {all(kinds.map(|kind| field(*kind)))}
        </fieldset>
    }
    .into_any()
}

fn hides(hidden: &str, kind: &str) -> bool {
    hidden.split('.').any(|it| it == kind)
}

/// The same with a kind shown that was hidden, or the other way round.
fn switched(hidden: &str, kind: &str) -> String {
    let mut left: Vec<_> = hidden
        .split('.')
        .filter(|it| !it.is_empty() && *it != kind)
        .collect();
    if !hides(hidden, kind) {
        left.push(kind);
    }
    left.join(".")
}

/// The kinds as links in a row.
fn kinds(chosen: &str) -> AnyView {
    let time = expect_context::<PageTime>();
    let link = |kind: &'static str, name: &'static str| {
        let path = searched::address("/events", &[("kind", kind)]);
        let current = (kind == chosen).then_some("page");
        view! { <a href=move || time.href(&path) aria-current=current>{name}</a> }.into_any()
    };
    let each = EventKind::ALL
        .iter()
        .map(|kind| link(kind.as_str(), called(*kind)));
    let links = all(std::iter::once(link("", "all")).chain(each));
    view! { <nav class="parts" aria-label="Kinds of marks">{links}</nav> }.into_any()
}

/// Marks of a kind, as people call them.
fn called(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Restart => "restarts",
        EventKind::Definition => "definitions",
        EventKind::Alert => "alerts",
        EventKind::Health => "health",
        EventKind::Start => "starts",
        EventKind::Reload => "reloads",
        EventKind::Stop => "stops",
        EventKind::Deploy => "deploys",
        EventKind::Edit => "edits",
        EventKind::Regression => "regressions",
        EventKind::Build => "failed builds",
        EventKind::Note => "notes",
    }
}

fn headline(marks: &[Mark], kind: &str) -> String {
    let Some(last) = marks.first() else {
        return "Nothing changed in this time".to_owned();
    };
    let count = match marks.len() {
        many if many >= MOST as usize => format!("The last {MOST} marks"),
        count => format::count(count, "mark"),
    };
    let of = match EventKind::parse(kind) {
        Some(kind) => format!(" of {}", called(kind)),
        None => String::new(),
    };
    format!("{count}{of}, the last: {}", last.title)
}

fn columns() -> Vec<Column> {
    vec![
        Column::new("title", "What happened"),
        Column::new("when", "When").width(110),
        Column::new("kind", "Kind").width(100).second(),
        Column::new("server", "Server").width(150).second(),
        Column::new("tags", "Tags").width(150).optional(),
        Column::new("by", "Who").width(110).optional(),
    ]
}

fn row(mark: &Mark) -> TableRow {
    let text = |text: &str| match text {
        "" => Cell::Nothing,
        text => Cell::text(text.to_owned()),
    };
    let href = (!mark.link.is_empty()).then(|| mark.link.clone());
    let title = match href.clone() {
        Some(href) => Cell::Link(mark.title.clone(), href),
        None => Cell::text(mark.title.clone()),
    };
    TableRow {
        key: mark.id.to_string(),
        href,
        cells: vec![
            title.note(mark.text.as_str()),
            Cell::Time(mark.at_ms),
            text(mark.kind.as_str()),
            text(&mark.server),
            text(&mark.tags.join(", ")),
            text(&mark.by),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(title: &str) -> Mark {
        Mark {
            id: 1,
            at_ms: 5,
            kind: EventKind::Deploy,
            server: String::new(),
            title: title.to_owned(),
            link: "/events".to_owned(),
            text: "more".to_owned(),
            tags: vec!["a".to_owned()],
            by: "ci".to_owned(),
        }
    }

    #[test]
    fn headlines() {
        for (marks, kind, expected) in [
            (vec![], "", "Nothing changed in this time"),
            (vec![mark("b"), mark("a")], "", "2 marks, the last: b"),
            (vec![mark("b")], "deploy", "1 mark of deploys, the last: b"),
        ] {
            assert_eq!(headline(&marks, kind), expected);
        }
    }

    #[test]
    fn kinds_are_hidden_and_shown_again() {
        let hidden = switched("", "alert");
        assert_eq!(hidden, "alert");
        let hidden = switched(&hidden, "edit");
        assert_eq!(hidden, "alert.edit");
        assert!(hides(&hidden, "edit") && !hides(&hidden, "ed"));
        assert_eq!(switched(&hidden, "alert"), "edit");
    }

    #[test]
    fn rows_have_a_cell_a_column() {
        assert_eq!(row(&mark("a")).cells.len(), columns().len());
    }

    #[test]
    fn exports_are_of_what_is_shown() {
        let asked = Asked {
            kind: "deploy".to_owned(),
            range: TimeRange::Last(60_000),
        };
        assert_eq!(
            asked.exported(100_000),
            "table=events&kinds=deploy&from_ms=40000&to_ms=100000"
        );
        assert_ne!(asked.version(), Asked::default().version());
    }
}
