//! What recipients and accounts may say.

use super::*;
use crate::world::NOON;
use trackway_hub::HubError;
use trackway_hub::mail::Unsubscribed;

on_both_stores!(
    an_unsubscribed_recipient_hears_no_more,
    an_erasure_ends_the_emails,
    anothers_shipment_is_nobodys,
);

async fn an_unsubscribed_recipient_hears_no_more(world: World) {
    let server = Smtp::start().await.unwrap();
    let (world, account, shipment) = shop(world, &server, Limits::default()).await;
    notify(&world, (account, shipment), WHO).await;
    out(&world, 10).await;
    until(&world, (account, shipment), &[("out_for_delivery", "sent")]).await;
    let mail = &server.taken().unwrap()[0];
    let link = mail.header("List-Unsubscribe")[0];
    let link = link.trim_start_matches('<').trim_end_matches('>');
    let token = link
        .strip_prefix("https://track.example.com/unsubscribe/")
        .unwrap();
    let hub = &world.hub;
    assert_eq!(
        hub.look_at_unsubscribe(token).await.unwrap(),
        Unsubscribed::Active
    );
    assert_eq!(
        seen(&world, account, shipment).await.standing,
        "active",
        "a look changes nothing"
    );
    for _ in 0..2 {
        assert_eq!(hub.unsubscribe(token).await.unwrap(), Unsubscribed::Ended);
    }
    let cut = &token[..token.len() - 1];
    let other = format!("{cut}{}", if token.ends_with('A') { 'Q' } else { 'A' });
    for wrong in ["", "x", cut, &other] {
        assert_eq!(
            hub.unsubscribe(wrong).await.unwrap(),
            Unsubscribed::Nothing,
            "{wrong}"
        );
    }
    delivered(&world, 20).await;
    followed(&world).await;
    assert_eq!(
        seen(&world, account, shipment).await.standing,
        "unsubscribed"
    );
    assert_eq!(server.taken().unwrap().len(), 1);
    let again = world.hub.notify(account, shipment, &wish(WHO)).await;
    assert!(matches!(
        again,
        Err(HubError::NoticeEnded {
            standing: "unsubscribed"
        })
    ));
}

async fn an_erasure_ends_the_emails(world: World) {
    let server = Smtp::start().await.unwrap();
    let (world, account, shipment) = shop(world, &server, Limits::default()).await;
    notify(&world, (account, shipment), WHO).await;
    out(&world, 10).await;
    until(&world, (account, shipment), &[("out_for_delivery", "sent")]).await;
    world.hub.erase(None, None, "VD0000001").await.unwrap();
    assert_eq!(seen(&world, account, shipment).await.address, None);
    delivered(&world, 20).await;
    followed(&world).await;
    let wanted = [("out_for_delivery", "sent"), ("delivered", "ended")];
    until(&world, (account, shipment), &wanted).await;
    assert_eq!(server.taken().unwrap().len(), 1);
}

async fn anothers_shipment_is_nobodys(world: World) {
    let server = Smtp::start().await.unwrap();
    let (world, account, shipment) = shop(world, &server, Limits::default()).await;
    notify(&world, (account, shipment), WHO).await;
    let other = world.hub.store().account("other", NOON).await.unwrap().id;
    let id = world.hub.notice_id(account, WHO).unwrap();
    let hub = &world.hub;
    assert!(hub.notices(other, shipment).await.unwrap().is_none());
    assert!(
        hub.notify(other, shipment, &wish("b@example.org"))
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(hub.end_notice(other, shipment, &id).await.unwrap(), None);
    let later = ShipmentId::new(shipment.track(), 3);
    assert!(hub.notices(account, later).await.unwrap().is_none());
    assert_eq!(seen(&world, account, shipment).await.standing, "active");
    for (wrong, bad) in [
        ("a@example.org\r\nBcc: b@example.org", "a header"),
        ("not an address", "no address"),
    ] {
        let refused = hub.notify(account, shipment, &wish(wrong)).await;
        assert!(matches!(refused, Err(HubError::MailAddress(_))), "{bad}");
    }
    for n in 0..4 {
        notify(&world, (account, shipment), &format!("p{n}@example.org")).await;
    }
    let full = hub.notify(account, shipment, &wish("p9@example.org")).await;
    assert!(matches!(full, Err(HubError::TooMany { .. })));
    assert_eq!(
        hub.end_notice(account, shipment, &id).await.unwrap(),
        Some(true)
    );
    assert_eq!(
        hub.end_notice(account, shipment, &id).await.unwrap(),
        Some(false)
    );
    let unheard = NoticeWish {
        stages: Some(vec!["somewhere".to_owned()]),
        ..wish(WHO)
    };
    let unheard = hub.notify(account, shipment, &unheard).await;
    assert!(matches!(
        unheard,
        Err(HubError::UnknownValue { name: "stages", .. })
    ));
}
