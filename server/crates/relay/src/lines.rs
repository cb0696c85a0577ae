//! Lines of a stream of bytes, as they came.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt};

/// Longest line that is taken, the same as for the protocol library; longer ones are left out.
const LONGEST: usize = 16 << 20;

/// Reads one line with its end into `line`; false at the end of the stream.
pub(crate) async fn read(
    reader: &mut (impl AsyncBufRead + Unpin),
    line: &mut Vec<u8>,
) -> io::Result<bool> {
    line.clear();
    let mut is_long = false;
    loop {
        let bytes = reader.fill_buf().await?;
        if bytes.is_empty() {
            return Ok(!line.is_empty());
        }
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(bytes.len(), |end| end + 1);
        if line.len() + taken > LONGEST && !is_long {
            is_long = true;
            tracing::warn!("a line of more than {LONGEST} bytes was left out");
        }
        if is_long {
            line.clear();
        } else {
            line.extend_from_slice(&bytes[..taken]);
        }
        reader.consume(taken);
        if end.is_some() {
            if !is_long {
                return Ok(true);
            }
            is_long = false;
            line.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_come_as_they_are() {
        let text = [
            b"a\r\n\n".to_vec(),
            vec![b'x'; LONGEST + 1],
            b"\n\xff\nend".to_vec(),
        ];
        let bytes = text.concat();
        let mut reader = &bytes[..];
        let mut line = Vec::new();
        let mut lines = Vec::new();
        while read(&mut reader, &mut line).await.unwrap() {
            lines.push(line.clone());
        }
        let expected: [&[u8]; 4] = [b"a\r\n", b"\n", b"\xff\n", b"end"];
        assert_eq!(lines, expected);
    }
}
