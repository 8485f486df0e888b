//! A sender's own receiver of 247Express's status webhook: knows its carrier by the `ApiKey` in the body, and
//! keeps what each order was said to be, in the order in which that came.

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use bytes::Bytes;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;

/// What the sender wants to find in `ApiKey`.
pub const KEY: &str = "THE-SENDERS-OWN-KEY";
/// The vendor's literal path.
const PATH: &str = "/IntergrationAPI";

/// The receiver; it ends with the process.
#[derive(Clone, Debug, Default)]
pub struct Updates {
    inbox: Arc<Mutex<Inbox>>,
}

#[derive(Debug, Default)]
struct Inbox {
    /// Messages whose key was right, by what tells them apart from each other.
    verified: HashSet<String>,
    refused: usize,
    /// The statuses of each order.
    told: BTreeMap<String, Vec<String>>,
}

impl Updates {
    /// Starts one on a free port and returns its address.
    pub async fn start() -> anyhow::Result<(Self, String)> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}{PATH}", listener.local_addr()?);
        let receiver = Self::default();
        let app = Router::new()
            .route(PATH, post(take))
            .with_state(receiver.clone());
        tokio::spawn(axum::serve(listener, app).into_future());
        Ok((receiver, url))
    }

    fn with<T>(&self, work: impl FnOnce(&mut Inbox) -> T) -> T {
        work(&mut self.inbox.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Messages verified, and refused.
    pub fn counts(&self) -> (usize, usize) {
        self.with(|inbox| (inbox.verified.len(), inbox.refused))
    }

    /// The statuses that an order was said to have, in order.
    pub fn of(&self, code: &str) -> Vec<String> {
        self.with(|inbox| inbox.told.get(code).cloned().unwrap_or_default())
    }

    fn judge(&self, body: &[u8]) -> bool {
        let told: Value = serde_json::from_slice(body).unwrap_or_default();
        let said = |member: &str| told[member].as_str().unwrap_or_default().to_owned();
        self.with(|inbox| {
            let holds = said("ApiKey") == KEY;
            if !holds {
                inbox.refused += 1;
            } else if inbox.verified.insert(said("TransactionId")) {
                let of = inbox.told.entry(said("OrderCode")).or_default();
                of.push(said("Status"));
            }
            holds
        })
    }
}

async fn take(State(receiver): State<Updates>, body: Bytes) -> Json<Value> {
    let holds = receiver.judge(&body);
    let problem = if holds { "" } else { "the key is wrong" };
    Json(json!({"IsError": !holds, "ErrorMessage": problem}))
}
