//! `POST /v1/detect`: whose numbers these may be, by the catalog in force.
//!
//! Contract: nothing is kept and nobody is asked; the answer has one element for each number, in the
//! order of the request.

use super::failures::Refusals;
use super::input::Json;
use super::shipments::ok;
use super::wrong::member;
use super::{Caller, Problem, Route, Scope};
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use trackway_dialects::detection::{
    self, Detected, DetectedCarrier, DetectedIdentifier, DetectedReason, HintError,
};
use trackway_hub::Hub;
use utoipa::{OpenApi, ToSchema};

const PATH: &str = "/v1/detect";
/// Numbers that one call may ask about.
const MOST: usize = 1_000;

pub fn routes() -> Vec<Route> {
    vec![Route::post(PATH, Scope::Read, post_detect)]
}

pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(
        paths(post_detect),
        components(schemas(
            Asked,
            Answer,
            Detected,
            DetectedCarrier,
            DetectedReason,
            DetectedIdentifier
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
    responses(
        (status = 200, description = "What was found of each", body = Answer),
        (status = 400, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not application/json", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A member can't be used", body = Problem, content_type = "application/problem+json"),
        Refusals,
    )
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
