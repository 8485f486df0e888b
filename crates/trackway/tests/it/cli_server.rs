//! The server as it is operated: TLS, proxies, its log, its configuration, its end.

use crate::program::{Data, PROGRAM, carrier};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use trackway_testkit::{Launch, Server, client, client_that_trusts, eventually};

const PATIENCE: Duration = Duration::from_secs(30);

/// A certificate for this machine in two files; its text, for whoever is to trust it.
fn certificate(folder: &Path) -> String {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    std::fs::write(folder.join("certificate.pem"), cert.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), signing_key.serialize_pem()).unwrap();
    cert.pem()
}

fn https(server: &Server) -> String {
    format!("https://{}/healthz", server.addr())
}

async fn answers(server: &Server, trusted: &str) -> bool {
    let answer = client_that_trusts(trusted).get(https(server)).send().await;
    answer.is_ok_and(|answer| answer.status().is_success())
}

#[tokio::test]
async fn https_is_served_and_a_new_certificate_is_read_at_sighup() {
    let data = Data::sqlite();
    let files = tempfile::tempdir().unwrap();
    let first = certificate(files.path());
    let [chain, key] = ["certificate.pem", "key.pem"]
        .map(|name| files.path().join(name).to_str().unwrap().to_owned());
    let launch = data
        .launch()
        .args(["--tls-certificate", &chain, "--tls-key", &key]);
    let mut server = launch.spawn().unwrap();
    eventually("HTTPS", PATIENCE, async || {
        answers(&server, &first).await.then_some(())
    })
    .await
    .unwrap();
    assert!(server.stdout().contains("https://"), "{}", server.stdout());
    assert!(
        client().get(server.url("/healthz")).send().await.is_err(),
        "plain HTTP"
    );

    // A pair that can't be used leaves the one in force.
    let hangup = |server: &Server| {
        let pid = Pid::from_raw(server.pid().unwrap().cast_signed()).unwrap();
        kill_process(pid, Signal::HUP).unwrap();
    };
    std::fs::write(&key, "no key").unwrap();
    hangup(&server);
    eventually("the mistake in the log", PATIENCE, async || {
        server
            .stderr()
            .contains("the one before stays")
            .then_some(())
    })
    .await
    .unwrap();
    assert!(answers(&server, &first).await);

    let second = certificate(files.path());
    hangup(&server);
    eventually("the new certificate", PATIENCE, async || {
        answers(&server, &second).await.then_some(())
    })
    .await
    .unwrap();
    assert!(!answers(&server, &first).await, "the old one is gone");
    assert!(server.terminate(PATIENCE).await.unwrap().success());
    let missing = data.run(&["serve", "--tls-certificate", &chain]).await;
    assert_eq!(missing.code, 2, "{}", missing.stderr);
    let nowhere = data
        .run(&["serve", "--tls-certificate", "no.pem", "--tls-key", &key])
        .await;
    assert!(nowhere.stderr.contains("no.pem"), "{}", nowhere.stderr);
}

#[tokio::test]
async fn a_trusted_proxy_says_who_calls_and_nobody_else_does() {
    let data = Data::sqlite();
    let ask = async |server: &Server| {
        let asked = client()
            .get(server.url("/healthz"))
            .header("x-forwarded-for", "198.51.100.7")
            .send();
        assert_eq!(asked.await.unwrap().status(), 200);
    };
    for (proxies, believed) in [("127.0.0.0/8", true), ("10.0.0.0/8", false)] {
        let launch = data
            .launch()
            .args(["--log", "trackway=debug", "--trusted-proxies", proxies]);
        let mut server = launch.start().await.unwrap();
        ask(&server).await;
        server.terminate(PATIENCE).await.unwrap();
        assert_eq!(
            server.stderr().contains("198.51.100.7"),
            believed,
            "{}",
            server.stderr()
        );
    }
}

/// Everything personal or secret that the traffic below holds.
const PERSONAL: &[&str] = &[
    "PERSON-4711",
    "Nguyễn Thị Mẫu",
    "0912345678",
    "12 Đường Thử",
    "mau@example.com",
    "SECRET-QUERY",
    "SECRET-BODY",
    "SECRET-PATH",
    "SECRET-USER",
    "SECRET-AGENT",
];

/// Calls of every kind, good and bad, each with something that must not be told.
async fn traffic(server: &Server, key: &str, express: &Value) {
    let http = client();
    let number = PERSONAL[0];
    let event = json!({"events": [{
        "number": number, "status": "picked_up", "occurred_at": "2026-03-05T10:11:12Z",
        "text": "Nguyễn Thị Mẫu 0912345678", "place": "12 Đường Thử", "signed_by": "mau@example.com",
    }]});
    let calls = [
        http.post(server.url("/v1/events"))
            .bearer_auth(key)
            .json(&event),
        http.post(server.url("/v1/events"))
            .bearer_auth("tw_SECRET-USER")
            .json(&event),
        http.post(server.url("/v1/events"))
            .bearer_auth(key)
            .body("{SECRET-BODY"),
        http.get(server.url(&format!("/v1/shipments?number={number}&q=SECRET-QUERY")))
            .bearer_auth(key),
        http.get(server.url(&format!("/v1/shipments/{number}")))
            .bearer_auth(key),
        http.get(server.url(&format!("/t/{number}SECRET-PATH"))),
        http.get(server.url(&format!("/SECRET-PATH/{number}?q=SECRET-QUERY")))
            .header("user-agent", "SECRET-AGENT"),
        http.get(server.url(&format!(
            "/api/Order/v1/Tracking?ordercode={number}&apikey={}",
            express["key"].as_str().unwrap()
        ))),
        http.get(server.url(&format!(
            "/api/Order/v1/Tracking?ordercode={number}&apikey=SECRET-QUERY"
        ))),
        http.post(server.url("/api/Client/ClientLogin"))
            .json(&json!({"UserName": express["user_name"], "Password": express["password"]})),
        http.post(server.url("/api/Client/ClientLogin"))
            .json(&json!({"UserName": "SECRET-USER", "Password": "SECRET-BODY"})),
        http.post(server.url("/in/SECRET-PATH/IntergrationAPI"))
            .json(&json!({"OrderCode": number, "ApiKey": "SECRET-BODY"})),
        http.post(server.url("/api/v1/tracking/realtime"))
            .header("key", "SECRET-USER")
            .json(&json!({"tracking_number": number, "phone": "0912345678"})),
        http.request("SECRETMETHOD".parse().unwrap(), server.url("/v1/events")),
    ];
    for call in calls {
        call.send().await.unwrap();
    }
}

async fn says_nothing_personal(data: Data, format: &str) {
    let native = data.run(&["key", "create"]).await.json();
    let express = data
        .run(&["key", "create", "--dialect", "247express"])
        .await
        .json();
    let (upstream, facts) = carrier("247express", 2).await;
    let apikey = format!("apikey={}", facts["key"].as_str().unwrap());
    for (name, base) in [
        ("good", upstream.url("")),
        ("gone", "http://127.0.0.1:1/SECRET-PATH".to_owned()),
    ] {
        let args = [
            "connect",
            "247express",
            "--name",
            name,
            "--base-url",
            &base,
            "--set",
            &apikey,
        ];
        data.run(&args).await.json();
    }
    let hook = "http://127.0.0.1:1/SECRET-PATH?token=SECRET-QUERY";
    let endpoint = data.run(&["endpoint", "add", hook]).await.json();
    data.run(&["track", "247express", "VD00000001", PERSONAL[0]])
        .await
        .json();
    let launch = data
        .launch()
        .args(["--log", "info,trackway=trace", "--log-format", format]);
    let mut server = launch.start().await.unwrap();
    let key = native["key"].as_str().unwrap();
    traffic(&server, key, &express).await;
    eventually("the upstream's telling", PATIENCE, async || {
        let told = data.run(&["show", "VD00000001"]).await;
        told.stdout.contains("Bưu cục").then_some(())
    })
    .await
    .unwrap();
    data.run(&["erase", PERSONAL[0], "--carrier", "own"])
        .await
        .json();
    assert!(server.terminate(PATIENCE).await.unwrap().success());
    let log = server.stderr();
    let secrets = [
        &native["key"],
        &express["key"],
        &express["password"],
        &express["user_name"],
        &endpoint["secret"],
        &facts["key"],
    ];
    let secrets = secrets.iter().map(|value| value.as_str().unwrap());
    let words = ["VD00000001", "Bưu cục", "SECRETMETHOD", "person-4711"];
    for told in PERSONAL.iter().copied().chain(secrets).chain(words) {
        let line = log.lines().find(|line| line.contains(told));
        assert!(
            line.is_none(),
            "{told} is in the log: {}",
            line.unwrap_or_default()
        );
    }
    let answered: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("answered"))
        .collect();
    assert!(answered.len() >= 14, "{log}");
    let of_events = answered
        .iter()
        .find(|line| line.contains("/v1/events"))
        .unwrap();
    match format {
        "json" => {
            let line: Value = serde_json::from_str(of_events).unwrap();
            assert_eq!(line["fields"]["route"], "/v1/events");
            assert!(
                line["fields"]["ms"].is_f64() && line["fields"]["status"].is_u64(),
                "{line}"
            );
            assert!(
                line["span"]["id"].is_string() && line["span"]["method"] == "POST",
                "{line}"
            );
        }
        _ => assert!(
            of_events.contains("method=\"POST\"") && of_events.contains("id="),
            "{of_events}"
        ),
    }
}

#[tokio::test]
async fn the_log_as_text_says_nothing_personal() {
    says_nothing_personal(Data::sqlite(), "text").await;
}

#[tokio::test]
async fn the_log_as_json_says_nothing_personal() {
    says_nothing_personal(Data::postgres().await, "json").await;
}

/// A request of which the server has the head and not yet the body.
async fn half_sent(server: &Server, key: &str, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.addr()).await.unwrap();
    let head = format!(
        "POST /v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nexpect: 100-continue\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // The server asks for the body: the request is at work.
    let mut told = [0; 12];
    stream.read_exact(&mut told).await.unwrap();
    assert_eq!(&told, b"HTTP/1.1 100");
    stream
}

fn ask_to_end(server: &Server) {
    let pid = Pid::from_raw(server.pid().unwrap().cast_signed()).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
}

const BODY: &str =
    r#"{"events":[{"number":"LAST-1","status":"picked_up","occurred_at":"2026-03-05T10:11:12Z"}]}"#;

#[tokio::test]
async fn a_server_that_is_asked_to_end_finishes_what_is_at_work() {
    let data = Data::sqlite();
    let key = data.run(&["key", "create"]).await.json()["key"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut server = data.serve().await;
    let mut stream = half_sent(&server, &key, BODY).await;
    ask_to_end(&server);
    eventually("no new connection", PATIENCE, async || {
        TcpStream::connect(server.addr())
            .await
            .is_err()
            .then_some(())
    })
    .await
    .unwrap();
    stream.write_all(BODY.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(
        answer.contains("200 OK") && answer.contains("\"accepted\":1"),
        "{answer}"
    );
    assert!(server.terminate(PATIENCE).await.unwrap().success());
    assert_eq!(
        data.run(&["show", "LAST-1"]).await.json()[0]["milestone"],
        "picked_up"
    );
}

#[tokio::test]
async fn a_server_that_is_asked_to_end_waits_only_so_long() {
    let data = Data::sqlite();
    let key = data.run(&["key", "create"]).await.json()["key"]
        .as_str()
        .unwrap()
        .to_owned();
    let launch = data.launch().args(["--set", "limits.grace=300ms"]);
    let mut server = launch.start().await.unwrap();
    let _stuck = half_sent(&server, &key, BODY).await;
    assert!(
        server
            .terminate(Duration::from_secs(15))
            .await
            .unwrap()
            .success()
    );
    assert!(server.stderr().contains("cut off"), "{}", server.stderr());
}

#[tokio::test]
async fn a_file_in_the_folder_configures_the_server_and_the_commands() {
    let data = Data::sqlite();
    let folder = data.path().to_str().unwrap().to_owned();
    let other = tempfile::tempdir().unwrap();
    let file = other.path().join("named.toml");
    let text = format!(
        "data = \"{folder}\"\n[limits]\nbody = \"1KiB\"\n[log]\nformat = \"json\"\nfilter = \"trackway=debug\"\n"
    );
    std::fs::write(&file, &text).unwrap();
    let launch = Launch::new(PROGRAM).arg("serve").arg("--config").arg(&file);
    let mut server = launch.start().await.unwrap();
    let large = client()
        .post(server.url("/v1/unknown"))
        .body("x".repeat(2_000))
        .send();
    assert_eq!(large.await.unwrap().status(), 413);
    let config = file.to_str().unwrap();
    crate::program::run(["key", "create", "--config", config, "--output", "json"])
        .await
        .json();
    assert!(server.terminate(PATIENCE).await.unwrap().success());
    let log = server.stderr();
    let is_json = |line: &str| serde_json::from_str::<Value>(line).is_ok();
    assert!(log.lines().any(is_json), "{log}");

    std::fs::write(
        data.path().join("trackway.toml"),
        "[limits]\nrequest = \"30s\"\nbodi = 1\n",
    )
    .unwrap();
    let wrong = data.run(&["serve"]).await;
    assert_eq!(wrong.code, 1);
    let told = "did you mean `limits.body`";
    assert!(
        wrong.stderr.contains(told) && wrong.stderr.contains("trackway.toml"),
        "{}",
        wrong.stderr
    );
}
