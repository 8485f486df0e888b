//! The console: pages for whoever runs an account, over our own API.
//!
//! Contract: a page knows nothing that `/v1` does not tell its key and does nothing that `/v1` does not
//! let it: every page is made of calls to the same router that programs call, with the key that somebody
//! signed in with. So scopes, limits, and what belongs to another account are judged in one place. The
//! browser keeps a sealed session (`trackway_hub`'s `consoles`), never the key. Pages are whole without
//! JavaScript and load nothing from another host. What changes something is a form sent from a page of
//! ours, and answers with another page.

mod ask;
mod operate;
mod orders;
mod overview;
mod session;
mod shipments;
mod stock;
mod text;

use crate::pages::headers;
use crate::pages::language::Language;
use ask::Trouble;
use askama::Template;
use axum::Router;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use std::sync::Arc;
use trackway_dialects::Desk;
use trackway_dialects::native::{CONSOLE, Problem};
use trackway_hub::Hub;

/// Where it is.
pub const ROOT: &str = "/console";

/// What the pages share.
#[derive(Clone, Debug)]
pub struct Console {
    hub: Arc<Hub>,
    /// Our own API, as programs call it.
    api: Router,
}

/// The console over a hub and its API; nothing where the operator switched it off.
pub fn router(hub: &Arc<Hub>, api: &Router) -> Router {
    if Desk::setting(&**hub, CONSOLE).as_deref() == Some("false") {
        return Router::new();
    }
    let console = Console {
        hub: hub.clone(),
        api: api.clone(),
    };
    Router::new()
        .route("/", get(home))
        .route(ROOT, get(overview::show))
        .route("/console/", get(async || Redirect::permanent(ROOT)))
        .route("/console/sign-in", get(session::ask).post(session::open))
        .route("/console/sign-out", post(session::close))
        .route("/console/shipments", get(shipments::list))
        .route("/console/shipments/{id}", get(shipments::show))
        .route("/console/shipments/{id}/refresh", post(shipments::refresh))
        .route("/console/shipments/{id}/link", post(shipments::link))
        .route("/console/orders", get(orders::list))
        .route("/console/orders/{id}", get(orders::show))
        .route("/console/stock", get(stock::list))
        .route("/console/connections", get(operate::connections))
        .route(
            "/console/connections/{id}/{deed}",
            post(operate::to_connection),
        )
        .route("/console/endpoints", get(operate::endpoints))
        .route("/console/endpoints/{id}", get(operate::endpoint))
        .route("/console/endpoints/{id}/{deed}", post(operate::to_endpoint))
        .route(
            "/console/deliveries/{id}/resend",
            post(operate::resend_delivery),
        )
        .route("/console/quarantine", get(operate::quarantine))
        .route(
            "/console/quarantine/{id}/{deed}",
            post(operate::to_surprise),
        )
        .route("/console/{*rest}", get(nothing))
        .with_state(console)
}

/// A person who opens the host's name is led to the console; a program is told what is not there.
async fn home(headers: HeaderMap) -> Response {
    let accepts = headers.get(header::ACCEPT).and_then(|it| it.to_str().ok());
    if accepts.is_some_and(|accepts| accepts.contains("text/html")) {
        Redirect::to(ROOT).into_response()
    } else {
        let detail = "The API has nothing under this path.";
        Problem::new(StatusCode::NOT_FOUND, detail).into_response()
    }
}

async fn nothing() -> Response {
    let detail = "The console has no such page.";
    trouble(&Problem::new(StatusCode::NOT_FOUND, detail).into())
}

/// What every page has: where it is, and what was just done.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    pub title: String,
    /// The place in the menu.
    pub place: &'static str,
    /// What a form did a moment ago.
    pub done: Option<&'static str>,
}

/// The menu: path and name.
pub const MENU: &[(&str, &str)] = &[
    (ROOT, "Overview"),
    ("/console/shipments", "Shipments"),
    ("/console/orders", "Orders"),
    ("/console/stock", "Stock"),
    ("/console/connections", "Connections"),
    ("/console/endpoints", "Endpoints"),
    ("/console/quarantine", "Quarantine"),
];

impl Frame {
    pub fn new(place: &'static str, title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            place,
            done: None,
        }
    }

    /// The stylesheet's or icon's address.
    pub fn asset(name: &str) -> &'static str {
        crate::pages::assets::path(name)
    }
}

#[derive(Template)]
#[template(path = "console/trouble.html", whitespace = "minimize")]
struct TroublePage {
    frame: Frame,
    status: StatusCode,
    detail: String,
}

/// A page with its headers.
fn page(status: StatusCode, page: &impl Template, asked: &HeaderMap) -> Response {
    match page.render() {
        Ok(body) => {
            let mut response = headers::html(status, Language::English, body, asked);
            let headers = response.headers_mut();
            headers::allow_form(headers);
            // A form would be sent with the origin `null` otherwise, by browsers that say no more of it.
            let to_us = HeaderValue::from_static("same-origin");
            headers.insert(header::REFERRER_POLICY, to_us);
            response
        }
        Err(error) => {
            tracing::error!(%error, "a page of the console could not be written");
            crate::pages::refused(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

/// What a page that could not be made is answered with.
fn trouble(trouble: &Trouble) -> Response {
    let (status, detail) = match trouble {
        Trouble::SignedOut => return Redirect::to("/console/sign-in").into_response(),
        Trouble::Refused { status, detail } => (*status, detail.clone()),
    };
    let title = status.canonical_reason().unwrap_or("Something went wrong");
    let frame = Frame::new("", title);
    let told = TroublePage {
        frame,
        status,
        detail,
    };
    page(status, &told, &HeaderMap::new())
}
