//! N&H's envelope (nandh-oms.md §2): its seven members in their order, in every answer.

use crate::http::json;
use crate::raw::quoted;
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;

/// What a call answers: `data` as JSON, and how many records there are in all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    pub data: String,
    pub total: u64,
}

impl Done {
    /// One record, or one answer.
    pub fn one<T: Serialize>(data: &T) -> Self {
        Self::of(data, 1)
    }

    /// A page of a list.
    pub fn page<T: Serialize>(rows: &[T], total: u64) -> Self {
        Self::of(&rows, total)
    }

    /// A list that is given in whole.
    pub fn all<T: Serialize>(rows: &[T]) -> Self {
        Self::of(&rows, rows.len() as u64)
    }

    fn of<T: Serialize>(data: &T, total: u64) -> Self {
        let data = serde_json::to_string(data).expect("answers have text keys");
        Self { data, total }
    }
}

pub fn success(done: &Done) -> Response {
    json(
        StatusCode::OK,
        written(StatusCode::OK, &done.data, None, None, "", done.total),
    )
}

pub fn failure(
    status: StatusCode,
    error_code: &str,
    log_id: Option<&str>,
    message: &str,
) -> Response {
    json(
        status,
        written(status, "null", Some(error_code), log_id, message, 0),
    )
}

fn written(
    status: StatusCode,
    data: &str,
    error_code: Option<&str>,
    log_id: Option<&str>,
    message: &str,
    total: u64,
) -> String {
    let text = |text: Option<&str>| text.map_or_else(|| "null".to_owned(), quoted);
    format!(
        r#"{{"status_code":{},"data":{data},"error":{},"error_code":{},"log_id":{},"messages":{},"total":{total}}}"#,
        status.as_u16(),
        error_code.is_some(),
        text(error_code),
        text(log_id),
        quoted(message),
    )
}
