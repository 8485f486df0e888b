//! A merchant of the seed: its shops, items and contracts, what it orders from its vendor, and what its
//! buyers order of it.
//!
//! Guarantee: all of it is a function of the seed. Every order of the seed is shipped with the world's
//! parcel of the same place.

mod opening;

pub use opening::open;

use crate::draw::Draw;
use crate::journey::HOUR;
use crate::office::RECEIVERS;
use crate::world::World;
use trackway_model::orders::{
    Address, Choices, Decimal, Fee, InboundType, Line, NewInbound, NewOrder, NewReturn, OrderType,
    Party, Payment, PaymentMethod, PaymentStatus, RecordId, ReturnReason,
};

/// From an order to its parcel's birth: a warehouse is done in that time.
pub const LEAD: i64 = 12 * HOUR;
/// The shops open so long before the first parcel's birth, and the goods come in in between.
pub const OPENING: i64 = 96 * HOUR;
/// The first goods of each item, for every order of the seed.
const STOCK_PER_ORDER: i64 = 4;
const LEAST_STOCK: i64 = 400;
/// The source of the orders.
const SOURCE: &str = "simulated";

/// Where buyers live: the names of the directory of which N&H's examples are, with their keys.
const PROVINCE: (&str, u32) = ("TP. Hồ Chí Minh", 79);
const DISTRICT: (&str, u32) = ("Quận Tân Bình", 766);
const WARD: (&str, u32) = ("Phường 02", 26_965);

/// An item as orders need it.
#[derive(Clone, Debug)]
pub struct Sold {
    pub item: RecordId,
    pub sku: String,
    pub price: Decimal,
}

/// What was opened.
#[derive(Clone, Debug)]
pub struct Merchant {
    pub shop: RecordId,
    pub warehouse: RecordId,
    pub vendor: RecordId,
    pub courier: RecordId,
    pub link: RecordId,
    pub service: RecordId,
    pub box_size: RecordId,
    pub goods: Vec<Sold>,
}

fn address(line: &str) -> Address {
    let owned = |(name, key): (&str, u32)| (Some(name.to_owned()), Some(key));
    let (province, province_id) = owned(PROVINCE);
    let (district, district_id) = owned(DISTRICT);
    let (ward, ward_id) = owned(WARD);
    Address {
        country: "VN".to_owned(),
        line: line.to_owned(),
        province,
        district,
        ward,
        province_id,
        district_id,
        ward_id,
        ..Address::default()
    }
}

impl Merchant {
    /// The goods that the vendor sends first: enough for every order of the seed.
    pub fn first_goods(&self, orders: u32) -> NewInbound {
        let enough = (i64::from(orders) * STOCK_PER_ORDER).max(LEAST_STOCK);
        let line = |sold: &Sold| {
            let cost = sold.price / Decimal::from(2);
            (sold.sku.clone(), enough, cost, "PN00001".to_owned())
        };
        NewInbound {
            inbound_type: InboundType::PurchaseOrder,
            warehouse: self.warehouse,
            vendor: Some(self.vendor),
            reference: Some("PO-1".to_owned()),
            note: String::new(),
            parcels: 1,
            additional_services: vec!["ULG".to_owned()],
            priority: false,
            documents: Vec::new(),
            lines: self.goods.iter().map(line).collect(),
            estimated_delivery: None,
            extra: serde_json::Map::new(),
        }
    }

    /// The order of the seed that goes with a parcel.
    pub fn order(&self, world: &World, index: u32) -> NewOrder {
        let draw = world.draw(index);
        let kinds = draw.between("order lines", 0, 1, 4) as usize;
        let mut goods: Vec<&Sold> = self.goods.iter().collect();
        draw.shuffle("order goods", &mut goods);
        let lines: Vec<Line> = goods
            .into_iter()
            .take(kinds)
            .enumerate()
            .map(|(nth, sold)| Line {
                sku: sold.sku.clone(),
                quantity: draw.between("order quantity", nth, 1, 4),
                sale_price: sold.price,
                discounted_price: sold.price,
            })
            .collect();
        let goods: Decimal = lines
            .iter()
            .map(|line| line.discounted_price * Decimal::from(line.quantity))
            .sum();
        let fee = Fee {
            code: "buyer_shipping_fee".to_owned(),
            amount: Decimal::from(draw.between("order fee", 0, 0, 4) * 10_000),
        };
        let total = goods + fee.amount;
        NewOrder {
            order_type: OrderType::B2c,
            shop: self.shop,
            pickup: self.warehouse,
            number: Some(number(index)),
            source: SOURCE.to_owned(),
            currency: "VND".to_owned(),
            note: String::new(),
            packaging_note: String::new(),
            receiver: Some(receiver(draw)),
            customer: None,
            lines,
            payments: vec![payment(draw, total)],
            discounts: Vec::new(),
            fees: vec![fee],
            documents: Vec::new(),
            choices: Choices {
                inspection_by_buyer: draw.chance("order preview", 0, 50),
                service: Some(self.service),
                courier_link: Some(self.link),
                courier: Some(self.courier),
                box_size: Some(self.box_size),
                ..Choices::default()
            },
            approve: true,
            total: Some(total),
            estimated_departure: None,
            partner_created: None,
            extra: serde_json::Map::new(),
        }
    }

    /// What a buyer sends back of an order.
    pub fn return_of(&self, draw: Draw, order: RecordId, line: (u32, i64, Decimal)) -> NewReturn {
        let reasons = [
            ReturnReason::ItemDamaged,
            ReturnReason::ChangeMind,
            ReturnReason::WrongItem,
        ];
        NewReturn {
            order,
            warehouse: self.warehouse,
            reason_type: *draw.pick("return reason", 0, &reasons),
            reason: String::new(),
            pickup: Some(receiver(draw)),
            customer: None,
            lines: vec![line],
            courier: Some(self.courier),
            courier_link: Some(self.link),
            service: Some(self.service),
            extra: serde_json::Map::new(),
        }
    }
}

/// The merchant's own number of an order of the seed.
pub fn number(index: u32) -> String {
    format!("SO-{:06}", index + 1)
}

/// The place of an order of the seed, by that number.
pub fn index(number: &str) -> Option<u32> {
    let digits = number.strip_prefix("SO-")?;
    let index = digits.parse::<u32>().ok()?.checked_sub(1)?;
    (self::number(index) == number).then_some(index)
}

/// Half of the buyers pay at the door.
fn payment(draw: Draw, amount: Decimal) -> Payment {
    let (method, status) = if draw.chance("order cod", 0, 50) {
        (PaymentMethod::Cod, PaymentStatus::NotPaid)
    } else {
        (PaymentMethod::BankTransfer, PaymentStatus::Paid)
    };
    Payment {
        status,
        method,
        amount,
    }
}

fn receiver(draw: Draw) -> Party {
    let house = draw.between("receiver house", 0, 1, 200);
    Party {
        name: (*draw.pick("receiver", 0, RECEIVERS)).to_owned(),
        phone: Some(format!(
            "+84000{:06}",
            draw.between("phone", 0, 0, 1_000_000)
        )),
        address: address(&format!("{house} Sample St")),
        ..Party::default()
    }
}
