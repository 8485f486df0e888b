//! What machines of the operator ask.

use super::{asked, get, is_problem, key, tell};
use crate::harness::json_of;
use crate::installation::Installation;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tower::ServiceExt;
use trackway_hub::metrics::TABLE;
use trackway_web::api::operate;

async fn text(own: &Installation, key: Option<&str>) -> (StatusCode, String) {
    let request = own.served.request(Method::GET, "/metrics");
    let request = match key {
        Some(key) => request.bearer_auth(key),
        None => request,
    };
    let answer = request.send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

#[tokio::test]
async fn readiness_names_every_check() {
    let own = Installation::start().await;
    let (status, told) = own.get("/readyz").await;
    let ok = |name: &str| json!({"name": name, "ok": true});
    let checks = ["store", "schema", "disk", "queue"].map(ok);
    assert_eq!(
        (status, &told),
        (StatusCode::OK, &json!({"ready": true, "checks": checks}))
    );
    own.hub.stop().await.unwrap();
    // What was found a moment ago is told again.
    assert_eq!(own.get("/readyz").await.0, StatusCode::OK);
    own.clock.advance(std::time::Duration::from_secs(1));
    let (status, told) = own.get("/readyz").await;
    assert_eq!(
        (status, &told["ready"]),
        (StatusCode::SERVICE_UNAVAILABLE, &json!(false))
    );
    let failing: Vec<&Value> = told["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["ok"] == false)
        .collect();
    assert_eq!(failing[0]["name"], "store");
    assert!(failing[0]["problem"].is_string(), "{told}");
    assert_eq!(own.get("/healthz").await.0, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn figures_need_the_admin_scope_unless_they_are_opened() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    is_problem(&get(&own, "nobody", "/metrics").await, 401);
    is_problem(&get(&own, &shop.native.key, "/metrics").await, 403);
    assert_eq!(text(&own, None).await.0, StatusCode::UNAUTHORIZED);
    let admin = key(&own, "shop", &["admin"]).await;
    assert_eq!(text(&own, Some(&admin)).await.0, StatusCode::OK);
    let open = Installation::with(&[("native.public_metrics", "true")]).await;
    assert_eq!(text(&open, None).await.0, StatusCode::OK);
    let closed = Installation::with(&[("native.public_metrics", "false")]).await;
    assert_eq!(text(&closed, None).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_operators_socket_asks_for_no_key() {
    let own = Installation::start().await;
    for path in ["/metrics", "/readyz"] {
        let request = http::Request::get(path)
            .body(axum::body::Body::empty())
            .unwrap();
        let answer = operate::operator(&own.hub).oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn figures_tell_what_was_done() {
    let own = Installation::with(&[("native.public_metrics", "true")]).await;
    let shop = own.shop("shop").await;
    let event = json!([{"carrier": "own", "number": "P1", "status": "in_transit"}]);
    tell(&own, &shop, &event).await;
    tell(&own, &shop, &event).await;
    own.get("/api/Order/v1/Tracking?ordercode=VD0000001&apikey=x")
        .await;
    is_problem(&get(&own, "nobody", "/v1/keys").await, 401);
    let (_, text) = text(&own, None).await;
    let lines: BTreeSet<&str> = text.lines().collect();
    for line in [
        "trackway_statements_total{what=\"new\"} 1",
        "trackway_statements_total{what=\"repeat\"} 1",
        "trackway_ingest_seconds_count 2",
        "trackway_requests_total{system=\"native\",status=\"200\"} 2",
        "trackway_requests_total{system=\"native\",status=\"401\"} 1",
        "trackway_requests_total{system=\"247express\",status=\"200\"} 1",
        "trackway_request_seconds_count{system=\"native\"} 3",
        "trackway_feed_head{shard=\"0\"} 1",
        "trackway_store_tracks 1",
        "trackway_store_statements 1",
        "trackway_ready{check=\"store\"} 1",
        "trackway_poll_lag_seconds 0",
        "trackway_endpoint_behind_changes 0",
    ] {
        assert!(lines.contains(line), "{line}\n{text}");
    }
    let gauge = |name: &str| {
        let line = text
            .lines()
            .find(|line| line.split(' ').next() == Some(name));
        line.and_then(|line| line.split(' ').nth(1)?.parse::<f64>().ok())
    };
    for name in [
        "trackway_disk_free_bytes",
        "trackway_store_bytes",
        "trackway_store_commits_total",
        "trackway_store_queue_limit",
    ] {
        assert!(gauge(name).is_some_and(|value| value > 0.0), "{name}");
    }
    // Every line is of the table, with its labels and no others.
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let name = line.split(['{', ' ']).next().unwrap();
        let known = TABLE.iter().find(|metric| {
            let rest = name.strip_prefix(metric.name);
            rest.is_some_and(|rest| ["", "_bucket", "_sum", "_count"].contains(&rest))
        });
        let known = known.unwrap_or_else(|| panic!("{line}"));
        for label in line
            .split(['{', ','])
            .skip(1)
            .filter_map(|part| part.split_once('='))
        {
            assert!(label.0 == "le" || known.labels.contains(&label.0), "{line}");
        }
    }
}

/// A figure's labels are bounded by their type; this walks what a client could try all the same.
#[tokio::test]
async fn no_request_makes_a_figure_of_its_own() {
    let own = Installation::with(&[("native.public_metrics", "true")]).await;
    let shop = own.shop("shop").await;
    let series = async || {
        let (_, text) = text(&own, None).await;
        text.lines()
            .filter(|line| line.starts_with("trackway_requests_total"))
            .count()
    };
    for path in ["/v1/a", "/v1/b", "/x", "/v1/shipments/1", "/v1/shipments/2"] {
        get(&own, &shop.native.key, path).await;
    }
    let before = series().await;
    for number in 0..20 {
        let path = format!("/v1/{number}");
        get(&own, &shop.native.key, &path).await;
        let request = asked(&own, Method::GET, &path, &shop.native.key);
        json_of(request.header("x-carrier", number.to_string())).await;
    }
    // The figures themselves were answered with 200 meanwhile.
    assert!(series().await <= before + 1);
}
