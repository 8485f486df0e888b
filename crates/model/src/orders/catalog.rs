//! What orders are made of and where they start: shops, addresses, couriers, products, items.
//! Times are microseconds since the epoch, weights grams, lengths centimetres.

use super::{Address, Decimal, Party, RecordId};
use serde::{Deserialize, Serialize};

/// Where an account sells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shop {
    pub name: String,
    pub logo: Option<String>,
    /// `retail`, `shopee`, …
    pub platform: String,
    pub platform_logo: Option<String>,
    /// Whether it sells to consumers (`b2c`) or to traders (`b2b`).
    pub shop_type: super::OrderType,
    pub active: bool,
}

/// Where parcels are collected and goods come in: a shop's own shelf or a warehouse.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PickupAddress {
    pub name: String,
    /// Who packs: `self`, or a fulfilment provider's code.
    pub fulfilment_provider: String,
    pub fulfilment_provider_name: String,
    /// The warehouse's code and name.
    pub warehouse: Option<String>,
    pub warehouse_name: Option<String>,
    pub default: bool,
    pub active: bool,
    /// Stored sealed.
    #[serde(skip)]
    pub contact: Party,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Vendor {
    pub name: String,
    pub logo: Option<String>,
    pub company: bool,
    /// Stored sealed.
    #[serde(skip)]
    pub contact: Party,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BoxSize {
    pub name: String,
    pub length: Decimal,
    pub width: Decimal,
    pub height: Decimal,
    /// Grams.
    pub max_weight: Option<i64>,
    pub active: bool,
}

/// A courier that can be asked to carry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Courier {
    pub name: String,
    pub description: Option<String>,
    pub logo: Option<String>,
    /// Our carrier code, under which its parcels are tracked.
    pub carrier: String,
    pub tracking_url: Option<String>,
    pub rating: Option<u8>,
    /// The merchant's own people carry.
    pub own_fleet: bool,
    pub platform_fleet: bool,
    pub fulfil_now: bool,
    pub active: bool,
}

/// A courier that the account has a contract with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CourierLink {
    pub courier: RecordId,
    pub name: String,
    pub active: bool,
}

/// A courier's service. Its record's code is what orders name it by (`SOF_STD`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Service {
    pub courier: RecordId,
    pub name: String,
    /// In days, as shown: `3-5`.
    pub estimate: String,
    pub fulfil_now: bool,
    /// What it promises, in hours from the order: confirmed, handed over, delivered.
    pub promise: Option<[u32; 3]>,
    /// What it costs.
    pub rate_card: Option<RecordId>,
    pub active: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Category {
    pub name: String,
    pub parent: Option<RecordId>,
    pub level: u8,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Brand {
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unit {
    pub name: String,
}

/// A buyer that is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct Customer {
    /// Stored sealed.
    #[serde(skip)]
    pub party: Party,
}

/// So many of an item in one of a product.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ItemPart {
    pub item: RecordId,
    pub quantity: i64,
}

/// What a shop offers: one or more items of the warehouse.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Product {
    pub shop: RecordId,
    pub platform: String,
    pub sku: String,
    pub name: String,
    pub image_url: Option<String>,
    pub sale_price: Decimal,
    pub discounted_price: Decimal,
    pub category: Option<RecordId>,
    pub brand: Option<RecordId>,
    pub parts: Vec<ItemPart>,
    pub active: bool,
}

/// What a warehouse holds. Its record's code is its number there (`NHSINV…`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    pub sku: String,
    /// Unlike its code, the same for one thing in all warehouses.
    pub sku_uuid: String,
    pub name: String,
    pub image_urls: Vec<String>,
    pub barcodes: Vec<String>,
    pub documents: Vec<String>,
    pub description: String,
    pub weight: i64,
    pub length: Decimal,
    pub width: Decimal,
    pub height: Decimal,
    pub category: Option<RecordId>,
    pub brand: Option<RecordId>,
    pub unit: Option<RecordId>,
    pub cost: Decimal,
    pub sale_price: Decimal,
    pub serial_number: bool,
    pub batch_control: bool,
    pub bubble_wrap: bool,
    pub kraft_paper: bool,
    pub fragile: bool,
    pub high_value: bool,
    /// Days.
    pub min_shelf_life_inbound: Option<i64>,
    pub min_shelf_life_outbound: Option<i64>,
    pub material: String,
    pub product_type: String,
    pub storage_method: String,
    pub outbound_strategy: String,
    pub min_stock_warning: i64,
    /// A warehouse has looked at it and takes it.
    pub qualified: bool,
    pub status_since: i64,
    pub active: bool,
}

impl PickupAddress {
    /// Whether a fulfilment provider packs there.
    pub fn is_3pf(&self) -> bool {
        self.fulfilment_provider != "self"
    }

    pub const fn address(&self) -> &Address {
        &self.contact.address
    }
}
