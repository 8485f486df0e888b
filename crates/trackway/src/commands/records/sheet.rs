//! Records as rows of a CSV file. A column is a member by its path, such as `receiver.address.line`;
//! members of lists (`lines.sku`) stand in as many rows as the list is long, each with the columns
//! that name the record.

use anyhow::{Context, bail};
use serde_json::{Map, Value, json};
use std::io::Read;

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

/// A record and the line of the file at which it begins.
pub type Placed = (u64, Value);

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
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .trim(csv::Trim::All)
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
        let mut held: Option<(u64, Map<String, Value>, Vec<String>)> = None;
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
                && held.as_ref().is_some_and(|(_, _, of)| *of == key);
            if !goes_on && let Some((line, record, _)) = held.take() {
                take((line, Value::Object(record)))?;
            }
            let (_, record, _) = held.get_or_insert_with(|| (line, Map::new(), key));
            self.put(record, &cells);
        }
        match held {
            Some((line, record, _)) => take((line, Value::Object(record))),
            None => Ok(()),
        }
    }

    fn put(&self, record: &mut Map<String, Value>, cells: &[(&'static str, &str)]) {
        let mut elements: Map<String, Value> = Map::new();
        for (column, cell) in cells {
            let (first, rest, is_list) = self.path(column);
            let name = column.rsplit('.').next().unwrap_or(column);
            let value = value(name, cell, rest.is_empty());
            if is_list {
                let element = elements.entry(first).or_insert_with(|| json!({}));
                element[rest] = value;
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
            }
        }
    }
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
mod tests {
    use super::*;

    fn read(kind: &str, text: &str) -> anyhow::Result<Vec<Placed>> {
        let mut records = Vec::new();
        Sheet::of(kind).unwrap().read(text.as_bytes(), |record| {
            records.push(record);
            Ok(())
        })?;
        Ok(records)
    }

    #[test]
    fn rows_of_one_order_stand_together() {
        let text = "\u{feff}Shop,number,pickup,approve,lines.sku,lines.quantity,fees.code,fees.amount,receiver.address.line,additional_services\n\
            S,1,P,true,A,2,ship,5,\"1 Sample St, B\",CIG|OWH\n\
            S,1,,,B,1,,,,\n\
            S,2,P,,A,x,,,,\n\
            S,,P,,A,1,,,,\nS,,P,,A,1,,,,\n";
        let records = read("orders", text).unwrap();
        let lines: Vec<u64> = records.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [2, 4, 5]);
        let first = &records[0].1;
        assert_eq!(
            first["lines"],
            json!([{"sku": "A", "quantity": 2}, {"sku": "B", "quantity": 1}])
        );
        assert_eq!(first["fees"], json!([{"code": "ship", "amount": "5"}]));
        assert_eq!(first["approve"], true);
        assert_eq!(first["receiver"]["address"]["line"], "1 Sample St, B");
        assert_eq!(first["additional_services"], json!(["CIG", "OWH"]));
        assert_eq!(records[1].1["lines"][0]["quantity"], "x");
        assert!(read("orders", "shop,colour\n").is_err());
    }

    #[test]
    fn what_is_written_reads_back() {
        let records = [
            (
                "orders",
                json!({"shop": "S", "number": "1", "approve": false, "lines": [
                    {"sku": "A", "quantity": 2, "sale_price": "1.50"}, {"sku": "B", "quantity": 1, "sale_price": "2"}],
                    "payments": [{"status": "paid", "method": "card", "amount": "5"}],
                    "documents": [{"name": "N", "quantity": 1, "doc_type": "3", "url": "u"}],
                    "receiver": {"name": "R", "address": {"ward_id": 5, "line": "a\n\"b\""}}}),
            ),
            (
                "items",
                json!({"sku": "A", "weight": 5, "fragile": true, "barcodes": ["1", "2"]}),
            ),
            (
                "products",
                json!({"shop": "S", "sku": "A", "parts": [{"item": "A", "quantity": 2}]}),
            ),
            (
                "stock",
                json!({"item": "A", "warehouse": "W", "on_hand": 5}),
            ),
            (
                "inbounds",
                json!({"warehouse": "W", "reference": "R", "documents": ["u", "v"], "lines": [{"sku": "A", "quantity": 1}]}),
            ),
        ];
        for (kind, record) in records {
            let sheet = Sheet::of(kind).unwrap();
            let mut out = csv::Writer::from_writer(Vec::new());
            out.write_record(sheet.columns).unwrap();
            for row in sheet.rows(&record) {
                out.write_record(&row).unwrap();
            }
            let text = String::from_utf8(out.into_inner().unwrap()).unwrap();
            assert_eq!(read(kind, &text).unwrap(), [(2, record)], "{text}");
        }
    }
}
