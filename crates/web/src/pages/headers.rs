//! How a page travels: what a browser may do with it, who may keep it, and when it is the same.

use super::language::Language;
use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

/// On every page. Nothing is loaded from elsewhere, no other site learns the address, nobody frames
/// the page, no search engine lists it, and only the reader's own browser keeps it, asking each time
/// whether it is still the same.
const ON_EVERY_PAGE: [(HeaderName, &str); 8] = [
    (header::CONTENT_TYPE, "text/html; charset=utf-8"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'",
    ),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (
        HeaderName::from_static("x-robots-tag"),
        "noindex, nofollow, noarchive",
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (header::CACHE_CONTROL, "private, no-cache"),
    (header::VARY, "accept-language"),
];

/// What a page with a form may do besides: send it back to us.
const WITH_FORM: &str = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";

/// Lets a page send its form, which goes to us alone.
pub fn allow_form(headers: &mut HeaderMap) {
    let policy = HeaderValue::from_static(WITH_FORM);
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
}

/// A page in a language; 304 where the reader has the very same one.
pub fn html(status: StatusCode, language: Language, body: String, asked: &HeaderMap) -> Response {
    let hash = blake3::hash(body.as_bytes()).to_hex();
    let tag = format!("\"{}\"", &hash[..32]);
    let is_held = status == StatusCode::OK && holds(asked, &tag);
    let mut response = if is_held {
        Response::new(Body::empty())
    } else {
        Response::new(Body::from(body))
    };
    *response.status_mut() = if is_held {
        StatusCode::NOT_MODIFIED
    } else {
        status
    };
    let headers = response.headers_mut();
    put_on(headers);
    let tongue = HeaderValue::from_static(language.tag());
    headers.insert(header::CONTENT_LANGUAGE, tongue);
    if status == StatusCode::OK {
        let tag = HeaderValue::try_from(tag).expect("hex digits are a header's value");
        headers.insert(header::ETAG, tag);
    }
    response
}

/// The headers of every page.
pub fn put_on(headers: &mut HeaderMap) {
    for (name, value) in &ON_EVERY_PAGE {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// Whether the request says that the reader has this version.
fn holds(asked: &HeaderMap, tag: &str) -> bool {
    asked
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|held| held.trim().trim_start_matches("W/") == tag)
}
