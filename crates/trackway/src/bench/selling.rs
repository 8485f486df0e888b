//! A shop of the benches with what it sells, and its orders: invented, the same in every run.

use super::fill::Filling;
use super::workload::Seeded;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::path::Path;
use trackway_dialects::desk::Principal;
use trackway_dialects::native::orders::{
    Adjustment, Ask, OrderWanted, Segment, carry_out_all, entry,
};
use trackway_model::orders::Record;

/// Orders of a commit.
const STEP: usize = 500;

/// What orders name.
#[derive(Clone, Debug)]
pub struct Goods {
    pub shops: Vec<i64>,
    warehouse: i64,
    /// SKUs are numbered from 0.
    items: usize,
}

/// Makes shops, a warehouse and items with so much of each in stock.
pub async fn furnish(data: &Path, shops: usize, items: usize, stock: usize) -> Result<Goods> {
    let filling = Filling::open(data, None).await?;
    let whose = filling.hub().operator_of(None).await?;
    let goods = goods(&filling, &whose, shops, items, stock).await;
    filling.close().await?;
    goods
}

/// Makes what orders through 247Express's customer API name: a hub, whose id is returned, and the
/// service `DE` with its rates.
pub async fn furnish_carrier(data: &Path) -> Result<i64> {
    let filling = Filling::open(data, None).await?;
    let whose = filling.hub().operator_of(None).await?;
    let contact = json!({
        "name": "Stock room",
        "phone": "0900000002",
        "address": { "line": "1 Sample St", "province": "Hà Nội" },
    });
    let zone = json!({
        "name": "everywhere",
        "lanes": [["*", "*"]],
        "steps": [[1_000, "20000"]],
        "more": [1_000, "5000"],
    });
    let mut hub = None;
    for (kind, entry) in [
        (
            "pickup_addresses",
            json!({ "name": "Hub", "contact": contact }),
        ),
        (
            "couriers",
            json!({ "code": "C247", "name": "247Express", "carrier": "247express" }),
        ),
        (
            "rate_cards",
            json!({ "code": "R247", "name": "Rates", "zones": [zone], "vat_percent": "10" }),
        ),
        (
            "services",
            json!({ "code": "DE", "name": "Express", "courier": "C247", "rate_card": "R247" }),
        ),
    ] {
        let made = made(&filling, &whose, kind, [entry].into_iter()).await?;
        hub = hub.or(made.first().copied());
    }
    filling.close().await?;
    hub.context("there is no hub")
}

async fn goods(
    filling: &Filling,
    whose: &Principal,
    shops: usize,
    items: usize,
    stock: usize,
) -> Result<Goods> {
    let shop = |at: usize| json!({ "name": format!("Shop {at}") });
    let shops = made(filling, whose, "shops", (0..shops).map(shop)).await?;
    let contact = json!({ "name": "Stock room", "address": { "line": "1 Sample St" } });
    let warehouse = json!({ "name": "Warehouse", "contact": contact });
    let warehouse = made(filling, whose, "pickup_addresses", [warehouse].into_iter()).await?;
    let warehouse = *warehouse.first().context("there is no warehouse")?;
    let item = |at: usize| json!({ "sku": sku(at), "name": format!("Item {at}"), "weight": 250 });
    made(filling, whose, "items", (0..items).map(item)).await?;
    let counts: Vec<Adjustment> = (0..items)
        .map(|at| {
            serde_json::from_value(json!({
                "item": sku(at),
                "warehouse": warehouse,
                "movement": "found",
                "quantity": stock,
            }))
        })
        .collect::<Result<_, _>>()?;
    done(filling, whose, &counts, |_| ()).await?;
    Ok(Goods {
        shops,
        warehouse,
        items,
    })
}

async fn made(
    filling: &Filling,
    whose: &Principal,
    kind: &str,
    entries: impl Iterator<Item = Value>,
) -> Result<Vec<i64>> {
    let segment = Segment::named(kind).context("there is no such kind")?;
    let mut wanted = Vec::new();
    for given in entries {
        let given = given.as_object().cloned().unwrap_or_default();
        match entry(segment, given, None) {
            Ok(one) => wanted.push(one),
            Err(errors) => bail!("{kind}: {errors:?}"),
        }
    }
    done(filling, whose, &wanted, |record| record.id.0).await
}

/// Has all of it done; what is noted of what was made.
async fn done<W: Ask, T>(
    filling: &Filling,
    whose: &Principal,
    wanted: &[W],
    noted: impl Fn(Record) -> T,
) -> Result<Vec<T>> {
    let mut made = Vec::with_capacity(wanted.len());
    for step in wanted.chunks(STEP) {
        for done in carry_out_all(filling.hub(), whose, step).await? {
            match done {
                Ok(record) => made.extend(record.map(&noted)),
                Err(wrong) => bail!("a bench's record was refused: {}", wrong.detail),
            }
        }
    }
    Ok(made)
}

fn sku(at: usize) -> String {
    format!("SKU-{at:05}")
}

impl Goods {
    /// An order as it is posted: two lines of it, or all for the only item there is.
    pub fn order(&self, at: usize, approve: bool) -> Value {
        let mut random = Seeded(at as u64 + 1);
        let mut below = |bound: usize| random.below(bound as u64) as usize;
        let (first, shop) = (below(self.items), below(self.shops.len()));
        let line = |item: usize| json!({ "sku": sku(item), "quantity": 1, "sale_price": 25_000 });
        let mut lines = vec![line(first)];
        if self.items > 1 {
            lines.push(line((first + 1) % self.items));
        }
        json!({
            "shop": self.shops[shop],
            "pickup": self.warehouse,
            "number": format!("SO-{at:08}"),
            "receiver": {
                "name": "Demo Receiver",
                "phone": format!("+8400{:07}", at % 10_000_000),
                "address": { "country": "VN", "line": "2 Sample St", "province": "Ha Noi" },
            },
            "lines": lines,
            "approve": approve,
        })
    }
}

/// How an order is called.
#[derive(Clone, Debug)]
pub struct Placed {
    pub id: i64,
    pub code: String,
}

/// Places orders on the store, half of them approved.
pub async fn orders(data: &Path, goods: &Goods, count: usize) -> Result<Vec<Placed>> {
    let filling = Filling::open(data, None).await?;
    let whose = filling.hub().operator_of(None).await?;
    let mut placed = Vec::with_capacity(count);
    for from in (0..count).step_by(STEP) {
        let wanted: Vec<OrderWanted> = (from..(from + STEP).min(count))
            .map(|at| serde_json::from_value(goods.order(at, at % 2 == 0)))
            .collect::<Result<_, _>>()?;
        let names = |record: Record| Placed {
            id: record.id.0,
            code: record.code,
        };
        placed.extend(done(&filling, &whose, &wanted, names).await?);
    }
    filling.close().await?;
    Ok(placed)
}
