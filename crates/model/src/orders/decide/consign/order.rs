//! The order of a consigned parcel, and how it was asked for.

use super::asked::Carrying;
use crate::orders::sums::SHIPPING_FEE;
use crate::orders::{
    Choices, Consigned, Consigning, Content, Fee, Fulfilment, Order, OrderLine, OrderState,
    OrderType, Party, Payment, PaymentMethod, PaymentStatus, RecordId, Terms, Whence,
};
use rust_decimal::Decimal;

/// The order of what is consigned: its shipment has begun already.
pub fn ordered(
    it: &Consigning,
    terms: &Terms,
    by: &Carrying<'_>,
    shop: RecordId,
    to: &Party,
    now: i64,
) -> Order {
    let cod = it.cod.unwrap_or_default();
    let mut order = Order {
        state: OrderState::Processing,
        state_since: now,
        order_type: OrderType::B2c,
        shop,
        platform: "retail".to_owned(),
        pickup: by.pickup.id(),
        number: it.number.clone(),
        source: terms.by.to_owned(),
        currency: terms.currency.to_owned(),
        note: it.note.clone().unwrap_or_default(),
        packaging_note: String::new(),
        lines: lines(it),
        payments: Vec::new(),
        discounts: Vec::new(),
        fees: Vec::new(),
        documents: Vec::new(),
        choices: Choices {
            inspection_by_buyer: it.show_goods.unwrap_or_default(),
            use_insurance: it
                .extras
                .iter()
                .flatten()
                .any(|extra| extra == terms.insurance),
            service: Some(by.service.id()),
            courier: Some(by.courier.id()),
            additional_services: it.extras.clone().unwrap_or_default(),
            ..Choices::default()
        },
        reserved: false,
        cod_asked: Decimal::ZERO,
        weighed: None,
        cancel_reason: None,
        confirmed: Some(now),
        fulfilled: None,
        shipped: None,
        completed: None,
        returned: None,
        cancelled: None,
        estimated_departure: None,
        partner_created: None,
        extra: serde_json::Map::new(),
        receiver: Some(to.clone()),
    };
    collect(&mut order, cod);
    order
}

/// So much is to be collected. What it is more than the contents is the shipping fee.
pub fn collect(order: &mut Order, cod: Decimal) {
    order.payments.clear();
    order.fees.clear();
    let more = cod - order.goods();
    if cod > Decimal::ZERO {
        order.payments.push(Payment {
            status: PaymentStatus::NotPaid,
            method: PaymentMethod::Cod,
            amount: cod,
        });
        if more > Decimal::ZERO {
            order.fees.push(Fee {
                code: SHIPPING_FEE.to_owned(),
                amount: more,
            });
        }
    }
    order.cod_asked = order.cod_to_collect();
}

/// The contents as the order keeps them; where none are described, its packages.
fn lines(it: &Consigning) -> Vec<OrderLine> {
    let pieces = [Content {
        sku: String::new(),
        name: String::new(),
        quantity: it.pieces.unwrap_or(1),
        price: Decimal::ZERO,
    }];
    let contents = it.contents.as_deref().unwrap_or_default();
    let contents = if contents.is_empty() {
        &pieces[..]
    } else {
        contents
    };
    let line = |(at, content): (usize, &Content)| OrderLine {
        id: at as u32 + 1,
        sku: content.sku.clone(),
        name: content.name.clone(),
        parts: Vec::new(),
        quantity: content.quantity,
        closed: 0,
        sale_price: content.price,
        discounted_price: content.price,
        weight: 0,
        volume: Decimal::ZERO,
        protective: false,
    };
    contents.iter().enumerate().map(line).collect()
}

/// What was never asked of its carrier in this way, as it stands.
pub fn as_shipped(order: &Order, fulfilment: &Fulfilment, service: Option<String>) -> Consigning {
    let to = fulfilment.receiver.clone().unwrap_or_default();
    let taken = fulfilment.lines.iter().filter_map(|it| {
        let line = order.lines.iter().find(|line| line.id == it.line)?;
        Some(line.discounted_price * Decimal::from(it.quantity))
    });
    Consigning {
        pickup: Some(Whence::Id(order.pickup)),
        service,
        name: Some(to.name),
        phone: to.phone,
        address: Some(to.address),
        document: Some(false),
        weight: Some(fulfilment.weight(order)),
        note: Some(order.note.clone()),
        cod: Some(fulfilment.cod),
        declared: Some(taken.sum()),
        extras: Some(order.choices.additional_services.clone()),
        show_goods: Some(order.choices.inspection_by_buyer),
        number: order.number.clone(),
        ..Consigning::default()
    }
}

/// As it stands, to be asked for again.
pub fn as_asked(order: &Order, fulfilment: &Fulfilment, it: &Consigned) -> Consigning {
    let to = fulfilment.receiver.clone().unwrap_or_default();
    let [long, wide, high] = it.sides.map(Some);
    Consigning {
        code: None,
        pickup: Some(Whence::Id(order.pickup)),
        service: Some(it.service.clone()),
        name: Some(to.name),
        phone: to.phone,
        address: Some(to.address),
        document: Some(it.document),
        weight: Some(it.weight),
        length: long,
        width: wide,
        height: high,
        pieces: Some(it.pieces),
        packages: Some(it.packages.clone()),
        note: Some(order.note.clone()),
        cod: Some(fulfilment.cod),
        cop: Some(it.cop),
        declared: Some(it.declared),
        extras: Some(it.extras.clone()),
        show_goods: it.show_goods,
        number: order.number.clone(),
        reference: it.reference.clone(),
        contents: None,
    }
}
