//! Icons, drawn here: nothing is fetched from anywhere.

use leptos::prelude::*;
use wire::Level;

/// What an icon shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glyph {
    /// The product.
    Observatory,
    /// The overview page.
    Overview,
    /// Servers.
    Server,
    /// Alerts.
    Alert,
    /// Healthy, done.
    Check,
    /// Failing.
    Cross,
    /// Degraded.
    Warning,
    /// Unknown.
    Question,
    /// Waiting.
    Clock,
    /// Started again.
    Restart,
    /// A definition changed.
    Diamond,
    /// Dark or light.
    Theme,
    /// What else can be done.
    More,
    /// Search.
    Search,
    /// Copy a text.
    Copy,
    /// An address.
    Link,
    /// Rows and columns.
    Table,
    /// A file to keep.
    Download,
    /// A picture to keep.
    Image,
    /// Look closer.
    Explore,
    /// Fill the screen.
    Expand,
    /// Opens downwards.
    Down,
    /// Back, before.
    Left,
    /// On, after.
    Right,
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
    /// Can be sorted.
    Sortable,
    /// Which columns are shown.
    Columns,
    /// Worth knowing.
    Info,
    /// Take it back.
    Undo,
    /// Stand still.
    Pause,
    /// Go on.
    Play,
    /// End it.
    Stop,
    /// Show some only.
    Filter,
    /// Keys.
    Keyboard,
    /// Settings.
    Settings,
    /// One more.
    Plus,
    /// An objective.
    Target,
    /// Live traffic.
    Activity,
    /// Lines of text.
    Logs,
    /// Spans of time within each other.
    Traces,
    /// A measured value.
    Gauge,
    /// How long it takes.
    Stopwatch,
    /// A command.
    Terminal,
    /// Made and tried.
    Flask,
    /// Something built.
    Box,
    /// Safety.
    Shield,
    /// Who did what.
    Checklist,
    /// What it costs.
    Coin,
    /// Somebody.
    Person,
    /// Days.
    Calendar,
    /// A list, a menu of pages.
    Lines,
    /// Silenced.
    Mute,
    /// Change it.
    Pencil,
    /// Throw it away.
    Trash,
}

impl Glyph {
    /// The sign of a level.
    pub fn of_level(level: Level) -> Self {
        match level {
            Level::Healthy => Self::Check,
            Level::Degraded => Self::Warning,
            Level::Unhealthy => Self::Cross,
            Level::Unknown => Self::Question,
        }
    }

    /// The outline, on a grid of 16 by 16, drawn with a stroke of 1.6.
    fn path(self) -> &'static str {
        match self {
            Self::Observatory => "M2 12a6 6 0 0 1 12 0zM8 6l4-4M1 14h14",
            Self::Overview => "M2 2h5v6H2zM9 2h5v4H9zM9 8h5v6H9zM2 10h5v4H2z",
            Self::Server => "M2 2.5h12v4H2zM2 9.5h12v4H2zM4.5 4.5h.1M4.5 11.5h.1",
            Self::Alert => "M8 2a4 4 0 0 1 4 4v3l1.5 2.5h-11L4 9V6a4 4 0 0 1 4-4zM6.5 13.5h3",
            Self::Check => "M3 8.5l3.2 3.2L13 4.8",
            Self::Cross => "M4 4l8 8M12 4l-8 8",
            Self::Warning => "M8 2.5l6 11H2zM8 6.5v3M8 11.6v.1",
            Self::Question => "M5.8 6a2.2 2.2 0 1 1 3.2 2c-.8.4-1 .8-1 1.6M8 12v.1",
            Self::Clock => "M8 2a6 6 0 1 0 .1 0M8 5v3.2l2 1.3",
            Self::Restart => "M13 8a5 5 0 1 1-1.5-3.5M13 2v3h-3",
            Self::Diamond => "M8 2.5l5.5 5.5L8 13.5 2.5 8z",
            Self::Theme => "M8 2a6 6 0 1 0 6 6 4.5 4.5 0 0 1-6-6z",
            Self::More => "M3 7.6a.4.4 0 1 0 .1 0M8 7.6a.4.4 0 1 0 .1 0M13 7.6a.4.4 0 1 0 .1 0",
            Self::Search => "M7 2.5a4.5 4.5 0 1 0 .1 0M10.5 10.5L14 14",
            Self::Copy => "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
            Self::Link => {
                "M6.5 9.5l3-3M7.2 4.6l1.1-1.1a2.9 2.9 0 0 1 4.1 4.1l-1.1 1.1M8.8 11.4l-1.1 1.1a2.9 2.9 0 0 1-4.1-4.1l1.1-1.1"
            }
            Self::Table => "M2 3h12v10H2zM2 6.5h12M6.5 6.5V13",
            Self::Download => "M8 2v8M4.8 7L8 10.2 11.2 7M2.5 13.5h11",
            Self::Image => "M2 3h12v10H2zM2 11l3.5-3.5 3 3L11 8l3 3M10.5 5.8h.1",
            Self::Explore => "M8 2a6 6 0 1 0 .1 0M10.7 5.3L9 9l-3.7 1.7L7 7z",
            Self::Expand => "M9.5 2.5h4v4M6.5 13.5h-4v-4M13.5 2.5L9 7M2.5 13.5L7 9",
            Self::Down => "M4 6l4 4 4-4",
            Self::Left => "M10 4L6 8l4 4",
            Self::Right => "M6 4l4 4-4 4",
            Self::Ascending => "M8 13V3M4.5 6.5L8 3l3.5 3.5",
            Self::Descending => "M8 3v10M4.5 9.5L8 13l3.5-3.5",
            Self::Sortable => "M5 6.3l3-3 3 3M5 9.7l3 3 3-3",
            Self::Columns => "M2 3h12v10H2zM6 3v10M10 3v10",
            Self::Info => "M8 2a6 6 0 1 0 .1 0M8 7.4V11M8 5v.1",
            Self::Undo => "M5.5 3l-3 3 3 3M2.5 6H10a3.7 3.7 0 0 1 0 7.5H6.5",
            Self::Pause => "M5.5 3v10M10.5 3v10",
            Self::Play => "M5 3l8 5-8 5z",
            Self::Stop => "M4 4h8v8H4z",
            Self::Filter => "M2 3h12L9.6 8.6v4.9l-3.2-1.6V8.6z",
            Self::Keyboard => "M1.5 4h13v8.5h-13zM4.5 6.9h.1M8 6.9h.1M11.5 6.9h.1M5.5 9.8h5",
            Self::Settings => {
                "M2 5h5.5M12.5 5H14M2 11h1.5M8.5 11H14M10 3.2a1.8 1.8 0 1 0 .1 0M6 9.2a1.8 1.8 0 1 0 .1 0"
            }
            Self::Plus => "M8 3v10M3 8h10",
            Self::Target => "M8 2a6 6 0 1 0 .1 0M8 5.2a2.8 2.8 0 1 0 .1 0M8 8h.1",
            Self::Activity => "M1.5 8.5h3l2-5.5 3 10 2-4.5h3",
            Self::Logs => "M3 2.5h10v11H3zM5.5 5.5h5M5.5 8h5M5.5 10.5h3",
            Self::Traces => "M2 4h7M5 8h7M8 12h6",
            Self::Gauge => "M3 13a6.5 6.5 0 1 1 10 0M8 9.5l2.8-3.4",
            Self::Stopwatch => "M8 4a5 5 0 1 0 .1 0M8 6.6v2.6M6.5 1.8h3",
            Self::Terminal => "M2 3h12v10H2zM4.5 6l2 2-2 2M8.5 10h3",
            Self::Flask => {
                "M6 2v4.5l-3.3 6.2a.9.9 0 0 0 .8 1.3h9a.9.9 0 0 0 .8-1.3L10 6.5V2M5 2h6M4.6 10h6.8"
            }
            Self::Box => "M8 1.8l5.5 3v6.4L8 14.2l-5.5-3V4.8zM2.5 4.8L8 8l5.5-3.2M8 8v6.2",
            Self::Shield => "M8 1.8l5 2v4c0 3-2 5.2-5 6.4-3-1.2-5-3.4-5-6.4v-4z",
            Self::Checklist => "M7 4h7M7 8h7M7 12h7M2 4l1 1 1.8-2M2 8l1 1 1.8-2M2 12l1 1 1.8-2",
            Self::Coin => {
                "M8 2a6 6 0 1 0 .1 0M10 6.2a2 1.5 0 1 0-2 1.8 2 1.5 0 1 1-2 1.8M8 3.7v.9M8 11.4v.9"
            }
            Self::Person => {
                "M8 2.2a2.7 2.7 0 1 0 .1 0M2.8 13.8c.5-3 2.6-4.5 5.2-4.5s4.7 1.5 5.2 4.5"
            }
            Self::Calendar => "M2.5 3.5h11v10h-11zM2.5 6.7h11M5.5 2v3M10.5 2v3",
            Self::Lines => "M2 4h12M2 8h12M2 12h12",
            Self::Mute => "M12 8.5V6a4 4 0 0 0-6.6-3M4 6v3l-1.5 2.5H11M6.5 13.5h3M2 2l12 12",
            Self::Pencil => "M10.5 3L13 5.5 5.5 13H3v-2.5z",
            Self::Trash => "M3 4.5h10M6 4.5V2.8h4v1.7M4.5 4.5l.6 9h5.8l.6-9",
        }
    }
}

/// An icon beside a word: the word speaks, the icon is silent.
#[component]
pub fn Icon(
    /// What it shows.
    glyph: Glyph,
) -> impl IntoView {
    view! {
        <svg
            class="icon"
            viewBox="0 0 16 16"
            width="16"
            height="16"
            fill="none"
            stroke="currentColor"
            stroke-width="1.6"
            stroke-linecap="round"
            stroke-linejoin="round"
            aria-hidden="true"
        >
            <path d=glyph.path()></path>
        </svg>
    }
}
