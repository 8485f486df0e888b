//! The envelope of every answer, and the outcome of a call about many items (track123.md §1). Shared by
//! packages, ocean and air.

use super::service::Code;
use crate::http as answers;
use crate::raw::quoted;
use axum::response::Response;
use http::{HeaderName, HeaderValue, StatusCode, header};
use std::sync::atomic::{AtomicU64, Ordering};

/// Says of a request that is refused as a whole which of its parameters is wrong, and how: `msg` has the
/// table's very text for the code.
pub const REASON: HeaderName = HeaderName::from_static("trackway-reason");

/// Why a whole request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    pub code: Code,
    /// What the vendor says in the place of the code's own text.
    pub msg: Option<String>,
    /// What we say beside it.
    pub reason: Option<String>,
    pub retry_after_s: Option<u32>,
}

impl From<Code> for Stop {
    fn from(code: Code) -> Self {
        Self {
            code,
            msg: None,
            reason: None,
            retry_after_s: None,
        }
    }
}

impl Stop {
    /// With words of the vendor's in `msg`.
    pub fn because(code: Code, msg: impl Into<String>) -> Self {
        Self {
            msg: Some(msg.into()),
            ..code.into()
        }
    }

    /// With words of ours beside the code's own text.
    pub fn explained(code: Code, reason: impl Into<String>) -> Self {
        Self {
            reason: Some(reason.into()),
            ..code.into()
        }
    }

    /// A parameter of the request is wrong.
    pub fn wrong(reason: impl Into<String>) -> Self {
        Self::explained(Code::Parameter, reason)
    }

    /// Under the HTTP status of the code's row.
    pub fn answer(self, now: i64) -> Response {
        let status = StatusCode::from_u16(self.code.row().http);
        self.answer_with(status.unwrap_or(StatusCode::OK), now)
    }

    pub fn answer_with(self, status: StatusCode, now: i64) -> Response {
        let row = self.code.row();
        let msg = self.msg.as_deref().unwrap_or(&row.msg);
        let mut answer = answers::json(status, written(&row.code, msg, "null", now));
        let headers = answer.headers_mut();
        if let Some(wait) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait));
        }
        if let Some(reason) = self.reason.and_then(|it| HeaderValue::try_from(it).ok()) {
            headers.insert(REASON, reason);
        }
        answer
    }
}

/// A success with this `data`, which is JSON.
pub fn success(data: &str, now: i64) -> Response {
    let row = Code::Success.row();
    answers::json(StatusCode::OK, written(&row.code, &row.msg, data, now))
}

fn written(code: &str, msg: &str, data: &str, now: i64) -> String {
    format!(
        r#"{{"code":"{code}","msg":{},"data":{data},"traceId":"{}"}}"#,
        quoted(msg),
        trace_id(now)
    )
}

/// `<32 hex>.<int>.<digits>`: opaque, and another one for every answer of this process.
fn trace_id(now: i64) -> String {
    static ANSWERS: AtomicU64 = AtomicU64::new(0);
    let nth = ANSWERS.fetch_add(1, Ordering::Relaxed);
    let mut hasher = blake3::Hasher::new();
    hasher
        .update(&now.to_le_bytes())
        .update(&nth.to_le_bytes())
        .update(&std::process::id().to_le_bytes());
    let millis = now.div_euclid(1_000);
    format!(
        "{}.{}.{millis}{:04}",
        hex::encode(&hasher.finalize().as_bytes()[..16]),
        nth % 1_000,
        nth % 10_000
    )
}

/// Why one item of many is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub code: Code,
    pub msg: String,
    /// The words are ours, and not the vendor's.
    ours: bool,
}

impl Refused {
    /// In the vendor's words.
    pub fn new(code: Code, msg: impl Into<String>) -> Self {
        Self {
            code,
            msg: msg.into(),
            ours: false,
        }
    }

    /// A member that must be there is not.
    pub fn missing(member: &str) -> Self {
        Self::in_ours(Code::ParameterMissing, format!("{member} is required"))
    }

    /// A member is wrong.
    pub fn wrong(msg: impl Into<String>) -> Self {
        Self::in_ours(Code::Parameter, msg)
    }

    fn in_ours(code: Code, msg: impl Into<String>) -> Self {
        Self {
            ours: true,
            ..Self::new(code, msg)
        }
    }

    /// `{"code":…,"msg":…}`.
    pub fn written(&self) -> String {
        let (code, msg) = (self.code.text(), quoted(&self.msg));
        format!(r#"{{"code":"{code}","msg":{msg}}}"#)
    }
}

impl From<Refused> for Stop {
    fn from(refused: Refused) -> Self {
        if refused.ours {
            Self::explained(refused.code, refused.msg)
        } else {
            Self::because(refused.code, refused.msg)
        }
    }
}

/// What became of the items of a call.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// JSON of each.
    pub accepted: Vec<String>,
    pub rejected: Vec<String>,
}

impl Outcome {
    /// Refuses the item that stands `at` in the request, counted from 0; `named` are the members that
    /// say which it was, each a name and JSON.
    pub fn reject(&mut self, at: usize, named: &[(&str, String)], why: &Refused) {
        let mut members = vec![format!(r#""index":{}"#, at + 1)];
        members.extend(
            named
                .iter()
                .map(|(name, json)| format!(r#""{name}":{json}"#)),
        );
        members.push(format!(r#""error":{}"#, why.written()));
        self.rejected.push(format!("{{{}}}", members.join(",")));
    }

    /// `{"accepted":[…],"rejected":[…]}`.
    pub fn written(&self) -> String {
        format!(
            r#"{{"accepted":[{}],"rejected":[{}]}}"#,
            self.accepted.join(","),
            self.rejected.join(",")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_id_has_the_vendors_form_and_comes_once() {
        let [one, two] = [0, 0].map(|_| trace_id(1_730_000_000_000_000));
        assert_ne!(one, two);
        let parts: Vec<&str> = one.split('.').collect();
        let [hex, number, digits] = parts[..] else {
            panic!("{one}");
        };
        assert!(hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_hexdigit()));
        assert!(number.parse::<u32>().is_ok());
        assert!(digits.len() == 17 && digits.starts_with("1730000000000"));
    }

    #[test]
    fn refused_items_are_counted_from_one() {
        let mut outcome = Outcome::default();
        outcome.accepted.push(r#"{"a":1}"#.to_owned());
        let why = Refused::missing("trackNo");
        outcome.reject(1, &[("trackNo", "null".to_owned())], &why);
        assert_eq!(
            outcome.written(),
            r#"{"accepted":[{"a":1}],"rejected":[{"index":2,"trackNo":null,"error":{"code":"A0410","msg":"trackNo is required"}}]}"#
        );
    }
}
