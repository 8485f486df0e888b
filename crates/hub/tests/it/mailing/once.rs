//! What is told, and that it is told once.

use super::*;
use trackway_hub::Hub;
use trackway_store::notices::{MailLimits, MailState};

on_both_stores!(
    people_are_told_of_the_stages_they_want_and_once,
    two_hubs_on_one_store_tell_once,
    what_was_claimed_by_a_hub_that_died_is_unknown,
);

async fn people_are_told_of_the_stages_they_want_and_once(world: World) {
    let server = Smtp::start().await.unwrap();
    let (world, account, shipment) = shop(world, &server, Limits::default()).await;
    let wanted = NoticeWish {
        language: Some("vi".to_owned()),
        stages: Some(vec!["delivered".to_owned()]),
        ..wish("An.Example@example.org")
    };
    world.hub.notify(account, shipment, &wanted).await.unwrap();
    out(&world, 10).await;
    delivered(&world, 20).await;
    let told = until(&world, (account, shipment), &[("delivered", "sent")]).await;
    assert_eq!(told.address.as_deref(), Some("A…@example.org"));
    // The same from another stream, later news of the same stage, and another restart: no more.
    delivered(&world, 25).await;
    delivered(&world, 20).await;
    followed(&world).await;
    let world = world
        .reopened_with(config(server.port(), Limits::default()))
        .await;
    world.hub.start();
    followed(&world).await;
    assert_eq!(
        states(&seen(&world, account, shipment).await),
        [("delivered", "sent")]
    );
    let taken = server.taken().unwrap();
    assert_eq!(taken.len(), 1);
    let mail = &taken[0];
    assert_eq!(
        (mail.from.as_str(), mail.to[0].as_str()),
        ("parcels@shop.example", "An.Example@example.org")
    );
    assert_eq!(mail.host.as_deref(), Some("track.example.com"));
    assert_eq!(mail.header("Subject"), ["Parcel: delivered"]);
    assert_eq!(mail.header("Auto-Submitted"), ["auto-generated"]);
    assert_eq!(
        mail.header("List-Unsubscribe-Post"),
        ["List-Unsubscribe=One-Click"]
    );
    let told = "vi|delivered|https://track.example.com/t/";
    assert!(
        mail.text.starts_with(told) && mail.html.contains(told),
        "{mail:?}"
    );
    assert_eq!(
        mail.header("From"),
        ["Cửa hàng Ví Dụ <parcels@shop.example>"]
    );
    let date = mail.header("Date")[0];
    assert!(date.starts_with("Tue, 07 May 2024 12:"), "{date}");
}

async fn two_hubs_on_one_store_tell_once(world: World) {
    let server = Smtp::start().await.unwrap();
    let (world, account, shipment) = shop(world, &server, Limits::default()).await;
    let other = Hub::open(
        world.hub.store().clone(),
        config(server.port(), Limits::default()),
        world.clock.clone(),
    )
    .await
    .unwrap();
    other.start();
    notify(&world, (account, shipment), WHO).await;
    out(&world, 10).await;
    until(&world, (account, shipment), &[("out_for_delivery", "sent")]).await;
    delivered(&world, 20).await;
    let both = [("out_for_delivery", "sent"), ("delivered", "sent")];
    until(&world, (account, shipment), &both).await;
    followed(&world).await;
    assert_eq!(server.taken().unwrap().len(), 2);
    assert_eq!(server.asked(WHO), 2);
    other.stop().await.unwrap();
}

async fn what_was_claimed_by_a_hub_that_died_is_unknown(world: World) {
    let server = Smtp::start().await.unwrap();
    let (world, account, shipment) = shop(world, &server, Limits::default()).await;
    notify(&world, (account, shipment), WHO).await;
    // A hub that only follows: its server is not there.
    let world = world.reopened_with(config(1, Limits::default())).await;
    world.hub.start();
    out(&world, 10).await;
    until(
        &world,
        (account, shipment),
        &[("out_for_delivery", "queued")],
    )
    .await;
    let world = world.reopened_with(HubConfig::default()).await;
    // Dies between its claim and what it would have done.
    let limits = MailLimits {
        by_account: 9,
        to_one: 9,
    };
    let later = world.clock_now() + 600_000_000;
    let claimed = world
        .hub
        .store()
        .claim_mail(later, 300_000_000, limits)
        .await;
    assert_eq!(claimed.unwrap().unwrap().state, MailState::Claimed);
    world.clock.set(later);
    let world = world
        .reopened_with(config(server.port(), Limits::default()))
        .await;
    world.hub.start();
    until(
        &world,
        (account, shipment),
        &[("out_for_delivery", "unknown")],
    )
    .await;
    followed(&world).await;
    assert_eq!((server.taken().unwrap().len(), server.asked(WHO)), (0, 0));
}
