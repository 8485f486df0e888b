//! N&H's API called by us, sans-IO. Any row of the index is asked through one client (`client`); its
//! records are pulled by `pull`, its cancels told by `cancel`.
//!
//! Here: the details of a shipment, an order or a return by its code, and a parcel by its courier's
//! number out of the list of shipments. A call about one number; the answer's `data` is kept whole for
//! passage.
//!
//! What a number is follows from the form of the codes (nandh-oms.md §3) [inferred]; any other number is
//! a courier's. No rate is documented (§1): a connection's settings tell what was agreed.

mod cancel;
mod client;
mod pull;

use super::statement::{self, DETAILS, Subject};
use super::{CARRIER, Nandh, routes};
use crate::dialect::carries::{BOOKS, Carries};
use crate::dialect::pulls::Pulls;
use crate::dialect::{Answer, COUNTED_AT, Call, CallError, Outgoing, Parcel, Parsed, Upstream};
use crate::fingerprint;
use crate::raw::{self, Object};
use client::{Ask, Heard, KEY, shape};
use trackway_model::intake::{self, Part, number_key};
use trackway_model::vocabulary::Vocabulary;

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

    /// What is asked of the upstream.
    fn call(self) -> routes::Call {
        match self {
            Self::Detail(Subject::Shipment) => routes::Call::Shipment,
            Self::Detail(Subject::Order) => routes::Call::Order,
            Self::Detail(Subject::Return) => routes::Call::Return,
            Self::Listed => routes::Call::Shipments,
        }
    }

    fn ask(self, number: &str) -> Ask<'_> {
        match self {
            Self::Detail(_) => Ask::about(number),
            Self::Listed => Ask::page(1).with("courier_tracking_code", number),
        }
    }

    const fn subject(self) -> Subject {
        match self {
            Self::Detail(subject) => subject,
            Self::Listed => Subject::Shipment,
        }
    }
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

    fn pulls(&self) -> Option<&dyn Pulls> {
        Some(self)
    }

    fn request(&self, upstream: &Upstream<'_>, parcel: &Parcel<'_>) -> Result<Outgoing, CallError> {
        let asked = Asked::of(parcel);
        client::ask(upstream, asked.call(), &asked.ask(parcel.number))
    }

    fn parse(
        &self,
        vocabulary: &Vocabulary,
        parcel: &Parcel<'_>,
        answer: &Answer<'_>,
    ) -> Result<Parsed, CallError> {
        let heard = client::heard(answer)?;
        let asked = Asked::of(parcel);
        let data = match asked {
            Asked::Detail(_) => heard.object()?,
            Asked::Listed => listed(&heard, parcel.number)?,
        };
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
fn listed<'a>(heard: &Heard<'a>, number: &str) -> Result<Object<'a>, CallError> {
    let rows = heard.rows()?;
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
    found.ok_or_else(|| CallError::Nothing {
        code: "NOT_FOUND".to_owned(),
        text: "no shipment has this courier's number".to_owned(),
    })
}
