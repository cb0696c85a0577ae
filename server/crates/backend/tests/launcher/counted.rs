//! Started servers whose clients are counted: in the product, without a tap.

use serde_json::json;

use crate::app::TestApp;
use crate::orders::{config, start};
use crate::served::{client, many, said, until_running};
use crate::taps::value;

/// With the switch, what clients do counts, and nothing that the product does itself.
pub(crate) async fn what_clients_do_is_counted_if_asked() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(vec![many(folder.path())]);
    let start_again = async |config: &backend::config::Config| {
        let app = start(folder.path(), config.clone()).await;
        until_running(&app).await;
        app
    };
    let work = async |app: &TestApp| {
        let (one, _) = client(app, "many").await;
        let (two, _) = client(app, "many").await;
        for (client, times) in [(&one, 3), (&two, 2)] {
            for n in 0..times {
                said(client, "echo", json!({ "say": n, "millis": 0 })).await;
            }
        }
        // This one takes longer than an answer by itself, and comes as a stream.
        said(&one, "steps", json!({ "say": "x", "millis": 400 })).await;
        for client in [one, two] {
            client.cancel().await.unwrap();
        }
    };
    let app = start_again(&config).await;
    work(&app).await;
    app.stop().await;

    config.launcher.tap = true;
    let app = start_again(&config).await;
    work(&app).await;
    // Probes go on meanwhile.
    app.until("/observability/servers/many", |row| {
        row["server"]["verdict"]["reason"] == "ok"
    })
    .await;
    app.stop().await;
    let app = start_again(&config).await;
    for (labels, count) in [
        (r#"method="initialize""#, "2"),
        (r#"tool="echo",status="success""#, "5"),
        (r#"tool="steps",status="success""#, "1"),
        (r#"server="many""#, "8"),
    ] {
        let query = format!("sum(mcp_requests_total{{{labels}}})");
        value(&app, &query, count).await;
    }
    let over = r#"mcp_connection_duration_seconds_count{server="many",transport_type="http"}"#;
    value(&app, over, "2").await;
    app.stop().await;
}
