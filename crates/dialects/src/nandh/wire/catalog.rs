//! What orders are made with: stores (C4), boxes (C2), couriers (K1 to K3), categories, brands, units.

use crate::nandh::options;
use crate::nandh::related::Of;
use crate::nandh::wire::{Number, seconds, volume};
use serde::Serialize;
use trackway_model::orders::{
    self, BoxSize, Brand, Category, CourierLink, Decimal, Service, Shop, Unit,
};

/// C4 as it is nested in an order.
#[derive(Clone, Debug, Serialize)]
pub struct Store {
    id: i64,
    name: String,
    logo: Option<String>,
    platform: String,
    platform_logo: Option<String>,
    #[serde(flatten)]
    more: Option<StoreMore>,
}

#[derive(Clone, Debug, Serialize)]
struct StoreMore {
    group_platform: String,
    store_type: &'static str,
    is_active: bool,
}

impl Store {
    pub fn nested(of: Of<'_, Shop>) -> Self {
        let it = of.body;
        Self {
            id: of.id(),
            name: it.name.clone(),
            logo: it.logo.clone(),
            platform: it.platform.clone(),
            platform_logo: it.platform_logo.clone(),
            more: None,
        }
    }

    pub fn whole(of: Of<'_, Shop>) -> Self {
        let more = StoreMore {
            group_platform: options::group_of(&of.body.platform).to_owned(),
            store_type: of.body.shop_type.name(),
            is_active: of.body.active,
        };
        Self {
            more: Some(more),
            ..Self::nested(of)
        }
    }
}

/// C2.
#[derive(Clone, Debug, Serialize)]
pub struct BoxDimension {
    id: i64,
    name: String,
    code: String,
    length: Number,
    width: Number,
    height: Number,
    volume: String,
    max_weight: Option<i64>,
    is_active: bool,
}

impl BoxDimension {
    pub fn new(of: Of<'_, BoxSize>) -> Self {
        let it = of.body;
        Self {
            id: of.id(),
            name: it.name.clone(),
            code: of.record.code.clone(),
            length: Number(it.length),
            width: Number(it.width),
            height: Number(it.height),
            volume: volume(it.length, it.width, it.height),
            max_weight: it.max_weight,
            is_active: it.active,
        }
    }
}

/// K2, nested as `courier_ship`.
#[derive(Clone, Debug, Serialize)]
pub struct Courier {
    id: i64,
    prefix: String,
    name: String,
    description: Option<String>,
    logo: Option<String>,
    tracking_url: Option<String>,
    rating: Option<u8>,
    is_fulfill_now: bool,
    is_seller_own_fleet: bool,
    /// What carries the word to the courier; nobody where the merchant's own people drive.
    use_lib: Option<String>,
    is_platform_own_fleet: bool,
}

impl Courier {
    pub fn new(of: Of<'_, orders::Courier>) -> Self {
        let it = of.body;
        Self {
            id: of.id(),
            prefix: of.record.code.to_lowercase(),
            name: it.name.clone(),
            description: it.description.clone(),
            logo: it.logo.clone(),
            tracking_url: it.tracking_url.clone(),
            rating: it.rating,
            is_fulfill_now: it.fulfil_now,
            is_seller_own_fleet: it.own_fleet,
            use_lib: (!it.own_fleet).then(|| it.carrier.clone()),
            is_platform_own_fleet: it.platform_fleet,
        }
    }
}

/// K3.
#[derive(Clone, Debug, Serialize)]
pub struct CourierIntegrated {
    id: i64,
    courier: Option<Courier>,
    name: String,
    is_active: bool,
    created_time: i64,
}

impl CourierIntegrated {
    pub fn new(of: Of<'_, CourierLink>, courier: Option<Of<'_, orders::Courier>>) -> Self {
        Self {
            id: of.id(),
            courier: courier.map(Courier::new),
            name: of.body.name.clone(),
            is_active: of.body.active,
            created_time: seconds(of.record.created),
        }
    }
}

/// K1.
#[derive(Clone, Debug, Serialize)]
pub struct CourierService {
    id: i64,
    code: String,
    name: String,
    estimate_time: String,
    is_fulfill_now: bool,
    courier_id: i64,
    courier_integration_id: Option<i64>,
    #[serde(flatten)]
    price: Option<Price>,
}

/// What a service costs (S1 to S4).
#[derive(Clone, Copy, Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "the vendor's names")]
pub struct Price {
    pub shipping_fee: Number,
    pub insurance_fee: Number,
    pub cod_fee: Number,
    pub total_fee: Number,
}

impl CourierService {
    pub fn new(of: Of<'_, Service>, link: Option<i64>, price: Option<Price>) -> Self {
        Self {
            id: of.id(),
            code: of.record.code.clone(),
            name: of.body.name.clone(),
            estimate_time: of.body.estimate.clone(),
            is_fulfill_now: of.body.fulfil_now,
            courier_id: of.body.courier.0,
            courier_integration_id: link,
            price,
        }
    }

    pub fn total_fee(&self) -> Option<Decimal> {
        self.price.map(|price| price.total_fee.0)
    }
}

/// A service as an order holds it.
#[derive(Clone, Debug, Serialize)]
pub struct ServiceChosen {
    name: String,
    estimate_time: String,
    is_fulfill_now: bool,
}

impl ServiceChosen {
    pub fn new(of: Of<'_, Service>) -> Self {
        Self {
            name: of.body.name.clone(),
            estimate_time: of.body.estimate.clone(),
            is_fulfill_now: of.body.fulfil_now,
        }
    }
}

/// S2 and S3: a courier that would carry, with its services.
#[derive(Clone, Debug, Serialize)]
pub struct AvailableCourier {
    #[serde(flatten)]
    courier: Courier,
    courier_integration_id: i64,
    services: Vec<CourierService>,
    min_fee: Option<Number>,
}

impl AvailableCourier {
    pub fn new(of: Of<'_, orders::Courier>, link: i64, services: Vec<CourierService>) -> Self {
        let least = services.iter().filter_map(CourierService::total_fee).min();
        Self {
            courier: Courier::new(of),
            courier_integration_id: link,
            services,
            min_fee: least.map(Number),
        }
    }
}

/// C5.
#[derive(Clone, Debug, Serialize)]
pub struct CategoryTold {
    id: i64,
    parent: Option<i64>,
    name: String,
    level: u8,
}

impl CategoryTold {
    pub fn new(of: Of<'_, Category>) -> Self {
        Self {
            id: of.id(),
            parent: of.body.parent.map(|id| id.0),
            name: of.body.name.clone(),
            level: of.body.level,
        }
    }
}

/// C6.
#[derive(Clone, Debug, Serialize)]
pub struct BrandTold {
    id: i64,
    name: String,
}

impl BrandTold {
    pub fn new(of: Of<'_, Brand>) -> Self {
        Self {
            id: of.id(),
            name: of.body.name.clone(),
        }
    }
}

/// C11.
#[derive(Clone, Debug, Serialize)]
pub struct UnitTold {
    id: i64,
    name: String,
    code: String,
}

impl UnitTold {
    pub fn new(of: Of<'_, Unit>) -> Self {
        Self {
            id: of.id(),
            name: of.body.name.clone(),
            code: of.record.code.clone(),
        }
    }
}
