//! Accepts connections and serves them.
//!
//! Guarantee: connections, handshakes, heads and the wait for a head are bounded by `Limits`. When `shutdown`
//! resolves, no connection is accepted any more, requests at work are finished within the grace
//! period, and then the function returns. A connection's failure ends that connection only.

use crate::front::{self, Front};
use crate::{App, Limits, observe};
use axum::serve::{Listener, ListenerExt};
use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener};
use tokio::sync::Semaphore;
use tokio_util::either::Either;
use tower::ServiceExt;

/// Serves an application on a TCP address, as plain HTTP.
pub async fn serve(listener: TcpListener, app: App, shutdown: impl Future<Output = ()> + Send) {
    serve_behind(listener, app, Front::default(), shutdown).await;
}

/// The same behind what the operator set up: TLS, and proxies that are believed.
pub async fn serve_behind(
    listener: TcpListener,
    app: App,
    front: Front,
    shutdown: impl Future<Output = ()> + Send,
) {
    let limits = app.limits();
    let listener = listener.tap_io(|stream| {
        // Answers are small and complete: waiting for more to send only delays them.
        let _ = stream.set_nodelay(true);
    });
    let closing = app.clone();
    let shutdown = async move {
        shutdown.await;
        closing.close();
    };
    let tls = front.tls.clone();
    let shake = move |stream: TcpStream| {
        let tls = tls.clone();
        async move {
            match tls {
                Some(tls) => Ok(Either::Right(tls.acceptor().accept(stream).await?)),
                None => Ok(Either::Left(stream)),
            }
        }
    };
    let service = move |peer: SocketAddr| {
        let (app, front) = (app.clone(), front.clone());
        hyper::service::service_fn(move |request: Request<Incoming>| {
            let app = app.clone();
            let client = front.client(peer, request.headers());
            async move {
                let request = request.map(axum::body::Body::new);
                Ok::<_, Infallible>(observe::answer(&app, request, client).await)
            }
        })
    };
    accept(listener, shake, service, limits, shutdown).await;
}

/// Serves the operator's router on the data folder's socket.
pub async fn serve_socket(
    listener: UnixListener,
    router: axum::Router,
    limits: Limits,
    shutdown: impl Future<Output = ()> + Send,
) {
    let service = move |_| {
        let router = router.clone();
        hyper::service::service_fn(move |request: Request<Incoming>| {
            router.clone().oneshot(request)
        })
    };
    accept(
        listener,
        async |stream| Ok(stream),
        service,
        limits,
        shutdown,
    )
    .await;
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

/// `shake` makes a stream of a connection that came in, within the time that a head may take;
/// `service` what answers the requests of one peer.
async fn accept<L, C, F, T, M, S, B>(
    mut listener: L,
    shake: C,
    service: M,
    limits: Limits,
    shutdown: impl Future<Output = ()> + Send,
) where
    L: Listener,
    C: Fn(L::Io) -> F,
    F: Future<Output = io::Result<T>> + Send + 'static,
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    M: Fn(L::Addr) -> S,
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Send + 'static,
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
            (place, listener.accept().await)
        };
        let (place, (io, peer)) = tokio::select! {
            next = next => next,
            () = &mut shutdown => break,
        };
        let (shaking, service, watcher) = (shake(io), service(peer), graceful.watcher());
        tokio::spawn(async move {
            match tokio::time::timeout(limits.head, shaking).await {
                Ok(Ok(io)) => talk(io, service, limits, watcher).await,
                Ok(Err(error)) if front::is_gone(&error) => {}
                Ok(Err(error)) => tracing::debug!(%error, "a connection could not be made safe"),
                Err(_) => tracing::debug!("a connection was too slow to be made safe"),
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

/// One connection, to its end.
async fn talk<T, S, B>(io: T, service: S, limits: Limits, watcher: Watcher)
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Send,
    S::Future: Send,
    B: axum::body::HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(limits.head_bytes)
        .max_headers(limits.head_lines);
    let connection = watcher.watch(http.serve_connection(TokioIo::new(io), service));
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a connection ended");
    }
}
