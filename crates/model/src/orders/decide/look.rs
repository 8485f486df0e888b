//! Looks into the books that give a record with its body, and the writes that follow.

use super::check::invalid;
use super::codes;
use crate::orders::{
    Body, Books, BoxSize, Brand, Category, Courier, CourierLink, Customer, Fulfilment,
    FulfilmentState, Inbound, InboundState, Item, Kind, Machine, Move, Order, OrderState,
    PickupAddress, Product, RateCard, Record, RecordId, Refusal, Report, Return, ReturnState,
    Service, Shop, State, Stop, Unit, Vendor, Who, Write,
};
use std::sync::Arc;

/// A record as it stands, with what it holds.
#[derive(Debug)]
pub struct Seen<'a, T> {
    pub record: &'a Arc<Record>,
    pub body: &'a T,
}

impl<T> Clone for Seen<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Seen<'_, T> {}

impl<T> Seen<'_, T> {
    pub fn id(&self) -> RecordId {
        self.record.id
    }

    /// The record with another body.
    pub fn rewritten(&self, books: &Books<'_>, body: impl Into<Body>) -> Write {
        let before = self.record;
        Write {
            before: Some(Arc::clone(before)),
            after: Record {
                id: before.id,
                account: before.account,
                code: before.code.clone(),
                created: before.created,
                updated: books.now,
                created_by: before.created_by,
                updated_by: books.by,
                version: before.version + 1,
                body: body.into(),
            },
        }
    }

    /// The same, where anything is different.
    pub fn changed(&self, books: &Books<'_>, body: T) -> Option<Write>
    where
        T: PartialEq + Into<Body>,
    {
        (body != *self.body).then(|| self.rewritten(books, body))
    }
}

/// A new record; without a code, one is made of its id.
pub fn fresh(
    books: &Books<'_>,
    id: RecordId,
    code: Option<String>,
    body: impl Into<Body>,
) -> Write {
    let body = body.into();
    Write {
        before: None,
        after: Record {
            id,
            account: books.account,
            code: code.unwrap_or_else(|| codes::code(body.kind(), books.account, id)),
            created: books.now,
            updated: books.now,
            created_by: books.by,
            updated_by: books.by,
            version: 1,
            body,
        },
    }
}

macro_rules! reads {
    ($($read:ident $kind:ident($body:ty)),* $(,)?) => {$(
        pub fn $read<'a>(books: &Books<'_>, record: &'a Arc<Record>) -> Option<Seen<'a, $body>> {
            match &record.body {
                Body::$kind(body) if record.account == books.account => Some(Seen { record, body }),
                _ => None,
            }
        }
    )*};
}

macro_rules! looks {
    ($($look:ident $read:ident $kind:ident($body:ty)),* $(,)?) => {
        $(
            /// The record of this kind; refused if the account has none.
            pub fn $look<'a>(books: &Books<'a>, id: RecordId) -> Result<Seen<'a, $body>, Stop> {
                let found = books.record(Kind::$kind, id)?;
                let unknown = Refusal::Unknown { kind: Kind::$kind, id };
                Ok(found.and_then(|record| $read(books, record)).ok_or(unknown)?)
            }
        )*
        reads! { $($read $kind($body)),* }
    };
}

looks! {
    shop as_shop Shop(Shop),
    pickup as_pickup PickupAddress(PickupAddress),
    vendor as_vendor Vendor(Vendor),
    box_size as_box_size BoxSize(BoxSize),
    courier as_courier Courier(Courier),
    courier_link as_courier_link CourierLink(CourierLink),
    service as_service Service(Service),
    rate_card as_rate_card RateCard(RateCard),
    category as_category Category(Category),
    brand as_brand Brand(Brand),
    unit as_unit Unit(Unit),
    item as_item Item(Item),
    customer as_customer Customer(Customer),
    order as_order Order(Order),
    fulfilment as_fulfilment Fulfilment(Fulfilment),
    inbound as_inbound Inbound(Inbound),
    return_ as_return Return(Return),
}

// A product is named by its SKU.
reads! { as_product Product(Product) }
// A report is known by its code.
reads! { as_report Report(Report) }

/// The fulfilments of an order, oldest first.
pub fn fulfilments<'a>(
    books: &Books<'a>,
    order: RecordId,
) -> Result<Vec<Seen<'a, Fulfilment>>, Stop> {
    let children = books.children(Kind::Fulfilment, order)?;
    Ok(children
        .iter()
        .filter_map(|record| as_fulfilment(books, record))
        .collect())
}

/// The returns of an order, oldest first.
pub fn returns<'a>(books: &Books<'a>, order: RecordId) -> Result<Vec<Seen<'a, Return>>, Stop> {
    let children = books.children(Kind::Return, order)?;
    Ok(children
        .iter()
        .filter_map(|record| as_return(books, record))
        .collect())
}

/// What has a machine.
pub trait Moving {
    type State: State;
    fn state(&self) -> Self::State;
}

macro_rules! moving {
    ($($body:ty: $state:ty),* $(,)?) => {$(
        impl Moving for $body {
            type State = $state;

            fn state(&self) -> $state {
                self.state
            }
        }
    )*};
}

moving! {
    Order: OrderState,
    Fulfilment: FulfilmentState,
    Inbound: InboundState,
    Return: ReturnState,
}

impl<T: Moving> Seen<'_, T> {
    pub fn stand(&self) -> Stand<T::State> {
        Stand {
            kind: self.record.kind(),
            id: self.id(),
            state: self.body.state(),
        }
    }
}

/// A record that can be used by now.
pub fn active(field: &str, kind: Kind, id: RecordId, is: bool) -> Result<(), Refusal> {
    if is {
        Ok(())
    } else {
        Err(invalid(field, format!("{kind} {id} is switched off")))
    }
}

/// Where a record stands that is to move.
#[derive(Clone, Copy, Debug)]
pub struct Stand<S> {
    pub kind: Kind,
    pub id: RecordId,
    pub state: S,
}

impl<S: State> Stand<S> {
    /// The move that one of these may make; refused where the table has none.
    pub fn to(self, machine: &Machine<S>, to: S, who: &[Who]) -> Result<&'static Move<S>, Refusal> {
        who.iter()
            .find_map(|who| machine.find(self.state, to, *who))
            .ok_or_else(|| self.refused(to))
    }

    pub fn refused(self, to: S) -> Refusal {
        Refusal::IllegalMove {
            kind: self.kind,
            id: self.id,
            from: self.state.name(),
            to: to.name(),
        }
    }
}

/// Whose place somebody may take: at a shelf of their own the merchant is the warehouse.
pub fn hats(who: Who, own_shelf: bool, own_fleet: bool) -> Vec<Who> {
    let mut hats = vec![who];
    if who == Who::Merchant {
        hats.extend(own_shelf.then_some(Who::Warehouse));
        hats.extend(own_fleet.then_some(Who::Carrier));
    }
    hats
}
