//! The machines as tables: every state is reached, ends are ends, and each table is sane.

use std::collections::BTreeSet;
use trackway_model::orders::{
    FULFILMENT, FulfilmentState, INBOUND, InboundState, Machine, ORDER, OrderState, RETURN,
    ReturnState, State, Who, drives, state_of,
};

use FulfilmentState as F;
use OrderState as O;
use ReturnState as R;

fn reached<S: State>(machine: &Machine<S>) -> BTreeSet<u16> {
    let mut reached: BTreeSet<u16> = machine.first.iter().map(|it| it.number()).collect();
    loop {
        let before = reached.len();
        for it in machine.moves {
            if it.from.iter().any(|from| reached.contains(&from.number())) {
                reached.insert(it.to.number());
            }
        }
        if reached.len() == before {
            return reached;
        }
    }
}

fn sane<S: State + std::fmt::Debug>(machine: &Machine<S>, finals: &[S]) {
    let all: BTreeSet<u16> = machine.states().iter().map(|it| it.number()).collect();
    assert_eq!(all.len(), machine.states().len(), "{}", machine.subject);
    assert_eq!(reached(machine), all, "{}", machine.subject);
    let ends: Vec<S> = machine
        .states()
        .iter()
        .copied()
        .filter(|it| machine.is_final(*it))
        .collect();
    assert_eq!(ends, finals, "{}", machine.subject);
    for it in machine.moves {
        assert!(!it.who.is_empty() && !it.from.is_empty());
        assert!(!it.from.contains(&it.to), "{:?} to itself", it.to);
    }
    for state in machine.states() {
        assert_eq!(state_of::<S>(state.number()), Some(*state));
        // What one may do there is said once.
        for to in machine.states() {
            for who in Who::ALL {
                let says = machine
                    .moves
                    .iter()
                    .filter(|it| it.to == *to && it.from.contains(state) && it.who.contains(who));
                let guards: Vec<_> = says.map(|it| it.guard).collect();
                assert!(
                    guards.len() <= 1,
                    "{state:?} to {to:?} by {who:?}: {guards:?}"
                );
            }
        }
    }
}

#[test]
fn every_state_is_reached_and_ends_are_ends() {
    sane(
        &ORDER,
        &[
            O::CancelledBySeller,
            O::CancelledByOperator,
            O::CancelledByPartner,
            O::CancelledBySystem,
            O::WarehouseLoss,
            O::Returned,
            O::CourierLost,
            O::Completed,
        ],
    );
    sane(
        &FULFILMENT,
        &[F::Delivered, F::Cancelled, F::Returned, F::Lost],
    );
    sane(
        &INBOUND,
        &[InboundState::Completed, InboundState::Cancelled],
    );
    sane(&RETURN, &[R::Cancelled, R::Lost, R::Completed]);
}

#[test]
fn every_state_of_a_fulfilment_but_a_cancelled_one_drives_its_order() {
    for state in FULFILMENT.states() {
        assert_eq!(
            drives(*state).is_none(),
            *state == FulfilmentState::Cancelled
        );
    }
}

/// Wherever fulfilments may put an order, the table has the move, from wherever they had put it before.
#[test]
fn an_order_can_follow_every_move_of_a_fulfilment() {
    for it in FULFILMENT.moves {
        for from in it.from {
            let (Some(before), Some(after)) = (drives(*from), drives(it.to)) else {
                continue;
            };
            let can = before == after || ORDER.find(before, after, Who::System).is_some();
            assert!(can, "{from:?} to {:?}: {before:?} to {after:?}", it.to);
        }
    }
}
