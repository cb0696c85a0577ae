//! Calls as they happen: loaded with the page, and what is new asked for every second; newest first, and never more
//! than a page can hold.

use leptos::prelude::*;
use ui::{
    Cell, Column, Glyph, Icon, LiveState, PageTime, Table, TableAction, TableRow, all, effect,
    format,
};
use wire::{CallPage, MOST_OF_A_FILE, SeenCall, TimeRange, Unit, path_segment};

use super::api::load_calls;
use super::badge::Badges;
use super::words;
use crate::address::Address;

/// Calls that a page loads first, that it asks for at a time, and that it holds.
pub(crate) const FIRST: u32 = 200;
const AT_A_TIME: u32 = 200;
const MOST: usize = 600;
/// How often what is new is asked for, in milliseconds of the product's clock. It goes on once a second, set right by the
/// product now and then: a little less than that is a second too.
const REFRESH_MS: i64 = 900;

/// Whether it is time, after it was last time then; a clock that was set back begins anew.
fn is_due(now_ms: i64, last_ms: i64) -> bool {
    !(0..REFRESH_MS).contains(&now_ms.saturating_sub(last_ms))
}

/// What is looked at.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Asked {
    /// Tokens.
    pub(crate) filter: String,
    /// Over which time.
    pub(crate) range: TimeRange,
}

impl Asked {
    /// What the address says, tracked.
    pub(crate) fn of(address: Address, time: PageTime) -> Self {
        let filter = address.query.with(|query| query.get("filter"));
        Self {
            filter: filter.unwrap_or_default(),
            range: time.range.get(),
        }
    }

    /// Whether it is one session that is looked at.
    pub(crate) fn is_of_session(&self) -> bool {
        let mut tokens = self.filter.split_whitespace();
        tokens.any(|token| token.starts_with("session:"))
    }

    /// A number that is another for another question (FNV-1a).
    pub(crate) fn version(&self) -> u32 {
        let text = format!("{} {:?}", self.filter, self.range);
        let step = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(16_777_619);
        text.bytes().fold(2_166_136_261, step)
    }

    /// The address of a file of them.
    fn export(&self, format: &str) -> String {
        let range = match self.range {
            TimeRange::Last(ms) => format!("last_ms={ms}"),
            TimeRange::Between(from_ms, to_ms) => format!("from_ms={from_ms}&to_ms={to_ms}"),
        };
        let filter = match self.filter.as_str() {
            "" => String::new(),
            filter => format!("&filter={}", path_segment(filter)),
        };
        format!("/observability/traffic/export/{format}?{range}{filter}")
    }
}

/// The calls of the page.
#[derive(Clone, Copy)]
pub(crate) struct List {
    calls: RwSignal<Vec<SeenCall>>,
    newest: StoredValue<i64>,
    /// How many match that are not among them.
    more: RwSignal<u64>,
    is_paused: RwSignal<bool>,
    /// How many have come since it stands still.
    held: RwSignal<u64>,
    is_loading: StoredValue<bool>,
    badges: Badges,
    asked: StoredValue<Asked>,
}

impl List {
    /// What was loaded with the page.
    pub(crate) fn new(page: CallPage, asked: Asked) -> Self {
        Self {
            calls: RwSignal::new(page.calls),
            newest: StoredValue::new(page.newest),
            more: RwSignal::new(page.more),
            is_paused: RwSignal::new(false),
            held: RwSignal::new(0),
            is_loading: StoredValue::new(false),
            badges: Badges::new(),
            asked: StoredValue::new(asked),
        }
    }

    /// Asks for what is new, again and again; a time that is over has nothing new.
    pub(crate) fn follow(self, live: LiveState) {
        if !self.asked.with_value(|asked| asked.range.slides()) {
            return;
        }
        let last = StoredValue::new(None);
        effect(move || {
            let now_ms = live.now_ms.get();
            let last_ms: Option<i64> = last.get_value();
            if last_ms.is_none_or(|last_ms| is_due(now_ms, last_ms)) {
                last.set_value(Some(now_ms));
                let stands = self.is_paused.get() || live.is_paused.get();
                if last_ms.is_some() {
                    self.load(stands);
                }
            }
        });
    }

    fn load(self, stands: bool) {
        if self.is_loading.get_value() {
            return;
        }
        self.is_loading.set_value(true);
        let asked = self.asked.get_value();
        let after = Some(self.newest.get_value());
        // While it stands still, only how many there are matters.
        let limit = if stands { 1 } else { AT_A_TIME };
        leptos::task::spawn_local(async move {
            let (range_ms, until_ms) = asked.range.parts();
            let answer = load_calls(asked.filter, range_ms, until_ms, after, limit).await;
            // What is shown stays where nothing newer can be had; the bar above says that the product is gone.
            if let Ok(answer) = answer
                && let Ok(page) = answer.read()
            {
                self.take(page, stands);
            }
            // The page may have been left.
            self.is_loading.try_set_value(false);
        });
    }

    fn take(self, page: CallPage, stands: bool) {
        // It may have been stopped meanwhile.
        let stands = stands || self.is_paused.try_get_untracked() == Some(true);
        if stands {
            let new = page.calls.len() as u64 + page.more;
            self.held.try_set(new);
            return;
        }
        self.held.try_set(0);
        self.newest.try_set_value(page.newest);
        if page.calls.is_empty() {
            return;
        }
        let skipped = page.more;
        let dropped = self.calls.try_update(|calls| merge(calls, page.calls));
        let gone = dropped.unwrap_or_default() as u64 + skipped;
        self.more.try_update(|more| *more += gone);
    }

    fn pause(self, is_paused: bool) {
        self.is_paused.set(is_paused);
        if !is_paused {
            self.load(false);
        }
    }
}

/// Puts new calls before those that are there; returns how many had to go.
fn merge(calls: &mut Vec<SeenCall>, mut new: Vec<SeenCall>) -> usize {
    let newest = calls.first().map_or(i64::MIN, |call| call.id);
    new.retain(|call| call.id > newest);
    new.append(calls);
    let gone = new.len().saturating_sub(MOST);
    new.truncate(MOST);
    *calls = new;
    gone
}

/// The table, and what can be done with it.
pub(crate) fn calls(list: List, address: Address) -> AnyView {
    let time = expect_context::<PageTime>();
    let compare = TableAction::new("Compare two", move |ids: Vec<String>| {
        match ids.as_slice() {
            [one, other] => {
                let (one, other) = if number(one) <= number(other) {
                    (one, other)
                } else {
                    (other, one)
                };
                address.set(&[("compare", format!("{one},{other}"))], false);
            }
            _ => ui::notify("Choose two calls to compare them.".to_owned(), true),
        }
    });
    let asked = list.asked.get_value();
    let file = |format: &str, word: &'static str| {
        let href = asked.export(format);
        view! { <a href=href rel="external" download="">{word}</a> }.into_any()
    };
    let more = move || left_out(list.more.get(), list.calls.with(Vec::len));
    view! {
        <Table
            id="calls"
            title="calls"
            columns=columns()
            rows=move || list.calls.with(|calls| calls.iter().map(|call| row(call, list.badges, time)).collect())
            actions=vec![compare]
            is_tall=true
            empty="No call matches in this time."
            tools=Some(pause(list))
        />
        <p>
            {move || more()} "As files: " {file("json", "JSON")} ", " {file("har", "HAR")} ", "
            {file("otlp", "OTLP")} "."
        </p>
    }
    .into_any()
}

/// What is said of calls that are not in the table.
fn left_out(more: u64, shown: usize) -> String {
    let older = format::grouped(more as usize);
    let all = more.saturating_add(shown as u64);
    match more {
        0 => String::new(),
        _ if all <= u64::from(MOST_OF_A_FILE) => {
            format!("{older} older calls match and are in the files. ")
        }
        _ => format!(
            "{older} older calls match; files have the newest {} of all. ",
            format::grouped(MOST_OF_A_FILE as usize)
        ),
    }
}

fn number(id: &str) -> i64 {
    id.parse().unwrap_or_default()
}

fn pause(list: List) -> AnyView {
    if !list.asked.with_value(|asked| asked.range.slides()) {
        return ().into_any();
    }
    let words = move || match (list.is_paused.get(), list.held.get()) {
        (false, _) => "Pause".to_owned(),
        (true, 0) => "Go on".to_owned(),
        (true, new) => format!("{} new", format::grouped(new as usize)),
    };
    let sign = move || {
        let glyph = match list.is_paused.get() {
            true => Glyph::Play,
            false => Glyph::Pause,
        };
        view! { <Icon glyph=glyph /> }.into_any()
    };
    view! {
        <button
            data-needs-script
            aria-pressed=move || list.is_paused.get().to_string()
            on:click=move |_| list.pause(!list.is_paused.get_untracked())
        >
            {move || sign()}
            " "
            {move || words()}
        </button>
    }
    .into_any()
}

fn columns() -> Vec<Column> {
    vec![
        Column::new("call", "Call"),
        Column::new("outcome", "Outcome").width(150),
        Column::new("took", "Took").width(90).number().second(),
        Column::new("server", "Server").width(130).second(),
        Column::new("client", "Client").width(130).optional(),
        Column::new("answer", "Answer")
            .width(90)
            .number()
            .optional(),
        Column::new("tokens", "Tokens")
            .width(85)
            .number()
            .optional(),
        Column::new("at", "At").width(110).second(),
    ]
}

fn row(call: &SeenCall, badges: Badges, time: PageTime) -> TableRow {
    let href = time.href(&format!("/traffic/calls/{}", call.id));
    let at_ms = call.at_ms;
    let mut note = match (call.is_from_server, call.is_unadvertised) {
        (true, _) => format!("{}, asked by the server", call.method),
        (_, true) => format!("{}, not in the server's list", call.method),
        _ => call.method.clone(),
    };
    if call.is_suspicious {
        note.push_str(", suspicious");
    }
    TableRow {
        key: call.id.to_string(),
        href: Some(href.clone()),
        cells: vec![
            Cell::Link(words::name(call), href).note(note),
            badges.cell(call),
            Cell::value(Unit::Seconds, Some(call.duration_seconds)),
            Cell::text(call.server.clone()),
            match &call.client {
                Some(client) => Cell::text(client.clone()),
                None => Cell::Nothing,
            },
            Cell::value(Unit::Bytes, Some(call.response_bytes as f64)),
            Cell::value(Unit::Number, Some(call.result_tokens as f64)),
            Cell::Time(at_ms),
        ],
    }
}

/// The field above the page: what is looked for stands in the address. Without scripts it is sent as it is.
pub(crate) fn filter_field(address: Address, asked: Memo<Asked>) -> AnyView {
    let first = asked.with_untracked(|asked| asked.filter.clone());
    let hidden = move || {
        let range = asked.with(|asked| asked.range);
        let query = match range == TimeRange::default() {
            true => String::new(),
            false => ui::time::to_query(range),
        };
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        all(pairs.map(|(name, value)| {
            let (name, value) = (name.to_owned(), value.to_owned());
            view! { <input type="hidden" name=name value=value /> }
        }))
    };
    let field = NodeRef::<leptos::html::Input>::new();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if let Some(field) = field.get_untracked() {
            address.set(&[("filter", field.value())], false);
        }
    };
    view! {
        <form class="table-tools" method="get" action="/traffic" on:submit=submit>
            <span class="filter">
                <Icon glyph=Glyph::Filter />
                <input
                    node_ref=field
                    type="search"
                    name="filter"
                    data-filter
                    value=first
                    prop:value=move || asked.with(|asked| asked.filter.clone())
                    placeholder="server: tool: status: client: method:"
                    aria-label="Which calls"
                    aria-describedby="filter-hint"
                    autocomplete="off"
                    spellcheck="false"
                />
            </span>
            {move || hidden()}
            <button type="submit">"Show"</button>
            <small id="filter-hint">
                "For example " <code>"server:files status:error -tool:read_*"</code> ". "
                <code>"status:"</code> " knows ok, error, silent, tool_error, timeout, -32602 and others."
            </small>
        </form>
    }
    .into_any()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::traffic) fn call(id: i64) -> SeenCall {
        SeenCall {
            id,
            at_ms: 0,
            server: "fs".to_owned(),
            transport: "stdio".to_owned(),
            session: "s".to_owned(),
            is_from_server: false,
            client: None,
            protocol: None,
            method: "ping".to_owned(),
            target: None,
            duration_seconds: 0.1,
            outcome: wire::CallOutcome::Ok,
            code: None,
            is_empty: false,
            is_unadvertised: false,
            is_suspicious: false,
            request_bytes: 1,
            response_bytes: 1,
            result_tokens: 0,
        }
    }

    #[test]
    fn what_is_new_stands_first_and_the_oldest_go() {
        let ids = |calls: &[SeenCall]| calls.iter().map(|call| call.id).collect::<Vec<_>>();
        let mut calls = vec![call(3), call(2)];
        // What is there already comes once.
        assert_eq!(merge(&mut calls, vec![call(5), call(4), call(3)]), 0);
        assert_eq!(ids(&calls), [5, 4, 3, 2]);
        let many = (6..1_000).rev().map(call).collect();
        assert_eq!(merge(&mut calls, many), 994 + 4 - MOST);
        assert_eq!((calls.len(), calls[0].id), (MOST, 999));
        assert_eq!(merge(&mut calls, Vec::new()), 0);
    }

    #[test]
    fn files_do_not_have_more_than_they_have() {
        for (more, shown, expected) in [
            (0, 600, ""),
            (9_400, 600, "9,400 older calls match and are in the files. "),
            (
                9_401,
                600,
                "9,401 older calls match; files have the newest 10,000 of all. ",
            ),
        ] {
            assert_eq!(left_out(more, shown), expected);
        }
    }

    #[test]
    fn a_clock_that_is_set_right_loses_no_turn() {
        for (now_ms, last_ms, expected) in [
            (5_000, 5_000, false),
            (5_899, 5_000, false),
            // A second later by another clock, within the same second of this one.
            (5_985, 5_001, true),
            (7_000, 5_000, true),
            (4_000, 5_000, true),
        ] {
            assert_eq!(is_due(now_ms, last_ms), expected, "{now_ms}");
        }
    }

    #[test]
    fn files_are_of_what_is_looked_at() {
        let asked = |filter: &str, range| Asked {
            filter: filter.to_owned(),
            range,
        };
        for (asked, expected) in [
            (asked("", TimeRange::Last(5_000)), "har?last_ms=5000"),
            (
                asked("tool:a b", TimeRange::Between(1, 2)),
                "har?from_ms=1&to_ms=2&filter=tool%3Aa%20b",
            ),
        ] {
            let address = asked.export("har");
            assert_eq!(address.rsplit('/').next(), Some(expected));
        }
        let hour = TimeRange::default();
        assert_ne!(asked("a", hour).version(), asked("b", hour).version());
        assert_ne!(
            asked("a", hour).version(),
            asked("a", TimeRange::Last(1)).version()
        );
    }
}
