//! Inbound shipments (N3 to N5).

use crate::nandh::related::{Of, Related, Wants};
use crate::nandh::rules::{self, Extra};
use crate::nandh::states;
use crate::nandh::wire::party::{PickupAddress, VendorTold};
use crate::nandh::wire::{Cents, Float, Linked, seconds, volume};
use serde::Serialize;
use serde_json::Value;
use trackway_model::orders::{self, Inbound, InboundLine, Item, Kind, Return, State};

/// N1's answer.
#[derive(Clone, Debug, Serialize)]
pub struct Created {
    pub inbound_id: i64,
    pub inbound_code: String,
}

/// What a cancel answers.
#[derive(Clone, Debug, Serialize)]
pub struct Cancelled {
    pub inbound_id: i64,
    pub inbound_code: String,
    pub status: u16,
}

/// N4; N3 with address and vendor as ids.
#[derive(Clone, Debug, Serialize)]
pub struct InboundTold {
    id: i64,
    country: String,
    currency: &'static str,
    inbound_code: String,
    reference_code: Option<String>,
    inbound_type: &'static str,
    return_tracking_code: Option<String>,
    warehouse_provider: Option<String>,
    fulfillment_provider: Option<String>,
    status: u16,
    status_update_time: i64,
    note: String,
    total_parcel: i64,
    total_sku: usize,
    total_cost: Cents,
    total_inbound_quantity: i64,
    total_received_quantity: i64,
    total_lost_quantity: i64,
    total_damaged_quantity: i64,
    total_damaged_2_quantity: i64,
    total_damaged_3_quantity: i64,
    is_priority_inbound: bool,
    total_weight: i64,
    is_confirmed_completion: bool,
    additional_services: String,
    additional_information: Value,
    estimated_delivery_time: i64,
    inspection_time: i64,
    completed_time: i64,
    received_time: i64,
    created_time: i64,
    updated_time: i64,
    user: i64,
    business: i64,
    updated_by: i64,
    created_by: i64,
    inbound_address: Option<Linked<PickupAddress>>,
    vendor: Option<Linked<VendorTold>>,
    status_display: &'static str,
    inbound_type_display: &'static str,
    status_css: &'static str,
    fulfillment_provider_name: Option<String>,
    warehouse_provider_name: Option<String>,
    can_cancel: bool,
    email_created: Value,
}

/// N5.
#[derive(Clone, Debug, Serialize)]
pub struct InboundItem {
    id: u32,
    nhsin: Option<String>,
    sku: String,
    barcode: Option<String>,
    inbound_code: String,
    parcel_code: String,
    inbound_quantity: i64,
    received_quantity: i64,
    damaged_quantity: i64,
    damaged_2_quantity: i64,
    damaged_3_quantity: i64,
    lost_quantity: i64,
    inspection_note: String,
    inspection_time: i64,
    cost: Cents,
    currency: &'static str,
    weight_old: Option<i64>,
    volume_old: Option<String>,
    shelf_life_old: Option<i64>,
    weight: Option<i64>,
    volume: Option<String>,
    shelf_life: Option<i64>,
    created_time: i64,
    updated_time: i64,
    is_delete: bool,
    shipment_inbound: InboundNested,
    product_inventory: Option<ItemNested>,
}

#[derive(Clone, Debug, Serialize)]
struct InboundNested {
    id: i64,
    country: String,
    currency: &'static str,
    inbound_code: String,
    reference_code: Option<String>,
    status: u16,
    status_update_time: i64,
    inbound_address: i64,
}

#[derive(Clone, Debug, Serialize)]
struct ItemNested {
    id: i64,
    country: &'static str,
    currency: &'static str,
    sku: String,
    name: String,
    image_url: Option<String>,
    nhsin: String,
    cost: Cents,
    sale_price: Cents,
    has_variant: bool,
    shelf_life: Option<i64>,
    outbound_strategy: String,
    min_shelf_life_inbound: Option<i64>,
    min_shelf_life_outbound: Option<i64>,
    status: u16,
    status_update_time: Float,
    is_serial_number: bool,
    is_batch_control: bool,
    last_update_special_fields: Float,
    weight: i64,
    package_length: Float,
    package_width: Float,
    package_height: Float,
}

/// What an inbound's answer shows beside it.
pub fn wants(wants: &mut Wants, it: &Inbound) {
    wants.add(Kind::PickupAddress, [it.warehouse]);
    wants.add(Kind::Vendor, it.vendor);
    wants.add(Kind::Return, it.return_);
    wants.add(Kind::Item, it.lines.iter().map(|line| line.item));
}

/// Grams of all: each as the warehouse measured it, else as the item says.
fn total_weight(it: &Inbound, related: &Related) -> i64 {
    let of = |line: &InboundLine| {
        let known = || related.get::<Item>(line.item).map(|item| item.body.weight);
        line.weight.or_else(known).unwrap_or_default() * line.quantity
    };
    it.lines.iter().map(of).sum()
}

impl InboundTold {
    /// N4.
    pub fn detail(of: Of<'_, Inbound>, related: &Related) -> Self {
        let warehouse = related.get(of.body.warehouse).map(PickupAddress::nested);
        let vendor = related.some(of.body.vendor).map(VendorTold::nested);
        Self {
            inbound_address: warehouse.map(Linked::whole),
            vendor: vendor.map(Linked::whole),
            ..Self::row(of, related)
        }
    }

    /// N3.
    pub fn row(of: Of<'_, Inbound>, related: &Related) -> Self {
        let (record, it) = (of.record, of.body);
        let extra = Extra(&it.extra);
        let warehouse = related.get::<orders::PickupAddress>(it.warehouse);
        let provider = warehouse.map(|it| it.body);
        let status = states::of(states::INBOUND, it.state.name());
        let [damaged, damaged_2, damaged_3] = it.damaged_quantity();
        let type_name = it.inbound_type.name();
        Self {
            id: of.id(),
            country: rules::country(warehouse),
            currency: rules::CURRENCY,
            inbound_code: record.code.clone(),
            reference_code: it.reference.clone(),
            inbound_type: type_name,
            return_tracking_code: related
                .some::<Return>(it.return_)
                .map(|it| it.record.code.clone()),
            warehouse_provider: provider.and_then(|it| it.warehouse.clone()),
            fulfillment_provider: provider.map(|it| it.fulfilment_provider.clone()),
            status: status.code,
            status_update_time: seconds(it.state_since),
            note: it.note.clone(),
            total_parcel: it.parcels,
            total_sku: it.skus(),
            total_cost: Cents(it.cost()),
            total_inbound_quantity: it.quantity(),
            total_received_quantity: it.received_quantity(),
            total_lost_quantity: it.lost_quantity(),
            total_damaged_quantity: damaged,
            total_damaged_2_quantity: damaged_2,
            total_damaged_3_quantity: damaged_3,
            is_priority_inbound: it.priority,
            total_weight: total_weight(it, related),
            is_confirmed_completion: extra.flag("is_confirmed_completion"),
            additional_services: it.additional_services.join(","),
            additional_information: rules::inbound_information(it),
            estimated_delivery_time: seconds(it.estimated_delivery),
            inspection_time: seconds(it.inspected),
            completed_time: seconds(it.completed),
            received_time: seconds(it.received),
            created_time: seconds(record.created),
            updated_time: seconds(record.updated),
            user: record.created_by,
            business: record.account.0,
            updated_by: record.updated_by,
            created_by: record.created_by,
            inbound_address: Some(Linked::Id(it.warehouse.0)),
            vendor: it.vendor.map(|id| Linked::Id(id.0)),
            status_display: &status.display,
            inbound_type_display: &states::of(states::INBOUND_TYPE, type_name).display,
            status_css: &status.css,
            fulfillment_provider_name: provider.map(|it| it.fulfilment_provider_name.clone()),
            warehouse_provider_name: provider.and_then(|it| it.warehouse_name.clone()),
            can_cancel: it.can_cancel(),
            email_created: extra.value("email_created"),
        }
    }
}

impl InboundItem {
    /// N5: every line.
    pub fn each(of: Of<'_, Inbound>, related: &Related) -> Vec<Self> {
        let lines = of.body.lines.iter();
        lines.map(|line| Self::new(of, line, related)).collect()
    }

    fn new(of: Of<'_, Inbound>, line: &InboundLine, related: &Related) -> Self {
        let (record, it) = (of.record, of.body);
        let item = related.get::<Item>(line.item);
        let body = item.map(|item| item.body);
        let warehouse = related.get(it.warehouse);
        Self {
            id: line.id,
            nhsin: item.map(|item| item.record.code.clone()),
            sku: line.sku.clone(),
            barcode: body.and_then(|item| item.barcodes.first().cloned()),
            inbound_code: record.code.clone(),
            parcel_code: line.parcel_code.clone(),
            inbound_quantity: line.quantity,
            received_quantity: line.received,
            damaged_quantity: line.damaged[0],
            damaged_2_quantity: line.damaged[1],
            damaged_3_quantity: line.damaged[2],
            lost_quantity: line.lost,
            inspection_note: line.inspection_note.clone(),
            inspection_time: seconds(line.inspected),
            cost: Cents(line.cost),
            currency: rules::CURRENCY,
            weight_old: body.map(|item| item.weight),
            volume_old: body.map(|item| volume(item.length, item.width, item.height)),
            shelf_life_old: None,
            weight: line.weight,
            volume: line.volume.clone(),
            shelf_life: None,
            created_time: seconds(record.created),
            updated_time: seconds(record.updated),
            is_delete: false,
            shipment_inbound: InboundNested {
                id: of.id(),
                country: rules::country(warehouse),
                currency: rules::CURRENCY,
                inbound_code: record.code.clone(),
                reference_code: it.reference.clone(),
                status: states::of(states::INBOUND, it.state.name()).code,
                status_update_time: seconds(it.state_since),
                inbound_address: it.warehouse.0,
            },
            product_inventory: item.map(ItemNested::new),
        }
    }
}

impl ItemNested {
    fn new(of: Of<'_, Item>) -> Self {
        let item = of.body;
        Self {
            id: of.id(),
            country: rules::COUNTRY,
            currency: rules::CURRENCY,
            sku: item.sku.clone(),
            name: item.name.clone(),
            image_url: item.image_urls.first().cloned(),
            nhsin: of.record.code.clone(),
            cost: Cents(item.cost),
            sale_price: Cents(item.sale_price),
            has_variant: false,
            shelf_life: None,
            outbound_strategy: item.outbound_strategy.clone(),
            min_shelf_life_inbound: item.min_shelf_life_inbound,
            min_shelf_life_outbound: item.min_shelf_life_outbound,
            status: states::of_item(item.qualified).code,
            status_update_time: Float::seconds(item.status_since),
            is_serial_number: item.serial_number,
            is_batch_control: item.batch_control,
            last_update_special_fields: Float::seconds(None),
            weight: item.weight,
            package_length: Float(item.length),
            package_width: Float(item.width),
            package_height: Float(item.height),
        }
    }
}
