//! The merchant's own receiver of N&H's webhooks: checks their signatures and the token that it gave.

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;
use trackway_dialects::nandh::hook;

/// What the merchant wants to find in `Authorization`.
pub const TOKEN: &str = "THE-MERCHANTS-OWN-TOKEN";

/// The receiver; it ends with the process.
#[derive(Clone, Debug, Default)]
pub struct Notified {
    inbox: Arc<Mutex<Inbox>>,
}

#[derive(Debug, Default)]
struct Inbox {
    /// Known only after the endpoint was made for its address.
    secret: String,
    /// Ids of the messages whose proof held.
    verified: HashSet<String>,
    refused: usize,
}

impl Notified {
    /// Starts one on a free port and returns its address.
    pub async fn start() -> anyhow::Result<(Self, String)> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/oms", listener.local_addr()?);
        let receiver = Self::default();
        let app = Router::new()
            .route("/oms", post(take))
            .with_state(receiver.clone());
        tokio::spawn(axum::serve(listener, app).into_future());
        Ok((receiver, url))
    }

    fn with<T>(&self, work: impl FnOnce(&mut Inbox) -> T) -> T {
        work(&mut self.inbox.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn set_secret(&self, secret: &str) {
        self.with(|inbox| secret.clone_into(&mut inbox.secret));
    }

    /// Messages verified, and refused.
    pub fn counts(&self) -> (usize, usize) {
        self.with(|inbox| (inbox.verified.len(), inbox.refused))
    }

    fn judge(&self, headers: &HeaderMap, body: &[u8]) -> bool {
        let sent = |name: &header::HeaderName| {
            let value = headers.get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let timestamp = sent(&hook::TIMESTAMP);
        self.with(|inbox| {
            // The sender stands in the same process: that the message is fresh needs no proof.
            let holds = sent(&header::AUTHORIZATION) == TOKEN
                && sent(&hook::SIGNATURE) == hook::sign(&inbox.secret, &timestamp, body);
            if holds {
                inbox.verified.insert(sent(&hook::DELIVERY));
            } else {
                inbox.refused += 1;
            }
            holds
        })
    }
}

async fn take(State(receiver): State<Notified>, headers: HeaderMap, body: Bytes) -> StatusCode {
    if receiver.judge(&headers, &body) {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::UNAUTHORIZED
    }
}
