//! `report`: how objectives did over some time, by what a running product knows.

use std::io::Write;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use reqwest::Url;

use super::complain;
use super::running::Running;

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
    let asked = options.running.ask(|client, base| {
        let url = Url::parse_with_params(&format!("{base}/sla/report"), query(options));
        let url = url.map_err(|error| format!("{base} is no address: {error} (--url)"))?;
        Ok(client.get(url))
    });
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
