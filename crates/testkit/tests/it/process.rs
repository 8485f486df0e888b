//! Server processes; the kit's own receiver stands in for a server.

use trackway_testkit::{Launch, client, eventually};

use crate::LIMIT;

fn kit() -> Launch {
    Launch::new(env!("CARGO_BIN_EXE_testkit"))
}

#[tokio::test]
async fn a_server_is_started_killed_started_again_and_ended() {
    let mut server = kit().arg("receiver").start().await.unwrap();
    let first = server.pid().unwrap();
    let url = server.url("/hook");
    client().post(&url).body("one").send().await.unwrap();
    eventually("the server's output", LIMIT, async || {
        server.stdout().contains("POST /hook one").then_some(())
    })
    .await
    .unwrap();

    server.kill9().await.unwrap();
    assert!(client().get(&url).send().await.is_err());
    server.restart().await.unwrap();
    assert_ne!(server.pid().unwrap(), first);
    assert!(
        client()
            .get(&url)
            .send()
            .await
            .unwrap()
            .status()
            .is_success(),
        "on the same port"
    );

    let status = server.terminate(LIMIT).await.unwrap();
    assert!(
        status.success(),
        "asked to end, it ended by itself: {status}"
    );
    assert!(
        server.terminate(LIMIT).await.is_ok(),
        "an ended process may be ended again"
    );
}

#[tokio::test]
async fn a_server_that_ends_before_it_is_ready_says_why() {
    let error = kit().arg("no-such-command").start().await.unwrap_err();
    let error = format!("{error:#}");
    assert!(error.contains("ended before it was ready"), "{error}");
    assert!(error.contains("usage: testkit"), "{error}");
}

#[tokio::test]
async fn a_dropped_server_is_killed() {
    let server = kit().arg("receiver").start().await.unwrap();
    let url = server.url("/healthz");
    drop(server);
    eventually("the dropped server to be gone", LIMIT, async || {
        client().get(&url).send().await.is_err().then_some(())
    })
    .await
    .unwrap();
}
