//! Signing in and out. The key is sent once, over a form; from then on a cookie stands for it that only
//! these pages are sent, no script can read and no other site makes a browser send.

use super::{Console, Frame, ROOT, Trouble, page};
use askama::Template;
use axum::body::Bytes;
use axum::extract::{FromRequestParts, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;
use trackway_dialects::native::Problem;
use trackway_hub::consoles::LASTS;

const COOKIE: &str = "trackway_console";

/// Somebody who signed in.
#[derive(Clone, Debug)]
pub struct Session(SecretString);

impl Session {
    pub const fn key(&self) -> &SecretString {
        &self.0
    }
}

impl FromRequestParts<Console> for Session {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Response> {
        // What changes something is sent from a page of ours.
        if !parts.method.is_safe() && !is_ours(&parts.headers) {
            let detail = "This form was sent from another site.";
            return Err(Trouble::from(Problem::new(StatusCode::FORBIDDEN, detail)).into_response());
        }
        cookie(&parts.headers)
            .and_then(|token| console.hub.console_key(token))
            .map(Self)
            .ok_or_else(|| Trouble::SignedOut.into_response())
    }
}

/// Whether a browser sent this from a page of the same host: what it says of the site counts, else the
/// origin. One that tells of neither sends no cookie across sites, as it was asked (`SameSite=Strict`).
fn is_ours(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text(HeaderName::from_static("sec-fetch-site")) {
        return site == "same-origin";
    }
    let Some(origin) = text(header::ORIGIN) else {
        return true;
    };
    let host = origin.split_once("://").map(|(_, host)| host);
    host.is_some() && host == text(header::HOST)
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == COOKIE).then_some(value))
}

#[derive(Template)]
#[template(path = "console/sign_in.html", whitespace = "minimize")]
struct SignInPage {
    frame: Frame,
    refused: bool,
}

impl SignInPage {
    fn new(refused: bool) -> Self {
        Self {
            frame: Frame::new("", "Sign in"),
            refused,
        }
    }
}

pub async fn ask(asked: HeaderMap) -> Response {
    page(StatusCode::OK, &SignInPage::new(false), &asked)
}

/// What the form holds.
#[derive(Deserialize)]
struct Given {
    key: String,
}

/// Opens a session for a key that is in force.
pub async fn open(State(console): State<Console>, asked: HeaderMap, body: Bytes) -> Response {
    let refused = || page(StatusCode::FORBIDDEN, &SignInPage::new(true), &asked);
    let given: Option<Given> = serde_urlencoded::from_bytes(&body).ok();
    let Some(given) = given.filter(|_| is_ours(&asked)) else {
        return refused();
    };
    let key: SecretString = given.key.trim().into();
    let Some(token) = console.hub.open_console(&key) else {
        return refused();
    };
    // A key that may read nothing opens the door all the same, and is told so by each page.
    let session = Session(key);
    let proved = console.get::<Value>(&session, "/v1/shipments?limit=1");
    match proved.await {
        Ok(_) => signed_in(&console, &token),
        Err(Trouble::Refused { status, .. }) if status == StatusCode::FORBIDDEN => {
            signed_in(&console, &token)
        }
        Err(Trouble::SignedOut) => refused(),
        Err(other) => other.into_response(),
    }
}

fn signed_in(console: &Console, token: &str) -> Response {
    let public = console.hub.public_url();
    let secure = if public.is_some_and(|url| url.starts_with("https:")) {
        "; Secure"
    } else {
        ""
    };
    with_cookie(&format!(
        "{COOKIE}={token}; Path={ROOT}; Max-Age={LASTS}; HttpOnly; SameSite=Strict{secure}"
    ))
}

/// Forgets the session.
pub async fn close() -> Response {
    with_cookie(&format!(
        "{COOKIE}=; Path={ROOT}; Max-Age=0; HttpOnly; SameSite=Strict"
    ))
}

fn with_cookie(cookie: &str) -> Response {
    let mut response = Redirect::to(ROOT).into_response();
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs
            .iter()
            .map(|(name, value)| ((*name).parse().unwrap(), HeaderValue::from_static(value)));
        pairs.collect()
    }

    #[test]
    fn a_form_is_ours_when_it_comes_from_our_host() {
        for (sent, is_own) in [
            (&[][..], true),
            (&[("host", "h:1"), ("origin", "http://h:1")], true),
            (&[("host", "h:1"), ("origin", "https://h:1")], true),
            (&[("host", "h:1"), ("origin", "http://h:2")], false),
            (&[("host", "h:1"), ("origin", "null")], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "same-origin")], true),
            (
                &[("sec-fetch-site", "same-origin"), ("origin", "null")],
                true,
            ),
            (&[("sec-fetch-site", "none"), ("host", "h:1")], false),
        ] {
            assert_eq!(is_ours(&headers(sent)), is_own, "{sent:?}");
        }
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let sent = headers(&[("cookie", "a=1; trackway_console=TOKEN; b=2")]);
        assert_eq!(cookie(&sent), Some("TOKEN"));
        assert_eq!(cookie(&headers(&[("cookie", "a=1")])), None);
    }
}
