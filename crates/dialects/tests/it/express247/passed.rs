//! Orders that were consigned here and are passed on: what the carrier is told of them, and what it tells
//! of them put under the number that they have here.

use super::book::{body, carries, party, settings, upstream};
use super::{fixture, parse};
use serde_json::{Value, json};
use trackway_dialects::dialect::carries::{Consignment, Message};
use trackway_dialects::express247::{self, CARRIER, NAME, WEBHOOK};
use trackway_dialects::registry;
use trackway_model::intake::Content;
use trackway_model::orders::{
    Body, Booking, Consigned, Decimal, Fulfilment, Kind, Package, Quote, Record,
};
use trackway_model::{Milestone, Statement};

fn consigned() -> Consigned {
    Consigned {
        by: NAME.to_owned(),
        made: true,
        service: "DE".to_owned(),
        service_name: "Chuyển phát nhanh".to_owned(),
        document: true,
        weight: 1_200,
        sides: [Decimal::ZERO; 3],
        pieces: 2,
        packages: vec![
            Package {
                id: "A".to_owned(),
                sides: Some([30.into(), 20.into(), 10.into()]),
                weight: Some(700),
            },
            Package {
                id: "B".to_owned(),
                sides: None,
                weight: None,
            },
        ],
        cop: 7_000.into(),
        declared: Decimal::ZERO,
        extras: vec!["BP".to_owned(), "DVBH".to_owned()],
        show_goods: Some(true),
        reference: Some("PO-9".to_owned()),
        quote: Some(quote()),
    }
}

fn quote() -> Quote {
    Quote {
        zone: "all".to_owned(),
        currency: "VND".to_owned(),
        charged_weight: 1_200,
        freight: 20_000.into(),
        remote: Decimal::ZERO,
        fuel: 4_000.into(),
        cod: Decimal::ZERO,
        insurance: Decimal::ZERO,
        extras: Vec::new(),
        vat: 2_400.into(),
        rounding: Decimal::ZERO,
        total: 26_400.into(),
    }
}

#[test]
fn what_a_client_asked_for_is_asked_of_the_carrier() {
    let (sender, receiver) = (party("Lê Thị Mẫu", None), party("Trần Ví Dụ", None));
    let asked = consigned();
    let it = Consignment {
        reference: "NHSVC1000012",
        order_number: "SO-7781",
        pickup: "PK100003",
        sender: &sender,
        receiver: &receiver,
        weight: 1_200,
        sides: None,
        cod: 150_000.into(),
        worth: Decimal::ZERO,
        service: Some("DE"),
        is_insured: true,
        may_be_opened: true,
        note: "gọi trước",
        asked: Some(&asked),
    };
    let settings = settings(&[]);
    let sent = |message: &Message<'_>| {
        let session = super::book::session();
        let sent = carries().request(&upstream(&settings), Some(&session), message);
        body(&sent.unwrap().unwrap())["OrderInfo"].clone()
    };
    let number = "VD0000001";
    for info in [
        sent(&Message::Create(&it)),
        sent(&Message::Update { number, to: &it }),
    ] {
        let told = [
            ("Quantity", json!(2)),
            (
                "Packages",
                json!([
                    {"PackageID": "A", "Length": 30, "Width": 20, "Height": 10, "RealWeight": 0.7},
                    {"PackageID": "B", "Length": null, "Width": null, "Height": null, "RealWeight": null}
                ]),
            ),
            ("Note", json!("gọi trước")),
            ("MailerType", json!("TL")),
            ("COPAmt", json!(7_000)),
            ("ExternalCode", json!("NHSVC1000012")),
            ("ReferenceCode", json!("SO-7781")),
            (
                "ExtraServices",
                json!([{"ServiceID": "BP", "Type": 2}, {"ServiceID": "DVBH", "Type": 2}]),
            ),
        ];
        for (member, value) in told {
            assert_eq!(info[member], value, "{member}");
        }
    }
    // One piece is not described twice, and what is asked for no more is told so.
    let asked = Consigned {
        pieces: 1,
        packages: Vec::new(),
        extras: Vec::new(),
        cop: Decimal::ZERO,
        ..consigned()
    };
    let bare = Consignment {
        asked: Some(&asked),
        is_insured: false,
        note: "",
        ..it.clone()
    };
    let info = sent(&Message::Update { number, to: &bare });
    let told = ["Quantity", "Packages", "Note", "COPAmt", "ExtraServices"];
    let expected = [json!(1), json!([]), json!(""), json!(0), json!([])];
    assert_eq!(told.map(|member| info[member].clone()), expected);
    // It is another for every part of that.
    let known = |it: &Consignment<'_>| carries().known_by(&upstream(&settings), it);
    assert_ne!(known(&it), known(&bare));
}

/// An order that is `VN-1` here and `VD0000001` there.
fn order() -> Fulfilment {
    let text = json!({
        "state": "unfulfilled", "state_since": 1, "order": 1, "order_code": "NHOV1",
        "order_number": "KH-88", "shop": 1, "platform": "retail", "pickup": 1, "lines": [],
        "parcels": [{"carrier": CARRIER, "waybill": "VN-1", "milestone": Milestone::Unknown, "at": null}],
        "courier": null, "courier_link": null, "service": null, "box_size": null, "cod": "150000",
        "label_code": "L1", "label_url": null, "weighed": null, "cancel_reason": null, "fulfilled": null,
        "shipped": null, "delivered": null, "returned": null, "completed": null,
    });
    let body = Body::of_facts(Kind::Fulfilment, text.to_string().as_bytes()).unwrap();
    let Body::Fulfilment(it) = body else {
        panic!("another kind")
    };
    Fulfilment {
        consigned: Some(Box::new(consigned())),
        booking: Some(Booking {
            number: Some("VD0000001".to_owned()),
            ..Booking::default()
        }),
        ..*it
    }
}

fn webhook(text: &str) -> Statement {
    let dialect = registry::find(NAME).unwrap();
    let inbound = dialect.inbound().unwrap();
    let told = inbound
        .read(express247::vocabulary(), text.as_bytes())
        .unwrap();
    match told.content {
        Content::News(mut told) => told.remove(0),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_webhook_is_told_under_our_number_and_the_clients_codes() {
    let before = webhook(fixture!("webhook-delivering.json"));
    assert_eq!(carries().reference_in(&before).as_deref(), Some("SO-7781"));
    let mut content = Content::News(vec![before.clone()]);
    carries().readdress(&mut content, &order());
    let Content::News(told) = content else {
        panic!("another content")
    };
    let after = &told[0];
    let (was, is): (Value, Value) = (
        serde_json::from_slice(&before.raw).unwrap(),
        serde_json::from_slice(&after.raw).unwrap(),
    );
    for (member, value) in was.as_object().unwrap() {
        let expected = match member.as_str() {
            "OrderCode" => json!("VN-1"),
            "ExternalCode" => json!("KH-88"),
            "ReferenceCode" => json!("PO-9"),
            _ => value.clone(),
        };
        assert_eq!(is[member], expected, "{member}");
    }
    assert_eq!(
        is.as_object().unwrap().len(),
        was.as_object().unwrap().len()
    );
    let same = Statement {
        raw: before.raw.clone(),
        ..after.clone()
    };
    assert_eq!(same, before, "what it says is the same");
    // An older revision has neither code, in any case of its names.
    let older = br#"{"ordercode":"VD0000001","Status":25,"Time":"2024-05-06T16:10:02+07:00"}"#;
    let older = webhook(std::str::from_utf8(older).unwrap());
    assert_eq!(carries().reference_in(&older), None);
    let mut content = Content::News(vec![older]);
    carries().readdress(&mut content, &order());
    let Content::News(told) = content else {
        panic!("another content")
    };
    let is: Value = serde_json::from_slice(&told[0].raw).unwrap();
    assert_eq!(is["ordercode"], "VN-1");
    assert!(is.get("ExternalCode").is_none());
    // Words of another stream, and bytes that are no object, stay as they are.
    let foreign = Statement {
        raw: b"no object".to_vec(),
        stream: WEBHOOK.id,
        ..before
    };
    let mut content = Content::News(vec![foreign.clone()]);
    carries().readdress(&mut content, &order());
    assert_eq!(content, Content::News(vec![foreign]));
}

#[test]
fn an_answer_says_what_we_ask_of_the_client() {
    let answer = parse("VD0000001", fixture!("tracking-undelivered.json")).answer;
    let mut content = Content::Document(answer.clone());
    carries().readdress(&mut content, &order());
    let Content::Document(told) = content else {
        panic!("another content")
    };
    assert_eq!(told.parts, answer.parts);
    let is: Value = serde_json::from_slice(&told.body).unwrap();
    let was: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(
        (&is["orderCode"], &is["externalCode"]),
        (&json!("VN-1"), &json!("KH-88"))
    );
    assert_eq!(
        (&is["totalServiceCost"], &is["vatAmount"]),
        (&json!(26_400.0), &json!(2_400.0))
    );
    for kept in ["status", "statuses", "trackings", "delayCode", "acceptDate"] {
        assert_eq!(is[kept], was[kept], "{kept}");
    }
}

#[test]
fn an_order_of_the_house_says_nothing_by_itself_once_it_is_carried() {
    let dialect = registry::find(NAME).unwrap();
    let record = |it: Fulfilment| Record {
        id: trackway_model::orders::RecordId(9),
        account: trackway_model::AccountId(1),
        code: "NHSV9".to_owned(),
        created: 1,
        updated: 1,
        created_by: 0,
        updated_by: 0,
        version: 2,
        body: it.into(),
    };
    let moved = |taken, made| {
        let mut it = order();
        it.state = trackway_model::orders::FulfilmentState::InTransit;
        it.booking.as_mut().unwrap().taken = taken;
        it.consigned.as_mut().unwrap().made = made;
        dialect.speaks(&record(it)).is_some()
    };
    assert!(moved(None, true), "nobody carries it yet");
    assert!(!moved(Some(1), true), "its carrier speaks for itself");
    assert!(!moved(None, false), "it was made by another API");
}
