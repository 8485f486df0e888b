//! Lossless passage: what came in by `call` leaves by `serve`, byte for byte.

use super::{DELIVERED, QUIRKS, ask, desk, told};
use proptest::prelude::*;
use trackway_dialects::raw::{Object, elements};

fn lookup(carrier: &str, number: &str) -> String {
    format!(
        r#"{{"carrier_id":"{carrier}","tracking_number":"{number}","area_show":1,"order":"desc"}}"#
    )
}

fn passed(carrier: &str, number: &str, body: &str) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let desk = desk();
        told(&desk, carrier, number, body);
        ask(&desk, &lookup(carrier, number)).await.text
    })
}

#[test]
fn the_fixtures_pass_unchanged() {
    assert_eq!(passed("gls", "ZZ000111222", DELIVERED), DELIVERED);
    let quirks = QUIRKS.replace("\"DHL\"", "\"dhl\"");
    assert_eq!(passed("dhl", "ZZ000333444", &quirks), quirks);
}

#[tokio::test]
async fn the_newest_answer_is_the_one_that_passes() {
    let desk = desk();
    told(&desk, "gls", "ZZ000111222", DELIVERED);
    desk.pass(1_000_000);
    let later = DELIVERED.replace("Parcel delivered", "Parcel delivered and signed");
    told(&desk, "gls", "ZZ000111222", &later);
    assert_eq!(ask(&desk, &lookup("gls", "ZZ000111222")).await.text, later);
}

/// JSON as other systems write it: odd spellings of numbers, escapes, nesting.
fn json(depth: u32) -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("\"null\"".to_owned()),
        Just(r#""M\u00e1laga \"x\" \/""#.to_owned()),
        "-?(0|[1-9][0-9]{0,24})(\\.[0-9]{1,9})?([eE][+-]?[0-9]{1,3})?",
        "[ -!#-\\[\\]-~á-ỹ]{0,12}".prop_map(|text| format!("\"{text}\"")),
    ];
    leaf.prop_recursive(depth, 24, 4, |inner| {
        let list = proptest::collection::vec(inner.clone(), 0..4)
            .prop_map(|all| format!("[ {} ]", all.join(" ,")));
        let object = proptest::collection::vec(("[a-z]{1,6}", inner), 0..4).prop_map(|all| {
            let members: Vec<_> = all
                .iter()
                .enumerate()
                .map(|(at, (name, value))| format!("\"{name}{at}\" : {value}"))
                .collect();
            format!("{{{}}}", members.join(", "))
        });
        prop_oneof![list, object]
    })
}

fn item() -> impl Strategy<Value = String> {
    let members = (json(1), json(1), json(1), json(2), json(2));
    let fixed = members.prop_map(|(context, time, code, place, more)| {
        format!(r#"{{"context":{context},"time":{time}, "order_status_code":{code},"location":{place},"more":{more}}}"#)
    });
    prop_oneof![4 => fixed, 1 => json(2)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_answer_passes_unchanged(
        items in proptest::collection::vec(item(), 0..6),
        status in json(1),
        before in json(3),
        after in json(3),
    ) {
        let body = format!(
            r#"{{"code": 200,"message":"OK","data":{{"before":{before},"carrier_id":"gls","tracking_number":"ZZ1", "order_status_code":{status},"items":[{}],"after":{after}}}, "beside":{after}}}"#,
            items.join(", ")
        );

        prop_assert_eq!(passed("gls", "ZZ1", &body), body);
    }

    /// What `area_show` and `order` leave is a part of what came: nothing is added, nothing else goes.
    #[test]
    fn a_wish_takes_a_part_and_adds_nothing(items in proptest::collection::vec(item(), 0..6), more in json(2)) {
        let body = format!(
            r#"{{"code":200,"data":{{"carrier_id":"gls","tracking_number":"ZZ1","items":[{}],"more":{more}}}}}"#,
            items.join(",")
        );
        let asked = |wish: &str| {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let lookup = format!(r#"{{"carrier_id":"gls","tracking_number":"ZZ1"{wish}}}"#);
            runtime.block_on(async {
                let desk = desk();
                told(&desk, "gls", "ZZ1", &body);
                ask(&desk, &lookup).await.text
            })
        };
        let reversed: Vec<_> = items.iter().rev().cloned().collect();
        let oldest_first = body.replacen(&items.join(","), &reversed.join(","), 1);
        prop_assert_eq!(asked(r#","area_show":1,"order":"asc""#), oldest_first);
        let short = asked("");
        let envelope = Object::parse(short.as_bytes()).unwrap();
        let data = Object::of_text(envelope.get("data").unwrap()).unwrap();
        prop_assert_eq!(data.get("more"), Some(more.as_str()));
        for (shown, whole) in elements(data.get("items").unwrap()).unwrap().iter().zip(&items) {
            let Ok(shown) = Object::of_text(shown) else { continue };
            let whole = Object::of_text(whole).unwrap();
            for member in shown.members() {
                prop_assert!(matches!(&*member.name, "context" | "time"));
                prop_assert_eq!(Some(member.value), whole.get(&member.name));
            }
        }
    }
}
