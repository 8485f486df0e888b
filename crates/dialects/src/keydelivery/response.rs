//! KeyDelivery's response codes: their exact texts, and what they mean to a caller. The numbers look
//! like HTTP statuses and are none: every answer is HTTP 200 and the code stands in the body.

use crate::dialect::CallError;
use crate::{http as answers, raw};
use axum::response::Response;
use http::StatusCode;

/// A code that this facade answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    Method,
    Header,
    Json,
    Signature,
    Parameter,
    Blocked,
    QuotaUsedUp,
    KeyUnknown,
    CarrierInvalid,
    NoCarrier,
    Fault,
    NoResult,
    Exists,
}

impl Code {
    /// Every one of them.
    const ALL: [Self; 13] = [
        Self::Method,
        Self::Header,
        Self::Json,
        Self::Signature,
        Self::Parameter,
        Self::Blocked,
        Self::QuotaUsedUp,
        Self::KeyUnknown,
        Self::CarrierInvalid,
        Self::NoCarrier,
        Self::Fault,
        Self::NoResult,
        Self::Exists,
    ];

    /// The one with a number of the vendor's table.
    pub fn of(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.number() == number)
    }

    pub const fn number(self) -> u32 {
        match self {
            Self::Method => 101,
            Self::Header => 102,
            Self::Json => 103,
            Self::Signature => 104,
            Self::Parameter => 105,
            Self::Blocked => 106,
            Self::QuotaUsedUp => 401,
            Self::KeyUnknown => 404,
            Self::CarrierInvalid => 405,
            Self::NoCarrier => 406,
            Self::Fault => 500,
            Self::NoResult => 60_101,
            Self::Exists => 60_201,
        }
    }

    /// The answer: an envelope without `data`.
    pub fn answer(self) -> Response {
        self.answer_with(StatusCode::OK)
    }

    /// The same under another HTTP status.
    pub fn answer_with(self, status: StatusCode) -> Response {
        let message = ROWS
            .iter()
            .find(|row| row.number == self.number())
            .map_or("", |row| row.message);
        answers::json(status, envelope(self.number(), message))
    }
}

/// A success that has nothing to tell.
pub fn success() -> String {
    envelope(SUCCESS, "OK")
}

fn envelope(number: u32, message: &str) -> String {
    format!(r#"{{"code":{number},"message":{}}}"#, raw::quoted(message))
}

/// The number of success.
pub const SUCCESS: u32 = 200;

/// What a code means to us as a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    Success,
    Refused,
    Quota,
    Fault,
    Nothing,
}

/// A row of the vendor's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResponseRow {
    pub number: u32,
    pub message: &'static str,
    pub meaning: Meaning,
}

const fn row(number: u32, message: &'static str, meaning: Meaning) -> ResponseRow {
    ResponseRow {
        number,
        message,
        meaning,
    }
}

/// The vendor's whole table. The text of 106 is inferred; all others are documented to the letter,
/// with their uneven full stops.
pub static ROWS: &[ResponseRow] = &[
    row(200, "OK", Meaning::Success),
    row(
        101,
        "Request method GET/POST not supported",
        Meaning::Refused,
    ),
    row(102, "Header error", Meaning::Refused),
    row(103, "Invalid JSON data", Meaning::Refused),
    row(104, "Invalid signature", Meaning::Refused),
    row(105, "Parameter error", Meaning::Refused),
    row(
        106,
        "The request is understood, but it has been refused or access is not allowed",
        Meaning::Refused,
    ),
    row(401, "Unauthorized", Meaning::Quota),
    row(404, "Invalid API key.", Meaning::Refused),
    row(405, "The carrier_id is invalid", Meaning::Refused),
    row(406, "Cannot detect the carrier", Meaning::Refused),
    row(500, "Internal Server Error", Meaning::Fault),
    row(60_101, "No result found", Meaning::Nothing),
    row(60_201, "Tracking already exists.", Meaning::Refused),
];

/// What a code that an upstream answered means; None for success. A code in no table is taken for a
/// fault: nothing says that asking again would change nothing.
pub fn judge(code: &str, text: &str) -> Option<CallError> {
    let meaning = code
        .parse()
        .ok()
        .and_then(|number: u32| ROWS.iter().find(|row| row.number == number))
        .map_or(Meaning::Fault, |row| row.meaning);
    let (code, text) = (code.to_owned(), text.to_owned());
    match meaning {
        Meaning::Success => None,
        Meaning::Refused => Some(CallError::Refused { code, text }),
        Meaning::Quota => Some(CallError::Quota { code, text }),
        Meaning::Fault => Some(CallError::Fault { code, text }),
        Meaning::Nothing => Some(CallError::Nothing { code, text }),
    }
}
