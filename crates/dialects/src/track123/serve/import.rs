//! Registering numbers (§5.3): one transaction a call, each item accepted or refused by itself. A number
//! has one registration with a courier; one that nobody can name a courier for is taken all the same.

use super::super::envelope::{Outcome, Refused, Stop};
use super::super::service::Code;
use super::super::{NAME, carriers, frame, own, synthesis, wire};
use super::{IMPORTED, NO_OBJECT, carrier_of, named};
use crate::desk::{Desk, Principal, Wish};
use crate::raw::{Object, quoted};
use serde_json::{Map, Value};
use std::collections::HashSet;
use trackway_model::intake::number_key;

/// Members that name an item in a refusal.
const NAMED: &[&str] = &[wire::TRACK_NO, wire::ORDER_NO, wire::COURIER_CODE];

/// What else was given, in the order of §5.3's example.
const ECHOED: [&str; 9] = [
    wire::POSTAL_CODE,
    wire::ORDER_NO,
    wire::COUNTRY,
    wire::SHIP_TIME,
    wire::CUSTOMER_EMAIL,
    wire::REMARK,
    wire::EXTEND_FIELD_MAP,
    wire::CUSTOM_1,
    wire::CUSTOM_2,
];

/// An item that may be registered.
struct Wanted {
    at: usize,
    wish: Wish,
    echo: String,
    named: Named,
}

/// The members that name an item, as JSON.
type Named = Vec<(&'static str, String)>;

pub async fn import<D: Desk>(desk: &D, principal: &Principal, body: &[u8]) -> Result<String, Stop> {
    let items = frame::list(desk, body)?;
    let mut refused: Vec<(usize, Named, Refused)> = Vec::new();
    let mut wanted = Vec::with_capacity(items.len());
    for (at, text) in items.into_iter().enumerate() {
        let object = Object::of_text(text).ok();
        let named = named(object.as_ref(), NAMED);
        let read = object
            .ok_or_else(|| Refused::wrong(NO_OBJECT))
            .and_then(|object| wish(desk, &object));
        match read {
            Ok((wish, echo)) => wanted.push(Wanted {
                at,
                wish,
                echo,
                named,
            }),
            Err(why) => refused.push((at, named, why)),
        }
    }
    let wishes: Vec<Wish> = wanted.iter().map(|wanted| wanted.wish.clone()).collect();
    let news = news(desk, principal, &wishes).await?;
    frame::charge(desk, principal, news).await?;
    let made = desk.register(principal, NAME, wishes).await?;
    let mut outcome = Outcome::default();
    for (wanted, (_, new)) in wanted.into_iter().zip(made) {
        if new {
            outcome.accepted.push(wanted.echo);
        } else {
            let why = Refused::new(Code::Parameter, IMPORTED);
            refused.push((wanted.at, wanted.named, why));
        }
    }
    refused.sort_by_key(|(at, _, _)| *at);
    for (at, named, why) in refused {
        outcome.reject(at, &named, &why);
    }
    Ok(outcome.written())
}

/// How many of them are not registered yet: those that cost something. Nobody asks where there is no
/// quota.
async fn news<D: Desk>(desk: &D, principal: &Principal, wishes: &[Wish]) -> Result<u64, Stop> {
    if desk.setting(frame::QUOTA).is_none() {
        return Ok(0);
    }
    let mut seen = HashSet::new();
    let mut news = 0;
    for wish in wishes {
        if seen.insert((&wish.carrier, number_key(&wish.number))) {
            let known = desk.registered(principal, NAME, Some(&wish.carrier), &wish.number);
            news += u64::from(known.await?.is_empty());
        }
    }
    Ok(news)
}

/// What an item asks, and how it is told back.
fn wish<D: Desk>(desk: &D, object: &Object<'_>) -> Result<(Wish, String), Refused> {
    let item = own::item(object)?;
    let mut given = own::members(object)?;
    given.retain(|_, value| !value.is_null());
    let country = given.get(wire::COUNTRY).and_then(Value::as_str);
    let (carrier, courier) = carrier_of(desk, &item, country)?;
    if let Some(needed) = courier.as_deref().and_then(carriers::needs) {
        tracing::debug!(
            carrier,
            needed,
            given = has(&given, needed),
            "a courier needs more"
        );
    }
    let echo = echo(&item.number, courier.as_deref(), &given);
    given.insert(wire::TRACK_NO.to_owned(), Value::from(item.number.as_ref()));
    if let Some(courier) = courier {
        given.insert(wire::COURIER_CODE.to_owned(), Value::from(courier));
    }
    let data = Value::Object(given);
    let key = own::key(&data);
    let wish = Wish {
        carrier,
        number: item.number.into_owned(),
        references: key.iter().cloned().collect(),
        key,
        data,
    };
    Ok((wish, echo))
}

fn has(given: &Map<String, Value>, needed: &str) -> bool {
    given.contains_key(needed)
        || given
            .get(wire::EXTEND_FIELD_MAP)
            .is_some_and(|extras| extras.get(needed).is_some())
}

/// An accepted item: number and courier, and what else was given.
fn echo(number: &str, courier: Option<&str>, given: &Map<String, Value>) -> String {
    let mut members = vec![
        (wire::TRACK_NO, quoted(number)),
        (
            wire::COURIER_CODE,
            courier.map_or_else(|| "null".to_owned(), quoted),
        ),
    ];
    let given = |name| Some((name, given.get(name)?.to_string()));
    members.extend(ECHOED.into_iter().filter_map(given));
    synthesis::object(&members)
}
