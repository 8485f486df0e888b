//! Messages to subscribers that answer in bad faith: what is recorded, and that nobody else waits
//! and nothing is lost.

use super::{Gang, LONGEST};
use crate::delivering::tell;
use crate::on_both_stores;
use crate::world::{LIMIT, World};
use std::collections::BTreeMap;
use std::time::Duration;
use trackway_hub::HubConfig;
use trackway_model::EndpointId;
use trackway_store::records::{Attempt, Outcome};
use trackway_testkit::{Hostile, Receiver, Trick, eventually};

on_both_stores!(
    standard_webhooks_are_judged_by_their_status,
    updates_of_247express_are_judged_by_their_words,
    endpoints_that_hang_delay_nobody,
);

const TOLD: &str = "2024-05-07T10:00:00+07:00";

/// How an attempt ended, without its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Accepted,
    CallFailed,
    PartnerError,
}

/// An attempt: how it ended, and the HTTP status.
type Record = (Kind, u16);

/// What a trick's answer is to Standard Webhooks: its status is the acknowledgement.
const fn native(trick: Trick) -> Record {
    match trick {
        Trick::ResetInBody
        | Trick::BadChunk
        | Trick::LongLength
        | Trick::DripBody
        | Trick::EndlessBody
        | Trick::EndlessLength
        | Trick::HugeChunk
        | Trick::GzipBomb
        | Trick::DeflateBomb
        | Trick::BrotliBomb
        | Trick::Http10
        | Trick::ShortLength
        | Trick::GoodStatusBadBody
        | Trick::EmptyOk
        | Trick::WrongCharset
        | Trick::LoginPage
        | Trick::DeepBody
        | Trick::TlsGood => (Kind::Accepted, 200),
        Trick::NoContent => (Kind::Accepted, 204),
        Trick::Switch => (Kind::CallFailed, 101),
        Trick::ToMetadata => (Kind::CallFailed, 302),
        Trick::ToMetadataKeepingTheBody => (Kind::CallFailed, 307),
        Trick::BadStatusGoodBody => (Kind::CallFailed, 500),
        Trick::NeverAgain => (Kind::CallFailed, 503),
        Trick::ResetAtOnce
        | Trick::ResetAfterRequest
        | Trick::ResetInHead
        | Trick::HangUp
        | Trick::Silence
        | Trick::EndlessHead
        | Trick::EndlessStatusLine
        | Trick::ThousandHeaders
        | Trick::DripHead
        | Trick::EndlessHints
        | Trick::Garbage
        | Trick::NoStatus
        | Trick::BrokenHeader
        | Trick::TwoLengths
        | Trick::TlsExpired
        | Trick::TlsNotYet
        | Trick::TlsSelfSigned
        | Trick::TlsWrongName
        | Trick::TlsGarbage
        | Trick::TlsPlainHttp
        | Trick::TlsSilence
        | Trick::TlsHangUp => (Kind::CallFailed, 0),
    }
}

/// What it is to 247Express: `IsError` must be false in a 200, and readable.
const fn express247(trick: Trick) -> Record {
    match (trick, native(trick)) {
        (Trick::Http10 | Trick::ShortLength | Trick::TlsGood, record) => record,
        (Trick::GoodStatusBadBody, (_, status)) => (Kind::PartnerError, status),
        (_, (_, status)) => (Kind::CallFailed, status),
    }
}

fn record(attempt: &Attempt) -> Record {
    let kind = match attempt.outcome {
        Outcome::Accepted => Kind::Accepted,
        Outcome::CallFailed { .. } => Kind::CallFailed,
        Outcome::PartnerError { .. } => Kind::PartnerError,
    };
    (kind, attempt.status)
}

/// A world whose endpoints, of one dialect, are these, in their order.
async fn world_of(
    world: World,
    gang: &Gang,
    dialect: &str,
    longest: Duration,
) -> (World, Vec<EndpointId>) {
    let config = HubConfig {
        outbound: gang.reach(longest),
        ..HubConfig::default()
    };
    let world = world.reopened_with(config).await;
    for hostile in &gang.members {
        world.endpoint(dialect, hostile.url("/hook"), &[]).await;
    }
    let endpoints = world.hub.endpoints(None).await.unwrap();
    (
        world,
        endpoints.iter().map(|endpoint| endpoint.id).collect(),
    )
}

/// The first attempt at each endpoint, once there is one.
async fn first_attempts(world: &World, endpoints: &[EndpointId]) -> BTreeMap<EndpointId, Attempt> {
    let account = world.hub.account(None).await.unwrap().id;
    let what = format!("an attempt at each of {} endpoints", endpoints.len());
    eventually(what, 2 * LIMIT, async || {
        let attempts = world
            .hub
            .store()
            .attempts(account, 0, i64::MAX)
            .await
            .unwrap();
        let mut first = BTreeMap::new();
        for attempt in attempts {
            first.entry(attempt.endpoint).or_insert(attempt);
        }
        (first.len() == endpoints.len()).then_some(first)
    })
    .await
    .unwrap()
}

async fn are_judged(world: World, dialect: &str, judged: fn(Trick) -> Record) {
    let gang = Gang::all().await;
    let (world, endpoints) = world_of(world, &gang, dialect, LONGEST).await;
    world.hub.start();
    tell(&world, "P1", "in_transit", TOLD).await;
    let attempts = first_attempts(&world, &endpoints).await;
    let mut wrong = Vec::new();
    for (hostile, id) in gang.members.iter().zip(&endpoints) {
        let attempt = &attempts[id];
        let trick = hostile.trick();
        if record(attempt) != judged(trick) {
            wrong.push(format!("{trick:?}: {attempt:?}"));
        }
        assert!(
            attempt.answer.len() <= 2_000,
            "{trick:?}: {}",
            attempt.answer
        );
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    // The clock stands: nobody is asked twice, however badly he answered.
    assert!(gang.members.iter().all(|hostile| hostile.asked() <= 1));
    // Whoever did not accept is told as soon as he is well, and nobody else is told again.
    for hostile in &gang.members {
        hostile.heal();
    }
    let missed = |hostile: &&Hostile| judged(hostile.trick()).0 != Kind::Accepted;
    world
        .moving_on(
            "what was missed to arrive",
            Duration::from_mins(30),
            async || {
                gang.members
                    .iter()
                    .filter(missed)
                    .all(|hostile| !hostile.heard().is_empty())
                    .then_some(())
            },
        )
        .await;
    for hostile in &gang.members {
        let heard = hostile.heard();
        let told = usize::from(missed(&hostile));
        assert_eq!(heard.len(), told, "{:?}", hostile.trick());
        for message in heard {
            let told = message.json().unwrap();
            assert!(told.to_string().contains("P1"), "{told}");
        }
    }
    world.hub.stop().await.unwrap();
}

async fn standard_webhooks_are_judged_by_their_status(world: World) {
    are_judged(world, "native", native).await;
}

async fn updates_of_247express_are_judged_by_their_words(world: World) {
    are_judged(world, "247express", express247).await;
}

async fn endpoints_that_hang_delay_nobody(world: World) {
    let endless = |trick: &Trick| native(*trick).1 == 0 && trick.is_endless();
    // Those that are bounded by bytes come to their end at once.
    let hanging = Trick::ALL
        .iter()
        .copied()
        .filter(endless)
        .filter(|trick| !matches!(trick, Trick::EndlessHead | Trick::EndlessStatusLine));
    let gang = Gang::of(hanging).await;
    let forever = Duration::from_hours(1);
    let (world, _) = world_of(world, &gang, "native", forever).await;
    let well = Receiver::start().await.unwrap();
    world.endpoint("native", well.url("/hook"), &[]).await;
    world.hub.start();
    for number in 0..10 {
        tell(&world, &format!("P{number}"), "in_transit", TOLD).await;
    }
    well.wait_for(10, LIMIT).await.unwrap();
    for hostile in &gang.members {
        let trick = hostile.trick();
        eventually(format!("{trick:?} to hang"), LIMIT, async || {
            (hostile.open() > 0).then_some(())
        })
        .await
        .unwrap();
    }
    // They hang still, and what comes now is told all the same.
    tell(&world, "P10", "in_transit", TOLD).await;
    well.wait_for(11, LIMIT).await.unwrap();
    assert!(gang.members.iter().all(|hostile| hostile.open() > 0));
    assert_eq!(well.received().len(), 11);
}
