//! Records as rows of a CSV file. A column is a member by its path, such as `receiver.address.line`;
//! members of lists (`lines.sku`) stand in as many rows as the list is long, each with the columns
//! that name the record.

use anyhow::{Context, bail};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read};

/// How a kind stands in a file.
#[derive(Debug)]
pub struct Sheet {
    pub kind: &'static str,
    /// What several rows of one record have alike; none where each row is one.
    key: &'static [&'static str],
    pub columns: &'static [&'static str],
}

pub const SHEETS: [Sheet; 5] = [
    Sheet {
        kind: "orders",
        key: &["shop", "number"],
        columns: &[
            "shop",
            "number",
            "state",
            "order_type",
            "pickup",
            "source",
            "currency",
            "approve",
            "total",
            "lines.sku",
            "lines.quantity",
            "lines.sale_price",
            "lines.discounted_price",
            "payments.status",
            "payments.method",
            "payments.amount",
            "discounts.code",
            "discounts.amount",
            "fees.code",
            "fees.amount",
            "documents.name",
            "documents.quantity",
            "documents.doc_type",
            "documents.url",
            "customer",
            "receiver.name",
            "receiver.phone",
            "receiver.email",
            "receiver.address.country",
            "receiver.address.line",
            "receiver.address.line2",
            "receiver.address.zipcode",
            "receiver.address.province",
            "receiver.address.district",
            "receiver.address.ward",
            "receiver.address.province_id",
            "receiver.address.district_id",
            "receiver.address.ward_id",
            "receiver.address.epoch",
            "receiver.address.lat",
            "receiver.address.lng",
            "service",
            "courier",
            "courier_link",
            "box_size",
            "inspection_by_buyer",
            "use_insurance",
            "fulfil_now",
            "additional_services",
            "tax_paid_by_receiver",
            "fee_paid_by_receiver",
            "note",
            "packaging_note",
            "estimated_departure",
            "partner_created",
        ],
    },
    Sheet {
        kind: "products",
        key: &["shop", "sku"],
        columns: &[
            "shop",
            "sku",
            "code",
            "name",
            "sale_price",
            "discounted_price",
            "parts.item",
            "parts.quantity",
            "image_url",
            "category",
            "brand",
            "active",
        ],
    },
    Sheet {
        kind: "items",
        key: &[],
        columns: &[
            "sku",
            "code",
            "name",
            "description",
            "barcodes",
            "image_urls",
            "documents",
            "weight",
            "length",
            "width",
            "height",
            "category",
            "brand",
            "unit",
            "cost",
            "sale_price",
            "serial_number",
            "batch_control",
            "bubble_wrap",
            "kraft_paper",
            "fragile",
            "high_value",
            "min_shelf_life_inbound",
            "min_shelf_life_outbound",
            "material",
            "product_type",
            "storage_method",
            "outbound_strategy",
            "min_stock_warning",
            "active",
        ],
    },
    Sheet {
        kind: "stock",
        key: &[],
        columns: &[
            "item",
            "warehouse",
            "on_hand",
            "reserved",
            "incoming",
            "damaged",
        ],
    },
    Sheet {
        kind: "inbounds",
        key: &["warehouse", "reference"],
        columns: &[
            "warehouse",
            "reference",
            "state",
            "inbound_type",
            "vendor",
            "lines.sku",
            "lines.quantity",
            "lines.cost",
            "lines.parcel_code",
            "parcels",
            "additional_services",
            "priority",
            "documents",
            "estimated_delivery",
            "note",
        ],
    },
];

/// Members that are lists of objects.
const LISTS: [&str; 5] = ["lines", "payments", "discounts", "fees", "parts"];
/// Members that are whole numbers.
const NUMBERS: [&str; 12] = [
    "quantity",
    "weight",
    "on_hand",
    "reserved",
    "incoming",
    "damaged",
    "parcels",
    "min_shelf_life_inbound",
    "min_shelf_life_outbound",
    "min_stock_warning",
    "province_id",
    "district_id",
];
const SWITCHES: [&str; 14] = [
    "approve",
    "active",
    "inspection_by_buyer",
    "use_insurance",
    "fulfil_now",
    "tax_paid_by_receiver",
    "fee_paid_by_receiver",
    "serial_number",
    "batch_control",
    "bubble_wrap",
    "kraft_paper",
    "fragile",
    "high_value",
    "priority",
];
/// Members that are lists of texts, separated by this.
const TEXTS: [&str; 4] = ["additional_services", "barcodes", "image_urls", "documents"];
const BETWEEN: char = '|';

/// A record, the line of the file at which it begins, and those of the elements of its lists.
#[derive(Debug, Default, PartialEq)]
pub struct Placed {
    pub line: u64,
    pub record: Value,
    elements: Vec<(&'static str, u64)>,
}

impl Placed {
    pub const fn new(line: u64, record: Value) -> Self {
        Self {
            line,
            record,
            elements: Vec::new(),
        }
    }

    /// The line at which a member stands, and what its column is called: `lines.1.sku` is `lines.sku` of
    /// the row that holds the second of the lines.
    pub fn place_of(&self, member: &str) -> (u64, String) {
        let mut parts = member.splitn(3, '.');
        let (list, at) = (parts.next(), parts.next().and_then(|at| at.parse().ok()));
        let of_list = |(name, _): &&(&str, u64)| Some(*name) == list;
        let element = at.and_then(|at: usize| self.elements.iter().filter(of_list).nth(at));
        match element {
            None => (self.line, member.to_owned()),
            Some((list, line)) => {
                let column = std::iter::once(*list).chain(parts);
                (*line, column.collect::<Vec<_>>().join("."))
            }
        }
    }
}

impl Sheet {
    pub fn of(kind: &str) -> Option<&'static Self> {
        SHEETS.iter().find(|sheet| sheet.kind == kind)
    }

    /// The parts of a column's path, and whether its first is a list of objects in this sheet.
    fn path(&self, column: &'static str) -> (&'static str, &'static str, bool) {
        let (first, rest) = column.split_once('.').unwrap_or((column, ""));
        let is_list = !rest.is_empty()
            && (LISTS.contains(&first) || (first == "documents" && self.kind == "orders"));
        (first, rest, is_list)
    }

    /// The rows of a record.
    pub fn rows(&self, record: &Value) -> Vec<Vec<String>> {
        let length = |column: &&'static str| match self.path(column) {
            (first, _, true) => record[first].as_array().map_or(0, Vec::len),
            _ => 0,
        };
        let rows = self.columns.iter().map(length).max().unwrap_or_default();
        let cell = |column: &&'static str, row: usize| {
            let (first, rest, is_list) = self.path(column);
            let value = match (is_list, row) {
                (true, _) => &record[first][row][rest],
                (false, 0) => member(record, column),
                (false, _) if self.key.contains(column) => member(record, column),
                (false, _) => &Value::Null,
            };
            text(value)
        };
        (0..rows.max(1))
            .map(|row| {
                self.columns
                    .iter()
                    .map(|column| cell(column, row))
                    .collect()
            })
            .collect()
    }

    /// Reads a file; `take` gets each record when its last row was read.
    pub fn read(
        &self,
        input: impl Read,
        mut take: impl FnMut(Placed) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut input = BufReader::new(input);
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .trim(csv::Trim::All)
            .delimiter(delimiter(input.fill_buf()?))
            .from_reader(input);
        let headers = reader.headers().context("the header line can't be read")?;
        // Spreadsheets begin a file with a mark of its byte order.
        let named = |header: &str| header.trim_start_matches('\u{feff}').to_lowercase();
        let columns: Vec<Option<&'static str>> = headers
            .iter()
            .map(|header| self.columns.iter().copied().find(|it| *it == named(header)))
            .collect();
        for (header, column) in headers.iter().zip(&columns) {
            if column.is_none() {
                let known = self.columns.join(", ");
                bail!("{} have no column `{header}`: choose of {known}", self.kind);
            }
        }
        let mut held: Option<(Placed, Vec<String>)> = None;
        for (at, row) in reader.records().enumerate() {
            let row = row.with_context(|| format!("line {} can't be read", at + 2))?;
            let line = row.position().map_or(at as u64 + 2, csv::Position::line);
            let cells: Vec<(&'static str, &str)> = columns
                .iter()
                .zip(row.iter())
                .filter_map(|(column, cell)| Some(((*column)?, cell)))
                .filter(|(_, cell)| !cell.is_empty())
                .collect();
            let key = self.key.iter().map(|name| {
                let cell = cells.iter().find(|(column, _)| column == name);
                cell.map_or("", |(_, cell)| *cell).to_owned()
            });
            let key: Vec<String> = key.collect();
            let goes_on = !self.key.is_empty()
                && key.iter().any(|part| !part.is_empty())
                && held.as_ref().is_some_and(|(_, of)| *of == key);
            if !goes_on && let Some((placed, _)) = held.take() {
                take(placed)?;
            }
            let (placed, _) = held.get_or_insert_with(|| (Placed::new(line, json!({})), key));
            self.put(placed, line, &cells);
        }
        match held {
            Some((placed, _)) => take(placed),
            None => Ok(()),
        }
    }

    fn put(&self, placed: &mut Placed, line: u64, cells: &[(&'static str, &str)]) {
        let Some(record) = placed.record.as_object_mut() else {
            return;
        };
        let mut elements: Vec<(&'static str, Value)> = Vec::new();
        for (column, cell) in cells {
            let (first, rest, is_list) = self.path(column);
            let name = column.rsplit('.').next().unwrap_or(column);
            let value = value(name, cell, rest.is_empty());
            if is_list {
                match elements.iter_mut().find(|(list, _)| *list == first) {
                    Some((_, element)) => element[rest] = value,
                    None => elements.push((first, json!({ rest: value }))),
                }
            } else if rest.is_empty() {
                record.insert(first.to_owned(), value);
            } else {
                let mut at = record.entry(first).or_insert_with(|| json!({}));
                let mut parts = rest.split('.').peekable();
                while let Some(part) = parts.next() {
                    if parts.peek().is_none() {
                        at[part] = value.clone();
                    } else {
                        if at[part].is_null() {
                            at[part] = json!({});
                        }
                        at = &mut at[part];
                    }
                }
            }
        }
        for (list, element) in elements {
            let held = record.entry(list).or_insert_with(|| json!([]));
            if let Some(held) = held.as_array_mut() {
                held.push(element);
                placed.elements.push((list, line));
            }
        }
    }
}

/// What stands between the cells, by the header line: spreadsheets of many countries write semicolons.
fn delimiter(beginning: &[u8]) -> u8 {
    let header = beginning.split(|byte| *byte == b'\n').next();
    let header = header.unwrap_or_default();
    let count = |sign: &u8| header.split(|byte| byte == sign).count();
    let most = [b'\t', b';', b','].into_iter().max_by_key(count);
    most.unwrap_or(b',')
}

fn member<'a>(record: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(record, |at, part| &at[part])
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(texts) => texts
            .iter()
            .map(text)
            .collect::<Vec<_>>()
            .join(&BETWEEN.to_string()),
        other => other.to_string(),
    }
}

/// What a cell means; what is none of it stays a text, and is refused by its member's name.
fn value(name: &str, cell: &str, is_whole: bool) -> Value {
    if is_whole && TEXTS.contains(&name) {
        return cell.split(BETWEEN).map(str::trim).collect();
    }
    let is_number = NUMBERS.contains(&name) || name == "ward_id";
    match cell {
        "true" if SWITCHES.contains(&name) => json!(true),
        "false" if SWITCHES.contains(&name) => json!(false),
        cell if is_number => cell
            .parse::<i64>()
            .map_or_else(|_| json!(cell), |n| json!(n)),
        cell => json!(cell),
    }
}

#[cfg(test)]
mod tests;
