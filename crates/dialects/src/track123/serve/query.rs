//! Reading trackings (§5.4). Numbers and order numbers are alternatives within their list, and both
//! lists and the window must hold; without any, every tracking is meant. Newest registration first.
//!
//! A cursor is opaque and belongs to the question that it came with: another question refuses it.

use super::super::envelope::{Refused, Stop};
use super::super::service::Code;
use super::super::told::{self, Own};
use super::super::{NAME, clock, frame, own, wire};
use super::{NOT_REGISTERED, object};
use crate::desk::{Desk, Found, Mark, Principal, Registered, RegistrationQuery};
use crate::raw::{Object, elements, quoted, scalar};
use crate::registry;
use std::cmp::Reverse;
use std::collections::HashSet;
use trackway_model::intake::number_key;
use trackway_model::view::ShipmentView;

/// The longest page, and the one that is meant where none is named.
const LONGEST_PAGE: usize = 100;

/// A question, checked.
#[derive(Debug, Default)]
struct Asked {
    numbers: Vec<(String, Option<String>)>,
    orders: Vec<String>,
    from: Option<i64>,
    to: Option<i64>,
    size: usize,
    cursor: Option<Cursor>,
    /// Of all but the cursor.
    fingerprint: u64,
}

/// Where a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cursor {
    after: Mark,
    total: u64,
    page: u64,
}

pub async fn query<D: Desk>(desk: &D, principal: &Principal, body: &[u8]) -> Result<String, Stop> {
    let asked = read(desk, &object(body)?)?;
    let mut others = Others::default();
    let (page, next, total) = if asked.numbers.is_empty() {
        in_book(desk, principal, &asked).await?
    } else {
        by_number(desk, principal, &asked, &mut others).await?
    };
    let now = desk.now();
    let mut content = Vec::with_capacity(page.len() + others.known.len());
    for registered in &page {
        let view = desk.shipment_of(principal, registered).await?;
        content.push(told::tracking(view.as_ref(), &Own::of(registered), now));
    }
    // They stand on the first page.
    let first = others.known.iter().filter(|_| asked.cursor.is_none());
    content.extend(first.map(|view| told::tracking(Some(view), &Own::of_nobody(view), now)));
    let total = total + others.known.len() as u64;
    let number = asked.cursor.map_or(1, |cursor| cursor.page);
    let cursor = next.map(|after| Cursor {
        after,
        total,
        page: number + 1,
    });
    let cursor = cursor.map_or_else(String::new, |cursor| cursor.written(asked.fingerprint));
    Ok(format!(
        r#"{{"accepted":{{"content":[{}],"totalElements":{total},"totalPages":{},"currentPage":{number},"cursor":{}}},"rejected":[{}]}}"#,
        content.join(","),
        total.div_ceil(asked.size as u64),
        quoted(&cursor),
        others.rejected.join(","),
    ))
}

/// Numbers that are not registered here.
#[derive(Default)]
struct Others {
    /// The account knows them from elsewhere: a facade sees all shipments of its account.
    known: Vec<ShipmentView>,
    /// Nobody has told of them.
    rejected: Vec<String>,
}

type Page = (Vec<Registered>, Option<Mark>, u64);

/// Some of all registrations.
async fn in_book<D: Desk>(desk: &D, principal: &Principal, asked: &Asked) -> Result<Page, Stop> {
    let query = RegistrationQuery {
        from: asked.from,
        // The end of the window is in it, to the second.
        before: asked.to.map(|to| to.saturating_add(1_000_000)),
        keys: asked.orders.clone(),
    };
    let total = match asked.cursor {
        Some(cursor) => cursor.total,
        None => desk.count_registrations(principal, NAME, &query).await?,
    };
    let after = asked.cursor.map(|cursor| cursor.after);
    let page = desk
        .registrations(principal, NAME, &query, after, asked.size)
        .await?;
    Ok((page.registered, page.next, total))
}

/// Those of the numbers; one that is neither registered nor known from elsewhere is refused.
async fn by_number<D: Desk>(
    desk: &D,
    principal: &Principal,
    asked: &Asked,
    others: &mut Others,
) -> Result<Page, Stop> {
    let mut found: Vec<Registered> = Vec::with_capacity(asked.numbers.len());
    let mut known = HashSet::new();
    for (number, courier) in &asked.numbers {
        let carrier = courier.as_ref().map(|courier| desk.carrier(NAME, courier));
        let of_number = match &carrier {
            // A courier that nobody knows has registered nothing.
            Some(None) => Vec::new(),
            Some(Some(carrier)) => {
                desk.registered(principal, NAME, Some(carrier), number)
                    .await?
            }
            None => desk.registered(principal, NAME, None, number).await?,
        };
        if of_number.is_empty() {
            match elsewhere(desk, principal, asked, number, courier.as_deref()).await? {
                Some(view) => others.known.push(view),
                None => others.rejected.push(refusal(number, courier.as_deref())),
            }
        }
        found.extend(of_number.into_iter().filter(|one| known.insert(one.id)));
    }
    found.retain(|registered| asked.holds(registered));
    found.sort_by_key(|registered| Reverse(Mark::from(registered)));
    let total = found.len() as u64;
    if let Some(cursor) = asked.cursor {
        found.retain(|registered| Mark::from(registered) < cursor.after);
    }
    let more = found.len() > asked.size;
    found.truncate(asked.size);
    let next = found.last().filter(|_| more).map(Mark::from);
    Ok((found, next, total))
}

/// A parcel that others told of. Order numbers and times of registration are only a registration's.
async fn elsewhere<D: Desk>(
    desk: &D,
    principal: &Principal,
    asked: &Asked,
    number: &str,
    courier: Option<&str>,
) -> Result<Option<ShipmentView>, Stop> {
    let narrowed = !asked.orders.is_empty() || asked.from.is_some() || asked.to.is_some();
    let carrier = courier.and_then(|courier| desk.carrier(NAME, courier));
    if narrowed || carrier.is_some() != courier.is_some() {
        return Ok(None);
    }
    let found = desk.look_up(principal, NAME, carrier.as_deref(), number);
    Ok(match found.await? {
        Found::Shipment(view) if others_told(&view) => Some(*view),
        Found::Shipment(_) | Found::AnotherAccount | Found::Nothing => None,
    })
}

/// What this system alone told of was registered here once, and is no more.
fn others_told(view: &ShipmentView) -> bool {
    let sources = view.track.sources.iter();
    let mut others = sources.filter_map(|source| registry::of_stream(source.stream));
    others.any(|dialect| dialect.name() != NAME)
}

fn refusal(number: &str, courier: Option<&str>) -> String {
    let why = Refused::new(Code::Parameter, NOT_REGISTERED).written();
    let courier = courier.map_or_else(String::new, |courier| {
        format!(r#","{}":{}"#, wire::COURIER_CODE, quoted(courier))
    });
    let (name, number) = (wire::TRACK_NO, quoted(number));
    format!(r#"{{"{name}":{number}{courier},"error":{why}}}"#)
}

impl Asked {
    /// Whether order numbers and window hold.
    fn holds(&self, registered: &Registered) -> bool {
        let order = own::key(&registered.data);
        let ordered = self.orders.is_empty()
            || order
                .is_some_and(|order| self.orders.iter().any(|asked| asked.trim() == order.trim()));
        let created = registered.created.div_euclid(1_000_000);
        let within = |bound: Option<i64>| bound.map(|at| at.div_euclid(1_000_000));
        ordered
            && within(self.from).is_none_or(|from| from <= created)
            && within(self.to).is_none_or(|to| created <= to)
    }
}

fn read<D: Desk>(desk: &D, object: &Object<'_>) -> Result<Asked, Stop> {
    let most = frame::number(desk, frame::ITEMS)?;
    let list = |name: &str| -> Result<Vec<&str>, Stop> {
        let Some(value) = object.get(name).filter(|value| *value != "null") else {
            return Ok(Vec::new());
        };
        let items = elements(value).ok_or_else(|| Stop::wrong(format!("{name} must be a list")))?;
        if items.len() as u64 > most {
            return Err(Stop::wrong(format!("{name} holds more than {most}")));
        }
        Ok(items)
    };
    let mut asked = Asked {
        orders: texts(wire::ORDER_NOS, &list(wire::ORDER_NOS)?)?,
        from: time(object, wire::CREATE_TIME_START)?,
        to: time(object, wire::CREATE_TIME_END)?,
        size: page_size(object)?,
        ..Asked::default()
    };
    let numbers = texts(wire::TRACK_NOS, &list(wire::TRACK_NOS)?)?;
    asked
        .numbers
        .extend(numbers.into_iter().map(|number| (number, None)));
    for info in list(wire::TRACK_NO_INFOS)? {
        let wrong = || Stop::wrong(format!("{} must hold objects", wire::TRACK_NO_INFOS));
        let info = Object::of_text(info).map_err(|_| wrong())?;
        let number = own::said(&info, wire::TRACK_NO);
        let number = number.ok_or_else(|| Refused::missing(wire::TRACK_NO))?;
        let courier = own::said(&info, wire::COURIER_CODE);
        asked.numbers.push((
            number.trim().to_owned(),
            courier.map(|courier| courier.trim().to_owned()),
        ));
    }
    asked.fingerprint = asked.fingerprint();
    asked.cursor = cursor(object, asked.fingerprint)?;
    Ok(asked)
}

/// Texts, or numbers as their digits; empty ones are left out.
fn texts(name: &str, items: &[&str]) -> Result<Vec<String>, Stop> {
    let mut texts = Vec::with_capacity(items.len());
    for item in items {
        if item.starts_with(['{', '[', 't', 'f']) {
            return Err(Stop::wrong(format!("{name} must hold texts")));
        }
        let said = scalar(item).filter(|text| !matches!(text.trim(), "" | "null"));
        texts.extend(said.map(|text| text.trim().to_owned()));
    }
    Ok(texts)
}

fn time(object: &Object<'_>, name: &str) -> Result<Option<i64>, Stop> {
    let Some(text) = own::said(object, name) else {
        return Ok(None);
    };
    let at = clock::instant(&text);
    let wrong = || Stop::wrong(format!("{name} must be a time as yyyy-MM-dd HH:mm:ss"));
    at.map(Some).ok_or_else(wrong)
}

fn page_size(object: &Object<'_>) -> Result<usize, Stop> {
    let Some(text) = own::said(object, wire::QUERY_PAGE_SIZE) else {
        return Ok(LONGEST_PAGE);
    };
    let size = text.trim().parse().ok();
    let fits = |size: &usize| (1..=LONGEST_PAGE).contains(size);
    let name = wire::QUERY_PAGE_SIZE;
    let wrong = || Stop::wrong(format!("{name} must be a number from 1 to {LONGEST_PAGE}"));
    size.filter(fits).ok_or_else(wrong)
}

fn cursor(object: &Object<'_>, fingerprint: u64) -> Result<Option<Cursor>, Stop> {
    let Some(text) = own::said(object, wire::CURSOR) else {
        return Ok(None);
    };
    let cursor = Cursor::read(&text, fingerprint);
    cursor
        .map(Some)
        .ok_or_else(|| Stop::wrong("the cursor is of no answer to this query"))
}

impl Asked {
    fn fingerprint(&self) -> u64 {
        let mut hasher = blake3::Hasher::new();
        let mut take = |text: &str| {
            hasher.update(text.as_bytes()).update(&[0]);
        };
        for (number, courier) in &self.numbers {
            take(&number_key(number));
            take(courier.as_deref().unwrap_or_default());
        }
        take("orders");
        self.orders.iter().for_each(|order| take(order));
        for number in [self.from, self.to, Some(self.size as i64)] {
            take(&number.map(|number| number.to_string()).unwrap_or_default());
        }
        let mut short = [0; 8];
        short.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
        u64::from_le_bytes(short)
    }
}

impl Cursor {
    fn written(&self, fingerprint: u64) -> String {
        let Self { after, total, page } = self;
        let Mark { created, id } = after;
        format!("{created:x}-{id:x}-{total:x}-{page:x}-{fingerprint:x}")
    }

    fn read(text: &str, fingerprint: u64) -> Option<Self> {
        let parts: Vec<u64> = text
            .trim()
            .split('-')
            .map(|part| u64::from_str_radix(part, 16).ok())
            .collect::<Option<_>>()?;
        let [created, id, total, page, of] = parts[..] else {
            return None;
        };
        let after = Mark {
            created: i64::try_from(created).ok()?,
            id: i64::try_from(id).ok()?,
        };
        let cursor = Self { after, total, page };
        (of == fingerprint && page > 1 && page < u64::MAX).then_some(cursor)
    }
}
