//! Takes connections of clients until it is told to stop.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use super::forward::Door;

/// How long it waits after the system gave no connection: it has too many files open.
const PAUSE: Duration = Duration::from_millis(50);

/// Runs until it is stopped, and then as long as requests are open, but no longer than it is told.
pub(super) async fn run(
    listener: TcpListener,
    door: Arc<Door>,
    mut stop: oneshot::Receiver<Duration>,
) {
    let all = GracefulShutdown::new();
    let grace = loop {
        tokio::select! {
            taken = listener.accept() => match taken {
                Ok((stream, _)) => serve(stream, &door, &all),
                Err(_) => tokio::time::sleep(PAUSE).await,
            },
            grace = &mut stop => break grace.unwrap_or_default(),
        }
    };
    drop(listener);
    // What is open then is broken off by who waits for us.
    let _ = tokio::time::timeout(grace, all.shutdown()).await;
}

fn serve(stream: TcpStream, door: &Arc<Door>, all: &GracefulShutdown) {
    // Without it small pieces wait for others; if it cannot be set they do.
    let _ = stream.set_nodelay(true);
    let Ok(peer) = stream.peer_addr() else {
        // It is gone already.
        return;
    };
    let door = door.clone();
    let service = service_fn(move |request| {
        let door = door.clone();
        async move { Ok::<_, Infallible>(door.pass(peer.ip(), request).await) }
    });
    let connection = http1::Builder::new()
        .preserve_header_case(true)
        // What the server says is enough.
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), service);
    let connection = all.watch(connection);
    tokio::spawn(async move {
        // A connection that breaks off is seen where its exchange is.
        let _ = connection.await;
    });
}
