//! The statements of a copy, made from the list of tables and columns.

use crate::copy::{Column, Kind, Table};

/// Changes that have no number yet get the ones that they would get here.
pub const FEED: &str = "(SELECT first_number, changes, body FROM feed
    WHERE shard = 0 AND first_number IS NOT NULL ORDER BY first_number)
UNION ALL
(SELECT l.next_number + sum(f.changes) OVER (ORDER BY f.id) - f.changes, f.changes, f.body
    FROM feed AS f JOIN feed_lease AS l ON l.shard = f.shard
    WHERE f.shard = 0 AND f.first_number IS NULL ORDER BY f.id)";

/// What must be empty where a copy is to go.
pub const HELD: &str = "SELECT EXISTS (SELECT FROM meta) OR EXISTS (SELECT FROM account)
    OR EXISTS (SELECT FROM log) OR EXISTS (SELECT FROM track)";

/// Ids go on behind those that came; a sequence that hands out blocks does so by its step.
pub const GO_ON: &str = "SELECT
    setval('track_block', greatest((SELECT max(id) FROM track), 1)),
    setval('chunk_block', greatest((SELECT max(id) FROM log), (SELECT max(id) FROM payload),
        (SELECT max(id) FROM feed), 1)),
    setval('record_block', greatest((SELECT max(id) FROM record), 1)),
    setval(pg_get_serial_sequence('account', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM account), false),
    setval(pg_get_serial_sequence('api_key', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM api_key), false),
    setval(pg_get_serial_sequence('connection', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM connection), false),
    setval(pg_get_serial_sequence('endpoint', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM endpoint), false),
    setval(pg_get_serial_sequence('registration', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM registration), false),
    setval(pg_get_serial_sequence('quarantine', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM quarantine), false),
    setval(pg_get_serial_sequence('quarantine_payload', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM quarantine_payload), false),
    setval(pg_get_serial_sequence('attempt', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM attempt), false)";
pub const NEXT_NUMBER: &str = "UPDATE feed_lease SET next_number =
    coalesce((SELECT max(first_number + changes) FROM feed WHERE shard = 0), 1) WHERE shard = 0";

/// The column's name in the database, where it has another.
pub fn name(table: &Table, column: &Column) -> &'static str {
    match (table.name, column.name) {
        ("feed", "number") => "first_number",
        (_, name) => name,
    }
}

const fn type_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Long => "bigint",
        Kind::Int => "integer",
        Kind::Short => "smallint",
        Kind::Bool => "boolean",
        Kind::Text | Kind::Words => "text",
        Kind::Bytes => "bytea",
    }
}

pub fn select(table: &Table) -> String {
    if table.is("feed") {
        return FEED.to_owned();
    }
    let column = |column: &Column| match column.kind {
        Kind::Words => format!("array_to_string({}, ' ')", column.name),
        _ => column.name.to_owned(),
    };
    let columns: Vec<_> = table.columns.iter().map(column).collect();
    let key: Vec<_> = table.names().take(table.key).collect();
    format!(
        "SELECT {} FROM {} ORDER BY {}",
        columns.join(", "),
        table.name,
        key.join(", ")
    )
}

/// A column that only the database has: as it is given, or by an expression over the row `w`.
struct Derived {
    name: &'static str,
    from: From,
}

enum From {
    Given(Kind),
    Expression(&'static str),
}

const fn given(name: &'static str, kind: Kind) -> Derived {
    Derived {
        name,
        from: From::Given(kind),
    }
}

const fn expression(name: &'static str, expression: &'static str) -> Derived {
    Derived {
        name,
        from: From::Expression(expression),
    }
}

const SHARD_OF_TRACK: &str =
    "coalesce((SELECT t.shard FROM track AS t WHERE t.id = w.track), 0)::smallint";

fn derived(table: &Table) -> Vec<Derived> {
    match table.name {
        "log" => vec![expression("shard", "0::smallint")],
        "track" => vec![
            expression("version", "1"),
            given("shard", Kind::Short),
            given("statements", Kind::Int),
        ],
        "track_key" | "payload" => vec![expression("shard", SHARD_OF_TRACK)],
        // Numbers ascend as ids of rows must.
        "feed" => vec![
            expression("id", "w.first_number"),
            expression("shard", "0::smallint"),
        ],
        _ => Vec::new(),
    }
}

/// Inserts the rows that arrays of their columns make.
pub fn insert(table: &Table) -> String {
    let mut into = Vec::new();
    let mut from = Vec::new();
    let mut arrays = Vec::new();
    let mut array = |name: &str, kind: Kind| {
        let array = format!("${}::{}[]", arrays.len() + 1, type_of(kind));
        arrays.push((array, name.to_owned()));
    };
    for column in table.columns {
        let name = name(table, column);
        array(name, column.kind);
        into.push(name);
        from.push(match column.kind {
            Kind::Words => format!("string_to_array(w.{name}, ' ')"),
            _ => format!("w.{name}"),
        });
    }
    for Derived { name, from: how } in derived(table) {
        into.push(name);
        from.push(match how {
            From::Expression(expression) => expression.to_owned(),
            From::Given(kind) => {
                array(name, kind);
                format!("w.{name}")
            }
        });
    }
    let (arrays, names): (Vec<_>, Vec<_>) = arrays.into_iter().unzip();
    format!(
        "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM unnest({}) AS w ({})",
        table.name,
        into.join(", "),
        from.join(", "),
        arrays.join(", "),
        names.join(", ")
    )
}
