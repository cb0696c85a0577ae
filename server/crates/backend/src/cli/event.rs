//! `event`: tells a running product of a deploy or of something else that happened.

use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use super::complain;
use super::running::Running;

/// What happened, and whom to tell.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  mcp-observatory event \"everything 1.4.2\" --server everything --link \"$CI_JOB_URL\" --once \"$CI_JOB_ID\"
  mcp-observatory event \"database moved\" --kind note --time 2026-10-07T14:00:00Z --tag storage

Exit codes: 0 when it was taken, 64 when what is told is wrong, 1 when there is no answer.")]
pub(super) struct Options {
    /// What happened, in one line.
    title: String,
    /// deploy, edit, regression, note, restart or stop.
    #[arg(long, default_value = "deploy")]
    kind: String,
    /// When it happened, in RFC 3339 [default: now].
    #[arg(long, value_name = "TIME")]
    time: Option<String>,
    /// The server concerned.
    #[arg(long, value_name = "NAME", default_value = "")]
    server: String,
    /// Where to read more: a path of the product, or an address.
    #[arg(long, value_name = "LINK", default_value = "")]
    link: String,
    /// More about it.
    #[arg(long, value_name = "TEXT", default_value = "")]
    text: String,
    /// A word to find it by; once or more.
    #[arg(long = "tag", value_name = "WORD")]
    tags: Vec<String>,
    /// Told again under the same key it stays one.
    #[arg(long, value_name = "KEY", default_value = "")]
    once: String,
    #[command(flatten)]
    running: Running,
}

impl Options {
    fn body(&self) -> Value {
        let mut body = json!({
            "title": self.title,
            "kind": self.kind,
            "server": self.server,
            "link": self.link,
            "text": self.text,
            "tags": self.tags,
            "key": self.once,
        });
        if let Some(time) = &self.time {
            body["time"] = json!(time);
        }
        body
    }
}

pub(super) fn run(options: &Options) -> ExitCode {
    let sent = options.running.send(
        "/api/events",
        "application/json",
        options.body().to_string().into_bytes(),
    );
    match sent {
        Ok(mark) => {
            println!("event {} is told", mark["id"]);
            ExitCode::SUCCESS
        }
        Err((why, code)) => {
            complain(&why);
            ExitCode::from(code)
        }
    }
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
    fn what_is_sent() {
        let words = "event it --server s --tag a --tag b --time 2026-10-07T14:00:00Z";
        let line = Line::try_parse_from(words.split(' ')).unwrap();
        assert_eq!(
            line.options.body(),
            json!({
                "title": "it",
                "kind": "deploy",
                "time": "2026-10-07T14:00:00Z",
                "server": "s",
                "link": "",
                "text": "",
                "tags": ["a", "b"],
                "key": "",
            })
        );
        assert!(Line::try_parse_from(["event"]).is_err(), "what happened?");
    }
}
