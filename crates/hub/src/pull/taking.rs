//! What a pull found, taken in: looked for by its names, written by commands, counted.

use super::{Pulled, PulledPart, PulledWrong};
use crate::shipments::{NewTracking, check_number};
use crate::{Hub, HubError};
use std::sync::Arc;
use trackway_dialects::desk::{Principal, Trade};
use trackway_dialects::dialect::pulls::{Entry, Found, Known, Listed, Pulls, Theirs, Walk};
use trackway_model::orders::{
    Body, Catalogued, Command, Kind, Name, NewReport, Party, Record, RecordId, Report, Says,
};
use trackway_store::records::Connection;

/// Rows and differences that are told.
const MOST_TOLD: usize = 1_000;

/// What became of a thing.
#[derive(Clone, Copy)]
enum Became {
    Made,
    Changed,
    Unchanged,
}

pub struct Taking<'h> {
    hub: &'h Hub,
    whose: &'h Principal,
    connection: &'h Arc<Connection>,
    pulls: &'h dyn Pulls,
    dry_run: bool,
    known: Known,
    sum: Pulled,
}

/// An entry as it is to be written.
struct Ready {
    entry: Entry,
    before: Option<Record>,
    body: Body,
}

impl<'h> Taking<'h> {
    pub fn new(
        hub: &'h Hub,
        whose: &'h Principal,
        connection: &'h Arc<Connection>,
        pulls: &'h dyn Pulls,
        dry_run: bool,
    ) -> Self {
        Self {
            hub,
            whose,
            connection,
            pulls,
            dry_run,
            known: Known::default(),
            sum: Pulled::default(),
        }
    }

    pub fn done(self) -> Pulled {
        self.sum
    }

    fn part(&mut self, part: &str) -> &mut PulledPart {
        let parts = &mut self.sum.parts;
        let at = parts.iter().position(|it| it.part == part);
        let at = at.unwrap_or_else(|| {
            parts.push(PulledPart {
                part: part.to_owned(),
                ..PulledPart::default()
            });
            parts.len() - 1
        });
        &mut parts[at]
    }

    fn count(&mut self, part: &str, became: Became) {
        let of = self.part(part);
        match became {
            Became::Made => of.made += 1,
            Became::Changed => of.changed += 1,
            Became::Unchanged => of.unchanged += 1,
        }
    }

    pub fn wrong(&mut self, part: &str, id: &str, problem: String) {
        self.part(part).wrong += 1;
        if self.sum.wrong.len() < MOST_TOLD {
            self.sum.wrong.push(PulledWrong {
                part: part.to_owned(),
                id: id.to_owned(),
                problem,
            });
        }
    }

    /// Takes in what one answer held.
    pub async fn take(&mut self, walk: &mut dyn Walk, found: Vec<Found>) -> Result<(), HubError> {
        let (mut entries, mut numbers) = (Vec::new(), Vec::new());
        for found in found {
            match found {
                Found::Entry(entry) => entries.push(*entry),
                Found::Listed(listed) => self.listed(walk, listed).await?,
                Found::Report(part, report) => self.report(part, *report).await?,
                Found::Followed {
                    part,
                    carrier,
                    number,
                } => match check_number(&number) {
                    Ok(()) => numbers.push((part, carrier, number)),
                    Err(problem) => self.wrong(part, "", problem.to_string()),
                },
                Found::Differs { part, what } => {
                    self.part(part).differs += 1;
                    if self.sum.differs.len() < MOST_TOLD {
                        self.sum.differs.push(what);
                    }
                }
                Found::Same(part) => self.count(part, Became::Unchanged),
                Found::Wrong(wrong) => self.wrong(wrong.part, &wrong.id, wrong.problem),
            }
        }
        self.entries(entries).await?;
        self.follow(numbers).await
    }

    /// Those that name others of the same page come after them.
    async fn entries(&mut self, mut left: Vec<Entry>) -> Result<(), HubError> {
        while !left.is_empty() {
            let (mut ready, mut waiting) = (Vec::new(), Vec::new());
            for entry in left {
                if self.missing(&entry).await?.is_none() {
                    ready.push(entry);
                } else {
                    waiting.push(entry);
                }
            }
            if ready.is_empty() {
                for entry in waiting {
                    if let Some((kind, number)) = self.missing(&entry).await? {
                        let problem = format!("it names {kind} {number}, which is not known");
                        self.wrong(entry.part, &entry.theirs.1, problem);
                    }
                }
                return Ok(());
            }
            self.put(ready).await?;
            left = waiting;
        }
        Ok(())
    }

    /// The first thing that an entry names and that we have not.
    async fn missing(&mut self, entry: &Entry) -> Result<Option<Theirs>, HubError> {
        for theirs in &entry.refers {
            if self.known.has(theirs) {
                continue;
            }
            let Some(code) = self.pulls.code_of(self.connection.id, theirs) else {
                return Ok(Some(theirs.clone()));
            };
            let Some(found) = self.named(theirs.0, &Name::code(code)).await? else {
                return Ok(Some(theirs.clone()));
            };
            self.known.insert(theirs.clone(), found.id);
        }
        Ok(None)
    }

    async fn named(&self, kind: Kind, name: &Name) -> Result<Option<Record>, HubError> {
        let account = self.whose.account;
        Ok(self.hub.store.record_named(account, kind, name).await?)
    }

    /// Writes entries of which all that they name is known.
    async fn put(&mut self, entries: Vec<Entry>) -> Result<(), HubError> {
        let mut ready = Vec::with_capacity(entries.len());
        for entry in entries {
            let mut before = None;
            for name in entry.names(&self.known) {
                before = self.named(entry.theirs.0, &name).await?;
                if before.is_some() {
                    break;
                }
            }
            let held = before.as_ref().map(|record| &record.body);
            match (entry.read)(&entry.row, held, &self.known) {
                Ok(body) => ready.push(Ready {
                    entry,
                    before,
                    body,
                }),
                Err(problem) => self.wrong(entry.part, &entry.theirs.1, problem),
            }
        }
        if self.dry_run {
            self.compare(ready);
            return Ok(());
        }
        let mut commands = Vec::with_capacity(ready.len());
        for it in &ready {
            let code = match &it.before {
                Some(_) => None,
                None => self.free_code(&it.entry).await?,
            };
            commands.push(Command::Catalogue(Box::new(Catalogued {
                id: it.before.as_ref().map(|record| record.id),
                code,
                body: it.body.clone(),
            })));
        }
        let done = self.hub.carry_out_all(self.whose, commands).await;
        let done = done.map_err(HubError::Trade)?;
        for (it, done) in ready.into_iter().zip(done) {
            let Ready { entry, before, .. } = it;
            let after = match done {
                Ok(outcome) => outcome.record,
                Err(refusal) => {
                    self.wrong(entry.part, &entry.theirs.1, refusal.to_string());
                    continue;
                }
            };
            let became = match (&before, &after) {
                (None, _) => Became::Made,
                (Some(before), Some(after)) if before.version == after.version => Became::Unchanged,
                (Some(_), _) => Became::Changed,
            };
            self.count(entry.part, became);
            if let Some(record) = after {
                self.known.insert(entry.theirs, record.id);
            }
        }
        Ok(())
    }

    /// What would be done with entries. What is new has no number yet: it stands for itself.
    fn compare(&mut self, ready: Vec<Ready>) {
        for it in ready {
            let became = match &it.before {
                None => Became::Made,
                Some(record) if located(&it.body) == record.body => Became::Unchanged,
                Some(_) => Became::Changed,
            };
            self.count(it.entry.part, became);
            let id = it.before.map_or(RecordId(0), |record| record.id);
            self.known.insert(it.entry.theirs, id);
        }
    }

    /// The code of a new record, unless another has it.
    async fn free_code(&self, entry: &Entry) -> Result<Option<String>, HubError> {
        let Some(code) = &entry.code else {
            return Ok(None);
        };
        let taken = self.named(entry.theirs.0, &Name::code(code)).await?;
        Ok(taken.is_none().then(|| code.clone()))
    }

    /// What stands of a thing.
    async fn standing(&self, code: &str) -> Result<Option<Report>, HubError> {
        let found = self.named(Kind::Report, &Name::code(code)).await?;
        Ok(found.and_then(|record| match record.body {
            Body::Report(report) => Some(*report),
            _ => None,
        }))
    }

    async fn listed(&mut self, walk: &mut dyn Walk, listed: Listed) -> Result<(), HubError> {
        let standing = self.standing(&listed.standing).await?;
        let is_held = standing.as_ref().is_some_and(|held| {
            let times = listed.at.zip(held.at);
            times.is_some_and(|(told, held)| told <= held)
        });
        match (is_held, self.dry_run) {
            (true, _) => self.count(listed.part, Became::Unchanged),
            (false, true) if standing.is_some() => self.count(listed.part, Became::Changed),
            (false, true) => self.count(listed.part, Became::Made),
            (false, false) => walk.open(listed),
        }
        Ok(())
    }

    async fn report(&mut self, part: &'static str, report: NewReport) -> Result<(), HubError> {
        let standing = self.standing(&report.standing).await?;
        let says = &report.report.says;
        let is_same = |held: &Report| matches!(says, Says::Stock { .. }) && held.says == *says;
        let became = match &standing {
            Some(held) if is_same(held) => Became::Unchanged,
            Some(_) => Became::Changed,
            None => Became::Made,
        };
        if self.dry_run || matches!(became, Became::Unchanged) {
            self.count(part, became);
            return Ok(());
        }
        let subject = report.report.subject.clone();
        let command = Command::Report(Box::new(report));
        let done = self.hub.carry_out(self.whose, command).await;
        match done.map_err(HubError::Trade)? {
            Ok(_) => self.count(part, became),
            Err(refusal) => self.wrong(part, &subject, refusal.to_string()),
        }
        Ok(())
    }

    /// Has numbers followed over this connection.
    async fn follow(
        &mut self,
        numbers: Vec<(&'static str, &'static str, String)>,
    ) -> Result<(), HubError> {
        let Some((part, carrier, _)) = numbers.first() else {
            return Ok(());
        };
        let (part, carrier) = (*part, *carrier);
        if self.dry_run {
            for (_, _, number) in numbers {
                let account = self.whose.account;
                let held = self.hub.store.find(account, Some(carrier), &number).await?;
                let became = if held.is_empty() {
                    Became::Made
                } else {
                    Became::Unchanged
                };
                self.count(part, became);
            }
            return Ok(());
        }
        let new = NewTracking {
            account: Some(self.whose.account_name.to_string()),
            carrier: carrier.to_owned(),
            numbers: numbers.into_iter().map(|(_, _, number)| number).collect(),
            connection: Some(self.connection.name.clone()),
        };
        for tracked in self.hub.track(new).await? {
            let became = if tracked.new {
                Became::Made
            } else {
                Became::Unchanged
            };
            self.count(part, became);
        }
        Ok(())
    }
}

/// A body with its address as the rules put it on the map.
fn located(body: &Body) -> Body {
    let mut body = body.clone();
    let settle = |party: &mut Party| {
        if let Ok(address) = party.address.settled() {
            party.address = address;
        }
    };
    match &mut body {
        Body::PickupAddress(it) => settle(&mut it.contact),
        Body::Vendor(it) => settle(&mut it.contact),
        _ => {}
    }
    body
}
