//! State machines as data: states, moves between them, who may make them and under what condition.
//! docs/state-machines.md is drawn from these tables; nothing else says what moves are legal.

use super::{FulfilmentState, InboundState, OrderState, ReturnState};

/// Who may make a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// The account's own people and systems.
    Merchant,
    /// Whoever packs: through its own key, or the simulator's.
    Warehouse,
    /// What a tracked parcel's carrier says.
    Carrier,
    /// What follows from another record's move.
    System,
}

impl Who {
    pub const ALL: &'static [Self] =
        &[Self::Merchant, Self::Warehouse, Self::Carrier, Self::System];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Merchant => "merchant",
            Self::Warehouse => "warehouse",
            Self::Carrier => "carrier",
            Self::System => "system",
        }
    }
}

/// What must hold for a move, beside the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    Always,
    /// What is ordered can be reserved.
    InStock,
    /// Nothing was handed over yet.
    NothingShipped,
    /// Every open fulfilment of the order has come so far.
    AllFulfilments,
    /// Received, damaged and lost make up what was announced.
    Accounted,
    /// The carrier waits for the sender's word, and this is it: a command of its own.
    Asked,
}

impl Guard {
    /// In words; None: nothing must.
    pub const fn text(self) -> Option<&'static str> {
        match self {
            Self::Always => None,
            Self::InStock => Some("what is ordered can be reserved"),
            Self::NothingShipped => Some("nothing was handed over yet"),
            Self::AllFulfilments => Some("its shipments put it there"),
            Self::Accounted => Some("received, damaged and lost make up what was announced"),
            Self::Asked => Some("the sender answers the carrier that waits for a word"),
        }
    }
}

/// A state of a machine: its names are data beside it.
pub trait State: Copy + Eq + 'static {
    const ALL: &'static [Self];
    fn name(self) -> &'static str;
    fn number(self) -> u16;
}

#[derive(Clone, Copy, Debug)]
pub struct Move<S: 'static> {
    pub from: &'static [S],
    pub to: S,
    pub who: &'static [Who],
    pub guard: Guard,
}

/// A machine: where records begin, and how they go on.
#[derive(Clone, Copy, Debug)]
pub struct Machine<S: 'static> {
    pub subject: &'static str,
    pub first: &'static [S],
    /// Sets of states that several moves begin from, by what they have in common.
    pub groups: &'static [(&'static str, &'static [S])],
    pub moves: &'static [Move<S>],
}

impl<S: State> Machine<S> {
    /// The move, if this one may make it from there; its guard is the caller's to see to.
    pub fn find(&self, from: S, to: S, who: Who) -> Option<&'static Move<S>> {
        self.moves
            .iter()
            .find(|it| it.to == to && it.from.contains(&from) && it.who.contains(&who))
    }

    /// Where nothing leads away from.
    pub fn is_final(&self, state: S) -> bool {
        !self.moves.iter().any(|it| it.from.contains(&state))
    }
}

macro_rules! states {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $number:literal $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[repr(u16)]
        pub enum $name { $($(#[$each])* $variant = $number),* }

        impl crate::orders::State for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),*];

            fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            fn number(self) -> u16 {
                self as u16
            }
        }
    };
}
pub(super) use states;

impl<S: State> Machine<S> {
    pub fn states(&self) -> &'static [S] {
        S::ALL
    }
}

/// The machines of the house, for whoever draws or walks all of them.
pub const ORDER: Machine<OrderState> = super::order::MACHINE;
pub const FULFILMENT: Machine<FulfilmentState> = super::fulfilment::MACHINE;
pub const INBOUND: Machine<InboundState> = super::inbound::MACHINE;
pub const RETURN: Machine<ReturnState> = super::returns::MACHINE;
