//! Track123's API called by us: a query of up to a hundred numbers, the registration that must come before
//! it, and what is told of a number afterwards (track123.md §§5.3 to 5.10, 6, 7).

mod detect;
mod errand;
mod register;

use super::cargo::call as cargo;
use super::own::said;
use super::{TRACKINGS, carriers, service, tracking, wire};
use crate::desk::UNDETECTED;
use crate::dialect::{
    Admits, Answer, Call, CallError, Detects, Outgoing, Parcel, Parsed, Upstream,
};
use crate::quota::Terms;
use crate::raw::{self, Object, Problem};
use http::{HeaderName, HeaderValue, Method, header};
use serde_json::{Value, json};
use std::collections::HashMap;
use trackway_model::intake::number_key;
use trackway_model::vocabulary::Vocabulary;

/// The key, which also signs what they push to us.
const KEY: &str = "key";
const SETTINGS: &[&str] = &[KEY];
/// `import=no`: numbers are registered by somebody else.
const OPTIONAL: &[&str] = &[
    register::IMPORT,
    super::signature::Scheme::SETTING,
    cargo::CARGO,
    cargo::OCEAN_TYPE,
];
/// Numbers that one query takes (§3).
const BATCH: usize = 100;
/// Their answer to a number that the account has not registered.
const NOT_REGISTERED: &str = "not registered";

/// `POST tk/v2.1/track/query`.
#[derive(Clone, Copy, Debug)]
pub struct Query;

impl Call for Query {
    fn settings(&self) -> (&'static [&'static str], &'static [&'static str]) {
        (SETTINGS, OPTIONAL)
    }

    /// §3: 5 requests a second for each endpoint.
    fn terms(&self) -> Terms<'static> {
        Terms {
            per_second: Some(5),
            ..Terms::default()
        }
    }

    fn counted_by(&self) -> &'static str {
        KEY
    }

    fn carriers(&self) -> &'static [&'static str] {
        &[]
    }

    fn request(&self, upstream: &Upstream<'_>, parcel: &Parcel<'_>) -> Result<Outgoing, CallError> {
        Call::request_all(self, upstream, std::slice::from_ref(parcel))
    }

    fn parse(
        &self,
        vocabulary: &Vocabulary,
        parcel: &Parcel<'_>,
        answer: &Answer<'_>,
    ) -> Result<Parsed, CallError> {
        let mut parsed = self.parse_all(vocabulary, std::slice::from_ref(parcel), answer);
        parsed.pop().unwrap_or_else(|| Err(unsaid()))
    }

    fn batch(&self) -> usize {
        BATCH
    }

    fn request_all(
        &self,
        upstream: &Upstream<'_>,
        parcels: &[Parcel<'_>],
    ) -> Result<Outgoing, CallError> {
        if let Some(mode) = cargo::mode(upstream.settings)? {
            let (path, body) = cargo::query(mode, upstream.settings, parcels);
            return request(upstream, &path, &body);
        }
        let infos: Vec<Value> = parcels.iter().map(named).collect();
        let body = json!({ wire::TRACK_NO_INFOS: infos, wire::QUERY_PAGE_SIZE: BATCH });
        request(upstream, wire::QUERY, &body)
    }

    fn admits(&self) -> Option<&dyn Admits> {
        Some(self)
    }

    fn detects(&self) -> Option<&dyn Detects> {
        Some(self)
    }

    fn parse_all(
        &self,
        vocabulary: &Vocabulary,
        parcels: &[Parcel<'_>],
        answer: &Answer<'_>,
    ) -> Vec<Result<Parsed, CallError>> {
        let all = |error: &CallError| parcels.iter().map(|_| Err(error.clone())).collect();
        let data = match lists(answer) {
            Ok(data) => data,
            Err(error) => return all(&error),
        };
        match Outcome::read(&data) {
            Ok(outcome) => parcels
                .iter()
                .map(|parcel| outcome.of(vocabulary, parcel))
                .collect(),
            Err(error) => all(&error),
        }
    }
}

/// What a query answered.
struct Outcome<'a> {
    /// Records of ocean or air, where it is about cargo.
    records: Vec<Object<'a>>,
    content: Vec<Object<'a>>,
    /// Places in `content` by the numbers' keys.
    places: HashMap<String, Vec<usize>>,
    rejected: Vec<Object<'a>>,
}

impl<'a> Outcome<'a> {
    fn read(data: &Object<'a>) -> Result<Self, CallError> {
        let accepted = data.get(wire::ACCEPTED).filter(|value| *value != "null");
        let records = cargo::accepted(data);
        let content = if accepted.is_some() && records.is_none() {
            let accepted = data.inside(wire::ACCEPTED);
            let accepted = accepted.ok_or_else(|| shape("data.accepted", "it is no object"))?;
            objects(&accepted, wire::CONTENT, "data.accepted.content")?
        } else {
            Vec::new()
        };
        let rejected = objects(data, wire::REJECTED, "data.rejected")?;
        let mut places: HashMap<String, Vec<usize>> = HashMap::with_capacity(content.len());
        for (at, tracking) in content.iter().enumerate() {
            if let Some(number) = said(tracking, wire::TRACK_NO) {
                places.entry(number_key(&number)).or_default().push(at);
            }
        }
        Ok(Self {
            places,
            records: records.unwrap_or_default(),
            content,
            rejected,
        })
    }

    /// What it says of one parcel.
    fn of(&self, vocabulary: &Vocabulary, parcel: &Parcel<'_>) -> Result<Parsed, CallError> {
        let record = self
            .records
            .iter()
            .find(|record| cargo::names(record, parcel));
        if let Some(record) = record {
            return Ok(cargo::parsed(vocabulary, record));
        }
        let places = self.places.get(&number_key(parcel.number));
        let mut found = places.into_iter().flatten().map(|at| &self.content[*at]);
        let of_courier = found
            .clone()
            .find(|tracking| courier(tracking).is_some_and(|code| code == parcel.carrier));
        if let Some(tracking) = of_courier.or_else(|| found.next()) {
            let mut warnings = Vec::new();
            let answer = tracking::answer(vocabulary, TRACKINGS.id, tracking, &mut warnings);
            return Ok(Parsed { answer, warnings });
        }
        let refused = self.rejected.iter().find(|object| names(object, parcel));
        Err(refused.map_or_else(unsaid, refusal))
    }
}

/// Whether an item is about this number.
fn names(item: &Object<'_>, parcel: &Parcel<'_>) -> bool {
    let number = said(item, wire::TRACK_NO);
    number.is_some_and(|number| number_key(&number) == number_key(parcel.number))
        || cargo::names(item, parcel)
}

/// Our carrier of a tracking.
pub fn courier(tracking: &Object<'_>) -> Option<String> {
    let local = tracking.inside(wire::LOCAL)?;
    let code = said(&local, wire::COURIER_CODE)?;
    Some(carriers::told(Some(&code)))
}

/// Why an item was refused.
fn refusal(item: &Object<'_>) -> CallError {
    let error = item.inside(wire::ERROR);
    let text = |name| {
        let said = error.as_ref().and_then(|error| said(error, name));
        said.unwrap_or_default().into_owned()
    };
    let (code, text) = (text(wire::CODE), text(wire::MSG));
    if text.to_lowercase().contains(NOT_REGISTERED) {
        return CallError::Nothing { code, text };
    }
    service::judge(&code, &text).unwrap_or(CallError::Fault { code, text })
}

/// Objects of a list; null is an empty one, and a single object is a list of one.
fn objects<'a>(
    object: &Object<'a>,
    name: &str,
    member: &str,
) -> Result<Vec<Object<'a>>, CallError> {
    if object.get(name).is_none_or(|value| value == "null") {
        return Ok(Vec::new());
    }
    if let Some(single) = object.inside(name) {
        return Ok(vec![single]);
    }
    let elements = object.list(name);
    let elements = elements.ok_or_else(|| shape(member, "it is no array"))?;
    Ok(elements.iter().filter_map(raw::Value::object).collect())
}

/// How a parcel is named to them.
fn named(parcel: &Parcel<'_>) -> Value {
    let code = carriers::code_of(parcel.carrier).filter(|_| parcel.carrier != UNDETECTED);
    match code {
        Some(code) => json!({ wire::TRACK_NO: parcel.number, wire::COURIER_CODE: code }),
        None => json!({ wire::TRACK_NO: parcel.number }),
    }
}

/// A request of ours.
fn request(upstream: &Upstream<'_>, path: &str, body: &Value) -> Result<Outgoing, CallError> {
    let key = upstream.settings.get(KEY).filter(|key| !key.is_empty());
    let mut secret = HeaderValue::from_str(key.ok_or(CallError::Unset(KEY))?).map_err(|_| {
        CallError::Refused {
            code: KEY.to_owned(),
            text: "the connection's key holds characters that no header may".to_owned(),
        }
    })?;
    secret.set_sensitive(true);
    let base = upstream.base_url.trim_end_matches('/');
    let url = format!("{base}{}{}/{path}", wire::ROOT, wire::CALLED);
    let json = HeaderValue::from_static("application/json");
    Ok(Outgoing {
        method: Method::POST,
        redacted_url: url.clone(),
        url,
        headers: vec![
            (header::CONTENT_TYPE, json.clone()),
            (header::ACCEPT, json),
            (HeaderName::from_static(wire::API_SECRET), secret),
        ],
        body: body.to_string().into_bytes(),
    })
}

/// A successful answer's `data`, or why there is none. The code decides, and the HTTP status only where
/// the body is no envelope (§1).
fn data<'a>(answer: &Answer<'a>) -> Result<raw::Value<'a>, CallError> {
    let envelope = Object::parse(answer.body).map_err(|problem| unreadable(answer, &problem))?;
    let Some(code) = said(&envelope, wire::CODE) else {
        let problem = Problem::NotAnObject("no `code` is in it".to_owned());
        return Err(unreadable(answer, &problem));
    };
    let msg = said(&envelope, wire::MSG).unwrap_or_default();
    if let Some(error) = service::judge(&code, &msg) {
        return Err(error);
    }
    let data = envelope
        .value(wire::DATA)
        .filter(|data| data.text() != "null");
    data.ok_or_else(|| shape(wire::DATA, "a success must have it"))
}

/// The same where it must be an object.
fn lists<'a>(answer: &Answer<'a>) -> Result<Object<'a>, CallError> {
    let data = data(answer)?.object();
    data.ok_or_else(|| shape(wire::DATA, "it is no object"))
}

/// What a gateway in between answers.
fn unreadable(answer: &Answer<'_>, problem: &Problem) -> CallError {
    let (code, text) = (
        answer.status.to_string(),
        format!("HTTP {}, {problem}", answer.status),
    );
    match answer.status {
        429 => CallError::Quota { code, text },
        500.. => CallError::Fault { code, text },
        401 | 403 | 404 => CallError::Refused { code, text },
        _ => shape("", &problem.to_string()),
    }
}

fn unsaid() -> CallError {
    shape("data", "nothing was said of this parcel")
}

fn shape(member: &str, problem: &str) -> CallError {
    CallError::Shape {
        member: member.to_owned(),
        problem: problem.to_owned(),
    }
}
