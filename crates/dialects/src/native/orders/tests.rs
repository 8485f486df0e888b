use super::*;
use serde::de::DeserializeOwned;
use serde_json::json;
use trackway_model::orders::State;

fn errors<W: DeserializeOwned>(body: &serde_json::Value) -> Vec<String> {
    let read = read::<W>(&body.to_string());
    let wrong = read.err().unwrap_or_default();
    wrong
        .iter()
        .map(|error| error.pointer.to_string())
        .collect()
}

fn order() -> serde_json::Value {
    json!({"shop": 1, "pickup": "PK1", "lines": [{"sku": "A", "quantity": 2, "sale_price": "12.50"}]})
}

#[test]
fn what_cannot_be_read_names_its_member() {
    assert!(read::<OrderWanted>(&order().to_string()).is_ok());
    let rows = [
        ("/lines/0/quantity", json!("two"), "/lines/0/quantity"),
        ("/lines/0/quantity", json!(1.5), "/lines/0/quantity"),
        ("/lines/0/sale_price", json!("12,50"), "/lines/0/sale_price"),
        ("/lines/0/sale_price", json!("NaN"), "/lines/0/sale_price"),
        (
            "/lines/0",
            json!({"sku": "A", "quantity": 1}),
            "/lines/0/sale_price",
        ),
        ("/lines/0/sku", json!(5), "/lines/0/sku"),
        ("/lines", json!("none"), "/lines"),
        ("/shop", json!({}), "/shop"),
        ("/shop", json!(""), "/shop"),
    ];
    for (pointer, value, told) in rows {
        let mut body = order();
        *body.pointer_mut(pointer).unwrap() = value;
        assert_eq!(errors::<OrderWanted>(&body), [told], "{body}");
    }
    for (name, value) in [
        ("order_type", json!("b2d")),
        ("estimated_departure", json!("tomorrow")),
        ("service", json!({"code": "X"})),
        (
            "payments",
            json!([{"status": "paid", "method": "shells", "amount": 1}]),
        ),
        ("ordered", json!(1)),
    ] {
        let mut body = order();
        body[name] = value;
        let told = errors::<OrderWanted>(&body);
        assert!(told[0].starts_with(&format!("/{name}")), "{body}: {told:?}");
    }
    let mut body = order();
    body.as_object_mut().unwrap().remove("pickup");
    assert_eq!(errors::<OrderWanted>(&body), ["/pickup"]);
}

#[test]
fn an_amount_is_what_was_written() {
    for (written, meant) in [
        (json!("12.50"), "12.50"),
        (json!(12), "12"),
        (json!(0.1), "0.1"),
        (json!(-3), "-3"),
        (json!(1_000_000_000_000_i64), "1000000000000"),
    ] {
        let mut body = order();
        body["total"] = written;
        let read = read::<OrderWanted>(&body.to_string()).unwrap();
        assert_eq!(read.total.unwrap().to_string(), meant);
    }
}

#[test]
fn digits_alone_are_an_id() {
    assert_eq!(Ref::parse("16760"), Ref::Id(RecordId(16_760)));
    for code in ["", "0", "016", "NHOV1", "-1", "99999999999999999999", "１"] {
        assert_eq!(Ref::parse(code), Ref::Name(code.to_owned()));
    }
    let sku = Ref::Name("8934567".to_owned());
    assert_eq!(sku.name(Kind::Shop), Ok(RecordId(8_934_567)));
    let name = sku.name(Kind::Item).unwrap_err();
    assert_eq!((name.kind, name.text.as_str()), (NameKind::Sku, "8934567"));
}

#[test]
fn every_kind_of_the_catalogue_is_made_of_its_members() {
    let rows = [
        ("shops", json!({"name": "A"})),
        (
            "pickup_addresses",
            json!({"name": "A", "contact": {"name": "B", "phone": "1"}}),
        ),
        ("vendors", json!({"name": "A"})),
        (
            "box_sizes",
            json!({"name": "A", "length": 10, "width": 12.5, "height": "3"}),
        ),
        ("couriers", json!({"name": "A", "carrier": "x-own"})),
        ("courier_links", json!({"name": "A", "courier": 1})),
        (
            "services",
            json!({"name": "A", "courier": "C", "promise": [1, 24, 72]}),
        ),
        (
            "rate_cards",
            json!({"name": "A", "zones": [{"name": "all", "lanes": [["*", "*"]], "steps": [[500, "15000"]], "more": [500, 2500.5]}]}),
        ),
        ("categories", json!({"name": "A", "parent": 5})),
        ("brands", json!({"name": "A"})),
        ("units", json!({"name": "A", "code": "PC"})),
        ("customers", json!({"contact": {"name": "B"}})),
        (
            "products",
            json!({"shop": 1, "sku": "S", "name": "A", "sale_price": "5"}),
        ),
        ("items", json!({"sku": "S", "name": "A", "weight": 5})),
    ];
    assert_eq!(rows.len(), CATALOGUE.len());
    for (name, given) in rows {
        let segment = Segment::named(name).unwrap();
        let serde_json::Value::Object(given) = given else {
            unreachable!()
        };
        let made = entry(segment, given.clone(), None);
        assert!(made.is_ok(), "{name}: {made:?}");
        for required in given.keys().filter(|it| segment.members().contains(it)) {
            let mut wrong = given.clone();
            wrong.insert(required.clone(), json!({"no": "such"}));
            let refused = entry(segment, wrong, None);
            let told = refused.map(drop).unwrap_err();
            assert!(
                told[0].pointer.starts_with(&format!("/{required}")),
                "{name}: {required}: {told:?}"
            );
        }
        let mut more = given.clone();
        more.insert("naem".to_owned(), json!("A"));
        let told = entry(segment, more, None).map(drop).unwrap_err();
        assert_eq!(told[0].pointer, "/naem", "{name}");
        let told = entry(segment, serde_json::Map::new(), None)
            .map(drop)
            .unwrap_err();
        assert!(told.iter().all(|it| it.detail == "it is missing"), "{name}");
    }
}

#[test]
fn a_number_in_code_would_pass_for_an_id() {
    let segment = Segment::named("units").unwrap();
    for code in [json!("12"), json!(12)] {
        let given = [("name".to_owned(), json!("A")), ("code".to_owned(), code)];
        let told = entry(segment, given.into_iter().collect(), None);
        assert_eq!(told.map(drop).unwrap_err()[0].pointer, "/code");
    }
}

#[test]
fn fields_are_told_as_pointers() {
    for (field, told) in [
        ("lines[2].quantity", "/lines/2/quantity"),
        ("lines.2.quantity", "/lines/2/quantity"),
        ("number", "/number"),
        ("", ""),
    ] {
        assert_eq!(refused::pointer(field), told);
    }
}

#[test]
fn states_are_moved_to_by_name() {
    for state in trackway_model::orders::OrderState::ALL {
        let moved = OrderMove {
            to: state.name().to_owned(),
        };
        assert!(moved.command(RecordId(1)).is_ok());
    }
    let wrong = OrderMove {
        to: "nowhere".to_owned(),
    };
    assert_eq!(wrong.command(RecordId(1)).unwrap_err().pointer, "/to");
}
