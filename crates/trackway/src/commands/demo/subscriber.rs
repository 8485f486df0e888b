//! A subscriber: takes messages and checks their Standard Webhooks signatures; while it is down it
//! answers every one with an error.

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;
use trackway_dialects::native;

/// What came so far.
#[derive(Debug, Default)]
pub struct Inbox {
    /// Ids of the messages whose signature held.
    verified: HashSet<String>,
    refused: usize,
    repeated: usize,
}

/// The subscriber; it ends with the process.
#[derive(Clone, Debug)]
pub struct Subscriber {
    inbox: Arc<Mutex<Inbox>>,
    /// Known only after the endpoint was made for its address.
    secret: Arc<Mutex<String>>,
    is_down: Arc<AtomicBool>,
}

impl Subscriber {
    /// Starts one on a free port and returns its address.
    pub async fn start() -> anyhow::Result<(Self, String)> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/webhook", listener.local_addr()?);
        let subscriber = Self {
            inbox: Arc::default(),
            secret: Arc::default(),
            is_down: Arc::default(),
        };
        let app = Router::new()
            .route("/webhook", post(take))
            .with_state(subscriber.clone());
        tokio::spawn(axum::serve(listener, app).into_future());
        Ok((subscriber, url))
    }

    pub fn set_secret(&self, secret: &str) {
        secret.clone_into(&mut self.secret.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub fn set_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::Relaxed);
    }

    pub fn is_down(&self) -> bool {
        self.is_down.load(Ordering::Relaxed)
    }

    /// Messages verified, come again, and refused.
    pub fn counts(&self) -> (usize, usize, usize) {
        let inbox = self.inbox.lock().unwrap_or_else(PoisonError::into_inner);
        (inbox.verified.len(), inbox.repeated, inbox.refused)
    }

    fn judge(&self, headers: &HeaderMap, body: &[u8]) -> bool {
        let sent = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let secret = self
            .secret
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let id = sent("webhook-id").unwrap_or_default();
        let timestamp = sent("webhook-timestamp").and_then(|text| text.parse().ok());
        // The sender stands in the same process: that the message is fresh needs no proof.
        let holds = timestamp.is_some_and(|timestamp| {
            let expected = native::sign(&secret, id, timestamp, body);
            sent("webhook-signature") == Some(expected.as_str())
        });
        let mut inbox = self.inbox.lock().unwrap_or_else(PoisonError::into_inner);
        if !holds {
            inbox.refused += 1;
        } else if !inbox.verified.insert(id.to_owned()) {
            inbox.repeated += 1;
        }
        holds
    }
}

async fn take(State(subscriber): State<Subscriber>, headers: HeaderMap, body: Bytes) -> StatusCode {
    if subscriber.is_down() {
        StatusCode::BAD_GATEWAY
    } else if subscriber.judge(&headers, &body) {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::UNAUTHORIZED
    }
}
