//! Colours, type, and the small things that stand in lines of text.

use std::sync::Arc;

use leptos::prelude::*;
use ui::{AlertBadge, Chip, Glyph, Icon, LevelBadge, all, notify};
use wire::{AlertState, Level};

/// Tokens by what they are for, as the style names them.
const COLOURS: [(&str, &[&str]); 5] = [
    ("Surfaces", &["bg", "panel", "raised", "float", "chosen"]),
    ("Lines", &["line", "edge", "grid"]),
    ("Text", &["text", "muted", "faint", "accent"]),
    ("Status", &["ok", "warn", "bad", "info", "unknown"]),
    ("Series", &["c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7"]),
];

pub(super) fn tokens() -> AnyView {
    let groups = all(COLOURS.iter().map(|(name, tokens)| {
        let swatches = all(tokens.iter().map(|token| {
            view! {
                <li>
                    <svg aria-hidden="true">
                        <rect width="100%" height="100%" fill=format!("var(--{token})")></rect>
                    </svg>
                    {*token}
                </li>
            }
        }));
        view! { <div><h3>{*name}</h3><ul class="swatches">{swatches}</ul></div> }
    }));
    let sizes = [
        ("t6", "28 for the number of a tile"),
        ("t5", "20 for the title of a page"),
        ("t4", "16 for the title of a dialog"),
        ("t3", "14 for text"),
        ("t2", "13 for tables and controls"),
        ("t1", "12 for what helps"),
    ];
    let sizes = all(sizes.into_iter().map(|(token, words)| {
        view! { <li data-size=token>{words} " 0123456789 " <code>{token}</code></li> }
    }));
    view! {
        <div class="groups">{groups}</div>
        <ul class="sizes">{sizes}</ul>
    }
    .into_any()
}

pub(super) fn words() -> AnyView {
    let levels = all(Level::ALL.iter().map(|level| {
        let level = *level;
        view! { <LevelBadge level=move || level /> " " }
    }));
    let states = [
        AlertState::Pending,
        AlertState::Firing,
        AlertState::Acknowledged,
        AlertState::Resolved,
    ];
    let states = all(states
        .into_iter()
        .map(|state| view! { <AlertBadge state=state /> " " }));
    let gone = Arc::new(|| notify("The filter would be gone now", false));
    let glyphs = all(GLYPHS.into_iter().map(|glyph| {
        view! { <li title=format!("{glyph:?}")><Icon glyph=glyph /></li> }
    }));
    view! {
        <p class="line">{levels} {states}</p>
        <p class="line">
            <Chip value="production" />
            <Chip name="server" value="filesystem" remove=Some(gone.clone()) />
            <Chip name="label" value="a-value-that-is-much-longer-than-a-chip-should-be-but-is-there-anyway" remove=Some(gone) />
        </p>
        <p class="line">
            <button>"Button"</button>
            <button class="primary">"Acknowledge"</button>
            <button class="danger">"Stop filesystem"</button>
            <button class="quiet">"Quiet"</button>
            <button disabled>"Not now"</button>
            <button class="primary" disabled>"Not now"</button>
            <a href="#words" rel="external">"A link"</a>
            <kbd>"Ctrl K"</kbd>
        </p>
        <ul class="glyphs">{glyphs}</ul>
    }
    .into_any()
}

const GLYPHS: [Glyph; 55] = {
    use Glyph::*;
    [
        Observatory,
        Overview,
        Server,
        Alert,
        Check,
        Cross,
        Warning,
        Question,
        Clock,
        Restart,
        Diamond,
        Theme,
        More,
        Search,
        Copy,
        Link,
        Table,
        Download,
        Image,
        Explore,
        Expand,
        Down,
        Left,
        Right,
        Ascending,
        Descending,
        Sortable,
        Columns,
        Info,
        Undo,
        Pause,
        Play,
        Stop,
        Filter,
        Keyboard,
        Settings,
        Plus,
        Target,
        Activity,
        Logs,
        Traces,
        Gauge,
        Stopwatch,
        Terminal,
        Flask,
        Box,
        Shield,
        Checklist,
        Coin,
        Person,
        Calendar,
        Lines,
        Mute,
        Pencil,
        Trash,
    ]
};
