//! `POST /v1/connections/{id}/pull`: what an upstream has becomes the account's, as far as so many calls go.
//!
//! Contract: a call makes at most [`MOST`] calls to the upstream and then answers with what was done and
//! where to go on; called again without that, it begins anew and changes only what is different there.

use super::answer::ok;
use super::failures::RefusalsOfBodyOfOne;
use super::input::Json;
use super::wrong::{OfRecord, wrong};
use super::{Caller, Problem, Route, Scope};
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;
use trackway_dialects::dialect::pulls::Wanted;
use trackway_hub::Hub;
use trackway_hub::pull::{Pull, PullStopped, Pulled, PulledPart, PulledWrong};
use trackway_model::ConnectionId;
use utoipa::{OpenApi, ToSchema};

/// Calls to the upstream at most.
const MOST: u64 = 100;

pub fn routes() -> Vec<Route> {
    vec![Route::post(
        "/v1/connections/{id}/pull",
        Scope::Manage,
        post_pull,
    )]
}

pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(
        paths(post_pull),
        components(schemas(Wish, One, Pulled, PulledPart, PulledWrong, PullStopped))
    )]
    struct Document;
    Document::openapi()
}

/// What is to be pulled.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = PullWish)]
#[serde(deny_unknown_fields)]
struct Wish {
    /// Of `shops`, `pickup_addresses`, `vendors`, `box_sizes`, `couriers`, `courier_links`, `services`,
    /// `categories`, `brands`, `units`, `options`, `addresses`, `items`, `products`, `stock`, `orders`,
    /// `fulfilments`, `inbounds` and `returns`; where none is named, all but `addresses`.
    #[serde(default)]
    parts: Vec<String>,
    /// A single thing in place of parts.
    one: Option<One>,
    /// `next` of an answer before.
    from: Option<String>,
    /// Nothing is written.
    #[serde(default)]
    dry_run: bool,
    /// Calls to the upstream, at most 100; 50 where it is left out.
    calls: Option<u64>,
}

/// A single thing of the upstream's.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PullOne)]
#[serde(deny_unknown_fields)]
struct One {
    /// `items`, `products`, `orders`, `fulfilments`, `inbounds` or `returns`.
    part: String,
    /// Its number or code there.
    id: String,
}

/// Pull what an upstream has: its records become the account's, its orders, shipments and returns are
/// followed. A row that can't be taken is told and holds up nothing; what stands here as it does there is
/// left alone. The calls count as calls of the connection.
#[utoipa::path(
    post,
    path = "/v1/connections/{id}/pull",
    tag = "connections",
    security(("key" = ["manage"])),
    params(("id" = i64, Path, description = "The connection's id")),
    request_body = Wish,
    responses(
        (status = 200, description = "What was done, also where the upstream failed on the way", body = Pulled),
        RefusalsOfBodyOfOne,
    )
)]
async fn post_pull(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    OfRecord(id): OfRecord,
    Json(wish): Json<Wish>,
) -> Result<Response, Problem> {
    let pull = Pull {
        wanted: Wanted {
            parts: wish.parts,
            one: wish.one.map(|one| (one.part, one.id)),
            from: wish.from,
        },
        dry_run: wish.dry_run,
        calls: wish.calls.unwrap_or_default().min(MOST),
    };
    let done = hub.pull(&caller, ConnectionId(id), &pull).await;
    Ok(ok(&done.map_err(wrong)?))
}
