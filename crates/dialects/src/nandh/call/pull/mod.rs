//! The records of an N&H upstream, list by list and page by page (`dialect::pulls`).
//!
//! A part's list is asked for page after page, as long as rows come and the upstream's `total` says that
//! there are more. What a row needs is asked for before the next page: an item that a product is made
//! of and that the walk has not met (I2), an inbound's detail and its lines (N4, N5), the districts and
//! wards of a province (A2, A3). Orders, shipments and returns are followed by their codes: their
//! details are asked for by the schedule, as of any number (decision 37).
//!
//! A cursor is `PART:LIST:PAGE`. A walk that goes on from one asks for the short lists anew whose rows
//! have codes of their own (couriers, units), since later rows name them by number.

mod catalogue;
mod goods;
mod lists;
mod parts;
mod reading;

use super::client::{self, Ask};
use crate::dialect::pulls::{Found, Listed, Part, Pulls, Theirs, Walk, Wanted};
use crate::dialect::{Answer, CallError, Outgoing, Upstream};
use crate::nandh::Nandh;
use crate::nandh::routes::Call;
use goods::Teller;
use parts::Row;
use std::borrow::Cow;
use std::collections::{HashSet, VecDeque};
use trackway_model::ConnectionId;
use trackway_model::address::Level;
use trackway_model::orders::Kind;

/// The most pages of one list: an upstream that never ends is left.
const MOST_PAGES: u64 = 20_000;
/// The most pages of the lines of one inbound.
const MOST_LINE_PAGES: u64 = 20;
/// Asked for anew by a walk that goes on, where later parts need them.
const BY_OWN_CODE: [&str; 2] = ["couriers", "units"];

/// What an answer is read as.
#[derive(Clone, Debug)]
enum Then {
    /// A page of one of a part's lists.
    Page {
        list: usize,
        page: u64,
    },
    /// The detail of a single thing.
    One,
    /// An item that is named by rows, which are looked at after it.
    Item {
        after: Vec<Found>,
    },
    Inbound(Listed),
    Lines {
        listed: Listed,
        detail: String,
        gathered: Vec<String>,
        page: u64,
    },
    /// The shipments of an order.
    OfOrder {
        page: u64,
    },
    Within {
        level: Level,
        page: u64,
    },
}

#[derive(Clone, Debug)]
struct Task {
    of: &'static Row,
    call: Call,
    /// What the path names.
    id: String,
    /// What the query names.
    query: Option<(&'static str, String)>,
    /// Asked for only because later parts need it.
    is_aside: bool,
    then: Then,
}

impl Task {
    fn page(of: &'static Row, list: usize, page: u64) -> Self {
        Self {
            of,
            call: of.lists[list].0,
            id: String::new(),
            query: None,
            is_aside: false,
            then: Then::Page { list, page },
        }
    }

    fn about(of: &'static Row, call: Call, id: &str, then: Then) -> Self {
        Self {
            of,
            call,
            id: id.to_owned(),
            query: None,
            is_aside: false,
            then,
        }
    }

    /// With a query in place of an id in the path.
    fn within(of: &'static Row, call: Call, name: &'static str, id: &str, then: Then) -> Self {
        Self {
            query: Some((name, id.to_owned())),
            ..Self::about(of, call, "", then)
        }
    }

    fn ask(&self) -> Ask<'_> {
        let ask = Ask::about(&self.id);
        let ask = match &self.query {
            Some((name, value)) => ask.with(name, Cow::Borrowed(value.as_str())),
            None => ask,
        };
        match &self.then {
            Then::Page { page, .. }
            | Then::Lines { page, .. }
            | Then::OfOrder { page }
            | Then::Within { page, .. } => ask.and_page(*page),
            Then::One | Then::Item { .. } | Then::Inbound(_) => ask,
        }
    }
}

impl Pulls for Nandh {
    fn parts(&self) -> &'static [Part] {
        static PARTS: std::sync::LazyLock<Vec<Part>> =
            std::sync::LazyLock::new(|| parts::ROWS.iter().map(|row| row.part).collect());
        &PARTS
    }

    fn walk(
        &self,
        connection: ConnectionId,
        counted_at: Option<String>,
        wanted: &Wanted,
    ) -> Result<Box<dyn Walk>, String> {
        let tasks = match &wanted.one {
            Some((part, id)) => one(part, id)?,
            None => tasks(wanted)?,
        };
        Ok(Box::new(Pulling {
            teller: Teller {
                connection,
                counted_at,
            },
            tasks,
            asked: None,
            is_begun: false,
            is_first: false,
            at: None,
            items: HashSet::new(),
        }))
    }

    fn code_of(&self, connection: ConnectionId, theirs: &Theirs) -> Option<String> {
        let (kind, number) = theirs;
        let has_none = matches!(
            kind,
            Kind::Shop
                | Kind::PickupAddress
                | Kind::Vendor
                | Kind::Category
                | Kind::Brand
                | Kind::CourierLink
        );
        has_none.then(|| catalogue::numbered_code(connection, number))
    }
}

fn named(name: &str) -> Result<&'static Row, String> {
    parts::named(name).ok_or_else(|| {
        let names: Vec<&str> = parts::ROWS.iter().map(|row| row.part.name).collect();
        format!("there is no `{name}` to pull, only {}", names.join(", "))
    })
}

fn one(part: &str, id: &str) -> Result<VecDeque<Task>, String> {
    let of = named(part)?;
    let call = of.detail;
    let call = call.ok_or_else(|| format!("`{part}` are pulled as a whole only"))?;
    if id.trim().is_empty() {
        return Err("a number or a code is wanted".to_owned());
    }
    let aside = aside(&[of], &[]);
    let last = Task::about(of, call, id.trim(), Then::One);
    Ok(aside.chain([last]).collect())
}

/// The lists that parts name and that are not asked for themselves.
fn aside(wanted: &[&'static Row], among: &[&'static Row]) -> impl Iterator<Item = Task> + use<> {
    let needed = |row: &&'static Row| {
        let name = row.part.name;
        let is_named = wanted.iter().any(|it| it.needs.contains(&name));
        is_named && !among.iter().any(|it| it.part.name == name)
    };
    let found: Vec<&'static Row> = parts::ROWS.iter().filter(needed).collect();
    found.into_iter().map(|row| Task {
        is_aside: true,
        ..Task::page(row, 0, 1)
    })
}

fn tasks(wanted: &Wanted) -> Result<VecDeque<Task>, String> {
    for part in &wanted.parts {
        named(part)?;
    }
    let is_wanted = |row: &&'static Row| {
        let names = &wanted.parts;
        if names.is_empty() {
            row.part.usual
        } else {
            names.iter().any(|name| name == row.part.name)
        }
    };
    let rows: Vec<&'static Row> = parts::ROWS.iter().filter(is_wanted).collect();
    let Some(from) = &wanted.from else {
        let aside = aside(&rows, &rows);
        return Ok(aside
            .chain(rows.iter().flat_map(|of| first_pages(of)))
            .collect());
    };
    let wrong = || format!("`{from}` is no place where a walk ended");
    let mut place = from.splitn(3, ':');
    let of = place.next().and_then(parts::named).ok_or_else(wrong)?;
    let mut number = || place.next()?.parse::<u64>().ok();
    let (list, page) = number().zip(number()).ok_or_else(wrong)?;
    let list = usize::try_from(list).map_err(|_| wrong())?;
    let left: Vec<&'static Row> = rows
        .into_iter()
        .skip_while(|row| row.part.name != of.part.name)
        .collect();
    if left.is_empty() || list >= of.lists.len() || page == 0 || page > MOST_PAGES {
        return Err(wrong());
    }
    let is_short = |task: &Task| BY_OWN_CODE.contains(&task.of.part.name);
    let aside = aside(&left, &left).filter(is_short);
    let rest = left.iter().flat_map(|of| first_pages(of)).skip(list + 1);
    let here = Task::page(of, list, page);
    Ok(aside.chain([here]).chain(rest).collect())
}

fn first_pages(of: &'static Row) -> impl Iterator<Item = Task> {
    (0..of.lists.len()).map(move |list| Task::page(of, list, 1))
}

/// A walk under way.
struct Pulling {
    teller: Teller,
    tasks: VecDeque<Task>,
    asked: Option<Task>,
    /// Whether a call was asked at all, and whether the last one was the first.
    is_begun: bool,
    is_first: bool,
    /// The page whose things are not all asked for.
    at: Option<(&'static Row, usize, u64)>,
    /// Numbers of the items that were met.
    items: HashSet<String>,
}

impl Walk for Pulling {
    fn next(
        &mut self,
        upstream: &Upstream<'_>,
    ) -> Option<(&'static str, Result<Outgoing, CallError>)> {
        let task = self.tasks.pop_front()?;
        self.is_first = !std::mem::replace(&mut self.is_begun, true);
        if let (Then::Page { list, page }, false) = (&task.then, task.is_aside) {
            self.at = Some((task.of, *list, *page));
        }
        let part = task.of.part.name;
        let outgoing = client::ask(upstream, task.call, &task.ask());
        self.asked = Some(task);
        Some((part, outgoing))
    }

    fn heard(&mut self, asked: i64, answer: &Answer<'_>) -> Result<Vec<Found>, CallError> {
        let Some(mut task) = self.asked.take() else {
            return Ok(Vec::new());
        };
        let heard = match (client::heard(answer), &mut task.then) {
            (Ok(heard), _) => heard,
            // What names it says what is missing.
            (Err(CallError::Nothing { .. }), Then::Item { after }) => {
                return Ok(std::mem::take(after));
            }
            (Err(error), _) => {
                // What may come another time is where the walk goes on; what is refused at once is
                // our key.
                let stays = match error {
                    CallError::Quota { .. } | CallError::Fault { .. } => true,
                    CallError::Refused { .. } => self.is_first,
                    CallError::Unset(_) | CallError::Nothing { .. } | CallError::Shape { .. } => {
                        false
                    }
                };
                self.asked = stays.then_some(task);
                return Err(error);
            }
        };
        self.read(task, asked, &heard)
    }

    fn open(&mut self, listed: Listed) {
        let of = parts::named(listed.part).expect("what was listed is a part's");
        let code = listed.code.clone();
        let task = Task::about(of, Call::Inbound, &code, Then::Inbound(listed));
        self.tasks.push_front(task);
    }

    fn cursor(&self) -> Option<String> {
        let next = self.tasks.iter().find(|task| !task.is_aside);
        let of_list = |task: &Task| match task.then {
            Then::Page { list, page } => Some((task.of, list, page)),
            _ => None,
        };
        let place = match (&self.asked, next) {
            // An answer did not come, or was not read to its end.
            (Some(task), _) if !task.is_aside => of_list(task).or(self.at),
            (_, Some(task)) => of_list(task).or(self.at),
            (_, None) => None,
        };
        let (of, list, page) = place?;
        Some(format!("{}:{list}:{page}", of.part.name))
    }
}
