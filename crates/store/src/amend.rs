//! What a repeated registration adds to the one that is known.
//!
//! Contract: pure. The same wish a second time changes nothing. What is known goes away only where
//! the newer wish names the same member, or where both together would be too long; a wish that gives
//! nothing takes nothing away.

use crate::search::{MOST_REFERENCES, kept_references};
use serde_json::{Map, Value};

/// Bytes of the client's own members that a registration keeps, about; one wish alone may bring more.
pub const LONGEST_DATA: usize = 4_096;

/// What wishes add to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Holding {
    pub data: Value,
    /// Ascending, at most `MOST_REFERENCES`.
    pub references: Vec<String>,
}

/// What a wish brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Amended {
    pub data: bool,
    /// The references that were not there.
    pub references: Vec<String>,
}

impl Amended {
    pub fn is_nothing(&self) -> bool {
        !self.data && self.references.is_empty()
    }
}

impl Holding {
    /// Adds what a wish gives.
    pub fn amend(&mut self, data: &Value, references: &[String]) -> Amended {
        let merged = merged(&self.data, data);
        let mut news = kept_references(references);
        news.retain(|reference| !self.references.contains(reference));
        news.truncate(MOST_REFERENCES.saturating_sub(self.references.len()));
        self.references.extend_from_slice(&news);
        self.references.sort_unstable();
        Amended {
            data: std::mem::replace(&mut self.data, merged) != self.data,
            references: news,
        }
    }
}

/// The newer members, and beside them the known ones that have room.
fn merged(known: &Value, given: &Value) -> Value {
    match (known, given) {
        (_, Value::Null) => known.clone(),
        (Value::Object(known), Value::Object(given)) => Value::Object(beside(given, known)),
        _ => given.clone(),
    }
}

fn beside(given: &Map<String, Value>, known: &Map<String, Value>) -> Map<String, Value> {
    let mut merged = given.clone();
    let mut bytes: usize = given.iter().map(length).sum();
    for member in known.iter().filter(|(name, _)| !given.contains_key(*name)) {
        let more = length(member);
        if bytes + more <= LONGEST_DATA {
            bytes += more;
            merged.insert(member.0.clone(), member.1.clone());
        }
    }
    merged
}

/// Bytes of a member as it is written, with what separates it from the next.
fn length((name, value): (&String, &Value)) -> usize {
    name.len() + value.to_string().len() + "\"\":,".len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn texts(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn newer_members_stand_beside_the_known_ones() {
        let mut held = Holding {
            data: json!({ "title": "Lamp", "note": "ring twice" }),
            references: texts(&["SO-1"]),
        };
        let brought = held.amend(
            &json!({ "note": "leave it", "gift": true }),
            &texts(&["SO-2", " SO-1 "]),
        );
        assert!(brought.data);
        assert_eq!(brought.references, ["SO-2"]);
        let expected = json!({ "title": "Lamp", "note": "leave it", "gift": true });
        assert_eq!(held.data, expected);
        assert_eq!(held.references, ["SO-1", "SO-2"]);
        assert!(held.amend(&Value::Null, &[]).is_nothing());
        assert_eq!(held.data, expected);
    }

    #[test]
    fn what_has_no_room_is_left_out() {
        let long = "x".repeat(LONGEST_DATA - 100);
        let mut held = Holding {
            data: json!({ "a": "y".repeat(200), "b": 1 }),
            references: (0..15).map(|n| format!("SO-{n:02}")).collect(),
        };
        let brought = held.amend(&json!({ "c": long }), &texts(&["PO-1", "PO-2"]));
        assert_eq!(held.data, json!({ "b": 1, "c": long }));
        assert_eq!(brought.references, ["PO-1"]);
        assert_eq!(held.references.len(), MOST_REFERENCES);
    }

    proptest! {
        #[test]
        fn a_second_time_changes_nothing(
            wishes in proptest::collection::vec(
                (proptest::collection::btree_map("[a-d]", 0_usize..3_000, 0..4),
                 proptest::collection::vec("[A-C][0-9]", 0..9)), 1..6),
        ) {
            let mut held = Holding::default();
            for (members, references) in &wishes {
                let members = members.iter().map(|(name, n)| (name.clone(), json!("z".repeat(*n))));
                let data = Value::Object(members.collect());
                let before = held.clone();
                let brought = held.amend(&data, references);
                prop_assert_eq!(brought.is_nothing(), before == held);
                prop_assert!(held.references.len() <= MOST_REFERENCES);
                prop_assert!(before.references.iter().all(|known| held.references.contains(known)));
                for (name, value) in data.as_object().into_iter().flatten() {
                    prop_assert_eq!(&held.data[name], value);
                }
                let once = held.clone();
                prop_assert!(held.amend(&data, references).is_nothing());
                prop_assert_eq!(once, held.clone());
            }
        }
    }
}
