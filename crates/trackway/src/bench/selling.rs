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
    done(filling, whose, &counts).await?;
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
    done(filling, whose, &wanted).await
}

/// Has all of it done; the ids of what was made.
async fn done<W: Ask>(filling: &Filling, whose: &Principal, wanted: &[W]) -> Result<Vec<i64>> {
    let mut ids = Vec::with_capacity(wanted.len());
    for step in wanted.chunks(STEP) {
        for done in carry_out_all(filling.hub(), whose, step).await? {
            match done {
                Ok(record) => ids.extend(record.map(|record| record.id.0)),
                Err(wrong) => bail!("a bench's record was refused: {}", wrong.detail),
            }
        }
    }
    Ok(ids)
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

/// Places orders on the store, half of them approved; their ids.
pub async fn orders(data: &Path, goods: &Goods, count: usize) -> Result<Vec<i64>> {
    let filling = Filling::open(data, None).await?;
    let whose = filling.hub().operator_of(None).await?;
    let mut ids = Vec::with_capacity(count);
    for from in (0..count).step_by(STEP) {
        let wanted: Vec<OrderWanted> = (from..(from + STEP).min(count))
            .map(|at| serde_json::from_value(goods.order(at, at % 2 == 0)))
            .collect::<Result<_, _>>()?;
        ids.extend(done(&filling, &whose, &wanted).await?);
    }
    filling.close().await?;
    Ok(ids)
}
