//! `query`: asks a running product in PromQL, and prints what it answers.

mod printing;

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use promql::Query;
use serde_json::Value;

use super::running::{KEY, Running};
use super::{BAD_CONFIGURATION, complain};

/// Longest time until there is a connection.
const CONNECTING: Duration = Duration::from_secs(10);
/// Longest time until there is an answer: a product gives up sooner.
const WAITING: Duration = Duration::from_secs(150);

/// What to ask, and whom.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  mcp-observatory query 'mcp_server_up == 0'
  mcp-observatory query 'max by (server) (mcp_probe_duration_seconds)' --range 6h --step 1m --csv > latency.csv

Exit codes: 0 when there is an answer, 64 when the query is wrong, 1 when there is no answer.")]
pub(super) struct Options {
    /// The query, for instance 'mcp_server_up == 0' or 'avg by (server) (mcp_probe_duration_seconds)'.
    expr: String,
    /// At which time: seconds since 1970 or RFC 3339 [default: now].
    #[arg(long, value_name = "TIME", conflicts_with_all = ["range"])]
    time: Option<String>,
    /// Over the last stretch of time, for instance 1h.
    #[arg(long, value_name = "DURATION")]
    range: Option<String>,
    /// The distance of two points of a range.
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "1m",
        requires = "range"
    )]
    step: String,
    #[command(flatten)]
    running: Running,
    /// Print the answer as it comes, as JSON.
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print a table as CSV: a row for each value, a column for each label.
    #[arg(long)]
    csv: bool,
}

/// What is printed, and with which code it ends.
#[derive(Debug)]
struct Told {
    /// On standard output.
    out: String,
    /// On standard error.
    complaints: Vec<String>,
    code: u8,
}

impl Told {
    fn failed(why: String) -> Self {
        Self {
            out: String::new(),
            complaints: vec![why],
            code: 1,
        }
    }
}

pub(super) fn run(options: &Options) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let told = match runtime {
        Ok(runtime) => runtime.block_on(told(options)),
        Err(error) => Told::failed(format!("no runtime: {error}")),
    };
    // Whoever closed our standard output does not want to know.
    let _ = std::io::Write::write_all(&mut std::io::stdout(), told.out.as_bytes());
    told.complaints.iter().for_each(|why| complain(why));
    ExitCode::from(told.code)
}

async fn told(options: &Options) -> Told {
    let answer = match ask(options).await {
        Ok(answer) => answer,
        Err(told) => return told,
    };
    let mut told = Told {
        out: String::new(),
        complaints: Vec::new(),
        code: 0,
    };
    if options.json {
        told.out = format!("{answer}\n");
    }
    if answer["status"] != "success" {
        told.complaints.push(refusal(options, &answer));
        told.code = match answer["errorType"].as_str() {
            Some("bad_data") => BAD_CONFIGURATION,
            _ => 1,
        };
        return told;
    }
    let data = &answer["data"];
    if options.csv {
        match printing::csv(data) {
            Ok(table) => told.out = table,
            Err(error) => return Told::failed(error.to_string()),
        }
    } else if !options.json {
        told.out = printing::lines(data);
    }
    if data["result"].as_array().is_some_and(Vec::is_empty) {
        told.complaints.push("there is no such series".to_owned());
    }
    for kind in ["warnings", "infos"] {
        let texts = answer[kind].as_array().into_iter().flatten();
        let texts = texts.filter_map(Value::as_str).map(str::to_owned);
        told.complaints.extend(texts);
    }
    told
}

/// Why there is no answer, and what to do about it.
fn refusal(options: &Options, answer: &Value) -> String {
    let text = |name: &str| answer[name].as_str();
    // Prometheus's errors, and those of the door before them.
    let kind = text("errorType").or(text("code")).unwrap_or("error");
    let why = text("error").or(text("message"));
    let why = why.unwrap_or("no answer of a product");
    match kind {
        "unauthorized" => format!(
            "{} lets nobody in without a key: give one with --key or {KEY}{}",
            options.running.url(),
            match options.running.key() {
                Some(_) => "; this one is unknown there",
                None => "",
            }
        ),
        "bad_data" => format!("{kind}: {why}{}", marked(&options.expr)),
        _ => format!("{kind}: {why}"),
    }
}

/// The query, with a mark where it is wrong.
fn marked(expr: &str) -> String {
    if Query::parse(expr).is_ok() {
        return String::new();
    }
    let Err(mistake) = promql::check(expr) else {
        return format!("\n  {}", expr.trim());
    };
    if expr.contains('\n') || expr.len() > 400 {
        return format!("\n  {}\n  {}", expr.trim(), mistake.message);
    }
    let letters = |text: Option<&str>| text.map_or(0, |text| text.chars().count());
    let column = letters(expr.get(..mistake.from));
    let marks = letters(expr.get(mistake.from..mistake.to)).max(1);
    format!(
        "\n  {expr}\n  {}{} {}, column {}",
        " ".repeat(column),
        "^".repeat(marks),
        mistake.message,
        column + 1
    )
}

/// The answer of the product as JSON.
async fn ask(options: &Options) -> Result<Value, Told> {
    let mut form = vec![("query", options.expr.clone())];
    let mut path = "query";
    if let Some(range) = &options.range {
        let wrong = |why: String| Told {
            code: BAD_CONFIGURATION,
            ..Told::failed(why)
        };
        let range = model::parse_duration(range).map_err(|why| wrong(format!("--range: {why}")))?;
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let now_s = now.unwrap_or_default().as_secs_f64();
        path = "query_range";
        form.push(("start", (now_s - range.as_secs_f64()).to_string()));
        form.push(("end", now_s.to_string()));
        form.push(("step", options.step.clone()));
    }
    form.extend(options.time.clone().map(|time| ("time", time)));
    let base = options.running.url();
    let url = format!("{}/api/v1/{path}", base.trim_end_matches('/'));
    let wrong = |error: reqwest::Error| {
        // Its own text says only that something failed; what failed is below.
        let mut cause = std::error::Error::source(&error);
        while let Some(deeper) = cause.and_then(std::error::Error::source) {
            cause = Some(deeper);
        }
        let cause = cause.map(|cause| format!(" ({cause})")).unwrap_or_default();
        let error = error.without_url();
        Told::failed(format!(
            "{base} does not answer: {error}{cause}; is the product running there? (--url)"
        ))
    };
    let mut client = reqwest::Client::builder()
        .connect_timeout(CONNECTING)
        .timeout(WAITING);
    if is_here(&base) {
        client = client.no_proxy();
    }
    let client = client.build().map_err(wrong)?;
    let mut request = client.post(&url).form(&form);
    if let Some(key) = options.running.key() {
        request = request.bearer_auth(key);
    }
    let response = request.send().await.map_err(wrong)?;
    let status = response.status();
    let text = response.text().await.map_err(wrong)?;
    let said = text.trim();
    serde_json::from_str(said).map_err(|_| match said {
        "starting" => Told::failed(format!("{base} is still starting; try again in a moment")),
        _ => Told::failed(format!(
            "{base} answers {status}, but nothing that a product would say; is it another program? (--url)"
        )),
    })
}

/// Whether an address is on this machine, where no proxy has to be asked.
fn is_here(url: &str) -> bool {
    let Ok(url) = url.parse::<http::Uri>() else {
        return false;
    };
    let host = url.host().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let address: Result<std::net::IpAddr, _> = bare.parse();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests;
