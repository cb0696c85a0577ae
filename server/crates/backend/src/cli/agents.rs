//! `agents`: the agents that a running product knows, once or again and again.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use wire::{Agent, AgentPicture, AgentState};

use super::complain;
use super::running::Running;

/// How often the live view is drawn anew.
const EVERY: Duration = Duration::from_secs(1);
/// Where nobody says how large the terminal is.
const SIZE: (usize, usize) = (100, 24);
/// The longest id that is shown whole.
const LONGEST_ID: usize = 32;
/// Another screen without a cursor, and back; home, and what is behind the cursor.
const ENTER: &str = "\x1b[?1049h\x1b[?25l";
const LEAVE: &str = "\x1b[?25h\x1b[?1049l";
const HOME: &str = "\x1b[H";
const REST: &str = "\x1b[J";
const LINE: &str = "\x1b[K\r\n";

/// Arguments of `agents`.
#[derive(Clone, Debug, Args)]
pub(super) struct Options {
    #[command(flatten)]
    running: Running,
    /// Go on, drawn anew each second, until interrupted.
    #[arg(long)]
    watch: bool,
    /// JSON, as `/observability/agents` answers it; with --watch a line each second.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(options: &Options) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let ended = match runtime {
        Ok(runtime) => runtime.block_on(async {
            match options.watch {
                true => watch(options).await,
                false => once(options).await,
            }
        }),
        Err(error) => Err((format!("no runtime: {error}"), 1)),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err((why, code)) => {
            complain(&why);
            ExitCode::from(code)
        }
    }
}

async fn asked(options: &Options) -> Result<(String, AgentPicture), (String, u8)> {
    let answer = options.running.asked(|client, base| {
        Ok(client
            .get(format!("{base}/observability/agents"))
            .header(reqwest::header::ACCEPT, "application/json"))
    });
    let text = String::from_utf8_lossy(&answer.await?).into_owned();
    match serde_json::from_str(&text) {
        Ok(picture) => Ok((text, picture)),
        Err(error) => Err((format!("the answer is none of this version: {error}"), 1)),
    }
}

async fn once(options: &Options) -> Result<(), (String, u8)> {
    let (text, picture) = asked(options).await?;
    let now_ms = jiff::Timestamp::now().as_millisecond();
    let shown = match options.json {
        true => text,
        false => lines(&picture, now_ms, false).join("\n"),
    };
    // Whoever reads no further has seen enough.
    let _ = writeln!(std::io::stdout(), "{}", shown.trim_end());
    Ok(())
}

async fn watch(options: &Options) -> Result<(), (String, u8)> {
    let is_screen = std::io::stdout().is_terminal() && !options.json;
    let has_colours = is_screen && std::env::var_os("NO_COLOR").is_none_or(|it| it.is_empty());
    // Wrong from the start is no reason to wait.
    let mut next = Some(asked(options).await?);
    let mut turns = tokio::time::interval(EVERY);
    let wrong = |error: std::io::Error| (format!("signals cannot be heard: {error}"), 1);
    let mut interrupted = signal(SignalKind::interrupt()).map_err(wrong)?;
    let mut ended = signal(SignalKind::terminate()).map_err(wrong)?;
    let mut screen = Screen::enter(is_screen);
    loop {
        let turn = async {
            turns.tick().await;
            match next.take() {
                Some(first) => Ok(first),
                None => asked(options).await,
            }
        };
        let asked = tokio::select! {
            _ = interrupted.recv() => return Ok(()),
            _ = ended.recv() => return Ok(()),
            asked = turn => asked,
        };
        let now_ms = jiff::Timestamp::now().as_millisecond();
        let drawn = match asked {
            Ok((text, _)) if options.json => screen.draw(&[text]),
            Ok((_, picture)) => screen.draw(&lines(&picture, now_ms, has_colours)),
            // It may be started again.
            Err((why, _)) if is_screen => screen.draw(&[why]),
            Err((why, _)) => {
                complain(&why);
                Ok(())
            }
        };
        if drawn.is_err() {
            return Ok(());
        }
    }
}

/// Where the live view is drawn; what was there before comes back at the end.
struct Screen {
    is_screen: bool,
}

impl Screen {
    fn enter(is_screen: bool) -> Self {
        if is_screen {
            let mut out = std::io::stdout();
            let _ = out.write_all(ENTER.as_bytes()).and_then(|()| out.flush());
        }
        Self { is_screen }
    }

    fn draw(&mut self, lines: &[String]) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        if !self.is_screen {
            writeln!(out, "{}", lines.join("\n"))?;
            return out.flush();
        }
        let (width, height) = size();
        let mut text = HOME.to_owned();
        let more = lines.len().saturating_sub(height - 1);
        for line in lines.iter().take(height - 1 - usize::from(more > 0)) {
            text.push_str(&cut(line, width));
            text.push_str(LINE);
        }
        if more > 0 {
            text.push_str(&format!("and {} more{LINE}", more + 1));
        }
        text.push_str(REST);
        out.write_all(text.as_bytes())?;
        out.flush()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if self.is_screen {
            let mut out = std::io::stdout();
            let _ = out.write_all(LEAVE.as_bytes()).and_then(|()| out.flush());
        }
    }
}

/// Columns and rows of the terminal.
fn size() -> (usize, usize) {
    match rustix::termios::tcgetwinsize(std::io::stdout()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 1 => (size.ws_col.into(), size.ws_row.into()),
        _ => SIZE,
    }
}

/// A line that is no longer than the terminal is wide; what colours it takes no room.
fn cut(line: &str, width: usize) -> String {
    let (mut cut, mut shown, mut is_escape) = (String::new(), 0, false);
    for c in line.chars() {
        match c {
            '\x1b' => is_escape = true,
            'm' if is_escape => is_escape = false,
            _ if is_escape => {}
            _ if shown == width => continue,
            _ => shown += 1,
        }
        cut.push(c);
    }
    cut
}

/// The picture as lines of a table.
fn lines(picture: &AgentPicture, now_ms: i64, has_colours: bool) -> Vec<String> {
    let count = picture.agents.len();
    let mut totals = vec![match count {
        1 => "1 agent".to_owned(),
        count => format!("{count} agents"),
    }];
    for (count, word) in [
        (picture.active, "active"),
        (picture.idle, "idle"),
        (picture.troubled, "in trouble"),
        (picture.stale, "stale"),
        (picture.dead, "dead"),
    ] {
        if count > 0 {
            totals.push(format!("{count} {word}"));
        }
    }
    let mut more = Vec::new();
    more.extend(picture.score.map(|it| format!("score {it:.0}")));
    more.extend(
        picture
            .queries_per_second
            .map(|it| format!("{it:.1} queries/s")),
    );
    more.extend(
        picture
            .parallel_efficiency
            .map(|it| format!("parallel {:.0} %", it * 100.0)),
    );
    more.extend(picture.queue_depth.map(|it| format!("{it:.0} wait")));
    more.extend(picture.balance.map(|it| format!("balance {it:.2}")));
    let mut lines = vec![totals.join(", ")];
    if !more.is_empty() {
        lines.push(more.join(", "));
    }
    if count == 0 {
        lines.push(
            "Nobody has reported yet: POST /api/synthex/agents, or name files in [agents]."
                .to_owned(),
        );
        return lines;
    }
    lines.push(String::new());
    let mut rows = vec![HEADER.map(str::to_owned)];
    rows.extend(picture.agents.iter().map(|agent| row(agent, now_ms)));
    let widths: Vec<_> = (0..HEADER.len())
        .map(|column| {
            rows.iter()
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or_default()
        })
        .collect();
    let states = std::iter::once(None).chain(picture.agents.iter().map(|it| Some(it.state)));
    for (row, state) in rows.iter().zip(states) {
        let mut line = String::new();
        for (place, (text, width)) in row.iter().zip(&widths).enumerate() {
            let cell = match place < WORDS {
                true => format!("{text:<width$}"),
                false => format!("{text:>width$}"),
            };
            let colour = state
                .filter(|_| has_colours && place == STATE)
                .and_then(colour);
            match colour {
                Some(colour) => line.push_str(&format!("\x1b[{colour}m{cell}\x1b[0m")),
                None => line.push_str(&cell),
            }
            line.push_str("  ");
        }
        lines.push(line.trim_end().to_owned());
    }
    lines
}

const HEADER: [&str; 10] = [
    "AGENT",
    "TYPE",
    "STATE",
    "SCORE",
    "QUERIES/S",
    "CPU %",
    "MEMORY",
    "QUEUE",
    "DONE/FAILED",
    "HEARD",
];
/// Columns of words, which begin at the left.
const WORDS: usize = 3;
const STATE: usize = 2;

fn row(agent: &Agent, now_ms: i64) -> [String; 10] {
    let figures = &agent.figures;
    let number = |number: Option<f64>, digits: usize| {
        number.map_or_else(|| "-".to_owned(), |it| format!("{it:.digits$}"))
    };
    let memory = figures
        .memory_bytes
        .map(|bytes| format!("{:.0} MB", bytes / 1e6));
    let memory = memory.or(figures.memory_percent.map(|it| format!("{it:.0} %")));
    let tasks = match (figures.tasks_completed, figures.tasks_failed) {
        (None, None) => figures
            .completion_ratio
            .map_or_else(|| "-".to_owned(), |it| format!("{:.0} %", it * 100.0)),
        (done, failed) => format!("{}/{}", number(done, 0), number(failed, 0)),
    };
    [
        shown(&agent.id),
        shown(&agent.kind),
        agent.state.as_str().to_owned(),
        number(agent.score, 0),
        number(figures.queries_per_second, 1),
        number(figures.cpu_percent, 0),
        memory.unwrap_or_else(|| "-".to_owned()),
        number(figures.queue_depth, 0),
        tasks,
        ago(now_ms - agent.last_ms),
    ]
}

/// What others say must not move the cursor.
fn shown(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .filter(|c| !c.is_control())
        .take(LONGEST_ID)
        .collect();
    if text.chars().count() > LONGEST_ID {
        shown.push('…');
    }
    shown
}

fn ago(ms: i64) -> String {
    match ms.max(0) / 1000 {
        seconds if seconds < 120 => format!("{seconds} s ago"),
        seconds if seconds < 7200 => format!("{} min ago", seconds / 60),
        seconds if seconds < 172_800 => format!("{} h ago", seconds / 3600),
        seconds => format!("{} d ago", seconds / 86_400),
    }
}

fn colour(state: AgentState) -> Option<u8> {
    match state {
        AgentState::Active => Some(32),
        AgentState::Failed | AgentState::Dead => Some(31),
        AgentState::Stale | AgentState::Recovering => Some(33),
        AgentState::Idle | AgentState::Stopped | AgentState::Unknown => None,
    }
}

#[cfg(test)]
mod tests {
    use wire::{AgentFigures, AgentSourceKind};

    use super::*;

    fn agent(id: &str, state: AgentState) -> Agent {
        Agent {
            id: id.to_owned(),
            kind: "coder".to_owned(),
            state,
            said_state: String::new(),
            why: String::new(),
            source: AgentSourceKind::Http,
            source_name: String::new(),
            host: String::new(),
            version: String::new(),
            first_ms: 0,
            last_ms: 1000,
            ahead_ms: 0,
            interval_ms: None,
            score: Some(86.6),
            is_own_score: false,
            factors: Vec::new(),
            figures: AgentFigures {
                memory_bytes: Some(12e6),
                tasks_completed: Some(3.0),
                ..AgentFigures::default()
            },
            past: Vec::new(),
        }
    }

    #[test]
    fn tables() {
        let picture = AgentPicture {
            agents: vec![
                agent("a\x1b[2J", AgentState::Dead),
                agent("longer", AgentState::Active),
            ],
            active: 1,
            dead: 1,
            score: Some(86.6),
            balance: Some(0.5),
            ..AgentPicture::default()
        };
        let expected = "\
2 agents, 1 active, 1 dead
score 87, balance 0.50

AGENT   TYPE   STATE   SCORE  QUERIES/S  CPU %  MEMORY  QUEUE  DONE/FAILED    HEARD
a[2J    coder  dead       87          -      -   12 MB      -          3/-  4 s ago
longer  coder  active     87          -      -   12 MB      -          3/-  4 s ago";
        assert_eq!(lines(&picture, 5000, false).join("\n"), expected);
        let coloured = lines(&picture, 5000, true);
        assert!(
            coloured[4].contains("\x1b[31mdead  \x1b[0m"),
            "{:?}",
            coloured[4]
        );
        assert_eq!(cut(&coloured[4], 16), "a[2J    coder  \x1b[31md\x1b[0m");
        let nobody = lines(&AgentPicture::default(), 0, false);
        assert_eq!(nobody[0], "0 agents");
        assert!(nobody[1].starts_with("Nobody has reported yet"));
    }
}
