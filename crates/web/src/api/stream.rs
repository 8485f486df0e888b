//! The feed as a stream of server-sent events.
//!
//! Guarantee: every event's id is the cursor behind it, so that a reader who comes again with
//! `Last-Event-ID` has every change exactly once. The stream ends when the reader goes, when the key
//! is no longer in force (looked at with every heartbeat), and when the server is to end. A reader
//! who reads slowly is waited for: nothing is read ahead of what it took but one page.

use super::change::{Change, words_of};
use super::listeners::Seat;
use super::window::Place;
use super::{Api, Caller, Problem, Scope, authenticate};
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures::stream;
use http::{HeaderMap, HeaderValue, header};
use std::convert::Infallible;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

/// Changes that are written in one go.
const PAGE: usize = 200;
/// What a reader is told to wait before it comes again, in milliseconds.
const RETRY_MS: u32 = 2_000;

struct Reader {
    api: Api,
    caller: Caller,
    headers: HeaderMap,
    place: Place,
    words: bool,
    bell: watch::Receiver<u64>,
    /// When to be heard again.
    beat: Instant,
    greeted: bool,
    _seat: Seat,
}

/// Begins a stream after a cursor.
pub fn open(
    api: Api,
    caller: Caller,
    headers: HeaderMap,
    place: Place,
    words: bool,
    seat: Seat,
) -> Response {
    let reader = Reader {
        bell: api.hub.feed_bell(),
        beat: Instant::now() + api.limits.heartbeat,
        api,
        caller,
        headers,
        place,
        words,
        greeted: false,
        _seat: seat,
    };
    let pieces = stream::unfold(reader, |mut reader| async move {
        let piece = reader.next().await?;
        Some((Ok::<_, Infallible>(Bytes::from(piece)), reader))
    });
    let mut response = Response::new(Body::from_stream(pieces));
    let headers = response.headers_mut();
    let value = HeaderValue::from_static;
    headers.insert(header::CONTENT_TYPE, value("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, value("no-store"));
    // Some proxies hold back what they think is a page.
    headers.insert("x-accel-buffering", value("no"));
    response
}

impl Reader {
    /// The next bytes; None at the end.
    async fn next(&mut self) -> Option<Vec<u8>> {
        if !std::mem::replace(&mut self.greeted, true) {
            return Some(self.heartbeat(&format!("retry: {RETRY_MS}\n")));
        }
        loop {
            if self.api.closing.is_cancelled() {
                return None;
            }
            // An error: the reader comes again, and is told then what is wrong.
            let told = self.page().await.ok()?;
            match told {
                Told::All(bytes) => {
                    self.beat = Instant::now() + self.api.limits.heartbeat;
                    return Some(bytes);
                }
                Told::Passed => {}
                Told::Nothing => self.rest().await,
            }
            if Instant::now() >= self.beat {
                authenticate(&*self.api.hub, &self.headers, Scope::Read)
                    .await
                    .ok()?;
                self.beat = Instant::now() + self.api.limits.heartbeat;
                return Some(self.heartbeat(": still here\n"));
            }
        }
    }

    /// Waits until there may be more.
    async fn rest(&mut self) {
        let look = (Instant::now() + self.api.hub.look_every()).min(self.beat);
        tokio::select! {
            () = self.api.closing.cancelled() => {}
            // An error: the store is closed, which the next read tells.
            _ = timeout_at(look, self.bell.changed()) => {}
        }
        self.bell.borrow_and_update();
    }

    /// What the next page tells; the reader's place is behind it then.
    async fn page(&mut self) -> Result<Told, Problem> {
        let account = self.caller.account;
        let positions = self.place.positions();
        let page = self.api.hub.follow(account, &positions, PAGE).await;
        let page = page.map_err(super::failures::failed)?;
        if page.changes.is_empty() {
            self.place.pass(&page.cursor);
            return Ok(if page.more {
                Told::Passed
            } else {
                Told::Nothing
            });
        }
        let words = words_of(&self.api.hub, &page, self.words).await?;
        let mut out = Vec::with_capacity(page.changes.len() * 768);
        for (at, followed) in page.changes.iter().enumerate() {
            let words = words.as_ref().map(|words| words[at].as_slice());
            let change = Change::taken(followed, words, &mut self.place);
            out.extend_from_slice(b"event: change\nid: ");
            out.extend_from_slice(self.place.cursor().as_bytes());
            out.extend_from_slice(b"\ndata: ");
            serde_json::to_writer(&mut out, &change.in_window(self.place.window()))
                .expect("strings and numbers are always JSON");
            out.extend_from_slice(b"\n\n");
        }
        self.place.pass(&page.cursor);
        Ok(Told::All(out))
    }

    /// A sign of life that moves the reader's cursor on.
    fn heartbeat(&self, line: &str) -> Vec<u8> {
        format!("{line}id: {}\n\n", self.place.cursor()).into_bytes()
    }
}

/// What a look at the feed brought.
enum Told {
    All(Vec<u8>),
    /// Others' changes only, and there may be more.
    Passed,
    Nothing,
}
