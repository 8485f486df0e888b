//! The codes that records get when nobody gives them one (nandh-oms.md §3): made of the record's id,
//! so that no two are the same.

use crate::AccountId;
use crate::orders::{Kind, RecordId};

enum Form {
    /// The account's number, and the id with at least so many digits.
    Account(usize),
    /// The id and so much.
    Plus(i64),
}

const fn form(kind: Kind) -> (&'static str, Form) {
    match kind {
        Kind::Order => ("NHOV", Form::Account(6)),
        Kind::Fulfilment => ("NHSVC", Form::Account(6)),
        Kind::Inbound => ("NHIV", Form::Account(6)),
        Kind::Return => ("NHRV", Form::Account(6)),
        Kind::Item => ("NHSINV", Form::Account(6)),
        Kind::PickupAddress => ("PK", Form::Plus(100_000)),
        Kind::Shop => ("SHOP", Form::Plus(0)),
        Kind::Vendor => ("VENDOR", Form::Plus(0)),
        Kind::BoxSize => ("BOX", Form::Plus(0)),
        Kind::Courier => ("COURIER", Form::Plus(0)),
        Kind::CourierLink => ("LINK", Form::Plus(0)),
        Kind::Service => ("SERVICE", Form::Plus(0)),
        Kind::RateCard => ("RATES", Form::Plus(0)),
        Kind::Category => ("CATEGORY", Form::Plus(0)),
        Kind::Brand => ("BRAND", Form::Plus(0)),
        Kind::Unit => ("UNIT", Form::Plus(0)),
        Kind::Product => ("PRODUCT", Form::Plus(0)),
        Kind::Customer => ("CUSTOMER", Form::Plus(0)),
        Kind::File => ("FILE", Form::Plus(0)),
        Kind::Report => ("REPORT", Form::Plus(0)),
    }
}

fn write(prefix: &str, form: &Form, account: AccountId, id: RecordId) -> String {
    match form {
        Form::Account(digits) => format!("{prefix}{account}{:0digits$}", id.0),
        Form::Plus(more) => format!("{prefix}{}", id.0 + more),
    }
}

/// A record's own code.
pub fn code(kind: Kind, account: AccountId, id: RecordId) -> String {
    let (prefix, form) = form(kind);
    write(prefix, &form, account, id)
}

/// What an item is called in all warehouses.
pub fn sku_uuid(account: AccountId, id: RecordId) -> String {
    write("SUUIDV", &Form::Account(7), account, id)
}

/// What a label shows as bars.
pub fn label(id: RecordId) -> String {
    format!("{:024}", id.0)
}

/// What comes in without a parcel's number.
pub fn inbound_parcel(at: usize) -> String {
    format!("PN{:05}", at + 1)
}
