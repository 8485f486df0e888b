//! What every call is checked for, and the envelope.

use super::world::KEY;
use super::*;
use crate::support::Trouble;
use http::{Method, Request};
use serde_json::json;
use trackway_dialects::nandh::{ERRORS, NAME, ROUTES};

/// A path with something for each of its parameters.
fn path_of(template: &str) -> String {
    template.replace("{id}", "1").replace("{name}", "a.pdf")
}

#[tokio::test]
async fn the_envelope_is_the_references() {
    let world = World::new().await;
    let told = world.get("/products/inventory/storage-methods").await;
    let data = r#"[{"code":"normal","name":"Normal"},{"code":"aircon","name":"Air-conditioned"},{"code":"cold","name":"Cold"}]"#;
    assert_eq!(
        told.text,
        format!(
            r#"{{"status_code":200,"data":{data},"error":false,"error_code":null,"log_id":null,"messages":"","total":3}}"#
        )
    );
    let told = world.get("/orders/detail/NHOV999").await;
    assert_eq!(
        told.text,
        r#"{"status_code":404,"data":null,"error":true,"error_code":"NOT_FOUND","log_id":null,"messages":"Record not found","total":0}"#
    );
    assert_eq!(told.status, 404);
}

#[tokio::test]
async fn every_call_needs_a_key_that_is_known() {
    let world = World::new().await;
    for route in ROUTES {
        let path = path_of(route.path);
        for key in [None, Some(""), Some("nobody"), Some("Bearer c2hvcC1rZXk=")] {
            let told = world
                .asked(route.method.clone(), &path, key, String::new())
                .await;
            told.assert_refused(401, "UNAUTHORIZED", "The key is missing or unknown");
        }
    }
}

#[tokio::test]
async fn another_method_is_405_and_another_path_404() {
    let world = World::new().await;
    for route in ROUTES {
        let path = path_of(route.path);
        let told = world
            .asked(Method::DELETE, &path, Some(KEY), String::new())
            .await;
        told.assert_refused(405, "METHOD_NOT_ALLOWED", "The method");
    }
    let told = world.get("/orders/nothing").await;
    told.assert_refused(404, "NOT_FOUND", "There is no such path");
}

/// A path is bytes: what is no text in it names no record, and is told so as all else is.
#[tokio::test]
async fn a_path_that_is_no_text_names_no_record() {
    let world = World::new().await;
    for path in [
        "/orders/detail/%FF",
        "/shipments/detail/%C3%28/items",
        "/files/1/%FF",
    ] {
        let told = world.get(path).await;
        told.assert_refused(404, "NOT_FOUND", "Record not found");
        let told = world.asked(Method::GET, path, None, String::new()).await;
        told.assert_refused(401, "UNAUTHORIZED", "The key is missing or unknown");
    }
}

#[tokio::test]
async fn a_key_for_reading_changes_nothing() {
    let world = World::new().await;
    let reader = world.desk.key(NAME, "shop", "reader");
    world.desk.scope(reader.key, &["read"]);
    for route in ROUTES {
        let path = path_of(route.path);
        let told = world
            .asked(route.method.clone(), &path, Some("reader"), "{}".to_owned())
            .await;
        assert_eq!(
            told.status == 403,
            route.writes(),
            "{}: {}",
            route.item,
            told.text
        );
    }
    let told = world
        .asked(
            Method::POST,
            "/orders/create",
            Some("reader"),
            "{}".to_owned(),
        )
        .await;
    told.assert_refused(403, "FORBIDDEN", "The key may not do this");
}

#[tokio::test]
async fn calls_a_second_are_bounded_where_that_is_set() {
    let world = World::new().await;
    world.desk.set("nandh.requests_per_second", "2");
    for _ in 0..2 {
        assert_eq!(world.get("/stores/list").await.status, 200);
    }
    world
        .get("/stores/list")
        .await
        .assert_refused(429, "TOO_MANY_REQUESTS", "Too many requests");
    world.desk.pass(1_000_000);
    assert_eq!(world.get("/stores/list").await.status, 200);
}

#[tokio::test]
async fn a_body_that_is_no_object_is_a_bad_request() {
    let world = World::new().await;
    for body in ["{", "[]", "7", "null", "\"text\"", "\u{1}"] {
        let told = world
            .asked(Method::POST, "/orders/create", Some(KEY), body.to_owned())
            .await;
        told.assert_refused(400, "BAD_REQUEST", "The body is no JSON object");
    }
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(300), "]".repeat(300));
    let told = world
        .asked(Method::POST, "/orders/create", Some(KEY), deep)
        .await;
    told.assert_refused(400, "BAD_REQUEST", "The body is nested deeper");
}

#[tokio::test]
async fn a_desk_in_trouble_is_told_apart_from_a_mistake() {
    let world = World::new().await;
    world.desk.trouble(Some(Trouble::Failed));
    let told = world.get("/stores/list").await;
    told.assert_refused(500, "INTERNAL_SERVER_ERROR", "Something went wrong");
    assert!(told.json()["log_id"].is_string());
    world.desk.trouble(Some(Trouble::Busy(7)));
    let told = world.get("/stores/list").await;
    told.assert_refused(429, "TOO_MANY_REQUESTS", "Too many requests");
}

/// Every record of one account is none of another's: detail, changes, lists and references.
#[tokio::test]
async fn a_foreign_key_finds_nothing() {
    let world = World::new().await;
    world.desk.key(NAME, "other", "foreign");
    let (order, code) = world.ordered(2).await;
    let (shipment, _) = world.shipped(order).await;
    let foreign = async |method: Method, path: &str, body: serde_json::Value| {
        world
            .asked(method, path, Some("foreign"), body.to_string())
            .await
    };
    for (method, path) in [
        (Method::GET, format!("/orders/detail/{code}")),
        (Method::GET, format!("/orders/detail/{order}")),
        (Method::PATCH, format!("/orders/cancel/{code}")),
        (Method::GET, format!("/shipments/detail/{shipment}")),
        (Method::GET, format!("/shipments/detail/{shipment}/items")),
        (Method::PATCH, format!("/shipments/cancel/{shipment}")),
        (
            Method::GET,
            format!("/shipments/list-shipment-of-order?order_id={order}"),
        ),
        (
            Method::GET,
            format!("/products/inventory/detail/{}", world.item),
        ),
    ] {
        let told = foreign(method, &path, json!({})).await;
        told.assert_refused(404, "NOT_FOUND", "Record not found");
    }
    for (path, body) in [
        ("/shipments/create-auto", json!({"order_id": order})),
        ("/shipments/create", json!({"order_id": order})),
        ("/couriers/available-from-order", json!({"order_id": order})),
        (
            "/return-orders/create",
            json!({"order_tracking_code": code, "return_address": world.warehouse, "reason_type": "other"}),
        ),
    ] {
        let told = foreign(Method::POST, path, body).await;
        told.assert_refused(404, "NOT_FOUND", "Record not found");
    }
    let told = foreign(Method::POST, "/orders/create", world.order(1)).await;
    told.assert_refused(
        400,
        "INVALID_PAYLOAD",
        "config.delivery_service: there is no such record",
    );
    let own_lists = ROUTES.iter().filter(|route| {
        route.method == Method::GET
            && route.path.ends_with("list")
            && !route.path.contains("of-order")
    });
    for route in own_lists {
        let told = foreign(Method::GET, route.path, json!({})).await;
        assert_eq!(
            (told.data(), told.json()["total"].clone()),
            (json!([]), json!(0)),
            "{}",
            route.path
        );
    }
    let still = world.get(&format!("/orders/detail/{order}")).await.data();
    assert_eq!(still["status"], 400, "nothing was moved");
}

#[test]
fn the_table_of_errors_is_the_references() {
    let rows: Vec<(u16, &str)> = ERRORS.iter().map(|row| (row.status, row.name)).collect();
    assert_eq!(
        rows,
        [
            (400, "BAD_REQUEST"),
            (400, "INVALID_PAYLOAD"),
            (401, "UNAUTHORIZED"),
            (403, "FORBIDDEN"),
            (404, "NOT_FOUND"),
            (405, "METHOD_NOT_ALLOWED"),
            (408, "REQUEST_TIMEOUT"),
            (409, "INVALID_STATUS"),
            (409, "DUPLICATE"),
            (422, "OUT_OF_STOCK"),
            (429, "TOO_MANY_REQUESTS"),
            (500, "INTERNAL_SERVER_ERROR"),
        ]
    );
}

/// What a form holds.
fn form(name: &str, content: &str) -> String {
    format!(
        "--edge\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n\
         --edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: application/pdf\r\n\r\n{content}\r\n--edge--\r\n"
    )
}

async fn upload(world: &World, body: String) -> Told {
    let request = Request::post("/api/v1/public/files/upload")
        .header("Host", "trackway.example")
        .header("X-Forwarded-Proto", "https")
        .header("Authorization", KEY)
        .header("Content-Type", "multipart/form-data; boundary=edge");
    world.sent(request.body(body.into()).unwrap()).await
}

#[tokio::test]
async fn a_file_is_kept_and_given_back_to_its_account_alone() {
    let world = World::new().await;
    world.desk.key(NAME, "other", "foreign");
    let made = upload(&world, form("../lists/\u{1ea1} 1.pdf", "%PDF demo"))
        .await
        .data();
    assert_eq!(
        (&made["file_name"], &made["size"]),
        (&json!("\u{1ea1} 1.pdf"), &json!(9))
    );
    let url = made["url"].as_str().unwrap();
    let path = url
        .strip_prefix("https://trackway.example/api/v1/public")
        .unwrap();
    assert!(path.ends_with("/%E1%BA%A1%201.pdf"), "{path}");
    let told = world.get(path).await;
    assert_eq!((told.status, told.text.as_str()), (200, "%PDF demo"));
    let told = world
        .asked(Method::GET, path, Some("foreign"), String::new())
        .await;
    told.assert_refused(404, "NOT_FOUND", "Record not found");
    world
        .asked(Method::GET, path, None, String::new())
        .await
        .assert_refused(401, "UNAUTHORIZED", "");
}

#[tokio::test]
async fn a_form_without_its_file_is_refused() {
    let world = World::new().await;
    let long = "x".repeat((5 << 20) + 1);
    for (body, begins) in [
        (form("a.pdf", ""), "file: must have 1 to"),
        (form("a.pdf", &long), "file: must have 1 to"),
        (form("", "x"), "file: must have a file name"),
        (
            form("a.pdf", "x").replace("name=\"file\"", "name=\"paper\""),
            "file: is required",
        ),
    ] {
        upload(&world, body)
            .await
            .assert_refused(400, "INVALID_PAYLOAD", begins);
    }
    let told = world.post("/files/upload", &json!({})).await;
    told.assert_refused(400, "BAD_REQUEST", "The body is no multipart form");
    upload(&world, "--edge\r\nbroken".to_owned())
        .await
        .assert_refused(400, "BAD_REQUEST", "The multipart form is broken");
}
