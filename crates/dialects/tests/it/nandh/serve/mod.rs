//! N&H's API by us, over its router.

mod catalog;
mod details;
mod door;
mod kept;
mod mistakes;
mod places;
mod products;
mod stock;
mod trade;
pub mod world;

use trackway_dialects::raw::{Object, elements};
use world::{Told, World};

/// The names of an object's members in their order.
fn names(text: &str) -> Vec<String> {
    let object = Object::parse(text.as_bytes()).unwrap();
    object
        .members()
        .map(|member| member.name.to_string())
        .collect()
}

/// The answer has every member of the reference's example, in its order and of its type, before its own.
/// Where the example has an object, the same holds within.
#[track_caller]
fn assert_shaped(told: &str, example: &str, path: &str) {
    let (own, known) = (names(told), names(example));
    assert_eq!(own[..known.len().min(own.len())], known[..], "{path}");
    let (told, example) = (
        Object::parse(told.as_bytes()).unwrap(),
        Object::parse(example.as_bytes()).unwrap(),
    );
    for name in known {
        let (own, known) = (told.get(&name).unwrap(), example.get(&name).unwrap());
        let path = format!("{path}.{name}");
        if own == "null" || known == "null" {
            continue;
        }
        assert_eq!(kind(own), kind(known), "{path}: {own}, {known}");
        if kind(known) == '{' && known != "{}" && own != "{}" {
            assert_shaped(own, known, &path);
        }
    }
}

/// The type of a value, whole numbers and others apart.
fn kind(value: &str) -> char {
    match value.as_bytes()[0] {
        b'-' | b'0'..=b'9' if value.contains('.') => '.',
        b'-' | b'0'..=b'9' => '0',
        b't' | b'f' => 'b',
        other => char::from(other),
    }
}

/// The first row of a page.
fn first(told: &Told) -> String {
    let data = told.raw();
    elements(&data).unwrap()[0].to_owned()
}
