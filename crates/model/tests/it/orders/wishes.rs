//! Random commands: what anybody may ask for, sensible or not.

use super::world::{ACCOUNT, World, cod, money, party};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use trackway_model::Milestone;
use trackway_model::orders::{
    Body, Command, Condition, FULFILMENT, Fulfilment, FulfilmentState, INBOUND, Inbound,
    InboundState, InboundType, Kind, Machine, Movement, NewFulfilment, NewInbound, NewReturn,
    ORDER, Order, OrderState, RETURN, Record, RecordId, RecordQuery, Return, ReturnReason,
    ReturnState, Sort, State, StockKey, Who,
};

/// A command, before it is known what there is: which of the records is said by an index.
#[derive(Clone, Debug)]
pub enum Wish {
    Count(bool, Movement, i64),
    Place(Vec<(u8, i64)>, bool, i64, bool),
    Approve(Index),
    Cancel(Index, Who),
    Close(Index),
    MoveOrder(Index, OrderState, Who),
    Fulfil(Index, Vec<(u32, i64)>, bool),
    CancelFulfilment(Index, Who),
    MoveFulfilment(Index, FulfilmentState, Who, bool),
    /// A move that the tables have from where the record stands.
    Step(Kind, Index, Index),
    Tell(Index, Milestone),
    Announce(Vec<(bool, i64)>),
    CancelInbound(Index),
    MoveInbound(Index, InboundState, Vec<Condition>),
    Ask(Index, Vec<(u32, i64)>),
    CancelReturn(Index),
    MoveReturn(Index, ReturnState, Who, Vec<Condition>, bool),
}

const STEPPING: &[Kind] = &[
    Kind::Fulfilment,
    Kind::Fulfilment,
    Kind::Inbound,
    Kind::Return,
];

fn a_who() -> impl Strategy<Value = Who> {
    select(Who::ALL)
}

/// The moves of an order that somebody says, and not its shipments.
fn by_hand() -> Vec<(OrderState, Who)> {
    let all = ORDER.moves.iter();
    let all = all.flat_map(|it| it.who.iter().map(|who| (it.to, *who)));
    all.filter(|(_, who)| *who != Who::System).collect()
}

fn an_index() -> impl Strategy<Value = Index> {
    any::<Index>()
}

/// Mostly few, sometimes nonsense.
fn a_quantity() -> impl Strategy<Value = i64> {
    prop_oneof![12 => 1_i64..5, 1 => select(vec![0, -2, 30, 1_000_000_000_000])]
}

fn conditions() -> impl Strategy<Value = Vec<Condition>> {
    let one =
        (1_u32..4, 0_i64..4, 0_i64..3, 0_i64..3).prop_map(|(line, received, damaged, lost)| {
            Condition {
                line,
                received,
                damaged: [damaged, 0, 0],
                lost,
            }
        });
    prop::collection::vec(one, 0..3)
}

pub fn a_wish() -> impl Strategy<Value = Wish> {
    let lines = || prop::collection::vec((1_u32..4, a_quantity()), 0..3);
    prop_oneof![
        3 => (any::<bool>(), select(Movement::ALL), a_quantity())
            .prop_map(|(tea, movement, quantity)| Wish::Count(tea, movement, quantity)),
        6 => (prop::collection::vec((0_u8..4, a_quantity()), 1..3), any::<bool>(), 0_i64..40_000, any::<bool>())
            .prop_map(|(lines, approve, cash, fleet)| Wish::Place(lines, approve, cash, fleet)),
        2 => an_index().prop_map(Wish::Approve),
        1 => (an_index(), a_who()).prop_map(|(at, who)| Wish::Cancel(at, who)),
        1 => an_index().prop_map(Wish::Close),
        2 => (an_index(), select(by_hand()))
            .prop_map(|(at, (to, who))| Wish::MoveOrder(at, to, who)),
        2 => (an_index(), select(OrderState::ALL), a_who())
            .prop_map(|(at, to, who)| Wish::MoveOrder(at, to, who)),
        6 => (an_index(), lines(), any::<bool>())
            .prop_map(|(at, lines, waybill)| Wish::Fulfil(at, lines, waybill)),
        1 => (an_index(), a_who()).prop_map(|(at, who)| Wish::CancelFulfilment(at, who)),
        10 => (an_index(), select(FulfilmentState::ALL), a_who(), any::<bool>())
            .prop_map(|(at, to, who, waybill)| Wish::MoveFulfilment(at, to, who, waybill)),
        14 => (select(STEPPING), an_index(), an_index())
            .prop_map(|(kind, at, which)| Wish::Step(kind, at, which)),
        8 => (an_index(), select(Milestone::ALL)).prop_map(|(at, told)| Wish::Tell(at, told)),
        2 => prop::collection::vec((any::<bool>(), a_quantity()), 1..3).prop_map(Wish::Announce),
        1 => an_index().prop_map(Wish::CancelInbound),
        5 => (an_index(), select(InboundState::ALL), conditions())
            .prop_map(|(at, to, found)| Wish::MoveInbound(at, to, found)),
        3 => (an_index(), lines()).prop_map(|(at, lines)| Wish::Ask(at, lines)),
        1 => an_index().prop_map(Wish::CancelReturn),
        6 => (an_index(), select(ReturnState::ALL), a_who(), conditions(), any::<bool>())
            .prop_map(|(at, to, who, found, waybill)| {
                Wish::MoveReturn(at, to, who, found, waybill)
            }),
    ]
}

fn all(world: &World, kind: Kind) -> Vec<Record> {
    let query = RecordQuery {
        limit: u32::MAX,
        sort: Sort::OldestFirst,
        ..RecordQuery::of(kind)
    };
    world.ledger.query(ACCOUNT, &query).records
}

macro_rules! bodies {
    ($name:ident $kind:ident($body:ty)) => {
        pub fn $name(world: &World) -> Vec<(RecordId, $body)> {
            let all = all(world, Kind::$kind).into_iter();
            all.map(|record| match record.body {
                Body::$kind(body) => (record.id, *body),
                other => panic!("{other:?}"),
            })
            .collect()
        }
    };
}

bodies! { orders Order(Order) }
bodies! { fulfilments Fulfilment(Fulfilment) }
bodies! { inbounds Inbound(Inbound) }
bodies! { returns Return(Return) }

/// The record meant, or one that there is not.
fn pick(world: &World, kind: Kind, at: Index) -> RecordId {
    let all = all(world, kind);
    if all.is_empty() {
        return RecordId(4_000);
    }
    at.get(&all).id
}

pub fn command(world: &World, wish: &Wish) -> Command {
    let number = |is: bool| is.then(|| format!("N{}", world.now));
    match wish {
        Wish::Count(tea, movement, quantity) => Command::Stock {
            key: StockKey {
                item: if *tea { world.tea } else { world.cup },
                warehouse: world.warehouse,
            },
            movement: *movement,
            quantity: *quantity,
        },
        Wish::Place(lines, approve, cash, fleet) => {
            let skus = ["tea", "cup", "set", "coffee"];
            let lines: Vec<_> = lines
                .iter()
                .map(|(sku, quantity)| (skus[usize::from(*sku)], *quantity))
                .collect();
            let mut new = if *fleet {
                world.asked_by_fleet(&lines)
            } else {
                world.asked(&lines)
            };
            new.approve = *approve;
            new.payments = vec![cod(*cash)];
            Command::PlaceOrder(Box::new(new))
        }
        Wish::Approve(at) => Command::ApproveOrder {
            order: pick(world, Kind::Order, *at),
        },
        Wish::Cancel(at, who) => Command::CancelOrder {
            order: pick(world, Kind::Order, *at),
            reason: None,
            who: *who,
        },
        Wish::Close(at) => Command::CloseOrder {
            order: pick(world, Kind::Order, *at),
        },
        Wish::MoveOrder(at, to, who) => Command::MoveOrder {
            order: pick(world, Kind::Order, *at),
            to: *to,
            who: *who,
        },
        Wish::Fulfil(at, lines, waybill) => Command::CreateFulfilment(Box::new(NewFulfilment {
            order: pick(world, Kind::Order, *at),
            lines: lines.clone(),
            waybills: number(*waybill).into_iter().collect(),
            ..NewFulfilment::default()
        })),
        Wish::CancelFulfilment(at, who) => Command::CancelFulfilment {
            fulfilment: pick(world, Kind::Fulfilment, *at),
            reason: None,
            who: *who,
        },
        Wish::MoveFulfilment(at, to, who, waybill) => Command::MoveFulfilment {
            fulfilment: pick(world, Kind::Fulfilment, *at),
            to: *to,
            who: *who,
            waybill: number(*waybill),
            weighed: None,
        },
        Wish::Step(kind, at, which) => step(world, *kind, *at, *which),
        Wish::Tell(at, milestone) => told(world, *at, *milestone),
        Wish::Announce(lines) => Command::AnnounceInbound(Box::new(announced(world, lines))),
        Wish::CancelInbound(at) => Command::CancelInbound {
            inbound: pick(world, Kind::Inbound, *at),
            reason: None,
        },
        Wish::MoveInbound(at, to, conditions) => Command::MoveInbound {
            inbound: pick(world, Kind::Inbound, *at),
            to: *to,
            conditions: conditions.clone(),
        },
        Wish::Ask(at, lines) => Command::RequestReturn(Box::new(NewReturn {
            order: pick(world, Kind::Order, *at),
            warehouse: world.warehouse,
            reason_type: ReturnReason::Other,
            reason: String::new(),
            pickup: Some(party("The buyer")),
            customer: None,
            lines: lines
                .iter()
                .map(|(line, quantity)| (*line, *quantity, money(1)))
                .collect(),
            courier: Some(world.courier),
            courier_link: None,
            service: None,
            extra: serde_json::Map::new(),
        })),
        Wish::CancelReturn(at) => Command::CancelReturn {
            return_: pick(world, Kind::Return, *at),
            reason: None,
        },
        Wish::MoveReturn(at, to, who, conditions, waybill) => Command::MoveReturn {
            return_: pick(world, Kind::Return, *at),
            to: *to,
            who: *who,
            conditions: conditions.clone(),
            waybill: number(*waybill),
        },
    }
}

/// One of the first moves from a state, which are the usual ones, and somebody who may make it.
fn next<S: State>(machine: &Machine<S>, state: S, which: Index) -> Option<(S, Who)> {
    let moves = machine.moves.iter();
    let moves = moves.filter(|it| it.from.contains(&state)).take(5);
    let all: Vec<_> = moves.map(|it| (it.to, it.who[0])).collect();
    (!all.is_empty()).then(|| *which.get(&all))
}

/// A record's next move; all of what was announced comes in well.
fn step(world: &World, kind: Kind, at: Index, which: Index) -> Command {
    let id = pick(world, kind, at);
    let well = |line, received| Condition {
        line,
        received,
        ..Condition::default()
    };
    match world.ledger.record(ACCOUNT, kind, id).map(|it| &it.body) {
        Some(Body::Inbound(it)) => {
            let (to, _) = next(&INBOUND, it.state, which).unwrap_or((it.state, Who::System));
            let lines = it.lines.iter().filter(|_| to == InboundState::Completed);
            Command::MoveInbound {
                inbound: id,
                to,
                conditions: lines.map(|line| well(line.id, line.quantity)).collect(),
            }
        }
        Some(Body::Return(it)) => {
            let (to, who) = next(&RETURN, it.state, which).unwrap_or((it.state, Who::System));
            let lines = it.lines.iter().filter(|_| to == ReturnState::Completed);
            Command::MoveReturn {
                return_: id,
                to,
                who,
                conditions: lines.map(|line| well(line.id, line.quantity)).collect(),
                waybill: None,
            }
        }
        Some(Body::Fulfilment(it)) => {
            let (to, who) = next(&FULFILMENT, it.state, which).unwrap_or((it.state, Who::System));
            Command::MoveFulfilment {
                fulfilment: id,
                to,
                who,
                waybill: None,
                weighed: None,
            }
        }
        _ => Command::ApproveOrder { order: id },
    }
}

fn announced(world: &World, lines: &[(bool, i64)]) -> NewInbound {
    let lines = lines.iter();
    NewInbound {
        inbound_type: InboundType::PurchaseOrder,
        warehouse: world.warehouse,
        vendor: None,
        reference: None,
        note: String::new(),
        parcels: 1,
        additional_services: vec![],
        priority: false,
        documents: vec![],
        lines: lines
            .map(|(tea, quantity)| {
                let sku = if *tea { "tea" } else { "cup" };
                (sku.to_owned(), *quantity, money(1), String::new())
            })
            .collect(),
        estimated_delivery: None,
        extra: serde_json::Map::new(),
    }
}

fn told(world: &World, at: Index, milestone: Milestone) -> Command {
    let parcels = fulfilments(world)
        .into_iter()
        .flat_map(|(_, it)| it.parcels);
    let back = returns(world).into_iter().filter_map(|(_, it)| it.parcel);
    let all: Vec<_> = parcels.chain(back).collect();
    let (carrier, number) = if all.is_empty() {
        ("fastgo".to_owned(), "NOBODYS".to_owned())
    } else {
        let parcel = at.get(&all);
        (parcel.carrier.clone(), parcel.waybill.clone())
    };
    Command::ParcelTold {
        carrier,
        number,
        milestone,
        at: world.now,
    }
}
