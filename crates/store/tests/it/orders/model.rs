//! Random commands: the store does what the rules' own ledger does, which keeps all of it in memory.

use super::world::*;
use crate::copy::runner;
use crate::engines::{Engine, contract};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use trackway_model::orders::{
    Command, Kind, Ledger, Level, Movement, NewFulfilment, Outcome, Record, RecordId, RecordQuery,
    Refusal, Sort, Who,
};

contract!(random_commands_come_to_what_the_ledger_says);

#[derive(Clone, Debug)]
enum Step {
    Order(bool, i64, u8),
    CancelOrder(usize),
    Fulfil(usize, u8),
    CancelFulfilment(usize),
    Told(u8, usize),
    Count(bool, Movement, i64),
}

const TOLD: [&str; 5] = ["accepted", "in_transit", "delivered", "returned", "lost"];

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let counted = proptest::sample::select(vec![
        Movement::Found,
        Movement::Missing,
        Movement::Spoil,
        Movement::Discard,
    ]);
    let step = prop_oneof![
        4 => (any::<bool>(), -1..6_i64, 0..12_u8).prop_map(|(a, b, c)| Step::Order(a, b, c)),
        2 => (0..40_usize).prop_map(Step::CancelOrder),
        3 => (0..40_usize, 0..12_u8).prop_map(|(a, b)| Step::Fulfil(a, b)),
        1 => (0..20_usize).prop_map(Step::CancelFulfilment),
        4 => (0..12_u8, 0..TOLD.len()).prop_map(|(a, b)| Step::Told(a, b)),
        2 => (any::<bool>(), counted, 0..9_i64).prop_map(|(a, b, c)| Step::Count(a, b, c)),
    ];
    proptest::collection::vec(step, 30..120)
}

/// What commands name, as one of the two knows it.
struct Side {
    world: World,
    orders: Vec<RecordId>,
    fulfilments: Vec<RecordId>,
}

impl Side {
    fn command(&self, step: &Step) -> Option<Command> {
        let Self { world, .. } = self;
        let sku = |tea: bool| if tea { "TEA" } else { "CUP" };
        Some(match step {
            Step::Order(tea, quantity, number) => {
                let number = format!("PO-{number}");
                let number = (*quantity != 3).then_some(number.as_str());
                world.order(sku(*tea), *quantity, number)
            }
            Step::CancelOrder(at) => Command::CancelOrder {
                order: *self.orders.get(*at)?,
                reason: None,
                who: Who::Merchant,
            },
            Step::Fulfil(at, number) => Command::CreateFulfilment(Box::new(NewFulfilment {
                order: *self.orders.get(*at)?,
                waybills: vec![format!("FG{number}")],
                ..NewFulfilment::default()
            })),
            Step::CancelFulfilment(at) => Command::CancelFulfilment {
                fulfilment: *self.fulfilments.get(*at)?,
                reason: None,
                who: Who::Merchant,
            },
            Step::Told(number, at) => Command::ParcelTold {
                carrier: POST.to_owned(),
                number: format!("FG{number}"),
                milestone: crate::fixtures::milestone(TOLD[*at]),
                at: world.tick(),
            },
            Step::Count(tea, movement, quantity) => Command::Stock {
                key: world.key(if *tea { world.tea } else { world.cup }),
                movement: *movement,
                quantity: *quantity,
            },
        })
    }

    fn note(&mut self, step: &Step, outcome: &Outcome) {
        let subject = outcome.record.as_ref().map(|record| record.id);
        match step {
            Step::Order(..) => self.orders.extend(subject),
            Step::Fulfil(..) => self.fulfilments.extend(subject),
            _ => {}
        }
    }
}

/// The same merchant in the ledger.
fn twin(world: &World, ledger: &mut Ledger, made: &[Record]) -> World {
    let mut put = |id: RecordId| {
        let record = made.iter().find(|record| record.id == id).unwrap();
        let command = new(record.body.clone());
        let carried = ledger.carry_out(world.account, 7, world.tick(), &command);
        carried.unwrap().outcome.record.unwrap().id
    };
    World {
        store: world.store.clone(),
        account: world.account,
        connections: vec![],
        now: world.tick().into(),
        shop: put(world.shop),
        warehouse: put(world.warehouse),
        courier: put(world.courier),
        tea: put(world.tea),
        cup: put(world.cup),
    }
}

/// What of an answer does not depend on how records are numbered.
fn gist(answer: Result<&Outcome, &Refusal>) -> Result<Option<(Kind, u16, u32)>, String> {
    let told = |record: &Record| (record.kind(), record.status(), record.version);
    match answer {
        Ok(outcome) => Ok(outcome.record.as_ref().map(told)),
        Err(refusal) => Err(format!("{:?}", std::mem::discriminant(refusal))),
    }
}

async fn random_commands_come_to_what_the_ledger_says(engine: Engine) {
    let world = World::new(engine.open().await).await;
    let mut made = Vec::new();
    for (kind, id) in [
        (Kind::Shop, world.shop),
        (Kind::PickupAddress, world.warehouse),
        (Kind::Courier, world.courier),
        (Kind::Item, world.tea),
        (Kind::Item, world.cup),
    ] {
        made.push(world.record(kind, id).await);
    }
    let mut ledger = Ledger::default();
    let twin = twin(&world, &mut ledger, &made);
    let side = |world| Side {
        world,
        orders: vec![],
        fulfilments: vec![],
    };
    let (mut here, mut there) = (side(world), side(twin));
    let steps = steps().new_tree(&mut runner()).unwrap().current();
    let more = steps.iter().cycle().take(240);
    for step in more {
        let (Some(command), Some(same)) = (here.command(step), there.command(step)) else {
            continue;
        };
        let answer = here.world.carry(command).await;
        let now = there.world.tick();
        let wanted = ledger.carry_out(there.world.account, 7, now, &same);
        let wanted = wanted.map(|carried| carried.outcome);
        assert_eq!(gist(answer.as_ref()), gist(wanted.as_ref()), "{step:?}");
        if let (Ok(outcome), Ok(other)) = (&answer, &wanted) {
            here.note(step, outcome);
            there.note(step, other);
        }
    }
    assert!(here.fulfilments.len() > 3, "{}", here.fulfilments.len());
    for kind in [Kind::Order, Kind::Fulfilment] {
        let query = RecordQuery {
            sort: Sort::OldestFirst,
            limit: 1_000,
            ..RecordQuery::of(kind)
        };
        let told = |records: &[Record]| -> Vec<(u16, u32)> {
            let of = |record: &Record| (record.status(), record.version);
            records.iter().map(of).collect()
        };
        let page = here.world.store.records(here.world.account, &query).await;
        let page = page.unwrap();
        let wanted = ledger.query(there.world.account, &query);
        assert_eq!(told(&page.records), told(&wanted.records), "{kind}");
        assert_eq!(page.total, wanted.total);
    }
    let level = |world: &World, item| -> Level { ledger.level(world.account, world.key(item)) };
    let (ours, theirs) = (&here.world, &there.world);
    assert_eq!(ours.level(ours.tea).await, level(theirs, theirs.tea));
    assert_eq!(ours.level(ours.cup).await, level(theirs, theirs.cup));
    assert_balanced(&ours.store).await;
}
