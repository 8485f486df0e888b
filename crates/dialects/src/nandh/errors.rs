//! N&H's errors (nandh-oms.md §2) as data, and why a call has no `data`.

use super::NAME;
use super::envelope;
use crate::desk::DeskError;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};

/// A code of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    BadRequest,
    InvalidPayload,
    Unauthorized,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    RequestTimeout,
    InvalidStatus,
    Duplicate,
    OutOfStock,
    TooManyRequests,
    Internal,
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    pub code: Code,
    pub status: u16,
    pub name: &'static str,
    /// What is said where nothing nearer is known.
    pub message: &'static str,
}

const fn row(code: Code, status: u16, name: &'static str, message: &'static str) -> Row {
    Row {
        code,
        status,
        name,
        message,
    }
}

/// The whole table. The names are those of the vendor's newer API; that they hold here is inferred.
pub static ROWS: &[Row] = &[
    row(
        Code::BadRequest,
        400,
        "BAD_REQUEST",
        "The body is no JSON object",
    ),
    row(
        Code::InvalidPayload,
        400,
        "INVALID_PAYLOAD",
        "A field is wrong",
    ),
    row(
        Code::Unauthorized,
        401,
        "UNAUTHORIZED",
        "The key is missing or unknown",
    ),
    row(Code::Forbidden, 403, "FORBIDDEN", "The key may not do this"),
    row(Code::NotFound, 404, "NOT_FOUND", "Record not found"),
    row(
        Code::MethodNotAllowed,
        405,
        "METHOD_NOT_ALLOWED",
        "The method is not allowed",
    ),
    row(
        Code::RequestTimeout,
        408,
        "REQUEST_TIMEOUT",
        "The request took too long",
    ),
    row(
        Code::InvalidStatus,
        409,
        "INVALID_STATUS",
        "The status does not allow this",
    ),
    row(Code::Duplicate, 409, "DUPLICATE", "It exists already"),
    row(Code::OutOfStock, 422, "OUT_OF_STOCK", "Not enough stock"),
    row(
        Code::TooManyRequests,
        429,
        "TOO_MANY_REQUESTS",
        "Too many requests",
    ),
    row(
        Code::Internal,
        500,
        "INTERNAL_SERVER_ERROR",
        "Something went wrong",
    ),
];

impl Code {
    pub fn row(self) -> &'static Row {
        ROWS.iter()
            .find(|row| row.code == self)
            .expect("every code has a row")
    }
}

/// Why there is no `data`.
#[derive(Debug, PartialEq, Eq)]
pub struct Stop {
    pub code: Code,
    /// One sentence.
    pub message: String,
    pub retry_after_s: Option<u32>,
}

impl From<Code> for Stop {
    fn from(code: Code) -> Self {
        Self::because(code, code.row().message)
    }
}

impl From<DeskError> for Stop {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::Busy { retry_after_s } | DeskError::Full { retry_after_s } => Self {
                retry_after_s: Some(retry_after_s),
                ..Code::TooManyRequests.into()
            },
            DeskError::Failed(problem) => {
                tracing::error!(dialect = NAME, problem, "a call failed");
                Code::Internal.into()
            }
        }
    }
}

impl Stop {
    pub fn because(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            retry_after_s: None,
        }
    }

    /// A member of the request is wrong; named as the request has it.
    pub fn field(name: &str, problem: &str) -> Self {
        Self::because(Code::InvalidPayload, format!("{name}: {problem}"))
    }

    /// The answer; `now` makes the trace id of what is our fault, 0 makes none.
    pub fn answer(self, now: i64) -> Response {
        let row = self.code.row();
        let status = StatusCode::from_u16(row.status).expect("the table has HTTP statuses");
        self.answer_with(status, now)
    }

    /// The same under another HTTP status.
    pub fn answer_with(self, status: StatusCode, now: i64) -> Response {
        let log_id = (status.is_server_error() && now > 0).then(|| format!("{now:012x}"));
        if let Some(log_id) = &log_id {
            tracing::warn!(dialect = NAME, log_id, "answered with a fault");
        }
        let name = self.code.row().name;
        let mut answer = envelope::failure(status, name, log_id.as_deref(), &self.message);
        if let Some(seconds) = self.retry_after_s {
            let seconds = HeaderValue::from(seconds);
            answer.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        answer
    }
}
