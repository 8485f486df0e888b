//! The ceiling of delivery: the same HTTP, the same JSON parsed into the same structs, one row for what
//! was accepted, in one transaction for all that queued during the last commit, full sync, answer
//! after the commit; then the statement sent on by the product's own client, and one more row when it
//! was acknowledged, in the same transactions. No state, no fold, no order, no signature, no queue
//! that outlives the process.

use super::{ANSWER, Append, Writers, append, sqlite_writer};
use anyhow::{Context, Result};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::routing::post;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use trackway_dialects::{Outgoing, native};
use trackway_hub::SystemClock;
use trackway_hub::outbound::{Outbound, Policy, Reach};

/// Messages on their way at once: as many as the client keeps connections.
const AT_ONCE: usize = 32;
const DEADLINE: Duration = Duration::from_secs(15);

struct Desk {
    writers: Writers,
    outbound: Outbound,
    places: Semaphore,
    url: String,
}

pub async fn deliver(listener: TcpListener, data: &Path, sink: Option<SocketAddr>) -> Result<()> {
    let sink = sink.context("name the sink")?;
    let desk = Arc::new(Desk {
        writers: Arc::new(vec![sqlite_writer(data, each)?]),
        outbound: Outbound::new(Reach::default(), Arc::new(SystemClock::new())),
        places: Semaphore::new(AT_ONCE),
        url: format!("http://{sink}/ok/0"),
    });
    let app = Router::new()
        .route("/v1/events", post(accept))
        .with_state(desk);
    axum::serve(listener, app).await.context("serving")
}

/// A row for each.
fn each(queued: &[Append]) -> Vec<Vec<u8>> {
    let statements = queued.iter().flat_map(|append| &append.statements);
    statements.cloned().collect()
}

async fn accept(State(desk): State<Arc<Desk>>, body: Bytes) -> Result<&'static str, StatusCode> {
    let text = std::str::from_utf8(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    let mut statements = Vec::new();
    native::batch::read(
        native::batch::EVENTS,
        text,
        |_, raw, event: Option<native::wire::Event<'_>>| {
            std::hint::black_box(&event);
            statements.push(raw.as_bytes().to_vec());
        },
    )
    .map_err(|_| StatusCode::BAD_REQUEST)?;
    append(&desk.writers, statements.clone()).await?;
    for statement in statements {
        let desk = desk.clone();
        tokio::spawn(async move { desk.send(statement).await });
    }
    Ok(ANSWER)
}

impl Desk {
    async fn send(&self, body: Vec<u8>) {
        let Ok(_place) = self.places.acquire().await else {
            return;
        };
        let outgoing = Outgoing {
            method: Method::POST,
            url: self.url.clone(),
            redacted_url: self.url.clone(),
            headers: vec![(
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/json"),
            )],
            body,
        };
        let told = self.outbound.tell(outgoing, Policy::Operator, DEADLINE);
        if told.await.is_ok_and(|answer| answer.status < 300) {
            // The bench sees at the sink what arrived.
            let _ = append(&self.writers, vec![b"delivered".to_vec()]).await;
        }
    }
}
