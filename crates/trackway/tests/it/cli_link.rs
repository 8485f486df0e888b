//! `trackway link`: a link made by a command opens the server's page.

use crate::program::Data;

on_both_stores!(a_link_is_made_with_and_without_a_server);

async fn a_link_is_made_with_and_without_a_server(data: Data) {
    let connect = [
        "connect",
        "247express",
        "--base-url",
        "http://127.0.0.1:9",
        "--set",
        "apikey=1111-2222",
    ];
    data.run(&connect).await.json();
    data.run(&["track", "247express", "VD0000001"]).await.json();
    let without = data.run(&["link", "VD0000001"]).await;
    assert!(without.stderr.contains("public_url"), "{}", without.stderr);
    let without = without.json();
    assert_eq!(without["number"], "VD0000001");
    assert_eq!(without.get("url"), None, "{without}");

    let public = ["--public-url", "https://track.example.com/"];
    let server = data.launch().args(public).start().await.unwrap();
    let with = data.run(&["link", "VD0000001", "--days", "7"]).await;
    assert_eq!(with.stderr, "");
    let with = with.json();
    let path = with["path"].as_str().unwrap();
    let url = format!("https://track.example.com{path}");
    assert_eq!(with["url"], url.as_str());
    for path in [path, without["path"].as_str().unwrap()] {
        let page = trackway_testkit::client()
            .get(server.url(path))
            .send()
            .await;
        let page = page.unwrap();
        assert_eq!(page.status().as_u16(), 200);
        assert!(page.text().await.unwrap().contains("VD0000001"));
    }

    for (args, advice) in [
        (["link", "VD0000001", "--days=0"], "1 to 400"),
        (["link", "VD0000002", "--days=7"], "VD0000002"),
    ] {
        let refused = data.run(&args).await;
        assert_eq!((refused.code, &*refused.stdout), (1, ""));
        assert!(refused.stderr.contains(advice), "{}", refused.stderr);
    }
}
