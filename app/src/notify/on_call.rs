//! Who is on call when: two weeks of each rota as a calendar, and somebody else put on call by a click on a day.

use leptos::prelude::*;
use ui::{LiveState, PageTime, Zone, all, each, format};
use wire::{Rota, RotaOverride, Turn};

use super::api::{end_override, override_rota};
use super::words::read;
use crate::labelled::{choice, input};
use crate::quiet::day_name;

/// Days that are shown.
const DAYS: i64 = 14;
const DAY_MS: i64 = 86_400_000;
const MINUTE_MS: i64 = 60_000;

/// All rotas, as the page has them.
pub(crate) type Rotas = RwSignal<Vec<Rota>>;

/// Who is on call now.
pub(crate) fn headline(rotas: &[Rota]) -> String {
    let now: Vec<_> = rotas
        .iter()
        .filter(|rota| !rota.on_call.is_empty())
        .map(|rota| format!("{} ({})", rota.on_call, rota.name))
        .collect();
    match (rotas.len(), now.as_slice()) {
        (0, _) => "No rota is written".to_owned(),
        (_, []) => "Nobody is on call now".to_owned(),
        (_, now) => format!("On call now: {}", now.join(", ")),
    }
}

/// A stretch within one day, as a clock of the zone shows it.
#[derive(Clone, Debug, PartialEq)]
struct Bar {
    person: String,
    /// Which of the rota's people: their colour.
    place: usize,
    is_override: bool,
    /// Minutes of the day.
    from: i64,
    to: i64,
}

/// What of some turns lies within the day that begins at a time of the zone.
fn bars(rota: &Rota, begin_ms: i64, zone: Zone) -> Vec<Bar> {
    let bars = rota.turns.iter().filter_map(|turn| {
        let minute = |at_ms: i64| (zone.shift(at_ms) - begin_ms).clamp(0, DAY_MS) / MINUTE_MS;
        let (from, to) = (minute(turn.from_ms), minute(turn.to_ms));
        let place = rota.people.iter().position(|it| *it == turn.person);
        (from < to).then(|| Bar {
            person: turn.person.clone(),
            place: place.unwrap_or(rota.people.len()),
            is_override: !turn.override_id.is_empty(),
            from,
            to,
        })
    });
    bars.collect()
}

fn said(bar: &Bar) -> String {
    let clock = |minute: i64| match minute {
        1440 => "24:00".to_owned(),
        minute => format::clock(minute * MINUTE_MS, false),
    };
    let when = match (bar.from, bar.to) {
        (0, 1440) => String::new(),
        (from, to) => format!(" {}–{}", clock(from), clock(to)),
    };
    let instead = if bar.is_override { " (instead)" } else { "" };
    format!("{}{when}{instead}", bar.person)
}

/// The rotas from a day on, or from today; links lead to the days before and after.
pub(crate) fn calendars(live: LiveState, rotas: Rotas, day: Option<String>) -> AnyView {
    let time = expect_context::<PageTime>();
    let chosen_ms = day.as_deref().and_then(format::parse_date);
    let today = Memo::new(move |_| {
        let now_ms = time.zone.get().shift(live.now_ms.get());
        now_ms - now_ms.rem_euclid(DAY_MS)
    });
    let minute = Memo::new(move |_| live.now_ms.get() / MINUTE_MS);
    let first = Memo::new(move |_| chosen_ms.unwrap_or_else(|| today.get()));
    let to = move |days: i64| {
        let day = format::date(first.get() + days * DAY_MS);
        time.href(&format!("/alerts/on-call?day={day}"))
    };
    let names = move || rotas.with(|all| all.iter().map(|it| it.name.clone()).collect());
    view! {
        <nav class="actions" aria-label="Days">
            <a href=move || to(-DAYS)>"Earlier"</a>
            <a href=move || time.href("/alerts/on-call")>"Today"</a>
            <a href=move || to(DAYS)>"Later"</a>
        </nav>
        <ul class="rotas">
            {each(names, String::clone, move |name| rota(rotas, name, first, today, minute))}
        </ul>
    }
    .into_any()
}

fn rota(
    rotas: Rotas,
    name: String,
    first: Memo<i64>,
    today: Memo<i64>,
    minute: Memo<i64>,
) -> AnyView {
    let time = expect_context::<PageTime>();
    let title = name.clone();
    let now = {
        let name = name.clone();
        Memo::new(move |before: Option<&Option<Rota>>| {
            let now = rotas.with(|all| all.iter().find(|it| it.name == name).cloned());
            now.or_else(|| before.cloned().flatten())
        })
    };
    let form = Form::new(name.clone(), rotas);
    let rows = move || {
        let (zone, today, first) = (time.zone.get(), today.get(), first.get());
        now.with(|rota| {
            let rota = rota.as_ref()?;
            let days = (0..DAYS).map(|n| first + n * DAY_MS);
            Some(all(
                days.map(|day| line(rota, day, day == today, zone, form))
            ))
        })
    };
    let about = move || {
        let (now_ms, zone) = (minute.get() * MINUTE_MS, time.zone.get());
        now.with(|rota| rota.as_ref().map(|rota| about(rota, now_ms, zone)))
    };
    let legend = move || {
        now.with(|rota| {
            let people = rota
                .as_ref()
                .map(|rota| rota.people.clone())
                .unwrap_or_default();
            all(people.into_iter().enumerate().map(|(place, person)| {
                view! { <span data-colour=(place % 8).to_string()><i></i>{person}</span> }
            }))
        })
    };
    let overrides = move || {
        let zone = time.zone.get();
        now.with(|rota| rota.as_ref().map(|rota| overrides(rota, rotas, zone)))
    };
    let people = now.with_untracked(|rota| rota.as_ref().map(|it| it.people.clone()));
    view! {
        <li>
            <h3>{title}</h3>
            <p>{move || about()}</p>
            <ol class="quiet-days rota-days">{move || rows()}</ol>
            <p class="legend">{move || legend()}</p>
            {form.view(people.unwrap_or_default())}
            {move || overrides()}
        </li>
    }
    .into_any()
}

fn about(rota: &Rota, now_ms: i64, zone: Zone) -> String {
    let mut turns = rota.turns.iter().filter(|turn| turn.to_ms > now_ms);
    let who = match (rota.on_call.as_str(), turns.next(), turns.next()) {
        ("", ..) => "Nobody is on call now".to_owned(),
        (person, Some(turn), Some(next)) if turn.person == person && turn.from_ms <= now_ms => {
            let until = zone.shift(turn.to_ms);
            format!(
                "{person} is on call until {} {}, then {}",
                day_name(until),
                format::clock(until, false),
                next.person
            )
        }
        (person, ..) => format!("{person} is on call now"),
    };
    format!(
        "{who}; hands over in the zone {}. Click a day to put somebody else on call.",
        rota.zone
    )
}

fn line(rota: &Rota, begin_ms: i64, is_today: bool, zone: Zone, form: Form) -> AnyView {
    let name = day_name(begin_ms);
    let bars = bars(rota, begin_ms, zone);
    let words: Vec<_> = bars.iter().map(said).collect();
    let words = match words.is_empty() {
        true => "nobody".to_owned(),
        false => words.join("; "),
    };
    let label = format!("{name}: {words}");
    let drawn = all(bars.iter().map(|bar| {
        view! {
            <rect
                x=bar.from.to_string()
                width=(bar.to - bar.from).max(4).to_string()
                y="1"
                height="12"
                data-colour=(bar.place % 8).to_string()
                data-override=bar.is_override.then_some("")
            >
                <title>{said(bar)}</title>
            </rect>
        }
    }));
    let current = is_today.then_some("date");
    let choose = move |_| form.choose(begin_ms);
    view! {
        <li aria-current=current>
            <button class="day quiet" aria-label=format!("Somebody else on {name}") on:click=choose>
                {name.clone()}
            </button>
            <svg viewBox="0 0 1440 14" preserveAspectRatio="none" role="img" aria-label=label>
                {drawn}
            </svg>
            <small>{words}</small>
        </li>
    }
    .into_any()
}

/// What is said about who is on call instead.
#[derive(Clone, Copy)]
struct Form {
    rota: StoredValue<String>,
    rotas: Rotas,
    person: RwSignal<String>,
    from: RwSignal<String>,
    to: RwSignal<String>,
    by: RwSignal<String>,
    problem: RwSignal<String>,
    zone: RwSignal<Zone>,
}

impl Form {
    fn new(rota: String, rotas: Rotas) -> Self {
        let text = || RwSignal::new(String::new());
        Self {
            rota: StoredValue::new(rota),
            rotas,
            person: text(),
            from: text(),
            to: text(),
            by: text(),
            problem: text(),
            zone: expect_context::<PageTime>().zone,
        }
    }

    /// The day that begins at a time of the zone.
    fn choose(self, begin_ms: i64) {
        let day = |at_ms| format!("{} 00:00", format::date(at_ms));
        self.from.set(day(begin_ms));
        self.to.set(day(begin_ms + DAY_MS));
    }

    fn view(self, people: Vec<String>) -> AnyView {
        self.person.set(people.first().cloned().unwrap_or_default());
        let of_rota = self.rota.get_value();
        let id = |what: &str| format!("{what}-{}", wire::path_segment(&of_rota));
        let options = people.into_iter().map(|it| (it.clone(), it)).collect();
        let problem = self.problem;
        let said = move || problem.get();
        let submit = move |event: leptos::ev::SubmitEvent| {
            event.prevent_default();
            self.send();
        };
        let dated = |id: String, label, text| typed(id, label, text);
        view! {
            <form class="notify-form" data-needs-script on:submit=submit>
                {choice(id("person"), "person", "Who", self.person, options)}
                {dated(id("from"), "From, such as 2026-12-01 09:00", self.from)}
                {dated(id("to"), "Until", self.to)}
                {input(id("by"), "by", "Your name", self.by)}
                <button class="primary" type="submit">"Put on call"</button>
                <p class="problem" role="status">{move || said()}</p>
            </form>
        }
        .into_any()
    }

    fn send(self) {
        let zone = self.zone.get_untracked();
        let read_time = |text: RwSignal<String>| time_of(&text.get_untracked(), zone);
        let (Some(from_ms), Some(to_ms)) = (read_time(self.from), read_time(self.to)) else {
            let why = "Write both times as 2026-12-01 09:00, or click a day.";
            return self.problem.set(why.to_owned());
        };
        self.problem.set(String::new());
        let draft = RotaOverride {
            rota: self.rota.get_value(),
            person: self.person.get_untracked(),
            from_ms: Some(from_ms),
            to_ms,
            by: self.by.get_untracked(),
        };
        let said = format!("{} is on call", draft.person);
        leptos::task::spawn_local(async move {
            match read(override_rota(draft).await) {
                Ok(rota) => {
                    put(self.rotas, rota);
                    ui::notify(said, false);
                }
                Err(problem) => _ = self.problem.try_set(problem.to_string()),
            }
        });
    }
}

fn typed(id: String, label: &'static str, text: RwSignal<String>) -> AnyView {
    view! {
        <label class="hidden-label" for=id.clone()>{label}</label>
        <input
            id=id
            placeholder=label
            autocomplete="off"
            inputmode="numeric"
            prop:value=move || text.get()
            on:input:target=move |event| text.set(event.target().value())
        />
    }
    .into_any()
}

/// A rota as it is now; of what is shown, only its turns are new.
fn put(rotas: Rotas, rota: Rota) {
    rotas.try_update(|all| {
        if let Some(known) = all.iter_mut().find(|known| known.name == rota.name) {
            *known = rota;
        }
    });
}

/// A time that is written as a clock of the zone shows it.
fn time_of(text: &str, zone: Zone) -> Option<i64> {
    let text = text.trim().replace('T', " ");
    let (date, clock) = text.split_once(' ').unwrap_or((&text, "00:00"));
    let (hour, minute) = clock.trim().split_once(':')?;
    let (hour, minute): (i64, i64) = (hour.parse().ok()?, minute.parse().ok()?);
    let is_clock = (0..=24).contains(&hour) && (0..60).contains(&minute);
    let shown_ms = format::parse_date(date)? + (hour * 60 + minute) * MINUTE_MS;
    // Twice, because the zone may be another at the time that is found first.
    let unshifted = |at_ms: i64| shown_ms - (zone.shift(at_ms) - at_ms);
    is_clock.then(|| unshifted(unshifted(shown_ms)))
}

/// Who is on call instead, and a way to take that back.
fn overrides(rota: &Rota, rotas: Rotas, zone: Zone) -> AnyView {
    let mut ids: Vec<&str> = Vec::new();
    let turns = rota.turns.iter().filter(|turn| {
        let is_new = !turn.override_id.is_empty() && !ids.contains(&turn.override_id.as_str());
        if is_new {
            ids.push(&turn.override_id);
        }
        is_new
    });
    let rows = all(turns.map(|turn| {
        let Turn {
            person,
            from_ms,
            to_ms,
            override_id,
            ..
        } = turn.clone();
        let words = format!("{person} from {} to {}", zone.exact(from_ms), zone.exact(to_ms));
        let label = format!("Take back: {words}");
        let end = move |_| {
            let id = override_id.clone();
            leptos::task::spawn_local(async move {
                match read(end_override(id).await) {
                    Ok(rota) => {
                        put(rotas, rota);
                        ui::notify("Taken back", false);
                    }
                    Err(problem) => ui::notify(problem.to_string(), true),
                }
            });
        };
        view! { <li>{words} " " <button data-needs-script aria-label=label on:click=end>"Take back"</button></li> }
    }));
    view! { <ul class="overrides">{rows}</ul> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(person: &str, from: i64, to: i64, id: &str) -> Turn {
        Turn {
            person: person.to_owned(),
            receiver: String::new(),
            from_ms: from * 3_600_000,
            to_ms: to * 3_600_000,
            override_id: id.to_owned(),
        }
    }

    #[test]
    fn a_day_of_a_rota() {
        let rota = Rota {
            name: "first".to_owned(),
            zone: "UTC".to_owned(),
            people: vec!["ann".to_owned(), "bob".to_owned()],
            on_call: "ann".to_owned(),
            turns: vec![
                turn("ann", -100, 9, ""),
                turn("bob", 9, 12, "x"),
                turn("ann", 12, 33, ""),
                turn("bob", 33, 200, ""),
            ],
        };
        let of = |day: i64| {
            let bars = bars(&rota, day * DAY_MS, Zone::Utc);
            bars.iter().map(said).collect::<Vec<_>>().join("; ")
        };
        assert_eq!(
            of(0),
            "ann 00:00–09:00; bob 09:00–12:00 (instead); ann 12:00–24:00"
        );
        assert_eq!(of(1), "ann 00:00–09:00; bob 09:00–24:00");
        assert_eq!(of(2), "bob");
        assert_eq!(of(30), "");
        assert_eq!(headline(&[rota]), "On call now: ann (first)");
        assert_eq!(headline(&[]), "No rota is written");
    }

    #[test]
    fn times_as_they_are_typed() {
        for (text, expected) in [
            ("1970-01-02 09:30", Some(DAY_MS + 570 * MINUTE_MS)),
            (" 1970-01-02T00:00 ", Some(DAY_MS)),
            ("1970-01-02", Some(DAY_MS)),
            ("1970-01-02 25:00", None),
            ("1970-01-02 9", None),
            ("tomorrow", None),
            ("", None),
        ] {
            assert_eq!(time_of(text, Zone::Utc), expected, "{text}");
        }
    }
}
