//! The calls of the index with another account's key.

use super::*;

/// Every call of the index with another account's key: what it names is answered as what nobody has, and
/// stays as it is.
#[tokio::test]
async fn no_call_reaches_what_another_account_has() {
    let seller = Seller::new(&[]).await;
    let foreign = key(&seller.own, "other", &[]).await;
    let (_, order) = seller.post("/orders/create", &seller.order(1)).await;
    let order = order["data"]["order_id"].clone();
    let shipped = seller
        .post("/shipments/create-auto", &json!({"order_id": order}))
        .await
        .1;
    let shipment = shipped["data"][0]["shipment_id"].clone();
    assert!(shipment.is_i64(), "{shipped}");
    let inbound = json!({"inbound_address": seller.warehouse, "inbound_type": "purchase_order",
        "items": [{"sku": "DEMO-1", "quantity": 1}]});
    let (_, inbound) = seller.post("/shipments/inbound/create", &inbound).await;
    let inbound = inbound["data"]["inbound_id"].clone();
    assert!(inbound.is_i64(), "{inbound}");
    let own_ids = [&order, &shipment, &inbound, &json!(seller.item)];
    let before = seller.get("/orders/list").await;
    let bodies = [
        json!({}),
        json!({"order_id": order, "courier_integration_id": seller.link, "reason": "none of mine"}),
        seller.order(1),
    ];
    for route in ROUTES {
        for body in &bodies {
            let ask = async |id: &Value| {
                let path = route.path.replace("{id}", &id.to_string());
                let path = path.replace("{name}", "a.pdf");
                seller
                    .sent(route.method.clone(), &path, &foreign, body)
                    .await
            };
            let nobodys = ask(&json!(999_999)).await;
            let refused = [400, 404].contains(&nobodys.0);
            let empty = nobodys.0 == 200 && nobodys.1["total"] == 0;
            let listed = ["/address", "/products", "/shipments/inbound/additional"];
            let common = listed.iter().any(|begins| route.path.starts_with(begins));
            assert!(refused || empty || common, "{}: {}", route.item, nobodys.1);
            if route.path.contains("{id}") {
                for id in own_ids {
                    assert_eq!(ask(id).await, nobodys, "{} {id}", route.item);
                }
            }
        }
    }
    assert_eq!(seller.get("/orders/list").await, before);
    let nothing = json!({});
    let of_foreign = seller.sent(Method::GET, "/orders/list", &foreign, &nothing);
    assert_eq!(of_foreign.await.1["total"], 0, "no half-made record");
    let named = seller.order(1);
    let told = seller.sent(Method::POST, "/orders/create", &foreign, &named);
    let (status, told) = told.await;
    let says = told["messages"].as_str().unwrap();
    let is_named = says.ends_with(": there is no such record");
    assert!(status == 400 && is_named, "{told}");
}
