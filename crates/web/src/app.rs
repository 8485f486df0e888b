//! The application: from a request's head to its answer, with every limit on the way.
//!
//! Order: mount by path, a place among the requests at work, refusal of compressed bodies, the body
//! within its limit and the memory for it, the system's router; all but the first under one
//! deadline. A refusal at any step, a panic and a lapse of the deadline are answered in the mount's
//! form. What a handler committed before a deadline lapsed stays committed.

use crate::Limits;
use crate::api::{self, Api};
use crate::body::{self, Taken};
use crate::console;
use crate::pages;
use crate::refusal::Refusal;
use crate::routes::{Mount, Routers, System, mount_of, token_of};
use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, HttpBody};
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use futures::future::BoxFuture;
use http::{Request, StatusCode};
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use trackway_dialects::Desk;
use trackway_dialects::desk::{Knock, Trade, Unread};
use trackway_dialects::http::json;
use trackway_dialects::native::Problem;
use trackway_hub::Hub;
use trackway_hub::metrics::{Metrics, Name};
use trackway_model::{Oddity, Strange};

/// Bodies are accounted for in pieces of this size.
const PIECE: usize = 4 << 10;

/// The whole server as one service. Clones share everything.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    routers: Routers,
    limits: Limits,
    requests: Semaphore,
    pieces: Semaphore,
    keeper: Box<dyn Keeper>,
    health: Health,
    closing: CancellationToken,
    /// None where no hub counts.
    metrics: Option<Arc<Metrics>>,
}

/// Says whether the server can do its work, and if not, why.
pub type Health = Arc<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("limits", &self.0.limits)
            .finish_non_exhaustive()
    }
}

impl App {
    /// A server over a desk: the dialects' facades alone. `health` is asked by `/healthz`.
    pub fn new<D: Desk + Trade>(desk: &Arc<D>, limits: Limits, health: Health) -> Self {
        let closing = CancellationToken::new();
        Self::over(desk, None, limits, health, closing, None)
    }

    /// A server over a hub: the facades, our own API, the pages and the console.
    pub fn of_hub(hub: &Arc<Hub>, limits: Limits) -> Self {
        let asked = hub.clone();
        let health: Health = Arc::new(move || {
            let hub = asked.clone();
            Box::pin(async move { hub.ready().await.map_err(|error| error.to_string()) })
        });
        let closing = CancellationToken::new();
        let api = api::router(&Api::new(hub, limits, closing.clone()));
        let console = console::router(hub, &api);
        let own = api.merge(pages::router(hub)).merge(console);
        let metrics = Some(hub.metrics().clone());
        Self::over(hub, Some(own), limits, health, closing, metrics)
    }

    /// Ends what only waits: streams and long polls answer now. Call it when the server is to end.
    pub fn close(&self) {
        self.0.closing.cancel();
    }

    fn over<D: Desk + Trade>(
        desk: &Arc<D>,
        own: Option<Router>,
        limits: Limits,
        health: Health,
        closing: CancellationToken,
        metrics: Option<Arc<Metrics>>,
    ) -> Self {
        Self(Arc::new(Inner {
            closing,
            metrics,
            routers: Routers::new(desk, own),
            limits,
            requests: Semaphore::new(limits.requests),
            pieces: Semaphore::new(limits.buffered / PIECE),
            keeper: Box::new(desk.clone()),
            health,
        }))
    }

    pub fn limits(&self) -> Limits {
        self.0.limits
    }

    /// Counts an answer.
    pub(crate) fn count(&self, mount: &Mount, status: StatusCode, took: Duration) {
        if let Some(metrics) = &self.0.metrics {
            let labels = [mount.system.name().into(), status.as_u16().into()];
            metrics.count(Name::Requests, &labels, 1);
            metrics.observe(Name::RequestSeconds, &labels[..1], took);
        }
    }

    /// How many requests are at work.
    pub fn at_work(&self) -> usize {
        self.0.limits.requests - self.0.requests.available_permits()
    }

    /// Answers one request. Never fails and never panics.
    pub async fn answer(&self, request: Request<Body>) -> Response {
        let mount = mount_of(request.uri().path());
        let inner = &*self.0;
        let busy = Refusal::Busy {
            retry_after_s: inner.limits.retry_after_s,
        };
        let Ok(_place) = inner.requests.try_acquire() else {
            return mount.form.answer(busy);
        };
        let work = AssertUnwindSafe(inner.work(mount, request)).catch_unwind();
        match tokio::time::timeout(inner.limits.request, work).await {
            Ok(Ok(Ok(response))) => response,
            Ok(Ok(Err(refusal))) => mount.form.answer(refusal),
            Ok(Err(_panic)) => {
                tracing::error!(?mount, "a handler panicked: this is a fault in Trackway");
                mount.form.answer(Refusal::Fault)
            }
            Err(_lapsed) => mount.form.answer(Refusal::TooSlow),
        }
    }
}

impl Inner {
    async fn work(&self, mount: &Mount, request: Request<Body>) -> Result<Response, Refusal> {
        let (parts, body) = request.into_parts();
        let request = if body.is_end_stream() {
            Request::from_parts(parts, Body::empty())
        } else {
            if body::is_encoded(&parts.headers) {
                return Err(Refusal::Encoded);
            }
            let limit = if mount.batches {
                self.limits.batch_body
            } else {
                self.limits.body
            };
            let declared = body::declared(&parts.headers);
            let size = declared.unwrap_or(limit).min(limit);
            let _memory = self
                .pieces
                .try_acquire_many(size.div_ceil(PIECE) as u32)
                .map_err(|_| Refusal::Busy {
                    retry_after_s: self.limits.retry_after_s,
                })?;
            let body = match body::take(body, declared, limit).await {
                Taken::Whole(body) => body,
                Taken::CutOff => return Err(Refusal::CutOff),
                Taken::Over { read, rest } => {
                    self.keep(mount, parts.uri.path(), &read, rest).await;
                    return Err(Refusal::TooLarge { limit });
                }
            };
            return self
                .route(mount, Request::from_parts(parts, Body::from(body)))
                .await;
        };
        self.route(mount, request).await
    }

    async fn route(&self, mount: &Mount, request: Request<Body>) -> Result<Response, Refusal> {
        let Some(router) = self.routers.of(mount.system) else {
            return Ok(self.healthz().await);
        };
        let Ok(response) = router.clone().oneshot(request).await;
        Ok(response)
    }

    /// For load balancers and supervisors: 200 while the server can do its work.
    async fn healthz(&self) -> Response {
        match (self.health)().await {
            Ok(()) => json(StatusCode::OK, r#"{"status":"ok"}"#),
            Err(why) => Problem::new(StatusCode::SERVICE_UNAVAILABLE, why).into_response(),
        }
    }

    /// Keeps what is kept of an over-limit body, if the address's token says whose it is.
    async fn keep(&self, mount: &Mount, path: &str, read: &[u8], rest: Body) {
        let (Some(token), Some(dialect)) = (token_of(path), mount.system.dialect()) else {
            return;
        };
        let limits = &self.limits;
        self.keeper.keep(dialect, token, read, rest, limits).await;
    }
}

impl System {
    /// Its name in figures.
    const fn name(self) -> &'static str {
        match self {
            System::Express247 => "247express",
            System::KeyDelivery => "keydelivery",
            System::Track123 => "track123",
            System::Nandh => "nandh",
            System::Native => "native",
            System::Health => "health",
        }
    }

    /// The dialect whose webhooks come in under this system's mounts.
    const fn dialect(self) -> Option<&'static str> {
        match self {
            System::Express247 => Some("247express"),
            System::KeyDelivery => Some("keydelivery"),
            System::Track123 => Some("track123"),
            System::Nandh => Some("nandh"),
            System::Native | System::Health => None,
        }
    }
}

/// What the application itself asks of the desk, without its type.
#[async_trait]
trait Keeper: Send + Sync {
    async fn keep(
        &self,
        dialect: &'static str,
        token: &str,
        read: &[u8],
        rest: Body,
        limits: &Limits,
    );
}

#[async_trait]
impl<D: Desk> Keeper for Arc<D> {
    async fn keep(
        &self,
        dialect: &'static str,
        token: &str,
        read: &[u8],
        rest: Body,
        limits: &Limits,
    ) {
        let door = match self.open(dialect, Knock::Token(token)).await {
            Ok(Some(door)) => door,
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(%error, dialect, "an over-limit body could not be kept");
                return;
            }
        };
        let found = body::measure(read, rest, limits.measured, limits.kept).await;
        let limit = format!("at most {} bytes", limits.body);
        let unread = Unread {
            strange: Strange::new(Oddity::TooLarge, "", limit, found.what()),
            body: &found.head,
            over: Some((found.size, found.hash)),
        };
        if let Err(error) = self.quarantine(&door, dialect, unread).await {
            tracing::warn!(%error, dialect, "an over-limit body could not be kept");
        }
    }
}
