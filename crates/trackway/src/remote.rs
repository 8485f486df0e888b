//! The door of a server that holds the data folder: HTTP on `DIR/trackway.sock`.

use anyhow::{Context, bail};
use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use tokio::net::UnixStream;
use trackway_web::admin::AdminRequest;

/// Name of the socket within the data folder.
pub const SOCKET: &str = "trackway.sock";

/// A server that answered on its socket. One connection for as many requests as a command has.
#[derive(Debug)]
pub struct Remote {
    sender: SendRequest<Full<Bytes>>,
    path: PathBuf,
}

impl Remote {
    /// The server on this data folder; None where none runs.
    pub async fn find(data: &Path) -> anyhow::Result<Option<Self>> {
        let path = data.join(SOCKET);
        let sender = connect(&path).await?;
        Ok(sender.map(|sender| Self { sender, path }))
    }

    /// Has the server do it.
    pub async fn send(&mut self, request: &AdminRequest) -> anyhow::Result<Value> {
        let where_to = format!("the server behind {}", self.path.display());
        let broke_off = || format!("{where_to} broke off: what it did is not known");
        let request = Request::builder()
            .method(Method::POST)
            .uri("/admin")
            .header(header::HOST, "trackway")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(serde_json::to_vec(request)?)))?;
        if self.sender.ready().await.is_err() {
            // Nothing was sent yet: the server ended a connection that was idle for long.
            self.sender = connect(&self.path).await?.with_context(broke_off)?;
        }
        let response = self.sender.send_request(request).await;
        let response = response.with_context(broke_off)?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        let value: Value = serde_json::from_slice(&body).with_context(|| {
            format!("{where_to} answered {status} and no JSON: is it of another release?")
        })?;
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

/// None where nobody listens.
async fn connect(path: &Path) -> anyhow::Result<Option<SendRequest<Full<Bytes>>>> {
    let stream = match UnixStream::connect(path).await {
        Ok(stream) => stream,
        // The second is a file that a killed server left behind, the third one that is just dying.
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::NotFound | ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset
            ) =>
        {
            return Ok(None);
        }
        Err(error) => {
            return Err(error).with_context(|| {
                format!("the server's socket {} can't be opened", path.display())
            });
        }
    };
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(Some(sender))
}
