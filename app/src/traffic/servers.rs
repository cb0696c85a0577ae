//! What calls come to, by server: most used, slowest, most failing, by client, and what definitions cost.

use leptos::prelude::*;
use ui::{BarItem, BarList, Cell, Column, Empty, PageTime, Table, TableRow, all, copy, format};
use wire::{Server, ServerTraffic, TrafficSummary, Unit, Usage, path_segment};

use super::detail::quoted;
use super::words;

/// Servers whose tools are shown; the table has all.
const MOST_SERVERS: usize = 6;
/// Bars of a list.
const MOST_BARS: usize = 8;

/// What feeds the page, ready to be copied.
const COMMAND: &str =
    "mcp-observatory tap --name files -- npx -y @modelcontextprotocol/server-filesystem /data";

/// All servers.
pub(crate) fn servers(summary: &TrafficSummary) -> AnyView {
    if summary.kept == 0 {
        return nothing();
    }
    let time = expect_context::<PageTime>();
    let rows: Vec<_> = summary
        .servers
        .iter()
        .map(|server| row(server, time))
        .collect();
    let closely = summary.servers.iter().take(MOST_SERVERS);
    let closely = all(closely.map(|server| one(server, time)));
    let cut = summary.is_cut.then(|| {
        format!(
            "Only the newest {} calls of this time are counted here.",
            format::grouped(summary.calls as usize)
        )
    });
    view! {
        <Table
            id="traffic-servers"
            title="servers"
            columns=columns()
            rows=move || rows.clone()
            empty="No server was called in this time."
        />
        <p>{cut}</p>
        {closely}
    }
    .into_any()
}

/// How to feed it.
pub(crate) fn nothing() -> AnyView {
    view! {
        <Empty>
            "No traffic seen. Write the tap before the command of a server in the file of your MCP client, and every call of it is here: "
            <code>{COMMAND}</code> " "
            <button type="button" data-needs-script on:click=move |_| copy(COMMAND, "Command")>"Copy"</button>
        </Empty>
    }
    .into_any()
}

fn columns() -> Vec<Column> {
    vec![
        Column::new("server", "Server"),
        Column::new("calls", "Calls").width(90).number(),
        Column::new("failing", "Failing").width(90).number(),
        Column::new("silent", "Nothing in it")
            .width(110)
            .number()
            .optional(),
        Column::new("p50", "p50").width(90).number().optional(),
        Column::new("p95", "p95").width(90).number().second(),
        Column::new("tools", "Tools").width(80).number().optional(),
        Column::new("cost", "Tokens of definitions")
            .width(170)
            .number()
            .second(),
        Column::new("last", "Last call").width(110).optional(),
    ]
}

fn row(server: &ServerTraffic, time: PageTime) -> TableRow {
    let all = &server.all;
    let href = of_server(&all.name, "", time);
    let number = |count: u64| Cell::value(Unit::Number, Some(count as f64));
    TableRow {
        key: all.name.clone(),
        href: Some(href.clone()),
        cells: vec![
            Cell::Link(all.name.clone(), href),
            number(all.calls),
            Cell::value(Unit::Ratio, words::failing(all)),
            number(all.silent),
            Cell::value(Unit::Seconds, Some(all.p50_seconds)),
            Cell::value(Unit::Seconds, Some(all.p95_seconds)),
            number(server.definitions),
            number(server.definition_tokens),
            Cell::Time(server.last_ms),
        ],
    }
}

/// The page of a server's calls, or of some of them.
fn of_server(server: &str, more: &str, time: PageTime) -> String {
    let filter = format!("server:{}{more}", quoted(server));
    time.href(&format!("/traffic?filter={}", path_segment(&filter)))
}

fn one(server: &ServerTraffic, time: PageTime) -> AnyView {
    let name = server.all.name.clone();
    let slowest = words::bottleneck(server);
    let cost = match server.definitions {
        0 => "It has not listed its tools while somebody watched.".to_owned(),
        tools => format!(
            "Its {} cost a model about {} tokens ({}) before anything is asked.",
            format::count(tools as usize, "tool"),
            format::grouped(server.definition_tokens as usize),
            format::bytes(server.definition_bytes as f64),
        ),
    };
    let href = {
        let name = name.clone();
        move |token: &str, value: &str| {
            of_server(&name, &format!(" {token}:{}", quoted(value)), time)
        }
    };
    let tools = |value: fn(&Usage) -> f64, text: fn(&Usage) -> String| {
        bars(&server.tools, value, text, |it| href("tool", &it.name))
    };
    let calls = |it: &Usage| format::grouped(it.calls as usize);
    let lists = [
        ("Most used", tools(|it| it.calls as f64, calls)),
        (
            "Slowest (p95)",
            tools(|it| it.p95_seconds, |it| format::seconds(it.p95_seconds)),
        ),
        (
            "Most failing",
            tools(
                |it| it.failed as f64,
                |it| {
                    let share = words::failing(it).unwrap_or_default();
                    format!(
                        "{} ({})",
                        format::grouped(it.failed as usize),
                        format::percent(share * 100.0)
                    )
                },
            ),
        ),
        (
            "By client",
            bars(
                &server.clients,
                |it| it.calls as f64,
                calls,
                |it| href("client", &it.name),
            ),
        ),
    ];
    let lists = lists.map(|(title, items)| {
        let of = format!("{title}, {name}");
        let list = match items.is_empty() {
            true => view! { <Empty>"None in this time."</Empty> }.into_any(),
            false => view! { <BarList title=of items=move || items.clone() /> }.into_any(),
        };
        view! { <div><h4>{title}</h4>{list}</div> }
    });
    view! {
        <h3>{name.clone()}</h3>
        <p>{slowest} " " {cost}</p>
        <div class="tiles">{all(lists.into_iter())}</div>
    }
    .into_any()
}

/// The largest, largest first; what is nothing is left out.
fn bars(
    usages: &[Usage],
    value: fn(&Usage) -> f64,
    text: fn(&Usage) -> String,
    href: impl Fn(&Usage) -> String,
) -> Vec<BarItem> {
    let mut some: Vec<&Usage> = usages.iter().filter(|it| value(it) > 0.0).collect();
    some.sort_by(|a, b| value(b).total_cmp(&value(a)));
    let item = |usage: &&Usage| BarItem {
        name: usage.name.clone(),
        value: value(usage),
        text: text(usage),
        href: Some(href(usage)),
        level: words::level_of(usage),
    };
    some.iter().take(MOST_BARS).map(item).collect()
}

/// What probes see of a server and what agents do, side by side.
pub(crate) fn side_by_side(server: &Server, summary: &TrafficSummary) -> AnyView {
    let time = expect_context::<PageTime>();
    let traffic = summary.servers.first();
    let level = server.verdict.level;
    let disagreement = words::disagreement(level, traffic)
        .map(|said| view! { <p class="trouble" role="status">{said}</p> }.into_any());
    let bottleneck = traffic.and_then(words::bottleneck);
    let seconds = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), format::seconds);
    let ping = server
        .step_seconds("ping")
        .or_else(|| server.step_seconds("discover"));
    let probes = [
        ("Level", level.as_str().to_owned()),
        (
            "Up in 24 h",
            server
                .availability
                .map_or_else(|| "–".to_owned(), format::ratio),
        ),
        ("Ping", seconds(ping)),
        ("Listing tools", seconds(server.step_seconds("list_tools"))),
    ];
    let href = of_server(&server.name, "", time);
    let calls = match traffic {
        None => {
            let command = format!("mcp-observatory tap --name {} -- …", quoted(&server.name));
            view! {
                <Empty>
                    "No traffic seen in this time. A tap of this name tells it: " <code>{command}</code>
                </Empty>
            }
            .into_any()
        }
        Some(traffic) => {
            let all = &traffic.all;
            let share = words::failing(all).unwrap_or_default();
            facts([
                ("Calls", format::grouped(all.calls as usize)),
                ("Failing", format::percent(share * 100.0)),
                ("Nothing in it", format::grouped(all.silent as usize)),
                (
                    "p50, p95",
                    format!(
                        "{}, {}",
                        format::seconds(all.p50_seconds),
                        format::seconds(all.p95_seconds)
                    ),
                ),
            ])
        }
    };
    view! {
        {disagreement}
        <div class="tiles">
            <div><h3>"Probes"</h3>{facts(probes)}</div>
            <div><h3><a href=href>"Agents' calls"</a></h3>{calls}</div>
        </div>
        <p>{bottleneck}</p>
    }
    .into_any()
}

fn facts<const N: usize>(facts: [(&'static str, String); N]) -> AnyView {
    let rows = facts
        .into_iter()
        .map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> });
    view! { <div class="launch-details"><dl class="facts">{all(rows)}</dl></div> }.into_any()
}

#[cfg(test)]
mod tests {
    use wire::Level;

    use super::*;
    use crate::traffic::words::tests::usage;

    #[test]
    fn the_largest_come_first_and_nothing_is_left_out() {
        let usages = [
            usage("a", 5, 0, 1.0),
            usage("b", 9, 3, 1.0),
            usage("c", 0, 0, 0.0),
        ];
        let names = |value: fn(&Usage) -> f64| {
            let items = bars(
                &usages,
                value,
                |it| it.calls.to_string(),
                |_| "/".to_owned(),
            );
            items.into_iter().map(|item| item.name).collect::<Vec<_>>()
        };
        assert_eq!(names(|it| it.calls as f64), ["b", "a"]);
        assert_eq!(names(|it| it.failed as f64), ["b"]);
        let failing = bars(
            &usages,
            |it| it.failed as f64,
            |_| String::new(),
            |_| String::new(),
        );
        assert_eq!(failing[0].level, Level::Unhealthy);
    }
}
