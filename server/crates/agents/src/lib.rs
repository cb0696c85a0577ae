//! Fleets of agents: what they report is read ([`read`]), how each stands follows from what it said and when
//! ([`standing`]), how healthy it is from what it measures ([`score`]), and how evenly work is spread ([`fairness`]).
//! Pure: nothing here knows a clock, a store or a page.

mod claude;
mod fairness;
mod figure;
mod interval;
mod json;
mod read;
mod score;
mod state;
mod value;

pub use claude::{Happened, Record, UseKind, Used, happened, is_known as is_claude_code};
pub use fairness::fairness;
pub use figure::{Figure, Figures, Scale};
pub use interval::Interval;
pub use read::{LARGEST, MOST_AGENTS, Nothing, Reading, Told, known_figure, read};
pub use score::{Factor, METHOD, Score, score};
pub use state::{Heard, Patience, Said, Standing, State, said, session, standing};
