//! A merchant's days in a simulated world: what the seed orders, what its clients order through the
//! facade, and the warehouse and the couriers that work on both.
//!
//! Guarantee: all that happens by itself happens at its own instant of the world's clock, in the order
//! of these instants, whoever looks and however often: without clients' commands, what is seen is a
//! function of (seed, virtual now). Clients' commands are done at the instant at which they come.

use crate::booked::Booked;
use crate::desk::ACCOUNT;
use crate::draw::Draw;
use crate::express247;
use crate::journey::{DAY, HOUR, Happening};
use crate::merchant::{self, LEAD, Merchant, OPENING};
use crate::warehouse::{self, Around};
use crate::world::World;
use std::collections::BTreeMap;
use std::task::{Context, Poll, Waker};
use trackway_model::intake::number_key;
use trackway_model::orders::{
    Body, Carried, Command, Facet, Fulfilment, FulfilmentState, Kind, Ledger, Link, Order,
    OrderState, Outcome, Record, RecordChange, RecordId, RecordQuery, Refusal, Verdict, Write,
};
use trackway_model::{CodeKind, Milestone};

/// Who does what happens by itself.
const NOBODY: i64 = 0;
/// Out of a hundred buyers of what arrived, those who send something back; after so long.
const SENT_BACK: i64 = 12;
const REGRET: (i64, i64) = (6 * HOUR, 3 * DAY);
/// A parcel of a client's order is born so long after it is labelled.
const COLLECTED: i64 = LEAD / 2;

/// What happens by itself.
#[derive(Clone, Debug)]
enum Deed {
    /// The seed's order of this place.
    Order(u32),
    /// The warehouse's next step with a record that is still in this state.
    Step(Kind, RecordId, u16),
    /// What a courier tells of a parcel.
    Told(String, Milestone),
    /// A buyer sends something back.
    Regret(RecordId),
}

/// The merchant's books, and what is going to happen.
#[derive(Debug)]
pub struct House {
    ledger: Ledger,
    merchant: Merchant,
    agenda: BTreeMap<(i64, u64), Deed>,
    planned: u64,
    /// Parcels that clients gave to the carrier through its own API, by number.
    booked: BTreeMap<String, Booked>,
    /// What changed, for whoever is to be told; counted up from 1.
    changes: Vec<RecordChange>,
}

impl House {
    /// Opens the shops of a world. What a seed does can't be refused: whatever is, is a mistake of
    /// ours, which the error names.
    pub fn open(world: &World) -> Result<Self, Refusal> {
        let opened = world.birth() - OPENING;
        let mut ledger = Ledger::default();
        let merchant = at_once(merchant::open(async |command| {
            let carried = ledger.carry_out(ACCOUNT, NOBODY, opened, &command);
            carried.map(|carried| carried.outcome)
        }))?;
        let mut house = Self {
            ledger,
            merchant,
            agenda: BTreeMap::new(),
            planned: 0,
            booked: BTreeMap::new(),
            changes: Vec::new(),
        };
        let goods = house.merchant.first_goods(world.len());
        house.carry_out(
            world,
            NOBODY,
            opened,
            &Command::AnnounceInbound(Box::new(goods)),
        )?;
        for index in 0..world.len() {
            house.plan(world.born(index) - LEAD, Deed::Order(index));
        }
        Ok(house)
    }

    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// All that ever changed, oldest first.
    pub fn changes(&self) -> &[RecordChange] {
        &self.changes
    }

    fn plan(&mut self, at: i64, deed: Deed) {
        self.planned += 1;
        self.agenda.insert((at, self.planned), deed);
    }

    /// Lets everything happen that is due by now.
    pub fn catch_up(&mut self, world: &World, now: i64) {
        while let Some(entry) = self.agenda.first_entry() {
            let at = entry.key().0;
            if at > now {
                return;
            }
            let deed = entry.remove();
            if let Some(command) = self.command(world, &deed) {
                // What a client's command made impossible does not happen.
                let _ = self.carry_out(world, NOBODY, at, &command);
            }
        }
    }

    /// Does a command and plans what follows from it.
    pub fn carry_out(
        &mut self,
        world: &World,
        by: i64,
        now: i64,
        command: &Command,
    ) -> Result<Outcome, Refusal> {
        let Carried { outcome, verdict } = self.ledger.carry_out(ACCOUNT, by, now, command)?;
        self.note(&verdict, now);
        for write in &verdict.writes {
            let before = write.before.as_ref().map(|record| record.status());
            if before != Some(write.after.status()) {
                self.follow(world, &write.after, now);
            }
        }
        for link in &verdict.cancelled {
            if let Some(booked) = self.booked.get_mut(&number_key(&link.number)) {
                booked.cancel(now);
            }
        }
        for link in &verdict.links {
            self.ship(world, link, now);
        }
        for write in &verdict.writes {
            self.wish(write, now);
        }
        Ok(outcome)
    }

    /// Keeps what is told of a verdict: states that changed, and stock.
    fn note(&mut self, verdict: &Verdict, now: i64) {
        let change = |kind, record| RecordChange {
            account: ACCOUNT,
            kind,
            record,
            at: now,
            before: None,
            after: 0,
            version: 0,
            warehouse: None,
            cause: verdict.subject.filter(|subject| *subject != record),
        };
        for write in verdict
            .writes
            .iter()
            .filter(|it| it.after.body.has_status())
        {
            self.changes.push(RecordChange {
                before: write.before.as_ref().map(|record| record.status()),
                after: write.after.status(),
                version: u64::from(write.after.version),
                ..change(write.after.kind(), write.after.id)
            });
        }
        for moved in &verdict.moves {
            let item = self.ledger.record(ACCOUNT, Kind::Item, moved.key.item);
            let state = item.map_or(0, |record| record.status());
            self.changes.push(RecordChange {
                before: Some(state),
                after: state,
                version: self.changes.len() as u64 + 1,
                warehouse: Some(moved.key.warehouse),
                cause: Some(moved.cause),
                ..change(Kind::Item, moved.key.item)
            });
        }
    }

    /// The command of a deed; None where it came to nothing.
    fn command(&self, world: &World, deed: &Deed) -> Option<Command> {
        match deed {
            Deed::Order(index) => {
                let order = self.merchant.order(world, *index);
                Some(Command::PlaceOrder(Box::new(order)))
            }
            Deed::Step(kind, id, state) => {
                let record = self.ledger.record(ACCOUNT, *kind, *id)?;
                (record.status() == *state)
                    .then(|| self.step(world, record))
                    .flatten()
                    .map(|(_, command)| command)
            }
            Deed::Told(number, milestone) => Some(Command::ParcelTold {
                carrier: express247::CARRIER.to_owned(),
                number: number.clone(),
                milestone: *milestone,
                at: i64::MAX,
            }),
            Deed::Regret(order) => self.regret(world, *order),
        }
    }

    /// The warehouse's next step with a record, and how long it takes.
    fn step(&self, world: &World, record: &Record) -> Option<(i64, Command)> {
        let waybill = match &record.body {
            Body::Fulfilment(fulfilment) => Some(waybill(world, record, fulfilment)),
            _ => None,
        };
        let around = Around {
            was_packed: record.kind() == Kind::Order && self.was_packed(record.id),
            waybill: waybill.as_deref(),
            weight: self.weight(record),
        };
        warehouse::next(draw(world, &record.code), record, around)
    }

    fn was_packed(&self, order: RecordId) -> bool {
        let query = RecordQuery {
            facets: vec![(Facet::Parent, vec![order.0])],
            ..RecordQuery::of(Kind::Fulfilment)
        };
        let page = self.ledger.query(ACCOUNT, &query);
        let is_cancelled = |record: &Record| match &record.body {
            Body::Fulfilment(it) => {
                it.state == FulfilmentState::Cancelled && it.fulfilled.is_some()
            }
            _ => false,
        };
        page.records.iter().any(is_cancelled)
    }

    /// What the goods of a fulfilment weigh.
    fn weight(&self, record: &Record) -> i64 {
        let Body::Fulfilment(fulfilment) = &record.body else {
            return 0;
        };
        let order = self.ledger.record(ACCOUNT, Kind::Order, fulfilment.order);
        let Some(Body::Order(order)) = order.map(|record| &record.body) else {
            return 0;
        };
        let of = |line: u32| order.lines.iter().find(|it| it.id == line);
        let lines = fulfilment.lines.iter();
        lines
            .map(|line| of(line.line).map_or(0, |it| it.weight) * line.quantity)
            .sum()
    }

    fn regret(&self, world: &World, order: RecordId) -> Option<Command> {
        let record = self.ledger.record(ACCOUNT, Kind::Order, order)?;
        let Body::Order(body) = &record.body else {
            return None;
        };
        let draw = draw(world, &record.code);
        let line = draw.pick("sent back", 0, &body.lines);
        let quantity = draw.between("sent back quantity", 0, 1, line.quantity + 1);
        let back = (line.id, quantity, line.discounted_price);
        let asked = self.merchant.return_of(draw, order, back);
        Some(Command::RequestReturn(Box::new(asked)))
    }

    /// Plans what follows from a record's new state.
    fn follow(&mut self, world: &World, record: &Record, now: i64) {
        if let Some((wait, _)) = self.step(world, record) {
            let step = Deed::Step(record.kind(), record.id, record.status());
            self.plan(now + wait, step);
        }
        if let Body::Order(order) = &record.body {
            self.arrived(world, record, order, now);
        }
    }

    /// Plans all that its courier tells of a parcel that was labelled.
    fn ship(&mut self, world: &World, link: &Link, now: i64) {
        let journey = match (world.index(&link.number), self.reference(link.record)) {
            (Some(index), _) => world.script(index).to_vec(),
            (None, Some(reference)) => {
                let course = &world.plan().scenario.course;
                let draw = draw(world, &link.number);
                let booked = Booked::new(course, draw, &reference, now, now + COLLECTED);
                let journey = booked.script().to_vec();
                self.booked.insert(number_key(&link.number), booked);
                journey
            }
            (None, None) => journey(world, &link.number, now + COLLECTED),
        };
        self.tell(&link.number, &journey, now);
    }

    fn tell(&mut self, number: &str, journey: &[Happening], now: i64) {
        for happening in journey {
            if let Some(milestone) = milestone(happening) {
                let told = Deed::Told(number.to_owned(), milestone);
                self.plan(happening.at.max(now), told);
            }
        }
    }

    /// The sender's number of what was given to the carrier through its own API.
    fn reference(&self, fulfilment: RecordId) -> Option<String> {
        let record = self.ledger.record(ACCOUNT, Kind::Fulfilment, fulfilment)?;
        match &record.body {
            Body::Fulfilment(it) if it.consigned.is_some() => Some(it.order_number.clone()),
            _ => None,
        }
    }

    /// Has done what is wished for the parcels of a fulfilment, where that is new.
    fn wish(&mut self, write: &Write, now: i64) {
        let wishes = |record: &Record| match &record.body {
            Body::Fulfilment(it) => it.wishes.len(),
            _ => 0,
        };
        let before = write.before.as_deref().map_or(0, wishes);
        let Body::Fulfilment(it) = &write.after.body else {
            return;
        };
        let Some(last) = it.wishes.last().filter(|_| it.wishes.len() > before) else {
            return;
        };
        for parcel in &it.parcels {
            if let Some(booked) = self.booked.get_mut(&number_key(&parcel.waybill)) {
                let journey = booked.wish(last.wish, now).to_vec();
                self.tell(&parcel.waybill, &journey, now);
            }
        }
    }

    /// What the carrier tells of a parcel that a client gave it, in a dialect's words.
    pub fn document(
        &self,
        world: &World,
        dialect: &str,
        number: &str,
        now: i64,
    ) -> Option<Vec<u8>> {
        let booked = self.booked.get(&number_key(number))?;
        let draw = draw(world, number);
        world.told(
            dialect,
            number,
            Some(&booked.reference),
            (draw, booked.script()),
            now,
        )
    }

    fn arrived(&mut self, world: &World, record: &Record, order: &Order, now: i64) {
        let draw = draw(world, &record.code);
        if order.state == OrderState::Completed && draw.chance("regret", 0, SENT_BACK) {
            let wait = draw.between("regret wait", 0, REGRET.0, REGRET.1);
            self.plan(now + wait, Deed::Regret(record.id));
        }
    }
}

/// What waits for nothing, done.
fn at_once<T>(work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(done) = work.as_mut().poll(&mut context) {
            return done;
        }
    }
}

/// The draws of a record, by its code.
fn draw(world: &World, code: &str) -> Draw {
    Draw::of_number(world.plan().seed, code)
}

/// The number that the courier gives a shipment: the seed's parcel of its order's place, or one of its
/// own.
fn waybill(world: &World, record: &Record, fulfilment: &Fulfilment) -> String {
    let seeded = merchant::index(&fulfilment.order_number).filter(|index| *index < world.len());
    seeded.map_or_else(|| format!("VX{:08}", record.id.0), World::number)
}

/// The journey of a parcel that is none of the seed's.
fn journey(world: &World, number: &str, birth: i64) -> Vec<Happening> {
    let course = &world.plan().scenario.course;
    course.script(draw(world, number), birth)
}

/// What a happening means for whoever waits for the parcel; None where the carrier's status stays.
fn milestone(happening: &Happening) -> Option<Milestone> {
    let status = happening.status?;
    let code = (status as u8).to_string();
    let (milestone, _) =
        trackway_dialects::express247::vocabulary().read(CodeKind::Shipment, &code, "");
    Some(milestone)
}
