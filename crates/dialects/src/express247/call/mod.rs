//! 247Express's calls, made by us: tracking (§4) here, what its customer API is told in `book`. One request a parcel; the answer restates the
//! statuses and the scans, oldest first, and is kept whole for passage.

mod body;
mod book;
mod means;
mod ours;

use super::errors::{self, Means};
use super::statement::{self, SCAN, STATUS, Shape};
use super::{CARRIER, Express247, STATUSES};
use crate::dialect::carries::{BOOKS, Carries};
use crate::dialect::{Answer, Call, CallError, Outgoing, Parcel, Parsed, Upstream};
use crate::fingerprint;
use crate::http::percent_encoded;
use crate::quota::Terms;
use crate::raw::{self, Object, quoted};
use std::fmt::Write as _;
use trackway_model::Statement;
use trackway_model::intake::{self, Part};
use trackway_model::vocabulary::Vocabulary;

const PATH: &str = "/api/Order/v1/Tracking";
/// §4: the figure of `APIKEY_LIMIT`, the least of those documented; the day's zone is inferred.
const TERMS: Terms<'static> = Terms {
    per_second: None,
    per_minute: None,
    per_day: Some(200_000),
    zone: Some("Asia/Ho_Chi_Minh"),
    rolling: None,
    reserve: None,
};
/// The status that a delay explains.
const UNDELIVERED: &str = "16";

impl Call for Express247 {
    fn settings(&self) -> (&'static [&'static str], &'static [&'static str]) {
        (
            &["apikey"],
            &[
                "webhook_apikey",
                "webhook_user",
                "webhook_password",
                BOOKS,
                book::USER_NAME,
                book::PASSWORD,
                book::ADDRESS,
                book::CLIENT_HUB,
                book::SERVICE,
            ],
        )
    }

    fn terms(&self) -> Terms<'static> {
        TERMS
    }

    fn counted_by(&self) -> &'static str {
        "apikey"
    }

    fn carriers(&self) -> &'static [&'static str] {
        &[CARRIER]
    }

    fn carries(&self) -> Option<&dyn Carries> {
        Some(self)
    }

    fn request(&self, upstream: &Upstream<'_>, parcel: &Parcel<'_>) -> Result<Outgoing, CallError> {
        let key = upstream
            .settings
            .get("apikey")
            .filter(|key| !key.is_empty())
            .ok_or(CallError::Unset("apikey"))?;
        let base = upstream.base_url.trim().trim_end_matches('/');
        let asked = format!(
            "{base}{PATH}?ordercode={}&apikey=",
            percent_encoded(parcel.number)
        );
        Ok(Outgoing {
            method: http::Method::GET,
            url: format!("{asked}{}", percent_encoded(key)),
            redacted_url: format!("{asked}***"),
            headers: vec![(
                http::header::ACCEPT,
                http::HeaderValue::from_static("application/json"),
            )],
            body: Vec::new(),
        })
    }

    fn parse(
        &self,
        vocabulary: &Vocabulary,
        parcel: &Parcel<'_>,
        answer: &Answer<'_>,
    ) -> Result<Parsed, CallError> {
        let document =
            Object::parse(answer.body).map_err(|problem| unreadable(answer, &problem))?;
        refused(&document, answer.status)?;
        let mut warnings = Vec::new();
        let known_as = document.get_any_case("orderCode").and_then(raw::scalar);
        if known_as.is_some_and(|code| !code.trim().eq_ignore_ascii_case(parcel.number.trim())) {
            warnings.push("the answer names another order code than was asked for".to_owned());
        }
        let statuses = statuses(vocabulary, &document, &mut warnings);
        let scans = list(&SCAN, "trackings", vocabulary, &document, &mut warnings);
        Ok(Parsed {
            answer: intake::Answer {
                stream: STATUSES.id,
                body: answer.body.to_vec(),
                fingerprint: fingerprint::of(answer.body),
                parts: vec![
                    Part {
                        stream: STATUS.stream.id,
                        statements: statuses,
                    },
                    Part {
                        stream: SCAN.stream.id,
                        statements: scans,
                    },
                ],
            },
            warnings,
        })
    }
}

/// What an answer that is no JSON object means.
fn unreadable(answer: &Answer<'_>, problem: &raw::Problem) -> CallError {
    match by_http(answer.status) {
        Some(means) => failure(
            means,
            format!("HTTP {}", answer.status),
            problem.to_string(),
        ),
        None => CallError::Shape {
            member: "the answer".to_owned(),
            problem: problem.to_string(),
        },
    }
}

/// Fails where the answer is an error: the whole object with the rest null, or a short one with just
/// two members, under 200 or another HTTP status.
fn refused(document: &Object<'_>, status: u16) -> Result<(), CallError> {
    let said = |name| document.get_any_case(name).and_then(raw::scalar);
    let text = said("errorMessage").map_or_else(String::new, std::borrow::Cow::into_owned);
    if let Some(code) = said("errorCode") {
        let known = errors::ALL
            .iter()
            .find(|row| row.code.eq_ignore_ascii_case(&code));
        let means = known.map_or_else(|| by_http(status).unwrap_or(Means::Fault), |row| row.means);
        return Err(failure(means, code.into_owned(), text));
    }
    if let Some(means) = by_http(status) {
        return Err(failure(means, format!("HTTP {status}"), text));
    }
    let tells = ["orderCode", "status", "statuses", "trackings"].map(said);
    match (tells.iter().any(Option::is_some), text.is_empty()) {
        (true, _) => Ok(()),
        (false, false) => Err(failure(Means::Fault, "no errorCode".to_owned(), text)),
        (false, true) => Err(CallError::Shape {
            member: "orderCode".to_owned(),
            problem: "neither a tracking answer nor an error".to_owned(),
        }),
    }
}

/// What an HTTP status means where the body does not say; None for a success.
const fn by_http(status: u16) -> Option<Means> {
    match status {
        200..=299 => None,
        404 => Some(Means::Nothing),
        429 => Some(Means::Quota),
        400..=499 => Some(Means::Refused),
        _ => Some(Means::Fault),
    }
}

fn failure(means: Means, code: String, text: String) -> CallError {
    match means {
        Means::Nothing => CallError::Nothing { code, text },
        Means::Refused => CallError::Refused { code, text },
        Means::Quota => CallError::Quota { code, text },
        Means::Fault => CallError::Fault { code, text },
    }
}

/// The statements of one list, oldest first. A list that is null or absent is empty.
fn list(
    shape: &Shape,
    name: &str,
    vocabulary: &Vocabulary,
    document: &Object<'_>,
    warnings: &mut Vec<String>,
) -> Vec<Statement> {
    let value = document.get_any_case(name).unwrap_or("null");
    let Some(elements) = raw::elements(value) else {
        if value != "null" {
            warnings.push(format!("`{name}` is no list"));
        }
        return Vec::new();
    };
    let mut told: Vec<Statement> = elements
        .into_iter()
        .map(|element| statement::read(shape, vocabulary, element, warnings))
        .collect();
    let time = |statement: Option<&Statement>| statement.and_then(|s| s.occurred);
    if let (Some(first), Some(last)) = (time(told.first()), time(told.last()))
        && first.assumed() > last.assumed()
    {
        told.reverse();
    }
    told
}

/// `statuses`, the newest with the document's delay, and the document's own status where the list
/// does not hold it yet.
fn statuses(
    vocabulary: &Vocabulary,
    document: &Object<'_>,
    warnings: &mut Vec<String>,
) -> Vec<Statement> {
    let mut told = list(&STATUS, "statuses", vocabulary, document, warnings);
    let current = document.get_any_case("status").unwrap_or("null");
    if let Some(code) = raw::scalar(current)
        && !told.iter().any(|statement| statement.code.code == code)
    {
        let element = unlisted(document, current);
        told.push(statement::read(
            &STATUS,
            vocabulary,
            &element,
            &mut Vec::new(),
        ));
    }
    // A delay belongs to the document's present status; its code and note join that element's bytes,
    // so that another delay is another version of it.
    if let Some(newest) = told
        .last_mut()
        .filter(|newest| newest.code.code == UNDELIVERED)
        && let Some(element) = delayed(document, &newest.raw)
    {
        *newest = statement::read(&STATUS, vocabulary, &element, &mut Vec::new());
    }
    told
}

/// The document's status as an element of `statuses`; nobody said when it began.
fn unlisted(document: &Object<'_>, status: &str) -> String {
    let member = |name| document.get_any_case(name).unwrap_or("null");
    let mut element = format!("{{\"time\":null,\"status\":{status}");
    for name in ["statusName", "trackingName"] {
        let _ = write!(element, ",{}:{}", quoted(name), member(name));
    }
    element.push('}');
    element
}

fn delayed(document: &Object<'_>, element: &[u8]) -> Option<String> {
    let code = document.get_any_case("delayCode")?;
    raw::scalar(code)?;
    let note = document.get_any_case("delayNote").unwrap_or("null");
    let element = Object::of_text(std::str::from_utf8(element).ok()?).ok()?;
    Some(element.with(&[("delayCode", code), ("delayNote", note)]))
}
