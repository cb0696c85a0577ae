//! Asks a freshly started stdio server which era of the protocol it speaks.
//!
//! The library could do that too, but it gives up asking after ten seconds and then takes the late
//! answer of a slowly starting server (`npx`, `uvx`) for a protocol error. Here the question waits
//! as long as the caller does. The answer is read off the stream, so the library never sees it.

use std::io;

use rmcp::model::{ErrorCode, ProtocolVersion};
use serde_json::{Value, json};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncWrite, AsyncWriteExt};

use crate::handshake;
use crate::observation::Era;

/// Longest line read while waiting for the answer; longer ones are skipped.
const LINE_BYTES: usize = 1 << 20;

const ID: &str = "mcp-observatory-era";

/// Sends `server/discover` and waits for its answer. An error says that standard output closed.
pub(crate) async fn ask(
    reader: &mut (impl AsyncBufRead + Unpin),
    writer: &mut (impl AsyncWrite + Unpin),
) -> io::Result<Era> {
    let info = handshake::client_info();
    let question = json!({
        "jsonrpc": "2.0",
        "id": ID,
        "method": "server/discover",
        "params": { "_meta": {
            "io.modelcontextprotocol/protocolVersion": ProtocolVersion::LATEST.as_str(),
            "io.modelcontextprotocol/clientInfo": {
                "name": info.client_info.name,
                "version": info.client_info.version,
            },
            "io.modelcontextprotocol/clientCapabilities": {},
        } },
    });
    writer.write_all(format!("{question}\n").as_bytes()).await?;
    writer.flush().await?;

    let mut line = Vec::new();
    while read_line(reader, &mut line).await? {
        if let Some(era) = serde_json::from_slice(&line).ok().as_ref().and_then(answer) {
            return Ok(era);
        }
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}

/// The era that a message tells, if it answers the question.
fn answer(message: &Value) -> Option<Era> {
    let id = message.get("id");
    if let Some(result) = message.get("result") {
        let modern = result.get("supportedVersions").is_some();
        return (id? == ID).then_some(if modern { Era::Modern } else { Era::Legacy });
    }
    // A server that could not read the request may leave the id out of its error.
    let code = message.get("error")?.get("code")?.as_i64();
    let ours = id.is_none_or(|id| id.is_null() || id == ID);
    let modern_codes = [
        ErrorCode::UNSUPPORTED_PROTOCOL_VERSION,
        ErrorCode::MISSING_REQUIRED_CLIENT_CAPABILITY,
        ErrorCode::HEADER_MISMATCH,
    ];
    let modern = modern_codes
        .iter()
        .any(|known| code == Some(known.0.into()));
    ours.then_some(if modern { Era::Modern } else { Era::Legacy })
}

/// Reads one line into `line`; false at the end of the stream.
async fn read_line(
    reader: &mut (impl AsyncBufRead + Unpin),
    line: &mut Vec<u8>,
) -> io::Result<bool> {
    line.clear();
    let mut long = false;
    loop {
        let bytes = reader.fill_buf().await?;
        if bytes.is_empty() {
            return Ok(false);
        }
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(bytes.len(), |end| end + 1);
        long |= line.len() + taken > LINE_BYTES;
        if long {
            line.clear();
        } else {
            line.extend_from_slice(&bytes[..taken]);
        }
        reader.consume(taken);
        if end.is_some() {
            return Ok(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn told(mut output: &[u8]) -> (Option<Era>, String) {
        let mut asked = Vec::new();
        let era = ask(&mut output, &mut asked).await.ok();
        assert!(asked.ends_with(b"\n") && asked.windows(15).any(|w| w == b"server/discover"));
        (era, String::from_utf8_lossy(output).into_owned())
    }

    #[tokio::test]
    async fn eras_are_told_apart() {
        let cases = [
            (
                r#"{"id":"mcp-observatory-era","result":{"supportedVersions":[]}}"#,
                Some(Era::Modern),
            ),
            (
                r#"{"id":"mcp-observatory-era","error":{"code":-32022}}"#,
                Some(Era::Modern),
            ),
            (
                r#"{"id":"mcp-observatory-era","error":{"code":-32601}}"#,
                Some(Era::Legacy),
            ),
            (
                r#"{"id":"mcp-observatory-era","result":{}}"#,
                Some(Era::Legacy),
            ),
            (r#"{"id":null,"error":{"code":-32600}}"#, Some(Era::Legacy)),
            (r#"{"error":{"code":-32600}}"#, Some(Era::Legacy)),
            (r#"{"id":7,"error":{"code":-32600}}"#, None),
            (r#"{"id":7,"result":{"supportedVersions":[]}}"#, None),
            (r#"{"id":1,"method":"ping"}"#, None),
            ("no JSON", None),
        ];
        for (line, expected) in cases {
            assert_eq!(
                told(format!("{line}\n").as_bytes()).await.0,
                expected,
                "{line}"
            );
        }
    }

    #[tokio::test]
    async fn skips_what_comes_before_and_leaves_what_comes_after() {
        let noise = "x".repeat(LINE_BYTES + 1);
        let output =
            format!("banner\n{noise}\n{{\"id\":\"{ID}\",\"error\":{{\"code\":-32601}}}}\nnext\n");
        let (era, rest) = told(output.as_bytes()).await;
        assert_eq!((era, rest.as_str()), (Some(Era::Legacy), "next\n"));
    }
}
