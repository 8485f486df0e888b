//! KeyDelivery's API called by us, sans-IO: the real-time look-up here, the registration of numbers in
//! `register`, carrier detection in `detect`. A client decides by the code in the body and survives a
//! body that is not JSON.

mod detect;
mod register;

use super::{ITEMS, carriers, item, response, signature, wire};
use crate::dialect::{
    Answer, Call, CallError, Detects, Outgoing, Parcel, Parsed, Registers, Upstream,
};
use crate::fingerprint;
use crate::raw::{self, Object, Problem};
use http::{HeaderName, HeaderValue, Method, header};
use serde::Serialize;
use trackway_model::intake::{self, Part, number_key};
use trackway_model::vocabulary::Vocabulary;

/// The key, and the secret that signs.
const SETTINGS: &[&str] = &["key", "secret"];
/// `push=yes` has numbers registered, so that they are pushed to us.
const OPTIONAL: &[&str] = &[register::PUSH];

/// `POST /api/v1/tracking/realtime`.
#[derive(Clone, Copy, Debug)]
pub struct Realtime;

impl Call for Realtime {
    fn settings(&self) -> (&'static [&'static str], &'static [&'static str]) {
        (SETTINGS, OPTIONAL)
    }

    /// §11 documents no figure: the account's plan has one, which the connection's settings tell.
    fn counted_by(&self) -> &'static str {
        "key"
    }

    fn carriers(&self) -> &'static [&'static str] {
        &[]
    }

    fn request(&self, upstream: &Upstream<'_>, parcel: &Parcel<'_>) -> Result<Outgoing, CallError> {
        let lookup = wire::Lookup {
            carrier_id: carrier_id(parcel)?,
            tracking_number: parcel.number,
            area_show: 1,
            order: "desc",
        };
        signed(upstream, wire::REALTIME, &lookup)
    }

    fn registers(&self) -> Option<&dyn Registers> {
        Some(self)
    }

    fn detects(&self) -> Option<&dyn Detects> {
        Some(self)
    }

    fn parse(
        &self,
        vocabulary: &Vocabulary,
        parcel: &Parcel<'_>,
        answer: &Answer<'_>,
    ) -> Result<Parsed, CallError> {
        let data = data(answer)?;
        let members = Object::of_text(data).map_err(|_| shape(wire::DATA, "it is no object"))?;
        if let Some(other) = members.get(wire::TRACKING_NUMBER).and_then(item::string)
            && number_key(&other) != number_key(parcel.number)
        {
            return Err(shape("data.tracking_number", "it names another parcel"));
        }
        let mut warnings = Vec::new();
        // We asked for the newest first.
        let statements = items(&members)?
            .into_iter()
            .rev()
            .map(|raw| item::statement(vocabulary, ITEMS.id, raw, |warning| warnings.push(warning)))
            .collect();
        Ok(Parsed {
            answer: intake::Answer {
                stream: ITEMS.id,
                body: answer.body.to_vec(),
                fingerprint: fingerprint::of(data),
                parts: vec![Part {
                    stream: ITEMS.id,
                    statements,
                }],
            },
            warnings,
        })
    }
}

/// A request of ours, signed over its very bytes.
fn signed(
    upstream: &Upstream<'_>,
    path: &str,
    body: &impl Serialize,
) -> Result<Outgoing, CallError> {
    let setting = |name| {
        upstream
            .settings
            .get(name)
            .filter(|value| !value.is_empty())
            .ok_or(CallError::Unset(name))
    };
    let (key, secret) = (setting("key")?, setting("secret")?);
    let body = serde_json::to_vec(body).expect("strings and numbers are always JSON");
    let value = |text: &str| {
        HeaderValue::from_str(text).map_err(|_| {
            refused("the connection's key holds characters that no header may".to_owned())
        })
    };
    let signature = signature::sign(&body, key, secret);
    let url = format!("{}{path}", upstream.base_url.trim_end_matches('/'));
    Ok(Outgoing {
        method: Method::POST,
        redacted_url: url.clone(),
        url,
        headers: vec![
            (
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/json"),
            ),
            (
                HeaderName::from_static(wire::API_KEY),
                sensitive(value(key)?),
            ),
            (
                HeaderName::from_static(wire::SIGNATURE),
                sensitive(value(&signature)?),
            ),
        ],
        body,
    })
}

/// KeyDelivery's id for a parcel's carrier.
fn carrier_id<'a>(parcel: &Parcel<'a>) -> Result<&'a str, CallError> {
    carriers::code_of(parcel.carrier).ok_or_else(|| {
        refused(format!(
            "KeyDelivery has no id for the carrier `{}`",
            parcel.carrier
        ))
    })
}

/// An answer's code and words, and its members; whatever they say.
fn envelope<'a>(answer: &Answer<'a>) -> Result<(String, String, Object<'a>), CallError> {
    let envelope = Object::parse(answer.body).map_err(|problem| unreadable(answer, &problem))?;
    let Some(code) = envelope.get(wire::CODE).and_then(item::code) else {
        let problem = Problem::NotAnObject("no `code` is in it".to_owned());
        return Err(unreadable(answer, &problem));
    };
    let message = envelope.get(wire::MESSAGE).and_then(item::string);
    Ok((code, message.unwrap_or_default().into_owned(), envelope))
}

/// A successful answer's `data`, or why there is none.
fn data<'a>(answer: &Answer<'a>) -> Result<&'a str, CallError> {
    let (code, message, envelope) = envelope(answer)?;
    if let Some(error) = response::judge(&code, &message) {
        return Err(error);
    }
    let data = envelope.get(wire::DATA).filter(|data| *data != "null");
    data.ok_or_else(|| shape(wire::DATA, "a success must have it"))
}

fn items<'a>(data: &Object<'a>) -> Result<Vec<&'a str>, CallError> {
    match data.get(wire::ITEMS).filter(|items| *items != "null") {
        None => Ok(Vec::new()),
        Some(items) => raw::elements(items).ok_or_else(|| shape("data.items", "it is no array")),
    }
}

/// What a gateway in between answers: judged by the HTTP status, since there is nothing else.
fn unreadable(answer: &Answer<'_>, problem: &Problem) -> CallError {
    let (code, text) = (
        answer.status.to_string(),
        format!("HTTP {}, {problem}", answer.status),
    );
    match answer.status {
        429 => CallError::Quota { code, text },
        500.. => CallError::Fault { code, text },
        _ => shape("", &problem.to_string()),
    }
}

fn shape(member: &str, problem: &str) -> CallError {
    CallError::Shape {
        member: member.to_owned(),
        problem: problem.to_owned(),
    }
}

fn refused(text: String) -> CallError {
    CallError::Refused {
        code: "carrier".to_owned(),
        text,
    }
}

fn sensitive(mut value: HeaderValue) -> HeaderValue {
    value.set_sensitive(true);
    value
}
