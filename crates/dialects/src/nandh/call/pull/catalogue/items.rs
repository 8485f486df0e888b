//! Items and products (nandh-oms.md §6).

use super::{PART, PARTS, Row};
use crate::nandh::related::Part;
use crate::nandh::{errors::Stop, states};
use trackway_model::orders::{Body, Item, ItemPart, Kind, Product};

/// A list tells the first of several only: those behind it stay while it does.
fn first_of(told: Option<String>, before: &[String]) -> Vec<String> {
    match told {
        Some(told) if before.first() != Some(&told) => vec![told],
        Some(_) => before.to_vec(),
        None => Vec::new(),
    }
}

/// The detail tells all pictures and a description (I2).
fn pictures(row: &Row<'_>, before: &[String]) -> Result<Vec<String>, Stop> {
    match row.given.list("product_inventory_image")? {
        Some(all) => all.iter().map(|it| it.required_text("image_url")).collect(),
        None => Ok(first_of(row.given.text("image_url")?, before)),
    }
}

pub(super) fn item(row: &Row<'_>, before: Option<&Body>) -> Result<Body, Stop> {
    let was = before.and_then(Item::of);
    let info = row.given.object("product_inventory_info")?;
    let told = match info {
        Some(info) => info.text("description")?,
        None => None,
    };
    let status = row.given.int("status")?;
    let told_state = status.and_then(|code| states::named(states::ITEM, code));
    let days = |name: &str, before: Option<&Option<i64>>| {
        Ok::<_, Stop>(row.over(name, row.given.int_from(name, 0)?, before))
    };
    let urls = was.map_or(&[][..], |it| &it.image_urls);
    let barcodes = was.map_or(&[][..], |it| &it.barcodes);
    let is_deleted = row.flag("is_delete", None, false)?;
    Ok(Item {
        sku: row.given.required_text("sku")?,
        sku_uuid: row.word("sku_uuid", was.map(|it| &it.sku_uuid))?,
        name: row.given.required_text("name")?,
        image_urls: pictures(row, urls)?,
        barcodes: first_of(row.given.text("barcode")?, barcodes),
        documents: was.map(|it| it.documents.clone()).unwrap_or_default(),
        description: told
            .or_else(|| was.map(|it| it.description.clone()))
            .unwrap_or_default(),
        weight: row.count("weight", was.map(|it| it.weight))?,
        length: row.amount("package_length", was.map(|it| it.length))?,
        width: row.amount("package_width", was.map(|it| it.width))?,
        height: row.amount("package_height", was.map(|it| it.height))?,
        category: row.named(Kind::Category, "product_category")?,
        brand: row.named(Kind::Brand, "product_brand")?,
        unit: row.named(Kind::Unit, "unit")?,
        cost: row.amount("cost", was.map(|it| it.cost))?,
        sale_price: row.amount("sale_price", was.map(|it| it.sale_price))?,
        serial_number: row.flag("is_serial_number", was.map(|it| it.serial_number), false)?,
        batch_control: row.flag("is_batch_control", was.map(|it| it.batch_control), false)?,
        bubble_wrap: row.flag("is_bubble_wrap", was.map(|it| it.bubble_wrap), false)?,
        kraft_paper: row.flag("is_kraft_paper", was.map(|it| it.kraft_paper), false)?,
        fragile: row.flag("is_fragile", was.map(|it| it.fragile), false)?,
        high_value: row.flag("is_high_value", was.map(|it| it.high_value), false)?,
        min_shelf_life_inbound: days(
            "min_shelf_life_inbound",
            was.map(|it| &it.min_shelf_life_inbound),
        )?,
        min_shelf_life_outbound: days(
            "min_shelf_life_outbound",
            was.map(|it| &it.min_shelf_life_outbound),
        )?,
        material: row.word("material", was.map(|it| &it.material))?,
        product_type: row.word("product_type", was.map(|it| &it.product_type))?,
        storage_method: row.word("storage_method", was.map(|it| &it.storage_method))?,
        outbound_strategy: row.word("outbound_strategy", was.map(|it| &it.outbound_strategy))?,
        min_stock_warning: row.count("min_stock_warning", was.map(|it| it.min_stock_warning))?,
        qualified: told_state.map_or(was.is_some_and(|it| it.qualified), |it| it == "qualified"),
        status_since: was.map_or(0, |it| it.status_since),
        active: !is_deleted && row.flag("is_active", was.map(|it| it.active), true)?,
    }
    .into())
}

pub(super) fn product(row: &Row<'_>, before: Option<&Body>) -> Result<Body, Stop> {
    let was = before.and_then(Product::of);
    let sale_price = row.amount("sale_price", was.map(|it| it.sale_price))?;
    let mut parts = Vec::new();
    for part in row.given.list(PARTS)?.unwrap_or_default() {
        let number = part.required_int(PART)?.to_string();
        let item = row.known.get(Kind::Item, &number);
        parts.push(ItemPart {
            item: item.ok_or_else(|| part.wrong(PART, &format!("there is no item {number}")))?,
            quantity: part.required_int_from("quantity", 1)?,
        });
    }
    Ok(Product {
        shop: row.required(Kind::Shop, "store")?,
        platform: row.word("platform", was.map(|it| &it.platform))?,
        sku: row.given.required_text("sku")?,
        name: row.given.required_text("name")?,
        image_url: row.text("image_url", was.map(|it| &it.image_url))?,
        sale_price,
        discounted_price: row.given.amount("discounted_price")?.unwrap_or(sale_price),
        category: row.named(Kind::Category, "product_category")?,
        brand: row.named(Kind::Brand, "product_brand")?,
        parts,
        active: row.flag("is_active", was.map(|it| it.active), true)?,
    }
    .into())
}
