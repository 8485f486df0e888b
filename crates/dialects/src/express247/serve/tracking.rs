//! `GET /api/Order/v1/Tracking` (§4): the checks in their order, then the answer. Of an order that
//! nothing is known of, an upstream is asked while the client waits: nothing is kept by that.

use super::super::customer::{orders, shown};
use super::super::errors::{self, TrackingError};
use super::super::{CARRIER, NAME, WEBHOOK};
use super::{answer, retry_after, tracking_error, trouble};
use crate::desk::{Desk, DeskError, Found, Instant, Principal, Proof, Trade};
use crate::http::{json, query_member};
use crate::raw::Object;
use crate::settings::{Setting, Value};
use axum::response::Response;
use http::StatusCode;
use trackway_model::ConnectionId;
use trackway_model::orders::{Body, Fulfilment};
use trackway_model::track::Spine;
use trackway_model::view::ShipmentView;

const MINUTE_US: i64 = 60_000_000;
const DAY_US: i64 = 24 * 60 * MINUTE_US;
/// Vietnam's clock, which days are counted by.
const VIETNAM_US: i64 = 7 * 60 * MINUTE_US;
/// The figure of `APIKEY_LIMIT`'s text.
const LOOKUPS_PER_DAY: u64 = 200_000;
const LIMIT_SETTING: &str = "express247.lookups_per_day";
const PERIOD_SETTING: &str = "express247.lookup_period_days";
const STATUS_SETTING: &str = "express247.error_status";
const HIDE_SETTING: &str = "express247.hide_other_accounts";

/// What an operator can set about the call.
pub const SETTINGS: &[Setting] = &[
    super::super::customer::APPROVE,
    Setting {
        name: LIMIT_SETTING,
        value: Value::Number,
    },
    Setting {
        name: PERIOD_SETTING,
        value: Value::Number,
    },
    Setting {
        name: STATUS_SETTING,
        value: Value::Status,
    },
    Setting {
        name: HIDE_SETTING,
        value: Value::Switch,
    },
];

const METER: &str = "express247.lookups";
const LENGTHS: std::ops::RangeInclusive<usize> = 5..=20;

/// Why a look-up ends without an answer.
enum Refusal {
    Error(TrackingError),
    Desk(DeskError),
}

impl From<TrackingError> for Refusal {
    fn from(error: TrackingError) -> Self {
        Self::Error(error)
    }
}

impl From<DeskError> for Refusal {
    fn from(error: DeskError) -> Self {
        Self::Desk(error)
    }
}

/// Looks an order up.
#[utoipa::path(
    get,
    path = "/api/Order/v1/Tracking",
    tag = "247Express",
    params(
        ("ordercode" = String, Query, description = "5 to 20 letters, digits, `_` or `-`"),
        ("apikey" = String, Query, description = "The account's key")
    ),
    responses((
        status = 200,
        description = "The order, or an error in `errorCode` and `errorMessage` with every other member null",
        body = super::super::wire::Tracking
    ), (
        status = 503,
        description = "Busy: `EXCEPTION`, see Retry-After",
        body = super::super::wire::Tracking
    ))
)]
pub async fn tracking<D: Desk + Trade>(desk: &D, query: &str) -> Response {
    match look_up(desk, query).await {
        Ok(body) => json(StatusCode::OK, body),
        Err(Refusal::Error(error)) => tracking_error(error, error_status(desk)),
        Err(Refusal::Desk(error)) => {
            let (status, seconds) = trouble(&error, error_status(desk));
            retry_after(tracking_error(errors::EXCEPTION, status), seconds)
        }
    }
}

/// Errors come under 200 [inferred], which a setting may change.
fn error_status<D: Desk>(desk: &D) -> StatusCode {
    desk.setting(STATUS_SETTING)
        .and_then(|status| status.parse::<u16>().ok())
        .and_then(|status| StatusCode::from_u16(status).ok())
        .unwrap_or(StatusCode::OK)
}

async fn look_up<D: Desk + Trade>(desk: &D, query: &str) -> Result<Vec<u8>, Refusal> {
    let given = |name| query_member(query, name).filter(|value| !value.is_empty());
    let key = given("apikey").ok_or(errors::MISSING_APIKEY)?;
    let code = given("ordercode").ok_or(errors::MISSING_ORDERCODE)?;
    well_formed(&code)?;
    let proof = Proof::Key(&key);
    let principal = desk
        .prove(NAME, proof)
        .await?
        .ok_or(errors::APIKEY_NOT_FOUND)?;
    let day = (desk.now() + VIETNAM_US).div_euclid(DAY_US);
    if !desk
        .spend(&principal, METER, day, lookups_per_day(desk))
        .await?
    {
        return Err(errors::APIKEY_LIMIT.into());
    }
    let found = match find(desk, &principal, &code).await? {
        Found::Shipment(view) if is_known(&view) => return told(desk, &principal, *view).await,
        found => found,
    };
    if let Instant::Told(view) = desk.ask_now(&principal, CARRIER, &code).await?
        && is_known(&view)
    {
        return told(desk, &principal, *view).await;
    }
    let is_anothers = matches!(found, Found::AnotherAccount) && !is_on(desk, HIDE_SETTING);
    Err(if is_anothers {
        errors::ORDERCODE_DOES_NOT_BELONG_TO_YOUR_ACCOUNT
    } else {
        errors::ORDERCODE_NOT_FOUND
    }
    .into())
}

/// What is known of an order, with what its maker asked for.
async fn told<D: Desk + Trade>(
    desk: &D,
    principal: &Principal,
    view: ShipmentView,
) -> Result<Vec<u8>, Refusal> {
    if is_expired(desk, &view) {
        return Err(errors::ORDERCODE_QUERY_EXPIRED.into());
    }
    let asked = own(desk, principal, &view).await?;
    let body = answer::body(desk.vocabularies().of(NAME), view);
    Ok(with(body, asked.as_deref()))
}

fn well_formed(code: &str) -> Result<(), TrackingError> {
    let length = code.chars().count();
    if length < *LENGTHS.start() {
        return Err(errors::ORDERCODE_MIN_LENGTH);
    }
    if length > *LENGTHS.end() {
        return Err(errors::ORDERCODE_MAX_LENGTH);
    }
    let plain = code
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if plain {
        Ok(())
    } else {
        Err(errors::ORDERCODE_FORMAT_EXCEPTION)
    }
}

/// The carrier's own parcel, otherwise any carrier's under this number: a facade sees all shipments
/// of its account.
async fn find<D: Desk>(desk: &D, principal: &Principal, code: &str) -> Result<Found, DeskError> {
    let own = desk.look_up(principal, NAME, Some(CARRIER), code).await?;
    if matches!(own, Found::Shipment(_)) {
        return Ok(own);
    }
    Ok(match desk.look_up(principal, NAME, None, code).await? {
        Found::Nothing => own,
        found => found,
    })
}

/// The shipment of an order that was made here: its first status is our own word.
async fn own<D: Desk + Trade>(
    desk: &D,
    principal: &Principal,
    view: &ShipmentView,
) -> Result<Option<Box<Fulfilment>>, DeskError> {
    let track = &view.track;
    let is_ours = |told: &Spine| {
        track.stream_of(told) == WEBHOOK.id && track.connection_of(told) == ConnectionId::default()
    };
    if *track.carrier != *CARRIER || !track.spine.iter().any(is_ours) {
        return Ok(None);
    }
    let found = orders::of_code(desk, principal, &track.number).await?;
    Ok(found.and_then(|record| match record.body {
        Body::Fulfilment(it) => Some(it),
        _ => None,
    }))
}

/// An answer with what was asked for.
fn with(answer: Vec<u8>, asked: Option<&Fulfilment>) -> Vec<u8> {
    let members = asked.map_or_else(Vec::new, shown::members);
    match Object::parse(&answer) {
        Ok(object) if !members.is_empty() => object.with(&members).into_bytes(),
        _ => answer,
    }
}

/// A number that is registered but of which nobody has told anything is not found.
fn is_known(view: &ShipmentView) -> bool {
    view.document.is_some() || !view.track.spine.is_empty()
}

fn lookups_per_day<D: Desk>(desk: &D) -> u64 {
    desk.setting(LIMIT_SETTING)
        .and_then(|limit| limit.parse().ok())
        .unwrap_or(LOOKUPS_PER_DAY)
}

/// The period is not documented: off unless set, and counted from the last happening [inferred].
fn is_expired<D: Desk>(desk: &D, view: &ShipmentView) -> bool {
    let days = desk
        .setting(PERIOD_SETTING)
        .and_then(|days| days.parse::<i64>().ok())
        .filter(|days| *days > 0);
    let state = view.state();
    days.is_some_and(|days| {
        state.events > 0 && desk.now().saturating_sub(state.last) > days.saturating_mul(DAY_US)
    })
}

fn is_on<D: Desk>(desk: &D, name: &str) -> bool {
    desk.setting(name).is_some_and(|value| value == "true")
}
