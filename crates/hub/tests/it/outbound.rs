//! The one HTTP client against real sockets.

use crate::delivering::tell;
use crate::on_both_stores;
use crate::world::{LIMIT, NOON, World};
use async_trait::async_trait;
use parking_lot::Mutex;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use trackway_dialects::Outgoing;
use trackway_hub::endpoints::ChangedEndpoint;
use trackway_hub::net::PortRange;
use trackway_hub::outbound::{Names, Outbound, Policy, Reach, SendError};
use trackway_hub::{HubConfig, HubError, NewConnection, NewEndpoint, TestClock};
use trackway_store::records::Outcome;
use trackway_testkit::{Answer, Receiver, eventually};

on_both_stores!(
    an_accounts_name_that_turns_private_is_told_nothing,
    the_policy_follows_who_set_the_address,
);

const SOON: Duration = Duration::from_secs(10);

/// A client of this reach.
pub fn client(reach: Reach) -> Outbound {
    Outbound::new(reach, Arc::new(TestClock::at(NOON)))
}

/// Where accounts may go to every port, and to these networks inside.
pub fn reach(allow: &[&str]) -> Reach {
    Reach {
        allow: allow.iter().map(|net| net.parse().unwrap()).collect(),
        ports: every_port(),
        ..Reach::default()
    }
}

pub fn every_port() -> Vec<PortRange> {
    vec!["1-65535".parse().unwrap()]
}

pub fn get(url: String) -> Outgoing {
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
    let outbound = client(reach(&[]));
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
    let outbound = client(reach(&["127.0.0.0/8"]));
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
    let outbound = client(reach(&[]));
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
    let outbound = client(reach(&[]));
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
    let outbound = client(reach(&[]));
    let refused = outbound
        .send(get(gone), Policy::Operator, SOON)
        .await
        .unwrap_err();
    assert!(!refused.to_string().contains("secret"), "{refused}");
}

/// Says of every name what it was last told to say, and counts how often it was asked.
#[derive(Debug)]
struct Fickle {
    says: Mutex<Vec<IpAddr>>,
    asked: Mutex<usize>,
}

impl Fickle {
    fn saying(addresses: &[&str]) -> Arc<Self> {
        let fickle = Self {
            says: Mutex::default(),
            asked: Mutex::default(),
        };
        fickle.turn_to(addresses);
        Arc::new(fickle)
    }

    fn turn_to(&self, addresses: &[&str]) {
        *self.says.lock() = addresses.iter().map(|text| text.parse().unwrap()).collect();
    }

    fn asked(&self) -> usize {
        *self.asked.lock()
    }
}

#[async_trait]
impl Names for Fickle {
    async fn look_up(&self, _name: &str) -> io::Result<Vec<IpAddr>> {
        *self.asked.lock() += 1;
        Ok(self.says.lock().clone())
    }
}

/// Two receivers under one name and one port: at 127.0.0.1, which is allowed here, and at 127.0.0.2,
/// which is as private as can be.
async fn good_and_bad() -> (Receiver, Receiver) {
    let good = Receiver::start().await.unwrap();
    let bad = SocketAddr::new("127.0.0.2".parse().unwrap(), good.addr().port());
    (good, Receiver::bind(bad).await.unwrap())
}

#[tokio::test]
async fn a_name_that_turns_private_after_it_was_checked_is_not_followed() {
    let (good, bad) = good_and_bad().await;
    let url = format!("http://shop.example:{}/", good.addr().port());
    let names = Fickle::saying(&["127.0.0.1"]);
    let outbound = client(Reach {
        names: names.clone(),
        ..reach(&["127.0.0.1"])
    });
    let send = async || outbound.send(get(url.clone()), Policy::Account, SOON).await;
    outbound.check(&url, Policy::Account).unwrap();
    assert_eq!(send().await.unwrap().status, 200);
    assert_eq!(names.asked(), 1);
    // The name turns. The connection that is open leads where it was judged to lead.
    names.turn_to(&["127.0.0.2"]);
    assert_eq!(send().await.unwrap().status, 200);
    assert_eq!((names.asked(), bad.received().len()), (1, 0));
    // A new one is judged by the address that it would be made to.
    let port = good.addr().port();
    drop(good);
    let refused = eventually("the open connection to be gone", SOON, async || {
        match send().await {
            Err(refused @ SendError::Inside { .. }) => Some(refused),
            // The open connection ends a moment after its server.
            Ok(_) | Err(SendError::Broken(_)) => None,
            Err(other) => panic!("{other}"),
        }
    })
    .await
    .unwrap();
    let what = "shop.example is not public (loopback): the operator can allow it";
    assert_eq!(refused.to_string(), what);
    assert_eq!(bad.received().len(), 0);
    // Of several addresses only those that are open are tried.
    let good = Receiver::bind(SocketAddr::from(([127, 0, 0, 1], port)))
        .await
        .unwrap();
    names.turn_to(&["127.0.0.2", "10.0.0.1", "127.0.0.1", "::1"]);
    assert_eq!(send().await.unwrap().status, 200);
    assert_eq!((good.received().len(), bad.received().len()), (1, 0));
}

#[tokio::test]
async fn an_account_is_not_served_by_the_operators_open_connection() {
    let (_good, bad) = good_and_bad().await;
    let url = format!("http://shop.example:{}/", bad.addr().port());
    let outbound = client(Reach {
        names: Fickle::saying(&["127.0.0.2"]),
        ..reach(&["127.0.0.1"])
    });
    let send = async |policy| outbound.send(get(url.clone()), policy, SOON).await;
    assert_eq!(send(Policy::Operator).await.unwrap().status, 200);
    let refused = send(Policy::Account).await.unwrap_err();
    assert!(matches!(refused, SendError::Inside { .. }), "{refused}");
    assert_eq!(bad.received().len(), 1);
}

#[tokio::test]
async fn names_are_judged_by_every_special_range() {
    for address in [
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::808:808",
        "100::1",
        "2001::1",
        "2001:20::1",
        "2001:db8::1",
        "2002:a9fe:a9fe::1",
        "fd00:ec2::254",
        "fe80::1",
        "ff02::1",
    ] {
        let outbound = client(Reach {
            names: Fickle::saying(&[address]),
            ..reach(&[])
        });
        let url = "http://shop.example/".to_owned();
        let refused = outbound.send(get(url), Policy::Account, SOON).await;
        assert!(
            matches!(refused, Err(SendError::Inside { .. })),
            "{address}: {refused:?}"
        );
    }
}

/// Never says anything.
#[derive(Debug)]
struct Mute;

#[async_trait]
impl Names for Mute {
    async fn look_up(&self, _name: &str) -> io::Result<Vec<IpAddr>> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn looking_a_name_up_is_within_the_deadline() {
    let outbound = client(Reach {
        names: Arc::new(Mute),
        ..reach(&[])
    });
    let brief = Duration::from_millis(50);
    let url = "http://shop.example/".to_owned();
    let late = outbound.send(get(url), Policy::Account, brief).await;
    assert_eq!(late.unwrap_err(), SendError::Deadline(brief));
}

#[tokio::test]
async fn an_acknowledgement_is_heard_as_far_as_it_is_needed() {
    let receiver = Receiver::start().await.unwrap();
    let outbound = client(reach(&[]));
    let told = async || {
        let url = receiver.url("/");
        outbound
            .tell(get(url), Policy::Operator, SOON)
            .await
            .unwrap()
    };
    receiver.push(Answer::status(200).body(vec![b'x'; 64 << 10]));
    let whole = told().await;
    assert_eq!((whole.body.len(), whole.cut), (64 << 10, None));
    receiver.push(Answer::status(500).body(vec![b'x'; 5 << 20]));
    let cut = told().await;
    assert_eq!((cut.status, cut.body.len()), (500, 64 << 10));
    assert_eq!(cut.cut, Some(SendError::TooLarge(64 << 10)));
    // The clock of the test stands at noon of 2024-05-07.
    let date = Answer::status(503).header("retry-after", "Tue, 07 May 2024 12:02:00 GMT");
    receiver.push(date);
    assert_eq!(told().await.retry_after_s, Some(120));
    let asked = receiver.received();
    let codings: Vec<_> = asked.iter().map(|r| r.header("accept-encoding")).collect();
    assert_eq!(codings, [Some("identity"); 3]);
}

#[tokio::test]
async fn no_call_takes_longer_than_the_operator_allows() {
    let receiver = Receiver::start().await.unwrap();
    receiver.push(Answer::status(200).delay(SOON));
    let longest = Duration::from_millis(50);
    let outbound = client(Reach {
        longest,
        ..reach(&[])
    });
    let late = outbound.send(get(receiver.url("/")), Policy::Operator, SOON);
    assert_eq!(late.await.unwrap_err(), SendError::Deadline(longest));
}

async fn an_accounts_name_that_turns_private_is_told_nothing(world: World) {
    let (good, bad) = good_and_bad().await;
    let names = Fickle::saying(&["127.0.0.2"]);
    let outbound = Reach {
        names: names.clone(),
        ..reach(&["127.0.0.1"])
    };
    let config = HubConfig {
        outbound,
        ..HubConfig::default()
    };
    let world = world.reopened_with(config).await;
    // Nothing is looked up when an address is named: the answer would mean nothing.
    let new = NewEndpoint {
        url: format!("http://shop.example:{}/hook", good.addr().port()),
        ..NewEndpoint::default()
    };
    world.hub.add_endpoint(new).await.unwrap();
    assert_eq!(names.asked(), 0);
    world.hub.start();
    tell(&world, "P1", "in_transit", "2024-05-07T10:00:00+07:00").await;
    let account = world.hub.account(None).await.unwrap().id;
    let attempt = eventually("an attempt", LIMIT, async || {
        let attempts = world.hub.store().attempts(account, 0, i64::MAX).await;
        attempts.unwrap().into_iter().next()
    })
    .await
    .unwrap();
    let what = "shop.example is not public (loopback): the operator can allow it";
    let error = what.to_owned();
    assert_eq!(attempt.outcome, Outcome::CallFailed { error });
    // It comes to its senses, and nothing was lost meanwhile.
    names.turn_to(&["127.0.0.1"]);
    world
        .moving_on("the message", Duration::from_mins(1), async || {
            (!good.received().is_empty()).then_some(())
        })
        .await;
    assert_eq!(bad.received().len(), 0);
    world.hub.stop().await.unwrap();
}

async fn the_policy_follows_who_set_the_address(world: World) {
    const INSIDE: &str = "http://10.1.2.3:9000/hook";
    const OUTSIDE: &str = "https://shop.example/hook";
    let endpoint = |url: &str, operator| NewEndpoint {
        url: url.to_owned(),
        operator,
        ..NewEndpoint::default()
    };
    let connection = |url: &str, operator| NewConnection {
        dialect: "247express".to_owned(),
        base_url: url.to_owned(),
        settings: crate::world::texts(&[("apikey", "1111-2222")]),
        operator,
        ..NewConnection::default()
    };
    let hub = &world.hub;
    let refused = |error: HubError| matches!(error, HubError::Address { .. });
    for inside in [
        INSIDE,
        "https://shop.example:9000/",
        "http://localhost/",
        "http://u:p@x.example/",
    ] {
        assert!(refused(
            hub.add_endpoint(endpoint(inside, false))
                .await
                .err()
                .unwrap()
        ));
        assert!(refused(
            hub.connect(connection(inside, false)).await.err().unwrap()
        ));
    }
    hub.connect(connection(INSIDE, true)).await.unwrap();
    hub.connect(connection(OUTSIDE, false)).await.unwrap();
    let id = hub.add_endpoint(endpoint(INSIDE, true)).await.unwrap().id;
    let change = async |url: Option<&str>, operator| {
        let change = ChangedEndpoint {
            url: url.map(str::to_owned),
            paused: Some(false),
            operator,
            ..ChangedEndpoint::default()
        };
        hub.change_endpoint(None, id, change).await
    };
    let is_operators = async || hub.store().endpoint(id).await.unwrap().unwrap().operator;
    // What says nothing of the address leaves it, and who set it.
    change(None, false).await.unwrap();
    assert!(is_operators().await);
    assert!(refused(change(Some(INSIDE), false).await.err().unwrap()));
    assert!(is_operators().await, "what was refused changed nothing");
    change(Some(OUTSIDE), false).await.unwrap();
    assert!(!is_operators().await, "an account's own from now on");
    change(Some(INSIDE), true).await.unwrap();
    assert!(is_operators().await);
}
