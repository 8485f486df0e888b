//! What could not be read, over our own API; and how everything stands.

use super::{asked, get, is_problem, key, read};
use crate::harness::json_of;
use crate::installation::Installation;
use reqwest::{Method, StatusCode};
use serde_json::json;

on_every_store!(
    unreadable_webhooks_are_listed_shown_and_dropped,
    drift_is_reported_by_member,
    status_tells_how_an_account_stands,
);

async fn unreadable_webhooks_are_listed_shown_and_dropped(own: Installation) {
    let shop = own.shop("shop").await;
    let other = own.shop("other").await;
    for body in [
        "{\"Status\":\"25\",\"ReceiverName\":\"NGUYEN VAN VI DU\"}",
        "{",
    ] {
        own.post(&shop.webhook_path(), body).await;
    }
    let native = &shop.native.key;
    let page = read(&own, native, "/v1/quarantine?limit=1").await;
    let first = &page["surprises"][0];
    assert_eq!(
        (&first["kind"], &first["member"]),
        (&json!("shape"), &json!("OrderCode"))
    );
    assert_eq!(
        (&first["way"], &first["kept"]),
        (&json!("webhook"), &json!(1))
    );
    assert!(!page.to_string().contains("NGUYEN"), "{page}");
    let next = page["next"].as_str().unwrap();
    let path = format!("/v1/quarantine?limit=1&cursor={next}");
    let second = read(&own, native, &path).await;
    assert_eq!(second["surprises"][0]["kind"], "unreadable");
    // The cursor is this list's.
    let path = format!("/v1/drift?limit=1&cursor={next}");
    is_problem(&get(&own, native, &path).await, 400);
    let of = format!("/v1/quarantine?connection={}", shop.connection.id);
    assert_eq!(
        read(&own, native, &of).await["surprises"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let of = format!("/v1/quarantine?connection={}", other.connection.id);
    assert_eq!(read(&own, native, &of).await["surprises"], json!([]));
    is_problem(&get(&own, native, "/v1/quarantine?connection=x").await, 400);
    // The bodies may be personal: they need a scope of their own.
    let one = format!("/v1/quarantine/{}", first["id"]);
    is_problem(&get(&own, native, &one).await, 403);
    let allowed = key(&own, "shop", &["payloads"]).await;
    let full = read(&own, &allowed, &one).await;
    let text = full["payloads"][0]["text"].as_str().unwrap();
    assert!(text.contains("NGUYEN VAN VI DU"), "{full}");
    let retry = asked(&own, Method::POST, &format!("{one}/retry"), native);
    let (status, done) = json_of(retry).await;
    assert_eq!(
        (status, &done["read"], &done["unread"]),
        (StatusCode::OK, &json!(0), &json!(1))
    );
    let dropped = asked(&own, Method::DELETE, &one, native)
        .send()
        .await
        .unwrap();
    assert_eq!(dropped.status(), StatusCode::NO_CONTENT);
    is_problem(&get(&own, &allowed, &one).await, 404);
}

async fn drift_is_reported_by_member(own: Installation) {
    let shop = own.shop("shop").await;
    own.told(&shop, "VD0000001", "991", "2024-05-07T10:01:02.4+07:00")
        .await;
    let report = read(&own, &shop.native.key, "/v1/drift").await;
    let rows = report["surprises"].as_array().unwrap();
    let code = rows.iter().find(|row| row["kind"] == "unknown_code");
    let code = code.unwrap_or_else(|| panic!("{report}"));
    assert_eq!(
        (&code["member"], &code["found"]),
        (&json!("Status"), &json!("991"))
    );
    assert!(!report.to_string().contains("VD0000001"), "{report}");
    assert_eq!(
        read(&own, &shop.native.key, "/v1/quarantine").await["surprises"],
        json!([])
    );
}

async fn status_tells_how_an_account_stands(own: Installation) {
    let shop = own.shop("shop").await;
    own.shop("other").await;
    own.told(&shop, "VD0000001", "25", "2024-05-07T10:01:02.4+07:00")
        .await;
    let status = read(&own, &shop.native.key, "/v1/status").await;
    assert_eq!(
        (&status["ready"], &status["store"]),
        (&json!(true), &json!(null))
    );
    let connections = status["connections"].as_array().unwrap();
    assert_eq!(connections.len(), 1, "{status}");
    assert_eq!(connections[0]["account"], "shop");
    assert!(connections[0]["state"]["heard"].is_string(), "{status}");
    assert_eq!(status["unregistered"], json!({"count": 1, "exact": true}));
    let listed = read(&own, &shop.native.key, "/v1/shipments?registered=false").await;
    assert_eq!(listed["shipments"][0]["number"], "VD0000001");
    let listed = read(&own, &shop.native.key, "/v1/shipments?registered=true").await;
    assert_eq!(listed["shipments"], json!([]));
    // A connection says the same of itself.
    let one = format!("/v1/connections/{}", shop.connection.id);
    let one = read(&own, &shop.native.key, &one).await;
    assert_eq!(one["state"], connections[0]["state"]);
}
