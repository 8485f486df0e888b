//! The feed as a stream of server-sent events.
//!
//! Guarantee: every event's id is the cursor behind it, so that a reader who comes again with
//! `Last-Event-ID` has every change exactly once. The stream ends when the reader goes, when the key
//! is no longer in force (looked at with every heartbeat), and when the server is to end. A reader
//! who reads slowly is waited for: nothing is read ahead of what it took but one page.

use super::feed::{Change, cursor_text, words_of};
use super::listeners::Seat;
use super::{Api, Caller, Problem, Scope, authenticate};
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures::stream;
use http::{HeaderMap, HeaderValue, header};
use std::convert::Infallible;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};
use trackway_hub::following::{FeedPage, move_on};
use trackway_model::change::FeedPosition;

/// Changes that are written in one go.
const PAGE: usize = 200;
/// What a reader is told to wait before it comes again, in milliseconds.
const RETRY_MS: u32 = 2_000;

struct Reader {
    api: Api,
    caller: Caller,
    headers: HeaderMap,
    cursor: Vec<FeedPosition>,
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
    cursor: Vec<FeedPosition>,
    words: bool,
    seat: Seat,
) -> Response {
    let reader = Reader {
        bell: api.hub.feed_bell(),
        beat: Instant::now() + api.limits.heartbeat,
        api,
        caller,
        headers,
        cursor,
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
            let told = match self.page().await {
                Ok((page, told)) => {
                    self.cursor = page.cursor;
                    told.map_or(
                        if page.more {
                            Told::Passed
                        } else {
                            Told::Nothing
                        },
                        Told::All,
                    )
                }
                // The reader comes again, and is told then what is wrong.
                Err(_) => return None,
            };
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

    /// The next page, and its bytes where it holds a change.
    async fn page(&mut self) -> Result<(FeedPage, Option<Vec<u8>>), Problem> {
        let account = self.caller.account;
        let page = self.api.hub.follow(account, &self.cursor, PAGE).await;
        let page = page.map_err(super::failures::failed)?;
        if page.changes.is_empty() {
            return Ok((page, None));
        }
        let words = words_of(&self.api.hub, &page, self.words).await?;
        let mut out = Vec::with_capacity(page.changes.len() * 512);
        let mut cursor = self.cursor.clone();
        for (at, followed) in page.changes.iter().enumerate() {
            move_on(&mut cursor, followed.position);
            let words = words.as_ref().map(|words| words[at].as_slice());
            out.extend_from_slice(b"event: change\nid: ");
            out.extend_from_slice(cursor_text(&cursor).as_bytes());
            out.extend_from_slice(b"\ndata: ");
            serde_json::to_writer(&mut out, &Change::of(followed, words))
                .expect("strings and numbers are always JSON");
            out.extend_from_slice(b"\n\n");
        }
        Ok((page, Some(out)))
    }

    /// A sign of life that moves the reader's cursor on.
    fn heartbeat(&self, line: &str) -> Vec<u8> {
        format!("{line}id: {}\n\n", cursor_text(&self.cursor)).into_bytes()
    }
}

/// What a look at the feed brought.
enum Told {
    All(Vec<u8>),
    /// Others' changes only, and there may be more.
    Passed,
    Nothing,
}
