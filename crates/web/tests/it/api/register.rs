//! `POST /v1/shipments`.

use super::{is_problem, key, post, posted, read, register, tell};
use crate::harness::json_of;
use crate::installation::{Installation, NOON};
use reqwest::StatusCode;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Value, json};

on_every_store!(
    a_batch_is_registered_and_known_the_second_time,
    one_shipment_is_answered_by_itself,
    connections_are_asked_as_they_are_named,
    an_idempotency_key_answers_as_the_first_time,
    what_is_given_again_is_added,
);

const PATH: &str = "/v1/shipments";

async fn a_batch_is_registered_and_known_the_second_time(own: Installation) {
    let shop = own.shop("shop").await;
    let key = &shop.native.key;
    let batch = json!({"shipments": [
        {"carrier": "247express", "number": "VD0000001", "references": ["SO-1001", "PO-7"], "data": {"title": "Two lamps"}},
        {"carrier": "GLS", "number": " gls-1 "},
        {"carrier": "own", "number": "A1", "connections": []},
    ]});
    let (status, first) = post(&own, key, PATH, &batch).await;
    assert_eq!(status, StatusCode::OK, "{first}");
    assert_eq!(
        (&first["registered"], &first["known"]),
        (&json!(3), &json!(0))
    );
    let shipments = first["shipments"].as_array().unwrap();
    let told: Vec<_> = shipments
        .iter()
        .map(|one| (&one["index"], &one["carrier"], &one["number"], &one["new"]))
        .collect();
    let [one, two, three] = ["247express", "gls", "own"].map(|carrier| json!(carrier));
    let numbers = ["VD0000001", "gls-1", "A1"].map(|number| json!(number));
    assert_eq!(told[0], (&json!(0), &one, &numbers[0], &json!(true)));
    assert_eq!(told[1], (&json!(1), &two, &numbers[1], &json!(true)));
    assert_eq!(told[2], (&json!(2), &three, &numbers[2], &json!(true)));
    assert_eq!(shipments[0]["registered"], "2026-06-01T12:00:00Z");
    own.clock.set(NOON + 1_000_000);
    let (_, second) = post(&own, key, PATH, &batch).await;
    assert_eq!(
        (&second["registered"], &second["known"]),
        (&json!(0), &json!(3))
    );
    for (first, second) in shipments
        .iter()
        .zip(second["shipments"].as_array().unwrap())
    {
        assert_eq!(first["id"], second["id"]);
        assert_eq!(first["registered"], second["registered"], "as it is known");
        assert_eq!(second["new"], false);
    }
    // What was given is given back.
    let id = shipments[0]["id"].as_str().unwrap();
    let shipment = read(&own, key, &format!("/v1/shipments/{id}")).await;
    assert_eq!(shipment["references"], json!(["PO-7", "SO-1001"]));
    assert_eq!(
        shipment["registration"]["data"],
        json!({"title": "Two lamps"})
    );
    assert_eq!(
        (&shipment["milestone"], &shipment["events"]),
        (&json!("unknown"), &json!(0))
    );
}

async fn what_is_given_again_is_added(own: Installation) {
    let (shop, other) = (own.shop("shop").await, own.shop("other").await);
    let wish = |references: &[&str], data: Value| json!({"carrier": "own", "number": "A1", "references": references, "data": data});
    let first = wish(&["SO-1"], json!({"title": "Lamp", "note": "ring twice"}));
    let (_, made) = post(&own, &shop.native.key, PATH, &first).await;
    post(&own, &other.native.key, PATH, &first).await;
    let again = wish(&["RMA-7"], json!({"note": "leave it", "gift": true}));
    let (status, known) = post(&own, &shop.native.key, PATH, &again).await;
    assert_eq!((status, &known["new"]), (StatusCode::OK, &json!(false)));
    assert_eq!(known["registration"], made["registration"]);
    let found = read(&own, &shop.native.key, "/v1/shipments?reference=rma").await;
    assert_eq!(found["shipments"][0]["id"], made["id"], "{found}");
    let path = format!("/v1/shipments/{}", made["id"].as_str().unwrap());
    let shipment = read(&own, &shop.native.key, &path).await;
    assert_eq!(shipment["references"], json!(["RMA-7", "SO-1"]));
    assert_eq!(
        shipment["registration"]["data"],
        json!({"title": "Lamp", "note": "leave it", "gift": true})
    );
    // A wish that gives nothing takes nothing away, and nobody else's changed.
    let bare = json!({"carrier": "own", "number": "A1"});
    post(&own, &shop.native.key, PATH, &bare).await;
    assert_eq!(read(&own, &shop.native.key, &path).await, shipment);
    let theirs = read(&own, &other.native.key, "/v1/shipments?reference=rma").await;
    assert_eq!(theirs["shipments"], json!([]));
}

async fn one_shipment_is_answered_by_itself(own: Installation) {
    let shop = own.shop("shop").await;
    let body = json!({"carrier": "247express", "number": "VD0000001"});
    let (status, made) = post(&own, &shop.native.key, PATH, &body).await;
    assert_eq!((status, &made["new"]), (StatusCode::CREATED, &json!(true)));
    let (status, known) = post(&own, &shop.native.key, PATH, &body).await;
    assert_eq!((status, &known["new"]), (StatusCode::OK, &json!(false)));
    assert_eq!(made["id"], known["id"]);
    // A number that events told of before is the same shipment.
    tell(
        &own,
        &shop,
        &json!([{"carrier": "gls", "number": "G1", "status": "delivered"}]),
    )
    .await;
    let id = register(&own, &shop, "gls", "g1").await;
    let shipment = read(&own, &shop.native.key, &format!("/v1/shipments/{id}")).await;
    assert_eq!(
        (&shipment["stage"], &shipment["number"]),
        (&json!("delivered"), &json!("G1"))
    );
}

#[tokio::test]
async fn what_is_wrong_is_told_by_place_and_what_is_right_is_kept() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let long = "x".repeat(200);
    let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(100), "]".repeat(100));
    let items: Vec<Value> = vec![
        json!({"carrier": "gls", "number": "G1"}),
        json!({"number": "G2"}),
        json!({"carrier": "gls", "number": "  "}),
        json!({"carrier": "a/b", "number": long}),
        json!({"carrier": "gls", "number": "G\u{7}"}),
        json!({"carrier": "gls", "number": 5, "references": "SO-1"}),
        json!(17),
        json!({"carrier": "gls", "number": "G3", "references": ["", "ok", long]}),
        json!({"carrier": "gls", "number": "G4", "references": vec!["r"; 17]}),
        json!({"carrier": "gls", "number": "G5", "data": ["a"]}),
        json!({"carrier": "gls", "number": "G6", "data": {"note": "x".repeat(5_000)}}),
        json!({"carrier": "247express", "number": "G7", "connections": ["247express", "elsewhere"]}),
        json!({"carrier": "gls", "number": "G8", "connections": ["247express"]}),
        serde_json::from_str(&format!(
            r#"{{"carrier":"gls","number":"G9","data":{deep}}}"#
        ))
        .unwrap(),
        json!({"carrier": "gls", "number": "G10"}),
    ];
    let (status, outcome) = post(&own, &shop.native.key, PATH, &json!(items)).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(outcome["registered"], 2);
    let kept: Vec<_> = outcome["shipments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["index"].clone())
        .collect();
    assert_eq!(kept, [0, 14]);
    let rejected: Vec<_> = outcome["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let pointers = one["errors"].as_array().unwrap().iter();
            let pointers: Vec<_> = pointers
                .map(|error| error["pointer"].as_str().unwrap())
                .collect();
            (one["index"].as_u64().unwrap(), pointers.join(" "))
        })
        .collect();
    let expected = [
        (1, "/carrier"),
        (2, "/number"),
        (3, "/number /carrier"),
        (4, "/number"),
        (5, "/number /references"),
        (6, ""),
        (7, "/references/0 /references/2"),
        (8, "/references"),
        (9, "/data"),
        (10, "/data"),
        (11, "/connections/1"),
        (12, "/connections/0"),
        (13, "/data"),
    ];
    assert_eq!(
        rejected,
        expected.map(|(at, pointers)| (at, pointers.to_owned()))
    );
    // Alone, the same is a failure of the request.
    let alone = post(&own, &shop.native.key, PATH, &items[7]).await;
    let problem = is_problem(&alone, 422);
    assert_eq!(problem["errors"][0]["pointer"], "/references/0");
}

#[tokio::test]
async fn whole_requests_fail_as_documented() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let send = async |body: Vec<u8>| {
        let request = own.served.post(PATH);
        let request = request.header(AUTHORIZATION, format!("Bearer {}", shop.native.key));
        json_of(request.header(CONTENT_TYPE, "application/json").body(body)).await
    };
    for broken in ["", "{", "[{]", "nonsense", "[1,]"] {
        is_problem(&send(broken.into()).await, 400);
    }
    is_problem(&send(b"[{\"number\":\"\xff\"}]".to_vec()).await, 400);
    for shape in [
        "null",
        "\"a\"",
        r#"{"shipments":5}"#,
        r#"{"shipments":[],"shipments":[]}"#,
    ] {
        let answer = send(shape.into()).await;
        assert!(
            matches!(answer.0.as_u16(), 400 | 422),
            "{shape}: {answer:?}"
        );
        is_problem(&answer, answer.0.as_u16());
    }
    let many = vec![r#"{"carrier":"gls","number":"G1"}"#; 10_001].join(",");
    let problem = send(format!("[{many}]").into()).await;
    assert_eq!(
        is_problem(&problem, 422)["errors"][0]["pointer"],
        "/shipments"
    );
    let deep = format!("[{}{}]", "[".repeat(100_000), "]".repeat(100_000));
    let (status, outcome) = send(deep.into()).await;
    assert_eq!(
        (status, &outcome["rejected"][0]["index"]),
        (StatusCode::OK, &json!(0))
    );
    let request = own
        .served
        .post(PATH)
        .header(AUTHORIZATION, format!("Bearer {}", shop.native.key));
    is_problem(&json_of(request.body("[]")).await, 415);
    let empty = post(&own, &shop.native.key, PATH, &json!([])).await;
    assert_eq!(
        (empty.0, &empty.1["registered"]),
        (StatusCode::OK, &json!(0))
    );
}

#[tokio::test]
async fn ten_thousand_numbers_are_registered_at_once() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let items: Vec<Value> = (0..10_000)
        .map(|at| json!({"carrier": "gls", "number": format!("G{at:05}"), "references": [format!("SO-{at:05}")]}))
        .collect();
    let (status, outcome) = post(&own, &shop.native.key, PATH, &json!({"shipments": items})).await;
    assert_eq!(
        (status, &outcome["registered"]),
        (StatusCode::OK, &json!(10_000))
    );
    let found = read(&own, &shop.native.key, "/v1/shipments?reference=so-04711").await;
    assert_eq!(
        (&found["total"], &found["shipments"][0]["number"]),
        (&json!(1), &json!("G04711"))
    );
}

async fn connections_are_asked_as_they_are_named(own: Installation) {
    let shop = own.shop("shop").await;
    let due = async || own.hub.store().next_poll().await.unwrap();
    let body = |number: &str| json!({"carrier": "247express", "number": number});
    let mut none = body("VD0000001");
    none["connections"] = json!([]);
    post(&own, &shop.native.key, PATH, &none).await;
    assert_eq!(due().await, None, "nobody is asked");
    // No connection fits this carrier.
    register(&own, &shop, "gls", "G1").await;
    assert_eq!(due().await, None);
    let mut named = body("VD0000002");
    named["connections"] = json!(["247express"]);
    let (status, _) = post(&own, &shop.native.key, PATH, &named).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(due().await, Some(NOON));
    // Another account's connection is one that is not there.
    let other = own.shop("other").await;
    own.hub
        .connect(trackway_hub::NewConnection {
            account: Some("other".to_owned()),
            dialect: "247express".to_owned(),
            base_url: "http://127.0.0.1:9".to_owned(),
            name: Some("theirs".to_owned()),
            settings: [("apikey".to_owned(), "unused".to_owned())].into(),
            operator: true,
            ..Default::default()
        })
        .await
        .unwrap();
    let mut foreign = body("VD0000003");
    foreign["connections"] = json!(["theirs"]);
    let theirs = post(&own, &other.native.key, PATH, &foreign).await;
    assert_eq!(theirs.0, StatusCode::CREATED);
    let refused = post(&own, &shop.native.key, PATH, &foreign).await;
    foreign["connections"] = json!(["nobodys"]);
    assert_eq!(refused, post(&own, &shop.native.key, PATH, &foreign).await);
    is_problem(&refused, 422);
}

async fn an_idempotency_key_answers_as_the_first_time(own: Installation) {
    let (shop, other) = (own.shop("shop").await, own.shop("other").await);
    let send = async |key: &str, path: &str, body: &Value| {
        let request = posted(&own, key, path, body.to_string());
        json_of(request.header("Idempotency-Key", "\"order 7\"")).await
    };
    let body = json!({"carrier": "gls", "number": "G1"});
    let key = &shop.native.key;
    let first = send(key, PATH, &body).await;
    assert_eq!(first.0, StatusCode::CREATED);
    // The very same answer, although the number is known by now.
    assert_eq!(send(key, PATH, &body).await, first);
    is_problem(
        &send(key, PATH, &json!({"carrier": "gls", "number": "G2"})).await,
        422,
    );
    // The same body to another call is another request.
    is_problem(&send(key, "/v1/events", &body).await, 422);
    // A failure is kept too; keys are an account's own.
    let wrong = send(&other.native.key, PATH, &json!({"carrier": "gls"})).await;
    is_problem(&wrong, 422);
    assert_eq!(
        send(&other.native.key, PATH, &json!({"carrier": "gls"})).await,
        wrong
    );
    let request = posted(&own, key, PATH, body.to_string());
    is_problem(&json_of(request.header("Idempotency-Key", "")).await, 400);
}

#[tokio::test]
async fn test_keys_register_beside_the_account() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let test = trackway_hub::NewKey {
        account: Some("shop".to_owned()),
        test: true,
        ..Default::default()
    };
    let test = own.hub.create_key(test).await.unwrap().key;
    let body = json!({"carrier": "gls", "number": "G1"});
    let (status, made) = post(&own, &test, PATH, &body).await;
    assert_eq!(status, StatusCode::CREATED);
    let path = format!("/v1/shipments/{}", made["id"].as_str().unwrap());
    assert_eq!(read(&own, &test, &path).await["number"], "G1");
    is_problem(&super::get(&own, &shop.native.key, &path).await, 404);
    let theirs = read(&own, &shop.native.key, "/v1/shipments").await;
    assert_eq!(theirs["total"], 0);
}

#[tokio::test]
async fn registering_needs_its_scope() {
    let own = Installation::start().await;
    own.shop("shop").await;
    let body = json!({"carrier": "gls", "number": "G1"});
    let reader = key(&own, "shop", &["read"]).await;
    is_problem(&post(&own, &reader, PATH, &body).await, 403);
    let writer = key(&own, "shop", &["write"]).await;
    assert_eq!(
        post(&own, &writer, PATH, &body).await.0,
        StatusCode::CREATED
    );
    is_problem(&super::get(&own, &writer, PATH).await, 403);
}
