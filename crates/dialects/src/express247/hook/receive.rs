//! The webhook received: `POST /IntergrationAPI`, or the same under `/in/{token}`.
//!
//! Guarantee: `IsError` is false only after what was told is committed. A sender is known by the
//! address's token, by Basic, or by the `ApiKey` in the body, in this order; where the key is in the
//! body, bytes that are no JSON prove nobody and are not kept. A known sender's bytes that tell of
//! no order are put aside and answered with an error. The credential is never kept.

use super::super::NAME;
use super::super::serve::{retry_after, trouble};
use super::super::wire::{Acknowledgement, StatusUpdate};
use super::read::read;
use crate::desk::{Desk, DeskError, Door, Knock};
use crate::dialect::{Told, Unreadable};
use crate::http::json;
use crate::raw::{self, Object};
use crate::taking::{self, unreadable};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue, StatusCode, header};

/// The connection's settings that open its door.
const KEY: &str = "webhook_apikey";
const USER: &str = "webhook_user";
const PASSWORD: &str = "webhook_password";

/// Takes a status update in.
#[utoipa::path(
    post,
    path = "/IntergrationAPI",
    tag = "247Express",
    request_body = StatusUpdate,
    responses((
        status = 200,
        description = "Whether the update was committed",
        body = Acknowledgement
    ), (
        status = 401,
        description = "The Basic credentials do not hold",
        body = Acknowledgement
    ), (
        status = 503,
        description = "Busy: try again after `Retry-After` seconds",
        body = Acknowledgement
    ))
)]
pub async fn receive<D: Desk>(
    desk: &D,
    token: Option<&str>,
    headers: &HeaderMap,
    body: &[u8],
) -> Response {
    let parsed = Object::parse(body);
    let door = match open(desk, token, headers, parsed.as_ref().ok()).await {
        Ok(Some(door)) => door,
        Ok(None) => return stranger(headers),
        Err(error) => return failed(&error),
    };
    let told = match &parsed {
        Ok(object) => read(desk.vocabularies().of(NAME), object),
        Err(problem) => Err(unreadable(problem, body)),
    };
    match keep(desk, &door, told).await {
        Ok(None) => acknowledge(),
        Ok(Some(wrong)) => refusal(&wrong, StatusCode::OK),
        Err(error) => failed(&error),
    }
}

/// The door that any of the request's credentials opens.
async fn open<D: Desk>(
    desk: &D,
    token: Option<&str>,
    headers: &HeaderMap,
    object: Option<&Object<'_>>,
) -> Result<Option<Door>, DeskError> {
    if let Some(token) = token.filter(|token| !token.is_empty())
        && let Some(door) = desk.open(NAME, Knock::Token(token)).await?
    {
        return Ok(Some(door));
    }
    if let Some((user, password)) = basic(headers) {
        let knock = Knock::Pair {
            first: (USER, &user),
            second: (PASSWORD, &password),
        };
        if let Some(door) = desk.open(NAME, knock).await? {
            return Ok(Some(door));
        }
    }
    let key = object
        .and_then(|object| object.get_any_case("ApiKey"))
        .and_then(raw::scalar);
    match key {
        Some(key) => {
            desk.open(
                NAME,
                Knock::Setting {
                    name: KEY,
                    value: &key,
                },
            )
            .await
        }
        None => Ok(None),
    }
}

/// User name and password of a Basic header; neither may be empty.
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, credentials) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(credentials.trim()).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    (!user.is_empty() && !password.is_empty()).then(|| (user.to_owned(), password.to_owned()))
}

/// Commits an update, or puts the bytes aside. Returns what is wrong with them, where something is.
async fn keep<D: Desk>(
    desk: &D,
    door: &Door,
    told: Result<Told, Box<Unreadable>>,
) -> Result<Option<String>, DeskError> {
    match told {
        Ok(told) => {
            taking::warn(door, &told);
            // `open` has proved whose connection this is.
            taking::take(desk, door, told).await?;
            Ok(None)
        }
        Err(unreadable) => {
            taking::set_aside(desk, door, NAME, &unreadable).await?;
            Ok(Some(unreadable.problem))
        }
    }
}

fn acknowledge() -> Response {
    acknowledgement(false, "", StatusCode::OK)
}

/// An error in the acknowledgement's form.
pub fn refusal(text: &str, status: StatusCode) -> Response {
    acknowledgement(true, text, status)
}

/// Nobody's door: 401 only where Basic was used [inferred].
fn stranger(headers: &HeaderMap) -> Response {
    if !headers.contains_key(header::AUTHORIZATION) {
        return refusal("ApiKey is not valid.", StatusCode::OK);
    }
    let mut response = refusal("The credentials are not valid.", StatusCode::UNAUTHORIZED);
    let realm = HeaderValue::from_static("Basic realm=\"IntergrationAPI\"");
    response
        .headers_mut()
        .insert(header::WWW_AUTHENTICATE, realm);
    response
}

fn failed(error: &DeskError) -> Response {
    let (status, seconds) = trouble(error, StatusCode::OK);
    retry_after(
        refusal("The update could not be stored: send it again.", status),
        seconds,
    )
}

fn acknowledgement(is_error: bool, text: &str, status: StatusCode) -> Response {
    let body = Acknowledgement {
        is_error,
        error_message: text.to_owned(),
    };
    json(
        status,
        serde_json::to_vec(&body).expect("wire types are plain data"),
    )
}
