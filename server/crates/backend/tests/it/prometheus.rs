//! The API of Prometheus, asked as its clients ask it.

mod formatting;
mod grafana;
mod mistakes;
mod promtool;
mod queries;
mod status;

use std::time::Duration;

use serde_json::{Value, json};

use crate::app::TestApp;

async fn query(app: &TestApp, query: &str) -> Value {
    let encoded = wire::path_segment(query);
    app.json(&format!("/api/v1/query?query={encoded}")).await
}

/// Waits until an instant query finds something.
async fn found(app: &TestApp, text: &str) -> Value {
    for _ in 0..100 {
        let answer = query(app, text).await;
        if answer["data"]["result"] != json!([]) {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{text} finds nothing");
}
