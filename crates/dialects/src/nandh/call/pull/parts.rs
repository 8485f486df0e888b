//! What can be pulled of an N&H upstream, as data: the list of each part, and how its rows are read.

use super::catalogue::{self, Numbered};
use crate::dialect::pulls::Part;
use crate::nandh::routes::Call;

/// How the rows of a part's list are read.
#[derive(Clone, Copy, Debug)]
pub enum Reads {
    /// Each is a record of our catalogue.
    Entries(&'static Numbered),
    /// Choices with a code each, that ours are compared with.
    Options(&'static str),
    Provinces,
    /// What there is of an item in a warehouse.
    Stock,
    /// Each has a code that is followed as a number; of an order, its shipments too.
    Numbers(&'static str),
    Inbounds,
}

/// A part, with the lists that it is read from and the parts that its rows name.
#[derive(Debug)]
pub struct Row {
    pub part: Part,
    pub lists: &'static [(Call, Reads)],
    /// The detail of one.
    pub detail: Option<Call>,
    pub needs: &'static [&'static str],
}

const fn row(
    name: &'static str,
    lists: &'static [(Call, Reads)],
    detail: Option<Call>,
    needs: &'static [&'static str],
) -> Row {
    Row {
        part: Part { name, usual: true },
        lists,
        detail,
        needs,
    }
}

/// The member of a row that a number is followed by.
pub const TRACKING_CODE: &str = "tracking_code";
pub const RETURN_CODE: &str = "return_tracking_code";
/// The directory's three lists are some hundreds of calls.
pub const ADDRESSES: Row = Row {
    part: Part {
        name: "addresses",
        usual: false,
    },
    lists: &[(Call::Provinces, Reads::Provinces)],
    detail: None,
    needs: &[],
};

use Reads::{Entries, Inbounds, Numbers, Options, Stock};

/// In the order in which they are pulled.
pub static ROWS: &[Row] = &[
    row(
        "shops",
        &[(Call::Shops, Entries(&catalogue::SHOP))],
        None,
        &[],
    ),
    row(
        "pickup_addresses",
        &[(Call::PickupAddresses, Entries(&catalogue::PICKUP))],
        None,
        &[],
    ),
    row(
        "vendors",
        &[(Call::Vendors, Entries(&catalogue::VENDOR))],
        None,
        &[],
    ),
    row(
        "box_sizes",
        &[(Call::BoxSizes, Entries(&catalogue::BOX))],
        None,
        &[],
    ),
    row(
        "couriers",
        &[(Call::Couriers, Entries(&catalogue::COURIER))],
        None,
        &[],
    ),
    row(
        "courier_links",
        &[(Call::CourierLinks, Entries(&catalogue::LINK))],
        None,
        &["couriers"],
    ),
    row(
        "services",
        &[(Call::LinkedServices, Entries(&catalogue::SERVICE))],
        None,
        &["couriers"],
    ),
    row(
        "categories",
        &[(Call::Categories, Entries(&catalogue::CATEGORY))],
        None,
        &[],
    ),
    row(
        "brands",
        &[(Call::Brands, Entries(&catalogue::BRAND))],
        None,
        &[],
    ),
    row(
        "units",
        &[(Call::Units, Entries(&catalogue::UNIT))],
        None,
        &[],
    ),
    row(
        "options",
        &[
            (
                Call::Options("outbound_strategy"),
                Options("outbound_strategy"),
            ),
            (Call::Options("product_type"), Options("product_type")),
            (Call::Options("material"), Options("material")),
            (Call::Options("storage_method"), Options("storage_method")),
            (Call::Options("inbound_service"), Options("inbound_service")),
        ],
        None,
        &[],
    ),
    ADDRESSES,
    row(
        "items",
        &[(Call::Items, Entries(&catalogue::ITEM))],
        Some(Call::Item),
        &["categories", "brands", "units"],
    ),
    row(
        "products",
        &[(Call::Products, Entries(&catalogue::PRODUCT))],
        Some(Call::Product),
        &["shops", "categories", "brands", "units"],
    ),
    row("stock", &[(Call::ItemsInWarehouse, Stock)], None, &[]),
    row(
        "orders",
        &[(Call::Orders, Numbers(TRACKING_CODE))],
        Some(Call::Order),
        &[],
    ),
    row(
        "fulfilments",
        &[(Call::Shipments, Numbers(TRACKING_CODE))],
        Some(Call::Shipment),
        &[],
    ),
    row(
        "inbounds",
        &[(Call::Inbounds, Inbounds)],
        Some(Call::Inbound),
        &[],
    ),
    row(
        "returns",
        &[(Call::Returns, Numbers(RETURN_CODE))],
        Some(Call::Return),
        &[],
    ),
];

pub fn named(name: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.part.name == name)
}
