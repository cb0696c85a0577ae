//! The colours of the page, as a canvas needs them.

use leptos::prelude::window;
use plotters::style::RGBColor;
use web_sys::HtmlElement;
use wire::{EventKind, Level};

use super::dom;

/// Two elements that nobody sees have all colours of the theme as colours of theirs, which browsers
/// resolve; custom properties come back as they were written.
const PROBES: [&str; 2] = ["colours-of-series", "colours-of-page"];
const PROPERTIES: [&str; 9] = [
    "color",
    "background-color",
    "border-top-color",
    "border-right-color",
    "border-bottom-color",
    "border-left-color",
    "outline-color",
    "text-decoration-color",
    "column-rule-color",
];

/// The colours of the theme.
#[derive(Clone, Debug)]
pub(super) struct Palette {
    pub(super) series: Vec<RGBColor>,
    pub(super) text: RGBColor,
    pub(super) panel: RGBColor,
    pub(super) muted: RGBColor,
    pub(super) grid: RGBColor,
    bad: RGBColor,
    warn: RGBColor,
    ok: RGBColor,
    info: RGBColor,
    unknown: RGBColor,
}

impl Palette {
    /// The colours as they are now.
    pub(super) fn of(probes: &[HtmlElement]) -> Self {
        let grey = RGBColor(128, 128, 128);
        let mut all = probes.iter().map(|probe| {
            let style = window().get_computed_style(probe).ok().flatten();
            let read = |property: &str| {
                let style = style.as_ref()?;
                parse(&style.get_property_value(property).ok()?)
            };
            PROPERTIES.map(|property| read(property).unwrap_or(grey))
        });
        let series = all.next().unwrap_or([grey; 9]);
        let [text, panel, muted, grid, bad, warn, ok, info, unknown] =
            all.next().unwrap_or([grey; 9]);
        Self {
            series: series[..8].to_vec(),
            text,
            panel,
            muted,
            grid,
            bad,
            warn,
            ok,
            info,
            unknown,
        }
    }

    /// The elements that are read.
    pub(super) fn probes(figure: &HtmlElement) -> Vec<HtmlElement> {
        let probe = |class: &&str| {
            let probe = dom::append(figure, "i", class)?;
            dom::set(&probe, "hidden", "");
            Some(probe)
        };
        PROBES.iter().filter_map(probe).collect()
    }

    pub(super) fn of_series(&self, colour: usize) -> RGBColor {
        self.series[colour % self.series.len()]
    }

    pub(super) fn of_level(&self, level: Level) -> RGBColor {
        match level {
            Level::Unhealthy => self.bad,
            Level::Degraded => self.warn,
            Level::Healthy => self.ok,
            Level::Unknown => self.unknown,
        }
    }

    pub(super) fn of_mark(&self, kind: EventKind) -> RGBColor {
        match kind {
            EventKind::Alert | EventKind::Build => self.bad,
            EventKind::Health => self.warn,
            EventKind::Regression => self.warn,
            EventKind::Definition => self.series[3],
            EventKind::Deploy => self.series[1],
            EventKind::Edit | EventKind::Note => self.unknown,
            EventKind::Restart | EventKind::Start | EventKind::Reload | EventKind::Stop => {
                self.info
            }
        }
    }
}

/// `rgb(1, 2, 3)` and `rgba(1, 2, 3, 0.5)`, as computed styles write colours.
fn parse(text: &str) -> Option<RGBColor> {
    let inside = text.trim().strip_suffix(')')?.split_once('(')?.1;
    let mut parts = inside
        .split([',', ' ', '/'])
        .filter(|part| !part.is_empty());
    let mut next = || parts.next()?.split('.').next()?.parse::<u8>().ok();
    Some(RGBColor(next()?, next()?, next()?))
}
