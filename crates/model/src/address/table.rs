//! The tables in the binary, read once into units.
//!
//! Units of an epoch stand in one row: provinces by code, then districts, then wards, so that what lies
//! right within a unit stands side by side.

use super::kind::Kind;
use super::names;
use super::{Epoch, Level, Unit};
use serde::Deserialize;
use smallvec::SmallVec;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::LazyLock;

const BEFORE: &str = include_str!("../../../../data/addresses/2024.tsv");
const CHANGES: &str = include_str!("../../../../data/addresses/2025-01.tsv");
const SINCE: &str = include_str!("../../../../data/addresses/2025-07.tsv");
const PROVINCES: &str = include_str!("../../../../data/addresses/provinces.csv");
pub(super) const ALIASES: &str = include_str!("../../../../data/addresses/aliases.csv");

/// Bytes that the directory takes in the binary.
pub const SIZE: usize =
    BEFORE.len() + CHANGES.len() + SINCE.len() + PROVINCES.len() + ALIASES.len();

/// Positions of units in the table of another epoch.
pub(super) type Others = SmallVec<[u16; 4]>;

/// The units of one epoch.
#[derive(Debug)]
pub(super) struct Table {
    units: Vec<Unit>,
    provinces: u16,
    /// Of each level, codes and positions, by code.
    by_code: [Vec<(u32, u16)>; 3],
}

impl Table {
    pub fn unit(&self, at: u16) -> &Unit {
        &self.units[usize::from(at)]
    }

    pub fn all(&self) -> &[Unit] {
        &self.units
    }

    pub fn units(&self, range: &Range<u16>) -> &[Unit] {
        &self.units[usize::from(range.start)..usize::from(range.end)]
    }

    pub fn provinces(&self) -> &[Unit] {
        self.units(&(0..self.provinces))
    }

    pub fn by_code(&self, level: Level, code: u32) -> Option<&Unit> {
        self.position(level, code).map(|at| self.unit(at))
    }

    pub fn position(&self, level: Level, code: u32) -> Option<u16> {
        let codes = &self.by_code[level as usize];
        let found = codes.binary_search_by_key(&code, |(code, _)| *code);
        found.ok().map(|at| codes[at].1)
    }
}

/// The table of an epoch.
pub(super) fn of(epoch: Epoch) -> &'static Table {
    &TABLES[epoch as usize]
}

/// Each is read when it is first asked: most callers ask one epoch alone.
static TABLES: [LazyLock<Table>; 3] = [
    LazyLock::new(|| build(Epoch::Y2024, &tree(BEFORE).0)),
    LazyLock::new(|| build(Epoch::Y2025Jan, &changed().0)),
    LazyLock::new(|| build(Epoch::Y2025Jul, &tree(SINCE).0)),
];

/// Between two epochs that follow each other: of each unit, by its position, those that it lies in.
#[derive(Debug)]
pub(super) struct Link {
    pub next: Vec<Others>,
    pub last: Vec<Others>,
}

/// What leads from 2024 to January, and from there to July.
pub(super) static LINKS: LazyLock<[Link; 2]> = LazyLock::new(|| {
    let [before, between, since] = Epoch::ALL.map(of);
    let moves = changed().1;
    let keys = before.units.iter().map(|unit| (unit.level, unit.code));
    let same = keys
        .filter(|key| !moves.contains_key(key) && between.position(key.0, key.1).is_some())
        .map(|key| (key, key));
    let told = moves.iter();
    let told = told.flat_map(|(from, to)| to.iter().map(|to| (*from, *to)));
    [
        link(before, between, same.chain(told)),
        link(between, since, tree(SINCE).1.into_iter()),
    ]
});

/// A unit's level and code.
type Key = (Level, u32);

/// What a row says of a unit.
#[derive(Clone, Debug)]
struct Row {
    parent: Option<Key>,
    kind: Kind,
    name: &'static str,
}

type Rows = BTreeMap<Key, Row>;

/// A code's level, by its digits.
fn key(code: &str) -> Key {
    let same = |level: &Level| level.digits() == code.len();
    let level = Level::ALL.into_iter().find(same);
    let number = code.parse().ok();
    level.zip(number).expect(TESTED)
}

const TESTED: &str = "the directory in the binary is tested";

fn kind(short: &str) -> Kind {
    Kind::of_short(short).expect(TESTED)
}

/// Rows of `N` members below the header.
fn lines<const N: usize>(table: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    table.lines().skip(1).map(|line| {
        let mut members = line.split('\t');
        std::array::from_fn(|_| members.next().unwrap_or_default())
    })
}

/// Reads rows that each stand below what they lie in; and of what each was made, where that is told.
fn tree(table: &'static str) -> (Rows, Vec<(Key, Key)>) {
    let mut rows = Rows::new();
    let mut made_of = Vec::new();
    let mut above: Vec<Key> = Vec::new();
    for [code, short, name, from] in lines::<4>(table) {
        let at = key(code);
        above.retain(|(level, _)| *level < at.0);
        let row = Row {
            parent: above.last().copied(),
            kind: kind(short),
            name,
        };
        rows.insert(at, row);
        above.push(at);
        made_of.extend(from.split_whitespace().map(|from| (key(from), at)));
    }
    (rows, made_of)
}

/// The rows of January 2025; and what became of units that are no more, or are no more the same.
fn changed() -> (Rows, HashMap<Key, Vec<Key>>) {
    let (mut rows, _) = tree(BEFORE);
    let mut moves = HashMap::new();
    for [code, parent, short, name, became] in lines::<5>(CHANGES) {
        let at = key(code);
        if short.is_empty() {
            rows.remove(&at);
        } else {
            let row = Row {
                parent: (!parent.is_empty()).then(|| key(parent)),
                kind: kind(short),
                name,
            };
            rows.insert(at, row);
        }
        if !became.is_empty() {
            let known = became.split_whitespace().filter(|code| *code != "-");
            moves.insert(at, known.map(key).collect());
        }
    }
    (rows, moves)
}

fn build(epoch: Epoch, rows: &Rows) -> Table {
    let mut order: Vec<(&Key, &Row)> = rows.iter().collect();
    // By level, then by the place of what it lies in: parents stand before, so their codes sort them.
    let path = |row: &Row| {
        let parent = row.parent.map(|parent| (&rows[&parent], parent));
        parent.map(|(above, parent)| (above.parent.map_or(0, |(_, code)| code), parent.1))
    };
    order.sort_by_key(|((level, code), row)| (*level, path(row), *code));
    let places: HashMap<Key, u16> = order
        .iter()
        .enumerate()
        .map(|(at, (key, _))| (**key, at as u16))
        .collect();
    let shorts = shorts();
    let mut units: Vec<Unit> = order
        .iter()
        .map(|((level, code), row)| {
            let kind = row.kind.text();
            let short = (*level == Level::Province).then(|| shorts.get(&*names::slug(row.name)));
            Unit {
                epoch,
                level: *level,
                code: *code,
                kind: row.kind,
                full: format!("{kind} {}", row.name).into(),
                short: short.flatten().map(|short| Box::new(short.of(row))),
                parent: row.parent.map(|parent| places[&parent]),
                children: 0..0,
            }
        })
        .collect();
    for at in 0..units.len() {
        if let Some(parent) = units[at].parent {
            let children = &mut units[usize::from(parent)].children;
            if children.start == children.end {
                children.start = at as u16;
            }
            children.end = at as u16 + 1;
        }
    }
    let mut by_code: [Vec<(u32, u16)>; 3] = Default::default();
    for ((level, code), at) in &places {
        by_code[*level as usize].push((*code, *at));
    }
    for codes in &mut by_code {
        codes.sort_unstable();
    }
    Table {
        provinces: by_code[Level::Province as usize].len() as u16,
        by_code,
        units,
    }
}

fn link(from: &Table, to: &Table, moves: impl Iterator<Item = (Key, Key)>) -> Link {
    let mut link = Link {
        next: vec![Others::new(); from.units.len()],
        last: vec![Others::new(); to.units.len()],
    };
    for ((level, code), (into, target)) in moves {
        let at = from.position(level, code).expect(TESTED);
        let target = to.position(into, target).expect(TESTED);
        link.next[usize::from(at)].push(target);
        link.last[usize::from(target)].push(at);
    }
    link
}

/// What a province is called besides its name.
#[derive(Clone, Debug)]
pub(super) struct Short {
    pub code: String,
    pub aliases: Vec<String>,
    pub display: String,
}

#[derive(Debug, Deserialize)]
struct ShortRow {
    name: String,
    short: String,
    aliases: String,
}

impl ShortRow {
    fn of(&self, row: &Row) -> Short {
        let city = if row.kind == Kind::City { "TP. " } else { "" };
        Short {
            code: self.short.clone(),
            aliases: self
                .aliases
                .split('|')
                .filter(|it| !it.is_empty())
                .map(str::to_owned)
                .collect(),
            display: format!("{city}{}", row.name),
        }
    }
}

/// By a province's name, whatever its marks.
fn shorts() -> HashMap<String, ShortRow> {
    csv_rows(PROVINCES)
        .map(|row: ShortRow| (names::slug(&row.name), row))
        .collect()
}

/// The rows of a table of ours.
pub(super) fn csv_rows<T: serde::de::DeserializeOwned>(table: &str) -> impl Iterator<Item = T> {
    csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .from_reader(table.as_bytes())
        .into_deserialize()
        .map(|row| row.expect(TESTED))
}
