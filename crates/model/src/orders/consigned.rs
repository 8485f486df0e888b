//! Parcels that were given to a carrier through the carrier's own API: what it was asked to carry, what
//! that costs, and what its sender wished while it waited.

use super::fulfilment::{Fulfilment, FulfilmentState};
use super::record::numbered;
use super::{Address, Decimal, Quote, RecordId};
use serde::{Deserialize, Serialize};

/// A package of several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct Package {
    pub id: String,
    /// Length, width and height in centimetres.
    pub sides: Option<[Decimal; 3]>,
    /// Grams.
    pub weight: Option<i64>,
}

numbered! {
    /// What a sender wants done with a parcel that could not be delivered.
    Wish {
        DeliverAgain = 1 "deliver_again",
        Return = 2 "return",
        ReturnElsewhere = 3 "return_elsewhere",
        Forward = 4 "forward",
        Destroy = 5 "destroy",
    }
}

impl Wish {
    /// Where it takes the fulfilment. A parcel that is to be destroyed comes to nobody any more.
    pub const fn leads_to(self) -> FulfilmentState {
        match self {
            Self::DeliverAgain | Self::Forward => FulfilmentState::AwaitingRedelivery,
            Self::Return | Self::ReturnElsewhere => FulfilmentState::Returning,
            Self::Destroy => FulfilmentState::Lost,
        }
    }

    /// Whether it names another place.
    pub const fn goes_elsewhere(self) -> bool {
        matches!(self, Self::ReturnElsewhere | Self::Forward)
    }
}

/// A wish that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wished {
    pub wish: Wish,
    /// Microseconds since the epoch.
    pub at: i64,
    /// When it is to be delivered, as written.
    pub delivery_time: Option<String>,
    /// Stored sealed.
    #[serde(skip)]
    pub note: String,
}

/// What a carrier was asked to carry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Consigned {
    /// The dialect whose words the codes are.
    pub by: String,
    /// Whether order and shipment were made by it; else it changed what another API had made.
    pub made: bool,
    /// The code and name of the service, as they were then.
    pub service: String,
    pub service_name: String,
    /// A document, and no goods.
    pub document: bool,
    /// Grams, as the sender says.
    pub weight: i64,
    /// Length, width and height in centimetres.
    pub sides: [Decimal; 3],
    pub pieces: i64,
    pub packages: Vec<Package>,
    /// Cash to be paid where it is picked up.
    pub cop: Decimal,
    /// What the sender says that it is worth.
    pub declared: Decimal,
    pub extras: Vec<String>,
    /// Whether the receiver may look into it.
    pub show_goods: Option<bool>,
    pub reference: Option<String>,
    /// What it costs; None: its service has no rate card.
    pub quote: Option<Quote>,
}

impl Fulfilment {
    /// What its carrier was asked, where that made it: its number is then ours.
    pub fn made_by_carrier(&self) -> Option<&Consigned> {
        self.consigned.as_deref().filter(|it| it.made)
    }

    /// What whoever carries it for us calls it, where it has another number here, which is the one that
    /// everybody else is told.
    pub fn number_upstream(&self) -> Option<&str> {
        self.made_by_carrier()?;
        let number = self.booking.as_ref()?.number.as_deref()?;
        let is_here = self.parcels.iter().any(|parcel| parcel.has(number));
        (!is_here).then_some(number)
    }
}

/// What a carrier's API has of its own, the same for all that is consigned through it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The dialect.
    pub by: &'static str,
    /// Our carrier code.
    pub carrier: &'static str,
    pub currency: &'static str,
    /// The shop in which its orders stand, by code and name: it is made with the first.
    pub shop: (&'static str, &'static str),
    /// The service that is meant where none is named.
    pub service: &'static str,
    /// The extra that stands for insurance, which a rate card prices by what is declared.
    pub insurance: &'static str,
    /// Extras that are priced by other members.
    pub implied: &'static [&'static str],
    /// From so many grams on nothing is a document.
    pub documents_below: i64,
}

/// The place of a sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whence {
    Id(RecordId),
    Code(String),
}

/// A thing in it, as the sender describes it: it need not be in the catalogue.
#[derive(Clone, Debug, PartialEq)]
pub struct Content {
    pub sku: String,
    pub name: String,
    pub quantity: i64,
    pub price: Decimal,
}

/// What is to be carried, as it is asked for. What is None stays as it is, or as it usually is.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Consigning {
    /// The number that it is to be tracked under; None: the order's code.
    pub code: Option<String>,
    pub pickup: Option<Whence>,
    /// By code.
    pub service: Option<String>,
    pub name: Option<String>,
    pub phone: Option<String>,
    pub address: Option<Address>,
    pub document: Option<bool>,
    pub weight: Option<i64>,
    pub length: Option<Decimal>,
    pub width: Option<Decimal>,
    pub height: Option<Decimal>,
    pub pieces: Option<i64>,
    pub packages: Option<Vec<Package>>,
    pub note: Option<String>,
    pub cod: Option<Decimal>,
    pub cop: Option<Decimal>,
    pub declared: Option<Decimal>,
    pub extras: Option<Vec<String>>,
    pub show_goods: Option<bool>,
    /// The partner's number, unique in the shop.
    pub number: Option<String>,
    pub reference: Option<String>,
    pub contents: Option<Vec<Content>>,
}

impl Consigning {
    /// This, and where it says nothing, that.
    #[must_use]
    pub fn or(self, usual: Self) -> Self {
        macro_rules! first {
            ($($member:ident),*) => { Self { $($member: self.$member.or(usual.$member)),* } };
        }
        first!(
            code, pickup, service, name, phone, address, document, weight, length, width, height,
            pieces, packages, note, cod, cop, declared, extras, show_goods, number, reference,
            contents
        )
    }
}

/// What a sender answers to a carrier that waits for a word.
#[derive(Clone, Debug, PartialEq)]
pub struct CarrierAnswer {
    pub wish: Wish,
    /// Whom it goes to now, as far as that is another.
    pub name: Option<String>,
    pub phone: Option<String>,
    pub address: Option<Address>,
    pub delivery_time: Option<String>,
    pub note: String,
}

impl CarrierAnswer {
    pub const fn changes_receiver(&self) -> bool {
        self.name.is_some() || self.phone.is_some() || self.address.is_some()
    }
}
