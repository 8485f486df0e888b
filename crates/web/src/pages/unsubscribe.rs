//! Where somebody says that they want no more e-mails about a parcel.
//!
//! Contract: opening the link changes nothing, since programs open links before people do; sending the
//! form does, and so does the one click of RFC 8058, which is the same POST. Neither needs anything but
//! the link, and both may be repeated. A link that is none gets the page of such links.

use super::language::choose;
use super::words::{Key, Words};
use super::{gone, headers, page};
use crate::pages::refused;
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use std::sync::Arc;
use trackway_hub::mail::Unsubscribed;
use trackway_hub::{Hub, HubError};

#[derive(Template)]
#[template(path = "unsubscribe.html", whitespace = "minimize")]
struct UnsubscribePage {
    words: &'static Words,
    title: Key,
    is_ended: bool,
}

pub(super) async fn ask(
    State(hub): State<Arc<Hub>>,
    Path(token): Path<String>,
    RawQuery(query): RawQuery,
    asked: HeaderMap,
) -> Response {
    let found = hub.look_at_unsubscribe(&token).await;
    answer(found, query.as_deref(), &asked)
}

pub(super) async fn end(
    State(hub): State<Arc<Hub>>,
    Path(token): Path<String>,
    RawQuery(query): RawQuery,
    asked: HeaderMap,
) -> Response {
    let found = hub.unsubscribe(&token).await;
    answer(found, query.as_deref(), &asked)
}

pub(super) async fn other_method(RawQuery(query): RawQuery, asked: HeaderMap) -> Response {
    let mut response = super::other_method(RawQuery(query), asked).await;
    let allowed = HeaderValue::from_static("GET, HEAD, POST");
    response.headers_mut().insert(header::ALLOW, allowed);
    response
}

fn answer(
    found: Result<Unsubscribed, HubError>,
    query: Option<&str>,
    asked: &HeaderMap,
) -> Response {
    let words = Words::of(choose(query, asked));
    let is_ended = match found {
        Ok(Unsubscribed::Ended) => true,
        Ok(Unsubscribed::Active) => false,
        Ok(Unsubscribed::Nothing) => return gone(StatusCode::NOT_FOUND, words, asked),
        Err(error) => {
            tracing::error!(%error, "e-mails could not be ended");
            return refused(StatusCode::INTERNAL_SERVER_ERROR);
        }
    };
    let title = if is_ended {
        Key::EndedTitle
    } else {
        Key::EndTitle
    };
    let shown = UnsubscribePage {
        words,
        title,
        is_ended,
    };
    let mut response = page(StatusCode::OK, words, &shown, asked);
    headers::allow_form(response.headers_mut());
    response
}
