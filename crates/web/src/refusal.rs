//! What a client is told when its request never reached a handler, or no answer came out of one: the
//! words of the system whose path it used, under the HTTP status that says the same to what stands
//! between.
//!
//! Nothing refused here was committed, but for `TooSlow` and `Fault`, after which a client can't
//! know and asks again: repetition does no harm.

use crate::pages;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use trackway_dialects::express247::wire::{
    Acknowledgement, CustomerFailure, PropertyError, Tracking,
};
use trackway_dialects::express247::{customer, errors};
use trackway_dialects::{http as answers, keydelivery, nandh, native, track123};

/// Why there is no other answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The body is over the limit.
    TooLarge { limit: usize },
    /// The body is compressed.
    Encoded,
    /// The body ended early or is no valid HTTP.
    CutOff,
    /// As many requests or bytes are at work as the server takes.
    Busy { retry_after_s: u32 },
    /// The deadline lapsed.
    TooSlow,
    /// A fault in Trackway.
    Fault,
}

impl Refusal {
    const fn status(self) -> StatusCode {
        match self {
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Encoded => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::CutOff => StatusCode::BAD_REQUEST,
            Self::Busy { .. } | Self::TooSlow => StatusCode::SERVICE_UNAVAILABLE,
            Self::Fault => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    const fn retry_after_s(self) -> Option<u32> {
        match self {
            Self::Busy { retry_after_s } => Some(retry_after_s),
            Self::TooSlow => Some(1),
            Self::TooLarge { .. } | Self::Encoded | Self::CutOff | Self::Fault => None,
        }
    }

    const fn is_clients_fault(self) -> bool {
        matches!(self, Self::TooLarge { .. } | Self::Encoded | Self::CutOff)
    }

    /// One English sentence.
    fn text(self) -> String {
        match self {
            Self::TooLarge { limit } => format!("The body is larger than {limit} bytes."),
            Self::Encoded => "Compressed bodies are not taken: send the body as it is.".into(),
            Self::CutOff => "The body was cut off.".into(),
            Self::Busy { .. } => "The server is busy: try again in a moment.".into(),
            Self::TooSlow => "The request took too long: try again.".into(),
            Self::Fault => "Something went wrong in the server.".into(),
        }
    }
}

/// A refusal knows no clock: an identity is made without one.
const NO_TIME: i64 = 0;

/// The form of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// 247Express's tracking answer with its error members filled.
    Express247Tracking,
    /// 247Express's customer API.
    Express247Customer,
    /// 247Express's acknowledgement of a webhook.
    Express247Webhook,
    KeyDelivery,
    /// Its envelope, under the HTTP statuses that it has.
    Track123,
    /// Its envelope, under the HTTP statuses of its table.
    Nandh,
    /// RFC 9457.
    Problem,
    /// A page for people.
    Page,
}

impl Form {
    pub fn answer(self, refusal: Refusal) -> Response {
        let mut response = self.told(refusal);
        if let Some(seconds) = refusal.retry_after_s() {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }

    fn told(self, refusal: Refusal) -> Response {
        let (status, text) = (refusal.status(), refusal.text());
        match self {
            Self::Express247Tracking => say(
                status,
                &Tracking {
                    error_code: Some(errors::EXCEPTION.code.to_owned()),
                    error_message: Some(errors::EXCEPTION.text.to_owned()),
                    ..Tracking::default()
                },
            ),
            Self::Express247Customer => say(
                status,
                &CustomerFailure {
                    error_code: customer::Code::Exception.number(),
                    is_error: true,
                    errors: vec![PropertyError {
                        error_message: text.clone(),
                        property_name: None,
                    }],
                    error_message: text,
                },
            ),
            Self::Express247Webhook => say(
                status,
                &Acknowledgement {
                    is_error: true,
                    error_message: text,
                },
            ),
            Self::KeyDelivery if refusal.is_clients_fault() => {
                keydelivery::Code::Blocked.answer_with(status)
            }
            Self::KeyDelivery => keydelivery::Code::Fault.answer_with(status),
            Self::Track123 => {
                let code = match refusal {
                    Refusal::TooLarge { .. } | Refusal::Encoded | Refusal::CutOff => {
                        track123::Code::Parameter
                    }
                    Refusal::Busy { .. } => track123::Code::Busy,
                    Refusal::TooSlow => track123::Code::TimedOut,
                    Refusal::Fault => track123::Code::Fault,
                };
                // Its words stand in the table; ours only where they say what is wrong.
                let stop = if refusal.is_clients_fault() {
                    track123::Stop::explained(code, text)
                } else {
                    code.into()
                };
                stop.answer(NO_TIME)
            }
            Self::Nandh => {
                let code = match refusal {
                    Refusal::TooLarge { .. } | Refusal::Encoded | Refusal::CutOff => {
                        nandh::Code::BadRequest
                    }
                    Refusal::Busy { .. } => nandh::Code::TooManyRequests,
                    Refusal::TooSlow => nandh::Code::RequestTimeout,
                    Refusal::Fault => nandh::Code::Internal,
                };
                nandh::Stop::because(code, text).answer(NO_TIME)
            }
            Self::Problem => native::Problem::new(status, text).into_response(),
            Self::Page => pages::refused(status),
        }
    }
}

fn say(status: StatusCode, body: &impl Serialize) -> Response {
    answers::json(
        status,
        serde_json::to_vec(body).expect("wire types are plain data"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn track123_has_its_own_statuses_and_codes() {
        for (refusal, status, code) in [
            (Refusal::TooLarge { limit: 1 }, 400, "A0400"),
            (Refusal::CutOff, 400, "A0400"),
            (Refusal::Busy { retry_after_s: 7 }, 500, "B0310"),
            (Refusal::TooSlow, 500, "B0100"),
            (Refusal::Fault, 500, "B0001"),
        ] {
            let response = Form::Track123.answer(refusal);
            assert_eq!(response.status(), status, "{refusal:?}");
            let body = axum::body::to_bytes(response.into_body(), usize::MAX);
            let body = body.await.unwrap();
            let told: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(told["code"], code, "{refusal:?}");
        }
    }

    #[tokio::test]
    async fn nandh_has_its_tables_statuses_and_no_trace_without_a_clock() {
        for (refusal, status, code) in [
            (Refusal::TooLarge { limit: 1 }, 400, "BAD_REQUEST"),
            (Refusal::CutOff, 400, "BAD_REQUEST"),
            (Refusal::Busy { retry_after_s: 7 }, 429, "TOO_MANY_REQUESTS"),
            (Refusal::TooSlow, 408, "REQUEST_TIMEOUT"),
            (Refusal::Fault, 500, "INTERNAL_SERVER_ERROR"),
        ] {
            let response = Form::Nandh.answer(refusal);
            assert_eq!(response.status(), status, "{refusal:?}");
            let body = axum::body::to_bytes(response.into_body(), usize::MAX);
            let told: serde_json::Value = serde_json::from_slice(&body.await.unwrap()).unwrap();
            assert_eq!(told["error_code"], code, "{refusal:?}");
            assert_eq!(told["status_code"], status, "{refusal:?}");
            assert!(told["log_id"].is_null() && told["data"].is_null());
        }
    }

    #[test]
    fn only_what_may_pass_is_to_be_tried_again() {
        let rows = [
            (Refusal::TooLarge { limit: 1 }, 413, None),
            (Refusal::Encoded, 415, None),
            (Refusal::CutOff, 400, None),
            (Refusal::Busy { retry_after_s: 7 }, 503, Some("7")),
            (Refusal::TooSlow, 503, Some("1")),
            (Refusal::Fault, 500, None),
        ];
        for (refusal, status, retry_after) in rows {
            for form in [
                Form::Express247Tracking,
                Form::KeyDelivery,
                Form::Problem,
                Form::Page,
            ] {
                let response = form.answer(refusal);
                assert_eq!(response.status(), status, "{refusal:?}");
                let told = response.headers().get(header::RETRY_AFTER);
                assert_eq!(
                    told.map(|value| value.to_str().unwrap()),
                    retry_after,
                    "{refusal:?}"
                );
            }
        }
    }
}
