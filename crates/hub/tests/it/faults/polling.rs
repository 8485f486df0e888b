//! Upstreams that answer in bad faith: what is made of it, and that no other one waits and no number
//! is forgotten.

use super::{Gang, LONGEST};
use crate::on_both_stores;
use crate::world::{JOURNEY, LIMIT, World, texts, tracking_answer, upstream_247};
use futures::future::join_all;
use std::time::Duration;
use trackway_hub::{HubConfig, NewConnection};
use trackway_model::ConnectionId;
use trackway_testkit::{Trick, eventually};

on_both_stores!(
    no_answer_in_bad_faith_loses_a_number,
    upstreams_that_hang_delay_nobody,
);

/// What a connection's test says of a trick: what is wrong, and the status where one came.
const fn found(trick: Trick) -> (&'static str, Option<u16>) {
    match trick {
        Trick::BrotliBomb
        | Trick::GzipBomb
        | Trick::DeflateBomb
        | Trick::Http10
        | Trick::ShortLength
        | Trick::EmptyOk
        | Trick::WrongCharset
        | Trick::LoginPage
        | Trick::DeepBody
        | Trick::TlsGood => ("shape", Some(200)),
        Trick::NoContent => ("shape", Some(204)),
        // The code that its system documents for a fault of its own.
        Trick::GoodStatusBadBody => ("fault", Some(200)),
        Trick::Switch => ("fault", Some(101)),
        Trick::ToMetadata => ("fault", Some(302)),
        Trick::ToMetadataKeepingTheBody => ("fault", Some(307)),
        Trick::BadStatusGoodBody => ("fault", Some(500)),
        Trick::NeverAgain => ("fault", Some(503)),
        _ => ("fault", None),
    }
}

async fn world_of(world: World, gang: &Gang, longest: Duration) -> (World, Vec<ConnectionId>) {
    let config = HubConfig {
        outbound: gang.reach(longest),
        ..HubConfig::default()
    };
    let world = world.reopened_with(config).await;
    let mut made = Vec::new();
    for hostile in &gang.members {
        let new = NewConnection {
            dialect: "247express".to_owned(),
            base_url: hostile.url(""),
            name: Some(format!("{:?}", hostile.trick())),
            settings: texts(&[("apikey", "1111-2222")]),
            operator: true,
            ..NewConnection::default()
        };
        made.push(world.hub.connect(new).await.unwrap().id);
    }
    (world, made)
}

async fn no_answer_in_bad_faith_loses_a_number(world: World) {
    let gang = Gang::all().await;
    let (world, connections) = world_of(world, &gang, LONGEST).await;
    let tests = connections
        .iter()
        .map(|id| world.hub.test_connection(None, *id, None, None));
    let mut wrong = Vec::new();
    for (hostile, told) in gang.members.iter().zip(join_all(tests).await) {
        let told = told.unwrap();
        if (told.outcome, told.status) != found(hostile.trick()) {
            wrong.push(format!("{:?}: {told:?}", hostile.trick()));
        }
        assert!(!told.works && told.statements == 0, "{told:?}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");

    let number = |nth: usize| format!("VD{nth:07}");
    for (nth, hostile) in gang.members.iter().enumerate() {
        let connection = format!("{:?}", hostile.trick());
        world.track(&number(nth), Some(&connection)).await;
    }
    world.hub.start();
    for hostile in &gang.members {
        let what = format!("{:?} to be asked", hostile.trick());
        // Once by the test above.
        let asked = eventually(what, 2 * LIMIT, async || (hostile.met() > 1).then_some(()));
        asked.await.unwrap();
    }
    for (nth, hostile) in gang.members.iter().enumerate() {
        assert!(
            world
                .shown(&number(nth))
                .await
                .is_none_or(|shown| shown.events.is_empty())
        );
        let answer = tracking_answer(&number(nth), JOURNEY).to_string();
        hostile.heal_with(move |_| answer.clone());
    }
    for nth in 0..gang.members.len() {
        let what = format!("{:?} to be heard at last", gang.members[nth].trick());
        world
            .moving_on(&what, Duration::from_mins(10), async || {
                let shown = world.shown(&number(nth)).await?;
                (shown.events.len() == JOURNEY.len()).then_some(())
            })
            .await;
    }
    world.hub.stop().await.unwrap();
}

async fn upstreams_that_hang_delay_nobody(world: World) {
    let gang = Gang::of([
        Trick::Silence,
        Trick::DripHead,
        Trick::DripBody,
        Trick::EndlessHints,
        Trick::TlsSilence,
    ])
    .await;
    let (world, _) = world_of(world, &gang, Duration::from_hours(1)).await;
    let well = upstream_247(JOURNEY).await;
    world.connect_247(&well).await;
    world.hub.start();
    for hostile in &gang.members {
        for nth in 0..20 {
            let trick = format!("{:?}", hostile.trick());
            world.track(&format!("{trick}{nth}"), Some(&trick)).await;
        }
    }
    for hostile in &gang.members {
        let what = format!("{:?} to hang", hostile.trick());
        let hangs = eventually(what, LIMIT, async || (hostile.open() > 0).then_some(()));
        hangs.await.unwrap();
    }
    world.track("VD0000099", Some("247express")).await;
    world.until_milestone("VD0000099", "pending_handling").await;
    // The clock stands, and so does what hangs, of which a few calls are made and no more.
    assert!(gang.members.iter().all(|hostile| hostile.open() > 0));
    assert!(gang.members.iter().all(|hostile| hostile.met() <= 8));
}
