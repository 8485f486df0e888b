//! The tracking call served: every error with its text, the order of checks, limits, case.

use super::{KEY, Reply, SHOP, answered, desk, fixture, get, parse, post, track};
use crate::support::{FakeDesk, NOON, Trouble};
use http::StatusCode;
use std::sync::Arc;
use trackway_dialects::express247::{CARRIER, NAME, errors};
use trackway_model::ConnectionId;

/// The vendor's error table, copied by hand.
const ERRORS: &[(&str, &str)] = &[
    ("MISSING_APIKEY", "Missing Apikey."),
    ("MISSING_ORDERCODE", "Missing Ordercode."),
    ("ORDERCODE_MIN_LENGTH", "OrderCode less than 5 characters."),
    (
        "ORDERCODE_MAX_LENGTH",
        "The maximum number of OrderCode is 20 characters.",
    ),
    ("ORDERCODE_NOT_FOUND", "OrderCode is not found."),
    (
        "ORDERCODE_DOES_NOT_BELONG_TO_YOUR_ACCOUNT",
        "Ordercode does not belong to your account.",
    ),
    ("APIKEY_NOT_FOUND", "Apikey is not found."),
    ("APIKEY_LIMIT", "Look up more than 200,000 times/day."),
    ("EXCEPTION", "Unknown error, please contact 247."),
    (
        "ORDERCODE_FORMAT_EXCEPTION",
        "The ordercode contain special characters (except _-).",
    ),
    (
        "ORDERCODE_QUERY_EXPIRED",
        "The order has exceeded the tracking lookup period.",
    ),
];

/// Every member of an answer, in the vendor's order.
pub const MEMBERS: &[&str] = &[
    "errorMessage",
    "errorCode",
    "orderCode",
    "externalCode",
    "acceptDate",
    "status",
    "statusName",
    "trackingName",
    "delayCode",
    "delayNote",
    "deliveryNotes",
    "deliveryDate",
    "poDeliveryID",
    "mailMan",
    "receiverName",
    "serviceTypeID",
    "mailerTypeID",
    "extraServiceName",
    "length",
    "width",
    "height",
    "realWeight",
    "calWeight",
    "weight",
    "quantity",
    "price",
    "priceFR",
    "farRegionFeeAmount",
    "fuelFeeAmount",
    "vatAmount",
    "totalServiceCost",
    "edtFrom",
    "edtTo",
    "postOfficeAcceptID",
    "codAmount",
    "priceInfo",
    "statuses",
    "trackings",
    "estimateRoutes",
    "confirmImage",
];

/// An error: HTTP 200, the two members filled, every other one there and null.
fn assert_error(reply: &Reply, code: &str) {
    let text = ERRORS.iter().find(|row| row.0 == code).unwrap().1;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    assert_eq!(reply.headers["content-type"], "application/json");
    let object = trackway_dialects::raw::Object::parse(reply.body.as_bytes()).unwrap();
    let names: Vec<String> = object.members().map(|member| member.name.into()).collect();
    assert_eq!(names, MEMBERS);
    for member in object.members() {
        match &*member.name {
            "errorCode" => assert_eq!(member.value, format!("\"{code}\"")),
            "errorMessage" => assert_eq!(member.value, format!("\"{text}\"")),
            name => assert_eq!(member.value, "null", "{name}"),
        }
    }
}

fn known() -> (Arc<FakeDesk>, ConnectionId) {
    let (desk, connection) = desk();
    answered(
        &desk,
        connection,
        "VD0000001",
        fixture!("tracking-undelivered.json"),
    );
    (desk, connection)
}

#[test]
fn the_error_table_is_the_vendors() {
    let ours: Vec<_> = errors::ALL.iter().map(|row| (row.code, row.text)).collect();
    assert_eq!(ours, ERRORS);
}

#[tokio::test]
async fn every_check_in_its_order() {
    let (desk, _) = known();
    desk.elsewhere(CARRIER, "VD0000099");
    // Each request is wrong in all the ways of those after it as well.
    for (query, code) in [
        ("", "MISSING_APIKEY"),
        ("ordercode=a$", "MISSING_APIKEY"),
        ("ordercode=VD0000001&apikey=", "MISSING_APIKEY"),
        ("apikey=wrong", "MISSING_ORDERCODE"),
        ("apikey=wrong&ordercode=", "MISSING_ORDERCODE"),
        ("apikey=wrong&ordercode=a$", "ORDERCODE_MIN_LENGTH"),
        (
            "apikey=wrong&ordercode=%C4%90%C4%90%C4%90%C4%90",
            "ORDERCODE_MIN_LENGTH",
        ),
        (
            "apikey=wrong&ordercode=$aaaaaaaaaaaaaaaaaaaa",
            "ORDERCODE_MAX_LENGTH",
        ),
        (
            "apikey=wrong&ordercode=VD$00001",
            "ORDERCODE_FORMAT_EXCEPTION",
        ),
        (
            "apikey=wrong&ordercode=VD%2000001",
            "ORDERCODE_FORMAT_EXCEPTION",
        ),
        (
            "apikey=wrong&ordercode=%C4%90%C4%90%C4%90%C4%90%C4%90",
            "ORDERCODE_FORMAT_EXCEPTION",
        ),
        ("apikey=wrong&ordercode=VD0000001", "APIKEY_NOT_FOUND"),
    ] {
        let reply = get(&desk, &format!("/api/Order/v1/Tracking?{query}")).await;
        assert_error(&reply, code);
    }
    assert_error(&track(&desk, "VD0000098").await, "ORDERCODE_NOT_FOUND");
    assert_error(
        &track(&desk, "VD0000099").await,
        "ORDERCODE_DOES_NOT_BELONG_TO_YOUR_ACCOUNT",
    );
    for number in ["VD_-1", "vd0000001-2345678_90"] {
        assert_error(&track(&desk, number).await, "ORDERCODE_NOT_FOUND");
    }
}

#[tokio::test]
async fn another_accounts_order_can_be_hidden() {
    let (desk, _) = known();
    desk.elsewhere(CARRIER, "VD0000099");
    desk.set("express247.hide_other_accounts", "true");
    assert_error(&track(&desk, "VD0000099").await, "ORDERCODE_NOT_FOUND");
}

/// An account's orders are known to the carrier whether or not anybody follows them here.
#[tokio::test]
async fn an_unknown_order_is_asked_of_the_carrier_at_once() {
    let (elsewhere, _) = known();
    let whole = elsewhere.view(SHOP, NAME, "VD0000001");
    let (desk, _) = desk();
    desk.elsewhere(CARRIER, "VD0000001");
    assert_error(
        &track(&desk, "VD0000001").await,
        "ORDERCODE_DOES_NOT_BELONG_TO_YOUR_ACCOUNT",
    );
    desk.knows_upstream(whole.unwrap());
    let expected = track(&elsewhere, "VD0000001").await.body;
    assert_eq!(track(&desk, "VD0000001").await.body, expected);
    assert!(desk.view(SHOP, NAME, "VD0000001").is_none(), "it was kept");
    desk.silence(true);
    assert_error(
        &track(&desk, "VD0000001").await,
        "ORDERCODE_DOES_NOT_BELONG_TO_YOUR_ACCOUNT",
    );
    assert_error(&track(&desk, "VD0000002").await, "ORDERCODE_NOT_FOUND");
}

#[tokio::test]
async fn the_days_look_ups_are_counted_on_vietnams_clock() {
    let (desk, _) = known();
    desk.set("express247.lookups_per_day", "2");
    // 16:59:59 UTC is the last second of a Vietnamese day.
    let last_second = 1_715_187_599_000_000;
    desk.set_now(last_second);
    assert_eq!(track(&desk, "VD0000001").await.raw("errorCode"), "null");
    assert_error(&track(&desk, "VD0000098").await, "ORDERCODE_NOT_FOUND");
    assert_error(&track(&desk, "VD0000001").await, "APIKEY_LIMIT");
    assert_error(&track(&desk, "VD0000098").await, "APIKEY_LIMIT");
    // What is refused before the key is known costs nothing.
    assert_error(
        &track(&desk, "VD$00001").await,
        "ORDERCODE_FORMAT_EXCEPTION",
    );
    desk.pass(1_000_000);
    assert_eq!(track(&desk, "VD0000001").await.raw("errorCode"), "null");
}

#[tokio::test]
async fn the_look_up_period_is_off_unless_set() {
    let (desk, _) = known();
    desk.set_now(NOON + 400 * 86_400_000_000);
    assert_eq!(track(&desk, "VD0000001").await.raw("errorCode"), "null");
    desk.set("express247.lookup_period_days", "90");
    assert_error(&track(&desk, "VD0000001").await, "ORDERCODE_QUERY_EXPIRED");
    desk.set_now(NOON + 80 * 86_400_000_000);
    assert_eq!(track(&desk, "VD0000001").await.raw("errorCode"), "null");
}

#[tokio::test]
async fn a_desk_that_fails_is_an_exception() {
    let (desk, _) = known();
    desk.trouble(Some(Trouble::Failed));
    assert_error(&track(&desk, "VD0000001").await, "EXCEPTION");
    desk.trouble(Some(Trouble::Busy(7)));
    let reply = track(&desk, "VD0000001").await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(reply.headers["retry-after"], "7");
    assert_eq!(reply.raw("errorCode"), "\"EXCEPTION\"");
}

#[tokio::test]
async fn the_status_of_errors_is_a_setting() {
    let (desk, _) = known();
    desk.set("express247.error_status", "400");
    let reply = track(&desk, "VD0000098").await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    assert_eq!(reply.raw("errorCode"), "\"ORDERCODE_NOT_FOUND\"");
}

#[tokio::test]
async fn paths_query_and_number_are_read_in_any_case() {
    let (desk, _) = known();
    for path in [
        "/api/Order/v1/Tracking",
        "/API/ORDER/V1/TRACKING",
        "/Api/order/V1/tracking/",
    ] {
        for query in [
            "ordercode=VD0000001&apikey=",
            "OrderCode=vd0000001&apiKey=",
            "x=1&ORDERCODE=VD0000001&APIKEY=",
        ] {
            let reply = get(&desk, &format!("{path}?{query}{KEY}")).await;
            assert_eq!(
                reply.body,
                fixture!("tracking-undelivered.json"),
                "{path}?{query}"
            );
        }
    }
}

#[tokio::test]
async fn a_registered_number_of_which_nothing_is_known_is_not_found() {
    let (desk, connection) = desk();
    desk.news(SHOP, connection, CARRIER, "VD0000050", Vec::new());
    assert_error(&track(&desk, "VD0000050").await, "ORDERCODE_NOT_FOUND");
}

#[tokio::test]
async fn the_carriers_own_parcel_comes_before_another_carriers_of_the_same_number() {
    let (desk, connection) = desk();
    let answer = parse("VD0000001", fixture!("tracking-undelivered.json")).answer;
    let statements = answer.parts[0].statements.clone();
    desk.news(
        SHOP,
        connection,
        "some-other-carrier",
        "VD0000001",
        statements.clone(),
    );
    desk.news(
        SHOP,
        connection,
        "some-other-carrier",
        "VD0000051",
        statements,
    );
    answered(
        &desk,
        connection,
        "VD0000001",
        fixture!("tracking-undelivered.json"),
    );
    assert_eq!(
        track(&desk, "VD0000001").await.body,
        fixture!("tracking-undelivered.json")
    );
    assert_eq!(
        track(&desk, "VD0000051").await.raw("orderCode"),
        "\"VD0000051\""
    );
}

#[tokio::test]
async fn what_lies_beside_the_calls_is_answered_in_this_systems_words() {
    let (desk, _) = known();
    for (path, member) in [
        ("/api/Order/v1/Nothing", "errorCode"),
        ("/api/order", "errorCode"),
        ("/Api/Customer/Nothing", "ErrorCode"),
        ("/api/MasterData/", "ErrorCode"),
        ("/api/client/", "ErrorCode"),
        ("/IntergrationAPI/more", "IsError"),
    ] {
        let reply = get(&desk, path).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}");
        assert!(reply.json().get(member).is_some(), "{path}: {}", reply.body);
    }
    let reply = post(&desk, "/api/Order/v1/Tracking", &[], "{}").await;
    assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(reply.headers["allow"], "GET");
    for path in [
        "/api/Client/ClientLogin",
        "/api/Customer/GetStatusLogs",
        "/in/x/IntergrationAPI",
    ] {
        let reply = get(&desk, path).await;
        assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_eq!(reply.headers["allow"], "POST");
    }
    assert_eq!(NAME, "247express");
}

#[test]
fn the_calls_are_described() {
    let described = trackway_dialects::express247::openapi();
    let paths: Vec<&str> = described.paths.paths.keys().map(String::as_str).collect();
    assert_eq!(
        paths,
        [
            "/Api/Customer/CancelOrder",
            "/Api/Customer/CustomerAPICreateOrder",
            "/Api/Customer/CustomerGetClientHubs",
            "/Api/Customer/CustomerInsertClientHub",
            "/Api/Customer/GetOrderImages",
            "/Api/Customer/GetPriceForCustomerAPI",
            "/Api/Customer/GetServiceTypes",
            "/IntergrationAPI",
            "/api/Client/ClientLogin",
            "/api/Customer/CustomerAPIUpdateOrder",
            "/api/Customer/CustomerConfirmDelivery",
            "/api/Customer/CustomerUpdateClientHub",
            "/api/Customer/GetStatusLogs",
            "/api/Customer/Services",
            "/api/MasterData/Services",
            "/api/Order/v1/Tracking",
            "/in/{token}/IntergrationAPI"
        ]
    );
}
