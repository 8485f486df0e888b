//! Who is told of a shipment, as our own API keeps it.

use super::{asked, get, is_problem, post, read, register};
use crate::harness::json_of;
use crate::installation::Installation;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

on_every_store!(
    a_recipient_is_added_changed_listed_and_removed,
    the_accounts_policy_is_what_holds_where_nobody_says,
    what_cannot_be_an_address_is_refused_by_its_member,
    recipients_are_named_when_a_shipment_is_registered,
    wrong_recipients_are_told_by_their_place_and_register_nothing,
);

async fn put(own: &Installation, key: &str, path: &str, body: &Value) -> (StatusCode, Value) {
    let request = asked(own, Method::PUT, path, key);
    let request = request.header(CONTENT_TYPE, "application/json");
    json_of(request.body(body.to_string())).await
}

async fn a_recipient_is_added_changed_listed_and_removed(own: Installation) {
    let shop = own.shop("shop").await;
    let key = &shop.native.key;
    let id = register(&own, &shop, "own", "N-1").await;
    let path = format!("/v1/shipments/{id}/notices");
    let nobody = read(&own, key, &path).await;
    assert_eq!(nobody, json!({"sending": false, "notices": []}));
    let wanted = json!({"address": "Buyer@example.org", "language": "vi", "stages": ["delivered"]});
    let (status, kept) = put(&own, key, &path, &wanted).await;
    assert_eq!(status, StatusCode::OK, "{kept}");
    assert_eq!(
        (
            &kept["address"],
            &kept["language"],
            &kept["stages"],
            &kept["standing"]
        ),
        (
            &json!("B…@example.org"),
            &json!("vi"),
            &json!(["delivered"]),
            &json!("active")
        )
    );
    // Another way to write the same one is the same one.
    let again = json!({"address": "buyer@EXAMPLE.org"});
    let (_, changed) = put(&own, key, &path, &again).await;
    assert_eq!(changed["id"], kept["id"]);
    assert_eq!(changed["language"], "en");
    assert_eq!(read(&own, key, &path).await["notices"], json!([changed]));
    let one = format!("{path}/{}", kept["id"].as_str().unwrap());
    for expected in [StatusCode::NO_CONTENT, StatusCode::NOT_FOUND] {
        let answer = asked(&own, Method::DELETE, &one, key).send().await.unwrap();
        assert_eq!(answer.status(), expected);
    }
    let ended = read(&own, key, &path).await;
    assert_eq!(ended["notices"][0]["standing"], "removed");
    assert!(!ended.to_string().contains("uyer"), "{ended}");
    // An erasure takes what is left of the address.
    let erased = format!("/v1/shipments/{id}/erase");
    let answer = asked(&own, Method::POST, &erased, key);
    let answer = answer.header(CONTENT_TYPE, "application/json").body("{}");
    assert!(answer.send().await.unwrap().status().is_success());
    assert_eq!(
        read(&own, key, &path).await["notices"][0]["address"],
        Value::Null
    );
}

async fn the_accounts_policy_is_what_holds_where_nobody_says(own: Installation) {
    let (shop, other) = (own.shop("shop").await, own.shop("other").await);
    let key = &shop.native.key;
    let usual = json!({
        "language": "en",
        "stages": ["out_for_delivery", "ready_for_pickup", "attempt_failed", "delivered"],
    });
    assert_eq!(read(&own, key, "/v1/notices").await, usual);
    let changed = json!({"language": "zh", "stages": ["delivered", "customs"]});
    let (status, told) = put(&own, key, "/v1/notices", &changed).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    assert_eq!(
        told,
        json!({"language": "zh", "stages": ["customs", "delivered"]})
    );
    let (_, told) = put(&own, key, "/v1/notices", &json!({"language": "vi"})).await;
    assert_eq!(
        told["stages"],
        json!(["customs", "delivered"]),
        "what is left out stays"
    );
    assert_eq!(read(&own, &other.native.key, "/v1/notices").await, usual);
    let id = register(&own, &shop, "own", "N-1").await;
    let path = format!("/v1/shipments/{id}/notices");
    let (_, kept) = put(&own, key, &path, &json!({"address": "a@example.org"})).await;
    assert_eq!(
        (&kept["language"], &kept["stages"]),
        (&json!("vi"), &told["stages"])
    );
    for wrong in [
        json!({"language": "tlh"}),
        json!({"stages": ["unknown"]}),
        json!({"stages": "delivered"}),
        json!({"stage": []}),
    ] {
        is_problem(&put(&own, key, "/v1/notices", &wrong).await, 422);
    }
}

async fn what_cannot_be_an_address_is_refused_by_its_member(own: Installation) {
    let shop = own.shop("shop").await;
    let key = &shop.native.key;
    let id = register(&own, &shop, "own", "N-1").await;
    let path = format!("/v1/shipments/{id}/notices");
    for address in [
        "",
        "nobody",
        "a@localhost",
        "a@example.org\r\nBcc: b@example.org",
        "A <a@example.org>",
        "a@example.org,b@example.org",
    ] {
        let answer = put(&own, key, &path, &json!({"address": address})).await;
        let problem = is_problem(&answer, 422);
        assert_eq!(problem["errors"][0]["pointer"], "/address", "{problem}");
        assert!(address.is_empty() || !problem.to_string().contains(address));
    }
    assert_eq!(get(&own, key, &path).await.1["notices"], json!([]));
    for n in 0..5 {
        let body = json!({"address": format!("p{n}@example.org")});
        assert_eq!(put(&own, key, &path, &body).await.0, StatusCode::OK);
    }
    is_problem(
        &put(&own, key, &path, &json!({"address": "p5@example.org"})).await,
        409,
    );
}

const SHIPMENTS: &str = "/v1/shipments";

/// Address, language, stages and standing of a shipment's recipients.
async fn people(own: &Installation, key: &str, id: &Value) -> Vec<[Value; 4]> {
    let path = format!("/v1/shipments/{}/notices", id.as_str().unwrap());
    let told = read(own, key, &path).await;
    let people = told["notices"].as_array().unwrap().iter();
    let mut people: Vec<_> = people
        .map(|one| ["address", "language", "stages", "standing"].map(|name| one[name].clone()))
        .collect();
    people.sort_by_key(|one| one[0].to_string());
    people
}

async fn recipients_are_named_when_a_shipment_is_registered(own: Installation) {
    let shop = own.shop("shop").await;
    let key = &shop.native.key;
    put(&own, key, "/v1/notices", &json!({"stages": ["delivered"]})).await;
    let wish = json!({"carrier": "own", "number": "N-1", "notices": [
        {"address": "buyer@example.org", "language": "vi", "stages": ["customs", "delivered"]},
        {"address": "Shop@example.org"},
    ]});
    let (status, made) = post(&own, key, SHIPMENTS, &wish).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let kept = made["notices"].as_array().unwrap();
    let standings: Vec<&Value> = kept.iter().map(|one| &one["standing"]).collect();
    assert_eq!(standings, ["active", "active"]);
    assert!(!made.to_string().contains("example.org"), "{made}");
    let told = people(&own, key, &made["id"]).await;
    let row = |address: &str, language: &str, stages: &[&str], standing: &str| {
        [
            json!(address),
            json!(language),
            json!(stages),
            json!(standing),
        ]
    };
    let buyer = row("b…@example.org", "vi", &["customs", "delivered"], "active");
    let of_shop = row("S…@example.org", "en", &["delivered"], "active");
    assert_eq!(told, [of_shop.clone(), buyer.clone()]);

    // In a batch, to each its own; a number that is known gets those that it had not.
    let batch = json!({"shipments": [
        {"carrier": "own", "number": "N-2"},
        {"carrier": "own", "number": "N-3", "notices": [{"address": "third@example.org"}]},
        {"carrier": "own", "number": "N-1", "notices": [{"address": "third@example.org", "language": "zh"}]},
    ]});
    let (status, outcome) = post(&own, key, SHIPMENTS, &batch).await;
    assert_eq!((status, &outcome["rejected"]), (StatusCode::OK, &json!([])));
    let shipments = outcome["shipments"].as_array().unwrap();
    assert_eq!(shipments[0].get("notices"), None);
    assert_eq!(shipments[1]["notices"][0]["standing"], "active");
    assert_eq!(
        people(&own, key, &shipments[0]["id"]).await,
        [] as [[Value; 4]; 0]
    );
    let third = |language| row("t…@example.org", language, &["delivered"], "active");
    assert_eq!(people(&own, key, &shipments[1]["id"]).await, [third("en")]);
    let told = people(&own, key, &made["id"]).await;
    assert_eq!(told, [of_shop, buyer, third("zh")]);

    // Whoever ended it stays untold, and the registration is none the worse for it.
    let id = made["id"].as_str().unwrap();
    let path = format!(
        "/v1/shipments/{id}/notices/{}",
        kept[0]["id"].as_str().unwrap()
    );
    asked(&own, Method::DELETE, &path, key)
        .send()
        .await
        .unwrap();
    let (status, again) = post(&own, key, SHIPMENTS, &wish).await;
    assert_eq!(status, StatusCode::OK, "{again}");
    assert_eq!(again["notices"][0]["id"], kept[0]["id"]);
    let more: Vec<Value> = (0..5)
        .map(|at| json!({"address": format!("p{at}@example.org")}))
        .collect();
    let more = json!({"carrier": "own", "number": "N-1", "notices": more});
    let (_, full) = post(&own, key, SHIPMENTS, &more).await;
    let standings: Vec<&Value> = full["notices"].as_array().unwrap().iter().collect();
    assert!(
        standings.iter().any(|one| one["standing"] == "full"),
        "{full}"
    );
    let active = people(&own, key, &made["id"]).await;
    let active = active.iter().filter(|one| one[3] == "active").count();
    assert_eq!(active, 5);
}

async fn wrong_recipients_are_told_by_their_place_and_register_nothing(own: Installation) {
    let shop = own.shop("shop").await;
    let key = &shop.native.key;
    let notices = |notices: Value| json!({"carrier": "own", "number": "N-1", "notices": notices});
    let good = json!({"address": "buyer@example.org"});
    let six = vec![good.clone(); 6];
    for (wrong, pointers) in [
        (
            json!([good, {"address": "nobody"}]),
            &["/notices/1/address"][..],
        ),
        (json!([{}]), &["/notices/0/address"]),
        (
            json!([{"address": "", "language": "tlh", "stages": ["unknown"]}]),
            &[
                "/notices/0/address",
                "/notices/0/language",
                "/notices/0/stages",
            ],
        ),
        (
            json!([{"address": "a@example.org", "stage": []}]),
            &["/notices/0"],
        ),
        (json!(["a@example.org"]), &["/notices/0"]),
        (json!(six), &["/notices"]),
        (json!({"address": "a@example.org"}), &["/notices"]),
    ] {
        let single = post(&own, key, SHIPMENTS, &notices(wrong.clone())).await;
        let problem = is_problem(&single, 422);
        let found = |errors: &Value| -> Vec<String> {
            let errors = errors.as_array().unwrap().iter();
            errors
                .map(|one| one["pointer"].as_str().unwrap().to_owned())
                .collect()
        };
        assert_eq!(found(&problem["errors"]), pointers, "{problem}");
        let other = json!({"carrier": "own", "number": "N-2"});
        let batch = json!({"shipments": [notices(wrong), other]});
        let (status, outcome) = post(&own, key, SHIPMENTS, &batch).await;
        assert_eq!(status, StatusCode::OK, "{outcome}");
        assert_eq!(outcome["rejected"][0]["index"], 0);
        assert_eq!(found(&outcome["rejected"][0]["errors"]), pointers);
        assert_eq!(outcome["shipments"].as_array().unwrap().len(), 1);
    }
    let listed = read(&own, key, SHIPMENTS).await;
    let listed = listed["shipments"].as_array().unwrap();
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(listed[0]["number"], "N-2");
}
