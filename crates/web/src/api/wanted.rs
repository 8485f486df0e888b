//! A shipment as a client registers it: its JSON, types only, and the checks on it. What is read
//! borrows from the request.

use super::notices::Wanted as Noticed;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use trackway_dialects::limits::depth_is_sane;
use trackway_dialects::native::batch::Kind;
use trackway_dialects::native::carrier_code;
use trackway_dialects::native::wire::{MemberError, Text};
use trackway_hub::HubError;
use trackway_hub::listing::{Askable, LONGEST_REFERENCE, MOST_REFERENCES, Wish};
use trackway_hub::notices::{Checked, MOST_RECIPIENTS, NoticeWish};
use utoipa::ToSchema;

/// Shipments that one call may bring.
pub const MOST: usize = 10_000;
/// Bytes of a client's own members.
const LONGEST_DATA: usize = 4_096;
const LONGEST_NUMBER: usize = 100;
const LONGEST_CARRIER: usize = 64;
/// Connections that one shipment may name.
const MOST_CONNECTIONS: usize = 8;

/// `POST /v1/shipments`.
pub const SHIPMENTS: Kind = Kind {
    member: "shipments",
    most: MOST,
    single: true,
};

/// A number to be tracked.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = NewShipment)]
pub struct Wanted<'a> {
    /// The tracking number.
    #[serde(borrow)]
    #[schema(value_type = String, max_length = 100, example = "VD0000001")]
    pub number: Option<Text<'a>>,
    /// Trackway's code of the carrier; `own` for parcels that you move yourself.
    #[serde(borrow)]
    #[schema(value_type = String, max_length = 64, example = "247express")]
    pub carrier: Option<Text<'a>>,
    /// Order numbers and the like, by whose beginning the shipment is found.
    #[serde(borrow, default)]
    #[schema(value_type = Option<Vec<String>>, max_items = 16, example = json!(["SO-1001"]))]
    pub references: Option<Vec<Text<'a>>>,
    /// Names of the connections to ask. Left out: those that fit the carrier. An empty list: none,
    /// so that only webhooks and your own events tell of it.
    #[serde(borrow, default)]
    #[schema(value_type = Option<Vec<String>>, max_items = 8)]
    pub connections: Option<Vec<Text<'a>>>,
    /// One object of your own (title, note for the customer), given back as it is. Up to 4 KB.
    #[serde(borrow, default)]
    #[schema(value_type = Option<Object>)]
    pub data: Option<&'a RawValue>,
    /// Whom to tell of it by e-mail, as `PUT /v1/shipments/{id}/notices` takes them. They are added to
    /// those that it has.
    #[serde(borrow, default)]
    #[schema(value_type = Option<Vec<Noticed>>, max_items = 5)]
    pub notices: Option<Vec<&'a RawValue>>,
}

/// A batch, as the document shows it. One shipment may be sent bare.
#[derive(Debug, ToSchema)]
#[expect(
    dead_code,
    reason = "documents what the batch reader takes item by item"
)]
pub struct ShipmentBatch {
    #[schema(value_type = Vec<Wanted>, max_items = 10_000)]
    shipments: (),
}

/// Makes it a wish, or says all that is wrong with it.
pub fn read(
    wanted: &Wanted<'_>,
    askable: &Askable,
) -> Result<(Wish, Vec<Checked>), Vec<MemberError>> {
    let mut wrong = Vec::new();
    let number = number(wanted.number.as_ref()).map_err(|error| wrong.push(error));
    let carrier = carrier(wanted.carrier.as_ref()).map_err(|error| wrong.push(error));
    let references = references(wanted.references.as_deref(), &mut wrong);
    let data = data(wanted.data, &mut wrong);
    let notices = notices(wanted.notices.as_deref(), &mut wrong);
    let connections = match &carrier {
        Ok(carrier) => connections(wanted.connections.as_deref(), carrier, askable, &mut wrong),
        Err(()) => Vec::new(),
    };
    match (number, carrier) {
        (Ok(number), Ok(carrier)) if wrong.is_empty() => {
            let wish = Wish {
                carrier: carrier.into_owned(),
                number: number.to_owned(),
                references,
                data,
                connections,
            };
            Ok((wish, notices))
        }
        _ => Err(wrong),
    }
}

fn number<'t>(told: Option<&'t Text<'_>>) -> Result<&'t str, MemberError> {
    let wrong = |detail: &str| MemberError::new("/number", detail);
    let number = told.map_or("", |text| text.trim());
    if number.is_empty() {
        Err(wrong("it is required and may not be blank"))
    } else if number.chars().count() > LONGEST_NUMBER {
        Err(wrong("it is longer than 100 characters"))
    } else if number.chars().any(char::is_control) {
        Err(wrong("it may hold no control characters"))
    } else {
        Ok(number)
    }
}

fn carrier<'a>(told: Option<&Text<'a>>) -> Result<Cow<'a, str>, MemberError> {
    let wrong = |detail: &str| Err(MemberError::new("/carrier", detail));
    match told {
        None => wrong("it is required: `own` for parcels that you move yourself"),
        Some(code) if code.len() > LONGEST_CARRIER => wrong("it is longer than 64 bytes"),
        Some(code) => carrier_code(code),
    }
}

fn references(told: Option<&[Text<'_>]>, wrong: &mut Vec<MemberError>) -> Vec<String> {
    let told = told.unwrap_or_default();
    if told.len() > MOST_REFERENCES {
        let detail = format!("there may be {MOST_REFERENCES} of them");
        wrong.push(MemberError::new("/references", detail));
    }
    for (at, reference) in told.iter().enumerate().take(MOST_REFERENCES) {
        let trimmed = reference.trim();
        let fits = !trimmed.is_empty()
            && trimmed.chars().count() <= LONGEST_REFERENCE
            && !trimmed.chars().any(char::is_control);
        if !fits {
            let detail = format!(
                "it must have 1 to {LONGEST_REFERENCE} characters and no control characters"
            );
            wrong.push(MemberError::of(format!("/references/{at}"), detail));
        }
    }
    told.iter().map(|text| text.trim().to_owned()).collect()
}

fn data(told: Option<&RawValue>, wrong: &mut Vec<MemberError>) -> serde_json::Value {
    let Some(raw) = told else {
        return serde_json::Value::Null;
    };
    let object = Some(raw.get())
        .filter(|raw| raw.len() <= LONGEST_DATA && depth_is_sane(raw.as_bytes()))
        .and_then(|raw| serde_json::from_str(raw).ok())
        .filter(serde_json::Value::is_object);
    object.unwrap_or_else(|| {
        let detail = format!("it must be an object of at most {LONGEST_DATA} bytes");
        wrong.push(MemberError::new("/data", detail));
        serde_json::Value::Null
    })
}

fn notices(told: Option<&[&RawValue]>, wrong: &mut Vec<MemberError>) -> Vec<Checked> {
    let told = told.unwrap_or_default();
    if told.len() > MOST_RECIPIENTS {
        let detail = format!("there may be {MOST_RECIPIENTS} of them");
        wrong.push(MemberError::new("/notices", detail));
        return Vec::new();
    }
    let mut checked = Vec::with_capacity(told.len());
    for (at, raw) in told.iter().enumerate() {
        let Ok(noticed) = serde_json::from_str::<Noticed>(raw.get()) else {
            let detail = "it must be an object with `address` and, where they are wanted, `language` and `stages` (a list of names)";
            wrong.push(MemberError::of(format!("/notices/{at}"), detail));
            continue;
        };
        match NoticeWish::from(noticed).check() {
            Ok(right) => checked.push(right),
            Err(errors) => wrong.extend(errors.iter().map(|error| {
                let member = match error {
                    HubError::UnknownValue { name, .. } => name,
                    _ => "address",
                };
                MemberError::of(format!("/notices/{at}/{member}"), error.to_string())
            })),
        }
    }
    checked
}

fn connections(
    told: Option<&[Text<'_>]>,
    carrier: &str,
    askable: &Askable,
    wrong: &mut Vec<MemberError>,
) -> Vec<trackway_model::ConnectionId> {
    if told.is_some_and(|names| names.len() > MOST_CONNECTIONS) {
        let detail = format!("there may be {MOST_CONNECTIONS} of them");
        wrong.push(MemberError::new("/connections", detail));
        return Vec::new();
    }
    let names: Option<Vec<&str>> = told.map(|names| names.iter().map(|name| &**name).collect());
    match askable.of(carrier, names.as_deref()) {
        Ok(connections) => connections.iter().map(|connection| connection.id).collect(),
        Err(at) => {
            let detail = "the account has no connection of this name that can be asked about the carrier: see GET /v1/connections";
            wrong.push(MemberError::of(format!("/connections/{at}"), detail));
            Vec::new()
        }
    }
}

/// What is wrong with an item that has not even the shape of one.
pub fn explain(raw: &str) -> Vec<MemberError> {
    let problem = serde_json::from_str::<Wanted<'_>>(raw).err();
    let members: Result<serde_json::Map<String, serde_json::Value>, _> = serde_json::from_str(raw);
    let Ok(told) = members else {
        return vec![MemberError::new("", "a shipment is an object")];
    };
    let is_text = |value: &serde_json::Value| value.is_string() || value.is_null();
    let is_texts = |value: &serde_json::Value| {
        value.is_null()
            || value
                .as_array()
                .is_some_and(|items| items.iter().all(serde_json::Value::is_string))
    };
    let is_list = |value: &serde_json::Value| value.is_null() || value.is_array();
    let texts = ["number", "carrier"].map(|name| (name, told.get(name).is_none_or(is_text)));
    let lists =
        ["references", "connections"].map(|name| (name, told.get(name).is_none_or(is_texts)));
    let wrong = |(name, fits): (&str, bool), what: &str| {
        (!fits).then(|| MemberError::of(format!("/{name}"), format!("it must be {what}")))
    };
    let mut found: Vec<_> = texts
        .into_iter()
        .filter_map(|text| wrong(text, "a string"))
        .collect();
    found.extend(
        lists
            .into_iter()
            .filter_map(|list| wrong(list, "a list of strings")),
    );
    if !told.get("notices").is_none_or(is_list) {
        found.push(MemberError::new("/notices", "it must be a list of objects"));
    }
    if found.is_empty() {
        let detail = problem.map_or_else(|| "it can't be read".to_owned(), |e| e.to_string());
        found.push(MemberError::new("", detail));
    }
    found
}
