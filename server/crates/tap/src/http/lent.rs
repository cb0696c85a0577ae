//! The body of a request that comes back when whoever it was given to has no use for it.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::sync::oneshot;
use traffic::LONGEST_FRAME;

use super::body::Passing;

/// How long the rest of a request is read for which there is no server.
const PATIENCE: Duration = Duration::from_secs(2);

/// The body, until it is over or nobody wants it.
pub(super) struct Lent {
    body: Option<Passing<Incoming>>,
    back: Option<oneshot::Sender<Passing<Incoming>>>,
}

/// Where it comes back.
pub(super) struct Back(oneshot::Receiver<Passing<Incoming>>);

pub(super) fn lend(body: Passing<Incoming>) -> (Lent, Back) {
    let (back, receiver) = oneshot::channel();
    let lent = Lent {
        body: Some(body),
        back: Some(back),
    };
    (lent, Back(receiver))
}

impl Back {
    /// Reads what nobody has read: it is seen what was asked, and a client that is still writing hears the answer.
    pub(super) async fn read(mut self) {
        let Ok(mut body) = self.0.try_recv() else {
            return;
        };
        let rest = async {
            let mut size = 0;
            while let Some(Ok(frame)) = body.frame().await {
                size += frame.data_ref().map_or(0, Bytes::len);
                if size > LONGEST_FRAME {
                    return;
                }
            }
        };
        // Who is slower is not waited for.
        let _ = tokio::time::timeout(PATIENCE, rest).await;
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let (Some(body), Some(back)) = (self.body.take(), self.back.take())
            && !body.is_end_stream()
        {
            // Who is gone does not want it either.
            let _ = back.send(body);
        }
    }
}

impl Body for Lent {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match &mut self.body {
            Some(body) => Pin::new(body).poll_frame(context),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}
