//! What records hold: one type a kind, and how it is taken apart for the store: facts, personal
//! members, names and facets.

use super::price::RateCard;
use super::record::{Facet, Kind, Name, NameKind};
use super::sealed::Personal;
use super::{
    BoxSize, Brand, Category, Courier, CourierLink, Customer, Fulfilment, Inbound, Item, Order,
    Party, PickupAddress, Product, RecordId, Report, Return, Service, Shop, State, Unit, Vendor,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A file that somebody uploaded, such as a document of an order. Its bytes stand apart, sealed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct File {
    pub name: String,
    pub media_type: String,
    pub size: u64,
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

/// A stored body that is not one, with what is wrong.
#[derive(Debug, thiserror::Error)]
#[error("a stored {kind} can't be read: {because}")]
pub struct Torn {
    pub kind: Kind,
    pub because: String,
}

macro_rules! bodies {
    ($($kind:ident($body:ty)),* $(,)?) => {
        #[derive(Clone, Debug, PartialEq)]
        pub enum Body { $($kind(Box<$body>)),* }

        impl Body {
            pub const fn kind(&self) -> Kind {
                match self { $(Self::$kind(_) => Kind::$kind),* }
            }

            /// The facts, as JSON: all but what `personal` gives.
            pub fn facts(&self) -> Vec<u8> {
                match self { $(Self::$kind(body) => json(body)),* }
            }

            /// A body of its facts, without its personal members.
            pub fn of_facts(kind: Kind, facts: &[u8]) -> Result<Self, Torn> {
                Ok(match kind { $(Kind::$kind => Self::$kind(Box::new(read(kind, facts)?))),* })
            }
        }

        $(impl From<$body> for Body {
            fn from(body: $body) -> Self {
                Self::$kind(Box::new(body))
            }
        })*
    };
}

bodies! {
    Shop(Shop),
    PickupAddress(PickupAddress),
    Vendor(Vendor),
    BoxSize(BoxSize),
    Courier(Courier),
    CourierLink(CourierLink),
    Service(Service),
    RateCard(RateCard),
    Category(Category),
    Brand(Brand),
    Unit(Unit),
    Product(Product),
    Item(Item),
    Customer(Customer),
    Order(Order),
    Fulfilment(Fulfilment),
    Inbound(Inbound),
    Return(Return),
    File(File),
    Report(Report),
}

fn json<T: Serialize>(body: &T) -> Vec<u8> {
    serde_json::to_vec(body).expect("bodies have text keys and no maps of others")
}

fn read<T: DeserializeOwned>(kind: Kind, bytes: &[u8]) -> Result<T, Torn> {
    serde_json::from_slice(bytes).map_err(|error| Torn {
        kind,
        because: error.to_string(),
    })
}

fn told(body: &impl Personal) -> Option<Vec<u8>> {
    let told = body.told();
    (!told.is_empty()).then(|| json(&told))
}

impl Body {
    /// Who a record tells of; None: nobody, or erased.
    pub fn party(&self) -> Option<&Party> {
        match self {
            Self::PickupAddress(it) => Some(&it.contact),
            Self::Vendor(it) => Some(&it.contact),
            Self::Customer(it) => Some(&it.party),
            Self::Order(it) => it.receiver.as_ref(),
            Self::Fulfilment(it) => it.receiver.as_ref(),
            Self::Return(it) => it.pickup.as_ref(),
            Self::Shop(_)
            | Self::BoxSize(_)
            | Self::Courier(_)
            | Self::CourierLink(_)
            | Self::Service(_)
            | Self::RateCard(_)
            | Self::Category(_)
            | Self::Brand(_)
            | Self::Unit(_)
            | Self::Product(_)
            | Self::Item(_)
            | Self::Inbound(_)
            | Self::File(_)
            | Self::Report(_) => None,
        }
    }

    /// The personal members, to be stored sealed; None where there are none.
    pub fn personal(&self) -> Option<Vec<u8>> {
        match self {
            Self::File(file) => Some(file.bytes.clone()),
            Self::Report(report) => Some(report.body.clone()),
            Self::Order(it) => told(&**it),
            Self::Fulfilment(it) => told(&**it),
            Self::Return(it) => told(&**it),
            _ => self.party().map(json),
        }
    }

    /// Puts personal members back that `personal` gave.
    pub fn set_personal(&mut self, bytes: &[u8]) -> Result<(), Torn> {
        let kind = self.kind();
        match self {
            Self::File(file) => {
                file.bytes = bytes.to_vec();
                return Ok(());
            }
            Self::Report(report) => {
                report.body = bytes.to_vec();
                return Ok(());
            }
            Self::Order(it) => {
                it.put_back(read(kind, bytes)?);
                return Ok(());
            }
            Self::Fulfilment(it) => {
                it.put_back(read(kind, bytes)?);
                return Ok(());
            }
            Self::Return(it) => {
                it.put_back(read(kind, bytes)?);
                return Ok(());
            }
            _ => {}
        }
        let party: Party = read(kind, bytes)?;
        match self {
            Self::PickupAddress(it) => it.contact = party,
            Self::Vendor(it) => it.contact = party,
            Self::Customer(it) => it.party = party,
            _ => {
                return Err(Torn {
                    kind,
                    because: "it has no personal members".to_owned(),
                });
            }
        }
        Ok(())
    }

    pub const fn has_status(&self) -> bool {
        matches!(
            self.kind(),
            Kind::Order
                | Kind::Fulfilment
                | Kind::Inbound
                | Kind::Return
                | Kind::Item
                | Kind::Product
        )
    }

    /// The number of its state. An item is 1 until a warehouse takes it, then 2; a product is 1 while it is
    /// offered, else 2.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Order(it) => it.state as u16,
            Self::Fulfilment(it) => it.state as u16,
            Self::Inbound(it) => it.state as u16,
            Self::Return(it) => it.state as u16,
            Self::Item(it) => 1 + it.qualified as u16,
            Self::Product(it) => 2 - it.active as u16,
            _ => 0,
        }
    }

    pub(super) fn names(&self, names: &mut Vec<Name>) {
        let account = RecordId(0);
        let mut add = |kind, scope, text: &str| {
            if !text.is_empty() {
                names.push(Name::new(kind, scope, text));
            }
        };
        match self {
            Self::Shop(it) => add(NameKind::Title, account, &it.name),
            Self::PickupAddress(it) => add(NameKind::Title, account, &it.name),
            Self::Vendor(it) => add(NameKind::Title, account, &it.name),
            Self::BoxSize(it) => add(NameKind::Title, account, &it.name),
            Self::Courier(it) => add(NameKind::Title, account, &it.name),
            Self::CourierLink(it) => add(NameKind::Title, account, &it.name),
            Self::Service(it) => add(NameKind::Title, account, &it.name),
            Self::RateCard(it) => add(NameKind::Title, account, &it.name),
            Self::Category(it) => add(NameKind::Title, account, &it.name),
            Self::Brand(it) => add(NameKind::Title, account, &it.name),
            Self::Unit(it) => add(NameKind::Title, account, &it.name),
            Self::Product(it) => {
                add(NameKind::Sku, it.shop, &it.sku);
                add(NameKind::Title, account, &it.name);
            }
            Self::Item(it) => {
                add(NameKind::Sku, account, &it.sku);
                add(NameKind::Title, account, &it.name);
                for barcode in &it.barcodes {
                    add(NameKind::Barcode, account, barcode);
                }
            }
            Self::Order(it) => add(
                NameKind::Number,
                it.shop,
                it.number.as_deref().unwrap_or(""),
            ),
            Self::Fulfilment(it) => {
                for parcel in &it.parcels {
                    add(NameKind::Waybill, account, &parcel.waybill);
                }
                add(
                    NameKind::Waybill,
                    account,
                    it.number_upstream().unwrap_or(""),
                );
            }
            Self::Return(it) => {
                let waybill = it.parcel.as_ref().map_or("", |parcel| &parcel.waybill);
                add(NameKind::Waybill, account, waybill);
            }
            Self::Inbound(it) => add(
                NameKind::Title,
                account,
                it.reference.as_deref().unwrap_or(""),
            ),
            Self::Report(it) => add(NameKind::Title, account, &it.subject),
            Self::Customer(_) | Self::File(_) => {}
        }
        if let Some(party) = self.party() {
            add(
                NameKind::Phone,
                account,
                party.phone.as_deref().unwrap_or(""),
            );
            add(
                NameKind::Email,
                account,
                party.email.as_deref().unwrap_or(""),
            );
        }
    }

    pub(super) fn facets(&self, facets: &mut Vec<(Facet, i64)>) {
        let mut add = |facet, id: Option<RecordId>| {
            if let Some(id) = id {
                facets.push((facet, id.0));
            }
        };
        match self {
            Self::Order(it) => {
                add(Facet::Shop, Some(it.shop));
                add(Facet::PickupAddress, Some(it.pickup));
                facets.push((Facet::Type, i64::from(it.order_type.number())));
                let paid = i64::from(it.payment_status().number());
                facets.push((Facet::PaymentStatus, paid));
            }
            Self::Fulfilment(it) => {
                add(Facet::Shop, Some(it.shop));
                add(Facet::Parent, Some(it.order));
                add(Facet::Courier, it.courier);
            }
            Self::Inbound(it) => {
                add(Facet::PickupAddress, Some(it.warehouse));
                add(Facet::Vendor, it.vendor);
                facets.push((Facet::Type, i64::from(it.inbound_type.number())));
            }
            Self::Return(it) => {
                add(Facet::Shop, Some(it.shop));
                add(Facet::Parent, Some(it.order));
                facets.push((Facet::Type, i64::from(it.reason_type.number())));
            }
            Self::Product(it) => {
                add(Facet::Shop, Some(it.shop));
                for part in &it.parts {
                    add(Facet::Parent, Some(part.item));
                }
            }
            Self::Item(it) => add(Facet::Parent, it.category),
            Self::Service(it) => add(Facet::Courier, Some(it.courier)),
            Self::CourierLink(it) => add(Facet::Courier, Some(it.courier)),
            Self::Category(it) => add(Facet::Parent, it.parent),
            Self::Report(it) => {
                add(Facet::Parent, it.about);
                facets.push((Facet::Type, i64::from(it.says.report_type().number())));
                facets.push((Facet::Standing, i64::from(it.standing)));
            }
            Self::Shop(_)
            | Self::PickupAddress(_)
            | Self::Vendor(_)
            | Self::BoxSize(_)
            | Self::Courier(_)
            | Self::RateCard(_)
            | Self::Brand(_)
            | Self::Unit(_)
            | Self::Customer(_)
            | Self::File(_) => {}
        }
    }
}

/// A state by its number; None for a number that the machine does not have.
pub fn state_of<S: State>(number: u16) -> Option<S> {
    S::ALL
        .iter()
        .copied()
        .find(|state| state.number() == number)
}
