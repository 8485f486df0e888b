//! Lossless passage: the detail that an N&H upstream gave is given back byte for byte, overlaid by later
//! webhooks in the members that they tell, until the next answer.

use super::{Reply, SHOP, TOKEN, fixture, upstream};
use crate::support::FakeDesk;
use axum::body::Body;
use http::Request;
use std::sync::Arc;
use trackway_dialects::dialect::{Answer, Call, Parcel};
use trackway_dialects::nandh::{self, CARRIER, NAME, Nandh};
use trackway_dialects::registry;
use trackway_model::ConnectionId;

const KEY: &str = "OUR-CLIENTS-KEY";
const SHIPMENT: (&str, &str) = ("NHSVC900000027", "shipments");
const ORDER: (&str, &str) = ("NHOV900000017", "orders");

fn desk() -> (Arc<FakeDesk>, ConnectionId) {
    let (desk, connection) = upstream(&[]);
    desk.key(NAME, SHOP, KEY);
    desk.key(NAME, "another", "ANOTHERS-KEY");
    (desk, connection)
}

async fn send(desk: &Arc<FakeDesk>, request: http::request::Builder, body: &str) -> Reply {
    let router = nandh::router().with_state(desk.clone());
    Reply::of(router, request.body(Body::from(body.to_owned())).unwrap()).await
}

async fn detail(desk: &Arc<FakeDesk>, (number, of): (&str, &str), key: &str) -> Reply {
    let path = format!("/api/v1/public/{of}/detail/{number}");
    send(desk, Request::get(path).header("authorization", key), "").await
}

async fn told(desk: &Arc<FakeDesk>, body: &str) {
    desk.pass(1_000_000);
    let reply = send(desk, Request::post(format!("/in/{TOKEN}/nandh")), body).await;
    assert_eq!(reply.status.as_u16(), 200, "{}", reply.body);
}

fn answered(desk: &FakeDesk, connection: ConnectionId, number: &str, body: &str) {
    let parcel = Parcel {
        carrier: CARRIER,
        number,
        ..Parcel::default()
    };
    let answer = Answer {
        status: 200,
        retry_after_s: None,
        body: body.as_bytes(),
    };
    let tables = registry::built_in();
    let parsed = Nandh.parse(tables.of(NAME), &parcel, &answer).unwrap();
    desk.pass(1_000_000);
    desk.answer(SHOP, connection, CARRIER, number, parsed.answer);
}

/// A text with pieces replaced, which must be there.
fn with(text: &str, pieces: &[(&str, &str)]) -> String {
    pieces.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from} is not in {text}");
        text.replace(from, to)
    })
}

#[tokio::test]
async fn every_detail_goes_out_as_it_came_in() {
    let (desk, connection) = desk();
    for (subject, body) in [
        (SHIPMENT, fixture!("upstream-shipment.json").trim()),
        (ORDER, fixture!("upstream-order.json").trim()),
    ] {
        assert_eq!(detail(&desk, subject, KEY).await.status.as_u16(), 404);
        answered(&desk, connection, subject.0, body);
        assert_eq!(detail(&desk, subject, KEY).await.body, body);
        answered(&desk, connection, subject.0, body);
        assert_eq!(detail(&desk, subject, KEY).await.body, body);
        let foreign = detail(&desk, subject, "ANOTHERS-KEY").await;
        assert_eq!(foreign.status.as_u16(), 404, "{}", foreign.body);
    }
}

/// A member that nobody documented, in every object and list of the text.
fn with_unknown_members(text: &str) -> String {
    let inside = text.trim().replace(
        '{',
        r#"{"a_new_member" : [ {"deeper": "\u00e9", "n":1.50e3} ],"#,
    );
    inside.replace(",}", "}")
}

#[tokio::test]
async fn members_that_nobody_documented_go_out_where_they_came_in() {
    let (desk, connection) = desk();
    let returned = r#"{"id":501,"return_tracking_code":"NHRV900000041","order":16760,"status":300,"status_update_time":1746522002,"pickup":{"fullname":"Test Receiver"},"courier_ship":null}"#;
    for (subject, data) in [
        (ORDER, fixture!("served-order.json")),
        (SHIPMENT, fixture!("served-shipment.json")),
        (("NHRV900000041", "return-orders"), returned),
    ] {
        let data = with_unknown_members(data);
        let before = data.matches("a_new_member").count();
        assert!(before > 1 || subject.1 == "return-orders", "{before}");
        let body = format!(
            r#"{{"status_code":200,"data":{data},"error":false,"error_code":null,"log_id":null,"messages":"","total":1}}"#
        );
        answered(&desk, connection, subject.0, &body);
        assert_eq!(detail(&desk, subject, KEY).await.body, body);
    }
}

#[tokio::test]
async fn a_shipments_items_are_those_of_its_detail() {
    let (desk, connection) = desk();
    let path = format!("/api/v1/public/shipments/detail/{}/items", SHIPMENT.0);
    let items = async |key: &str| {
        let request = Request::get(&path).header("authorization", key);
        send(&desk, request, "").await
    };
    assert_eq!(items(KEY).await.status.as_u16(), 404);
    let bare = fixture!("upstream-shipment.json").trim();
    answered(&desk, connection, SHIPMENT.0, bare);
    assert_eq!(
        items(KEY).await.status.as_u16(),
        404,
        "a detail without items"
    );
    let rows = r#"[{"id":1, "sku":"DEMO-1","quantity":2},{"id":2,"sku":"DEMO-2","quantity":1}]"#;
    let whole = with(
        bare,
        &[(
            r#""status_css":"info""#,
            &format!(r#""status_css":"info","shipment_items":{rows}"#),
        )],
    );
    answered(&desk, connection, SHIPMENT.0, &whole);
    let told = items(KEY).await;
    assert!(
        told.body.contains(&format!("\"data\":{rows}")),
        "{}",
        told.body
    );
    assert!(told.body.contains("\"total\":2"), "{}", told.body);
    assert_eq!(items("ANOTHERS-KEY").await.status.as_u16(), 404);
}

#[tokio::test]
async fn a_later_webhook_overlays_what_it_tells_and_the_next_answer_clears_it() {
    let (desk, connection) = desk();
    let body = fixture!("upstream-shipment.json").trim();
    answered(&desk, connection, SHIPMENT.0, body);
    told(&desk, fixture!("webhook-shipment.json")).await;
    let overlaid = with(
        body,
        &[
            (
                "\"status\":220,\"status_update_time\":1746522002",
                "\"status\":300,\"status_update_time\":1746525602",
            ),
            (
                "\"courier_tracking_code\":\"NHOV900000017\"",
                "\"courier_tracking_code\":\"VD00000042\"",
            ),
            ("\"updated_time\":1746520735", "\"updated_time\":1746525602"),
            (
                "\"status_display\":\"Ready to ship\"",
                "\"status_display\":\"Shipped\"",
            ),
        ],
    );
    assert_eq!(detail(&desk, SHIPMENT, KEY).await.body, overlaid);
    // One that tells of an older status changes nothing, though it came later.
    let older = with(
        fixture!("webhook-shipment.json"),
        &[(
            "\"status\":300,\"status_update_time\":1746525602",
            "\"status\":217,\"status_update_time\":1746521000",
        )],
    );
    told(&desk, &older).await;
    assert_eq!(detail(&desk, SHIPMENT, KEY).await.body, overlaid);
    let next = with(
        body,
        &[(
            "\"status\":220,\"status_update_time\":1746522002",
            "\"status\":310,\"status_update_time\":1746529000",
        )],
    );
    answered(&desk, connection, SHIPMENT.0, &next);
    assert_eq!(detail(&desk, SHIPMENT, KEY).await.body, next);
}

#[tokio::test]
async fn an_orders_news_is_told_in_its_own_words() {
    let (desk, connection) = desk();
    let body = fixture!("upstream-order.json").trim();
    answered(&desk, connection, ORDER.0, body);
    told(&desk, fixture!("webhook-order.json")).await;
    let overlaid = with(
        body,
        &[
            (
                "\"status\":460,\"status_update_time\":1746522002",
                "\"status\":500,\"status_update_time\":1746525602",
            ),
            ("\"updated_time\":1746520734", "\"updated_time\":1746525602"),
            (
                "\"status_display\":\"Ready to ship\"",
                "\"status_display\":\"Shipped\"",
            ),
        ],
    );
    assert_eq!(detail(&desk, ORDER, KEY).await.body, overlaid);
}
