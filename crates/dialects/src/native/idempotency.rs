//! `Idempotency-Key`: a call that is sent again is answered as the first time.
//!
//! The answer is kept under the key after the work was committed. While a request with a key is at
//! work, another with the same key on this node is told to wait (409). What is done under a key must
//! be harmless to repeat all the same: a crash, or another node, may do it twice.

use super::Problem;
use super::problem::problem_json;
use crate::desk::{Desk, Principal};
use crate::http::json;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use parking_lot::Mutex;
use std::collections::HashSet;
use std::sync::Arc;
use trackway_model::AccountId;

/// The longest key.
const LONGEST: usize = 255;

/// A status and a body.
pub type Answer = (StatusCode, Vec<u8>);

/// The keys of the requests at work here.
#[derive(Clone, Debug, Default)]
pub struct InFlight(Arc<Mutex<HashSet<(AccountId, String)>>>);

/// A key that is held until this is dropped, also where the request is cut off.
struct Held {
    keys: InFlight,
    entry: (AccountId, String),
}

impl InFlight {
    fn hold(&self, account: AccountId, key: &str) -> Option<Held> {
        let entry = (account, key.to_owned());
        self.0.lock().insert(entry.clone()).then(|| Held {
            keys: self.clone(),
            entry,
        })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.keys.0.lock().remove(&self.entry);
    }
}

/// A request that may carry a key.
#[derive(Clone, Copy, Debug)]
pub struct Keyed<'a> {
    pub principal: &'a Principal,
    pub headers: &'a HeaderMap,
    /// The call: one key used for two calls is an error.
    pub call: &'static str,
    pub body: &'a [u8],
}

/// Does the work, or answers as before where the key was used for this call and body.
pub async fn once<D: Desk, F>(
    desk: &D,
    in_flight: &InFlight,
    request: Keyed<'_>,
    work: F,
) -> Result<Response, Problem>
where
    F: Future<Output = Result<Answer, Problem>>,
{
    let Some(key) = key_of(request.headers)? else {
        return work.await.map(respond);
    };
    let principal = request.principal;
    let _held = in_flight
        .hold(principal.account, &key)
        .ok_or_else(at_work)?;
    let mut hasher = blake3::Hasher::new();
    hasher
        .update(request.call.as_bytes())
        .update(&[0])
        .update(request.body);
    let fingerprint = *hasher.finalize().as_bytes();
    if let Some((known, status, answer)) = desk.remembered(principal, &key).await? {
        if known != fingerprint {
            let detail = "This Idempotency-Key was used for another call: take a new one.";
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail));
        }
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        return Ok(respond((status, answer)));
    }
    let (status, answer) = match work.await {
        Ok(answer) => answer,
        // Ours to mend: the same call may well succeed next time.
        Err(problem) if problem.status >= 500 => return Err(problem),
        Err(problem) => (problem.status(), problem.body()),
    };
    desk.remember(
        principal,
        &key,
        fingerprint,
        status.as_u16(),
        answer.clone(),
    )
    .await?;
    Ok(respond((status, answer)))
}

fn respond((status, body): Answer) -> Response {
    if status.is_success() {
        json(status, body)
    } else {
        problem_json(status.as_u16(), body)
    }
}

fn at_work() -> Problem {
    let detail = "A request with this Idempotency-Key is still at work: come again for its answer.";
    Problem::new(StatusCode::CONFLICT, detail)
        .with_header(header::RETRY_AFTER, HeaderValue::from_static("1"))
}

/// The key as a structured field's string, or bare.
fn key_of(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default().trim();
    let key = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(text);
    if key.is_empty() || key.len() > LONGEST {
        let detail = "Idempotency-Key must have 1 to 255 printable ASCII characters.";
        return Err(Problem::new(StatusCode::BAD_REQUEST, detail));
    }
    Ok(Some(key.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_held_once_and_given_back() {
        let keys = InFlight::default();
        let held = keys.hold(AccountId(1), "a");
        assert!(held.is_some());
        assert!(keys.hold(AccountId(1), "a").is_none());
        assert!(keys.hold(AccountId(2), "a").is_some(), "another account's");
        assert!(keys.hold(AccountId(1), "b").is_some());
        drop(held);
        assert!(keys.hold(AccountId(1), "a").is_some());
    }
}
