//! People and where they are: pickup addresses (C1), vendors (C3), receivers.

use crate::nandh::address::{self, DistrictTold, ProvinceTold, WardTold};
use crate::nandh::related::Of;
use crate::nandh::states;
use crate::nandh::wire::seconds;
use serde::Serialize;
use trackway_model::address::Epoch;
use trackway_model::orders::{Party, RecordId, Vendor};

/// C1 as it is nested in an order.
#[derive(Clone, Debug, Serialize)]
pub struct PickupAddress {
    id: i64,
    pickup_name: String,
    contact_name: String,
    phone: Option<String>,
    address: String,
    pickup_code: String,
    fulfillment_provider_name: String,
    warehouse_provider_name: Option<String>,
    is_fulfill_self: bool,
    is_fulfill_3pf: bool,
    #[serde(flatten)]
    more: Option<Divisions>,
}

/// What the list adds to it.
#[derive(Clone, Debug, Serialize)]
struct Divisions {
    province: Option<ProvinceTold>,
    district: Option<DistrictTold>,
    ward: Option<WardTold>,
    fulfillment_provider: String,
    warehouse_provider: Option<String>,
    is_default: bool,
    is_active: bool,
}

impl PickupAddress {
    /// As others hold it.
    pub fn nested(of: Of<'_, trackway_model::orders::PickupAddress>) -> Self {
        let it = of.body;
        Self {
            id: of.id(),
            pickup_name: it.name.clone(),
            contact_name: it.contact.name.clone(),
            phone: it.contact.phone.clone(),
            address: it.contact.address.line.clone(),
            pickup_code: of.record.code.clone(),
            fulfillment_provider_name: it.fulfilment_provider_name.clone(),
            warehouse_provider_name: it.warehouse_name.clone(),
            is_fulfill_self: !it.is_3pf(),
            is_fulfill_3pf: it.is_3pf(),
            more: None,
        }
    }

    /// As the list has it.
    pub fn whole(of: Of<'_, trackway_model::orders::PickupAddress>, epoch: Epoch) -> Self {
        let it = of.body;
        let divisions = address::Divisions::of(it.address(), epoch);
        let more = Divisions {
            province: divisions.province,
            district: divisions.district,
            ward: divisions.ward,
            fulfillment_provider: it.fulfilment_provider.clone(),
            warehouse_provider: it.warehouse.clone(),
            is_default: it.default,
            is_active: it.active,
        };
        Self {
            more: Some(more),
            ..Self::nested(of)
        }
    }
}

/// C3 as it is nested in an inbound.
#[derive(Clone, Debug, Serialize)]
pub struct VendorTold {
    id: i64,
    name: String,
    logo: Option<String>,
    vendor_type_display: &'static str,
    #[serde(flatten)]
    more: Option<VendorContact>,
}

#[derive(Clone, Debug, Serialize)]
struct VendorContact {
    vendor_type: &'static str,
    phone: Option<String>,
    email: Option<String>,
    address: String,
    created_time: i64,
}

impl VendorTold {
    pub fn nested(of: Of<'_, Vendor>) -> Self {
        Self {
            id: of.id(),
            name: of.body.name.clone(),
            logo: of.body.logo.clone(),
            vendor_type_display: &states::of(states::VENDOR_TYPE, vendor_type(of.body)).display,
            more: None,
        }
    }

    pub fn whole(of: Of<'_, Vendor>) -> Self {
        let contact = &of.body.contact;
        let more = VendorContact {
            vendor_type: vendor_type(of.body),
            phone: contact.phone.clone(),
            email: contact.email.clone(),
            address: contact.address.line.clone(),
            created_time: seconds(of.record.created),
        };
        Self {
            more: Some(more),
            ..Self::nested(of)
        }
    }
}

const fn vendor_type(vendor: &Vendor) -> &'static str {
    if vendor.company {
        "company"
    } else {
        "personal"
    }
}

/// Who gets an order, or hands a return over.
#[derive(Clone, Debug, Serialize)]
pub struct Receiver {
    id: i64,
    country: String,
    fullname: String,
    email: Option<String>,
    phone: Option<String>,
    address: String,
    address2: Option<String>,
    zipcode: Option<String>,
    lat: Option<String>,
    lng: Option<String>,
    order: i64,
    province: Option<ProvinceTold>,
    district: Option<DistrictTold>,
    ward: Option<WardTold>,
    customer: Option<i64>,
}

impl Receiver {
    /// A receiver has no record of its own: it is known by the record that it belongs to.
    pub fn new(of: RecordId, order: RecordId, party: &Party, epoch: Epoch) -> Self {
        let place = &party.address;
        let divisions = address::Divisions::of(place, epoch);
        Self {
            id: of.0,
            country: place.country.clone(),
            fullname: party.name.clone(),
            email: party.email.clone(),
            phone: party.phone.clone(),
            address: place.line.clone(),
            address2: place.line2.clone(),
            zipcode: place.zipcode.clone(),
            lat: place.lat.clone(),
            lng: place.lng.clone(),
            order: order.0,
            province: divisions.province,
            district: divisions.district,
            ward: divisions.ward,
            customer: party.customer.map(|id| id.0),
        }
    }
}
