//! Records: the envelope that every kind of thing stands in, what it is found by, and how lists of
//! them are asked for. The store knows envelopes, names and facets; only the rules know bodies.

use super::Body;
use crate::AccountId;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A record's number: given once in an installation, over all kinds and accounts.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default,
)]
#[serde(transparent)]
pub struct RecordId(pub i64);

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Things that have a number and a name each, given once and never changed.
macro_rules! numbered {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $number:literal $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[repr(u8)]
        pub enum $name { $($(#[$each])* $variant = $number),* }

        impl $name {
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// As it is stored and never changes.
            pub const fn number(self) -> u8 {
                self as u8
            }

            pub fn from_number(number: u8) -> Option<Self> {
                Self::ALL.iter().copied().find(|it| it.number() == number)
            }

            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|it| it.name() == name)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}
pub(super) use numbered;

numbered! {
    /// What a record is.
    Kind {
        Shop = 1 "shop",
        PickupAddress = 2 "pickup_address",
        Vendor = 3 "vendor",
        BoxSize = 4 "box_size",
        Courier = 5 "courier",
        /// A courier that the account has a contract with.
        CourierLink = 6 "courier_link",
        Service = 7 "service",
        RateCard = 8 "rate_card",
        Category = 9 "category",
        Brand = 10 "brand",
        Unit = 11 "unit",
        /// What a shop offers.
        Product = 12 "product",
        /// What a warehouse holds.
        Item = 13 "item",
        Customer = 14 "customer",
        Order = 15 "order",
        /// A shipment of an order; its parcels are tracked shipments.
        Fulfilment = 16 "fulfilment",
        Inbound = 17 "inbound",
        Return = 18 "return",
        File = 19 "file",
        /// What another system told of an inbound or of stock.
        Report = 20 "report",
    }
}

numbered! {
    /// What a name is. Names of people are stored as keyed hashes.
    NameKind {
        /// The record's own code; every record has one, unique in (account, kind).
        Code = 1 "code",
        /// The partner's number of an order, unique in its shop; the reference of an inbound.
        Number = 2 "number",
        /// Unique in the account for items, in the shop for products.
        Sku = 3 "sku",
        Barcode = 4 "barcode",
        /// A courier's number of a parcel.
        Waybill = 5 "waybill",
        /// What people call it; found by its beginning.
        Title = 6 "title",
        Phone = 7 "phone",
        Email = 8 "email",
    }
}

impl NameKind {
    /// Whether two records of one account, kind and scope can't have the same.
    pub const fn is_unique(self) -> bool {
        matches!(self, Self::Code | Self::Number | Self::Sku)
    }

    pub const fn is_personal(self) -> bool {
        matches!(self, Self::Phone | Self::Email)
    }

    /// A text as names of the kind are compared: people write numbers and titles in many ways.
    pub fn folded(self, text: &str) -> String {
        match self {
            Self::Phone => text
                .chars()
                .filter(|c| !c.is_whitespace() && !"-.()/".contains(*c))
                .collect(),
            Self::Email | Self::Title => text.trim().to_lowercase(),
            Self::Code | Self::Number | Self::Sku | Self::Barcode | Self::Waybill => {
                text.to_owned()
            }
        }
    }
}

/// What a record is found by, beside its id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    pub kind: NameKind,
    /// Within what it is unique: a shop's id, or 0 for the account.
    pub scope: RecordId,
    pub text: String,
}

impl Name {
    pub fn new(kind: NameKind, scope: RecordId, text: impl Into<String>) -> Self {
        Self {
            kind,
            scope,
            text: text.into(),
        }
    }

    pub fn code(text: impl Into<String>) -> Self {
        Self::new(NameKind::Code, RecordId(0), text)
    }
}

numbered! {
    /// What lists are filtered by. Each value of a facet has a kept count.
    Facet {
        /// Every record of the kind; its value is 0.
        All = 0 "all",
        Status = 1 "status",
        Shop = 2 "shop",
        PickupAddress = 3 "pickup_address",
        /// The order of a fulfilment or a return, the category of an item, the items of a product, what a
        /// report is about.
        Parent = 4 "parent",
        /// `OrderType`, `InboundType`, `ReturnReason` or `ReportType` by number.
        Type = 5 "type",
        PaymentStatus = 6 "payment_status",
        Courier = 7 "courier",
        Vendor = 9 "vendor",
        /// 1 of what a report told last, 0 of a message.
        Standing = 11 "standing",
    }
}

impl Facet {
    /// Whether a record has one value of it at most.
    pub const fn is_single(self) -> bool {
        !matches!(self, Self::Parent)
    }
}

/// One thing of one account.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    pub id: RecordId,
    pub account: AccountId,
    /// Unique in (account, kind): an order's code, an item's number in the warehouse.
    pub code: String,
    /// Microseconds since the epoch, as every time of records.
    pub created: i64,
    pub updated: i64,
    /// Ids of the keys that made it and changed it last; 0 is Trackway itself.
    pub created_by: i64,
    pub updated_by: i64,
    /// Counts the writes.
    pub version: u32,
    pub body: Body,
}

impl Record {
    pub const fn kind(&self) -> Kind {
        self.body.kind()
    }

    /// The number of its state; 0 for kinds without one.
    pub const fn status(&self) -> u16 {
        self.body.status()
    }

    /// All that it is found by, its code first.
    pub fn names(&self) -> Vec<Name> {
        let mut names = vec![Name::code(&self.code)];
        self.body.names(&mut names);
        names
    }

    /// All that lists find it under, each value of a facet once.
    pub fn facets(&self) -> Vec<(Facet, i64)> {
        let mut facets = vec![(Facet::All, 0)];
        if self.body.has_status() {
            facets.push((Facet::Status, i64::from(self.status())));
        }
        self.body.facets(&mut facets);
        facets
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Sort {
    #[default]
    NewestFirst,
    OldestFirst,
    LastUpdatedFirst,
    LongestUnchangedFirst,
}

impl Sort {
    /// By time of change and not by that of creation.
    pub const fn is_by_change(self) -> bool {
        matches!(self, Self::LastUpdatedFirst | Self::LongestUnchangedFirst)
    }

    /// The latest first.
    pub const fn is_descending(self) -> bool {
        matches!(self, Self::NewestFirst | Self::LastUpdatedFirst)
    }

    /// Where a record stands in lists of this order.
    pub const fn place(self, record: &Record) -> RecordPlace {
        let at = if self.is_by_change() {
            record.updated
        } else {
            record.created
        };
        RecordPlace { at, id: record.id }
    }
}

/// A place in a list: the time that the list is sorted by, and the record there, which need not be
/// there any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordPlace {
    pub at: i64,
    pub id: RecordId,
}

/// Which records of a kind are asked for: those to which all of it applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordQuery {
    pub kind: Kind,
    /// Of each facet named, one of its values.
    pub facets: Vec<(Facet, Vec<i64>)>,
    /// At this time or later, and before this time.
    pub created: (Option<i64>, Option<i64>),
    pub updated: (Option<i64>, Option<i64>),
    /// One of its names is this, in any scope.
    pub named: Option<(NameKind, String)>,
    /// The beginning of one of its names that are not personal.
    pub keyword: Option<String>,
    pub sort: Sort,
    /// Those behind this place of the list only; they are counted all the same.
    pub after: Option<RecordPlace>,
    /// How many to leave out first, and how many to give at most.
    pub offset: u64,
    pub limit: u32,
}

impl RecordQuery {
    pub const fn of(kind: Kind) -> Self {
        Self {
            kind,
            facets: Vec::new(),
            created: (None, None),
            updated: (None, None),
            named: None,
            keyword: None,
            sort: Sort::NewestFirst,
            after: None,
            offset: 0,
            limit: 20,
        }
    }
}

/// How many records a query finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Total {
    Exact(u64),
    /// Counted to a bound; the rest by the share that was found until there.
    About(u64),
}

impl Total {
    pub const fn count(self) -> u64 {
        match self {
            Self::Exact(count) | Self::About(count) => count,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct RecordPage {
    pub records: Vec<Record>,
    pub total: Total,
}
