//! `POST /v1/detect`: whose numbers these may be, by the catalog in force. `POST /v1/detect/ask`: by
//! what the account's upstreams say.
//!
//! Contract: nothing is kept. The first asks nobody, and its answer has one element for each number, in
//! the order of the request. The second costs a call of each upstream's quota, and so needs `write`.

use super::answer::ok;
use super::failures::RefusalsOfBody;
use super::input::Json;
use super::wrong::{member, wrong};
use super::{Caller, Problem, Route, Scope};
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use trackway_dialects::detection::{
    self, Detected, DetectedCarrier, DetectedIdentifier, DetectedReason, HintError,
};
use trackway_hub::detecting::{Opinion, Thought};
use trackway_hub::{Hub, HubError};
use utoipa::{OpenApi, ToSchema};

const PATH: &str = "/v1/detect";
const ASK: &str = "/v1/detect/ask";
/// Numbers that one call may ask about.
const MOST: usize = 1_000;

pub fn routes() -> Vec<Route> {
    vec![
        Route::post(PATH, Scope::Read, post_detect),
        Route::post(ASK, Scope::Write, post_ask),
    ]
}

pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(
        paths(post_detect, post_ask),
        components(schemas(
            Asked,
            Answer,
            Detected,
            DetectedCarrier,
            DetectedReason,
            DetectedIdentifier,
            ToAsk,
            Opinions,
            Opinion,
            Thought
        )),
        tags((name = "detection", description = "Whose number it may be"))
    )]
    struct Document;
    Document::openapi()
}

/// Numbers, and what is known of them.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = NumbersToDetect)]
#[serde(deny_unknown_fields)]
struct Asked {
    #[schema(min_items = 1, max_items = 1_000, example = json!(["RR123456785VN"]))]
    numbers: Vec<String>,
    /// Where they were met, as ISO 3166 alpha-2.
    #[schema(example = "VN")]
    country: Option<String>,
    /// `parcel`, `ocean` or `air`.
    mode: Option<String>,
    /// Tell carriers' codes in this dialect, such as `track123`, and leave out those that have none.
    dialect: Option<String>,
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Detections)]
struct Answer {
    /// One for each number, in their order.
    detections: Vec<Detected>,
}

/// Tell whose numbers these may be: carriers ranked by probability, each with its reasons, and nobody
/// called likely where nothing is. Standards' numbers (S10, containers, SSCC, air waybills, IMO) are
/// told with what is wrong with their check digit, where something is.
#[utoipa::path(
    post,
    path = "/v1/detect",
    tag = "detection",
    security(("key" = ["read"])),
    request_body = Asked,
    responses((status = 200, description = "What was found of each", body = Answer), RefusalsOfBody)
)]
async fn post_detect(
    State(hub): State<Arc<Hub>>,
    _caller: Caller,
    Json(asked): Json<Asked>,
) -> Result<Response, Problem> {
    if asked.numbers.is_empty() || asked.numbers.len() > MOST {
        return Err(member(
            "/numbers",
            format!("It must hold 1 to {MOST} numbers."),
        ));
    }
    let hints = detection::hints(
        asked.country.as_deref(),
        asked.mode.as_deref(),
        asked.dialect.as_deref(),
    );
    let hints = hints.map_err(|wrong| {
        let pointer = match &wrong {
            HintError::Country(_) => "/country",
            HintError::Mode(_) => "/mode",
            HintError::Dialect(_) => "/dialect",
        };
        member(pointer, format!("{wrong}."))
    })?;
    let detections = asked.numbers.iter();
    let detections = detections.map(|number| detection::detect(&*hub, number, &hints));
    Ok(ok(&Answer {
        detections: detections.collect(),
    }))
}

/// A number that upstreams are asked about.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = NumberToAskAbout)]
#[serde(deny_unknown_fields)]
struct ToAsk {
    #[schema(example = "00340434292135100186")]
    number: String,
}

/// What they said.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CarrierOpinions)]
struct Opinions {
    /// One for each connection whose system tells carriers; none where the account has no such
    /// connection, and in a sandbox.
    opinions: Vec<Opinion>,
}

/// Ask the account's upstreams whose number it may be: those that detect carriers, and are not paused.
/// Each call is paid from the part of its quota that is kept for people. An account may do so 600 times
/// an hour.
#[utoipa::path(
    post,
    path = "/v1/detect/ask",
    tag = "detection",
    security(("key" = ["write"])),
    request_body = ToAsk,
    responses((status = 200, description = "What each of them said", body = Opinions), RefusalsOfBody)
)]
async fn post_ask(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Json(asked): Json<ToAsk>,
) -> Result<Response, Problem> {
    let opinions = hub.ask_carriers(caller.account, &asked.number).await;
    let opinions = opinions.map_err(|error| match error {
        HubError::Number { .. } => member("/number", format!("{error}.")),
        other => wrong(other),
    })?;
    Ok(ok(&Opinions { opinions }))
}
