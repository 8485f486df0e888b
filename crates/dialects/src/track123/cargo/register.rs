//! Registering ocean and air cargo (track123.md §§6.2, 7.2): each item accepted or refused by itself.
//!
//! Order: every item's members, then the quota of those that are new, then all of them are registered,
//! book by book. What is registered already costs nothing.

use super::super::envelope::{Outcome, Refused, Stop};
use super::super::frame::charge;
use super::super::serve::IMPORTED;
use super::super::service::Code;
use super::super::{NAME, ocean};
use super::item::{self, Item, waybill};
use super::own::{Own, order_no};
use super::serve::Work;
use super::{Mode, wire};
use crate::desk::{Desk, Registered, UNDETECTED, Wish};
use std::collections::HashSet;
use trackway_model::intake::number_key;
use trackway_numbers::catalog;
use trackway_numbers::identifiers::{AirWaybill, Container, IdentifierError};

/// What one registration takes of the quota.
const UNITS: u64 = 100;
/// `true`: a waybill whose check digit is wrong is refused.
pub const STRICT: &str = "track123.strict_waybills";

const NO_WAYBILL: &str = "Invalid air waybill number";
const NO_CONTAINER: &str = "Invalid container number";

/// A number that may be registered.
struct New {
    at: usize,
    item: Item,
    book: &'static str,
    number: String,
    /// Ours.
    carrier: String,
}

impl<D: Desk> Work<'_, D> {
    pub async fn register(&self, items: Vec<&str>) -> Result<String, Stop> {
        let mut outcome = Outcome::default();
        let mut new = Vec::with_capacity(items.len());
        let mut seen = HashSet::new();
        for (at, text) in items.into_iter().enumerate() {
            let (item, wanted) = match Item::read(text) {
                Ok(item) => (item.clone(), self.wanted(at, item)),
                Err(why) => (Item::default(), Err(why)),
            };
            let checked = match wanted {
                Ok(wanted) => self.unless_known(wanted, &mut seen).await?,
                Err(why) => Err(why),
            };
            match checked {
                Ok(wanted) => new.push(wanted),
                Err(why) => outcome.reject(at, &item.named(self.registered_by()), &why),
            }
        }
        charge(self.desk, &self.principal, UNITS * new.len() as u64).await?;
        self.store(new, &mut outcome).await?;
        Ok(outcome.written())
    }

    /// The members by which a refused registration is named.
    const fn registered_by(&self) -> &'static [&'static str] {
        match self.mode {
            Mode::Ocean => &[wire::TRACKING_NO, ocean::wire::TYPE, wire::CARRIER_CODE],
            Mode::Air => &[wire::TRACKING_NO, wire::CARRIER_CODE],
        }
    }

    /// An item with all that registering needs.
    fn wanted(&self, at: usize, item: Item) -> Result<New, Refused> {
        let number = item.number(self.mode)?;
        let book = item.book(self.mode)?;
        item.check(&number)?;
        let carrier = match self.mode {
            Mode::Ocean => {
                let missing = || Refused::missing(wire::CARRIER_CODE);
                let code = item.carrier.as_deref().ok_or_else(missing)?;
                let carrier = self.carrier(code)?;
                check_container(&item, &number)?;
                carrier
            }
            Mode::Air => self.airline(&item, &number)?,
        };
        Ok(New {
            at,
            item,
            book,
            number,
            carrier,
        })
    }

    /// The airline of a waybill: as it was said, else by the number's prefix, else nobody's.
    fn airline(&self, item: &Item, number: &str) -> Result<String, Refused> {
        let wrong = || Refused::new(Code::Parameter, NO_WAYBILL);
        let (prefix, _) = waybill(number).ok_or_else(wrong)?;
        let is_strict = self.desk.setting(STRICT).as_deref() == Some("true");
        if AirWaybill::parse(number).is_err() {
            if is_strict {
                return Err(wrong());
            }
            tracing::warn!(
                dialect = NAME,
                "a waybill with a wrong check digit was registered"
            );
        }
        if let Some(code) = &item.carrier {
            return self.carrier(code);
        }
        let prefix: u16 = prefix.parse().map_err(|_| wrong())?;
        // No airline is number 0.
        if prefix == 0 {
            return Err(wrong());
        }
        let airline = catalog::in_force().airline(prefix);
        Ok(airline.map_or_else(|| UNDETECTED.to_owned(), |airline| airline.code.clone()))
    }

    /// Refuses what is registered already, or stood in this request before.
    async fn unless_known(
        &self,
        new: New,
        seen: &mut HashSet<(&'static str, String, String)>,
    ) -> Result<Result<New, Refused>, Stop> {
        let imported = || Err(Refused::new(Code::Parameter, IMPORTED));
        if !seen.insert((new.book, new.carrier.clone(), number_key(&new.number))) {
            return Ok(imported());
        }
        let known = self.find(new.book, Some(&new.carrier), &new.number).await?;
        Ok(if known.is_empty() {
            Ok(new)
        } else {
            imported()
        })
    }

    /// Registers, book by book; what somebody else registered meanwhile is refused after all.
    async fn store(&self, new: Vec<New>, outcome: &mut Outcome) -> Result<(), Stop> {
        let now = self.desk.now();
        let mut told: Vec<(usize, Result<String, Item>)> = Vec::with_capacity(new.len());
        for book in item::books() {
            let of_book: Vec<&New> = new.iter().filter(|new| new.book == book).collect();
            if of_book.is_empty() {
                continue;
            }
            let wishes = of_book.iter().map(|new| self.wish(new, now)).collect();
            let made = self.desk.register(&self.principal, book, wishes).await?;
            told.extend(of_book.iter().zip(made).map(|(new, (registered, fresh))| {
                let accepted = self.accepted(&registered);
                (
                    new.at,
                    fresh.then_some(accepted).ok_or_else(|| new.item.clone()),
                )
            }));
        }
        told.sort_by_key(|(at, _)| *at);
        for (at, told) in told {
            match told {
                Ok(accepted) => outcome.accepted.push(accepted),
                Err(item) => {
                    let why = Refused::new(Code::Parameter, IMPORTED);
                    outcome.reject(at, &item.named(self.registered_by()), &why);
                }
            }
        }
        Ok(())
    }

    fn wish(&self, new: &New, now: i64) -> Wish {
        let account = self.principal.account;
        let order_no = order_no(account, self.mode, &new.carrier, &new.number, now);
        let own = new.item.own(self.mode, order_no);
        Wish {
            carrier: new.carrier.clone(),
            number: new.number.clone(),
            data: own.data(),
            key: Some(own.order_no.clone()),
            references: vec![own.order_no],
        }
    }

    fn accepted(&self, registered: &Registered) -> String {
        let own = Own::of(&registered.data);
        let code = catalog::in_force().code(NAME, &registered.carrier);
        let text = |text: &str| Item::json(Some(text));
        let number = text(&registered.number);
        let (order_no, carrier) = (text(&own.order_no), Item::json(code));
        match self.mode {
            Mode::Ocean => format!(
                r#"{{"orderNo":{order_no},"trackingNo":{number},"type":{},"carrierCode":{carrier},"customerEmail":{}}}"#,
                own.r#type,
                Item::json(own.customer_email.as_deref()),
            ),
            Mode::Air => {
                format!(r#"{{"trackingNo":{number},"carrierCode":{carrier},"orderNo":{order_no}}}"#)
            }
        }
    }
}

/// A container's number must have the form of one; a wrong check digit is kept.
fn check_container(item: &Item, number: &str) -> Result<(), Refused> {
    if item.r#type != Some(ocean::CONTAINER) {
        return Ok(());
    }
    match Container::parse(number) {
        Ok(_) => Ok(()),
        Err(IdentifierError::CheckDigit { .. }) => {
            tracing::warn!(
                dialect = NAME,
                "a container with a wrong check digit was registered"
            );
            Ok(())
        }
        Err(IdentifierError::Form { .. } | IdentifierError::Part { .. }) => {
            Err(Refused::wrong(NO_CONTAINER))
        }
    }
}
