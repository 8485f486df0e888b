//! `GET /v1/feed/proof`: the feed's hashes without its changes, for whoever compares a copy.
//!
//! Guarantee: computed from the feed as it is stored, whatever the asker's cursors say of what it
//! has. One answer is a bounded slice.

use super::answer::ok;
use super::change::{Hex, hash_of};
use super::failures::{Refusals, failed};
use super::input::{Asked, bad_query, limit};
use super::window::{Place, Window};
use super::{Caller, Problem, Route, Scope};
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use trackway_hub::Hub;
use trackway_model::AccountId;
use utoipa::{IntoParams, OpenApi, ToSchema};

/// Changes in a slice.
const USUAL: usize = 1_000;
pub const MOST: usize = 5_000;

pub fn routes() -> Vec<Route> {
    vec![Route::get("/v1/feed/proof", Scope::Read, get_feed_proof)]
}

pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(get_feed_proof), components(schemas(Proof, Proved, Window)))]
    struct Document;
    Document::openapi()
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ProofAsked {
    /// The cursor of the slice before. The beginning of the feed where neither this nor `since` is
    /// given.
    after: Option<String>,
    /// The position behind which your copy begins, as `window.since` told it.
    since: Option<String>,
    /// Changes in the slice, 1 to 5,000; 1,000 where it is left out.
    #[param(value_type = Option<u16>)]
    limit: Option<String>,
}

/// Hashes of a part of the feed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FeedProof)]
pub struct Proof {
    changes: Vec<Proved>,
    /// From where the proof began to the end of this slice.
    window: Window,
    /// Where the next slice begins, also where this one is empty.
    cursor: String,
    /// There may be more at once.
    more: bool,
}

/// A change of yours.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HashOfChange)]
struct Proved {
    position: String,
    #[schema(value_type = String)]
    hash: Hex,
}

/// A slice of an account's feed after a cursor, or since a position.
pub async fn slice(
    hub: &Hub,
    account: AccountId,
    after: Option<&str>,
    since: Option<&str>,
    limit: usize,
) -> Result<Proof, Problem> {
    let mut place = match (after, since) {
        (after, None) => Place::of(hub, after).await?,
        (None, Some(since)) => Place::since(hub, since).await?,
        (Some(_), Some(_)) => {
            return Err(bad_query(
                "Give `after` or `since`, not both: the cursor knows the rest.",
            ));
        }
    };
    let page = hub.follow(account, &place.positions(), limit).await;
    let page = page.map_err(failed)?;
    let mut changes = Vec::with_capacity(page.changes.len());
    for followed in &page.changes {
        let hash = hash_of(followed);
        place.take(followed.position, &hash);
        changes.push(Proved {
            position: followed.position.to_string(),
            hash: Hex(hash),
        });
    }
    place.pass(&page.cursor);
    Ok(Proof {
        changes,
        window: place.window(),
        cursor: place.cursor(),
        more: page.more,
    })
}

/// Position and hash of every change of the feed, in order, with count and running hash.
///
/// Read it to the end of your copy and compare: what is there and not in your copy is missing, what
/// has another hash was altered. `docs/webhooks.md` tells how a change's hash is computed.
#[utoipa::path(
    get,
    path = "/v1/feed/proof",
    tag = "feed",
    security(("key" = ["read"])),
    params(ProofAsked),
    responses(
        (status = 200, description = "A slice", body = Proof),
        (status = 400, description = "The query can't be read, or the cursor is none of this feed", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "The cursor is ahead of the feed: it is of another installation, or this one was restored from an older backup. Begin again", body = Problem, content_type = "application/problem+json"),
        Refusals,
    )
)]
async fn get_feed_proof(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Asked(asked): Asked<ProofAsked>,
) -> Result<Response, Problem> {
    let limit = limit(asked.limit.as_deref(), USUAL, MOST)?;
    let (after, since) = (asked.after.as_deref(), asked.since.as_deref());
    let proof = slice(&hub, caller.account, after, since, limit).await?;
    Ok(ok(&proof))
}
