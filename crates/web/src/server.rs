//! Accepts connections and serves them.
//!
//! Guarantee: connections, heads and the wait for a head are bounded by `Limits`. When `shutdown`
//! resolves, no connection is accepted any more, requests at work are finished within the grace
//! period, and then the function returns. A connection's failure ends that connection only.

use crate::Limits;
use axum::serve::{Listener, ListenerExt};
use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::convert::Infallible;
use std::io;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::Semaphore;
use tower::ServiceExt;

/// Serves an application on a TCP address.
pub async fn serve(
    listener: TcpListener,
    app: crate::App,
    shutdown: impl Future<Output = ()> + Send,
) {
    let limits = app.limits();
    let listener = listener.tap_io(|stream| {
        // Answers are small and complete: waiting for more to send only delays them.
        let _ = stream.set_nodelay(true);
    });
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let app = app.clone();
        async move { Ok::<_, Infallible>(app.answer(request.map(axum::body::Body::new)).await) }
    });
    accept(listener, service, limits, shutdown).await;
}

/// Serves the operator's router on the data folder's socket.
pub async fn serve_socket(
    listener: UnixListener,
    router: axum::Router,
    limits: Limits,
    shutdown: impl Future<Output = ()> + Send,
) {
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        router.clone().oneshot(request)
    });
    accept(listener, service, limits, shutdown).await;
}

/// Makes the socket file, for its owner only. A file that a dead server left behind is replaced; the
/// caller holds the data folder's lock, so none is alive.
///
/// Binds under another name, closes the file to everybody else, then moves it in place: at no time
/// is there a socket of that name that others may open.
pub fn bind_socket(path: &Path) -> io::Result<UnixListener> {
    use std::os::unix::fs::PermissionsExt;
    let making = path.with_extension("new");
    for stale in [path, &making] {
        match std::fs::remove_file(stale) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    let listener = UnixListener::bind(&making)?;
    std::fs::set_permissions(&making, std::fs::Permissions::from_mode(0o600))?;
    std::fs::rename(&making, path)?;
    Ok(listener)
}

async fn accept<L, S, B>(
    mut listener: L,
    service: S,
    limits: Limits,
    shutdown: impl Future<Output = ()> + Send,
) where
    L: Listener,
    S: hyper::service::Service<Request<Incoming>, Response = Response<B>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
    B: axum::body::HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let places = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let next = async {
            let place = places.clone().acquire_owned().await;
            (place, listener.accept().await.0)
        };
        let (place, io) = tokio::select! {
            next = next => next,
            () = &mut shutdown => break,
        };
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(limits.head)
            .max_buf_size(limits.head_bytes)
            .max_headers(limits.head_lines);
        let connection = graceful.watch(http.serve_connection(TokioIo::new(io), service.clone()));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended");
            }
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(limits.grace, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!(
            "requests were still at work after {:?}: they are cut off",
            limits.grace
        );
    }
}
