//! The bodies of the eight webhooks (nandh-oms.md §10): flat objects without an envelope. A status and
//! its time are the change's, so that each of several changes is told in its turn; all else is as the
//! record stands now.

use super::super::states;
use super::Event;
use crate::dialect::{RecordMessage, TEST_NUMBER};
use serde::Serialize;
use trackway_model::orders::{
    Body, Fulfilment, Inbound, Item, Order, Record, RecordChange, Return, state_name,
};

const SECOND_US: i64 = 1_000_000;

/// A subject's number, code and status.
#[derive(Debug, Serialize)]
struct Status {
    status: u16,
    status_update_time: i64,
}

/// When the record was made and changed.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "the vendor's names")]
struct Times {
    created_time: i64,
    /// Only ORDER CREATED has this name too: its page says so, the others' do not.
    #[serde(skip_serializing_if = "Option::is_none")]
    update_time: Option<i64>,
    updated_time: i64,
}

#[derive(Debug, Serialize)]
struct OrderTold<'a> {
    event_code: &'static str,
    id: i64,
    tracking_code: &'a str,
    partner_tracking_code: &'a str,
    #[serde(flatten)]
    status: Status,
    platform: &'a str,
    store_id: i64,
    #[serde(flatten)]
    times: Times,
}

#[derive(Debug, Serialize)]
struct ShipmentTold<'a> {
    event_code: &'static str,
    id: i64,
    tracking_code: &'a str,
    courier_tracking_code: &'a str,
    partner_tracking_code: &'a str,
    #[serde(flatten)]
    status: Status,
    platform: &'a str,
    store_id: i64,
    #[serde(flatten)]
    times: Times,
}

#[derive(Debug, Serialize)]
struct InboundTold<'a> {
    event_code: &'static str,
    id: i64,
    inbound_code: &'a str,
    reference_code: &'a str,
    inbound_type: &'static str,
    #[serde(flatten)]
    status: Status,
    warehouse_provider: &'a str,
    #[serde(flatten)]
    times: Times,
}

#[derive(Debug, Serialize)]
struct ReturnTold<'a> {
    event_code: &'static str,
    id: i64,
    return_tracking_code: &'a str,
    order_tracking_code: &'a str,
    courier_tracking_code: &'a str,
    #[serde(flatten)]
    status: Status,
    platform: &'a str,
    store_id: i64,
    #[serde(flatten)]
    times: Times,
}

#[derive(Debug, Serialize)]
struct StockTold<'a> {
    event_code: &'static str,
    id: i64,
    sku: &'a str,
    nhsin: &'a str,
    warehouse_provider: &'a str,
    stock: i64,
    available_stock: i64,
    reserved_stock: i64,
    incoming: i64,
    updated_time: i64,
}

/// The body about a record; None where no event tells of such a change.
pub fn body(message: &RecordMessage<'_>) -> Option<String> {
    let telling = Telling {
        event: Event::of(message.change)?,
        message,
        record: message.record,
    };
    match &message.record.body {
        Body::Order(order) => Some(telling.order(order)),
        Body::Fulfilment(fulfilment) => Some(telling.shipment(fulfilment)),
        Body::Inbound(inbound) => Some(telling.inbound(inbound)),
        Body::Return(return_) => Some(telling.return_(return_)),
        Body::Item(item) => Some(telling.stock(item)),
        _ => None,
    }
}

/// The body of a test: about a shipment that nobody has, without a status.
pub fn test(now: i64) -> String {
    let now = now.div_euclid(SECOND_US);
    written(&ShipmentTold {
        event_code: Event::ShipmentUpdated.code(),
        id: 0,
        tracking_code: TEST_NUMBER,
        courier_tracking_code: "",
        partner_tracking_code: TEST_NUMBER,
        status: Status {
            status: 0,
            status_update_time: now,
        },
        platform: "",
        store_id: 0,
        times: Times {
            created_time: now,
            update_time: None,
            updated_time: now,
        },
    })
}

fn written<T: Serialize>(told: &T) -> String {
    serde_json::to_string(told).expect("texts and numbers are always JSON")
}

struct Telling<'a> {
    event: Event,
    message: &'a RecordMessage<'a>,
    record: &'a Record,
}

impl Telling<'_> {
    const fn change(&self) -> &RecordChange {
        self.message.change
    }

    /// The change's own status. A number that no state has is of a newer release: 0.
    fn status(&self, subject: &str) -> Status {
        let change = self.change();
        let name = state_name(change.kind, change.after);
        Status {
            status: name.map_or(0, |name| states::of(subject, name).code),
            status_update_time: change.at.div_euclid(SECOND_US),
        }
    }

    fn times(&self) -> Times {
        let changed = self.change().at.div_euclid(SECOND_US);
        Times {
            created_time: self.record.created.div_euclid(SECOND_US),
            update_time: (self.event == Event::OrderCreated).then_some(changed),
            updated_time: changed,
        }
    }

    /// The code of the warehouse that the pickup address stands for; its own where it has none.
    fn warehouse(&self) -> &str {
        match self.message.warehouse.map(|record| (&record.body, record)) {
            Some((Body::PickupAddress(address), record)) => {
                address.warehouse.as_deref().unwrap_or(&record.code)
            }
            _ => "",
        }
    }

    fn order(&self, order: &Order) -> String {
        written(&OrderTold {
            event_code: self.event.code(),
            id: self.record.id.0,
            tracking_code: &self.record.code,
            partner_tracking_code: order.number.as_deref().unwrap_or(&self.record.code),
            status: self.status(states::ORDER),
            platform: &order.platform,
            store_id: order.shop.0,
            times: self.times(),
        })
    }

    fn shipment(&self, shipment: &Fulfilment) -> String {
        let parcel = shipment.parcels.first();
        written(&ShipmentTold {
            event_code: self.event.code(),
            id: self.record.id.0,
            tracking_code: &self.record.code,
            courier_tracking_code: parcel.map_or("", |parcel| &parcel.waybill),
            partner_tracking_code: &shipment.order_number,
            status: self.status(states::SHIPMENT),
            platform: &shipment.platform,
            store_id: shipment.shop.0,
            times: self.times(),
        })
    }

    fn inbound(&self, inbound: &Inbound) -> String {
        written(&InboundTold {
            event_code: self.event.code(),
            id: self.record.id.0,
            inbound_code: &self.record.code,
            reference_code: inbound.reference.as_deref().unwrap_or_default(),
            inbound_type: inbound.inbound_type.name(),
            status: self.status(states::INBOUND),
            warehouse_provider: self.warehouse(),
            times: self.times(),
        })
    }

    fn return_(&self, return_: &Return) -> String {
        let parcel = return_.parcel.as_ref();
        written(&ReturnTold {
            event_code: self.event.code(),
            id: self.record.id.0,
            return_tracking_code: &self.record.code,
            order_tracking_code: &return_.order_code,
            courier_tracking_code: parcel.map_or("", |parcel| &parcel.waybill),
            status: self.status(states::RETURN),
            platform: &return_.platform,
            store_id: return_.shop.0,
            times: self.times(),
        })
    }

    fn stock(&self, item: &Item) -> String {
        let level = self.message.level.unwrap_or_default();
        written(&StockTold {
            event_code: self.event.code(),
            id: self.record.id.0,
            sku: &item.sku,
            nhsin: &self.record.code,
            warehouse_provider: self.warehouse(),
            stock: level.on_hand,
            available_stock: level.available(),
            reserved_stock: level.reserved,
            incoming: level.incoming,
            updated_time: self.change().at.div_euclid(SECOND_US),
        })
    }
}
