//! What orders are made of, and what carrying costs.

use super::super::{asked, get, is_problem, post, read};
use super::{Trading, made};
use crate::harness::json_of;
use crate::installation::Installation;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use trackway_model::orders::Decimal;

#[tokio::test]
async fn the_catalogue_is_made_and_changed_by_its_members() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let key = &shop.native.key;
    let trading = Trading::open(&own, key, 0).await;
    let patch = async |path: &str, body: Value| {
        let request =
            asked(&own, Method::PATCH, path, key).header(CONTENT_TYPE, "application/json");
        json_of(request.body(body.to_string())).await
    };
    let path = format!("/v1/catalogue/pickup_addresses/{}", trading.warehouse);
    let before = read(&own, key, &path).await;
    assert_eq!(before["contact"]["name"], "Stock room");
    let (status, after) = patch(&path, json!({"name": "West"})).await;
    assert_eq!(status, StatusCode::OK, "{after}");
    assert_eq!(
        (&after["name"], &after["contact"]),
        (&json!("West"), &before["contact"])
    );
    assert_eq!(after["version"], 2);
    is_problem(&patch(&path, json!({"nmae": "x"})).await, 422);
    is_problem(&patch(&path, json!({"active": "yes"})).await, 422);
    is_problem(&get(&own, key, "/v1/catalogue/ships").await, 404);
    is_problem(&get(&own, key, "/v1/catalogue/items").await, 404);

    let product = json!({"shop": trading.shop, "sku": "SKU-1", "name": "Cup", "sale_price": 12.5});
    let product = made(&own, key, "/v1/products", product).await;
    assert_eq!(product["sale_price"], "12.5");
    assert_eq!(
        product["parts"],
        json!([{"item": trading.item, "quantity": 1}])
    );
    let pair = json!({"shop": trading.shop, "sku": "PAIR", "name": "Two cups", "sale_price": "20",
        "parts": [{"item": "SKU-1", "quantity": 2}]});
    made(&own, key, "/v1/products", pair).await;
    let listed = read(&own, key, &format!("/v1/products?shop={}", trading.shop)).await;
    assert_eq!(listed["total"], 2);
    let item = read(&own, key, "/v1/items/SKU-1").await;
    assert_eq!(item["id"], trading.item);
    let many = json!({"brands": [{"name": "A"}, {"name": 5}, {"name": "B"}]});
    let (_, told) = post(&own, key, "/v1/catalogue/brands", &many).await;
    assert_eq!(
        (&told["made"], &told["refused"][0]["index"]),
        (&json!(2), &json!(1)),
        "{told}"
    );
}

#[tokio::test]
async fn a_way_is_priced_by_the_services_cards() {
    let own = Installation::start().await;
    let (shop, other) = (own.shop("shop").await, own.shop("other").await);
    let key = &shop.native.key;
    let trading = Trading::open(&own, key, 0).await;
    let card = json!({"name": "Near", "zones": [{"name": "all", "lanes": [["*", "*"]],
        "steps": [[500, "15000"], [1000, 20_000]], "more": [500, 2500]}],
        "volumetric_divisor": 5000, "vat_percent": "8", "round_to": 1000,
        "cod": {"percent": "0.5", "least": "5000", "free_up_to": "0"}});
    let card = made(&own, key, "/v1/catalogue/rate_cards", card).await;
    let request = asked(&own, Method::PATCH, "/v1/catalogue/services/OWN_STD", key)
        .header(CONTENT_TYPE, "application/json");
    let body = json!({"rate_card": card["code"], "estimate": "1-2"});
    let (status, service) = json_of(request.body(body.to_string())).await;
    assert_eq!(status, StatusCode::OK, "{service}");
    let question = |weight: i64| {
        json!({"pickup": trading.warehouse, "weight": weight, "cod": 200_000,
        "length": 20, "width": 20, "height": 20, "to": {"province": "TP. Hồ Chí Minh"}})
    };
    let (status, told) = post(&own, key, "/v1/quotes", &question(400)).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    // 8,000 cm³ weigh as 1.6 kg: 20,000 and two more steps of 2,500; 5,000 for the cash; 8 % VAT.
    let quote = &told["quotes"][0];
    assert_eq!(quote["charged_weight"], 1_600, "{quote}");
    for (part, amount) in [
        ("freight", "25000"),
        ("cod", "5000"),
        ("vat", "2400"),
        ("total", "33000"),
    ] {
        let told: Decimal = quote[part].as_str().unwrap().parse().unwrap();
        assert_eq!(told, amount.parse().unwrap(), "{part}: {quote}");
    }
    assert_eq!(
        (&quote["code"], &quote["estimate"]),
        (&json!("OWN_STD"), &json!("1-2"))
    );
    is_problem(&post(&own, key, "/v1/quotes", &question(-1)).await, 422);
    let foreign = post(&own, &other.native.key, "/v1/quotes", &question(400)).await;
    assert_eq!(is_problem(&foreign, 422)["errors"][0]["pointer"], "/pickup");
    let mut of_nobody = question(400);
    of_nobody["courier"] = json!("NOBODY");
    let refused = post(&own, key, "/v1/quotes", &of_nobody).await;
    assert_eq!(
        is_problem(&refused, 422)["errors"][0]["pointer"],
        "/courier"
    );
}
