//! Lossless passage: an answer that came in by `call` goes out byte for byte. Only what belongs to
//! the asking client differs: the echoed carrier and number, and what `area_show` and `order` ask.
//! We ask the vendor for everything, newest first, so that every client's wish is a part of it.

use super::request::Asked;
use super::wire;
use crate::raw::{Object, elements, quoted};
use std::borrow::Cow;

/// The whole answer made of a kept one; None where the kept bytes are no answer with `data`.
pub fn answer(kept: &[u8], asked: &Asked<'_>) -> Option<String> {
    let envelope = Object::parse(kept).ok()?;
    let data = Object::of_text(envelope.get(wire::DATA)?).ok()?;
    let mut changes = vec![
        (wire::CARRIER_ID, quoted(&asked.carrier_id)),
        (wire::TRACKING_NUMBER, quoted(&asked.tracking_number)),
    ];
    let as_kept = asked.area && !asked.ascending;
    if let Some(list) = data
        .get(wire::ITEMS)
        .and_then(elements)
        .filter(|_| !as_kept)
    {
        changes.push((wire::ITEMS, items(list, asked)));
    }
    let data = data.with(&changes);
    Some(envelope.with(&[(wire::CODE, "200"), (wire::DATA, &data)]))
}

fn items(mut list: Vec<&str>, asked: &Asked<'_>) -> String {
    if asked.ascending {
        list.reverse();
    }
    let list: Vec<_> = list.into_iter().map(|raw| item(raw, asked)).collect();
    format!("[{}]", list.join(","))
}

/// An item as sent, or of it only what `area_show` 0 leaves.
pub fn item<'a>(raw: &'a str, asked: &Asked<'_>) -> Cow<'a, str> {
    match Object::of_text(raw) {
        Ok(members) if !asked.area => {
            let left: Vec<_> = [wire::CONTEXT, wire::TIME]
                .iter()
                .filter_map(|name| Some(format!("{}:{}", quoted(name), members.get(name)?)))
                .collect();
            Cow::Owned(format!("{{{}}}", left.join(",")))
        }
        _ => Cow::Borrowed(raw),
    }
}
