//! Servers on free ports, and requests to them.

use crate::wayward::{KEY, SECRET};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use trackway_dialects::desk::Trade;
use trackway_dialects::{Desk, keydelivery};
use trackway_web::app::Health;
use trackway_web::{App, Limits};

/// An application on a port of its own.
pub struct Served {
    addr: SocketAddr,
    app: App,
    client: reqwest::Client,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Served {
    pub async fn start<D: Desk + Trade>(desk: Arc<D>, limits: Limits) -> Self {
        Self::app(App::new(&desk, limits, always())).await
    }

    pub async fn app(app: App) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let task = tokio::spawn(trackway_web::serve(
            listener,
            app.clone(),
            stop.clone().cancelled_owned(),
        ));
        Self {
            addr,
            app,
            client: trackway_testkit::client(),
            stop,
            task,
        }
    }

    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.url(path))
    }

    pub fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    pub fn look_up_247(&self, number: &str) -> RequestBuilder {
        let path = format!("/api/Order/v1/Tracking?ordercode={number}&apikey={KEY}");
        self.request(Method::GET, &path)
    }

    /// How many requests are at work.
    pub fn at_work(&self) -> usize {
        self.app.at_work()
    }

    pub fn stop(&self) {
        self.stop.cancel();
    }

    pub async fn ended(self) {
        self.task.await.unwrap();
    }
}

/// A server without a store is always well.
fn always() -> Health {
    Arc::new(|| Box::pin(async { Ok(()) }))
}

/// A signed look-up with the wayward desk's key.
pub fn keydelivery_request(served: &Served, number: &str) -> RequestBuilder {
    let body = format!(r#"{{"carrier_id":"gls","tracking_number":"{number}"}}"#);
    signed(served, &body, KEY, SECRET)
}

/// A signed call of KeyDelivery's real-time look-up.
pub fn signed(served: &Served, body: &str, key: &str, secret: &str) -> RequestBuilder {
    signed_call(served, "/api/v1/tracking/realtime", body, key, secret)
}

/// A signed call of KeyDelivery's.
pub fn signed_call(
    served: &Served,
    path: &str,
    body: &str,
    key: &str,
    secret: &str,
) -> RequestBuilder {
    served
        .post(path)
        .header(CONTENT_TYPE, "application/json")
        .header("API-Key", key)
        .header("signature", keydelivery::sign(body.as_bytes(), key, secret))
        .body(body.to_owned())
}

/// Sends a request and reads its answer, which must be JSON.
pub async fn json_of(request: RequestBuilder) -> (StatusCode, Value) {
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let body = answer.text().await.unwrap();
    let value = serde_json::from_str(&body).unwrap_or_else(|_| panic!("{status}, no JSON: {body}"));
    (status, value)
}
