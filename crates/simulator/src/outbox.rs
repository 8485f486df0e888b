//! What a simulated aggregator pushes to its client: Track123's signed webhooks and KeyDelivery's pushes,
//! made, judged and sent again by the dialects' own code.
//!
//! Contract: sans-IO. Each registration is told at once if something is known of its number, whenever
//! the world has something new of it, and when its clock runs out with nothing found; every message
//! shows the number as it stood at that instant. What the scenario repeats or delays comes repeated
//! and late. What is not acknowledged comes again after the dialect's waits, on the world's clock,
//! signed anew; after the last of them it is given up.

use crate::desk::SimulatedDesk;
use crate::draw::Draw;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::sync::Arc;
use trackway_dialects::desk::{Registered, Settings};
use trackway_dialects::dialect::{Message, REGISTERED, Registration, Subscriber};
use trackway_dialects::{Ack, Answer, Dialect, Hook, Outgoing, registry};
use trackway_model::change::{ChangeKind, ShipmentChange};

/// A message on its way: to be sent, and then judged.
#[derive(Clone, Debug)]
pub struct Letter {
    pub number: String,
    pub outgoing: Outgoing,
    /// Counted from 0.
    pub attempt: usize,
    waiting: Waiting,
}

/// A message that is not acknowledged yet.
#[derive(Clone, Debug)]
struct Waiting {
    /// When it is sent, on the world's clock.
    due: i64,
    attempt: usize,
    sequence: u64,
    /// The instant that it shows.
    shows: i64,
    kind: ChangeKind,
    registered: Registered,
}

/// What came of all that was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Messages that had to be sent, copies among them.
    pub messages: usize,
    pub copies: usize,
    pub acknowledged: usize,
    /// Attempts that were not.
    pub refused: usize,
    pub given_up: usize,
}

/// Until when a registration was told.
#[derive(Clone, Copy, Debug)]
struct Mark {
    told: i64,
    /// Whether something was ever known of it, or it was said that nothing is.
    settled: bool,
}

/// One system's messages to its client.
#[derive(Debug)]
pub struct Outbox {
    desk: Arc<SimulatedDesk>,
    dialect: &'static str,
    /// Where messages go whose registration names no address.
    url: String,
    marks: BTreeMap<(&'static str, i64), Mark>,
    waiting: Vec<Waiting>,
    sequence: u64,
    counts: Counts,
}

impl Outbox {
    /// An empty one. `url` is what the client entered in the vendor's portal; None where each
    /// registration names its own.
    pub fn new(desk: Arc<SimulatedDesk>, dialect: &'static str, url: Option<String>) -> Self {
        Self {
            desk,
            dialect,
            url: url.unwrap_or_default(),
            marks: BTreeMap::new(),
            waiting: Vec::new(),
            sequence: 0,
            counts: Counts::default(),
        }
    }

    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// Messages that are not acknowledged yet.
    pub const fn waiting(&self) -> usize {
        self.waiting.len()
    }

    fn system(&self) -> Option<(&'static dyn Dialect, &'static dyn Hook)> {
        let dialect = registry::find(self.dialect)?;
        Some((dialect, dialect.hook()?))
    }

    /// Looks for what is to be told by now.
    pub fn collect(&mut self) {
        let Some((dialect, _)) = self.system() else {
            return;
        };
        let now = self.desk.world().now();
        for (book, registered) in self.desk.all_registered(dialect) {
            self.of_one(dialect, book, &registered, now);
        }
    }

    fn of_one(
        &mut self,
        dialect: &dyn Dialect,
        book: &'static str,
        registered: &Registered,
        now: i64,
    ) {
        let key = (book, registered.id);
        let fresh = Mark {
            told: registered.created - 1,
            settled: false,
        };
        let mut mark = *self.marks.get(&key).unwrap_or(&fresh);
        let shown = |at| self.desk.shown_of(self.dialect, registered, at).is_some();
        let mut news = Vec::new();
        if mark.told < registered.created && shown(registered.created) {
            news.push(registered.created);
        }
        let from = mark.told.max(registered.created);
        let told = self
            .desk
            .world()
            .news(self.dialect, &registered.number, from, now);
        news.extend(told.into_iter().filter(|at| shown(*at)));
        mark.settled |= !news.is_empty();
        let setting = |name: &str| self.desk.setting_of(name);
        let clock = dialect.clocks_by(&setting).no_record;
        let ran_out = clock.map(|clock| registered.created + clock);
        let silent = ran_out.filter(|at| *at <= now && !mark.settled);
        mark.settled |= silent.is_some();
        mark.told = now;
        self.marks.insert(key, mark);
        for at in news {
            self.put(registered, ChangeKind::Live, at);
        }
        if let Some(at) = silent {
            let registration = registered.id;
            self.put(registered, ChangeKind::NoRecord { registration }, at);
        }
    }

    /// Puts a message by, as often and as late as the scenario has it.
    fn put(&mut self, registered: &Registered, kind: ChangeKind, shows: i64) {
        let plan = self.desk.world().plan();
        let manner = &plan.scenario.manner;
        let told = format!("{} {} {shows}", self.dialect, registered.number);
        let draw = Draw::of_number(plan.seed, &told);
        let copies = draw.between("copies", 0, 1, manner.copies + 1);
        let mut due = shows;
        for copy in 0..copies {
            if draw.chance("late", copy as usize, 30) {
                due += draw.between("lateness", copy as usize, 0, manner.late.max(1));
            }
            self.sequence += 1;
            self.counts.messages += 1;
            self.counts.copies += usize::from(copy > 0);
            self.waiting.push(Waiting {
                due,
                attempt: 0,
                sequence: self.sequence,
                shows,
                kind,
                registered: registered.clone(),
            });
        }
    }

    /// Has everything sent at once, however long it would have waited.
    pub fn hurry(&mut self) {
        let now = self.desk.world().now();
        for waiting in &mut self.waiting {
            waiting.due = waiting.due.min(now);
        }
    }

    /// Takes out the next message that is due.
    pub fn next_due(&mut self) -> Option<Letter> {
        let now = self.desk.world().now();
        let due = self.waiting.iter().enumerate();
        let (at, _) = due
            .filter(|(_, waiting)| waiting.due <= now)
            .min_by_key(|(_, waiting)| (waiting.due, waiting.sequence))?;
        let waiting = self.waiting.remove(at);
        let outgoing = self.encoded(&waiting)?;
        Some(Letter {
            number: waiting.registered.number.clone(),
            outgoing,
            attempt: waiting.attempt,
            waiting,
        })
    }

    fn encoded(&self, waiting: &Waiting) -> Option<Outgoing> {
        let (_, hook) = self.system()?;
        let registered = &waiting.registered;
        let view = self.desk.view_of(self.dialect, registered, waiting.shows);
        let change = ShipmentChange::of_clock(&view.track, waiting.kind, waiting.shows);
        let own = hook.address(&registered.data);
        let secret = SecretString::from(self.desk.credentials().key.clone());
        let settings: Settings = own
            .map(|url| (REGISTERED.to_owned(), url.to_owned()))
            .into_iter()
            .collect();
        let subscriber = Subscriber {
            url: own.unwrap_or(&self.url),
            settings: &settings,
            secret: &secret,
            former: None,
        };
        let message = Message {
            id: &format!("simulated-{}", waiting.sequence),
            sequence: waiting.sequence,
            change: &change,
            view: &view,
            statement: None,
            registration: Some(Registration {
                id: registered.id,
                created: registered.created,
                data: &registered.data,
            }),
            // Signed now: the receiver's clock may be ahead of the world's.
            now: self.desk.world().real_now(),
        };
        let vocabularies = registry::built_in();
        hook.encode(vocabularies.of(self.dialect), &subscriber, &message)
    }

    /// Takes in what its receiver answered, None where nobody did; whether that acknowledges it.
    pub fn judge(&mut self, letter: Letter, answer: Option<&Answer<'_>>) -> bool {
        let Some((_, hook)) = self.system() else {
            return false;
        };
        if answer.is_some_and(|answer| hook.judge(answer) == Ack::Accepted) {
            self.counts.acknowledged += 1;
            return true;
        }
        self.counts.refused += 1;
        let Letter {
            attempt,
            mut waiting,
            ..
        } = letter;
        let setting = |name: &str| self.desk.setting_of(name);
        match hook.retries_as_set(&setting).get(attempt) {
            Some(wait) => {
                let wait = i64::try_from(wait.as_micros()).unwrap_or(i64::MAX);
                waiting.due = self.desk.world().now().saturating_add(wait);
                waiting.attempt += 1;
                self.waiting.push(waiting);
            }
            None => self.counts.given_up += 1,
        }
        false
    }
}
