//! A world in which parcels are consigned, and the commands that do it.

use super::super::price::card;
use super::super::world::{World, money};
use trackway_model::orders::{
    Address, CarrierAnswer, Catalogued, Command, Consigning, Decimal, Extra, Fulfilment, Order,
    RateCard, RecordId, Refusal, Service, Share, Terms, Whence, Who, Wish,
};

pub const TERMS: Terms = Terms {
    by: "fastgo-api",
    carrier: "fastgo",
    currency: "VND",
    shop: ("FASTGO", "Fastgo"),
    service: "STD",
    insurance: "INS",
    implied: &["COD"],
    documents_below: 2_500,
};

pub fn rates() -> RateCard {
    RateCard {
        volumetric_divisor: money(6_000),
        cod: Share::default(),
        fuel_percent: money(24),
        vat_percent: money(8),
        extras: vec![Extra {
            code: "NOTICE".to_owned(),
            name: "Notice of the delivery".to_owned(),
            price: money(6_000),
        }],
        parts_to: Decimal::ONE,
        ..card()
    }
}

/// A world whose courier has a service that can be asked for by code.
pub fn world() -> World {
    let mut world = World::new();
    let card = world.put(rates());
    let service = Service {
        courier: world.courier,
        name: "Express".to_owned(),
        estimate: String::new(),
        fulfil_now: false,
        promise: None,
        rate_card: Some(card),
        active: true,
    };
    world
        .carry(&Command::Catalogue(Box::new(Catalogued {
            id: None,
            code: Some("STD".to_owned()),
            body: service.into(),
        })))
        .unwrap();
    world
}

pub fn address() -> Address {
    Address {
        country: "VN".to_owned(),
        line: "9 Sample St".to_owned(),
        province_id: Some(79),
        district_id: Some(766),
        ..Address::default()
    }
}

pub fn wanted() -> Consigning {
    Consigning {
        name: Some("A receiver".to_owned()),
        address: Some(address()),
        weight: Some(400),
        ..Consigning::default()
    }
}

/// From the merchant's own shelf, unless it says from where.
pub fn consign(world: &mut World, wanted: Consigning) -> Result<RecordId, Refusal> {
    let usual = Consigning {
        pickup: Some(Whence::Id(world.shelf)),
        ..Consigning::default()
    };
    world.subject(&Command::Consign {
        wanted: Box::new(wanted.or(usual)),
        terms: &TERMS,
    })
}

pub fn change(
    world: &mut World,
    fulfilment: RecordId,
    wanted: Consigning,
) -> Result<RecordId, Refusal> {
    world.subject(&Command::ChangeConsigned {
        fulfilment,
        wanted: Box::new(wanted),
        terms: &TERMS,
    })
}

pub fn answer(world: &mut World, fulfilment: RecordId, wish: Wish) -> Result<RecordId, Refusal> {
    let address = wish.goes_elsewhere().then(|| Address {
        line: "1 Other St".to_owned(),
        ..address()
    });
    world.subject(&Command::AnswerCarrier {
        fulfilment,
        answer: Box::new(CarrierAnswer {
            wish,
            name: None,
            phone: None,
            address,
            delivery_time: None,
            note: "please".to_owned(),
        }),
    })
}

pub fn give_up(world: &mut World, fulfilment: RecordId) -> Result<RecordId, Refusal> {
    world.subject(&Command::CancelFulfilment {
        fulfilment,
        reason: Some("no longer wanted".to_owned()),
        who: Who::Merchant,
    })
}

pub fn both(world: &World, id: RecordId) -> (Order, Fulfilment) {
    let fulfilment = world.fulfilment(id).clone();
    (world.order(fulfilment.order).clone(), fulfilment)
}
