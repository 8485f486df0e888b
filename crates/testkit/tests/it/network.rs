//! Receiver, proxy and waiting.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, timeout};
use trackway_testkit::proxy::Mode;
use trackway_testkit::{Answer, Proxy, Receiver, client, eventually};

use crate::LIMIT;

#[tokio::test]
async fn the_receiver_keeps_exact_requests_and_answers_queue_then_rule() {
    let receiver = Receiver::start().await.unwrap();
    receiver.push(Answer::status(503).header("retry-after", "7").body("busy"));
    receiver.push(Answer::json(&serde_json::json!({"ok": true})));
    receiver.set_rule(|request| Answer::status(if request.body.is_empty() { 204 } else { 400 }));
    let send = async |body: &'static str| {
        let request = client()
            .post(receiver.url("/hook?x=1"))
            .header("x-mark", "m")
            .body(body);
        request.send().await.unwrap()
    };

    let busy = send("{ \"a\":  1 }").await;
    assert_eq!(
        (
            busy.status().as_u16(),
            busy.headers()["retry-after"].as_bytes()
        ),
        (503, &b"7"[..])
    );
    assert_eq!(busy.text().await.unwrap(), "busy");
    assert_eq!(send("b").await.text().await.unwrap(), "{\"ok\":true}");
    assert_eq!(send("").await.status(), 204);
    assert_eq!(send("d").await.status(), 400);

    let received = receiver.wait_for(4, LIMIT).await.unwrap();
    let bodies: Vec<_> = received.iter().map(|request| &request.body[..]).collect();
    assert_eq!(bodies, [&b"{ \"a\":  1 }"[..], b"b", b"", b"d"]);
    assert_eq!(received[0].uri, "/hook?x=1");
    assert_eq!(received[0].header("x-mark"), Some("m"));
    assert_eq!(received[0].json().unwrap()["a"], 1);
    assert!(received.is_sorted_by_key(|request| request.at));
}

#[tokio::test]
async fn a_delayed_answer_is_recorded_before_it_is_sent() {
    let receiver = Receiver::start().await.unwrap();
    receiver.push(Answer::status(200).delay(Duration::from_hours(1)));
    let asked = tokio::spawn(client().get(receiver.url("/")).send());
    assert_eq!(receiver.wait_for(1, LIMIT).await.unwrap().len(), 1);
    assert!(!asked.is_finished());
}

#[tokio::test]
async fn waiting_in_vain_says_for_what() {
    let receiver = Receiver::start().await.unwrap();
    let short = Duration::from_millis(20);
    let error = receiver.wait_for(2, short).await.unwrap_err().to_string();
    assert!(
        error.contains("2 requests") && error.contains("got 0"),
        "{error}"
    );

    let began = Instant::now();
    let never = eventually("a snowball", short, async || None::<()>).await;
    assert!(never.unwrap_err().to_string().contains("a snowball"));
    assert!(began.elapsed() >= short);

    let mut asked = 0;
    let third = eventually("the third", LIMIT, async || {
        asked += 1;
        (asked == 3).then_some(asked)
    });
    assert_eq!(third.await.unwrap(), 3);
}

/// An echo server's address.
async fn echo() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut from, mut to) = stream.split();
                tokio::io::copy(&mut from, &mut to).await
            });
        }
    });
    addr
}

/// What comes back for four bytes; `None` if the connection is closed instead.
async fn exchange(stream: &mut TcpStream) -> Option<[u8; 4]> {
    let mut answer = [0; 4];
    stream.write_all(b"ping").await.ok()?;
    let read = timeout(LIMIT, stream.read_exact(&mut answer)).await;
    read.expect("an answer or an end, in time").ok()?;
    Some(answer)
}

#[tokio::test]
async fn the_proxy_passes_cuts_mends_and_delays() {
    let proxy = Proxy::start(echo().await).await.unwrap();
    let mut open = TcpStream::connect(proxy.addr()).await.unwrap();
    assert_eq!(exchange(&mut open).await.as_ref(), Some(b"ping"));

    proxy.cut();
    assert_eq!(
        exchange(&mut open).await,
        None,
        "an open connection is closed"
    );
    let mut refused = TcpStream::connect(proxy.addr()).await.unwrap();
    assert_eq!(exchange(&mut refused).await, None, "a new one too");

    proxy.mend();
    let mut mended = TcpStream::connect(proxy.addr()).await.unwrap();
    assert_eq!(exchange(&mut mended).await.as_ref(), Some(b"ping"));

    let delay = Duration::from_millis(30);
    proxy.set_delay(delay);
    let began = Instant::now();
    assert_eq!(exchange(&mut mended).await.as_ref(), Some(b"ping"));
    assert!(began.elapsed() >= delay * 2, "once each way");
}

#[tokio::test]
async fn an_answer_can_be_lost_after_the_request_arrived() {
    let receiver = Receiver::start().await.unwrap();
    let proxy = Proxy::start(receiver.addr()).await.unwrap();
    proxy.set_mode(Mode::LoseAnswers);
    let asked = client()
        .post(format!("http://{}/", proxy.addr()))
        .body("done?")
        .send()
        .await;
    assert!(asked.is_err());
    assert_eq!(
        &receiver.wait_for(1, LIMIT).await.unwrap()[0].body[..],
        b"done?"
    );
}
