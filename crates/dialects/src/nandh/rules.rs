//! What N&H's members say that stands in no record as such: each a named rule over the model's records
//! (nandh-oms.md §7, "Where the values come from"; §9, flags).

use super::options;
use super::related::Of;
use serde_json::{Map, Value};
use std::collections::HashMap;
use trackway_model::orders::{
    Courier, Fulfilment, FulfilmentState, Inbound, InboundLine, Item, ItemPart, Level, ORDER,
    Order, OrderState, PickupAddress, Record, RecordId, Service, Shop,
};

/// Where the system works: what records without a country or a currency of their own have.
pub const COUNTRY: &str = "VN";
pub const CURRENCY: &str = "VND";

const SECOND_US: i64 = 1_000_000;
const HOUR_US: i64 = 3_600 * SECOND_US;
/// From an order's creation to its earliest hand-over to the warehouse, as the seed's example has it.
const TO_WAREHOUSE_US: i64 = 300 * SECOND_US;

/// A record's country: where it is collected.
pub fn country(pickup: Option<Of<'_, PickupAddress>>) -> String {
    let country = pickup.map(|it| it.body.address().country.as_str());
    let country = country.filter(|country| !country.is_empty());
    country.unwrap_or(COUNTRY).to_owned()
}

/// 2 where a fulfilment provider packs, 1 where the shop does.
pub fn fulfil_type(pickup: Option<Of<'_, PickupAddress>>) -> u8 {
    1 + u8::from(pickup.is_some_and(|it| it.body.is_3pf()))
}

/// Who chose the courier of an order: the merchant, or the platform.
pub fn order_shipping_provider(courier: Option<&Courier>) -> &'static str {
    match courier {
        Some(courier) if courier.platform_fleet => "platform",
        _ => "normal",
    }
}

/// Who carries a shipment.
pub fn shipping_provider(courier: Option<&Courier>) -> &'static str {
    match courier {
        Some(courier) if courier.own_fleet => "self",
        _ => order_shipping_provider(courier),
    }
}

/// "sender" or "receiver".
pub const fn payer(receiver_pays: bool) -> &'static str {
    if receiver_pays { "receiver" } else { "sender" }
}

pub const fn time_fulfillment(order: &Record) -> i64 {
    order.created + TO_WAREHOUSE_US
}

/// What a service promises: until when an order is confirmed, handed over, delivered.
pub fn promised(created: i64, service: Option<&Service>) -> [Option<i64>; 3] {
    service
        .and_then(|service| service.promise)
        .map_or([None; 3], |hours| {
            hours.map(|hours| Some(created + i64::from(hours) * HOUR_US))
        })
}

/// A marketplace shows its order while it is one there.
pub fn can_view_channel_order(order: &Order) -> bool {
    options::is_marketplace(&order.platform) && !ORDER.is_final(order.state)
}

/// A marketplace is told that an order is packed when it is, and before it leaves.
pub fn can_update_packed(order: &Order) -> bool {
    options::is_marketplace(&order.platform) && order.state == OrderState::ReadyToShip
}

/// The courier has its word of a shipment once there is a number, or where the merchant drives.
pub fn told_courier(fulfilment: &Fulfilment, courier: Option<&Courier>) -> bool {
    !fulfilment.parcels.is_empty() || courier.is_some_and(|courier| courier.own_fleet)
}

/// A fulfilment provider has its word of a shipment once its label is there.
pub fn told_warehouse(fulfilment: &Fulfilment, pickup: Option<Of<'_, PickupAddress>>) -> bool {
    let waits = matches!(
        fulfilment.state,
        FulfilmentState::AwaitingLabel | FulfilmentState::Allocating
    );
    pickup.is_some_and(|it| it.body.is_3pf()) && !waits
}

/// A marketplace has its word that a shipment is packed.
pub fn told_platform(fulfilment: &Fulfilment) -> bool {
    options::is_marketplace(&fulfilment.platform) && fulfilment.fulfilled.is_some()
}

/// The courier's number of a shipment: its first parcel's; the order's own code where the merchant's
/// people drive and nobody gave a number.
pub fn courier_number(fulfilment: &Fulfilment, courier: Option<&Courier>) -> Option<String> {
    let given = fulfilment
        .parcels
        .first()
        .map(|parcel| parcel.waybill.clone());
    let own = || {
        let drives = courier.is_some_and(|courier| courier.own_fleet);
        drives.then(|| fulfilment.order_code.clone())
    };
    given.or_else(own)
}

/// Which of an order's parts are set (`validate_order_type`).
pub fn validated(order: &Order) -> Vec<&'static str> {
    let parts = [
        ("courier_ship", order.choices.courier.is_some()),
        ("pickup_address", order.pickup.0 != 0),
        ("receiver", order.receiver.is_some()),
    ];
    let set = parts.into_iter().filter(|(_, set)| *set);
    set.map(|(name, _)| name).collect()
}

/// The group of a shop's platform.
pub fn group_platform(platform: &str) -> String {
    options::group_of(platform).to_owned()
}

pub fn platform_logo(shop: Option<Of<'_, Shop>>) -> Option<String> {
    shop.and_then(|shop| shop.body.platform_logo.clone())
}

/// Members that a source gave and our records have no member for.
#[derive(Clone, Copy, Debug)]
pub struct Extra<'a>(pub &'a Map<String, Value>);

impl Extra<'_> {
    /// As it came; null where it did not.
    pub fn value(self, name: &str) -> Value {
        self.0.get(name).cloned().unwrap_or_default()
    }

    /// An object; an empty one where nothing came.
    pub fn object(self, name: &str) -> Value {
        let given = self.0.get(name).filter(|value| value.is_object());
        given.cloned().unwrap_or_else(|| Value::Object(Map::new()))
    }

    /// A flag, as answers and as requests write it.
    pub fn flag(self, name: &str) -> bool {
        let given = self.0.get(name);
        given.is_some_and(|it| it.as_bool() == Some(true) || it.as_i64() == Some(1))
    }

    /// A number, such as Unix seconds; 0 where nothing came.
    pub fn number(self, name: &str) -> i64 {
        self.0.get(name).and_then(Value::as_i64).unwrap_or_default()
    }
}

/// Of an item's stock over all warehouses: N&H's names for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stock {
    pub on_hand: i64,
    pub incoming: i64,
    pub reserved: i64,
    pub damaged: i64,
}

impl Stock {
    pub fn of<'l>(levels: impl IntoIterator<Item = &'l Level>) -> Self {
        levels.into_iter().fold(Self::default(), |sum, level| Self {
            on_hand: sum.on_hand + level.on_hand,
            incoming: sum.incoming + level.incoming,
            reserved: sum.reserved + level.reserved,
            damaged: sum.damaged + level.damaged,
        })
    }

    /// §6: `available_stock = stock - reserved_stock`.
    pub const fn available(self) -> i64 {
        self.on_hand - self.reserved
    }

    /// Sold and not there: what waits for goods.
    pub fn waiting(self) -> i64 {
        (self.reserved - self.on_hand).max(0)
    }
}

/// How many of a product can be sold: as many as the scarcest of its items gives.
pub fn sellable(parts: &[ItemPart], available: impl Fn(RecordId) -> i64) -> i64 {
    let of = |part: &ItemPart| available(part.item).max(0) / part.quantity.max(1);
    parts.iter().map(of).min().unwrap_or_default()
}

/// A warehouse looks at the days that goods keep where a least number is asked for.
pub fn keeps_dates(item: &Item) -> bool {
    [item.min_shelf_life_inbound, item.min_shelf_life_outbound]
        .into_iter()
        .flatten()
        .any(|days| days > 0)
}

/// What an inbound's maker said of it; and whether a carton of it holds several SKUs, unless that was said.
pub fn inbound_information(inbound: &Inbound) -> Value {
    let mut information = Extra(&inbound.extra).object("additional_information");
    let mixed = is_mixed(&inbound.lines);
    if let Some(members) = information.as_object_mut() {
        let given = members.entry("many_sku_in_carton");
        given.or_insert_with(|| u8::from(mixed).into());
    }
    information
}

/// Whether two SKUs are announced in one carton. What has no carton's code is not.
fn is_mixed(lines: &[InboundLine]) -> bool {
    let mut cartons: HashMap<&str, &str> = HashMap::new();
    let coded = lines.iter().filter(|line| !line.parcel_code.is_empty());
    coded
        .map(|line| (line.parcel_code.as_str(), line.sku.as_str()))
        .any(|(carton, sku)| *cartons.entry(carton).or_insert(sku) != sku)
}

/// The tape that parcels of an item are closed with, where none is chosen.
pub const PACKAGING_TAPE: &str = "3PF-TAPE";
