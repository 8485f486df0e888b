//! Every name of an epoch, found word by word: a tree whose edges are words, in which a name is a
//! path. A text is walked from each of its words on, and most walks end at the first step.

use super::kind::{self, Kind, Kinds, Side};
use super::names::{Apostrophe, Word, Words};
use super::table::{self, csv_rows};
use super::{Epoch, Level, Unit};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::LazyLock;

/// How a name stands for its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// As the directory has it.
    Own,
    /// As people write it otherwise, or in one word.
    Other,
    /// A province's three letters.
    Code,
}

/// A name of a unit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub epoch: Epoch,
    pub at: u16,
    /// What is called so: of an alias its own kind.
    pub kind: Kind,
    pub form: Form,
    /// Which marks its words have.
    marks: u32,
}

impl Entry {
    pub fn unit(&self) -> &'static Unit {
        table::of(self.epoch).unit(self.at)
    }
}

/// What a path ends as.
#[derive(Debug, Default)]
pub(super) struct End {
    pub names: Vec<Entry>,
    pub kind: Option<(Kinds, Side)>,
    pub street: Option<Street>,
}

/// How the marks of a text's words compare with a name's.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Marks {
    /// Words that have other marks.
    pub other: usize,
    /// Whether a word has none that should.
    pub is_bare: bool,
    /// Whether it has none in a text that writes them.
    pub is_lacking: bool,
}

/// A word that stands before the name of what is smaller than a ward.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Street {
    /// A road or a house in it.
    Road,
    /// A part of a ward, often a number.
    Area,
}

/// The tree, and the marks that names have.
#[derive(Debug, Default)]
pub(super) struct Index {
    words: HashMap<Box<str>, u32>,
    edges: HashMap<(u32, u32), u32>,
    ends: Vec<End>,
    marks: Vec<Box<[u64]>>,
}

/// The tree of an epoch.
pub(super) fn of(epoch: Epoch) -> &'static Index {
    &INDEXES[epoch as usize]
}

static INDEXES: [LazyLock<Index>; 3] = [
    LazyLock::new(|| Index::build(Epoch::Y2024)),
    LazyLock::new(|| Index::build(Epoch::Y2025Jan)),
    LazyLock::new(|| Index::build(Epoch::Y2025Jul)),
];

const ROADS: &[&str] = &[
    "duong",
    "pho",
    "so",
    "hem",
    "ngo",
    "ngach",
    "kiet",
    "lo",
    "doan",
    "ql",
    "quoc lo",
    "tinh lo",
    "dai lo",
    "dl",
    "xa lo",
    "street",
    "st",
    "road",
    "nha",
    "toa",
    "chung cu",
    "cc",
    "cau",
    "sn",
    "tang",
    "can ho",
    "truong",
    "benh vien",
    "duong so",
    "cho",
    "no",
];
const AREAS: &[&str] = &[
    "ap",
    "thon",
    "to",
    "khu",
    "kp",
    "khu pho",
    "khu vuc",
    "kv",
    "xom",
    "kdc",
    "kdt",
    "kcn",
    "ban",
    "buon",
    "lang",
    "to dan pho",
    "tdp",
    "doi",
    "khom",
    "khoi",
    "tieu khu",
    "tk",
];

#[derive(Debug, Deserialize)]
struct AliasRow {
    code: u32,
    epochs: String,
    kind: String,
    name: String,
}

impl Index {
    fn build(epoch: Epoch) -> Self {
        let mut index = Self {
            ends: vec![End::default()],
            ..Self::default()
        };
        let mut pool = HashMap::new();
        let table = table::of(epoch);
        for (at, unit) in table.all().iter().enumerate() {
            index.enter_unit(unit, at as u16, &mut pool);
        }
        for row in csv_rows::<AliasRow>(table::ALIASES) {
            let at = table.position(Level::District, row.code);
            let is_of = row.epochs.split(' ').any(|it| it == epoch.as_str());
            if let (Some(at), Some(kind), true) = (at, Kind::of_short(&row.kind), is_of) {
                let alias = entry(epoch, at, kind, Form::Other);
                index.enter_spellings(&row.name, &alias, &mut pool);
            }
        }
        for (words, kinds, side) in kind::WORDS {
            let node = index.node(words);
            index.ends[node as usize].kind = Some((*kinds, *side));
        }
        for (all, street) in [(ROADS, Street::Road), (AREAS, Street::Area)] {
            for words in all {
                let node = index.node(words);
                index.ends[node as usize].street = Some(street);
            }
        }
        index
    }

    fn enter_unit(&mut self, unit: &Unit, at: u16, pool: &mut Pool) {
        let own = entry(unit.epoch, at, unit.kind, Form::Own);
        self.enter_spellings(unit.name(), &own, pool);
        let other = Entry {
            form: Form::Other,
            ..own
        };
        for alias in unit.aliases() {
            self.enter_spellings(alias, &other, pool);
        }
        if let Some(code) = unit.short_name() {
            let code_entry = Entry {
                form: Form::Code,
                ..own
            };
            self.enter(&Words::of(code, Apostrophe::Joins), &code_entry, pool);
        }
    }

    /// Enters a name in each way in which its words are cut.
    fn enter_spellings(&mut self, name: &str, entry: &Entry, pool: &mut Pool) {
        let other = Entry {
            form: Form::Other,
            ..*entry
        };
        let words = Words::of(name, Apostrophe::Joins);
        self.enter(&words, entry, pool);
        if name.contains('’') {
            self.enter(&Words::of(name, Apostrophe::Parts), &other, pool);
        }
        if let [.., before, last] = words.words.as_slice()
            && !before.is_number
            && let Some(numeral) = other_numeral(words.text(last))
        {
            let name = format!("{} {numeral}", &name[..before.end]);
            self.enter(&Words::of(&name, Apostrophe::Joins), &other, pool);
        }
        let joined: String = words
            .words
            .iter()
            .map(|word| &name[word.start..word.end])
            .collect();
        let letters = joined.chars().all(char::is_alphabetic);
        if words.words.len() > 1 && letters {
            self.enter(&Words::of(&joined, Apostrophe::Joins), &other, pool);
        }
        if letters && entry.kind == Kind::City {
            let joined = format!("tp{joined}");
            self.enter(&Words::of(&joined, Apostrophe::Joins), &other, pool);
        }
    }

    fn enter(&mut self, words: &Words, entry: &Entry, pool: &mut Pool) {
        let node = self.path(words);
        let marks: Box<[u64]> = words.words.iter().map(|word| word.marks).collect();
        let next = self.marks.len() as u32;
        let id = *pool.entry(marks.clone()).or_insert(next);
        if id == next {
            self.marks.push(marks);
        }
        let names = &mut self.ends[node as usize].names;
        if !names
            .iter()
            .any(|it| it.at == entry.at && it.kind == entry.kind)
        {
            names.push(Entry {
                marks: id,
                ..*entry
            });
        }
    }

    fn node(&mut self, words: &str) -> u32 {
        self.path(&Words::of(words, Apostrophe::Joins))
    }

    fn path(&mut self, words: &Words) -> u32 {
        let mut node = 0;
        for word in &words.words {
            let next = self.words.len() as u32;
            let id = *self.words.entry(words.text(word).into()).or_insert(next);
            let fresh = self.ends.len() as u32;
            node = *self.edges.entry((node, id)).or_insert(fresh);
            if node == fresh {
                self.ends.push(End::default());
            }
        }
        node
    }

    /// A word's number, if any name has it.
    pub fn word(&self, text: &str) -> Option<u32> {
        self.words.get(text).copied()
    }

    /// Walks on from a word of a text. Calls back with each end that is not empty, and the number of the
    /// word behind it. No path goes on past a comma.
    pub fn walk(
        &'static self,
        words: &[Word],
        ids: &[Option<u32>],
        from: usize,
        mut meet: impl FnMut(usize, &'static End),
    ) {
        let mut node = 0;
        for at in from..ids.len() {
            if at > from && words[at].before == super::names::Break::Comma {
                return;
            }
            let step = ids[at].and_then(|id| self.edges.get(&(node, id)));
            let Some(next) = step else { return };
            node = *next;
            meet(at + 1, &self.ends[node as usize]);
        }
    }

    /// How the marks of words compare with those that the entry's name has.
    pub fn marks_of(&self, entry: &Entry, words: &[Word]) -> Marks {
        let known = &self.marks[entry.marks as usize];
        let mut marks = Marks::default();
        for (word, known) in words.iter().zip(known) {
            marks.is_bare |= word.marks == 0 && *known != 0;
            marks.other += usize::from(word.marks != 0 && word.marks != *known);
        }
        marks
    }
}

type Pool = HashMap<Box<[u64]>, u32>;

fn entry(epoch: Epoch, at: u16, kind: Kind, form: Form) -> Entry {
    Entry {
        epoch,
        at,
        kind,
        form,
        marks: 0,
    }
}

/// `II` for `2`, and the other way round.
fn other_numeral(word: &str) -> Option<&'static str> {
    const NUMERALS: &[(&str, &str)] = &[
        ("1", "i"),
        ("2", "ii"),
        ("3", "iii"),
        ("4", "iv"),
        ("5", "v"),
    ];
    NUMERALS.iter().find_map(|(number, roman)| match word {
        _ if word == *number => Some(*roman),
        _ if word == *roman => Some(*number),
        _ => None,
    })
}
