//! What is done with one endpoint: its secret rotated, a test sent, messages sent again.

use super::super::answer::ok;
use super::super::failures::{RefusalsOfBodyOfOne, RefusalsOfOne};
use super::super::input::{Json, duration, moment};
use super::super::list::stage_of;
use super::super::wrong::{OfRecord, member, wrong};
use super::super::{Caller, Problem, cursor};
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use trackway_hub::Hub;
use trackway_hub::endpoints::{EndpointTest, RotatedEndpoint};
use trackway_hub::resend::Wanted;
use trackway_model::bytes::{Reader, Truncated, Writer};
use trackway_model::change::FeedPosition;
use trackway_model::{EndpointId, Stage};
use utoipa::ToSchema;

pub const ROTATE: &str = "/v1/endpoints/{id}/rotate";
pub const TEST: &str = "/v1/endpoints/{id}/test";
pub const REPLAY: &str = "/v1/endpoints/{id}/replay";

/// How a secret is rotated.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// How long the old secret goes on signing beside the new one: `24h` where it is left out, at
    /// most `30d`, `0s` for not at all.
    #[schema(example = "24h")]
    overlap: Option<String>,
}

/// Which messages are sent again. All members together narrow the choice.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = EndpointReplay)]
pub struct Replay {
    /// Those of what was learned then or later: RFC 3339, or an age such as `10d`, `12h`, `30m`.
    from: Option<String>,
    /// Those of what was learned before this.
    to: Option<String>,
    /// Those of one tracking number, with this carrier where it is named.
    number: Option<String>,
    carrier: Option<String>,
    /// Those that told of this stage.
    stage: Option<String>,
    /// `parked`: only what is tried no more. `retrying`: only what failed and is tried again.
    state: Option<String>,
    /// `true`: only count.
    dry_run: bool,
    /// `next` of the answer before.
    after: Option<String>,
}

/// What a replay came to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EndpointReplayed)]
pub struct Replaying {
    /// Changes that were queued by this call, or would be. In most dialects one makes one message.
    changes: u64,
    dry_run: bool,
    /// Where there is more than one call does: call again with it as `after`.
    next: Option<String>,
}

/// Give an endpoint a new signing secret.
///
/// Until the overlap ends, messages carry both signatures (Standard Webhooks), or go on with the old
/// secret alone (dialects that carry one credential). The secret before the old one is worth nothing
/// any more. The new secret is of the kind that the setting `signature` names.
#[utoipa::path(
    post,
    path = "/v1/endpoints/{id}/rotate",
    tag = "endpoints",
    security(("key" = ["manage"])),
    params(("id" = i64, Path, description = "The endpoint's id")),
    request_body = Rotation,
    responses(
        (status = 200, description = "Rotated: the secret is shown here only", body = RotatedEndpoint),
        RefusalsOfBodyOfOne,
        (status = 409, description = "The endpoint sends what its settings hold, and no secret of its own", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The overlap can't be used", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn rotate_endpoint(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    OfRecord(id): OfRecord,
    Json(rotation): Json<Rotation>,
) -> Result<Response, Problem> {
    let overlap = rotation.overlap.as_deref().map(overlap).transpose()?;
    let rotated = hub
        .rotate_endpoint(Some(&caller.account_name), EndpointId(id), overlap)
        .await;
    Ok(ok(&rotated.map_err(wrong)?))
}

fn overlap(text: &str) -> Result<Duration, Problem> {
    let told = duration(text).and_then(|micros| u64::try_from(micros).ok());
    told.map(Duration::from_micros).ok_or_else(|| {
        member(
            "/overlap",
            "`overlap` must be a length of time such as `24h`, `7d` or `0s`.",
        )
    })
}

/// Send an endpoint a test: one message that is marked as one, now, whatever waits.
///
/// It is signed as every message and judged by the same rule. It is told to no other endpoint, kept
/// nowhere and tried once. A paused endpoint can be tested.
#[utoipa::path(
    post,
    path = "/v1/endpoints/{id}/test",
    tag = "endpoints",
    security(("key" = ["manage"])),
    params(("id" = i64, Path, description = "The endpoint's id")),
    responses(
        (status = 200, description = "What came back, also where it was a failure", body = EndpointTest),
        RefusalsOfOne,
    )
)]
pub async fn test_endpoint(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    OfRecord(id): OfRecord,
) -> Result<Response, Problem> {
    let account = Some(&*caller.account_name);
    let told = hub.test_endpoint(account, EndpointId(id)).await;
    Ok(ok(&told.map_err(wrong)?))
}

/// Send messages again, or count how many that would be.
///
/// They go through the endpoint's queue in the order of the feed, with the ids and sequence numbers
/// that they had. A call queues at most 5,000 changes: while the answer has `next`, call again.
#[utoipa::path(
    post,
    path = "/v1/endpoints/{id}/replay",
    tag = "endpoints",
    security(("key" = ["manage"])),
    params(("id" = i64, Path, description = "The endpoint's id")),
    request_body = Replay,
    responses(
        (status = 200, description = "How many were queued, or would be", body = Replaying),
        (status = 400, description = "The body is no JSON, a time can't be read, or the cursor is of another replay", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The endpoint's queue is too long to take more", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not application/json", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A member can't be used", body = Problem, content_type = "application/problem+json"),
        RefusalsOfOne,
    )
)]
pub async fn replay_endpoint(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    OfRecord(id): OfRecord,
    Json(replay): Json<Replay>,
) -> Result<Response, Problem> {
    let account = Some(&*caller.account_name);
    // A stranger's endpoint is not there, whatever else is wrong with the request.
    hub.endpoint(account, EndpointId(id)).await.map_err(wrong)?;
    let now = hub.clock().now();
    let filters = Replay {
        dry_run: false,
        after: None,
        ..replay.clone()
    };
    let filters = serde_json::to_vec(&filters).expect("strings are always JSON");
    let bound_to = [b"replay".as_slice(), &id.to_le_bytes(), &filters];
    let wanted = Wanted {
        from: moment("from", replay.from.as_deref(), now)?,
        to: moment("to", replay.to.as_deref(), now)?,
        carrier: replay.carrier,
        number: replay.number,
        stage: replay.stage.as_deref().map(stage).transpose()?,
        parked: replay.state.as_deref().map(is_parked).transpose()?,
        after: cursor::place(&bound_to, replay.after.as_deref(), read)?.unwrap_or_default(),
        dry_run: replay.dry_run,
    };
    let resent = hub.resend(account, EndpointId(id), &wanted).await;
    let resent = resent.map_err(wrong)?;
    Ok(ok(&Replaying {
        changes: resent.changes,
        dry_run: replay.dry_run,
        next: resent
            .next
            .map(|place| cursor::write(&bound_to, &written(&place))),
    }))
}

fn stage(name: &str) -> Result<Stage, Problem> {
    stage_of(name).ok_or_else(|| {
        let names: Vec<&str> = Stage::ALL.iter().map(|stage| stage.name()).collect();
        let detail = format!("`stage` must be one of {}.", names.join(", "));
        member("/stage", detail)
    })
}

fn is_parked(state: &str) -> Result<bool, Problem> {
    match state {
        "parked" => Ok(true),
        "retrying" => Ok(false),
        _ => Err(member("/state", "`state` must be `parked` or `retrying`.")),
    }
}

fn read(mut bytes: Reader<'_>) -> Result<Vec<FeedPosition>, Truncated> {
    let mut place = Vec::new();
    while !bytes.is_empty() {
        let shard = bytes.varint()? as u16;
        let number = bytes.varint()?;
        place.push(FeedPosition { shard, number });
    }
    Ok(place)
}

fn written(place: &[FeedPosition]) -> Vec<u8> {
    let mut out = Writer::default();
    for at in place {
        out.varint(u64::from(at.shard)).varint(at.number);
    }
    out.0
}
