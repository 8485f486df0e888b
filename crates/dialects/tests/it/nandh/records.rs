//! Records as nandh-oms.md shows them.

use trackway_model::AccountId;
use trackway_model::Milestone;
use trackway_model::orders::{
    Body, Choices, Decimal, Fulfilment, FulfilmentState, Inbound, InboundState, InboundType, Item,
    Kind, Order, OrderState, OrderType, Parcel, Party, PickupAddress, Record, RecordId, Return,
    ReturnReason, ReturnState,
};

/// 2025-05-06T08:38:54Z.
const CREATED: i64 = 1_746_520_734_000_000;

fn enveloped(id: i64, code: &str, body: impl Into<Body>) -> Record {
    Record {
        id: RecordId(id),
        account: AccountId(3),
        code: code.to_owned(),
        created: CREATED,
        updated: CREATED,
        created_by: 1,
        updated_by: 1,
        version: 1,
        body: body.into(),
    }
}

pub fn warehouse() -> Record {
    let address = PickupAddress {
        name: "DEMO FC".to_owned(),
        fulfilment_provider: "nandh".to_owned(),
        fulfilment_provider_name: "N&H Logistics".to_owned(),
        warehouse: Some("NH_WH_HCM".to_owned()),
        warehouse_name: Some("FC HCM".to_owned()),
        default: true,
        active: true,
        contact: Party::default(),
    };
    enveloped(901, "PK100901", address)
}

/// An order, its shipment, an inbound, a return and an item.
pub fn records() -> [Record; 5] {
    [
        enveloped(16_760, "NHOV900000017", order()),
        enveloped(9_230, "NHSVC900000027", shipment()),
        enveloped(1_128, "NHIV900000033", inbound()),
        enveloped(501, "NHRV900000041", back()),
        enveloped(37_312, "NHSINV900000001", item()),
    ]
}

pub fn record(kind: Kind) -> Record {
    let mut all = records().into_iter();
    all.find(|record| record.kind() == kind).unwrap()
}

fn order() -> Order {
    Order {
        state: OrderState::ReadyToShip,
        state_since: CREATED,
        order_type: OrderType::B2c,
        shop: RecordId(336),
        platform: "retail".to_owned(),
        pickup: RecordId(901),
        number: Some("PO-77".to_owned()),
        source: "api".to_owned(),
        currency: "VND".to_owned(),
        note: String::new(),
        packaging_note: String::new(),
        lines: Vec::new(),
        payments: Vec::new(),
        discounts: Vec::new(),
        fees: Vec::new(),
        documents: Vec::new(),
        choices: Choices::default(),
        reserved: true,
        cod_asked: Decimal::ZERO,
        weighed: None,
        cancel_reason: None,
        confirmed: None,
        fulfilled: None,
        shipped: None,
        completed: None,
        returned: None,
        cancelled: None,
        estimated_departure: None,
        partner_created: None,
        extra: serde_json::Map::new(),
        receiver: None,
    }
}

fn shipment() -> Fulfilment {
    Fulfilment {
        state: FulfilmentState::Shipped,
        state_since: CREATED,
        order: RecordId(16_760),
        order_code: "NHOV900000017".to_owned(),
        order_number: "PO-77".to_owned(),
        shop: RecordId(336),
        platform: "retail".to_owned(),
        pickup: RecordId(901),
        lines: Vec::new(),
        parcels: vec![Parcel {
            carrier: "247express".to_owned(),
            waybill: "VD00000042".to_owned(),
            milestone: Milestone::PickedUp,
            at: None,
        }],
        courier: None,
        courier_link: None,
        service: None,
        box_size: None,
        cod: Decimal::ZERO,
        booking: None,
        consigned: None,
        wishes: Vec::new(),
        label_code: String::new(),
        label_url: None,
        weighed: None,
        cancel_reason: None,
        fulfilled: None,
        shipped: None,
        delivered: None,
        returned: None,
        completed: None,
        extra: serde_json::Map::new(),
        receiver: None,
    }
}

fn inbound() -> Inbound {
    Inbound {
        state: InboundState::New,
        state_since: CREATED,
        inbound_type: InboundType::PurchaseOrder,
        reference: Some("PO-1".to_owned()),
        return_: None,
        warehouse: RecordId(901),
        vendor: None,
        note: String::new(),
        parcels: 2,
        additional_services: Vec::new(),
        priority: false,
        documents: Vec::new(),
        lines: Vec::new(),
        estimated_delivery: None,
        received: None,
        inspected: None,
        completed: None,
        cancelled: None,
        cancel_reason: None,
        extra: serde_json::Map::new(),
    }
}

fn back() -> Return {
    Return {
        state: ReturnState::Returning,
        state_since: CREATED,
        order: RecordId(16_760),
        order_code: "NHOV900000017".to_owned(),
        shop: RecordId(336),
        platform: "retail".to_owned(),
        warehouse: RecordId(901),
        reason_type: ReturnReason::ChangeMind,
        reason: String::new(),
        note: String::new(),
        lines: Vec::new(),
        courier: None,
        courier_link: None,
        service: None,
        parcel: None,
        inbound: None,
        received: None,
        inspected: None,
        completed: None,
        cancelled: None,
        cancel_reason: None,
        extra: serde_json::Map::new(),
        pickup: None,
    }
}

fn item() -> Item {
    let side = Decimal::from(10);
    Item {
        sku: "DEMO-1".to_owned(),
        sku_uuid: "SUUIDV9000000001".to_owned(),
        name: "Demo item".to_owned(),
        image_urls: Vec::new(),
        barcodes: Vec::new(),
        documents: Vec::new(),
        description: String::new(),
        weight: 100,
        length: side,
        width: side,
        height: side,
        category: None,
        brand: None,
        unit: None,
        cost: Decimal::from(20_000),
        sale_price: Decimal::from(25_000),
        serial_number: false,
        batch_control: false,
        bubble_wrap: false,
        kraft_paper: false,
        fragile: false,
        high_value: false,
        min_shelf_life_inbound: None,
        min_shelf_life_outbound: None,
        material: "3PF-BOX".to_owned(),
        product_type: "NORMAL".to_owned(),
        storage_method: "normal".to_owned(),
        outbound_strategy: "fifo".to_owned(),
        min_stock_warning: 0,
        qualified: true,
        status_since: CREATED,
        active: true,
    }
}
