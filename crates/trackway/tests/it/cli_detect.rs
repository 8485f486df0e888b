//! `trackway detect`, and the operator's own carriers.

use crate::program::{Data, run};
use serde_json::{Value, json};
use std::fs;
use trackway_testkit::{Answer, Receiver};

const SWIFT: &str = "[[carrier]]
code = \"swift-parcel\"
names = { en = \"Swift Parcel\" }
share = 0.01

[[carrier.formats]]
id = \"swift\"
name = \"Swift label\"
regex = 'SWFT[0-9]{8}'
";

#[tokio::test]
async fn a_number_is_told_with_its_reasons() {
    let args = [
        "detect",
        "EE123456785VN",
        "hello",
        "--country",
        "VN",
        "--output",
        "json",
    ];
    let told = run(args).await.json();
    assert_eq!(told[0]["likely"], "ems-vn", "{told}");
    let codes = told[0]["candidates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["carrier"]);
    assert_eq!(codes.collect::<Vec<_>>()[..2], ["ems-vn", "vnpost"]);
    assert_eq!(told[1]["candidates"].as_array().unwrap().len(), 0);
    let table = run(["detect", "1Z5R89390357567127", "CSQU3054384"]).await;
    assert_eq!(table.code, 0, "{}", table.stderr);
    assert!(table.stdout.contains("UPS"), "{}", table.stdout);
    // Columns are narrow, so that sentences stand in several lines.
    for word in ["digit", "container"] {
        assert!(table.stdout.contains(word), "{}", table.stdout);
    }
    let wrong = run(["detect", "1", "--mode", "camel"]).await;
    assert!(
        wrong.code == 1 && wrong.stderr.contains("camel"),
        "{}",
        wrong.stderr
    );
}

#[tokio::test]
async fn an_operators_carriers_are_read_from_the_data_folder() {
    let data = Data::sqlite();
    data.run(&["init"]).await.json();
    let folder = data.path().join("carriers");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("swift.toml"), SWIFT).unwrap();
    let likely = |told: &Value| told[0]["likely"].clone();
    let told = data.run(&["detect", "SWFT00000001"]).await.json();
    assert_eq!(likely(&told), "swift-parcel");
    let told = run(["detect", "SWFT00000001", "--output", "json"])
        .await
        .json();
    assert_eq!(likely(&told), Value::Null, "only where the folder is named");

    // A mistake is told with its place, and nothing starts.
    fs::write(folder.join("wrong.toml"), "[[carrier]]\ncode = \"a\"\n").unwrap();
    for command in [&["detect", "1"][..], &["status"]] {
        let refused = data.run(command).await;
        assert_eq!(refused.code, 1, "{command:?}");
        assert!(
            refused.stderr.contains("wrong.toml:1"),
            "{}",
            refused.stderr
        );
    }
}

#[tokio::test]
async fn upstreams_are_asked_where_it_is_wanted() {
    let data = Data::sqlite();
    data.run(&["init"]).await.json();
    let upstream = Receiver::start().await.unwrap();
    upstream.set_rule(|_| {
        Answer::json(&json!({"code": 200, "message": "OK",
            "data": [{"carrier_id": "gls", "carrier_name": "GLS"}]}))
    });
    let base_url = upstream.url("");
    let connect = ["connect", "keydelivery", "--base-url", &base_url];
    let settings = ["--set", "key=KD-1", "--set", "secret=kd-secret-1"];
    data.run(&[&connect[..], &settings].concat()).await.json();

    let told = data.run(&["detect", "00340434", "hello"]).await.json();
    assert_eq!(told[0]["opinions"], Value::Null, "nobody was asked");
    let told = data.run(&["detect", "00340434", "--ask"]).await.json();
    let candidates = json!([{ "carrier": "gls", "code": "gls", "name": "GLS" }]);
    let opinion =
        json!([{ "connection": "keydelivery", "candidates": candidates, "problem": null }]);
    assert_eq!(told[0]["opinions"], opinion, "{told}");
    assert_eq!(upstream.received().len(), 1);
    let args = ["detect", "00340434", "--ask"].map(str::to_owned);
    let table = run(args.into_iter().chain(data.args())).await;
    assert!(table.stdout.contains("keydelivery"), "{}", table.stdout);
    assert!(table.stdout.contains("GLS"), "{}", table.stdout);
    let nowhere = run(["detect", "1", "--ask"]).await;
    assert!(nowhere.stderr.contains("--data"), "{}", nowhere.stderr);
}
