//! Records that programs tell as JSON, packed with gzip or not.

use axum::Json;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::OwnedSemaphorePermit;

use super::{Intake, Refused, broken, gunzipped};

impl Intake {
    /// The body as what it is; `what` names it in errors, which name the field and what is wrong with it. The place
    /// among what is taken in is given up when the caller is done with it.
    pub(in crate::doors) async fn records<T: DeserializeOwned + Send + 'static>(
        &self,
        request: Request,
        what: &'static str,
    ) -> Result<(T, OwnedSemaphorePermit), Refused> {
        self.read_by(request, move |body| {
            read(body).map_err(|error| {
                let text = format!("this is no {what}: {error}");
                (StatusCode::BAD_REQUEST, text)
            })
        })
        .await
    }

    /// The body as what `read` makes of it, where blocking is allowed, with its place.
    pub(in crate::doors) async fn read_by<T: Send + 'static>(
        &self,
        request: Request,
        read: impl FnOnce(&[u8]) -> Result<T, Refused> + Send + 'static,
    ) -> Result<(T, OwnedSemaphorePermit), Refused> {
        let encoding = request.headers().get(header::CONTENT_ENCODING);
        let is_gzip = match encoding.map(|value| value.to_str().unwrap_or("?")) {
            None | Some("" | "identity") => false,
            Some("gzip") => true,
            Some(encoding) => {
                let text = format!("content-encoding {encoding:?} is not taken; send gzip or none");
                return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, text));
            }
        };
        let (body, place) = self.body(request.into_body()).await?;
        let read = move || -> Result<T, Refused> {
            let body = if is_gzip { gunzipped(&body)? } else { body };
            read(&body)
        };
        let read = tokio::task::spawn_blocking(read).await;
        Ok((read.map_err(|error| broken(&error))??, place))
    }

    /// What became of records, as the answer to `sender`; what was wrong with a request is counted as refused by `source`.
    pub(in crate::doors) fn answer<T: Serialize>(
        &self,
        source: &'static str,
        sender: &str,
        taken: Result<T, Refused>,
    ) -> Response {
        match taken {
            Ok(taken) => Json(taken).into_response(),
            Err((status, text)) => {
                if status.is_client_error() {
                    self.refused((source, sender, "unreadable_request"), 1, &text);
                }
                (status, format!("{text}\n")).into_response()
            }
        }
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let read = serde_path_to_error::deserialize(&mut json).map_err(|error| error.to_string())?;
    json.end().map_err(|error| error.to_string())?;
    Ok(read)
}
