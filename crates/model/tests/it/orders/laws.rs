//! The laws of order management, over random commands: whatever is asked for, and however wrong, the
//! books add up.

use super::wishes::{a_wish, command, fulfilments, inbounds, orders, returns};
use super::world::{ACCOUNT, World, money};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::collections::BTreeMap;
use trackway_model::Milestone;
use trackway_model::orders::{
    Body, Books, Command, Decimal, FULFILMENT, Fulfilment, FulfilmentState, INBOUND, InboundState,
    Kind, Level, Loaded, Machine, ORDER, Order, OrderState, RETURN, Record, RecordId, ReturnState,
    State, Stop, Want, Who, advance, decide, drives,
};

/// Every change of state is a move that somebody may make, and new records begin where they may.
fn keeps_to_the_tables(before: Option<&Record>, after: &Record) {
    fn kept<S: State + std::fmt::Debug>(machine: &Machine<S>, before: Option<S>, after: S) {
        match before {
            None => assert!(machine.first.contains(&after), "{after:?} is no beginning"),
            Some(before) if before == after => {}
            Some(before) => {
                let may = |who: &Who| machine.find(before, after, *who).is_some();
                assert!(Who::ALL.iter().any(may), "{before:?} to {after:?}");
            }
        }
    }
    let was = before.map(|record| &record.body);
    match (&after.body, was) {
        (Body::Order(it), Some(Body::Order(was))) => kept(&ORDER, Some(was.state), it.state),
        (Body::Order(it), _) => kept(&ORDER, None, it.state),
        (Body::Fulfilment(it), Some(Body::Fulfilment(was))) => {
            kept(&FULFILMENT, Some(was.state), it.state);
        }
        (Body::Fulfilment(it), _) => kept(&FULFILMENT, None, it.state),
        (Body::Inbound(it), Some(Body::Inbound(was))) => {
            kept(&INBOUND, Some(was.state), it.state);
        }
        (Body::Inbound(it), _) => kept(&INBOUND, None, it.state),
        (Body::Return(it), Some(Body::Return(was))) => kept(&RETURN, Some(was.state), it.state),
        (Body::Return(it), _) => kept(&RETURN, None, it.state),
        _ => {}
    }
}

/// What of an order's lines these fulfilments hold.
fn held<'a>(of: impl Iterator<Item = &'a Fulfilment>) -> BTreeMap<u32, i64> {
    let mut held = BTreeMap::new();
    for line in of.flat_map(|it| &it.lines) {
        *held.entry(line.line).or_insert(0) += line.quantity;
    }
    held
}

fn levels_are_the_sums_of_their_movements(world: &World) {
    for (key, sum) in world.sums() {
        let level = world.ledger.level(ACCOUNT, key);
        assert_eq!(level, sum);
        let Level {
            on_hand,
            reserved,
            incoming,
            damaged,
        } = level;
        assert!(
            [on_hand, reserved, incoming, damaged]
                .iter()
                .all(|it| *it >= 0),
            "{level:?}"
        );
        assert!(reserved <= on_hand, "{level:?}");
    }
}

fn reserved_is_what_open_orders_hold(world: &World) {
    let fulfilments = fulfilments(world);
    let mut reserved = BTreeMap::<RecordId, i64>::new();
    for (id, order) in orders(world) {
        let own = || {
            fulfilments
                .iter()
                .filter(|(_, it)| it.order == id)
                .map(|(_, it)| it)
        };
        let live = held(own().filter(|it| it.state != FulfilmentState::Cancelled));
        let shipped = held(own().filter(|it| it.shipped.is_some()));
        for line in &order.lines {
            let live = live.get(&line.id).copied().unwrap_or(0);
            let there = line.quantity - line.closed;
            assert!(live <= there, "more in shipments than is to be sent");
            if order.reserved {
                let left = there - shipped.get(&line.id).copied().unwrap_or(0);
                for part in &line.parts {
                    *reserved.entry(part.item).or_default() += left * part.quantity;
                }
            }
        }
        if ORDER.is_final(order.state) {
            assert!(!order.reserved, "{:?} and still reserved", order.state);
            assert_eq!(order.cod_to_collect(), money(0));
        }
        follows(&order, &own().collect::<Vec<_>>());
    }
    for item in [world.tea, world.cup] {
        let held = reserved.get(&item).copied().unwrap_or(0);
        assert_eq!(world.level(item).reserved, held);
    }
}

/// An order stands where its shipments put it, but for what was said of it by hand.
fn follows(order: &Order, fulfilments: &[&Fulfilment]) {
    use OrderState as O;
    let live = fulfilments
        .iter()
        .filter(|it| it.state != FulfilmentState::Cancelled);
    let live: Vec<_> = live.collect();
    let by_hand = [
        O::CancellationRequested,
        O::LabelError,
        O::ReadyToShipException,
    ];
    let Some(least) = live.iter().min_by_key(|it| advance(it.state)) else {
        return;
    };
    if by_hand.contains(&order.state) {
        return;
    }
    let all = held(live.iter().map(|it| **it));
    let is_split = order
        .lines
        .iter()
        .any(|line| all.get(&line.id).copied().unwrap_or(0) + line.closed != line.quantity);
    let mixed = live
        .iter()
        .any(|it| drives(it.state) != Some(O::AwaitingLabel));
    let expected = match drives(least.state).unwrap() {
        O::AwaitingLabel if mixed => O::Processing,
        exact @ (O::AwaitingLabel | O::Exception) => exact,
        _ if is_split => O::Processing,
        exact => exact,
    };
    assert_eq!(order.state, expected);
    if !is_split && order.lines.iter().all(|line| line.closed == 0) {
        let cash: Decimal = live.iter().map(|it| it.cod).sum();
        assert_eq!(cash, order.cod_asked);
    }
}

fn incoming_is_what_is_announced(world: &World) {
    let mut incoming = BTreeMap::<RecordId, i64>::new();
    for (_, inbound) in inbounds(world) {
        // Those of returns are announced by them.
        let is_open = !INBOUND.is_final(inbound.state) && inbound.return_.is_none();
        for line in inbound.lines.iter().filter(|_| is_open) {
            *incoming.entry(line.item).or_default() += line.quantity;
        }
        for line in inbound
            .lines
            .iter()
            .filter(|_| inbound.state == InboundState::Completed)
        {
            let sum = line.received + line.lost + line.damaged.iter().sum::<i64>();
            assert_eq!(sum, line.quantity);
        }
    }
    let orders: BTreeMap<_, _> = orders(world).into_iter().collect();
    let mut back = BTreeMap::<(RecordId, u32), i64>::new();
    for (_, it) in returns(world) {
        for line in &it.lines {
            let ordered = orders[&it.order].lines.iter();
            let ordered = ordered.clone().find(|of| of.id == line.line).unwrap();
            if it.state != ReturnState::Cancelled {
                *back.entry((it.order, line.line)).or_default() += line.quantity;
            }
            if !RETURN.is_final(it.state) {
                for part in &ordered.parts {
                    *incoming.entry(part.item).or_default() += line.quantity * part.quantity;
                }
            }
        }
    }
    for item in [world.tea, world.cup] {
        let expected = incoming.get(&item).copied().unwrap_or(0);
        assert_eq!(world.level(item).incoming, expected);
    }
    let fulfilments = fulfilments(world);
    for ((order, line), back) in back {
        let own = fulfilments.iter().filter(|(_, it)| it.order == order);
        let shipped = held(own.map(|(_, it)| it).filter(|it| it.shipped.is_some()));
        assert!(back <= shipped[&line], "more came back than went");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_books_add_up(wishes in prop::collection::vec(a_wish(), 1..60)) {
        let mut world = World::stocked(12);
        for wish in &wishes {
            let command = command(&world, wish);
            let before = format!("{:?}", world.ledger);
            match world.carry(&command) {
                Err(_) => prop_assert_eq!(format!("{:?}", world.ledger), before),
                Ok(carried) => {
                    for write in &carried.verdict.writes {
                        keeps_to_the_tables(write.before.as_deref(), &write.after);
                        let version = write.before.as_ref().map_or(0, |it| it.version);
                        prop_assert_eq!(write.after.version, version + 1);
                    }
                }
            }
            levels_are_the_sums_of_their_movements(&world);
            reserved_is_what_open_orders_hold(&world);
            incoming_is_what_is_announced(&world);
        }
    }

    /// Told once more, word for word, a parcel's news changes nothing.
    #[test]
    fn news_are_applied_once(
        told in prop::collection::vec(select(Milestone::ALL), 1..12),
    ) {
        let mut world = World::stocked(12);
        let order = world.placed(&[("set", 2)]);
        world.fulfilled(order, "W1");
        for milestone in told {
            world.tell("W1", milestone);
            let again = world.tell("W1", milestone);
            prop_assert!(again.verdict.writes.is_empty() && again.verdict.moves.is_empty());
        }
    }

    /// The verdict is the books' and the command's alone, however often and in whatever pieces it asks.
    #[test]
    fn the_same_books_give_the_same_verdict(
        wishes in prop::collection::vec(a_wish(), 1..20),
        last in a_wish(),
    ) {
        let mut world = World::stocked(12);
        for wish in &wishes {
            let _ = world.carry(&command(&world, wish));
        }
        let command = command(&world, &last);
        let mut first = World::stocked(12);
        for wish in &wishes {
            let _ = first.carry(&super::wishes::command(&first, wish));
        }
        let (one, two) = (world.carry(&command), first.carry(&command));
        prop_assert_eq!(one.map(|it| it.verdict), two.map(|it| it.verdict));
    }
}

/// The laws are tried where it matters: random commands get to nearly every state.
#[test]
fn random_commands_get_far() {
    fn numbers<S: State>() -> Vec<u16> {
        S::ALL.iter().map(|it| it.number()).collect()
    }
    let mut runner = TestRunner::deterministic();
    let wishes = prop::collection::vec(a_wish(), 60);
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..1_000 {
        let mut world = World::stocked(12);
        for wish in wishes.new_tree(&mut runner).unwrap().current() {
            if let Ok(carried) = world.carry(&command(&world, &wish)) {
                let written = carried.verdict.writes.iter();
                seen.extend(written.map(|it| (it.after.kind().name(), it.after.status())));
            }
        }
    }
    let missing = |kind: Kind, states: &[u16]| {
        let not = states
            .iter()
            .filter(|it| !seen.contains(&(kind.name(), **it)));
        not.copied().collect::<Vec<_>>()
    };
    let missing = [
        missing(Kind::Order, &numbers::<OrderState>()),
        missing(Kind::Fulfilment, &numbers::<FulfilmentState>()),
        missing(Kind::Inbound, &numbers::<InboundState>()),
        missing(Kind::Return, &numbers::<ReturnState>()),
    ];
    assert!(missing.concat().len() <= 3, "{missing:?}");
}

/// A decision asks for what it needs in few rounds: each costs the store a trip.
#[test]
fn an_order_is_decided_in_two_rounds() {
    let world = World::stocked(12);
    let command = Command::PlaceOrder(Box::new(world.asked(&[("tea", 1), ("set", 2)])));
    let mut loaded = Loaded::default();
    let mut rounds = 0;
    loop {
        match decide(&command, &Books::new(ACCOUNT, 1, world.now, &loaded)) {
            Ok(verdict) => break assert_eq!(verdict.moves.len(), 2),
            Err(Stop::Refused(refusal)) => panic!("{refusal}"),
            Err(Stop::Want(wants)) => {
                rounds += 1;
                for want in wants {
                    load(&world, want, &mut loaded);
                }
            }
        }
    }
    assert_eq!(rounds, 2);
}

fn load(world: &World, want: Want, loaded: &mut Loaded) {
    let ledger = &world.ledger;
    match want {
        Want::Record(kind, id) => {
            let found = ledger.record(ACCOUNT, kind, id).cloned();
            loaded.records.insert((kind, id), found);
        }
        Want::Named(kind, name) => {
            let found = ledger.named(ACCOUNT, kind, &name).cloned();
            loaded.named.insert((kind, name), found);
        }
        Want::Stock(key) => {
            loaded.stock.insert(key, ledger.level(ACCOUNT, key));
        }
        Want::Ids(count) => {
            let ids = (0..count).map(|id| RecordId(9_000 + i64::from(id)));
            loaded.ids = ids.collect();
        }
        other => panic!("{other:?}"),
    }
}
