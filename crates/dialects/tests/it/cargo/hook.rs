//! Webhooks of ocean and air: the frame of a parcel's, `data` a record (track123.md §8.3).

use super::{AIR, BILL, KEY, desk, told};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use trackway_dialects::Dialect;
use trackway_dialects::dialect::{Message, Registration, Subscriber};
use trackway_dialects::registry::built_in;
use trackway_dialects::track123::{self, Scheme, Track123};

const NOW: i64 = 1_739_049_720_000_000;

/// What is sent of a record that came in; with the account's own registration or without.
fn sent(carrier: &str, number: &str, record: &str, data: Option<&Value>) -> String {
    let desk = desk();
    told(&desk, carrier, number, record);
    let change = desk.changes().pop().unwrap();
    let view = desk.view("default", "track123", number).unwrap();
    let tables = built_in();
    let (hook, vocabulary) = (Track123.hook().unwrap(), tables.of("track123"));
    assert_eq!(hook.tells(vocabulary, &change, &view), [None]);
    let registration = data.map(|data| Registration {
        id: 5,
        created: 1_715_133_600_000_000,
        data,
    });
    let message = Message {
        id: "msg_1",
        sequence: 7,
        change: &change,
        view: &view,
        statement: None,
        registration,
        now: NOW,
    };
    let subscriber = Subscriber {
        url: "https://fwd.example/track123/hook",
        settings: &BTreeMap::new(),
        secret: &SecretString::from(KEY),
        former: None,
    };
    let sent = hook.encode(vocabulary, &subscriber, &message).unwrap();
    String::from_utf8(sent.body).unwrap()
}

fn framed(data: &str) -> String {
    let signature = track123::sign(Scheme::Hmac, KEY, "1739049720000");
    format!(
        r#"{{"data":{data},"verify":{{"timestamp":"1739049720000","signature":"{signature}"}}}}"#
    )
}

#[test]
fn an_ocean_record_is_sent_whole_and_signed() {
    let own = json!({"cargo": "ocean", "orderNo": "577000000000000077", "type": 2, "customerEmail": "me@fwd.example"});
    let expected = BILL
        .trim_end()
        .replace("577000000000000002", "577000000000000077")
        .replace("2025-03-01 08:00:00", "2024-05-08 02:00:00")
        .replace("a@fwd.example", "me@fwd.example");
    assert_eq!(
        sent("maersk", "BL-DEMO-88", BILL, Some(&own)),
        framed(&expected)
    );
}

#[test]
fn without_a_registration_nothing_of_another_client_is_told() {
    let body: Value = serde_json::from_str(&sent("maersk", "BL-DEMO-88", BILL, None)).unwrap();
    let data = &body["data"];
    assert_eq!(
        (
            &data["orderNo"],
            &data["createTime"],
            &data["customerEmail"]
        ),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    assert_eq!(
        data["type"], 2,
        "what the number is does not belong to anybody"
    );
    let mut read = super::heard(&data.to_string());
    assert_eq!(
        (read.number.as_str(), read.warnings.pop()),
        ("BL-DEMO-88", None)
    );
}

#[test]
fn an_air_record_is_sent_whole_and_signed() {
    let own = json!({"cargo": "air", "orderNo": "588000000000000077"});
    let expected = AIR
        .trim_end()
        .replace("588000000000000001", "588000000000000077")
        .replace("2025-04-02 08:00:00", "2024-05-08 02:00:00");
    assert_eq!(
        sent("lufthansa-cargo", "999-12345675", AIR, Some(&own)),
        framed(&expected)
    );
}
