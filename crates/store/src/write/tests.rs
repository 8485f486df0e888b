//! The laws of applying, over generated histories: order and repetition do not matter, and a row
//! built again from the log is the row.

mod facts;

use super::*;
use crate::log::{Chunk, entries};
use crate::seal::{MasterKey, SystemEntropy, TrackKey};
use facts::{HOUR, START, apart, document, fact, news, part};
use proptest::prelude::*;
use std::collections::BTreeSet;
use trackway_model::change::{Change, ShipmentChange};
use trackway_model::intake::{Answer, Content, Intake, Part, Receipt, Verified};
use trackway_model::statement::identity;
use trackway_model::{
    Certainty, Code, CodeKind, ConnectionId, Digest, Direction, Milestone, Nature, Occurred,
    OffsetSource, Pieces, Place, Precision, Reason, Statement, StatementId, StreamDef, StreamId,
    StreamTable, time,
};

const SCANS: StreamId = StreamId(1);
const STATUSES: StreamId = StreamId(2);
const HOOK: StreamId = StreamId(3);
const OTHER: StreamId = StreamId(4);

const fn def(id: StreamId, dialect: &'static str, nature: Nature, rank: u8) -> StreamDef {
    StreamDef {
        id,
        dialect,
        name: "stream",
        nature,
        rank,
    }
}

static STREAMS: &[StreamDef] = &[
    def(SCANS, "one", Nature::History, 0),
    def(STATUSES, "one", Nature::History, 1),
    def(HOOK, "one", Nature::News, 2),
    def(OTHER, "two", Nature::History, 3),
];

fn rules() -> FoldRules {
    FoldRules {
        streams: StreamTable(STREAMS),
        reuse_after: trackway_model::fold::DEFAULT_REUSE_AFTER,
    }
}

fn kernel() -> Kernel {
    let master = MasterKey::new([1; 32]);
    let (sealer, _) = Sealer::create(master, Arc::new(SystemEntropy), rules().streams, &[]);
    Kernel {
        sealer,
        rules: rules(),
    }
}

/// One track and its log.
struct World<'k> {
    kernel: &'k Kernel,
    key: TrackKey,
    track: Track,
    log: Vec<(i64, Vec<u8>)>,
    batch: Batch,
}

impl<'k> World<'k> {
    fn new(kernel: &'k Kernel) -> Self {
        let mut batch = Batch::new(1, 1, 600);
        let track = kernel.open(TrackId(7), AccountId(1), "c", "N1", 0, &mut batch);
        Self {
            kernel,
            key: kernel.sealer.new_track_key().0,
            track,
            log: Vec::new(),
            batch,
        }
    }

    fn tell(&mut self, intake: &Intake) -> Receipt {
        let prepared = Prepared::new(&self.kernel.sealer, Verified::attest(vec![intake.clone()]));
        self.kernel.apply(
            &mut self.track,
            &self.key,
            prepared.item(0),
            &mut self.batch,
        )
    }

    /// Ends a commit, keeping its chunks. Returns its changes.
    fn commit(&mut self) -> Vec<ShipmentChange> {
        let changes = std::mem::take(&mut self.batch.changes);
        let changes = changes.into_iter().map(|change| match change {
            Change::Shipment(change) => change,
            Change::Record(change) => panic!("{change:?} is of no shipment"),
        });
        let changes = changes.collect();
        self.log.extend(
            self.batch
                .chunks
                .finish()
                .map(|c| (c.number, c.bytes.to_vec())),
        );
        let (chunk, payload) = (self.batch.chunks.next(), self.batch.next_payload());
        self.batch.restart(chunk, payload);
        changes
    }

    /// The row, built from the log from nothing, or onto `from` by the chunks that follow it.
    fn rebuilt(&mut self, from: Option<(Track, i64)>) -> Track {
        self.commit();
        let (mut track, upto) = from.unzip();
        let upto = upto.unwrap_or(0);
        for (number, bytes) in self.log.iter().filter(|(number, _)| *number >= upto) {
            for entry in entries(Chunk {
                number: *number,
                bytes,
            }) {
                let (position, entry) = entry.unwrap();
                let row = track.get_or_insert_with(|| opened(&entry).unwrap());
                replay(row, position, &entry);
            }
        }
        let mut track = track.unwrap();
        self.kernel.settle(&mut track);
        track
    }

    fn facts(&self) -> Facts {
        let track = &self.track;
        let id = |s: &&trackway_model::Spine| s.id;
        let mut documents: Vec<_> = track
            .documents
            .iter()
            .map(|d| (d.connection, d.stream, d.received, d.hash))
            .collect();
        documents.sort_unstable();
        Facts {
            states: track.states.clone(),
            root: track.root(self.kernel.sealer.installation()),
            withdrawn: track
                .spine
                .iter()
                .filter(|s| track.withdrawn(s))
                .map(|s| id(&s))
                .collect(),
            documents,
        }
    }
}

/// What must not depend on order and repetition.
#[derive(Debug, PartialEq)]
struct Facts {
    states: trackway_model::track::States,
    root: Digest,
    withdrawn: BTreeSet<StatementId>,
    documents: Vec<(ConnectionId, StreamId, i64, [u8; 16])>,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn order_and_repetition_do_not_matter(
        facts in proptest::collection::vec(fact(), 1..14).prop_map(apart),
        order in proptest::collection::vec(any::<prop::sample::Index>(), 0..40),
    ) {
        let kernel = kernel();
        let (mut straight, mut shuffled) = (World::new(&kernel), World::new(&kernel));
        for fact in &facts {
            straight.tell(fact);
        }
        // Any repetitions in any order, then each fact at least once, backwards.
        for at in &order {
            shuffled.tell(at.get(&facts));
        }
        for fact in facts.iter().rev() {
            shuffled.tell(fact);
        }
        prop_assert_eq!(straight.facts(), shuffled.facts());
        // Having heard all of it, it hears nothing new, and writes nothing.
        shuffled.commit();
        for fact in &facts {
            let receipt = shuffled.tell(fact);
            assert_eq!((receipt.new, receipt.versions), (0, 0));
        }
        prop_assert!(shuffled.commit().is_empty());
        prop_assert_eq!(straight.facts(), shuffled.facts());
    }

    #[test]
    fn a_rebuild_is_the_row(
        facts in proptest::collection::vec(fact(), 1..20).prop_map(apart),
        order in proptest::collection::vec(any::<prop::sample::Index>(), 1..30),
        stale in any::<prop::sample::Index>(),
        remap in any::<prop::sample::Index>(),
    ) {
        let kernel = kernel();
        let mut world = World::new(&kernel);
        let mut row = None;
        for (at, index) in order.iter().enumerate() {
            if at == stale.index(order.len()) {
                world.commit();
                row = Some((world.track.clone(), world.batch.chunks.next()));
            }
            if at == remap.index(order.len()) {
                let remapped = [Remapping { ordinal: 0, milestone: Milestone::Unknown, reason: Reason::None }];
                world.kernel.remap(&mut world.track, &remapped, START, &mut world.batch);
            }
            world.tell(index.get(&facts));
            if at % 3 == 0 {
                world.commit();
            }
        }
        let live = world.track.clone();
        prop_assert_eq!(&world.rebuilt(None), &live);
        // Onto a row that was written back on the way.
        prop_assert_eq!(&world.rebuilt(row), &live);
        prop_assert_eq!(Track::decode(&live.encode()), Ok(live));
    }
}

#[test]
fn an_unchanged_answer_writes_one_small_entry() {
    let kernel = kernel();
    let mut world = World::new(&kernel);
    let answer = |at| {
        document(
            1,
            at,
            vec![part(SCANS, &[(0, 0), (2, 0)]), part(STATUSES, &[(0, 0)])],
        )
    };
    assert_eq!(world.tell(&answer(100)).new, 3);
    world.commit();
    let before = world.log.len();
    let receipt = world.tell(&answer(101));
    assert!(receipt.unchanged);
    assert_eq!((receipt.new, receipt.versions, receipt.repeats), (0, 0, 3));
    assert!(world.commit().is_empty());
    assert_eq!(world.log.len(), before + 1);
    assert!(
        world.log[before].1.len() < 40,
        "{}",
        world.log[before].1.len()
    );
    // The very same sighting again is not even noted.
    assert!(world.tell(&answer(101)).unchanged);
    assert!(world.commit().is_empty() && world.log.len() == before + 1);
    assert!(
        world
            .track
            .spine
            .iter()
            .all(|s| s.last_seen == START + 101 * HOUR)
    );
}

#[test]
fn enrichment_keeps_ids_and_is_one_change() {
    let kernel = kernel();
    let mut world = World::new(&kernel);
    world.tell(&document(1, 100, vec![part(SCANS, &[(0, 0), (2, 0)])]));
    let ids: Vec<_> = world.track.spine.iter().map(|s| s.id).collect();
    assert_eq!(world.commit().len(), 1);
    let receipt = world.tell(&document(1, 101, vec![part(SCANS, &[(0, 1), (2, 0)])]));
    assert_eq!((receipt.new, receipt.versions, receipt.repeats), (0, 1, 1));
    let changes = world.commit();
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].statements.as_slice(), [0]);
    assert_eq!(
        ids,
        world.track.spine.iter().map(|s| s.id).collect::<Vec<_>>()
    );
    assert_eq!(world.track.spine[0].place, 1);
}

#[test]
fn a_withdrawn_delivery_reopens() {
    let kernel = kernel();
    let mut world = World::new(&kernel);
    let milestone = |world: &World<'_>| world.track.states[0].milestone;
    world.tell(&document(
        1,
        100,
        vec![part(SCANS, &[(0, 0), (2, 0), (4, 0)])],
    ));
    assert_eq!(milestone(&world), Milestone::parse("delivered").unwrap());
    world.commit();
    world.tell(&document(1, 101, vec![part(SCANS, &[(0, 0), (2, 0)])]));
    assert_eq!(
        milestone(&world),
        Milestone::parse("out_for_delivery").unwrap()
    );
    let changes = world.commit();
    assert_eq!(changes.len(), 1);
    assert!(changes[0].statements.is_empty() && changes[0].before.is_some());
    // An empty answer withdraws nothing.
    world.tell(&document(1, 102, vec![part(SCANS, &[])]));
    assert_eq!(
        milestone(&world),
        Milestone::parse("out_for_delivery").unwrap()
    );
    assert!(world.commit().is_empty());
}

#[test]
fn a_reused_number_opens_an_epoch() {
    let kernel = kernel();
    let mut world = World::new(&kernel);
    world.tell(&news(0, 0, 100));
    world.tell(&news(4, 0, 101));
    world.commit();
    let receipt = world.tell(&news(6, 0, 3_000));
    assert_eq!((world.track.states.len(), receipt.shipment.epoch()), (2, 1));
    let changes = world.commit();
    assert_eq!(changes.len(), 1);
    assert_eq!((changes[0].shipment.epoch(), changes[0].before), (1, None));
}

#[test]
fn another_mapping_of_known_statements_is_kept_without_their_words() {
    let kernel = kernel();
    let mut world = World::new(&kernel);
    world.tell(&news(0, 0, 100));
    world.commit();
    let mut again = news(0, 0, 101);
    if let Content::News(statements) = &mut again.content {
        statements[0].milestone = Milestone::parse("in_transit").unwrap();
    }
    let receipt = world.tell(&again);
    assert_eq!((receipt.new, receipt.versions, receipt.repeats), (0, 0, 1));
    assert_eq!(world.commit().len(), 1);
    assert_eq!(
        world.track.states[0].milestone,
        Milestone::parse("in_transit").unwrap()
    );
    let live = world.track.clone();
    assert_eq!(world.rebuilt(None), live);
}

/// The row is filled by hand, with statements far in the past that the fold passes over quickly: a
/// source of its own says them, and a later answer of it leaves them out.
#[test]
fn more_than_a_row_holds_is_kept_in_the_log_only() {
    let kernel = kernel();
    let mut world = World::new(&kernel);
    world.tell(&document(1, 100, vec![part(SCANS, &[(0, 0)])]));
    world.commit();
    let one = world.track.spine[0];
    let filling = (1..trackway_model::track::MAX_STATEMENTS as u32).map(|n| {
        let mut id = [0; 16];
        id[..4].copy_from_slice(&n.to_le_bytes());
        let last_seen = one.last_seen - 1;
        trackway_model::Spine {
            id: StatementId(id),
            first_seen: last_seen,
            last_seen,
            ..one
        }
    });
    world.track.spine.extend(filling);
    let receipt = world.tell(&news(4, 0, 101));
    assert_eq!((receipt.new, receipt.repeats), (0, 1));
    assert_eq!(world.batch.statements, 1);
    assert_eq!(
        world.track.spine.len(),
        trackway_model::track::MAX_STATEMENTS
    );
    assert!(world.commit().is_empty());
}
