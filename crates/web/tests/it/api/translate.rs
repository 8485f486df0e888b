//! `GET /v1/translate`.

use super::{get, is_problem, read};
use crate::installation::Installation;
use serde_json::json;

#[tokio::test]
async fn a_code_is_translated_with_what_is_lost() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let ask =
        async |query: &str| read(&own, &shop.native.key, &format!("/v1/translate?{query}")).await;

    let found = ask("from=247express&code=16&kind=shipment&to=keydelivery").await;
    let found = &found["translations"];
    assert_eq!(found.as_array().unwrap().len(), 1);
    assert_eq!(found[0]["from"]["name"], "CHOXULY");
    assert_eq!(found[0]["milestone"], "pending_handling");
    assert_eq!(found[0]["fidelity"], "broader");
    assert_eq!(found[0]["to"]["code"], "2");
    assert_eq!(found[0]["to"]["sub"], "204");
    assert_eq!(found[0]["lost"].as_array().unwrap().len(), 1);

    // A scan and a delay of one number: each table answers.
    let found = ask("from=247express&code=10&to=native").await;
    let told = |at: usize| found["translations"][at]["to"]["code"].clone();
    assert_eq!([told(0), told(1)], ["handed_to_courier", "rescheduled"]);

    // A standard's list, and a code that the target does not have.
    let found = ask("from=dcsa&code=STRP&to=keydelivery").await;
    let found = &found["translations"][0];
    assert_eq!(
        (&found["fidelity"], &found["to"]),
        (&json!("none"), &json!(null))
    );
}

#[tokio::test]
async fn what_is_not_known_is_a_problem_that_names_it() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    for (query, status, named) in [
        ("from=nobody&code=1&to=native", 404, "nobody"),
        ("from=native&code=delivered&to=nobody", 404, "nobody"),
        ("from=247express&code=nothing&to=native", 404, "nothing"),
        ("from=keydelivery&code=3&sub=999&to=native", 404, "301"),
        (
            "from=247express&code=10&to=native&kind=weather",
            400,
            "ocean_event",
        ),
        ("from=247express&to=native", 400, "code"),
        ("from=247express&code=10&to=native&word=x", 400, "word"),
    ] {
        let answer = get(&own, &shop.native.key, &format!("/v1/translate?{query}")).await;
        is_problem(&answer, status);
        let detail = answer.1["detail"].as_str().unwrap();
        assert!(detail.contains(named), "{query}: {detail}");
    }
}
