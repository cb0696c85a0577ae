//! The HTTP API for programs: what servers list about themselves, and changes of it.

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequest, Path, Query, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Form, Json, Router};
use http::header;
use serde::Deserialize;
use wire::{
    Caller, ChangeDecision, ChangeQuery, Code, Definition, DefinitionChange, Note, Problem,
    Services,
};

use super::Context;
use super::answer::{Answer, Refusal};

pub(super) fn router() -> Router<Context> {
    Router::new()
        .route("/observability/definitions", get(definitions))
        .route("/observability/definitions/changes", get(changes))
        .route("/observability/definitions/changes/{id}", post(decide))
        .route("/observability/definitions/decisions", post(decide_several))
}

#[derive(Deserialize)]
struct Of {
    server: Option<String>,
}

async fn definitions(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    query: Result<Query<Of>, QueryRejection>,
) -> Answer<Vec<Definition>> {
    let Query(query) = query.map_err(|rejection| Problem::invalid(rejection.body_text()))?;
    let listed = services.definitions.list(&caller, query.server.as_deref());
    Ok(Json(listed.await?))
}

#[derive(Deserialize)]
struct Which {
    server: Option<String>,
    open: Option<bool>,
    #[serde(default = "a_page")]
    limit: u32,
    #[serde(default)]
    fields: bool,
}

fn a_page() -> u32 {
    100
}

async fn changes(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    query: Result<Query<Which>, QueryRejection>,
) -> Answer<Vec<DefinitionChange>> {
    let Query(query) = query.map_err(|rejection| Problem::invalid(rejection.body_text()))?;
    let query = ChangeQuery {
        server: query.server,
        open: query.open,
        limit: query.limit,
        with_fields: query.fields,
    };
    Ok(Json(services.definitions.changes(&caller, query).await?))
}

/// What is decided about a change.
#[derive(Deserialize, schemars::JsonSchema)]
#[schemars(rename = "ChangeDecided")]
pub(super) struct Decided {
    decision: ChangeDecision,
    /// Who; the caller's name where empty.
    #[serde(default)]
    by: String,
    /// What they say.
    #[serde(default)]
    comment: String,
}

/// What is decided about several changes.
#[derive(Deserialize, schemars::JsonSchema)]
#[schemars(rename = "ChangesDecided")]
pub(super) struct SeveralDecided {
    /// The numbers of 1 to 200 changes.
    ids: Vec<i64>,
    #[serde(flatten)]
    decided: Decided,
}

/// How to say it.
const HOW: &str = "send {\"decision\": \"approve\" or \"reject\", \"by\": \"name\", \"comment\": \"text\"} as application/json";
/// How to say it about several.
const HOW_SEVERAL: &str = "send {\"ids\": [1, 2], \"decision\": \"approve\" or \"reject\", \"by\": \"name\", \"comment\": \"text\"} as application/json";

/// What a page's form sends.
struct Sent {
    fields: Vec<(String, String)>,
}

impl Sent {
    /// What is sent, where it is a form.
    async fn of(request: Request, how: &str) -> Result<Result<Self, Request>, Problem> {
        let media = request.headers().get(header::CONTENT_TYPE);
        let form = b"application/x-www-form-urlencoded";
        if !media.is_some_and(|media| media.as_bytes().starts_with(form)) {
            return Ok(Err(request));
        }
        let read = Form::<Vec<(String, String)>>::from_request(request, &()).await;
        let wrong = |why: String| Problem::invalid(format!("{why}; {how}"));
        let Form(fields) = read.map_err(|rejection| wrong(rejection.body_text()))?;
        Ok(Ok(Self { fields }))
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = self.fields.iter().filter(move |(known, _)| known == name);
        named.map(|(_, value)| value.as_str())
    }

    fn text(&self, name: &str) -> String {
        self.all(name).next().unwrap_or_default().to_owned()
    }

    fn decided(&self, how: &str) -> Result<Decided, Problem> {
        let decision = ChangeDecision::parse(&self.text("decision"));
        let missing = || Problem::invalid(format!("the form has no decision; {how}"));
        Ok(Decided {
            decision: decision.ok_or_else(missing)?,
            by: self.text("by"),
            comment: self.text("comment"),
        })
    }

    /// The page that it was sent from; no other.
    fn page(&self) -> String {
        let page = self.text("page");
        let is_ours = page == "/drift" || page.starts_with("/drift?");
        let is_plain = page
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'#');
        match is_ours && is_plain {
            true => page,
            false => "/drift".to_owned(),
        }
    }
}

async fn json<T: serde::de::DeserializeOwned>(request: Request, how: &str) -> Result<T, Problem> {
    let Json(read) = Json::<T>::from_request(request, &())
        .await
        .map_err(|rejection| Problem::invalid(format!("{}; {how}", rejection.body_text())))?;
    Ok(read)
}

/// Programs send JSON and get the change. A page's form, which works without a script, leads back to the page.
async fn decide(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Refusal> {
    let id = id
        .parse()
        .map_err(|_| Problem::invalid(format!("{id:?} is no number of a change")))?;
    let (decided, page) = match Sent::of(request, HOW).await? {
        Ok(sent) => (sent.decided(HOW)?, Some(sent.page())),
        Err(request) => (json::<Decided>(request, HOW).await?, None),
    };
    let (decision, note) = decided.parts();
    let change = services.definitions.decide(&caller, id, decision, note);
    let change = change.await?;
    Ok(match page {
        Some(page) => Redirect::to(&format!("{page}#change-{id}")).into_response(),
        None => Json(change).into_response(),
    })
}

/// The same about several; a form's boxes are called `id`. A form that nothing could be decided about says why.
async fn decide_several(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Refusal> {
    let (ids, decided, page) = match Sent::of(request, HOW_SEVERAL).await? {
        Ok(sent) => {
            let ids: Result<Vec<i64>, _> = sent.all("id").map(str::parse).collect();
            let wrong = |_| Problem::invalid(format!("an id is no number; {HOW_SEVERAL}"));
            (
                ids.map_err(wrong)?,
                sent.decided(HOW_SEVERAL)?,
                Some(sent.page()),
            )
        }
        Err(request) => {
            let SeveralDecided { ids, decided } = json(request, HOW_SEVERAL).await?;
            (ids, decided, None)
        }
    };
    let (decision, note) = decided.parts();
    let done = services
        .definitions
        .decide_several(&caller, ids, decision, note);
    let done = done.await?;
    let Some(page) = page else {
        return Ok(Json(done).into_response());
    };
    match done.refused.first() {
        Some(first) => {
            let (count, id, why) = (done.decided.len(), first.id, &first.why);
            let what = format!("{count} decided; change {id}: {why}");
            Err(Problem::new(Code::Conflict, what).into())
        }
        None => Ok(Redirect::to(&page).into_response()),
    }
}

impl Decided {
    fn parts(self) -> (ChangeDecision, Note) {
        let Self {
            decision,
            by,
            comment,
        } = self;
        (decision, Note { by, comment })
    }
}
