//! The door of a server that holds the data folder: HTTP on `DIR/trackway.sock`.

use anyhow::{Context, bail};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use tokio::net::UnixStream;
use trackway_hub::Headway;
use trackway_web::admin::{AdminRequest, LINES, Line};

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
        let response = self.call(request, "application/json").await?;
        self.answer(response).await
    }

    /// The same for long work; tells how far the server is.
    pub async fn follow(
        &mut self,
        request: &AdminRequest,
        headway: &Headway,
    ) -> anyhow::Result<Value> {
        let response = self.call(request, LINES).await?;
        let told = response.headers().get(header::CONTENT_TYPE);
        if told.is_none_or(|told| told != LINES) {
            return self.answer(response).await;
        }
        let broke_off = || self.broke_off();
        let mut body = response.into_body();
        let mut unread = Vec::new();
        while let Some(frame) = body.frame().await {
            unread.extend_from_slice(
                &frame
                    .with_context(broke_off)?
                    .into_data()
                    .unwrap_or_default(),
            );
            while let Some(end) = unread.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = unread.drain(..=end).collect();
                match serde_json::from_slice(&line).with_context(|| self.odd())? {
                    Line::Headway { done, all } => {
                        headway.set(done);
                        headway.expect(all.unwrap_or(0));
                    }
                    Line::Value(value) => return Ok(value),
                    Line::Error(why) => bail!("{why}"),
                }
            }
        }
        bail!("{}", broke_off())
    }

    fn broke_off(&self) -> String {
        let path = self.path.display();
        format!("the server behind {path} broke off: what it did is not known")
    }

    fn odd(&self) -> String {
        let path = self.path.display();
        format!("what the server behind {path} answered can't be read: is it of another release?")
    }

    async fn call(
        &mut self,
        request: &AdminRequest,
        accept: &'static str,
    ) -> anyhow::Result<Response<Incoming>> {
        let request = Request::builder()
            .method(Method::POST)
            .uri("/admin")
            .header(header::HOST, "trackway")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, accept)
            .body(Full::new(Bytes::from(serde_json::to_vec(request)?)))?;
        if self.sender.ready().await.is_err() {
            // Nothing was sent yet: the server ended a connection that was idle for long.
            let anew = connect(&self.path).await?;
            self.sender = anew.with_context(|| self.broke_off())?;
        }
        let response = self.sender.send_request(request).await;
        response.with_context(|| self.broke_off())
    }

    async fn answer(&self, response: Response<Incoming>) -> anyhow::Result<Value> {
        let status = response.status();
        let body = response.into_body().collect().await;
        let body = body.with_context(|| self.broke_off())?.to_bytes();
        let value: Value = serde_json::from_slice(&body).with_context(|| self.odd())?;
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
