//! What waits to be told to one endpoint, subject by subject (a shipment, a record): pure.
//!
//! Guarantee: of a subject one message at most is out at a time, and the earliest that is not parked
//! goes first. One that waits for its next attempt holds back the later ones of its subject, which
//! are then to be kept in the store beside it (`held`), and no other subject's; something new about
//! the subject makes it due at once. What is due first goes first, in the order of the feed.
//!
//! An item's life:
//!
//! ```text
//! add ─> waiting ─take─> out ─finish─> (gone: accepted or parked) ─release─> the next one waits
//!           ^              └─put_back─> waiting, due later ─────────release─┘
//! ```

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use trackway_model::change::{Change, FeedPosition, Subject};
use trackway_store::records::Delivery;

/// A change's messages to this endpoint, from the first that was not accepted.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub position: FeedPosition,
    /// When the change was learned.
    pub since: i64,
    /// Not to be sent before.
    pub due: i64,
    pub attempts: u32,
    pub done: u16,
    /// Since when it is parked, where it goes out once more all the same.
    pub parked: Option<i64>,
    /// The store has a delivery of it.
    pub stored: bool,
    /// When its table made it due, where something new did so earlier.
    pub table: Option<i64>,
    /// None: to be read from the feed.
    pub change: Option<Arc<Change>>,
}

impl Item {
    pub fn fresh(position: FeedPosition, change: Arc<Change>, now: i64) -> Self {
        Self {
            position,
            since: change.learned(),
            due: now,
            attempts: 0,
            done: 0,
            parked: None,
            stored: false,
            table: None,
            change: Some(change),
        }
    }

    /// What the store holds; one without a due time waited for an earlier one.
    pub fn stored(delivery: &Delivery, now: i64) -> Self {
        Self {
            position: delivery.position,
            since: delivery.since,
            due: delivery
                .due
                .filter(|_| delivery.parked.is_none())
                .unwrap_or(now),
            attempts: delivery.attempts,
            done: delivery.done,
            parked: delivery.parked,
            stored: true,
            table: None,
            change: None,
        }
    }

    /// Whether later ones have to wait in the store.
    const fn blocks(&self) -> bool {
        self.stored && self.attempts > 0 && self.parked.is_none()
    }
}

#[derive(Debug, Default)]
struct Line {
    items: VecDeque<Item>,
    /// The position that is out, until it is released.
    out: Option<FeedPosition>,
    /// The ready entry of the head, where it has one.
    ready: Option<(i64, FeedPosition)>,
}

#[derive(Debug, Default)]
pub(crate) struct Queue {
    lines: HashMap<Subject, Line>,
    ready: BTreeSet<(i64, FeedPosition, Subject)>,
    unstored: usize,
    stored: usize,
    parked: usize,
}

impl Queue {
    /// Items that the store has no delivery of.
    pub const fn unstored(&self) -> usize {
        self.unstored
    }

    /// Items that the store has a delivery of.
    pub const fn stored(&self) -> usize {
        self.stored
    }

    /// Parked items that go out once more.
    pub const fn parked(&self) -> usize {
        self.parked
    }

    pub fn contains(&self, subject: Subject, position: FeedPosition) -> bool {
        self.find(subject, position).is_some()
    }

    fn find(&self, subject: Subject, position: FeedPosition) -> Option<usize> {
        let line = self.lines.get(&subject)?;
        line.items.iter().position(|item| item.position == position)
    }

    /// Puts an item in its place. Returns those that are to be kept in the store, since an earlier
    /// one of the subject fails.
    pub fn add(&mut self, subject: Subject, item: Item, now: i64) -> Vec<Item> {
        self.count(&item, 1);
        let line = self.lines.entry(subject).or_default();
        let behind = line
            .items
            .iter()
            .rposition(|held| held.position < item.position);
        let is_news = !item.stored;
        line.items.insert(behind.map_or(0, |at| at + 1), item);
        if line.out.is_some() {
            return Vec::new();
        }
        let head = &mut line.items[0];
        let blocks = head.blocks();
        if blocks && is_news && head.due > now {
            head.table = head.table.or(Some(head.due));
            head.due = now;
        }
        self.index(subject);
        if blocks {
            self.hold(subject)
        } else {
            Vec::new()
        }
    }

    /// A stored item that somebody made due anew.
    pub fn renew(&mut self, subject: Subject, item: Item) {
        let Some(place) = self.find(subject, item.position) else {
            return;
        };
        let Some(line) = self.lines.get_mut(&subject) else {
            return;
        };
        if line.out == Some(item.position) {
            return;
        }
        let before = std::mem::replace(&mut line.items[place], item);
        self.count(&before, -1);
        let item = self.lines[&subject].items[place].clone();
        self.count(&item, 1);
        self.index(subject);
    }

    /// What is to go out now.
    pub fn take(&mut self, now: i64) -> Option<(Subject, Item)> {
        let (due, position, subject) = *self.ready.first()?;
        if due > now {
            return None;
        }
        self.ready.pop_first();
        let line = self.lines.get_mut(&subject)?;
        line.ready = None;
        line.out = Some(position);
        let item = line.items.iter().find(|item| item.position == position)?;
        Some((subject, item.clone()))
    }

    pub fn is_ready(&self, now: i64) -> bool {
        self.next_due().is_some_and(|due| due <= now)
    }

    pub fn next_due(&self) -> Option<i64> {
        self.ready.first().map(|(due, ..)| *due)
    }

    /// Nothing is left to do of an item that was out.
    pub fn finish(&mut self, subject: Subject, position: FeedPosition) {
        let Some(place) = self.find(subject, position) else {
            return;
        };
        let line = self.lines.get_mut(&subject);
        if let Some(item) = line.and_then(|line| line.items.remove(place)) {
            self.count(&item, -1);
        }
    }

    /// An item that was out comes back with another state. Returns those that are to be kept in the
    /// store, itself left out.
    pub fn put_back(&mut self, subject: Subject, item: Item) -> Vec<Item> {
        let Some(place) = self.find(subject, item.position) else {
            return Vec::new();
        };
        let blocks = item.blocks();
        self.count(&item, 1);
        let line = self.lines.get_mut(&subject);
        let before = line.map(|line| std::mem::replace(&mut line.items[place], item));
        if let Some(before) = before {
            self.count(&before, -1);
        }
        if blocks {
            self.hold(subject)
        } else {
            Vec::new()
        }
    }

    /// The subject's next one may go out.
    pub fn release(&mut self, subject: Subject) {
        let Some(line) = self.lines.get_mut(&subject) else {
            return;
        };
        line.out = None;
        if line.items.is_empty() {
            self.lines.remove(&subject);
        } else {
            self.index(subject);
        }
    }

    /// Makes everything due that waits for its next attempt.
    pub fn hurry(&mut self, now: i64) {
        let subjects: Vec<Subject> = self.lines.keys().copied().collect();
        for subject in subjects {
            let line = self.lines.get_mut(&subject);
            if let Some(head) = line.and_then(|line| line.items.front_mut())
                && head.due > now
            {
                head.table = head.table.or(Some(head.due));
                head.due = now;
            }
            self.index(subject);
        }
    }

    /// Marks the items behind a head as stored, and returns those that were not.
    fn hold(&mut self, subject: Subject) -> Vec<Item> {
        let Some(line) = self.lines.get_mut(&subject) else {
            return Vec::new();
        };
        let unstored = line.items.iter_mut().filter(|item| !item.stored);
        let held: Vec<Item> = unstored
            .map(|item| {
                item.stored = true;
                // It may stay long: it is read again when it goes out.
                item.change = None;
                item.clone()
            })
            .collect();
        self.unstored -= held.len();
        self.stored += held.len();
        held
    }

    /// Brings the index of what is ready up to date with a line.
    fn index(&mut self, subject: Subject) {
        let Some(line) = self.lines.get_mut(&subject) else {
            return;
        };
        let head = line.items.front().filter(|_| line.out.is_none());
        let ready = head.map(|head| (head.due, head.position));
        if line.ready == ready {
            return;
        }
        if let Some((due, position)) = line.ready {
            self.ready.remove(&(due, position, subject));
        }
        if let Some((due, position)) = ready {
            self.ready.insert((due, position, subject));
        }
        line.ready = ready;
    }

    fn count(&mut self, item: &Item, by: isize) {
        let counter = if item.stored {
            &mut self.stored
        } else {
            &mut self.unstored
        };
        *counter = counter.saturating_add_signed(by);
        if item.parked.is_some() {
            self.parked = self.parked.saturating_add_signed(by);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use trackway_model::change::{ChangeKind, Mark, ShipmentChange};
    use trackway_model::orders::{Kind, RecordId};
    use trackway_model::{AccountId, ShipmentId};

    const NOW: i64 = 1_000;

    fn at(number: u64) -> FeedPosition {
        FeedPosition { shard: 0, number }
    }

    /// Shipments, and between them records with the same numbers.
    fn of(number: i64) -> Subject {
        let id = number / 2;
        if number % 2 == 0 {
            Subject::Shipment(ShipmentId(id))
        } else {
            Subject::Record(Kind::Order, RecordId(id))
        }
    }

    fn number(of: Subject) -> i64 {
        2 * of.number() + i64::from(of.shipment().is_none())
    }

    fn fresh(number: u64) -> Item {
        let change = ShipmentChange {
            account: AccountId(1),
            shipment: ShipmentId(1),
            kind: ChangeKind::Live,
            learned: 0,
            before: None,
            after: Mark::default(),
            statements: std::iter::empty().collect(),
        };
        Item::fresh(at(number), Arc::new(change.into()), NOW)
    }

    fn failing(item: Item, due: i64) -> Item {
        Item {
            stored: true,
            attempts: item.attempts + 1,
            due,
            ..item
        }
    }

    fn taken(queue: &mut Queue, now: i64) -> Vec<(i64, u64)> {
        let mut all = Vec::new();
        while let Some((subject, item)) = queue.take(now) {
            all.push((number(subject), item.position.number));
        }
        all
    }

    #[test]
    fn one_of_a_shipment_is_out_at_a_time() {
        let mut queue = Queue::default();
        for (number, subject) in [(1, 7), (2, 7), (3, 8)] {
            assert!(queue.add(of(subject), fresh(number), NOW).is_empty());
        }
        assert_eq!(taken(&mut queue, NOW), [(7, 1), (8, 3)]);
        queue.finish(of(7), at(1));
        assert_eq!(taken(&mut queue, NOW), [], "until it is stored");
        queue.release(of(7));
        assert_eq!(taken(&mut queue, NOW), [(7, 2)]);
    }

    #[test]
    fn what_fails_holds_back_its_shipment_and_news_make_it_due() {
        let mut queue = Queue::default();
        queue.add(of(7), fresh(1), NOW);
        queue.add(of(7), fresh(2), NOW);
        let (subject, item) = queue.take(NOW).unwrap();
        let held = queue.put_back(subject, failing(item, NOW + 50));
        assert_eq!(
            held.iter()
                .map(|held| held.position.number)
                .collect::<Vec<_>>(),
            [2]
        );
        queue.release(subject);
        queue.add(of(8), fresh(3), NOW);
        assert_eq!(taken(&mut queue, NOW), [(8, 3)], "others go on");
        assert_eq!(queue.next_due(), Some(NOW + 50));
        let held = queue.add(of(7), fresh(4), NOW);
        assert_eq!(held.len(), 1);
        let (_, early) = queue.take(NOW).unwrap();
        assert_eq!((early.position, early.table), (at(1), Some(NOW + 50)));
        // Parked: it holds back no more.
        queue.finish(of(7), at(1));
        queue.release(of(7));
        assert_eq!(taken(&mut queue, NOW), [(7, 2)]);
        assert_eq!((queue.stored(), queue.unstored()), (2, 1));
    }

    #[test]
    fn an_earlier_one_that_is_sent_again_goes_first() {
        let mut queue = Queue::default();
        queue.add(of(7), fresh(5), NOW);
        assert_eq!(taken(&mut queue, NOW), [(7, 5)]);
        let again = Item {
            stored: true,
            ..fresh(2)
        };
        queue.add(of(7), again, NOW);
        assert_eq!(taken(&mut queue, NOW), [], "the other one is out");
        queue.finish(of(7), at(5));
        queue.release(of(7));
        assert_eq!(taken(&mut queue, NOW), [(7, 2)]);
    }

    #[derive(Clone, Debug)]
    enum Step {
        Add(i64),
        Take,
        Accept(usize),
        Fail(usize),
        Park(usize),
        Wait,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let one = prop_oneof![
            4 => (0..4_i64).prop_map(Step::Add),
            4 => Just(Step::Take),
            2 => any::<usize>().prop_map(Step::Accept),
            2 => any::<usize>().prop_map(Step::Fail),
            1 => any::<usize>().prop_map(Step::Park),
            1 => Just(Step::Wait),
        ];
        proptest::collection::vec(one, 0..300)
    }

    proptest! {
        /// Against a model: each subject's numbers in a list.
        #[test]
        fn shipments_are_told_in_order_whatever_fails(steps in steps()) {
            let mut queue = Queue::default();
            let mut model: HashMap<i64, Vec<u64>> = HashMap::new();
            let mut out: Vec<(Subject, Item)> = Vec::new();
            let (mut next, mut now) = (1, NOW);
            for step in steps {
                match step {
                    Step::Add(subject) => {
                        queue.add(of(subject), fresh(next), now);
                        model.entry(subject).or_default().push(next);
                        next += 1;
                    }
                    Step::Take => {
                        if let Some((subject, item)) = queue.take(now) {
                            prop_assert!(item.due <= now);
                            prop_assert_eq!(model[&number(subject)][0], item.position.number);
                            prop_assert!(out.iter().all(|(other, _)| *other != subject));
                            out.push((subject, item));
                        } else {
                            prop_assert!(queue.next_due().is_none_or(|due| due > now));
                        }
                    }
                    Step::Accept(which) | Step::Park(which) if !out.is_empty() => {
                        let (subject, item) = out.swap_remove(which % out.len());
                        queue.finish(subject, item.position);
                        queue.release(subject);
                        model.get_mut(&number(subject)).unwrap().remove(0);
                    }
                    Step::Fail(which) if !out.is_empty() => {
                        let (subject, item) = out.swap_remove(which % out.len());
                        queue.put_back(subject, failing(item, now + 10));
                        queue.release(subject);
                    }
                    Step::Wait => now += 10,
                    Step::Accept(_) | Step::Park(_) | Step::Fail(_) => {}
                }
                let all: usize = model.values().map(Vec::len).sum();
                prop_assert_eq!(queue.stored() + queue.unstored(), all);
            }
        }
    }
}
