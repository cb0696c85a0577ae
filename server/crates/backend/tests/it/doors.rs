//! Who may come in, and what they get.

use crate::app::{dead_server, quick, start};
use backend::config::{ApiKey, Config, Secret};
use backend::hash_password;
use http::header;

fn guarded() -> Config {
    let key = |name: &str, role| ApiKey {
        name: name.to_owned(),
        key: Secret::new(format!("{name}-{}", "k".repeat(20))),
        role,
    };
    let mut config = quick();
    config.auth.password_hash = Some(Secret::new(hash_password("correct horse").unwrap()));
    config.auth.keys = vec![
        key("reader", wire::Role::Viewer),
        key("worker", wire::Role::Operator),
    ];
    config
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_and_origins() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), quick()).await.unwrap();
    let own = app.url.clone();
    for (method, path, name, value, status) in [
        ("GET", "/alerts", header::HOST, "evil.example", 403),
        ("GET", "/mcp", header::HOST, "evil.example", 403),
        ("GET", "/alerts", header::HOST, "localhost:1", 200),
        ("GET", "/alerts", header::ORIGIN, "http://evil.example", 200),
        (
            "POST",
            "/alerts/x/resolve",
            header::ORIGIN,
            "http://evil.example",
            403,
        ),
        ("POST", "/alerts/x/resolve", header::ORIGIN, "null", 403),
        (
            "POST",
            "/alerts/x/resolve",
            header::ORIGIN,
            own.as_str(),
            404,
        ),
        ("POST", "/mcp", header::ORIGIN, "http://evil.example", 403),
    ] {
        let request = app
            .http
            .request(method.parse().unwrap(), format!("{}{path}", app.url));
        let response = request.header(name.clone(), value).send().await.unwrap();
        assert_eq!(response.status(), status, "{method} {path} {name}: {value}");
        assert!(response.headers().contains_key("x-request-id"));
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn roles() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), guarded()).await.unwrap();
    let reader = format!("Bearer reader-{}", "k".repeat(20));
    let worker = format!("Bearer worker-{}", "k".repeat(20));
    for (method, path, key, status) in [
        ("GET", "/ready", None, 200),
        ("GET", "/health", None, 200),
        ("GET", "/-/healthy", None, 200),
        ("HEAD", "/-/healthy", None, 200),
        ("GET", "/-/ready", None, 200),
        ("POST", "/-/reload", None, 401),
        ("POST", "/-/reload", Some(worker.as_str()), 403),
        ("GET", "/api/v1/query?query=1", None, 401),
        ("GET", "/api/v1/query?query=1", Some(reader.as_str()), 200),
        ("GET", "/health/detailed", None, 401),
        ("GET", "/alerts", None, 401),
        ("GET", "/observability/servers", None, 401),
        ("GET", "/observability/configuration", None, 401),
        (
            "GET",
            "/observability/configuration",
            Some(reader.as_str()),
            200,
        ),
        ("POST", "/mcp", None, 401),
        ("GET", "/ws", None, 401),
        ("GET", "/alerts", Some("Bearer wrong"), 401),
        ("GET", "/alerts", Some(reader.as_str()), 200),
        ("POST", "/api/builds", None, 401),
        ("POST", "/api/builds", Some(reader.as_str()), 403),
        // Who may, is told that nothing is no build.
        ("POST", "/api/builds", Some(worker.as_str()), 400),
        (
            "POST",
            "/observability/servers/observatory/probe",
            Some(reader.as_str()),
            403,
        ),
        (
            "POST",
            "/observability/servers/observatory/probe",
            Some(worker.as_str()),
            202,
        ),
        (
            "POST",
            "/observability/servers/observatory/approve",
            Some(worker.as_str()),
            403,
        ),
    ] {
        let mut request = app
            .http
            .request(method.parse().unwrap(), format!("{}{path}", app.url));
        if let Some(key) = key {
            request = request.header(header::AUTHORIZATION, key);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status, "{method} {path} {key:?}");
        assert_eq!(
            response.headers().contains_key(header::WWW_AUTHENTICATE),
            status == 401,
            "{path}"
        );
    }
    // The product itself gets in, with a key of its own.
    let request = app
        .http
        .get(format!("{}/observability/health", app.url))
        .header(header::AUTHORIZATION, &reader);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    loop {
        let fleet: serde_json::Value = request
            .try_clone()
            .unwrap()
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        if fleet["status"] == "healthy" {
            break;
        }
        assert!(std::time::Instant::now() < deadline, "{fleet}");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_done_over_http_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), quick()).await.unwrap();
    for (method, path, status, part) in [
        ("GET", "/-/reload", 405, "POST or PUT"),
        ("POST", "/-/quit", 403, "SIGTERM"),
        ("GET", "/-/quit", 405, "POST or PUT"),
    ] {
        let url = format!("{}{path}", app.url);
        let request = app.http.request(method.parse().unwrap(), url);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status, "{method} {path}");
        let text = response.text().await.unwrap();
        assert!(text.contains(part), "{method} {path}: {text}");
    }
    assert_eq!(app.get("/-/ready").await.status(), 200, "it runs on");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn browsers_sign_in() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), guarded()).await.unwrap();
    let page = app
        .http
        .get(format!("{}/alerts?x=1", app.url))
        .header(header::ACCEPT, "text/html");
    let response = page.send().await.unwrap();
    assert_eq!(
        response.headers()[header::LOCATION],
        "/sign-in?next=%2Falerts%3Fx%3D1"
    );

    let sign_in = async |password: &str| {
        let form = [("password", password), ("next", "/alerts")];
        let body: Vec<_> = form
            .iter()
            .map(|(k, v)| format!("{k}={}", v.replace(' ', "+").replace('/', "%2F")))
            .collect();
        let request = app
            .http
            .post(format!("{}/sign-in", app.url))
            .body(body.join("&"));
        request
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .send()
            .await
            .unwrap()
    };
    let wrong = sign_in("wrong").await;
    assert_eq!(
        wrong.headers()[header::LOCATION],
        "/sign-in?wrong=1&next=%2Falerts"
    );
    assert!(!wrong.headers().contains_key(header::SET_COOKIE));
    let right = sign_in("correct horse").await;
    assert_eq!(right.headers()[header::LOCATION], "/alerts");
    let cookie = right.headers()[header::SET_COOKIE]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"),
        "{cookie}"
    );
    let token = cookie.split(';').next().unwrap().to_owned();

    let with_cookie = async |path: &str| {
        let request = app
            .http
            .get(format!("{}{path}", app.url))
            .header(header::COOKIE, &token);
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(with_cookie("/alerts").await, 200);
    let out = app
        .http
        .post(format!("{}/sign-out", app.url))
        .header(header::COOKIE, &token);
    assert_eq!(out.send().await.unwrap().status(), 303);
    assert_eq!(
        with_cookie("/alerts").await,
        401,
        "the session is over on the server too"
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn exports() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = quick();
    let mut odd = dead_server("=odd, \"name\"").await;
    odd.source = "@source".to_owned();
    config.servers.push(odd);
    let app = start(folder.path(), config).await.unwrap();
    app.until("/observability/servers", |rows| {
        rows[0]["verdict"]["level"] == "unhealthy"
    })
    .await;
    let csv = app.get("/observability/export/csv?table=servers").await;
    assert_eq!(
        csv.headers()[header::CONTENT_DISPOSITION],
        "attachment; filename=\"servers.csv\""
    );
    let text = csv.text().await.unwrap();
    assert!(text.starts_with("name,transport,endpoint,level,"), "{text}");
    assert!(text.contains("\r\n\"'=odd, \"\"name\"\"\",http,"), "{text}");
    let json = app.json("/observability/export/json?table=servers").await;
    assert_eq!(json[0]["name"], "=odd, \"name\"");
    for table in wire::TableName::ALL {
        let path = format!(
            "/observability/export/csv?table={}&server=observatory",
            table.as_str()
        );
        assert_eq!(app.get(&path).await.status(), 200, "{path}");
    }
    let query = wire::path_segment("mcp_server_up{server=\"observatory\"}");
    let asked = format!("query={query}&query=count(mcp_server_up)&range=1m&step_ms=1000");
    let rows = app
        .until(&format!("/observability/export/json?{asked}"), |rows| {
            rows.as_array().unwrap().len() > 1
        })
        .await;
    assert_eq!(rows[0]["series"], "mcp_server_up{server=\"observatory\"}");
    assert_eq!(
        (&rows[0]["server"], &rows[0]["value"]),
        (&"observatory".into(), &1.0.into())
    );
    let csv = app.get(&format!("/observability/export/csv?{asked}")).await;
    assert_eq!(
        csv.headers()[header::CONTENT_DISPOSITION],
        "attachment; filename=\"series.csv\""
    );
    let text = csv.text().await.unwrap();
    assert!(
        text.starts_with("time,query,series,value,metric,server\r\n20"),
        "{text}"
    );
    assert!(text.contains("Z,count(mcp_server_up),count(mcp_server_up),"));
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now_ms = now.unwrap().as_millis();
    let range = format!(
        "from_ms={}&to_ms={}&step_ms=1000",
        now_ms - 60_000,
        now_ms + 1000
    );
    for (asked, name, server) in [
        (
            "metric=mcp_server_up&server=observatory",
            "mcp_server_up",
            "observatory",
        ),
        (
            "metric=mcp_server_up&server=observatory&aggregate=last",
            "mcp_server_up",
            "observatory",
        ),
        ("expr=sum(mcp_server_up)", "", ""),
    ] {
        let path = format!("/observability/metrics?{asked}&{range}");
        let series = app.until(&path, |series| series[0].is_object()).await;
        assert_eq!(series[0]["metric"], name, "{asked}: {series}");
        let label = series[0]["labels"]["server"].as_str().unwrap_or_default();
        assert_eq!(label, server, "{asked}: {series}");
    }
    for (path, status, part) in [
        (
            "/observability/metrics?from_ms=0&to_ms=1&step_ms=1",
            400,
            "expr=",
        ),
        (
            "/observability/metrics?expr=sum(&from_ms=0&to_ms=1&step_ms=1",
            400,
            "sum(",
        ),
        (
            "/observability/metrics?expr=1&from_ms=-9223372036854775808&to_ms=9223372036854775807&step_ms=4611686018427387904",
            400,
            "bounds",
        ),
        ("/observability/export/xml?table=servers", 404, "export/csv"),
        (
            "/observability/export/csv?table=nonsense",
            400,
            "servers, alerts",
        ),
        ("/observability/export/csv", 400, "?query="),
        ("/observability/export/csv?query=sum(", 400, "sum("),
        ("/observability/export/csv?query=1&range=soon", 400, "soon"),
        (
            "/observability/export/csv?query=1&step=5",
            400,
            "a row a value",
        ),
        (
            "/observability/export/csv?query=1&step_ms=x",
            400,
            "milliseconds",
        ),
        (
            "/observability/export/csv?query=1&range=1w&step_ms=1000",
            400,
            "longer one",
        ),
        ("/observability/export/csv?table=tools", 400, "?server=NAME"),
        (
            "/observability/export/csv?table=tools&server=nobody",
            404,
            "observatory",
        ),
    ] {
        let response = app.get(path).await;
        assert_eq!(response.status(), status, "{path}");
        let text = response.text().await.unwrap();
        assert!(text.contains(part), "{path}: {text}");
    }
    app.stop().await;
}
