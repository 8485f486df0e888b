//! Products offered with their items: all of a command, or none.

use super::world::{ACCOUNT, World, item, product, said};
use trackway_model::orders::{
    Body, Command, Kind, Offered, OfferedItem, Product, RecordId, RecordQuery,
};

fn of(world: &World, sku: &str, of: OfferedItem) -> Offered {
    let product = product(world.shop, sku, vec![]);
    Offered { product, of }
}

fn with_item(world: &World, sku: &str) -> Offered {
    of(world, sku, OfferedItem::OfSku(Some(Box::new(item(sku)))))
}

fn count(world: &World, kind: Kind) -> u64 {
    let query = RecordQuery::of(kind);
    world.ledger.query(ACCOUNT, &query).total.count()
}

#[test]
fn a_product_and_its_item_are_one_command() {
    let mut world = World::new();
    let offers = vec![
        with_item(&world, "milk"),
        with_item(&world, "tea"),
        of(&world, "mug", OfferedItem::Held(world.cup)),
    ];
    let done = world.carry(&Command::Offer(offers)).unwrap().outcome;
    let records = done.record.iter().chain(&done.others);
    let parts: Vec<(String, RecordId)> = records
        .filter_map(|record| match &record.body {
            Body::Product(it) => Some((it.sku.clone(), it.parts[0].item)),
            _ => None,
        })
        .collect();
    let made = done.others.iter().find(|it| it.kind() == Kind::Item);
    let made = made.expect("the item is made").id;
    let wanted = [("milk", made), ("tea", world.tea), ("mug", world.cup)];
    assert_eq!(
        parts,
        wanted.map(|(sku, item)| (sku.to_owned(), item)),
        "tea's item was there"
    );
    assert_eq!(done.record.unwrap().kind(), Kind::Product);
}

#[test]
fn one_that_can_not_be_leaves_none() {
    let mut world = World::new();
    let before = (count(&world, Kind::Product), count(&world, Kind::Item));
    let unknown = of(&world, "gone", OfferedItem::Held(RecordId(999)));
    let itemless = of(&world, "gone", OfferedItem::OfSku(None));
    let mut nowhere = with_item(&world, "gone");
    nowhere.product.shop = RecordId(999);
    let taken = with_item(&world, "set");
    let mut priceless = with_item(&world, "gone");
    priceless.product = Product {
        name: String::new(),
        ..priceless.product
    };
    let twice = with_item(&world, "milk");
    for (bad, words) in [
        (unknown, "there is no item 999"),
        (itemless, "there is no item `gone`"),
        (nowhere, "there is no shop 999"),
        (taken, "a product `set` exists already"),
        (priceless, "name: must not be empty"),
        (twice, "offers: names the same twice"),
    ] {
        let offers = vec![with_item(&world, "milk"), bad];
        assert_eq!(said(world.carry(&Command::Offer(offers))), words);
        let after = (count(&world, Kind::Product), count(&world, Kind::Item));
        assert_eq!(after, before, "{words}");
    }
    assert!(world.carry(&Command::Offer(vec![])).is_err());
}
