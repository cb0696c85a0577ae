//! Sockets that say what a test wants.

use checks::Address;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What a peer does with a connection.
#[derive(Clone, Copy)]
pub(crate) enum Does<'a> {
    /// Says this as soon as something has come, then waits for more.
    Says(&'a [u8]),
    /// Says this after each thing that comes.
    Answers(&'a [&'a [u8]]),
    /// Says this again and again.
    Floods(&'a [u8]),
    /// Hangs up at once.
    HangsUp,
    /// Says nothing.
    Keeps,
}

/// A peer that does this with every connection, for as long as the test runs.
pub(crate) async fn peer(does: Does<'static>) -> Address {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(talk(stream, does));
        }
    });
    Address {
        host: "127.0.0.1".to_owned(),
        port,
    }
}

async fn talk(mut stream: TcpStream, does: Does<'_>) -> std::io::Result<()> {
    let mut heard = vec![0; 4096];
    match does {
        Does::HangsUp => return Ok(()),
        Does::Keeps => std::future::pending().await,
        Does::Says(text) => {
            let _ = stream.read(&mut heard).await?;
            stream.write_all(text).await?;
            while stream.read(&mut heard).await? > 0 {}
        }
        Does::Answers(texts) => {
            for text in texts {
                if stream.read(&mut heard).await? == 0 {
                    break;
                }
                stream.write_all(text).await?;
            }
            while stream.read(&mut heard).await? > 0 {}
        }
        Does::Floods(text) => {
            let _ = stream.read(&mut heard).await?;
            loop {
                stream.write_all(text).await?;
            }
        }
    }
    Ok(())
}

/// An address at which nothing listens: its port was free a moment ago.
pub(crate) async fn nobody() -> Address {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    Address {
        host: "127.0.0.1".to_owned(),
        port,
    }
}
