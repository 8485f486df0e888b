//! What a receiver sees of signatures, their rotation, and tests.

use crate::delivering::tell;
use crate::managing::TIME;
use crate::on_both_stores;
use crate::world::{LIMIT, World, texts};
use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use standardwebhooks::Webhook;
use std::time::Duration;
use trackway_hub::endpoints::ChangedEndpoint;
use trackway_hub::sent::{AttemptFilter, AttemptOutcome};
use trackway_hub::{HubError, NewEndpoint};
use trackway_model::EndpointId;
use trackway_testkit::{Answer, Receiver, Recorded};

on_both_stores!(
    messages_carry_both_signatures_until_the_overlap_ends,
    a_rotation_without_overlap_ends_the_old_secret_at_once,
    an_endpoint_can_change_to_ed25519_without_a_gap,
    a_rotation_holds_after_a_restart,
    one_credential_changes_at_the_end_of_the_overlap,
    what_can_not_be_rotated_is_refused,
    a_test_goes_out_as_every_message_and_through_no_queue,
    a_test_tells_why_it_was_not_accepted,
    sequence_numbers_grow_and_stay,
);

const DAY: Duration = Duration::from_hours(24);

/// How many signatures a message carries.
fn signatures(message: &Recorded) -> usize {
    message
        .header("webhook-signature")
        .unwrap()
        .split(' ')
        .count()
}

/// Whether the specification's own library would take a message from its signature.
fn fits(message: &Recorded, secret: &str) -> bool {
    let header = |name| message.header(name).unwrap();
    let at = header("webhook-timestamp").parse().unwrap();
    let own = Webhook::new(secret)
        .unwrap()
        .sign(header("webhook-id"), at, &message.body)
        .unwrap();
    header("webhook-signature").split(' ').any(|one| one == own)
}

fn fits_public(message: &Recorded, public_key: &str) -> bool {
    let header = |name| message.header(name).unwrap();
    let key = STANDARD.decode(public_key.strip_prefix("whpk_").unwrap());
    let key = UnparsedPublicKey::new(&ED25519, key.unwrap());
    let id = header("webhook-id");
    let signed = format!("{id}.{}.", header("webhook-timestamp"));
    let signed = [signed.as_bytes(), &message.body].concat();
    header("webhook-signature")
        .split(' ')
        .filter_map(|one| one.strip_prefix("v1a,"))
        .any(|one| key.verify(&signed, &STANDARD.decode(one).unwrap()).is_ok())
}

impl World {
    /// Tells of a new parcel; returns the message about it.
    async fn told(&self, receiver: &Receiver, number: &str) -> Recorded {
        let before = receiver.received().len();
        tell(self, number, "in_transit", TIME).await;
        let received = receiver.wait_for(before + 1, LIMIT).await.unwrap();
        received[before].clone()
    }
}

async fn messages_carry_both_signatures_until_the_overlap_ends(world: World) {
    let receiver = Receiver::start().await.unwrap();
    let old = world.endpoint("native", receiver.url("/hook"), &[]).await;
    let id = world.only_endpoint().await;
    world.hub.start();
    let first = world.told(&receiver, "P1").await;
    assert!(fits(&first, &old) && signatures(&first) == 1);
    let rotated = world
        .hub
        .rotate_endpoint(None, id, Some(DAY))
        .await
        .unwrap();
    let new = rotated.secret.unwrap();
    assert_ne!(new, old);
    assert_eq!(
        rotated.endpoint.former_until.as_deref(),
        Some("2024-05-08T12:00:00Z")
    );
    let second = world.told(&receiver, "P2").await;
    assert!(fits(&second, &old) && fits(&second, &new));
    world
        .clock
        .advance(DAY.checked_sub(Duration::from_secs(1)).unwrap());
    let third = world.told(&receiver, "P3").await;
    assert!(fits(&third, &old) && fits(&third, &new));
    world.clock.advance(Duration::from_secs(1));
    let fourth = world.told(&receiver, "P4").await;
    assert!(!fits(&fourth, &old) && fits(&fourth, &new));
    assert_eq!(signatures(&fourth), 1);
    let shown = world.hub.endpoint(None, id).await.unwrap();
    assert_eq!(shown.former_until, None);
    world.hub.stop().await.unwrap();
}

async fn a_rotation_without_overlap_ends_the_old_secret_at_once(world: World) {
    let receiver = Receiver::start().await.unwrap();
    let first = world.endpoint("native", receiver.url("/hook"), &[]).await;
    let id = world.only_endpoint().await;
    world.hub.start();
    let rotate = async |overlap| {
        let rotated = world.hub.rotate_endpoint(None, id, Some(overlap)).await;
        rotated.unwrap().secret.unwrap()
    };
    let second = rotate(Duration::ZERO).await;
    let told = world.told(&receiver, "P1").await;
    assert!(fits(&told, &second) && !fits(&told, &first));
    // A second rotation within an overlap ends the first one's.
    let third = rotate(DAY).await;
    let fourth = rotate(DAY).await;
    let told = world.told(&receiver, "P2").await;
    assert!(fits(&told, &fourth) && fits(&told, &third) && !fits(&told, &second));
    world.hub.stop().await.unwrap();
}

async fn an_endpoint_can_change_to_ed25519_without_a_gap(world: World) {
    let receiver = Receiver::start().await.unwrap();
    let old = world.endpoint("native", receiver.url("/hook"), &[]).await;
    let id = world.only_endpoint().await;
    world.hub.start();
    let settings = |signature| ChangedEndpoint {
        settings: Some(texts(&[("signature", signature)])),
        ..Default::default()
    };
    let odd = world.hub.change_endpoint(None, id, settings("rsa")).await;
    assert!(matches!(odd, Err(HubError::UnknownValue { .. })));
    let set = world
        .hub
        .change_endpoint(None, id, settings("ed25519"))
        .await;
    // The secret that there is says how messages are signed.
    assert_eq!(set.unwrap().signature, "hmac");
    let told = world.told(&receiver, "P1").await;
    assert!(fits(&told, &old));
    let rotated = world
        .hub
        .rotate_endpoint(None, id, Some(DAY))
        .await
        .unwrap();
    // A private key is shown to nobody.
    assert_eq!(rotated.secret, None);
    let shown = serde_json::to_string(&rotated).unwrap();
    assert!(!shown.contains("whsk_"), "{shown}");
    assert_eq!(rotated.endpoint.signature, "ed25519");
    let public = rotated.endpoint.public_key.unwrap();
    let told = world.told(&receiver, "P2").await;
    assert!(fits(&told, &old) && fits_public(&told, &public));
    world.clock.advance(DAY);
    let told = world.told(&receiver, "P3").await;
    assert!(!fits(&told, &old) && fits_public(&told, &public));
    let shown = world.hub.endpoint(None, id).await.unwrap();
    assert_eq!(shown.public_key, Some(public));
    world.hub.stop().await.unwrap();
}

async fn a_rotation_holds_after_a_restart(world: World) {
    let receiver = Receiver::start().await.unwrap();
    let new = NewEndpoint {
        url: receiver.url("/hook"),
        settings: texts(&[("signature", "ed25519")]),
        operator: true,
        ..NewEndpoint::default()
    };
    let made = world.hub.add_endpoint(new).await.unwrap();
    assert_eq!(made.secret, None);
    let old = made.public_key.unwrap();
    let rotated = world
        .hub
        .rotate_endpoint(None, made.id, None)
        .await
        .unwrap();
    let new = rotated.endpoint.public_key.unwrap();
    let world = world.reopened().await;
    world.hub.start();
    let told = world.told(&receiver, "P1").await;
    assert!(fits_public(&told, &old) && fits_public(&told, &new));
    world.hub.stop().await.unwrap();
}

async fn one_credential_changes_at_the_end_of_the_overlap(world: World) {
    let receiver = Receiver::start().await.unwrap();
    receiver.set_rule(|_| Answer::json(&serde_json::json!({"IsError": false})));
    let old = world.endpoint("247express", receiver.url(""), &[]).await;
    let id = world.only_endpoint().await;
    world.hub.start();
    let rotated = world
        .hub
        .rotate_endpoint(None, id, Some(DAY))
        .await
        .unwrap();
    let new = rotated.secret.unwrap();
    let key = |message: &Recorded| message.json().unwrap()["ApiKey"].clone();
    assert_eq!(key(&world.told(&receiver, "P1").await), old);
    world.clock.advance(DAY);
    assert_eq!(key(&world.told(&receiver, "P2").await), new);
    world.hub.stop().await.unwrap();
}

async fn what_can_not_be_rotated_is_refused(world: World) {
    let receiver = Receiver::start().await.unwrap();
    let settings = [("apikey", "theirs")];
    world
        .endpoint("247express", receiver.url(""), &settings)
        .await;
    let id = world.only_endpoint().await;
    let none = world.hub.rotate_endpoint(None, id, None).await;
    assert!(matches!(
        none,
        Err(HubError::NoOwnSecret {
            dialect: "247express"
        })
    ));
    let long = world.hub.rotate_endpoint(None, id, Some(31 * DAY)).await;
    assert!(matches!(long, Err(HubError::Overlap)));
    world.hub.account(Some("other")).await.unwrap();
    for (account, id) in [(Some("other"), id), (None, EndpointId(903))] {
        let rotated = world.hub.rotate_endpoint(account, id, None).await;
        assert!(matches!(rotated, Err(HubError::NoRecord("endpoint", _))));
        let tested = world.hub.test_endpoint(account, id).await;
        assert!(matches!(tested, Err(HubError::NoRecord("endpoint", _))));
    }
    assert!(receiver.received().is_empty());
}

async fn a_test_goes_out_as_every_message_and_through_no_queue(world: World) {
    let receiver = Receiver::start().await.unwrap();
    let secret = world.endpoint("native", receiver.url("/hook"), &[]).await;
    let id = world.only_endpoint().await;
    let before = world.hub.endpoint(None, id).await.unwrap();
    receiver.push(Answer::status(202).body("taken"));
    let told = world.hub.test_endpoint(None, id).await.unwrap();
    assert!(told.accepted);
    assert_eq!((told.status, told.answer.as_str()), (Some(202), "taken"));
    let received = receiver.received();
    let [message] = &received[..] else {
        panic!("{received:?}")
    };
    assert!(fits(message, &secret));
    assert_eq!(message.header("webhook-id"), Some(told.message_id.as_str()));
    assert_eq!(message.header("trackway-test"), Some("1"));
    assert_eq!(message.json().unwrap()["type"], "endpoint.test");
    // Also where it is paused, and nothing is kept of it.
    let paused = ChangedEndpoint {
        paused: Some(true),
        ..Default::default()
    };
    world.hub.change_endpoint(None, id, paused).await.unwrap();
    assert!(world.hub.test_endpoint(None, id).await.unwrap().accepted);
    let account = world.hub.account(None).await.unwrap().id;
    let all = AttemptFilter {
        endpoint: None,
        subject: None,
        outcome: None,
        from: 0,
        to: i64::MAX,
    };
    let (log, _) = world.hub.attempt_log(account, &all, None, 9).await.unwrap();
    assert!(log.is_empty());
    assert!(
        world
            .hub
            .store()
            .deliveries(account)
            .await
            .unwrap()
            .is_empty()
    );
    let after = world.hub.endpoint(None, id).await.unwrap();
    assert_eq!((after.state, after.behind), (before.state, before.behind));
}

async fn a_test_tells_why_it_was_not_accepted(world: World) {
    let receiver = Receiver::start().await.unwrap();
    world.endpoint("247express", receiver.url(""), &[]).await;
    let id = world.only_endpoint().await;
    let test = async || world.hub.test_endpoint(None, id).await.unwrap();
    let body = r#"{"IsError":true,"ErrorMessage":"no such order"}"#;
    receiver.push(Answer::status(200).body(body));
    let told = test().await;
    assert_eq!(
        (told.accepted, told.outcome),
        (false, AttemptOutcome::PartnerError)
    );
    assert_eq!(
        (told.error.as_deref(), told.answer.as_str()),
        (Some("no such order"), body)
    );
    receiver.push(Answer::status(503).body("later"));
    let told = test().await;
    assert_eq!(
        (told.outcome, told.status),
        (AttemptOutcome::CallFailed, Some(503))
    );
    // Nobody listens there, and nobody ever will: another test could be given the receiver's port.
    let moved = ChangedEndpoint {
        url: Some("http://127.0.0.1:1/".to_owned()),
        operator: true,
        ..ChangedEndpoint::default()
    };
    world.hub.change_endpoint(None, id, moved).await.unwrap();
    let told = test().await;
    assert_eq!(
        (told.outcome, told.status),
        (AttemptOutcome::CallFailed, None)
    );
    assert!(told.error.is_some());
}

async fn sequence_numbers_grow_and_stay(world: World) {
    let receiver = Receiver::start().await.unwrap();
    world.endpoint("native", receiver.url("/hook"), &[]).await;
    world.hub.start();
    receiver.push(Answer::status(500));
    let statuses = ["in_transit", "out_for_delivery", "delivered"];
    for (hour, status) in statuses.into_iter().enumerate() {
        tell(
            &world,
            "P1",
            status,
            &format!("2024-05-07T1{hour}:00:00+07:00"),
        )
        .await;
    }
    let all = async || (receiver.received().len() == 4).then(|| receiver.received());
    let received = world
        .moving_on("four messages", Duration::from_secs(1), all)
        .await;
    let of = |message: &Recorded| {
        let body = message.json().unwrap();
        let id = message.header("webhook-id").unwrap().to_owned();
        (body["sequence"].as_u64().unwrap(), id)
    };
    let told: Vec<_> = received.iter().map(of).collect();
    assert_eq!(told[0], told[1], "the first was tried again as it was");
    assert!(told[1..].is_sorted_by(|a, b| a.0 < b.0), "{told:?}");
    world.hub.stop().await.unwrap();
}
