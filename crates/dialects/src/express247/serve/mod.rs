//! 247Express's API by us: the tracking call, the login, the status log, the
//! customer API, and the address that its
//! webhook comes in at.
//!
//! Guarantee: every answer under these paths is in this system's words, also to paths and methods
//! that it does not know. Paths and query members are read in any case (§1).

pub mod answer;
mod customer;
mod describe;
mod tracking;

pub use describe::openapi;
pub use tracking::SETTINGS;

use super::customer::{self as trade, Code, Fault, Stop};
use super::errors::{self, TrackingError};
use super::hook::receive;
use super::wire::{CustomerFailure, PropertyError, Tracking};
use crate::desk::{Desk, DeskError, Trade};
use crate::http::json;
use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde::Serialize;
use std::sync::Arc;

/// The web room's limit is lower; this one holds where the router stands alone.
const MOST_BYTES: usize = 4 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    Tracking,
    Login,
    StatusLogs,
    Webhook,
    Trade(trade::Call),
}

/// The route table: paths in lower case; `*` stands for the token of an inbound address.
const ROUTES: &[(Method, &str, Call)] = &[
    (Method::GET, "api/order/v1/tracking", Call::Tracking),
    (Method::POST, "api/client/clientlogin", Call::Login),
    (Method::POST, "api/customer/getstatuslogs", Call::StatusLogs),
    (
        Method::POST,
        "api/customer/customerapicreateorder",
        Call::Trade(trade::Call::Create),
    ),
    (
        Method::POST,
        "api/customer/customerapiupdateorder",
        Call::Trade(trade::Call::Update),
    ),
    (
        Method::POST,
        "api/customer/cancelorder",
        Call::Trade(trade::Call::Cancel),
    ),
    (
        Method::POST,
        "api/customer/getpriceforcustomerapi",
        Call::Trade(trade::Call::Price),
    ),
    (
        Method::POST,
        "api/customer/getservicetypes",
        Call::Trade(trade::Call::ServiceTypes),
    ),
    (
        Method::POST,
        "api/customer/services",
        Call::Trade(trade::Call::Services),
    ),
    (
        Method::POST,
        "api/masterdata/services",
        Call::Trade(trade::Call::Services),
    ),
    (
        Method::POST,
        "api/customer/customergetclienthubs",
        Call::Trade(trade::Call::Hubs),
    ),
    (
        Method::POST,
        "api/customer/customerinsertclienthub",
        Call::Trade(trade::Call::InsertHub),
    ),
    (
        Method::POST,
        "api/customer/customerupdateclienthub",
        Call::Trade(trade::Call::UpdateHub),
    ),
    (
        Method::POST,
        "api/customer/getorderimages",
        Call::Trade(trade::Call::Images),
    ),
    (
        Method::POST,
        "api/customer/customerconfirmdelivery",
        Call::Trade(trade::Call::Feedback),
    ),
    (Method::POST, "intergrationapi", Call::Webhook),
    (Method::POST, "in/*/intergrationapi", Call::Webhook),
];

/// Every path of this system, in any case, with its own answers to what it does not know.
pub fn router<D: Desk + Trade>() -> Router<Arc<D>> {
    Router::new().fallback(dispatch::<D>)
}

async fn dispatch<D: Desk + Trade>(State(desk): State<Arc<D>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    let Some((method, _, call)) = ROUTES.iter().find(|(_, pattern, _)| fits(pattern, path)) else {
        return unknown(path, StatusCode::NOT_FOUND);
    };
    if *method != parts.method {
        let mut response = unknown(path, StatusCode::METHOD_NOT_ALLOWED);
        let allowed = HeaderValue::from_str(method.as_str()).expect("a method is a header value");
        response.headers_mut().insert(header::ALLOW, allowed);
        return response;
    }
    if *call == Call::Tracking {
        return tracking::tracking(&*desk, parts.uri.query().unwrap_or_default()).await;
    }
    let Ok(body) = to_bytes(body, MOST_BYTES).await else {
        return unknown(path, StatusCode::PAYLOAD_TOO_LARGE);
    };
    post(&*desk, *call, path, &parts.headers, &body).await
}

async fn post<D: Desk + Trade>(
    desk: &D,
    call: Call,
    path: &str,
    headers: &HeaderMap,
    body: &Bytes,
) -> Response {
    match call {
        Call::Login => customer::login(desk, body).await,
        Call::StatusLogs => customer::status_logs(desk, headers, body).await,
        Call::Trade(call) => trade::serve(desk, call, headers, body).await,
        Call::Webhook => receive::receive(desk, token_of(path), headers, body).await,
        Call::Tracking => unknown(path, StatusCode::METHOD_NOT_ALLOWED),
    }
}

fn fits(pattern: &str, path: &str) -> bool {
    let mut segments = path.trim_matches('/').split('/');
    pattern.split('/').all(|wanted| {
        segments
            .next()
            .is_some_and(|segment| wanted == "*" || segment.eq_ignore_ascii_case(wanted))
    }) && segments.next().is_none()
}

/// The token of `/in/{token}/IntergrationAPI`.
fn token_of(path: &str) -> Option<&str> {
    let mut segments = path.trim_matches('/').split('/');
    segments
        .next()
        .filter(|first| first.eq_ignore_ascii_case("in"))?;
    segments.next()
}

/// What lies under this system's paths but is none of its calls.
fn unknown(path: &str, status: StatusCode) -> Response {
    let first = |name: &str| {
        path.trim_matches('/')
            .split('/')
            .take(2)
            .any(|part| part.eq_ignore_ascii_case(name))
    };
    if first("order") {
        tracking_error(errors::EXCEPTION, status)
    } else if ["client", "customer", "masterdata"].into_iter().any(first) {
        customer_error(Code::Exception.into(), status)
    } else {
        receive::refusal("There is nothing at this address.", status)
    }
}

/// An error of the tracking call: the same object with all other members null (§4.1).
fn tracking_error(error: TrackingError, status: StatusCode) -> Response {
    let body = Tracking {
        error_message: Some(error.text.to_owned()),
        error_code: Some(error.code.to_owned()),
        ..Tracking::default()
    };
    answer(status, &body)
}

/// An error of the customer API, every member set that clients look at (§8.3).
fn customer_error(fault: Fault, status: StatusCode) -> Response {
    let body = CustomerFailure {
        error_code: fault.code.number(),
        is_error: true,
        errors: vec![PropertyError {
            error_message: fault.text.clone(),
            property_name: fault.property,
        }],
        error_message: fault.text,
    };
    answer(status, &body)
}

/// Why a call of the customer API was not done.
pub(super) fn customer_failed(stop: Stop) -> Response {
    match stop {
        Stop::Fault(fault) => customer_error(fault, StatusCode::OK),
        Stop::Desk(error) => {
            let (status, seconds) = trouble(&error, StatusCode::OK);
            retry_after(customer_error(Code::Server.into(), status), seconds)
        }
    }
}

/// A wire type as an answer.
pub(super) fn answer(status: StatusCode, body: &impl Serialize) -> Response {
    json(
        status,
        serde_json::to_vec(body).expect("wire types are plain data"),
    )
}

/// The HTTP status of a desk's failure, and when to try again.
pub(super) fn trouble(error: &DeskError, plain: StatusCode) -> (StatusCode, Option<u32>) {
    tracing::warn!(%error, "a 247Express call could not be answered");
    match error {
        DeskError::Busy { retry_after_s } | DeskError::Full { retry_after_s } => {
            (StatusCode::SERVICE_UNAVAILABLE, Some(*retry_after_s))
        }
        DeskError::Failed(_) => (plain, None),
    }
}

/// Adds `Retry-After` where it is known.
pub(super) fn retry_after(mut response: Response, seconds: Option<u32>) -> Response {
    if let Some(seconds) = seconds {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Method and path of every call, with `*` for the token of an inbound address.
pub fn calls() -> impl Iterator<Item = (&'static Method, &'static str)> {
    ROUTES.iter().map(|(method, path, _)| (method, *path))
}
