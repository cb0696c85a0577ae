//! The live socket: a snapshot first, then what changes.

use std::time::Duration;

use crate::app::{dead_server, quick, start};
use futures::{SinkExt, StreamExt};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::{Error, Message, client::IntoClientRequest};
use wire::{Frame, Update};

type Socket =
    tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

async fn frame(socket: &mut Socket) -> Frame {
    loop {
        let message = tokio::time::timeout(Duration::from_secs(10), socket.next()).await;
        if let Message::Text(text) = message.unwrap().unwrap().unwrap() {
            return serde_json::from_str(&text).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn topics() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = quick();
    config.servers.push(dead_server("gone").await);
    let app = start(folder.path(), config).await.unwrap();
    let url = format!("{}/ws", app.url.replace("http", "ws"));
    let (mut socket, _) = connect_async(&url).await.unwrap();
    assert!(
        matches!(frame(&mut socket).await, Frame::Beat(_)),
        "nothing is sent unasked but the time"
    );
    socket
        .send(Message::text(r#"{"subscribe": ["alerts"]}"#))
        .await
        .unwrap();
    let mut states = Vec::new();
    while states.last() != Some(&"firing".to_owned()) {
        match frame(&mut socket).await {
            Frame::Alerts(Update::Snapshot(alerts) | Update::Changed(alerts)) => {
                states.extend(alerts.iter().map(|alert| alert.state.as_str().to_owned()));
            }
            Frame::Beat(_) => {}
            other => panic!("not asked for: {other:?}"),
        }
    }
    socket
        .send(Message::text(r#"{"subscribe": ["servers"]}"#))
        .await
        .unwrap();
    let first = loop {
        match frame(&mut socket).await {
            Frame::Servers(update) => break update,
            _ => continue,
        }
    };
    assert!(
        matches!(&first, Update::Snapshot(rows) if rows.len() == 2),
        "{first:?}"
    );

    let (mut other, _) = connect_async(&url.replace("/ws", "/observability/live"))
        .await
        .unwrap();
    let first = frame(&mut other).await;
    assert!(
        matches!(first, Frame::Servers(Update::Snapshot(_)) | Frame::Beat(_)),
        "{first:?}"
    );

    // Open sockets do not keep the product from ending.
    app.stop().await;
    while let Some(Ok(message)) = socket.next().await {
        if message.is_close() {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_other_sites_get_no_socket() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), quick()).await.unwrap();
    let url = format!("{}/ws", app.url.replace("http", "ws"));
    let mut request = url.into_client_request().unwrap();
    request
        .headers_mut()
        .insert("origin", "http://evil.example".parse().unwrap());
    let refused = connect_async(request).await.unwrap_err();
    assert!(
        matches!(&refused, Error::Http(response) if response.status() == 403),
        "{refused}"
    );
    app.stop().await;
}
