//! Failures of whole requests, as `application/problem+json` (RFC 9457).

use super::wire::MemberError;
use crate::desk::DeskError;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use std::num::NonZeroI64;
use utoipa::ToSchema;

/// Why a request failed as a whole.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Problem {
    /// A URI of the kind of problem; `about:blank` where the status says it all.
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub title: &'static str,
    pub status: u16,
    /// What happened, to what, and what to do.
    pub detail: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<MemberError>,
    /// The id of the record that has the name already.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    pub existing: Option<NonZeroI64>,
    #[serde(skip)]
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: detail.into(),
            errors: Vec::new(),
            existing: None,
            headers: Vec::new(),
        }
    }

    #[must_use]
    pub fn with_error(mut self, error: MemberError) -> Self {
        self.errors.push(error);
        self
    }

    #[must_use]
    pub const fn with_existing(mut self, id: i64) -> Self {
        self.existing = NonZeroI64::new(id);
        self
    }

    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The body as it is sent.
    pub fn body(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("strings and numbers are always JSON")
    }
}

impl From<DeskError> for Problem {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::Busy { retry_after_s } | DeskError::Full { retry_after_s } => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "There is too much to do: try again later.",
            )
            .with_header(header::RETRY_AFTER, HeaderValue::from(retry_after_s)),
            DeskError::Failed(problem) => {
                tracing::error!(problem, "a native request failed");
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "The request failed here: try again.",
                )
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = problem_json(self.status, self.body());
        response.headers_mut().extend(self.headers);
        response
    }
}

/// A failure's body, kept or new.
pub fn problem_json(status: u16, body: Vec<u8>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let json = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

/// The answer to a path that the native API has not.
pub async fn fallback() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "The API has nothing under this path.",
    )
}
