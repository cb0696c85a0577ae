//! The live socket: a snapshot first, then what changes; points of queries as time goes by.

use std::time::Duration;

use crate::app::{TestApp, dead_server, quick, start};
use futures::{SinkExt, StreamExt};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::{Error, Message, client::IntoClientRequest};
use wire::{Frame, LiveQuery, Matrix, Outcome, Points, Subscribe, Update};

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
            Frame::Beat(_) | Frame::Open(_) => {}
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

const STEP_MS: i64 = 1000;

async fn socket(app: &TestApp) -> Socket {
    let url = format!("{}/ws", app.url.replace("http", "ws"));
    connect_async(&url).await.unwrap().0
}

async fn want(socket: &mut Socket, queries: Vec<LiveQuery>) {
    let wanted = Subscribe {
        subscribe: Vec::new(),
        queries,
    };
    let text = serde_json::to_string(&wanted).unwrap();
    socket.send(Message::text(text)).await.unwrap();
}

fn query(id: u32, expr: &str, after_ms: i64) -> LiveQuery {
    LiveQuery {
        id,
        expr: expr.to_owned(),
        step_ms: STEP_MS,
        after_ms,
    }
}

async fn points(socket: &mut Socket) -> Points {
    loop {
        match frame(socket).await {
            Frame::Points(points) => return points,
            Frame::Beat(_) => {}
            other => panic!("not asked for: {other:?}"),
        }
    }
}

fn matrix(points: &Points) -> &Matrix {
    match &points.outcome {
        Outcome::Ok(matrix) => matrix,
        Outcome::Failed(problem) => panic!("{problem}"),
    }
}

/// The time of the newest point.
fn newest_ms(matrix: &Matrix) -> i64 {
    let count = matrix.rows.first().map_or(1, |row| row.values.len());
    matrix.from_ms + (i64::try_from(count).unwrap() - 1) * matrix.step_ms
}

/// What the product says of itself.
async fn counted(app: &TestApp, series: &str) -> f64 {
    let text = app.get("/metrics").await.text().await.unwrap();
    let found = text
        .lines()
        .find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    found.map_or(0.0, |value| value.parse().unwrap())
}

async fn looked_at(app: &TestApp, expected: f64) {
    for _ in 0..100 {
        if (counted(app, "observatory_live_queries").await - expected).abs() < 0.5 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("not {expected} queries are looked at");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_share_what_they_look_at() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), quick()).await.unwrap();
    app.until("/api/v1/query?query=mcp_server_up", |answer| {
        answer["data"]["result"][0].is_object()
    })
    .await;
    let (mut one, mut other) = (socket(&app).await, socket(&app).await);
    let expr = "mcp_server_up{server=\"observatory\"} + 0 * time()";
    want(&mut one, vec![query(1, expr, i64::MAX)]).await;
    want(&mut other, vec![query(7, expr, i64::MAX)]).await;
    let mut seen = Vec::new();
    for _ in 0..4 {
        let (ours, theirs) = (points(&mut one).await, points(&mut other).await);
        assert_eq!((ours.id, theirs.id), (1, 7));
        assert_eq!(matrix(&ours).from_ms % STEP_MS, 0);
        seen.push(newest_ms(matrix(&ours)));
        seen.push(newest_ms(matrix(&theirs)));
    }
    looked_at(&app, 1.0).await;
    let evaluated = counted(
        &app,
        "observatory_live_evaluations_total{reason=\"points\"}",
    )
    .await;
    let span_ms = seen.iter().max().unwrap() - seen.iter().min().unwrap();
    #[expect(clippy::cast_precision_loss, reason = "a few seconds")]
    let steps = (span_ms / STEP_MS) as f64;
    assert!(
        (3.0..=steps + 3.0).contains(&evaluated),
        "{evaluated} for {steps} steps"
    );

    // A page that is hidden wants nothing.
    want(&mut one, Vec::new()).await;
    drop(other);
    looked_at(&app, 0.0).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_away_gets_what_was_missed() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), quick()).await.unwrap();
    let mut first = socket(&app).await;
    want(&mut first, vec![query(1, "vector(time())", i64::MAX)]).await;
    let last_ms = newest_ms(matrix(&points(&mut first).await));
    drop(first);
    looked_at(&app, 0.0).await;
    tokio::time::sleep(Duration::from_millis(3000)).await;

    let mut again = socket(&app).await;
    want(
        &mut again,
        vec![
            query(1, "vector(time())", last_ms),
            query(2, "sum(", 0),
            query(3, "mcp_server_up[5m]", 0),
            LiveQuery {
                step_ms: 10,
                ..query(4, "vector(1)", 0)
            },
        ],
    )
    .await;
    let mut told = Vec::new();
    while told.len() < 4 {
        told.push(points(&mut again).await);
    }
    told.sort_by_key(|points| points.id);
    let ids: Vec<_> = told.iter().map(|points| points.id).collect();
    assert_eq!(ids, [1, 2, 3, 4], "each failure once");
    let missed = matrix(&told[0]);
    assert_eq!(missed.from_ms, last_ms + STEP_MS, "not one is left out");
    let seconds: Vec<_> = missed.rows[0].values.iter().flatten().copied().collect();
    assert!(seconds.len() >= 3, "{seconds:?}");
    for (value, place) in seconds.iter().zip(0..) {
        let at_ms = missed.from_ms + place * STEP_MS;
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit")]
        let expected = at_ms as f64 / 1000.0;
        assert!((value - expected).abs() < 1e-3, "{value} at {at_ms}");
    }
    for (points, words) in told[1..]
        .iter()
        .zip(["invalid query", "range vector", "10 ms"])
    {
        let Outcome::Failed(problem) = &points.outcome else {
            panic!("{points:?}");
        };
        assert!(problem.message.contains(words), "{problem}");
    }
    // The good one goes on, the others are silent.
    let mut to_ms = newest_ms(missed);
    for _ in 0..2 {
        let next = points(&mut again).await;
        assert_eq!(next.id, 1);
        assert!(matrix(&next).from_ms <= to_ms + STEP_MS, "no gap");
        to_ms = newest_ms(matrix(&next));
    }

    // What nobody understands ends the socket, and what is long does not.
    let long = (0..200).map(|id| query(id, &format!("vector({})", "1".repeat(300)), i64::MAX));
    want(&mut again, long.collect()).await;
    assert!(points(&mut again).await.id < 200);
    again
        .send(Message::text("{\"subscribe\": 5}"))
        .await
        .unwrap();
    while let Some(Ok(message)) = again.next().await {
        if message.is_close() {
            break;
        }
    }
    looked_at(&app, 0.0).await;
    app.stop().await;
}
