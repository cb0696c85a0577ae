//! What calls come to, by server: most used, slowest, most failing, by client, and what definitions cost.

use leptos::prelude::*;
use ui::{
    BarItem, BarList, Cell, Column, Empty, PageTime, Table, TableRow, all, copy, each, format,
    when_else,
};
use wire::{Server, ServerTraffic, TrafficSummary, Unit, Usage, filter_token, path_segment};

use super::words;
use crate::facts::facts;

/// Servers whose tools are shown; the table has all.
const MOST_SERVERS: usize = 6;
/// Bars of a list.
const MOST_BARS: usize = 8;

/// What feeds the page, ready to be copied.
const COMMAND: &str =
    "mcp-observatory tap --name files -- npx -y @modelcontextprotocol/server-filesystem /data";

/// All servers, as they stand.
pub(crate) fn servers(shown: RwSignal<TrafficSummary>) -> AnyView {
    when_else(
        move || shown.with(|it| it.kept == 0),
        nothing,
        move || some(shown),
    )
}

fn some(shown: RwSignal<TrafficSummary>) -> AnyView {
    let time = expect_context::<PageTime>();
    let rows = move || shown.with(|it| it.servers.iter().map(|server| row(server, time)).collect());
    let cut = move || match shown.with(|it| (it.is_cut, it.calls)) {
        (false, _) => String::new(),
        (true, calls) => format!(
            "Only the newest {} calls of this time are counted here.",
            format::grouped(calls as usize)
        ),
    };
    let names = move || {
        shown.with(|it| {
            let names = it.servers.iter().map(|server| server.all.name.clone());
            names.take(MOST_SERVERS).collect::<Vec<_>>()
        })
    };
    view! {
        <Table
            id="traffic-servers"
            title="servers"
            columns=columns()
            rows=rows
            empty="No server was called in this time."
        />
        <p>{move || cut()}</p>
        {each(names, String::clone, move |name| one(name, shown, time))}
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
    let filter = format!("{}{more}", filter_token("server", server));
    time.href(&format!("/traffic?filter={}", path_segment(&filter)))
}

/// What is said of one.
fn said(server: &ServerTraffic) -> String {
    let cost = match server.definitions {
        0 => "It has not listed its tools while somebody watched.".to_owned(),
        tools => format!(
            "Its {} cost a model about {} tokens ({}) before anything is asked.",
            format::count(tools as usize, "tool"),
            format::grouped(server.definition_tokens as usize),
            format::bytes(server.definition_bytes as f64),
        ),
    };
    match words::bottleneck(server) {
        Some(slowest) => format!("{slowest} {cost}"),
        None => cost,
    }
}

/// A list of bars: of what, how long they are, and what stands beside them.
type Bars = (
    &'static str,
    fn(&ServerTraffic) -> &[Usage],
    fn(&Usage) -> f64,
    fn(&Usage) -> String,
);

const LISTS: [Bars; 4] = [
    ("Most used", |it| &it.tools, |it| it.calls as f64, calls),
    (
        "Slowest (p95)",
        |it| &it.tools,
        |it| it.p95_seconds,
        |it| format::seconds(it.p95_seconds),
    ),
    (
        "Most failing",
        |it| &it.tools,
        |it| it.failed as f64,
        failed,
    ),
    ("By client", |it| &it.clients, |it| it.calls as f64, calls),
];

fn calls(of: &Usage) -> String {
    format::grouped(of.calls as usize)
}

fn failed(of: &Usage) -> String {
    let share = words::failing(of).unwrap_or_default();
    format!(
        "{} ({})",
        format::grouped(of.failed as usize),
        format::percent(share * 100.0)
    )
}

fn one(name: String, shown: RwSignal<TrafficSummary>, time: PageTime) -> AnyView {
    let server = {
        let name = name.clone();
        Memo::new(move |_| {
            shown.with(|it| it.servers.iter().find(|it| it.all.name == name).cloned())
        })
    };
    let lists = LISTS.into_iter().map(|(title, of, value, text)| {
        let items = move || {
            server.with(|server| {
                let href = |server: &ServerTraffic, it: &Usage| {
                    of_server(&server.all.name, &format!(" {}", it.find), time)
                };
                let items = server
                    .as_ref()
                    .map(|server| bars(of(server), value, text, |it| href(server, it)));
                items.unwrap_or_default()
            })
        };
        let name = format!("{title}, {name}");
        view! { <div><h4>{title}</h4><BarList title=name items=items /></div> }
    });
    let lists = all(lists);
    view! {
        <h3>{name.clone()}</h3>
        <p>{move || server.with(|server| server.as_ref().map(said))}</p>
        <div class="tiles">{lists}</div>
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
            let command = format!("mcp-observatory tap --name {} -- …", word(&server.name));
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

/// A name as a word of a command.
fn word(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./@".contains(c);
    match name.chars().all(is_plain) {
        true => name.to_owned(),
        false => format!("'{}'", name.replace('\'', r"'\''")),
    }
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

    #[test]
    fn names_in_commands() {
        for (name, expected) in [("files", "files"), ("a b", "'a b'"), ("it's", r"'it'\''s'")] {
            assert_eq!(word(name), expected);
        }
    }
}
