//! N&H's records asked for, against an upstream that answers every list of the index.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use trackway_dialects::dialect::pulls::{Found, Known, Walk, Wanted};
use trackway_dialects::dialect::{Answer, Call, CallError, Upstream};
use trackway_dialects::nandh::{Nandh, ROUTES};
use trackway_model::ConnectionId;
use trackway_model::orders::{Body, Kind, RecordId, Says};

const ROOT: &str = "https://oms.example.com/api/v1/public";
const ASKED: i64 = 1_746_604_500_000_000;

/// What the upstream has under a path; None: it has no such thing.
fn data(path: &str) -> Option<Value> {
    let item = json!({ "id": 37312, "sku": "DEMO-1", "name": "Demo item", "nhsin": "NHSINV900000001",
        "cost": "20000.00", "sale_price": "25000.00", "weight": 100, "package_length": 10.0, "package_width": 15.0,
        "package_height": 11.0, "status": 450, "is_fragile": true, "material": "3PF-BOX", "product_type": "NORMAL",
        "storage_method": "normal", "outbound_strategy": "fifo", "product_brand": 242_397, "product_category": 2477,
        "unit": 1097, "image_url": "https://cdn.example.invalid/n.jpg", "barcode": null, "is_active": true });
    let product = json!({ "id": 40137, "store": 336, "platform": "retail", "sku": "DEMO-1", "name": "Demo item",
        "sale_price": "25000.00", "is_active": true, "product_inventory_map": [{ "product_inventory_id": 37312, "quantity": 1 }] });
    let courier = json!({ "id": 16, "prefix": "sof", "name": "Self delivery", "is_seller_own_fleet": true, "rating": 4 });
    let inbound = json!({ "id": 1128, "inbound_code": "NHIV900000033", "reference_code": "PO-1", "status": 500,
        "status_update_time": 1_741_690_801, "updated_time": 1_741_690_801 });
    let order = json!({ "id": 16760, "tracking_code": "NHOV900000017", "status": 460 });
    let shipment = json!({ "id": 9230, "tracking_code": "NHSVC900000027", "status": 220 });
    let return_ = json!({ "id": 501, "return_tracking_code": "NHRV900000041", "status": 200 });
    Some(match path {
        "/stores/list" => {
            json!([{ "id": 336, "name": "Demo Store", "platform": "retail", "store_type": "b2c" }])
        }
        "/users/pickup-address" => {
            json!([{ "id": 901, "pickup_name": "DEMO FC", "contact_name": "Demo Shop",
            "phone": "0000000001", "address": "1 Sample St", "is_fulfill_self": false,
            "warehouse_provider": "NH_WH_HCM", "province": { "id": 79, "province_name": "TP. Hồ Chí Minh" } }])
        }
        "/users/box-dimension" => {
            json!([{ "id": 120, "name": "Box S", "code": "BOX-S", "length": 10, "width": 10, "height": 10 }])
        }
        "/vendors/list" => json!([{ "id": 9, "name": "Demo Vendor", "vendor_type": "personal" }]),
        "/products/categories" => {
            json!([{ "id": 2477, "parent": null, "name": "Snacks", "level": 1 }])
        }
        "/products/brands" => json!([{ "id": 242_397, "name": "Demo Brand" }]),
        "/products/inventory/units" => json!([{ "id": 1097, "name": "Piece", "code": "PC" }]),
        "/couriers/operate/list" => json!([courier]),
        "/couriers/integrated/list" => {
            json!([{ "id": 212, "courier": courier, "name": "My self delivery", "is_active": true }])
        }
        "/couriers/service-integrated/list" => {
            json!([{ "id": 1, "code": "SOF_STD", "name": "Standard", "estimate_time": "3-5", "courier_id": 16 }])
        }
        "/products/inventory/outbound-strategies" => {
            json!([{ "code": "fifo" }, { "code": "shelf_by_shelf" }])
        }
        "/products/inventory/product-types"
        | "/products/inventory/materials"
        | "/products/inventory/storage-methods"
        | "/shipments/inbound/additional-services" => json!([]),
        "/products/inventory/list" => json!([item]),
        "/products/inventory/detail/37312" => item,
        "/products/inventory/warehouse" => {
            json!([{ "sku": "DEMO-1", "warehouse_provider": "NH_WH_HCM", "stock": 7, "available_stock": 5, "reserved_stock": 2 }])
        }
        "/products/list" => json!([product]),
        "/products/detail/40137" => product,
        "/orders/list" => json!([order]),
        "/orders/detail/NHOV900000017" => order,
        "/shipments/list" | "/shipments/list-shipment-of-order" => json!([shipment]),
        "/shipments/detail/NHSVC900000027" => shipment,
        "/shipments/inbound/list" => json!([inbound]),
        "/shipments/inbound/detail/NHIV900000033" => inbound,
        "/shipments/inbound/detail/NHIV900000033/items" => {
            json!([{ "sku": "DEMO-1", "inbound_quantity": 200, "received_quantity": 60, "damaged_quantity": 20, "lost_quantity": 120 }])
        }
        "/return-orders/list" => json!([return_]),
        "/return-orders/detail/NHRV900000041" => return_,
        "/address/provinces" => json!([{ "id": 79, "province_name": "TP. Hồ Chí Minh" }]),
        "/address/districts" => json!([{ "id": 766, "district_name": "Quận Tân Bình" }]),
        "/address/wards" => json!([{ "id": 26965, "ward_name": "Phường Nowhere" }]),
        _ => return None,
    })
}

fn enveloped(data: Option<&Value>) -> String {
    let total = data.and_then(Value::as_array).map_or(1, Vec::len);
    match data {
        Some(data) => json!({ "status_code": 200, "data": data, "error": false, "total": total }),
        None => {
            json!({ "status_code": 404, "data": null, "error": true, "error_code": "NOT_FOUND" })
        }
    }
    .to_string()
}

fn walk(wanted: &Wanted) -> Box<dyn Walk> {
    let pulls = Nandh.pulls().unwrap();
    pulls.walk(ConnectionId(7), None, wanted).unwrap()
}

fn of_parts(parts: &[&str]) -> Wanted {
    Wanted {
        parts: parts.iter().map(|part| (*part).to_owned()).collect(),
        ..Wanted::default()
    }
}

/// Walks to the end; the paths that were asked for and all that was found.
fn walked(
    mut walk: Box<dyn Walk>,
    data: impl Fn(&str) -> Option<Value>,
) -> (Vec<String>, Vec<Found>) {
    let settings = [("key".to_owned(), "K-1".to_owned())].into();
    let upstream = Upstream {
        connection: ConnectionId(7),
        base_url: "https://oms.example.com",
        settings: &settings,
    };
    let (mut asked, mut all) = (Vec::new(), Vec::new());
    while let Some((_, outgoing)) = walk.next(&upstream) {
        let outgoing = outgoing.unwrap();
        let path = outgoing.url.strip_prefix(ROOT).unwrap();
        asked.push(path.to_owned());
        let (path, _) = path.split_once('?').unwrap_or((path, ""));
        let body = enveloped(data(path).as_ref());
        let answer = Answer {
            status: 200,
            retry_after_s: None,
            body: body.as_bytes(),
        };
        let found = match walk.heard(ASKED, &answer) {
            Ok(found) => found,
            Err(CallError::Nothing { .. }) => Vec::new(),
            Err(error) => panic!("{error}"),
        };
        for it in &found {
            if let Found::Listed(listed) = it {
                walk.open(listed.clone());
            }
        }
        all.extend(found);
        assert!(asked.len() < 200, "{asked:?}");
    }
    assert_eq!(walk.cursor(), None);
    (asked, all)
}

/// The rows of the index that paths are of.
fn rows(asked: &[String]) -> BTreeSet<&'static str> {
    let is_of = |path: &str, route: &str| {
        let parts = |path: &str| path.split('/').map(str::to_owned).collect::<Vec<_>>();
        let (path, route) = (parts(path), parts(route));
        path.len() == route.len()
            && path
                .iter()
                .zip(&route)
                .all(|(it, of)| it == of || of == "{id}")
    };
    let mut found = BTreeSet::new();
    for path in asked {
        let path = path.split('?').next().unwrap();
        let routes = ROUTES
            .iter()
            .filter(|route| route.method == http::Method::GET);
        let exact = routes.clone().find(|route| route.path == path);
        let like = || routes.clone().find(|route| is_of(path, route.path));
        found.insert(exact.or_else(like).unwrap().item);
    }
    found
}

/// `H7` and `R5` are asked of nobody: what a shipment holds stands in its detail. `C12.url` is the address
/// of a file that was uploaded to us.
const NOT_CALLED: [&str; 3] = ["C12.url", "H7", "R5"];

#[test]
fn every_list_and_detail_of_the_index_is_asked_for() {
    let mut called = BTreeSet::new();
    let parts = Nandh.pulls().unwrap().parts();
    let names: Vec<&str> = parts.iter().map(|part| part.name).collect();
    called.extend(rows(&walked(walk(&of_parts(&names)), data).0));
    for (part, id) in [
        ("items", "37312"),
        ("products", "40137"),
        ("orders", "NHOV900000017"),
        ("fulfilments", "NHSVC900000027"),
        ("inbounds", "NHIV900000033"),
        ("returns", "NHRV900000041"),
    ] {
        let one = Wanted {
            one: Some((part.to_owned(), id.to_owned())),
            ..Wanted::default()
        };
        let (asked, found) = walked(walk(&one), data);
        assert!(!found.is_empty(), "{part}");
        called.extend(rows(&asked));
    }
    for route in ROUTES.iter().filter(|it| it.method == http::Method::GET) {
        let is_left = NOT_CALLED.contains(&route.item);
        assert_eq!(called.contains(route.item), !is_left, "{}", route.item);
    }
}

#[test]
fn rows_become_records_over_what_we_have() {
    let (_, found) = walked(walk(&of_parts(&["products"])), data);
    let mut known = Known::default();
    let mut bodies = Vec::new();
    for found in found {
        let Found::Entry(entry) = found else {
            panic!("{found:?}");
        };
        let body = (entry.read)(&entry.row, None, &known).unwrap();
        let id = RecordId(100 + bodies.len() as i64);
        known.insert(entry.theirs.clone(), id);
        bodies.push((entry.code.clone(), id, body));
    }
    let of = |kind: Kind| {
        bodies
            .iter()
            .find(|(_, _, body)| body.kind() == kind)
            .unwrap()
    };
    assert_eq!(of(Kind::Shop).0.as_deref(), Some("U7-336"));
    assert_eq!(of(Kind::Unit).0.as_deref(), Some("PC"));
    assert_eq!(of(Kind::Item).0.as_deref(), Some("NHSINV900000001"));
    let (Body::Item(item), Body::Product(product)) = (&of(Kind::Item).2, &of(Kind::Product).2)
    else {
        panic!("{bodies:?}");
    };
    assert_eq!((item.sku.as_str(), item.weight), ("DEMO-1", 100));
    assert!(item.qualified && item.fragile && item.active);
    assert_eq!(item.brand, Some(of(Kind::Brand).1));
    assert_eq!(product.shop, of(Kind::Shop).1);
    assert_eq!(product.parts[0].item, of(Kind::Item).1);
    assert_eq!(product.discounted_price, product.sale_price);
}

#[test]
fn goods_are_reported_and_numbers_followed() {
    let parts = ["stock", "inbounds", "orders", "options"];
    let (_, found) = walked(walk(&of_parts(&parts)), data);
    let reports: Vec<_> = found
        .iter()
        .filter_map(|found| match found {
            Found::Report(_, report) => Some(report),
            _ => None,
        })
        .collect();
    assert_eq!(reports.len(), 2);
    let Says::Stock { level, .. } = &reports[0].report.says else {
        panic!("{reports:?}");
    };
    assert_eq!((level.on_hand, level.reserved), (Some(7), Some(2)));
    assert_eq!(reports[0].report.at, Some(ASKED));
    assert_eq!(reports[1].report.subject, "NHIV900000033");
    assert_eq!(reports[1].counts[0].condition.received, 60);
    let followed = |found: &Found| matches!(found, Found::Followed { number, .. } if number == "NHOV900000017");
    assert_eq!(found.iter().filter(|it| followed(it)).count(), 1);
    let differs = |found: &&Found| matches!(found, Found::Differs { what, .. } if what.contains("shelf_by_shelf"));
    assert_eq!(found.iter().filter(differs).count(), 1);
}

#[test]
fn a_walk_goes_on_at_its_cursor_and_ends_at_the_total() {
    let row = |id: u64| json!({ "id": id, "name": format!("Brand {id}") });
    let settings = [("key".to_owned(), "K-1".to_owned())].into();
    let upstream = Upstream {
        connection: ConnectionId(7),
        base_url: "https://oms.example.com",
        settings: &settings,
    };
    let page = |from: u64| {
        let rows: Vec<Value> = (from..(from + 100).min(230)).map(row).collect();
        json!({ "status_code": 200, "data": rows, "error": false, "total": 230 }).to_string()
    };
    let mut wanted = of_parts(&["brands", "units"]);
    let (mut asked, mut met) = (Vec::new(), 0);
    for _ in 0..4 {
        let mut walk = walk(&wanted);
        let outgoing = walk.next(&upstream).unwrap().1.unwrap();
        asked.push(outgoing.url.split_once("/public").unwrap().1.to_owned());
        assert!(walk.cursor().is_some(), "it is not answered yet");
        let body = page(met);
        let answer = |status, body| Answer {
            status,
            retry_after_s: None,
            body,
        };
        let failed = walk.heard(ASKED, &answer(502, b"<html>")).unwrap_err();
        assert!(matches!(failed, CallError::Fault { .. }));
        let before = walk.cursor();
        // The same call again, by a walk that goes on there.
        wanted.from = before;
        let mut walk = self::walk(&wanted);
        walk.next(&upstream).unwrap().1.unwrap();
        met += walk
            .heard(ASKED, &answer(200, body.as_bytes()))
            .unwrap()
            .len() as u64;
        wanted.from = walk.cursor();
    }
    assert_eq!(
        asked,
        [
            "/products/brands?page=1&page_size=100",
            "/products/brands?page=2&page_size=100",
            "/products/brands?page=3&page_size=100",
            "/products/inventory/units?page=1&page_size=100",
        ]
    );
    assert_eq!((met, wanted.from), (230, None));
}

#[test]
fn what_is_wrong_is_said_and_the_rest_goes_on() {
    let rows = |path: &str| match path {
        "/stores/list" => Some(json!([{ "name": "No id" }, 7, { "id": 1, "platform": "retail" }])),
        _ => None,
    };
    let (_, found) = walked(walk(&of_parts(&["shops", "vendors"])), rows);
    assert_eq!(found.len(), 3);
    assert!(matches!(&found[0], Found::Wrong(wrong) if wrong.problem == "it has no id"));
    assert!(matches!(&found[1], Found::Wrong(wrong) if wrong.problem == "a row is no object"));
    let Found::Entry(entry) = &found[2] else {
        panic!("{:?}", found[2]);
    };
    let problem = (entry.read)(&entry.row, None, &Known::default()).unwrap_err();
    assert_eq!(problem, "name: is required");
    for (parts, from, says) in [
        (&["shoes"][..], None, "there is no `shoes`"),
        (&[], Some("shops"), "no place"),
        (&[], Some("shops:9:1"), "no place"),
        (&["items"], Some("shops:0:1"), "no place"),
    ] {
        let wanted = Wanted {
            from: from.map(str::to_owned),
            ..of_parts(parts)
        };
        let pulls = Nandh.pulls().unwrap();
        let told = pulls.walk(ConnectionId(7), None, &wanted).err().unwrap();
        assert!(told.contains(says), "{told}");
    }
}
