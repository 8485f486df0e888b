//! Pages for people: the tracking page that a signed link opens, and the files that it needs.
//!
//! Guarantee: a page is whole without JavaScript, loads nothing from another host, and shows nothing
//! personal: no text that a source wrote freely, only our own words, names of codes that stand in a
//! table, and places. A link that is wrong, expired, erased or unknown gets one page, the same
//! bytes, so that it tells nothing of what is there. Times are shown as they were told.
//!
//! Called by anybody: who holds the link may read. Nothing here writes but the end of e-mails.

pub mod assets;
mod carriers;
pub(crate) mod headers;
mod icons;
pub mod language;
pub mod letters;
pub(crate) mod parcel;
mod place;
mod refused;
mod sources;
mod steps;
mod unsubscribe;
mod when;
pub mod words;

use askama::Template;
use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use http::{HeaderMap, StatusCode, header};
use parcel::Parcel;
pub use refused::refused;
use std::sync::Arc;
use trackway_hub::{Hub, Opened};
use words::{Key, Words};

/// The pages of a hub.
pub fn router(hub: &Arc<Hub>) -> Router {
    Router::new()
        .route("/t/{token}", get(tracking).fallback(other_method))
        .route("/t/", get(nothing).fallback(other_method))
        .route("/t", get(nothing).fallback(other_method))
        .route("/t/{token}/{*rest}", get(nothing).fallback(other_method))
        .route(
            "/unsubscribe/{token}",
            get(unsubscribe::ask)
                .post(unsubscribe::end)
                .fallback(unsubscribe::other_method),
        )
        .route("/unsubscribe", get(nothing).fallback(other_method))
        .route(
            "/unsubscribe/{token}/{*rest}",
            get(nothing).fallback(other_method),
        )
        .route("/assets/{name}", get(assets::serve))
        .with_state(hub.clone())
}

#[derive(Template)]
#[template(path = "tracking.html", whitespace = "minimize")]
struct TrackingPage<'a> {
    words: &'static Words,
    parcel: &'a Parcel,
}

#[derive(Template)]
#[template(path = "gone.html", whitespace = "minimize")]
struct GonePage {
    words: &'static Words,
}

async fn tracking(
    State(hub): State<Arc<Hub>>,
    Path(token): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let words = Words::of(language::choose(query.as_deref(), &headers));
    match hub.open_link(&token, parcel::MOST_HAPPENINGS).await {
        Ok(Opened::Shipment(linked)) => {
            let parcel = Parcel::of(&linked, &hub.vocabularies(), words);
            let parcel = &parcel;
            page(
                StatusCode::OK,
                words,
                &TrackingPage { words, parcel },
                &headers,
            )
        }
        Ok(Opened::Gone) => gone(StatusCode::GONE, words, &headers),
        Ok(Opened::Nothing) => gone(StatusCode::NOT_FOUND, words, &headers),
        Err(error) => {
            tracing::error!(%error, "a tracking page failed");
            refused(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

/// Paths below ours that hold no token.
async fn nothing(RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let words = Words::of(language::choose(query.as_deref(), &headers));
    gone(StatusCode::NOT_FOUND, words, &headers)
}

async fn other_method(RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let words = Words::of(language::choose(query.as_deref(), &headers));
    let mut response = gone(StatusCode::METHOD_NOT_ALLOWED, words, &headers);
    let allowed = http::HeaderValue::from_static("GET, HEAD");
    response.headers_mut().insert(header::ALLOW, allowed);
    response
}

fn gone(status: StatusCode, words: &'static Words, asked: &HeaderMap) -> Response {
    page(status, words, &GonePage { words }, asked)
}

fn page(status: StatusCode, words: &Words, page: &impl Template, asked: &HeaderMap) -> Response {
    match page.render() {
        Ok(body) => headers::html(status, words.language(), body, asked),
        Err(error) => {
            tracing::error!(%error, "a page could not be written");
            refused(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}
