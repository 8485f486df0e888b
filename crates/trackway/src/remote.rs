//! The door of a server that holds the data folder: HTTP on `DIR/trackway.sock`.

use anyhow::{Context, bail};
use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use tokio::net::UnixStream;
use trackway_web::admin::AdminRequest;

/// Name of the socket within the data folder.
pub const SOCKET: &str = "trackway.sock";

/// A server that answered on its socket.
#[derive(Debug)]
pub struct Remote {
    stream: UnixStream,
    path: PathBuf,
}

impl Remote {
    /// The server on this data folder; None where none runs.
    pub async fn find(data: &Path) -> anyhow::Result<Option<Self>> {
        let path = data.join(SOCKET);
        match UnixStream::connect(&path).await {
            Ok(stream) => Ok(Some(Self { stream, path })),
            // The second is a file that a killed server left behind.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::NotFound | ErrorKind::ConnectionRefused
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(error)
                .with_context(|| format!("the server's socket {} can't be opened", path.display())),
        }
    }

    /// Has the server do it.
    pub async fn send(self, request: &AdminRequest) -> anyhow::Result<Value> {
        let where_to = format!("the server behind {}", self.path.display());
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(self.stream)).await?;
        tokio::spawn(connection);
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("/admin/{}", request.name()))
            .header(header::HOST, "trackway")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(serde_json::to_vec(request)?)))?;
        let response = sender
            .send_request(request)
            .await
            .with_context(|| format!("{where_to} broke off: what it did is not known"))?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        let value: Value = serde_json::from_slice(&body)
            .with_context(|| format!("{where_to} answered {status} and no JSON"))?;
        match status {
            StatusCode::OK => Ok(value),
            _ => bail!(
                "{}",
                value["error"]
                    .as_str()
                    .unwrap_or("the server gave no reason")
            ),
        }
    }
}
