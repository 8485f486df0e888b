//! What a simulated order system tells its client unasked: N&H's eight webhooks, made, judged and sent
//! again by the dialect's own code.
//!
//! Contract: sans-IO. Every change of an order, a shipment, an inbound, a return or a level of stock is
//! told once, in its turn; what the scenario repeats comes repeated. What is not acknowledged comes
//! again after the dialect's waits, on the world's clock; after the last of them it is given up.

use crate::desk::{ACCOUNT, SimulatedDesk};
use crate::draw::Draw;
use crate::house::House;
use secrecy::SecretString;
use std::sync::Arc;
use trackway_dialects::desk::Settings;
use trackway_dialects::dialect::{RecordMessage, Subscriber};
use trackway_dialects::nandh::{NAME, Nandh};
use trackway_dialects::{Ack, Answer, Hook, Outgoing};
use trackway_model::orders::{Body, Kind, Record, RecordChange, RecordId};

/// A change on its way: to be sent, and then judged.
#[derive(Clone, Debug)]
pub struct Notice {
    pub outgoing: Outgoing,
    waiting: Waiting,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    /// When it is sent, on the world's clock.
    due: i64,
    attempt: usize,
    sequence: u64,
    change: RecordChange,
}

/// What came of all that was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    pub changes: usize,
    pub acknowledged: usize,
    /// Attempts that were not.
    pub refused: usize,
    pub given_up: usize,
}

/// One client's messages.
#[derive(Debug)]
pub struct Notices {
    desk: Arc<SimulatedDesk>,
    url: String,
    /// What stands in `Authorization`: the client's own token.
    settings: Settings,
    /// How many of the house's changes were looked at.
    seen: usize,
    waiting: Vec<Waiting>,
    sequence: u64,
    told: Told,
}

impl Notices {
    pub fn new(desk: Arc<SimulatedDesk>, url: String, token: Option<&str>) -> Self {
        let settings = token.map(|token| ("token".to_owned(), token.to_owned()));
        Self {
            desk,
            url,
            settings: settings.into_iter().collect(),
            seen: 0,
            waiting: Vec::new(),
            sequence: 0,
            told: Told::default(),
        }
    }

    pub const fn told(&self) -> Told {
        self.told
    }

    /// Looks for what changed by now. What happened before the client was there is not told.
    pub fn collect(&mut self) {
        let Ok(house) = self
            .desk
            .clone()
            .house()
            .map(|house| house.changes().to_vec())
        else {
            return;
        };
        let new: Vec<RecordChange> = house.into_iter().skip(self.seen).collect();
        self.seen += new.len();
        let hook = Nandh;
        let any = Settings::new();
        let tells = |change: &&RecordChange| {
            let records = hook.records();
            records.is_some_and(|records| records.tells(&any, change))
        };
        for change in new.iter().filter(tells) {
            self.told.changes += 1;
            let manner = &self.desk.world().plan().scenario.manner;
            let what = format!("{NAME} {} {} {}", change.record, change.at, change.version);
            let draw = Draw::of_number(self.desk.world().plan().seed, &what);
            for copy in 0..draw.between("copies", 0, 1, manner.copies + 1) {
                let is_late = draw.chance("late", copy as usize, 30);
                let late = draw.between("lateness", copy as usize, 0, manner.late.max(1));
                self.sequence += 1;
                self.waiting.push(Waiting {
                    due: change.at + if is_late { late } else { 0 },
                    attempt: 0,
                    sequence: self.sequence,
                    change: *change,
                });
            }
        }
    }

    /// Takes out the next message that is due.
    pub fn next_due(&mut self) -> Option<Notice> {
        let now = self.desk.world().now();
        let due = self.waiting.iter().enumerate();
        let (at, _) = due
            .filter(|(_, waiting)| waiting.due <= now)
            .min_by_key(|(_, waiting)| (waiting.due, waiting.sequence))?;
        let waiting = self.waiting.remove(at);
        let house = self.desk.house().ok()?;
        let outgoing = self.encoded(&house, &waiting)?;
        Some(Notice { outgoing, waiting })
    }

    fn encoded(&self, house: &House, waiting: &Waiting) -> Option<Outgoing> {
        let change = &waiting.change;
        let find = |kind, id: RecordId| house.ledger().record(ACCOUNT, kind, id);
        let record = find(change.kind, change.record)?;
        let place = change.warehouse.or_else(|| warehouse(record));
        let warehouse = place.and_then(|id| find(Kind::PickupAddress, id));
        let levels = house.ledger().levels(ACCOUNT, &[change.record]);
        let level = levels
            .into_iter()
            .find(|(key, _)| Some(key.warehouse) == change.warehouse);
        let secret = SecretString::from(self.desk.credentials().secret.clone());
        let id = Draw::of_number(self.desk.world().plan().seed, NAME);
        let message = RecordMessage {
            id: &id.uuid("notice", waiting.sequence as usize),
            sequence: waiting.sequence,
            change,
            record,
            warehouse: warehouse.map(|record| &**record),
            level: level.map(|(_, level)| level),
            // Signed now: the receiver's clock may be ahead of the world's.
            now: self.desk.world().real_now(),
        };
        let subscriber = Subscriber {
            url: &self.url,
            settings: &self.settings,
            secret: &secret,
            former: None,
        };
        Some(Nandh.records()?.encode(&subscriber, &message))
    }

    /// Takes in what its receiver answered, None where nobody did.
    pub fn judge(&mut self, notice: &Notice, answer: Option<&Answer<'_>>) {
        if answer.is_some_and(|answer| Nandh.judge(answer) == Ack::Accepted) {
            self.told.acknowledged += 1;
            return;
        }
        self.told.refused += 1;
        let mut waiting = notice.waiting;
        match Nandh.retries().get(waiting.attempt) {
            Some(wait) => {
                let wait = i64::try_from(wait.as_micros()).unwrap_or(i64::MAX);
                waiting.due = self.desk.world().now().saturating_add(wait);
                waiting.attempt += 1;
                self.waiting.push(waiting);
            }
            None => self.told.given_up += 1,
        }
    }
}

/// The warehouse of an inbound or a return.
fn warehouse(record: &Record) -> Option<RecordId> {
    match &record.body {
        Body::Inbound(inbound) => Some(inbound.warehouse),
        Body::Return(return_) => Some(return_.warehouse),
        _ => None,
    }
}
