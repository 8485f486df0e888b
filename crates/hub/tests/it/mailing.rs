//! E-mail to people, by a real server: once, in time, to those who want it.

use crate::on_both_stores;
use crate::world::{LIMIT, World};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use trackway_hub::language::Language;
use trackway_hub::mail::{Letter, Letters, Limits, MailConfig, Security, SmtpConfig, Written};
use trackway_hub::notices::{NoticeWish, Noticed};
use trackway_hub::{Hub, HubConfig};
use trackway_model::change::{Change, FeedPosition, Subject};
use trackway_model::{AccountId, ShipmentId};
use trackway_testkit::Smtp;

mod courier;
mod news;
mod once;
mod people;
mod server;

const WHO: &str = "an.example@example.org";

/// Words that tell what they are of.
struct Plain;

impl Letters for Plain {
    fn write(&self, letter: &Letter<'_>) -> Written {
        let state = letter.linked.view.state();
        let text = format!(
            "{}|{}|{}|{}",
            letter.language.code(),
            state.milestone,
            letter.link,
            letter.unsubscribe
        );
        Written {
            subject: format!("Parcel: {}", state.stage()),
            html: format!("<p>{text}</p>"),
            text,
        }
    }

    fn trial(&self, language: Language) -> Written {
        Written {
            subject: "Trial".to_owned(),
            text: language.code().to_owned(),
            html: String::new(),
        }
    }
}

fn smtp(port: u16) -> SmtpConfig {
    SmtpConfig {
        host: "localhost".to_owned(),
        port,
        security: Security::None,
        login: None,
        certificates: None,
        from: "parcels@shop.example".to_owned(),
        from_name: Some("Cửa hàng Ví Dụ".to_owned()),
        reply_to: None,
        public_url: "https://track.example.com".to_owned(),
    }
}

fn config(port: u16, limits: Limits) -> HubConfig {
    HubConfig {
        public_url: Some("https://track.example.com".to_owned()),
        mail: Some(MailConfig {
            smtp: smtp(port),
            limits,
            letters: Arc::new(Plain),
        }),
        ..HubConfig::default()
    }
}

/// A shop with a number and, if it is asked for, a recipient; the hub sends to this server.
async fn shop(world: World, server: &Smtp, limits: Limits) -> (World, AccountId, ShipmentId) {
    let world = world.reopened_with(config(server.port(), limits)).await;
    world.hub.start();
    // From here on the feed is followed.
    trackway_testkit::eventually("the feed to be followed", LIMIT, async || {
        let cursor = world.hub.store().mail_cursor().await.unwrap();
        (!cursor.is_empty()).then_some(())
    })
    .await
    .unwrap();
    let upstream = crate::world::upstream_247(&[]).await;
    world.connect_247(&upstream).await;
    world.track("VD0000001", None).await;
    let (account, shipment) = newest(&world.hub, "VD0000001").await;
    (world, account, shipment)
}

async fn newest(hub: &Hub, number: &str) -> (AccountId, ShipmentId) {
    hub.newest_shipment(None, None, number).await.unwrap()
}

fn wish(address: &str) -> NoticeWish {
    NoticeWish {
        address: address.to_owned(),
        ..NoticeWish::default()
    }
}

async fn notify(world: &World, (account, shipment): (AccountId, ShipmentId), address: &str) {
    let kept = world.hub.notify(account, shipment, &wish(address)).await;
    assert!(kept.unwrap().is_some());
}

/// The one recipient, as the account sees it.
async fn seen(world: &World, account: AccountId, shipment: ShipmentId) -> Noticed {
    let mut all = world.hub.notices(account, shipment).await.unwrap().unwrap();
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

/// Milestones and what their e-mails came to.
fn states(noticed: &Noticed) -> Vec<(&'static str, &'static str)> {
    let mails = noticed.mails.iter();
    mails.map(|mail| (mail.milestone, mail.state)).collect()
}

/// Waits until the recipient's e-mails are these, letting time go on.
async fn until(
    world: &World,
    (account, shipment): (AccountId, ShipmentId),
    wanted: &[(&'static str, &'static str)],
) -> Noticed {
    let what = format!("e-mails {wanted:?}");
    let step = Duration::from_secs(5);
    world
        .moving_on(&what, step, async || {
            let noticed = seen(world, account, shipment).await;
            (states(&noticed) == wanted).then_some(noticed)
        })
        .await
}

/// Waits until everything that was told so far was looked at for e-mails: up to a change of a number
/// that nobody waits for, since PostgreSQL numbers changes after their commit.
async fn followed(world: &World) {
    static LAST: AtomicU32 = AtomicU32::new(0);
    let number = format!("LAST{}", LAST.fetch_add(1, Ordering::Relaxed));
    world.track(&number, None).await;
    world
        .webhook(&number, "23", "2024-05-07T18:00:00+07:00")
        .await;
    let (_, last) = newest(&world.hub, &number).await;
    let store = world.hub.store();
    let step = Duration::from_secs(10);
    world
        .moving_on("the feed to be followed", step, async || {
            let changes = store.changes(&[], 10_000).await.unwrap();
            let is_last = |change: &Change| change.subject() == Subject::Shipment(last);
            let (at, _) = changes.iter().find(|(_, change)| is_last(change))?;
            let cursor = store.mail_cursor().await.unwrap();
            let is_behind =
                |held: &FeedPosition| held.shard == at.shard && held.number >= at.number;
            cursor.iter().any(is_behind).then_some(())
        })
        .await;
}

async fn out(world: &World, minute: u8) {
    let at = format!("2024-05-07T18:{minute:02}:00+07:00");
    world.webhook("VD0000001", "25", &at).await;
}

async fn delivered(world: &World, minute: u8) {
    let at = format!("2024-05-07T18:{minute:02}:00+07:00");
    world.webhook("VD0000001", "30", &at).await;
}
