//! What a part of a number stands for: a service, a country, a kind of box.

use super::file::{EntryFile, LookupFile};
use super::pattern::{Pattern, PatternError};

/// A table over one group of a format.
#[derive(Clone, Debug)]
pub struct Lookup {
    pub name: String,
    pub group: String,
    pub entries: Vec<Entry>,
    /// Exact values, sorted, with their entries.
    exact: Vec<(Box<[u8]>, usize)>,
    patterns: Vec<(Pattern, usize)>,
}

#[derive(Clone, Debug)]
pub struct Entry {
    /// What is said of it: a service's name, a country's.
    pub name: String,
    /// The exact value, where it has one.
    pub value: Option<String>,
    pub operator: Option<Operator>,
}

/// Who works there.
#[derive(Clone, Debug)]
pub struct Operator {
    pub name: String,
    pub site: Option<String>,
}

impl Lookup {
    pub fn new(file: &LookupFile) -> Result<Self, PatternError> {
        let mut exact = Vec::new();
        let mut patterns = Vec::new();
        for (at, entry) in file.lookup.iter().enumerate() {
            if let Some(value) = &entry.matches {
                exact.push((value.as_bytes().into(), at));
            }
            if let Some(expression) = &entry.matches_regex {
                patterns.push((Pattern::parse(expression)?, at));
            }
        }
        exact.sort();
        Ok(Self {
            name: file.name.clone(),
            group: file.regex_group_name.clone(),
            entries: file.lookup.iter().map(entry).collect(),
            exact,
            patterns,
        })
    }

    /// How many values it knows.
    pub fn values(&self) -> f64 {
        let patterns = self
            .patterns
            .iter()
            .flat_map(|(pattern, _)| &pattern.shapes);
        let patterns = patterns.map(|shape| {
            let counts = shape.cells.iter().map(|cells| f64::from(cells.count()));
            counts.product::<f64>()
        });
        (self.exact.len() as f64 + patterns.sum::<f64>()).max(1.0)
    }

    pub fn find(&self, bytes: &[u8], classes: &[u8]) -> Option<&Entry> {
        let exact = self
            .exact
            .binary_search_by(|(value, _)| (**value).cmp(bytes));
        let at = match exact {
            Ok(found) => self.exact[found].1,
            Err(_) => {
                self.patterns
                    .iter()
                    .find(|(pattern, _)| pattern.fits(classes))?
                    .1
            }
        };
        self.entries.get(at)
    }
}

fn entry(file: &EntryFile) -> Entry {
    let named = [&file.name, &file.country, &file.matches];
    let name = named.into_iter().flatten().next();
    Entry {
        name: name.cloned().unwrap_or_default(),
        value: file.matches.clone(),
        operator: file.courier.as_ref().map(|name| Operator {
            name: name.trim().to_owned(),
            site: file.courier_url.clone().filter(|url| !url.is_empty()),
        }),
    }
}
