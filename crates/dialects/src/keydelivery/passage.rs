//! Lossless passage: an answer that came in by `call` goes out byte for byte, and so does a push that
//! came in by `hook`. Only what belongs to the asking client differs: the echoed carrier and number,
//! and what `area_show` and `order` ask. We ask the vendor for everything, newest first, so that every
//! client's wish is a part of it.
//!
//! Where an answer is made of a push, or a push of an answer, the items' codes are written as that one
//! writes them, and the members that only one of them has are left out or added.

use super::item::{Spelling, respelt, spelt};
use super::request::Asked;
use super::{PUSH, wire};
use crate::raw::{Object, elements, quoted};
use std::borrow::Cow;
use trackway_model::view::DocumentView;

/// Members that only a push has.
const OF_PUSHES: [&str; 3] = [wire::EVENT, wire::MESSAGE, wire::SIGNER];

/// The whole answer made of what is kept; None where the kept bytes are no answer with `data`, and no
/// push.
pub fn answer(kept: &DocumentView, asked: &Asked<'_>) -> Option<String> {
    if kept.stream == PUSH.id {
        return of_push(&kept.body, asked);
    }
    let envelope = Object::parse(&kept.body).ok()?;
    let data = Object::of_text(envelope.get(wire::DATA)?).ok()?;
    let mut changes = echoed(asked);
    let as_kept = asked.area && !asked.ascending;
    if let Some(list) = data
        .get(wire::ITEMS)
        .and_then(elements)
        .filter(|_| !as_kept)
    {
        changes.push((wire::ITEMS, items(list, asked, None)));
    }
    let data = data.with(&changes);
    Some(envelope.with(&[(wire::CODE, "200"), (wire::DATA, &data)]))
}

/// An answer that says what a push said.
fn of_push(kept: &[u8], asked: &Asked<'_>) -> Option<String> {
    let push = Object::parse(kept).ok()?;
    let mut text = push.with::<&str>(&[]);
    for name in OF_PUSHES {
        text = Object::of_text(&text).ok()?.without(name);
    }
    let data = Object::of_text(&text).ok()?;
    let mut changes = echoed(asked);
    if let Some(code) = data
        .get(wire::STATUS_CODE)
        .and_then(|code| respelt(code, Spelling::Number))
    {
        changes.push((wire::STATUS_CODE, code));
    }
    let list = data.get(wire::ITEMS).and_then(elements).unwrap_or_default();
    changes.push((wire::ITEMS, items(list, asked, Some(Spelling::Number))));
    let data = data.with(&changes);
    Some(format!(r#"{{"code":200,"message":"OK","data":{data}}}"#))
}

fn echoed(asked: &Asked<'_>) -> Vec<(&'static str, String)> {
    vec![
        (wire::CARRIER_ID, quoted(&asked.carrier_id)),
        (wire::TRACKING_NUMBER, quoted(&asked.tracking_number)),
    ]
}

fn items(mut list: Vec<&str>, asked: &Asked<'_>, spelling: Option<Spelling>) -> String {
    if asked.ascending {
        list.reverse();
    }
    let list: Vec<_> = list
        .into_iter()
        .map(|raw| item(raw, asked.area, spelling))
        .collect();
    format!("[{}]", list.join(","))
}

/// An item as sent, its code written so, or of it only what `area_show` 0 leaves.
pub fn item(raw: &str, area: bool, spelling: Option<Spelling>) -> Cow<'_, str> {
    match Object::of_text(raw) {
        Ok(members) if !area => {
            let left: Vec<_> = [wire::CONTEXT, wire::TIME]
                .iter()
                .filter_map(|name| Some(format!("{}:{}", quoted(name), members.get(name)?)))
                .collect();
            Cow::Owned(format!("{{{}}}", left.join(",")))
        }
        _ => spelling.map_or(Cow::Borrowed(raw), |spelling| spelt(raw, spelling)),
    }
}

/// What a push says beside the parcel's own data.
#[derive(Clone, Copy, Debug)]
pub struct Heading<'a> {
    pub event: &'a str,
    pub message: &'a str,
    /// As the client spelt them; None: as they are kept.
    pub carrier_id: Option<&'a str>,
    pub tracking_number: Option<&'a str>,
    pub area: bool,
}

/// A push that came in, on its way out; None where the kept bytes are none. `area` false leaves two
/// members an item.
pub fn push(kept: &[u8], heading: &Heading<'_>) -> Option<String> {
    let push = Object::parse(kept).ok()?;
    let mut changes = renamed(&push, heading);
    let list = push.get(wire::ITEMS).and_then(elements);
    if let Some(list) = list.filter(|_| !heading.area) {
        changes.push((wire::ITEMS, of_push_items(list, heading)));
    }
    Some(push.with(&changes))
}

/// A push that says what an answer said; None where the kept bytes are no answer with `data`.
pub fn push_of_answer(
    kept: &[u8],
    heading: &Heading<'_>,
    signer: impl Fn(&str) -> u8,
) -> Option<String> {
    let envelope = Object::parse(kept).ok()?;
    let data = Object::of_text(envelope.get(wire::DATA)?).ok()?;
    let mut changes = renamed(&data, heading);
    let list = data.get(wire::ITEMS).and_then(elements).unwrap_or_default();
    changes.push((wire::ITEMS, of_push_items(list, heading)));
    let code = data.get(wire::STATUS_CODE);
    if let Some(code) = code.and_then(|code| respelt(code, Spelling::Number)) {
        changes.push((wire::STATUS_CODE, code));
    }
    let signer = code
        .and_then(super::item::code)
        .map_or(0, |code| signer(&code));
    changes.push((wire::SIGNER, signer.to_string()));
    let body = data.with(&changes);
    // In the reference's order: what happened first.
    let body = Object::of_text(&body)
        .ok()?
        .with_first(wire::MESSAGE, &quoted(heading.message));
    Some(
        Object::of_text(&body)
            .ok()?
            .with_first(wire::EVENT, &quoted(heading.event)),
    )
}

fn of_push_items(list: Vec<&str>, heading: &Heading<'_>) -> String {
    let list: Vec<_> = list
        .into_iter()
        .map(|raw| item(raw, heading.area, Some(Spelling::Text)))
        .collect();
    format!("[{}]", list.join(","))
}

/// The members that are the client's own, where they are spelt otherwise.
fn renamed(kept: &Object<'_>, heading: &Heading<'_>) -> Vec<(&'static str, String)> {
    let own = [
        (wire::CARRIER_ID, heading.carrier_id),
        (wire::TRACKING_NUMBER, heading.tracking_number),
    ];
    own.into_iter()
        .filter_map(|(name, own)| Some((name, own?)))
        .filter(|(name, own)| kept.get(name).and_then(super::item::string).as_deref() != Some(*own))
        .map(|(name, own)| (name, quoted(own)))
        .collect()
}
