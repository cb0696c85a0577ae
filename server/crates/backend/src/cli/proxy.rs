//! `proxy`: stands between MCP clients and a server over HTTP, and tells the product what passes by.

use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use tap::{Origin, Proxy, Settings};

use super::telling::Telling;
use super::{BAD_CONFIGURATION, complain};

/// How long requests that are open may take after the proxy was told to end.
const GRACE: Duration = Duration::from_secs(5);

/// Which server, where to listen, and whom to tell.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Have MCP clients use the address of the proxy, with the path of the server:
  mcp-observatory proxy --name docs --to https://docs.example.com/mcp
  then http://127.0.0.1:10220/mcp stands for https://docs.example.com/mcp

Every path is passed on, so sign-in and HTTP with server-sent events work as well. Requests and
answers go on as they are, and at once, but for the headers of a connection and Host; where a
server names its endpoint for messages with its own address in front, clients are given that of
the proxy. What is told is the same as with `tap`. Where keys are wanted, it has to be an operator's.

When the server cannot be reached, clients get 502, or 504 when that takes too long, with a text
that says so. Where an answer breaks off, that of the proxy does.")]
pub(super) struct Options {
    #[command(flatten)]
    telling: Telling,
    /// The address of the server, as its clients would have it.
    #[arg(long, value_name = "URL")]
    to: String,
    /// Where clients come to.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:10220")]
    listen: SocketAddr,
    /// A name under which clients may ask, besides localhost and addresses; may be given several times.
    #[arg(long = "host", value_name = "NAME")]
    hosts: Vec<String>,
}

pub(super) fn run(options: Options) -> ExitCode {
    let origin = Origin::parse(&options.to).map_err(|wrong| format!("--to: {wrong}"));
    let settings = options.telling.settings();
    let (settings, origin) = match (settings, origin) {
        (Ok(settings), Ok(origin)) => (settings, origin),
        (settings, origin) => {
            for wrong in [settings.err(), origin.err()].iter().flatten() {
                complain(wrong);
            }
            return ExitCode::from(BAD_CONFIGURATION);
        }
    };
    match proxied(settings, origin, options.listen, options.hosts) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn proxied(
    settings: Settings,
    origin: Origin,
    listen: SocketAddr,
    hosts: Vec<String>,
) -> Result<(), String> {
    let failed = |error: io::Error| format!("the proxy cannot be started: {error}");
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP]).map_err(failed)?;
    let listener = TcpListener::bind(listen)
        .map_err(|error| format!("--listen: {listen} cannot be used: {error}"))?;
    let (shown, path) = (origin.to_string(), origin.path().to_owned());
    let proxy = Proxy::begin(settings, origin, listener, hosts).map_err(failed)?;
    // Where standard error is gone there is nobody to tell.
    let _ = writeln!(
        io::stderr(),
        "mcp-observatory proxy: http://{}{path} stands for {shown}",
        proxy.address(),
    );
    signals.forever().next();
    proxy.end(GRACE);
    Ok(())
}
