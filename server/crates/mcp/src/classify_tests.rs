//! What each kind of failure over HTTP is taken for. (What real sockets give is tested in `tests/`.)

use rmcp::transport::streamable_http_client::{AuthRequiredError, HttpStatusError};

use super::*;

#[test]
fn the_library_s_errors_are_read() {
    type E = StreamableHttpError<reqwest::Error>;
    let status = |code, challenge, body: &str| Refusal::Status {
        code,
        challenge,
        body: body.to_owned(),
    };
    let text = |text: &'static str| E::UnexpectedServerResponse(text.into());
    let cases: [(E, Refusal); 9] = [
        (
            HttpStatusError::new(503, None).into(),
            status(503, false, ""),
        ),
        (
            E::AuthRequired(AuthRequiredError::new("Bearer".into())),
            status(401, true, ""),
        ),
        (E::SessionExpired, Refusal::SessionGone),
        (text("HTTP 404 Not Found: <html>x"), status(404, false, "")),
        (
            text("HTTP 404 Not Found: {\"a\":1}"),
            status(404, false, "{\"a\":1}"),
        ),
        (text("HTTP 302 Found: "), status(302, false, "")),
        (text("could not parse JSON"), Refusal::Garbage),
        (E::UnexpectedContentType(None), Refusal::ContentType(None)),
        (E::ResponseBodyTooLarge { max_size: 1 }, Refusal::TooLarge),
    ];
    for (error, expected) in cases {
        assert_eq!(Refusal::of(&error), expected, "{error}");
    }
}

#[test]
fn chains_of_sources_are_read() {
    use io::ErrorKind as K;
    let told = |error: io::Error, secure| Refusal::of_chain(&error, true, secure);
    assert_eq!(told(K::ConnectionRefused.into(), false), Refusal::Refused);
    assert_eq!(told(K::TimedOut.into(), false), Refusal::ConnectTimeout);
    assert_eq!(told(io::Error::other("dns error"), false), Refusal::Dns);
    let corrupt = || io::Error::new(K::InvalidData, "received corrupt message");
    assert_eq!(
        told(corrupt(), true),
        Refusal::Tls("received corrupt message".into())
    );
    assert_eq!(
        told(corrupt(), false),
        Refusal::Broken("received corrupt message".into())
    );
    let tcp = io::Error::other("tcp connect error");
    assert!(matches!(told(tcp, true), Refusal::Broken(_)));
    let reset = Refusal::of_chain(&io::Error::from(K::ConnectionReset), false, false);
    assert!(matches!(reset, Refusal::Broken(_)), "{reset:?}");
}
