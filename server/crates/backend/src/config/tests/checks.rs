//! What checks and dependencies as written come to.

use std::time::Duration;

use checks::{Bounds, Spec};

use super::toml;

#[test]
fn checks_with_their_defaults() {
    let config = toml(
        r#"
        [servers.a]
        url = "http://a.example/mcp"
        [checks.disk]
        kind = "disk"
        mount = "/"
        servers = ["a", "observatory"]
        [checks.site]
        kind = "http"
        url = "https://a.example/"
        every = "1m"
        timeout = "2s"
        degraded = "500ms"
        "#,
    )
    .unwrap();
    let [disk, site] = config.checks.as_slice() else {
        panic!("{:?}", config.checks);
    };
    assert_eq!((disk.every.as_secs(), disk.timeout.as_secs()), (30, 5));
    assert_eq!(disk.servers, ["a", "observatory"]);
    let Spec::Disk(spec) = &disk.spec else {
        panic!("{:?}", disk.spec);
    };
    let free = Bounds {
        degraded: Some(15.0),
        unhealthy: Some(5.0),
    };
    assert_eq!((spec.free, disk.slow), (free, Bounds::default()));
    assert_eq!(
        (site.every, site.timeout),
        (Duration::from_secs(60), Duration::from_secs(2))
    );
    assert_eq!((site.slow.degraded, site.slow.unhealthy), (Some(0.5), None));
}

#[test]
fn secrets_of_checks_are_not_printed() {
    let config = toml(
        r#"
        [checks.site]
        kind = "http"
        url = "https://a.example/"
        bearer_token = "hunter2"
        [checks.base]
        kind = "postgres"
        url = "postgres://ann:hunter2@db.example/shop"
        [checks.cache]
        kind = "redis"
        address = "127.0.0.1:6379"
        password = "hunter2"
        [checks.backlog]
        kind = "command"
        command = "true"
        env = { TOKEN = "hunter2" }
        "#,
    );
    let printed = format!("{:?}", config.unwrap());
    assert!(!printed.contains("hunter2"), "{printed}");
}

#[test]
fn mistakes() {
    for (text, path, part) in [
        ("checks = 1", "checks", "must be tables"),
        ("checks.x = 1", "checks.x", "must be a table"),
        (
            "[checks.x]",
            "checks.x.kind",
            "is needed; write one of http, tcp",
        ),
        (
            "[checks.x]\nkind = 'ftp'",
            "checks.x.kind",
            "\"ftp\" is no kind of check",
        ),
        (
            "[checks.x]\nkind = 'tcp'",
            "checks.x.address",
            "is needed; write for instance address",
        ),
        (
            "[checks.x]\nkind = 'tcp'\naddress = 'db'",
            "checks.x.address",
            "host:port",
        ),
        (
            "[checks.x]\nkind = 'tcp'\nurl = 'db:1'\naddress = 'a:1'",
            "checks.x.url",
            "for the kind tcp; known here: address",
        ),
        (
            "[checks.x]\nkind = 'memory'\nevery = '0'",
            "checks.x.every",
            "at least 1s",
        ),
        (
            "[checks.x]\nkind = 'memory'\nevery = 'often'",
            "checks.x.every",
            "is no duration",
        ),
        (
            "[checks.x]\nkind = 'memory'\ntimeout = '0s'",
            "checks.x.timeout",
            "at least 1ms",
        ),
        (
            "[checks.x]\nkind = 'memory'\ndegraded = 101",
            "checks.x.degraded",
            "from 0 to 100",
        ),
        (
            "[checks.x]\nkind = 'memory'\ndegraded = 90\nunhealthy = 80",
            "checks.x.degraded",
            "must not be above `unhealthy`",
        ),
        (
            "[checks.x]\nkind = 'tls'\naddress = 'a:1'\ndegraded = 1\nunhealthy = 5",
            "checks.x.degraded",
            "must not be below `unhealthy`",
        ),
        (
            "[checks.x]\nkind = 'tcp'\naddress = 'a:1'\ndegraded = 5",
            "checks.x.degraded",
            "must be a duration",
        ),
        (
            "[checks.x]\nkind = 'process'\nname = 'a'\nunhealthy = 'much'",
            "checks.x.unhealthy",
            "must be a size",
        ),
        (
            "[checks.x]\nkind = 'process'",
            "checks.x",
            "needs either name",
        ),
        (
            "[checks.x]\nkind = 'process'\nname = 'a'\nmin = 3\nmax = 2",
            "checks.x.max",
            "not be below `min`",
        ),
        (
            "[checks.x]\nkind = 'process'\ncommand_line = '('",
            "checks.x.command_line",
            "no regular expression",
        ),
        (
            "[checks.x]\nkind = 'docker'\ncontainer = '../images'",
            "checks.x.container",
            "no name of a container",
        ),
        (
            "[checks.x]\nkind = 'docker'\ncontainer = 'a'\ndegraded = 5",
            "checks.x.degraded",
            "no thresholds",
        ),
        (
            "[checks.x]\nkind = 'http'\nurl = 'a.example'",
            "checks.x.url",
            "is no address",
        ),
        (
            "[checks.x]\nkind = 'http'\nurl = 'http://a/'\nstatus = [20]",
            "checks.x.status",
            "no status",
        ),
        (
            "[checks.x]\nkind = 'http'\nurl = 'http://a/'\nstatus = 'ok'",
            "checks.x.status",
            "expected a sequence",
        ),
        (
            "[checks.x]\nkind = 'http'\nurl = 'http://a/'\nredirects = 'all'",
            "checks.x.redirects",
            "none, same_origin or any",
        ),
        (
            "[checks.x]\nkind = 'http'\nurl = 'http://a/'\nredirects = 'any'\nheaders = { A = 'b' }",
            "checks.x.redirects",
            "same_origin",
        ),
        (
            "[checks.x]\nkind = 'http'\nurl = 'http://a/'\nbearer_token = '${NOPE}'",
            "checks.x.bearer_token",
            "${NOPE} is not set",
        ),
        (
            "[checks.x]\nkind = 'postgres'\nurl = 'mysql://a/b'",
            "checks.x.url",
            "no address of a database",
        ),
        (
            "[checks.x]\nkind = 'command'\ncommand = 'ls -l'",
            "checks.x.command",
            "no shell",
        ),
        ("[checks.'a/b']\nkind = 'memory'", "checks.a/b", "slashes"),
        (
            "[checks.a]\nkind = 'memory'\n[servers.a]\ncommand = 'x'",
            "checks.a",
            "one list of names",
        ),
        (
            "[checks.x]\nkind = 'memory'\nservers = ['serach']\n[servers.search]\ncommand = 'x'",
            "checks.x.servers",
            "did you mean \"search\"?",
        ),
        (
            "[servers.a]\ncommand = 'x'\ndepends_on = ['quite else']",
            "servers.a.depends_on",
            "there are: a, observatory",
        ),
        (
            "[servers.a]\ncommand = 'x'\ndepends_on = ['a']",
            "servers.a.depends_on",
            "the server itself",
        ),
        (
            "[servers.b]\ncommand = 'x'\ndepends_on = ['a']\n[servers.a]\ncommand = 'x'\ndepends_on = ['b']",
            "servers.a.depends_on",
            "in a circle: a → b → a; remove one",
        ),
    ] {
        let mistakes = toml(text).unwrap_err();
        let got: Vec<_> = mistakes
            .iter()
            .map(|it| (it.finding.path.as_str(), it.to_string()))
            .collect();
        let found = got
            .iter()
            .any(|(at, message)| *at == path && message.contains(part));
        assert!(found && got.len() == 1, "{text}\n{path}: {part}\n{got:#?}");
    }
}
