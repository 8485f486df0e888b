//! `trackway address`.

use crate::program::run;

#[tokio::test]
async fn units_are_listed_read_and_converted() {
    let json = |args: &[&'static str]| {
        let args = [&["address"], args, &["--output", "json"]].concat();
        async move { run(args).await.json() }
    };
    let provinces = json(&["list"]).await;
    assert_eq!(provinces.as_array().unwrap().len(), 34);
    let wards = [
        "list",
        "--epoch",
        "2024",
        "--level",
        "ward",
        "--district",
        "766",
    ];
    let wards = json(&[&wards[..], &["--name", "P.2"]].concat()).await;
    assert_eq!(wards[0]["code"], "26965");
    let read = json(&["parse", "1 Sample, Phường 2, Quận Tân Bình, TP Hồ Chí Minh"]).await;
    assert_eq!(read[0]["ward"]["code"], "26965", "{read}");
    assert_eq!(read[0]["street"], "1 Sample");
    let today = json(&["convert", "26965"]).await;
    assert_eq!(today["units"][0]["code"], "26977");
}

#[tokio::test]
async fn tables_are_for_people_and_mistakes_are_named() {
    let table = run([
        "address", "convert", "26977", "--from", "2025-07", "--to", "2024",
    ])
    .await;
    assert!(table.stdout.contains("split"), "{}", table.stdout);
    assert!(table.stdout.contains("26965"), "{}", table.stdout);
    let table = run([
        "address",
        "parse",
        "Phuong 2, Tan Binh, HCM",
        "--epoch",
        "2024",
    ])
    .await;
    assert!(table.stdout.contains("26965"), "{}", table.stdout);
    let wrong = run(["address", "list", "--epoch", "2023"]).await;
    assert_eq!(wrong.code, 1);
    assert!(wrong.stderr.contains("2025-07"), "{}", wrong.stderr);
}
