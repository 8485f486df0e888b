//! `/v1/endpoints`: an account's subscribers.
//!
//! Contract: an account names public addresses and those that the operator allows. The signing secret
//! is in the answer to the making and to a rotation and nowhere else; what is set is never shown back.
//! A paused endpoint gets nothing from the next message on and loses nothing: when it is resumed, it
//! is told from where it stopped. (Rotation, tests and replays are in `endpoints::work`.)

mod work;

use super::answer::{created, ok};
use super::failures::{Refusals, RefusalsOfBodyOfOne, RefusalsOfOne};
use super::input::Json;
use super::wrong::{OfRecord, wrong};
use super::{Caller, Problem, Route, Scope};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use trackway_hub::endpoints::{
    ChangedEndpoint, EndpointInfo, EndpointStanding, EndpointTest, LastAnswerInfo, RotatedEndpoint,
};
use trackway_hub::sent::AttemptOutcome;
use trackway_hub::{Hub, NewEndpoint};
use trackway_model::EndpointId;
use utoipa::{OpenApi, ToSchema};

const PATH: &str = "/v1/endpoints";
const ONE: &str = "/v1/endpoints/{id}";

pub fn routes() -> Vec<Route> {
    vec![
        Route::get(PATH, Scope::Manage, get_endpoints),
        Route::post(PATH, Scope::Manage, post_endpoints),
        Route::get(ONE, Scope::Manage, get_endpoint),
        Route::patch(ONE, Scope::Manage, patch_endpoint),
        Route::delete(ONE, Scope::Manage, delete_endpoint),
        Route::post(work::ROTATE, Scope::Manage, work::rotate_endpoint),
        Route::post(work::TEST, Scope::Manage, work::test_endpoint),
        Route::post(work::REPLAY, Scope::Manage, work::replay_endpoint),
    ]
}

pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(
        paths(
            get_endpoints,
            post_endpoints,
            get_endpoint,
            patch_endpoint,
            delete_endpoint,
            work::rotate_endpoint,
            work::test_endpoint,
            work::replay_endpoint,
        ),
        components(schemas(
            EndpointInfo,
            EndpointStanding,
            LastAnswerInfo,
            EndpointTest,
            RotatedEndpoint,
            AttemptOutcome,
            Endpoints,
            Wish,
            Made,
            Change,
            work::Rotation,
            work::Replay,
            work::Replaying,
        )),
        tags((name = "endpoints", description = "Where changes are sent to"))
    )]
    struct Document;
    Document::openapi()
}

/// The account's endpoints.
#[derive(Debug, Serialize, ToSchema)]
struct Endpoints {
    /// Oldest first.
    endpoints: Vec<EndpointInfo>,
}

/// A subscriber to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = NewEndpoint)]
#[serde(deny_unknown_fields)]
struct Wish {
    url: String,
    /// Whose webhooks it gets: `native` (Standard Webhooks, where it is left out) or `247express`.
    dialect: Option<String>,
    /// What the dialect needs. Kept sealed and never shown back. `native` knows `signature`: `hmac`
    /// (where it is left out) or `ed25519`.
    #[serde(default)]
    settings: BTreeMap<String, String>,
}

/// An endpoint as it was made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MadeEndpoint)]
struct Made {
    #[serde(flatten)]
    endpoint: EndpointInfo,
    /// What the receiver knows messages by; left out where a public key does that. It is shown only
    /// here.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

/// What is to change; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = EndpointChange)]
#[serde(deny_unknown_fields)]
struct Change {
    /// `true`: it gets nothing until it is resumed with `false`.
    paused: Option<bool>,
    url: Option<String>,
    /// All of them anew. Another `signature` comes with the next rotation.
    settings: Option<BTreeMap<String, String>>,
}

/// List the account's endpoints.
#[utoipa::path(
    get,
    path = "/v1/endpoints",
    tag = "endpoints",
    security(("key" = ["manage"])),
    responses((status = 200, description = "All of them", body = Endpoints), Refusals)
)]
async fn get_endpoints(State(hub): State<Arc<Hub>>, caller: Caller) -> Result<Response, Problem> {
    let account = Some(&*caller.account_name);
    let endpoints = hub.endpoints(account).await.map_err(wrong)?;
    Ok(ok(&Endpoints { endpoints }))
}

/// Add an endpoint. It is told what happens from now on.
#[utoipa::path(
    post,
    path = "/v1/endpoints",
    tag = "endpoints",
    security(("key" = ["manage"])),
    request_body = Wish,
    responses(
        (status = 201, description = "Added", body = Made),
        (status = 400, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The account has as many endpoints as it may", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not application/json", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A member can't be used; an address that is not public", body = Problem, content_type = "application/problem+json"),
        Refusals,
    )
)]
async fn post_endpoints(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Json(wish): Json<Wish>,
) -> Result<Response, Problem> {
    let account = Some(&*caller.account_name);
    let new = NewEndpoint {
        account: account.map(str::to_owned),
        dialect: wish.dialect,
        url: wish.url,
        settings: wish.settings,
        operator: false,
    };
    let made = hub.add_endpoint(new).await.map_err(wrong)?;
    let endpoint = hub.endpoint(account, made.id).await.map_err(wrong)?;
    Ok(created(&Made {
        endpoint,
        secret: made.secret,
    }))
}

/// Read an endpoint.
#[utoipa::path(
    get,
    path = "/v1/endpoints/{id}",
    tag = "endpoints",
    security(("key" = ["manage"])),
    params(("id" = i64, Path, description = "The endpoint's id")),
    responses((status = 200, description = "The endpoint", body = EndpointInfo), RefusalsOfOne)
)]
async fn get_endpoint(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    OfRecord(id): OfRecord,
) -> Result<Response, Problem> {
    let account = Some(&*caller.account_name);
    let found = hub.endpoint(account, EndpointId(id)).await;
    Ok(ok(&found.map_err(wrong)?))
}

/// Pause, resume, move or set an endpoint.
///
/// However long it was paused, it is told next what it has not been told yet.
#[utoipa::path(
    patch,
    path = "/v1/endpoints/{id}",
    tag = "endpoints",
    security(("key" = ["manage"])),
    params(("id" = i64, Path, description = "The endpoint's id")),
    request_body = Change,
    responses(
        (status = 200, description = "The endpoint as it is now", body = EndpointInfo),
        RefusalsOfBodyOfOne,
        (status = 422, description = "A member can't be used; an address that is not public", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn patch_endpoint(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    OfRecord(id): OfRecord,
    Json(change): Json<Change>,
) -> Result<Response, Problem> {
    let change = ChangedEndpoint {
        url: change.url,
        paused: change.paused,
        settings: change.settings,
        operator: false,
    };
    let account = Some(&*caller.account_name);
    let changed = hub.change_endpoint(account, EndpointId(id), change).await;
    Ok(ok(&changed.map_err(wrong)?))
}

/// Remove an endpoint with all that it was still to be told.
#[utoipa::path(
    delete,
    path = "/v1/endpoints/{id}",
    tag = "endpoints",
    security(("key" = ["manage"])),
    params(("id" = i64, Path, description = "The endpoint's id")),
    responses((status = 204, description = "Removed"), RefusalsOfOne)
)]
async fn delete_endpoint(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    OfRecord(id): OfRecord,
) -> Result<Response, Problem> {
    let account = Some(&*caller.account_name);
    hub.delete_endpoint(account, EndpointId(id))
        .await
        .map_err(wrong)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
