//! The one HTTP client against real sockets.

use std::time::Duration;
use trackway_dialects::Outgoing;
use trackway_hub::outbound::{Outbound, Policy, SendError};
use trackway_testkit::{Answer, Receiver};

const SOON: Duration = Duration::from_secs(10);

fn get(url: String) -> Outgoing {
    Outgoing {
        method: reqwest::Method::GET,
        redacted_url: url.clone(),
        url,
        headers: Vec::new(),
        body: Vec::new(),
    }
}

#[tokio::test]
async fn an_account_reaches_nothing_inside_by_address_or_by_name() {
    let inside = Receiver::start().await.unwrap();
    let port = inside.addr().port();
    let outbound = Outbound::new(Vec::new());
    for host in [
        "127.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "2130706433",
        "0x7f.1",
        "localhost",
    ] {
        let url = format!("http://{host}:{port}/");
        let refused = outbound
            .send(get(url), Policy::Account, SOON)
            .await
            .unwrap_err();
        assert!(
            refused.to_string().contains("not public"),
            "{host}: {refused}"
        );
    }
    assert_eq!(inside.received().len(), 0);
    let url = format!("http://localhost:{port}/");
    assert_eq!(
        outbound
            .send(get(url), Policy::Operator, SOON)
            .await
            .unwrap()
            .status,
        200
    );
}

#[tokio::test]
async fn the_operator_can_allow_a_network() {
    let inside = Receiver::start().await.unwrap();
    let url = format!("http://localhost:{}/", inside.addr().port());
    let outbound = Outbound::new(vec!["127.0.0.0/8".parse().unwrap()]);
    assert_eq!(
        outbound
            .send(get(url), Policy::Account, SOON)
            .await
            .unwrap()
            .status,
        200
    );
}

#[tokio::test]
async fn redirects_are_answers_and_waits_are_read() {
    let receiver = Receiver::start().await.unwrap();
    let elsewhere = Answer::status(302).header("location", "http://169.254.169.254/");
    receiver.push(elsewhere.header("retry-after", "17"));
    let outbound = Outbound::new(Vec::new());
    let answered = outbound
        .send(get(receiver.url("/")), Policy::Operator, SOON)
        .await
        .unwrap();
    assert_eq!((answered.status, answered.retry_after_s), (302, Some(17)));
    assert_eq!(receiver.received().len(), 1);
}

#[tokio::test]
async fn long_and_late_answers_are_given_up() {
    let receiver = Receiver::start().await.unwrap();
    let outbound = Outbound::new(Vec::new());
    receiver.push(Answer::status(200).body(vec![b'x'; 5 << 20]));
    let long = outbound
        .send(get(receiver.url("/")), Policy::Operator, SOON)
        .await;
    assert!(matches!(long, Err(SendError::TooLarge(_))));
    receiver.push(Answer::status(200).delay(SOON));
    let brief = Duration::from_millis(50);
    let late = outbound
        .send(get(receiver.url("/")), Policy::Operator, brief)
        .await;
    assert_eq!(late.unwrap_err(), SendError::Deadline(brief));
}

#[tokio::test]
async fn a_refused_connection_says_so() {
    let gone = Receiver::start().await.unwrap().url("/?apikey=secret");
    let outbound = Outbound::new(Vec::new());
    let refused = outbound
        .send(get(gone), Policy::Operator, SOON)
        .await
        .unwrap_err();
    assert!(!refused.to_string().contains("secret"), "{refused}");
}
