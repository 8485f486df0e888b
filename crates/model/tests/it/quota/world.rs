//! Nodes on one ledger, an upstream that counts for itself, and everything that goes wrong between
//! them: nodes die in the middle of paying, calls are late or never answered, midnights and changes
//! of clocks come, the limit is lowered, and no two clocks agree.

use std::collections::BTreeMap;
use trackway_model::quota::{EDGE, FLIGHT, Limit, Moment, Pocket, Quota, Want, Window};

pub const SECOND: i64 = 1_000_000;
pub const HOUR: i64 = 3_600 * SECOND;
/// The longest that an answer takes, where one comes.
const ANSWER: i64 = 2 * SECOND;

pub fn zone(name: &str) -> jiff::tz::TimeZone {
    jiff::tz::TimeZone::get(name).unwrap()
}

/// Numbers drawn from a seed.
pub struct Draw(pub u64);

impl Draw {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    pub fn up_to(&mut self, most: i64) -> i64 {
        (self.next() % (most.unsigned_abs() + 1)) as i64
    }

    pub fn one_in(&mut self, n: u64) -> bool {
        self.next().is_multiple_of(n)
    }

    pub fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[(self.next() % of.len() as u64) as usize].clone()
    }
}

/// A hub that breaks one rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// What a dead node held is given back.
    GivesBackForTheDead,
    /// A call that was not answered is taken for one that was not made.
    ForgetsTimeouts,
    /// A slot is free again a window after the call began.
    SettlesFromTheStart,
    /// A call near midnight counts on one day only.
    OneDay,
    /// Nodes ask and add in two steps.
    NotAtOnce,
    /// Each node counts for itself.
    Alone,
    /// A pocket is spent after its window.
    Hoards,
}

impl Fault {
    pub const ALL: [Self; 7] = [
        Self::GivesBackForTheDead,
        Self::ForgetsTimeouts,
        Self::SettlesFromTheStart,
        Self::OneDay,
        Self::NotAtOnce,
        Self::Alone,
        Self::Hoards,
    ];
}

/// What a world is made of.
pub struct Course {
    pub quota: Quota,
    pub nodes: usize,
    pub seed: u64,
    pub fault: Option<Fault>,
    /// Whether nodes know the time only roughly, and requests are slow.
    pub vague: bool,
}

/// A call as the upstream saw it.
#[derive(Clone, Debug)]
struct Arrival {
    at: i64,
    /// Which call it was in the order of being paid for.
    nth: usize,
    /// The limits when it was paid for.
    limits: Vec<u64>,
}

#[derive(Default)]
struct Node {
    pocket: Pocket,
    paying: Option<Paying>,
    by_people: Option<bool>,
}

/// Between the moment for which is paid and the call.
struct Paying {
    now: Moment,
    began: i64,
    quota: Quota,
    slots: Vec<Want>,
    held: Vec<(Window, i64)>,
    by_people: bool,
}

/// What will happen: a call's slots are settled.
struct Ending {
    at: i64,
    node: usize,
    life: u32,
    slots: Vec<(Window, i64)>,
    began: i64,
}

pub struct World {
    pub now: i64,
    course: Course,
    draw: Draw,
    nodes: Vec<Node>,
    lives: Vec<u32>,
    ledger: BTreeMap<(String, i64), u64>,
    /// A grant that one node was told and another may be told as well.
    asked: Option<(Want, u64)>,
    endings: Vec<Ending>,
    arrivals: Vec<Arrival>,
    paid: usize,
    /// How far the upstream's clock is off.
    off: i64,
}

pub struct Judged {
    pub calls: usize,
    pub broken: Vec<String>,
}

impl World {
    pub fn new(course: Course, now: i64) -> Self {
        let mut draw = Draw(course.seed);
        let off = if course.vague {
            draw.up_to(2 * EDGE) - EDGE
        } else {
            0
        };
        Self {
            now,
            draw,
            nodes: (0..course.nodes).map(|_| Node::default()).collect(),
            lives: vec![0; course.nodes],
            course,
            ledger: BTreeMap::new(),
            asked: None,
            endings: Vec::new(),
            arrivals: Vec::new(),
            paid: 0,
            off,
        }
    }

    fn is(&self, fault: Fault) -> bool {
        self.course.fault == Some(fault)
    }

    /// A node wants to make a call, unless it is about to make one.
    pub fn want(&mut self, node: usize, by_people: bool) {
        self.nodes[node].by_people.get_or_insert(by_people);
    }

    /// What a node knows of the time.
    fn moment(&mut self) -> Moment {
        if !self.course.vague {
            return Moment::exactly(self.now);
        }
        let vague = self.draw.pick(&[0, SECOND / 100, 5 * SECOND]);
        Moment {
            earliest: self.now - self.draw.up_to(vague),
            latest: self.now + self.draw.up_to(vague),
        }
    }

    /// One trip to the ledger, or the call.
    pub fn step(&mut self, at: usize) {
        let Some(by_people) = self.nodes[at].by_people else {
            return;
        };
        if let Some(paying) = self.nodes[at].paying.take() {
            return self.go_on(at, paying);
        }
        let now = self.moment();
        let quota = self.course.quota.clone();
        if !self.is(Fault::Hoards) {
            for (window, number, calls) in self.nodes[at].pocket.stale(&quota, now) {
                self.take_out(&window, number, calls);
            }
        }
        let mut counted = now;
        if self.is(Fault::OneDay) {
            counted = Moment {
                earliest: now.earliest + EDGE,
                latest: now.earliest - FLIGHT - EDGE,
            };
        }
        let mut missing = self.nodes[at].pocket.missing(&quota, counted, by_people);
        if self.is(Fault::Hoards) && self.draw.one_in(2) {
            // Looks back for a moment at which there was something.
            let back = (0..40).map(|n| Moment::exactly(now.earliest - n * HOUR));
            let pocket = &self.nodes[at].pocket;
            let mut then = back.filter(|then| pocket.missing(&quota, *then, by_people).is_none());
            if let Some(then) = then.next() {
                (counted, missing) = (then, None);
            }
        }
        if let Some(want) = missing {
            let (granted, before) = self.take(&want);
            if granted == 0 {
                self.nodes[at].by_people = None;
            } else {
                self.nodes[at].pocket.put(&want, granted, before);
            }
            return;
        }
        let paying = Paying {
            now: counted,
            began: self.now,
            quota: quota.clone(),
            slots: Pocket::slots(&quota, now),
            held: Vec::new(),
            by_people,
        };
        self.go_on(at, paying);
    }

    fn go_on(&mut self, at: usize, mut paying: Paying) {
        if let Some(want) = paying.slots.pop() {
            let (granted, _) = self.take(&want);
            if granted == 0 {
                for (window, number) in paying.held {
                    self.take_out(&window, number, 1);
                }
                self.nodes[at].by_people = None;
                return;
            }
            paying.held.push((want.window, want.entry.number));
            self.nodes[at].paying = Some(paying);
            return;
        }
        self.nodes[at].by_people = None;
        let latest = paying.began + FLIGHT;
        let node = &mut self.nodes[at];
        let quota = paying.quota;
        if self.now > latest || !node.pocket.spend(&quota, paying.now, paying.by_people) {
            return;
        }
        self.call(at, latest, paying.held, &quota);
    }

    fn call(&mut self, node: usize, latest: i64, slots: Vec<(Window, i64)>, quota: &Quota) {
        let fast = ANSWER.min(latest - self.now);
        let (flight, answered) = match self.course.vague {
            true if self.draw.one_in(4) => (self.draw.up_to(latest - self.now), false),
            true if self.draw.one_in(4) => (self.draw.up_to(latest - self.now), true),
            _ => (self.draw.up_to(fast / 2), true),
        };
        let arrives = self.now + flight;
        let limits = quota.limits().iter().map(|l| l.calls);
        self.arrivals.push(Arrival {
            at: arrives,
            nth: self.paid,
            limits: limits.collect(),
        });
        self.paid += 1;
        let began = self.now;
        let ends = arrives + self.draw.up_to(fast / 2);
        if answered || self.is(Fault::ForgetsTimeouts) {
            let at = if answered { ends } else { began };
            self.endings.push(Ending {
                at,
                node,
                life: self.lives[node],
                slots,
                began,
            });
        }
    }

    fn take(&mut self, want: &Want) -> (u64, u64) {
        let name = self.account(&want.window);
        let (from, to) = want.entry.counted;
        let counted = self.ledger.range((name.clone(), from)..=(name.clone(), to));
        let mut before: u64 = counted.map(|(_, used)| used).sum();
        if self.is(Fault::NotAtOnce) {
            // What another one read a moment ago.
            let read = self.asked.replace((want.clone(), before));
            before = read
                .filter(|(w, _)| w == want)
                .map_or(before, |(_, read)| read);
        }
        let granted = want.allowed.saturating_sub(before).min(want.calls);
        *self
            .ledger
            .entry((name.clone(), want.entry.number))
            .or_default() += granted;
        let forget = (name.clone(), i64::MIN)..(name, want.entry.forget);
        let gone: Vec<_> = self
            .ledger
            .range(forget)
            .map(|(key, _)| key.clone())
            .collect();
        for key in gone {
            self.ledger.remove(&key);
        }
        (granted, before)
    }

    fn account(&mut self, window: &Window) -> String {
        if self.is(Fault::Alone) {
            return format!("{}/{}", self.draw.up_to(3), window.name());
        }
        window.name()
    }

    fn take_out(&mut self, window: &Window, number: i64, calls: u64) -> bool {
        let key = (window.name(), number);
        let used = self.ledger.get_mut(&key).filter(|used| **used >= calls);
        used.map(|used| *used -= calls).is_some()
    }

    /// Time passes, and calls end.
    pub fn pass(&mut self, by: i64) {
        self.now += by;
        let now = self.now;
        let (ended, open) = self.endings.drain(..).partition(|ending| ending.at <= now);
        self.endings = open;
        let ended: Vec<Ending> = ended;
        for ending in ended {
            if self.lives[ending.node] != ending.life {
                continue;
            }
            // Whoever is told late settles late.
            let told = if self.is(Fault::SettlesFromTheStart) {
                Moment::exactly(ending.began)
            } else {
                self.moment()
            };
            for (window, from) in ending.slots {
                let to = window.settled(told).filter(|to| *to < from);
                if let Some(to) = to
                    && self.take_out(&window, from, 1)
                {
                    *self.ledger.entry((window.name(), to)).or_default() += 1;
                }
            }
        }
    }

    fn kill(&mut self, at: usize) {
        self.lives[at] += 1;
        let mut dead = std::mem::take(&mut self.nodes[at]);
        if self.is(Fault::GivesBackForTheDead) {
            // A node that comes back reads from somewhere what it once had, used or not.
            let quota = self.course.quota.clone();
            let now = Moment::exactly(self.now);
            for limit in quota.limits().iter().filter(|l| !l.window.has_slots()) {
                for entry in limit.window.entries(now) {
                    self.take_out(&limit.window, entry.number, 1);
                }
            }
            dead.pocket.drain();
        }
    }

    fn end_cleanly(&mut self, at: usize) {
        let mut node = std::mem::take(&mut self.nodes[at]);
        for (window, number, calls) in node.pocket.drain() {
            self.take_out(&window, number, calls);
        }
    }

    /// Lowers the limits. Who is just paying begins anew: a lowered limit holds for what is paid for
    /// after it.
    fn lower(&mut self) {
        let limits = self.course.quota.limits().iter();
        let limits: Vec<Limit> = limits
            .map(|limit| Limit {
                calls: limit.calls - self.draw.up_to(limit.calls as i64 / 2).unsigned_abs(),
                window: limit.window.clone(),
            })
            .collect();
        self.course.quota = Quota::new(limits, self.draw.pick(&[0, 10, 50]));
        for node in &mut self.nodes {
            node.paying = None;
        }
    }

    pub fn turn(&mut self) {
        let nodes = self.course.nodes as i64 - 1;
        let node = self.draw.up_to(nodes) as usize;
        match self.draw.up_to(99) {
            0..=1 => self.kill(node),
            2 => self.end_cleanly(node),
            3 if self.draw.one_in(3) => self.lower(),
            4..=30 => {
                let by_people = self.draw.one_in(4);
                self.want(node, by_people);
            }
            _ => {
                let by_people = self.draw.one_in(4);
                self.want(node, by_people);
                self.step(node);
            }
        }
        let stretch = self.draw.pick(&[
            0,
            0,
            0,
            0,
            1_000,
            100_000,
            100_000,
            SECOND,
            10 * SECOND,
            90 * SECOND,
            2 * HOUR,
        ]);
        let by = self.draw.up_to(stretch);
        self.pass(by);
        if self.draw.one_in(60) {
            let near = self.midnight() - 2 * EDGE + self.draw.up_to(4 * EDGE);
            self.pass((near - self.now).max(0));
        }
    }

    /// When the next day of the quota begins, by our clock.
    fn midnight(&self) -> i64 {
        let limits = self.course.quota.limits().iter();
        let days = limits.filter(|limit| matches!(limit.window, Window::Day(_)));
        days.map(|limit| limit.window.renewed_at(self.now))
            .min()
            .unwrap_or(self.now)
    }

    /// What the upstream counted, by its own clock.
    pub fn judge(&self) -> Judged {
        let mut broken = Vec::new();
        for (which, limit) in self.course.quota.limits().iter().enumerate() {
            let mut arrivals = self.arrivals.clone();
            arrivals.sort_by_key(|arrival| arrival.at);
            let sets: Vec<Vec<Arrival>> = match &limit.window {
                Window::Day(zone) => {
                    let mut days = BTreeMap::<_, Vec<Arrival>>::new();
                    for arrival in arrivals {
                        let at = jiff::Timestamp::from_microsecond(arrival.at + self.off).unwrap();
                        days.entry(zone.to_datetime(at).date())
                            .or_default()
                            .push(arrival);
                    }
                    days.into_values().collect()
                }
                Window::Rolling(length) => {
                    let end =
                        |from: i64| arrivals.partition_point(|a| a.at < from + length.micros());
                    let from = arrivals.iter().enumerate();
                    from.map(|(nth, first)| arrivals[nth..end(first.at)].to_vec())
                        .collect()
                }
            };
            for mut set in sets {
                set.sort_by_key(|arrival| arrival.nth);
                let over = set.iter().enumerate();
                let mut over = over.filter(|(before, call)| *before as u64 >= call.limits[which]);
                if let Some((before, call)) = over.next() {
                    let name = limit.window.name();
                    broken.push(format!("{name}: {call:?} after {before} others"));
                }
            }
        }
        Judged {
            calls: self.arrivals.len(),
            broken,
        }
    }
}
