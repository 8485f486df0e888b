//! What the operator may ask of a data folder: one list of requests, executed by the process that
//! holds the folder, and the door through which other processes ask it.
//!
//! Contract: requests come from whoever may open the data folder, so they are not authenticated
//! again; the door is never served on TCP. `POST /admin/{command}` takes the request's members as a
//! JSON object and answers 200 with a JSON value, or another status with `{"error": "…"}`.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::response::Response;
use axum::routing::post;
use bytes::Bytes;
use futures::future::BoxFuture;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use trackway_dialects::http as answers;

/// Code tables are the largest thing that an operator sends.
const LARGEST: usize = 16 << 20;

/// One request of the operator.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case")]
pub enum AdminRequest {
    KeyCreate {
        account: String,
        dialect: String,
        name: String,
    },
    Connect {
        account: String,
        dialect: String,
        name: Option<String>,
        base_url: String,
        zone: Option<String>,
        settings: BTreeMap<String, String>,
    },
    EndpointAdd {
        account: String,
        dialect: String,
        url: String,
        settings: BTreeMap<String, String>,
    },
    Track {
        account: String,
        dialect: String,
        carrier: Option<String>,
        numbers: Vec<String>,
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
    Replay {
        dialect: String,
        /// The text of the `codes.csv`.
        codes: String,
        dry_run: bool,
    },
    Erase {
        account: String,
        carrier: Option<String>,
        number: String,
    },
    Doctor {
        verify: bool,
    },
}

impl AdminRequest {
    /// Its name in the path.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::KeyCreate { .. } => "key-create",
            Self::Connect { .. } => "connect",
            Self::EndpointAdd { .. } => "endpoint-add",
            Self::Track { .. } => "track",
            Self::Show { .. } => "show",
            Self::Explain { .. } => "explain",
            Self::Replay { .. } => "replay",
            Self::Erase { .. } => "erase",
            Self::Doctor { .. } => "doctor",
        }
    }
}

/// What executes requests.
pub type Execute =
    Arc<dyn Fn(AdminRequest) -> BoxFuture<'static, Result<Value, String>> + Send + Sync>;

/// The operator's door.
pub fn router(execute: Execute) -> Router {
    Router::new()
        .route("/admin/{command}", post(handle))
        .layer(DefaultBodyLimit::max(LARGEST))
        .with_state(execute)
}

async fn handle(
    Path(command): Path<String>,
    State(execute): State<Execute>,
    body: Bytes,
) -> Response {
    let request = match read(command, &body) {
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

/// The path names the command; what the body says of it has no weight.
fn read(command: String, body: &[u8]) -> Result<AdminRequest, String> {
    let wrong = |error: serde_json::Error| {
        format!("the request can't be read ({error}): is the server of another release?")
    };
    let mut members: serde_json::Map<String, Value> =
        serde_json::from_slice(body).map_err(wrong)?;
    members.insert("command".to_owned(), command.into());
    serde_json::from_value(Value::Object(members)).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_as_it_was_sent_under_its_name() {
        let request = AdminRequest::Doctor { verify: true };
        let sent = serde_json::to_vec(&request).unwrap();
        let read_again = read(request.name().to_owned(), &sent).unwrap();
        assert!(matches!(read_again, AdminRequest::Doctor { verify: true }));
        assert!(read("nonsense".to_owned(), &sent).is_err());
        assert!(read("doctor".to_owned(), b"[]").is_err());
    }
}
