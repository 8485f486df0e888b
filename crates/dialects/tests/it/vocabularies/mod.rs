//! Every vocabulary under the same laws, and every code in every other vocabulary.

mod docs;
mod laws;
mod reference;
mod spelling;
mod translation;

use std::sync::Arc;
use trackway_dialects::registry::{Vocabularies, built_in};
use trackway_dialects::translate::names;
use trackway_model::vocabulary::Vocabulary;

/// The tables of the binary.
fn tables() -> Arc<Vocabularies> {
    built_in()
}

/// Each with its name.
fn each(tables: &Vocabularies) -> Vec<(&'static str, &Vocabulary)> {
    let named = |name| (name, tables.named(name).unwrap());
    names().into_iter().map(named).collect()
}
