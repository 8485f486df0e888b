//! An order with everything that its detail shows.

use super::super::*;
use super::flatten;
use serde_json::Map;
use std::collections::BTreeMap;
use trackway_model::AccountId;
use trackway_model::orders::{
    Address, Body, Choices, Courier as Carrier, Decimal, ItemPart, OrderLine, OrderState,
    OrderType, Party, Payment, PaymentMethod, PaymentStatus, PickupAddress as Place, Record,
    RecordId, Service, Shop,
};

pub const SECOND: i64 = 1_000_000;
const MADE: i64 = 1_746_520_734 * SECOND;

#[derive(Clone)]
pub struct World {
    pub order: Record,
    pub shop: Record,
    pub place: Record,
    pub size: Record,
    pub courier: Record,
    pub service: Record,
}

fn record(id: i64, code: &str, body: impl Into<Body>) -> Record {
    Record {
        id: RecordId(id),
        account: AccountId(901),
        code: code.to_owned(),
        created: MADE,
        updated: MADE + SECOND,
        created_by: 7,
        updated_by: 8,
        version: 1,
        body: body.into(),
    }
}

fn party(name: &str) -> Party {
    Party {
        name: name.to_owned(),
        address: Address {
            country: "VN".to_owned(),
            line: "1 Sample St".to_owned(),
            ..Address::default()
        },
        ..Party::default()
    }
}

fn line() -> OrderLine {
    OrderLine {
        id: 1,
        sku: "DEMO-1".to_owned(),
        name: "Demo".to_owned(),
        parts: vec![ItemPart {
            item: RecordId(60),
            quantity: 1,
        }],
        quantity: 2,
        closed: 0,
        sale_price: Decimal::from(12_000),
        discounted_price: Decimal::from(10_000),
        weight: 10,
        volume: Decimal::from(1_000),
        protective: false,
    }
}

fn order() -> Order {
    Order {
        state: OrderState::ReadyToShip,
        state_since: MADE,
        order_type: OrderType::B2c,
        shop: RecordId(10),
        platform: "retail".to_owned(),
        pickup: RecordId(20),
        number: None,
        source: "api".to_owned(),
        currency: "VND".to_owned(),
        note: String::new(),
        packaging_note: String::new(),
        lines: vec![line()],
        payments: vec![Payment {
            status: PaymentStatus::Paid,
            method: PaymentMethod::BankTransfer,
            amount: Decimal::from(20_000),
        }],
        discounts: vec![],
        fees: vec![],
        documents: vec![],
        choices: Choices {
            courier: Some(RecordId(40)),
            service: Some(RecordId(50)),
            box_size: Some(RecordId(30)),
            ..Choices::default()
        },
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
        extra: Map::new(),
        receiver: Some(party("Test Receiver")),
    }
}

impl World {
    pub fn new() -> Self {
        Self {
            order: record(1, "NHOV1", order()),
            shop: record(
                10,
                "SHOP10",
                Shop {
                    name: "Demo Store".to_owned(),
                    logo: None,
                    platform: "retail".to_owned(),
                    platform_logo: None,
                    shop_type: OrderType::B2c,
                    active: true,
                },
            ),
            place: record(
                20,
                "PK100020",
                Place {
                    name: "DEMO FC".to_owned(),
                    fulfilment_provider: "nandh".to_owned(),
                    fulfilment_provider_name: "N&H Logistics".to_owned(),
                    warehouse: None,
                    warehouse_name: None,
                    default: true,
                    active: true,
                    contact: party("Demo Shop"),
                },
            ),
            size: record(
                30,
                "BOX-S",
                BoxSize {
                    name: "Box S".to_owned(),
                    length: Decimal::TEN,
                    width: Decimal::TEN,
                    height: Decimal::TEN,
                    max_weight: None,
                    active: true,
                },
            ),
            courier: record(
                40,
                "dpo",
                Carrier {
                    name: "Demo Post".to_owned(),
                    description: None,
                    logo: None,
                    carrier: "demo-post".to_owned(),
                    tracking_url: None,
                    rating: None,
                    own_fleet: false,
                    platform_fleet: false,
                    fulfil_now: false,
                    active: true,
                },
            ),
            service: record(
                50,
                "DPO_STD",
                Service {
                    courier: RecordId(40),
                    name: "Standard".to_owned(),
                    estimate: "3-5".to_owned(),
                    fulfil_now: false,
                    promise: None,
                    rate_card: None,
                    active: true,
                },
            ),
        }
    }

    /// The detail's members by their paths.
    pub fn told(&self) -> BTreeMap<String, Value> {
        let records = [
            &self.shop,
            &self.place,
            &self.size,
            &self.courier,
            &self.service,
        ];
        let related = Related::of(records.into_iter().cloned());
        let told = OrderTold::detail(Of::known(&self.order).unwrap(), &related);
        let mut members = BTreeMap::new();
        flatten("", &serde_json::to_value(told).unwrap(), &mut members);
        members
    }

    pub fn order(&mut self) -> &mut Order {
        match &mut self.order.body {
            Body::Order(it) => it,
            other => panic!("{other:?}"),
        }
    }

    pub fn shop(&mut self) -> &mut Shop {
        match &mut self.shop.body {
            Body::Shop(it) => it,
            other => panic!("{other:?}"),
        }
    }

    pub fn place(&mut self) -> &mut Place {
        match &mut self.place.body {
            Body::PickupAddress(it) => it,
            other => panic!("{other:?}"),
        }
    }

    pub fn size(&mut self) -> &mut BoxSize {
        match &mut self.size.body {
            Body::BoxSize(it) => it,
            other => panic!("{other:?}"),
        }
    }

    pub fn courier(&mut self) -> &mut Carrier {
        match &mut self.courier.body {
            Body::Courier(it) => it,
            other => panic!("{other:?}"),
        }
    }

    pub fn service(&mut self) -> &mut Service {
        match &mut self.service.body {
            Body::Service(it) => it,
            other => panic!("{other:?}"),
        }
    }

    pub fn receiver(&mut self) -> &mut Party {
        self.order().receiver.as_mut().unwrap()
    }

    pub fn pay(&mut self, status: PaymentStatus, method: PaymentMethod) {
        let payment = &mut self.order().payments[0];
        (payment.status, payment.method) = (status, method);
    }

    pub fn extra(&mut self, name: &str, value: Value) {
        self.order().extra.insert(name.to_owned(), value);
    }
}
