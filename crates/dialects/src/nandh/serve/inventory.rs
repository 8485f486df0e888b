//! Items of warehouses (I1 to I4).

use super::listing::Listing;
use super::refused::CATALOGUE;
use super::{Asked, known};
use crate::desk::{Desk, Trade};
use crate::nandh::envelope::Done;
use crate::nandh::errors::Stop;
use crate::nandh::options;
use crate::nandh::related::{Of, Part, Related, Wants};
use crate::nandh::request::Members;
use crate::nandh::states;
use crate::nandh::wire::product::{ItemCreated, ItemTold, Levels, WarehouseStock};
use std::collections::BTreeMap;
use trackway_model::orders::{
    Catalogued, Command, Decimal, Facet, Item, Kind, Name, NameKind, PickupAddress, Product,
    Record, RecordId, RecordQuery, Sort,
};

/// Products are asked for in pages of so many.
const PAGE: u32 = 100;
/// The most products that are shown with items.
const MOST_PRODUCTS: u64 = 10_000;

/// What is known of a list of items beside their records.
pub struct Around {
    pub levels: Levels,
    pub related: Related,
    /// Products that are made of an item.
    products: BTreeMap<RecordId, Vec<i64>>,
}

impl Around {
    pub async fn load<D: Desk + Trade>(
        asked: &Asked<'_, D>,
        items: &[Of<'_, Item>],
    ) -> Result<Self, Stop> {
        let ids: Vec<RecordId> = items.iter().map(|of| of.record.id).collect();
        let levels = levels(asked, &ids).await?;
        let mut wanted = Wants::default();
        wanted.add(Kind::PickupAddress, levels.warehouses());
        wanted.add(Kind::Brand, items.iter().filter_map(|of| of.body.brand));
        wanted.add(
            Kind::Category,
            items.iter().filter_map(|of| of.body.category),
        );
        Ok(Self {
            related: Related::load(asked.desk, &asked.principal, wanted).await?,
            products: products(asked, &ids).await?,
            levels,
        })
    }

    fn products(&self, item: RecordId) -> Vec<i64> {
        self.products.get(&item).cloned().unwrap_or_default()
    }
}

/// What there is of items.
pub async fn levels<D: Desk + Trade>(
    asked: &Asked<'_, D>,
    items: &[RecordId],
) -> Result<Levels, Stop> {
    let found = asked.desk.levels(&asked.principal, items).await?;
    Ok(Levels::new(found))
}

/// The products that are made of items.
async fn products<D: Desk + Trade>(
    asked: &Asked<'_, D>,
    items: &[RecordId],
) -> Result<BTreeMap<RecordId, Vec<i64>>, Stop> {
    let mut found: BTreeMap<RecordId, Vec<i64>> = BTreeMap::new();
    if items.is_empty() {
        return Ok(found);
    }
    let mut query = RecordQuery {
        facets: vec![(Facet::Parent, items.iter().map(|id| id.0).collect())],
        sort: Sort::OldestFirst,
        limit: PAGE,
        ..RecordQuery::of(Kind::Product)
    };
    loop {
        let page = asked.desk.records(&asked.principal, query.clone()).await?;
        for record in &page.records {
            let parts = Product::of(&record.body).map_or(&[][..], |product| &product.parts);
            for part in parts.iter().filter(|part| items.contains(&part.item)) {
                let known = found.entry(part.item).or_default();
                if known.last() != Some(&record.id.0) {
                    known.push(record.id.0);
                }
            }
        }
        query.offset += u64::from(PAGE);
        if page.records.len() < PAGE as usize || query.offset >= MOST_PRODUCTS {
            return Ok(found);
        }
    }
}

/// I1.
pub async fn list<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let given = asked.query();
    let query = given.of_kind(Kind::Item)?;
    let query = given.by_codes(query, "status", Facet::Status, |code| {
        // An item's own numbers: 1 until a warehouse takes it, then 2.
        match states::named(states::ITEM, code)? {
            "qualified" => Some(2),
            _ => Some(1),
        }
    })?;
    let query = given.by_ids(query, &[("product_category", Facet::Parent)])?;
    let names = [
        ("sku", NameKind::Sku),
        ("nhsin", NameKind::Code),
        ("barcode", NameKind::Barcode),
    ];
    let page = Listing::new(query)
        .by_names(given, &names)
        .page(asked)
        .await?;
    let items: Vec<Of<'_, Item>> = page
        .records
        .iter()
        .map(Of::known)
        .collect::<Result<_, _>>()?;
    let around = Around::load(asked, &items).await?;
    let row = |of: Of<'_, Item>| {
        ItemTold::row(
            of,
            around.products(of.record.id),
            &around.levels,
            &around.related,
        )
    };
    let rows: Vec<ItemTold> = items.into_iter().map(row).collect();
    Ok(Done::page(&rows, page.total.count()))
}

/// I2.
pub async fn detail<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let record = asked.subject::<Item>().await?;
    let of = known::<Item>(&record)?;
    let around = Around::load(asked, &[of]).await?;
    let products = around.products(record.id);
    let told = ItemTold::detail(of, products, &around.levels, &around.related);
    Ok(Done::one(&told))
}

/// I4: a row for every warehouse where an item ever moved.
pub async fn in_warehouse<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let given = asked.query();
    let query = given.of_kind(Kind::Item)?;
    let names = [("sku", NameKind::Sku), ("nhsin", NameKind::Code)];
    let page = Listing::new(query)
        .by_names(given, &names)
        .page(asked)
        .await?;
    let items: Vec<Of<'_, Item>> = page
        .records
        .iter()
        .map(Of::known)
        .collect::<Result<_, _>>()?;
    let around = Around::load(asked, &items).await?;
    let warehouse = given.text("warehouse_provider");
    let is_asked = |id: RecordId| {
        let found = around.related.get::<PickupAddress>(id);
        let code = found.and_then(|it| it.body.warehouse.as_deref());
        warehouse
            .as_deref()
            .is_none_or(|wanted| code == Some(wanted))
    };
    let mut rows = Vec::new();
    for of in items {
        let held = around.levels.of(of.record.id).iter();
        let here = held.filter(|(key, _)| is_asked(key.warehouse));
        rows.extend(here.map(|(key, level)| WarehouseStock::new(of, *key, level, &around.related)));
    }
    Ok(Done::page(&rows, page.total.count()))
}

/// I3.
pub async fn create<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let body = asked.members()?;
    for name in REQUIRED {
        if !body.has(name) {
            return Err(body.wrong(name, "is required"));
        }
    }
    let record = made(asked, read(&body)?).await?;
    let item = known::<Item>(&record)?.body;
    Ok(Done::one(&ItemCreated {
        id: record.id.0,
        sku: item.sku.clone(),
        nhsin: record.code.clone(),
        status: states::of_item(item.qualified).code,
    }))
}

/// What the vendor's page requires of an item of a warehouse; `product_brand` may be null.
const REQUIRED: &[&str] = &[
    "sku",
    "name",
    "weight",
    "package_length",
    "package_width",
    "package_height",
    "product_category",
    "unit",
    "cost",
    "sale_price",
    "is_serial_number",
    "is_batch_control",
    "is_bubble_wrap",
    "is_kraft_paper",
    "is_fragile",
    "min_shelf_life_inbound",
    "min_shelf_life_outbound",
    "material",
    "product_type",
    "storage_method",
    "outbound_strategy",
    "info",
    "images",
    "documents",
    "barcode_list",
    "config",
];

pub async fn made<D: Desk + Trade>(asked: &Asked<'_, D>, item: Item) -> Result<Record, Stop> {
    let command = Command::Catalogue(Box::new(Catalogued {
        id: None,
        code: None,
        body: item.into(),
    }));
    asked.made(command, &CATALOGUE).await
}

/// An item as a request has it; what is left out is not so, or the first of its list.
pub fn read(body: &Members<'_>) -> Result<Item, Stop> {
    let flag = |name: &str| Ok::<_, Stop>(body.flag(name)?.unwrap_or_default());
    let side = |name: &str| Ok::<_, Stop>(body.amount(name)?.unwrap_or_default());
    // Rows of stock open by themselves, with the first movement: there is nothing to do for it.
    body.object_or_empty("config")?
        .flag("create_inventory_stock")?;
    Ok(Item {
        sku: body.required_text("sku")?,
        sku_uuid: String::new(),
        name: body.required_text("name")?,
        image_urls: images(body)?,
        barcodes: within(body, "barcode_list", "barcode")?,
        documents: body.texts("documents")?,
        description: body.object_or_empty("info")?.text_or_empty("description")?,
        weight: body.int_from("weight", 0)?.unwrap_or_default(),
        length: side("package_length")?,
        width: side("package_width")?,
        height: side("package_height")?,
        category: body.id("product_category")?,
        brand: body.id("product_brand")?,
        unit: body.id("unit")?,
        cost: side("cost")?,
        sale_price: body.amount("sale_price")?.unwrap_or(Decimal::ZERO),
        serial_number: flag("is_serial_number")?,
        batch_control: flag("is_batch_control")?,
        bubble_wrap: flag("is_bubble_wrap")?,
        kraft_paper: flag("is_kraft_paper")?,
        fragile: flag("is_fragile")?,
        high_value: flag("is_high_value")?,
        min_shelf_life_inbound: body.int_from("min_shelf_life_inbound", 0)?,
        min_shelf_life_outbound: body.int_from("min_shelf_life_outbound", 0)?,
        material: option(body, "material", "material")?,
        product_type: option(body, "product_type", "product_type")?,
        storage_method: option(body, "storage_method", "storage_method")?,
        outbound_strategy: option(body, "outbound_strategy", "outbound_strategy")?,
        min_stock_warning: body.int_from("min_stock_warning", 0)?.unwrap_or_default(),
        qualified: false,
        status_since: 0,
        active: true,
    })
}

/// Addresses of pictures.
pub fn images(body: &Members<'_>) -> Result<Vec<String>, Stop> {
    within(body, "images", "image_url")
}

/// A text of each element of a list; elements without it are left out.
fn within(body: &Members<'_>, list: &str, member: &str) -> Result<Vec<String>, Stop> {
    let elements = body.list(list)?.unwrap_or_default();
    let texts = elements.iter().map(|element| element.text(member));
    texts.filter_map(Result::transpose).collect()
}

/// A code of one of the system's own lists; the list's first where none is given.
fn option(body: &Members<'_>, name: &str, list: &str) -> Result<String, Stop> {
    match body.text(name)? {
        Some(code) if options::has(list, &code) => Ok(code),
        Some(_) => Err(body.wrong(name, "is no code of the list")),
        None => Ok(options::list(list)
            .first()
            .map_or("", |it| it.code)
            .to_owned()),
    }
}

/// An item by its SKU.
pub async fn by_sku<D: Desk + Trade>(
    asked: &Asked<'_, D>,
    sku: &str,
) -> Result<Option<Record>, Stop> {
    let name = Name::new(NameKind::Sku, RecordId(0), sku);
    Ok(asked
        .desk
        .record_named(&asked.principal, Kind::Item, name)
        .await?)
}
