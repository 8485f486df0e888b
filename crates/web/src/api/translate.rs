//! `GET /v1/translate`: a code of one system in another system's codes, by the tables in force.

use super::answer::ok;
use super::failures::Refusals;
use super::input::{Asked, bad_query};
use super::{Caller, Problem, Route, Scope};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use trackway_dialects::translate::{self, ToldCode, Translation, translate};
use trackway_hub::Hub;
use trackway_model::CodeKind;
use utoipa::{IntoParams, OpenApi, ToSchema};

const PATH: &str = "/v1/translate";

pub fn routes() -> Vec<Route> {
    vec![Route::get(PATH, Scope::Read, get_translate)]
}

pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(
        paths(get_translate),
        components(schemas(Translations, Translation, ToldCode)),
        tags((name = "translation", description = "One system's codes in another's"))
    )]
    struct Document;
    Document::openapi()
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// The system whose code it is: a dialect, or the name of a standard's code list.
    from: String,
    /// Which of its tables the code stands in, such as `shipment` or `ocean_event`; every table that
    /// has it where it is left out.
    kind: Option<String>,
    /// The code, as the system writes it.
    code: String,
    /// The sub-code, where there is one.
    sub: Option<String>,
    /// The system to tell it to.
    to: String,
}

/// Every reading of the code.
#[derive(Debug, Serialize, ToSchema)]
struct Translations {
    /// One for each table of the source that has the code.
    translations: Vec<Translation>,
}

/// Translate a code of one system into another system's: exact, broader, narrower or none, with what
/// is lost. The tables in force answer, so that a replay with another table changes the answers.
#[utoipa::path(
    get,
    path = "/v1/translate",
    tag = "translation",
    security(("key" = ["read"])),
    params(Query),
    responses(
        (status = 200, description = "Every reading of the code", body = Translations),
        (status = 400, description = "A parameter is missing, or no such kind", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such system, or it has no such code", body = Problem, content_type = "application/problem+json"),
        Refusals,
    )
)]
async fn get_translate(
    State(hub): State<Arc<Hub>>,
    _caller: Caller,
    Asked(query): Asked<Query>,
) -> Result<Response, Problem> {
    let kind = query.kind.as_deref().map(kind).transpose()?;
    let asked = translate::Asked {
        from: &query.from,
        kind,
        code: &query.code,
        sub: query.sub.as_deref().unwrap_or_default(),
        to: &query.to,
    };
    let translations = translate(&hub.vocabularies(), &asked)
        .map_err(|unknown| Problem::new(StatusCode::NOT_FOUND, format!("{unknown}.")))?;
    Ok(ok(&Translations { translations }))
}

fn kind(name: &str) -> Result<CodeKind, Problem> {
    CodeKind::parse(name).ok_or_else(|| {
        let known: Vec<&str> = CodeKind::ALL.iter().map(|kind| kind.name()).collect();
        bad_query(format!("`kind` must be one of {}.", known.join(", ")))
    })
}
