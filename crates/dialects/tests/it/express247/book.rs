//! The customer API called by us: what 247Express is told of parcels, and what its answers mean.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use trackway_dialects::desk::Settings;
use trackway_dialects::dialect::carries::{Carries, Consignment, Message, Said, Session};
use trackway_dialects::dialect::{Answer, Call, CallError, Outgoing, Upstream};
use trackway_dialects::express247::Express247;
use trackway_model::ConnectionId;
use trackway_model::orders::{Address, Deed, Party, Wish};

const SECRET: &str = "pass-1";
const CODES: [&str; 23] = [
    "1", "2", "3", "4", "5", "6", "8", "9", "10", "12", "13", "14", "15", "16", "17", "18", "19",
    "20", "21", "22", "23", "24", "25",
];

pub fn carries() -> &'static dyn Carries {
    Express247.carries().unwrap()
}

pub fn settings(more: &[(&str, &str)]) -> Settings {
    let mut all: BTreeMap<&str, &str> = [
        ("apikey", "1"),
        ("books", "true"),
        ("username", "shop"),
        ("password", SECRET),
        ("customer_url", "https://api.example.com/"),
    ]
    .into();
    all.extend(more.iter().copied());
    let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    all.into_iter().map(own).collect()
}

pub const fn upstream(settings: &Settings) -> Upstream<'_> {
    Upstream {
        connection: ConnectionId(1),
        base_url: "https://tracking.example.com",
        settings,
    }
}

pub fn party(name: &str, district: Option<&str>) -> Party {
    Party {
        name: name.to_owned(),
        phone: Some("0900000001".to_owned()),
        address: Address {
            line: "12 Phố Ví Dụ".to_owned(),
            province: Some("Hà Nội".to_owned()),
            district: district.map(str::to_owned),
            ward: Some("Phường Mẫu".to_owned()),
            ..Address::default()
        },
        ..Party::default()
    }
}

fn consignment<'a>(sender: &'a Party, receiver: &'a Party) -> Consignment<'a> {
    Consignment {
        reference: "NHSVC1000012",
        order_number: "SO-7781",
        pickup: "PK100003",
        sender,
        receiver,
        weight: 1_250,
        sides: Some([20.into(), 15.into(), 10.into()]),
        cod: 150_000.into(),
        worth: 200_000.into(),
        service: None,
        is_insured: true,
        may_be_opened: true,
        note: "",
        asked: None,
    }
}

pub fn session() -> Session {
    Session {
        user: "4101".to_owned(),
        token: "0011".to_owned().into(),
        until: None,
    }
}

fn sent(settings: &Settings, message: &Message<'_>) -> Outgoing {
    let sent = carries().request(&upstream(settings), Some(&session()), message);
    sent.unwrap().unwrap()
}

pub fn body(outgoing: &Outgoing) -> Value {
    serde_json::from_slice(&outgoing.body).unwrap()
}

fn judged(deed: Deed, status: u16, body: &str) -> Result<Said, CallError> {
    let answer = Answer {
        status,
        retry_after_s: None,
        body: body.as_bytes(),
    };
    carries().judge(deed, &answer)
}

#[test]
fn an_order_is_created_as_the_reference_says() {
    let (sender, receiver) = (
        party("Lê Thị Mẫu", Some("Quận Mẫu")),
        party("Trần Ví Dụ", None),
    );
    let settings = settings(&[]);
    let it = consignment(&sender, &receiver);
    let sent = sent(&settings, &Message::Create(&it));
    assert_eq!(
        sent.url,
        "https://api.example.com/Api/Customer/CustomerAPICreateOrder"
    );
    let header = |name: &str| {
        let of = sent.headers.iter().find(|(it, _)| it == name);
        of.unwrap().1.clone()
    };
    assert_eq!(header("clientid"), "4101");
    assert!(header("token").is_sensitive());
    let whole = "12 Phố Ví Dụ, Phường Mẫu, Hà Nội";
    let expected = json!({ "OrderInfo": {
        "CusWareHouseID": "PK100003", "ContactName": "Lê Thị Mẫu", "ContactPhone": "0900000001",
        "SenderAddress": "12 Phố Ví Dụ, Phường Mẫu, Quận Mẫu, Hà Nội", "ReceiverName": "Trần Ví Dụ",
        "ReceiverPhone": "0900000001", "ReceiverAddress": whole, "ReceiverProvinceName": "Hà Nội",
        "ReceiverDistrictName": null, "ReceiverWardName": "Phường Mẫu", "RealWeight": 1.25,
        "Length": 20, "Width": 15, "Height": 10, "Quantity": 1, "Packages": [],
        "ServiceTypeID": "DE", "MailerType": "HH", "CODAmount": 150_000,
        "ExternalCode": "NHSVC1000012", "ReferenceCode": "SO-7781", "SpecialInstructionId": 1,
        "InformFee": 200_000, "ExtraServices": [{ "ServiceID": "DVBH", "Type": 2 }] } });
    assert_eq!(body(&sent), expected);
}

#[test]
fn an_update_names_the_order_and_spells_the_instruction_otherwise() {
    let (sender, receiver) = (party("Lê Thị Mẫu", None), party("Trần Ví Dụ", None));
    let settings = settings(&[("client_hub_id", "901"), ("service", "TF")]);
    let it = Consignment {
        may_be_opened: false,
        ..consignment(&sender, &receiver)
    };
    let number = "VD0000001";
    let sent = sent(&settings, &Message::Update { number, to: &it });
    assert!(sent.url.ends_with("/Api/Customer/CustomerAPIUpdateOrder"));
    let info = body(&sent)["OrderInfo"].clone();
    let told = [
        "OrderCode",
        "ClientHubID",
        "ServiceTypeID",
        "SpecialInstructionId",
    ];
    let expected = [json!(number), json!(901), json!("TF"), json!("0")];
    assert_eq!(told.map(|member| info[member].clone()), expected);
    assert!(info.get("CusWareHouseID").is_none());
    // Without cash there is nothing to say of showing the goods.
    let paid = Consignment {
        cod: 0.into(),
        ..it
    };
    let sent = self::sent(&settings, &Message::Create(&paid));
    assert!(
        body(&sent)["OrderInfo"]
            .get("SpecialInstructionId")
            .is_none()
    );
}

#[test]
fn a_cancellation_and_every_wish_have_their_bodies() {
    let settings = settings(&[]);
    let number = "VD0000001";
    let cancel = sent(&settings, &Message::Cancel { number });
    assert!(cancel.url.ends_with("/Api/Customer/CancelOrder"));
    assert_eq!(body(&cancel), json!({ "OrderCode": number }));
    let receiver = party("Trần Ví Dụ", None);
    let wishes = [
        (Wish::DeliverAgain, "1"),
        (Wish::Return, "2"),
        (Wish::ReturnElsewhere, "3"),
        (Wish::Forward, "4"),
        (Wish::Destroy, "5"),
    ];
    for (wish, id) in wishes {
        let message = Message::Wish {
            number,
            wish,
            receiver: &receiver,
            delivery_time: Some("2024-05-08"),
            note: "after five",
        };
        let sent = sent(&settings, &message);
        assert!(sent.url.ends_with("/api/Customer/CustomerConfirmDelivery"));
        let told = body(&sent);
        assert_eq!(
            (&told["OrderCode"], &told["ConfirmID"]),
            (&json!(number), &json!(id))
        );
        assert_eq!(told["Notes"], "after five");
        assert_eq!(told["DeliveryInfo"]["ReceiverName"], "Trần Ví Dụ");
        assert_eq!(told["DeliveryInfo"]["DeliveryTime"], "2024-05-08");
    }
}

#[test]
fn what_would_be_refused_anyway_costs_no_call() {
    let sender = party("Lê Thị Mẫu", None);
    let mut receiver = party("Trần Ví Dụ", None);
    receiver.address.province = Some(" ".to_owned());
    let it = consignment(&sender, &receiver);
    let settings = settings(&[]);
    let refused = carries().request(&upstream(&settings), None, &Message::Create(&it));
    let CallError::Refused { code, .. } = refused.unwrap_err() else {
        panic!("it is refused");
    };
    assert_eq!(code, "3");
}

#[test]
fn a_consignment_is_known_again_until_it_is_another() {
    let (sender, receiver) = (party("Lê Thị Mẫu", None), party("Trần Ví Dụ", None));
    let settings = settings(&[]);
    let of = |it: &Consignment<'_>| carries().known_by(&upstream(&settings), it);
    let it = consignment(&sender, &receiver);
    assert_eq!(of(&it), of(&it.clone()));
    for other in [
        Consignment {
            weight: 1_251,
            ..it.clone()
        },
        Consignment {
            cod: 1.into(),
            ..it.clone()
        },
        Consignment {
            receiver: &sender,
            ..it.clone()
        },
        Consignment {
            service: Some("TF"),
            ..it.clone()
        },
        Consignment {
            worth: 1.into(),
            ..it.clone()
        },
    ] {
        assert_ne!(of(&it), of(&other));
    }
}

#[test]
fn a_login_opens_a_session_or_says_that_it_is_refused() {
    let settings = settings(&[]);
    let login = carries().log_in(&upstream(&settings)).unwrap().unwrap();
    assert_eq!(login.url, "https://api.example.com/api/Client/ClientLogin");
    assert_eq!(
        body(&login),
        json!({ "UserName": "shop", "Password": SECRET })
    );
    assert!(!login.redacted_url.contains(SECRET));
    let opened = |body: &str| {
        carries().opened(&Answer {
            status: 200,
            retry_after_s: None,
            body: body.as_bytes(),
        })
    };
    let session = opened(
        r#"{"ClientID":4101,"ClientName":"Cửa hàng Ví Dụ","Token":"0011","ExpireDate":"2024-05-08T00:00:00+07:00","Errors":[],"ErrorMessage":""}"#,
    )
    .unwrap();
    assert_eq!(
        (&*session.user, session.until),
        ("4101", Some(1_715_101_200_000_000))
    );
    let unknown = opened(r#"{"ClientID":4101,"Token":"0011","Errors":[]}"#).unwrap();
    assert_eq!(unknown.until, None);
    let refused = opened(
        r#"{"ClientID":0,"ClientName":null,"Token":null,"Errors":[{"ErrorMessage":"Tên tài khoản hoặc mật khẩu không đúng!","PropertyName":null}],"ErrorMessage":" | "}"#,
    );
    assert!(matches!(refused, Err(CallError::Refused { .. })));
}

#[test]
fn a_created_order_gives_number_and_price() {
    let answer = r#"{"Errors":[],"ErrorCode":"0","OrderInfo":{"OrderCode":"VD0000001","ReferenceCode":"PO-55","ExternalCode":"SO-7781","TotalServiceCost":33000.5,"ExtraServices":[],"DeliveryType":"1"},"ErrorMessage":""}"#;
    let said = judged(Deed::Create, 200, answer).unwrap();
    let expected = Said::Yes {
        number: Some("VD0000001".to_owned()),
        cost: Some("33000.5".parse().unwrap()),
    };
    assert_eq!(said, expected);
    // Keys in any case, as this vendor has them.
    let shouted = answer.to_uppercase().replace("VD", "vd");
    let Ok(Said::Yes { number, .. }) = judged(Deed::Create, 200, &shouted) else {
        panic!("it is read");
    };
    assert_eq!(number.as_deref(), Some("vd0000001"));
    let none = r#"{"ErrorCode":"0","OrderInfo":{"OrderCode":""}}"#;
    assert!(matches!(
        judged(Deed::Create, 200, none),
        Err(CallError::Shape { .. })
    ));
    let none = r#"{"ErrorCode":"0"}"#;
    assert!(matches!(
        judged(Deed::Create, 200, none),
        Err(CallError::Shape { .. })
    ));
}

#[test]
fn the_other_calls_say_yes_with_any_of_their_envelopes() {
    for body in [
        r#"{"Errors":[],"ErrorMessage":""}"#,
        r#"{"ErrorCode":"0","IsError":false,"Errors":[],"ErrorMessage":""}"#,
        r#"{"IsError":false,"Errors":[],"ErrorMessage":"","ErrorCode":""}"#,
    ] {
        let said = judged(Deed::Cancel, 200, body).unwrap();
        assert!(matches!(said, Said::Yes { number: None, .. }), "{body}");
    }
}

#[test]
fn every_code_means_something_and_none_repeats_the_vendor() {
    for code in CODES {
        for (status, written) in [(200, format!("\"{code}\"")), (400, code.to_owned())] {
            let body = format!(
                r#"{{"ErrorCode":{written},"IsError":true,"ErrorMessage":"VI DU","Errors":[]}}"#
            );
            let said = judged(Deed::Update, status, &body);
            assert!(!format!("{said:?}").contains("VI DU"));
            let fits = match code {
                "4" => matches!(said, Ok(Said::Has { .. })),
                "12" => matches!(said, Ok(Said::LoggedOut)),
                "14" => matches!(said, Ok(Said::Late { .. })),
                "13" => matches!(said, Err(CallError::Nothing { .. })),
                "5" | "6" | "8" => matches!(said, Err(CallError::Fault { .. })),
                _ => matches!(said, Err(CallError::Refused { .. })),
            };
            assert!(fits, "{code} {status}: {said:?}");
        }
    }
    // One that nobody listed, and an error without a code, may pass.
    for body in [
        r#"{"ErrorCode":"99","ErrorMessage":"?"}"#,
        r#"{"ErrorCode":"","IsError":true}"#,
        r#"{"Errors":[],"ErrorMessage":"no"}"#,
    ] {
        let said = judged(Deed::Cancel, 200, body);
        assert!(matches!(said, Err(CallError::Fault { .. })), "{said:?}");
    }
}

#[test]
fn an_answer_that_is_no_envelope_is_judged_by_its_status() {
    for (status, body) in [(502, "<html>"), (500, "{}"), (404, "{}"), (400, "")] {
        let said = judged(Deed::Cancel, status, body);
        assert!(
            matches!(said, Err(CallError::Fault { .. })),
            "{status}: {said:?}"
        );
    }
    let said = judged(Deed::Cancel, 429, r#"{"ErrorCode":"6"}"#);
    assert!(matches!(said, Err(CallError::Quota { .. })));
    assert_eq!(judged(Deed::Cancel, 401, ""), Ok(Said::LoggedOut));
    assert!(matches!(
        judged(Deed::Cancel, 200, "[]"),
        Err(CallError::Shape { .. })
    ));
}

#[test]
fn a_tracking_answer_tells_under_which_number_a_reference_is_carried() {
    let number = |body: &str| {
        carries().number_in(&Answer {
            status: 200,
            retry_after_s: None,
            body: body.as_bytes(),
        })
    };
    let told = r#"{"errorCode":null,"orderCode":"VD0000001","externalCode":"NHSVC1000012"}"#;
    assert_eq!(number(told).as_deref(), Some("VD0000001"));
    assert_eq!(
        number(r#"{"errorCode":"ORDERCODE_NOT_FOUND","orderCode":null}"#),
        None
    );
    assert_eq!(number("<html>"), None);
}

#[test]
fn settings_are_whole_where_it_books() {
    let check = |settings: &Settings| carries().check(settings);
    assert!(check(&settings(&[])).is_ok());
    assert!(check(&Settings::new()).is_ok());
    for (name, value) in [
        ("books", "yes"),
        ("password", ""),
        ("client_hub_id", "main"),
    ] {
        assert!(
            check(&settings(&[(name, value)])).is_err(),
            "{name}={value}"
        );
    }
}
