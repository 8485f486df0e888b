//! What the operator may ask of a data folder: one list of requests, executed by the process that
//! holds the folder, and the door through which other processes ask it.
//!
//! Contract: requests come from whoever may open the data folder, so they are not authenticated
//! again; the door is never served on TCP. `POST /admin` takes a request as a JSON object that names
//! its `command` and answers 200 with a JSON value, or another status with `{"error": "…"}`.
//!
//! What may be long is asked for in pages, so that nothing here grows with the data: a page says
//! where the next begins.

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::Response;
use axum::routing::post;
use bytes::Bytes;
use futures::future::BoxFuture;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use trackway_dialects::http as answers;

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
    Feed {
        account: String,
        after: String,
        limit: usize,
        /// How long to wait for a change where there is none.
        wait_ms: u64,
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
    /// Where the page before ended.
    pub after: Option<i64>,
    pub limit: usize,
}

/// What executes requests.
pub type Execute =
    Arc<dyn Fn(AdminRequest) -> BoxFuture<'static, Result<Value, String>> + Send + Sync>;

/// The operator's door.
pub fn router(execute: Execute) -> Router {
    Router::new()
        .route("/admin", post(handle))
        .layer(DefaultBodyLimit::max(LARGEST))
        .with_state(execute)
}

async fn handle(State(execute): State<Execute>, body: Bytes) -> Response {
    let request = match read(&body) {
        Ok(request) => request,
        Err(wrong) => return say(StatusCode::BAD_REQUEST, &json!({ "error": wrong })),
    };
    match execute(request).await {
        Ok(value) => say(StatusCode::OK, &value),
        Err(why) => say(StatusCode::UNPROCESSABLE_ENTITY, &json!({ "error": why })),
    }
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
}
