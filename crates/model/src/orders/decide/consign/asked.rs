//! What is asked for: whether it can be, by what it is carried, and what that costs.

use crate::orders::decide::check::{
    MAX_LINES, MAX_PARCELS, NAME, TEXT, amount, distinct, few, invalid, length, name, quantity,
    some, text, volume, waybill, weight,
};
use crate::orders::decide::look::{self, Seen, active};
use crate::orders::decide::receiver;
use crate::orders::{
    Address, Books, Consigned, Consigning, Consignment, Courier, Kind, Name, Party, PickupAddress,
    Quote, RateCard, Refusal, Service, Stop, Terms, Whence,
};
use rust_decimal::Decimal;

pub fn sane(it: &Consigning) -> Result<(), Refusal> {
    let said = |given: &Option<String>| given.clone().unwrap_or_default();
    if let Some(code) = &it.code {
        waybill("code", code)?;
    }
    if let Some(number) = &it.number {
        name("number", number)?;
    }
    text("service", &said(&it.service), NAME)?;
    text("reference", &said(&it.reference), NAME)?;
    text("note", &said(&it.note), TEXT)?;
    weight("weight", it.weight.unwrap_or(0))?;
    for (field, side) in [
        ("length", it.length),
        ("width", it.width),
        ("height", it.height),
    ] {
        length(field, side.unwrap_or_default())?;
    }
    for (field, given) in [("cod", it.cod), ("cop", it.cop), ("declared", it.declared)] {
        amount(field, given.unwrap_or_default())?;
    }
    packages(it)?;
    let extras = it.extras.as_deref().unwrap_or_default();
    few("extras", extras.len(), MAX_LINES)?;
    for (at, extra) in extras.iter().enumerate() {
        name(format!("extras[{at}]"), extra)?;
    }
    distinct("extras", extras.iter())?;
    let contents = it.contents.as_deref().unwrap_or_default();
    few("contents", contents.len(), MAX_LINES)?;
    for (at, content) in contents.iter().enumerate() {
        text(format!("contents[{at}].sku"), &content.sku, NAME)?;
        text(format!("contents[{at}].name"), &content.name, NAME)?;
        quantity(format!("contents[{at}].quantity"), content.quantity)?;
        amount(format!("contents[{at}].price"), content.price)?;
    }
    Ok(())
}

/// As many packages as pieces, where there are several.
fn packages(it: &Consigning) -> Result<(), Refusal> {
    let pieces = it.pieces.unwrap_or(1);
    some("pieces", usize::try_from(pieces).unwrap_or(0), MAX_PARCELS)?;
    let packages = it.packages.as_deref().unwrap_or_default();
    let count = packages.len() as i64;
    if count != pieces && (pieces > 1 || count > 0) {
        let problem = format!("{count} are given for a quantity of {pieces}");
        return Err(invalid("packages", problem));
    }
    for (at, package) in packages.iter().enumerate() {
        text(format!("packages[{at}].id"), &package.id, NAME)?;
        weight(
            format!("packages[{at}].weight"),
            package.weight.unwrap_or(0),
        )?;
        for side in package.sides.iter().flatten() {
            length(format!("packages[{at}].sides"), *side)?;
        }
    }
    Ok(())
}

/// What it is carried by, and from where.
pub struct Carrying<'a> {
    pub service: Seen<'a, Service>,
    pub courier: Seen<'a, Courier>,
    pub card: Option<Seen<'a, RateCard>>,
    pub pickup: Seen<'a, PickupAddress>,
}

impl<'a> Carrying<'a> {
    pub fn look(it: &Consigning, terms: &Terms, books: &Books<'a>) -> Result<Self, Stop> {
        let code = it.service.as_deref().unwrap_or(terms.service);
        let pickup = whence(it, books);
        let service = service(code, books)?;
        let card = service.body.rate_card.map(|id| look::rate_card(books, id));
        let courier = look::courier(books, service.body.courier);
        let card = card.transpose()?;
        let courier = courier?;
        if courier.body.carrier != terms.carrier || !courier.body.active {
            return Err(no_service(code).into());
        }
        let pickup = pickup?;
        active(
            "pickup",
            Kind::PickupAddress,
            pickup.id(),
            pickup.body.active,
        )?;
        Ok(Self {
            service,
            courier,
            card,
            pickup,
        })
    }
}

fn no_service(code: &str) -> Refusal {
    Refusal::UnknownName {
        kind: Kind::Service,
        name: Name::code(code),
    }
}

fn service<'a>(code: &str, books: &Books<'a>) -> Result<Seen<'a, Service>, Stop> {
    let found = books.named(Kind::Service, Name::code(code))?;
    let found = found.and_then(|record| look::as_service(books, record));
    let found = found.filter(|it| it.body.active);
    Ok(found.ok_or_else(|| no_service(code))?)
}

fn whence<'a>(it: &Consigning, books: &Books<'a>) -> Result<Seen<'a, PickupAddress>, Stop> {
    match &it.pickup {
        None => Err(invalid("pickup", "must be given").into()),
        Some(Whence::Id(id)) => look::pickup(books, *id),
        Some(Whence::Code(code)) => {
            let unknown = || Refusal::UnknownName {
                kind: Kind::PickupAddress,
                name: Name::code(code),
            };
            let found = books.named(Kind::PickupAddress, Name::code(code))?;
            let found = found.and_then(|record| look::as_pickup(books, record));
            Ok(found.ok_or_else(unknown)?)
        }
    }
}

/// Whom it goes to: only where is asked for.
pub fn party(it: &Consigning) -> Result<Party, Refusal> {
    let mut party = Party {
        name: it.name.clone().unwrap_or_default(),
        phone: it.phone.clone(),
        email: None,
        address: it.address.clone().unwrap_or_default(),
        customer: None,
    };
    whither("receiver", &mut party)?;
    Ok(party)
}

/// Puts it on the map, too.
pub fn whither(field: &str, party: &mut Party) -> Result<(), Refusal> {
    name_of_place(field, &party.address)?;
    receiver::bounded(field, party)?;
    receiver::locate(field, party)
}

fn name_of_place(field: &str, address: &Address) -> Result<(), Refusal> {
    if address.line.trim().is_empty() {
        return Err(invalid(
            format!("{field}.address.line"),
            "must not be empty",
        ));
    }
    Ok(())
}

/// What is carried and what it costs.
pub fn consigned(
    it: &Consigning,
    terms: &Terms,
    by: &Carrying<'_>,
    to: &Party,
) -> Result<Consigned, Refusal> {
    let packages = it.packages.clone().unwrap_or_default();
    let weighed = packages.iter().filter_map(|it| it.weight).sum();
    let grams = it.weight.filter(|grams| *grams > 0).unwrap_or(weighed);
    weight("weight", grams)?;
    let sides = [it.length, it.width, it.height].map(Option::unwrap_or_default);
    let measure = |[long, wide, high]: [Decimal; 3]| long * wide * high;
    let loose = packages.iter().filter_map(|it| it.sides).map(measure).sum();
    let whole = measure(sides);
    let bulk: Decimal = if whole.is_zero() { loose } else { whole };
    volume("volume", bulk)?;
    let extras = it.extras.clone().unwrap_or_default();
    let declared = it.declared.unwrap_or_default();
    let insured = extras.iter().any(|extra| extra == terms.insurance);
    if insured && declared.is_zero() {
        return Err(invalid("declared", "must be given for what is insured"));
    }
    let from = by.pickup.body.address();
    let of = Consignment {
        from: from.unit(),
        to: to.address.unit(),
        weight: grams,
        volume: bulk,
        cod: it.cod.unwrap_or_default(),
        insured: if insured { declared } else { Decimal::ZERO },
    };
    let priced: Vec<&str> = extras
        .iter()
        .map(String::as_str)
        .filter(|extra| *extra != terms.insurance && !terms.implied.contains(extra))
        .collect();
    let card = by.card.map(|card| card.body);
    let quote = card.map(|card| card.quote_with(&of, &priced)).transpose()?;
    let document = kind_of(it, terms, quote.as_ref(), grams, declared)?;
    Ok(Consigned {
        by: terms.by.to_owned(),
        made: false,
        service: by.service.record.code.clone(),
        service_name: by.service.body.name.clone(),
        document,
        weight: grams,
        sides,
        pieces: it.pieces.unwrap_or(1),
        packages,
        cop: it.cop.unwrap_or_default(),
        declared,
        extras,
        show_goods: it.show_goods,
        reference: it.reference.clone(),
        quote,
    })
}

/// Whether it is a document: nothing heavy is, and what is none must be declared.
fn kind_of(
    it: &Consigning,
    terms: &Terms,
    quote: Option<&Quote>,
    grams: i64,
    declared: Decimal,
) -> Result<bool, Refusal> {
    let charged = quote.map_or(grams, |quote| quote.charged_weight);
    let is_light = charged < terms.documents_below;
    let document = it.document.unwrap_or(is_light && declared.is_zero());
    if document && !is_light {
        let problem = format!("{charged} g are no document");
        return Err(invalid("document", problem));
    }
    if !document && it.declared.is_none() {
        return Err(invalid("declared", "must be given for goods"));
    }
    Ok(document)
}
