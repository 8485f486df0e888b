//! The shops opened: every record that a merchant has before its first order.

use super::{Merchant, Sold, address};
use trackway_model::address::Epoch;
use trackway_model::orders::{
    Body, BoxSize, Brand, Catalogued, Category, Command, Courier, CourierLink, Decimal, Item,
    ItemPart, OrderType, Outcome, Party, PickupAddress, Product, RateCard, RecordId, Service,
    Share, Shop, Unit, Vendor, Zone,
};

/// What it sells: name, price in đồng, grams, and whether it breaks.
static GOODS: &[(&str, i64, i64, bool)] = &[
    ("Sample tea", 45_000, 250, false),
    ("Sample coffee", 89_000, 500, false),
    ("Sample cup", 60_000, 350, true),
    ("Sample shirt", 199_000, 300, false),
    ("Sample book", 120_000, 600, false),
    ("Sample lamp", 350_000, 1_200, true),
    ("Sample soap", 25_000, 120, false),
    ("Sample bag", 420_000, 800, false),
];

/// Does a command and gives the number of the record that it was about.
struct Opening<'d, D>(&'d mut D);

impl<E, D: AsyncFnMut(Command) -> Result<Outcome, E>> Opening<'_, D> {
    async fn put(&mut self, code: &str, body: impl Into<Body>) -> Result<RecordId, E> {
        let outcome = (self.0)(Command::Catalogue(Box::new(Catalogued {
            id: None,
            code: Some(code.to_owned()),
            body: body.into(),
        })))
        .await?;
        Ok(outcome.record.map_or(RecordId(0), |record| record.id))
    }

    async fn courier(&mut self) -> Result<[RecordId; 4], E> {
        let courier = self
            .put(
                "vd",
                Courier {
                    name: "247Express".to_owned(),
                    description: Some("Simulated".to_owned()),
                    logo: None,
                    carrier: crate::express247::CARRIER.to_owned(),
                    tracking_url: None,
                    rating: Some(4),
                    own_fleet: false,
                    platform_fleet: false,
                    fulfil_now: false,
                    active: true,
                },
            )
            .await?;
        let card = self.put("VD_CARD", rate_card()).await?;
        let service = self
            .put("VD_STD", service(courier, "Standard", card))
            .await?;
        let link = CourierLink {
            courier,
            name: "My 247Express".to_owned(),
            active: true,
        };
        let link = self.put("VD-1", link).await?;
        Ok([courier, service, link, card])
    }

    /// What the carrier's own clients name its main service by.
    async fn express(&mut self, courier: RecordId, card: RecordId) -> Result<(), E> {
        let express = service(courier, "Chuyển phát nhanh", card);
        self.put("DE", express).await.map(drop)
    }

    async fn own_fleet(&mut self) -> Result<(), E> {
        let courier = self
            .put(
                "sof",
                Courier {
                    name: "Self delivery".to_owned(),
                    description: Some("Seller ships by itself".to_owned()),
                    logo: None,
                    carrier: "own-fleet".to_owned(),
                    tracking_url: None,
                    rating: None,
                    own_fleet: true,
                    platform_fleet: false,
                    fulfil_now: false,
                    active: true,
                },
            )
            .await?;
        let service = Service {
            courier,
            name: "Standard".to_owned(),
            estimate: "3-5".to_owned(),
            fulfil_now: false,
            promise: None,
            rate_card: None,
            active: true,
        };
        self.put("SOF_STD", service).await?;
        let link = CourierLink {
            courier,
            name: "My self delivery".to_owned(),
            active: true,
        };
        self.put("SOF-1", link).await.map(drop)
    }

    async fn shops(&mut self) -> Result<RecordId, E> {
        let shop = |name: &str, platform: &str, shop_type| Shop {
            name: name.to_owned(),
            logo: None,
            platform: platform.to_owned(),
            platform_logo: None,
            shop_type,
            active: true,
        };
        self.put("SHOP-2", shop("Sample traders", "retail", OrderType::B2b))
            .await?;
        self.put("SHOP-3", shop("Sample at Shopee", "shopee", OrderType::B2c))
            .await?;
        self.put("SHOP-1", shop("Sample shop", "retail", OrderType::B2c))
            .await
    }

    async fn warehouse(&mut self) -> Result<[RecordId; 3], E> {
        let at = |name: &str, phone: &str| Party {
            name: name.to_owned(),
            phone: Some(phone.to_owned()),
            address: address("1 Sample St"),
            ..Party::default()
        };
        let warehouse = PickupAddress {
            name: "Sample FC".to_owned(),
            fulfilment_provider: "nandh".to_owned(),
            fulfilment_provider_name: "N&H Logistics".to_owned(),
            warehouse: Some("NH_WH_HCM".to_owned()),
            warehouse_name: Some("FC HCM".to_owned()),
            default: true,
            active: true,
            contact: at("Sample shop", "+84000000001"),
        };
        let vendor = Vendor {
            name: "Sample vendor".to_owned(),
            logo: None,
            company: true,
            contact: at("Sample vendor", "+84000000002"),
        };
        let side = Decimal::from;
        let box_size = |name: &str, of: i64| BoxSize {
            name: name.to_owned(),
            length: side(of),
            width: side(of),
            height: side(of),
            max_weight: Some(of * 500),
            active: true,
        };
        self.put("BOX-L", box_size("Box L", 40)).await?;
        Ok([
            self.put("PK-1", warehouse).await?,
            self.put("VENDOR-1", vendor).await?,
            self.put("BOX-M", box_size("Box M", 20)).await?,
        ])
    }

    async fn goods(&mut self, shop: RecordId) -> Result<Vec<Sold>, E> {
        let category = self
            .put(
                "CAT-1",
                Category {
                    name: "Samples".to_owned(),
                    parent: None,
                    level: 1,
                },
            )
            .await?;
        let brand = self
            .put(
                "BRAND-1",
                Brand {
                    name: "Sample brand".to_owned(),
                },
            )
            .await?;
        let unit = self
            .put(
                "PC",
                Unit {
                    name: "Piece".to_owned(),
                },
            )
            .await?;
        let mut goods = Vec::with_capacity(GOODS.len());
        for (nth, (name, price, weight, fragile)) in GOODS.iter().enumerate() {
            let sku = format!("SAMPLE-{}", nth + 1);
            let price = Decimal::from(*price);
            let item = Item {
                category: Some(category),
                brand: Some(brand),
                unit: Some(unit),
                fragile: *fragile,
                ..item(&sku, name, price, *weight)
            };
            let item = self.put(&format!("NHSINV{:09}", nth + 1), item).await?;
            let product = Product {
                shop,
                platform: "retail".to_owned(),
                sku: sku.clone(),
                name: (*name).to_owned(),
                image_url: None,
                sale_price: price,
                discounted_price: price,
                category: Some(category),
                brand: Some(brand),
                parts: vec![ItemPart { item, quantity: 1 }],
                active: true,
            };
            self.put(&format!("PRODUCT-{}", nth + 1), product).await?;
            goods.push(Sold { item, sku, price });
        }
        Ok(goods)
    }
}

/// Opens the shops, by whatever does its commands.
pub async fn open<E>(
    mut carry_out: impl AsyncFnMut(Command) -> Result<Outcome, E>,
) -> Result<Merchant, E> {
    let mut opening = Opening(&mut carry_out);
    let shop = opening.shops().await?;
    let [warehouse, vendor, box_size] = opening.warehouse().await?;
    let [courier, service, link, card] = opening.courier().await?;
    opening.own_fleet().await?;
    let goods = opening.goods(shop).await?;
    opening.express(courier, card).await?;
    Ok(Merchant {
        shop,
        warehouse,
        vendor,
        courier,
        link,
        service,
        box_size,
        goods,
    })
}

fn service(courier: RecordId, name: &str, card: RecordId) -> Service {
    Service {
        courier,
        name: name.to_owned(),
        estimate: "3-5".to_owned(),
        fulfil_now: false,
        promise: Some([12, 24, 120]),
        rate_card: Some(card),
        active: true,
    }
}

fn item(sku: &str, name: &str, price: Decimal, weight: i64) -> Item {
    let side = Decimal::from(10);
    Item {
        sku: sku.to_owned(),
        sku_uuid: format!("SUUIDV-{sku}"),
        name: name.to_owned(),
        image_urls: Vec::new(),
        barcodes: Vec::new(),
        documents: Vec::new(),
        description: String::new(),
        weight,
        length: side,
        width: side,
        height: side,
        category: None,
        brand: None,
        unit: None,
        cost: price / Decimal::from(2),
        sale_price: price,
        serial_number: false,
        batch_control: false,
        bubble_wrap: false,
        kraft_paper: false,
        fragile: false,
        high_value: false,
        min_shelf_life_inbound: None,
        min_shelf_life_outbound: None,
        material: "3PF-BOX".to_owned(),
        product_type: "NORMAL".to_owned(),
        storage_method: "normal".to_owned(),
        outbound_strategy: "fifo".to_owned(),
        min_stock_warning: 0,
        qualified: true,
        status_since: 0,
        active: true,
    }
}

fn rate_card() -> RateCard {
    let zone = |name: &str, lane: (&str, &str), first: i64| Zone {
        name: name.to_owned(),
        lanes: vec![(lane.0.to_owned(), lane.1.to_owned())],
        steps: vec![
            (500, Decimal::from(first)),
            (2_000, Decimal::from(first + 8_000)),
        ],
        more: (500, Decimal::from(4_000)),
    };
    let share = |percent, least: i64, free: i64| Share {
        percent: Decimal::new(percent, 1),
        least: Decimal::from(least),
        free_up_to: Decimal::from(free),
    };
    RateCard {
        name: "Sample rates".to_owned(),
        currency: "VND".to_owned(),
        epoch: Epoch::Y2024,
        volumetric_divisor: Decimal::from(6_000),
        zones: vec![
            zone("In the province", ("*", "="), 18_000),
            zone("Everywhere else", ("*", "*"), 26_000),
        ],
        cod: share(8, 5_000, 300_000),
        insurance: share(5, 0, 1_000_000),
        remote: Vec::new(),
        remote_fee: Decimal::from(10_000),
        fuel_percent: Decimal::from(24),
        vat_percent: Decimal::from(8),
        round_to: Decimal::from(100),
        extras: Vec::new(),
        parts_to: Decimal::ZERO,
    }
}
