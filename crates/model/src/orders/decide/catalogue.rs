//! The catalogue: shops, places, couriers, products and items, made and changed.

use super::check::{
    MAX_LINES, NAME, TEXT, amount, count, distinct, few, invalid, length, name, parts, some, text,
    weight,
};
use super::look::{self, Seen, fresh};
use super::{codes, ratecard, receiver};
use crate::orders::{
    Body, Books, BoxSize, Catalogued, Category, Courier, Decimal, Facet, File, Item, Name,
    NameKind, PickupAddress, Product, Record, RecordId, Refusal, Service, Shop, Stop, Verdict,
};
use std::sync::Arc;

/// How deep categories stand in each other at most.
const MAX_DEPTH: u8 = 10;
/// The most bytes of an uploaded file.
const MAX_FILE: usize = 20 * 1024 * 1024;

pub fn put(given: &Catalogued, books: &Books<'_>) -> Result<Verdict, Stop> {
    put_beside(given, &[], books)
}

/// The same, beside items that are made by the same command.
pub fn put_beside(
    given: &Catalogued,
    made: &[RecordId],
    books: &Books<'_>,
) -> Result<Verdict, Stop> {
    let kind = given.body.kind();
    sane(&given.body)?;
    if let Some(code) = &given.code {
        name("code", code)?;
    }
    let fresh_id = given.id.is_none().then(|| books.fresh_id());
    let before = given.id.map(|id| books.record(kind, id));
    let names = unique(given, books);
    let body = complete(&given.body, made, books);
    let before = match (given.id, before) {
        (Some(id), Some(found)) => {
            let found = found?.filter(|it| it.account == books.account);
            Some(found.ok_or(Refusal::Unknown { kind, id })?)
        }
        _ => None,
    };
    let mut body = body?;
    locate(&mut body)?;
    let id = match (before, fresh_id) {
        (Some(before), _) => before.id,
        (None, fresh) => fresh.expect("a record without an id is new")?,
    };
    if let Some(before) = before {
        settled(before, &body)?;
    }
    for (name, found) in names {
        match found? {
            Some(other) if other.id != id => {
                return Err(Refusal::Duplicate {
                    kind,
                    name,
                    existing: other.id,
                }
                .into());
            }
            _ => {}
        }
    }
    named(&mut body, before, id, books);
    Ok(Verdict {
        writes: written(before, given.code.clone(), body, id, books),
        subject: Some(id),
        ..Verdict::default()
    })
}

/// The write, where anything is different.
fn written(
    before: Option<&Arc<Record>>,
    code: Option<String>,
    body: Body,
    id: RecordId,
    books: &Books<'_>,
) -> Vec<crate::orders::Write> {
    let Some(record) = before else {
        return vec![fresh(books, id, code, body)];
    };
    let code = code.unwrap_or_else(|| record.code.clone());
    if code == record.code && body == record.body {
        return Vec::new();
    }
    let seen = Seen {
        record,
        body: &record.body,
    };
    let mut write = seen.rewritten(books, body);
    write.after.code = code;
    vec![write]
}

type Looked<'a> = (Name, Result<Option<&'a Arc<Record>>, Stop>);

/// The names that no other record may have.
fn unique<'a>(given: &Catalogued, books: &Books<'a>) -> Vec<Looked<'a>> {
    let sku = match &given.body {
        Body::Product(it) => Some(Name::new(NameKind::Sku, it.shop, &it.sku)),
        Body::Item(it) => Some(Name::new(NameKind::Sku, RecordId(0), &it.sku)),
        _ => None,
    };
    let code = given.code.as_ref().map(Name::code);
    let names = code.into_iter().chain(sku);
    names
        .map(|name| (name.clone(), books.named(given.body.kind(), name)))
        .collect()
}

/// Puts the address that a body has on the map.
fn locate(body: &mut Body) -> Result<(), Refusal> {
    match body {
        Body::PickupAddress(it) => receiver::locate("contact", &mut it.contact),
        Body::Vendor(it) => receiver::locate("contact", &mut it.contact),
        Body::Customer(it) => receiver::locate("party", &mut it.party),
        _ => Ok(()),
    }
}

/// What is wrong with a body by itself.
fn sane(body: &Body) -> Result<(), Refusal> {
    match body {
        Body::Shop(it) => shop(it),
        Body::PickupAddress(it) => pickup(it),
        Body::Vendor(it) => {
            name("name", &it.name)?;
            receiver::bounded("contact", &it.contact)
        }
        Body::BoxSize(it) => box_size(it),
        Body::Courier(it) => courier(it),
        Body::CourierLink(it) => name("name", &it.name),
        Body::Service(it) => {
            name("name", &it.name)?;
            text("estimate", &it.estimate, NAME)
        }
        Body::RateCard(it) => ratecard::sane(it),
        Body::Category(it) => name("name", &it.name),
        Body::Brand(it) => name("name", &it.name),
        Body::Unit(it) => name("name", &it.name),
        Body::Product(it) => product(it),
        Body::Item(it) => item(it),
        Body::Customer(it) => receiver::bounded("party", &it.party),
        Body::File(it) => file(it),
        Body::Order(_)
        | Body::Fulfilment(_)
        | Body::Inbound(_)
        | Body::Return(_)
        | Body::Report(_) => Err(invalid(
            "kind",
            format!(
                "{} records are made and changed by commands of their own",
                body.kind()
            ),
        )),
    }
}

fn link(field: &str, given: Option<&String>) -> Result<(), Refusal> {
    text(field, given.map_or("", String::as_str), TEXT)
}

fn shop(it: &Shop) -> Result<(), Refusal> {
    name("name", &it.name)?;
    name("platform", &it.platform)?;
    link("logo", it.logo.as_ref())?;
    link("platform_logo", it.platform_logo.as_ref())
}

fn pickup(it: &PickupAddress) -> Result<(), Refusal> {
    name("name", &it.name)?;
    name("fulfilment_provider", &it.fulfilment_provider)?;
    text(
        "fulfilment_provider_name",
        &it.fulfilment_provider_name,
        NAME,
    )?;
    link("warehouse", it.warehouse.as_ref())?;
    link("warehouse_name", it.warehouse_name.as_ref())?;
    receiver::bounded("contact", &it.contact)
}

fn box_size(it: &BoxSize) -> Result<(), Refusal> {
    name("name", &it.name)?;
    sides(it.length, it.width, it.height)?;
    weight("max_weight", it.max_weight.unwrap_or(0))
}

fn sides(long: Decimal, wide: Decimal, high: Decimal) -> Result<(), Refusal> {
    length("length", long)?;
    length("width", wide)?;
    length("height", high)
}

fn courier(it: &Courier) -> Result<(), Refusal> {
    name("name", &it.name)?;
    text("carrier", &it.carrier, NAME)?;
    link("description", it.description.as_ref())?;
    link("logo", it.logo.as_ref())?;
    link("tracking_url", it.tracking_url.as_ref())?;
    if it.rating.is_some_and(|rating| rating > 5) {
        return Err(invalid("rating", "must be 0 to 5"));
    }
    Ok(())
}

fn product(it: &Product) -> Result<(), Refusal> {
    name("sku", &it.sku)?;
    name("name", &it.name)?;
    text("platform", &it.platform, NAME)?;
    link("image_url", it.image_url.as_ref())?;
    amount("sale_price", it.sale_price)?;
    amount("discounted_price", it.discounted_price)?;
    some("parts", it.parts.len(), MAX_LINES)?;
    for (at, part) in it.parts.iter().enumerate() {
        parts(format!("parts[{at}].quantity"), part.quantity)?;
    }
    distinct("parts", it.parts.iter().map(|part| part.item))
}

fn item(it: &Item) -> Result<(), Refusal> {
    name("sku", &it.sku)?;
    name("name", &it.name)?;
    text("sku_uuid", &it.sku_uuid, NAME)?;
    text("description", &it.description, 16 * TEXT)?;
    for (field, given) in [
        ("image_urls", &it.image_urls),
        ("documents", &it.documents),
        ("barcodes", &it.barcodes),
    ] {
        few(field, given.len(), MAX_LINES)?;
        for (at, one) in given.iter().enumerate() {
            text(format!("{field}[{at}]"), one, TEXT)?;
        }
    }
    weight("weight", it.weight)?;
    sides(it.length, it.width, it.height)?;
    amount("cost", it.cost)?;
    amount("sale_price", it.sale_price)?;
    for (field, days) in [
        ("min_shelf_life_inbound", it.min_shelf_life_inbound),
        ("min_shelf_life_outbound", it.min_shelf_life_outbound),
        ("min_stock_warning", Some(it.min_stock_warning)),
    ] {
        count(field, days.unwrap_or(0))?;
    }
    for (field, code) in [
        ("material", &it.material),
        ("product_type", &it.product_type),
        ("storage_method", &it.storage_method),
        ("outbound_strategy", &it.outbound_strategy),
    ] {
        text(field, code, NAME)?;
    }
    Ok(())
}

fn file(it: &File) -> Result<(), Refusal> {
    name("name", &it.name)?;
    name("media_type", &it.media_type)?;
    some("bytes", it.bytes.len(), MAX_FILE)?;
    if it.size != it.bytes.len() as u64 {
        return Err(invalid("size", format!("must be {}", it.bytes.len())));
    }
    Ok(())
}

/// The body with everything that it names looked up: refused where the account has no such record.
fn complete(body: &Body, made: &[RecordId], books: &Books<'_>) -> Result<Body, Stop> {
    let mut body = body.clone();
    match &mut body {
        Body::CourierLink(it) => drop(look::courier(books, it.courier)?),
        Body::Service(it) => service(it, books)?,
        Body::Category(it) => it.level = level(it, books)?,
        Body::Product(it) => sold(it, made, books)?,
        Body::Item(it) => {
            let category = it.category.map(|id| look::category(books, id));
            let brand = it.brand.map(|id| look::brand(books, id));
            let unit = it.unit.map(|id| look::unit(books, id));
            category.transpose()?;
            brand.transpose()?;
            unit.transpose()?;
        }
        Body::Shop(_)
        | Body::PickupAddress(_)
        | Body::Vendor(_)
        | Body::BoxSize(_)
        | Body::Courier(_)
        | Body::RateCard(_)
        | Body::Brand(_)
        | Body::Unit(_)
        | Body::Customer(_)
        | Body::File(_)
        | Body::Report(_)
        | Body::Order(_)
        | Body::Fulfilment(_)
        | Body::Inbound(_)
        | Body::Return(_) => {}
    }
    Ok(body)
}

fn service(it: &Service, books: &Books<'_>) -> Result<(), Stop> {
    let courier = look::courier(books, it.courier);
    let rates = it.rate_card.map(|id| look::rate_card(books, id));
    courier?;
    rates.transpose()?;
    Ok(())
}

/// One more than its parent's.
fn level(it: &Category, books: &Books<'_>) -> Result<u8, Stop> {
    let Some(parent) = it.parent else {
        return Ok(1);
    };
    let above = look::category(books, parent)?.body.level;
    if above >= MAX_DEPTH {
        return Err(invalid(
            "parent",
            format!("categories stand at most {MAX_DEPTH} deep"),
        )
        .into());
    }
    Ok(above + 1)
}

/// A product sells on its shop's platform, and of items that there are.
fn sold(it: &mut Product, made: &[RecordId], books: &Books<'_>) -> Result<(), Stop> {
    let shop = look::shop(books, it.shop);
    let category = it.category.map(|id| look::category(books, id));
    let brand = it.brand.map(|id| look::brand(books, id));
    let items: Vec<_> = it
        .parts
        .iter()
        .filter(|part| !made.contains(&part.item))
        .map(|part| look::item(books, part.item))
        .collect();
    it.platform.clone_from(&shop?.body.platform);
    category.transpose()?;
    brand.transpose()?;
    for item in items {
        item?;
    }
    Ok(())
}

/// What others rely on stays: whose it is.
fn settled(before: &Record, body: &Body) -> Result<(), Refusal> {
    let moved = match (&before.body, body) {
        (Body::Product(was), Body::Product(is)) => (was.shop != is.shop).then_some(Facet::Shop),
        (Body::Service(was), Body::Service(is)) => {
            (was.courier != is.courier).then_some(Facet::Courier)
        }
        (Body::CourierLink(was), Body::CourierLink(is)) => {
            (was.courier != is.courier).then_some(Facet::Courier)
        }
        // Those below it keep their level.
        (Body::Category(was), Body::Category(is)) => {
            (was.parent != is.parent).then_some(Facet::Parent)
        }
        _ => None,
    };
    match moved {
        Some(facet) => Err(Refusal::InUse {
            kind: before.kind(),
            id: before.id,
            facet,
        }),
        None => Ok(()),
    }
}

/// What an item is called everywhere, and since when its state is what it is.
fn named(body: &mut Body, before: Option<&Arc<Record>>, id: RecordId, books: &Books<'_>) {
    let Body::Item(item) = body else { return };
    if item.sku_uuid.is_empty() {
        item.sku_uuid = codes::sku_uuid(books.account, id);
    }
    item.status_since = match before.map(|record| &record.body) {
        Some(Body::Item(was)) if was.qualified == item.qualified => was.status_since,
        _ => books.now,
    };
}
