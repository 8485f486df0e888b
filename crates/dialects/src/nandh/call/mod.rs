//! N&H's API called by us, sans-IO: the details of a shipment, an order or a return by its code, and a
//! parcel by its courier's number out of the list of shipments. A call about one number; the answer's
//! `data` is kept whole for passage.
//!
//! What a number is follows from the form of the codes (nandh-oms.md §3) [inferred]; any other number is
//! a courier's. No rate is documented (§1): a connection's settings tell what was agreed.

mod cancel;

use super::statement::{self, DETAILS, Subject};
use super::{CARRIER, Nandh, routes};
use crate::dialect::carries::{BOOKS, Carries};
use crate::dialect::{Answer, COUNTED_AT, Call, CallError, Outgoing, Parcel, Parsed, Upstream};
use crate::fingerprint;
use crate::http::percent_encoded;
use crate::raw::{self, Object, Problem};
use http::{HeaderValue, Method, header};
use trackway_model::intake::{self, Part, number_key};
use trackway_model::vocabulary::Vocabulary;

/// The raw key, as it stands in `Authorization`.
const KEY: &str = "key";
/// What proves its webhooks, whose parcels they tell of and what stock they count: see `hook`.
const OPTIONAL: &[&str] = &[
    BOOKS,
    super::hook::TOKEN,
    super::hook::SECRET,
    super::hook::COURIER,
    COUNTED_AT,
];

/// What is asked about a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Detail(Subject),
    /// A courier's parcel, in the list of shipments.
    Listed,
}

/// How codes begin, and what has them.
const CODES: [(&str, Subject); 3] = [
    ("NHOV", Subject::Order),
    ("NHSV", Subject::Shipment),
    ("NHRV", Subject::Return),
];

impl Asked {
    fn of(parcel: &Parcel<'_>) -> Self {
        let key = number_key(parcel.number);
        let mut codes = CODES.iter();
        codes
            .find(|(begins, _)| parcel.carrier == CARRIER && key.starts_with(begins))
            .map_or(Self::Listed, |(_, subject)| Self::Detail(*subject))
    }

    /// The path by the table that we serve by, too: a path that is put right there is right here.
    fn path(self, number: &str) -> String {
        let call = match self {
            Self::Detail(Subject::Shipment) => routes::Call::Shipment,
            Self::Detail(Subject::Order) => routes::Call::Order,
            Self::Detail(Subject::Return) => routes::Call::Return,
            Self::Listed => routes::Call::Shipments,
        };
        let path = path_of(call, number);
        let number = percent_encoded(number.trim());
        match self {
            Self::Detail(_) => path,
            Self::Listed => format!("{path}?page=1&page_size=100&courier_tracking_code={number}"),
        }
    }

    const fn subject(self) -> Subject {
        match self {
            Self::Detail(subject) => subject,
            Self::Listed => Subject::Shipment,
        }
    }
}

/// The path of a call about a number.
fn path_of(call: routes::Call, number: &str) -> String {
    let mut routes = routes::ROUTES.iter();
    let route = routes.find(|route| route.call == call);
    let path = route.map(routes::Route::full).unwrap_or_default();
    path.replace("{id}", &percent_encoded(number.trim()))
}

/// A request in the name of the connection's key.
fn authorized(upstream: &Upstream<'_>, path: &str) -> Result<Outgoing, CallError> {
    let key = upstream.settings.get(KEY).filter(|key| !key.is_empty());
    let key = key.ok_or(CallError::Unset(KEY))?;
    let mut credential = HeaderValue::from_str(key).map_err(|_| CallError::Refused {
        code: KEY.to_owned(),
        text: "the connection's key holds characters that no header may".to_owned(),
    })?;
    credential.set_sensitive(true);
    let base = upstream.base_url.trim().trim_end_matches('/');
    let url = format!("{base}{path}");
    Ok(Outgoing {
        method: Method::GET,
        redacted_url: url.clone(),
        url,
        headers: vec![
            (header::AUTHORIZATION, credential),
            (header::ACCEPT, HeaderValue::from_static("application/json")),
        ],
        body: Vec::new(),
    })
}

impl Call for Nandh {
    fn settings(&self) -> (&'static [&'static str], &'static [&'static str]) {
        (&[KEY], OPTIONAL)
    }

    fn counted_by(&self) -> &'static str {
        KEY
    }

    /// Any: its couriers are many, and its own codes are numbers too.
    fn carriers(&self) -> &'static [&'static str] {
        &[]
    }

    fn carries(&self) -> Option<&dyn Carries> {
        Some(self)
    }

    fn request(&self, upstream: &Upstream<'_>, parcel: &Parcel<'_>) -> Result<Outgoing, CallError> {
        authorized(upstream, &Asked::of(parcel).path(parcel.number))
    }

    fn parse(
        &self,
        vocabulary: &Vocabulary,
        parcel: &Parcel<'_>,
        answer: &Answer<'_>,
    ) -> Result<Parsed, CallError> {
        let envelope = Object::parse(answer.body).map_err(|it| unreadable(answer, &it))?;
        refused(&envelope, answer.status)?;
        let asked = Asked::of(parcel);
        let data = match asked {
            Asked::Detail(_) => envelope.inside("data"),
            Asked::Listed => listed(&envelope, parcel.number)?,
        };
        let data = data.ok_or_else(|| shape("data", "it is no object"))?;
        if data.get(statement::STATUS).is_none() {
            return Err(shape("data.status", "it is missing"));
        }
        let mut warnings = Vec::new();
        let statements = statement::of_answer(vocabulary, asked.subject(), &data, &mut warnings);
        Ok(Parsed {
            answer: intake::Answer {
                stream: DETAILS.id,
                body: data.text().as_bytes().to_vec(),
                fingerprint: fingerprint::of(data.text()),
                parts: vec![Part {
                    stream: DETAILS.id,
                    statements,
                }],
            },
            warnings,
        })
    }
}

/// The row of a list that a courier's number names: an own fleet's shipments share their order's code
/// (§8), so that the newest is meant.
fn listed<'a>(envelope: &Object<'a>, number: &str) -> Result<Option<Object<'a>>, CallError> {
    let rows = envelope
        .list("data")
        .ok_or_else(|| shape("data", "it is no list"))?;
    let named = |row: &Object<'_>| {
        let said = row.get("courier_tracking_code").and_then(raw::scalar);
        said.is_some_and(|said| number_key(&said) == number_key(number))
    };
    let age = |row: &Object<'_>| {
        let created = row.get("created_time").and_then(statement::seconds);
        created.map(|created| created.wall)
    };
    let rows = rows.iter().filter_map(raw::Value::object);
    let found = rows.filter(named).max_by_key(age);
    found.map(Some).ok_or_else(|| CallError::Nothing {
        code: "NOT_FOUND".to_owned(),
        text: "no shipment has this courier's number".to_owned(),
    })
}

/// Fails where the envelope tells an error (§2): by the status in it, else by HTTP's.
fn refused(envelope: &Object<'_>, http: u16) -> Result<(), CallError> {
    let said = |name| envelope.get(name).and_then(raw::scalar);
    let told = said("status_code").and_then(|status| status.parse::<u16>().ok());
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

fn shape(member: &str, problem: &str) -> CallError {
    CallError::Shape {
        member: member.to_owned(),
        problem: problem.to_owned(),
    }
}
