//! What is done to what is there: cancelled, moved, counted.

use super::{Find, Ref, movement};
use crate::native::wire::MemberError;
use serde::Deserialize;
use trackway_model::orders::{
    Command, Condition, FulfilmentState, InboundState, Kind, Movement, OrderState, RecordId,
    ReturnState, State, StockKey, Who,
};
use utoipa::ToSchema;

/// Why it is cancelled.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[schema(as = Cancellation)]
#[serde(deny_unknown_fields)]
pub struct CancelWanted {
    pub reason: Option<String>,
}

/// Where an order is moved to by hand.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderMove {
    /// A state's name, such as `exception`.
    pub to: String,
}

/// How far a fulfilment is.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FulfilmentMove {
    /// A state's name, such as `ready_to_ship`.
    pub to: String,
    /// The number that the courier gave.
    pub waybill: Option<String>,
    /// What it weighed, in grams.
    pub weighed: Option<i64>,
}

/// In what condition a line came in.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[schema(as = Condition)]
#[serde(deny_unknown_fields)]
pub struct ConditionWanted {
    /// The line of the inbound or the return.
    pub line: u32,
    #[serde(default)]
    pub received: i64,
    #[serde(default)]
    pub damaged: i64,
    /// The second and the third grade of damage; of an inbound only.
    #[serde(default)]
    pub damaged_2: i64,
    #[serde(default)]
    pub damaged_3: i64,
    #[serde(default)]
    pub lost: i64,
}

impl ConditionWanted {
    const fn condition(&self) -> Condition {
        Condition {
            line: self.line,
            received: self.received,
            damaged: [self.damaged, self.damaged_2, self.damaged_3],
            lost: self.lost,
        }
    }
}

/// How far an inbound is.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InboundMove {
    /// A state's name, such as `received`.
    pub to: String,
    /// What the inspection found, where it is inspected or completed.
    #[serde(default)]
    pub conditions: Vec<ConditionWanted>,
}

/// How far a return is.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnMove {
    /// A state's name, such as `received`.
    pub to: String,
    /// What the inspection found, where it is inspected or completed.
    #[serde(default)]
    pub conditions: Vec<ConditionWanted>,
    /// The courier's number of the parcel.
    pub waybill: Option<String>,
}

/// A count of the shelves.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(as = StockAdjustment)]
#[serde(deny_unknown_fields)]
pub struct Adjustment {
    /// By id or SKU.
    #[schema(value_type = String)]
    pub item: Ref,
    /// The pickup address that stands for the warehouse, by id or code.
    #[schema(value_type = String)]
    pub warehouse: Ref,
    /// `found`, `missing`, `spoil` or `discard`.
    #[serde(deserialize_with = "movement")]
    #[schema(value_type = String, example = "found")]
    pub movement: Movement,
    pub quantity: i64,
}

impl super::Ask for Adjustment {
    fn command(&self, find: &mut Find<'_>) -> Command {
        Command::Stock {
            key: StockKey {
                item: find.id(Kind::Item, &self.item, "/item"),
                warehouse: find.id(Kind::PickupAddress, &self.warehouse, "/warehouse"),
            },
            movement: self.movement,
            quantity: self.quantity,
        }
    }

    fn place(&self, kind: Kind, _: Option<&str>) -> String {
        match kind {
            Kind::PickupAddress => "/warehouse",
            Kind::Item => "/item",
            _ => "/quantity",
        }
        .to_owned()
    }
}

fn state<S: State>(name: &str) -> Result<S, MemberError> {
    let mut states = S::ALL.iter().copied();
    states.find(|state| state.name() == name).ok_or_else(|| {
        let known: Vec<&str> = S::ALL.iter().map(|state| state.name()).collect();
        MemberError::new("/to", format!("choose one of {}", known.join(", ")))
    })
}

fn conditions(told: &[ConditionWanted]) -> Vec<Condition> {
    told.iter().map(ConditionWanted::condition).collect()
}

impl OrderMove {
    pub fn command(&self, order: RecordId) -> Result<Command, MemberError> {
        Ok(Command::MoveOrder {
            order,
            to: state::<OrderState>(&self.to)?,
            who: Who::Warehouse,
        })
    }
}

impl FulfilmentMove {
    pub fn command(&self, fulfilment: RecordId) -> Result<Command, MemberError> {
        Ok(Command::MoveFulfilment {
            fulfilment,
            to: state::<FulfilmentState>(&self.to)?,
            who: Who::Warehouse,
            waybill: self.waybill.clone(),
            weighed: self.weighed,
        })
    }
}

impl InboundMove {
    pub fn command(&self, inbound: RecordId) -> Result<Command, MemberError> {
        Ok(Command::MoveInbound {
            inbound,
            to: state::<InboundState>(&self.to)?,
            conditions: conditions(&self.conditions),
        })
    }
}

impl ReturnMove {
    pub fn command(&self, return_: RecordId) -> Result<Command, MemberError> {
        Ok(Command::MoveReturn {
            return_,
            to: state::<ReturnState>(&self.to)?,
            who: Who::Warehouse,
            conditions: conditions(&self.conditions),
            waybill: self.waybill.clone(),
        })
    }
}
