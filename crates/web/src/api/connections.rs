//! `/v1/connections`: an account's upstreams.
//!
//! Contract: an account names public addresses and those that the operator allows; what leads inside
//! is refused when it is named and again when it is called. What is set is never shown back. Pausing
//! is in force for the next question; webhooks of a paused connection are taken.

use super::answer::{created, ok};
use super::failures::{Refusals, RefusalsOfBodyOfOne, RefusalsOfOne};
use super::input::Json;
use super::wrong::{OfRecord, wrong};
use super::{Caller, Problem, Route, Scope};
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use trackway_hub::manage::ConnectionInfo;
use trackway_hub::probe::ConnectionTest;
use trackway_hub::{Hub, NewConnection};
use trackway_model::ConnectionId;
use utoipa::{OpenApi, ToSchema};

const PATH: &str = "/v1/connections";
const ONE: &str = "/v1/connections/{id}";
const TEST: &str = "/v1/connections/{id}/test";
const PAUSE: &str = "/v1/connections/{id}/pause";
const RESUME: &str = "/v1/connections/{id}/resume";

pub fn routes() -> Vec<Route> {
    vec![
        Route::get(PATH, Scope::Manage, get_connections),
        Route::post(PATH, Scope::Manage, post_connections),
        Route::get(ONE, Scope::Manage, get_connection),
        Route::post(TEST, Scope::Manage, test_connection),
        Route::post(PAUSE, Scope::Manage, pause_connection),
        Route::post(RESUME, Scope::Manage, resume_connection),
    ]
}

pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(
        paths(
            get_connections,
            post_connections,
            get_connection,
            test_connection,
            pause_connection,
            resume_connection
        ),
        components(schemas(ConnectionInfo, Connections, Wish, Made, Question, ConnectionTest)),
        tags((name = "connections", description = "The systems that are asked"))
    )]
    struct Document;
    Document::openapi()
}

/// The account's connections.
#[derive(Debug, Serialize, ToSchema)]
struct Connections {
    /// Oldest first.
    connections: Vec<ConnectionInfo>,
}

/// An upstream to be connected.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = NewConnection)]
#[serde(deny_unknown_fields)]
struct Wish {
    /// `247express` or `keydelivery`.
    dialect: String,
    /// `https://…`, below which the system's own paths begin.
    base_url: String,
    /// The dialect's name where it is left out, numbered where that is taken.
    name: Option<String>,
    /// IANA name of the zone in which this source writes times without one.
    zone: Option<String>,
    /// What the dialect needs, such as `apikey`. Kept sealed and never shown back.
    #[serde(default)]
    settings: BTreeMap<String, String>,
}

/// A connection as it was made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MadeConnection)]
struct Made {
    #[serde(flatten)]
    connection: ConnectionInfo,
    /// Where the system can send its webhooks, below this server's address. It proves the sender:
    /// it is shown only here.
    webhook_path: String,
}

/// What to ask a connection.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = TestQuestion)]
#[serde(deny_unknown_fields)]
struct Question {
    /// A number; where it is left out, one that nobody has.
    number: Option<String>,
    /// Whose number it is, by our own code; needed where the system serves several carriers.
    carrier: Option<String>,
}

/// List the account's connections.
#[utoipa::path(
    get,
    path = "/v1/connections",
    tag = "connections",
    security(("key" = ["manage"])),
    responses((status = 200, description = "All of them", body = Connections), Refusals)
)]
async fn get_connections(State(hub): State<Arc<Hub>>, caller: Caller) -> Result<Response, Problem> {
    let account = Some(&*caller.account_name);
    let connections = hub.connections(account).await.map_err(wrong)?;
    Ok(ok(&Connections { connections }))
}

/// Connect an upstream.
#[utoipa::path(
    post,
    path = "/v1/connections",
    tag = "connections",
    security(("key" = ["manage"])),
    request_body = Wish,
    responses(
        (status = 201, description = "Connected", body = Made),
        (status = 400, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The name is taken, or the account has as many connections as it may", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not application/json", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A member can't be used; an address that is not public", body = Problem, content_type = "application/problem+json"),
        Refusals,
    )
)]
async fn post_connections(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Json(wish): Json<Wish>,
) -> Result<Response, Problem> {
    let account = Some(&*caller.account_name);
    let new = NewConnection {
        account: account.map(str::to_owned),
        dialect: wish.dialect,
        base_url: wish.base_url,
        name: wish.name,
        zone: wish.zone,
        settings: wish.settings,
        operator: false,
    };
    let made = hub.connect(new).await.map_err(wrong)?;
    let connection = hub.connection(account, made.id).await.map_err(wrong)?;
    Ok(created(&Made {
        connection,
        webhook_path: made.webhook_path,
    }))
}

/// Read a connection.
#[utoipa::path(
    get,
    path = "/v1/connections/{id}",
    tag = "connections",
    security(("key" = ["manage"])),
    params(("id" = i64, Path, description = "The connection's id")),
    responses((status = 200, description = "The connection", body = ConnectionInfo), RefusalsOfOne)
)]
async fn get_connection(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    OfRecord(id): OfRecord,
) -> Result<Response, Problem> {
    let account = Some(&*caller.account_name);
    let found = hub.connection(account, ConnectionId(id)).await;
    Ok(ok(&found.map_err(wrong)?))
}

/// Try a connection out: one real call, and what came back.
///
/// The call counts where the system counts calls. Nothing of the answer is kept.
#[utoipa::path(
    post,
    path = "/v1/connections/{id}/test",
    tag = "connections",
    security(("key" = ["manage"])),
    params(("id" = i64, Path, description = "The connection's id")),
    request_body = Question,
    responses(
        (status = 200, description = "What came back, also where it was a failure", body = ConnectionTest),
        RefusalsOfBodyOfOne,
        (status = 422, description = "The number can't be one, or the carrier must be named", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn test_connection(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    OfRecord(id): OfRecord,
    Json(question): Json<Question>,
) -> Result<Response, Problem> {
    let Question { number, carrier } = question;
    let told = hub
        .test_connection(
            Some(&caller.account_name),
            ConnectionId(id),
            carrier.as_deref(),
            number.as_deref(),
        )
        .await;
    Ok(ok(&told.map_err(wrong)?))
}

/// Stop asking a connection. Nothing is forgotten, and its webhooks are taken.
#[utoipa::path(
    post,
    path = "/v1/connections/{id}/pause",
    tag = "connections",
    security(("key" = ["manage"])),
    params(("id" = i64, Path, description = "The connection's id")),
    responses((status = 200, description = "The connection as it is now", body = ConnectionInfo), RefusalsOfOne)
)]
async fn pause_connection(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    OfRecord(id): OfRecord,
) -> Result<Response, Problem> {
    pause(&hub, &caller, id, true).await
}

/// Ask a connection again: what came due meanwhile is asked for within ten minutes.
#[utoipa::path(
    post,
    path = "/v1/connections/{id}/resume",
    tag = "connections",
    security(("key" = ["manage"])),
    params(("id" = i64, Path, description = "The connection's id")),
    responses((status = 200, description = "The connection as it is now", body = ConnectionInfo), RefusalsOfOne)
)]
async fn resume_connection(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    OfRecord(id): OfRecord,
) -> Result<Response, Problem> {
    pause(&hub, &caller, id, false).await
}

async fn pause(hub: &Hub, caller: &Caller, id: i64, paused: bool) -> Result<Response, Problem> {
    let account = Some(&*caller.account_name);
    let changed = hub
        .pause_connection(account, ConnectionId(id), paused)
        .await;
    Ok(ok(&changed.map_err(wrong)?))
}
