//! Answers as JSON.

use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use trackway_dialects::http::json;

/// The bytes of an answer.
pub fn bytes(answer: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(answer).expect("strings and numbers are always JSON")
}

pub fn told(status: StatusCode, answer: &impl Serialize) -> Response {
    json(status, bytes(answer))
}

pub fn ok(answer: &impl Serialize) -> Response {
    told(StatusCode::OK, answer)
}

/// An answer to what was made.
pub fn created(answer: &impl Serialize) -> Response {
    told(StatusCode::CREATED, answer)
}

/// An answer to what will be done.
pub fn accepted(answer: &impl Serialize) -> Response {
    told(StatusCode::ACCEPTED, answer)
}

/// A page of a list; `Link` names what to ask the path for the next one.
pub fn page(answer: &impl Serialize, path: &str, next: Option<&impl Serialize>) -> Response {
    let mut response = ok(answer);
    if let Some(next) = next {
        let query = serde_urlencoded::to_string(next).expect("strings are always a query");
        let link = HeaderValue::try_from(format!("<{path}?{query}>; rel=\"next\""))
            .expect("a query is visible ASCII");
        response.headers_mut().insert(header::LINK, link);
    }
    response
}
