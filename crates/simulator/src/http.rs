//! The simulated systems over HTTP: the dialects' own facades, and the faults between them and
//! their clients.
//!
//! Contract: requests at work are bounded; a call more is answered 503. A fault is drawn for every
//! call of a system, whatever it asks.

use crate::desk::SimulatedDesk;
use crate::faults::Fault;
use crate::{express247, keydelivery, nandh, track123};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tower::ServiceExt;
use trackway_dialects::express247::errors::APIKEY_LIMIT;
use trackway_dialects::http::json;
use trackway_dialects::keydelivery::Code;
use trackway_dialects::track123::{Code as ServiceCode, Stop};

/// Requests at work.
const AT_ONCE: usize = 256;
/// No answer of a simulated system is larger.
const LARGEST_ANSWER: usize = 1 << 20;
/// N&H's paths begin so, of the others KeyDelivery's so, and Track123's so; every other path is 247Express's.
const NANDH: &str = "/api/v1/public/";
const KEYDELIVERY: &str = "/api/v1/";
const TRACK123: &str = "/gateway/";
/// For whoever waits for the systems to be there; no system of the world's has it, and it never fails.
const HEALTH: &str = "/healthz";
/// What a gateway shows to people.
const PAGE: &str = "<!doctype html><html lang=\"vi\"><head><title>Bảo trì hệ thống</title></head>\
    <body><h1>Hệ thống đang bảo trì</h1><p>Please come back later.</p></body></html>";

#[derive(Clone)]
struct Systems {
    desk: Arc<SimulatedDesk>,
    carrier: Router,
    keydelivery: Router,
    track123: Router,
    nandh: Router,
    places: Arc<Semaphore>,
    /// No slow answer takes longer.
    patience: Duration,
}

/// Whom a call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum System {
    Express247,
    KeyDelivery,
    Track123,
    Nandh,
}

impl System {
    fn of(path: &str) -> Self {
        if path.starts_with(NANDH) {
            Self::Nandh
        } else if path.starts_with(KEYDELIVERY) {
            Self::KeyDelivery
        } else if path.starts_with(TRACK123) {
            Self::Track123
        } else {
            Self::Express247
        }
    }

    /// Its own answer for a quota that is used up.
    fn quota(self, now: i64) -> Response {
        match self {
            Self::Express247 => json(StatusCode::OK, express247::failure(APIKEY_LIMIT)),
            Self::KeyDelivery => Code::QuotaUsedUp.answer(),
            Self::Track123 => Stop::from(ServiceCode::OutOfQuota).answer(now),
            Self::Nandh => nandh::too_many(now),
        }
    }

    const fn wrong_shape(self) -> &'static str {
        match self {
            Self::Express247 => express247::WRONG_SHAPE,
            Self::KeyDelivery => keydelivery::WRONG_SHAPE,
            Self::Track123 => track123::WRONG_SHAPE,
            Self::Nandh => nandh::WRONG_SHAPE,
        }
    }
}

/// All systems over one world. `patience` bounds slow answers.
pub fn router(desk: &Arc<SimulatedDesk>, patience: Duration) -> Router {
    let systems = Systems {
        desk: desk.clone(),
        carrier: trackway_dialects::express247::router().with_state(desk.clone()),
        keydelivery: trackway_dialects::keydelivery::router().with_state(desk.clone()),
        track123: trackway_dialects::track123::router().with_state(desk.clone()),
        nandh: trackway_dialects::nandh::router().with_state(desk.clone()),
        places: Arc::new(Semaphore::new(AT_ONCE)),
        patience,
    };
    Router::new()
        .route(
            HEALTH,
            get(|| async { json(StatusCode::OK, r#"{"status":"ok"}"#) }),
        )
        .fallback(answer)
        .with_state(systems)
}

async fn answer(State(systems): State<Systems>, request: Request) -> Response {
    let Ok(_place) = systems.places.try_acquire() else {
        return page(503);
    };
    let system = System::of(request.uri().path());
    match systems.desk.next_fault() {
        None => systems.pass(system, request).await,
        Some(Fault::Outage(status)) => page(status),
        Some(Fault::TooMany(seconds)) => {
            let mut answer = page(429);
            let headers = answer.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            answer
        }
        Some(Fault::Quota) => system.quota(systems.desk.world().now()),
        Some(Fault::Slow(wait)) => {
            tokio::time::sleep(wait.min(systems.patience)).await;
            systems.pass(system, request).await
        }
        Some(Fault::Cut(percent)) => cut(systems.pass(system, request).await, percent).await,
        Some(Fault::Shape) => json(StatusCode::OK, system.wrong_shape()),
        Some(Fault::Page) => page(200),
    }
}

impl Systems {
    async fn pass(&self, system: System, request: Request) -> Response {
        let router = match system {
            System::Express247 => &self.carrier,
            System::KeyDelivery => &self.keydelivery,
            System::Track123 => &self.track123,
            System::Nandh => &self.nandh,
        };
        let Ok(response) = router.clone().oneshot(request).await;
        response
    }
}

fn page(status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    (status, Html(PAGE)).into_response()
}

/// The first hundredths of an answer, which says nothing of the rest.
async fn cut(response: Response, percent: usize) -> Response {
    let (mut parts, body) = response.into_parts();
    let body = to_bytes(body, LARGEST_ANSWER).await.unwrap_or_default();
    parts.headers.remove(header::CONTENT_LENGTH);
    let kept = body.len() * percent.min(99) / 100;
    Response::from_parts(parts, Body::from(body.slice(..kept)))
}
