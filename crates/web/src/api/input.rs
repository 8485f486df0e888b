//! What comes with a request, read the same way for every call: query, path and JSON body. What is
//! wrong is a [`Problem`] that names it.

use super::Problem;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use trackway_dialects::http::is_json;
use trackway_dialects::limits::depth_is_sane;
use trackway_model::{ShipmentId, time};

/// A query whose every member is known: a slip of the pen never passes for "no filter".
#[derive(Debug)]
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Query::try_from_uri(&parts.uri)
            .map(|Query(asked)| Self(asked))
            .map_err(|error| {
                let told = std::error::Error::source(&error)
                    .map_or_else(|| error.to_string(), ToString::to_string);
                let detail = format!("The query can't be read: {told}.");
                Problem::new(StatusCode::BAD_REQUEST, detail)
            })
    }
}

/// A JSON body of at most the application's limit: 415, 400 for broken JSON or too deep nesting, 422
/// where a member is not what it should be.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        check_json(&parts.headers)?;
        let body = Bytes::from_request(Request::new(body), state)
            .await
            .map_err(|_| Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "The body is too long."))?;
        read_json(&body).map(Self)
    }
}

/// The request says that it sends JSON.
pub fn check_json(headers: &HeaderMap) -> Result<(), Problem> {
    if is_json(headers) {
        return Ok(());
    }
    let detail = "Send the body as application/json.";
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail))
}

pub fn read_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    if !depth_is_sane(body) {
        let detail = "The body nests too deep.";
        return Err(Problem::new(StatusCode::BAD_REQUEST, detail));
    }
    serde_json::from_slice(body).map_err(|error| {
        let status = if error.is_data() {
            StatusCode::UNPROCESSABLE_ENTITY
        } else {
            StatusCode::BAD_REQUEST
        };
        Problem::new(status, format!("The body can't be used: {error}."))
    })
}

/// A shipment's id from the path. What is no id is answered as an unknown one.
#[derive(Clone, Copy, Debug)]
pub struct OfShipment(pub ShipmentId);

impl<S: Send + Sync> FromRequestParts<S> for OfShipment {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| no_shipment())?;
        number(&text)
            .map(|id| Self(ShipmentId(id)))
            .ok_or_else(no_shipment)
    }
}

/// The answer where an account has no such shipment, whoever else may have it.
pub fn no_shipment() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "There is no shipment with this id: ids are in `GET /v1/shipments`.",
    )
}

/// A positive number as we write it.
pub fn number(text: &str) -> Option<i64> {
    let canonical = !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && !text.starts_with('0');
    canonical.then(|| text.parse().ok()).flatten()
}

/// A filter that is on or off.
pub fn switch(name: &str, text: Option<&str>) -> Result<Option<bool>, Problem> {
    match text {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(_) => Err(bad_query(format!("`{name}` must be `true` or `false`."))),
    }
}

/// How many things a page may hold: `asked`, from 1 to `most`.
pub fn limit(asked: Option<&str>, usual: usize, most: usize) -> Result<usize, Problem> {
    let Some(asked) = asked else { return Ok(usual) };
    asked
        .parse()
        .ok()
        .filter(|limit| (1..=most).contains(limit))
        .ok_or_else(|| bad_query(format!("`limit` must be a whole number from 1 to {most}.")))
}

const SECOND_US: i64 = 1_000_000;

/// Units of a duration, in seconds.
const UNITS: [(char, i64); 5] = [
    ('s', 1),
    ('m', 60),
    ('h', 3_600),
    ('d', 86_400),
    ('w', 604_800),
];

/// A duration such as `30s`, `12h` or `10d`, in microseconds; None for anything else, also for more
/// than three hundred years.
pub fn duration(text: &str) -> Option<i64> {
    let unit = text.chars().last()?;
    let (_, seconds) = UNITS.iter().find(|(name, _)| *name == unit)?;
    let digits = &text[..text.len() - unit.len_utf8()];
    if digits.is_empty() || digits.len() > 10 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let micros = digits.parse::<i64>().ok()?.checked_mul(*seconds)?;
    micros
        .checked_mul(SECOND_US)
        .filter(|micros| *micros < 300 * 366 * 86_400 * SECOND_US)
}

/// A moment: RFC 3339, or an age such as `10d`, counted back from now.
pub fn moment(name: &str, text: Option<&str>, now: i64) -> Result<Option<i64>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let aged = || duration(text).map(|age| now.saturating_sub(age));
    let written = || time::parse(text).and_then(time::Occurred::instant);
    aged().or_else(written).map(Some).ok_or_else(|| {
        bad_query(format!(
            "`{name}` must be an RFC 3339 time with its offset (`+` is sent as `%2B`) or an age such as `10d`, `12h` or `30m`."
        ))
    })
}

/// A member of the query that can't be used.
pub fn bad_query(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_as_it_is_written_only() {
        assert_eq!(number("1024"), Some(1024));
        for text in [
            "",
            "0",
            "01",
            "-1",
            "+1",
            "1 ",
            "1.0",
            "x",
            "９",
            "99999999999999999999",
        ] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn a_moment_is_a_time_or_an_age() {
        let now = 1_780_315_200_000_000;
        let day = 86_400 * SECOND_US;
        let read = |text, now| moment("x", Some(text), now);
        assert_eq!(moment("x", None, now).unwrap(), None);
        assert_eq!(read("10d", now).unwrap(), Some(now - 10 * day));
        assert_eq!(read("2w", now).unwrap(), Some(now - 14 * day));
        assert_eq!(read("0s", now).unwrap(), Some(now));
        assert_eq!(read("2026-06-01T12:00:00Z", 0).unwrap(), Some(now));
        assert_eq!(read("2026-06-01T19:00:00+07:00", 0).unwrap(), Some(now));
        for text in [
            "",
            "d",
            "-1d",
            "1.5d",
            "10",
            "10 d",
            "9999999999w",
            "99999999999999999999d",
            "１0d",
            "1ü",
            "2026-06-01",
            "2026-06-01T12:00:00",
            "2026-06-01T19:00:00 07:00",
            "9999-12-31T23:59:59Z",
            "-292277-01-01T00:00:00Z",
            "yesterday",
        ] {
            assert_eq!(read(text, now).unwrap_err().status, 400, "{text}");
        }
    }

    #[test]
    fn a_limit_is_within_its_bounds() {
        assert_eq!(limit(None, 50, 100).unwrap(), 50);
        assert_eq!(limit(Some("100"), 50, 100).unwrap(), 100);
        for text in ["0", "101", "-1", "ten", "", "1e2"] {
            assert_eq!(
                limit(Some(text), 50, 100).unwrap_err().status,
                400,
                "{text}"
            );
        }
    }
}
