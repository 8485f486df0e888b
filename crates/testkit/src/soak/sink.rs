//! A subscriber of the long run: remembers what it accepted, in little room.

use super::key;
use anyhow::Context;
use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use parking_lot::Mutex;
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const LARGEST_BODY: usize = 1 << 20;
/// Of the messages to a moody subscriber, one in so many fails at first.
const MOOD: u64 = 29;
/// Disorder that is told in full.
const TOLD: usize = 10;

/// What came.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// Accepted messages.
    pub messages: u64,
    /// Of these, those that had been accepted before.
    pub repeats: u64,
    /// Parcels that were told of in another order than things happened.
    pub disorder: Vec<String>,
}

#[derive(Default)]
struct Memory {
    heard: Heard,
    told: HashSet<u64>,
    accepted: HashSet<u64>,
    failed: HashSet<u64>,
    /// The sequence number of each parcel's newest message.
    newest: HashMap<String, u64>,
}

struct Inner {
    is_moody: bool,
    memory: Mutex<Memory>,
}

/// The subscriber; it serves from `start` to drop.
pub struct Sink {
    addr: SocketAddr,
    inner: Arc<Inner>,
    serving: JoinHandle<()>,
}

impl Sink {
    /// A moody one fails some messages, each once.
    pub async fn start(is_moody: bool) -> anyhow::Result<Self> {
        let addr = crate::ports::free_addr()?;
        let listener = TcpListener::bind(addr)
            .await
            .with_context(|| format!("bind {addr}"))?;
        let inner = Arc::new(Inner {
            is_moody,
            memory: Mutex::default(),
        });
        let app = Router::new().fallback(receive).with_state(inner.clone());
        let serving = tokio::spawn(async {
            // Ends with the task.
            let _ = axum::serve(listener, app).await;
        });
        Ok(Self {
            addr,
            inner,
            serving,
        })
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook", self.addr)
    }

    pub fn name(&self) -> &'static str {
        if self.inner.is_moody {
            "the moody subscriber"
        } else {
            "a subscriber that is well"
        }
    }

    pub fn has(&self, all: &HashSet<u64>) -> bool {
        self.missing(all) == 0
    }

    pub fn missing(&self, all: &HashSet<u64>) -> usize {
        let memory = self.inner.memory.lock();
        all.difference(&memory.told).count()
    }

    pub fn heard(&self) -> Heard {
        self.inner.memory.lock().heard.clone()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn receive(State(inner): State<Arc<Inner>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        // Cut off by a kill.
        return StatusCode::BAD_REQUEST.into_response();
    };
    let message = serde_json::from_slice::<Value>(&body);
    let (Some(id), Ok(body)) = (id_of(&parts.headers), message) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let mood = inner.memory.lock().mood(inner.is_moody, id);
    match mood {
        Mood::Good => {
            inner.memory.lock().accept(id, &body);
            StatusCode::NO_CONTENT.into_response()
        }
        Mood::Failing => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Mood::Busy => {
            let wait = [(header::RETRY_AFTER, HeaderValue::from_static("1"))];
            (StatusCode::SERVICE_UNAVAILABLE, wait).into_response()
        }
        Mood::Silent => pending().await,
    }
}

enum Mood {
    Good,
    Failing,
    Busy,
    Silent,
}

fn id_of(headers: &HeaderMap) -> Option<u64> {
    let id = headers.get("webhook-id")?.to_str().ok()?;
    Some(key(id, ""))
}

impl Memory {
    fn mood(&mut self, is_moody: bool, id: u64) -> Mood {
        if !is_moody || !id.is_multiple_of(MOOD) || !self.failed.insert(id) {
            return Mood::Good;
        }
        match id / MOOD % 3 {
            0 => Mood::Failing,
            1 => Mood::Busy,
            _ => Mood::Silent,
        }
    }

    fn accept(&mut self, id: u64, body: &Value) {
        self.heard.messages += 1;
        if !self.accepted.insert(id) {
            self.heard.repeats += 1;
            return;
        }
        let data = &body["data"];
        let number = data["number"].as_str().unwrap_or_default();
        for event in data["events"].as_array().into_iter().flatten() {
            let text = event["text"].as_str().unwrap_or_default();
            self.told.insert(key(number, text));
        }
        let sequence = body["sequence"].as_u64().unwrap_or_default();
        let newest = self.newest.entry(number.to_owned()).or_default();
        if sequence <= *newest && self.heard.disorder.len() < TOLD {
            let disorder = format!("{number}: message {sequence} came after {newest}");
            self.heard.disorder.push(disorder);
        }
        *newest = sequence.max(*newest);
    }
}
