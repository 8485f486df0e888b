//! The mistakes, system by system.

use super::{
    Facade, OTHERS_KEY, T123_KEY, carriers_webhook, native_events, pushed, realtime, repeated,
    signed, track123, track123_signature, track123_webhook, tracked,
};
use crate::{express247, keydelivery, native};
use axum::body::Body;
use http::Request;
use serde_json::json;

type Make<'a> = &'a mut dyn FnMut(Facade, &'static str, Vec<Request<Body>>);

pub fn to_native(make: Make<'_>) {
    let own = |body: &str| vec![native_events(native::KEY, body)];
    let event = r#"{"number":"A1","status":"delivered","occurred_at":"2024-05-08T08:00:00+07:00"}"#;
    make(
        Facade::Native,
        "a wrong key",
        vec![native_events("nobody", &format!("[{event}]"))],
    );
    make(
        Facade::Native,
        "told twice",
        vec![
            native_events(native::KEY, &format!("[{event}]")),
            native_events(native::KEY, &format!("[{event}]")),
        ],
    );
    make(Facade::Native, "an empty array", own("[]"));
    make(
        Facade::Native,
        "one more than the most",
        own(&repeated(event, 10_001)),
    );
    make(
        Facade::Native,
        "a number as a string, a string as a number",
        own(
            r#"[{"number":12345678,"status":"delivered"},{"number":"A1","status":"delivered","pieces":{"count":"1","total":"3"}}]"#,
        ),
    );
    make(
        Facade::Native,
        "null as a text",
        own(
            r#"[{"number":"A1","status":"null"},{"number":"null","status":"delivered","place":"null","occurred_at":"null"}]"#,
        ),
    );
    make(
        Facade::Native,
        "times of mixed formats",
        own(
            r#"[{"number":"A1","status":"in_transit","occurred_at":"2024-05-08 08:00"},{"number":"A1","status":"accepted","occurred_at":"08/05/2024 08:00"},{"number":"A1","status":"accepted","occurred_at":"1715133600"}]"#,
        ),
    );
    make(
        Facade::Native,
        "an event in the future",
        own(r#"[{"number":"A1","status":"delivered","occurred_at":"2042-05-08T08:00:00Z"}]"#),
    );
    make(Facade::Native, "no JSON", own("{"));
}

pub fn to_express247(make: Make<'_>) {
    let key = express247::WEBHOOK_KEY;
    make(
        Facade::Express247,
        "a wrong key",
        vec![tracked("nobody", "VD0000001")],
    );
    make(Facade::Express247, "no key", vec![tracked("", "VD0000001")]);
    make(
        Facade::Express247,
        "another account's parcel",
        vec![tracked(express247::KEY, "VD0000099")],
    );
    make(
        Facade::Express247,
        "another account's key",
        vec![tracked(OTHERS_KEY, "VD0000001")],
    );
    make(
        Facade::Express247,
        "null as a text",
        vec![tracked(express247::KEY, "null")],
    );
    make(
        Facade::Express247,
        "webhook: a wrong key",
        vec![carriers_webhook("nobody", &[])],
    );
    make(
        Facade::Express247,
        "webhook: told twice",
        vec![carriers_webhook(key, &[]), carriers_webhook(key, &[])],
    );
    make(
        Facade::Express247,
        "webhook: a number where a text is",
        vec![carriers_webhook(
            key,
            &[("Status", json!(25)), ("DelayCode", json!(10))],
        )],
    );
    make(
        Facade::Express247,
        "webhook: null as a text",
        vec![carriers_webhook(
            key,
            &[("DelayCode", json!("null")), ("Time", json!("null"))],
        )],
    );
    make(
        Facade::Express247,
        "webhook: a time of another format",
        vec![carriers_webhook(
            key,
            &[("Time", json!("08/05/2024 08:10"))],
        )],
    );
    make(
        Facade::Express247,
        "webhook: an event in the future",
        vec![carriers_webhook(
            key,
            &[("Time", json!("2042-05-08T08:10:02+07:00"))],
        )],
    );
}

pub fn to_keydelivery(make: Make<'_>) {
    let body = r#"{"carrier_id":"gls","tracking_number":"ZZ000111222"}"#;
    let path = keydelivery::REALTIME;
    make(
        Facade::KeyDelivery,
        "a wrong signature",
        vec![signed(keydelivery::KEY, "another secret", path, body)],
    );
    make(
        Facade::KeyDelivery,
        "a wrong key",
        vec![signed("nobody", keydelivery::SECRET, path, body)],
    );
    make(
        Facade::KeyDelivery,
        "another account's key",
        vec![signed(OTHERS_KEY, keydelivery::SECRET, path, body)],
    );
    make(
        Facade::KeyDelivery,
        "another account's parcel",
        vec![realtime(
            r#"{"carrier_id":"247express","tracking_number":"VD0000099"}"#,
        )],
    );
    make(
        Facade::KeyDelivery,
        "a number as a string",
        vec![realtime(
            r#"{"carrier_id":"gls","tracking_number":"ZZ000111222","area_show":"1"}"#,
        )],
    );
    make(
        Facade::KeyDelivery,
        "a string as a number",
        vec![realtime(r#"{"carrier_id":"gls","tracking_number":111222}"#)],
    );
    make(
        Facade::KeyDelivery,
        "null as a text",
        vec![realtime(
            r#"{"carrier_id":"null","tracking_number":"null"}"#,
        )],
    );
    make(Facade::KeyDelivery, "an array", vec![realtime("[]")]);
    make(
        Facade::KeyDelivery,
        "push: told twice",
        vec![
            pushed(
                r#"[{"context":"Moving","time":"2024-05-08 08:00:00","order_status_code":"0"}]"#,
            ),
            pushed(
                r#"[{"context":"Moving","time":"2024-05-08 08:00:00","order_status_code":"0"}]"#,
            ),
        ],
    );
    make(Facade::KeyDelivery, "push: no items", vec![pushed("[]")]);
    make(
        Facade::KeyDelivery,
        "push: null as a text, times of mixed formats",
        vec![pushed(
            r#"[{"context":"null","time":"null","order_status_code":"null"},{"context":"a","time":"08.05.2024","order_status_code":0},{"context":"b","time":"2024-05-08T08:00Z","order_status_code":"0"}]"#,
        )],
    );
    make(
        Facade::KeyDelivery,
        "push: an event in the future",
        vec![pushed(
            r#"[{"context":"Delivered","time":"2042-05-08 08:00:00","order_status_code":"3"}]"#,
        )],
    );
}

pub fn to_track123(make: Make<'_>) {
    let own = |call: &str, body: &str| vec![track123(T123_KEY, call, body.to_owned())];
    let item = r#"{"trackNo":"ZX0000001CN","courierCode":"demo-post"}"#;
    let list = format!("[{item}]");
    make(
        Facade::Track123,
        "a wrong key",
        vec![track123("nobody", "track/import", list.clone())],
    );
    make(
        Facade::Track123,
        "no key",
        vec![track123("", "track/import", list.clone())],
    );
    make(
        Facade::Track123,
        "another account's parcel",
        own("track/query", r#"{"trackNos":["VD0000099"]}"#),
    );
    make(
        Facade::Track123,
        "registered twice",
        vec![
            track123(T123_KEY, "track/import", list.clone()),
            track123(T123_KEY, "track/import", list),
        ],
    );
    make(
        Facade::Track123,
        "an empty array",
        own("track/import", "[]"),
    );
    make(
        Facade::Track123,
        "one more than the most",
        own("track/import", &repeated(item, 101)),
    );
    make(
        Facade::Track123,
        "an object for an array",
        own("track/import", item),
    );
    make(
        Facade::Track123,
        "a string as a number",
        own(
            "track/import",
            r#"[{"trackNo":12345678,"courierCode":"demo-post"}]"#,
        ),
    );
    make(
        Facade::Track123,
        "null as a text",
        own(
            "track/import",
            r#"[{"trackNo":"null","courierCode":"null"}]"#,
        ),
    );
    make(
        Facade::Track123,
        "numbers as strings",
        own(
            "track/query",
            r#"{"trackNos":["ZX0000001CN"],"queryPageSize":"10"}"#,
        ),
    );
    make(
        Facade::Track123,
        "a time of another format",
        own("track/query", r#"{"createTimeStart":"08/05/2024"}"#),
    );
    make(
        Facade::Track123,
        "a container with a wrong check digit",
        own(
            "ocean/track/import",
            r#"[{"trackingNo":"CSQU3054384","type":3,"carrierCode":"MAEU"}]"#,
        ),
    );
    make(
        Facade::Track123,
        "an air waybill with a wrong check digit",
        own(
            "aviation/track/import",
            r#"[{"trackingNo":"157-53806271"}]"#,
        ),
    );
    let right = track123_signature();
    let at = "2024-05-08 08:00:00";
    make(
        Facade::Track123,
        "webhook: a wrong signature",
        vec![track123_webhook("00", at)],
    );
    make(
        Facade::Track123,
        "webhook: told twice",
        vec![track123_webhook(&right, at), track123_webhook(&right, at)],
    );
    make(
        Facade::Track123,
        "webhook: a time of another format",
        vec![track123_webhook(&right, "08/05/2024 08:00")],
    );
    make(
        Facade::Track123,
        "webhook: an event in the future",
        vec![track123_webhook(&right, "2042-05-08 08:00:00")],
    );
}
