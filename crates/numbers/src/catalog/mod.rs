//! Carriers as data: who they are, how each system calls them, and what their numbers look like.
//!
//! Contract: [`Catalog::built_in`] is what the binary carries: `data/carriers/*.toml`, and the public
//! courier files of `data/couriers/`. [`Catalog::read`] adds an operator's folder to it: a carrier
//! of a code that is known replaces the known one, a courier file of a known courier likewise. A
//! mistake in a file is an error that names the file and the line; nothing is taken of a folder that
//! has one. Within a catalog a code, a dialect's code, a prefix and a format's id mean one thing.
//!
//! A process has one catalog [`in_force`]: the built-in one, unless another was [`install`]ed before
//! anybody asked.

mod build;
pub mod check;
pub mod file;
mod sources;

use crate::courier::Format;
use crate::courier::index::Index;
pub use file::{Names, Standard};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use std::collections::HashMap;
use std::path::Path;
use std::sync::OnceLock;

/// What is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    Parcel,
    Ocean,
    Air,
}

impl Mode {
    pub const ALL: [Self; 3] = [Self::Parcel, Self::Ocean, Self::Air];

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Parcel => "parcel",
            Self::Ocean => "ocean",
            Self::Air => "air",
        }
    }
}

/// Why a table can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {problem}")]
pub struct CatalogError {
    pub file: String,
    /// From 1.
    pub line: usize,
    pub problem: String,
}

/// A carrier.
#[derive(Clone, Debug)]
pub struct Carrier {
    /// Ours.
    pub code: String,
    pub names: Names,
    pub site: Option<String>,
    pub link: Option<String>,
    /// Where it works; empty: everywhere.
    pub countries: Vec<String>,
    pub modes: Vec<Mode>,
    pub zone: Option<String>,
    pub scac: Option<String>,
    pub smdg: Option<String>,
    pub awb: Vec<String>,
    pub containers: Vec<String>,
    /// The file and line that say so.
    pub source: String,
}

impl Carrier {
    /// Its name in a language of our pages, else in English.
    pub fn name(&self, language: &str) -> &str {
        let name = match language {
            "vi" => self.names.vi.as_deref(),
            "zh" => self.names.zh.as_deref(),
            _ => None,
        };
        name.unwrap_or(&self.names.en)
    }

    pub fn works_in(&self, country: &str) -> bool {
        self.countries.is_empty()
            || self
                .countries
                .iter()
                .any(|known| known.eq_ignore_ascii_case(country))
    }

    pub fn carries(&self, mode: Mode) -> bool {
        self.modes.contains(&mode)
    }
}

/// A dialect's code for a carrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeRow<'c> {
    /// Theirs.
    pub code: &'c str,
    /// Ours.
    pub carrier: &'c str,
    /// Whether the vendor's own pages show it.
    pub documented: bool,
}

/// Whose numbers have a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    Carrier(u16),
    Standard(Standard),
}

/// A format of the catalog.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listed {
    pub owner: Owner,
    /// How many of all numbers have it.
    pub share: f64,
}

/// An operator of a country's post.
#[derive(Clone, Debug)]
pub(crate) struct Post {
    pub carrier: u16,
    /// First letters of its service indicators; None: all.
    pub services: Option<String>,
}

/// A dialect's codes.
#[derive(Clone, Debug, Default)]
struct Codes {
    /// By their code in lower case.
    carriers: HashMap<String, u16>,
    codes: HashMap<u16, (String, bool)>,
}

/// Everything that is known of carriers.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    pub(crate) carriers: Vec<Carrier>,
    by_code: HashMap<String, u16>,
    pub(crate) formats: Vec<Format>,
    /// Of each format.
    pub(crate) listed: Vec<Listed>,
    pub(crate) index: Index,
    pub(crate) posts: HashMap<[u8; 2], SmallVec<[Post; 1]>>,
    pub(crate) airlines: HashMap<[u8; 3], u16>,
    pub(crate) owners: HashMap<[u8; 4], u16>,
    dialects: HashMap<String, Codes>,
}

impl Catalog {
    /// What the binary carries.
    pub fn built_in() -> Result<Self, CatalogError> {
        build::catalog(&sources::built_in(), &[])
    }

    /// The same with an operator's folder: its `*.toml` and `*.json`, by name.
    pub fn read(folder: &Path) -> Result<Self, CatalogError> {
        build::catalog(&sources::built_in(), &sources::of_folder(folder)?)
    }

    /// Every carrier: ours by code, an operator's, then the posts that no table lists.
    pub fn carriers(&self) -> &[Carrier] {
        &self.carriers
    }

    pub fn get(&self, code: &str) -> Option<&Carrier> {
        self.by_code
            .get(code)
            .map(|at| &self.carriers[usize::from(*at)])
    }

    /// The carrier that a dialect calls so; in whatever case.
    pub fn carrier(&self, dialect: &str, code: &str) -> Option<&Carrier> {
        let code = code.to_ascii_lowercase();
        let codes = self.dialects.get(dialect);
        match codes.and_then(|codes| codes.carriers.get(&code)) {
            Some(at) => self.carriers.get(usize::from(*at)),
            None => self
                .get(&code)
                .filter(|carrier| self.code(dialect, &carrier.code) == Some(&carrier.code)),
        }
    }

    /// A dialect's code for our carrier: its own, else ours where that means nobody else there.
    pub fn code(&self, dialect: &str, carrier: &str) -> Option<&str> {
        let (code, at) = self.by_code.get_key_value(carrier)?;
        let Some(codes) = self.dialects.get(dialect) else {
            return Some(code);
        };
        match codes.codes.get(at) {
            Some((code, _)) => Some(code),
            None => (!codes.carriers.contains_key(code)).then_some(code),
        }
    }

    /// The codes that the tables themselves give for a dialect.
    pub fn codes(&self, dialect: &str) -> Vec<CodeRow<'_>> {
        let codes = self.dialects.get(dialect);
        let mut rows: Vec<CodeRow<'_>> = codes
            .into_iter()
            .flat_map(|codes| &codes.codes)
            .map(|(at, (code, documented))| CodeRow {
                code,
                carrier: &self.carriers[usize::from(*at)].code,
                documented: *documented,
            })
            .collect();
        rows.sort_by_key(|row| row.carrier);
        rows
    }

    /// The airline of a waybill's prefix.
    pub fn airline(&self, prefix: u16) -> Option<&Carrier> {
        let digits = [prefix / 100 % 10, prefix / 10 % 10, prefix % 10];
        let at = self.airlines.get(&digits.map(|digit| b'0' + digit as u8))?;
        self.carriers.get(usize::from(*at))
    }

    /// The line that owns boxes of a container's prefix.
    pub fn owner(&self, prefix: &str) -> Option<&Carrier> {
        let prefix: [u8; 4] = prefix.as_bytes().try_into().ok()?;
        let at = self.owners.get(&prefix)?;
        self.carriers.get(usize::from(*at))
    }
}

static IN_FORCE: OnceLock<Catalog> = OnceLock::new();

/// The catalog of this process.
pub fn in_force() -> &'static Catalog {
    IN_FORCE.get_or_init(|| Catalog::built_in().expect("the tables in the binary are tested"))
}

/// Puts a catalog in force, before anybody asked for one; gives it back if somebody did.
pub fn install(catalog: Catalog) -> Result<(), Box<Catalog>> {
    IN_FORCE.set(catalog).map_err(Box::new)
}
