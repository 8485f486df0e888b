//! What the tests do to a store, and a plain look at all that came of it.

use crate::fixtures::*;
use proptest::prelude::any;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use trackway_model::intake::Intake;
use trackway_model::{AccountId, Milestone, Stage, TrackId};
use trackway_store::Store;
use trackway_store::records::{NewRegistration, Remapping};
use trackway_store::search::{self, Bounds, ShipmentQuery, ShipmentRow, Total};

pub const CARRIERS: [&str; 3] = [CARRIER, "ghn", "x-two:odd"];
pub const NAMES: [&str; 7] = [
    "accepted",
    "in_transit",
    "out_for_delivery",
    "attempt_failed",
    "delivered",
    "returned",
    "no such milestone",
];
const NUMBERS: u8 = 60;

/// What the tests told a store, beside what its tracks say.
#[derive(Default)]
pub struct World {
    pub accounts: Vec<AccountId>,
    pub registered: BTreeMap<TrackId, i64>,
    pub references: BTreeMap<TrackId, BTreeSet<String>>,
    pub dialects: BTreeSet<(TrackId, String)>,
    /// Hours since the start.
    pub now: i64,
}

#[derive(Clone, Debug)]
pub enum Act {
    Tell {
        who: usize,
        number: u8,
        carrier: usize,
        name: usize,
        hour: i64,
    },
    Register {
        who: usize,
        number: u8,
        carrier: usize,
        dialect: bool,
        amend: bool,
        references: Vec<u8>,
    },
    Erase {
        who: usize,
        number: u8,
    },
    Remap {
        who: usize,
        number: u8,
        milestone: usize,
    },
}

pub fn acts() -> impl Strategy<Value = Vec<Act>> {
    let place = || (0_usize..2, 0..NUMBERS, 0_usize..3);
    // The last hours come months later: the number is used again.
    let hour = proptest::prop_oneof![4 => 0_i64..300, 1 => 2_200_i64..2_300];
    let tell =
        (place(), 0_usize..NAMES.len(), hour).prop_map(|((who, number, carrier), name, hour)| {
            Act::Tell {
                who,
                number,
                carrier,
                name,
                hour,
            }
        });
    let references = proptest::collection::vec(0_u8..40, 0..3);
    let register = (place(), any::<bool>(), any::<bool>(), references).prop_map(
        |((who, number, carrier), dialect, amend, references)| Act::Register {
            who,
            number,
            carrier,
            dialect,
            amend,
            references,
        },
    );
    let erase = (0_usize..2, 0..NUMBERS).prop_map(|(who, number)| Act::Erase { who, number });
    let remap =
        (0_usize..2, 0..NUMBERS, 0_usize..6).prop_map(|(who, number, milestone)| Act::Remap {
            who,
            number,
            milestone,
        });
    let act = proptest::prop_oneof![12 => tell, 6 => register, 1 => erase, 1 => remap];
    proptest::collection::vec(act, 120..160)
}

pub fn queries() -> impl Strategy<Value = Vec<ShipmentQuery>> {
    let bounds = || {
        let at = proptest::option::weighted(0.3, 0_i64..2_400);
        (at.clone(), at).prop_map(|(from, before)| Bounds {
            from: from.map(|hour| START + hour * HOUR),
            before: before.map(|hour| START + hour * HOUR),
        })
    };
    let stage = proptest::option::weighted(0.3, 0_usize..Stage::ALL.len());
    let milestone = proptest::option::weighted(0.2, 0_usize..NAMES.len());
    let carrier = proptest::option::weighted(0.3, 0_usize..4);
    let number = proptest::option::weighted(
        0.3,
        proptest::sample::select(&["T", "tw", " TW0", "TW01", "TW012", "X", "ü"][..]),
    );
    let reference = proptest::option::weighted(
        0.3,
        proptest::sample::select(&["so-", "SO-1", "SO-12", "Đơn", "đơn-2", "none"][..]),
    );
    let query = (
        0_usize..3,
        stage,
        milestone,
        carrier,
        number,
        reference,
        bounds(),
        bounds(),
    );
    let query = query.prop_map(
        |(who, stage, milestone, carrier, number, reference, moved, created)| ShipmentQuery {
            account: AccountId(who as i64 + 1),
            stage: stage.map(|at| Stage::ALL[at]),
            milestone: milestone.map(|at| Milestone::parse(NAMES[at]).unwrap_or_default()),
            carrier: carrier.map(|at| CARRIERS.get(at).unwrap_or(&"none").to_string()),
            number: number.map(str::to_owned),
            reference: reference.map(str::to_owned),
            moved,
            created,
            registered: None,
        },
    );
    proptest::collection::vec(query, 60)
}

pub fn number(at: u8) -> String {
    if at == 7 {
        "Ürgent-7".to_owned()
    } else {
        format!("Tw{at:03}")
    }
}

pub fn reference(at: u8) -> String {
    if at > 30 {
        format!("đơn-{at}")
    } else {
        format!("SO-{at}")
    }
}

pub fn wish(account: AccountId, number: &str, references: &[String]) -> NewRegistration {
    NewRegistration {
        account,
        dialect: "native".to_owned(),
        carrier: CARRIER.to_owned(),
        number: number.to_owned(),
        created: START,
        data: serde_json::Value::Null,
        references: references.to_vec(),
        connections: Vec::new(),
        amend: false,
        key: None,
        clock_at: None,
    }
}

impl World {
    pub async fn new(store: &Arc<dyn Store>) -> Self {
        let mut world = Self::default();
        for name in ["default", "other", "empty"] {
            world
                .accounts
                .push(store.account(name, START).await.unwrap().id);
        }
        world
    }

    pub async fn act(&mut self, store: &Arc<dyn Store>, act: &Act) {
        self.now += 1;
        match act {
            Act::Tell {
                who,
                number: n,
                carrier,
                name,
                hour,
            } => {
                let told = Intake {
                    account: self.accounts[*who],
                    carrier: CARRIERS[*carrier].to_owned(),
                    ..news(&number(*n), NAMES[*name], *hour, self.now)
                };
                tell_one(store, told).await;
            }
            Act::Register {
                who,
                number: n,
                carrier,
                dialect,
                amend,
                references,
            } => {
                let references: Vec<String> = references.iter().map(|at| reference(*at)).collect();
                let wish = NewRegistration {
                    carrier: CARRIERS[*carrier].to_owned(),
                    dialect: if *dialect { "native" } else { "two" }.to_owned(),
                    created: START + self.now * HOUR,
                    amend: *amend,
                    ..wish(self.accounts[*who], &number(*n).to_uppercase(), &references)
                };
                self.register(store, vec![wish]).await;
            }
            Act::Erase { who, number: n } => {
                for track in store
                    .find(self.accounts[*who], None, &number(*n))
                    .await
                    .unwrap()
                {
                    store.erase(track.id).await.unwrap();
                    self.references.remove(&track.id);
                }
            }
            Act::Remap {
                who,
                number: n,
                milestone,
            } => {
                for track in store
                    .find(self.accounts[*who], None, &number(*n))
                    .await
                    .unwrap()
                {
                    let remapping = Remapping {
                        ordinal: 0,
                        milestone: Milestone::parse(NAMES[*milestone]).unwrap(),
                        reason: trackway_model::Reason::None,
                    };
                    let now = START + self.now * HOUR;
                    store.remap(track.id, vec![remapping], now).await.unwrap();
                }
            }
        }
    }

    pub async fn register(&mut self, store: &Arc<dyn Store>, wishes: Vec<NewRegistration>) {
        let made = store.register_many(wishes.clone()).await.unwrap();
        for (wish, (made, new)) in wishes.into_iter().zip(made) {
            let first = self.dialects.insert((made.track, wish.dialect.clone()));
            assert_eq!(first, new, "{wish:?}");
            if new {
                let at = self.registered.entry(made.track).or_insert(wish.created);
                *at = wish.created.min(*at);
            }
            if new || wish.amend {
                let references = self.references.entry(made.track).or_default();
                references.extend(wish.references);
            }
        }
    }

    /// Every shipment, newest first, as a list should show it.
    pub async fn all(&self, store: &Arc<dyn Store>) -> Vec<(AccountId, ShipmentRow)> {
        let mut rows = Vec::new();
        for track in store.scan(TrackId(0), 100_000).await.unwrap() {
            for state in &track.states {
                let references = self.references.get(&track.id).into_iter().flatten();
                let references: Vec<String> = references.cloned().collect();
                let registered = self.registered.get(&track.id).copied();
                rows.push((
                    track.account,
                    search::row(&track, state, registered, references),
                ));
            }
        }
        rows.sort_by_key(|(_, row)| std::cmp::Reverse(row.shipment));
        rows
    }
}

/// Written down once more, plainly.
fn matches(query: &ShipmentQuery, account: AccountId, row: &ShipmentRow) -> bool {
    let begins = |text: &str, with: &str| {
        text.trim()
            .to_uppercase()
            .starts_with(&with.trim().to_uppercase())
    };
    let within = |bounds: Bounds, at: i64| {
        at >= bounds.from.unwrap_or(i64::MIN) && bounds.before.is_none_or(|before| at < before)
    };
    account == query.account
        && query
            .stage
            .is_none_or(|stage| row.milestone.stage() == stage)
        && query
            .milestone
            .is_none_or(|milestone| row.milestone == milestone)
        && query
            .carrier
            .as_deref()
            .is_none_or(|carrier| *row.carrier == *carrier)
        && query
            .number
            .as_deref()
            .is_none_or(|with| begins(&row.number, with))
        && query
            .reference
            .as_deref()
            .is_none_or(|with| row.references.iter().any(|text| begins(text, with)))
        && within(query.moved, row.last)
        && within(query.created, row.created)
}

/// All pages of an answer, and what its first one counted.
pub async fn pages(
    store: &Arc<dyn Store>,
    query: &ShipmentQuery,
    limit: usize,
) -> (Vec<ShipmentRow>, Total) {
    let mut page = store.shipments(query, None, limit).await.unwrap();
    let total = page.total.unwrap();
    let mut rows = Vec::new();
    loop {
        assert!(page.rows.len() <= limit);
        rows.append(&mut page.rows);
        let Some(next) = page.next else {
            return (rows, total);
        };
        assert_eq!(rows.last().map(|row| row.shipment), Some(next));
        page = store.shipments(query, Some(next), limit).await.unwrap();
        assert_eq!(page.total, None);
        assert!(!page.rows.is_empty(), "a next page holds something");
    }
}

pub async fn assert_finds(store: &Arc<dyn Store>, world: &World, queries: &[ShipmentQuery]) {
    let all = world.all(store).await;
    for (at, query) in queries.iter().enumerate() {
        let wanted = all
            .iter()
            .filter(|(account, row)| matches(query, *account, row));
        let wanted: Vec<_> = wanted.map(|(_, row)| row.clone()).collect();
        // Short pages where they are few.
        let limit = [1_000, 1 + wanted.len() / 3, 1 + wanted.len() / 20][at % 3];
        let (found, total) = pages(store, query, limit).await;
        for (found, wanted) in found.iter().zip(&wanted) {
            assert_eq!(found, wanted, "{query:?}");
        }
        assert_eq!(found.len(), wanted.len(), "{query:?}");
        match total {
            Total::Exact(count) => assert_eq!(count, wanted.len() as u64, "{query:?}"),
            Total::AtLeast(count) => assert!(count <= wanted.len() as u64, "{query:?}"),
        }
    }
}

pub fn seeded() -> TestRunner {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    TestRunner::new_with_rng(Config::default(), rng)
}

pub fn some<T>(strategy: impl Strategy<Value = T>, runner: &mut TestRunner) -> T
where
    T: std::fmt::Debug,
{
    strategy.new_tree(runner).unwrap().current()
}
