//! One fault for each reason of the closed list, from the fault to the words: what happened, and
//! what to do.

use std::collections::BTreeSet;
use std::time::Duration;

use mcp::{
    Arguments, Check, Config, Endpoint, Expect, Level, OAuth, Protocol, Reason, Transport, Verdict,
};
use model::LaunchError;
use serde_json::json;
use tokio::net::TcpListener;

use crate::fake_http::{Answer, Request, mcp, plain, start};
use crate::fake_process::{Act, Stage};
use crate::script::Script;
use crate::watching::{config, http_endpoint, hurried, watch_with};

/// What is the matter with a server.
#[expect(clippy::large_enum_variant, reason = "there are few of them")]
enum Fault {
    /// A process does this.
    Process(Act),
    /// An HTTP server answers like this.
    Http(fn(&Request) -> Answer),
    /// It is reached at this address.
    Address(&'static str),
    /// A port is closed.
    Closed,
    /// A port speaks no TLS.
    Plain,
    /// There is no token.
    Token,
}

/// The verdict of the observation that comes after so many others.
async fn verdict(fault: Fault, skip: usize) -> Verdict {
    let patient = Config {
        timeout: Duration::from_secs(30),
        ..hurried()
    };
    let stage = |act| Endpoint::Stdio(Stage::new(vec![act]).0);
    let mut server = None;
    let (endpoint, config) = match fault {
        Fault::Process(act) => (stage(act), config()),
        Fault::Http(answer) => {
            let started = server.insert(start(answer).await);
            (http_endpoint(&started.url, &[]), hurried())
        }
        Fault::Address(url) => (http_endpoint(url, &[]), patient),
        Fault::Closed => {
            let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr();
            (
                http_endpoint(&format!("http://{}/mcp", port.unwrap()), &[]),
                hurried(),
            )
        }
        Fault::Plain => {
            let started = server.insert(start(|_| plain("200 OK", "text/plain", "")).await);
            let url = started.url.replace("http://", "https://");
            (http_endpoint(&url, &[]), hurried())
        }
        Fault::Token => {
            let refuses = |_: &Request| {
                plain(
                    "400 Bad Request",
                    "application/json",
                    "{\"error\":\"invalid_scope\"}",
                )
            };
            let started = server.insert(start(refuses).await);
            let endpoint = Endpoint::Http {
                url: started.url.clone(),
                headers: Vec::new(),
                oauth: Some(OAuth {
                    client_id: "me".to_owned(),
                    client_secret: "hunter2".to_owned(),
                    scope: None,
                    token_url: Some(started.url.clone()),
                }),
                transport: Transport::Auto,
            };
            (endpoint, hurried())
        }
    };
    let canary = Check {
        name: "canary".to_owned(),
        tool: "sing".to_owned(),
        arguments: Arguments::default(),
        every: Duration::from_secs(60),
        timeout: Duration::from_secs(10),
        expect: Expect::default(),
        record: None,
        canary: true,
    };
    let mut watching = watch_with(endpoint, Protocol::Auto, config, vec![canary]);
    for _ in 0..skip {
        watching.next().await;
    }
    let observation = watching.next().await;
    watching.end().await;
    observation.verdict
}

fn sings() -> Script {
    Script {
        calls: vec![(
            "sing",
            json!({ "content": [{ "type": "text", "text": "la" }] }),
        )],
        ..Script::default()
    }
}

fn prints(first: &'static str) -> Act {
    Act::Serve {
        first,
        wait: Duration::ZERO,
        script: sings(),
    }
}

fn faults() -> Vec<(Reason, Level, Fault, &'static str, &'static str)> {
    use Level::{Degraded, Healthy, Unhealthy, Unknown};
    let program = || "npxx".to_owned();
    let answers = |script| Fault::Process(Act::serve(script));
    let mute = |method| Script {
        mute: vec![method],
        ..sings()
    };
    let fails = |method, code| Script {
        errors: vec![(method, code)],
        ..sings()
    };
    let folder = "/nowhere".to_owned();
    vec![
        (
            Reason::Ok,
            Healthy,
            answers(sings()),
            "Ping was answered in",
            "",
        ),
        (
            Reason::Starting,
            Unknown,
            answers(mute("ping")),
            "it may not be ready yet",
            "load and the log",
        ),
        (
            Reason::SpawnEnoent,
            Unhealthy,
            Fault::Process(Act::Fail(LaunchError::NotFound { program: program() })),
            "There is no program “npxx”",
            "Install npxx",
        ),
        (
            Reason::SpawnEacces,
            Unhealthy,
            Fault::Process(Act::Fail(LaunchError::NotExecutable { program: program() })),
            "“npxx” may not be executed",
            "Make npxx executable",
        ),
        (
            Reason::SpawnFailed,
            Unhealthy,
            Fault::Process(Act::Fail(LaunchError::Directory { directory: folder })),
            "“/nowhere” cannot be entered",
            "Create it",
        ),
        (
            Reason::ExitEarly,
            Unhealthy,
            Fault::Process(Act::Die {
                stderr: vec!["Error: no key"],
                code: 3,
                after: Duration::ZERO,
            }),
            "exit code 3) before the handshake was through; it said: “Error: no key”",
            "Mend what it complains about",
        ),
        (
            Reason::HandshakeTimeout,
            Unhealthy,
            Fault::Process(Act::Mute),
            "within 30.0 s",
            "npx needs -y",
        ),
        (
            Reason::Timeout,
            Unhealthy,
            answers(mute("ping")),
            "Ping got no answer",
            "load and the log",
        ),
        (
            Reason::InvalidFrame,
            Degraded,
            Fault::Process(prints("{}\n")),
            "no JSON-RPC message",
            "maintainers",
        ),
        (
            Reason::StdoutNoise,
            Degraded,
            Fault::Process(prints("Ready!\n")),
            "“Ready!”",
            "log to standard error",
        ),
        (
            Reason::EraMismatch,
            Unhealthy,
            answers(fails("initialize", -32022)),
            "does not speak this era",
            "Set the protocol to",
        ),
        (
            Reason::AuthRequired,
            Unhealthy,
            Fault::Http(|_| plain("401 Unauthorized", "text/plain", "")),
            "is up and asks for sign-in (HTTP 401 Unauthorized)",
            "bearer token",
        ),
        (
            Reason::AuthExpired,
            Unhealthy,
            Fault::Token,
            "“invalid_scope”",
            "scope",
        ),
        (
            Reason::Tls,
            Unhealthy,
            Fault::Plain,
            "No TLS connection to https://",
            "Check that the port speaks TLS",
        ),
        (
            Reason::Dns,
            Unhealthy,
            Fault::Address("http://nowhere.invalid/mcp"),
            "does not resolve",
            "host name",
        ),
        (
            Reason::Refused,
            Unhealthy,
            Fault::Closed,
            "the connection was refused",
            "Start the server",
        ),
        (
            Reason::BadConfig,
            Unhealthy,
            Fault::Address("ftp://host/mcp"),
            "http://",
            "Correct the URL",
        ),
        (
            Reason::Http4xx,
            Degraded,
            Fault::Http(|_| plain("429 Too Many Requests", "text/plain", "")),
            "limits requests",
            "interval of the probes",
        ),
        (
            Reason::Http5xx,
            Unhealthy,
            Fault::Http(|_| plain("502 Bad Gateway", "text/html", "<p>")),
            "HTTP 502 Bad Gateway",
            "server behind it",
        ),
        (
            Reason::NotMcp,
            Unhealthy,
            Fault::Http(|_| plain("200 OK", "text/html", "<p>hello")),
            "answers with text/html",
            "documentation",
        ),
        (
            Reason::SessionLost,
            Unhealthy,
            Fault::Process(Act::Leave {
                script: sings(),
                after: Duration::from_secs(1),
            }),
            "The process ended (signal 9)",
            "started again",
        ),
        (
            Reason::ToolsEmpty,
            Degraded,
            answers(Script {
                tools: vec![],
                ..sings()
            }),
            "offers tools, and lists none",
            "back end",
        ),
        (
            Reason::Slow,
            Degraded,
            answers(Script {
                delay: Duration::from_millis(2500),
                ..sings()
            }),
            "took 2.5 s, more than the limit of 2.0 s",
            "load of the server",
        ),
        (
            Reason::JsonrpcError,
            Degraded,
            answers(fails("tools/list", -32603)),
            "error -32603, “it went wrong”",
            "server's log",
        ),
        (
            Reason::ToolError,
            Unhealthy,
            Fault::Http(|request| mcp(&Script::default(), "s1", true, request)),
            "Canary canary: The tool sing got an error for an answer: error -32602",
            "by hand",
        ),
    ]
}

/// How many observations come before the one that has the reason.
fn before(reason: Reason) -> usize {
    match reason {
        // The probe; a canary is called right after it.
        Reason::ToolError => 1,
        // The call of the canary, too: a fresh process is given time, and this one ends soon.
        Reason::Timeout | Reason::SessionLost => 2,
        _ => 0,
    }
}

#[tokio::test]
async fn each_reason_has_a_fault_and_words() {
    // A connection that never comes can only be waited for: see `advice_tests.rs`.
    let mut reached = BTreeSet::from([Reason::Unreachable.as_str()]);
    for (reason, level, fault, summary, action) in faults() {
        // Processes are in-memory: their time is simulated.
        let simulated = matches!(fault, Fault::Process(_));
        if simulated {
            tokio::time::pause();
        }
        let verdict = verdict(fault, before(reason)).await;
        if simulated {
            tokio::time::resume();
        }
        assert_eq!(
            (verdict.reason, verdict.level),
            (reason, level),
            "{verdict:?}"
        );
        assert!(verdict.summary.contains(summary), "{reason:?}: {verdict:?}");
        assert!(verdict.action.contains(action), "{reason:?}: {verdict:?}");
        assert!(reached.insert(reason.as_str()), "{reason:?} twice");
    }
    let all: BTreeSet<_> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
    assert_eq!(reached, all);
}
