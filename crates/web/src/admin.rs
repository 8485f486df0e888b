//! What the operator may ask of a data folder: one list of requests, executed by the process that
//! holds the folder, and the door through which other processes ask it.
//!
//! Contract: requests come from whoever may open the data folder, so they are not authenticated
//! again; the door is never served on TCP. `POST /admin` takes a request as a JSON object that names
//! its `command` and answers 200 with a JSON value, or another status with `{"error": "…"}`. Who
//! accepts `application/x-ndjson` is answered with 200 and lines of JSON at once: `{"headway": {"done",
//! "all"}}` while the work goes on, then `{"value": …}` or `{"error": "…"}` as the last one.
//!
//! What may be long is asked for in pages, so that nothing here grows with the data: a page says
//! where the next begins.

mod trade;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::{self, Stream};
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use trackway_dialects::dialect::pulls::Wanted;
use trackway_dialects::http as answers;
use trackway_hub::Headway;
pub use trade::{TakenIn, Traded};

/// Code tables and pages of an import are the largest things that an operator sends.
const LARGEST: usize = 32 << 20;

/// One request of the operator.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case")]
pub enum AdminRequest {
    AccountCreate {
        name: String,
    },
    AccountList,
    KeyCreate(NewKey),
    KeyList {
        account: String,
    },
    KeyDisable {
        account: String,
        id: i64,
    },
    KeyExpire {
        account: String,
        id: i64,
        after_s: u64,
    },
    Connect {
        account: String,
        dialect: String,
        name: Option<String>,
        base_url: String,
        zone: Option<String>,
        settings: BTreeMap<String, String>,
    },
    ConnectionList {
        account: String,
    },
    ConnectionTest {
        account: String,
        name: String,
    },
    ConnectionPause {
        account: String,
        name: String,
        paused: bool,
    },
    /// What its upstream has becomes the account's, as far as so many calls go.
    ConnectionPull {
        account: String,
        name: String,
        wanted: Wanted,
        dry_run: bool,
        calls: u64,
    },
    EndpointAdd {
        account: String,
        dialect: String,
        url: String,
        settings: BTreeMap<String, String>,
    },
    EndpointList {
        account: String,
    },
    EndpointPause {
        account: String,
        id: i64,
        paused: bool,
    },
    EndpointRemove {
        account: String,
        id: i64,
    },
    /// What is not named stays; settings are all of them anew.
    EndpointSet {
        account: String,
        id: i64,
        url: Option<String>,
        paused: Option<bool>,
        settings: Option<BTreeMap<String, String>>,
    },
    EndpointShow {
        account: String,
        id: i64,
    },
    EndpointRotate {
        account: String,
        id: i64,
        overlap_s: u64,
    },
    EndpointTest {
        account: String,
        id: i64,
    },
    EndpointReplay(EndpointReplay),
    /// One delivery, by the id that lists tell.
    EndpointResend {
        account: String,
        delivery: String,
    },
    Track {
        account: String,
        dialect: String,
        numbers: Vec<NumberToTrack>,
    },
    Show {
        account: String,
        carrier: Option<String>,
        number: String,
    },
    Explain {
        account: String,
        carrier: Option<String>,
        number: String,
    },
    List(Listing),
    /// What was put aside, of all connections or of one by its name.
    QuarantineList {
        account: String,
        connection: Option<String>,
    },
    QuarantineShow {
        account: String,
        id: i64,
    },
    /// All of the account's where none is named.
    QuarantineRetry {
        account: String,
        ids: Vec<i64>,
    },
    QuarantineDrop {
        account: String,
        id: i64,
    },
    Drift {
        account: String,
        connection: Option<String>,
    },
    /// The whole installation where no account is named.
    Status {
        account: Option<String>,
    },
    /// Ask about a number now.
    Refresh {
        account: String,
        carrier: Option<String>,
        number: String,
    },
    AskCarriers {
        account: String,
        number: String,
    },
    Erase {
        account: String,
        carrier: Option<String>,
        number: String,
    },
    /// A link to a parcel's page.
    Link {
        account: String,
        carrier: Option<String>,
        number: String,
        days: u16,
    },
    /// Somebody to be told of a parcel by e-mail.
    NoticeAdd {
        account: String,
        carrier: Option<String>,
        number: String,
        address: String,
        language: Option<String>,
        stages: Option<Vec<String>>,
    },
    NoticeList {
        account: String,
        carrier: Option<String>,
        number: String,
    },
    NoticeRemove {
        account: String,
        carrier: Option<String>,
        number: String,
        address: String,
    },
    /// Of what people are told where nobody says; changes it where something is named.
    NoticePolicy {
        account: String,
        language: Option<String>,
        stages: Option<Vec<String>>,
    },
    Feed {
        account: String,
        after: String,
        limit: usize,
        /// How long to wait for a change where there is none.
        wait_ms: u64,
    },
    /// Hashes of the feed's changes after a cursor of the answer before, or since a position.
    FeedProof {
        account: String,
        after: Option<String>,
        since: Option<String>,
    },
    Replay {
        dialect: String,
        /// The text of the `codes.csv`.
        codes: String,
        dry_run: bool,
    },
    /// Lines of an export: the connections first, then the shipments after `after`.
    Export {
        account: Option<String>,
        after: Option<i64>,
        limit: usize,
    },
    /// Lines that an export wrote.
    Import {
        lines: Vec<Value>,
    },
    /// Something about an account's orders, or what they are made of.
    Trade {
        account: String,
        asked: Traded,
    },
    /// A copy of everything at a path of this machine.
    Backup {
        to: PathBuf,
    },
    Counts,
    Doctor {
        verify: bool,
    },
}

/// A key to be made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewKey {
    pub account: String,
    pub dialect: String,
    pub name: String,
    pub test: bool,
    pub scopes: Vec<String>,
    pub expires_after_s: Option<u64>,
}

/// Messages to be sent to an endpoint again.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct EndpointReplay {
    pub account: String,
    pub id: i64,
    /// RFC 3339, or an age such as `10d`.
    pub from: Option<String>,
    pub to: Option<String>,
    pub carrier: Option<String>,
    pub number: Option<String>,
    pub stage: Option<String>,
    /// Only what is parked.
    pub parked: bool,
    pub dry_run: bool,
    /// Where the request before ended.
    pub after: String,
}

/// A number to be followed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberToTrack {
    pub number: String,
    /// The only one that the system speaks for where none is named.
    pub carrier: Option<String>,
    /// Order numbers and the like, under which the shipment is found as well.
    pub references: Vec<String>,
}

/// Which shipments to list.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Listing {
    pub account: String,
    pub stage: Option<String>,
    pub carrier: Option<String>,
    /// How the number begins.
    pub number: Option<String>,
    /// How one of its references begins.
    pub reference: Option<String>,
    /// Those that moved so long ago or less.
    pub moved_within_s: Option<u64>,
    /// Those that have not moved for so long.
    pub still_for_s: Option<u64>,
    /// Only those that are registered, or only those that are not.
    #[serde(default)]
    pub registered: Option<bool>,
    /// Where the page before ended.
    pub after: Option<i64>,
    pub limit: usize,
}

/// What executes requests, telling how far long ones are.
pub type Execute =
    Arc<dyn Fn(AdminRequest, Headway) -> BoxFuture<'static, Result<Value, String>> + Send + Sync>;

/// The type of an answer in lines, and how often one tells how far the work is.
pub const LINES: &str = "application/x-ndjson";
const TOLD_EVERY: Duration = Duration::from_millis(250);

/// A line of such an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    Headway { done: u64, all: Option<u64> },
    Value(Value),
    Error(String),
}

/// The operator's door.
pub fn router(execute: Execute) -> Router {
    Router::new()
        .route("/admin", post(handle))
        .layer(DefaultBodyLimit::max(LARGEST))
        .with_state(execute)
}

async fn handle(State(execute): State<Execute>, headers: HeaderMap, body: Bytes) -> Response {
    let request = match read(&body) {
        Ok(request) => request,
        Err(wrong) => return say(StatusCode::BAD_REQUEST, &json!({ "error": wrong })),
    };
    let headway = Headway::default();
    let work = execute(request, headway.clone());
    if headers.get(ACCEPT).is_some_and(|types| types == LINES) {
        let lines = Body::from_stream(lines(work, headway));
        return ([(CONTENT_TYPE, LINES)], lines).into_response();
    }
    match work.await {
        Ok(value) => say(StatusCode::OK, &value),
        Err(why) => say(StatusCode::UNPROCESSABLE_ENTITY, &json!({ "error": why })),
    }
}

/// Does the work, and tells how far it is until it is done.
fn lines(
    work: BoxFuture<'static, Result<Value, String>>,
    headway: Headway,
) -> impl Stream<Item = Result<Bytes, Infallible>> {
    stream::unfold(Some(work), move |work| {
        let headway = headway.clone();
        async move {
            let mut work = work?;
            let (line, rest) = tokio::select! {
                biased;
                outcome = &mut work => (outcome.map_or_else(Line::Error, Line::Value), None),
                () = tokio::time::sleep(TOLD_EVERY) => {
                    let (done, all) = headway.look();
                    (Line::Headway { done, all }, Some(work))
                }
            };
            let mut text = json!(line).to_string();
            text.push('\n');
            Some((Ok(Bytes::from(text)), rest))
        }
    })
}

fn say(status: StatusCode, body: &Value) -> Response {
    answers::json(status, body.to_string())
}

fn read(body: &[u8]) -> Result<AdminRequest, String> {
    serde_json::from_slice(body).map_err(|error| {
        format!("the request can't be read ({error}): is the server of another release?")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::StreamExt;
    use tokio::sync::Notify;
    use tower::ServiceExt;

    #[test]
    fn a_request_is_read_as_it_was_sent() {
        let request = AdminRequest::Doctor { verify: true };
        let sent = serde_json::to_vec(&request).unwrap();
        assert!(matches!(
            read(&sent),
            Ok(AdminRequest::Doctor { verify: true })
        ));
        for wrong in [&br#"{"command":"nonsense"}"#[..], b"[]", b"{}", b"doctor"] {
            assert!(read(wrong).is_err());
        }
    }

    /// The lines of a door whose work goes on when its headway was seen.
    async fn told(outcome: Result<Value, String>) -> Vec<Line> {
        let seen = Arc::new(Notify::new());
        let goes_on = seen.clone();
        let execute: Execute = Arc::new(move |_, headway: Headway| {
            let (outcome, goes_on) = (outcome.clone(), goes_on.clone());
            Box::pin(async move {
                headway.expect(3);
                for _ in 0..2 {
                    headway.add(1);
                    goes_on.notified().await;
                }
                outcome
            })
        });
        let request = http::Request::post("/admin")
            .header(ACCEPT, LINES)
            .body(Body::from(json!(AdminRequest::Counts).to_string()))
            .unwrap();
        let response = router(execute).oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[CONTENT_TYPE], LINES);
        let mut lines: Vec<Line> = Vec::new();
        let mut body = response.into_body().into_data_stream();
        while let Some(text) = body.next().await {
            let line = serde_json::from_slice(&text.unwrap()).unwrap();
            if lines.last() != Some(&line) {
                lines.push(line);
                seen.notify_one();
            }
        }
        lines
    }

    #[tokio::test]
    async fn long_work_is_told_line_by_line() {
        let headway = [1, 2].map(|done| Line::Headway { done, all: Some(3) });
        for (outcome, last) in [
            (
                Ok(json!({ "tracks": 3 })),
                Line::Value(json!({ "tracks": 3 })),
            ),
            (Err("no room".to_owned()), Line::Error("no room".to_owned())),
        ] {
            let lines = told(outcome).await;
            assert_eq!(lines[..2], headway);
            assert_eq!(lines[2..], [last]);
        }
    }
}
