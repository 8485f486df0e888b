//! What a server answers, or does not, and what that comes to.

use super::*;
use trackway_hub::HubError;
use trackway_testkit::SmtpOptions;

on_both_stores!(
    what_the_server_did_not_take_for_now_is_tried_again,
    a_refusal_for_good_ends_that_recipient,
    an_answer_that_never_came_is_unknown_for_ever,
    a_server_that_is_not_there_is_waited_for,
);

async fn what_the_server_did_not_take_for_now_is_tried_again(world: World) {
    let server = Smtp::start().await.unwrap();
    server.at_recipient(WHO, "451 4.7.1 Greylisted", 2).unwrap();
    let (world, account, shipment) = shop(world, &server, Limits::default()).await;
    notify(&world, (account, shipment), WHO).await;
    out(&world, 10).await;
    let told = until(&world, (account, shipment), &[("out_for_delivery", "sent")]).await;
    assert_eq!((told.mails[0].attempts, told.mails[0].code), (3, 250));
    assert_eq!((server.taken().unwrap().len(), server.asked(WHO)), (1, 3));
    // For ever is as long as it is news.
    server.at_message(WHO, "452 4.3.1 Later", 1_000).unwrap();
    delivered(&world, 20).await;
    let both = [("out_for_delivery", "sent"), ("delivered", "stale")];
    world.clock.advance(Duration::from_mins(1));
    let step = Duration::from_mins(20);
    let told = world
        .moving_on("it to be given up", step, async || {
            let noticed = seen(&world, account, shipment).await;
            (states(&noticed) == both).then_some(noticed)
        })
        .await;
    assert!((2..=10).contains(&told.mails[1].attempts), "{told:?}");
    assert_eq!((told.mails[1].code, told.standing), (452, "active"));
    assert_eq!(server.taken().unwrap().len(), 1);
}

async fn a_refusal_for_good_ends_that_recipient(world: World) {
    let server = Smtp::start().await.unwrap();
    server
        .at_recipient(WHO, "550 5.1.1 No such user", 9)
        .unwrap();
    let (world, account, shipment) = shop(world, &server, Limits::default()).await;
    notify(&world, (account, shipment), WHO).await;
    out(&world, 10).await;
    let told = until(
        &world,
        (account, shipment),
        &[("out_for_delivery", "refused")],
    )
    .await;
    assert_eq!(told.mails[0].code, 550);
    let what = "the recipient to be ended";
    let told = world
        .moving_on(what, Duration::from_secs(1), async || {
            let noticed = seen(&world, account, shipment).await;
            (noticed.standing == "refused").then_some(noticed)
        })
        .await;
    delivered(&world, 20).await;
    followed(&world).await;
    assert_eq!(
        states(&seen(&world, account, shipment).await),
        states(&told)
    );
    assert_eq!(server.asked(WHO), 1);
    let again = world.hub.notify(account, shipment, &wish(WHO)).await;
    assert!(matches!(
        again,
        Err(HubError::NoticeEnded {
            standing: "refused"
        })
    ));
}

async fn an_answer_that_never_came_is_unknown_for_ever(world: World) {
    let server = Smtp::start().await.unwrap();
    server.hangs_up(WHO, 1).unwrap();
    let (world, account, shipment) = shop(world, &server, Limits::default()).await;
    notify(&world, (account, shipment), WHO).await;
    out(&world, 10).await;
    until(
        &world,
        (account, shipment),
        &[("out_for_delivery", "unknown")],
    )
    .await;
    delivered(&world, 20).await;
    let both = [("out_for_delivery", "unknown"), ("delivered", "sent")];
    until(&world, (account, shipment), &both).await;
    assert_eq!(
        server.taken().unwrap().len(),
        2,
        "the first was taken after all"
    );
    assert_eq!(server.asked(WHO), 2);
}

async fn a_server_that_is_not_there_is_waited_for(world: World) {
    let server = Smtp::start().await.unwrap();
    let port = server.port();
    let (world, account, shipment) = shop(world, &server, Limits::default()).await;
    notify(&world, (account, shipment), WHO).await;
    drop(server);
    out(&world, 10).await;
    let told = until(
        &world,
        (account, shipment),
        &[("out_for_delivery", "queued")],
    )
    .await;
    assert_eq!((told.standing, told.mails[0].code), ("active", 0));
    let options = SmtpOptions {
        port,
        ..SmtpOptions::default()
    };
    let server = trackway_testkit::eventually("the port to be free", LIMIT, async || {
        Smtp::with(options.clone()).await.ok()
    })
    .await
    .unwrap();
    until(&world, (account, shipment), &[("out_for_delivery", "sent")]).await;
    assert_eq!(server.taken().unwrap().len(), 1);
}
