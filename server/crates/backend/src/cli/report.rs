//! `report`: how objectives did over some time, by what a running product knows.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde_json::Value;

use super::running::{KEY, Running};
use super::{BAD_CONFIGURATION, complain};

/// Longest time until there is a connection.
const CONNECTING: Duration = Duration::from_secs(10);
/// Longest time until there is an answer.
const WAITING: Duration = Duration::from_secs(60);

/// What a report is written in.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// One file for printing.
    Html,
    /// A row an objective.
    Csv,
    /// All of it.
    Json,
}

/// What it is about, and whom to ask.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  mcp-observatory report --month 2026-10 --format html > october.html
  mcp-observatory report --month 2026-Q3 --owner platform --format csv

Exit codes: 0 when there is a report, 64 when what is asked is wrong, 1 when there is no answer.")]
pub(super) struct Options {
    /// A month (2026-10), quarter (2026-Q3) or day (2026-10-07) [default: the last 30 days].
    #[arg(long, value_name = "TIME", default_value = "")]
    month: String,
    /// What it is written in.
    #[arg(long, value_enum, default_value = "html")]
    format: Format,
    /// The zone of days and months.
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    zone: String,
    /// Only this objective, by its id.
    #[arg(long, value_name = "ID", group = "of")]
    objective: Option<String>,
    /// Only what is about this server.
    #[arg(long, value_name = "NAME", group = "of")]
    server: Option<String>,
    /// Only objectives of this owner.
    #[arg(long, value_name = "NAME", group = "of")]
    owner: Option<String>,
    #[command(flatten)]
    running: Running,
}

pub(super) fn run(options: &Options) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let asked = match runtime {
        Ok(runtime) => runtime.block_on(ask(options)),
        Err(error) => Err((format!("no runtime: {error}"), 1)),
    };
    match asked {
        Ok(report) => {
            // Whoever closed our standard output does not want to know.
            let _ = std::io::stdout().write_all(&report);
            ExitCode::SUCCESS
        }
        Err((why, code)) => {
            complain(&why);
            ExitCode::from(code)
        }
    }
}

/// The parts of the address that say what is asked.
fn query(options: &Options) -> Vec<(&'static str, String)> {
    let format = match options.format {
        Format::Html => "html",
        Format::Csv => "csv",
        Format::Json => "json",
    };
    let mut query = vec![
        ("month", options.month.clone()),
        ("zone", options.zone.clone()),
        ("format", format.to_owned()),
    ];
    for (scope, of) in [
        ("objective", &options.objective),
        ("server", &options.server),
        ("owner", &options.owner),
    ] {
        if let Some(of) = of {
            query.push(("scope", scope.to_owned()));
            query.push(("of", of.clone()));
        }
    }
    query
}

async fn ask(options: &Options) -> Result<Vec<u8>, (String, u8)> {
    let base = options.running.url();
    let base = base.trim_end_matches('/');
    let wrong = |error: reqwest::Error| {
        let why = format!("{base} does not answer: {error}; is the product running there? (--url)");
        (why, 1)
    };
    let client = reqwest::Client::builder()
        .connect_timeout(CONNECTING)
        .timeout(WAITING)
        .build()
        .map_err(wrong)?;
    let url = reqwest::Url::parse_with_params(&format!("{base}/sla/report"), query(options));
    let url = url.map_err(|error| (format!("{base} is no address: {error} (--url)"), 1))?;
    let mut request = client.get(url);
    if let Some(key) = options.running.key() {
        request = request.bearer_auth(key);
    }
    let response = request.send().await.map_err(wrong)?;
    let status = response.status();
    let body = response.bytes().await.map_err(wrong)?;
    if status.is_success() {
        return Ok(body.to_vec());
    }
    let problem: Value = serde_json::from_slice(&body).unwrap_or_default();
    Err(match problem["message"].as_str() {
        Some(_) if status == 401 => (
            format!("{base} lets nobody in without a key: give one with --key or {KEY}"),
            1,
        ),
        Some(message) if status == 400 || status == 404 => (message.to_owned(), BAD_CONFIGURATION),
        Some(message) => (message.to_owned(), 1),
        None => (
            format!("{base} answers nothing that a product would say (--url)"),
            1,
        ),
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    #[test]
    fn what_is_asked() {
        let line = |words: &[&str]| {
            let words = ["report"].iter().chain(words);
            Line::try_parse_from(words).map(|line| query(&line.options))
        };
        let pairs = line(&["--month", "2026-10", "--format", "csv", "--owner", "ann"]).unwrap();
        let pairs: Vec<_> = pairs
            .iter()
            .map(|(name, it)| (*name, it.as_str()))
            .collect();
        assert_eq!(
            pairs,
            [
                ("month", "2026-10"),
                ("zone", "UTC"),
                ("format", "csv"),
                ("scope", "owner"),
                ("of", "ann")
            ]
        );
        assert!(line(&["--owner", "a", "--server", "b"]).is_err());
        assert!(line(&["--format", "pdf"]).is_err());
    }
}
