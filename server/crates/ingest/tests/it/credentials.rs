//! Who asks: names and passwords, tokens, and files that hold them and change.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ingest::scrape::Health;

use crate::peers::Target;
use crate::scraping::Running;

fn basic(name: &str, password: &str) -> String {
    format!(
        "Basic {}",
        BASE64_STANDARD.encode(format!("{name}:{password}"))
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn files_with_secrets_are_read_at_each_use() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    for file in ["password", "credentials", "token"] {
        put(file, "first\n");
    }
    // A job, how it says who it is, and what a target is told for a secret.
    type Said = fn(&str) -> String;
    let cases: [(&str, &str, Option<&str>, Said); 5] = [
        (
            "written",
            "basic_auth: {username: ann, password: first}",
            None,
            |_| basic("ann", "first"),
        ),
        (
            "basic",
            "basic_auth: {username: ann, password_file: password}",
            Some("password"),
            |secret| basic("ann", secret),
        ),
        (
            "authorization",
            "authorization: {type: Token, credentials_file: credentials}",
            Some("credentials"),
            |secret| format!("Token {secret}"),
        ),
        (
            "bearer",
            "bearer_token_file: token",
            Some("token"),
            |secret| format!("Bearer {secret}"),
        ),
        ("plain", "bearer_token: first", None, |_| {
            "Bearer first".to_owned()
        }),
    ];
    let mut targets = Vec::new();
    let mut jobs = String::new();
    for (job, auth, _, said) in cases {
        let target = Target::start("a 1\n", None).await;
        target.want(&said("first"));
        jobs += &format!(
            "  - {{job_name: {job}, static_configs: [{{targets: ['{}']}}], {auth}}}\n",
            target.address
        );
        targets.push(target);
    }
    let running = Running::start(folder.path(), &jobs);
    for (job, ..) in cases {
        running.until(job, Health::Up).await;
    }
    for ((job, _, file, said), target) in cases.into_iter().zip(&targets) {
        let Some(file) = file else { continue };
        target.want(&said("second"));
        let why = running.until(job, Health::Down).await;
        assert!(why.contains("401"), "{job}: {why}");
        put(file, "second");
        running.until(job, Health::Up).await;
        std::fs::remove_file(folder.path().join(file)).unwrap();
        let why = running.until(job, Health::Down).await;
        assert!(
            why.contains(&format!("{file} cannot be read")),
            "{job}: {why}"
        );
        assert!(!why.contains("second"), "{why}");
    }
}
