//! The customer API's login (§2) and status log (§7). Member names are read in any case, as clients
//! in the wild send them.

use super::super::NAME;
use super::super::customer::{self as trade, Code, Fault, Stop};
use super::super::errors::LOGIN_REFUSED;
use super::super::hook::message;
use super::super::wire::{
    CustomerFailure, Login, LoginRequest, OrderLog, PropertyError, StatusLogData, StatusLogRequest,
    StatusLogs,
};
use super::{answer, customer_failed};
use crate::desk::{Desk, LoggedMessage, Session};
use crate::raw::{self, Object, quoted};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use secrecy::ExposeSecret;
use serde_json::value::RawValue;
use trackway_model::vocabulary::Vocabulary;
use trackway_model::{OffsetSource, Precision, time};

/// Vietnam's offset, in minutes: dates without one are its.
const VIETNAM: i16 = 7 * 60;
const DAY_US: i64 = 24 * 3_600 * 1_000_000;

/// Opens a session.
#[utoipa::path(
    post,
    path = "/api/Client/ClientLogin",
    tag = "247Express",
    request_body = LoginRequest,
    responses((
        status = 200,
        description = "The session; or `IsError`, or a `CustomerFailure`",
        body = Login
    ), (
        status = 503,
        description = "Busy: see Retry-After",
        body = CustomerFailure
    ))
)]
pub async fn login<D: Desk>(desk: &D, body: &[u8]) -> Response {
    let object = Object::parse(body).ok();
    let said = |name: &str| {
        let value = object.as_ref().and_then(|object| object.get_any_case(name));
        value.and_then(raw::scalar).unwrap_or_default()
    };
    match desk
        .log_in(NAME, &said("UserName"), &said("Password"))
        .await
    {
        Ok(Some(session)) => answer(StatusCode::OK, &opened(&session)),
        Ok(None) => answer(StatusCode::OK, &refused()),
        Err(error) => customer_failed(error.into()),
    }
}

fn opened(session: &Session) -> Login {
    Login {
        client_id: session.client_id,
        client_name: Some(session.client_name.clone()),
        token: Some(session.token.clone()),
        expire_date: Some(message::vietnam(session.expires)),
        tracking_api_key: Some(session.tracking_key.expose_secret().to_owned()),
        is_error: false,
        errors: Vec::new(),
        error_message: String::new(),
    }
}

fn refused() -> Login {
    Login {
        client_id: 0,
        client_name: None,
        token: None,
        expire_date: None,
        tracking_api_key: None,
        is_error: true,
        errors: vec![PropertyError {
            error_message: LOGIN_REFUSED.to_owned(),
            property_name: None,
        }],
        error_message: format!(" | {LOGIN_REFUSED}").repeat(3),
    }
}

/// Reads the log of status updates sent to the account's subscribers.
#[utoipa::path(
    post,
    path = "/api/Customer/GetStatusLogs",
    tag = "247Express",
    params(
        ("ClientID" = i64, Header, description = "From the login"),
        ("Token" = String, Header, description = "From the login")
    ),
    request_body = StatusLogRequest,
    responses((
        status = 200,
        description = "The log, or an error in `ErrorCode` and `ErrorMessage`",
        body = StatusLogs
    ), (
        status = 503,
        description = "Busy: try again after `Retry-After` seconds",
        body = CustomerFailure
    )),
)]
pub async fn status_logs<D: Desk>(desk: &D, headers: &HeaderMap, body: &[u8]) -> Response {
    match read_log(desk, headers, body).await {
        Ok(logs) => answer(StatusCode::OK, &logs),
        Err(stop) => customer_failed(stop),
    }
}

async fn read_log<D: Desk>(desk: &D, headers: &HeaderMap, body: &[u8]) -> Result<StatusLogs, Stop> {
    let principal = trade::prove(desk, headers).await?;
    let wrong = |property| Fault::member(property, "is missing or not valid");
    let request = Object::parse(body).map_err(|_| Code::Exception)?;
    let from = instant(&request, "FromDate", false).ok_or_else(|| wrong("FromDate"))?;
    let to = instant(&request, "ToDate", true)
        .filter(|to| *to >= from)
        .ok_or_else(|| wrong("ToDate"))?;
    let numbers = order_codes(&request);
    let messages = desk
        .message_log(&principal, NAME, from, to, &numbers)
        .await?;
    Ok(logs(desk.vocabularies().of(NAME), &messages))
}

/// A date of the request; a bare day at the end of a window means the end of that day.
fn instant(request: &Object<'_>, name: &str, end: bool) -> Option<i64> {
    let text = raw::scalar(request.get_any_case(name)?)?;
    let time = time::parse(text.trim())?.with_offset(VIETNAM, OffsetSource::Connection);
    let rest = if end && time.precision == Precision::Day {
        DAY_US - 1
    } else {
        0
    };
    Some(time.assumed() + rest)
}

/// `OrderCodes`: a text with commas; a list is taken as well.
fn order_codes(request: &Object<'_>) -> Vec<String> {
    let value = request.get_any_case("OrderCodes").unwrap_or("null");
    let texts = raw::elements(value).unwrap_or_else(|| vec![value]);
    let codes: Vec<String> = texts
        .into_iter()
        .filter_map(raw::scalar)
        .flat_map(|text| {
            text.split(',')
                .map(|code| code.trim().to_owned())
                .collect::<Vec<_>>()
        })
        .filter(|code| !code.is_empty())
        .collect();
    codes
}

fn logs(vocabulary: &Vocabulary, messages: &[LoggedMessage]) -> StatusLogs {
    let mut orders: Vec<OrderLog> = Vec::new();
    for message in messages {
        let code = &*message.view.track.number;
        let at = orders
            .iter()
            .position(|order| order.order_code == code)
            .unwrap_or_else(|| {
                orders.push(OrderLog {
                    order_code: code.to_owned(),
                    histories: Vec::new(),
                });
                orders.len() - 1
            });
        orders[at].histories.push(history(vocabulary, message));
    }
    StatusLogs {
        data: StatusLogData { orders },
        is_error: false,
        errors: Vec::new(),
        error_message: String::new(),
    }
}

/// The message as it was sent, and what became of it: whether the call failed or the partner's
/// system answered an error.
fn history(vocabulary: &Vocabulary, logged: &LoggedMessage) -> Box<RawValue> {
    let statement = logged
        .statement
        .and_then(|ordinal| logged.view.statement(ordinal));
    let sent = message::body(
        vocabulary,
        &logged.change,
        &logged.view,
        statement,
        &logged.message_id,
    );
    let text = |error: &Option<String>| quoted(error.as_deref().unwrap_or_default());
    let outcome = [
        ("IsCallError", logged.call_error.is_some().to_string()),
        ("ErrorMessage", text(&logged.call_error)),
        (
            "IsPartnerResponseError",
            logged.partner_error.is_some().to_string(),
        ),
        ("PartnerResponseErrorMsg", text(&logged.partner_error)),
    ];
    let whole = Object::of_text(&sent).map_or_else(|_| "{}".to_owned(), |sent| sent.with(&outcome));
    RawValue::from_string(whole).expect("an object with members added is JSON")
}
