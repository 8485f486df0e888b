//! Rows of an upstream's lists as records of our catalogue (nandh-oms.md §5, §6).
//!
//! Contract: a record is read over the one that we have: what the upstream does not tell stays as it is,
//! and what it tells as null is nothing. What names a record of theirs is looked up in `Known`.
//!
//! What has a code of its own there (a box, a courier's prefix, a service, a unit) is the record of ours
//! with that code; an item is the one with its SKU, a product the one with its SKU in its shop. All else
//! has a number only, and is known here by a code made of the connection's number and that.

mod items;

use crate::dialect::pulls::{Entry, FoundBy, Known, Reads, Theirs, Wrong};
use crate::nandh::address::COUNTRY;
use crate::nandh::errors::Stop;
use crate::nandh::related::Part;
use crate::nandh::request::Members;
use crate::raw::{self, Object};
use items::{item, product};
use trackway_model::ConnectionId;
use trackway_model::orders::{
    Address, Body, BoxSize, Brand, Category, Courier, CourierLink, Decimal, Kind, NameKind,
    OrderType, Party, PickupAddress, RecordId, Service, Shop, Unit, Vendor,
};

type Read = fn(&Row<'_>, Option<&Body>) -> Result<Body, Stop>;

/// What our record of a thing is found by.
#[derive(Clone, Copy, Debug)]
enum By {
    Code,
    Sku,
    /// Within its shop.
    ShopSku,
}

/// A kind whose records have numbers there.
#[derive(Debug)]
pub struct Numbered {
    pub kind: Kind,
    /// The member that holds a code of its own.
    code: Option<&'static str>,
    found_by: By,
    /// The members that name others.
    refers: &'static [(Kind, &'static str)],
    read: Reads,
}

macro_rules! numbered {
    ($name:ident, $kind:ident, $code:expr, $by:expr, $refers:expr, $read:path) => {
        pub static $name: Numbered = Numbered {
            kind: Kind::$kind,
            code: $code,
            found_by: $by,
            refers: $refers,
            read: |row, before, known| read(row, before, known, $read),
        };
    };
}

const OF_ITEM: &[(Kind, &str)] = &[
    (Kind::Category, "product_category"),
    (Kind::Brand, "product_brand"),
    (Kind::Unit, "unit"),
];
const OF_PRODUCT: &[(Kind, &str)] = &[
    (Kind::Shop, "store"),
    (Kind::Category, "product_category"),
    (Kind::Brand, "product_brand"),
];
const OF_LINK: &[(Kind, &str)] = &[(Kind::Courier, "courier")];
const OF_SERVICE: &[(Kind, &str)] = &[(Kind::Courier, "courier_id")];
const OF_CATEGORY: &[(Kind, &str)] = &[(Kind::Category, "parent")];
const PARTS: &str = "product_inventory_map";
const PART: &str = "product_inventory_id";

numbered!(SHOP, Shop, None, By::Code, &[], shop);
numbered!(PICKUP, PickupAddress, None, By::Code, &[], pickup);
numbered!(VENDOR, Vendor, None, By::Code, &[], vendor);
numbered!(BOX, BoxSize, Some("code"), By::Code, &[], box_size);
numbered!(COURIER, Courier, Some("prefix"), By::Code, &[], courier);
numbered!(LINK, CourierLink, None, By::Code, OF_LINK, link);
numbered!(
    SERVICE,
    Service,
    Some("code"),
    By::Code,
    OF_SERVICE,
    service
);
numbered!(CATEGORY, Category, None, By::Code, OF_CATEGORY, category);
numbered!(BRAND, Brand, None, By::Code, &[], brand);
numbered!(UNIT, Unit, Some("code"), By::Code, &[], unit);
numbered!(ITEM, Item, Some("nhsin"), By::Sku, OF_ITEM, item);
numbered!(PRODUCT, Product, None, By::ShopSku, OF_PRODUCT, product);

/// The code of what has none of its own there.
pub fn numbered_code(connection: ConnectionId, number: &str) -> String {
    format!("U{}-{number}", connection.0)
}

/// A thing's number: the member itself, or the `id` of the object that it is.
fn number_in(object: &Object<'_>, name: &str) -> Option<String> {
    let inside = object.inside(name);
    let value = match &inside {
        Some(inside) => inside.get("id")?,
        None => object.get(name)?,
    };
    raw::scalar(value).map(|said| said.trim().to_owned())
}

/// The entry that a row is.
pub fn entry(
    part: &'static str,
    connection: ConnectionId,
    of: &'static Numbered,
    row: &Object<'_>,
) -> Result<Entry, Wrong> {
    let wrong = |id: &str, problem: &str| Wrong {
        part,
        id: id.to_owned(),
        problem: problem.to_owned(),
    };
    let Some(id) = number_in(row, "id") else {
        return Err(wrong("", "it has no id"));
    };
    let said = |name: &str| raw::scalar(row.get(name)?).map(|it| it.trim().to_owned());
    let numbered = numbered_code(connection, &id);
    let own = of.code.and_then(said).map(|code| match of.kind {
        // Its prefix is written small, its services' codes are not (§5).
        Kind::Courier => code.to_uppercase(),
        _ => code,
    });
    // Digits alone name a record by its number.
    let own = own.filter(|code| !code.is_empty() && code.contains(|c: char| !c.is_ascii_digit()));
    let mut refers: Vec<Theirs> = Vec::new();
    for (kind, name) in of.refers {
        refers.extend(number_in(row, name).map(|number| (*kind, number)));
    }
    let sku = |within| -> Result<FoundBy, Wrong> {
        let text = said("sku").ok_or_else(|| wrong(&id, "sku: is required"))?;
        Ok(FoundBy {
            kind: NameKind::Sku,
            within,
            text,
        })
    };
    let (found_by, code) = match of.found_by {
        By::Sku => (sku(None)?, own),
        By::ShopSku => {
            let shop = number_in(row, "store").map(|number| (Kind::Shop, number));
            (sku(shop)?, own)
        }
        By::Code => {
            let code = own.unwrap_or(numbered);
            let by = FoundBy {
                kind: NameKind::Code,
                within: None,
                text: code.clone(),
            };
            (by, Some(code))
        }
    };
    refers.extend(parts_of(row).into_iter().map(|item| (Kind::Item, item)));
    Ok(Entry {
        part,
        theirs: (of.kind, id),
        found_by: vec![found_by],
        code,
        refers,
        row: row.text().as_bytes().to_vec(),
        read: of.read,
    })
}

/// The numbers of the items that a product is made of.
fn parts_of(row: &Object<'_>) -> Vec<String> {
    let parts = row.list(PARTS).unwrap_or_default();
    let parts = parts.iter().filter_map(raw::Value::object);
    parts.filter_map(|part| number_in(&part, PART)).collect()
}

/// A row with what its references mean.
struct Row<'a> {
    given: Members<'a>,
    object: Object<'a>,
    known: &'a Known,
}

fn read(row: &[u8], before: Option<&Body>, known: &Known, of: Read) -> Result<Body, String> {
    let given = Members::parse(row).map_err(|stop| stop.message)?;
    let object = Object::parse(row).map_err(|problem| problem.to_string())?;
    let row = Row {
        given,
        object,
        known,
    };
    of(&row, before).map_err(|stop| stop.message)
}

impl Row<'_> {
    /// What is told, else what was known; a null says that there is nothing.
    fn over<T: Clone>(&self, name: &str, told: Option<T>, before: Option<&Option<T>>) -> Option<T> {
        if self.given.tells(name) {
            told
        } else {
            before.cloned().flatten()
        }
    }

    fn text(&self, name: &str, before: Option<&Option<String>>) -> Result<Option<String>, Stop> {
        Ok(self.over(name, self.given.text(name)?, before))
    }

    /// A text that is never missing.
    fn word(&self, name: &str, before: Option<&String>) -> Result<String, Stop> {
        let told = self.given.text(name)?;
        Ok(told.or_else(|| before.cloned()).unwrap_or_default())
    }

    fn flag(&self, name: &str, before: Option<bool>, usual: bool) -> Result<bool, Stop> {
        let told = self.given.flag(name)?;
        Ok(told.or(before).unwrap_or(usual))
    }

    fn amount(&self, name: &str, before: Option<Decimal>) -> Result<Decimal, Stop> {
        let told = self.given.amount(name)?;
        Ok(told.or(before).unwrap_or_default())
    }

    fn count(&self, name: &str, before: Option<i64>) -> Result<i64, Stop> {
        let told = self.given.int_from(name, 0)?;
        Ok(told.or(before).unwrap_or_default())
    }

    /// Our record of what a member names.
    fn named(&self, kind: Kind, name: &str) -> Result<Option<RecordId>, Stop> {
        let Some(number) = number_in(&self.object, name) else {
            return Ok(None);
        };
        let found = self.known.get(kind, &number).map(Some);
        found.ok_or_else(|| {
            self.given
                .wrong(name, &format!("there is no {kind} {number}"))
        })
    }

    fn required(&self, kind: Kind, name: &str) -> Result<RecordId, Stop> {
        let named = self.named(kind, name)?;
        named.ok_or_else(|| self.given.wrong(name, "is required"))
    }
}

fn shop(row: &Row<'_>, before: Option<&Body>) -> Result<Body, Stop> {
    let was = before.and_then(Shop::of);
    let told = row.given.text("store_type")?;
    let told = told.and_then(|name| OrderType::from_name(&name));
    Ok(Shop {
        name: row.given.required_text("name")?,
        logo: row.text("logo", was.map(|it| &it.logo))?,
        platform: row.given.required_text("platform")?,
        platform_logo: row.text("platform_logo", was.map(|it| &it.platform_logo))?,
        shop_type: told
            .or(was.map(|it| it.shop_type))
            .unwrap_or(OrderType::B2c),
        active: row.flag("is_active", was.map(|it| it.active), true)?,
    }
    .into())
}

/// A place's division by name; its codes are found anew.
fn division(row: &Row<'_>, name: &str) -> Result<Option<String>, Stop> {
    match row.given.object(name)? {
        Some(inside) => inside.text(&format!("{name}_name")),
        None => Ok(None),
    }
}

fn pickup(row: &Row<'_>, before: Option<&Body>) -> Result<Body, Stop> {
    let was = before.and_then(PickupAddress::of);
    let contact = was.map(|it| &it.contact);
    let by_itself = row.flag("is_fulfill_self", was.map(|it| !it.is_3pf()), false)?;
    let told = row.given.text("fulfillment_provider")?;
    let usual = if by_itself { "self" } else { "nandh" };
    let tells_place = row.given.tells("province");
    let place = contact.map(|it| &it.address);
    let divisions = match place {
        Some(place) if !tells_place => {
            [&place.province, &place.district, &place.ward].map(Clone::clone)
        }
        _ => [
            division(row, "province")?,
            division(row, "district")?,
            division(row, "ward")?,
        ],
    };
    let [province, district, ward] = divisions;
    Ok(PickupAddress {
        name: row.given.required_text("pickup_name")?,
        fulfilment_provider: told.unwrap_or_else(|| usual.to_owned()),
        fulfilment_provider_name: row.word(
            "fulfillment_provider_name",
            was.map(|it| &it.fulfilment_provider_name),
        )?,
        warehouse: row.text("warehouse_provider", was.map(|it| &it.warehouse))?,
        warehouse_name: row.text("warehouse_provider_name", was.map(|it| &it.warehouse_name))?,
        default: row.flag("is_default", was.map(|it| it.default), false)?,
        active: row.flag("is_active", was.map(|it| it.active), true)?,
        contact: Party {
            name: row.word("contact_name", contact.map(|it| &it.name))?,
            phone: row.text("phone", contact.map(|it| &it.phone))?,
            email: contact.and_then(|it| it.email.clone()),
            address: Address {
                country: COUNTRY.to_owned(),
                line: row.word("address", place.map(|it| &it.line))?,
                province,
                district,
                ward,
                ..Address::default()
            },
            customer: None,
        },
    }
    .into())
}

fn vendor(row: &Row<'_>, before: Option<&Body>) -> Result<Body, Stop> {
    let was = before.and_then(Vendor::of);
    let contact = was.map(|it| it.contact.clone()).unwrap_or_default();
    let name = row.given.required_text("name")?;
    let told = row.given.text("vendor_type")?;
    Ok(Vendor {
        logo: row.text("logo", was.map(|it| &it.logo))?,
        company: told.map_or(was.is_some_and(|it| it.company), |told| told == "company"),
        contact: Party {
            name: if contact.name.is_empty() {
                name.clone()
            } else {
                contact.name.clone()
            },
            phone: row.text("phone", Some(&contact.phone))?,
            email: row.text("email", Some(&contact.email))?,
            address: Address {
                country: COUNTRY.to_owned(),
                line: row.word("address", Some(&contact.address.line))?,
                ..contact.address.clone()
            },
            customer: None,
        },
        name,
    }
    .into())
}

fn box_size(row: &Row<'_>, before: Option<&Body>) -> Result<Body, Stop> {
    let was = before.and_then(BoxSize::of);
    let told = row.given.int_from("max_weight", 0)?;
    Ok(BoxSize {
        name: row.given.required_text("name")?,
        length: row.given.required_amount("length")?,
        width: row.given.required_amount("width")?,
        height: row.given.required_amount("height")?,
        max_weight: row.over("max_weight", told, was.map(|it| &it.max_weight)),
        active: row.flag("is_active", was.map(|it| it.active), true)?,
    }
    .into())
}

fn courier(row: &Row<'_>, before: Option<&Body>) -> Result<Body, Stop> {
    let was = before.and_then(Courier::of);
    let rating = row.given.int_from("rating", 0)?;
    let rating = rating.and_then(|rating| u8::try_from(rating).ok());
    // Under which of our carriers its parcels are followed is ours to say once it is here.
    let carrier = match was {
        Some(was) => was.carrier.clone(),
        None => match row.given.text("use_lib")? {
            Some(told) => told,
            None => row.word("prefix", None)?.to_lowercase(),
        },
    };
    Ok(Courier {
        name: row.given.required_text("name")?,
        description: row.text("description", was.map(|it| &it.description))?,
        logo: row.text("logo", was.map(|it| &it.logo))?,
        carrier,
        tracking_url: row.text("tracking_url", was.map(|it| &it.tracking_url))?,
        rating: row.over("rating", rating, was.map(|it| &it.rating)),
        own_fleet: row.flag("is_seller_own_fleet", was.map(|it| it.own_fleet), false)?,
        platform_fleet: row.flag(
            "is_platform_own_fleet",
            was.map(|it| it.platform_fleet),
            false,
        )?,
        fulfil_now: row.flag("is_fulfill_now", was.map(|it| it.fulfil_now), false)?,
        active: was.is_none_or(|it| it.active),
    }
    .into())
}

fn link(row: &Row<'_>, before: Option<&Body>) -> Result<Body, Stop> {
    let was = before.and_then(CourierLink::of);
    Ok(CourierLink {
        courier: row.required(Kind::Courier, "courier")?,
        name: row.given.required_text("name")?,
        active: row.flag("is_active", was.map(|it| it.active), true)?,
    }
    .into())
}

fn service(row: &Row<'_>, before: Option<&Body>) -> Result<Body, Stop> {
    let was = before.and_then(Service::of);
    Ok(Service {
        courier: row.required(Kind::Courier, "courier_id")?,
        name: row.given.required_text("name")?,
        estimate: row.word("estimate_time", was.map(|it| &it.estimate))?,
        fulfil_now: row.flag("is_fulfill_now", was.map(|it| it.fulfil_now), false)?,
        promise: was.and_then(|it| it.promise),
        rate_card: was.and_then(|it| it.rate_card),
        active: was.is_none_or(|it| it.active),
    }
    .into())
}

/// Its level follows from its parent.
fn category(row: &Row<'_>, before: Option<&Body>) -> Result<Body, Stop> {
    let was = before.and_then(Category::of);
    Ok(Category {
        name: row.given.required_text("name")?,
        parent: row.named(Kind::Category, "parent")?,
        level: was.map_or(1, |it| it.level),
    }
    .into())
}

fn brand(row: &Row<'_>, _: Option<&Body>) -> Result<Body, Stop> {
    let name = row.given.required_text("name")?;
    Ok(Brand { name }.into())
}

fn unit(row: &Row<'_>, _: Option<&Body>) -> Result<Body, Stop> {
    let name = row.given.required_text("name")?;
    Ok(Unit { name }.into())
}
