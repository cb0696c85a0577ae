//! All agents in one picture: how many do well, who to look at first, how evenly they work, where reports come from.

use leptos::prelude::*;
use ui::{PageTime, PanelFrame, PanelMenu, Stat, StatTile, Thresholds, format, when, when_else};
use wire::{AgentPicture, Level, TableName, Unit, path_segment};

use super::words::{address, ended, headline, score, score_level, troubles, worst};
use super::{feed, parts, table};
use crate::address::Address;

pub(super) type Shown = RwSignal<AgentPicture>;

/// Which agents the table has; it stands in the address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    /// The word of a state; empty for all.
    pub(super) state: String,
    /// A type; nothing for all, empty for those that have said none.
    pub(super) kind: Option<String>,
    /// What the table is sorted by; what is chosen leaves that as it is.
    pub(super) sort: String,
    /// What is typed into its filter.
    pub(super) filter: String,
}

impl Wanted {
    fn of(here: Address) -> Self {
        here.query.with(|query| {
            let value = |name| query.get(name).unwrap_or_default();
            Self {
                state: value("state"),
                kind: query.get("type"),
                sort: value("sort"),
                filter: value("filter"),
            }
        })
    }

    /// The address of the page that is asked this.
    pub(super) fn href(&self) -> String {
        let mut parts = vec![("state", self.state.as_str())];
        parts.extend(self.kind.as_deref().map(|kind| ("type", kind)));
        parts.extend([("sort", self.sort.as_str()), ("filter", &self.filter)]);
        // Those that have said no type are asked for as well.
        let said = parts
            .iter()
            .filter(|(name, value)| *name == "type" || !value.is_empty());
        let said: Vec<_> = said
            .map(|(name, value)| format!("{name}={}", path_segment(value)))
            .collect();
        match said.is_empty() {
            true => "/synthex".to_owned(),
            false => format!("/synthex?{}", said.join("&")),
        }
    }
}

pub(super) fn exported(table: TableName) -> PanelMenu {
    PanelMenu {
        exports: Some((move || format!("table={}", table.as_str())).into()),
        ..PanelMenu::default()
    }
}

/// The page.
pub(crate) fn picture(shown: Shown, here: Address) -> AnyView {
    let wanted = Memo::new(move |_| Wanted::of(here));
    let has_some = move || shown.with(|all| !all.agents.is_empty());
    let is_fed = move || shown.with(|all| !all.sources.is_empty());
    view! {
        <h1>{move || shown.with(headline)}</h1>
        <p class="lead">{move || shown.with(lead)}</p>
        {parts::not_taken(shown)}
        {when(has_some, move || some(shown, wanted))}
        {when(is_fed, move || view! {
            <PanelFrame id="agent-sources" title="Where reports come from">{parts::sources(shown)}</PanelFrame>
        })}
        {when_else(has_some, more_ways, || view! {
            <PanelFrame id="agent-ways" title="How agents are told of">{feed::ways()}</PanelFrame>
        })}
    }
    .into_any()
}

/// Who has some, knows how; it is there all the same.
fn more_ways() -> AnyView {
    view! {
        <PanelFrame id="agent-ways" title="How agents are told of">
            <details><summary>"By a file, HTTP, metrics, or Claude Code"</summary>{feed::ways()}</details>
        </PanelFrame>
    }
    .into_any()
}

fn some(shown: Shown, wanted: Memo<Wanted>) -> AnyView {
    view! {
        {parts::states(shown, wanted)}
        {tiles(shown)}
        <PanelFrame id="agents" title="Agents" menu=exported(TableName::Agents)>
            {parts::kinds(shown, wanted)}
            {table::agents(shown, wanted)}
        </PanelFrame>
        <div class="columns">
            <div class="wide">
                <PanelFrame id="agent-balance" title="Load balance">{parts::balance(shown)}</PanelFrame>
                <PanelFrame id="agent-types" title="By type" menu=exported(TableName::AgentKinds)>{table::kinds(shown, wanted)}</PanelFrame>
            </div>
            <div>
                <PanelFrame id="agent-scores" title="Scores to look at first">{parts::scores(shown)}</PanelFrame>
            </div>
        </div>
    }
    .into_any()
}

fn lead(picture: &AgentPicture) -> AnyView {
    if picture.agents.is_empty() {
        return "An agent is whatever works by itself and says how it does. The first report of one fills this page; nothing has to be configured for that."
            .into_any();
    }
    let time = expect_context::<PageTime>();
    match worst(picture) {
        Some(agent) => {
            let href = time.href(&address(&agent.id));
            let said = format!(", {}: {}", agent.state.as_str(), ended(&agent.why));
            view! { "Worst: " <a href=href>{agent.id.clone()}</a> {said} }.into_any()
        }
        None => match picture.agents.iter().find(|it| it.score.is_some()) {
            Some(agent) => {
                let href = time.href(&address(&agent.id));
                let said = agent.score.map_or_else(String::new, score);
                view! { "The lowest score is that of " <a href=href>{agent.id.clone()}</a> ": " {said} " of 100." }
                    .into_any()
            }
            None => "None has said anything that a score can be computed of.".into_any(),
        },
    }
}

/// A share of which less is worse.
fn ratio(value: Option<f64>, warn: f64, bad: f64, detail: &'static str) -> Stat {
    let limits = Thresholds { warn, bad };
    Stat::of(Unit::Ratio, value)
        .detail(detail)
        .level(limits.level(value))
}

fn tiles(shown: Shown) -> AnyView {
    let active = move || {
        shown.with(|all| {
            let level = worst(all).map_or(Level::Healthy, |it| super::words::level(it.state));
            let detail = match troubles(all) {
                none if none.is_empty() => format!("{} idle", all.idle),
                some => format!("{some}, {} idle", all.idle),
            };
            Stat {
                number: format::grouped(all.active as usize),
                unit: format!("of {}", format::grouped(all.agents.len())),
                ..Stat::default()
            }
            .detail(detail)
            .level(level)
        })
    };
    let mean = move || {
        shown.with(|all| {
            Stat {
                number: all.score.map_or_else(|| "–".to_owned(), score),
                unit: "of 100".to_owned(),
                ..Stat::default()
            }
            .detail("mean of those that live")
            .level(score_level(all.score))
        })
    };
    let queries = move || {
        shown.with(|all| Stat::of(Unit::PerSecond, all.queries_per_second).detail("all together"))
    };
    let parallel = move || {
        shown.with(|all| {
            Stat::of(Unit::Ratio, all.parallel_efficiency)
                .detail("of parallel work was useful, mean")
        })
    };
    let queue =
        move || shown.with(|all| Stat::of(Unit::Number, all.queue_depth).detail("tasks that wait"));
    let done =
        move || shown.with(|all| ratio(all.completion_ratio, 0.9, 0.7, "of tasks were done"));
    let recovered =
        move || shown.with(|all| ratio(all.recovery_ratio, 0.9, 0.5, "of recoveries succeeded"));
    let balance =
        move || shown.with(|all| ratio(all.balance, 0.6, 0.3, "how evenly work is spread"));
    view! {
        <div class="tiles">
            <StatTile title="Active agents" stat=active />
            <StatTile title="Health score" stat=mean />
            <StatTile title="Queries" stat=queries />
            <StatTile title="Parallel efficiency" stat=parallel />
            <StatTile title="Queue" stat=queue />
            <StatTile title="Completion" stat=done />
            <StatTile title="Recoveries" stat=recovered />
            <StatTile title="Balance" stat=balance />
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (state, kind, expected) in [
            ("", None, "/synthex"),
            ("stale", None, "/synthex?state=stale"),
            ("", Some("a b"), "/synthex?type=a%20b"),
            ("dead", Some("x"), "/synthex?state=dead&type=x"),
            ("", Some(""), "/synthex?type="),
            ("dead", Some(""), "/synthex?state=dead&type="),
        ] {
            let wanted = Wanted {
                state: state.to_owned(),
                kind: kind.map(str::to_owned),
                ..Wanted::default()
            };
            assert_eq!(wanted.href(), expected);
        }
        let wanted = Wanted {
            kind: Some("x".to_owned()),
            sort: "-score".to_owned(),
            filter: "a b".to_owned(),
            ..Wanted::default()
        };
        assert_eq!(wanted.href(), "/synthex?type=x&sort=-score&filter=a%20b");
    }
}
