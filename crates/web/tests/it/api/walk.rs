//! A walk over every route of our own API: no key, another's key, a key without the scope, another
//! account's ids, garbage. The router is built from the table that is walked, so a route that is not
//! walked is not served.

use super::orders::reports::told;
use super::orders::{Trading, made};
use super::{asked, get, is_problem, key, post, read, register, tell};
use crate::harness::json_of;
use crate::installation::{Installation, Shop};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use trackway_dialects::Desk;
use trackway_model::{Oddity, Strange};
use trackway_web::api::{Scope, routes};

/// The table's rows.
fn table() -> Vec<(Method, &'static str, Option<Scope>)> {
    let rows = routes().into_iter();
    rows.map(|route| (route.method, route.path, route.scope))
        .collect()
}

/// The rows as they are called: one kind of the catalogue stands for all, which one handler serves.
fn called() -> Vec<(Method, String, Option<Scope>)> {
    let rows = table().into_iter();
    rows.map(|(method, path, scope)| (method, path.replace("{kind}", "shops"), scope))
        .collect()
}

/// Ids that belong to a shop, by the path that takes them; and one that nobody has.
async fn ids(own: &Installation, shop: &Shop) -> Vec<(&'static str, String, &'static str)> {
    let endpoint = trackway_hub::NewEndpoint {
        account: Some(shop.name.to_owned()),
        url: "http://127.0.0.1:9/hook".to_owned(),
        operator: true,
        ..Default::default()
    };
    let endpoint = own.hub.add_endpoint(endpoint).await.unwrap();
    let shipment = register(own, shop, "gls", "G1").await;
    tell(
        own,
        shop,
        &json!([{"carrier": "gls", "number": "G1", "status": "delivered"}]),
    )
    .await;
    let door = trackway_dialects::desk::Door {
        account: own.hub.account(Some(shop.name)).await.unwrap().id,
        connection: shop.connection.id,
    };
    let unread = trackway_dialects::desk::Unread {
        strange: Strange::new(Oddity::Unreadable, "", "a JSON object", "no JSON object"),
        body: b"{",
        over: None,
    };
    own.hub
        .quarantine(&door, "247express", unread)
        .await
        .unwrap();
    let listing = trackway_hub::quarantine::Listing::default();
    let held = own.hub.quarantined(Some(shop.name), &listing).await;
    let surprise = held.unwrap()[0].id;
    let key = &shop.native.key;
    let trading = Trading::open(own, key, 5).await;
    let order = made(own, key, "/v1/orders", trading.order("N-1", 1)).await;
    let part = format!("/v1/orders/{}/fulfilments", order["id"]);
    let (_, fulfilment) = post(own, key, &part, &json!({})).await;
    let inbound =
        json!({"warehouse": trading.warehouse, "lines": [{"sku": "SKU-1", "quantity": 1}]});
    let inbound = made(own, key, "/v1/inbounds", inbound).await;
    let product = json!({"shop": trading.shop, "sku": "SKU-1", "name": "Cup", "sale_price": 1});
    let product = made(own, key, "/v1/products", product).await;
    let moved = format!("/v1/fulfilments/{}/move", fulfilment["id"]);
    for to in [
        "awaiting_packaging",
        "packing",
        "ready_to_ship",
        "shipped",
        "delivered",
    ] {
        let (status, told) = post(own, key, &moved, &json!({"to": to})).await;
        assert_eq!(status, StatusCode::OK, "{told}");
    }
    let back =
        json!({"order": order["id"], "warehouse": trading.warehouse, "reason_type": "other"});
    let back = made(own, key, "/v1/returns", back).await;
    let token = own.push_token(shop, "nandh").await;
    told(own, &token, 3, 1_780_300_000).await;
    let reports = read(own, key, "/v1/reports").await;
    vec![
        (
            "/v1/reports/",
            reports["records"][0]["id"].to_string(),
            "999424",
        ),
        ("/v1/quarantine/", surprise.to_string(), "999424"),
        ("/v1/shipments/", shipment, "999424"),
        ("/v1/keys/", shop.native.id.to_string(), "999424"),
        ("/v1/connections/", shop.connection.id.to_string(), "999424"),
        ("/v1/endpoints/", endpoint.id.to_string(), "999424"),
        (
            "/v1/deliveries/",
            format!("{}-0-1", endpoint.id),
            "999424-0-1",
        ),
        ("/v1/orders/", order["id"].to_string(), "999424"),
        ("/v1/fulfilments/", fulfilment["id"].to_string(), "999424"),
        ("/v1/inbounds/", inbound["id"].to_string(), "999424"),
        ("/v1/returns/", back["id"].to_string(), "999424"),
        ("/v1/products/", product["id"].to_string(), "999424"),
        ("/v1/items/", trading.item.to_string(), "999424"),
        ("/v1/catalogue/shops/", trading.shop.to_string(), "999424"),
    ]
}

fn with_id(path: &str, id: &str) -> String {
    let (before, rest) = path.split_once('{').unwrap();
    let after = rest.split_once('}').unwrap().1;
    format!("{before}{id}{after}")
}

fn plain(path: &str) -> String {
    if path.contains('{') {
        with_id(path, "1")
    } else {
        path.to_owned()
    }
}

#[tokio::test]
async fn no_guarded_route_answers_without_a_key_in_force() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let expired = trackway_hub::NewKey {
        account: Some("shop".to_owned()),
        expires_after: Some(std::time::Duration::from_secs(1)),
        ..Default::default()
    };
    let expired = own.hub.create_key(expired).await.unwrap().key;
    own.clock.advance(std::time::Duration::from_secs(2));
    for (method, path, scope) in table() {
        let request = || own.served.request(method.clone(), &plain(path));
        let bare = json_of_any(request()).await;
        if scope.is_none() {
            // Open by a setting only.
            let open = path != "/metrics";
            assert_eq!(bare.0.is_success(), open, "{method} {path}: {bare:?}");
            continue;
        }
        is_problem(&bare, 401);
        let sent = [
            "Bearer nobody".to_owned(),
            "Basic c2hvcDpzaG9w".to_owned(),
            format!("Bearer {expired}"),
            format!("Bearer {}", shop.express247.key),
            format!("Bearer {}", shop.keydelivery.key),
        ];
        for value in sent {
            let answer = json_of(request().header(AUTHORIZATION, value)).await;
            assert_eq!(answer, bare, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn no_route_answers_a_key_that_lacks_its_scope() {
    let own = Installation::start().await;
    own.shop("shop").await;
    for (method, path, scope) in table() {
        let Some(scope) = scope else { continue };
        let others = Scope::ALL.iter().filter(|other| **other != scope);
        let others: Vec<_> = others
            .filter(|other| **other != Scope::Admin)
            .map(|other| other.name())
            .collect();
        let key = key(&own, "shop", &others).await;
        let answer = json_of(asked(&own, method.clone(), &plain(path), &key)).await;
        let problem = is_problem(&answer, 403);
        assert!(
            problem["detail"].as_str().unwrap().contains(scope.name()),
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn anothers_id_is_answered_exactly_as_an_unknown_one() {
    let own = Installation::start().await;
    let (shop, other) = (own.shop("shop").await, own.shop("other").await);
    let theirs = ids(&own, &other).await;
    for (method, path, scope) in called() {
        // Whoever may manage every account sees every account.
        if !path.contains('{') || scope.is_none_or(|scope| scope == Scope::Admin) {
            continue;
        }
        let known = theirs.iter().find(|(prefix, ..)| path.starts_with(prefix));
        let (_, foreign, unknown) = known
            .unwrap_or_else(|| panic!("{path}: give an id of another account for it in `ids`"));
        let key = key(&own, "shop", &[scope.unwrap().name()]).await;
        let send = async |id: &str| {
            let request = asked(&own, method.clone(), &with_id(&path, id), &key);
            json_of(request.header(CONTENT_TYPE, "application/json").body("{}")).await
        };
        let answer = send(foreign).await;
        assert_eq!(answer, send(unknown).await, "{method} {path}");
        assert_eq!(
            answer.0,
            StatusCode::NOT_FOUND,
            "{method} {path}: {}",
            answer.1
        );
        assert!(
            !answer.1.to_string().contains(foreign.as_str()),
            "{}",
            answer.1
        );
    }
    // The other one's is as it was.
    let shipment = theirs.iter().find(|(of, ..)| *of == "/v1/shipments/");
    let shipment = format!("/v1/shipments/{}", shipment.unwrap().1);
    assert_eq!(
        get(&own, &other.native.key, &shipment).await.1["stage"],
        "delivered"
    );
    assert_eq!(
        get(&own, &shop.native.key, &shipment).await.0,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn garbage_is_answered_as_a_problem_and_harms_nothing() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let mine = ids(&own, &shop).await;
    let deep = "[".repeat(200_000);
    let long = format!(r#"{{"number":"{}"}}"#, "x".repeat(900_000));
    let bodies: [&[u8]; 8] = [
        b"",
        b"{",
        b"null",
        b"\xff\xfe",
        b"{\"number\":1e999}",
        b"[[[[]]]]",
        deep.as_bytes(),
        long.as_bytes(),
    ];
    for (method, path, scope) in called() {
        let Some(scope) = scope else { continue };
        let key = key(&own, "shop", &[scope.name()]).await;
        let id = mine.iter().find(|(prefix, ..)| path.starts_with(prefix));
        let path = if path.contains('{') {
            with_id(&path, id.map_or("1", |(_, id, _)| id))
        } else {
            path.clone()
        };
        if method != Method::GET && !path.ends_with("/erase") {
            for body in bodies {
                for kind in ["application/json", "text/plain"] {
                    let request =
                        asked(&own, method.clone(), &path, &key).header(CONTENT_TYPE, kind);
                    let answer = json_of_any(request.body(body.to_vec())).await;
                    well_formed(
                        &answer,
                        &format!(
                            "{method} {path} {:?}",
                            String::from_utf8_lossy(&body[..body.len().min(20)])
                        ),
                    );
                }
            }
        }
        let queries = [
            "?limit=-1",
            "?cursor=%00%ff",
            "?%ff=%ff",
            "?a[]=1&&&=",
            "?limit=1&limit=1",
            "?after=🚚",
        ];
        for query in queries {
            let request = asked(&own, method.clone(), &format!("{path}{query}"), &key);
            well_formed(
                &json_of_any(request.header(CONTENT_TYPE, "application/json").body("{}")).await,
                &format!("{method} {path}{query}"),
            );
        }
    }
}

/// The status and the body; null where there is none.
async fn json_of_any(request: reqwest::RequestBuilder) -> (StatusCode, Value) {
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let body = answer.text().await.unwrap();
    let value = serde_json::from_str(&body).unwrap_or(Value::Null);
    (status, value)
}

fn well_formed((status, body): &(StatusCode, Value), what: &str) {
    assert!(!status.is_server_error(), "{what}: {status} {body}");
    if status.is_client_error() {
        assert_eq!(body["status"], status.as_u16(), "{what}: {body}");
    }
}

#[tokio::test]
async fn other_methods_are_told_which_there_are() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let table = table();
    for (_, path, _) in &table {
        let there: Vec<_> = table
            .iter()
            .filter(|(_, other, _)| other == path)
            .map(|(method, ..)| method)
            .collect();
        for method in [
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ] {
            if there.contains(&&method) {
                continue;
            }
            let answer = asked(&own, method.clone(), &plain(path), &shop.native.key)
                .send()
                .await
                .unwrap();
            assert_eq!(
                answer.status(),
                StatusCode::METHOD_NOT_ALLOWED,
                "{method} {path}"
            );
            let allowed = answer.headers()["allow"].to_str().unwrap().to_owned();
            for method in &there {
                assert!(allowed.contains(method.as_str()), "{path}: {allowed}");
            }
        }
    }
    is_problem(&get(&own, &shop.native.key, "/v1/nothing").await, 404);
    is_problem(
        &get(&own, &shop.native.key, "/v1/shipments/1/nothing").await,
        404,
    );
}

#[tokio::test]
async fn every_route_is_in_the_document_and_the_document_names_no_other() {
    let mut documented = Vec::new();
    let documents = trackway_web::api::documents().into_iter();
    for document in documents.chain([trackway_dialects::native::openapi()]) {
        let document = serde_json::to_value(document).unwrap();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, call) in item.as_object().unwrap() {
                let scope = call["security"][0]["key"][0].as_str().map(str::to_owned);
                documented.push((method.to_uppercase(), path.clone(), scope));
            }
        }
    }
    let mut served: Vec<_> = table()
        .into_iter()
        .map(|(method, path, scope)| {
            (
                method.to_string(),
                path.to_owned(),
                scope.map(|scope| scope.name().to_owned()),
            )
        })
        // The application answers this one before any routing.
        .chain([("GET".to_owned(), "/healthz".to_owned(), None)])
        .collect();
    documented.sort();
    served.sort();
    assert_eq!(documented, served);
}
