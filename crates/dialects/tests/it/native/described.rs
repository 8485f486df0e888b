//! What is sent has the shape that the OpenAPI document tells.

use super::desk;
use super::hook::{hook, of_clock, sent, signed, tell};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use trackway_dialects::dialect::Subscriber;
use trackway_dialects::native;
use trackway_model::ConnectionId;
use trackway_model::change::ChangeKind;

const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const NOW: i64 = 1_715_133_660_000_000;

struct Document(Value);

impl Document {
    fn read() -> Self {
        Self(serde_json::to_value(native::openapi()).unwrap())
    }

    /// The shape of the message of a type.
    fn message(&self, kind: &str) -> &Value {
        &self.0["webhooks"][kind]["post"]["requestBody"]["content"]["application/json"]["schema"]
    }

    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(link) => self.0.pointer(link.trim_start_matches('#')).unwrap(),
            None => schema,
        }
    }

    /// A shape's members and which of them are there always, those of its parts with them.
    fn members<'a>(
        &'a self,
        schema: &'a Value,
    ) -> (BTreeMap<&'a str, &'a Value>, BTreeSet<&'a str>) {
        let schema = self.resolved(schema);
        let (mut members, mut required) = (BTreeMap::new(), BTreeSet::new());
        for part in schema["allOf"].as_array().into_iter().flatten() {
            let (of_part, needs) = self.members(part);
            members.extend(of_part);
            required.extend(needs);
        }
        let own = schema["properties"].as_object().into_iter().flatten();
        members.extend(own.map(|(name, member)| (name.as_str(), member)));
        let needs = schema["required"].as_array().into_iter().flatten();
        required.extend(needs.map(|name| name.as_str().unwrap()));
        (members, required)
    }

    /// What of a value is not as its schema says.
    fn misfits(&self, at: &str, schema: &Value, value: &Value, found: &mut Vec<String>) {
        let schema = self.resolved(schema);
        if let Some(choices) = schema["oneOf"].as_array() {
            let fits = |choice: &Value| {
                let mut wrong = Vec::new();
                self.misfits(at, choice, value, &mut wrong);
                wrong.is_empty()
            };
            if !choices.iter().any(fits) {
                found.push(format!("{at}: none of the choices"));
            }
            return;
        }
        if let Some(words) = schema["enum"].as_array()
            && !words.contains(value)
        {
            found.push(format!("{at}: not one of the words"));
        }
        let types = match &schema["type"] {
            Value::Array(types) => types.clone(),
            Value::Null => vec![json!("object")],
            one => vec![one.clone()],
        };
        if !types.contains(&json!(type_of(value))) {
            found.push(format!("{at}: {} is none of {types:?}", type_of(value)));
        }
        match value {
            Value::Object(given) => {
                let (members, required) = self.members(schema);
                for (name, value) in given {
                    match members.get(name.as_str()) {
                        Some(member) => {
                            self.misfits(&format!("{at}/{name}"), member, value, found);
                        }
                        None => found.push(format!("{at}/{name}: not described")),
                    }
                }
                let missing = required.iter().filter(|name| !given.contains_key(**name));
                found.extend(missing.map(|name| format!("{at}/{name}: missing")));
            }
            Value::Array(items) => {
                for item in items {
                    self.misfits(&format!("{at}/*"), &schema["items"], item, found);
                }
            }
            _ => {}
        }
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// A body of every type.
async fn bodies() -> Vec<Value> {
    let desk = desk();
    let told = json!([{
        "number": "A1", "status": "attempt_failed", "code": "DLV-9", "reason": "not_at_home", "text": "Khách vắng",
        "language": "vi", "occurred_at": "2024-05-08T10:00:00+07:00", "pieces": {"count": 1, "total": 3}
    }]);
    tell(&desk, told).await;
    let mut all = vec![signed(&desk, "A1", SECRET, None, NOW)];
    tell(&desk, json!([{"number": "A1", "status": "delivered"}])).await;
    all.push(signed(&desk, "A1", SECRET, None, NOW));
    desk.news("default", ConnectionId(0), "own", "A2", Vec::new());
    for (number, kind) in [
        ("A2", ChangeKind::NoRecord { registration: 12 }),
        ("A1", ChangeKind::Expired { registration: 13 }),
    ] {
        let change = of_clock(&desk, number, kind, NOW);
        all.push(sent(&desk, number, &change, SECRET, None, NOW));
    }
    let subscriber = Subscriber {
        url: "https://shop.example/hook",
        settings: &BTreeMap::new(),
        secret: &SECRET.into(),
        former: None,
    };
    all.push(hook().test(&subscriber, "msg_t", NOW));
    all.extend(super::records::all());
    all.iter()
        .map(|sent| serde_json::from_slice(&sent.body).unwrap())
        .collect()
}

#[tokio::test]
async fn every_message_has_the_shape_that_the_document_tells() {
    let document = Document::read();
    let mut types = BTreeSet::new();
    for body in bodies().await {
        let kind = body["type"].as_str().unwrap();
        let mut found = Vec::new();
        document.misfits("", document.message(kind), &body, &mut found);
        assert!(found.is_empty(), "{kind}: {found:?}\n{body}");
        types.insert(kind.to_owned());
    }
    let described = document.0["webhooks"].as_object().unwrap().keys().cloned();
    assert_eq!(types, described.collect::<BTreeSet<_>>());
}

type Change = fn(&mut Value);

#[tokio::test]
async fn another_shape_is_found_out() {
    let document = Document::read();
    let body = bodies().await.remove(0);
    let broken = |change: fn(&mut Value)| {
        let mut body = body.clone();
        change(&mut body);
        let mut found = Vec::new();
        document.misfits("", document.message("shipment.updated"), &body, &mut found);
        found
    };
    assert_eq!(broken(|_| {}), [""; 0]);
    let changes: [(Change, &str); 5] = [
        (|body| body["type"] = json!("shipment.made"), "/type"),
        (|body| body["more"] = json!(1), "/more"),
        (|body| body["data"]["stage"] = json!(7), "/data/stage"),
        (
            |body| drop(body["data"].as_object_mut().unwrap().remove("before")),
            "/data/before",
        ),
        (
            |body| body["data"]["events"][0]["occurred"]["time"] = json!(7),
            "/data/events/*/occurred/time",
        ),
    ];
    for (change, place) in changes {
        let found = broken(change);
        assert!(
            found.len() == 1 && found[0].starts_with(place),
            "{place}: {found:?}"
        );
    }
}
