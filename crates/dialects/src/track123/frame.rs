//! The frame of every call that is served here, of packages, ocean and air alike: who asks, whether
//! they may, how often, and what they sent; then the call's own work; then the envelope.
//!
//! Checks in their order (track123.md §1): path and method (C0113), header (A0301; A0200 where a login
//! stands in its place, since none is offered here), key (A0230, A0231),
//! rights (A0300), calls a second (B0210), body (A0400, A0410), then the work with the limits of items
//! a call (A0400) and the quota (101107). A handler of a call is
//! `answered(&*desk, async { let asked = admit(&*desk, &CALL, request).await?; work(…).await })`, where the
//! work gives the JSON of `data`.

use super::envelope::{self, Stop};
use super::service::Code;
use super::{NAME, wire};
use crate::desk::{Denial, Desk, DeskError, Principal, Proof};
use crate::limits;
use crate::raw::elements;
use axum::Router;
use axum::body::Bytes;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::MethodRouter;
use http::header::AUTHORIZATION;
use http::{HeaderMap, Method};
use std::sync::Arc;

/// A hundred items with all their members take some tens of kilobytes; the web room has a limit too.
const BODY_LIMIT: usize = 4 << 20;
const SECOND_US: i64 = 1_000_000;
const DAY_US: i64 = 86_400 * SECOND_US;

/// A call as the frame needs it.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// Behind `/gateway/open-api/tk/{version}/`.
    pub path: &'static str,
    /// What its calls a second are counted as.
    pub meter: &'static str,
    pub pace: Pace,
    /// Whether GET is taken beside POST: the lists.
    pub gets: bool,
    /// Whether it changes something: a key may be for reading only.
    pub writes: bool,
}

/// How often a call may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    Usual,
    /// Registering ocean or air cargo.
    Cargo,
    Instant,
}

/// Settings of the limits, each with what is documented or inferred (§3).
pub const USUAL_PACE: (&str, u64) = ("track123.requests_per_second", 5);
pub const CARGO_PACE: (&str, u64) = ("track123.cargo_registrations_per_second", 3);
pub const INSTANT_PACE: (&str, u64) = ("track123.instant_per_second", 1);
pub const ITEMS: (&str, u64) = ("track123.items_per_call", 100);
/// Units that an account has in a day of UTC; unlimited where it is not set.
pub const QUOTA: &str = "track123.quota_per_day";
/// `true`: too many calls are A0706, as the newer page says, and not B0210.
pub const LATER_CODE: &str = "track123.too_fast_is_a0706";

impl Pace {
    const fn setting(self) -> (&'static str, u64) {
        match self {
            Self::Usual => USUAL_PACE,
            Self::Cargo => CARGO_PACE,
            Self::Instant => INSTANT_PACE,
        }
    }
}

/// Mounts a call under every version.
pub fn mounted<D: Desk>(
    router: Router<Arc<D>>,
    call: &Call,
    handler: &MethodRouter<Arc<D>>,
) -> Router<Arc<D>> {
    let path = |version: &&str| format!("{}{version}/{}", wire::ROOT, call.path);
    let paths = wire::VERSIONS.iter().map(path);
    paths.fold(router, |router, path| router.route(&path, handler.clone()))
}

/// What was admitted.
#[derive(Debug)]
pub struct Admitted {
    pub principal: Principal,
    pub body: Bytes,
}

impl From<DeskError> for Stop {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::Busy { retry_after_s } => Self {
                retry_after_s: Some(retry_after_s),
                ..Code::Busy.into()
            },
            DeskError::Full { retry_after_s } => Self {
                retry_after_s: Some(retry_after_s),
                ..Code::Full.into()
            },
            DeskError::Failed(problem) => {
                tracing::error!(dialect = NAME, problem, "a call failed");
                Code::Fault.into()
            }
        }
    }
}

/// The answer to a call: its `data` in the envelope, or why there is none.
pub async fn answered<D: Desk>(
    desk: &D,
    work: impl Future<Output = Result<String, Stop>>,
) -> Response {
    let done = work.await;
    let now = desk.now();
    match done {
        Ok(data) => envelope::success(&data, now),
        Err(stop) => stop.answer(now),
    }
}

/// What every call is checked for before its own work.
pub async fn admit<D: Desk>(desk: &D, call: &Call, request: Request) -> Result<Admitted, Stop> {
    let (head, body) = request.into_parts();
    let is_taken = head.method == Method::POST || (call.gets && head.method == Method::GET);
    if !is_taken {
        return Err(Code::NoSuchCall.into());
    }
    let key = head.headers.get(wire::API_SECRET);
    let key = key.filter(|value| !value.is_empty());
    let key = key.ok_or_else(|| without_key(&head.headers))?;
    let principal = prove(desk, key.to_str().map_err(|_| Code::KeyUnknown)?).await?;
    if !principal.may(call.writes) {
        return Err(Code::Rights.into());
    }
    keep_pace(desk, &principal, call).await?;
    let body = axum::body::to_bytes(body, BODY_LIMIT)
        .await
        .map_err(|_| Stop::wrong("the body is too large or broke off"))?;
    if !limits::depth_is_sane(&body) {
        return Err(Stop::wrong("the body is nested too deep"));
    }
    Ok(Admitted { principal, body })
}

/// What is said to a caller without a key: who came with a login meant to get in by it.
fn without_key(headers: &HeaderMap) -> Code {
    let came_with_login = headers.contains_key(AUTHORIZATION);
    if came_with_login {
        Code::Login
    } else {
        Code::NoKey
    }
}

async fn prove<D: Desk>(desk: &D, key: &str) -> Result<Principal, Stop> {
    if let Some(principal) = desk.prove(NAME, Proof::Key(key)).await? {
        return Ok(principal);
    }
    let denial = desk.why_not(NAME, Proof::Key(key)).await?;
    Err(match denial {
        Denial::Disabled => Code::KeyBarred.into(),
        Denial::Unknown | Denial::Expired => Code::KeyUnknown.into(),
    })
}

async fn keep_pace<D: Desk>(desk: &D, principal: &Principal, call: &Call) -> Result<(), Stop> {
    let limit = number(desk, call.pace.setting())?;
    if limit == 0 {
        return Ok(());
    }
    let second = desk.now().div_euclid(SECOND_US);
    if desk.spend(principal, call.meter, second, limit).await? {
        return Ok(());
    }
    let later = desk.setting(LATER_CODE).as_deref() == Some("true");
    let code = if later {
        Code::TooFastAsDocumentedLater
    } else {
        Code::TooFast
    };
    Err(Stop {
        retry_after_s: Some(1),
        ..code.into()
    })
}

/// A setting that is a number, or what it is left at.
pub fn number<D: Desk>(desk: &D, (name, usual): (&str, u64)) -> Result<u64, Stop> {
    let Some(text) = desk.setting(name) else {
        return Ok(usual);
    };
    let problem = |_| DeskError::Failed(format!("the setting {name} is no number: {text}"));
    Ok(text.parse().map_err(problem)?)
}

/// Takes units of the account's quota, all or nothing.
pub async fn charge<D: Desk>(desk: &D, principal: &Principal, units: u64) -> Result<(), Stop> {
    if units == 0 || desk.setting(QUOTA).is_none() {
        return Ok(());
    }
    let limit = number(desk, (QUOTA, 0))?;
    let day = desk.now().div_euclid(DAY_US);
    if desk
        .charge(principal, "track123.quota", day, units, limit)
        .await?
    {
        Ok(())
    } else {
        Err(Code::OutOfQuota.into())
    }
}

/// The elements of a body that is a list of 1 to so many items.
pub fn list<'b, D: Desk>(desk: &D, body: &'b [u8]) -> Result<Vec<&'b str>, Stop> {
    let text = text(body)?;
    let elements = elements(text).ok_or_else(|| Stop::wrong("the body must be a JSON array"))?;
    within(desk, elements)
}

/// A list that is neither empty nor too long.
pub fn within<'b, D: Desk>(desk: &D, items: Vec<&'b str>) -> Result<Vec<&'b str>, Stop> {
    if items.is_empty() {
        return Err(Stop::explained(
            Code::ParameterMissing,
            "the list must hold an item at least",
        ));
    }
    let most = number(desk, ITEMS)?;
    if items.len() as u64 > most {
        let msg = format!("{} items in one call: at most {most}", items.len());
        return Err(Stop::wrong(msg));
    }
    Ok(items)
}

/// A body's text.
pub fn text(body: &[u8]) -> Result<&str, Stop> {
    let text = std::str::from_utf8(body).map_err(|_| Stop::wrong("the body is no UTF-8 text"))?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text).trim())
}
