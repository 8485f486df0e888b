//! Rows read and written.

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
    let lines: Vec<u64> = records.iter().map(|placed| placed.line).collect();
    assert_eq!(lines, [2, 4, 5]);
    for (member, line, column) in [
        ("lines.0.quantity", 2, "lines.quantity"),
        ("lines.1.sku", 3, "lines.sku"),
        ("lines.2.sku", 2, "lines.2.sku"),
        ("fees.0.code", 2, "fees.code"),
        ("receiver.name", 2, "receiver.name"),
        ("lines", 2, "lines"),
    ] {
        let place = (line, column.to_owned());
        assert_eq!(records[0].place_of(member), place, "{member}");
    }
    let first = &records[0].record;
    assert_eq!(
        first["lines"],
        json!([{"sku": "A", "quantity": 2}, {"sku": "B", "quantity": 1}])
    );
    assert_eq!(first["fees"], json!([{"code": "ship", "amount": "5"}]));
    assert_eq!(first["approve"], true);
    assert_eq!(first["receiver"]["address"]["line"], "1 Sample St, B");
    assert_eq!(first["additional_services"], json!(["CIG", "OWH"]));
    assert_eq!(records[1].record["lines"][0]["quantity"], "x");
    assert!(read("orders", "shop,colour\n").is_err());
    for between in [";", "\t"] {
        let text = text.replace("1 Sample St, B", "1 Sample St B");
        let other = read("orders", &text.replace(',', between)).unwrap();
        assert_eq!(other[0].record["lines"], first["lines"]);
        assert_eq!(other[0].record["shop"], "S");
    }
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
        let read = read(kind, &text).unwrap();
        let read: Vec<_> = read.into_iter().map(|it| (it.line, it.record)).collect();
        assert_eq!(read, [(2, record)], "{text}");
    }
}
