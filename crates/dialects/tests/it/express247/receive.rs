//! The webhook received: who may tell, what is kept, what is answered.

use super::{Reply, SHOP, TOKEN, WEBHOOK_KEY, desk, fixture, post, send, with};
use crate::support::{FakeDesk, Trouble};
use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{Request, StatusCode};
use proptest::prelude::*;
use std::sync::Arc;
use trackway_dialects::Dialect;
use trackway_dialects::express247::{Express247, NAME};
use trackway_dialects::registry::Vocabularies;
use trackway_model::vocabulary::Vocabulary;
use trackway_model::{Milestone, Oddity, Reason};

const ACCEPTED: &str = r#"{"IsError":false,"ErrorMessage":""}"#;

async fn knock(desk: &Arc<FakeDesk>, path: &str, login: Option<&str>, body: &str) -> Reply {
    let header = login.map(|login| format!("Basic {}", STANDARD.encode(login)));
    let headers: Vec<(&str, &str)> = header
        .iter()
        .map(|value| ("Authorization", value.as_str()))
        .collect();
    post(desk, path, &headers, body.to_owned()).await
}

fn keyed(key: &str) -> String {
    with(fixture!("webhook-delivering.json"), WEBHOOK_KEY, key)
}

#[tokio::test]
async fn any_one_credential_opens_the_door() {
    let inbound = format!("/in/{TOKEN}/IntergrationAPI");
    let unkeyed = fixture!("webhook-delivering.json").replace("\"ApiKey\":", "\"Other\":");
    let wrong = keyed("wrong");
    let right = fixture!("webhook-delivering.json").to_owned();
    let basic = Some("carrier:carrier-password");
    for (path, login, body, status, taken) in [
        // The address's token alone.
        (inbound.as_str(), None, &unkeyed, 200, true),
        (
            "/in/a-token-of-an-address/INTERGRATIONAPI",
            None,
            &wrong,
            200,
            true,
        ),
        (inbound.as_str(), Some("carrier:wrong"), &wrong, 200, true),
        // The key in the body, in any address.
        ("/IntergrationAPI", None, &right, 200, true),
        ("/intergrationapi/", None, &right, 200, true),
        ("/in/unknown/IntergrationAPI", None, &right, 200, true),
        ("/IntergrationAPI", Some("carrier:wrong"), &right, 200, true),
        // Basic.
        ("/IntergrationAPI", basic, &unkeyed, 200, true),
        ("/IntergrationAPI", basic, &wrong, 200, true),
        // Nothing that holds.
        ("/IntergrationAPI", None, &unkeyed, 200, false),
        ("/IntergrationAPI", None, &wrong, 200, false),
        ("/IntergrationAPI", None, &keyed(""), 200, false),
        ("/in/unknown/IntergrationAPI", None, &wrong, 200, false),
        ("/in//IntergrationAPI", None, &wrong, 200, false),
        (
            "/IntergrationAPI",
            Some("carrier:wrong"),
            &wrong,
            401,
            false,
        ),
        ("/IntergrationAPI", Some(":"), &wrong, 401, false),
        ("/IntergrationAPI", Some("carrier"), &unkeyed, 401, false),
        (
            "/IntergrationAPI",
            Some("wrong:carrier-password"),
            &unkeyed,
            401,
            false,
        ),
    ] {
        let (desk, _) = desk();
        let reply = knock(&desk, path, login, body).await;
        assert_eq!(reply.status.as_u16(), status, "{path} {login:?} {body}");
        assert_eq!(desk.taken(), usize::from(taken), "{path} {login:?} {body}");
        if taken {
            assert_eq!(reply.body, ACCEPTED);
        } else {
            assert_eq!(reply.raw("IsError"), "true");
            assert_ne!(reply.raw("ErrorMessage"), "\"\"");
        }
        assert_eq!(
            reply.headers.contains_key("www-authenticate"),
            status == 401
        );
        assert!(desk.quarantined().is_empty());
    }
}

#[tokio::test]
async fn credentials_of_a_key_never_reach_what_is_kept() {
    for body in [
        fixture!("webhook-delivering.json"),
        fixture!("webhook-delayed.json"),
        fixture!("webhook-older.json"),
        fixture!("webhook-unknown.json"),
    ] {
        let (desk, _) = desk();
        assert_eq!(
            knock(&desk, "/IntergrationAPI", None, body).await.body,
            ACCEPTED
        );
        let number = ["VD0000001", "2471900009205", "VD0000006"];
        let view = number
            .iter()
            .find_map(|number| desk.view(SHOP, NAME, number))
            .unwrap();
        let raw = String::from_utf8(view.statements[0].raw.clone().unwrap()).unwrap();
        assert!(
            !raw.contains(WEBHOOK_KEY) && !raw.contains("ApiKey"),
            "{raw}"
        );
        // Every other member is there, byte for byte.
        let (kept, came) = (members(&raw), members(body));
        let came: Vec<_> = came
            .into_iter()
            .filter(|(name, _)| name != "ApiKey")
            .collect();
        assert_eq!(kept, came);
    }
}

fn members(body: &str) -> Vec<(String, String)> {
    let object = trackway_dialects::raw::Object::parse(body.as_bytes()).unwrap();
    object
        .members()
        .map(|member| (member.name.to_string(), member.value.to_owned()))
        .collect()
}

#[tokio::test]
async fn a_webhook_becomes_a_statement() {
    let (desk, connection) = desk();
    knock(
        &desk,
        "/IntergrationAPI",
        None,
        fixture!("webhook-delayed.json"),
    )
    .await;
    let view = desk.view(SHOP, NAME, "VD0000001").unwrap();
    let told = &view.statements[0];
    assert_eq!(told.connection, connection);
    assert_eq!(
        (told.code.code.as_str(), told.code.sub.as_deref()),
        ("16", Some("10"))
    );
    assert_eq!(told.time_text, "2024-05-08T08:40:55.1+07:00");
    let state = view.state();
    assert_eq!(
        (state.milestone, state.reason),
        (Milestone::PendingHandling, Reason::Rescheduled)
    );
}

#[tokio::test]
async fn the_tables_in_force_say_what_a_code_means() {
    let (desk, _) = desk();
    let table = with(Express247.codes(), ",pending_handling,", ",on_hold,");
    let changed = Vocabulary::parse(&table).unwrap();
    desk.use_tables(Vocabularies::built_in().unwrap().with(NAME, changed));
    knock(
        &desk,
        "/IntergrationAPI",
        None,
        fixture!("webhook-delayed.json"),
    )
    .await;
    let view = desk.view(SHOP, NAME, "VD0000001").unwrap();
    assert_eq!(view.state().milestone, Milestone::OnHold);
}

#[tokio::test]
async fn a_repeat_is_acknowledged_and_counts_once() {
    let (desk, _) = desk();
    for _ in 0..3 {
        let reply = knock(
            &desk,
            "/IntergrationAPI",
            None,
            fixture!("webhook-delivering.json"),
        )
        .await;
        assert_eq!(reply.body, ACCEPTED);
        desk.pass(1_000_000);
    }
    // Status as a number tells the same.
    let number = with(
        fixture!("webhook-delivering.json"),
        "\"Status\":\"25\"",
        "\"Status\":25",
    );
    assert_eq!(
        knock(&desk, "/IntergrationAPI", None, &number).await.body,
        ACCEPTED
    );
    let view = desk.view(SHOP, NAME, "VD0000001").unwrap();
    assert_eq!(view.track.spine.len(), 1);
    assert_eq!(view.state().events, 1);
}

#[tokio::test]
async fn what_tells_of_no_order_is_put_aside() {
    let inbound = format!("/in/{TOKEN}/IntergrationAPI");
    let deep = format!("{{\"OrderCode\":{}1{}}}", "[".repeat(80), "]".repeat(80));
    for (body, why) in [
        ("{\"OrderCode\":\"VD", "no JSON object"),
        ("", "no JSON object"),
        ("[]", "no JSON object"),
        (deep.as_str(), "deeper"),
        ("{\"Status\":\"25\"}", "OrderCode is missing"),
        (
            "{\"OrderCode\":\"  \",\"Status\":\"25\"}",
            "OrderCode is missing",
        ),
        ("{\"OrderCode\":null}", "OrderCode is missing"),
    ] {
        let (desk, connection) = desk();
        let reply = knock(&desk, &inbound, None, body).await;
        assert_eq!(
            (reply.status, reply.raw("IsError").as_str()),
            (StatusCode::OK, "true")
        );
        assert!(
            reply.raw("ErrorMessage").contains(why),
            "{body}: {}",
            reply.body
        );
        let kept = desk.quarantined();
        assert_eq!(kept.len(), 1);
        assert_eq!((kept[0].connection, kept[0].dialect), (connection, NAME));
        assert_eq!(kept[0].body, body.as_bytes());
        let named = if why.contains("missing") {
            (Oddity::Shape, "OrderCode")
        } else {
            (Oddity::Unreadable, "")
        };
        let strange = &kept[0].strange;
        assert_eq!((strange.oddity, &*strange.member), named);
        // Where the key would be in the body nobody is proved, and nothing is kept.
        let (stranger, _) = self::desk();
        knock(&stranger, "/IntergrationAPI", None, body).await;
        assert!(stranger.quarantined().is_empty() && stranger.taken() == 0);
    }
}

#[tokio::test]
async fn a_missing_order_is_put_aside_without_its_key() {
    let (desk, _) = desk();
    let body = format!("{{\"ApiKey\":\"{WEBHOOK_KEY}\",\"Status\":\"25\"}}");
    let reply = knock(&desk, "/IntergrationAPI", None, &body).await;
    assert_eq!(reply.raw("IsError"), "true");
    assert_eq!(desk.quarantined()[0].body, b"{\"Status\":\"25\"}");
}

#[tokio::test]
async fn bytes_that_are_no_text_are_put_aside() {
    let (desk, _) = desk();
    let path = format!("/in/{TOKEN}/IntergrationAPI");
    let body = b"{\"OrderCode\":\"VD0000001\",\"x\":\"\xff\"}".to_vec();
    let reply = send(
        &desk,
        Request::post(path).body(Body::from(body.clone())).unwrap(),
    )
    .await;
    assert_eq!(reply.raw("IsError"), "true");
    assert_eq!(desk.quarantined()[0].body, body);
}

#[tokio::test]
async fn nothing_is_acknowledged_that_was_not_stored() {
    let (desk, _) = desk();
    desk.trouble(Some(Trouble::Failed));
    let reply = knock(
        &desk,
        "/IntergrationAPI",
        None,
        fixture!("webhook-delivering.json"),
    )
    .await;
    assert_eq!(
        (reply.status, reply.raw("IsError").as_str()),
        (StatusCode::OK, "true")
    );
    desk.trouble(Some(Trouble::Busy(3)));
    let reply = knock(
        &desk,
        "/IntergrationAPI",
        None,
        fixture!("webhook-delivering.json"),
    )
    .await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        (reply.raw("IsError").as_str(), &reply.headers["retry-after"]),
        ("true", &"3".parse().unwrap())
    );
    desk.trouble(None);
    assert_eq!(desk.taken(), 0);
}

#[tokio::test]
async fn strange_members_cost_nothing_but_themselves() {
    for (from, to) in [
        ("\"Status\":\"25\"", "\"Status\":{\"id\":25}"),
        ("\"Status\":\"25\"", "\"Status\":null"),
        (
            "\"Time\":\"2024-05-08T08:10:02.4946223+07:00\"",
            "\"Time\":20240508",
        ),
        (
            "\"Time\":\"2024-05-08T08:10:02.4946223+07:00\"",
            "\"Time\":\"9999-12-31T23:59:59+07:00\"",
        ),
        ("\"RequestFeedbackCount\":0", "\"RequestFeedbackCount\":-7"),
        ("\"OrderCode\":\"VD0000001\"", "\"OrderCode\":24719"),
        ("\"OrderCode\"", "\"ordercode\""),
        ("\"DelayCode\":null", "\"DelayCode\":[1,2]"),
    ] {
        let (desk, _) = desk();
        let body = with(fixture!("webhook-delivering.json"), from, to);
        let reply = knock(&desk, "/IntergrationAPI", None, &body).await;
        assert_eq!(reply.body, ACCEPTED, "{to}");
        let number = if to.contains("24719") {
            "24719"
        } else {
            "VD0000001"
        };
        let view = desk.view(SHOP, NAME, number).unwrap();
        assert_eq!(view.track.spine.len(), 1);
    }
}

proptest! {
    #[test]
    fn any_body_is_answered(body in prop::collection::vec(any::<u8>(), 0..200), cut in 0..400_usize) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let whole = fixture!("webhook-delayed.json").as_bytes();
        let part = whole[..cut.min(whole.len())].to_vec();
        for body in [body, part] {
            let (desk, _) = desk();
            let path = format!("/in/{TOKEN}/IntergrationAPI");
            let reply = runtime.block_on(send(&desk, Request::post(path).body(Body::from(body)).unwrap()));
            prop_assert_eq!(reply.status, StatusCode::OK);
            let is_error = reply.raw("IsError") == "true";
            prop_assert_eq!(desk.taken() + desk.quarantined().len(), 1);
            prop_assert_eq!(is_error, desk.taken() == 0);
        }
    }
}
