//! Products offered in shops with the items that they are made of: all of one command, or none.

use super::catalogue::put_beside;
use super::check::{MAX_LINES, distinct, some};
use crate::orders::{
    Body, Books, Catalogued, ItemPart, Kind, Name, NameKind, Offered, OfferedItem, Product,
    RecordId, Refusal, Stop, Verdict,
};

pub fn offer(offers: &[Offered], books: &Books<'_>) -> Result<Verdict, Stop> {
    some("offers", offers.len(), MAX_LINES)?;
    let skus = offers.iter().map(|it| (it.product.shop, &it.product.sku));
    distinct("offers", skus)?;
    let items: Vec<_> = offers.iter().map(|offer| item_of(offer, books)).collect();
    let items: Vec<(RecordId, Option<Verdict>)> = items.into_iter().collect::<Result<_, _>>()?;
    let made: Vec<RecordId> = items
        .iter()
        .filter_map(|(id, made)| made.as_ref().map(|_| *id))
        .collect();
    let products: Vec<_> = offers
        .iter()
        .zip(&items)
        .map(|(offer, (item, _))| product_of(offer, *item, &made, books))
        .collect();
    let mut verdict = Verdict::default();
    for (_, item) in items {
        verdict.writes.extend(item.unwrap_or_default().writes);
    }
    for product in products {
        let product = product?;
        verdict.subject = verdict.subject.or(product.subject);
        verdict.writes.extend(product.writes);
    }
    Ok(verdict)
}

/// The item that is offered, and what makes it where there is none.
fn item_of(offer: &Offered, books: &Books<'_>) -> Result<(RecordId, Option<Verdict>), Stop> {
    let otherwise = match &offer.of {
        OfferedItem::Held(id) => return Ok((*id, None)),
        OfferedItem::OfSku(otherwise) => otherwise,
    };
    let name = Name::new(NameKind::Sku, RecordId(0), &offer.product.sku);
    if let Some(held) = books.named(Kind::Item, name.clone())? {
        return Ok((held.id, None));
    }
    let Some(item) = otherwise else {
        let kind = Kind::Item;
        return Err(Refusal::UnknownName { kind, name }.into());
    };
    let made = put_beside(&new(Body::Item(item.clone())), &[], books)?;
    let id = made
        .subject
        .expect("a new record is what its command is about");
    Ok((id, Some(made)))
}

fn product_of(
    offer: &Offered,
    item: RecordId,
    made: &[RecordId],
    books: &Books<'_>,
) -> Result<Verdict, Stop> {
    let product = Product {
        parts: vec![ItemPart { item, quantity: 1 }],
        ..offer.product.clone()
    };
    put_beside(&new(product.into()), made, books)
}

const fn new(body: Body) -> Catalogued {
    Catalogued {
        id: None,
        code: None,
        body,
    }
}
