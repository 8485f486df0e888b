//! Products of shops (P1 to P4).

use super::inventory::{self, levels};
use super::listing::Listing;
use super::refused::{CATALOGUE, NO_SUCH_RECORD};
use super::{Asked, known};
use crate::desk::{Desk, Trade};
use crate::nandh::envelope::Done;
use crate::nandh::errors::{Code, Stop};
use crate::nandh::related::{Of, Part};
use crate::nandh::request::Members;
use crate::nandh::states;
use crate::nandh::wire::product::{ProductCreated, ProductTold};
use std::collections::BTreeSet;
use trackway_model::orders::{
    Command, Facet, Item, Kind, Name, NameKind, Offered, OfferedItem, Product, Record, RecordId,
    Shop,
};

/// P1: a product, and where `config.create_inventory` says so its item of the warehouse: both or none. An
/// item of the same SKU is taken as it is.
pub async fn create<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let body = asked.members()?;
    let item = inventory::read(&body)?;
    let shop = body.required_id("store_id")?;
    shop_of(asked, &body, shop).await?;
    free(asked, shop, &item.sku).await?;
    let sale_price = body.required_amount("sale_price")?;
    let discounted_price = body.amount("discounted_price")?.unwrap_or(sale_price);
    let config = body.object_or_empty("config")?;
    let wants_item = config.flag("create_inventory")?.unwrap_or_default();
    let product = Product {
        shop,
        platform: String::new(),
        sku: item.sku.clone(),
        name: item.name.clone(),
        image_url: item.image_urls.first().cloned(),
        sale_price,
        discounted_price,
        category: item.category,
        brand: item.brand,
        parts: Vec::new(),
        active: true,
    };
    if !wants_item && inventory::by_sku(asked, &item.sku).await?.is_none() {
        let problem = "must be 1: the warehouse has no item of this sku";
        return Err(config.wrong("create_inventory", problem));
    }
    let of = OfferedItem::OfSku(wants_item.then(|| Box::new(item)));
    let made = offered(asked, vec![Offered { product, of }]).await?;
    Ok(Done::one(&made.first()))
}

/// P2: items offered in a shop, one product each: all or none.
pub async fn offer<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let body = asked.members()?;
    let shop = body.required_id("store_id")?;
    shop_of(asked, &body, shop).await?;
    let items = body.required_list("items")?;
    if items.is_empty() {
        return Err(body.wrong("items", "must hold an item at least"));
    }
    let mut wanted = Vec::with_capacity(items.len());
    let mut skus = BTreeSet::new();
    for element in &items {
        let Offered { product, of } = from_item(asked, element, shop).await?;
        if !skus.insert(product.sku.clone()) {
            return Err(element.wrong("sku", "stands twice"));
        }
        free(asked, shop, &product.sku).await?;
        wanted.push(Offered { product, of });
    }
    Ok(Done::all(&offered(asked, wanted).await?))
}

async fn from_item<D: Desk + Trade>(
    asked: &Asked<'_, D>,
    element: &Members<'_>,
    shop: RecordId,
) -> Result<Offered, Stop> {
    let id = element.required_id("product_inventory_id")?;
    let record = asked.desk.record(&asked.principal, Kind::Item, id).await?;
    let record = record.ok_or_else(|| element.wrong("product_inventory_id", NO_SUCH_RECORD))?;
    let item = known::<Item>(&record)?.body;
    if !item.active {
        return Err(element.wrong("product_inventory_id", "can't be published"));
    }
    let sale_price = element.amount("sale_price")?.unwrap_or(item.sale_price);
    let product = Product {
        shop,
        platform: String::new(),
        sku: element.text("sku")?.unwrap_or_else(|| item.sku.clone()),
        name: item.name.clone(),
        image_url: item.image_urls.first().cloned(),
        sale_price,
        discounted_price: element.amount("discounted_price")?.unwrap_or(sale_price),
        category: item.category,
        brand: item.brand,
        parts: Vec::new(),
        active: true,
    };
    let of = OfferedItem::Held(id);
    Ok(Offered { product, of })
}

async fn shop_of<D: Desk + Trade>(
    asked: &Asked<'_, D>,
    body: &Members<'_>,
    shop: RecordId,
) -> Result<(), Stop> {
    let found = asked
        .desk
        .record(&asked.principal, Shop::KIND, shop)
        .await?;
    found
        .map(drop)
        .ok_or_else(|| body.wrong("store_id", NO_SUCH_RECORD))
}

/// The shop has no product of this SKU yet.
async fn free<D: Desk + Trade>(
    asked: &Asked<'_, D>,
    shop: RecordId,
    sku: &str,
) -> Result<(), Stop> {
    let name = Name::new(NameKind::Sku, shop, sku);
    let held = asked
        .desk
        .record_named(&asked.principal, Kind::Product, name);
    if held.await?.is_none() {
        return Ok(());
    }
    let problem = format!("A product `{sku}` exists already");
    Err(Stop::because(Code::Duplicate, problem))
}

/// What was made, in the order in which it was asked for.
async fn offered<D: Desk + Trade>(
    asked: &Asked<'_, D>,
    offers: Vec<Offered>,
) -> Result<Vec<ProductCreated>, Stop> {
    let skus: Vec<String> = offers.iter().map(|it| it.product.sku.clone()).collect();
    let done = asked.carry_out(Command::Offer(offers), &CATALOGUE).await?;
    let records = done.record.iter().chain(&done.others);
    let products = records.filter(|record| record.kind() == Kind::Product);
    let mut made = products.map(created).collect::<Result<Vec<_>, _>>()?;
    let place = |it: &ProductCreated| skus.iter().position(|sku| *sku == it.sku);
    made.sort_by_key(place);
    Ok(made)
}

fn created(record: &Record) -> Result<ProductCreated, Stop> {
    let product = known::<Product>(record)?.body;
    Ok(ProductCreated {
        id: record.id.0,
        sku: product.sku.clone(),
        product_inventory_id: product.parts.first().map(|part| part.item.0),
    })
}

/// P3.
pub async fn list<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let given = asked.query();
    let query = given.of_kind(Kind::Product)?;
    let query = given.by_ids(query, &[("store_id", Facet::Shop)])?;
    let query = given.by_codes(query, "status", Facet::Status, |code| {
        // A product's own numbers: 1 while it is offered, then 2.
        match states::named(states::PRODUCT, code)? {
            "active" => Some(1),
            _ => Some(2),
        }
    })?;
    let listing = Listing::new(query).by_names(given, &[("sku", NameKind::Sku)]);
    let page = listing.page(asked).await?;
    let rows = told(asked, &page.records).await?;
    Ok(Done::page(&rows, page.total.count()))
}

/// P4.
pub async fn detail<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let record = asked.subject::<Product>().await?;
    let mut told = told(asked, std::slice::from_ref(&record)).await?;
    Ok(Done::one(&told.pop()))
}

async fn told<D: Desk + Trade>(
    asked: &Asked<'_, D>,
    records: &[Record],
) -> Result<Vec<ProductTold>, Stop> {
    let products: Vec<Of<'_, Product>> = records.iter().map(Of::known).collect::<Result<_, _>>()?;
    let parts = products.iter().flat_map(|of| &of.body.parts);
    let items: Vec<RecordId> = parts.map(|part| part.item).collect();
    let levels = levels(asked, &items).await?;
    Ok(products
        .into_iter()
        .map(|of| ProductTold::new(of, &levels))
        .collect())
}
