//! Receivers that want a token which is asked for first.

use super::receiver::{Receiver, Reply};
use super::*;

fn channel(tokens: &Receiver, receiver: &Receiver) -> Arc<dyn Channel> {
    let text = format!(
        "url: {}/hook\nhttp_config:\n  oauth2:\n    client_id: a b\n    client_secret: se+cret\n    token_url: {}/token\n    scopes: [one, two]\n    endpoint_params: {{ audience: x&y }}",
        receiver.url, tokens.url
    );
    read("webhook_configs", &text)
}

fn token(word: &str, seconds: u32) -> Reply {
    let body =
        format!(r#"{{"access_token":"{word}","token_type":"bearer","expires_in":{seconds}}}"#);
    Reply::new(200, &body)
}

/// Sends, and says what the receiver was told about who sends.
async fn send(channel: &Arc<dyn Channel>, receiver: &Receiver) -> Result<String, Failure> {
    channel.send(&sample(&[("a", true)])).await?;
    let got = receiver.got();
    assert_eq!(got.len(), 1);
    Ok(got[0].header("authorization").to_owned())
}

#[tokio::test]
async fn a_token_is_kept_until_it_is_over_or_refused() {
    let (tokens, receiver) = (Receiver::start().await, Receiver::start().await);
    let channel = channel(&tokens, &receiver);

    tokens.reply(token("first", 3600));
    assert_eq!(send(&channel, &receiver).await.unwrap(), "Bearer first");
    assert_eq!(send(&channel, &receiver).await.unwrap(), "Bearer first");
    let asked = tokens.got();
    let [asked] = asked.as_slice() else {
        panic!("one token for both: {asked:?}");
    };
    // Name and secret as a form has them, in base64.
    assert_eq!(asked.header("authorization"), "Basic YStiOnNlJTJCY3JldA==");
    assert_eq!(
        asked.text,
        "grant_type=client_credentials&scope=one+two&audience=x%26y"
    );

    receiver.reply(Reply::new(401, "no"));
    let failure = send(&channel, &receiver).await.unwrap_err();
    assert_eq!(failure.cause, Cause::Authentication);
    receiver.got();
    tokens.reply(token("short", 10));
    assert_eq!(send(&channel, &receiver).await.unwrap(), "Bearer short");
    tokens.reply(token("next", 3600));
    assert_eq!(send(&channel, &receiver).await.unwrap(), "Bearer next");
}

#[tokio::test]
async fn a_server_that_reads_no_header_is_asked_in_the_body() {
    let (tokens, receiver) = (Receiver::start().await, Receiver::start().await);
    let channel = channel(&tokens, &receiver);
    tokens.reply(Reply::new(401, r#"{"error":"invalid_client"}"#));
    tokens.reply(token("late", 3600));
    assert_eq!(send(&channel, &receiver).await.unwrap(), "Bearer late");
    let asked = tokens.got();
    assert_eq!(asked[1].header("authorization"), "");
    assert!(
        asked[1]
            .text
            .ends_with("&client_id=a+b&client_secret=se%2Bcret"),
        "{}",
        asked[1].text
    );
}

#[tokio::test]
async fn without_a_token_nothing_is_sent_and_the_secret_is_not_said() {
    for (replies, cause, expected) in [
        (
            vec![
                Reply::new(401, ""),
                Reply::new(401, r#"{"error":"invalid_client"}"#),
            ],
            Cause::Authentication,
            "/… knows no such client",
        ),
        (
            vec![Reply::new(500, "oops")],
            Cause::Server,
            "/… gave no token: 500 Internal Server Error, no access_token in its answer",
        ),
        (
            vec![Reply::new(
                403,
                r#"{"error":"x","error_description":"not with se+cret"}"#,
            )],
            Cause::Authentication,
            "/… gave no token: 403 Forbidden, not with ***REDACTED***",
        ),
    ] {
        let (tokens, receiver) = (Receiver::start().await, Receiver::start().await);
        let channel = channel(&tokens, &receiver);
        for reply in replies {
            tokens.reply(reply);
        }
        let failure = send(&channel, &receiver).await.unwrap_err();
        assert_eq!(failure.cause, cause, "{expected}");
        assert_eq!(failure.is_passing, cause == Cause::Server);
        let said = failure.to_string();
        assert!(said.contains(expected), "{said}");
        assert!(receiver.got().is_empty());
    }
}
