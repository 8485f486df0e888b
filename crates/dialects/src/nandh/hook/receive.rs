//! The webhooks received: `POST /in/{token}/nandh`.
//!
//! Guarantee: 2xx only after what was told is committed. The address's token names the connection; where
//! that has a `webhook_token`, `Authorization` must be it, and where it has a `webhook_secret`, the
//! signature must hold and be fresh (nandh-oms.md §10: the signature is our own extension). What tells of
//! an inbound or of stock is kept as a report. A known sender's bytes that tell of nothing are put aside.
//! Repeats are known by what they tell, and older
//! tellings change no status.

use super::super::envelope::{Done, success};
use super::super::errors::{Code, Stop};
use super::super::{NAME, Nandh};
use super::read::{courier_number, read};
use super::{COURIER, SECRET, TOKEN, signature};
use crate::desk::{Desk, Door, Knock, Principal, Trade};
use crate::dialect::{COUNTED_AT, Inbound, Told, Unreadable};
use crate::raw::Object;
use crate::taking::{self, unreadable};
use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::any;
use http::{HeaderMap, Method, header};
use secrecy::ExposeSecret;
use std::sync::Arc;
use subtle::ConstantTimeEq;
use trackway_model::intake::Content;
use trackway_model::orders::Command;
use trackway_model::{Oddity, Strange};

/// A flat object of some hundred bytes; the web room's limit is lower.
const MOST_BYTES: usize = 1 << 20;
/// Minutes that a signature's timestamp may be off.
pub const FRESH_MINUTES: &str = "nandh.webhook_fresh_minutes";
const USUAL_FRESH_MINUTES: i64 = 5;
const MINUTE_US: i64 = 60_000_000;

/// Where they come in: the token is a connection's own.
const DOOR: &str = "/in/{token}/nandh";

/// The address alone.
pub fn router<D: Desk + Trade>() -> Router<Arc<D>> {
    Router::new().route(DOOR, any(receive::<D>))
}

/// Takes a webhook in.
async fn receive<D: Desk + Trade>(
    State(desk): State<Arc<D>>,
    token: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response {
    // What is no text is nobody's token.
    let token = token.map(|Path(token)| token).unwrap_or_default();
    match through(&*desk, &token, request).await {
        Ok(()) => success(&Done::one(&true)),
        Err(stop) => stop.answer(desk.now()),
    }
}

async fn through<D: Desk + Trade>(desk: &D, token: &str, request: Request) -> Result<(), Stop> {
    let door = match token {
        "" => None,
        token => desk.open(NAME, Knock::Token(token)).await?,
    };
    let door = door.ok_or(Code::NotFound)?;
    let (head, body) = request.into_parts();
    if head.method != Method::POST {
        return Err(Code::MethodNotAllowed.into());
    }
    let body = axum::body::to_bytes(body, MOST_BYTES)
        .await
        .map_err(|_| Stop::because(Code::BadRequest, "the body is too large or broke off"))?;
    prove(desk, &door, &head.headers, &body).await?;
    let parsed = Object::parse(&body);
    let told = match &parsed {
        Ok(webhook) => read(desk.vocabularies().of(NAME), webhook),
        Err(problem) => Err(unreadable(problem, &body)),
    };
    match (told, &parsed) {
        (Ok(told), Ok(webhook)) => {
            let has_journey = !matches!(&told.content, Content::News(told) if told.is_empty());
            if !has_journey {
                return keep(desk, &door, &body).await;
            }
            let told = of_courier(desk, &door, webhook, told).await?;
            taking::warn(&door, &told);
            // The token is the connection's own, and so is what its settings ask for beside it.
            Ok(taking::take(desk, &door, told).await?)
        }
        (Err(unreadable), _) => {
            let code = match &parsed {
                Ok(_) => Code::InvalidPayload,
                Err(_) => Code::BadRequest,
            };
            taking::set_aside(desk, &door, NAME, &unreadable).await?;
            Err(Stop::because(code, unreadable.problem))
        }
        (Ok(_), Err(_)) => Err(Code::BadRequest.into()),
    }
}

/// Checks what the connection's settings ask for.
async fn prove<D: Desk>(
    desk: &D,
    door: &Door,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(), Stop> {
    if let Some(token) = desk.door_setting(door, TOKEN).await? {
        let given = headers.get(header::AUTHORIZATION);
        let given = given.map_or(&b""[..], |value| value.as_bytes());
        if !bool::from(token.expose_secret().as_bytes().ct_eq(given)) {
            return Err(Code::Unauthorized.into());
        }
    }
    let Some(secret) = desk.door_setting(door, SECRET).await? else {
        return Ok(());
    };
    let minutes = desk.setting(FRESH_MINUTES).and_then(|it| it.parse().ok());
    let fresh = minutes
        .unwrap_or(USUAL_FRESH_MINUTES)
        .saturating_mul(MINUTE_US);
    let checked = signature::check(secret.expose_secret(), headers, body, desk.now(), fresh);
    checked.map_err(|broken| {
        tracing::info!(
            connection = door.connection.0,
            ?broken,
            "a webhook's proof does not hold"
        );
        Stop::because(
            Code::Unauthorized,
            "the signature is missing, does not hold or is too old",
        )
    })
}

/// A shipment's status as its courier's parcel, where the connection names the courier.
async fn of_courier<D: Desk>(
    desk: &D,
    door: &Door,
    webhook: &Object<'_>,
    told: Told,
) -> Result<Told, Stop> {
    let courier = desk.door_setting(door, COURIER).await?;
    let courier = courier.filter(|courier| !courier.expose_secret().is_empty());
    Ok(match courier.zip(courier_number(webhook)) {
        Some((courier, number)) => Told {
            carrier: courier.expose_secret().to_owned(),
            number,
            ..told
        },
        None => told,
    })
}

/// Keeps what was told of goods. What the rules refuse, such as a name beyond all bounds, is put aside.
async fn keep<D: Desk + Trade>(desk: &D, door: &Door, body: &[u8]) -> Result<(), Stop> {
    let counted_at = desk.door_setting(door, COUNTED_AT).await?;
    let counted_at = counted_at.map(|code| code.expose_secret().to_owned());
    let Some(report) = Nandh.report(door.connection, counted_at, body) else {
        return Ok(());
    };
    let sender = Principal::house(door.account, NAME);
    let command = Command::Report(Box::new(report));
    let Err(refusal) = desk.carry_out(&sender, command).await? else {
        return Ok(());
    };
    let why = refusal.to_string();
    let unreadable = Unreadable {
        strange: Strange::new(
            Oddity::Shape,
            "",
            "a report that can be kept",
            "one that can't",
        ),
        problem: why.clone(),
        body: body.to_vec(),
    };
    taking::set_aside(desk, door, NAME, &unreadable).await?;
    Err(Stop::because(Code::InvalidPayload, why))
}
