//! A webhook receiver that remembers what it got and answers as told.
//!
//! Guarantee: a request is recorded, in the order of arrival, with its body's exact bytes, before
//! its answer is sent. Answers are taken from the queue, one a request; when it is empty, from the
//! rule, which to begin with is an empty 200. After drop it accepts no connection.
//!
//! Called from tests and from `testkit receiver`.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Uri};
use axum::response::IntoResponse;
use bytes::Bytes;
use jiff::Timestamp;
use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};

/// More than any sender here means to send; a bound all the same.
const LARGEST_BODY: usize = 64 << 20;

/// A request as it came in.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// When its body was complete.
    pub at: Timestamp,
    /// Its method.
    pub method: Method,
    /// Path and query as sent.
    pub uri: Uri,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, as sent.
    pub body: Bytes,
}

impl Recorded {
    /// A header's value; `None` if it is absent or not text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON.
    pub fn json(&self) -> anyhow::Result<serde_json::Value> {
        serde_json::from_slice(&self.body).context("the body is not JSON")
    }
}

/// What to answer.
#[derive(Debug, Clone)]
pub struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    delay: Duration,
}

impl Answer {
    /// An empty answer. Panics on a number that is no status, a mistake in the test.
    pub fn status(status: u16) -> Self {
        Self {
            status: StatusCode::from_u16(status).expect("a status between 100 and 999"),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            delay: Duration::ZERO,
        }
    }

    /// A 200 with a JSON body.
    pub fn json(value: &serde_json::Value) -> Self {
        Self::status(200)
            .header("content-type", "application/json")
            .body(value.to_string())
    }

    /// With this body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.append(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
        self
    }

    /// Sent this much after the request was recorded.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

type Rule = Arc<dyn Fn(&Recorded) -> Answer + Send + Sync>;

/// What the handler and the test share.
struct Inner {
    received: Mutex<Vec<Recorded>>,
    queue: Mutex<VecDeque<Answer>>,
    rule: Mutex<Rule>,
    /// The length of `received`, to be watched.
    count: watch::Sender<usize>,
}

/// The receiver; it serves from `start` to drop.
pub struct Receiver {
    addr: SocketAddr,
    inner: Arc<Inner>,
    /// Dropped with the receiver, which tells the server to end.
    _stop: oneshot::Sender<()>,
}

impl Receiver {
    /// A receiver on a free port.
    pub async fn start() -> anyhow::Result<Self> {
        Self::bind(crate::ports::free_addr()?).await
    }

    /// A receiver on a given address.
    pub async fn bind(addr: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(addr)
            .await
            .with_context(|| format!("bind {addr}"))?;
        let addr = listener.local_addr()?;
        let inner = Arc::new(Inner {
            received: Mutex::default(),
            queue: Mutex::default(),
            rule: Mutex::new(Arc::new(|_| Answer::status(200))),
            count: watch::Sender::new(0),
        });
        let app = Router::new().fallback(receive).with_state(inner.clone());
        let (stop, stopped) = oneshot::channel::<()>();
        let server = axum::serve(listener, app).with_graceful_shutdown(async {
            let _ = stopped.await;
        });
        tokio::spawn(server.into_future());
        Ok(Self {
            addr,
            inner,
            _stop: stop,
        })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Its address with a path; the path begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    /// Puts an answer at the end of the queue.
    pub fn push(&self, answer: Answer) {
        self.inner.queue.lock().push_back(answer);
    }

    /// What to answer when the queue is empty.
    pub fn set_rule(&self, rule: impl Fn(&Recorded) -> Answer + Send + Sync + 'static) {
        *self.inner.rule.lock() = Arc::new(rule);
    }

    /// Everything so far, in the order of arrival.
    pub fn received(&self) -> Vec<Recorded> {
        self.inner.received.lock().clone()
    }

    /// Waits until at least `count` requests have come in since the start, and returns all.
    pub async fn wait_for(&self, count: usize, limit: Duration) -> anyhow::Result<Vec<Recorded>> {
        let mut seen = self.inner.count.subscribe();
        if tokio::time::timeout(limit, seen.wait_for(|&now| now >= count))
            .await
            .is_err()
        {
            let got = *seen.borrow();
            bail!(
                "waited {limit:?} in vain for {count} requests at {}: got {got}",
                self.addr
            );
        }
        Ok(self.received())
    }
}

async fn receive(State(inner): State<Arc<Inner>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = match to_bytes(body, LARGEST_BODY).await {
        Ok(body) => body,
        // Cut off or over the bound: not a request that came in.
        Err(error) => return (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    };
    let recorded = Recorded {
        at: Timestamp::now(),
        method: parts.method,
        uri: parts.uri,
        headers: parts.headers,
        body,
    };
    let answer = inner.answer(recorded);
    tokio::time::sleep(answer.delay).await;
    (answer.status, answer.headers, answer.body).into_response()
}

impl Inner {
    /// Records a request and picks its answer, in one step, so that the queue's order is that of
    /// the record.
    fn answer(&self, recorded: Recorded) -> Answer {
        let mut received = self.received.lock();
        let queued = self.queue.lock().pop_front();
        let answer = queued.unwrap_or_else(|| {
            let rule = self.rule.lock().clone();
            rule(&recorded)
        });
        received.push(recorded);
        self.count.send_replace(received.len());
        answer
    }
}
