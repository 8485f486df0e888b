//! What a dialect knows of the members of its JSON, as data, and what differs from it in an answer or
//! a webhook that came.
//!
//! Contract: a comparison names members and types and never a value. It is bounded: at most `MOST`
//! things of one body, each member of a list's elements once. Null is at home everywhere.

use crate::raw::{self, Object, Value};
use trackway_model::strange::{Oddity, Strange};

/// What a member holds.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Text,
    Number,
    /// A text or a number: sources write codes either way.
    Code,
    Any,
    Object(&'static [Known]),
    /// A list of objects.
    List(&'static [Known]),
    /// A list of texts.
    Texts,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Number => "a number",
            Self::Code => "a text or a number",
            Self::Any => "anything",
            Self::Object(_) => "an object",
            Self::List(_) => "a list of objects",
            Self::Texts => "a list of texts",
        }
    }

    fn fits(self, value: &str) -> bool {
        let begins = value.as_bytes().first().copied().unwrap_or_default();
        let is_number = begins == b'-' || begins.is_ascii_digit();
        match self {
            Self::Any => true,
            Self::Text => begins == b'"',
            Self::Number => is_number,
            Self::Code => begins == b'"' || is_number,
            Self::Object(_) => begins == b'{',
            Self::List(_) | Self::Texts => begins == b'[',
        }
    }
}

/// A member.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    pub name: &'static str,
    pub kind: Kind,
    /// Whether it stands in every body, be it as null.
    pub always: bool,
}

/// A member that is always there.
pub const fn always(name: &'static str, kind: Kind) -> Known {
    Known {
        name,
        kind,
        always: true,
    }
}

/// A member that may be left out.
pub const fn maybe(name: &'static str, kind: Kind) -> Known {
    Known {
        name,
        kind,
        always: false,
    }
}

/// Surprises that are told of one body.
const MOST: usize = 32;
/// Characters of a name that is told.
const LONGEST_NAME: usize = 64;

/// What differs in a body that can be read as an object; nothing of one that can't.
pub fn compare(known: &[Known], body: &[u8]) -> Vec<Strange> {
    let mut found = Vec::new();
    if let Ok(object) = Object::parse(body) {
        look(known, &object, "", &mut found);
    }
    found
}

fn look(known: &[Known], object: &Object<'_>, path: &str, found: &mut Vec<Strange>) {
    let at = |name: &str| {
        if path.is_empty() {
            name.to_owned()
        } else {
            format!("{path}.{name}")
        }
    };
    for member in known.iter().filter(|member| member.always) {
        if object.get_any_case(member.name).is_none() {
            let expected = member.kind.name();
            tell(
                found,
                Strange::new(Oddity::MissingMember, at(member.name), expected, "nothing"),
            );
        }
    }
    for member in object.members() {
        let same = |known: &&Known| known.name.eq_ignore_ascii_case(&member.name);
        let Some(known) = known.iter().find(same) else {
            let name = at(&told(&member.name));
            tell(
                found,
                Strange::new(
                    Oddity::NewMember,
                    name,
                    "no such member",
                    described(member.value),
                ),
            );
            continue;
        };
        inside(known, &object.value_of(&member), &at(known.name), found);
    }
}

fn inside(known: &Known, value: &Value<'_>, path: &str, found: &mut Vec<Strange>) {
    let text = value.text();
    if text == "null" {
        return;
    }
    if !known.kind.fits(text) {
        let expected = known.kind.name();
        return tell(
            found,
            Strange::new(Oddity::OtherType, path, expected, described(text)),
        );
    }
    match known.kind {
        Kind::Object(members) => {
            if let Some(object) = value.object() {
                look(members, &object, path, found);
            }
        }
        Kind::List(members) => {
            let path = format!("{path}[]");
            for element in value.elements().unwrap_or_default() {
                match element.object() {
                    Some(object) => look(members, &object, &path, found),
                    None => tell(
                        found,
                        Strange::new(
                            Oddity::OtherType,
                            &*path,
                            "an object",
                            described(element.text()),
                        ),
                    ),
                }
            }
        }
        Kind::Texts => {
            for element in value.elements().unwrap_or_default() {
                let text = Known {
                    kind: Kind::Text,
                    ..*known
                };
                inside(&text, &element, &format!("{path}[]"), found);
            }
        }
        Kind::Text | Kind::Number | Kind::Code | Kind::Any => {}
    }
}

/// Each once, and no more than are told.
fn tell(found: &mut Vec<Strange>, strange: Strange) {
    let known = |held: &Strange| held.oddity == strange.oddity && held.member == strange.member;
    if found.len() < MOST && !found.iter().any(known) {
        found.push(strange);
    }
}

/// A member's name, where it is one: a key that a person's words were made of is not told.
fn told(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'$');
    let begins = name.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
    if begins && name.len() <= LONGEST_NAME && name.bytes().all(plain) {
        name.to_owned()
    } else {
        format!("(a name of {} characters)", name.chars().count())
    }
}

/// A value's type and length.
pub fn described(value: &str) -> String {
    match value.as_bytes().first() {
        Some(b'"') => {
            let length = raw::scalar(value).map_or(0, |text| text.chars().count());
            format!("a text of {length} characters")
        }
        Some(b'{') => {
            let members = Object::of_text(value).map_or(0, |object| object.members().len());
            format!("an object of {members} members")
        }
        Some(b'[') => {
            let elements = raw::elements(value).map_or(0, |elements| elements.len());
            format!("a list of {elements}")
        }
        Some(b't' | b'f') => "a boolean".to_owned(),
        Some(b'n') => "null".to_owned(),
        Some(_) => format!("a number of {} characters", value.len()),
        None => "nothing".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ELEMENT: &[Known] = &[always("code", Kind::Code), maybe("note", Kind::Text)];
    const KNOWN: &[Known] = &[
        always("number", Kind::Text),
        maybe("weight", Kind::Number),
        always("list", Kind::List(ELEMENT)),
        maybe("images", Kind::Texts),
        maybe("more", Kind::Object(ELEMENT)),
        maybe("any", Kind::Any),
    ];

    fn told_of(body: &str) -> Vec<String> {
        let found = compare(KNOWN, body.as_bytes());
        found
            .into_iter()
            .map(|s| format!("{} {}: {}, {}", s.oddity, s.member, s.expected, s.found))
            .collect()
    }

    #[test]
    fn what_is_as_it_is_known_is_no_surprise() {
        for body in [
            r#"{"number":"A","list":[]}"#,
            r#"{"NUMBER":null,"list":null,"weight":-1.50,"any":[{}],"images":["a",null]}"#,
            r#"{"number":"A","list":[{"code":3},{"code":"3","note":null}],"more":{"code":1}}"#,
            "no object",
        ] {
            assert_eq!(told_of(body), Vec::<String>::new(), "{body}");
        }
    }

    #[test]
    fn a_surprise_names_the_member_and_never_the_value() {
        let body = r#"{"number":7,"list":[{"code":"1","note":["Nguyen"]},{"note":"x"},{"note":["b"]},5],
            "phone":"0900000000","Nguyen Van A":{"a":1},"weight":"3 kg","images":[1]}"#;
        assert_eq!(
            told_of(body),
            [
                "other_type number: a text, a number of 1 characters",
                "other_type list[].note: a text, a list of 1",
                "missing_member list[].code: a text or a number, nothing",
                "other_type list[]: an object, a number of 1 characters",
                "new_member phone: no such member, a text of 10 characters",
                "new_member (a name of 12 characters): no such member, an object of 1 members",
                "other_type weight: a number, a text of 4 characters",
                "other_type images[]: a text, a number of 1 characters",
            ]
        );
        assert_eq!(
            told_of("{}"),
            [
                "missing_member number: a text, nothing",
                "missing_member list: a list of objects, nothing"
            ]
        );
    }

    #[test]
    fn surprises_are_bounded() {
        let members: Vec<String> = (0..100).map(|n| format!("\"m{n}\":1")).collect();
        assert_eq!(told_of(&format!("{{{}}}", members.join(","))).len(), MOST);
    }
}
