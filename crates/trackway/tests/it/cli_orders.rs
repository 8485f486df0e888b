//! Orders from the command line: made, moved and cancelled through the server's socket and on the data
//! itself, written to files and taken in from them.

use crate::program::Data;
use serde_json::{Value, json};
use std::path::PathBuf;
use trackway_testkit::client;

fn file(data: &Data, name: &str, text: &str) -> String {
    let path: PathBuf = data.path().join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Makes things of JSON; the answer.
async fn create(data: &Data, args: &[&str], body: &Value) -> Value {
    let path = file(data, "body.json", &body.to_string());
    let args = [args, &[path.as_str()]].concat();
    data.run(&args).await.json()
}

/// A shop `S`, a warehouse `W`, a courier `C`, an item `CUP` of which there are 10.
async fn furnish(data: &Data) {
    data.run(&["key", "create"]).await.json();
    for (kind, body) in [
        ("shops", json!({"name": "Corner", "code": "S"})),
        (
            "pickup_addresses",
            json!({"name": "East", "code": "W", "contact": {"name": "Room", "phone": "+84000000009", "address": {"country": "VN", "line": "1 Sample St"}}}),
        ),
        (
            "couriers",
            json!({"name": "Own", "code": "C", "carrier": "own", "own_fleet": true}),
        ),
        (
            "items",
            json!([{"sku": "CUP", "name": "Cup", "weight": 250}, {"sku": "LID", "name": "Lid"}]),
        ),
    ] {
        let made = create(data, &["product", "create", "--kind", kind], &body).await;
        assert_eq!(made["refused"], json!([]), "{kind}: {made}");
    }
    let inline = r#"{"name": "Piece", "code": "PC"}"#;
    let unit = ["product", "create", "--kind", "units", inline];
    assert_eq!(data.run(&unit).await.json()["refused"], json!([]));
    let counted = [
        "stock",
        "adjust",
        "CUP",
        "--warehouse",
        "W",
        "--movement",
        "found",
        "--quantity",
        "10",
    ];
    let level = data.run(&counted).await.json();
    assert_eq!(level[0]["available"], 10, "{level}");
}

fn order(number: &str, quantity: i64) -> Value {
    json!({"shop": "S", "pickup": "W", "courier": "C", "number": number, "approve": true,
        "receiver": {"name": "Demo Receiver", "phone": "+84000000001", "address": {"country": "VN", "line": "2 Sample St, B"}},
        "lines": [{"sku": "CUP", "quantity": quantity, "sale_price": "12500.50"}]})
}

async fn orders_are_made_and_moved_from_the_command_line(data: Data) {
    furnish(&data).await;
    let _server = data.serve().await;
    let made = create(&data, &["order", "create"], &order("N-1", 2)).await;
    let code = made["records"][0]["code"].as_str().unwrap().to_owned();
    let shown = data.run(&["order", "show", &code]).await.json();
    assert_eq!(shown, made["records"][0]);
    assert_eq!(
        (&shown["state"], &shown["total"]),
        (&json!("approved"), &json!("25001.00"))
    );
    let fulfilment = data.run(&["order", "fulfil", &code]).await.json();
    let id = fulfilment["id"].to_string();
    for to in ["awaiting_packaging", "packing", "ready_to_ship"] {
        let moved = data
            .run(&["fulfilment", "move", &id, "--to", to])
            .await
            .json();
        assert_eq!(moved["state"], to, "{moved}");
    }
    let listed = data
        .run(&["order", "list", "--status", "ready_to_ship"])
        .await
        .json();
    assert_eq!(listed["total"], 1, "{listed}");
    let of_order = data
        .run(&["fulfilment", "list", "--order", &code])
        .await
        .json();
    assert_eq!(of_order["records"][0]["id"], fulfilment["id"]);
    let refused = data.run(&["order", "cancel", &code]).await;
    assert_eq!(refused.code, 1);
    assert!(
        refused.stderr.contains("ready_to_ship"),
        "{}",
        refused.stderr
    );
    let nobody = data.run(&["order", "show", "NOBODY"]).await;
    assert!(
        nobody.code == 1 && nobody.stderr.contains("NOBODY"),
        "{}",
        nobody.stderr
    );

    let again = file(
        &data,
        "again.json",
        &json!([order("N-1", 1), order("N-2", 1)]).to_string(),
    );
    let again = data.run(&["order", "create", &again]).await;
    assert_eq!(again.code, 1, "{}", again.stderr);
    let told: Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!(
        (&told["made"], &told["refused"][0]["index"]),
        (&json!(1), &json!(0))
    );
    let of_two = told["records"][0]["code"].as_str().unwrap();
    let cancel = ["order", "cancel", of_two, "--reason", "test"];
    let cancelled = data.run(&cancel).await.json();
    assert_eq!(cancelled["cancel_reason"], "test");

    let close = data.run(&["order", "close", &code]).await;
    assert!(
        close.code == 1 && close.stderr.contains("nothing of it was handed over"),
        "{}",
        close.stderr
    );
    let erased = data.run(&["erase", "--order", &code]).await.json();
    assert_eq!(
        (&erased["code"], &erased["records"]),
        (&json!(code), &json!(2))
    );
    let shown = data.run(&["order", "show", &code]).await.json();
    assert_eq!(shown["receiver"], Value::Null, "{shown}");
    for wrong in [
        &["erase"][..],
        &["erase", "X1", "--phone", "+84000000001"],
        &[
            "erase",
            "--phone",
            "+84000000001",
            "--email",
            "a@example.invalid",
        ],
        &["erase", "--order", &code, "--carrier", "own"],
    ] {
        assert_eq!(data.run(wrong).await.code, 2, "{wrong:?}");
    }
    create(&data, &["order", "create"], &order("N-3", 1)).await;
    // An invented number is none of the country's, and has no other form.
    let by_phone = ["erase", "--phone", "0084 000 000 001"];
    let erased = data.run(&by_phone).await.json();
    assert_eq!(erased, json!({"orders": 0, "records": 0, "parcels": 0}));
    // What was cancelled before is theirs, too.
    let by_phone = ["erase", "--phone", "+84 000.000.001"];
    let erased = data.run(&by_phone).await.json();
    assert_eq!(erased, json!({"orders": 2, "records": 2, "parcels": 0}));
    let listed = data.run(&["order", "list"]).await.stdout;
    assert!(!listed.contains("Demo Receiver"), "{listed}");
    let unknown = ["erase", "--email", "nobody@example.invalid"];
    assert_eq!(data.run(&unknown).await.json()["records"], 0);

    let changed = file(&data, "change.json", r#"{"name": "Mug"}"#);
    let change = ["product", "change", "--kind", "items", "CUP", &changed];
    assert_eq!(data.run(&change).await.json()["name"], "Mug");
    let inbound =
        json!({"warehouse": "W", "reference": "PO-1", "lines": [{"sku": "LID", "quantity": 3}]});
    let inbound = create(&data, &["inbound", "create"], &inbound).await;
    let id = inbound["records"][0]["id"].to_string();
    for to in ["received", "inspecting"] {
        data.run(&["inbound", "move", &id, "--to", to]).await.json();
    }
    let counted = file(
        &data,
        "counted.json",
        r#"{"conditions": [{"line": 1, "received": 3}]}"#,
    );
    let complete = [
        "inbound",
        "move",
        &id,
        "--to",
        "completed",
        "--with",
        &counted,
    ];
    assert_eq!(data.run(&complete).await.json()["state"], "completed");
    let level = data.run(&["stock", "list", "--item", "LID"]).await.json();
    assert_eq!(level[0]["on_hand"], 3);
    let ledger = data
        .run(&["stock", "movements", "CUP", "--warehouse", "W"])
        .await
        .json();
    let moved: Vec<&str> = ledger
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["movement"].as_str().unwrap())
        .collect();
    let expected = ["found", "reserve", "reserve", "release", "reserve"];
    assert_eq!(moved, expected);
}

async fn what_is_written_is_taken_in_once(data: Data) {
    furnish(&data).await;
    let orders = json!([order("N-1", 2), order("N-2", 1)]);
    create(&data, &["order", "create"], &orders).await;
    let inbound = json!({"warehouse": "W", "reference": "PO-1", "lines": [{"sku": "LID", "quantity": 3, "cost": "1.50"}]});
    create(&data, &["inbound", "create"], &inbound).await;
    let product = json!({"shop": "S", "sku": "PAIR", "name": "Pair", "sale_price": 20, "parts": [{"item": "CUP", "quantity": 2}]});
    create(&data, &["product", "create"], &product).await;

    for ending in ["csv", "jsonl"] {
        let other = Data::sqlite();
        other.run(&["key", "create"]).await.json();
        for (kind, body) in [
            ("shops", json!({"name": "Corner", "code": "S"})),
            (
                "pickup_addresses",
                json!({"name": "East", "code": "W", "contact": {"name": "Room", "phone": "+84000000009", "address": {"country": "VN", "line": "1 Sample St"}}}),
            ),
            (
                "couriers",
                json!({"name": "Own", "code": "C", "carrier": "own", "own_fleet": true}),
            ),
        ] {
            create(&other, &["product", "create", "--kind", kind], &body).await;
        }
        for (what, count) in [
            ("items", 2),
            ("stock", 1),
            ("products", 1),
            ("orders", 2),
            ("inbounds", 1),
        ] {
            let path = other.path().join(format!("{what}.{ending}"));
            let path = path.to_str().unwrap();
            let written = data.run(&["export", what, "--file", path]).await;
            assert_eq!(written.code, 0, "{}", written.stderr);
            let dry = other.run(&["import", what, path, "--dry-run"]).await.json();
            let (made, known) = (dry["made"].as_u64(), dry["known"].as_u64());
            assert!(
                made.unwrap() + known.unwrap() >= count,
                "{what}.{ending}: {dry}"
            );
            let taken = other.run(&["import", what, path]).await.json();
            assert_eq!(
                (&taken["made"], &taken["refused"]),
                (&dry["made"], &json!(0)),
                "{what}.{ending}: {taken}"
            );
            let again = other.run(&["import", what, path]).await.json();
            assert_eq!(again["made"], 0, "{what}.{ending}: {again}");
            assert_eq!(again["known"], taken["records"], "{again}");
        }
        let listed = other.run(&["order", "list"]).await.json();
        assert_eq!(listed["total"], 2);
        let first = &listed["records"][1];
        assert_eq!(
            (&first["number"], &first["state"]),
            (&json!("N-1"), &json!("approved"))
        );
        assert_eq!(first["receiver"]["address"]["line"], "2 Sample St, B");
        assert_eq!(first["total"], "25001.00");
        let level = other.run(&["stock", "list", "--item", "CUP"]).await.json();
        assert_eq!(
            (&level[0]["on_hand"], &level[0]["reserved"]),
            (&json!(10), &json!(3))
        );
    }
}

async fn each_wrong_line_is_told_and_costs_only_itself(data: Data) {
    furnish(&data).await;
    let sheet = "shop,number,pickup,lines.sku,lines.quantity,lines.sale_price,receiver.name,receiver.phone,receiver.address.line\n\
        S,N-1,W,CUP,1,12500,Demo,+84000000001,2 Sample St\n\
        S,N-2,W,CUP,none,12500,Demo,+84000000001,2 Sample St\n\
        X,N-3,W,CUP,1,12500,Demo,+84000000001,2 Sample St\n\
        S,N-4,W,NONE,1,12500,Demo,+84000000001,2 Sample St\n\
        S,N-5,W,CUP,2,12500,Demo,+84000000001,2 Sample St\n\
        S,N-5,,LID,1,500,,,\n\
        S,N-6,W,CUP,1,12500,Demo,+84000000001,2 Sample St\n\
        S,N-6,,NONE,1,500,,,\n";
    let path = file(&data, "orders.csv", sheet);
    let report = data.path().join("report.csv");
    let report = report.to_str().unwrap();
    let dry = data.run(&["import", "orders", &path, "--dry-run"]).await;
    assert_eq!(dry.code, 1, "{}", dry.stderr);
    assert_eq!(data.run(&["order", "list"]).await.json()["total"], 0);
    let ran = data
        .run(&["import", "orders", &path, "--report", report])
        .await;
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        (&told["made"], &told["refused"]),
        (&json!(2), &json!(4)),
        "{told}"
    );
    let wrong: Vec<(u64, &str)> = told["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["line"].as_u64().unwrap(),
                one["field"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        wrong,
        [
            (3, "lines.quantity"),
            (4, "shop"),
            (5, "lines.sku"),
            (9, "lines.sku")
        ],
        "{told}"
    );
    let written = std::fs::read_to_string(report).unwrap();
    assert_eq!(written.lines().count(), 5, "{written}");
    assert!(
        written.starts_with("line,field,problem\n3,lines.quantity,"),
        "{written}"
    );
    let order = data.run(&["order", "list", "--number", "N-5"]).await.json();
    assert_eq!(order["records"][0]["lines"].as_array().unwrap().len(), 2);

    let lines = "{\"shop\": 5\n[]\n";
    let lines = file(&data, "orders.jsonl", lines);
    let ran = data.run(&["import", "orders", &lines]).await;
    assert_eq!(ran.code, 1);
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        (&told["records"], &told["refused"]),
        (&json!(2), &json!(2)),
        "{told}"
    );
    let strange = file(&data, "strange.csv", "shop,colour\nS,red\n");
    let ran = data.run(&["import", "orders", &strange]).await;
    assert!(
        ran.code == 1 && ran.stderr.contains("colour"),
        "{}",
        ran.stderr
    );
}

/// An upstream's word about goods, listed, shown, and byte for byte.
async fn reports_are_read_from_the_command_line(data: Data) {
    furnish(&data).await;
    let connect = [
        "connect",
        "nandh",
        "--base-url",
        "http://127.0.0.1:9",
        "--set",
        "key=unused",
    ];
    let made = data.run(&connect).await.json();
    let door = format!("{}/nandh", made["webhook_path"].as_str().unwrap());
    let server = data.serve().await;
    let mut last = String::new();
    for (quantity, at) in [(3, 1_780_300_000), (9, 1_780_300_060)] {
        last = json!({"event_code": "HOOK_EVENT_STOCK_UPDATE", "id": 1, "sku": "CUP",
            "warehouse_provider": "WH-E", "stock": quantity, "available_stock": quantity,
            "reserved_stock": 0, "incoming": 0, "updated_time": at})
        .to_string();
        let sent = client().post(server.url(&door)).body(last.clone()).send();
        assert!(sent.await.unwrap().status().is_success());
    }
    let messages = data.run(&["report", "list"]).await.json();
    assert_eq!(messages["total"], 2, "{messages}");
    let standing = [
        "report",
        "list",
        "--standing",
        "--about",
        "CUP",
        "--type",
        "stock",
    ];
    let standing = data.run(&standing).await.json();
    let on_hand = &standing["records"][0]["stock"]["on_hand"];
    assert_eq!((&standing["total"], on_hand), (&json!(1), &json!(9)));
    let newest = &messages["records"][0];
    let code = newest["code"].as_str().unwrap();
    assert_eq!(data.run(&["report", "show", code]).await.json(), *newest);
    let id = newest["id"].to_string();
    let payload = data.run(&["report", "payload", &id]).await.json();
    assert_eq!(
        payload,
        json!({"report": newest["id"], "body": last, "encoding": "text"})
    );
    let none = data
        .run(&["report", "list", "--keyword", "CUP", "--page", "2"])
        .await;
    assert_eq!(none.json()["records"], json!([]));
    for wrong in [
        &["report", "show", "NOBODY"][..],
        &["report", "payload", "NOBODY"],
        &["report", "list", "--type", "gossip"],
        &["report", "list", "--about", "NOTHING"],
    ] {
        let ran = data.run(wrong).await;
        let named = wrong.last().unwrap();
        assert!(
            ran.code == 1 && ran.stderr.contains(named),
            "{wrong:?}: {}",
            ran.stderr
        );
    }
}

on_both_stores! {
    reports_are_read_from_the_command_line,
    orders_are_made_and_moved_from_the_command_line,
    what_is_written_is_taken_in_once,
    each_wrong_line_is_told_and_costs_only_itself,
}
