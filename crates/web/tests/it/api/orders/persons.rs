//! People who ask to be forgotten, by what they are known by.

use super::*;
use crate::api::key;
use serde_json::Map;

/// An order for somebody, and a fulfilment of it; the order's id.
async fn sent(own: &Installation, key: &str, trading: &Trading, number: &str, who: Value) -> i64 {
    let mut body = trading.order(number, 1);
    body["note"] = json!(format!("ring for {}", who["name"].as_str().unwrap()));
    body["receiver"] = who;
    let order = made(own, key, "/v1/orders", body).await;
    let packed = json!({"courier": trading.courier, "waybills": [format!("W-{number}")]});
    let path = format!("/v1/orders/{}/fulfilments", order["id"]);
    let (status, parcel) = post(own, key, &path, &packed).await;
    assert_eq!(status, StatusCode::OK, "{parcel}");
    order["id"].as_i64().unwrap()
}

fn person(name: &str, known_by: &Value) -> Value {
    let mut person = json!({"name": name, "address": {"country": "VN", "line": "3 Sample St"}});
    let members: Map<String, Value> = known_by.as_object().unwrap().clone();
    person.as_object_mut().unwrap().extend(members);
    person
}

async fn people_are_erased_by_what_they_are_known_by(own: Installation) {
    let (shop, other) = (own.shop("shop").await, own.shop("other").await);
    let key = &shop.native.key;
    let trading = Trading::open(&own, key, 100).await;
    let theirs = Trading::open(&own, &other.native.key, 100).await;
    let phone = json!({"phone": "+84 900 000 001"});
    let email = json!({"email": "Lan.Sample@example.invalid", "phone": "0900000002"});
    let whom = [
        sent(&own, key, &trading, "N-1", person("Minh Sample", &phone)).await,
        sent(
            &own,
            key,
            &trading,
            "N-2",
            person("Minh Sample", &json!({"phone": "0900.000.001"})),
        )
        .await,
        sent(&own, key, &trading, "N-3", person("Lan Sample", &email)).await,
        sent(
            &own,
            key,
            &trading,
            "N-4",
            person("Hoa Sample", &json!({"phone": "0900000003"})),
        )
        .await,
    ];
    let contact = person("Minh Sample", &json!({"phone": "0900000001"}));
    let customer = made(
        &own,
        key,
        "/v1/catalogue/customers",
        json!({"contact": contact}),
    )
    .await;
    let same = person("Minh Sample", &phone);
    let of_other = sent(&own, &other.native.key, &theirs, "N-1", same).await;

    let erase = async |key: &str, body: Value| post(&own, key, "/v1/persons/erase", &body).await;
    let shown = async |key: &str| {
        let orders = read(&own, key, "/v1/orders").await;
        let fulfilments = read(&own, key, "/v1/fulfilments").await;
        let customers = read(&own, key, "/v1/catalogue/customers").await;
        format!("{orders} {fulfilments} {customers}")
    };
    assert!(shown(key).await.contains("ring for Minh Sample"));
    // Written in another way than any of the two orders has it.
    let (status, told) = erase(key, json!({"phone": "0084 900-000-001"})).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    let expected = json!({"orders": 2, "records": 5, "parcels": 2, "erased": true});
    assert_eq!(told, expected);
    let left = shown(key).await;
    assert!(
        !left.contains("Minh Sample") && !left.contains("900 000 001"),
        "{left}"
    );
    assert!(
        left.contains("Lan Sample") && left.contains("Hoa Sample"),
        "{left}"
    );
    let path = format!("/v1/catalogue/customers/{}", customer["id"]);
    assert_eq!(read(&own, key, &path).await["contact"]["name"], "");
    for (id, number) in [(whom[0], "N-1"), (whom[1], "N-2")] {
        let order = read(&own, key, &format!("/v1/orders/{id}")).await;
        assert_eq!(
            (&order["receiver"], &order["note"]),
            (&Value::Null, &json!(""))
        );
        assert_eq!(
            (&order["number"], &order["lines"][0]["sku"]),
            (&json!(number), &json!("SKU-1"))
        );
    }
    let (status, told) = erase(key, json!({"email": "lan.sample@EXAMPLE.invalid"})).await;
    assert_eq!(
        (status, &told["orders"]),
        (StatusCode::OK, &json!(1)),
        "{told}"
    );
    let left = shown(key).await;
    assert!(
        !left.contains("Lan Sample") && left.contains("Hoa Sample"),
        "{left}"
    );
    // Nobody is there any more, and who asks is not told of others' people.
    for body in [
        json!({"phone": "0900000001"}),
        json!({"email": "lan.sample@example.invalid"}),
    ] {
        let (status, told) = erase(key, body).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(
            told,
            json!({"orders": 0, "records": 0, "parcels": 0, "erased": true})
        );
    }
    let path = format!("/v1/orders/{of_other}");
    let of_other = read(&own, &other.native.key, &path).await;
    assert_eq!(of_other["receiver"]["name"], "Minh Sample");
}

#[tokio::test]
async fn people_are_erased_by_what_they_are_known_by_on_sqlite() {
    people_are_erased_by_what_they_are_known_by(Installation::start().await).await;
}

#[tokio::test]
async fn people_are_erased_by_what_they_are_known_by_on_postgres() {
    people_are_erased_by_what_they_are_known_by(Installation::on_postgres().await).await;
}

#[tokio::test]
async fn who_does_not_say_whom_erases_nobody() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let trading = Trading::open(&own, &shop.native.key, 10).await;
    let whom = person("Minh Sample", &json!({"phone": "0900000001"}));
    let order = sent(&own, &shop.native.key, &trading, "N-1", whom).await;
    for (body, pointer) in [
        (json!({}), ""),
        (json!({"phone": "1", "email": "a@example.invalid"}), ""),
        (json!({"phone": " "}), "/phone"),
        (json!({"email": ""}), "/email"),
        (json!({"phone": "1".repeat(321)}), "/phone"),
        (json!({"phone": 900_000_001}), "/phone"),
        (json!({"name": "Minh Sample"}), "/name"),
    ] {
        let answer = post(&own, &shop.native.key, "/v1/persons/erase", &body).await;
        let problem = is_problem(&answer, 422);
        assert_eq!(
            problem["errors"][0]["pointer"], pointer,
            "{body}: {problem}"
        );
    }
    for scopes in [&["read", "write"][..], &["warehouse"]] {
        let weak = key(&own, "shop", scopes).await;
        let answer = post(
            &own,
            &weak,
            "/v1/persons/erase",
            &json!({"phone": "0900000001"}),
        )
        .await;
        is_problem(&answer, 403);
    }
    let path = format!("/v1/orders/{order}");
    let order = read(&own, &shop.native.key, &path).await;
    assert_eq!(order["receiver"]["name"], "Minh Sample");
}
