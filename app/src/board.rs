//! Boards of panels over metrics: what the page brought, kept current by the socket, asked for again
//! when the page looks at another time.

mod shown;

use std::sync::Arc;

use leptos::prelude::*;
use ui::{Empty, LiveState, PageTime, all, effect, in_turn, when};
use wire::{BoardData, Code, Event, Outcome, Problem, Span};

use crate::answer::read;
use crate::api::load_board;
use crate::loaded::Loaded;
use crate::seeded::{Room, seeded_outcome, seeded_text, trouble};
pub(crate) use shown::{HIDDEN_MARKS, Shown};

/// Most points of a series: no chart of a page is much wider.
const POINTS: u32 = 300;

/// A board of a page, which its sections are taken from.
#[derive(Clone, Copy)]
pub(crate) struct Board {
    data: Loaded<BoardData>,
    state: StoredValue<Option<Arc<State>>>,
    /// What is made for the board lives as long as the page.
    owner: StoredValue<Owner>,
    about: StoredValue<About>,
}

/// How a panel is shown.
pub(crate) type View = fn(&Shown) -> AnyView;

/// Which board, of which server.
#[derive(Clone)]
struct About {
    name: String,
    server: Option<String>,
}

/// What a board shows now.
struct State {
    sections: Vec<(String, Vec<Shown>)>,
    span: RwSignal<Span>,
    marks: RwSignal<Vec<Event>>,
    title: String,
    question: String,
}

impl Board {
    /// Loads a board; once, in its page.
    pub(crate) fn load(name: &str, server: Option<String>) -> Self {
        let about = About {
            name: name.to_owned(),
            server,
        };
        let asked = about.clone();
        let range = expect_context::<PageTime>().range;
        let data = Loaded::once(move || {
            let About { name, server } = asked.clone();
            let (range_ms, until_ms) = range.get_untracked().parts();
            load_board(name, server, range_ms, until_ms, POINTS)
        });
        Self {
            data,
            state: StoredValue::new(None),
            owner: StoredValue::new(Owner::current().unwrap_or_default()),
            about: StoredValue::new(about),
        }
    }

    /// The panels of a section, side by side. `view` is how a panel is shown: a page that shows few kinds
    /// loads the code of few.
    pub(crate) fn section(self, name: &'static str, view: View) -> AnyView {
        seeded_text(Room::Tall, self.data.text(), move |live, text| {
            let state = self.state(live, text)?;
            let ours = state.sections.iter().find(|(known, _)| known == name);
            Ok(ours.map_or_else(|| ().into_any(), |(_, panels)| row(name, panels, view)))
        })
    }

    /// The panels of a section that have something to show; where none has, that is said.
    pub(crate) fn filled(self, name: &'static str, view: View, nothing: &'static str) -> AnyView {
        seeded_text(Room::Tall, self.data.text(), move |live, text| {
            let state = self.state(live, text)?;
            let ours = state.sections.iter().find(|(known, _)| known == name);
            let panels = ours.map_or_else(Vec::new, |(_, panels)| panels.clone());
            let all_panels = panels.clone();
            let has_none = move || !all_panels.iter().any(Shown::has_some);
            let panels = panels.into_iter().map(|shown| {
                let width = shown.width.to_string();
                let of = shown.clone();
                when(
                    move || of.has_some(),
                    move || {
                        let shown = shown.clone();
                        view! { <div data-width=width.clone()>{in_turn(move || view(&shown))}</div> }
                    },
                )
            });
            Ok(view! {
                <div class="board" data-section=name>{all(panels)}</div>
                {when(has_none, move || view! { <Empty>{nothing}</Empty> })}
            }
            .into_any())
        })
    }

    /// Its title, its question, and all its sections; or what is missing, and where to go.
    pub(crate) fn whole(self, view: View) -> AnyView {
        seeded_outcome(
            Room::Tall,
            self.data.text(),
            move |live, outcome| match outcome.and_then(|text| self.state(live, &text)) {
                Ok(state) => whole(&state, view),
                Err(problem) => self.missing(problem),
            },
        )
    }

    fn missing(self, problem: Problem) -> AnyView {
        let name = self.about.with_value(|about| about.name.clone());
        let time = expect_context::<PageTime>();
        let (heading, why) = match problem.code {
            Code::NotFound => (format!("There is no dashboard {name:?}"), None),
            _ => {
                let heading = format!("The dashboard {name:?} cannot be shown");
                (heading, Some(trouble(problem)))
            }
        };
        view! {
            <h1>{heading}</h1>
            {why}
            <p class="lead">
                <a href=move || time.href("/dashboards")>"See all dashboards"</a>
            </p>
        }
        .into_any()
    }

    /// What it shows, made by the first section that needs it.
    fn state(self, live: LiveState, text: &str) -> Result<Arc<State>, Problem> {
        if let Some(state) = self.state.get_value() {
            return Ok(state);
        }
        let data: BoardData = read(text)?;
        let about = self.about.get_value();
        let owner = self.owner.get_value();
        let state = Arc::new(owner.with(|| State::new(data, about, live)));
        self.state.set_value(Some(state.clone()));
        Ok(state)
    }
}

fn whole(state: &State, view: View) -> AnyView {
    let sections = state.sections.iter();
    let sections = sections.map(|(name, panels)| row(name, panels, view));
    view! {
        <h1>{state.title.clone()}</h1>
        <p class="lead">{state.question.clone()}</p>
        {all(sections)}
    }
    .into_any()
}

fn row(name: &str, panels: &[Shown], view: View) -> AnyView {
    let panels = panels.iter().map(|shown| {
        let (width, shown) = (shown.width.to_string(), shown.clone());
        view! { <div data-width=width>{in_turn(move || view(&shown))}</div> }
    });
    view! { <div class="board" data-section=name.to_owned()>{all(panels)}</div> }.into_any()
}

impl State {
    fn new(data: BoardData, about: About, live: LiveState) -> Self {
        let time = expect_context::<PageTime>();
        let mut outcomes = data.outcomes.into_iter();
        let mut sections = Vec::new();
        for section in data.board.sections {
            let panels = section.panels.into_iter().map(|placed| {
                let ours: Vec<Outcome> =
                    outcomes.by_ref().take(placed.panel.queries.len()).collect();
                Shown::new(placed, &about.server, data.span, ours)
            });
            sections.push((section.name, panels.collect()));
        }
        let state = Self {
            sections,
            span: RwSignal::new(data.span),
            marks: RwSignal::new(data.marks),
            title: data.board.title,
            question: data.board.question,
        };
        state.keep_current(about, time, live);
        state
    }

    fn all(&self) -> Vec<Shown> {
        let panels = self.sections.iter().flat_map(|(_, panels)| panels);
        panels.cloned().collect()
    }

    /// In the browser: new points are appended, another time is asked for.
    fn keep_current(&self, about: About, time: PageTime, live: LiveState) {
        let (panels, span, older) = (self.all(), self.span, self.marks);
        let shown = panels.clone();
        effect(move || {
            let span = span.get();
            let range = time.range.get_untracked();
            for panel in &shown {
                panel.follow(live, range, span);
            }
        });
        let shown = panels.clone();
        effect(move || {
            let now_ms = live.now_ms.get();
            let is_moving = time.range.get_untracked().slides() && !live.is_paused.get_untracked();
            if is_moving && live.is_taken_over() {
                shown.iter().for_each(|panel| panel.slide(now_ms));
            }
        });
        let shown = panels.clone();
        effect(move || {
            let mut marks = older.get();
            live.events.with(|events| {
                marks.retain(|old| events.iter().all(|known| known.id != old.id));
                marks.splice(0..0, events.iter().cloned());
            });
            shown.iter().for_each(|panel| panel.mark(&marks));
        });
        let loaded = StoredValue::new((time.range.get_untracked(), 0_u32));
        effect(move || {
            let range = time.range.get();
            let (known, turn) = loaded.get_value();
            if range == known {
                return;
            }
            loaded.set_value((range, turn + 1));
            let (about, panels) = (about.clone(), panels.clone());
            let (range_ms, until_ms) = range.parts();
            leptos::task::spawn_local(async move {
                let About { name, server } = about;
                let asked = load_board(name, server, range_ms, until_ms, POINTS).await;
                let answer = asked.map_err(|failure| failure.0);
                let answer = answer.and_then(|answer| answer.read());
                // The page may have been left, or look at another time by now.
                if loaded.try_get_value() != Some((range, turn + 1)) {
                    return;
                }
                match answer {
                    Ok(data) => {
                        let mut outcomes = data.outcomes.into_iter();
                        for panel in &panels {
                            panel.replace(data.span, outcomes.by_ref());
                        }
                        older.set(data.marks);
                        span.set(data.span);
                    }
                    Err(problem) => panels.iter().for_each(|panel| panel.fail(&problem.message)),
                }
            });
        });
    }
}
