//! Lists that are data here: options (C7 to C10, N6) and the address directory (A1 to A3). What an
//! upstream has and we have not is told; nothing is taken over, because both are files of ours.

use crate::dialect::pulls::Found;
use crate::nandh::{address, options};
use crate::raw::{Object, scalar};
use trackway_model::address::{Level, unit};

fn compared(part: &'static str, is_known: bool, what: impl FnOnce() -> String) -> Found {
    if is_known {
        Found::Same(part)
    } else {
        Found::Differs { part, what: what() }
    }
}

fn said(row: &Object<'_>, name: &str) -> String {
    let said = row.get(name).and_then(scalar);
    said.map_or_else(String::new, |said| said.trim().to_owned())
}

/// A choice of a list.
pub fn option(part: &'static str, list: &str, row: &Object<'_>) -> Found {
    let code = said(row, "code");
    compared(part, options::has(list, &code), || {
        format!("{list} `{code:.60}` is not among ours")
    })
}

/// The names of an administrative unit's number and name in the directory's rows.
const NAMES: [(Level, &str); 3] = [
    (Level::Province, "province_name"),
    (Level::District, "district_name"),
    (Level::Ward, "ward_name"),
];

/// A unit of the directory, in the epoch that is told where nothing says another.
pub fn division(part: &'static str, level: Level, row: &Object<'_>) -> Found {
    let names = NAMES.iter().find(|(of, _)| *of == level);
    let name = names.map_or_else(String::new, |(_, member)| said(row, member));
    let id = said(row, "id");
    let ours = id
        .parse()
        .ok()
        .and_then(|id| unit(address::USUAL, level, id));
    let is_same = |ours: &trackway_model::address::Unit| {
        let spelt = [ours.name(), ours.full_name(), ours.display_name()];
        spelt.iter().any(|ours| ours.eq_ignore_ascii_case(&name))
    };
    compared(part, ours.is_some_and(is_same), || {
        let here = ours.map_or("nothing", |unit| unit.full_name());
        format!("{level:?} {id:.20} is `{name:.80}` there and `{here}` here")
    })
}

/// What is below a unit, and the member of the query that names it.
pub fn below(level: Level) -> Option<(Level, &'static str)> {
    match level {
        Level::Province => Some((Level::District, "province_id")),
        Level::District => Some((Level::Ward, "district_id")),
        Level::Ward => None,
    }
}
