//! What an answer tells, and what is to be asked next because of it.

use super::super::client::{Heard, PAGE, route, shape};
use super::catalogue;
use super::lists;
use super::parts::{self, Reads, Row};
use super::{MOST_LINE_PAGES, MOST_PAGES, Pulling, Task, Then};
use crate::dialect::CallError;
use crate::dialect::pulls::{Entry, Found, Listed, Walk, Wrong};
use crate::nandh::CARRIER;
use crate::nandh::routes::Call;
use crate::raw::{self, Object, Value};
use trackway_model::address::Level;
use trackway_model::orders::Kind;

impl Pulling {
    pub(super) fn read(
        &mut self,
        task: Task,
        asked: i64,
        heard: &Heard<'_>,
    ) -> Result<Vec<Found>, CallError> {
        let of = task.of;
        let part = of.part.name;
        match task.then.clone() {
            Then::Page { list, page } => self.page(&task, (list, page), asked, heard),
            Then::One => self.single(of, &heard.object()?),
            Then::Item { after } => {
                let row = heard.object()?;
                let items = parts::named("items").unwrap_or(of);
                let mut found = self.entry(items, &catalogue::ITEM, &row);
                found.extend(after);
                Ok(found)
            }
            Then::Inbound(listed) => {
                let detail = heard.object()?.text().to_owned();
                let code = listed.code.clone();
                let then = Then::Lines {
                    listed,
                    detail,
                    gathered: Vec::new(),
                    page: 1,
                };
                let lines = Task::about(of, Call::InboundItems, &code, then);
                self.tasks.push_front(lines);
                Ok(Vec::new())
            }
            Then::Lines {
                listed,
                detail,
                mut gathered,
                page,
            } => {
                let rows = heard.rows()?;
                gathered.extend(rows.iter().map(|row| row.text().to_owned()));
                if page < MOST_LINE_PAGES && is_more(heard, rows.len(), page) {
                    let code = listed.code.clone();
                    let then = Then::Lines {
                        listed,
                        detail,
                        gathered,
                        page: page + 1,
                    };
                    let lines = Task::about(of, Call::InboundItems, &code, then);
                    self.tasks.push_front(lines);
                    return Ok(Vec::new());
                }
                let event = route(Call::Inbound).name;
                Ok(vec![
                    self.teller.inbound(&listed, event, &detail, &gathered),
                ])
            }
            Then::OfOrder { page } => {
                let rows = heard.rows()?;
                if is_more(heard, rows.len(), page) && page < MOST_LINE_PAGES {
                    let mut next = task;
                    next.then = Then::OfOrder { page: page + 1 };
                    self.tasks.push_front(next);
                }
                let of_row = |row: &Value<'_>| followed(part, parts::TRACKING_CODE, row.object());
                Ok(rows.iter().map(of_row).collect())
            }
            Then::Within { level, page } => {
                let rows = heard.rows()?;
                if is_more(heard, rows.len(), page) && page < MOST_LINE_PAGES {
                    let mut next = task;
                    next.then = Then::Within {
                        level,
                        page: page + 1,
                    };
                    self.tasks.push_front(next);
                }
                Ok(self.divisions(of, level, &rows))
            }
        }
    }

    fn page(
        &mut self,
        task: &Task,
        (list, page): (usize, u64),
        asked: i64,
        heard: &Heard<'_>,
    ) -> Result<Vec<Found>, CallError> {
        let of = task.of;
        let (part, reads) = (of.part.name, of.lists[list].1);
        let rows = heard.rows()?;
        if page < MOST_PAGES && is_more(heard, rows.len(), page) {
            let mut next = task.clone();
            next.then = Then::Page {
                list,
                page: page + 1,
            };
            self.tasks.push_front(next);
        }
        if let Reads::Provinces = reads {
            return Ok(self.divisions(of, Level::Province, &rows));
        }
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            let Some(row) = row.object() else {
                found.push(wrong(part, "", "a row is no object"));
                continue;
            };
            match reads {
                Reads::Entries(numbered) => found.extend(self.entry(of, numbered, &row)),
                Reads::Options(name) => found.push(lists::option(part, name, &row)),
                Reads::Stock => {
                    let event = route(task.call).name;
                    found.push(self.teller.level(part, event, asked, &row));
                }
                Reads::Numbers(member) => found.push(followed(part, member, Some(row))),
                Reads::Inbounds => found.push(self.teller.listed(part, &row)),
                Reads::Provinces => {}
            }
        }
        Ok(self.with_items(of, found))
    }

    /// Has the items asked for that rows name and that were not met; the rows are looked at after them.
    fn with_items(&mut self, of: &'static Row, found: Vec<Found>) -> Vec<Found> {
        let mut unmet: Vec<String> = Vec::new();
        for entry in found.iter().filter_map(entry_of) {
            let items = entry.refers.iter().filter(|(kind, _)| *kind == Kind::Item);
            for (_, number) in items {
                if self.items.insert(number.clone()) {
                    unmet.push(number.clone());
                }
            }
        }
        let Some(last) = unmet.pop() else {
            return found;
        };
        let ask =
            |number: &String, after| Task::about(of, Call::Item, number, Then::Item { after });
        self.tasks.push_front(ask(&last, found));
        for number in unmet.iter().rev() {
            self.tasks.push_front(ask(number, Vec::new()));
        }
        Vec::new()
    }

    fn entry(
        &mut self,
        of: &'static Row,
        numbered: &'static catalogue::Numbered,
        row: &Object<'_>,
    ) -> Vec<Found> {
        let entry = catalogue::entry(of.part.name, self.teller.connection, numbered, row);
        vec![match entry {
            Ok(entry) => {
                if entry.theirs.0 == Kind::Item {
                    self.items.insert(entry.theirs.1.clone());
                }
                Found::Entry(Box::new(entry))
            }
            Err(wrong) => Found::Wrong(wrong),
        }]
    }

    /// A single thing by its detail.
    fn single(&mut self, of: &'static Row, data: &Object<'_>) -> Result<Vec<Found>, CallError> {
        let part = of.part.name;
        let Some((call, reads)) = of.lists.first().copied() else {
            return Err(shape("data", "nothing is read of it"));
        };
        Ok(match reads {
            Reads::Entries(numbered) => {
                let found = self.entry(of, numbered, data);
                self.with_items(of, found)
            }
            Reads::Numbers(member) => {
                if call == Call::Orders {
                    let id = data.get("id").and_then(raw::scalar);
                    let id = id.ok_or_else(|| shape("data.id", "it is missing"))?;
                    let then = Then::OfOrder { page: 1 };
                    let shipments = Task::within(of, Call::ShipmentsOfOrder, "order_id", &id, then);
                    self.tasks.push_front(shipments);
                }
                vec![followed(part, member, Some(data.clone()))]
            }
            Reads::Inbounds => match self.teller.listed(part, data) {
                Found::Listed(listed) => {
                    self.open(Listed { at: None, ..listed });
                    Vec::new()
                }
                found => vec![found],
            },
            Reads::Options(_) | Reads::Provinces | Reads::Stock => Vec::new(),
        })
    }

    fn divisions(&mut self, of: &'static Row, level: Level, rows: &[Value<'_>]) -> Vec<Found> {
        let part = of.part.name;
        let rows: Vec<Object<'_>> = rows.iter().filter_map(Value::object).collect();
        if let Some((below, member)) = lists::below(level) {
            let call = match below {
                Level::Ward => Call::Wards,
                Level::District | Level::Province => Call::Districts,
            };
            for row in rows.iter().rev() {
                if let Some(id) = row.get("id").and_then(raw::scalar) {
                    let then = Then::Within {
                        level: below,
                        page: 1,
                    };
                    let task = Task::within(of, call, member, &id, then);
                    self.tasks.push_front(task);
                }
            }
        }
        rows.iter()
            .map(|row| lists::division(part, level, row))
            .collect()
    }
}

fn entry_of(found: &Found) -> Option<&Entry> {
    match found {
        Found::Entry(entry) => Some(entry),
        _ => None,
    }
}

/// Whether there are rows behind a page: by the total, else where the page is full.
fn is_more(heard: &Heard<'_>, rows: usize, page: u64) -> bool {
    match heard.total() {
        _ if rows == 0 => false,
        Some(total) => page.saturating_mul(PAGE) < total,
        None => rows as u64 >= PAGE,
    }
}

fn followed(part: &'static str, member: &str, row: Option<Object<'_>>) -> Found {
    let code = row.and_then(|row| Some(raw::scalar(row.get(member)?)?.trim().to_owned()));
    match code.filter(|code| !code.is_empty()) {
        Some(number) => Found::Followed {
            part,
            carrier: CARRIER,
            number,
        },
        None => wrong(part, "", &format!("{member}: is required")),
    }
}

fn wrong(part: &'static str, id: &str, problem: &str) -> Found {
    Found::Wrong(Wrong {
        part,
        id: id.to_owned(),
        problem: problem.to_owned(),
    })
}
