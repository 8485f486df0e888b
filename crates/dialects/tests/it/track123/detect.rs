//! Detection of a number's courier.

use super::*;
use serde_json::json;

#[tokio::test]
async fn detection_ranks_and_abstains() {
    let desk = unhurried();
    for name in ["tracking_number", "trackNo", "number"] {
        let told = data(
            &post(
                &desk,
                "courier/detection",
                json!({ name: "1Z5R89390357567127" }),
            )
            .await,
        );
        assert_eq!(told["tracking_number"], "1Z5R89390357567127");
        assert_eq!(told["recommended_carrier"]["carrier"], "ups");
        assert_eq!(told["candidates"][0]["carrier"], "ups");
        assert!(told["candidates"][0]["score"].as_f64().unwrap() > 0.5);
    }
    let told = data(
        &post(
            &desk,
            "courier/detection",
            json!({ "tracking_number": "?" }),
        )
        .await,
    );
    assert!(told["recommended_carrier"].is_null());
    assert_eq!(told["candidates"], json!([]));
    let reply = post(&desk, "courier/detection", json!({ "tracking_number": "" })).await;
    assert_eq!(reply.status, 400);
    assert_eq!(reply.json()["code"], "A0410");
}
