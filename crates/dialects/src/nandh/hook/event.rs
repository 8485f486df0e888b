//! The eight events (nandh-oms.md §10): their codes, and what each is about.

use super::super::statement::Subject;
use crate::raw::{self, Object};
use trackway_model::orders::{Kind, RecordChange};

pub const EVENT_CODE: &str = "event_code";

const PREFIX: &str = "HOOK_EVENT_";

const fn short(code: &'static str) -> &'static str {
    code.split_at(PREFIX.len()).1
}

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident $code:literal),* $(,)?) => {
        /// An event.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Event { $($(#[$doc])* $name),* }

        impl Event {
            pub const ALL: &[Self] = &[$(Self::$name),*];
            /// All that they may be named by: their codes, and what stands behind `HOOK_EVENT_`.
            pub const NAMES: &[&'static str] = &[
                $($code,)*
                $(short($code)),*
            ];

            /// As it is sent; the stored pages have lost theirs [inferred from the pages' titles].
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }
        }
    };
}

events! {
    OrderCreated "HOOK_EVENT_ORDER_CREATED",
    OrderUpdated "HOOK_EVENT_ORDER_UPDATE_STATUS",
    ShipmentCreated "HOOK_EVENT_SHIPMENT_CREATED",
    ShipmentUpdated "HOOK_EVENT_SHIPMENT_UPDATE_STATUS",
    InboundCreated "HOOK_EVENT_INBOUND_CREATED",
    InboundUpdated "HOOK_EVENT_INBOUND_UPDATE_STATUS",
    ReturnUpdated "HOOK_EVENT_RETURN_UPDATE_STATUS",
    StockUpdated "HOOK_EVENT_STOCK_UPDATE",
}

impl Event {
    /// By its code in any case.
    pub fn named(code: &str) -> Option<Self> {
        let code = code.trim();
        let mut all = Self::ALL.iter().copied();
        all.find(|event| event.code().eq_ignore_ascii_case(code))
    }

    /// Whether it is meant by a name: its code, or what stands behind `HOOK_EVENT_`.
    pub fn is_named(self, name: &str) -> bool {
        let code = self.code();
        let name = name.trim();
        name.eq_ignore_ascii_case(code) || name.eq_ignore_ascii_case(short(code))
    }

    /// The one that a webhook tells of.
    pub fn told(webhook: &Object<'_>) -> Option<Self> {
        Self::named(&raw::scalar(webhook.get(EVENT_CODE)?)?)
    }

    /// The one that a change of a record is; None where none is sent of it.
    pub fn of(change: &RecordChange) -> Option<Self> {
        let is_new = change.before.is_none();
        let moved = change.before.is_some_and(|before| before != change.after);
        match change.kind {
            Kind::Order if is_new => Some(Self::OrderCreated),
            Kind::Fulfilment if is_new => Some(Self::ShipmentCreated),
            Kind::Inbound if is_new => Some(Self::InboundCreated),
            Kind::Order if moved => Some(Self::OrderUpdated),
            Kind::Fulfilment if moved => Some(Self::ShipmentUpdated),
            Kind::Inbound if moved => Some(Self::InboundUpdated),
            // A return's beginning is its first status.
            Kind::Return if is_new || moved => Some(Self::ReturnUpdated),
            Kind::Item if change.warehouse.is_some() => Some(Self::StockUpdated),
            _ => None,
        }
    }

    /// Whose status it tells, where that is followed here.
    pub const fn subject(self) -> Option<Subject> {
        match self {
            Self::OrderCreated | Self::OrderUpdated => Some(Subject::Order),
            Self::ShipmentCreated | Self::ShipmentUpdated => Some(Subject::Shipment),
            Self::ReturnUpdated => Some(Subject::Return),
            Self::InboundCreated | Self::InboundUpdated | Self::StockUpdated => None,
        }
    }

    /// The member that names what it is about.
    pub const fn number(self) -> &'static str {
        match self {
            Self::OrderCreated
            | Self::OrderUpdated
            | Self::ShipmentCreated
            | Self::ShipmentUpdated => "tracking_code",
            Self::InboundCreated | Self::InboundUpdated => "inbound_code",
            Self::ReturnUpdated => "return_tracking_code",
            Self::StockUpdated => "sku",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_compared_without_case() {
        for event in Event::ALL {
            assert_eq!(Event::named(event.code()), Some(*event));
            let lower = event.code().to_lowercase();
            assert_eq!(Event::named(&lower), Some(*event));
        }
        assert_eq!(Event::named("ORDER_CREATED"), None);
    }

    #[test]
    fn every_name_means_one_event() {
        for name in Event::NAMES {
            let meant = Event::ALL.iter().filter(|event| event.is_named(name));
            assert_eq!(meant.count(), 1, "{name}");
        }
        assert_eq!(Event::NAMES[8], "ORDER_CREATED");
    }
}
