//! Lists of orders: filters, pages by number, and pages that follow each other.

use super::super::{get, is_problem, read};
use super::{Trading, made};
use crate::installation::Installation;
use serde_json::{Value, json};

#[tokio::test]
async fn orders_are_found_by_what_is_known_of_them() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let key = &shop.native.key;
    let trading = Trading::open(&own, key, 100).await;
    for at in 0..7 {
        let mut order = trading.order(&format!("N-{at}"), 1);
        order["approve"] = json!(at % 2 == 0);
        if at == 3 {
            order["payments"] = json!([{"status": "paid", "method": "card", "amount": "12500"}]);
        }
        made(&own, key, "/v1/orders", order).await;
    }
    for (query, count) in [
        ("", 7),
        ("status=approved", 4),
        ("status=new", 3),
        ("status=new,approved", 7),
        ("status=shipped", 0),
        ("payment_status=paid", 1),
        ("type=b2c", 7),
        ("type=b2b", 0),
        ("number=N-3", 1),
        ("number=N-9", 0),
        ("keyword=N-", 7),
        ("keyword=zzz", 0),
        ("created_after=1d", 7),
        ("created_before=1d", 0),
        ("status=approved&keyword=N-2", 1),
    ] {
        let told = read(&own, key, &format!("/v1/orders?{query}")).await;
        assert_eq!(told["total"], count, "{query}: {told}");
        assert_eq!(told["records"].as_array().unwrap().len(), count, "{query}");
    }
    let by_shop = format!(
        "/v1/orders?shop={}&pickup={}",
        trading.shop, trading.warehouse
    );
    assert_eq!(read(&own, key, &by_shop).await["total"], 7);
    let mut seen = Vec::new();
    let mut page = 1;
    loop {
        let told = read(&own, key, &format!("/v1/orders?limit=3&page={page}")).await;
        let records = told["records"].as_array().unwrap();
        seen.extend(
            records
                .iter()
                .map(|one| one["number"].as_str().unwrap().to_owned()),
        );
        assert_eq!(told["page"], page);
        if told["next"].is_null() {
            break;
        }
        page += 1;
    }
    assert_eq!(seen, ["N-6", "N-5", "N-4", "N-3", "N-2", "N-1", "N-0"]);
    for query in [
        "status=gone",
        "shop=NONE",
        "type=x",
        "payment_status=maybe",
        "page=0",
        "page=x",
        "limit=0",
        "limit=1001",
        "sort=random",
        "created_after=soon",
        "colour=red",
        "keyword=",
        "page=99999999999",
        "cursor=x",
        "cursor=",
    ] {
        is_problem(&get(&own, key, &format!("/v1/orders?{query}")).await, 400);
    }
}

#[tokio::test]
async fn a_cursor_is_followed_whatever_is_made_meanwhile() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let key = &shop.native.key;
    let trading = Trading::open(&own, key, 100).await;
    for at in 0..6 {
        made(
            &own,
            key,
            "/v1/orders",
            trading.order(&format!("N-{at}"), 1),
        )
        .await;
    }
    let numbers = |told: &Value| -> Vec<String> {
        let records = told["records"].as_array().unwrap().iter();
        let number = |one: &Value| one["number"].as_str().unwrap().to_owned();
        records.map(number).collect()
    };
    for (sort, wanted) in [
        ("newest", ["N-5", "N-4", "N-3", "N-2", "N-1", "N-0"]),
        ("oldest", ["N-0", "N-1", "N-2", "N-3", "N-4", "N-5"]),
    ] {
        let filters = format!("shop={}&status=approved&sort={sort}", trading.shop);
        let first = read(&own, key, &format!("/v1/orders?{filters}&limit=2")).await;
        assert_eq!(
            (&first["page"], &first["total_exact"]),
            (&json!(1), &json!(true))
        );
        let new = trading.order(&format!("{sort}-later"), 1);
        made(&own, key, "/v1/orders", new).await;
        let mut seen = numbers(&first);
        let mut next = first["next"].as_str().map(str::to_owned);
        while let Some(cursor) = next {
            let path = format!("/v1/orders?{filters}&limit=2&cursor={cursor}");
            let page = read(&own, key, &path).await;
            assert_eq!(page["page"], Value::Null);
            seen.extend(numbers(&page));
            next = page["next"].as_str().map(str::to_owned);
        }
        assert_eq!(seen[..6], wanted);
        let cursor = first["next"].as_str().unwrap();
        for other in [
            format!("/v1/orders?shop={}&cursor={cursor}", trading.shop),
            format!("/v1/orders?{filters}&page=2&cursor={cursor}"),
            format!("/v1/fulfilments?{filters}&cursor={cursor}"),
        ] {
            is_problem(&get(&own, key, &other).await, 400);
        }
    }
    // Nothing stands behind the last page.
    for path in ["/v1/items", "/v1/stock"] {
        let page = read(&own, key, &format!("{path}?limit=1")).await;
        assert_eq!(
            (&page["total"], &page["next"]),
            (&json!(1), &Value::Null),
            "{path}"
        );
    }
}
