//! `/v1/addresses`, and addresses of orders.

use super::orders::{Trading, made};
use super::{get, is_problem, post, read};
use crate::installation::Installation;
use http::StatusCode;
use serde_json::{Value, json};

async fn asked(own: &Installation, key: &str, query: &str) -> Value {
    read(own, key, &format!("/v1/addresses{query}")).await
}

#[tokio::test]
async fn units_are_listed_by_epoch_level_parent_and_name() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let key = &shop.native.key;
    assert_eq!(asked(&own, key, "").await["total"], 34, "those of today");
    let before = asked(&own, key, "?epoch=2024&limit=1").await;
    let first = json!({"epoch": "2024", "level": "province", "code": "01", "name": "Hà Nội",
        "full_name": "Thành phố Hà Nội", "short_name": "HNI", "province": null, "district": null});
    assert_eq!(before, json!({"units": [first], "total": 63, "next": "01"}));
    let of = "?epoch=2024&level=ward&province=79";
    let wards = asked(&own, key, &format!("{of}&district=766&name=phuong%202")).await;
    assert_eq!(wards["units"][0]["code"], "26965");
    assert_eq!(
        (
            &wards["units"][0]["province"],
            &wards["units"][0]["district"]
        ),
        (&json!("79"), &json!("766"))
    );
    assert_eq!(wards["total"], 1, "{wards}");
    let part = asked(&own, key, "?epoch=2024&level=district&name=binh").await;
    assert!(part["total"].as_u64().unwrap() > 20, "{part}");
    // Every ward of the country, page by page.
    let (mut seen, mut after) = (0, "0".to_owned());
    loop {
        let page = format!("?epoch=2024&level=ward&limit=1000&after={after}");
        let page = asked(&own, key, &page).await;
        seen += page["units"].as_array().unwrap().len();
        let Some(next) = page["next"].as_str() else {
            assert_eq!(page["total"], seen);
            break;
        };
        after = next.to_owned();
    }
    for (query, named) in [
        ("?epoch=2023", "epoch"),
        ("?level=street", "level"),
        ("?province=99", "`99` is no province of 2025-07"),
        ("?epoch=2024&province=01&district=766", "does not lie in"),
        ("?after=x", "after"),
        ("?colour=red", "colour"),
        ("?limit=0", "limit"),
    ] {
        let told = get(&own, key, &format!("/v1/addresses{query}")).await;
        let detail = is_problem(&told, 400)["detail"].to_string();
        assert!(detail.contains(named), "{query}: {detail}");
    }
}

#[tokio::test]
async fn a_text_is_read_and_a_unit_converted() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let key = &shop.native.key;
    let text = "12/3 L%C3%BD Th%C6%B0%E1%BB%9Dng Ki%E1%BB%87t, P.2, Q. Tan Binh, TPHCM";
    let told = asked(&own, key, &format!("/parse?text={text}&epoch=2024")).await;
    assert_eq!(told["street"], "12/3 Lý Thường Kiệt", "{told}");
    assert_eq!(told["ward"]["code"], "26965");
    assert_eq!(told["district"]["full_name"], "Quận Tân Bình");
    assert_eq!(
        (&told["epoch"], &told["ambiguous"]),
        (&json!("2024"), &Value::Null)
    );

    let exact = asked(&own, key, "/convert?level=ward&code=26965&from=2024").await;
    assert_eq!(
        (&exact["to"], &exact["result"]),
        (&json!("2025-07"), &json!("exact"))
    );
    assert_eq!(exact["units"][0]["full_name"], "Phường Tân Sơn Hòa");
    let back = "/convert?level=ward&code=26977&from=2025-07&to=2024";
    let back = asked(&own, key, back).await;
    assert_eq!(back["result"], "split");
    assert!(back["units"].as_array().unwrap().len() > 1, "{back}");

    let long = format!("/parse?text={}", "x".repeat(1_001));
    for (query, named) in [
        ("/parse", "text"),
        ("/parse?text=%20", "text"),
        (&*long, "1000"),
        ("/parse?text=a&epoch=now", "epoch"),
        (
            "/convert?level=ward&code=99999&from=2024",
            "`99999` is no ward of 2024",
        ),
        ("/convert?code=1&from=2024", "level"),
    ] {
        let told = get(&own, key, &format!("/v1/addresses{query}")).await;
        let detail = is_problem(&told, 400)["detail"].to_string();
        assert!(detail.contains(named), "{query}: {detail}");
    }
}

/// What an order's address says is on the map, and kept as it was written.
#[tokio::test]
async fn an_orders_address_is_put_on_the_map() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let key = &shop.native.key;
    let trading = Trading::open(&own, key, 20).await;
    let order = |number: &str, address: Value| {
        let mut order = trading.order(number, 1);
        order["receiver"]["address"] = address;
        order
    };
    let written = json!({"country": "VN", "line": "2 Sample St", "province": "tp hcm",
        "district": "q tan binh", "ward": "p2"});
    let told = made(&own, key, "/v1/orders", order("N-1", written)).await;
    let address = |told: &Value| told["receiver"]["address"].clone();
    let codes = |address: &Value| {
        ["province_id", "district_id", "ward_id", "epoch"].map(|name| address[name].clone())
    };
    let known = [json!(79), json!(766), json!(26965), json!("2024")];
    assert_eq!(codes(&address(&told)), known);
    assert_eq!(address(&told)["district"], "q tan binh", "as written");
    let path = format!("/v1/orders/{}", told["id"]);
    assert_eq!(address(&read(&own, key, &path).await), address(&told));

    let today = json!({"country": "VN", "line": "2 Sample St", "province_id": 79, "ward_id": 26977,
        "epoch": "2025-07"});
    let told = made(&own, key, "/v1/orders", order("N-2", today)).await;
    assert_eq!(address(&told)["ward"], "Phường Tân Sơn Hòa");
    let odd = json!({"country": "VN", "line": "2 Sample St", "province": "Atlantis"});
    let told = made(&own, key, "/v1/orders", order("N-3", odd)).await;
    assert_eq!(codes(&address(&told)), [const { Value::Null }; 4]);

    for (address, pointer) in [
        (
            json!({"province_id": 1, "district_id": 766}),
            "/receiver/address/district_id",
        ),
        (json!({"epoch": "2023"}), "/receiver/address/epoch"),
    ] {
        let mut whole = json!({"country": "VN", "line": "2 Sample St"});
        let members = address.as_object().unwrap().clone();
        whole.as_object_mut().unwrap().extend(members);
        let refused = post(&own, key, "/v1/orders", &order("N-4", whole)).await;
        let problem = is_problem(&refused, 422);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
    let status = get(&own, key, "/v1/orders?number=N-4").await;
    assert_eq!((status.0, &status.1["total"]), (StatusCode::OK, &json!(0)));
}
