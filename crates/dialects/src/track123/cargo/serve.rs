//! Ocean's and air's calls by us (track123.md §§6, 7): six each, one handler for both; registering has
//! a module of its own.
//!
//! A bad item is refused alone where a call answers item by item; the calls that answer with one
//! boolean change everything or nothing. Each `type` of ocean number is a book of its own, and each
//! book changes in one transaction: all books are looked at before the first is changed.

use super::super::envelope::{Outcome, Refused, Stop};
use super::super::frame::{
    Admitted, Call, Pace, admit, answered, list, mounted, number, text, within,
};
use super::super::serve::{IMPORTED, REFRESH_HOURS};
use super::super::service::Code;
use super::super::{NAME, clock};
use super::item::{self, Item};
use super::own::{Known, Own};
use super::{Mode, info, no_carrier, record, wire};
use crate::desk::{Desk, Moved, Principal, Refresh, Registered};
use crate::raw::{Object, elements};
use axum::Router;
use axum::extract::{Request, State};
use axum::routing::any;
use serde::Serialize;
use std::sync::Arc;

const HOUR: u64 = 3_600_000_000;
const NOT_REGISTERED: &str = "trackingNo not registered";

/// What a call does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    Carriers,
    Register,
    Query,
    ChangeCarrier,
    Refresh,
    Delete,
}

/// A call.
#[derive(Clone, Copy, Debug)]
pub struct CargoCall {
    pub call: Call,
    pub mode: Mode,
    pub deed: Deed,
}

const fn call(path: &'static str, mode: Mode, deed: Deed) -> CargoCall {
    let pace = match deed {
        Deed::Register => Pace::Cargo,
        _ => Pace::Usual,
    };
    let call = Call {
        path,
        meter: path,
        pace,
        gets: matches!(deed, Deed::Carriers),
        writes: !matches!(deed, Deed::Carriers | Deed::Query),
    };
    CargoCall { call, mode, deed }
}

/// Every call of ocean and air. One old client asks for ocean's carriers at `courier/list`.
pub static CALLS: [CargoCall; 13] = [
    call("ocean/carrier/list", Mode::Ocean, Deed::Carriers),
    call("ocean/courier/list", Mode::Ocean, Deed::Carriers),
    call("ocean/track/import", Mode::Ocean, Deed::Register),
    call("ocean/track/query", Mode::Ocean, Deed::Query),
    call(
        "ocean/track/update-carrier",
        Mode::Ocean,
        Deed::ChangeCarrier,
    ),
    call("ocean/track/refresh", Mode::Ocean, Deed::Refresh),
    call("ocean/track/delete", Mode::Ocean, Deed::Delete),
    call("aviation/carrier/list", Mode::Air, Deed::Carriers),
    call("aviation/track/import", Mode::Air, Deed::Register),
    call("aviation/track/query", Mode::Air, Deed::Query),
    call(
        "aviation/track/update-carrier",
        Mode::Air,
        Deed::ChangeCarrier,
    ),
    call("aviation/track/refresh", Mode::Air, Deed::Refresh),
    call("aviation/track/delete", Mode::Air, Deed::Delete),
];

/// Their routes, under every version.
pub fn routes<D: Desk>() -> Router<Arc<D>> {
    CALLS.iter().fold(Router::new(), |router, known| {
        let handler = any(
            move |State(desk): State<Arc<D>>, request: Request| async move {
                let desk = &*desk;
                let done = async move {
                    let admitted = admit(desk, &known.call, request).await?;
                    known.work(desk, admitted).await
                };
                answered(desk, done).await
            },
        );
        mounted(router, &known.call, &handler)
    })
}

impl CargoCall {
    /// The work of a call that was admitted: the JSON of `data`.
    async fn work<D: Desk>(&self, desk: &D, admitted: Admitted) -> Result<String, Stop> {
        let Admitted { principal, body } = admitted;
        let work = Work {
            desk,
            principal,
            mode: self.mode,
        };
        match self.deed {
            Deed::Carriers => Ok(work.carriers()),
            Deed::Register => work.register(list(desk, &body)?).await,
            Deed::Query => work.query(&asked(desk, self.mode, &body)?).await,
            Deed::ChangeCarrier => work.change_carrier(text(&body)?).await,
            Deed::Refresh => work.refresh(text(&body)?).await,
            Deed::Delete => work.delete(list(desk, &body)?).await,
        }
    }
}

/// The items of a query: a list, or of air also `{"trackNos":[…]}`.
fn asked<D: Desk>(desk: &D, mode: Mode, body: &[u8]) -> Result<Vec<Result<Item, Refused>>, Stop> {
    let text = text(body)?;
    let numbers = Object::of_text(text).ok().filter(|_| mode == Mode::Air);
    if let Some(numbers) = numbers.and_then(|object| object.get("trackNos")) {
        let numbers = elements(numbers).ok_or_else(|| Stop::wrong("trackNos must be an array"))?;
        let named = |number: &str| Item {
            number: crate::raw::scalar(number).map(|text| text.trim().to_owned()),
            ..Item::default()
        };
        let numbers = within(desk, numbers)?;
        return Ok(numbers.into_iter().map(named).map(Ok).collect());
    }
    Ok(list(desk, body)?.into_iter().map(Item::read).collect())
}

/// The work of one request.
pub(super) struct Work<'d, D> {
    pub desk: &'d D,
    pub principal: Principal,
    pub mode: Mode,
}

impl<D: Desk> Work<'_, D> {
    fn carriers(&self) -> String {
        #[derive(Serialize)]
        struct Airline {
            #[serde(flatten)]
            info: wire::CarrierInfo,
            prefix: Option<String>,
        }
        let carriers = self.mode.carriers();
        let written = match self.mode {
            Mode::Ocean => serde_json::to_string(&carriers.map(info).collect::<Vec<_>>()),
            Mode::Air => {
                // An airline with two prefixes stands twice.
                let rows = carriers.flat_map(|carrier| {
                    let prefixes = carrier.awb.iter().cloned().map(Some);
                    let none = carrier.awb.is_empty().then_some(None);
                    prefixes.chain(none).map(|prefix| Airline {
                        info: info(carrier),
                        prefix,
                    })
                });
                serde_json::to_string(&rows.collect::<Vec<_>>())
            }
        };
        written.expect("strings are always JSON")
    }

    pub(super) fn carrier(&self, code: &str) -> Result<String, Refused> {
        let known = self.mode.carrier(code);
        let known = known.ok_or_else(|| no_carrier(code))?;
        Ok(known.code.clone())
    }

    pub(super) async fn find(
        &self,
        book: &'static str,
        carrier: Option<&str>,
        number: &str,
    ) -> Result<Vec<Registered>, Stop> {
        let found = self.desk.registered(&self.principal, book, carrier, number);
        Ok(found.await?)
    }

    async fn query(&self, items: &[Result<Item, Refused>]) -> Result<String, Stop> {
        let mut outcome = Outcome::default();
        let nobody = Item::default();
        for read in items {
            let (item, found) = match read {
                Ok(item) => (item, self.sought(item).await?),
                Err(why) => (&nobody, Err(why.clone())),
            };
            match found {
                Ok(found) => {
                    for registered in found {
                        outcome.accepted.push(self.record(&registered).await?);
                    }
                }
                Err(why) => outcome
                    .rejected
                    .push(refused(&item.named(self.asked_by()), &why)),
            }
        }
        Ok(outcome.written())
    }

    /// The members by which a number that is not found is named.
    const fn asked_by(&self) -> &'static [&'static str] {
        match self.mode {
            Mode::Ocean => &[wire::TRACKING_NO, wire::ORDER_NO],
            Mode::Air => &[wire::TRACKING_NO, wire::CARRIER_CODE],
        }
    }

    /// The registrations that an item names: of an ocean number the one with its order number; of a
    /// waybill those of the carrier and with the order number that it names, if it names them.
    async fn sought(&self, item: &Item) -> Result<Result<Vec<Registered>, Refused>, Stop> {
        let named = || {
            if self.mode == Mode::Ocean {
                item.order_no()?;
            }
            let carrier = item.carrier.as_deref().filter(|_| self.mode == Mode::Air);
            let carrier = carrier.map(|code| self.carrier(code)).transpose()?;
            Ok((item.number(self.mode)?, item.book(self.mode)?, carrier))
        };
        let (number, book, carrier) = match named() {
            Ok(named) => named,
            Err(why) => return Ok(Err(why)),
        };
        let mut found = self.find(book, carrier.as_deref(), &number).await?;
        if let Some(order_no) = &item.order_no {
            found.retain(|registered| Own::of(&registered.data).order_no == *order_no);
        }
        Ok(if found.is_empty() {
            Err(Refused::new(Code::Parameter, NOT_REGISTERED))
        } else {
            Ok(found)
        })
    }

    async fn record(&self, registered: &Registered) -> Result<String, Stop> {
        let view = self.desk.shipment_of(&self.principal, registered).await?;
        let own = Own::of(&registered.data);
        let known = Known {
            own: &own,
            number: &registered.number,
            carrier: &registered.carrier,
            created: Some(&clock::text(registered.created)),
            standing: registered.standing,
            view: view.as_ref(),
        };
        let vocabularies = self.desk.vocabularies();
        Ok(record(self.mode, vocabularies.of(NAME), &known))
    }

    /// The registrations of items of which none may be unknown.
    async fn all_of(&self, items: Vec<&str>) -> Result<Vec<(&'static str, Registered)>, Stop> {
        let mut all: Vec<(&'static str, Registered)> = Vec::with_capacity(items.len());
        for text in items {
            let item = Item::read(text)?;
            let found = self.sought(&item).await??;
            let book = item.book(self.mode)?;
            for registered in found {
                let is_known = all
                    .iter()
                    .any(|(known, other)| *known == book && other.id == registered.id);
                if !is_known {
                    all.push((book, registered));
                }
            }
        }
        Ok(all)
    }

    async fn change_carrier(&self, body: &str) -> Result<String, Stop> {
        let members =
            Object::of_text(body).map_err(|_| Stop::wrong("the body must be a JSON object"))?;
        let code = super::read::said(&members, wire::CARRIER_CODE);
        let code = code.ok_or_else(|| Refused::missing(wire::CARRIER_CODE))?;
        let carrier = self.carrier(code.trim())?;
        let details = members.get("details").filter(|value| *value != "null");
        let details = details.ok_or_else(|| Refused::missing("details"))?;
        let details = elements(details).ok_or_else(|| Stop::wrong("details must be an array"))?;
        let all = self.all_of(within(self.desk, details)?).await?;
        for (book, registered) in &all {
            let taken = self.find(book, Some(&carrier), &registered.number).await?;
            if taken.iter().any(|other| other.id != registered.id) {
                return Err(Stop::because(Code::Parameter, IMPORTED));
            }
        }
        for (book, ids) in by_book(&all) {
            let moved = self
                .desk
                .change_carrier(&self.principal, book, &ids, &carrier);
            match moved.await? {
                Moved::All => {}
                Moved::Unknown(_) => return Err(Stop::because(Code::Parameter, NOT_REGISTERED)),
                Moved::Taken(_) => return Err(Stop::because(Code::Parameter, IMPORTED)),
            }
        }
        Ok("true".to_owned())
    }

    async fn refresh(&self, body: &str) -> Result<String, Stop> {
        let item = Item::read(body)?;
        let found = self.sought(&item).await??;
        let book = item.book(self.mode)?;
        let not_registered = || Stop::because(Code::Parameter, NOT_REGISTERED);
        let registered = found.first().ok_or_else(not_registered)?;
        let hours = number(self.desk, REFRESH_HOURS)?;
        let least = i64::try_from(hours.saturating_mul(HOUR)).unwrap_or(i64::MAX);
        let asked = self
            .desk
            .refresh(&self.principal, book, registered.id, least);
        let (success, at) = match asked.await? {
            Refresh::Asked { at } => (true, at),
            Refresh::TooSoon { last } => (false, last),
            Refresh::Unknown => return Err(not_registered()),
        };
        Ok(format!(
            r#"{{"success":{success},"actualRefreshTime":{}}}"#,
            Item::json(Some(&clock::text(at)))
        ))
    }

    async fn delete(&self, items: Vec<&str>) -> Result<String, Stop> {
        let all = self.all_of(items).await?;
        for (book, ids) in by_book(&all) {
            self.desk.unregister(&self.principal, book, &ids).await?;
        }
        Ok("true".to_owned())
    }
}

/// An item of a query that is refused has no index.
fn refused(named: &[(&str, String)], why: &Refused) -> String {
    let mut members: Vec<String> = named
        .iter()
        .map(|(name, json)| format!(r#""{name}":{json}"#))
        .collect();
    members.push(format!(r#""error":{}"#, why.written()));
    format!("{{{}}}", members.join(","))
}

/// The ids of registrations, book by book.
fn by_book(all: &[(&'static str, Registered)]) -> Vec<(&'static str, Vec<i64>)> {
    let of_book = |book| {
        let ids = all.iter().filter(|(of, _)| *of == book);
        (
            book,
            ids.map(|(_, registered)| registered.id).collect::<Vec<_>>(),
        )
    };
    let books = item::books().map(of_book);
    books.filter(|(_, ids)| !ids.is_empty()).collect()
}
