//! Products of shops (P3, P4) and items of warehouses (I1, I2, I4). Items here are single: members that
//! tell of variants stand empty.

use crate::nandh::related::{Of, Related};
use crate::nandh::rules::{self, Stock};
use crate::nandh::states;
use crate::nandh::wire::catalog::{BrandTold, CategoryTold};
use crate::nandh::wire::{Cents, Float, Linked, seconds};
use serde::Serialize;
use std::collections::BTreeMap;
use trackway_model::orders::{Item, ItemPart, Level, PickupAddress, Product, RecordId, StockKey};

/// An object without members.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Nothing {}

/// What there is of items, by warehouse.
#[derive(Clone, Debug, Default)]
pub struct Levels(BTreeMap<RecordId, Vec<(StockKey, Level)>>);

impl Levels {
    pub fn new(found: Vec<(StockKey, Level)>) -> Self {
        let mut levels = Self::default();
        for (key, level) in found {
            levels.0.entry(key.item).or_default().push((key, level));
        }
        levels
    }

    pub fn of(&self, item: RecordId) -> &[(StockKey, Level)] {
        self.0.get(&item).map_or(&[], Vec::as_slice)
    }

    pub fn sum(&self, item: RecordId) -> Stock {
        Stock::of(self.of(item).iter().map(|(_, level)| level))
    }

    pub fn warehouses(&self) -> impl Iterator<Item = RecordId> + '_ {
        self.0.values().flatten().map(|(key, _)| key.warehouse)
    }
}

/// I1; I2 adds what is not in the list.
#[derive(Clone, Debug, Serialize)]
pub struct ItemTold {
    id: i64,
    country: &'static str,
    currency: &'static str,
    sku: String,
    name: String,
    image_url: Option<String>,
    barcode: Option<String>,
    storage_method: String,
    outbound_strategy: String,
    nhsin: String,
    reference_product_id: Option<i64>,
    reference_variant_id: Option<i64>,
    sku_uuid: String,
    tier_index: Nothing,
    cost: Cents,
    sale_price: Cents,
    shelf_life: Option<i64>,
    status: u16,
    status_update_time: Float,
    qc_guide: Option<String>,
    packing_note: Option<String>,
    weight: i64,
    package_length: Float,
    package_width: Float,
    package_height: Float,
    has_variant: bool,
    is_serial_number: bool,
    is_batch_control: bool,
    is_bubble_wrap: bool,
    is_expiration_control: bool,
    is_kraft_paper: bool,
    is_fragile: bool,
    min_shelf_life_inbound: Option<i64>,
    min_shelf_life_outbound: Option<i64>,
    min_shelf_life_inbound_percent: Option<i64>,
    min_shelf_life_outbound_percent: Option<i64>,
    is_high_value: bool,
    material: String,
    product_type: String,
    change_history: Nothing,
    last_update_special_fields: Float,
    packaging_tape: &'static str,
    tape_image_url: Option<String>,
    min_stock_warning: i64,
    is_active: bool,
    is_delete: bool,
    created_time: Float,
    updated_time: Float,
    user: i64,
    business: i64,
    parent: Option<i64>,
    product_brand: Option<Linked<BrandTold>>,
    product_category: Option<Linked<CategoryTold>>,
    unit: Option<i64>,
    status_display: &'static str,
    is_single: bool,
    can_map_product: bool,
    can_publish_product: bool,
    can_cancel: bool,
    can_edit: bool,
    can_inactive: bool,
    can_active: bool,
    status_css: &'static str,
    is_changed_special_fields: bool,
    product_inventory_variant: [i64; 0],
    product_map: Vec<i64>,
    product_inventory_stock: Vec<WarehouseStock>,
    stock_info: StockInfo,
    #[serde(flatten)]
    more: Option<ItemMore>,
}

/// What the detail adds.
#[derive(Clone, Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "the vendor's names")]
struct ItemMore {
    product_inventory_info: Info,
    product_inventory_image: Vec<Picture>,
    product_inventory_tier_variation: [i64; 0],
}

#[derive(Clone, Debug, Serialize)]
struct Info {
    description: String,
}

#[derive(Clone, Debug, Serialize)]
struct Picture {
    id: usize,
    product_inventory: i64,
    image_url: String,
    position: usize,
    is_default: bool,
    created_time: i64,
    updated_time: i64,
    created_by: i64,
}

/// Stock of an item over all warehouses.
#[derive(Clone, Copy, Debug, Serialize)]
struct StockInfo {
    stock: i64,
    incoming: i64,
    min_stock: i64,
    waiting: i64,
    waiting_shipment: i64,
    unreal_stock: i64,
    reserved_stock: i64,
    available_stock: i64,
}

/// I4: stock of an item in one warehouse.
#[derive(Clone, Debug, Serialize)]
pub struct WarehouseStock {
    product_inventory: i64,
    sku: String,
    nhsin: String,
    warehouse_provider: Option<String>,
    stock: i64,
    available_stock: i64,
    reserved_stock: i64,
    incoming: i64,
    damaged: i64,
}

/// I3's answer.
#[derive(Clone, Debug, Serialize)]
pub struct ItemCreated {
    pub id: i64,
    pub sku: String,
    pub nhsin: String,
    pub status: u16,
}

/// P1's and P2's answer.
#[derive(Clone, Debug, Serialize)]
pub struct ProductCreated {
    pub id: i64,
    pub sku: String,
    pub product_inventory_id: Option<i64>,
}

impl WarehouseStock {
    pub fn new(of: Of<'_, Item>, key: StockKey, level: &Level, related: &Related) -> Self {
        let warehouse = related.get::<PickupAddress>(key.warehouse);
        Self {
            product_inventory: of.id(),
            sku: of.body.sku.clone(),
            nhsin: of.record.code.clone(),
            warehouse_provider: warehouse.and_then(|it| it.body.warehouse.clone()),
            stock: level.on_hand,
            available_stock: level.available(),
            reserved_stock: level.reserved,
            incoming: level.incoming,
            damaged: level.damaged,
        }
    }

    /// An item's stock in every warehouse where it ever moved.
    pub fn each(of: Of<'_, Item>, levels: &Levels, related: &Related) -> Vec<Self> {
        let held = levels.of(of.record.id).iter();
        held.map(|(key, level)| Self::new(of, *key, level, related))
            .collect()
    }
}

impl ItemTold {
    /// I2.
    pub fn detail(
        of: Of<'_, Item>,
        products: Vec<i64>,
        levels: &Levels,
        related: &Related,
    ) -> Self {
        let (record, item) = (of.record, of.body);
        let images = item
            .image_urls
            .iter()
            .enumerate()
            .map(|(nth, url)| Picture {
                id: nth + 1,
                product_inventory: record.id.0,
                image_url: url.clone(),
                position: nth,
                is_default: nth == 0,
                created_time: seconds(record.created),
                updated_time: seconds(record.updated),
                created_by: record.created_by,
            });
        let brand = related.some(item.brand).map(BrandTold::new);
        let category = related.some(item.category).map(CategoryTold::new);
        Self {
            product_brand: brand.map(Linked::whole),
            product_category: category.map(Linked::whole),
            more: Some(ItemMore {
                product_inventory_info: Info {
                    description: item.description.clone(),
                },
                product_inventory_image: images.collect(),
                product_inventory_tier_variation: [],
            }),
            ..Self::row(of, products, levels, related)
        }
    }

    /// I1.
    pub fn row(of: Of<'_, Item>, products: Vec<i64>, levels: &Levels, related: &Related) -> Self {
        let (record, item) = (of.record, of.body);
        let status = states::of_item(item.qualified);
        let stock = levels.sum(record.id);
        Self {
            id: of.id(),
            country: rules::COUNTRY,
            currency: rules::CURRENCY,
            sku: item.sku.clone(),
            name: item.name.clone(),
            image_url: item.image_urls.first().cloned(),
            barcode: item.barcodes.first().cloned(),
            storage_method: item.storage_method.clone(),
            outbound_strategy: item.outbound_strategy.clone(),
            nhsin: record.code.clone(),
            reference_product_id: None,
            reference_variant_id: None,
            sku_uuid: item.sku_uuid.clone(),
            tier_index: Nothing {},
            cost: Cents(item.cost),
            sale_price: Cents(item.sale_price),
            shelf_life: None,
            status: status.code,
            status_update_time: Float::seconds(item.status_since),
            qc_guide: None,
            packing_note: None,
            weight: item.weight,
            package_length: Float(item.length),
            package_width: Float(item.width),
            package_height: Float(item.height),
            has_variant: false,
            is_serial_number: item.serial_number,
            is_batch_control: item.batch_control,
            is_bubble_wrap: item.bubble_wrap,
            is_expiration_control: rules::keeps_dates(item),
            is_kraft_paper: item.kraft_paper,
            is_fragile: item.fragile,
            min_shelf_life_inbound: item.min_shelf_life_inbound,
            min_shelf_life_outbound: item.min_shelf_life_outbound,
            min_shelf_life_inbound_percent: None,
            min_shelf_life_outbound_percent: None,
            is_high_value: item.high_value,
            material: item.material.clone(),
            product_type: item.product_type.clone(),
            change_history: Nothing {},
            last_update_special_fields: Float::seconds(None),
            packaging_tape: rules::PACKAGING_TAPE,
            tape_image_url: None,
            min_stock_warning: item.min_stock_warning,
            is_active: item.active,
            is_delete: false,
            created_time: Float::seconds(record.created),
            updated_time: Float::seconds(record.updated),
            user: record.created_by,
            business: record.account.0,
            parent: None,
            product_brand: item.brand.map(|id| Linked::Id(id.0)),
            product_category: item.category.map(|id| Linked::Id(id.0)),
            unit: item.unit.map(|id| id.0),
            status_display: &status.display,
            is_single: true,
            can_map_product: item.active,
            can_publish_product: item.active,
            can_cancel: !item.qualified,
            can_edit: !item.qualified,
            can_inactive: item.qualified && item.active,
            can_active: !item.active,
            status_css: &status.css,
            is_changed_special_fields: false,
            product_inventory_variant: [],
            product_map: products,
            product_inventory_stock: WarehouseStock::each(of, levels, related),
            stock_info: StockInfo {
                stock: stock.on_hand,
                incoming: stock.incoming,
                min_stock: item.min_stock_warning,
                waiting: stock.waiting(),
                waiting_shipment: stock.reserved,
                unreal_stock: stock.damaged,
                reserved_stock: stock.reserved,
                available_stock: stock.available(),
            },
            more: None,
        }
    }
}

/// P3 and P4.
#[derive(Clone, Debug, Serialize)]
pub struct ProductTold {
    id: i64,
    store: i64,
    platform: String,
    sku: String,
    name: String,
    image_url: Option<String>,
    sale_price: Cents,
    discounted_price: Cents,
    status: u16,
    status_display: &'static str,
    is_active: bool,
    has_variant: bool,
    is_single: bool,
    product_category: Option<i64>,
    product_brand: Option<i64>,
    product_inventory_map: Vec<Mapped>,
    stock_info: ProductStock,
    created_time: i64,
    updated_time: i64,
    user: i64,
    business: i64,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct Mapped {
    product_inventory_id: i64,
    quantity: i64,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct ProductStock {
    available_stock: i64,
}

impl ProductTold {
    pub fn new(of: Of<'_, Product>, levels: &Levels) -> Self {
        let (record, product) = (of.record, of.body);
        let status = states::of_product(product.active);
        let mapped = |part: &ItemPart| Mapped {
            product_inventory_id: part.item.0,
            quantity: part.quantity,
        };
        let available = rules::sellable(&product.parts, |item| levels.sum(item).available());
        Self {
            id: of.id(),
            store: product.shop.0,
            platform: product.platform.clone(),
            sku: product.sku.clone(),
            name: product.name.clone(),
            image_url: product.image_url.clone(),
            sale_price: Cents(product.sale_price),
            discounted_price: Cents(product.discounted_price),
            status: status.code,
            status_display: &status.display,
            is_active: product.active,
            has_variant: false,
            is_single: product.parts.len() < 2,
            product_category: product.category.map(|id| id.0),
            product_brand: product.brand.map(|id| id.0),
            product_inventory_map: product.parts.iter().map(mapped).collect(),
            stock_info: ProductStock {
                available_stock: available,
            },
            created_time: seconds(record.created),
            updated_time: seconds(record.updated),
            user: record.created_by,
            business: record.account.0,
        }
    }
}
