//! The page of a refusal: no handler ran, or none came to an end, so nothing is known of the reader.
//! It says the same in every language.

use super::headers;
use super::language::Language;
use super::words::{Key, Words};
use askama::Template;
use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};

#[derive(Template)]
#[template(path = "refused.html", whitespace = "minimize")]
struct RefusedPage {
    words: &'static Words,
    all: Vec<&'static Words>,
}

/// The page that is shown instead of another one.
pub fn refused(status: StatusCode) -> Response {
    let page = RefusedPage {
        words: Words::of(Language::English),
        all: Words::all().collect(),
    };
    // Without its page a refusal is still one.
    let body = page.render().unwrap_or_default();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    headers::put_on(response.headers_mut());
    let never = HeaderValue::from_static("no-store");
    response.headers_mut().insert(header::CACHE_CONTROL, never);
    response
}
