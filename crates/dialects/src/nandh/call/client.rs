//! Any row of the index asked of an N&H upstream, sans-IO: the client that everything in `call` goes
//! through.
//!
//! Contract: `ask` builds the request of a row of `routes`: its verb and path by that table, so that a path
//! that is put right there is right here; `Ask` says which record it is about, with what query, with
//! what query; a row that is no GET has an empty object as its body. The connection's key goes along.
//! `heard` reads the envelope of whatever came back: an error that it tells (§2) is a `CallError` by its
//! status, else `Heard` gives `data` as an object, or as the rows of a page with the `total` of all. What
//! is in a row is its reader's to say.

use crate::dialect::{Answer, CallError, Outgoing, Upstream};
use crate::http::percent_encoded;
use crate::nandh::routes::{Call, ROUTES, Route};
use crate::raw::{self, Object, Problem, Value};
use http::{HeaderValue, Method, header};
use std::borrow::Cow;

/// The raw key, as it stands in `Authorization`.
pub const KEY: &str = "key";

/// Rows of a page: the most that are given (§3).
pub const PAGE: u64 = 100;

/// What a call says, beside which it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask<'a> {
    id: &'a str,
    query: Vec<(&'static str, Cow<'a, str>)>,
}

impl<'a> Ask<'a> {
    /// About the record of this number or code.
    pub fn about(id: &'a str) -> Self {
        Self {
            id,
            ..Self::default()
        }
    }

    /// For a page of a list, from 1.
    pub fn page(number: u64) -> Self {
        Self::default().and_page(number)
    }

    #[must_use]
    pub fn and_page(self, number: u64) -> Self {
        self.with("page", number.to_string())
            .with("page_size", PAGE.to_string())
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Cow<'a, str>>) -> Self {
        self.query.push((name, value.into()));
        self
    }
}

/// The row of a call.
pub fn route(call: Call) -> &'static Route {
    let mut routes = ROUTES.iter();
    let found = routes.find(|route| route.call == call);
    found.expect("every call has a row: a test walks them")
}

/// The request that asks, in the name of the connection's key.
pub fn ask(upstream: &Upstream<'_>, call: Call, ask: &Ask<'_>) -> Result<Outgoing, CallError> {
    let key = upstream.settings.get(KEY).filter(|key| !key.is_empty());
    let key = key.ok_or(CallError::Unset(KEY))?;
    let mut credential = HeaderValue::from_str(key).map_err(|_| CallError::Refused {
        code: KEY.to_owned(),
        text: "the connection's key holds characters that no header may".to_owned(),
    })?;
    credential.set_sensitive(true);
    let route = route(call);
    let base = upstream.base_url.trim().trim_end_matches('/');
    let path = route
        .full()
        .replace("{id}", &percent_encoded(ask.id.trim()));
    let mut url = format!("{base}{path}");
    for (nth, (name, value)) in ask.query.iter().enumerate() {
        url.push(if nth == 0 { '?' } else { '&' });
        url.push_str(name);
        url.push('=');
        url.push_str(&percent_encoded(value.trim()));
    }
    let mut outgoing = Outgoing {
        method: route.method.clone(),
        redacted_url: url.clone(),
        url,
        headers: vec![
            (header::AUTHORIZATION, credential),
            (header::ACCEPT, HeaderValue::from_static("application/json")),
        ],
        body: Vec::new(),
    };
    if route.method != Method::GET {
        let json = HeaderValue::from_static("application/json");
        outgoing.headers.push((header::CONTENT_TYPE, json));
        outgoing.body = b"{}".to_vec();
    }
    Ok(outgoing)
}

/// An answer that tells no error.
#[derive(Clone, Debug)]
pub struct Heard<'a>(Object<'a>);

/// Reads what came back.
pub fn heard<'a>(answer: &Answer<'a>) -> Result<Heard<'a>, CallError> {
    let envelope = Object::parse(answer.body).map_err(|it| unreadable(answer, &it))?;
    refused(&envelope, answer.status)?;
    Ok(Heard(envelope))
}

impl<'a> Heard<'a> {
    /// `data`, where it is one thing.
    pub fn object(&self) -> Result<Object<'a>, CallError> {
        let data = self.0.inside("data");
        data.ok_or_else(|| shape("data", "it is no object"))
    }

    /// The rows of `data`, where it is a list.
    pub fn rows(&self) -> Result<Vec<Value<'a>>, CallError> {
        let rows = self.0.list("data");
        rows.ok_or_else(|| shape("data", "it is no list"))
    }

    /// How many rows there are in all, where it says so.
    pub fn total(&self) -> Option<u64> {
        raw::scalar(self.0.get("total")?)?.parse().ok()
    }
}

/// The status within an envelope.
fn told_status(envelope: &Object<'_>) -> Option<u16> {
    raw::scalar(envelope.get("status_code")?)?.parse().ok()
}

/// The status that counts: the one within the envelope where HTTP's is a good one.
pub fn status_of(answer: &Answer<'_>) -> u16 {
    let envelope = Object::parse(answer.body).ok();
    let told = envelope.as_ref().and_then(told_status);
    let told = told.filter(|_| (200..300).contains(&answer.status));
    told.unwrap_or(answer.status)
}

/// Fails where the envelope tells an error (§2): by the status in it, else by HTTP's.
fn refused(envelope: &Object<'_>, http: u16) -> Result<(), CallError> {
    let said = |name| envelope.get(name).and_then(raw::scalar);
    let told = told_status(envelope);
    let is_error = said("error").as_deref() == Some("true");
    let status = told.filter(|_| (200..300).contains(&http)).unwrap_or(http);
    if !is_error && (200..300).contains(&status) {
        return Ok(());
    }
    let code = said("error_code").map_or_else(|| format!("HTTP {status}"), Into::into);
    let text = said("messages").map_or_else(String::new, Into::into);
    Err(failure(status, code, text))
}

/// What a status means (§2's table).
const fn failure(status: u16, code: String, text: String) -> CallError {
    match status {
        404 => CallError::Nothing { code, text },
        408 => CallError::Fault { code, text },
        429 => CallError::Quota { code, text },
        400..500 => CallError::Refused { code, text },
        _ => CallError::Fault { code, text },
    }
}

/// What an answer that is no JSON object means: a gateway's page says it by its status alone.
fn unreadable(answer: &Answer<'_>, problem: &Problem) -> CallError {
    match answer.status {
        200..300 => shape("the answer", &problem.to_string()),
        status => failure(status, format!("HTTP {status}"), problem.to_string()),
    }
}

pub fn shape(member: &str, problem: &str) -> CallError {
    CallError::Shape {
        member: member.to_owned(),
        problem: problem.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::Settings;
    use trackway_model::ConnectionId;

    fn asked(call: Call, ask_for: &Ask<'_>) -> Outgoing {
        let settings: Settings = [(KEY.to_owned(), "K-1".to_owned())].into();
        let upstream = Upstream {
            connection: ConnectionId(1),
            base_url: "https://oms.example.com/",
            settings: &settings,
        };
        ask(&upstream, call, ask_for).unwrap()
    }

    #[test]
    fn each_row_is_asked_by_its_verb_and_path() {
        for route in ROUTES {
            let outgoing = asked(route.call, &Ask::about("A/1 b"));
            assert_eq!(outgoing.method, route.method, "{}", route.item);
            let path = route.full().replace("{id}", "A%2F1%20b");
            let url = format!("https://oms.example.com{path}");
            assert_eq!(outgoing.url, url, "{}", route.item);
            let is_get = route.method == Method::GET;
            assert_eq!(outgoing.body.is_empty(), is_get, "{}", route.item);
        }
    }

    #[test]
    fn a_query_is_written_as_given() {
        let page = Ask::page(2).with("status", "460,500");
        assert_eq!(
            asked(Call::Orders, &page).url,
            "https://oms.example.com/api/v1/public/orders/list?page=2&page_size=100&status=460%2C500"
        );
    }

    fn read(status: u16, body: &str) -> Result<(usize, Option<u64>), CallError> {
        let answer = Answer {
            status,
            retry_after_s: None,
            body: body.as_bytes(),
        };
        let heard = heard(&answer)?;
        Ok((heard.rows()?.len(), heard.total()))
    }

    #[test]
    fn an_envelope_is_a_page_or_an_error() {
        let page = r#"{"status_code":200,"data":[{"id":1},{"id":2}],"error":false,"total":7}"#;
        assert_eq!(read(200, page), Ok((2, Some(7))));
        let inside = r#"{"status_code":429,"data":null,"error":true,"error_code":"TOO_MANY_REQUESTS","messages":"slow"}"#;
        assert!(matches!(read(200, inside), Err(CallError::Quota { .. })));
        assert!(matches!(
            read(404, r#"{"error":true}"#),
            Err(CallError::Nothing { .. })
        ));
        assert!(matches!(
            read(409, r#"{"error":true,"error_code":"DUPLICATE"}"#),
            Err(CallError::Refused { code, .. }) if code == "DUPLICATE"
        ));
        assert!(matches!(read(502, "<html>"), Err(CallError::Fault { .. })));
        let one = r#"{"status_code":200,"data":{},"error":false}"#;
        assert!(matches!(read(200, one), Err(CallError::Shape { .. })));
    }
}
